//! How far an enquiry has come: asked, handed on, answered. The first person asked owns it until somebody takes it
//! (首问负责).
//!
//! Knows no order of events; the fold brings them one by one.

use sanji_sync::{Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::rule::{LEVEL, RULES, TO, UNIT};
use super::word::{Known, State};
use crate::calendar::Calendar;
use crate::desk::{
    ClockKind, Deed, Flow, Kind, Limit, Line, NotDone, STANDS, Terms, To, Word, level, text, unit,
};

/// What an enquiry's events amount to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Course {
    state: Option<State>,
    registered: Option<(Time, UnitCode)>,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// Whom it was handed on to, until they take it.
    pub handed_to: Option<Owner>,
    pub answered_at: Option<Time>,
    /// 1 very satisfied to 5 very dissatisfied.
    pub level: Option<u8>,
}

/// A unit and, if it is known, a person there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Owner {
    pub unit: UnitCode,
    /// The login name.
    pub user: Option<String>,
}

/// What lists show of an enquiry besides what all have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// The person at the holding unit that answers for it.
    pub owner: Option<String>,
    pub handed_to: Option<Owner>,
    pub in_time: Option<bool>,
    /// 1 very satisfied to 5 very dissatisfied.
    pub rating: Option<u8>,
}

impl Flow for Course {
    const DOCUMENT: &'static str = super::KIND;
    const KINDS: &'static [Kind] = &[Kind::Enquiry];
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
        self.owner.as_ref().map(|owner| owner.unit)
    }

    fn registered(&self) -> Option<(Time, UnitCode)> {
        self.registered
    }

    /// Whoever takes it is the one whom it was handed on to; whoever rates, rates once.
    fn guard(&self, rule: &Line<Course>, deed: &Deed<Course>, _: &Terms) -> Result<(), NotDone> {
        let named = rule.named();
        match (rule.action, &self.handed_to) {
            (Known::Take, Some(to)) if to.unit != deed.by.unit => {
                Err(NotDone::Holder { rule: named, holder: to.unit, unit: deed.by.unit })
            }
            (Known::Take, Some(Owner { user: Some(user), .. })) if deed.by.user.as_ref() != Some(user) => {
                Err(NotDone::Person { rule: named, user: user.clone() })
            }
            (Known::Rate, _) if self.level.is_some() => Err(NotDone::Again { rule: named }),
            (
                Known::Register
                | Known::HandOn
                | Known::Take
                | Known::Answer
                | Known::Rate
                | Known::Note
                | Known::Settle
                | Known::ConfirmCard
                | Known::AppealCard
                | Known::WithdrawCard
                | Known::ExemptCard,
                _,
            ) => Ok(()),
        }
    }

    fn apply(&mut self, rule: &Line<Course>, deed: &Deed<Course>) {
        match rule.to {
            To::State(state) => self.state = Some(state),
            To::Once | To::Beside => {}
        }
        let doer = || Some(Owner { unit: deed.by.unit, user: deed.by.user.clone() });
        match rule.action {
            Known::Register => {
                self.registered = Some((deed.at, deed.by.unit));
                self.owner = doer();
            }
            Known::HandOn => {
                let user = text(&deed.fields, TO).map(str::to_owned);
                self.handed_to = unit(&deed.fields, UNIT).map(|unit| Owner { unit, user });
            }
            Known::Take => {
                self.owner = doer();
                self.handed_to = None;
            }
            Known::Answer => {
                self.answered_at = Some(deed.at);
                self.handed_to = None;
            }
            Known::Rate => self.level = level(&deed.fields, LEVEL),
            Known::Note
            | Known::Settle
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => {}
        }
    }

    fn essence(action: Known) -> &'static [&'static str] {
        match action {
            Known::HandOn => &[UNIT, TO],
            Known::Rate => &[LEVEL],
            Known::Settle => &[STANDS],
            Known::Register
            | Known::Take
            | Known::Answer
            | Known::Note
            | Known::ConfirmCard
            | Known::AppealCard
            | Known::WithdrawCard
            | Known::ExemptCard => &[],
        }
    }

    fn excludes(a: Known, b: Known) -> bool {
        const APART: [(Known, Known); 3] =
            [(Known::Answer, Known::Take), (Known::Answer, Known::HandOn), (Known::HandOn, Known::Take)];
        APART.contains(&(a, b)) || APART.contains(&(b, a))
    }

    /// An answer that was given stands.
    fn beats(a: Known, b: Known) -> bool {
        matches!((a, b), (Known::Answer, Known::Take | Known::HandOn))
    }

    fn addressee(deed: &Deed<Course>) -> Option<(UnitCode, &str)> {
        let is_handed_on = deed.action == Word::Known(Known::HandOn);
        text(&deed.fields, TO)
            .filter(|_| is_handed_on)
            .zip(unit(&deed.fields, UNIT))
            .map(|(to, unit)| (unit, to))
    }

    /// The time runs from the question, whoever owns it.
    fn limits(&self, terms: &Terms) -> Vec<Limit> {
        let answer = self.registered.map(|(since, _)| Limit {
            clock: ClockKind::Answer,
            round: 1,
            since,
            days: terms.answer_days,
            met: self.answered_at,
        });
        answer.into_iter().collect()
    }

    fn figures(&self, terms: &Terms, calendar: &Calendar) -> Figures {
        Figures {
            owner: self.owner.as_ref().and_then(|owner| owner.user.clone()),
            handed_to: self.handed_to.clone(),
            in_time: self.limits(terms).iter().find_map(|limit| limit.kept(calendar)),
            rating: self.level,
        }
    }
}
