//! How a case ended, as `up_pro_result` says it: none while it has not.
//!
//! Result codes of DOMAIN §7: 0 certificate issued, 1 returned, 2 voided, 3 deleted, 4 forwarded, 5 not corrected,
//! 6 concluded.

use sanji_sync::Time;

use super::moment;
use super::step::{Step, explanation, said};
use crate::case::action::Known;
use crate::case::{Case, State};

/// The field of a conclusion, an issue or what is done on the spot that is the number of the certificate.
const CERTIFICATE: &str = "certificate";

/// What stands in the columns, once the case has ended or is concluded.
pub fn cells(case: &Case, steps: &[Step]) -> Option<Vec<String>> {
    if !is_over(case.state()) {
        return None;
    }
    let course = &case.folded.course;
    let ending = steps.iter().rev().find(|step| ends(step.action));
    // Nobody did it: what was left out did not come in time (T17).
    let by_time = case.folded.computed.iter().any(|by_time| by_time.t == 17);
    let (code, at, explained) = match ending {
        Some(step) if !by_time => (code(case, step), step.at, explained(steps, step)),
        Some(_) | None => (1, course.ended_at.unwrap_or(Time(0)), "容缺材料逾期未补交".to_owned()),
    };
    let numbers = steps.iter().rev().map(|step| said(step.event, CERTIFICATE));
    let number = numbers.into_iter().find(|number| !number.is_empty()).unwrap_or_default();
    Some(vec![code.to_string(), moment(at), explained, number.to_owned()])
}

fn code(case: &Case, ending: &Step) -> u8 {
    let course = &case.folded.course;
    let concluded = || course.result_code.unwrap_or(6);
    if ending.action == Known::Return && course.acceptance.is_none() {
        5
    } else if matches!(ending.action, Known::Conclude | Known::OnTheSpot) {
        concluded()
    } else if ending.action == Known::Void {
        2
    } else if ending.action == Known::Forward {
        4
    } else {
        1
    }
}

/// What the decision said, else the reason of the end.
fn explained(steps: &[Step], ending: &Step) -> String {
    let decision = steps.iter().rev().find(|step| step.action == Known::Decide);
    match decision.filter(|_| ending.action == Known::Conclude) {
        Some(decision) => explanation(decision),
        None => explanation(ending),
    }
}

/// Whether an action may be the one that ended a case. Some of them only ask for it, and are then followed by another.
fn ends(action: Known) -> bool {
    use Known::*;
    matches!(action, Refuse | Return | Withdraw | ConfirmWithdrawal | Void | Forward | Conclude | OnTheSpot)
}

/// Whether there is a result: from the conclusion on, and at every other end.
fn is_over(state: State) -> bool {
    state.is_end() || matches!(state, State::Concluded | State::Ready)
}
