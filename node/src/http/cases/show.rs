//! The page of one case: where it stands, what it lacks, what happened, where it is saved, and what may be done.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::{Known, Role, Source};
use sanji_sync::UnitCode;
use serde_json::Value;

use super::fields::Kind;
use super::sent::{Form, Stock};
use super::view::{self, View};
use crate::command::Command;
use crate::http::answer::plain;
use crate::http::form::{Faults, Fields};
use crate::http::gate::Visitor;
use crate::http::once::AGAIN;
use crate::http::organisation::{Choice, Units};
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
    /// What was just done, in words.
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
        let units = match Units::ask(face, visitor).await {
            Ok(units) => units,
            Err(response) => return response,
        };
        let own = &visitor.place.unit;
        let registered_at = plain(&case["unit"]);
        if let (Ok(here), Ok(of)) = (UnitCode::parse(own), UnitCode::parse(&registered_at)) {
            stock.halls = units.halls(here, of).into_iter().map(code_and_name).collect();
            stock.receivers = units.above(here).into_iter().skip(1).map(code_and_name).collect();
            // Back to where it was registered, too.
            if here != of && !stock.receivers.iter().any(|(code, _)| *code == registered_at) {
                stock.receivers.push((registered_at, units.name(&of)));
            }
        }
    }
    let may = |roles: &[Role]| visitor.person.as_ref().is_some_and(|person| person.is_one_of(roles));
    let mine = offers.iter().filter(|(_, roles)| may(roles)).map(|(action, _)| *action);
    let came_back = shown.sent.map(|(action, ..)| action);
    let mine: Vec<Known> = mine.chain(came_back.filter(|action| !is_offered(*action))).collect();
    let forms = mine.iter().filter_map(|action| form(&shell, *action, &stock, &shown));
    let (plain, forms) = forms.partition(|form| form.entries.is_empty());
    let deed = visitor.done.as_deref();
    let done = deed.and_then(|deed| deed.parse::<Known>().ok());
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
    let done = match done {
        Some(action) => shell.put("case-done", "action", action.words().text(lang)),
        None if deed == Some(AGAIN) => shell.t("case-again"),
        None => String::new(),
    };
    page::show_as(status, &CasePage { shell, view, plain, forms, done, half, may_print })
}

fn form(shell: &Shell, action: Known, stock: &Stock, shown: &Shown<'_>) -> Option<Form> {
    let sent = shown.sent.filter(|(of, ..)| *of == action).map(|(_, fields, faults)| (fields, faults));
    Form::of(shell, action, stock, sent)
}

fn code_and_name(choice: Choice) -> (String, String) {
    (choice.value, choice.words)
}
