//! The numbers that complaints and enquiries are bound by, and the clocks that follow from them.
//!
//! Knows no event: a limit begins and ends at times that it is told. Days are working days (DOMAIN §3.5).

use jiff::civil::Date;
use sanji_sync::Time;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Due};
use crate::lang::worded;
use crate::local;

/// What differs from place to place (`P` in DOMAIN §4 and §5), as the county set it for the day of the registration: every node
/// of a county has the same, or their folds would differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// From registration to accepting or refusing a complaint, working days.
    pub accept_days: u32,
    /// From dispatch to the reply, working days.
    pub reply_days: u32,
    /// By how much a reply may be put off, once, working days.
    pub extension_days_max: u32,
    /// How often a dispatched complaint may be returned before the county assigns it for good.
    pub returns_max: u32,
    /// From an enquiry to its answer, working days.
    pub answer_days: u32,
    /// How long before the end the warning comes, working days.
    pub warning_days: u32,
    /// How long after the end the yellow card becomes a red one, working days.
    pub red_days: u32,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            accept_days: 5,
            reply_days: 15,
            extension_days_max: 15,
            returns_max: 2,
            answer_days: 3,
            warning_days: 2,
            red_days: 1,
        }
    }
}

impl Terms {
    /// How far a clock that ends on `due` has run on `day`.
    pub fn level(&self, calendar: &Calendar, due: Date, day: Date) -> Level {
        if day > calendar.add_working_days(due, self.red_days).date {
            Level::Red
        } else if day > due {
            Level::Yellow
        } else if calendar.add_working_days(day, self.warning_days).date >= due {
            Level::Warning
        } else {
            Level::Running
        }
    }
}

worded! {
    /// What a clock is about.
    pub enum ClockKind ("时限", "clock") {
        Acceptance = "acceptance", "受理", "acceptance";
        Reply = "reply", "答复", "reply";
        Answer = "answer", "答问", "answer";
    }
}

worded! {
    /// How far a clock has run (DOMAIN §4).
    pub enum Level ("时限状态", "level") {
        Running = "running", "正常", "running";
        Warning = "warning", "预警", "warning";
        Yellow = "yellow", "黄牌", "yellow";
        Red = "red", "红牌", "red";
    }
}

/// One limit: from an event until another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    pub clock: ClockKind,
    /// Counted from 1 for what can run anew: a complaint that was reopened has two of the reply.
    pub round: u32,
    pub since: Time,
    /// Working days; the day of `since` is day 0.
    pub days: u32,
    /// When what it was for was done.
    pub met: Option<Time>,
}

/// A clock that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clock {
    pub clock: ClockKind,
    pub round: u32,
    pub due: Date,
    pub provisional: bool,
    /// Never for a complaint or an enquiry: neither a return nor a hand-over gains time. For readers of clocks of all kinds.
    pub paused: bool,
    pub level: Level,
}

impl Limit {
    pub fn due(&self, calendar: &Calendar) -> Due {
        calendar.add_working_days(local::date(self.since), self.days)
    }

    /// Whether it was kept; none while it runs.
    pub fn kept(&self, calendar: &Calendar) -> Option<bool> {
        self.met.map(|met| local::date(met) <= self.due(calendar).date)
    }

    /// How far it had run by the end of what it was for, or has by `today`.
    pub fn level(&self, calendar: &Calendar, terms: &Terms, today: Date) -> Level {
        terms.level(calendar, self.due(calendar).date, self.met.map_or(today, local::date))
    }

    /// The clock of a limit that still runs.
    pub fn clock(&self, calendar: &Calendar, terms: &Terms, today: Date) -> Option<Clock> {
        if self.met.is_some() {
            return None;
        }
        let Due { date, provisional } = self.due(calendar);
        let level = self.level(calendar, terms, today);
        Some(Clock { clock: self.clock, round: self.round, due: date, provisional, paused: false, level })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_warns_two_working_days_before_and_reddens_one_after() {
        let calendar = Calendar::built_in();
        let begins = local::day_begins(Date::constant(2018, 10, 15));
        let limit = Limit { clock: ClockKind::Reply, round: 1, since: begins, days: 7, met: None };
        let level = |day| limit.level(&calendar, &Terms::default(), Date::constant(2018, 10, day));
        assert_eq!(limit.due(&calendar).date, Date::constant(2018, 10, 24));
        assert_eq!((level(19), level(21), level(22)), (Level::Running, Level::Running, Level::Warning));
        assert_eq!((level(24), level(25), level(26)), (Level::Warning, Level::Yellow, Level::Red));
        let met = Limit { met: Some(local::day_begins(Date::constant(2018, 10, 25))), ..limit };
        assert_eq!((met.kept(&calendar), limit.kept(&calendar)), (Some(false), None));
        assert_eq!(met.level(&calendar, &Terms::default(), Date::constant(2030, 1, 1)), Level::Yellow);
        assert_eq!(met.clock(&calendar, &Terms::default(), Date::constant(2018, 10, 30)), None);
    }
}
