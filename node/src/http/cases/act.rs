//! What a person does to a case: one form, one command, back to the case.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use sanji_model::case::{Known, Unmet};
use sanji_model::lang::Say as _;
use sanji_model::refusal::Refusal as Rule;

use super::show::{Shown, render};
use super::{fields, sent, view};
use crate::command::Command;
use crate::edition::encoded;
use crate::http::answer::plain;
use crate::http::form::{Faults, Posted};
use crate::http::gate::Visitor;
use crate::http::{Face, once, page};
use crate::refusal::Refusal;

/// What is no action of the case, but done at its page.
const REVEAL: &str = "reveal";

/// The address of a form, asked for again: the case is what can be shown.
pub(super) async fn back(Path((number, _)): Path<(String, String)>) -> Response {
    Redirect::to(&format!("/cases/{}", encoded(&number))).into_response()
}

/// Shows the person once; that somebody looked is recorded.
async fn reveal(face: &Face, visitor: &Visitor, number: String) -> Response {
    let asked = Command::CaseReveal { number: number.clone(), user: visitor.user() };
    let revealed = match page::ask(face, visitor, asked).await {
        Ok(revealed) => revealed,
        Err(response) => return response,
    };
    match page::ask(face, visitor, Command::CaseShow { number }).await {
        Ok(case) => {
            render(face, visitor, &case, Shown { revealed: Some(&revealed), ..Shown::default() }).await
        }
        Err(response) => response,
    }
}

pub(super) async fn act(
    State(face): State<Face>,
    visitor: Visitor,
    Path((number, action)): Path<(String, String)>,
    Posted(posted): Posted,
) -> Response {
    if action == REVEAL {
        return reveal(&face, &visitor, number).await;
    }
    let known = action.parse::<Known>().ok();
    let Some((known, table)) = known.and_then(|known| Some((known, fields::of(known)?))) else {
        return page::refusal_page(&visitor, &Refusal::Rule(Rule::UnknownAction(action)));
    };
    let case = match page::ask(&face, &visitor, Command::CaseShow { number: number.clone() }).await {
        Ok(case) => case,
        Err(response) => return response,
    };
    let shell = visitor.shell();
    let rows = view::stock(&case, shell.tongue.lang()).rows;
    let faults = match sent::read(&shell, table, &posted, rows) {
        Err(faults) => faults,
        Ok(event) => {
            let act = Command::CaseAct {
                number,
                action: known.word().to_owned(),
                fields: event,
                user: visitor.user(),
            };
            match once::attempt(&face, &visitor, &posted, act).await {
                Err(response) => return response,
                Ok(Ok(said)) => {
                    let to = format!("/cases/{}", encoded(&plain(&said.answer["number"])));
                    return page::done(&face, &visitor, &to, said.deed(known.word()));
                }
                Ok(Err(refusal)) => Faults::one(place(&refusal), refusal.text(shell.tongue.lang())),
            }
        }
    };
    render(&face, &visitor, &case, Shown { sent: Some((known, &posted, &faults)), revealed: None }).await
}

/// The field that a refusal is about; blank for the whole form.
fn place(refusal: &Refusal) -> &str {
    match refusal {
        Refusal::Rule(Rule::Unmet {
            what: Unmet::Field(key) | Unmet::Value { key, .. } | Unmet::Unit(key) | Unmet::User(key),
            ..
        }) => key,
        _ => "",
    }
}
