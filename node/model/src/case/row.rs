//! A case as one line of a list.
//!
//! Derived from the case and a calendar; can be thrown away and made again.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::{Case, Flag, State};
use crate::calendar::{Calendar, Due};
use crate::identity::{IdKind, mask_name};
use crate::local;
use crate::number::CaseNumber;

/// Working days from receipt to a notice of acceptance or refusal, statutory (《行政许可法》 article 32; T11).
pub const ACCEPTANCE_DAYS: u32 = 5;

impl Case {
    /// When the clock that runs now ends; none while none runs, as before the receipt and after the end.
    pub fn due(&self, calendar: &Calendar) -> Option<Due> {
        match self.state() {
            State::Received => {
                let day = local::date(self.folded.received_at?);
                Some(calendar.add_working_days(day, ACCEPTANCE_DAYS))
            }
            // Correction stops the acceptance clock; the clocks from acceptance on start with that action.
            State::Registered
            | State::AwaitingCorrection
            | State::Accepted
            | State::InReview
            | State::SpecialProcedure
            | State::Decided
            | State::Concluded
            | State::Ready
            | State::Delivered
            | State::Archived
            | State::Refused
            | State::Returned
            | State::Withdrawn
            | State::Voided
            | State::Forwarded => None,
        }
    }

    pub fn row(&self, calendar: &Calendar) -> CaseRow {
        let due = self.due(calendar);
        CaseRow {
            number: self.number,
            id: self.id,
            guide: self.guide.code.clone(),
            guide_name: self.guide.name.clone(),
            guide_version: self.guide.version,
            unit: self.unit,
            state: self.state(),
            custody: self.custody(),
            applicant: self.applicant.clone(),
            id_kind: self.id_kind,
            due: due.map(|due| due.date),
            due_provisional: due.is_some_and(|due| due.provisional),
            flags: self.folded.flags.clone(),
            guide_document: self.guide.document,
            registered_at: self.folded.registered_at,
            checked: self.checked().is_some(),
        }
    }
}

/// What lists show. Names of people are in it: show [`CaseRow::masked`] unless a reveal was asked for and logged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseRow {
    pub number: CaseNumber,
    pub id: DocId,
    /// The guide's code.
    pub guide: String,
    pub guide_name: String,
    pub guide_version: u32,
    pub unit: UnitCode,
    pub state: State,
    pub custody: UnitCode,
    pub applicant: String,
    pub id_kind: IdKind,
    pub due: Option<Date>,
    pub due_provisional: bool,
    pub flags: BTreeSet<Flag>,
    /// The published version that it is bound to.
    pub guide_document: DocId,
    pub registered_at: Option<Time>,
    /// Whether somebody checked it for an outdated guide.
    pub checked: bool,
}

impl CaseRow {
    /// The row with a person's name hidden; organisations are named.
    pub fn masked(mut self) -> CaseRow {
        match self.id_kind {
            IdKind::Ric => self.applicant = mask_name(&self.applicant),
            IdKind::Uscc => {}
        }
        self
    }
}
