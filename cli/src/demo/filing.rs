//! Cases filed at the villages while lines are cut, and where they are found afterwards.
//!
//! A case counts from the moment at which its village answered that it is saved.

use std::collections::{BTreeMap, BTreeSet};

use sanji_node::command::Command;
use sanji_node::page::every_row;
use serde_json::Value;

use super::applicant::applicant;
use super::county::{County, in_parallel};
use super::guides::{self, Filable};
use super::plan::Plan;
use super::trouble::Gap;
use crate::failure::Failure;
use crate::words::items;

/// Materials handed in, of those that the guide asks for.
const MATERIALS_MAX: usize = 3;
/// Every so many cases the agent adds a note.
const NOTE_EVERY: u64 = 5;

/// A case that a village answered as saved.
pub struct Saved {
    pub number: String,
    pub seat: usize,
    withdrawn: bool,
}

pub struct Filed {
    saved: Vec<Saved>,
}

/// Files `cases` cases, spread over all villages, at all villages at once. The last one is withdrawn again.
pub fn file(county: &County<'_>, cases: u32) -> Result<Filed, Failure> {
    let guides = guides::filable(county)?;
    let villages: Vec<usize> = county.plan().villages().collect();
    let mut work: Vec<(usize, Vec<u64>)> = villages.iter().map(|seat| (*seat, Vec::new())).collect();
    for n in 0..u64::from(cases) {
        let village = usize::try_from(n).unwrap_or(0) % villages.len();
        work[village].1.push(n);
    }
    let last = u64::from(cases) - 1;
    let saved = in_parallel(&work, |(seat, numbers)| {
        let file_one = |n: &u64| {
            let guide = &guides[usize::try_from(*n).unwrap_or(0) % guides.len()];
            file_one(county, *seat, guide, *n, *n == last)
        };
        numbers.iter().map(file_one).collect::<Result<Vec<_>, Failure>>()
    })?;
    Ok(Filed { saved: saved.into_iter().flatten().collect() })
}

fn file_one(
    county: &County<'_>,
    seat: usize,
    guide: &Filable,
    n: u64,
    withdrawn: bool,
) -> Result<Saved, Failure> {
    let applicant = applicant(county.plan().seats[county.root()].unit.code.as_str(), n);
    let said = county.ask(
        seat,
        Command::CaseRegister {
            guide: guide.id.clone(),
            applicant: applicant.name,
            id_number: applicant.id_number,
            fields: BTreeMap::new(),
            user: None,
        },
    )?;
    let number = said["number"].as_str().unwrap_or_default().to_owned();
    let materials = guide.materials.iter().take(MATERIALS_MAX).cloned().collect::<Vec<_>>().join(";");
    let materials = Some(materials).filter(|names| !names.is_empty()).map(|names| ("materials", names));
    act(county, seat, &number, "receive", materials)?;
    if n.is_multiple_of(NOTE_EVERY) {
        act(county, seat, &number, "note", Some(("text", "演示：材料已当面核对".to_owned())))?;
    }
    if withdrawn {
        withdraw(county, seat, &number)?;
    }
    Ok(Saved { number, seat, withdrawn })
}

/// The applicant withdraws at the window of `seat`.
pub fn withdraw(county: &County<'_>, seat: usize, number: &str) -> Result<(), Failure> {
    act(county, seat, number, "withdraw", Some(("reason", "演示：申请人撤回".to_owned())))
}

/// The state in which a node has a case, as its word.
pub fn state_at(county: &County<'_>, seat: usize, number: &str) -> Result<String, Failure> {
    let shown = county.ask(seat, Command::CaseShow { number: number.to_owned() })?;
    Ok(shown["state"].as_str().unwrap_or_default().to_owned())
}

fn act(
    county: &County<'_>,
    seat: usize,
    number: &str,
    action: &str,
    field: Option<(&str, String)>,
) -> Result<(), Failure> {
    let fields = field.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    county.ask(
        seat,
        Command::CaseAct { number: number.to_owned(), action: action.to_owned(), fields, user: None },
    )?;
    Ok(())
}

impl Filed {
    pub fn count(&self) -> u64 {
        self.count_where(|_| true)
    }

    /// Cases of the villages that `wanted` names.
    pub fn count_where(&self, wanted: impl Fn(usize) -> bool) -> u64 {
        self.saved.iter().filter(|case| wanted(case.seat)).count() as u64
    }

    /// What a seat holds once everything arrived.
    pub fn held(&self, plan: &Plan, seat: usize) -> u64 {
        self.count_where(|village| plan.is_within(village, seat))
    }

    /// What a seat holds while the lines are cut: a town below a cut line gets its villages' cases, the county does not.
    pub fn held_while_cut(&self, plan: &Plan, seat: usize) -> u64 {
        let arrives = |village: usize| match plan.seats[seat].parent {
            None => !plan.is_cut_off(village),
            Some(_) => village == seat || village != plan.cut_village(),
        };
        self.count_where(|village| plan.is_within(village, seat) && arrives(village))
    }

    /// A case that the county can answer: the first one that is still open.
    pub fn answerable(&self) -> Option<&Saved> {
        self.saved.iter().find(|case| !case.withdrawn)
    }

    /// Cases that were answered as saved and are not at the county; what is missing at villages and towns is told too.
    pub fn lost(&self, county: &County<'_>, gaps: &mut Vec<Gap>) -> Result<u64, Failure> {
        let plan = county.plan();
        let mut lost = 0;
        for seat in plan.seats_in_order() {
            let listed = every_row(|after| county.ask(seat, Command::cases(after)))?;
            let there: BTreeSet<&str> =
                items(&listed).filter_map(|row: &Value| row["number"].as_str()).collect();
            let here = self.saved.iter().filter(|case| plan.is_within(case.seat, seat));
            let cases = here.filter(|case| !there.contains(case.number.as_str())).count();
            if cases > 0 {
                gaps.push(Gap::Lost { unit: plan.seats[seat].unit.name.clone(), cases });
            }
            if seat == county.root() {
                lost = cases as u64;
            }
        }
        Ok(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Folder;
    use super::*;

    #[test]
    fn a_cut_keeps_cases_from_the_units_behind_it_only() {
        let plan = Plan::read(None, &Folder::open(None).unwrap(), 3, 2).unwrap();
        let saved =
            plan.villages().map(|seat| Saved { number: seat.to_string(), seat, withdrawn: seat == 4 });
        let filed = Filed { saved: saved.collect() };
        // The county, three towns, six villages; village 4 and town 3 are cut off.
        let cut: Vec<u64> = plan.seats_in_order().map(|seat| filed.held_while_cut(&plan, seat)).collect();
        assert_eq!(cut, [3, 1, 2, 2, 1, 1, 1, 1, 1, 1]);
        let all: Vec<u64> = plan.seats_in_order().map(|seat| filed.held(&plan, seat)).collect();
        assert_eq!(all, [6, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
        assert_eq!(filed.answerable().map(|case| case.seat), Some(5));
    }
}
