//! One's own tokens for programs: a list, a new one whose secret is shown once, and their end.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sanji_model::lang::Say as _;
use sanji_model::staff::Grant;
use serde_json::Value;

use super::answer::{list_of, named, plain};
use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::Shell;
use super::status::time;
use super::{Face, page, tabs};
use crate::command::Command;

/// Days that are offered.
const DAYS: [u64; 4] = [7, 30, 90, 366];
/// A token that may be guessed is none.
const SECRET_BYTES: usize = 32;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/tokens", Access::Staff, list),
        Route::post("/tokens", Access::Staff, add),
        Route::post("/tokens/end", Access::Staff, end),
    ]
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    shell: Shell,
    rows: Vec<Row>,
    name: String,
    /// Word, name, and whether it is chosen.
    grants: Vec<(&'static str, &'static str, bool)>,
    days: Vec<(u64, bool)>,
    faults: Faults,
    /// Of the token that was just made.
    secret: String,
    done: String,
}

struct Row {
    token: String,
    name: String,
    grant: String,
    at: String,
    until: String,
    good: bool,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, &Fields::default(), Faults::default(), String::new()).await
}

async fn add(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let (shell, id) = (visitor.shell(), visitor.user().unwrap_or_default());
    if fields.get("name").is_empty() {
        let faults = Faults::one("name", shell.t("adm-token-name-missing"));
        return shown(&face, &visitor, &fields, faults, String::new()).await;
    }
    let mut random = [0; SECRET_BYTES];
    getrandom::fill(&mut random).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let secret = data_encoding::HEXLOWER.encode(&random);
    let command = Command::TokenAdd {
        user: Some(id.clone()),
        id,
        name: fields.get("name").to_owned(),
        grant: fields.get("grant").to_owned(),
        secret: blake3::hash(secret.as_bytes()).to_hex().to_string(),
        days: fields.get("days").parse().unwrap_or(DAYS[0]),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => shown(&face, &visitor, &Fields::default(), Faults::default(), secret).await,
        Err(refusal) => {
            let faults = Faults::one("", refusal.text(visitor.tongue.lang()));
            shown(&face, &visitor, &fields, faults, String::new()).await
        }
    }
}

async fn end(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::TokenEnd { token: fields.get("token").to_owned(), user: visitor.user() };
    page::ask(&face, &visitor, command).await?;
    Ok(Redirect::to("/tokens?done=ended").into_response())
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    fields: &Fields,
    faults: Faults,
    secret: String,
) -> Result<Response, Response> {
    let lang = visitor.tongue.lang();
    let tokens = page::ask(face, visitor, Command::TokenList { id: visitor.user() }).await?;
    let row = |token: &Value| Row {
        token: plain(&token["token"]),
        name: plain(&token["name"]),
        grant: named(&token["grant"], Grant::words, lang),
        at: time(&token["at"]),
        until: time(&token["until"]),
        good: token["good"] == true,
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_chosen = |grant: &Grant| fields.get("grant") == grant.word();
    let page = TokensPage {
        shell: visitor.shell(),
        rows: list_of(&tokens).iter().map(row).collect(),
        name: fields.get("name").to_owned(),
        grants: Grant::ALL.iter().map(|one| (one.word(), one.words().text(lang), is_chosen(one))).collect(),
        days: DAYS.into_iter().map(|days| (days, fields.get("days") == days.to_string())).collect(),
        faults,
        secret,
        done: tabs::done(visitor),
    };
    Ok(page::show_as(status, &page))
}
