//! China's one civil time: UTC+8 all year, everywhere.
//!
//! Reads no clock and no time zone database.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use sanji_sync::Time;

const CHINA: Offset = Offset::constant(8);

/// The civil date at `time`. A time beyond the year 9999 gives the last day there is.
pub fn date(time: Time) -> Date {
    date_time(time).date()
}

/// The civil date and time of day, with the same end.
pub fn date_time(time: Time) -> DateTime {
    let ms = i64::try_from(time.0).unwrap_or(i64::MAX);
    let timestamp = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    CHINA.to_datetime(timestamp)
}

/// The moment of a civil time; none before 1970.
pub fn time(civil: DateTime) -> Option<Time> {
    let ms = CHINA.to_timestamp(civil).ok()?.as_millisecond();
    u64::try_from(ms).ok().map(Time)
}

/// 00:00 of `date`, when a guide takes force (DOMAIN §2.2). A day before 1970 gives time 0.
pub fn day_begins(date: Date) -> Time {
    let ms = CHINA.to_timestamp(date.at(0, 0, 0, 0)).map_or(i64::MAX, |t| t.as_millisecond());
    Time(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_sixteen_hours_utc_of_the_day_before() {
        let day = Date::constant(2026, 2, 10);
        let begin = day_begins(day);
        assert_eq!(begin, Time(1_770_652_800_000));
        assert_eq!(date(begin), day);
        assert_eq!(date(Time(begin.0 - 1)), Date::constant(2026, 2, 9));
        assert_eq!(date(begin.plus_ms(86_400_000 - 1)), day);
    }

    #[test]
    fn a_civil_time_is_a_moment_from_1970_on() {
        let civil = Date::constant(2026, 2, 10).at(9, 30, 0, 0);
        assert_eq!(time(civil).map(date_time), Some(civil));
        assert_eq!(time(Date::constant(1970, 1, 1).at(8, 0, 0, 0)), Some(Time(0)));
        assert_eq!(time(Date::constant(1970, 1, 1).at(7, 59, 59, 0)), None);
    }

    #[test]
    fn a_wrong_clock_gives_a_date_and_no_panic() {
        assert_eq!(date(Time(0)), Date::constant(1970, 1, 1));
        assert_eq!(date(Time(u64::MAX)).year(), 9999);
        assert_eq!(day_begins(Date::constant(1960, 1, 1)), Time(0));
        assert!(day_begins(Date::MAX) > Time(0));
    }
}
