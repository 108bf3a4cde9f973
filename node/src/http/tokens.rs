//! One's own tokens for programs: a list, a new one whose secret is shown once, and their end.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sanji_model::lang::Say as _;
use sanji_model::staff::Grant;
use serde_json::Value;

use super::answer::{list_of, named, plain};
use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::{Shell, moment};
use super::status::time;
use super::{Face, once, page, tabs};
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

/// A token as people are shown it.
pub(super) struct Row {
    pub token: String,
    pub name: String,
    pub grant: String,
    pub at: String,
    pub until: String,
    /// Since this node started; blank for not since then.
    pub used: String,
    pub good: bool,
}

/// The tokens of a user of this unit.
pub(super) async fn rows(face: &Face, visitor: &Visitor, user: String) -> Result<Vec<Row>, Response> {
    let tokens = page::ask(face, visitor, Command::TokenList { id: Some(user) }).await?;
    let row = |token: &Value| {
        let id = plain(&token["token"]);
        Row {
            name: plain(&token["name"]),
            grant: named(&token["grant"], Grant::words, visitor.tongue.lang()),
            at: time(&token["at"]),
            until: time(&token["until"]),
            used: face.sessions.token_last_used(&id).map(moment).unwrap_or_default(),
            good: token["good"] == true,
            token: id,
        }
    };
    Ok(list_of(&tokens).iter().map(row).collect())
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
    let Some(days) = fields.get("days").parse().ok().filter(|days| DAYS.contains(days)) else {
        let faults = Faults::one("days", shell.t("step-want-choice"));
        return shown(&face, &visitor, &fields, faults, String::new()).await;
    };
    let mut random = [0; SECRET_BYTES];
    getrandom::fill(&mut random).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let secret = data_encoding::HEXLOWER.encode(&random);
    let command = Command::TokenAdd {
        user: Some(id.clone()),
        id,
        name: fields.get("name").to_owned(),
        grant: fields.get("grant").to_owned(),
        secret: blake3::hash(secret.as_bytes()).to_hex().to_string(),
        days,
    };
    match once::attempt(&face, &visitor, &fields, command).await? {
        // The secret of the one that this form made is not kept anywhere.
        Ok(said) if said.again => {
            let faults = Faults::one("", shell.t("adm-token-again"));
            shown(&face, &visitor, &Fields::default(), faults, String::new()).await
        }
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
    Ok(page::done(&face, &visitor, "/tokens", "ended"))
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    fields: &Fields,
    faults: Faults,
    secret: String,
) -> Result<Response, Response> {
    let lang = visitor.tongue.lang();
    let rows = rows(face, visitor, visitor.user().unwrap_or_default()).await?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_chosen = |grant: &Grant| fields.get("grant") == grant.word();
    let page = TokensPage {
        shell: visitor.shell(),
        rows,
        name: fields.get("name").to_owned(),
        grants: Grant::ALL.iter().map(|one| (one.word(), one.words().text(lang), is_chosen(one))).collect(),
        days: DAYS.into_iter().map(|days| (days, fields.get("days") == days.to_string())).collect(),
        faults,
        secret,
        done: tabs::done(visitor),
    };
    Ok(page::show_as(status, &page))
}
