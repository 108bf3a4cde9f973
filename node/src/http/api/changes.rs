//! What changed, for programs: pages of it for those who ask now and then, a stream of events for those who wait.
//!
//! Each change says what kind of document came, its number or id and its unit; what is in it is asked for by its own address.
//! Knows no document.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use sanji_model::case::Role;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::gate::{self, Access, Route, Visitor};
use super::super::{Face, roles};
use super::asked::Came;
use super::operation::{Answer, Asked, Fields, Kind, Limit, Nothing, Operation, ask};
use super::problem::Problem;
use crate::command::Command;
use crate::page::PAGE_MAX;

const PATH: &str = "/api/v1/changes";

/// A proxy gives a silent line up.
const BREATH: Duration = Duration::from_secs(20);

const CHANGE: Fields = &[
    ("cursor", Kind::Text),
    ("kind", Kind::Text),
    ("id", Kind::Text),
    ("unit", Kind::MaybeText),
    ("number", Kind::MaybeText),
];

/// The word for the cursor of now.
const NOW: &str = "now";

/// Kinds of documents, and who sees that they changed; all others are for everybody with a token.
const FOR: &[(&str, &[Role])] = &[
    ("case", CASES),
    ("complaint", roles::COMPLAINTS),
    ("draft", roles::DRAFTS),
    ("correction", roles::DRAFTS),
    ("staff", roles::ADMINISTRATORS),
];

/// Those who see cases, and those who see cards and ratings of them.
const CASES: &[Role] = &[
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Reviewer,
    Role::Decider,
    Role::Issuer,
    Role::Archivist,
    Role::Supervisor,
    Role::Caller,
    Role::ComplaintsOfficer,
    Role::Administrator,
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Behind {
    /// A cursor, or `now`. Left out, a page begins with the first change that this node knows, a stream with now.
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

pub(super) fn routes() -> Vec<Route> {
    let words =
        ("变更流", "What changed: a page, or a stream of events for whoever accepts text/event-stream");
    let status = axum::http::StatusCode::OK;
    let operation = Operation::new::<Behind, Nothing>("change_list", words, Answer::feed(CHANGE), status);
    vec![Route::described(Method::GET, PATH, Access::Staff, operation, changes)]
}

async fn changes(
    State(face): State<Face>,
    visitor: Visitor,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let tongue = visitor.tongue;
    let uri = request.uri().clone();
    let asked = match Came::read(&face, visitor, request).await.and_then(|came| came.asked()) {
        Ok(asked) => asked,
        Err(problem) => return problem.response(tongue),
    };
    let said = match wants_stream(&headers) {
        true => stream(face, uri, headers, asked).await,
        false => page(&face, asked).await,
    };
    said.unwrap_or_else(|problem| problem.response(tongue))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|text| text.contains("text/event-stream"))
}

async fn page(face: &Face, asked: Asked<Behind>) -> Result<Response, Problem> {
    let Behind { after, limit } = asked.query;
    let mut said = ask(face, Command::Changes { after, limit: limit.0 }).await?;
    if let Some(rows) = said["rows"].as_array_mut() {
        rows.retain(|row| may_see(&asked.visitor, row));
    }
    Ok(axum::Json(said).into_response())
}

fn may_see(visitor: &Visitor, row: &Value) -> bool {
    let kept = FOR.iter().find(|(kind, _)| row["kind"] == *kind);
    kept.is_none_or(|(_, roles)| visitor.may(Access::Roles(roles)))
}

/// One listener.
struct Listener {
    face: Face,
    uri: Uri,
    headers: HeaderMap,
    changes: watch::Receiver<u64>,
    after: String,
    /// Events that were read and not sent yet.
    waiting: VecDeque<Event>,
    /// Whether there may be more than was read.
    is_behind: bool,
}

/// Goes on behind `Last-Event-ID`, else behind `after`, else from now: from before this answer, so that nothing falls
/// between.
async fn stream(face: Face, uri: Uri, headers: HeaderMap, asked: Asked<Behind>) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut after = last.or(asked.query.after).unwrap_or_else(|| NOW.to_owned());
    let mut waiting = VecDeque::new();
    if after == NOW {
        let said = ask(&face, Command::Changes { after: Some(after), limit: 1 }).await?;
        after = super::text(&said["cursor"]);
        waiting.push_back(event("ready", &after, &json!({ "cursor": after })));
    }
    let changes = face.changes.clone();
    let listener = Listener { face, uri, headers, changes, after, waiting, is_behind: true };
    let events = unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let alive = KeepAlive::new().interval(BREATH);
    Ok(Sse::new(Box::pin(events)).keep_alive(alive).into_response())
}

impl Listener {
    /// The next event; none when the token is no longer good, or the node stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if !self.is_behind {
                self.changes.changed().await.ok()?;
            }
            self.changes.mark_unchanged();
            self.read().await?;
        }
    }

    /// Reads what came; asks anew who listens, since a token may have ended since.
    async fn read(&mut self) -> Option<()> {
        let known = gate::by_token(&self.face, true, self.uri.clone(), &self.headers).await;
        let visitor = known.ok().filter(|visitor| visitor.may(Access::Staff))?;
        let command = Command::Changes { after: Some(self.after.clone()), limit: PAGE_MAX };
        let said = ask(&self.face, command).await.ok()?;
        let next = super::text(&said["next"]);
        let cursor = super::text(&said["cursor"]);
        if said["reset"] == true {
            self.waiting.push_back(event("reset", &cursor, &json!({ "cursor": cursor })));
        }
        for row in said["rows"].as_array().into_iter().flatten().filter(|row| may_see(&visitor, row)) {
            self.waiting.push_back(event("change", &super::text(&row["cursor"]), row));
        }
        self.is_behind = !next.is_empty();
        self.after = cursor;
        Some(())
    }
}

fn event(name: &str, id: &str, data: &Value) -> Event {
    Event::default().event(name).id(id).data(data.to_string())
}
