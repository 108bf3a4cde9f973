//! Units: all of them with a file of more, and one by itself with its nodes and people.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::Role;
use sanji_model::organisation::{Tier, UnitKind};
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::UnitCode;
use serde_json::Value;

use super::answer::{list_of, named, number, plain, sentence, text};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::status::time;
use super::upload::{Form, Uploaded};
use super::{Face, page, roles, tabs};
use crate::command::Command;
use crate::refusal::Refusal;

const ADMINISTRATORS: Access = Access::Roles(roles::ADMINISTRATORS);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/units", ADMINISTRATORS, list),
        Route::post("/units", ADMINISTRATORS, import),
        Route::get("/units/{code}", ADMINISTRATORS, one),
    ]
}

#[derive(Template)]
#[template(path = "units.html")]
struct UnitsPage {
    shell: Shell,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    /// What is wrong with the organisation as it is: unit and sentence.
    faults: Vec<[String; 2]>,
    form: Form,
}

struct Row {
    code: String,
    name: String,
    tier: String,
    kind: String,
    parent: String,
    nodes: usize,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, Form::default()).await
}

async fn shown(face: &Face, visitor: &Visitor, form: Form) -> Result<Response, Response> {
    let units = page::ask(face, visitor, Command::OrgList).await?;
    let faults = page::ask(face, visitor, Command::OrgCheck).await?;
    let lang = visitor.tongue.lang();
    let row = |unit: &Value| Row {
        code: plain(&unit["code"]),
        name: plain(&unit["name"]),
        tier: named(&unit["tier"], Tier::words, lang),
        kind: named(&unit["kind"], UnitKind::words, lang),
        parent: text(&unit["parent_code"]),
        nodes: list_of(&unit["nodes"]).iter().filter(|node| node["revoked"] != true).count(),
    };
    let status = if form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page::show_as(
        status,
        &UnitsPage {
            shell: visitor.shell(),
            tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
            rows: list_of(&units).iter().map(row).collect(),
            faults: list_of(&faults).iter().map(|one| [text(&one["unit"]), sentence(one, lang)]).collect(),
            form,
        },
    ))
}

async fn import(
    State(face): State<Face>,
    visitor: Visitor,
    uploaded: Uploaded,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    let typed = uploaded.fields.raw("text").to_owned();
    let Some(file) = uploaded.given("units.csv") else {
        return shown(&face, &visitor, Form::blank(&shell)).await;
    };
    let Ok(read) = String::from_utf8(file.bytes) else {
        return shown(&face, &visitor, Form::encoding(typed, &shell)).await;
    };
    let command = Command::OrgImport { text: read, file: file.name }.in_name(visitor.user());
    let form = match page::attempt(&face, &visitor, command).await? {
        Err(refusal) => Form::refused(typed, &refusal, &shell),
        Ok(done) => {
            let numbers = ["added", "updated", "unchanged"].map(|key| number(&done[key]).to_string());
            let [added, updated, unchanged] = &numbers;
            let put = [("added", added.as_str()), ("updated", updated), ("unchanged", unchanged)];
            Form { taken: super::words::say(shell.tongue, "adm-import-taken", &put), ..Form::default() }
        }
    };
    shown(&face, &visitor, form).await
}

#[derive(Template)]
#[template(path = "unit.html")]
struct UnitPage {
    shell: Shell,
    tabs: Vec<Link>,
    code: String,
    name: String,
    tier: String,
    kind: String,
    parent: Option<(String, String)>,
    children: Vec<(String, String)>,
    nodes: Vec<Node>,
    people: Vec<Person>,
}

struct Node {
    id: String,
    short: String,
    since: String,
    addresses: String,
    revoked: bool,
}

struct Person {
    id: String,
    name: String,
    roles: String,
    disabled: bool,
}

async fn one(
    State(face): State<Face>,
    visitor: Visitor,
    Path(code): Path<String>,
) -> Result<Response, Response> {
    let units = page::ask(&face, &visitor, Command::OrgList).await?;
    let users = page::ask(&face, &visitor, Command::UserList).await?;
    let (shell, lang, units) = (visitor.shell(), visitor.tongue.lang(), list_of(&units));
    let find = |code: &str| units.iter().find(|unit| unit["code"] == code);
    let Some(unit) = find(&code) else {
        let why = match UnitCode::parse(&code) {
            Ok(code) => Refusal::Rule(Rule::UnknownUnit(code)),
            Err(_) => Refusal::NoSuchNode(code),
        };
        return Err(page::refusal_page(&visitor, &why));
    };
    let named_unit = |unit: &Value| (plain(&unit["code"]), plain(&unit["name"]));
    let node = |node: &Value| {
        let (id, addresses) = (plain(&node["node"]), list_of(&node["addresses"]));
        Node {
            short: id.chars().take(8).collect(),
            id,
            since: time(&node["since"]),
            addresses: addresses.iter().map(plain).collect::<Vec<_>>().join("  "),
            revoked: node["revoked"] == true,
        }
    };
    let person = |user: &Value| Person {
        id: plain(&user["id"]),
        name: plain(&user["name"]),
        roles: roles_of(&user["roles"], &shell),
        disabled: user["disabled"] == true,
    };
    Ok(page::show(&UnitPage {
        tabs: tabs::shown(tabs::ADMINISTRATION, &visitor),
        name: plain(&unit["name"]),
        tier: named(&unit["tier"], Tier::words, lang),
        kind: named(&unit["kind"], UnitKind::words, lang),
        parent: unit["parent_code"].as_str().and_then(find).map(named_unit),
        children: units.iter().filter(|one| one["parent_code"] == code.as_str()).map(named_unit).collect(),
        nodes: list_of(&unit["nodes"]).iter().map(node).collect(),
        people: list_of(&users).iter().filter(|user| user["unit"] == code.as_str()).map(person).collect(),
        code,
        shell,
    }))
}

/// The names of roles in a row.
pub(super) fn roles_of(roles: &Value, shell: &Shell) -> String {
    let names: Vec<String> =
        list_of(roles).iter().map(|role| named(role, Role::words, shell.tongue.lang())).collect();
    names.join(if shell.zh() { "、" } else { ", " })
}
