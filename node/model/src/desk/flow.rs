//! What a complaint and an enquiry each bring to what they share: a table of steps, what the steps amount to, and what
//! cannot both stand.
//!
//! Knows no order of events; `fold` brings them one by one.

use std::fmt;

use sanji_sync::{Time, UnitCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::new::Kind;
use super::not_done::NotDone;
use super::rule::{Rule, Start, To, Whose, text};
use super::terms::{Limit, Terms};
use super::word::{Vocabulary, Word};
use crate::calendar::Calendar;
use crate::case::Event;
use crate::organisation::Tier;

/// An event of a flow.
pub type Deed<F> = Event<Word<<F as Flow>::Known>>;

/// The line of a flow's table.
pub type Line<F> = Rule<<F as Flow>::Known, <F as Flow>::State>;

/// How far a matter has come, step by step. The default is what has not begun.
pub trait Flow: Clone + PartialEq + Eq + fmt::Debug + Default + 'static {
    /// What the root of its document says under `kind`.
    const DOCUMENT: &'static str;
    const KINDS: &'static [Kind];
    type Known: Vocabulary;
    type State: Vocabulary;
    /// What lists show besides what all have.
    type Figures: Clone + PartialEq + Eq + fmt::Debug + Serialize + DeserializeOwned;

    /// The action that chooses between two that exclude each other.
    const SETTLE: Self::Known;

    /// One line an action, the first of which makes it of nothing.
    fn rules() -> &'static [Line<Self>];

    fn state(&self) -> Option<Self::State>;

    /// The unit that holds it: exactly one from the registration on.
    fn holder(&self) -> Option<UnitCode>;

    /// When and at which unit it was registered.
    fn registered(&self) -> Option<(Time, UnitCode)>;

    /// What a line asks for beyond what it says itself.
    fn guard(&self, rule: &Line<Self>, deed: &Deed<Self>, terms: &Terms) -> Result<(), NotDone>;

    fn apply(&mut self, rule: &Line<Self>, deed: &Deed<Self>);

    /// The fields in which two of this action, done apart, have to agree.
    fn essence(action: Self::Known) -> &'static [&'static str];

    /// Whether two different actions done apart cannot both stand.
    fn excludes(a: Self::Known, b: Self::Known) -> bool;

    /// Whether of two such the first stands, wherever and whenever it was done.
    fn beats(a: Self::Known, b: Self::Known) -> bool;

    /// The person whom a step gives it to, with their unit.
    fn addressee(deed: &Deed<Self>) -> Option<(UnitCode, &str)>;

    /// Every limit that ran or runs, in order.
    fn limits(&self, terms: &Terms) -> Vec<Limit>;

    fn figures(&self, terms: &Terms, calendar: &Calendar) -> Self::Figures;
}

/// The line of an action.
pub fn rule_of<F: Flow>(action: F::Known) -> &'static Line<F> {
    F::rules().iter().find(|rule| rule.action == action).expect("every action has a line")
}

/// Whether role, place and fields allow it at all, as it may stand in any state.
pub(super) fn fits<F: Flow>(rule: &Line<F>, deed: &Deed<F>, terms: &Terms) -> Result<(), NotDone> {
    let (by, named) = (&deed.by, rule.named());
    if !rule.roles.contains(&by.role) {
        return Err(NotDone::Role { rule: named, role: by.role, roles: rule.roles });
    }
    if rule.whose == Whose::County && Tier::of(&by.unit) != Tier::County {
        return Err(NotDone::CountyOnly { rule: named, unit: by.unit });
    }
    rule.needs.iter().try_for_each(|need| need.check(&deed.fields, named, terms))
}

/// Whether it is possible as it stands.
pub(super) fn possible<F: Flow>(
    flow: &F,
    rule: &Line<F>,
    deed: &Deed<F>,
    terms: &Terms,
) -> Result<(), NotDone> {
    if !rule.is_possible(flow.state()) {
        let state = flow.state().map(|state| state.words());
        return Err(NotDone::State { rule: rule.named(), state, from: rule.states() });
    }
    if rule.whose == Whose::Holder
        && let Some(holder) = flow.holder()
        && holder != deed.by.unit
    {
        return Err(NotDone::Holder { rule: rule.named(), holder, unit: deed.by.unit });
    }
    flow.guard(rule, deed, terms)
}

/// What becomes of two deeds of which neither had seen the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Apart {
    /// Both stand.
    Beside,
    /// They say the same.
    Same,
    /// They exclude each other.
    Against,
}

pub(super) fn apart<F: Flow>(
    (rule, deed): (&Line<F>, &Deed<F>),
    (other, earlier): (&Line<F>, &Deed<F>),
) -> Apart {
    if rule.to == To::Beside || rule.from == Start::Nothing {
        return Apart::Beside;
    }
    if rule.action == other.action {
        let agree = |key: &&str| text(&deed.fields, key) == text(&earlier.fields, key);
        return if F::essence(rule.action).iter().all(agree) { Apart::Same } else { Apart::Against };
    }
    if F::excludes(rule.action, other.action) { Apart::Against } else { Apart::Beside }
}
