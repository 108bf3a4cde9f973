//! Cases that belong together: the parts of a bundle (一件事, 并联), and the one that goes on after a forwarding (转报).
//!
//! A part names its parent for life, and is found by that.

use std::collections::{BTreeMap, BTreeSet};

use sanji_model::case::{
    Action, Asked, By, Case, CaseRow, CaseType, Event, GuidePin, Known, MATERIALS, Role, State, TO, Terms,
    material_names,
};
use sanji_model::guide::Necessity;
use sanji_model::list::{self, ListKind};
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_sync::{DocId, Time, UnitCode};
use serde_json::json;

use super::cases::{Applying, LINKED};
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::views;

/// Parts of one bundle that are looked for; no list has as many items, and more are somebody's who writes against the rules.
const PARTS_MAX: usize = 200;

impl Machine {
    /// Registers a parent case for the bundle and a child for each of its items. Materials that several items need are
    /// asked for once, with the parent.
    pub(super) fn case_bundle(
        &mut self,
        now: Time,
        bundle: &str,
        applying: Applying,
        steps: &mut Vec<Step>,
    ) -> Done {
        let published = self.bundle_in_force(now, bundle)?;
        let mut pins = Vec::new();
        let mut guides = Vec::new();
        for item in &published.list.items {
            let by_code = item.code.as_deref().and_then(|code| self.pin(now, code).ok());
            let mut pin = match by_code {
                Some(pin) => pin,
                None => self.pin(now, &item.name)?,
            };
            pin.terms.joint = true;
            guides.push(self.read_published(&pin.document)?.guide);
            pins.push(pin);
        }
        let asked = list::asked(&guides.iter().collect::<Vec<_>>());
        let materials = asked.iter().map(|one| Asked {
            name: one.material.name.clone(),
            secondary: one.material.necessity == Some(Necessity::Secondary),
            later: one.material.later == Some(true),
            conditional: one.material.when.is_some(),
            days: None,
        });
        let guide = GuidePin {
            document: published.version.list,
            code: String::new(),
            name: published.list.name.clone(),
            version: published.version.version,
            case_type: CaseType::Promised,
            materials_needed: !asked.is_empty(),
            terms: Terms {
                materials: materials.collect(),
                lists: BTreeSet::from([ListKind::Bundle]),
                joint: true,
                days: self.store.almanac().parameters.on(local::date(now)).days,
                ..Terms::default()
            },
        };
        let Applying { applicant, id_number, fields, user } = applying;
        let again = |fields| Applying {
            applicant: applicant.clone(),
            id_number: id_number.clone(),
            fields,
            user: user.clone(),
        };
        // All are made before the first is written, so that none is there without the others.
        let parent = self.new_case(now, guide, again(fields))?;
        self.use_number(&parent);
        let mut made = Vec::new();
        for pin in pins {
            let mut part = self.new_case(now, pin, again(BTreeMap::new()))?;
            part.parent = Some(parent.number);
            self.use_number(&part);
            made.push(part);
        }
        self.create_case(now, &parent, steps)?;
        let mut parts = Vec::new();
        for part in made {
            self.create_case(now, &part, steps)?;
            parts.push(json!({ "number": part.number, "id": part.id, "guide": part.guide.name }));
        }
        Ok(json!({ "number": parent.number, "id": parent.id, "bundle": published.list.name, "parts": parts }))
    }

    /// The parts of a bundle as far as the rows show them: of its unit and for its person, or they are none of it, whatever
    /// they name.
    pub(super) fn parts(&self, case: &Case) -> Result<Vec<(DocId, CaseRow)>, Stop> {
        let mut parts = Vec::new();
        if !is_bundle(case) {
            return Ok(parts);
        }
        let person = sanji_model::case::person(&case.id_number);
        for part in views::cases::by_parent(self.store.kv(), &case.number, &case.unit, PARTS_MAX)? {
            parts.extend(
                views::cases::row(self.store.kv(), &part)?
                    .filter(|row| row.person == person)
                    .map(|row| (part, row)),
            );
        }
        Ok(parts)
    }

    /// The same for who judges by them: each as it is, or as its row has it if it cannot be read.
    fn parts_now(&mut self, now: Time, case: &Case) -> Result<Vec<Part>, Stop> {
        let parts = self.parts(case)?;
        if parts.len() == PARTS_MAX || (self.store.is_behind() && is_bundle(case)) {
            return Err(Refusal::PartsUnknown(case.number).into());
        }
        let mut all = Vec::new();
        for (id, row) in parts {
            let case = match self.read_case(now, &id) {
                Ok(case) => Some(case),
                Err(Stop::Refused(_)) => None,
                Err(failed @ Stop::Failed(_)) => return Err(failed),
            };
            all.push(Part {
                id,
                state: case.as_ref().map_or(row.state, Case::state),
                number: row.number,
                case,
            });
        }
        Ok(all)
    }

    /// The case that this one is a part of, as far as it is here.
    fn parent(&mut self, now: Time, part: &Case) -> Result<Option<(DocId, Case)>, Stop> {
        let Some(number) = part.parent else { return Ok(None) };
        for id in views::cases_by_number(self.store.kv(), number.as_str())? {
            let case = self.read_case(now, &id)?;
            if case.unit == part.unit && case.id_number == part.id_number {
                return Ok(Some((id, case)));
            }
        }
        Ok(None)
    }

    /// A parent is concluded after its parts.
    pub(super) fn parts_must_be_over(&mut self, now: Time, case: &Case) -> Result<(), Stop> {
        let open: Vec<String> = self
            .parts_now(now, case)?
            .into_iter()
            .filter(|part| !part.state.is_end() && part.state.number() < 80)
            .map(|part| part.number.to_string())
            .collect();
        if open.is_empty() { Ok(()) } else { Err(Refusal::PartsOpen(open).into()) }
    }

    /// What a part needs and its parent has been given need not be typed again.
    pub(super) fn parents_materials(
        &mut self,
        now: Time,
        case: &Case,
        fields: &mut BTreeMap<String, String>,
    ) -> Result<(), Stop> {
        if fields.contains_key(MATERIALS) {
            return Ok(());
        }
        let Some((_, parent)) = self.parent(now, case)? else { return Ok(()) };
        let given = parent.folded.course.given();
        let asked = case.guide.terms.materials.iter().map(|asked| &asked.name);
        let names: Vec<&str> = asked.filter(|name| given.contains(*name)).map(String::as_str).collect();
        if material_names(&names.join(";")).next().is_some() {
            fields.insert(MATERIALS.to_owned(), names.join(";"));
        }
        Ok(())
    }

    /// What somebody does to a parent and thereby to its parts: withdrawing it, or signing that it is void, means each of
    /// them, as far as its own state lets it (T22, T23). What is decided, over or asked for already stays as it is.
    pub(super) fn with_the_parts(
        &mut self,
        now: Time,
        case: &Case,
        action: &Action,
        (by, fields): (&By, &BTreeMap<String, String>),
    ) -> Result<Vec<(DocId, Case, Event)>, Stop> {
        if !matches!(action, Action::Known(Known::Withdraw | Known::Void)) {
            return Ok(Vec::new());
        }
        let mut meant = Vec::new();
        for part in self.parts_now(now, case)? {
            let event = self.draw_event(now);
            if let Some(case) = part.case
                && let Ok(event) = case.decide(action.clone(), by.clone(), fields.clone(), event, now)
            {
                meant.push((part.id, case, event));
            }
        }
        Ok(meant)
    }

    /// A parent whose last part was withdrawn is withdrawn with it, as far as its own state lets it and whoever acts may. An
    /// end of another kind is for people to judge.
    pub(super) fn with_the_last_part(
        &mut self,
        now: Time,
        (id, case): (&DocId, &Case),
        user: Option<String>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Stop> {
        if case.parent.is_none() || case.state() != State::Withdrawn {
            return Ok(());
        }
        let Some((parent, whole)) = self.parent(now, case)? else { return Ok(()) };
        // Only who sees all parts may judge by them.
        let parts = match self.parts_now(now, &whole) {
            Ok(parts) => parts,
            Err(Stop::Refused(_)) => return Ok(()),
            Err(failed @ Stop::Failed(_)) => return Err(failed),
        };
        let is_over = |part: &Part| {
            let state = if part.id == *id { case.state() } else { part.state };
            matches!(state, State::Withdrawn | State::Voided)
        };
        if !parts.iter().all(is_over) || !parts.iter().any(|part| part.id == *id) {
            return Ok(());
        }
        let by = self.by(&Action::WITHDRAW, user)?;
        let event = self.draw_event(now);
        if let Ok(event) = whole.decide(Action::WITHDRAW, by, BTreeMap::new(), event, now) {
            self.append(now, (parent, whole), event, steps)?;
        }
        Ok(())
    }

    /// T24: a new case takes the matter on, held by the unit that it is forwarded to, and the old one says which.
    pub(super) fn forward(
        &mut self,
        now: Time,
        id: DocId,
        case: Case,
        by: By,
        mut fields: BTreeMap<String, String>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let known = case.fields.iter().map(|(key, kept)| (key.clone(), kept.shown.clone()));
        let contact = case
            .contact
            .iter()
            .map(|(key, kept)| (format!("{}{key}", sanji_model::case::APPLICANT_PREFIX), kept.shown.clone()));
        let materials = case.folded.course.materials.values().map(ToString::to_string).collect::<Vec<_>>();
        let mut carried: BTreeMap<String, String> = known.chain(contact).collect();
        if !materials.is_empty() {
            carried.insert(MATERIALS.to_owned(), materials.join(";"));
        }
        let applying = Applying {
            applicant: case.applicant.clone(),
            id_number: case.id_number.clone(),
            fields: carried,
            user: by.user.clone(),
        };
        let mut new = self.new_case(now, case.guide.clone(), applying)?;
        new.origin = Some(case.number);
        new.by = By { role: Role::Clerk, ..by.clone() };
        fields.insert(LINKED.to_owned(), new.number.to_string());
        let event = self.draw_event(now);
        let event = case.decide(Action::Known(Known::Forward), by, fields, event, now)?;
        // The rule has it that this is a unit.
        if let Some(Ok(to)) = event.fields.get(TO).map(|to| to.trim().parse()) {
            (new.unit, new.holder) = (self.where_it_goes_on(&case, to)?, to);
            new.guide.terms.stands_below(self.chain(new.unit));
        }
        self.create_case(now, &new, steps)?;
        let (_, mut done) = self.append(now, (id, case), event, steps)?;
        done["linked"] = json!(new.number);
        Ok(done)
    }

    /// In whose scope a forwarded case goes on: where it was, so that whoever received it sees what becomes of it, if it goes to
    /// a unit that holds that; in the scope of a unit below this one if it goes there. No other unit would ever hear of it.
    fn where_it_goes_on(&self, case: &Case, to: UnitCode) -> Result<UnitCode, Stop> {
        self.directory.organisation.require(&to)?;
        if self.is_within(case.unit, to) {
            Ok(case.unit)
        } else if self.is_within(to, self.hub.unit()) {
            Ok(to)
        } else {
            Err(Refusal::OutOfReach(to).into())
        }
    }
}

/// A part of a bundle.
struct Part {
    id: DocId,
    number: CaseNumber,
    state: State,
    /// None if it cannot be read.
    case: Option<Case>,
}

fn is_bundle(case: &Case) -> bool {
    case.guide.terms.lists.contains(&ListKind::Bundle)
}
