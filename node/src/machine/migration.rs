//! Cases of another system or of a paper ledger, in bulk: a JSON line a case, with what happened to it since.
//!
//! A line is taken whole or not at all, by the same rules as at the counter, each event on its own day; and it is taken once, by its
//! number in the other system or by what it says. Knows no file.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sanji_model::case::{Action, By, Case, Event, IMPORT_KEY, Role};
use sanji_model::lang::{Lang, Say};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{Scope, Time, UnitCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cases::Applying;
use super::{Done, Machine, Step, Stop};
use crate::refusal::{BadTime, Refusal};
use crate::store::views;

/// A line of the file.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Its number in the system that it comes from, by which it is known when it comes again.
    #[serde(default)]
    source: Option<String>,
    guide: String,
    applicant: String,
    id_number: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// When it was registered, in milliseconds since 1970 or as `2026-01-31T09:30`; now when left out.
    #[serde(default)]
    at: Option<Moment>,
    #[serde(default)]
    events: Vec<Happened>,
}

/// What happened to it.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
struct Happened {
    action: String,
    #[serde(default)]
    at: Option<Moment>,
    /// A role's word, or a role and a user of that time, who need not be known here any more.
    #[serde(default)]
    by: Option<Doer>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize, Debug)]
#[serde(untagged)]
enum Moment {
    Millis(u64),
    Civil(jiff::civil::DateTime),
}

#[derive(Deserialize, Serialize, Debug)]
#[serde(untagged)]
enum Doer {
    Role(String),
    Named { role: String, user: String },
}

impl Moment {
    /// None before 1970, from where on times are counted.
    fn time(&self) -> Option<Time> {
        match self {
            Moment::Millis(ms) => Some(Time(*ms)),
            Moment::Civil(civil) => local::time(*civil),
        }
    }

    /// As it was written.
    fn text(&self) -> String {
        match self {
            Moment::Millis(ms) => ms.to_string(),
            Moment::Civil(civil) => civil.to_string(),
        }
    }
}

impl Line {
    /// What stands for it among all that this unit took in: its number in the other system, or else everything that it says.
    fn key(&self, unit: &UnitCode) -> String {
        let source = self.source.as_deref().map(str::trim).filter(|source| !source.is_empty());
        let said = match source {
            Some(source) => format!("number\n{source}"),
            None => serde_json::to_string(self).expect("texts and numbers always serialise"),
        };
        let hash = blake3::derive_key("sanji 2026 line of an import", format!("{unit}\n{said}").as_bytes());
        HEXLOWER.encode(&hash[..16])
    }
}

/// What became of a line.
enum Taken {
    New(String),
    /// It was taken in before.
    Already(String),
}

impl Machine {
    /// Takes the lines that the rules allow and names the others; `first` is the number of the first line.
    pub(super) fn case_import(
        &mut self,
        now: Time,
        text: &str,
        first: usize,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let (mut numbers, mut already, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let mut now_taken = BTreeMap::new();
        for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match self.import_line(now, line, user, &mut now_taken, steps) {
                Ok(Taken::New(number)) => numbers.push(json!(number)),
                Ok(Taken::Already(number)) => already.push(json!({ "line": first + n, "number": number })),
                Err(Stop::Refused(why)) => refused.push(json!({
                    "line": first + n, "code": why.code(), "message": why.text(Lang::Zh),
                    "message_en": why.text(Lang::En),
                })),
                Err(broken) => return Err(broken),
            }
        }
        Ok(json!({
            "imported": numbers.len(), "numbers": numbers, "already": already, "refused": refused,
        }))
    }

    fn import_line(
        &mut self,
        now: Time,
        line: &str,
        user: Option<&str>,
        now_taken: &mut BTreeMap<String, String>,
        steps: &mut Vec<Step>,
    ) -> Result<Taken, Stop> {
        let line: Line = serde_json::from_str(line)
            .map_err(|why| Refusal::BadLine { column: why.column(), why: why.to_string() })?;
        let key = line.key(&self.hub.unit());
        if let Some(number) = now_taken.get(&key).cloned().or(self.imported(&key)?) {
            return Ok(Taken::Already(number));
        }
        let at = happened("at", line.at.as_ref(), now, now, None)?;
        let pin = self.pin(now, &line.guide)?;
        let Line { applicant, id_number, mut fields, .. } = line;
        fields.insert(IMPORT_KEY.to_owned(), key.clone());
        let new =
            self.new_case(at, pin, Applying { applicant, id_number, fields, user: user.map(str::to_owned) })?;
        let mut case = Case::opened(&new, &self.store.almanac().on(local::date(at)));
        let mut events: Vec<Event> = Vec::new();
        let mut last = at;
        for (n, event) in line.events.into_iter().enumerate() {
            let at = happened(&format!("events[{n}].at"), event.at.as_ref(), last, now, Some(last))?;
            let action = Action::parse(&event.action);
            let by = self.doer(event.by.as_ref(), &action, user)?;
            case.turn_to(local::date(at));
            let event = case.decide(action, by, event.fields, self.draw_event(at), at)?;
            case.push(event.clone());
            events.push(event);
            last = at;
        }
        let scope = Scope::Cases(new.unit);
        self.write(now, scope, new.id, steps, |doc| {
            Case::create(doc, &new)?;
            Ok(events.iter().try_for_each(|event| Case::append(doc, event))?)
        })?;
        self.use_number(&new);
        now_taken.insert(key, new.number.to_string());
        Ok(Taken::New(new.number.to_string()))
    }

    /// The number of the case that was made of such a line before.
    fn imported(&self, key: &str) -> Result<Option<String>, Stop> {
        let Some(doc) = views::cases::imported(self.store.kv(), key)? else { return Ok(None) };
        Ok(views::cases::row(self.store.kv(), &doc)?.map(|row| row.number.to_string()))
    }

    /// Who did it then, at this unit. To say it of anybody but oneself is for an administrator of this unit (decision 31).
    fn doer(&self, doer: Option<&Doer>, action: &Action, user: Option<&str>) -> Result<By, Stop> {
        let acting = self.by(action, user.map(str::to_owned))?;
        let (role, of) = match doer {
            None => return Ok(acting),
            Some(Doer::Role(role)) => (role, None),
            Some(Doer::Named { role, user }) => (role, Some(user.clone())),
        };
        let said =
            By { role: role.parse().map_err(Rule::Word)?, user: of, instead_of: None, ..acting.clone() };
        if said != acting {
            self.require(user, &[Role::Administrator])?;
        }
        Ok(said)
    }
}

/// When something happened, in column `column` of the line: not before 1970, not in the future, not before what it follows. What says
/// no time happened at `usual`.
fn happened(
    column: &str,
    moment: Option<&Moment>,
    usual: Time,
    now: Time,
    after: Option<Time>,
) -> Result<Time, Refusal> {
    let Some(moment) = moment else { return Ok(usual) };
    let bad = |why| Refusal::ImportTime { column: column.to_owned(), text: moment.text(), why };
    let at = moment.time().ok_or_else(|| bad(BadTime::Before1970))?;
    if at > now {
        return Err(bad(BadTime::Future));
    }
    match after.filter(|after| at < *after) {
        Some(after) => Err(bad(BadTime::BeforeLast(local::date_time(after).to_string()))),
        None => Ok(at),
    }
}
