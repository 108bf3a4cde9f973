//! One thing that a program can ask for: how the request is read, what is asked of the machine, what comes back; and what the
//! document says of it.
//!
//! The router and the document are made from the same value, so neither can say more than the other.

use std::future::Future;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use sanji_model::lang::Words;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::super::Face;
use super::super::gate::{Access, Route, Visitor};
use super::super::replay::{Begun, Key};
pub(super) use super::answer::{Answer, Fields, Kind, page_of};
use super::asked::Came;
pub(super) use super::asked::{Asked, Given, Limit, Nothing, Walk, Walks, walks};
use super::problem::{self, Problem};
use crate::command::Command;

/// The header in which a program brings a key for repeating.
const KEY_HEADER: &str = "idempotency-key";

/// The schema of a type.
type Schemed = fn(&mut SchemaGenerator) -> Schema;

/// What the document says of a route.
#[derive(Clone, Copy)]
pub struct Operation {
    pub id: &'static str,
    pub summary: Words,
    pub(super) query: Schemed,
    pub(super) body: Schemed,
    pub(super) answer: Answer,
    /// Of success.
    pub(super) status: StatusCode,
    /// It is asked for with a body, such as what no address should have, and changes nothing.
    pub only_reads: bool,
}

impl Operation {
    /// One without query and body.
    pub(super) fn plain(id: &'static str, words: (&'static str, &'static str), answer: Answer) -> Operation {
        Operation::new::<Nothing, Nothing>(id, words, answer, StatusCode::OK)
    }

    pub(super) fn new<Q: Given, B: Given>(
        id: &'static str,
        (zh, en): (&'static str, &'static str),
        answer: Answer,
        status: StatusCode,
    ) -> Operation {
        Operation {
            id,
            summary: Words::new(zh, en),
            query: Q::json_schema,
            body: B::json_schema,
            answer,
            status,
            only_reads: false,
        }
    }

    pub(super) fn reading(self) -> Operation {
        Operation { only_reads: true, ..self }
    }
}

/// The words of a summary, Chinese and English.
pub(super) type Summary = (&'static str, &'static str);

/// Reads something of the machine.
pub(super) fn get<Q: Given>(
    path: &'static str,
    access: Access,
    id: &'static str,
    words: Summary,
    answer: Answer,
    command: fn(Asked<Q>) -> Command,
) -> Route {
    let operation = Operation::new::<Q, Nothing>(id, words, answer, StatusCode::OK);
    route(Method::GET, path, access, operation, move |face: Face, asked: Asked<Q>| async move {
        ask(&face, command(asked)).await
    })
}

/// Reads a list that the machine gives whole, and hands it out in pages; `wanted` says which rows, `name` what a row is
/// named as a cursor.
#[allow(clippy::too_many_arguments, reason = "a table's line")]
pub(super) fn list<Q: Given + Walks + Sync>(
    path: &'static str,
    access: Access,
    id: &'static str,
    words: Summary,
    rows: Answer,
    name: fn(&Value) -> String,
    wanted: fn(&Value) -> bool,
    command: fn(&Asked<Q>) -> Command,
) -> Route {
    let operation = Operation::new::<Q, Nothing>(id, words, rows, StatusCode::OK);
    route(Method::GET, path, access, operation, move |face: Face, asked: Asked<Q>| async move {
        let said = ask(&face, command(&asked)).await?;
        let rows = match said {
            Value::Array(rows) => rows.into_iter().filter(wanted).collect(),
            _ => Vec::new(),
        };
        page_of(rows, name, asked.query.after(), asked.query.limit())
    })
}

/// Reads a list that has one page only.
pub(super) fn short<Q: Given>(
    path: &'static str,
    access: Access,
    id: &'static str,
    words: Summary,
    answer: Answer,
    command: fn(Asked<Q>) -> Command,
) -> Route {
    let operation = Operation::new::<Q, Nothing>(id, words, answer, StatusCode::OK);
    route(Method::GET, path, access, operation, move |face: Face, asked: Asked<Q>| async move {
        Ok(whole(ask(&face, command(asked)).await?))
    })
}

/// All rows as one page.
pub(super) fn whole(rows: Value) -> Value {
    let rows = if rows.is_array() { rows } else { json!([]) };
    json!({ "rows": rows, "next": null })
}

/// Has the machine do something.
pub(super) fn write<B: Given>(
    (method, path): (Method, &'static str),
    access: Access,
    id: &'static str,
    words: Summary,
    answer: Answer,
    command: fn(Asked<Nothing, B>) -> Command,
) -> Route {
    let status = if id.ends_with("_new") { StatusCode::CREATED } else { StatusCode::OK };
    let operation = Operation::new::<Nothing, B>(id, words, answer, status);
    route(method, path, access, operation, move |face: Face, asked: Asked<Nothing, B>| async move {
        ask(&face, command(asked)).await
    })
}

/// The same, where it needs more than one command.
pub(super) fn route<Q, B, W, F>(
    method: Method,
    path: &'static str,
    access: Access,
    operation: Operation,
    work: W,
) -> Route
where
    Q: Given,
    B: Given,
    W: Fn(Face, Asked<Q, B>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Value, Problem>> + Send + 'static,
{
    let handler = move |State(face): State<Face>, visitor: Visitor, request: Request| {
        let work = work.clone();
        async move {
            let tongue = visitor.tongue;
            let done = answered(face, visitor, request, operation, work).await;
            done.unwrap_or_else(|problem| problem.response(tongue))
        }
    };
    Route::described(method, path, access, operation, handler)
}

/// What the machine says.
pub(super) async fn ask(face: &Face, command: Command) -> Result<Value, Problem> {
    match face.asker.ask(command).await {
        Some(Ok(said)) => Ok(said),
        Some(Err(refusal)) => Err(refusal.into()),
        None => Err(Problem::Stopping),
    }
}

async fn answered<Q, B, W, F>(
    face: Face,
    visitor: Visitor,
    request: Request,
    operation: Operation,
    work: W,
) -> Result<Response, Problem>
where
    Q: Given,
    B: Given,
    W: Fn(Face, Asked<Q, B>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Value, Problem>> + Send + 'static,
{
    let lang = visitor.tongue.lang();
    let came = Came::read(&face, visitor, request).await?;
    // What changes nothing is asked again as it stands then.
    let key = match came.method.is_safe() || operation.only_reads {
        true => None,
        false => key_of(&came)?,
    };
    let asked = came.asked::<Q, B>()?;
    let Some(key) = key else {
        let said = work(face, asked).await?;
        return Ok((operation.status, axum::Json(operation.answer.of(said))).into_response());
    };
    match face.replays.begin(&key).await? {
        Begun::Again { status, body } => Ok(replayed(status, &body)),
        Begun::Fresh => {
            // It is seen to its end though the program may hang up: that is what the key is for.
            let work = work(face.clone(), asked);
            let done = tokio::spawn(async move {
                let (status, body) = match work.await {
                    Ok(said) => (operation.status, operation.answer.of(said)),
                    // Whether it was done is not known.
                    Err(problem @ Problem::Stopping) => return Err(problem),
                    Err(problem) => (problem.status(), problem.body(lang)),
                };
                face.replays.finish(&key, status, &body).await?;
                Ok(said(status, &body))
            });
            done.await.map_err(|why| Problem::Failed(why.to_string()))?
        }
    }
}

/// None where the request has none.
fn key_of(came: &Came) -> Result<Option<Key>, Problem> {
    let Some(text) = came.headers.get(KEY_HEADER) else { return Ok(None) };
    let (user, request) =
        (came.visitor.user().unwrap_or_default(), format!("{} {}\n", came.method, came.uri));
    let text = text.to_str().map_err(|_| Problem::KeyText)?;
    let key = Key::new(&user, text, &[request.as_bytes(), &came.bytes]);
    key.map(Some).ok_or(Problem::KeyText)
}

fn said(status: StatusCode, body: &Value) -> Response {
    match status.is_success() {
        true => (status, axum::Json(body)).into_response(),
        false => problem::said(status, body),
    }
}

fn replayed(status: StatusCode, body: &Value) -> Response {
    let mut response = said(status, body);
    response.headers_mut().insert("idempotent-replayed", axum::http::HeaderValue::from_static("true"));
    response
}
