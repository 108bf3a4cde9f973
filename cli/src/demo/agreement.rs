//! Whether all nodes agree, judged from what they say of themselves: equal digests of every scope that two nodes of a
//! line share, nothing owed, rows up to date.
//!
//! Asks nobody; an empty list of gaps is agreement.

use serde_json::Value;

use super::plan::Plan;
use super::trouble::Gap;
use crate::words::{count, items};

/// Everything that keeps the county from agreement. `cases` is what each seat should hold, in order; empty: any number.
pub fn gaps(plan: &Plan, statuses: &[Value], cases: &[u64], guides: u64) -> Vec<Gap> {
    let mut gaps = missing_cases(plan, statuses, cases);
    for (seat, status) in plan.seats.iter().zip(statuses) {
        let unit = || seat.unit.name.clone();
        let has = count(&status["guides"]);
        if has != guides {
            gaps.push(Gap::Guides { unit: unit(), has, wanted: guides });
        }
        if count(&status["behind"]) > 0 {
            gaps.push(Gap::Behind { unit: unit() });
        }
        let owed = owed(status);
        if owed > 0 {
            gaps.push(Gap::Owed { unit: unit(), entries: owed });
        }
        let Some(above) = seat.parent.map(|parent| &statuses[parent]) else { continue };
        if status["parent"]["state"] != "up" {
            gaps.push(Gap::NotLinked { unit: unit() });
        }
        for scope in seat.shared.iter().map(ToString::to_string) {
            if digest(above, &scope) != digest(status, &scope) {
                gaps.push(Gap::Differs { unit: unit(), scope });
            }
        }
    }
    gaps
}

/// The seats that hold another number of cases than they should.
pub fn missing_cases(plan: &Plan, statuses: &[Value], cases: &[u64]) -> Vec<Gap> {
    let held =
        plan.seats.iter().zip(statuses).map(|(seat, status)| (&seat.unit.name, count(&status["cases"])));
    held.zip(cases)
        .filter(|((_, has), wanted)| has != *wanted)
        .map(|((unit, has), wanted)| Gap::Cases { unit: unit.clone(), has, wanted: *wanted })
        .collect()
}

/// The cut lines that are not down yet, seen from both ends.
pub fn still_linked(plan: &Plan, statuses: &[Value]) -> Vec<Gap> {
    let linked = |seat: &usize| {
        let code = plan.seats[*seat].unit.code.as_str();
        let above = plan.seats[*seat].parent.map_or(&Value::Null, |parent| &statuses[parent]);
        let below = items(&above["children"]).find(|child| child["unit"] == code);
        statuses[*seat]["parent"]["state"] != "paused" || below.is_some_and(|child| child["state"] == "up")
    };
    let cut = [plan.cut_village(), plan.cut_town()];
    let linked = cut.into_iter().filter(linked);
    linked.map(|seat| Gap::StillLinked { unit: plan.seats[seat].unit.name.clone() }).collect()
}

/// Entries that a node owes in both directions.
pub fn owed(status: &Value) -> u64 {
    count(&status["parent"]["owed"])
        + items(&status["children"]).map(|child| count(&child["owed"])).sum::<u64>()
}

/// Of a scope in which nothing was written there is none.
fn digest<'a>(status: &'a Value, scope: &str) -> Option<&'a str> {
    items(&status["scopes"]).find(|row| row["scope"] == scope)?["digest"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::plan::Folder;
    use super::*;

    fn plan() -> Plan {
        Plan::read(None, &Folder::open(None).unwrap(), 1, 1).unwrap()
    }

    fn status(digest: &str, link: &str, owed: u64) -> Value {
        json!({
            "guides": 2, "cases": 1, "behind": 0, "parent": { "state": link, "owed": owed }, "children": [],
            "scopes": [{ "scope": "directory", "digest": digest }],
        })
    }

    #[test]
    fn equal_digests_and_nothing_owed_is_agreement() {
        let plan = plan();
        let all = |village: Value| [status("a", "", 0), status("a", "up", 0), village];
        assert_eq!(gaps(&plan, &all(status("a", "up", 0)), &[1, 1, 1], 2), []);
        let unit = plan.seats[2].unit.name.clone();
        for (village, gap) in [
            (status("b", "up", 0), Gap::Differs { unit: unit.clone(), scope: "directory".to_owned() }),
            (status("a", "up", 3), Gap::Owed { unit: unit.clone(), entries: 3 }),
            (status("a", "waiting", 0), Gap::NotLinked { unit: unit.clone() }),
        ] {
            assert_eq!(gaps(&plan, &all(village), &[], 2), [gap]);
        }
        let cases = gaps(&plan, &all(status("a", "up", 0)), &[1, 1, 4], 2);
        assert_eq!(cases, [Gap::Cases { unit, has: 1, wanted: 4 }]);
    }

    #[test]
    fn a_line_is_cut_when_both_ends_say_so() {
        let plan = plan();
        let mut statuses = [status("a", "", 0), status("a", "paused", 0), status("a", "paused", 0)];
        assert_eq!(still_linked(&plan, &statuses), []);
        statuses[0]["children"] = json!([{ "unit": plan.seats[1].unit.code, "state": "up" }]);
        let unit = plan.seats[1].unit.name.clone();
        assert_eq!(still_linked(&plan, &statuses), [Gap::StillLinked { unit }]);
    }
}
