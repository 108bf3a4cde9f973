//! Requests for correction (纠错): a unit that reads a guide asks, those above answer.

use sanji_model::blank::is_blank;
use sanji_model::case::Role;
use sanji_model::guide::Field;
use sanji_model::guide::correction::{Answer, Asked, Correction, Outcome, TEXT_CHARS_MAX};
use sanji_model::guide::{Element, NotDone};
use sanji_model::lang::Words;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{ActorBytes, DocId, Relation, Scope, Time};
use serde_json::{Value, json};

use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// Who may ask: whoever reads guides with people. Who may answer: whoever works on guides.
const ASKERS: [Role; 4] = [Role::Agent, Role::Clerk, Role::GuideEditor, Role::GuideApprover];
const ANSWERERS: [Role; 2] = [Role::GuideEditor, Role::GuideApprover];

impl Machine {
    pub(super) fn guide_correct(
        &mut self,
        now: Time,
        text: &str,
        element: Option<&str>,
        what: &str,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let found = self.find_guide(text)?;
        let Some((_, meta)) = found.versions.last() else {
            return Err(Rule::GuideNotPublished { guide: found.name }.into());
        };
        let asked = Asked {
            guide: found.id,
            version: meta.version,
            element: element.map(element_of).transpose()?,
            text: said(what, Words::new("纠错请求", "request for correction"))?,
            at: now,
            by: self.acting(user, &ASKERS)?,
        };
        let doc = self.draw_id(now);
        self.write(now, Scope::Drafts(self.hub.unit()), doc, steps, |d| Ok(asked.write(d)?))?;
        Ok(json!({ "id": doc, "guide": found.id, "name": found.name, "version": asked.version }))
    }

    /// Open ones first, then the latest first.
    pub(super) fn guide_corrections(&mut self, text: Option<&str>) -> Done {
        let guide = text.map(|text| self.find_guide(text)).transpose()?.map(|found| found.id);
        let rows = self.store.overview().corrections.iter();
        let mut ids: Vec<(bool, Time, DocId)> = rows
            .filter(|(_, row)| guide.is_none_or(|guide| row.asked.guide == guide))
            .map(|(id, row)| (row.is_open(), row.asked.at, *id))
            .collect();
        ids.sort_by(|a, b| b.cmp(a));
        let mut list = Vec::new();
        for (_, _, id) in ids {
            let correction = self.read_correction(&id)?;
            list.push(self.correction_json(&correction));
        }
        Ok(Value::Array(list))
    }

    pub(super) fn guide_answer(
        &mut self,
        now: Time,
        id: &str,
        outcome: &str,
        text: &str,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let id = self.find_correction(id)?;
        let correction = self.read_correction(&id)?;
        let (here, asker) = (self.hub.unit(), correction.asked.by.unit);
        if !matches!(self.hub.tree().relation(here, asker), Relation::Same | Relation::Ancestor) {
            return Err(Rule::NotAbove { unit: here, owner: asker }.into());
        }
        let by = self.acting(user, &ANSWERERS)?;
        if !ANSWERERS.contains(&by.role) {
            return Err(NotDone::Role { what: Words::new("答复纠错", "answer"), roles: &ANSWERERS }.into());
        }
        // The first answer stands: who asked may have read it.
        if let Some(first) = correction.answer() {
            return Err(
                Refusal::CorrectionAnswered { by: first.by.unit, outcome: first.outcome.words() }.into()
            );
        }
        let answer = Answer {
            id: self.draw_event(now),
            outcome: outcome.parse::<Outcome>().map_err(Rule::Word)?,
            text: said(text, Words::new("答复", "answer"))?,
            at: now,
            by,
        };
        let scope = self.scope_of(&id)?;
        self.write(now, scope, id, steps, |doc| Ok(answer.write(doc)?))?;
        Ok(json!({ "id": id, "outcome": answer.outcome }))
    }

    fn correction_json(&self, correction: &Correction) -> Value {
        let guide = correction.asked.guide;
        let mut stored = self.store.overview().guides.iter();
        let name =
            stored.find(|(id, row)| **id == guide || row.meta.as_ref().is_some_and(|m| m.guide == guide));
        let mut json = serde_json::to_value(correction).unwrap_or_default();
        json["name"] = json!(name.map(|(_, stored)| &stored.row.name));
        json["state"] = json!(match correction.answer() {
            Some(answer) => answer.outcome.word(),
            None => "open",
        });
        json
    }

    fn find_correction(&self, text: &str) -> Result<DocId, Stop> {
        let text = text.trim().to_ascii_lowercase();
        let fits = |id: &&DocId| text.len() >= 6 && id.to_string().starts_with(&text);
        let ids: Vec<&DocId> = self.store.overview().corrections.keys().filter(fits).collect();
        match ids.as_slice() {
            [id] => Ok(**id),
            [] => Err(Refusal::NoCorrection(text).into()),
            more => Err(Rule::Ambiguous { text, matches: more.len() }.into()),
        }
    }

    fn read_correction(&mut self, id: &DocId) -> Result<Correction, Stop> {
        let context = self.context_of(id)?;
        let missing = || Stop::from(Refusal::NoCorrection(id.to_string()));
        let doc = self.store.document(id)?.ok_or_else(missing)?;
        Correction::read(doc, *id, |actor: &ActorBytes| context.unit_of(actor)).ok_or_else(missing)
    }
}

fn element_of(text: &str) -> Result<Element, Stop> {
    match Field::parse(text).map_err(Rule::GuideField)? {
        Field::Element(element) | Field::Translation(_, element) => Ok(element),
        Field::CaseType
        | Field::Tiers
        | Field::Visits
        | Field::CancelsOn
        | Field::Remark(_)
        | Field::Source
        | Field::Version => {
            Err(Rule::GuideField(sanji_model::guide::BadField::Unknown(text.to_owned())).into())
        }
    }
}

fn said(text: &str, what: Words) -> Result<String, Stop> {
    let text = text.trim();
    if is_blank(text) {
        return Err(NotDone::Text { what }.into());
    }
    match text.chars().nth(TEXT_CHARS_MAX) {
        Some(_) => Err(NotDone::TooLong { what, max: TEXT_CHARS_MAX }.into()),
        None => Ok(text.to_owned()),
    }
}
