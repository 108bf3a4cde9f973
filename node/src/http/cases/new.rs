//! Starting a case from a guide: who it is for, checked at the fields; what is known of them from earlier cases comes first.
//!
//! Identity numbers travel in the form and never in the address.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sanji_model::case::{APPLICANT_PREFIX, CONTACT_KEYS, Known};
use sanji_model::identity::identify;
use sanji_model::lang::Say as _;
use sanji_model::list::ListKind;
use serde_json::Value;

use super::fields::label;
use crate::command::Command;
use crate::edition::encoded;
use crate::http::answer::{list_of, named, plain};
use crate::http::form::{Faults, Fields, Posted};
use crate::http::gate::Visitor;
use crate::http::once::{self, Said};
use crate::http::shell::Shell;
use crate::http::{Face, page};

/// Whom a case is for, as a form that can come back.
pub(super) struct Applicant {
    pub name: String,
    pub id_number: String,
    /// Name of the field, its words, and what is in it.
    pub contact: Vec<(String, String, String)>,
    /// The case that this was known from.
    pub known_from: String,
    /// It was looked for and nothing was found.
    pub unknown: bool,
    pub faults: Faults,
}

impl Applicant {
    pub fn of(shell: &Shell, fields: &Fields, faults: Faults) -> Applicant {
        let field = |key: &&str| {
            let name = format!("{APPLICANT_PREFIX}{key}");
            (name.clone(), shell.t(&label(&name)), fields.get(&name).to_owned())
        };
        Applicant {
            name: fields.get("applicant").to_owned(),
            id_number: fields.get("id_number").to_owned(),
            contact: CONTACT_KEYS.iter().map(field).collect(),
            known_from: String::new(),
            unknown: false,
            faults,
        }
    }

    /// With what earlier cases of this unit say, where nothing was typed.
    fn filled(mut self, known: &Value) -> Applicant {
        self.known_from = plain(&known["from"]);
        self.unknown = self.known_from.is_empty();
        let fill = |value: &mut String, known: &Value| {
            if value.is_empty() {
                *value = plain(known);
            }
        };
        fill(&mut self.name, &known["applicant"]);
        for (name, _, value) in &mut self.contact {
            fill(value, &known["contact"][name.trim_start_matches(APPLICANT_PREFIX)]);
        }
        self
    }
}

/// The applicant of a form, with what is wrong about the number; and filled in if that was asked for.
pub(super) async fn read(
    face: &Face,
    visitor: &Visitor,
    fields: &Fields,
) -> Result<Result<(), Applicant>, Response> {
    let shell = visitor.shell();
    let (lang, looking) = (shell.tongue.lang(), fields.get("step") == "look");
    let mut faults = Faults::default();
    if let Err(why) = identify(fields.get("id_number")) {
        faults.add("id_number", why.text(lang));
    }
    if !looking && fields.get("applicant").is_empty() {
        faults.add("applicant", shell.t("case-field-missing"));
    }
    match (faults.is_empty(), looking) {
        (true, true) => {
            let id_number = fields.get("id_number").to_ascii_uppercase();
            let asked = Command::CaseApplicant { id_number, user: visitor.user() };
            let known = page::ask(face, visitor, asked).await?;
            Ok(Err(Applicant::of(&shell, fields, faults).filled(&known)))
        }
        (true, false) => Ok(Ok(())),
        (false, _) => Ok(Err(Applicant::of(&shell, fields, faults))),
    }
}

/// The fields of the registration.
pub(super) fn contact(fields: &Fields) -> BTreeMap<String, String> {
    let filled = fields.under(APPLICANT_PREFIX);
    filled.into_iter().map(|(key, value)| (format!("{APPLICANT_PREFIX}{key}"), value)).collect()
}

/// As a status: what came back with a fault is not well.
pub(super) fn status(applicant: &Applicant) -> StatusCode {
    if applicant.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

#[derive(Template)]
#[template(path = "case-new.html")]
struct NewPage {
    shell: Shell,
    guide: String,
    name: String,
    code: String,
    /// The lists that hold the item, each with its document.
    lists: Vec<(String, String)>,
    applicant: Applicant,
}

pub(super) async fn new(State(face): State<Face>, visitor: Visitor) -> Response {
    let fields = visitor.query();
    let Some(guide) = fields.some("guide") else { return Redirect::to("/guides").into_response() };
    let applicant = Applicant::of(&visitor.shell(), &Fields::default(), Faults::default());
    shown(&face, &visitor, guide, applicant).await
}

async fn shown(face: &Face, visitor: &Visitor, guide: String, applicant: Applicant) -> Response {
    let shell = visitor.shell();
    let lang = shell.tongue.lang();
    let switches = Command::ListSwitches { item: guide.clone(), date: None };
    let (item, switches) = match (
        page::ask(face, visitor, Command::GuideShow { id: guide.clone(), version: None }).await,
        page::ask(face, visitor, switches).await,
    ) {
        (Ok(item), Ok(switches)) => (item, switches),
        (Err(response), _) | (_, Err(response)) => return response,
    };
    let kind = |one: &Value| (named(&one["kind"], ListKind::words, lang), plain(&one["document"]));
    let name = plain(&switches["item"]);
    let page = NewPage {
        code: list_of(&switches["codes"]).first().map(plain).unwrap_or_default(),
        name: if name.is_empty() { plain(&item["name"]) } else { name },
        lists: list_of(&switches["lists"]).iter().map(kind).collect(),
        guide,
        applicant,
        shell,
    };
    page::show_as(status(&page.applicant), &page)
}

pub(super) async fn posted(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let guide = fields.get("guide").to_owned();
    match read(&face, &visitor, &fields).await {
        Err(response) => return response,
        Ok(Err(applicant)) => return shown(&face, &visitor, guide, applicant).await,
        Ok(Ok(())) => {}
    }
    let register = Command::CaseRegister {
        guide: guide.clone(),
        applicant: fields.get("applicant").to_owned(),
        id_number: fields.get("id_number").to_owned(),
        fields: contact(&fields),
        user: visitor.user(),
    };
    let shell = visitor.shell();
    match once::attempt(&face, &visitor, &fields, register).await {
        Err(response) => response,
        Ok(Ok(said)) => registered(&face, &visitor, &said),
        Ok(Err(refusal)) => {
            let faults = Faults::one("", refusal.text(shell.tongue.lang()));
            shown(&face, &visitor, guide, Applicant::of(&shell, &fields, faults)).await
        }
    }
}

/// On to the new case, or to the one that this form made before.
pub(super) fn registered(face: &Face, visitor: &Visitor, said: &Said) -> Response {
    let to = format!("/cases/{}", encoded(&plain(&said.answer["number"])));
    page::done(face, visitor, &to, said.deed(Known::Register.word()))
}
