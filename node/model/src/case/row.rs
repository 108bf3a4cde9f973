//! A case as one line of a list.
//!
//! Derived from the case; can be thrown away and made again.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::course::RatingStage;
use super::figures::Figures;
use super::{Case, Flag, IMPORT_KEY, State};
use crate::calendar::Due;
use crate::identity::{IdKind, mask_name};
use crate::number::CaseNumber;

impl Case {
    /// When the clock that ends first ends; none while none runs, as before the receipt and after the end. A clock
    /// that is stopped does not end.
    pub fn due(&self) -> Option<Due> {
        self.clocks().iter().find(|clock| !clock.paused).map(|clock| clock.due)
    }

    /// To whom it is handed over by one signature of two (T3); none once it is taken over or no longer waits for that.
    pub fn handed_to(&self) -> Option<UnitCode> {
        let given = self.folded.course.hand_over.given.filter(|_| self.state() == State::Received);
        given.map(|(unit, _)| unit)
    }

    /// Turns to another day: what time brings about by then has come about.
    pub fn turn_to(&mut self, today: Date) {
        if self.almanac.today != today {
            self.almanac = self.almanac.on(today);
            self.refold();
        }
    }

    /// The line of the case as of the almanac's day.
    pub fn row(&self) -> CaseRow {
        let due = self.due();
        CaseRow {
            number: self.number,
            id: self.id,
            guide: self.guide.code.clone(),
            guide_name: self.guide.name.clone(),
            guide_version: self.guide.version,
            unit: self.unit,
            state: self.state(),
            custody: self.custody(),
            handed_to: self.handed_to(),
            applicant: self.applicant.clone(),
            id_kind: self.id_kind,
            due: due.map(|due| due.date),
            due_provisional: due.is_some_and(|due| due.provisional),
            flags: self.folded.flags.clone(),
            guide_document: self.guide.document,
            registered_at: self.folded.registered_at,
            checked: self.checked().is_some(),
            person: person(&self.id_number),
            parent: self.parent,
            rating: self.folded.course.rating.as_ref().map(|rating| rating.stage),
            rated_at: self.folded.course.rating.as_ref().map(|rating| rating.at),
            figures: self.figures(),
            wakes: self.wakes_on(),
            imported: self.fields.get(IMPORT_KEY).map(|kept| kept.shown.clone()),
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
    /// The unit that is to take it over: the holder has signed the hand-over, it has not (T3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_to: Option<UnitCode>,
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
    /// Whom it is for, without saying who: see [`person`].
    pub person: String,
    /// The case of which it is a part (并联, 一件事).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CaseNumber>,
    /// Where the loop of its rating stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingStage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated_at: Option<Time>,
    /// What it counts for.
    pub figures: Figures,
    /// The next day on which time alone changes something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wakes: Option<Date>,
    /// The line of an import that it was made of, by a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

/// A name for an identity number by which two cases of one person are found, and the number is not.
pub fn person(id_number: &str) -> String {
    let hash = blake3::derive_key("sanji 2026 person of a case", id_number.trim().to_uppercase().as_bytes());
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
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
