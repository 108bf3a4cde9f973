//! Corrections (纠错): units that read guides with people ask for them at the guide, and the county answers in its inbox.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::guide::Element;
use sanji_model::guide::correction::Outcome;
use sanji_model::lang::{Lang, Say as _};
use serde_json::Value;

use super::answer::{list_of, named, plain};
use super::form::{Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::status::time;
use super::{Face, once, page, roles, tabs};
use crate::command::Command;
use crate::edition::encoded;

/// Requests on one page: the open ones come first.
const LISTED: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/corrections", Access::Roles(roles::DRAFTS), list),
        Route::post("/corrections/{id}", Access::Roles(roles::GUIDES), answer),
        Route::get("/guides/{id}/correct", Access::Staff, asking),
        Route::post("/guides/{id}/correct", Access::Staff, asked),
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

impl Row {
    fn read(one: &Value, lang: Lang) -> Row {
        let asked = &one["asked"];
        let who = |by: &Value| [plain(&by["unit"]), plain(&by["user"])].join(" ").trim().to_owned();
        let answered = |answer: &Value| Answer {
            outcome: named(&answer["outcome"], Outcome::words, lang),
            text: plain(&answer["text"]),
            by: who(&answer["by"]),
            at: time(&answer["at"]),
        };
        let element = match asked["element"].is_null() {
            true => String::new(),
            false => named(&asked["element"], Element::words, lang),
        };
        Row {
            id: plain(&one["id"]),
            guide: plain(&asked["guide"]),
            name: plain(&one["name"]),
            element,
            key: plain(&asked["element"]),
            text: plain(&asked["text"]),
            by: who(&asked["by"]),
            at: time(&asked["at"]),
            version: plain(&asked["version"]),
            answer: list_of(&one["answers"]).first().map(answered),
            typed: String::new(),
            chosen: String::new(),
            fault: String::new(),
        }
    }
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
    let row = |one: &Value| {
        let row = Row::read(one, lang);
        match refused.as_ref().filter(|(of, ..)| *of == row.id) {
            None => row,
            Some((_, fields, fault)) => Row {
                typed: fields.get("text").to_owned(),
                chosen: fields.get("outcome").to_owned(),
                fault: fault.clone(),
                ..row
            },
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
        Ok(_) => Ok(page::done(&face, &visitor, "/corrections", "answered")),
        Err(refusal) => {
            let fault = refusal.text(visitor.tongue.lang());
            shown(&face, &visitor, Some((&id, &fields, fault))).await
        }
    }
}

#[derive(Template)]
#[template(path = "correct.html")]
struct CorrectPage {
    shell: Shell,
    id: String,
    name: String,
    /// A word, its name, and whether it is chosen.
    elements: Vec<(&'static str, &'static str, bool)>,
    typed: String,
    fault: String,
    /// What was asked about this guide before, as far as it is known here.
    rows: Vec<Row>,
    done: String,
}

async fn asking(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    form(&face, &visitor, &id, &Fields::default(), String::new()).await
}

async fn form(
    face: &Face,
    visitor: &Visitor,
    id: &str,
    fields: &Fields,
    fault: String,
) -> Result<Response, Response> {
    let shown = page::ask(face, visitor, Command::GuideShow { id: id.to_owned(), version: None }).await?;
    let id = plain(&shown["id"]);
    let asked = page::ask(face, visitor, Command::GuideCorrections { id: Some(id.clone()) }).await?;
    let lang = visitor.tongue.lang();
    let chosen = fields.get("element");
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = CorrectPage {
        shell: visitor.shell(),
        name: plain(&shown["guide"]["要素"]["name"]),
        elements: Element::ALL
            .iter()
            .map(|one| (one.word(), one.words().text(lang), one.word() == chosen))
            .collect(),
        typed: fields.get("text").to_owned(),
        fault,
        rows: list_of(&asked).iter().take(LISTED).map(|one| Row::read(one, lang)).collect(),
        done: tabs::done(visitor),
        id,
    };
    Ok(page::show_as(status, &page))
}

async fn asked(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::GuideCorrect {
        id: id.clone(),
        element: fields.some("element"),
        text: fields.get("text").to_owned(),
        user: visitor.user(),
    };
    match once::attempt(&face, &visitor, &fields, command).await? {
        Ok(said) => {
            let to = format!("/guides/{}/correct", encoded(&id));
            Ok(page::done(&face, &visitor, &to, said.deed("asked")))
        }
        Err(refusal) => {
            let fault = refusal.text(visitor.tongue.lang());
            form(&face, &visitor, &id, &fields, fault).await
        }
    }
}
