//! The API for programs, `/api/v1`: what the pages can do, as resources over the commands of the machine.
//!
//! One table: a route stands with its [`Operation`], from which the request is read, the answer made and the OpenAPI document
//! written ([`document()`]). Files of one noun hold the tables. Knows no rule of the domain.

mod answer;
mod applicant;
mod asked;
mod cases;
mod changes;
mod fault;
mod guides;
mod lists;
mod mask;
mod matters;
mod node;
mod openapi;
mod operation;
mod papers;
mod people;
mod problem;
mod shapes;
mod units;
mod watching;

pub use openapi::document;
pub use operation::Operation;
pub use problem::Problem;

use axum::http::Method;
use serde_json::Value;

use super::gate::{Access, Route};
use operation::Answer;

pub(super) fn routes() -> Vec<Route> {
    [
        own_routes(),
        guides::routes(),
        lists::routes(),
        cases::routes(),
        papers::routes(),
        applicant::routes(),
        watching::routes(),
        matters::routes(),
        people::routes(),
        units::routes(),
        node::routes(),
        changes::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn own_routes() -> Vec<Route> {
    let words = ("本接口的 OpenAPI 文档", "This API's OpenAPI document");
    let itself = Operation::plain("openapi", words, Answer::object(&[]));
    let show = async || axum::Json(document());
    vec![Route::described(Method::GET, "/api/v1/openapi.json", Access::Public, itself, show)]
}

/// A field of a row as text; numbers too.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
