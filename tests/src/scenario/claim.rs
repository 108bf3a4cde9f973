//! What must be there: clauses about a case as a node shows it, and about the answer to a question.
//!
//! Knows no node: it is given what was shown.

use std::collections::BTreeSet;

use sanji_model::case::{Action, Flag, State};
use serde_json::Value;

use super::order::Meaning;
use super::phrase::is_name;

pub enum Clause {
    /// The node does not know the case.
    Unknown,
    Is(State),
    HeldBy(String),
    Due {
        date: String,
        provisional: bool,
    },
    /// Exactly these.
    Flags(BTreeSet<Flag>),
    Flag(Flag, bool),
    /// Some event of this action, or the one of this name, counts.
    Counts {
        event: Subject,
        once: bool,
    },
    /// Some such event does not count, and what is said of it has these words in it.
    DoesNotCount {
        event: Subject,
        because: String,
    },
    Equals {
        path: String,
        value: String,
    },
    Has {
        path: String,
        text: String,
    },
    /// The rows of a list are exactly those of these cases.
    Cases(BTreeSet<String>),
    Rows(usize),
}

pub struct Subject {
    /// An action's word, or the name that the scenario gave an event.
    word: String,
    of: Option<String>,
}

/// Clauses about a case, with commas between.
pub fn read(words: &[&str]) -> Result<Vec<Clause>, String> {
    words.split(|word| *word == ",").map(clause).collect()
}

/// Clauses about an answer.
pub fn read_shown(words: &[&str]) -> Result<Vec<Clause>, String> {
    let names = words.iter().all(|word| is_name(word) || *word == ",");
    match words {
        ["nothing"] => Ok(vec![Clause::Cases(BTreeSet::new())]),
        [number, "row" | "rows"] => {
            Ok(vec![Clause::Rows(number.parse().map_err(|_| format!("“{number}” is no number"))?)])
        }
        [_, ..] if names => {
            let names = words.iter().filter(|word| **word != ",").map(|word| (*word).to_owned());
            Ok(vec![Clause::Cases(names.collect())])
        }
        words => read(words),
    }
}

fn clause(words: &[&str]) -> Result<Clause, String> {
    let own = |text: &str| text.to_owned();
    Ok(match words {
        ["is", "unknown"] => Clause::Unknown,
        ["is", state] => Clause::Is(state.parse::<State>().map_err(|e| format!("{e}"))?),
        ["held", "by", place] => Clause::HeldBy(own(place)),
        ["due", date] => Clause::Due { date: own(date), provisional: false },
        ["due", date, "provisional"] => Clause::Due { date: own(date), provisional: true },
        ["flags", "none"] => Clause::Flags(BTreeSet::new()),
        ["flags", flags @ ..] if !flags.is_empty() => {
            Clause::Flags(flags.iter().map(|word| flag(word)).collect::<Result<_, _>>()?)
        }
        ["has", "flag", word] => Clause::Flag(flag(word)?, true),
        ["has", "no", "flag", word] => Clause::Flag(flag(word)?, false),
        ["counts", event @ .., "once"] => Clause::Counts { event: subject(event)?, once: true },
        ["counts", event @ ..] => Clause::Counts { event: subject(event)?, once: false },
        ["does", "not", "count", rest @ ..] => {
            let because = rest.iter().position(|word| *word == "because").unwrap_or(rest.len());
            let text = rest.get(because + 1..).unwrap_or_default().join(" ");
            Clause::DoesNotCount { event: subject(&rest[..because])?, because: text }
        }
        [path, "=", value @ ..] => Clause::Equals { path: own(path), value: value.join(" ") },
        [path, "has", text @ ..] => Clause::Has { path: own(path), text: text.join(" ") },
        other => return Err(format!("nobody knows what is claimed by “{}”", other.join(" "))),
    })
}

fn flag(word: &str) -> Result<Flag, String> {
    word.parse::<Flag>().map_err(|e| format!("{e}"))
}

fn subject(words: &[&str]) -> Result<Subject, String> {
    let (word, of) = match words {
        [word] => (word, None),
        [word, "of", place] => (word, Some((*place).to_owned())),
        _ => return Err("which event: ACTION, or ACTION of PLACE, or its name".to_owned()),
    };
    Ok(Subject { word: (*word).to_owned(), of })
}

impl Clause {
    /// Whether it holds of what was shown. The error says what is there instead.
    pub fn check(&self, shown: &Value, meaning: Meaning) -> Result<(), String> {
        let meant = |text: &str| meaning(text).unwrap_or_else(|| text.to_owned());
        match self {
            Clause::Unknown => Err("the case is here".to_owned()),
            Clause::Is(state) => same("is", state.word(), &text(&shown["state"])),
            Clause::HeldBy(place) => same("held by", &meant(place), &text(&shown["custody"])),
            Clause::Due { date, provisional } => due(date, *provisional, shown),
            Clause::Flags(flags) => {
                let wanted: BTreeSet<String> = flags.iter().map(|flag| flag.word().to_owned()).collect();
                let found = flags_of(shown);
                let words = |flags: &BTreeSet<String>| flags.iter().cloned().collect::<Vec<_>>().join(" ");
                same("flags", &words(&wanted), &words(&found))
            }
            Clause::Flag(flag, wanted) => match flags_of(shown).contains(flag.word()) {
                found if found == *wanted => Ok(()),
                _ => Err(format!("flags {:?}", flags_of(shown))),
            },
            Clause::Counts { event, once } => {
                let verdicts = event.verdicts(shown, meaning);
                match verdicts.iter().filter(|(counted, _)| *counted).count() {
                    1 => Ok(()),
                    more if more > 1 && !once => Ok(()),
                    counted => Err(format!("{counted} such events count: {verdicts:?}")),
                }
            }
            Clause::DoesNotCount { event, because } => {
                let verdicts = event.verdicts(shown, meaning);
                let said = |(counted, text): &(bool, String)| !counted && text.contains(because.as_str());
                if verdicts.iter().any(said) { Ok(()) } else { Err(format!("of such events: {verdicts:?}")) }
            }
            Clause::Equals { path, value } => same(path, &meant(value), &text(at(shown, path))),
            Clause::Has { path, text: part } => {
                let found = text(at(shown, path));
                if found.contains(&meant(part)) { Ok(()) } else { Err(format!("{path} is {found}")) }
            }
            Clause::Cases(names) => {
                let wanted: BTreeSet<String> = names.iter().map(|name| meant(name)).collect();
                let found: BTreeSet<String> = rows(shown).iter().map(|row| text(&row["number"])).collect();
                if wanted == found { Ok(()) } else { Err(format!("it shows {found:?}")) }
            }
            Clause::Rows(number) => {
                let found = rows(shown).len();
                if found == *number { Ok(()) } else { Err(format!("it shows {found} rows: {shown}")) }
            }
        }
    }
}

/// The rows of a list, or of a page of one.
pub fn rows(shown: &Value) -> &[Value] {
    shown.as_array().or(shown["rows"].as_array()).map_or(&[], Vec::as_slice)
}

impl Subject {
    /// Whether each event that is meant counts, and what is said of it in both languages.
    fn verdicts(&self, shown: &Value, meaning: Meaning) -> Vec<(bool, String)> {
        let id = meaning(&self.word);
        let action = Action::parse(&self.word);
        let unit = self.of.as_ref().map(|place| meaning(place).unwrap_or_else(|| place.clone()));
        let is_meant = |event: &&Value| {
            let named = match &id {
                Some(id) => text(&event["id"]) == *id,
                None => text(&event["action"]) == action.word(),
            };
            named && unit.as_ref().is_none_or(|unit| text(&event["by"]["unit"]) == *unit)
        };
        let events = shown["events"].as_array().into_iter().flatten().filter(is_meant);
        let verdict = |event: &Value| {
            let verdict = &event["verdict"];
            (verdict["counted"] == true, format!("{} / {}", text(&verdict["zh"]), text(&verdict["en"])))
        };
        events.map(verdict).collect()
    }
}

fn due(date: &str, provisional: bool, shown: &Value) -> Result<(), String> {
    let words =
        |date: &str, provisional: bool| format!("{date}{}", if provisional { " provisional" } else { "" });
    let found = match shown["due"].as_str() {
        Some(due) => words(due, shown["due_provisional"] == true),
        None => "none".to_owned(),
    };
    same("due", &words(date, provisional), &found)
}

fn flags_of(shown: &Value) -> BTreeSet<String> {
    shown["flags"].as_array().into_iter().flatten().map(text).collect()
}

fn same(what: &str, wanted: &str, found: &str) -> Result<(), String> {
    if wanted == found { Ok(()) } else { Err(format!("{what} {found}, not {wanted}")) }
}

/// What stands at a path of keys and numbers with dots between.
fn at<'a>(shown: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(shown, |inside, part| match part.parse::<usize>() {
        Ok(place) if inside.is_array() => &inside[place],
        _ => &inside[part],
    })
}

/// A text as it is, nothing as `none`, everything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}
