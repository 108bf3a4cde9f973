//! Lists of cases: what this unit holds by state, what it and those below it registered, and what a search finds.
//!
//! What is searched for travels in a form and not in the address: it may be an identity number.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::State as Stage;
use serde_json::Value;

use super::line::Line;
use crate::command::Command;
use crate::http::answer::number;
use crate::http::form::{Faults, Posted, encode};
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::{Face, filter, page};
use crate::page::ARRIVING;

/// Lines of one page.
const LISTED: usize = 50;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    shell: Shell,
    /// Only what this unit holds itself.
    held: bool,
    tabs: Vec<Tab>,
    state: String,
    unit: String,
    due_before: String,
    /// What was searched for.
    query: Option<String>,
    faults: Faults,
    lines: Vec<Line>,
    /// The address of the next page.
    next: Option<String>,
    /// The address of the first page, if this is a later one.
    first: Option<String>,
}

struct Tab {
    words: String,
    href: String,
    count: Option<u64>,
    is_current: bool,
}

pub(super) async fn list(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(page) => page::show_as(filter::status(&page.faults), &page),
        Err(response) => response,
    }
}

/// Where a list's arguments were typed.
const FIELDS: &[(&str, &str)] = &[("date", "due_before"), ("word", "")];

async fn read(face: &Face, visitor: &Visitor) -> Result<CasesPage, Response> {
    let (shell, query) = (visitor.shell(), visitor.query());
    let (state, held) = (query.get("state").to_owned(), query.has("held"));
    let (unit, due_before, after) = (query.some("unit"), query.some("due_before"), query.some("after"));
    let mut faults = Faults::default();
    let counts = Command::Counts { unit: unit.clone() };
    let counts = filter::ask(face, visitor, counts, FIELDS, &mut faults).await?;
    let counts = if held { &counts["queue"] } else { &counts["cases"] };
    // A queue is of one state: the first that has something.
    let state = match (held, state.is_empty()) {
        (true, true) => {
            let words = std::iter::once(ARRIVING).chain(Stage::ALL.iter().map(|state| state.word()));
            let mut some = words.filter(|word| number(&counts[*word]) > 0);
            some.next().unwrap_or(Stage::Received.word()).to_owned()
        }
        (_, _) => state,
    };
    let is_later = after.is_some();
    let asked = match held {
        true => Command::CaseQueue { unit: unit.clone(), state: state.clone(), after, limit: LISTED },
        false => Command::CaseList {
            state: Some(state.clone()).filter(|state| !state.is_empty()),
            unit: unit.clone().or_else(|| Some(visitor.place.unit.clone())),
            due_before: due_before.clone(),
            after,
            limit: LISTED,
        },
    };
    let answer = filter::ask(face, visitor, asked, FIELDS, &mut faults).await?;
    let (unit, due_before) = (unit.unwrap_or_default(), due_before.unwrap_or_default());
    let address = |state: &str, after: &str| {
        let all = [("state", state), ("unit", &unit), ("due_before", &due_before), ("after", after)];
        let mut pairs: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        if held {
            pairs.push(("held", "1"));
        }
        format!("/cases?{}", encode(&pairs))
    };
    let next = answer["next"].as_str().map(|next| address(&state, next));
    let first = is_later.then(|| address(&state, ""));
    let tabs = tabs(&shell, counts, held, &state, &address);
    let lines = Line::read_all(&answer["rows"], shell.tongue.lang());
    Ok(CasesPage { held, tabs, lines, next, first, query: None, faults, state, unit, due_before, shell })
}

fn tabs(
    shell: &Shell,
    counts: &Value,
    held: bool,
    current: &str,
    address: &impl Fn(&str, &str) -> String,
) -> Vec<Tab> {
    let total: u64 = counts.as_object().into_iter().flatten().map(|(_, n)| number(n)).sum();
    let all = (!held).then(|| Tab {
        words: shell.t("cases-all"),
        href: address("", ""),
        count: Some(total),
        is_current: current.is_empty(),
    });
    let of_state = |state: &Stage| {
        let (word, count) = (state.word(), number(&counts[state.word()]));
        let is_current = word == current;
        (count > 0 || is_current).then(|| Tab {
            words: state.words().text(shell.tongue.lang()).to_owned(),
            href: address(word, ""),
            count: Some(count),
            is_current,
        })
    };
    let count = number(&counts[ARRIVING]);
    let arriving = (count > 0 || current == ARRIVING).then(|| Tab {
        words: shell.t("today-arriving"),
        href: address(ARRIVING, ""),
        count: Some(count),
        is_current: current == ARRIVING,
    });
    all.into_iter().chain(arriving).chain(Stage::ALL.iter().filter_map(of_state)).collect()
}

pub(super) async fn search(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let (shell, query) = (visitor.shell(), fields.get("q").to_owned());
    let asked = Command::CaseSearch { text: query.clone(), limit: LISTED };
    match page::ask(&face, &visitor, asked).await {
        Err(response) => response,
        Ok(found) => {
            let lines = Line::read_all(&found, shell.tongue.lang());
            page::show(&CasesPage {
                held: false,
                tabs: Vec::new(),
                state: String::new(),
                unit: String::new(),
                due_before: String::new(),
                query: Some(query),
                faults: Faults::default(),
                lines,
                next: None,
                first: None,
                shell,
            })
        }
    }
}
