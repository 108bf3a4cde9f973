//! The clocks against an oracle that walks day by day, on ten thousand random courses.

use jiff::ToSpan;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::calendar::Calendar;
use crate::guide::Limit;

/// A course in days from its acceptance.
#[derive(Clone, Debug)]
struct Plan {
    begin: i64,
    promise: u16,
    statute: u16,
    /// Special procedures one after another: days before it, days that it lasts, whether it is an extension of so many.
    special: Vec<(i64, i64, bool)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let special = prop::collection::vec((0i64..12, 0i64..20, any::<bool>()), 0..4);
    let plan = (0i64..2_800, 0u16..30, 0u16..50, special);
    plan.prop_map(|(begin, promise, statute, special)| Plan { begin, promise, statute, special })
}

fn noon(day: Date) -> Time {
    crate::local::day_begins(day).plus_ms(43_200_000)
}

fn later(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap()
}

impl Plan {
    fn from(&self) -> Date {
        later(Date::constant(2018, 1, 2), self.begin)
    }

    fn course(&self) -> Course {
        let mut day = self.from();
        let mut special = Vec::new();
        for (wait, days, extension) in &self.special {
            let (from, to) = (later(day, *wait), later(day, wait + days));
            let kind = if *extension { SpecialKind::Extension } else { SpecialKind::Inquiry };
            special.push(Special { kind, days: *days as u32, from: noon(from), to: Some(noon(to)) });
            day = to;
        }
        let (footing, omitted) = (Footing::Normal, BTreeSet::new());
        let acceptance = Acceptance { footing, from: noon(self.from()), printed: None, omitted };
        Course { acceptance: Some(acceptance), special, ..Course::default() }
    }

    /// The limit is so many days that count, walked one by one; a day counts if it is worked and in no inquiry. A procedure
    /// that begins when the limit has passed moves nothing.
    fn oracle(&self, calendar: &Calendar, limit: u16) -> Date {
        let (mut days, mut inquiries): (u32, Vec<(Date, Date)>) = (u32::from(limit), Vec::new());
        let walk = |days: u32, inquiries: &[(Date, Date)]| {
            let (mut day, mut left) = (self.from(), days);
            while left > 0 {
                day = day.tomorrow().unwrap();
                let stopped = inquiries.iter().any(|(from, to)| *from < day && day <= *to);
                left -= u32::from(calendar.is_working_day(day) && !stopped);
            }
            day
        };
        let mut due = walk(days, &inquiries);
        for special in self.course().special {
            let (from, to) = (crate::local::date(special.from), crate::local::date(special.to.unwrap()));
            if from > due {
                continue;
            }
            let on_the_last_day = from == due;
            match special.kind {
                SpecialKind::Extension => days += special.days,
                SpecialKind::Inquiry => inquiries.push((from, to)),
            }
            due = walk(days, &inquiries);
            // Nothing of the limit is left when the inquiry ends: it ends with its last working day.
            if on_the_last_day && special.kind == SpecialKind::Inquiry {
                let mut day = to;
                while day > from && !calendar.is_working_day(day) {
                    day = day.yesterday().unwrap();
                }
                due = day;
                days = calendar_days(calendar, self.from(), due);
                inquiries.clear();
            }
        }
        due
    }
}

/// Working days after `from` up to and with `to`, one by one.
fn calendar_days(calendar: &Calendar, from: Date, to: Date) -> u32 {
    let (mut day, mut days) = (from, 0);
    while day < to {
        day = day.tomorrow().unwrap();
        days += u32::from(calendar.is_working_day(day));
    }
    days
}

#[test]
fn the_engine_agrees_with_a_walk_day_by_day() {
    let calendar = Calendar::built_in();
    let mut runner = TestRunner::new(Config { cases: 10_000, ..Config::default() });
    let checked = runner.run(&plans(), |plan| {
        let terms = Terms {
            promised: Some(Limit::working_days(plan.promise)),
            statutory: Some(Limit::working_days(plan.statute)),
            ..Terms::default()
        };
        let (course, today) = (plan.course(), Date::constant(2026, 12, 31));
        let setting = Setting { terms: &terms, case_type: CaseType::Promised, calendar: &calendar, today };
        let promise = clock::promise_due(&course, &setting).unwrap().date;
        prop_assert_eq!(promise, plan.oracle(&calendar, plan.promise), "promise");
        let statute = clock::statute_due(&course, &setting).unwrap().date;
        prop_assert_eq!(statute, plan.oracle(&calendar, plan.statute), "statute");
        Ok(())
    });
    checked.unwrap();
}
