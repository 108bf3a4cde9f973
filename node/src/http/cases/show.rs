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
        stock.units = match page::ask(face, visitor, Command::OrgList).await {
            Ok(units) => takers(&units, &visitor.place.unit),
            Err(response) => return response,
        };
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
    let done = done.map(|action| action.words().text(lang).to_owned()).unwrap_or_default();
    page::show_as(status, &CasePage { shell, view, plain, forms, done, may_print })
}

fn form(shell: &Shell, action: Known, stock: &Stock, shown: &Shown<'_>) -> Option<Form> {
    let sent = shown.sent.filter(|(of, ..)| *of == action).map(|(_, fields, faults)| (fields, faults));
    Form::of(shell, action, stock, sent)
}

/// Halls and centres that a case can be passed on to: not this unit, and no village.
fn takers(units: &Value, own: &str) -> Vec<(String, String)> {
    let is_hall = |unit: &&Value| unit["tier"] != Tier::Village.word() && unit["code"] != own;
    list_of(units).iter().filter(is_hall).map(|unit| (plain(&unit["code"]), plain(&unit["name"]))).collect()
}
