//! Cases (办件): one automerge document each, whose state is the fold of its events (DOMAIN §3).
//!
//! Drive it so: [`NewCase::check`] and [`Case::create`] make one; [`Case::read`] reads it;
//! [`Case::decide`] turns what somebody wants to do into an event or a refusal; [`Case::append`] stores the event.
//! Knows no guide beyond the version that a case is bound to, no store and no clock.

mod action;
mod apply;
pub mod clock;
mod course;
mod decide;
mod document;
mod event;
pub mod feed;
mod figures;
mod flag;
mod fold;
mod guard;
pub mod line;
mod material;
pub mod national;
mod new;
mod offer;
mod order;
pub mod package;
pub mod paper;
mod period;
mod role;
mod row;
mod rule;
mod ruling;
pub mod sampling;
mod state;
mod stored;
mod supervision;
mod terms;
#[cfg(test)]
mod tests;
mod unmet;
mod verdict;

use std::collections::BTreeMap;

use sanji_sync::{DocId, UnitCode};

pub use action::{Action, Known};
pub use apply::PROMISED_ON;
pub use clock::{Clock, ClockKind};
pub use course::{
    Acceptance, CardStanding, Correction, Course, Decision, Footing, HandOver, Person, Rating, RatingStage,
    Redone, Special, SpecialKind,
};
pub(crate) use decide::check_fields;
pub use document::{BadDocument, KIND};
pub use event::{BadEventId, By, Event, EventId, MATERIALS, NO_MATERIALS, material_names};
pub use figures::{Figure, Figures, Indicators};
pub use flag::Flag;
pub use fold::{APPLICANT_PREFIX, Computed, Dispute, Folded, Setting, fold};
pub use guard::Guard;
pub use material::{BadMaterial, Material, Source, Trust, of as handed_in};
pub use new::{CaseType, GuidePin, NewCase};
pub use offer::Offer;
pub(crate) use order::Order;
pub use paper::{Made, PaperKind, Print};
pub use period::{Cycle, Month, Period};
pub use role::Role;
pub use row::{CaseRow, person};
pub use rule::{Place, Rule, Stage, Start, To, of as rules};
pub(crate) use ruling::{Ruling, Rulings};
pub use state::State;
pub(crate) use stored::{Stored, stored as stored_events};
pub use stored::{Unreadable, writers};
pub(crate) use supervision::warned;
pub use supervision::{Card, CardRule, Level, Offsets, Subject};
pub use terms::{Asked, Days, Terms};
pub use unmet::Unmet;
pub use verdict::{Verdict, Why};

use crate::calendar::Almanac;
use crate::document::Kept;
use crate::identity::IdKind;
use crate::number::CaseNumber;
use crate::organisation::Tier;

/// The field of a note that is its text.
pub const TEXT: &str = "text";

/// The field that names the unit to which a case goes: of a hand-over, a forwarding, and a registration for another unit.
pub const TO: &str = "to";

/// The field of an imported case by which its line is known when it comes again.
pub const IMPORT_KEY: &str = "import.key";

/// The field of a check that says what was found.
pub const FOUND: &str = "found";

/// What may be noted about the applicant behind `applicant.`; who the applicant is never changes.
pub const CONTACT_KEYS: &[&str] = &["phone", "address", "email", "contact", "agent_name", "agent_phone"];

/// A case as read from its document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    pub id: DocId,
    pub number: CaseNumber,
    /// The case of which it is a part (并联, 一件事).
    pub parent: Option<CaseNumber>,
    /// The case that was forwarded and goes on here (转报).
    pub origin: Option<CaseNumber>,
    /// The unit in whose scope it is for life: the one that registered it, or one below that.
    pub unit: UnitCode,
    pub guide: GuidePin,
    pub applicant: String,
    pub id_kind: IdKind,
    pub id_number: String,
    /// Phone, address and the like, by the keys of [`CONTACT_KEYS`].
    pub contact: BTreeMap<String, Kept>,
    pub fields: BTreeMap<String, Kept>,
    pub events: BTreeMap<EventId, Event>,
    pub unreadable: Vec<Unreadable>,
    /// What the events amount to; always that of `events` on the almanac's day.
    pub folded: Folded,
    pub almanac: Almanac,
}

impl Case {
    /// The case as it is right after [`Case::create`], without a document.
    pub fn opened(new: &NewCase, almanac: &Almanac) -> Case {
        let event = new.registration();
        let mut case = Case {
            id: new.id,
            number: new.number,
            parent: new.parent,
            origin: new.origin,
            unit: new.unit,
            guide: new.guide.clone(),
            applicant: new.applicant.trim().to_owned(),
            id_kind: new.id_kind,
            id_number: new.id_number.trim().to_ascii_uppercase(),
            contact: BTreeMap::new(),
            fields: BTreeMap::new(),
            events: BTreeMap::from([(event.id.clone(), event)]),
            unreadable: Vec::new(),
            folded: Folded::default(),
            almanac: almanac.clone(),
        };
        case.edit(&new.fields);
        case.refold();
        case
    }

    /// Adds an event as [`Case::append`] does to the document.
    pub fn push(&mut self, event: Event) {
        self.edit(&document::edits(&event));
        self.events.insert(event.id.clone(), event);
        self.refold();
    }

    /// Whether it is what it says: of this unit, with a number of the unit that registered it. A node could otherwise show
    /// its own documents as somebody else's.
    pub fn is_of(&self, owner: UnitCode) -> bool {
        let registrar = self.folded.course.registrar.as_ref().map_or(self.unit, |registrar| registrar.unit);
        self.unit == owner && self.number.unit() == registrar
    }

    /// Where it stands. A case whose registration cannot be read is registered all the same: it is here.
    pub fn state(&self) -> State {
        self.folded.state.unwrap_or(State::Registered)
    }

    /// The unit that holds it now.
    pub fn custody(&self) -> UnitCode {
        self.folded.custody.unwrap_or(self.unit)
    }

    /// The check that closed the task of an outdated guide, the first that counts.
    pub fn checked(&self) -> Option<&Event> {
        let counted = self.timeline().filter(|(_, verdict)| **verdict == Verdict::Counted);
        counted.map(|(event, _)| event).find(|event| event.action == Action::Known(Known::Check))
    }

    /// The events in the order in which they count, each with what became of it.
    pub fn timeline(&self) -> impl Iterator<Item = (&Event, &Verdict)> {
        self.folded.timeline.iter().filter_map(|(id, verdict)| Some((self.events.get(id)?, verdict)))
    }

    fn edit(&mut self, values: &BTreeMap<String, String>) {
        for (key, value) in values {
            let (map, key) = match key.strip_prefix(APPLICANT_PREFIX) {
                Some(contact) => (&mut self.contact, contact),
                None => (&mut self.fields, key.as_str()),
            };
            map.insert(key.to_owned(), Kept::one(value));
        }
    }

    /// What the fold reckons with.
    pub fn setting(&self) -> Setting<'_> {
        Setting {
            terms: &self.guide.terms,
            case_type: self.guide.case_type,
            calendar: &self.almanac.calendar,
            today: self.almanac.today,
        }
    }

    /// The clocks that run, the one that ends first first.
    pub fn clocks(&self) -> Vec<Clock> {
        let tier = Some(Tier::of(&self.custody()));
        clock::running(self.state(), tier, &self.folded.course, &self.setting())
    }

    fn refold(&mut self) {
        self.folded = fold(self.events.values(), &self.setting());
        if !self.unreadable.is_empty() {
            self.folded.flags.insert(Flag::Unreadable);
        }
        if self.contact.values().chain(self.fields.values()).any(|kept| !kept.others.is_empty()) {
            self.folded.flags.insert(Flag::Conflict);
        }
    }
}
