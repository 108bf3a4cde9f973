//! Cases of another system or of a paper ledger, in bulk: a JSON line a case, with what happened to it since.
//!
//! A line is taken whole or not at all, by the same rules as at the counter, each event on its own day. Knows no file.

use std::collections::BTreeMap;

use sanji_model::case::{Action, By, Case, Event, Role};
use sanji_model::lang::{Lang, Say};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{Scope, Time};
use serde::Deserialize;
use serde_json::json;

use super::cases::Applying;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// A line of the file.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Line {
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
#[derive(Deserialize, Debug)]
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

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Moment {
    Millis(u64),
    Civil(jiff::civil::DateTime),
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Doer {
    Role(String),
    Named { role: String, user: String },
}

impl Moment {
    fn time(&self) -> Time {
        match self {
            Moment::Millis(ms) => Time(*ms),
            Moment::Civil(civil) => {
                let begun = local::day_begins(civil.date());
                let of_day = civil.time().duration_since(jiff::civil::Time::midnight());
                begun.plus_ms(u64::try_from(of_day.as_millis()).unwrap_or(0))
            }
        }
    }
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
        let (mut numbers, mut refused) = (Vec::new(), Vec::new());
        for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match self.import_line(now, line, user, steps) {
                Ok(number) => numbers.push(json!(number)),
                Err(Stop::Refused(why)) => refused.push(json!({
                    "line": first + n, "code": why.code(), "message": why.text(Lang::Zh),
                    "message_en": why.text(Lang::En),
                })),
                Err(broken) => return Err(broken),
            }
        }
        Ok(json!({ "imported": numbers.len(), "numbers": numbers, "refused": refused }))
    }

    fn import_line(
        &mut self,
        now: Time,
        line: &str,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Result<String, Stop> {
        let line: Line = serde_json::from_str(line)
            .map_err(|why| Refusal::BadLine { column: why.column(), why: why.to_string() })?;
        let at = past(line.at.as_ref().map_or(now, Moment::time), now)?;
        let pin = self.pin(now, &line.guide)?;
        let Line { applicant, id_number, fields, .. } = line;
        let new =
            self.new_case(at, pin, Applying { applicant, id_number, fields, user: user.map(str::to_owned) })?;
        let mut case = Case::opened(&new, &self.store.almanac().on(local::date(at)));
        let mut events: Vec<Event> = Vec::new();
        let mut last = at;
        for happened in line.events {
            let at = past(happened.at.as_ref().map_or(last, Moment::time), now)?.max(last);
            let action = Action::parse(&happened.action);
            let by = self.doer(happened.by.as_ref(), &action, user)?;
            case.turn_to(local::date(at));
            let event = case.decide(action, by, happened.fields, self.draw_event(at), at)?;
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
        Ok(new.number.to_string())
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

/// What is said to have happened has not still to come.
fn past(at: Time, now: Time) -> Result<Time, Refusal> {
    if at <= now {
        return Ok(at);
    }
    Err(Refusal::BadArgument {
        what: "at",
        text: local::date_time(at).to_string(),
        wanted_en: "what happened cannot lie in the future",
        wanted_zh: "发生时间不能晚于现在",
    })
}
