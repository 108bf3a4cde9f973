//! Days and lists as Chinese papers write them. Knows no paper.

use jiff::civil::{Date, DateTime};

/// `2026年2月10日`.
pub fn date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// `2026年2月10日 09:30`.
pub fn moment(at: DateTime) -> String {
    format!("{} {:02}:{:02}", date(at.date()), at.hour(), at.minute())
}

/// The items numbered in a line each: `1. 户口簿`.
pub fn numbered(items: &[String]) -> Vec<Vec<String>> {
    items.iter().enumerate().map(|(n, item)| vec![(n + 1).to_string(), item.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_no_zeros_in_front_and_hours_do() {
        let day = Date::constant(2026, 2, 1);
        assert_eq!(date(day), "2026年2月1日");
        assert_eq!(moment(day.at(9, 5, 0, 0)), "2026年2月1日 09:05");
    }
}
