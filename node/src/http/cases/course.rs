//! What happened to a case, in words: each event with who, when, what was told, and whether it counts; and what two places
//! did apart.
//!
//! Persons in it are masked. Knows no template.

use sanji_model::case::paper::{DIGEST, PAPER};
use sanji_model::case::{APPLICANT_PREFIX, Action, Event, Known, MATERIALS, material_names};
use sanji_model::identity::mask_name;
use sanji_model::lang::Lang;
use serde::Deserialize;
use serde_json::Value;

use super::fields::{self, Kind};
use crate::http::answer::{PERSONS, list_of, plain};
use crate::http::shell::{Shell, moment};

pub(super) struct Happened {
    pub at: String,
    pub action: String,
    pub unit: String,
    pub who: String,
    pub instead_of: String,
    pub told: Vec<(String, String)>,
    pub counted: bool,
    pub verdict: String,
}

/// What the names of units and people are called.
pub(super) struct Names<'a>(pub &'a Value);

impl Names<'_> {
    pub fn unit(&self, code: &str) -> String {
        self.0["units"][code].as_str().unwrap_or(code).to_owned()
    }

    pub fn person(&self, id: &str) -> String {
        self.0["people"][id].as_str().unwrap_or(id).to_owned()
    }
}

/// The events that can be read, each with what became of it.
pub(super) fn events(case: &Value) -> Vec<(Event, &Value)> {
    let read = |json| Some((Event::<Action>::deserialize(json).ok()?, json));
    list_of(&case["events"]).iter().filter_map(read).collect()
}

pub(super) fn happened(event: &Event, json: &Value, names: &Names, shell: &Shell) -> Happened {
    let lang = shell.tongue.lang();
    let who = match &event.by.user {
        Some(user) => format!("{} {}", event.by.role.words().text(lang), names.person(user)),
        None => event.by.role.words().text(lang).to_owned(),
    };
    Happened {
        at: moment(event.at),
        action: event.action.text(lang).to_owned(),
        unit: names.unit(&event.by.unit.to_string()),
        who,
        instead_of: event.by.instead_of.as_deref().map(|id| names.person(id)).unwrap_or_default(),
        told: event.fields.iter().filter_map(|(key, value)| told(event, key, value, names, shell)).collect(),
        counted: json["verdict"]["counted"] == true,
        verdict: plain(&json["verdict"][if lang == Lang::Zh { "zh" } else { "en" }]),
    }
}

/// A field of an event with its name; none for what is said elsewhere or names the applicant.
fn told(event: &Event, key: &str, value: &str, names: &Names, shell: &Shell) -> Option<(String, String)> {
    if key.starts_with(APPLICANT_PREFIX) || [PAPER, DIGEST, "card", "stands"].contains(&key) {
        return None;
    }
    let value = match key {
        MATERIALS => material_names(value).collect::<Vec<_>>().join("、"),
        "to" => names.unit(value),
        _ if PERSONS.contains(&key) => mask_name(value),
        _ => value.replace(';', "；"),
    };
    let Action::Known(known) = event.action else { return Some((key.to_owned(), value)) };
    let value = match fields::find(known, key).map(|field| field.kind) {
        Some(Kind::Choice(words)) if words.contains(&value.as_str()) => shell.t(&fields::choice(key, &value)),
        _ => value,
    };
    let name = match key {
        sanji_model::case::PROMISED_ON => shell.t("case-promised-on"),
        key => field_name(key, shell),
    };
    (!value.is_empty()).then_some((name, value))
}

pub(super) fn side(id: &str, events: &[(Event, &Value)], names: &Names, lang: Lang) -> String {
    match events.iter().find(|(event, _)| event.id.as_str() == id) {
        Some((event, _)) => {
            let unit = names.unit(&event.by.unit.to_string());
            format!("{} · {unit} · {}", event.action.text(lang), moment(event.at))
        }
        None => id.to_owned(),
    }
}

pub(super) fn disputes(
    case: &Value,
    events: &[(Event, &Value)],
    names: &Names,
    lang: Lang,
) -> Vec<(String, String)> {
    let both = |one: &Value| {
        let side = |key: &str| side(&plain(&one[key]), events, names, lang);
        (side("stands"), side("other"))
    };
    list_of(&case["disputes"]).iter().map(both).collect()
}

/// What a field is called; its key if no form asks for it.
pub(super) fn field_name(key: &str, shell: &Shell) -> String {
    let is_known = Known::ALL.iter().any(|action| fields::find(*action, key).is_some());
    if is_known { shell.t(&fields::label(key)) } else { key.to_owned() }
}
