//! A case about to be registered: the facts that never change afterwards.
//!
//! Knows no document; `document` writes it, `decide` checks it.

use std::collections::BTreeMap;

use sanji_sync::{DocId, Time};

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

/// What a registration brings. The case belongs for life to the unit that registers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCase {
    pub id: DocId,
    pub number: CaseNumber,
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
    /// The first event. It carries no fields: those stand in the document, where they can be corrected.
    pub fn registration(&self) -> Event {
        Event {
            id: self.event.clone(),
            at: self.at,
            action: Action::REGISTER,
            by: self.by.clone(),
            seen: Vec::new(),
            fields: BTreeMap::new(),
        }
    }
}
