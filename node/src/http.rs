//! The local face of a node: pages for people, and the command API for the command line.
//!
//! Every route stands in one table with whom it is for ([`gate`]). Handlers parse, ask the loop, render. They know no store
//! and no hub.

mod answer;
mod api;
mod audit;
mod bundle;
mod calendar;
mod cards;
mod cases;
mod conflicts;
mod cookie;
mod corrections;
mod dashboard;
mod desk;
mod display;
mod drafts;
mod filter;
mod form;
mod gate;
mod guesses;
mod guides;
mod hall;
mod hashing;
mod hear;
mod home;
mod invitations;
mod kept;
mod lists;
mod live;
mod map;
mod notices;
mod once;
mod organisation;
mod page;
mod paging;
mod progress;
mod rate;
mod ratings;
mod replay;
mod revocations;
mod roles;
mod sampling;
mod session;
mod shell;
mod sign_in;
mod status;
mod steps;
mod tabs;
mod ticks;
mod tokens;
mod tree;
mod tries;
mod units;
mod upload;
mod users;
mod words;

pub use api::{Operation, document};
pub use bundle::{ENTRIES_HEADER, ExportAsk, NODE_HEADER};
pub use gate::{Access, Person, Route};
pub use replay::Replays;
pub use session::Sessions;
pub use words::Tongue;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanji_model::lang::Lang;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::command::Command;
use crate::run::Asker;
use crate::trust::Identity;

/// Where the running node's API is, for the command line: `api.json`, readable by the owner only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApiFile {
    pub http: String,
    pub token: String,
}

/// What handlers share.
#[derive(Clone)]
pub struct Face {
    pub asker: Asker,
    /// Files for USB sticks are signed and opened with it.
    pub identity: Arc<Identity>,
    pub token: String,
    pub lang: Lang,
    pub sessions: Arc<Sessions>,
    /// Counts up when something that pages show may have changed.
    pub changes: watch::Receiver<u64>,
    /// Where the code for the first sign-in stands.
    pub setup_code: PathBuf,
    /// What programs asked under keys, and what became of it.
    pub replays: Replays,
}

impl Face {
    /// What its owner reads on this machine; nothing fits when the file cannot be read.
    fn setup_code(&self) -> String {
        let code = std::fs::read_to_string(&self.setup_code).unwrap_or_default();
        match code.trim() {
            "" => "\0".to_owned(),
            code => code.to_owned(),
        }
    }
}

/// Every way in.
pub fn all_routes() -> Vec<Route> {
    [
        home::routes(),
        sign_in::routes(),
        guides::routes(),
        cases::routes(),
        hall::routes(),
        status::routes(),
        audit::routes(),
        notices::routes(),
        progress::routes(),
        rate::routes(),
        display::routes(),
        cards::routes(),
        sampling::routes(),
        ratings::routes(),
        desk::routes(),
        live::routes(),
        bundle::routes(),
        dashboard::routes(),
        tree::routes(),
        units::routes(),
        users::routes(),
        invitations::routes(),
        revocations::routes(),
        calendar::routes(),
        tokens::routes(),
        conflicts::routes(),
        drafts::routes(),
        corrections::routes(),
        lists::routes(),
        api::routes(),
        own_routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn own_routes() -> Vec<Route> {
    vec![
        Route::get("/style.css", Access::Public, style),
        Route::get("/healthz", Access::Public, async || "ok"),
        Route::post("/api/v1/command", Access::Owner, command),
    ]
}

/// The route tree.
pub fn routes(face: Face) -> Router {
    let routes = gate::guarded(all_routes(), &face);
    routes.fallback(gate::nothing_here).method_not_allowed_fallback(gate::not_so).with_state(face)
}

async fn style() -> Response {
    let css = include_str!("../templates/style.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], css)
        .into_response()
}

async fn command(State(face): State<Face>, body: Bytes) -> Response {
    let command: Command = match serde_json::from_slice(&body) {
        Ok(command) => command,
        Err(error) => {
            let why = json!({
                "code": "API_COMMAND",
                "en": format!("this is no command of this version: {error}"),
                "zh": format!("无法识别的命令：{error}"),
            });
            return problem(StatusCode::BAD_REQUEST, why);
        }
    };
    match face.asker.ask(command).await {
        Some(Ok(answer)) => axum::Json(answer).into_response(),
        Some(Err(refusal)) => problem(StatusCode::UNPROCESSABLE_ENTITY, refusal.to_json()),
        None => stopping(),
    }
}

fn stopping() -> Response {
    let why = json!({ "code": "NODE_STOPPING", "en": "the node is stopping", "zh": "节点正在停止" });
    problem(StatusCode::SERVICE_UNAVAILABLE, why)
}

fn problem(status: StatusCode, error: Value) -> Response {
    (status, axum::Json(json!({ "error": error }))).into_response()
}

fn token_wanted() -> Value {
    json!({
        "code": "API_TOKEN",
        "en": "the API takes the token that stands in api.json of the data directory, or one that a user made",
        "zh": "请使用数据目录中 api.json 里的令牌，或用户自建的接口令牌",
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Compares in a time that does not depend on where the texts differ.
fn authorised(headers: &HeaderMap, token: &str) -> bool {
    bearer(headers).is_some_and(|given| blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes()))
}
