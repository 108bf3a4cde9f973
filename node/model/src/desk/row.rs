//! A complaint or an enquiry as one line of a list.
//!
//! Derived from it and a calendar; can be thrown away and made again.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::new::Kind;
use super::{Matter, mask_phone};
use crate::calendar::Calendar;
use crate::case::Flag;
use crate::identity::mask_name;
use crate::number::CaseNumber;

/// What lists show. Who it is from is in it: show [`Row::masked`] unless one was asked for by its number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row<S, T> {
    pub number: CaseNumber,
    pub id: DocId,
    pub kind: Kind,
    pub unit: UnitCode,
    pub state: S,
    pub holder: UnitCode,
    pub name: String,
    pub phone: String,
    pub case: Option<CaseNumber>,
    pub registered_at: Option<Time>,
    /// When the clock that runs ends.
    pub due: Option<Date>,
    pub due_provisional: bool,
    /// The next day on which time alone raises a card.
    pub wakes: Option<Date>,
    pub flags: BTreeSet<Flag>,
    #[serde(flatten)]
    pub figures: T,
}

/// The row of a flow.
pub type RowOf<F> = Row<<F as Flow>::State, <F as Flow>::Figures>;

impl<F: Flow> Matter<F> {
    pub fn row(&self, calendar: &Calendar, today: Date) -> RowOf<F> {
        let course = &self.folded.course;
        let due = self.limits().iter().find(|limit| limit.met.is_none()).map(|limit| limit.due(calendar));
        Row {
            number: self.number,
            id: self.id,
            kind: self.kind,
            unit: self.unit,
            state: self.state(),
            holder: self.holder(),
            name: self.name.clone(),
            phone: self.phone.clone(),
            case: self.case,
            registered_at: course.registered().map(|(at, _)| at),
            due: due.map(|due| due.date),
            due_provisional: due.is_some_and(|due| due.provisional),
            wakes: self.wakes_on(calendar, today),
            flags: self.folded.flags.clone(),
            figures: course.figures(&self.terms, calendar),
        }
    }
}

impl<S, T> Row<S, T> {
    /// The row with name and number hidden.
    pub fn masked(mut self) -> Row<S, T> {
        self.name = mask_name(&self.name);
        self.phone = mask_phone(&self.phone);
        self
    }
}
