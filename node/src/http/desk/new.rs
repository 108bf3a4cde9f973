//! A new complaint or enquiry: what it is about, who it is from, to which unit it belongs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::desk::Kind;
use sanji_model::lang::Say as _;
use sanji_model::number::CaseNumber;

use super::super::answer::plain;
use super::super::form::{Faults, Fields, Posted};
use super::super::gate::Visitor;
use super::super::organisation::{Choice, Units};
use super::super::shell::Shell;
use super::super::{Face, once, page};
use super::Desk;
use crate::command::NewMatter;

/// The first step of both.
const REGISTER: &str = "register";

#[derive(Template)]
#[template(path = "desk-new.html")]
struct NewPage {
    shell: Shell,
    name: &'static str,
    /// Blank where there is one kind only.
    kinds: Vec<Choice>,
    units: Vec<Choice>,
    fields: Fields,
    faults: Faults,
}

pub(super) async fn new<D: Desk>(State(face): State<Face>, visitor: Visitor) -> Response {
    form::<D>(&face, &visitor, Fields::default(), Faults::default()).await
}

pub(super) async fn new_done<D: Desk>(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Response {
    let shell = visitor.shell();
    let mut faults = Faults::default();
    if fields.get("text").is_empty() {
        faults.add("text", shell.t("step-want-words"));
    }
    let case = fields.get("case").replace(' ', "");
    if !case.is_empty() && case.parse::<CaseNumber>().is_err() {
        faults.add("case", shell.t("proof-number-wrong"));
    }
    // One kind needs no choice.
    let kind = fields.get("kind").parse().ok().filter(|kind| D::KINDS.contains(kind));
    let kind = kind.or_else(|| (D::KINDS.len() == 1).then_some(D::KINDS[0]));
    if kind.is_none() {
        faults.add("kind", shell.t("step-want-choice"));
    }
    let Some(kind) = kind.filter(|_| faults.is_empty()) else {
        return form::<D>(&face, &visitor, fields, faults).await;
    };
    let new = NewMatter {
        name: fields.get("name").to_owned(),
        phone: fields.get("phone").to_owned(),
        text: fields.get("text").to_owned(),
        unit: fields.some("unit"),
        case: Some(case).filter(|case| !case.is_empty()),
        user: visitor.user(),
    };
    match once::attempt(&face, &visitor, &fields, D::register(kind, new)).await {
        Err(response) => response,
        Ok(Err(refusal)) => {
            let faults = Faults::one("", refusal.text(shell.tongue.lang()));
            form::<D>(&face, &visitor, fields, faults).await
        }
        Ok(Ok(said)) => {
            let to = D::path(&format!("/{}", plain(&said.answer["number"])));
            page::done(&face, &visitor, &to, said.deed(REGISTER))
        }
    }
}

async fn form<D: Desk>(face: &Face, visitor: &Visitor, fields: Fields, faults: Faults) -> Response {
    let units = match Units::ask(face, visitor).await {
        Ok(units) => units,
        Err(response) => return response,
    };
    let shell = visitor.shell();
    let kind = |kind: &Kind| Choice {
        value: kind.word().to_owned(),
        words: kind.words().text(shell.tongue.lang()).to_owned(),
        is_chosen: fields.get("kind") == kind.word(),
    };
    let kinds = if D::KINDS.len() > 1 { D::KINDS.iter().map(kind).collect() } else { Vec::new() };
    let chosen = fields.some("unit").unwrap_or_else(|| visitor.place.unit.clone());
    let units = units.below(&visitor.place.unit, &chosen);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page::show_as(status, &NewPage { name: D::NAME, kinds, units, fields, faults, shell })
}
