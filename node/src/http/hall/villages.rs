//! The units right below: how their lines stand, what they have not got yet, and what waits there.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::State as Stage;
use sanji_sync::Time;
use serde_json::Value;

use crate::command::Command;
use crate::http::answer::{list_of, number, plain};
use crate::http::gate::Visitor;
use crate::http::shell::{self, Shell, moment};
use crate::http::{Face, page};

/// States in which something waits at a village.
const WAITING: &[Stage] = &[
    Stage::Registered,
    Stage::Received,
    Stage::AwaitingCorrection,
    Stage::Accepted,
    Stage::InReview,
    Stage::Decided,
    Stage::Concluded,
    Stage::Ready,
];

#[derive(Template)]
#[template(path = "villages.html")]
struct VillagesPage {
    shell: Shell,
    states: Vec<&'static str>,
    units: Vec<Below>,
    /// Whoever looks may open cases.
    opens: bool,
}

struct Below {
    code: String,
    name: String,
    is_up: bool,
    /// A node of it is enrolled.
    is_member: bool,
    last_seen: String,
    /// What it has not got from here; as far as is known, while its line is down.
    owed: u64,
    /// What it said that it holds and has not sent: now, and when its line went down.
    awaited: Option<u64>,
    awaited_last: Option<u64>,
    /// A word of the state and how many are in it.
    waiting: Vec<(&'static str, u64)>,
    all: u64,
}

pub(super) async fn villages(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(page) => page::show(&page),
        Err(response) => response,
    }
}

async fn read(face: &Face, visitor: &Visitor) -> Result<VillagesPage, Response> {
    let shell = visitor.shell();
    let status = page::ask(face, visitor, Command::Status).await?;
    let links = list_of(&status["children"]);
    let units = page::ask(face, visitor, Command::OrgList).await?;
    let mut below = Vec::new();
    for unit in children(&units, &visitor.place.unit) {
        let counts = Command::Counts { unit: Some(plain(&unit["code"])) };
        let counts = page::ask(face, visitor, counts).await?;
        let link = links.iter().find(|link| link["unit"] == unit["code"]).unwrap_or(&Value::Null);
        let waiting = WAITING.iter().map(|state| (state.word(), number(&counts["queue"][state.word()])));
        below.push(Below {
            code: plain(&unit["code"]),
            name: plain(&unit["name"]),
            is_up: link["state"] == "up",
            is_member: list_of(&unit["nodes"]).iter().any(|node| node["revoked"] != true),
            last_seen: link["last_seen"].as_u64().map(|ms| moment(Time(ms))).unwrap_or_default(),
            owed: number(&link["owed"]),
            awaited: link["awaited"].as_u64(),
            awaited_last: link["awaited_last"].as_u64(),
            waiting: waiting.collect(),
            all: counts["cases"].as_object().into_iter().flatten().map(|(_, n)| number(n)).sum(),
        });
    }
    let lang = shell.tongue.lang();
    let states = WAITING.iter().map(|state| state.words().text(lang)).collect();
    Ok(VillagesPage { states, units: below, opens: shell::opens(visitor, "/cases"), shell })
}

/// The units right below one, in order of their codes.
pub(super) fn children<'a>(units: &'a Value, of: &str) -> Vec<&'a Value> {
    list_of(units).iter().filter(|unit| unit["parent_code"] == of).collect()
}
