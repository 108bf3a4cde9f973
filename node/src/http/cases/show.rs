//! The page of one case: where it stands, what it lacks, what happened, where it is saved, and what may be done.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::{Known, Role, Source};
use sanji_model::organisation::Tier;
use serde_json::Value;

use super::fields::Kind;
use super::sent::{Form, Stock};
use super::view::{self, View};
use crate::command::Command;
use crate::http::answer::{list_of, plain};
use crate::http::form::{Faults, Fields};
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::{Face, page};

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    shell: Shell,
    view: View,
    /// What needs nothing but a click, and what has a form.
    plain: Vec<Form>,
    forms: Vec<Form>,
    done: String,
    /// Whose signature is still missing.
    half: String,
    may_print: bool,
}

pub(super) async fn show(State(face): State<Face>, visitor: Visitor, Path(number): Path<String>) -> Response {
    match page::ask(&face, &visitor, Command::CaseShow { number }).await {
        Ok(case) => render(&face, &visitor, &case, Shown::default()).await,
        Err(response) => response,
    }
}

/// How the page is shown besides plainly.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub revealed: Option<&'a Value>,
    /// A form that comes back.
    pub sent: Option<(Known, &'a Fields, &'a Faults)>,
}

pub(super) async fn render(face: &Face, visitor: &Visitor, case: &Value, shown: Shown<'_>) -> Response {
    let shell = visitor.shell();
    let lang = shell.tongue.lang();
    let offers = view::offers(case);
    let mut stock = view::stock(case, lang);
    let is_offered = |action| offers.iter().any(|(offered, _)| *offered == action);
    if is_offered(Known::HandOver) || is_offered(Known::Forward) {
        let units = match page::ask(face, visitor, Command::OrgList).await {
            Ok(units) => units,
            Err(response) => return response,
        };
        stock.halls = halls(&units, &visitor.place.unit);
        stock.above = above(&units, &visitor.place.unit);
    }
    let may = |roles: &[Role]| visitor.person.as_ref().is_some_and(|person| person.is_one_of(roles));
    let mine = offers.iter().filter(|(_, roles)| may(roles)).map(|(action, _)| *action);
    let came_back = shown.sent.map(|(action, ..)| action);
    let mine: Vec<Known> = mine.chain(came_back.filter(|action| !is_offered(*action))).collect();
    let forms = mine.iter().filter_map(|action| form(&shell, *action, &stock, &shown));
    let (plain, forms) = forms.partition(|form| form.entries.is_empty());
    let done = visitor.query().get("done").parse::<Known>().ok();
    let may_print = offers.iter().any(|(action, roles)| *action == Known::Print && may(roles));
    let status = if shown.sent.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View::read(case, shown.revealed, &shell);
    let half = match done {
        Some(Known::Void) if case["state"] != "voided" => "case-half-void",
        Some(Known::HandOver) if !case["handed_to"].is_null() => "case-half-hand-over",
        Some(Known::TakeOver) if case["custody"] != visitor.place.unit.as_str() => "case-half-take-over",
        _ => "",
    };
    let half = if half.is_empty() { String::new() } else { shell.t(half) };
    let done = done.map(|action| action.words().text(lang).to_owned()).unwrap_or_default();
    page::show_as(status, &CasePage { shell, view, plain, forms, done, half, may_print })
}

fn form(shell: &Shell, action: Known, stock: &Stock, shown: &Shown<'_>) -> Option<Form> {
    let sent = shown.sent.filter(|(of, ..)| *of == action).map(|(_, fields, faults)| (fields, faults));
    Form::of(shell, action, stock, sent)
}

/// Halls and centres that a case can be forwarded to: not this unit, and no village.
fn halls(units: &Value, own: &str) -> Vec<(String, String)> {
    let is_hall = |unit: &&Value| unit["tier"] != Tier::Village.word() && unit["code"] != own;
    list_of(units).iter().filter(is_hall).map(code_and_name).collect()
}

/// The units above this one, the nearest first.
fn above(units: &Value, own: &str) -> Vec<(String, String)> {
    let find = |code: &str| list_of(units).iter().find(|unit| unit["code"] == code);
    let parent = |unit: &&Value| unit["parent_code"].as_str().and_then(find);
    let chain = std::iter::successors(find(own), parent).skip(1);
    // A tree that is wrong must not be walked for ever.
    chain.take(5).map(code_and_name).collect()
}

fn code_and_name(unit: &Value) -> (String, String) {
    (plain(&unit["code"]), plain(&unit["name"]))
}
