//! A form of an action: its fields as they are shown, filled in as they were sent, and the event's fields that they make.
//!
//! Pure. Knows no handler.

use std::collections::BTreeMap;

use sanji_model::case::Known;

use super::fields::{self, Field, Kind, MORE, Ticked, Whither};
use super::materials::{self, BadRow, Row};
use crate::http::form::{Faults, Fields};
use crate::http::shell::Shell;

/// A form that is offered, to be filled in or as it came back.
pub(super) struct Form {
    pub action: &'static str,
    pub name: &'static str,
    pub entries: Vec<Entry>,
    /// What is wrong with the whole.
    pub fault: String,
    /// Shown open: it came back.
    pub open: bool,
    /// Something ends with it.
    pub grave: bool,
}

/// A field as the template shows it.
pub(super) struct Entry {
    pub key: &'static str,
    pub label: String,
    pub kind: Kind,
    pub required: bool,
    pub value: String,
    pub options: Vec<Choice>,
    pub rows: Vec<Row>,
    pub fault: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub value: String,
    pub words: String,
    pub chosen: bool,
}

/// What a case and its node give to choose from.
#[derive(Clone, Debug, Default)]
pub(super) struct Stock {
    pub asked: Vec<String>,
    pub wanted: Vec<String>,
    /// Papers by name.
    pub papers: Vec<String>,
    /// Code and name of the halls that a case can be forwarded to.
    pub halls: Vec<(String, String)>,
    /// Of the units that a case can be handed to: those above, the nearest first, then where it was registered.
    pub receivers: Vec<(String, String)>,
    /// Event and what it is.
    pub sides: Vec<(String, String)>,
    pub rows: Vec<Row>,
}

impl Form {
    /// The form of an action; none where it has none here. `sent` is how it came back.
    pub fn of(shell: &Shell, action: Known, stock: &Stock, sent: Option<(&Fields, &Faults)>) -> Option<Form> {
        let table = fields::of(action)?;
        let entries = table.iter().map(|field| entry(shell, field, stock, sent)).collect();
        Some(Form {
            action: action.word(),
            name: action.words().text(shell.tongue.lang()),
            entries,
            fault: sent.map(|(_, faults)| faults.at("").to_owned()).unwrap_or_default(),
            open: sent.is_some(),
            // A decision is meant, too, and nothing to be warned of.
            grave: action != Known::Decide && table.iter().any(|field| field.kind == Kind::Sure),
        })
    }
}

fn entry(shell: &Shell, field: &Field, stock: &Stock, sent: Option<(&Fields, &Faults)>) -> Entry {
    let value = sent.map(|(fields, _)| fields.get(field.key)).unwrap_or_default();
    let ticked =
        |one: &str| sent.is_some_and(|(fields, _)| fields.pairs().any(|(k, v)| k == field.key && v == one));
    let plain = |one: &String| Choice { value: one.clone(), words: one.clone(), chosen: ticked(one) };
    let named = |(code, words): &(String, String)| Choice {
        value: code.clone(),
        words: words.clone(),
        chosen: code == value,
    };
    let options = match field.kind {
        Kind::Choice(words) => words
            .iter()
            .map(|word| Choice {
                value: (*word).to_owned(),
                words: shell.t(&fields::choice(field.key, word)),
                chosen: *word == value,
            })
            .collect(),
        Kind::Ticks(of) => ticks(of, stock).iter().map(plain).collect(),
        Kind::Unit(Whither::Receiver) => stock.receivers.iter().map(named).collect(),
        Kind::Unit(Whither::Hall) => stock.halls.iter().map(named).collect(),
        Kind::Side => stock.sides.iter().map(named).collect(),
        Kind::Line | Kind::Number | Kind::Text | Kind::Materials | Kind::Sure => Vec::new(),
    };
    let rows = match (field.kind, sent) {
        (Kind::Materials, Some((fields, _))) => materials::sent(fields, stock.rows.clone()),
        (Kind::Materials, None) => stock.rows.clone(),
        _ => Vec::new(),
    };
    Entry {
        key: field.key,
        label: shell.t(&fields::label(field.key)),
        kind: field.kind,
        required: field.required,
        value: value.to_owned(),
        options,
        rows,
        fault: sent.map(|(_, faults)| faults.at(field.key).to_owned()).unwrap_or_default(),
    }
}

fn ticks(of: Ticked, stock: &Stock) -> &[String] {
    match of {
        Ticked::Asked => &stock.asked,
        Ticked::Wanted => &stock.wanted,
        Ticked::Papers => &stock.papers,
    }
}

/// The fields of the event, or what is wrong at which field.
pub(super) fn read(
    shell: &Shell,
    table: &[Field],
    fields: &Fields,
    rows: Vec<Row>,
) -> Result<BTreeMap<String, String>, Faults> {
    let (mut event, mut faults) = (BTreeMap::new(), Faults::default());
    for field in table {
        let value = match field.kind {
            Kind::Line | Kind::Number | Kind::Text | Kind::Unit(_) | Kind::Side | Kind::Choice(_) => {
                fields.raw(field.key).replace('\r', "").trim().to_owned()
            }
            Kind::Ticks(_) => ticked(fields, field.key),
            Kind::Materials => match materials::written(&materials::sent(fields, rows.clone())) {
                Ok(lines) => lines,
                Err(bad) => {
                    faults.add(field.key, shell.t(bad_row(bad)));
                    continue;
                }
            },
            Kind::Sure => fields.get(field.key).to_owned(),
        };
        match (field.kind, value.is_empty()) {
            (Kind::Sure, true) => faults.add(field.key, shell.t("case-sure-missing")),
            (Kind::Sure, false) => {}
            (_, true) if field.required => faults.add(field.key, shell.t("case-field-missing")),
            (Kind::Number, false) if value.parse::<u32>().is_err() => {
                faults.add(field.key, shell.t("case-number-wanted"));
            }
            (_, true) => {}
            (_, false) => {
                event.insert(field.key.to_owned(), value);
            }
        }
    }
    if let Some(more) = event.remove(MORE) {
        let lines = more.lines().map(str::trim).filter(|line| !line.is_empty());
        let items: Vec<&str> = event.get("items").map(String::as_str).into_iter().chain(lines).collect();
        let items = items.join(";");
        event.insert("items".to_owned(), items);
    }
    if table.iter().any(|field| field.key == MORE) && !event.contains_key("items") {
        faults.add("items", shell.t("case-items-missing"));
    }
    if faults.is_empty() { Ok(event) } else { Err(faults) }
}

fn ticked(fields: &Fields, key: &str) -> String {
    let values = fields.pairs().filter(|(name, _)| *name == key).map(|(_, value)| value.trim());
    values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(";")
}

fn bad_row(bad: BadRow) -> &'static str {
    match bad {
        BadRow::Name(_) => "case-row-name",
        BadRow::Source(_) => "case-row-source",
        BadRow::Sheets(_) => "case-row-sheets",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::gate::{Place, Visitor};
    use crate::http::words::Tongue;

    fn shell() -> Shell {
        let uri = "/cases/1".parse().unwrap();
        let (csrf, place) = (String::new(), Place::default());
        Visitor { csrf, ..Visitor::new(None, Tongue::Zh, place, uri) }.shell()
    }

    fn sent(action: Known, form: &str) -> Result<BTreeMap<String, String>, Faults> {
        read(&shell(), fields::of(action).unwrap(), &Fields::read(form.as_bytes()), Vec::new())
    }

    #[test]
    fn what_was_ticked_and_what_was_written_are_one_list_of_corrections() {
        let event = sent(Known::AskCorrection, "items=a&items=b&items_more=c%0D%0A%0D%0Ad&reason=").unwrap();
        assert_eq!(event, BTreeMap::from([("items".to_owned(), "a;b;c;d".to_owned())]));
        assert!(!sent(Known::AskCorrection, "items_more=+").unwrap_err().at("items").is_empty());
    }

    #[test]
    fn what_is_needed_is_asked_for_at_its_field_and_that_it_is_meant_is_not_sent_on() {
        let faults = sent(Known::Refuse, "reason=x&basis=").unwrap_err();
        assert!(faults.at("reason").is_empty());
        for key in ["basis", "competent", "sure"] {
            assert!(!faults.at(key).is_empty(), "{key}");
        }
        let event = sent(Known::Void, "reason=%E9%87%8D%E5%A4%8D&sure=yes").unwrap();
        assert_eq!(event, BTreeMap::from([("reason".to_owned(), "重复".to_owned())]));
        let days = "kind=extension&days=many&reason=x&approver=boss";
        assert!(!sent(Known::StartSpecial, days).unwrap_err().at("days").is_empty());
    }

    #[test]
    fn a_form_comes_back_as_it_was_filled_in() {
        let (fields, faults) = (Fields::read(b"outcome=deny&reason=x"), Faults::one("remedies", "要写"));
        let form = Form::of(&shell(), Known::Decide, &Stock::default(), Some((&fields, &faults))).unwrap();
        let entry = |key: &str| form.entries.iter().find(|entry| entry.key == key).unwrap();
        assert!(form.open && !form.grave);
        assert_eq!((entry("reason").value.as_str(), entry("remedies").fault.as_str()), ("x", "要写"));
        let chosen: Vec<_> = entry("outcome").options.iter().filter(|one| one.chosen).collect();
        assert_eq!((chosen.len(), chosen[0].words.as_str()), (1, "不予"));
        assert!(Form::of(&shell(), Known::ConfirmCard, &Stock::default(), None).is_none());
    }
}
