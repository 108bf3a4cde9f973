//! Weeks, months and quarters of statistics (DOMAIN §6).
//!
//! Knows no figure. A week is one of ISO 8601: it begins on Monday and belongs to the year of its Thursday.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use crate::lang::worded;

worded! {
    /// How long a period is.
    pub enum Cycle ("统计周期", "period of statistics") {
        Week = "week", "周", "week";
        Month = "month", "月", "month";
        Quarter = "quarter", "季度", "quarter";
    }
}

/// A month of a year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Month {
    pub year: i16,
    pub month: i8,
}

/// Days after a month in which what was registered in it may still arrive: then it is closed (DOMAIN §6, “a fixed
/// cut-off”). Beyond it stands in the ledger as late.
const CUT_OFF_DAYS: i64 = 3;

impl Month {
    pub fn of(date: Date) -> Month {
        Month { year: date.year(), month: date.month() }
    }

    /// Whether its cut-off is over on this day.
    pub fn is_closed_on(self, today: Date) -> bool {
        let last = Date::new(self.year, self.month, 1).map(Date::last_of_month);
        let closed = last.and_then(|last| last.checked_add(CUT_OFF_DAYS.days()));
        closed.is_ok_and(|closed| today > closed)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = ();

    /// Reads `2026-02`.
    fn from_str(text: &str) -> Result<Month, ()> {
        let (year, month) = text.trim().split_once('-').ok_or(())?;
        let month = Month { year: year.parse().map_err(|_| ())?, month: month.parse().map_err(|_| ())? };
        ((1..=12).contains(&month.month) && (1..=9999).contains(&month.year)).then_some(month).ok_or(())
    }
}

/// A period. Those of one length order as they follow one another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Period {
    Week { year: i16, week: i8 },
    Month(Month),
    Quarter { year: i16, quarter: i8 },
}

impl Period {
    /// The period of this length in which a day lies.
    pub fn of(cycle: Cycle, date: Date) -> Period {
        match cycle {
            Cycle::Week => {
                let week = date.iso_week_date();
                Period::Week { year: week.year(), week: week.week() }
            }
            Cycle::Month => Period::Month(Month::of(date)),
            Cycle::Quarter => Period::Month(Month::of(date)).within(Cycle::Quarter),
        }
    }

    /// The quarter of a month; any other period as it is.
    pub fn within(self, cycle: Cycle) -> Period {
        match (self, cycle) {
            (Period::Month(Month { year, month }), Cycle::Quarter) => {
                Period::Quarter { year, quarter: (month + 2) / 3 }
            }
            (period, _) => period,
        }
    }

    pub fn cycle(self) -> Cycle {
        match self {
            Period::Week { .. } => Cycle::Week,
            Period::Month(_) => Cycle::Month,
            Period::Quarter { .. } => Cycle::Quarter,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Week { year, week } => write!(f, "{year:04}-W{week:02}"),
            Period::Month(month) => month.fmt(f),
            Period::Quarter { year, quarter } => write!(f, "{year:04}-Q{quarter}"),
        }
    }
}

impl FromStr for Period {
    type Err = ();

    /// Reads `2026-W06`, `2026-02` or `2026-Q1`.
    fn from_str(text: &str) -> Result<Period, ()> {
        let (year, rest) = text.trim().split_once('-').ok_or(())?;
        let year: Result<i16, ()> = year.parse().map_err(|_| ());
        if let Some(week) = rest.strip_prefix('W') {
            let (year, week) = (year?, week.parse().map_err(|_| ())?);
            ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| ())?;
            Ok(Period::Week { year, week })
        } else if let Some(quarter) = rest.strip_prefix('Q') {
            let (year, quarter) = (year?, quarter.parse().map_err(|_| ())?);
            (1..=4).contains(&quarter).then_some(Period::Quarter { year, quarter }).ok_or(())
        } else {
            text.parse().map(Period::Month)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_closed_three_days_after_its_last() {
        let month = Month { year: 2026, month: 2 };
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (today, closed) in
            [("2026-02-10", false), ("2026-03-03", false), ("2026-03-04", true), ("2027-01-01", true)]
        {
            assert_eq!(month.is_closed_on(day(today)), closed, "{today}");
        }
    }

    #[test]
    fn a_day_lies_in_a_week_a_month_and_a_quarter() {
        let day = Date::constant(2026, 12, 31);
        let said =
            [Cycle::Week, Cycle::Month, Cycle::Quarter].map(|cycle| Period::of(cycle, day).to_string());
        assert_eq!(said, ["2026-W53", "2026-12", "2026-Q4"]);
        let next = Date::constant(2027, 1, 3);
        assert_eq!(Period::of(Cycle::Week, next), "2026-W53".parse().unwrap(), "a Sunday");
        for text in ["2026-W01", "2026-02", "2026-Q3"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["2025-W53", "2026-W00", "2026-13", "2026-Q5", "2026", "W1-2026"] {
            assert_eq!(text.parse::<Period>(), Err(()), "{text}");
        }
    }
}
