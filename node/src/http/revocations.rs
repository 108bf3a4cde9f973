//! Revocation: a node's right to write and to connect is ended, after a second look at which node that is.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::lang::Say as _;
use serde_json::Value;

use super::answer::{list_of, plain};
use super::form::{Faults, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::status::time;
use super::{Face, page, roles, tabs};
use crate::command::Command;
use crate::refusal::Refusal;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/revocations", Access::Roles(roles::ADMINISTRATORS), list),
        Route::post("/revocations", Access::Roles(roles::ADMINISTRATORS), revoke),
    ]
}

#[derive(Template)]
#[template(path = "revocations.html")]
struct RevocationsPage {
    shell: Shell,
    tabs: Vec<Link>,
    whom: String,
    faults: Faults,
    /// What would be revoked: shown before it is done.
    named: Vec<String>,
    revoked: Vec<Row>,
    done: String,
}

struct Row {
    unit: String,
    name: String,
    node: String,
    since: String,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let whom = visitor.query().get("whom").to_owned();
    shown(&face, &visitor, whom, Faults::default(), Vec::new()).await
}

async fn revoke(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let (whom, lang) = (fields.get("whom").to_owned(), visitor.tongue.lang());
    let command = Command::Revoke { whom: whom.clone(), confirmed: fields.get("confirmed") == "yes" };
    let command = command.in_name(visitor.user());
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(page::done(&face, &visitor, "/revocations", "revoked")),
        Err(Refusal::RevokeUnconfirmed(named)) => {
            shown(&face, &visitor, whom, Faults::default(), named).await
        }
        Err(refusal) => {
            let faults = Faults::one("whom", refusal.text(lang));
            shown(&face, &visitor, whom, faults, Vec::new()).await
        }
    }
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    whom: String,
    faults: Faults,
    named: Vec<String>,
) -> Result<Response, Response> {
    let units = page::ask(face, visitor, Command::OrgList).await?;
    let rows = list_of(&units).iter().flat_map(|unit| {
        let revoked = list_of(&unit["nodes"]).iter().filter(|node| node["revoked"] == true);
        revoked.map(|node: &Value| Row {
            unit: plain(&unit["code"]),
            name: plain(&unit["name"]),
            node: plain(&node["node"]),
            since: time(&node["since"]),
        })
    });
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = RevocationsPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
        revoked: rows.collect(),
        done: tabs::done(visitor),
        whom,
        faults,
        named,
    };
    Ok(page::show_as(status, &page))
}
