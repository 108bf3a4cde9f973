//! The table of a complaint's steps (DOMAIN §5): from where, by whom, with what, to where.
//!
//! Knows no event and no order; `docs/DOMAIN.md` §5 is this table in words.

use super::word::{Known, State};
use crate::case::Role::{self, *};
use crate::desk::Start::{Any, Nothing, States};
use crate::desk::Whose::{Anybody, County, Holder};
use crate::desk::{CARD, CARD_REASON, Line, Need, STANDS, Start, To, Whose};
use Need::{Days, Level, Text, Unit, YesNo};
use State::*;

use super::Course;

/// The fields that steps bring.
pub const REASON: &str = "reason";
/// Where somebody whose complaint was refused can go.
pub const WHERE: &str = "where";
pub const UNIT: &str = "unit";
/// Approved working days of an extension.
pub const DAYS: &str = "days";
pub const TEXT: &str = "text";
pub const SATISFIED: &str = "satisfied";
/// A rating, 1 to 5.
pub const LEVEL: &str = "level";

/// People at counters who can be given a complaint.
const DESK: &[Role] = &[Agent, Clerk, Handler, ComplaintsOfficer];
const OFFICER: &[Role] = &[ComplaintsOfficer];
const STAFF: &[Role] =
    &[Agent, Clerk, Handler, Reviewer, Decider, Issuer, Archivist, Supervisor, ComplaintsOfficer, Caller];
const OPEN: Start<State> =
    States(&[Registered, Accepted, Dispatched, State::Returned, Signed, Handling, Replied]);
const ENDED: Start<State> = States(&[Closed, CalledBack, Archived]);

type Step = Line<Course>;

const fn step(
    code: &'static str,
    action: Known,
    from: Start<State>,
    to: To<State>,
    whose: Whose,
    roles: &'static [Role],
    needs: &'static [Need],
) -> Step {
    Step { code, action, from, to, roles, whose, needs }
}

#[rustfmt::skip]
pub(super) static RULES: &[Step] = &[
    step("C1", Known::Register, Nothing, To::State(Registered), Anybody, &[Agent, Clerk, ComplaintsOfficer, Public], &[]),
    step("C2", Known::Accept, States(&[Registered]), To::State(Accepted), Anybody, OFFICER, &[]),
    step("C3", Known::Refuse, States(&[Registered]), To::State(Refused), Anybody, OFFICER, &[Text(REASON), Text(WHERE)]),
    step("C4", Known::Dispatch, States(&[Accepted, State::Returned]), To::State(Dispatched), Anybody, OFFICER, &[Unit(UNIT)]),
    step("C5", Known::Sign, States(&[Dispatched]), To::State(Signed), Holder, DESK, &[]),
    step("C6", Known::Return, States(&[Dispatched]), To::State(State::Returned), Holder, DESK, &[Text(REASON)]),
    step("C7", Known::Assign, States(&[State::Returned]), To::State(Dispatched), County, OFFICER, &[Unit(UNIT)]),
    step("C8", Known::Handle, States(&[Signed]), To::State(Handling), Holder, DESK, &[]),
    step("C9", Known::Extend, States(&[Signed, Handling]), To::Once, Anybody, &[ComplaintsOfficer, Supervisor], &[Days(DAYS), Text(REASON)]),
    step("C10", Known::Reply, States(&[Handling]), To::State(Replied), Holder, DESK, &[Text(TEXT)]),
    step("C11", Known::Urge, OPEN, To::Beside, Anybody, &[Supervisor, ComplaintsOfficer], &[Text(TEXT)]),
    step("C12", Known::Close, States(&[Replied]), To::State(Closed), Holder, OFFICER, &[]),
    step("C13", Known::CallBack, States(&[Closed]), To::State(CalledBack), Anybody, &[Caller], &[YesNo(SATISFIED)]),
    step("C14", Known::Reopen, States(&[CalledBack]), To::State(Accepted), Anybody, &[ComplaintsOfficer, Supervisor], &[Text(REASON)]),
    step("C15", Known::Rate, ENDED, To::Once, Anybody, &[Public, Agent, Caller], &[Level(LEVEL)]),
    step("C16", Known::Archive, States(&[CalledBack, Refused]), To::State(Archived), Anybody, &[Archivist], &[]),
    step("C17", Known::Note, Any, To::Beside, Anybody, STAFF, &[Text(TEXT)]),
    step("C18", Known::Settle, Any, To::Once, Holder, &[Clerk, Agent, Handler, ComplaintsOfficer, Supervisor], &[Text(STANDS)]),
    step("C19", Known::ConfirmCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD)]),
    step("C20", Known::AppealCard, Any, To::Beside, Anybody, STAFF, &[Text(CARD), Text(CARD_REASON)]),
    step("C21", Known::WithdrawCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD), Text(CARD_REASON)]),
    step("C22", Known::ExemptCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD), Text(CARD_REASON)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_line_in_order_and_every_state_a_way_in() {
        let actions: Vec<Known> = RULES.iter().map(|rule| rule.action).collect();
        assert_eq!(actions, Known::ALL);
        for (n, rule) in RULES.iter().enumerate() {
            assert_eq!(rule.code, format!("C{}", n + 1));
            assert!(!rule.roles.is_empty(), "{}", rule.code);
        }
        for state in State::ALL {
            assert!(RULES.iter().any(|rule| rule.to == To::State(*state)), "{state}");
            assert_eq!(is_in(&OPEN, *state), state.is_open(), "{state}");
        }
    }

    fn is_in(start: &Start<State>, state: State) -> bool {
        match start {
            States(states) => states.contains(&state),
            Nothing | Any => false,
        }
    }
}
