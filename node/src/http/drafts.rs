//! Work on guides: the drafts with how far each is, a new one, and what is done to one.

mod diff;
mod edit;
mod import;
mod life;
mod rows;
mod show;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sanji_model::guide::GuideState;
use sanji_model::lang::Say as _;
use serde_json::{Value, json};

use super::answer::{list_of, named, number, plain, text};
use super::form::Posted;
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::{Face, form, page, roles, tabs};
use crate::command::Command;

const DRAFTS: Access = Access::Roles(roles::DRAFTS);
const EDITORS: Access = Access::Roles(roles::EDITORS);
const APPROVERS: Access = Access::Roles(roles::APPROVERS);

/// Drafts on one page; each is read and checked for it.
const LISTED: usize = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/drafts", DRAFTS, list),
        Route::post("/drafts", EDITORS, new),
        Route::get("/drafts/{id}", DRAFTS, show::show),
        Route::get("/drafts/{id}/edit", EDITORS, edit::edit),
        Route::post("/drafts/{id}/edit", EDITORS, edit::save),
        Route::post("/drafts/{id}/choose", EDITORS, edit::choose),
        Route::get("/drafts/{id}/diff", DRAFTS, diff::diff),
        Route::post("/drafts/{id}/step", DRAFTS, life::step),
        Route::get("/drafts/{id}/stop", APPROVERS, life::stop),
        Route::post("/drafts/{id}/stop", APPROVERS, life::stop_done),
        Route::get("/imports", EDITORS, import::ask),
        Route::post("/imports", EDITORS, import::import),
    ]
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    shell: Shell,
    tabs: Vec<Link>,
    query: String,
    rows: Vec<Row>,
    of: usize,
    /// Where the next page is; blank at the end.
    next: String,
    edits: bool,
    /// The name that was typed for a new one, and why it would not do.
    name: String,
    fault: String,
}

struct Row {
    id: String,
    name: String,
    code: String,
    state: String,
    /// Elements filled in, of 26.
    whole: u64,
    errors: usize,
    warnings: usize,
    conflicts: usize,
    /// The latest published version.
    version: String,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, String::new(), String::new()).await
}

async fn shown(face: &Face, visitor: &Visitor, name: String, fault: String) -> Result<Response, Response> {
    let all = page::ask(face, visitor, Command::GuideList).await?;
    let query = visitor.query();
    let words = query.get("q").to_lowercase();
    let from = query.some("after").map_or(Ok(0), |after| after.parse::<usize>());
    let from =
        from.map_err(|_| page::refused_page(visitor, StatusCode::UNPROCESSABLE_ENTITY, "filter-page"))?;
    let is_draft = |row: &&Value| row["version"].is_null();
    let fits = |row: &&Value| {
        [&row["name"], &row["code"]].iter().any(|value| plain(value).to_lowercase().contains(&words))
    };
    let drafts: Vec<&Value> = list_of(&all).iter().filter(is_draft).filter(fits).collect();
    let mut rows = Vec::new();
    for row in drafts.iter().skip(from).take(LISTED) {
        let id = plain(&row["id"]);
        let versions = list_of(&all).iter().filter(|one| one["id"] == row["id"]);
        let version = versions.filter_map(|one| one["version"].as_u64()).max();
        let draft = page::ask(face, visitor, Command::GuideDraft { id: id.clone() }).await?;
        let severe = |severity: &str| {
            list_of(&draft["check"]).iter().filter(|one| one["severity"] == severity).count()
        };
        rows.push(Row {
            id,
            name: plain(&row["name"]),
            code: text(&row["code"]),
            state: named(&draft["life"]["state"], GuideState::words, visitor.tongue.lang()),
            whole: 26 - number(&row["missing"]).min(26),
            errors: severe("error"),
            warnings: severe("warning"),
            conflicts: list_of(&draft["conflicts"]).len(),
            version: version.map(|n| n.to_string()).unwrap_or_default(),
        });
    }
    let next = from + LISTED;
    let next = if next < drafts.len() {
        format!("/drafts?{}", form::encode(&[("q", query.get("q")), ("after", &next.to_string())]))
    } else {
        String::new()
    };
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = DraftsPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::GUIDES, visitor),
        query: query.get("q").to_owned(),
        of: drafts.len(),
        rows,
        next,
        edits: visitor.may(EDITORS),
        name,
        fault,
    };
    Ok(page::show_as(status, &page))
}

/// A draft with nothing but a name. One of that name that is there already is gone on with.
async fn new(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let name = fields.get("name").to_owned();
    if name.is_empty() {
        let fault = visitor.shell().t("gd-name-missing");
        return shown(&face, &visitor, name, fault).await;
    }
    let all = page::ask(&face, &visitor, Command::GuideList).await?;
    let same = list_of(&all).iter().find(|row| row["version"].is_null() && row["name"] == name.as_str());
    if let Some(same) = same {
        return Ok(Redirect::to(&format!("/drafts/{}", plain(&same["id"]))).into_response());
    }
    let line = json!({ "要素": { "name": name } }).to_string();
    let command = Command::GuideImport { text: line, file: name.clone(), user: visitor.user() };
    match page::attempt(&face, &visitor, command).await? {
        Ok(made) => Ok(Redirect::to(&format!("/drafts/{}", plain(&made["guides"][0]["id"]))).into_response()),
        Err(refusal) => shown(&face, &visitor, name, refusal.text(visitor.tongue.lang())).await,
    }
}
