//! Rules over limits, steps and dates. Knows no calendar.

use super::{Facts, Fault};
use crate::case::{CaseType, Role};
use crate::guide::{Guide, Limit, Step, Unit};

pub(super) fn spot_days(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let promised = guide.time_limit.given().and_then(|limits| limits.promised);
    match promised {
        Some(limit)
            if guide.case_type == Some(CaseType::OnTheSpot)
                && limit.number.tenths() > 0
                && limit.unit != Unit::Hour =>
        {
            vec![Fault::of(limit.to_string())]
        }
        Some(_) | None => Vec::new(),
    }
}

pub(super) fn promise_longer(guide: &Guide, _: &Facts) -> Vec<Fault> {
    compare(guide, |promised, statutory| {
        promised.unit == statutory.unit && promised.number > statutory.number
    })
}

pub(super) fn limit_units(guide: &Guide, _: &Facts) -> Vec<Fault> {
    compare(guide, |promised, statutory| promised.unit != statutory.unit && days(promised) > days(statutory))
}

fn compare(guide: &Guide, is_wrong: impl Fn(&Limit, &Limit) -> bool) -> Vec<Fault> {
    let limits = guide.time_limit.given().and_then(|limits| limits.promised.zip(limits.statutory));
    match limits {
        Some((promised, statutory)) if is_wrong(&promised, &statutory) => {
            vec![Fault::of(format!("{promised} > {statutory}"))]
        }
        Some(_) | None => Vec::new(),
    }
}

/// In hundredths of a calendar day, a working week for seven days and a month for thirty: to compare, not to count.
fn days(limit: &Limit) -> u64 {
    let tenths = u64::from(limit.number.tenths());
    match limit.unit {
        Unit::WorkingDay => tenths * 14,
        Unit::Day => tenths * 10,
        Unit::Month => tenths * 300,
        Unit::Hour => tenths * 10 / 24,
    }
}

/// The stages that the statute keeps apart. On the spot one person does them all.
const STAGES: [(&str, Role, &[&str]); 3] = [
    ("受理 / acceptance", Role::Clerk, &["受理", "登记"]),
    (
        "审核 / review",
        Role::Reviewer,
        &["审核", "审查", "核查", "核对", "核定", "审批", "评审", "评议", "复核"],
    ),
    ("决定 / decision", Role::Decider, &["决定", "办结", "审批", "签发", "批准", "审定"]),
];

pub(super) fn step_missing(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let Some(steps) = guide.procedure.given() else { return Vec::new() };
    if guide.case_type == Some(CaseType::OnTheSpot) {
        return Vec::new();
    }
    let has = |role: Role, words: &[&str]| {
        steps.iter().any(|step| step.role == Some(role) || words.iter().any(|word| step.name.contains(word)))
    };
    STAGES.iter().filter(|(_, role, words)| !has(*role, words)).map(|(name, ..)| Fault::of(*name)).collect()
}

/// Of several ways each by itself. Where some steps say nothing of days the others must not be over the promise.
pub(super) fn step_days(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let promised = guide.time_limit.given().and_then(|limits| limits.promised);
    let Some(promised) = promised.filter(|limit| limit.unit == Unit::WorkingDay) else { return Vec::new() };
    let steps = guide.procedure.given().map(Vec::as_slice).unwrap_or_default();
    let mut ways: Vec<Option<&str>> = steps.iter().map(|step| step.way.as_deref()).collect();
    ways.sort();
    ways.dedup();
    ways.into_iter()
        .filter_map(|way| {
            let of = || steps.iter().filter(|step| step.way.as_deref() == way);
            let said: Vec<u32> = of().filter_map(|step: &Step| Some(step.working_days?.tenths())).collect();
            let (sum, all) = (said.iter().sum::<u32>(), said.len() == of().count());
            let wrong = if all { sum != promised.number.tenths() } else { sum > promised.number.tenths() };
            (wrong && !said.is_empty()).then(|| Fault::of(format!("{}.{} ≠ {promised}", sum / 10, sum % 10)))
        })
        .collect()
}

pub(super) fn effective_early(guide: &Guide, _: &Facts) -> Vec<Fault> {
    match (guide.published_on.given(), guide.effective_on.given()) {
        (Some(published), Some(effective)) if effective < published => {
            vec![Fault::of(format!("{effective} < {published}"))]
        }
        (_, _) => Vec::new(),
    }
}

pub(super) fn cancels_early(guide: &Guide, _: &Facts) -> Vec<Fault> {
    match (guide.effective_on.given(), guide.cancels_on) {
        (Some(effective), Some(cancels)) if cancels <= *effective => {
            vec![Fault::of(format!("{cancels} ≤ {effective}"))]
        }
        (_, _) => Vec::new(),
    }
}
