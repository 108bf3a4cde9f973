//! The conflict desk: cases about which two places acted apart, with both sides, and a button at each to settle it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::{Action, CONTACT_KEYS, State as CaseState};
use sanji_model::lang::{Lang, Say as _};
use serde_json::Value;

use super::answer::{list_of, named, plain};
use super::form::{Faults, Posted};
use super::gate::{Access, Route, Visitor};
use super::organisation::Units;
use super::shell::Shell;
use super::status::time;
use super::steps::unit_words;
use super::{Face, filter, form, page, roles, tabs};
use crate::command::Command;

/// Cases on one page.
const LISTED: usize = 25;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/conflicts", Access::Roles(roles::CONFLICTS), list),
        Route::post("/conflicts", Access::Roles(roles::SETTLERS), settle),
    ]
}

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage {
    shell: Shell,
    unit: String,
    rows: Vec<Row>,
    /// Where the next page is; blank at the end.
    next: String,
    /// Whether somebody who reads it may settle anything.
    settles: bool,
    done: String,
    faults: Faults,
}

struct Row {
    number: String,
    state: String,
    custody: String,
    disputes: Vec<[Side; 2]>,
    fields: Vec<Field>,
}

/// One of two events that exclude each other; the first stands for now.
struct Side {
    event: String,
    action: String,
    by: String,
    at: String,
}

struct Field {
    key: String,
    words: String,
    /// The one that is shown for now first; nothing for somebody who may not see it.
    values: Vec<Option<String>>,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, String::new()).await
}

async fn shown(face: &Face, visitor: &Visitor, fault: String) -> Result<Response, Response> {
    let (query, lang) = (visitor.query(), visitor.tongue.lang());
    let command =
        Command::CaseDisputes { unit: query.some("unit"), after: query.some("after"), limit: LISTED };
    let mut faults = Faults::default();
    let found = filter::ask(face, visitor, command, &[], &mut faults).await?;
    let next = found["next"].as_str().map(|next| {
        let pairs = [("unit", query.get("unit")), ("after", next)];
        format!("/conflicts?{}", form::encode(&pairs))
    });
    // Somebody's telephone number is for those who work on cases.
    let sees = visitor.may(Access::Roles(roles::CASES));
    let units = Units::ask(face, visitor).await?;
    let row = |case: &Value| Row {
        number: plain(&case["number"]),
        state: named(&case["state"], CaseState::words, lang),
        custody: unit_words(&plain(&case["custody"]), &units),
        disputes: list_of(&case["disputes"])
            .iter()
            .map(|one| [side(&one["stands"], &units, lang), side(&one["other"], &units, lang)])
            .collect(),
        fields: list_of(&case["fields"]).iter().map(|one| field(one, sees, &visitor.shell())).collect(),
    };
    if !fault.is_empty() {
        faults.add("", fault);
    }
    let status = filter::status(&faults);
    let page = ConflictsPage {
        shell: visitor.shell(),
        unit: query.get("unit").to_owned(),
        rows: list_of(&found["rows"]).iter().map(row).collect(),
        next: next.unwrap_or_default(),
        settles: visitor.may(Access::Roles(roles::SETTLERS)),
        done: tabs::done(visitor),
        faults,
    };
    Ok(page::show_as(status, &page))
}

fn side(event: &Value, units: &Units, lang: Lang) -> Side {
    let by = &event["by"];
    let who = [unit_words(&plain(&by["unit"]), units), plain(&by["user"])];
    Side {
        event: plain(&event["event"]),
        action: Action::parse(&plain(&event["action"])).text(lang).to_owned(),
        by: who.join(" ").trim().to_owned(),
        at: time(&event["at"]),
    }
}

fn field(one: &Value, sees: bool, shell: &Shell) -> Field {
    let key = plain(&one["field"]);
    let contact = key.strip_prefix("applicant.").filter(|key| CONTACT_KEYS.contains(key));
    let is_personal = key.starts_with("applicant.");
    let value = |value: &Value| Some(plain(value)).filter(|_| sees || !is_personal);
    let others = list_of(&one["others"]).iter().map(value);
    Field {
        words: contact.map_or_else(|| key.clone(), |contact| shell.t(&["cf-field-", contact].concat())),
        values: std::iter::once(value(&one["shown"])).chain(others).collect(),
        key,
    }
}

/// Settles a dispute by the event that stands, or a field by the text that stands.
async fn settle(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let (action, pairs) = match fields.some("stands") {
        Some(event) => ("settle", [("stands".to_owned(), event)]),
        None => ("note", [(fields.get("field").to_owned(), fields.raw("value").to_owned())]),
    };
    let command = Command::CaseAct {
        number: fields.get("number").to_owned(),
        action: action.to_owned(),
        fields: pairs.into(),
        user: visitor.user(),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(page::done(&face, &visitor, "/conflicts", "settled")),
        Err(refusal) => shown(&face, &visitor, refusal.text(visitor.tongue.lang())).await,
    }
}
