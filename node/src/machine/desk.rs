//! What the commands of complaints and of enquiries share. The model decides; here ids, numbers and documents meet.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_model::desk::{
    Deed, Flow, Kind, Matter, New, NotDone, Row, Terms, Verdict, Word, roles_for, rule_of,
};
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Scope, Time, UnitCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::cases::{date, number_fact, unit_code};
use super::pages::Page;
use super::{Done, FOLLOW_STEP, Machine, Step, Stop};
use crate::command::{MatterFilter, NewMatter};
use crate::refusal::Refusal;
use crate::store::keys::day_number;
use crate::store::record::Fact;
use crate::store::views::rolls::{Entry, Sheet};
use crate::store::views::{self, Listed};

/// Whoever complained or asked, as they said.
pub(super) struct Sender {
    pub number: CaseNumber,
    pub name: String,
    pub phone: String,
}

impl Machine {
    pub(super) fn desk_register<F: Flow>(
        &mut self,
        now: Time,
        kind: Kind,
        asked: NewMatter,
        steps: &mut Vec<Step>,
    ) -> Done {
        let here = self.hub.unit();
        let unit = asked.unit.as_deref().map(unit_code).transpose()?.unwrap_or(here);
        self.directory.organisation.require(&unit)?;
        if !self.is_within(unit, here) {
            return Err(Rule::NotAbove { unit: here, owner: unit }.into());
        }
        let case = asked.case.as_deref().map(str::parse::<CaseNumber>).transpose().map_err(Rule::Number)?;
        let new = New {
            id: self.draw_id(now),
            number: self.next_number(now)?,
            unit,
            kind,
            name: asked.name,
            phone: asked.phone,
            text: asked.text,
            case,
            by: self.acting(asked.user.as_deref(), rule_of::<F>(first::<F>()).roles)?,
            event: self.draw_event(now),
            at: now,
        };
        new.check::<F>(&self.desk_terms(local::date(now)))?;
        let (id, number) = (new.id, new.number);
        self.write(now, Scope::Cases(unit), id, steps, |doc| Ok(Matter::<F>::create(doc, &new)?))?;
        let value = Some(number.as_str().as_bytes().to_vec());
        self.facts.push(Fact { name: number_fact(number.date()), value });
        Ok(json!({ "number": number, "id": id, "unit": unit }))
    }

    pub(super) fn desk_act<F: Listed>(
        &mut self,
        now: Time,
        number: &str,
        action: &str,
        fields: BTreeMap<String, String>,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let id = self.find_matter::<F>(number)?;
        let action = Word::<F::Known>::parse(action);
        let by = self.acting(user, roles_for::<F>(&action))?;
        let event = self.draw_event(now);
        let mut matter = self.read_matter::<F>(&id)?;
        let deed = matter.decide(action, by, fields, event, now)?;
        matter.must_have_card(&deed, &self.store.almanac().calendar, local::date(now)).map_err(Rule::Desk)?;
        if let Some((unit, person)) = F::addressee(&deed) {
            self.works_there(unit, person)?;
        }
        if let Some(target) = target::<F>(&deed) {
            self.directory.organisation.require(&target)?;
            if !self.is_within(matter.unit, target) {
                return Err(Rule::Desk(NotDone::OutOfReach { unit: target, owner: matter.unit }).into());
            }
        }
        self.write(now, Scope::Cases(matter.unit), id, steps, |doc| Ok(Matter::<F>::append(doc, &deed)?))?;
        let event = deed.id.clone();
        matter.push(deed);
        let (state, holder) = (matter.state(), matter.holder());
        Ok(json!({ "number": matter.number, "id": id, "state": state, "holder": holder, "event": event }))
    }

    /// A page of a list, those due first first.
    pub(super) fn desk_list<F: Listed>(&self, now: Time, filter: &MatterFilter, page: Page<'_>) -> Done {
        let state = filter.state.as_deref().map(str::parse::<F::State>).transpose().map_err(Rule::Word)?;
        let unit = filter.unit.as_deref().map(|unit| self.asked_unit(Some(unit))).transpose()?;
        let until = filter.due_before.as_deref().map(date).transpose()?.map(day_number);
        let wanted = |sheet: &Sheet| {
            state.is_none_or(|state| sheet.filter == F::filter(state))
                && unit.is_none_or(|unit| self.is_within(sheet.unit, unit))
        };
        let above = self.places_above();
        self.page(F::ROLL, wanted, page, until, |Entry { doc, .. }| {
            let Some(row) = views::desk_row::<F>(self.store.kv(), &doc)? else { return Ok(None) };
            let delivered = self.delivered_to(&doc, &above)?;
            Ok(Some(self.line_of(row.masked(), local::date(now), &delivered)))
        })
    }

    pub(super) fn desk_show<F: Listed>(&mut self, now: Time, number: &str) -> Done {
        let id = self.find_matter::<F>(number)?;
        let matter = self.read_matter::<F>(&id)?;
        let above = self.places_above();
        let today = local::date(now);
        let row = matter.row(&self.store.almanac().calendar, today);
        let mut shown = self.line_of(row, today, &self.delivered_to(&id, &above)?);
        shown["delivery"] = self.delivery(&id, &above)?;
        shown["text"] = json!(matter.text);
        shown["clocks"] = self.clocks_json(&matter, today);
        shown["disputes"] = matter
            .folded
            .disputes
            .iter()
            .map(|dispute| json!({ "stands": dispute.stands, "other": dispute.other }))
            .collect();
        shown["cards"] = json!(matter.cards(&self.store.almanac().calendar, today));
        shown["unreadable"] = json!(matter.unreadable.len());
        shown["events"] = matter.timeline().map(|(deed, verdict)| event_json::<F>(deed, verdict)).collect();
        Ok(shown)
    }

    /// Who one is from.
    pub(super) fn matter_from<F: Listed>(&mut self, number: &str) -> Result<Sender, Stop> {
        let id = self.find_matter::<F>(number)?;
        let matter = self.read_matter::<F>(&id)?;
        Ok(Sender { number: matter.number, name: matter.name, phone: matter.phone })
    }

    fn line_of<S: Serialize, T: Serialize>(
        &self,
        row: Row<S, T>,
        today: Date,
        delivered_to: &[UnitCode],
    ) -> Value {
        let terms = self.desk_terms(row.number.date());
        let level = row.due.map(|due| terms.level(&self.store.almanac().calendar, due, today));
        let mut line = serde_json::to_value(row).unwrap_or_default();
        line["level"] = json!(level);
        line["delivered_to"] = json!(delivered_to);
        line
    }

    /// The limits of what is registered on a day.
    fn desk_terms(&self, day: Date) -> Terms {
        self.store.almanac().parameters.on(day).desk
    }

    /// Whoever gets something is somebody who works there.
    fn works_there(&self, unit: UnitCode, person: &str) -> Result<(), Rule> {
        let user = person.parse().ok().and_then(|id| self.directory.user(&id));
        match user.is_some_and(|user| user.unit == unit && !user.disabled) {
            true => Ok(()),
            false => Err(NotDone::NobodyThere { user: person.to_owned(), unit }.into()),
        }
    }

    fn clocks_json<F: Flow>(&self, matter: &Matter<F>, today: Date) -> Value {
        let clock = |limit: &sanji_model::desk::Limit| {
            let due = limit.due(&self.store.almanac().calendar);
            json!({
                "clock": limit.clock, "round": limit.round, "since": limit.since, "met": limit.met,
                "due": due.date, "provisional": due.provisional, "kept": limit.kept(&self.store.almanac().calendar),
                "level": limit.level(&self.store.almanac().calendar, &matter.terms, today),
            })
        };
        matter.limits().iter().map(clock).collect()
    }

    /// By its number, or by its id or the start of one.
    fn find_matter<F: Listed>(&mut self, text: &str) -> Result<DocId, Stop> {
        loop {
            match self.find_in_rows::<F>(text.trim())? {
                Some(id) => return Ok(id),
                // It may be among what the rows do not show yet.
                None if self.store.is_behind() => drop(self.store.drain(FOLLOW_STEP)?),
                None => return Err(Rule::Desk(NotDone::NotFound(text.trim().to_owned())).into()),
            }
        }
    }

    fn find_in_rows<F: Listed>(&self, text: &str) -> Result<Option<DocId>, Stop> {
        match views::desk_by_number::<F>(self.store.kv(), text)?.as_slice() {
            [] => {}
            [id] => return Ok(Some(*id)),
            twice => return Err(Refusal::NumberTwice { number: text.to_owned(), ids: twice.to_vec() }.into()),
        }
        let text = text.to_ascii_lowercase();
        let ids = self.ids_beginning(F::PREFIX, &text)?;
        match ids.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            more => Err(Rule::Ambiguous { text, matches: more.len() }.into()),
        }
    }

    fn read_matter<F: Flow>(&mut self, id: &DocId) -> Result<Matter<F>, Stop> {
        let missing = || Stop::from(Rule::Desk(NotDone::NotFound(id.to_string())));
        self.store.refresh(id)?;
        let meta = views::meta(self.store.kv(), id)?.ok_or_else(missing)?;
        let context = self.store.context(&meta);
        let doc = self.store.document(id)?.ok_or_else(missing)?;
        let matter = meta.scope.unit().and_then(|owner| context.matter::<F>(doc, owner));
        matter.ok_or_else(|| Refusal::Unreadable(id.to_string()).into())
    }
}

/// The action that registers.
fn first<F: Flow>() -> F::Known {
    F::rules()[0].action
}

/// The unit that a step hands it to.
fn target<F: Flow>(deed: &Deed<F>) -> Option<UnitCode> {
    match &deed.action {
        Word::Known(known) => rule_of::<F>(*known).target(&deed.fields),
        Word::Other(_) => None,
    }
}

fn event_json<F: Flow>(deed: &Deed<F>, verdict: &Verdict) -> Value {
    let mut line = serde_json::to_value(deed).unwrap_or_default();
    line["verdict"] = json!({
        "counted": *verdict == Verdict::Counted, "zh": verdict.text(Lang::Zh), "en": verdict.text(Lang::En),
    });
    line
}
