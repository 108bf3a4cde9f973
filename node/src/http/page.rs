//! A page as an answer: rendered, with what browsers must know about it; and the page that says no.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderName};
use axum::response::{Html, IntoResponse, Redirect, Response};
use sanji_model::lang::Say as _;

use super::gate::Visitor;
use super::shell::Shell;
use crate::refusal::Refusal;

/// No script, style, frame or form from anywhere but this node; nothing is kept by the browser.
pub(super) fn headers() -> [(HeaderName, &'static str); 4] {
    [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ]
}

/// On to a page of this node, which says once that `deed` was done.
pub(super) fn done(face: &super::Face, visitor: &Visitor, to: &str, deed: &str) -> Response {
    if let Some(secret) = &visitor.session {
        let path = to.split(['?', '#']).next().unwrap_or_default();
        face.sessions.leave_note(secret, path, deed);
    }
    Redirect::to(to).into_response()
}

/// The page of a template.
pub(super) fn show(page: &impl Template) -> Response {
    show_as(StatusCode::OK, page)
}

pub(super) fn show_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "no.html")]
struct NoPage {
    shell: Shell,
    words: String,
    code: String,
}

/// Says no, in the words under `key`.
pub(super) fn refused_page(visitor: &Visitor, status: StatusCode, key: &str) -> Response {
    let shell = visitor.shell();
    let words = shell.t(key);
    let mut response = show_as(status, &NoPage { shell, words, code: String::new() });
    for (name, value) in headers() {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// Says no in words that are there already.
pub(super) fn said_no(visitor: &Visitor, status: StatusCode, words: String, code: &str) -> Response {
    show_as(status, &NoPage { shell: visitor.shell(), words, code: code.to_owned() })
}

/// What a page that stands by itself may load: its own style, which is in it, and pictures that are in it.
pub(super) fn policy_of(style: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let hash = data_encoding::BASE64.encode(hash.as_ref());
    format!(
        "default-src 'none'; style-src 'self' 'sha256-{hash}'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Says why the machine refused what a page needs: nothing there is 404.
pub(super) fn refusal_page(visitor: &Visitor, refusal: &Refusal) -> Response {
    said_no(visitor, status_of(refusal), refusal.text(visitor.tongue.lang()), refusal.code())
}

/// The status of a refusal.
pub(super) fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal.code() {
        code if code.ends_with("_NOT_FOUND") || code.ends_with("_UNKNOWN") => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What the machine answers, or why it does not want to, for a page that shows that beside its form.
pub(super) async fn attempt(
    face: &super::Face,
    visitor: &Visitor,
    command: crate::command::Command,
) -> Result<Result<serde_json::Value, Refusal>, Response> {
    let stopping = || refused_page(visitor, StatusCode::SERVICE_UNAVAILABLE, "node-stopping");
    face.asker.ask(command).await.ok_or_else(stopping)
}

/// What the machine answers, or the page that says why not.
pub(super) async fn ask(
    face: &super::Face,
    visitor: &Visitor,
    command: crate::command::Command,
) -> Result<serde_json::Value, Response> {
    match face.asker.ask(command).await {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(refusal)) => Err(refusal_page(visitor, &refusal)),
        None => Err(refused_page(visitor, StatusCode::SERVICE_UNAVAILABLE, "node-stopping")),
    }
}
