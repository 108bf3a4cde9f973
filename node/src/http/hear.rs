//! A request that is longer than its page takes is heard to its end before it is refused: a program that is still sending
//! when the line is closed sees a broken line and never the answer.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;

use super::api::Problem;
use super::gate::Visitor;

/// Bytes beyond what is taken that are heard and thrown away; then the line is closed.
const BEYOND_MAX: usize = 64 << 20;

/// Refuses what says that it is longer than `room`, bytes.
pub(super) async fn out(State(room): State<usize>, request: Request, next: Next) -> Response {
    let said = request.headers().get(header::CONTENT_LENGTH);
    let len = said.and_then(|len| len.to_str().ok()?.parse::<usize>().ok()).unwrap_or_default();
    if len <= room {
        return next.run(request).await;
    }
    let is_api = request.uri().path().starts_with("/api/");
    let tongue = request.extensions().get::<Visitor>().map(|visitor| visitor.tongue);
    throw_away(request.into_body(), room.saturating_add(BEYOND_MAX)).await;
    match tongue.filter(|_| is_api) {
        Some(tongue) => Problem::TooLong.response(tongue),
        None => (StatusCode::PAYLOAD_TOO_LARGE, "too long").into_response(),
    }
}

async fn throw_away(body: Body, max: usize) {
    let (mut heard, mut stream) = (0, body.into_data_stream());
    while let Some(Ok(data)) = stream.next().await {
        heard += data.len();
        if heard > max {
            return;
        }
    }
}
