//! Finding cases: the queue of a unit by state and due date, search, one person's cases.
//!
//! Reads rows by their keys, a page at a time, so that it costs the same among a hundred cases and a hundred thousand.

use sanji_model::audit::Deed;
use sanji_model::case::{APPLICANT_PREFIX, Case, CaseRow, EventId, State, person};
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Time};
use serde_json::{Value, json};

use super::cases::case_json;
use super::delivery::Place;
use super::outdated::Published;
use super::pages::Page;
use super::{Done, Machine, Step, Stop};
use crate::page::{ARRIVING, PAGE_MAX};
use crate::store::views;
use crate::store::views::rolls::{Entry, Roll, Sheet};

/// Cases of one person and item that are looked at for duplicates: more than this is no slip.
const TWINS_MAX: usize = 20;

impl Machine {
    /// A page of the cases that a unit holds in a state, or of those that it is to take over, those due first first.
    pub(super) fn case_queue(&self, unit: Option<&str>, state: &str, page: Page<'_>) -> Done {
        let unit = self.asked_unit(unit)?;
        let (roll, filter, state) = match state {
            ARRIVING => (Roll::Arriving, 0, ARRIVING),
            word => {
                let state: State = word.parse().map_err(Rule::Word)?;
                (Roll::Queue, state.number(), state.word())
            }
        };
        let wanted = |sheet: &Sheet| sheet.unit == unit && sheet.filter == filter;
        let lines = self.case_lines();
        let mut queue = self.page(roll, wanted, page, None, |entry| lines.line(&entry.doc))?;
        queue["unit"] = json!(unit);
        queue["state"] = json!(state);
        Ok(queue)
    }

    /// Cases by number or its beginning, by identity number, or by the beginning of the applicant's name.
    pub(super) fn case_search(&self, text: &str, limit: usize) -> Done {
        let (kv, text, limit) = (self.store.kv(), text.trim(), limit.min(PAGE_MAX));
        if text.is_empty() {
            return Ok(json!([]));
        }
        let mut ids = Vec::new();
        if text.len() <= 27 && text.bytes().all(|b| b.is_ascii_digit()) {
            ids.extend(views::cases::by_number(kv, text, limit)?);
        }
        ids.extend(views::cases::by_person(kv, &person(text), None, limit)?);
        ids.extend(views::cases::by_applicant(kv, text, limit)?);
        ids.sort();
        ids.dedup();
        ids.truncate(limit);
        let lines = self.case_lines();
        let found: Result<Vec<_>, Stop> = ids.iter().map(|id| lines.line(id)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// The conflict desk: every case in dispute or with a field that was edited in two places, with both sides, who and
    /// when. `case act N settle`, or a note that writes the field, ends it.
    pub(super) fn case_disputes(&mut self, now: Time, unit: Option<&str>, page: Page<'_>) -> Done {
        let unit = self.asked_unit(unit)?;
        let wanted = |sheet: &Sheet| self.is_within(sheet.unit, unit);
        let id = |entry: Entry| Ok(Some(json!(entry.doc)));
        let mut desk = self.page(Roll::Disputes, wanted, page, None, id)?;
        let ids: Vec<DocId> = serde_json::from_value(desk["rows"].take()).unwrap_or_default();
        let mut rows = Vec::new();
        for id in ids {
            rows.push(both_sides(&self.read_case(now, &id)?));
        }
        desk["rows"] = Value::Array(rows);
        Ok(desk)
    }

    /// What this node knows of a person from earlier cases, for the next form: only of cases in this unit's own scope. That
    /// somebody looked is written down first.
    pub(super) fn case_applicant(
        &mut self,
        now: Time,
        id_number: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let ids = views::cases::by_person(self.store.kv(), &person(id_number), None, PAGE_MAX)?;
        let mut latest: Option<(Time, DocId)> = None;
        for id in ids {
            let row = views::cases::row(self.store.kv(), &id)?;
            if let Some(row) = row.filter(|row| row.unit == self.hub.unit()) {
                latest = latest.max(row.registered_at.map(|at| (at, id)));
            }
        }
        let Some((_, id)) = latest else { return Ok(Value::Null) };
        let case = self.read_case(now, &id)?;
        self.record(now, by, Deed::Reveal, case.number.as_str(), steps)?;
        let contact: serde_json::Map<_, _> =
            case.contact.iter().map(|(key, kept)| (key.clone(), json!(kept.shown))).collect();
        Ok(json!({ "applicant": case.applicant, "contact": contact, "from": case.number }))
    }

    /// Other cases of the same person and item that are not over: one matter that was registered twice, as two villages
    /// that are apart do. They are shown, never merged.
    pub(super) fn duplicates(&self, id: &DocId, row: &CaseRow) -> Result<Vec<CaseRow>, Stop> {
        if row.state.is_end() {
            return Ok(Vec::new());
        }
        let kv = self.store.kv();
        let mut twins = Vec::new();
        for other in views::cases::by_person(kv, &row.person, Some(&row.guide), TWINS_MAX)? {
            if other != *id {
                twins.extend(views::cases::row(kv, &other)?.filter(|twin| !twin.state.is_end()));
            }
        }
        Ok(twins)
    }

    /// What the lines of a list of cases are made with.
    pub(super) fn case_lines(&self) -> CaseLines<'_> {
        CaseLines {
            machine: self,
            published: Published::of(self.store.overview()),
            above: self.places_above(),
        }
    }
}

/// Makes the lines of a list, people's names masked.
pub(super) struct CaseLines<'m> {
    machine: &'m Machine,
    published: Published<'m>,
    above: Vec<Place>,
}

impl CaseLines<'_> {
    /// The line of a case; none if its row is gone.
    pub(super) fn line(&self, id: &DocId) -> Result<Option<Value>, Stop> {
        let Some(mut row) = views::cases::row(self.machine.store.kv(), id)? else { return Ok(None) };
        let check = self.published.mark(&mut row);
        let delivered = self.machine.delivered_to(id, &self.above)?;
        let twins = self.machine.duplicates(id, &row)?;
        let (unit, custody) = (self.machine.unit_name(&row.unit), self.machine.unit_name(&row.custody));
        let mut line = case_json(&row.masked(), &delivered);
        line["unit_name"] = json!(unit);
        line["custody_name"] = json!(custody);
        line["check"] = json!(check);
        if !twins.is_empty() {
            line["duplicates"] = twins.iter().map(|twin| json!(twin.number)).collect();
        }
        Ok(Some(line))
    }
}

/// A case about which two places acted apart: each pair of events with who and when, and each field with all its values.
fn both_sides(case: &Case) -> Value {
    let side = |event: &EventId| {
        let event = case.events.get(event);
        event.map(|e| json!({ "event": e.id, "action": e.action, "by": e.by, "at": e.at }))
    };
    let disputes = case.folded.disputes.iter();
    let disputes: Vec<Value> =
        disputes.map(|one| json!({ "stands": side(&one.stands), "other": side(&one.other) })).collect();
    // Each under the key by which a note writes it.
    let contact = case.contact.iter().map(|(key, kept)| (format!("{APPLICANT_PREFIX}{key}"), kept));
    let fields = case.fields.iter().map(|(key, kept)| (key.clone(), kept));
    let kept = contact.chain(fields).filter(|(_, kept)| !kept.others.is_empty());
    let fields: Vec<Value> =
        kept.map(|(key, kept)| json!({ "field": key, "shown": kept.shown, "others": kept.others })).collect();
    json!({
        "number": case.number, "state": case.state(), "custody": case.custody(), "disputes": disputes,
        "fields": fields,
    })
}
