//! Figures put together for the dashboard: by the unit right below the one that is asked about, and month after month.
//!
//! Pure; knows no page.

use std::collections::BTreeMap;

use sanji_model::case::{Figure, Month};
use serde_json::Value;

use crate::http::answer::{list_of, plain};

pub(super) type Numbers = BTreeMap<String, i64>;

/// What a unit and those below it come to.
pub(super) struct Group {
    pub unit: String,
    /// The unit that is asked about, without those below it.
    pub own: bool,
    /// Others stand below it.
    pub opens: bool,
    pub numbers: Numbers,
}

pub(super) fn numbers(figures: &Value) -> Numbers {
    let each = figures.as_object().into_iter().flatten();
    each.map(|(word, n)| (word.clone(), n.as_i64().unwrap_or(0))).collect()
}

pub(super) fn of(numbers: &Numbers, figure: Figure) -> i64 {
    numbers.get(figure.word()).copied().unwrap_or(0)
}

/// A group for each child of `unit`, nothing counted or not, and one for itself: together they are all of it. What a unit
/// counted that the directory no longer places below `unit` is its own.
pub(super) fn groups(stats: &Value, units: &[Value], unit: &str) -> Vec<Group> {
    let parents: BTreeMap<&str, &str> =
        units.iter().filter_map(|one| Some((one["code"].as_str()?, one["parent_code"].as_str()?))).collect();
    let opens = |code: &str| parents.values().any(|parent| *parent == code);
    let group =
        |code: &str, own| Group { unit: code.to_owned(), own, opens: opens(code), numbers: Numbers::new() };
    let mut groups = vec![group(unit, true)];
    groups.extend(parents.iter().filter(|(_, parent)| **parent == unit).map(|(code, _)| group(code, false)));
    for one in list_of(&stats["units"]) {
        let code = plain(&one["unit"]);
        let mut at = code.as_str();
        while let Some(parent) = parents.get(at).filter(|parent| **parent != unit) {
            at = parent;
        }
        let place = groups.iter().position(|group| !group.own && group.unit == at).unwrap_or(0);
        for (word, n) in numbers(&one["figures"]) {
            *groups[place].numbers.entry(word).or_default() += n;
        }
    }
    groups
}

/// Months shown at most: a chart of more says nothing.
const MONTHS_MAX: usize = 60;

/// Every month of a range, both ends included; of a longer range the last ones.
pub(super) fn months((from, to): (Month, Month)) -> Vec<Month> {
    let mut months = Vec::new();
    let mut at = to;
    while at >= from && months.len() < MONTHS_MAX {
        months.push(at);
        at = match at.month {
            1 => Month { year: at.year - 1, month: 12 },
            month => Month { month: month - 1, ..at },
        };
    }
    months.reverse();
    months
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_add_up_to_the_total() {
        let unit = |code: &str, parent: Option<&str>| json!({ "code": code, "parent_code": parent });
        let units = [
            unit("640202", None),
            unit("640202001", Some("640202")),
            unit("640202001001", Some("640202001")),
            unit("640202002", Some("640202")),
        ];
        let counted = |code: &str, n: i64| json!({ "unit": code, "figures": { "registered": n } });
        let stats = json!({ "units": [
            counted("640202", 1), counted("640202001", 2), counted("640202001001", 4), counted("640299", 8),
        ] });
        let said: Vec<(String, i64, bool)> = groups(&stats, &units, "640202")
            .into_iter()
            .map(|group| (group.unit.clone(), of(&group.numbers, Figure::Registered), group.opens))
            .collect();
        let wanted = [("640202", 9, true), ("640202001", 6, true), ("640202002", 0, false)];
        assert_eq!(said, wanted.map(|(code, n, opens)| (code.to_owned(), n, opens)));
        let town = groups(&json!({ "units": [counted("640202001001", 4)] }), &units, "640202001");
        assert_eq!(
            town.iter().map(|group| of(&group.numbers, Figure::Registered)).collect::<Vec<_>>(),
            [0, 4]
        );
    }

    #[test]
    fn months_go_over_the_year_and_are_not_endless() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let said: Vec<String> =
            months((month("2025-11"), month("2026-02"))).iter().map(Month::to_string).collect();
        assert_eq!(said, ["2025-11", "2025-12", "2026-01", "2026-02"]);
        assert_eq!(months((month("0001-01"), month("2026-02"))).len(), MONTHS_MAX);
    }
}
