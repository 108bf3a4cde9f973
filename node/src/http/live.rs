//! What is on a page stays true while it is open: a stream of server-sent events says that something changed, and the
//! page's own small script asks for itself again.
//!
//! Without script a page is as it was when it was asked for. Knows no page.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;

use super::Face;
use super::gate::{Access, Route};

/// A proxy or an old browser gives a silent line up; and many changes in a row are one.
const BREATH: Duration = Duration::from_secs(20);
const CALM: Duration = Duration::from_millis(700);

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/live", Access::Public, live), Route::get("/live.js", Access::Public, script)]
}

/// Says `changed` each time that something did; what, it does not say.
async fn live(State(face): State<Face>) -> Response {
    let changes = unfold(face.changes.clone(), async |mut changes| {
        changes.changed().await.ok()?;
        tokio::time::sleep(CALM).await;
        let count = *changes.borrow_and_update();
        // A browser passes no event on that has no data.
        let count = count.to_string();
        let event = Event::default().event("changed").id(count.as_str()).data(count.as_str());
        Some((Ok::<_, Infallible>(event), changes))
    });
    Sse::new(Box::pin(changes)).keep_alive(KeepAlive::new().interval(BREATH)).into_response()
}

async fn script() -> Response {
    let script = include_str!("../../templates/live.js");
    let headers =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, script).into_response()
}
