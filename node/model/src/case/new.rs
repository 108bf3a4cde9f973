//! A case about to be registered: the facts that never change afterwards.
//!
//! Knows no document; `document` writes it, `decide` checks it.

use std::collections::BTreeMap;

use sanji_sync::{DocId, Time, UnitCode};

use super::TO;
use super::action::Action;
use super::event::{By, Event, EventId};
use super::terms::Terms;
use crate::identity::IdKind;
use crate::lang::worded;
use crate::number::CaseNumber;

worded! {
    /// 办件类型 (DOMAIN §2.1).
    pub enum CaseType ("办件类型", "case type") {
        OnTheSpot = "on_the_spot", "即办件", "on the spot";
        Promised = "promised", "承诺件", "promised";
    }
}

/// The version of a guide that a case is bound to for life: the one in force where and when it was registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuidePin {
    /// The published document.
    pub document: DocId,
    pub code: String,
    pub name: String,
    pub version: u32,
    pub case_type: CaseType,
    /// False when element 12 of the guide (申报材料) is an explicit “none”.
    pub materials_needed: bool,
    pub terms: Terms,
}

/// What a registration brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCase {
    pub id: DocId,
    /// From the counter of the unit that registers it.
    pub number: CaseNumber,
    /// The unit in whose scope the case is for life: the one that registers it, or one below that.
    pub unit: UnitCode,
    /// The unit that holds it from the beginning: the one that registers it, or the one that it is forwarded to (T24).
    pub holder: UnitCode,
    /// The case of which it is a part (并联, 一件事).
    pub parent: Option<CaseNumber>,
    /// The case that was forwarded and goes on here (转报).
    pub origin: Option<CaseNumber>,
    pub guide: GuidePin,
    /// The name of a person or organisation.
    pub applicant: String,
    pub id_kind: IdKind,
    pub id_number: String,
    /// Further answers; keys as `applicant.phone` go to the applicant's contact.
    pub fields: BTreeMap<String, String>,
    pub by: By,
    pub event: EventId,
    pub at: Time,
}

impl NewCase {
    /// The first event. Of fields it has only for whom the case is, if for another unit: the others stand in the document,
    /// where they can be corrected.
    pub fn registration(&self) -> Event {
        let elsewhere = Some(self.holder).filter(|holder| *holder != self.by.unit);
        Event {
            id: self.event.clone(),
            at: self.at,
            action: Action::REGISTER,
            by: self.by.clone(),
            seen: Vec::new(),
            fields: elsewhere.map(|unit| (TO.to_owned(), unit.to_string())).into_iter().collect(),
        }
    }
}
