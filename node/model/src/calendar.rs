//! Working days: weekends and statutory holidays out, make-up weekend workdays (调休) in (DOMAIN §3.5;
//! 《行政许可法》 article 82).
//!
//! Knows no case and no limit; it adds days to a date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::lang::{Lang, Say, say_in_english, worded};
use crate::parameters::Versions;
use crate::problem::Problem;
use crate::table::Table;

worded! {
    /// How a day differs from its weekday.
    pub enum DayKind ("日期类型", "kind of day") {
        Holiday = "holiday", "放假", "day off";
        Workday = "workday", "上班", "weekend day worked in exchange";
    }
}

/// The State Council's arrangements 2018-2026, from `data/holidays-cn.csv`.
static BUILT_IN: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::read_csv(include_str!("../data/holidays-cn.csv"), "holidays-cn.csv")
        .expect("the embedded file is checked by a test")
});

/// The days that differ from their weekday, and the years about which that is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
    days: BTreeMap<Date, DayKind>,
}

/// A date that a limit ends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Due {
    #[serde(rename = "due")]
    pub date: Date,
    /// A day on the way lies in a year whose arrangement is not known yet: weekends only were left out there.
    pub provisional: bool,
}

/// A calendar with the day on which it is asked, and the limits that the county set: what every reckoning takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Almanac {
    pub calendar: Arc<Calendar>,
    pub parameters: Arc<Versions>,
    pub today: Date,
}

impl Almanac {
    pub fn new(calendar: Calendar, today: Date) -> Almanac {
        Almanac { calendar: Arc::new(calendar), parameters: Arc::default(), today }
    }

    /// The same with what the county set.
    pub fn with(self, parameters: Versions) -> Almanac {
        Almanac { parameters: Arc::new(parameters), ..self }
    }

    /// The same on another day.
    pub fn on(&self, today: Date) -> Almanac {
        Almanac { today, ..self.clone() }
    }
}

impl Calendar {
    /// The years that come with the program.
    pub fn built_in() -> Calendar {
        BUILT_IN.clone()
    }

    /// Reads `date,kind,name` (name optional, any column order). A year is known once one of its days is named.
    pub fn read_csv(text: &str, file: &str) -> Result<Calendar, Vec<Problem>> {
        let table = Table::read(text);
        let (Some(date_at), Some(kind_at)) = (table.column("date"), table.column("kind")) else {
            return Err(vec![Problem::at(file, 1, &Fault::Header)]);
        };
        let mut calendar = Calendar::default();
        let mut problems = Vec::new();
        for row in &table.rows {
            let (line, field) = (row.line, |at| row.field(at));
            let date = field(date_at).parse::<Date>().map_err(|_| Fault::Date(field(date_at).to_owned()));
            let kind = field(kind_at).parse::<DayKind>().map_err(|_| Fault::Kind(field(kind_at).to_owned()));
            match (date, kind) {
                (Ok(date), Ok(kind)) => match calendar.days.get(&date) {
                    Some(_) => problems.push(Problem::at(file, line, &Fault::Twice(date))),
                    None => calendar.name(date, kind),
                },
                (date, kind) => {
                    let faults = [date.err(), kind.err()];
                    problems.extend(faults.iter().flatten().map(|fault| Problem::at(file, line, fault)));
                }
            }
        }
        if problems.is_empty() { Ok(calendar) } else { Err(problems) }
    }

    /// Takes over the days and years of `other`; where both name a day, `other` holds.
    pub fn add(&mut self, other: &Calendar) {
        for (date, kind) in &other.days {
            self.name(*date, *kind);
        }
    }

    /// The years about which the arrangement is known.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().copied()
    }

    /// The rows of one year as [`Calendar::read_csv`] reads them, for the directory.
    pub fn year_csv(&self, year: i16) -> String {
        let mut text = String::from("date,kind\n");
        for (date, kind) in self.days.iter().filter(|(date, _)| date.year() == year) {
            text.push_str(&format!("{date},{kind}\n"));
        }
        text
    }

    /// A name for exactly these days.
    pub fn fingerprint(&self) -> String {
        let text: String = self.years.iter().map(|year| self.year_csv(*year)).collect();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }

    /// Whether offices work on `date`; in a year not known, Monday to Friday.
    pub fn is_working_day(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some(DayKind::Holiday) => false,
            Some(DayKind::Workday) => true,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The `n`-th working day after `date`, which is itself day 0 whether it is worked or not.
    ///
    /// Stops at the last day of the year 9999.
    pub fn add_working_days(&self, date: Date, n: u32) -> Due {
        let mut due = Due { date, provisional: false };
        let mut left = n;
        while left > 0 {
            let Ok(next) = due.date.tomorrow() else { break };
            due.date = next;
            due.provisional |= !self.years.contains(&next.year());
            left -= u32::from(self.is_working_day(next));
        }
        due
    }

    /// The working days after `from` up to and with `to`; none when `to` is not later.
    ///
    /// Spans of more than a hundred years, which only a wrong clock makes, count as a hundred.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let days = from.series(1.day()).skip(1).take_while(|day| *day <= to).take(36_600);
        days.filter(|day| self.is_working_day(*day)).count() as u32
    }

    fn name(&mut self, date: Date, kind: DayKind) {
        self.years.insert(date.year());
        self.days.insert(date, kind);
    }
}

/// What can be wrong in a calendar file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    Header,
    Date(String),
    Kind(String),
    Twice(Date),
}

impl Say for Fault {
    fn code(&self) -> &'static str {
        match self {
            Fault::Header => "CALENDAR_HEADER",
            Fault::Date(_) => "CALENDAR_DATE",
            Fault::Kind(_) => "CALENDAR_KIND",
            Fault::Twice(_) => "CALENDAR_TWICE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Fault::Header, Lang::Zh) => "首行须含 date 和 kind 两列".to_owned(),
            (Fault::Header, Lang::En) => "the first line must name the columns date and kind".to_owned(),
            (Fault::Date(text), Lang::Zh) => format!("“{text}”不是日期，请写成 2027-01-01"),
            (Fault::Date(text), Lang::En) => format!("“{text}” is not a date; write it as 2027-01-01"),
            (Fault::Kind(text), Lang::Zh) => format!("“{text}”不是日期类型，请写 holiday 或 workday"),
            (Fault::Kind(text), Lang::En) => {
                format!("“{text}” is not a kind of day; write holiday or workday")
            }
            (Fault::Twice(date), Lang::Zh) => format!("{date} 出现了两次，请删去一行"),
            (Fault::Twice(date), Lang::En) => format!("{date} stands here twice; remove one line"),
        }
    }
}

say_in_english!(Fault);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_years_are_whole() {
        let calendar = Calendar::built_in();
        assert_eq!(calendar.years().collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
        let count = |kind| calendar.days.values().filter(|k| **k == kind).count();
        assert_eq!((count(DayKind::Holiday), count(DayKind::Workday)), (261, 59));
        assert!(!calendar.is_working_day(day("2026-02-17")));
        assert!(calendar.is_working_day(day("2026-02-14")), "a Saturday worked in exchange");
        assert!(!calendar.is_working_day(day("2026-03-07")), "an ordinary Saturday");
    }

    #[test]
    fn limits_end_where_the_examples_say() {
        let calendar = Calendar::built_in();
        for (from, n, due) in [
            ("2026-02-10", 5, "2026-02-24"),
            ("2025-09-30", 1, "2025-10-09"),
            ("2018-10-15", 7, "2018-10-24"),
            ("2018-10-15", 10, "2018-10-29"),
            ("2018-10-15", 7 + 3, "2018-10-29"),
            ("2018-10-15", 10 + 3, "2018-11-01"),
            ("2024-09-27", 3, "2024-10-08"),
            ("2024-10-01", 1, "2024-10-08"),
            ("2026-02-10", 0, "2026-02-10"),
        ] {
            let expected = Due { date: day(due), provisional: false };
            assert_eq!(calendar.add_working_days(day(from), n), expected, "{from} + {n}");
        }
    }

    #[test]
    fn a_year_not_known_makes_a_date_provisional_until_its_calendar_arrives() {
        let mut calendar = Calendar::built_in();
        let due = |c: &Calendar| c.add_working_days(day("2026-12-31"), 1);
        assert_eq!(due(&calendar), Due { date: day("2027-01-01"), provisional: true });
        assert!(!calendar.add_working_days(day("2026-12-30"), 1).provisional);
        let next = Calendar::read_csv("kind,date\nholiday,2027-01-01\n", "2027.csv").unwrap();
        calendar.add(&next);
        assert_eq!(due(&calendar), Due { date: day("2027-01-04"), provisional: false });
        assert_eq!(Calendar::read_csv(&calendar.year_csv(2027), "again").unwrap(), next);
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = "\u{feff}date,kind,name\n2027-01-01,holiday,x\n\n2027-02-30,holiday,x\n2027-03-01,feast,x\n\
                    2027-01-01,workday,x\nsoon,\n";
        let problems = Calendar::read_csv(text, "f.csv").unwrap_err();
        let seen: Vec<_> = problems.iter().map(|p| (p.line, p.code)).collect();
        let expected = [
            (4, "CALENDAR_DATE"),
            (5, "CALENDAR_KIND"),
            (6, "CALENDAR_TWICE"),
            (7, "CALENDAR_DATE"),
            (7, "CALENDAR_KIND"),
        ];
        assert_eq!(seen, expected);
        assert_eq!(Calendar::read_csv("day,kind\n", "f").unwrap_err()[0].code, "CALENDAR_HEADER");
    }

    #[test]
    fn the_end_of_time_ends_the_count() {
        assert_eq!(Calendar::built_in().add_working_days(Date::MAX, 9).date, Date::MAX);
    }

    proptest! {
        /// The oracle lists the working days of the whole span first and then takes the n-th.
        #[test]
        fn the_count_agrees_with_a_list_of_days(offset in 0i64..3200, n in 1u32..60) {
            let calendar = Calendar::built_in();
            let from = day("2018-01-01").saturating_add(jiff::SignedDuration::from_hours(24 * offset));
            let mut worked = Vec::new();
            let mut next = from.tomorrow().unwrap();
            while worked.len() < n as usize {
                let weekend = matches!(next.weekday(), Weekday::Saturday | Weekday::Sunday);
                let named = calendar.days.get(&next).copied();
                if named == Some(DayKind::Workday) || (!weekend && named != Some(DayKind::Holiday)) {
                    worked.push(next);
                }
                next = next.tomorrow().unwrap();
            }
            let last = *worked.last().unwrap();
            let expected = Due { date: last, provisional: last.year() > 2026 };
            prop_assert_eq!(calendar.add_working_days(from, n), expected);
        }
    }
}
