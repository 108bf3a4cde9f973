//! The inbox of corrections: what units that read guides with people ask to be corrected, and the answers.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sanji_model::guide::Element;
use sanji_model::guide::correction::Outcome;
use sanji_model::lang::Say as _;
use serde_json::Value;

use super::answer::{list_of, named, plain};
use super::form::{Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::status::time;
use super::{Face, page, roles, tabs};
use crate::command::Command;

/// Requests on one page: the open ones come first.
const LISTED: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/corrections", Access::Roles(roles::DRAFTS), list),
        Route::post("/corrections/{id}", Access::Roles(roles::GUIDES), answer),
    ]
}

#[derive(Template)]
#[template(path = "corrections.html")]
struct CorrectionsPage {
    shell: Shell,
    tabs: Vec<Link>,
    rows: Vec<Row>,
    open: usize,
    /// Requests that are not on this page.
    further: usize,
    outcomes: Vec<(&'static str, &'static str)>,
    answers: bool,
    done: String,
}

struct Row {
    id: String,
    guide: String,
    name: String,
    element: String,
    /// The key of the element, to edit it; blank for none.
    key: String,
    text: String,
    by: String,
    at: String,
    version: String,
    answer: Option<Answer>,
    /// What was typed, and why it was refused.
    typed: String,
    chosen: String,
    fault: String,
}

struct Answer {
    outcome: String,
    text: String,
    by: String,
    at: String,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, None).await
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    refused: Option<(&str, &Fields, String)>,
) -> Result<Response, Response> {
    let command = Command::GuideCorrections { id: visitor.query().some("guide") };
    let found = page::ask(face, visitor, command).await?;
    let lang = visitor.tongue.lang();
    let who = |by: &Value| [plain(&by["unit"]), plain(&by["user"])].join(" ").trim().to_owned();
    let answered = |answer: &Value| Answer {
        outcome: named(&answer["outcome"], Outcome::words, lang),
        text: plain(&answer["text"]),
        by: who(&answer["by"]),
        at: time(&answer["at"]),
    };
    let row = |one: &Value| {
        let (id, asked) = (plain(&one["id"]), &one["asked"]);
        let mine = refused.as_ref().filter(|(of, ..)| *of == id);
        Row {
            guide: plain(&asked["guide"]),
            name: plain(&one["name"]),
            element: if asked["element"].is_null() {
                String::new()
            } else {
                named(&asked["element"], Element::words, lang)
            },
            key: plain(&asked["element"]),
            text: plain(&asked["text"]),
            by: who(&asked["by"]),
            at: time(&asked["at"]),
            version: plain(&asked["version"]),
            answer: list_of(&one["answers"]).first().map(answered),
            typed: mine.map(|(_, fields, _)| fields.get("text").to_owned()).unwrap_or_default(),
            chosen: mine.map(|(_, fields, _)| fields.get("outcome").to_owned()).unwrap_or_default(),
            fault: mine.map(|(.., fault)| fault.clone()).unwrap_or_default(),
            id,
        }
    };
    let all = list_of(&found);
    let status = if refused.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = CorrectionsPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::GUIDES, visitor),
        rows: all.iter().take(LISTED).map(row).collect(),
        open: all.iter().filter(|one| one["state"] == "open").count(),
        further: all.len().saturating_sub(LISTED),
        outcomes: Outcome::ALL.iter().map(|one| (one.word(), one.words().text(lang))).collect(),
        answers: visitor.may(Access::Roles(roles::GUIDES)),
        done: tabs::done(visitor),
    };
    Ok(page::show_as(status, &page))
}

async fn answer(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::GuideAnswer {
        id: id.clone(),
        outcome: fields.get("outcome").to_owned(),
        text: fields.get("text").to_owned(),
        user: visitor.user(),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(Redirect::to("/corrections?done=answered").into_response()),
        Err(refusal) => {
            let fault = refusal.text(visitor.tongue.lang());
            shown(&face, &visitor, Some((&id, &fields, fault))).await
        }
    }
}
