//! The table of transitions (DOMAIN §3.2): from where, by whom, at which units, on what conditions, to where.
//!
//! Knows no event and no order; `guard` says what each condition asks, `fold` applies the table to what happened,
//! `decide` to what somebody wants to do.

use std::sync::LazyLock;

use super::action::Known;
use super::guard::Guard;
use super::role::Role;
use super::state::State;
use crate::list::ListKind;

/// One transition. Its number `t` is what a refusal names.
#[derive(PartialEq, Eq, Debug)]
pub struct Rule {
    pub t: u8,
    pub action: Known,
    pub from: Start,
    pub to: To,
    pub roles: &'static [Role],
    pub place: Place,
    pub guards: &'static [Guard],
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
    /// One of the two signatures that move custody (T3) or void the case (T23).
    Signature,
}

/// The units that are competent. That a unit stands at or above the case's own is the log's matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Anywhere,
    /// Anywhere; for another unit than the one that registers only above the villages, where cases are forwarded (T24).
    Registering,
    /// The unit that holds the case.
    Holder,
    /// The holder; elsewhere an agent, with what is the applicant's: how to reach them, further materials (T26).
    HolderOrAgent,
    /// Any but the holder.
    NotHolder,
    /// The authority, or a unit that is entrusted ([`super::Terms::accepts`]).
    Accepting,
    /// The authority itself: as above and no village.
    Authority,
    /// Where the item is handled ([`super::Terms::decides`]).
    Deciding,
    NotVillage,
    County,
}

impl Place {
    /// Whether the unit that acts takes the case over: what is worked on is where it is worked on.
    pub fn takes_custody(self) -> bool {
        match self {
            Place::Accepting | Place::Authority | Place::Deciding => true,
            Place::Anywhere
            | Place::Registering
            | Place::Holder
            | Place::HolderOrAgent
            | Place::NotHolder
            | Place::NotVillage
            | Place::County => false,
        }
    }
}

impl Rule {
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

/// Whether two concurrent actions cannot both stand (DOMAIN §3.3): from some state both are possible, and after one of
/// them the other is not. Two of the same kind agree.
pub fn excludes(a: Known, b: Known) -> bool {
    static PAIRS: LazyLock<Vec<bool>> = LazyLock::new(|| {
        let pairs = Known::ALL.iter().flat_map(|a| Known::ALL.iter().map(|b| exclusive(*a, *b)));
        pairs.collect()
    });
    PAIRS[a as usize * Known::ALL.len() + b as usize]
}

fn exclusive(a: Known, b: Known) -> bool {
    let after = |action, state| match apply(action, Some(state)).ok()?.to {
        To::State(next) => Some(next),
        To::Request => Some(state),
        To::Same | To::Signature => None,
    };
    let cannot = |action, state| apply(action, Some(state)).is_err();
    a != b
        && State::ALL.iter().any(|state| match (after(a, *state), after(b, *state)) {
            (Some(after_a), Some(after_b)) => cannot(b, after_a) || cannot(a, after_b),
            (None, _) | (_, None) => false,
        })
}

/// Whether `a` goes before `b` wherever they come from: an issued decision beats a withdrawal, an acceptance a refusal
/// (DOMAIN §3.3).
pub fn beats(a: Known, b: Known) -> bool {
    use Known::*;
    matches!(
        (a, b),
        (Decide, Withdraw | ConfirmWithdrawal)
            | (Accept | AcceptOmissions | AcceptCommitment | OnTheSpot, Refuse)
    )
}

use Place::{
    Accepting, Anywhere, Authority, County, Deciding, Holder, HolderOrAgent, NotHolder, NotVillage,
    Registering,
};
use Role::*;
use Start::{Any, Nothing, States};
use State::*;
use To::{Request, Same, Signature};

/// People at counters, behind them and above them; not the public, not editors.
const STAFF: &[Role] = &[Agent, Clerk, Handler, Reviewer, Decider, Issuer, Archivist, Supervisor];
/// Who looks after ratings.
const RATINGS: &[Role] = &[Supervisor, ComplaintsOfficer];
/// Until work on it is over.
const OPEN: &[State] = &[
    Registered,
    Received,
    AwaitingCorrection,
    Accepted,
    InReview,
    SpecialProcedure,
    Decided,
    Concluded,
    Ready,
];
const RATED: &[State] = &[Concluded, Ready, Delivered, Archived, Refused, Returned, Withdrawn];

macro_rules! table {
    ($($t:literal $action:ident: $from:expr => $to:expr, $roles:expr, $place:ident $(, $guard:expr)*;)+) => {
        &[$(Rule { t: $t, action: Known::$action, from: $from, to: $to, roles: $roles, place: $place, guards: &[$($guard),*] }),+]
    };
}

#[rustfmt::skip]
static RULES: &[Rule] = table! {
    1 Register: Nothing => To::State(Registered), &[Agent, Clerk, Public], Registering;
    2 Receive: States(&[Registered]) => To::State(Received), &[Agent, Clerk], Anywhere, Guard::AnyMaterial;
    3 HandOver: States(&[Received]) => Signature, &[Agent, Clerk], Holder, Guard::HandTo;
    3 TakeOver: States(&[Received]) => Signature, &[Agent, Clerk], NotHolder, Guard::Handed;
    4 AskCorrection: States(&[Received]) => To::State(AwaitingCorrection), &[Clerk, Agent], Accepting, Guard::Text("items"), Guard::FirstNotice;
    5 Correct: States(&[AwaitingCorrection]) => To::State(Received), &[Agent, Clerk, Public], Anywhere, Guard::Answered;
    6 Return: States(&[AwaitingCorrection]) => To::State(Returned), &[Clerk], Accepting, Guard::CorrectionOverdue;
    7 Refuse: States(&[Received]) => To::State(Refused), &[Clerk], Authority, Guard::Text("reason"), Guard::Text("basis"), Guard::Text("competent");
    8 Accept: States(&[Received]) => To::State(Accepted), &[Clerk, Agent], Accepting, Guard::Complete;
    9 AcceptOmissions: States(&[Received]) => To::State(Accepted), &[Clerk, Agent], Accepting, Guard::Listed(ListKind::Tolerance), Guard::OnlyOmissible, Guard::Text("promise");
    10 AcceptCommitment: States(&[Received]) => To::State(Accepted), &[Clerk, Agent], Accepting, Guard::Listed(ListKind::Commitment), Guard::Text("letter");
    12 Handle: States(&[Accepted]) => To::State(InReview), &[Handler], Deciding, Guard::Not(Stage::Receipt);
    13 Review: States(&[InReview]) => To::State(InReview), &[Reviewer], Deciding, Guard::Not(Stage::Receipt), Guard::Not(Stage::Acceptance), Guard::Not(Stage::Handling);
    13 SendBack: States(&[InReview]) => To::State(InReview), &[Reviewer], Deciding, Guard::Not(Stage::Receipt), Guard::Not(Stage::Acceptance), Guard::Not(Stage::Handling), Guard::Text("reason");
    14 StartSpecial: States(&[Accepted, InReview]) => To::State(SpecialProcedure), &[Handler], Deciding, Guard::Special, Guard::Text("reason"), Guard::Approver;
    15 EndSpecial: States(&[SpecialProcedure]) => To::State(InReview), &[Handler], Deciding, Guard::Text("result");
    16 Decide: States(&[InReview]) => To::State(Decided), &[Decider], Deciding, Guard::Outcome, Guard::Signed, Guard::Not(Stage::Receipt), Guard::Not(Stage::Acceptance), Guard::Not(Stage::Review), Guard::Fulfilled;
    17 Return: States(&[Accepted, InReview]) => To::State(Returned), &[Handler], Deciding, Guard::OmissionOverdue;
    18 Conclude: States(&[Decided]) => To::State(Concluded), &[Decider, Issuer], Deciding, Guard::ResultCode;
    19 Issue: States(&[Concluded]) => To::State(Ready), &[Issuer], Deciding;
    20 Deliver: States(&[Ready]) => To::State(Delivered), &[Issuer, Agent], Anywhere, Guard::Text("taker"), Guard::Text("signature");
    21 Archive: States(&[Delivered, Refused, Returned, Withdrawn, Forwarded]) => To::State(Archived), &[Archivist], NotVillage, Guard::Papers;
    22 Withdraw: States(&[Registered, Received, AwaitingCorrection]) => To::State(Withdrawn), &[Agent, Clerk, Public], Anywhere;
    22 Withdraw: States(&[Accepted, InReview, SpecialProcedure]) => Request, &[Agent, Clerk, Public], Anywhere, Guard::NotRequested;
    22 ConfirmWithdrawal: States(&[Accepted, InReview, SpecialProcedure]) => To::State(Withdrawn), &[Clerk, Handler, Decider], Holder, Guard::Requested;
    22 DeclineWithdrawal: States(&[Accepted, InReview, SpecialProcedure]) => Same, &[Clerk, Handler, Decider], Holder, Guard::Requested, Guard::Text("reason");
    23 Void: States(&[Registered, Received, AwaitingCorrection]) => Signature, &[Supervisor, Agent, Clerk], Anywhere, Guard::Text("reason"), Guard::Registrar, Guard::NotBothSignatures;
    24 Forward: States(&[Received, Accepted]) => To::State(Forwarded), &[Clerk], NotVillage, Guard::ToAnother, Guard::Text("linked");
    25 OnTheSpot: States(&[Received]) => To::State(Delivered), &[Clerk, Agent], Accepting, Guard::OnTheSpotItem, Guard::Complete, Guard::Text("taker");
    26 Note: Any => Same, STAFF, HolderOrAgent, Guard::Says, Guard::MaterialsInTime;
    26 Supplement: States(OPEN) => Same, &[Agent, Clerk, Handler, Public], HolderOrAgent, Guard::AnyMaterial;
    26 Check: Any => Same, STAFF, Anywhere, Guard::Found;
    26 Print: Any => Same, STAFF, Anywhere, Guard::Text(super::paper::PAPER), Guard::Text(super::paper::DIGEST);
    26 Settle: Any => Same, &[Agent, Clerk, Handler, Decider, Supervisor], Holder, Guard::Disputed;
    27 Rate: States(RATED) => Same, &[Public, Agent, Clerk], Anywhere, Guard::Level, Guard::Unrated;
    27 VerifyRating: Any => Same, RATINGS, NotVillage, Guard::Loop(Loop::Rated), Guard::Text(super::FOUND);
    27 RectifyRating: Any => Same, STAFF, Anywhere, Guard::Loop(Loop::Verified), Guard::Text("text");
    27 AnswerRating: Any => Same, &[Clerk, Agent, Supervisor, ComplaintsOfficer], Anywhere, Guard::Loop(Loop::Rectified), Guard::Text("text");
    27 CallBack: Any => Same, &[Caller], NotVillage, Guard::Loop(Loop::Answered), Guard::Satisfied;
    27 AppealRating: Any => Same, STAFF, Anywhere, Guard::Loop(Loop::Open), Guard::Text("reason");
    27 ReviewRating: Any => Same, RATINGS, County, Guard::Loop(Loop::Appealed), Guard::Counts, Guard::Text("reason");
    28 Redo: States(&[Refused, Decided, Concluded]) => To::State(Received), &[Supervisor], County, Guard::Text("decision");
    29 ConfirmCard: Any => Same, &[Supervisor], NotVillage, Guard::Text("card");
    29 AppealCard: Any => Same, STAFF, Anywhere, Guard::Text("card"), Guard::Text("reason");
    29 WithdrawCard: Any => Same, &[Supervisor], NotVillage, Guard::Text("card"), Guard::Text("reason");
    29 ExemptCard: Any => Same, &[Supervisor], NotVillage, Guard::Text("card"), Guard::Text("reason");
};

/// Stages whose person must be another one (受审分离, DOMAIN §1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Receipt,
    Acceptance,
    Handling,
    /// Whoever reviewed it in this round, were it to send it back.
    Review,
}

/// Where the loop of a bad rating has to stand (DOMAIN §5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loop {
    Rated,
    Verified,
    Rectified,
    Answered,
    /// Anywhere before the call-back, and not appealed against already.
    Open,
    Appealed,
}

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
    fn every_transition_of_the_table_is_here_but_the_computed_one() {
        let mut ts: Vec<u8> = RULES.iter().map(|rule| rule.t).collect();
        ts.dedup();
        ts.sort();
        ts.dedup();
        let expected: Vec<u8> = (1..=29).filter(|t| *t != 11).collect();
        assert_eq!(ts, expected);
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

    #[test]
    fn what_cannot_both_stand_is_read_off_the_table() {
        use Known::*;
        for (a, b) in
            [(Receive, Withdraw), (Accept, Refuse), (Decide, Withdraw), (Correct, Return), (Accept, Withdraw)]
        {
            assert!(excludes(a, b) && excludes(b, a), "{a} {b}");
        }
        for (a, b) in
            [(Handle, Withdraw), (Note, Decide), (Accept, Accept), (HandOver, Withdraw), (Rate, Archive)]
        {
            assert!(!excludes(a, b) && !excludes(b, a), "{a} {b}");
        }
        assert!(beats(Decide, Withdraw) && beats(Accept, Refuse) && !beats(Withdraw, Decide));
    }
}
