//! The local face of a node: the status page and the guides' pages for people, and the command API for the command line.
//!
//! Handlers parse, ask the loop, render. They know no store and no hub.

mod bundle;
mod guides;
mod page;
mod ticks;

pub use bundle::{ENTRIES_HEADER, ExportAsk, NODE_HEADER};

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use sanji_model::lang::Lang;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::command::Command;
use crate::refusal::Refusal;
use crate::run::Asker;
use crate::trust::Identity;

/// Bytes of one request: a guide file of a whole county (1,500 guides of 64 KB, DOMAIN §8 stress) and some.
const BODY_BYTES_MAX: usize = 128 << 20;

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
}

/// The route tree.
pub fn routes(face: Face) -> Router {
    Router::new()
        .route("/", get(status_page))
        .route("/style.css", get(style))
        .route("/guides", get(guides::list))
        .route("/guides/{id}", get(guides::full))
        .route("/guides/{id}/short", get(guides::short))
        .route("/guides/{id}/rollout", get(guides::rollout))
        .route("/healthz", get(|| async { "ok" }))
        .route("/api/v1/command", post(command))
        .route("/api/v1/sync/export", post(bundle::export))
        .route("/api/v1/sync/import", post(bundle::import))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(face)
}

#[derive(Deserialize)]
struct PageQuery {
    lang: Option<String>,
}

async fn status_page(State(face): State<Face>, Query(query): Query<PageQuery>) -> Response {
    let lang = query.lang.and_then(|text| text.parse().ok()).unwrap_or(face.lang);
    let status = face.asker.ask(Command::Status).await;
    let ticks = face.asker.ask(Command::CaseTicks).await;
    match status.zip(ticks).map(|(status, ticks)| Ok((status?, ticks?))) {
        Some(Ok((status, ticks))) => match page::render(&status, &ticks, lang) {
            Ok(html) => (page_headers(), Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "the status page does not render");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        },
        Some(Err::<_, Refusal>(refusal)) => problem(StatusCode::UNPROCESSABLE_ENTITY, refusal.to_json()),
        None => stopping(),
    }
}

async fn style() -> Response {
    let css = include_str!("../templates/style.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], css)
        .into_response()
}

/// Whoever sent the node's token. Checked before a body is read.
struct Authorised;

impl FromRequestParts<Face> for Authorised {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, face: &Face) -> Result<Authorised, Response> {
        if authorised(&parts.headers, &face.token) {
            return Ok(Authorised);
        }

        let why = json!({
            "code": "API_TOKEN",
            "en": "the API takes the token that stands in api.json of the data directory",
            "zh": "请使用数据目录中 api.json 里的令牌",
        });
        Err(problem(StatusCode::UNAUTHORIZED, why))
    }
}

async fn command(_: Authorised, State(face): State<Face>, body: Bytes) -> Response {
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

/// Compares in a time that does not depend on where the texts differ.
fn authorised(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    given.is_some_and(|given| blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes()))
}

fn page_headers() -> [(header::HeaderName, &'static str); 4] {
    [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ]
}
