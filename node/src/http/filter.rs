//! What a page is filtered by, as its address says. What the machine does not take stays in the form as it was filled in, with
//! a sentence at its field; the page then shows nothing, never something else than was asked for.

use std::num::ParseIntError;

use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::lang::Say as _;
use sanji_model::refusal::Refusal as Rule;
use serde_json::Value;

use super::form::Faults;
use super::gate::Visitor;
use super::{Face, page};
use crate::command::Command;
use crate::refusal::Refusal;

/// Asks for what a page lists; blank if the machine does not take what it is filtered by. `fields` name the field of the
/// form in which a kind of argument was typed, where that is called otherwise.
pub(super) async fn ask(
    face: &Face,
    visitor: &Visitor,
    command: Command,
    fields: &[(&str, &str)],
    faults: &mut Faults,
) -> Result<Value, Response> {
    match page::attempt(face, visitor, command).await? {
        Ok(answer) => Ok(answer),
        Err(refusal) => {
            let kind = match &refusal {
                Refusal::BadArgument { what, .. } => what,
                Refusal::Rule(Rule::UnknownUnit(_) | Rule::NotAbove { .. }) => "unit",
                Refusal::Rule(Rule::Word(_)) => "word",
                _ => return Err(page::refusal_page(visitor, &refusal)),
            };
            let named = fields.iter().find(|(of, _)| *of == kind).map_or(kind, |(_, field)| field);
            match kind {
                "after" => faults.add("", visitor.shell().t("filter-page")),
                "word" => faults.add(named, visitor.shell().t("filter-word")),
                _ => faults.add(named, refusal.text(visitor.tongue.lang())),
            }
            Ok(Value::Null)
        }
    }
}

/// As a status: what came back with a fault is not well.
pub(super) fn status(faults: &Faults) -> StatusCode {
    if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// The version that the address names.
pub(super) fn version(visitor: &Visitor) -> Result<Option<u32>, ParseIntError> {
    visitor.query().some("version").map(|text| text.parse()).transpose()
}

/// What is shown for a version that is no number.
pub(super) fn no_version(visitor: &Visitor) -> Response {
    page::refused_page(visitor, StatusCode::UNPROCESSABLE_ENTITY, "filter-version")
}
