//! The organisation as a tree, with how every unit's node stands as this one sees it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::organisation::{Tier, UnitKind};
use serde_json::Value;

use super::answer::{list_of, named, number, plain};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::status::time;
use super::{Face, page, roles, tabs};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/tree", Access::Roles(roles::HALL), tree)]
}

#[derive(Template)]
#[template(path = "tree.html")]
struct TreePage {
    shell: Shell,
    tabs: Vec<Link>,
    /// Whether units can be opened.
    linked: bool,
    /// How many units, those with a node that may write, and those with a line to here.
    units: usize,
    enrolled: usize,
    up: usize,
    rows: Vec<Row>,
}

struct Row {
    /// Steps below the top, as a class.
    depth: usize,
    code: String,
    name: String,
    tier: String,
    kind: String,
    standing: Standing,
    words: String,
    /// Further nodes that were revoked.
    revoked: usize,
    last_seen: String,
    owed: String,
}

/// How a unit's node stands, seen from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    Here,
    Up,
    Down,
    /// Its line ends at a unit between.
    Beyond,
    NoNode,
    Revoked,
}

impl Standing {
    fn key(self) -> &'static str {
        match self {
            Standing::Here => "adm-node-here",
            Standing::Up => "adm-node-up",
            Standing::Down => "adm-node-down",
            Standing::Beyond => "adm-node-beyond",
            Standing::NoNode => "adm-node-none",
            Standing::Revoked => "adm-node-revoked",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Standing::Here | Standing::Up => "good",
            Standing::Down | Standing::Revoked => "bad",
            Standing::Beyond => "quiet",
            Standing::NoNode => "off",
        }
    }
}

async fn tree(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let units = page::ask(&face, &visitor, Command::OrgList).await?;
    let status = page::ask(&face, &visitor, Command::Status).await?;
    let (shell, lang, here) = (visitor.shell(), visitor.tongue.lang(), plain(&status["unit"]));
    let lines: BTreeMap<&str, &Value> =
        list_of(&status["children"]).iter().filter_map(|line| Some((line["unit"].as_str()?, line))).collect();
    let row = |(depth, unit): (usize, &Value)| {
        let (code, nodes) = (plain(&unit["code"]), list_of(&unit["nodes"]));
        let revoked = nodes.iter().filter(|node| node["revoked"] == true).count();
        let line = lines.get(code.as_str()).copied().unwrap_or(&Value::Null);
        let standing = match (line["state"].as_str(), nodes.len() - revoked) {
            _ if code == here => Standing::Here,
            (_, 0) if revoked > 0 => Standing::Revoked,
            (_, 0) => Standing::NoNode,
            (Some("up"), _) => Standing::Up,
            (Some(_), _) => Standing::Down,
            (None, _) => Standing::Beyond,
        };
        let is_live = standing != Standing::Revoked;
        Row {
            depth,
            name: plain(&unit["name"]),
            tier: named(&unit["tier"], Tier::words, lang),
            kind: named(&unit["kind"], UnitKind::words, lang),
            words: shell.t(standing.key()),
            revoked: if is_live { revoked } else { 0 },
            last_seen: if line["last_seen"].is_null() { String::new() } else { time(&line["last_seen"]) },
            owed: if line.is_null() { String::new() } else { number(&line["owed"]).to_string() },
            standing,
            code,
        }
    };
    let rows: Vec<Row> = in_order(list_of(&units)).into_iter().map(row).collect();
    let lives = |row: &&Row| !matches!(row.standing, Standing::NoNode | Standing::Revoked);
    let linked = visitor.may(Access::Roles(roles::ADMINISTRATORS));
    Ok(page::show(&TreePage {
        tabs: tabs::shown(tabs::ADMINISTRATION, &visitor),
        linked,
        units: rows.len(),
        enrolled: rows.iter().filter(lives).count(),
        up: rows.iter().filter(|row| row.standing == Standing::Up).count(),
        rows,
        shell,
    }))
}

/// Every unit right below its parent, with how deep it stands. One whose parent is not here stands at the top.
pub(super) fn in_order(units: &[Value]) -> Vec<(usize, &Value)> {
    let mut below: BTreeMap<Option<&str>, Vec<&Value>> = BTreeMap::new();
    let known: std::collections::BTreeSet<&str> =
        units.iter().filter_map(|unit| unit["code"].as_str()).collect();
    for unit in units {
        let parent = unit["parent_code"].as_str().filter(|parent| known.contains(parent));
        below.entry(parent).or_default().push(unit);
    }
    let mut rows = Vec::new();
    let mut waiting: Vec<(usize, &Value)> =
        below.remove(&None).unwrap_or_default().into_iter().rev().map(|unit| (0, unit)).collect();
    while let Some((depth, unit)) = waiting.pop() {
        rows.push((depth, unit));
        let children = below.remove(&unit["code"].as_str()).unwrap_or_default();
        waiting.extend(children.into_iter().rev().map(|child| (depth + 1, child)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_unit_stands_below_its_parent_once() {
        let unit = |code: &str, parent: Option<&str>| json!({ "code": code, "parent_code": parent });
        let units = [
            unit("640202", None),
            unit("640202001", Some("640202")),
            unit("640202001001", Some("640202001")),
            unit("640202002", Some("640202")),
            unit("640299001", Some("640299")),
        ];
        let codes: Vec<(usize, &str)> = in_order(&units)
            .into_iter()
            .map(|(depth, unit)| (depth, unit["code"].as_str().unwrap()))
            .collect();
        let wanted =
            [(0, "640202"), (1, "640202001"), (2, "640202001001"), (1, "640202002"), (0, "640299001")];
        assert_eq!(codes, wanted);
    }
}
