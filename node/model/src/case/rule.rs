//! The table of transitions (DOMAIN §3.2): from where, by whom, to where.
//!
//! Knows no event and no order; `fold` applies it to what happened, `decide` to what somebody wants to do.

use super::action::Known;
use super::role::Role;
use super::state::State;

/// One transition. Its number `t` is what a refusal names.
#[derive(PartialEq, Eq, Debug)]
pub struct Rule {
    pub t: u8,
    pub action: Known,
    pub from: Start,
    pub to: To,
    pub roles: &'static [Role],
}

/// The states an action is possible from.
#[derive(PartialEq, Eq, Debug)]
pub enum Start {
    /// There is no case yet.
    Nothing,
    States(&'static [State]),
    Any,
}

/// What an action makes of the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    State(State),
    /// The state stays.
    Same,
    /// A request that the holder of the case has to confirm.
    Request,
    /// This version knows the word but not yet its effect: such events are kept and not counted.
    NotBuilt,
}

impl Rule {
    /// Whether this version knows its effect.
    pub fn is_built(&self) -> bool {
        self.to != To::NotBuilt
    }

    /// Whether it can be applied in `state`; none is a case that is not registered.
    pub fn is_possible(&self, state: Option<State>) -> bool {
        match (&self.from, state) {
            (Start::Nothing, None) | (Start::Any, Some(_)) => true,
            (Start::States(states), Some(state)) => states.contains(&state),
            (Start::Nothing, Some(_)) | (Start::Any | Start::States(_), None) => false,
        }
    }
}

/// The rules of an action; every action has one at least.
pub fn of(action: Known) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.action == action)
}

/// The rule that applies in `state`, or the first of the action's rules, which `state` breaks.
pub fn apply(action: Known, state: Option<State>) -> Result<&'static Rule, &'static Rule> {
    match of(action).find(|rule| rule.is_possible(state)) {
        Some(rule) => Ok(rule),
        None => Err(of(action).next().expect("every action has a rule")),
    }
}

/// Whether two concurrent actions cannot both stand (DOMAIN §3.3). Two of the same kind agree.
pub fn excludes(a: Known, b: Known) -> bool {
    matches!((a, b), (Known::Receive, Known::Withdraw) | (Known::Withdraw, Known::Receive))
}

use Role::*;
use Start::{Any, Nothing, States};
use State::*;

/// People at counters, behind them and above them; not the public, not editors.
const STAFF: &[Role] = &[Agent, Clerk, Handler, Reviewer, Decider, Issuer, Archivist, Supervisor];

const fn rule(t: u8, action: Known, from: Start, to: To, roles: &'static [Role]) -> Rule {
    Rule { t, action, from, to, roles }
}

#[rustfmt::skip]
static RULES: &[Rule] = &[
    rule(1, Known::Register, Nothing, To::State(Registered), &[Agent, Clerk, Public]),
    rule(2, Known::Receive, States(&[Registered]), To::State(Received), &[Agent, Clerk]),
    rule(3, Known::HandOver, States(&[Received]), To::NotBuilt, &[Agent, Clerk]),
    rule(4, Known::AskCorrection, States(&[Received]), To::NotBuilt, &[Clerk, Agent]),
    rule(5, Known::Correct, States(&[AwaitingCorrection]), To::NotBuilt, &[Agent, Clerk, Public]),
    rule(6, Known::Return, States(&[AwaitingCorrection]), To::NotBuilt, &[Clerk]),
    rule(7, Known::Refuse, States(&[Received]), To::NotBuilt, &[Clerk]),
    rule(8, Known::Accept, States(&[Received]), To::NotBuilt, &[Clerk]),
    rule(9, Known::AcceptOmissions, States(&[Received]), To::NotBuilt, &[Clerk]),
    rule(10, Known::AcceptCommitment, States(&[Received]), To::NotBuilt, &[Clerk]),
    rule(12, Known::Handle, States(&[Accepted]), To::NotBuilt, &[Handler]),
    rule(13, Known::Review, States(&[InReview]), To::NotBuilt, &[Reviewer]),
    rule(13, Known::SendBack, States(&[InReview]), To::NotBuilt, &[Reviewer]),
    rule(14, Known::StartSpecial, States(&[Accepted, InReview]), To::NotBuilt, &[Handler]),
    rule(15, Known::EndSpecial, States(&[SpecialProcedure]), To::NotBuilt, &[Handler]),
    rule(16, Known::Decide, States(&[InReview]), To::NotBuilt, &[Decider]),
    rule(17, Known::Return, States(&[Accepted, InReview]), To::NotBuilt, &[Handler]),
    rule(18, Known::Conclude, States(&[Decided]), To::NotBuilt, &[Decider, Issuer]),
    rule(19, Known::Issue, States(&[Concluded]), To::NotBuilt, &[Issuer]),
    rule(20, Known::Deliver, States(&[Ready]), To::NotBuilt, &[Issuer, Agent]),
    rule(21, Known::Archive, States(&[Delivered, Refused, Returned, Withdrawn, Forwarded]), To::NotBuilt, &[Archivist]),
    rule(22, Known::Withdraw, States(&[Registered, Received, AwaitingCorrection]), To::State(Withdrawn), &[Agent, Clerk, Public]),
    rule(22, Known::Withdraw, States(&[Accepted, InReview, SpecialProcedure]), To::Request, &[Agent, Clerk, Public]),
    rule(23, Known::Void, States(&[Registered, Received, AwaitingCorrection]), To::NotBuilt, &[Supervisor]),
    rule(24, Known::Forward, States(&[Received, Accepted]), To::NotBuilt, &[Clerk]),
    rule(25, Known::OnTheSpot, States(&[Received]), To::NotBuilt, &[Clerk]),
    rule(26, Known::Note, Any, To::Same, STAFF),
    rule(26, Known::Check, Any, To::Same, STAFF),
    rule(27, Known::Rate, States(&[Concluded, Ready, Delivered, Archived, Refused, Returned, Withdrawn]), To::NotBuilt, &[Public, Agent]),
    rule(28, Known::Redo, States(&[Refused, Decided, Concluded]), To::NotBuilt, &[Supervisor]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_rule_and_somebody_to_do_it() {
        for action in Known::ALL {
            assert!(of(*action).count() > 0, "{action}");
            assert!(of(*action).all(|rule| !rule.roles.is_empty()), "{action}");
        }
    }

    #[test]
    fn a_withdrawal_ends_the_case_until_it_is_accepted_and_then_only_asks() {
        let target = |state| apply(Known::Withdraw, Some(state)).map(|rule| rule.to).map_err(|rule| rule.t);
        for state in State::ALL {
            let expected = match state.number() {
                10 | 20 | 30 => Ok(To::State(Withdrawn)),
                40 | 50 | 60 => Ok(To::Request),
                _ => Err(22),
            };
            assert_eq!(target(*state), expected, "{state}");
        }
    }

    #[test]
    fn only_registration_makes_a_case() {
        for action in Known::ALL {
            assert_eq!(apply(*action, None).is_ok(), *action == Known::Register, "{action}");
        }
        assert_eq!(apply(Known::Register, Some(Registered)).unwrap_err().t, 1);
    }
}
