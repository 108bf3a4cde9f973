//! How far a complaint has come: registered, dispatched in one round or two, replied to, called back.
//!
//! Knows no order of events; the fold brings them one by one.

use sanji_sync::{Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::rule::{DAYS, LEVEL, RULES, SATISFIED, UNIT};
use super::word::{Known, State};
use crate::calendar::Calendar;
use crate::desk::{
    ClockKind, Deed, Flow, Kind, Limit, Line, NotDone, STANDS, Terms, To, days, level, unit, yes,
};

/// A complaint is reopened once.
const ROUNDS_MAX: usize = 2;

/// What a complaint's events amount to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Course {
    state: Option<State>,
    holder: Option<UnitCode>,
    registered: Option<(Time, UnitCode)>,
    /// When it was accepted or refused.
    judged_at: Option<Time>,
    /// From each acceptance to the call-back; a second after it was reopened.
    pub rounds: Vec<Round>,
    pub urged: u32,
    /// 1 very satisfied to 5 very dissatisfied.
    pub level: Option<u8>,
}

/// From an acceptance to a call-back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Round {
    /// When it was reopened for this round, the second: its clock starts here, whoever gets it and when (C14).
    pub reopened_at: Option<Time>,
    /// The first dispatch: the clock of the first round starts here and no return stops it.
    pub dispatched_at: Option<Time>,
    /// Who dispatched it last, and gets it back.
    dispatcher: Option<UnitCode>,
    pub handler: Option<UnitCode>,
    pub returns: u32,
    /// Assigned by the county for good.
    pub is_final: bool,
    /// Approved working days.
    pub extended_days: Option<u32>,
    pub replied_at: Option<Time>,
    /// What the call-back found.
    pub satisfied: Option<bool>,
}

/// What became of a round that is over, for the rates of the unit that handled it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Over {
    pub handler: Option<UnitCode>,
    /// Whether the reply was in time.
    pub in_time: Option<bool>,
    /// What the call-back found.
    pub satisfied: Option<bool>,
}

/// What lists show of a complaint besides what all have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// The unit that it was dispatched to last.
    pub handler: Option<UnitCode>,
    pub dispatched_at: Option<Time>,
    /// 2 once it was reopened.
    pub round: u32,
    pub returns: u32,
    pub extended_days: u32,
    pub urged: u32,
    /// Whether every reply so far was in time; none before the first.
    pub in_time: Option<bool>,
    /// Whether the reply of this round was; none before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_in_time: Option<bool>,
    /// The rounds before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Over>,
    /// What the latest call-back found; none while there is none in this round.
    pub satisfied: Option<bool>,
    /// 1 very satisfied to 5 very dissatisfied.
    pub rating: Option<u8>,
}

impl Flow for Course {
    const DOCUMENT: &'static str = super::KIND;
    const KINDS: &'static [Kind] = &[Kind::Complaint, Kind::Hotline];
    type Known = Known;
    type State = State;
    type Figures = Figures;

    const SETTLE: Known = Known::Settle;

    fn rules() -> &'static [Line<Course>] {
        RULES
    }

    fn state(&self) -> Option<State> {
        self.state
    }

    fn holder(&self) -> Option<UnitCode> {
        self.holder
    }

    fn registered(&self) -> Option<(Time, UnitCode)> {
        self.registered
    }

    fn guard(&self, rule: &Line<Course>, _: &Deed<Course>, terms: &Terms) -> Result<(), NotDone> {
        let (named, max) = (rule.named(), terms.returns_max);
        let round = self.rounds.last();
        let (returns, is_final) = round.map_or((0, false), |round| (round.returns, round.is_final));
        match rule.action {
            Known::Dispatch if returns >= max => Err(NotDone::ReturnsUsedUp { rule: named, max }),
            Known::Assign if returns < max => Err(NotDone::AssignTooEarly { rule: named, max }),
            Known::Return if is_final => Err(NotDone::AssignedForGood { rule: named }),
            Known::Extend if round.is_some_and(|round| round.extended_days.is_some()) => {
                Err(NotDone::Again { rule: named })
            }
            Known::Reopen if round.and_then(|round| round.satisfied) == Some(true) => {
                Err(NotDone::Satisfied { rule: named })
            }
            Known::Reopen if self.rounds.len() >= ROUNDS_MAX => Err(NotDone::Again { rule: named }),
            Known::Rate if self.level.is_some() => Err(NotDone::Again { rule: named }),
            Known::Register
            | Known::Accept
            | Known::Refuse
            | Known::Dispatch
            | Known::Sign
            | Known::Return
            | Known::Assign
            | Known::Handle
            | Known::Extend
            | Known::Reply
            | Known::Urge
            | Known::Close
            | Known::CallBack
            | Known::Reopen
            | Known::Rate
            | Known::Archive
            | Known::Note
            | Known::Settle
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => Ok(()),
        }
    }

    fn apply(&mut self, rule: &Line<Course>, deed: &Deed<Course>) {
        match rule.to {
            To::State(state) => self.state = Some(state),
            To::Once | To::Beside => {}
        }
        match rule.action {
            Known::Register => {
                self.registered = Some((deed.at, deed.by.unit));
                self.holder = Some(deed.by.unit);
            }
            Known::Accept | Known::Reopen => {
                self.judged_at = self.judged_at.or(Some(deed.at));
                self.holder = Some(deed.by.unit);
                let reopened_at = Some(deed.at).filter(|_| rule.action == Known::Reopen);
                self.rounds.push(Round { reopened_at, ..Round::default() });
            }
            Known::Refuse => {
                self.judged_at = Some(deed.at);
                self.holder = Some(deed.by.unit);
            }
            Known::Rate => self.level = level(&deed.fields, LEVEL),
            Known::Urge => self.urged += 1,
            Known::Dispatch
            | Known::Assign
            | Known::Return
            | Known::Extend
            | Known::Reply
            | Known::CallBack => self.go_on(rule.action, deed),
            Known::Sign
            | Known::Handle
            | Known::Close
            | Known::Archive
            | Known::Note
            | Known::Settle
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => {}
        }
    }

    fn essence(action: Known) -> &'static [&'static str] {
        match action {
            Known::Dispatch | Known::Assign => &[UNIT],
            Known::Extend => &[DAYS],
            Known::CallBack => &[SATISFIED],
            Known::Rate => &[LEVEL],
            Known::Settle => &[STANDS],
            Known::Register
            | Known::Accept
            | Known::Refuse
            | Known::Sign
            | Known::Return
            | Known::Handle
            | Known::Reply
            | Known::Urge
            | Known::Close
            | Known::Reopen
            | Known::Archive
            | Known::Note
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => &[],
        }
    }

    fn excludes(a: Known, b: Known) -> bool {
        const APART: [(Known, Known); 4] = [
            (Known::Accept, Known::Refuse),
            (Known::Sign, Known::Return),
            (Known::Dispatch, Known::Assign),
            (Known::Reopen, Known::Archive),
        ];
        APART.contains(&(a, b)) || APART.contains(&(b, a))
    }

    /// An acceptance beats a refusal (DOMAIN §3.3).
    fn beats(a: Known, b: Known) -> bool {
        (a, b) == (Known::Accept, Known::Refuse)
    }

    fn addressee(_: &Deed<Course>) -> Option<(UnitCode, &str)> {
        None
    }

    fn limits(&self, terms: &Terms) -> Vec<Limit> {
        let acceptance = self.registered.map(|(since, _)| Limit {
            clock: ClockKind::Acceptance,
            round: 1,
            since,
            days: terms.accept_days,
            met: self.judged_at,
        });
        let replies = self.rounds.iter().zip(1..).filter_map(|(round, number)| {
            Some(Limit {
                clock: ClockKind::Reply,
                round: number,
                since: round.reopened_at.or(round.dispatched_at)?,
                days: terms.reply_days + round.extended_days.unwrap_or(0),
                met: round.replied_at,
            })
        });
        acceptance.into_iter().chain(replies).collect()
    }

    fn figures(&self, terms: &Terms, calendar: &Calendar) -> Figures {
        let limits = self.limits(terms);
        let in_time = |number: usize| {
            let mut replies = limits.iter().filter(|limit| limit.clock == ClockKind::Reply);
            replies.find(|limit| limit.round as usize == number).and_then(|limit| limit.kept(calendar))
        };
        let kept: Vec<bool> = (1..=self.rounds.len()).filter_map(in_time).collect();
        let over = |(number, round): (usize, &Round)| Over {
            handler: round.handler,
            in_time: in_time(number),
            satisfied: round.satisfied,
        };
        let before = self.rounds.len().saturating_sub(1);
        let round = self.rounds.last().cloned().unwrap_or_default();
        Figures {
            handler: round.handler,
            dispatched_at: round.dispatched_at,
            round: self.rounds.len().max(1) as u32,
            returns: round.returns,
            extended_days: round.extended_days.unwrap_or(0),
            urged: self.urged,
            in_time: (!kept.is_empty()).then(|| kept.iter().all(|kept| *kept)),
            round_in_time: in_time(self.rounds.len()),
            earlier: (1..).zip(&self.rounds[..before]).map(over).collect(),
            satisfied: round.satisfied,
            rating: self.level,
        }
    }
}

impl Course {
    /// A step inside a round.
    fn go_on(&mut self, action: Known, deed: &Deed<Course>) {
        let Some(round) = self.rounds.last_mut() else { return };
        match action {
            Known::Dispatch | Known::Assign => {
                round.dispatched_at = round.dispatched_at.or(Some(deed.at));
                round.dispatcher = Some(deed.by.unit);
                round.handler = unit(&deed.fields, UNIT);
                round.is_final = action == Known::Assign;
                self.holder = round.handler;
            }
            Known::Return => {
                round.returns += 1;
                self.holder = round.dispatcher;
            }
            Known::Extend => round.extended_days = days(&deed.fields, DAYS),
            Known::Reply => {
                round.replied_at = Some(deed.at);
                self.holder = round.dispatcher;
            }
            Known::CallBack => round.satisfied = yes(&deed.fields, SATISFIED),
            Known::Register
            | Known::Accept
            | Known::Refuse
            | Known::Sign
            | Known::Handle
            | Known::Urge
            | Known::Close
            | Known::Reopen
            | Known::Rate
            | Known::Archive
            | Known::Note
            | Known::Settle
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => {}
        }
    }
}
