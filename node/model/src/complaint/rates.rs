//! How units deal with complaints, in figures: replied in time, called back, satisfied (DOMAIN §5, §6).
//!
//! Counts rows, so a rate opens to the complaints behind it. Knows no store.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_sync::UnitCode;
use serde::Serialize;

use super::{ComplaintRow, Over, State};

/// Counts of the rounds of complaints that were dispatched to a unit last, and the rates of these. A complaint that was
/// reopened counts once for each of its rounds (C14): the first is no better for it.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Rates {
    pub dispatched: u64,
    pub replied: u64,
    pub in_time: u64,
    /// Not replied to and past the day on which it was due.
    pub overdue: u64,
    pub closed: u64,
    pub called_back: u64,
    pub satisfied: u64,
    /// `in_time` of those replied to and overdue, per cent with one decimal; none of none.
    pub in_time_rate: Option<f64>,
    /// `called_back` of those closed; the target is 100.
    pub call_back_rate: Option<f64>,
    /// `satisfied` of those called back.
    pub satisfied_rate: Option<f64>,
}

/// The rates by the unit that handles, on `today`. What was never dispatched counts for nobody.
pub fn rates<'a>(rows: impl IntoIterator<Item = &'a ComplaintRow>, today: Date) -> BTreeMap<UnitCode, Rates> {
    let mut rates: BTreeMap<UnitCode, Rates> = BTreeMap::new();
    for row in rows {
        if let Some(unit) = row.figures.handler {
            rates.entry(unit).or_default().count(row, today);
        }
        for over in &row.figures.earlier {
            if let Some(unit) = over.handler {
                rates.entry(unit).or_default().count_over(over);
            }
        }
    }
    rates.into_iter().map(|(unit, counts)| (unit, counts.rated())).collect()
}

impl Rates {
    fn count(&mut self, row: &ComplaintRow, today: Date) {
        let figures = &row.figures;
        let is_overdue = row.due.is_some_and(|due| due < today);
        let is_closed = match row.state {
            State::Closed | State::CalledBack | State::Archived => true,
            State::Registered
            | State::Accepted
            | State::Refused
            | State::Dispatched
            | State::Returned
            | State::Signed
            | State::Handling
            | State::Replied => false,
        };
        // A row that has no earlier round may be of a version that knew the one reply only.
        let in_time = if figures.earlier.is_empty() { figures.in_time } else { figures.round_in_time };
        self.dispatched += 1;
        self.replied += u64::from(in_time.is_some() && !is_overdue);
        self.in_time += u64::from(in_time == Some(true) && !is_overdue);
        self.overdue += u64::from(is_overdue);
        self.closed += u64::from(is_closed);
        self.called_back += u64::from(is_closed && figures.satisfied.is_some());
        self.satisfied += u64::from(is_closed && figures.satisfied == Some(true));
    }

    /// A round that ended with a call-back.
    fn count_over(&mut self, over: &Over) {
        self.dispatched += 1;
        self.replied += u64::from(over.in_time.is_some());
        self.in_time += u64::from(over.in_time == Some(true));
        self.closed += 1;
        self.called_back += u64::from(over.satisfied.is_some());
        self.satisfied += u64::from(over.satisfied == Some(true));
    }

    /// With the rates of its counts.
    fn rated(self) -> Rates {
        Rates {
            in_time_rate: per_cent(self.in_time, self.replied + self.overdue),
            call_back_rate: per_cent(self.called_back, self.closed),
            satisfied_rate: per_cent(self.satisfied, self.called_back),
            ..self
        }
    }
}

fn per_cent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| ((part * 1000 + whole / 2) / whole) as f64 / 10.0)
}
