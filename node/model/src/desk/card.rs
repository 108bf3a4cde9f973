//! The cards that the limits of complaints and enquiries raise (DOMAIN §4), derived like those of cases: once, with the same id
//! on every node.
//!
//! Knows no line.

use jiff::civil::Date;

use super::Matter;
use super::flow::{Deed, Flow, rule_of};
use super::not_done::NotDone;
use super::rule::{CARD, text};
use super::terms::{ClockKind, Limit};
use super::word::{Vocabulary as _, Word};
use crate::calendar::Calendar;
use crate::case::{Card, CardRule, CardStanding, Level, warned};
use crate::local;

impl<F: Flow> Matter<F> {
    /// The cards up to `today`, by day and id.
    pub fn cards(&self, calendar: &Calendar, today: Date) -> Vec<Card> {
        self.cards_ahead(calendar).into_iter().filter(|card| card.on <= today).collect()
    }

    /// The next day on which time alone raises a card.
    pub fn wakes_on(&self, calendar: &Calendar, today: Date) -> Option<Date> {
        self.cards_ahead(calendar).into_iter().map(|card| card.on).filter(|on| *on > today).min()
    }

    /// What is done about a card is done about one that there is.
    pub fn must_have_card(&self, deed: &Deed<F>, calendar: &Calendar, today: Date) -> Result<(), NotDone> {
        let Word::Known(action) = deed.action else { return Ok(()) };
        let named = text(&deed.fields, CARD);
        let has = || self.cards(calendar, today).iter().any(|card| Some(card.id.as_str()) == named);
        match CardStanding::after(action.word()).is_none() || has() {
            true => Ok(()),
            false => Err(NotDone::NoCard { rule: rule_of::<F>(action).named() }),
        }
    }

    /// The cards there are, and those to come if nothing happens.
    fn cards_ahead(&self, calendar: &Calendar) -> Vec<Card> {
        let limits = self.limits();
        let mut cards: Vec<Card> = limits.iter().flat_map(|limit| self.cards_of(limit, calendar)).collect();
        cards.sort_by(|a, b| (a.on, &a.id).cmp(&(b.on, &b.id)));
        cards
    }

    /// From the day after each of these on, unless it was met by then; a limit shorter than its warning warns from its first day on.
    fn cards_of(&self, limit: &Limit, calendar: &Calendar) -> Vec<Card> {
        let due = limit.due(calendar);
        let lasts = [
            (Level::Warning, warned(calendar, Some(due), self.terms.warning_days)),
            (Level::Yellow, Some(due.date)),
            (Level::Red, Some(calendar.add_working_days(due.date, self.terms.red_days).date)),
        ];
        let met = limit.met.map(local::date);
        let card = |(level, last): (Level, Option<Date>)| {
            let on = last?.tomorrow().ok()?.max(local::date(limit.since));
            let on = Some(on).filter(|on| met.is_none_or(|met| met >= *on))?;
            Some(self.card(limit, level, on))
        };
        lasts.into_iter().filter_map(card).collect()
    }

    /// For the unit that held it when the card came about.
    fn card(&self, limit: &Limit, level: Level, on: Date) -> Card {
        let (rule, at) = (limit.clock.card_rule(), local::day_begins(on));
        let held = self.folded.held.iter().rev().find(|(since, _)| *since <= at);
        let unit = held.map_or(self.unit, |(_, unit)| *unit);
        let id = format!("{rule}.{level}@{}.{}", self.number, limit.since.0);
        let standing = self.folded.cards.get(&id).copied().unwrap_or(CardStanding::Raised);
        Card { id, rule, level, case: self.number, unit, on, at, standing }
    }
}

impl ClockKind {
    fn card_rule(self) -> CardRule {
        match self {
            ClockKind::Acceptance => CardRule::ComplaintAcceptanceOverdue,
            ClockKind::Reply => CardRule::ComplaintOverdue,
            ClockKind::Answer => CardRule::EnquiryOverdue,
        }
    }
}
