//! What complaints and enquiries share: a document each, whose course is the fold of its events by a table of steps.
//!
//! Drive it so: [`New::check`] and [`Matter::create`] make one; [`Matter::read`] reads it; [`Matter::decide`] turns what
//! somebody wants to do into an event or a refusal; [`Matter::append`] stores it. `decide` and the fold ask the same
//! questions, so what was allowed here counts everywhere. Knows no table, no store and no clock.

mod card;
mod document;
mod flow;
mod fold;
mod new;
mod not_done;
mod row;
mod rule;
mod terms;
mod verdict;
mod word;

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};

pub use document::BadDocument;
pub use flow::{Deed, Flow, Line, rule_of};
pub use fold::{Folded, fold};
pub use new::{Kind, New};
pub use not_done::NotDone;
pub use row::{Row, RowOf};
pub use rule::{
    CARD, CARD_REASON, Named, Need, Rule, STANDS, Start, To, Whose, days, level, text, unit, yes,
};
pub use terms::{Clock, ClockKind, Level, Limit, Terms};
pub use verdict::{Dispute, Verdict, Why};
pub(crate) use word::vocabulary;
pub use word::{Vocabulary, Word};

use crate::calendar::Calendar;
use crate::case::{By, EventId, Flag, Role, Unreadable, check_fields};
use crate::number::CaseNumber;
use crate::refusal::Refusal;

/// A complaint or an enquiry as read from its document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matter<F: Flow> {
    pub id: DocId,
    pub number: CaseNumber,
    /// The unit that it belongs to for life.
    pub unit: UnitCode,
    pub kind: Kind,
    pub name: String,
    pub phone: String,
    pub text: String,
    pub case: Option<CaseNumber>,
    pub events: BTreeMap<EventId, Deed<F>>,
    pub unreadable: Vec<Unreadable>,
    /// What the events amount to by `terms`.
    pub folded: Folded<F>,
    pub terms: Terms,
}

impl<F: Flow> Matter<F> {
    /// Where it stands. One whose registration cannot be read is registered all the same: it is here.
    pub fn state(&self) -> F::State {
        let first = match new::registration::<F>().to {
            To::State(state) => state,
            To::Once | To::Beside => F::State::ALL[0],
        };
        self.folded.course.state().unwrap_or(first)
    }

    /// The unit that holds it now.
    pub fn holder(&self) -> UnitCode {
        self.folded.course.holder().unwrap_or(self.unit)
    }

    /// Whether it is what it says: of this unit, with a number of the unit that registered it. A node could otherwise show
    /// its own as somebody else's.
    pub fn is_of(&self, owner: UnitCode) -> bool {
        let registrar = self.folded.course.registered().map(|(_, unit)| unit);
        self.unit == owner && registrar.is_none_or(|unit| unit == self.number.unit())
    }

    /// Adds an event as [`Matter::append`] does to the document.
    pub fn push(&mut self, deed: Deed<F>) {
        self.events.insert(deed.id.clone(), deed);
        let kept = std::mem::take(&mut self.folded.flags);
        self.folded = fold(self.events.values(), &self.terms);
        self.folded.flags.extend(kept.into_iter().filter(|flag| *flag == Flag::Unreadable));
    }

    /// The events in the order in which they count, each with what became of it.
    pub fn timeline(&self) -> impl Iterator<Item = (&Deed<F>, &Verdict)> {
        self.folded.timeline.iter().filter_map(|(id, verdict)| Some((self.events.get(id)?, verdict)))
    }

    /// Every limit that ran or runs, in order.
    pub fn limits(&self) -> Vec<Limit> {
        self.folded.course.limits(&self.terms)
    }

    /// The clock that runs on `today`; none while none does.
    pub fn clock(&self, calendar: &Calendar, today: Date) -> Option<Clock> {
        self.limits().iter().find_map(|limit| limit.clock(calendar, &self.terms, today))
    }

    /// The event of doing `action` now, having seen all that this node has of it.
    ///
    /// `id` must be new. Append the event to the document.
    pub fn decide(
        &self,
        action: Word<F::Known>,
        by: By,
        fields: BTreeMap<String, String>,
        id: EventId,
        at: Time,
    ) -> Result<Deed<F>, Refusal> {
        let Word::Known(known) = action else {
            return Err(unknown_action::<F>(action.word()).into());
        };
        let rule = rule_of::<F>(known);
        let deed = Deed::<F> { id, at, action, by, seen: self.folded.heads.clone(), fields };
        check_fields(&deed.fields)?;
        flow::fits::<F>(rule, &deed, &self.terms)?;
        flow::possible(&self.folded.course, rule, &deed, &self.terms)?;
        self.must_be_disputed(rule, &deed)?;
        self.must_help(rule, &deed)?;
        Ok(deed)
    }
}

impl<F: Flow> Matter<F> {
    /// A settlement is about one side of a dispute that is open.
    fn must_be_disputed(&self, rule: &Line<F>, deed: &Deed<F>) -> Result<(), NotDone> {
        let named = text(&deed.fields, STANDS);
        let has = |dispute: &Dispute| {
            [&dispute.stands, &dispute.other].iter().any(|side| Some(side.as_str()) == named)
        };
        match rule.action != F::SETTLE || self.folded.disputes.iter().any(has) {
            true => Ok(()),
            false => Err(NotDone::NoDispute { rule: rule.named() }),
        }
    }

    /// A settlement is for a side that then counts.
    fn must_help(&self, rule: &Line<F>, deed: &Deed<F>) -> Result<(), NotDone> {
        let counts = || {
            let folded: Folded<F> = fold(self.events.values().chain([deed]), &self.terms);
            folded.verdict(&deed.id) == Some(&Verdict::Counted)
        };
        if rule.action == F::SETTLE && !counts() {
            Err(NotDone::Futile { rule: rule.named() })
        } else {
            Ok(())
        }
    }
}

/// The roles that may do an action; none for a word that is none.
pub fn roles_for<F: Flow>(action: &Word<F::Known>) -> &'static [Role] {
    match action {
        Word::Known(known) => rule_of::<F>(*known).roles,
        Word::Other(_) => &[],
    }
}

/// What is said to a word that is no action.
pub fn unknown_action<F: Flow>(word: &str) -> NotDone {
    let known: Vec<&str> = F::Known::ALL.iter().skip(1).map(|known| known.word()).collect();
    NotDone::UnknownAction { word: word.to_owned(), known: known.join(", ") }
}

/// A telephone number with the digits before the last four hidden but three: `138****0000`; a short one wholly.
pub fn mask_phone(phone: &str) -> String {
    let len = phone.chars().count();
    let hidden = if len >= 11 { 3..len - 4 } else { 0..len };
    phone.chars().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_are_hidden() {
        assert_eq!(mask_phone("13800001234"), "138****1234");
        assert_eq!((mask_phone("2012345"), mask_phone("")), ("*******".to_owned(), String::new()));
    }
}
