//! What applicants do by themselves, for programs of a hall: a terminal that tells how far a case has come, a tablet that asks for a
//! rating. The case's number and the last four characters of the identity number are the proof, as on the pages; wrong ones
//! are counted with those of the pages. Names nobody.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::Face;
use super::super::gate::{Access, Route};
use super::operation::{Answer, Asked, Fields, Kind, Nothing, Operation, ask, route};
use super::problem::Problem;
use crate::command::Command;
use crate::run::now;

const PROGRESS: Fields = &[
    ("number", Kind::Text),
    ("state", Kind::Text),
    ("applicant", Kind::Text),
    ("steps", Kind::List),
    ("can_rate", Kind::Flag),
    ("rated", Kind::Flag),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// Of the case, 27 digits.
    number: String,
    /// Of the identity number, or of the unified social credit code.
    last_four: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rating {
    number: String,
    last_four: String,
    /// 1 very satisfied to 5 very dissatisfied.
    level: String,
    #[serde(default)]
    text: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Method::POST,
            "/api/v1/progress",
            Access::Staff,
            Operation::new::<Nothing, Proof>(
                "progress_show",
                (
                    "办件进度（凭编号和证件号码后四位）",
                    "How far a case has come, for whoever proves that it is theirs",
                ),
                Answer::object(PROGRESS),
                StatusCode::OK,
            )
            .reading(),
            |face: Face, asked: Asked<Nothing, Proof>| async move {
                let Proof { number, last_four } = asked.body;
                proven(&face, number, |number| Command::CaseProgress { number, last_four }).await
            },
        ),
        route(
            Method::POST,
            "/api/v1/ratings",
            Access::Staff,
            Operation::new::<Nothing, Rating>(
                "rating_new",
                ("申请人评价（凭编号和证件号码后四位）", "A rating by the applicant, with the same proof"),
                Answer::object(&[("number", Kind::Text)]),
                StatusCode::CREATED,
            ),
            |face: Face, asked: Asked<Nothing, Rating>| async move {
                let Rating { number, last_four, level, text } = asked.body;
                proven(&face, number, |number| Command::CaseRate { number, last_four, level, text }).await
            },
        ),
    ]
}

/// Counted before it is checked, so that many at once are not more than one after another.
async fn proven(
    face: &Face,
    number: String,
    command: impl FnOnce(String) -> Command,
) -> Result<Value, Problem> {
    // Counted as the machine reads it.
    let number = number.trim().to_owned();
    let (at, proofs) = (now(), &face.sessions.proofs);
    if let Some(minutes) = proofs.shut_for(&number, at) {
        return Err(Problem::ProofShut(minutes));
    }
    proofs.count(&number, at);
    let said = ask(face, command(number.clone())).await?;
    proofs.forget(&number);
    Ok(said)
}
