//! Finding cases: the queue of a unit by state and due date, search, one person's cases.
//!
//! Reads rows by their keys, a page at a time, so that it costs the same among a hundred cases and a hundred thousand.

use sanji_model::case::{CaseRow, EventId, Flag, State, person};
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Relation, Time};
use serde_json::{Value, json};

use super::cases::{case_json, unit_code};
use super::outdated::Published;
use super::{Done, Machine, Stop};
use crate::refusal::Refusal;
use crate::store::views;

/// Rows of one page at most.
const PAGE_MAX: usize = 500;
/// Cases of one person and item that are looked at for duplicates: more than this is no slip.
const TWINS_MAX: usize = 20;

impl Machine {
    /// A page of the cases that a unit holds in a state, those due first first. `after` is what the page before named
    /// as `next`.
    pub(super) fn case_queue(
        &self,
        unit: Option<&str>,
        state: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Done {
        let unit = unit.map(unit_code).transpose()?.unwrap_or(self.hub.unit());
        self.directory.organisation.require(&unit)?;
        let state: State = state.parse().map_err(Rule::Word)?;
        let after = after.map(|text| cursor(text).ok_or_else(bad_cursor)).transpose()?;
        let page = views::cases::queue(self.store.kv(), &unit, state, after.as_deref(), limit.min(PAGE_MAX))?;
        let next = page.last().filter(|_| page.len() == limit.min(PAGE_MAX)).map(|(key, _)| hex(key));
        let ids = page.into_iter().map(|(_, id)| id).collect();
        Ok(json!({ "unit": unit, "state": state, "rows": self.lines(ids)?, "next": next }))
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
        self.lines(ids)
    }

    /// The conflict desk: every case in dispute or with a field that was edited in two places, with both sides, who and
    /// when. `case act N settle`, or a note that writes the field, ends it.
    pub(super) fn case_disputes(&mut self, now: Time, unit: Option<&str>) -> Done {
        let unit = unit.map(unit_code).transpose()?.unwrap_or(self.hub.unit());
        self.directory.organisation.require(&unit)?;
        let open =
            |row: &CaseRow| [Flag::Disputed, Flag::Conflict].iter().any(|flag| row.flags.contains(flag));
        let rows = views::case_rows(self.store.kv())?;
        let mut desk = Vec::new();
        for (id, row) in rows.into_iter().filter(|(_, row)| open(row)) {
            let within =
                matches!(self.hub.tree().relation(unit, row.unit), Relation::Same | Relation::Ancestor);
            if !within {
                continue;
            }
            let case = self.read_case(now, &id)?;
            let side = |event: &EventId| {
                case.events
                    .get(event)
                    .map(|e| json!({ "event": e.id, "action": e.action, "by": e.by, "at": e.at }))
            };
            let disputes = case.folded.disputes.iter();
            let disputes: Vec<Value> = disputes
                .map(|one| json!({ "stands": side(&one.stands), "other": side(&one.other) }))
                .collect();
            let kept = case.contact.iter().chain(&case.fields).filter(|(_, kept)| !kept.others.is_empty());
            let fields: Vec<Value> = kept
                .map(|(key, kept)| json!({ "field": key, "shown": kept.shown, "others": kept.others }))
                .collect();
            desk.push(json!({
                "number": row.number, "state": row.state, "custody": row.custody, "disputes": disputes, "fields": fields,
            }));
        }
        Ok(Value::Array(desk))
    }

    /// What this node knows of a person from earlier cases, for the next form: only of cases in this unit's own scope.
    pub(super) fn case_applicant(&mut self, now: Time, id_number: &str) -> Done {
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

    /// The masked lines of these cases.
    fn lines(&self, ids: Vec<DocId>) -> Done {
        let published = Published::of(self.store.overview());
        let above = self.places_above();
        let mut lines = Vec::new();
        for id in ids {
            let Some(mut row) = views::cases::row(self.store.kv(), &id)? else { continue };
            let check = published.mark(&mut row);
            let delivered = self.delivered_to(&id, &above)?;
            let twins = self.duplicates(&id, &row)?;
            let mut line = case_json(&row.masked(), &delivered);
            line["check"] = json!(check);
            if !twins.is_empty() {
                line["duplicates"] = twins.iter().map(|twin| json!(twin.number)).collect();
            }
            lines.push(line);
        }
        Ok(Value::Array(lines))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cursor(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (text.len().is_multiple_of(2) && text.len() <= 128)
        .then(|| (0..text.len()).step_by(2).map(pair).collect())?
}

fn bad_cursor() -> Refusal {
    Refusal::BadArgument {
        what: "after",
        text: String::new(),
        wanted_en: "give what the page before named as `next`",
        wanted_zh: "请填写上一页给出的 next",
    }
}
