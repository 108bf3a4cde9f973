//! The table of an enquiry's steps (DOMAIN §5): from where, by whom, with what, to where.
//!
//! Knows no event and no order; `docs/DOMAIN.md` §5 is this table in words.

use super::Course;
use super::word::{Known, State};
use crate::case::Role::{self, *};
use crate::desk::Start::{Any, Nothing, States};
use crate::desk::Whose::{Anybody, Holder};
use crate::desk::{CARD, CARD_REASON, Line, Need, STANDS, Start, To, Whose};
use Need::{Level, Text, Unit};
use State::*;

/// The unit that it is handed on to.
pub const UNIT: &str = "unit";
/// The person, by login name; blank for whoever takes it there.
pub const TO: &str = "to";
pub const TEXT: &str = "text";
/// A rating, 1 to 5.
pub const LEVEL: &str = "level";

/// Whoever can be asked: somebody who works here, and a terminal for the public.
const ASKED: &[Role] = Role::ALL;
/// The public is the last of the roles.
const STAFF: &[Role] = match Role::ALL.split_last() {
    Some((_, staff)) => staff,
    None => &[],
};

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
    step("Q1", Known::Register, Nothing, To::State(Open), Anybody, ASKED, &[]),
    step("Q2", Known::HandOn, States(&[Open, HandedOn]), To::State(HandedOn), Holder, STAFF, &[Unit(UNIT)]),
    step("Q3", Known::Take, States(&[HandedOn]), To::State(Open), Anybody, STAFF, &[]),
    step("Q4", Known::Answer, States(&[Open, HandedOn]), To::State(Answered), Holder, STAFF, &[Text(TEXT)]),
    step("Q5", Known::Rate, States(&[Answered]), To::Once, Anybody, &[Public, Agent, Caller], &[Level(LEVEL)]),
    step("Q6", Known::Note, Any, To::Beside, Anybody, STAFF, &[Text(TEXT)]),
    step("Q7", Known::Settle, Any, To::Once, Holder, STAFF, &[Text(STANDS)]),
    step("Q8", Known::ConfirmCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD)]),
    step("Q9", Known::AppealCard, Any, To::Beside, Anybody, STAFF, &[Text(CARD), Text(CARD_REASON)]),
    step("Q10", Known::WithdrawCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD), Text(CARD_REASON)]),
    step("Q11", Known::ExemptCard, Any, To::Beside, Anybody, &[Supervisor], &[Text(CARD), Text(CARD_REASON)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_line_in_order_and_every_state_a_way_in() {
        let actions: Vec<Known> = RULES.iter().map(|rule| rule.action).collect();
        assert_eq!(actions, Known::ALL);
        assert!(RULES.iter().zip(1..).all(|(rule, n)| rule.code == format!("Q{n}")));
        for state in State::ALL {
            assert!(RULES.iter().any(|rule| rule.to == To::State(*state)), "{state}");
        }
        assert!(!STAFF.contains(&Public) && STAFF.len() + 1 == ASKED.len());
    }
}
