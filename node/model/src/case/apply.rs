//! What a counted event makes of the case.
//!
//! Knows nothing of why it counts; that the conditions are met is `fold`'s matter.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_sync::{Time, UnitCode};

use super::TO;
use super::action::Known;
use super::course::{
    Acceptance, CardStanding, Correction, Decision, Footing, HandOver, Person, Rating, RatingStage, Special,
    SpecialKind,
};
use super::event::Event;
use super::flag::Flag;
use super::fold::{Computed, Folded, Setting};
use super::guard;
use super::paper::{Made, Print};
use super::role::Role;
use super::rule::{Rule, To};
use super::state::State;
use crate::local;

/// The field of an acceptance that is the promised day as it was printed.
pub const PROMISED_ON: &str = "promised_on";

impl Folded {
    pub(super) fn apply(&mut self, event: &Event, rule: &Rule, setting: &Setting) {
        match rule.to {
            To::State(state) => self.state = Some(state),
            To::Request => {
                self.course.withdrawal_requested = Some(event.id.clone());
                self.flags.insert(Flag::WithdrawalRequested);
            }
            To::Same | To::Signature => {}
        }
        if rule.place.takes_custody() {
            self.hold(event.by.unit, event.at);
        }
        if let Some(kind) = super::paper::of(rule.action)
            && rule.to != To::Request
        {
            self.course.papers.push(Made { event: event.id.clone(), kind });
        }
        if matches!(self.state, Some(state) if state.is_end()) && self.course.ended_at.is_none() {
            self.course.ended_at = Some(event.at);
        }
        self.remember(event, rule.action, setting);
    }

    /// The unit has the case from now on.
    fn hold(&mut self, unit: UnitCode, at: Time) {
        if self.custody != Some(unit) {
            self.course.held.push((at, unit));
        }
        self.custody = Some(unit);
    }

    /// What later stages ask for.
    fn remember(&mut self, event: &Event, action: Known, setting: &Setting) {
        let at = event.at;
        let person = || Some(Person::of(&event.by));
        match action {
            Known::Register => {
                self.hold(guard::unit(event, TO).unwrap_or(event.by.unit), at);
                self.registered_at = Some(at);
                self.course.registrar = person();
            }
            Known::Receive => {
                self.received_at = Some(at);
                self.course.acceptance_from = Some(at);
                self.course.receiver = person();
                self.course.take_materials(event);
            }
            Known::HandOver | Known::TakeOver => self.sign_hand_over(event, action),
            Known::AskCorrection => {
                let items = guard::names(event, "items");
                self.course.corrections.push(Correction { asked_at: at, items, answered_at: None });
            }
            Known::Correct => {
                self.course.take_materials(event);
                if let Some(notice) = self.course.corrections.last_mut() {
                    notice.answered_at = Some(at);
                }
            }
            Known::Accept => self.accept(event, Footing::Normal, BTreeSet::new()),
            Known::AcceptOmissions => {
                let omitted = guard::omitted(self, setting, event);
                self.accept(event, Footing::Omissions, omitted.into_iter().collect());
            }
            Known::AcceptCommitment => self.accept(event, Footing::Commitment, BTreeSet::new()),
            Known::OnTheSpot => {
                self.accept(event, Footing::OnTheSpot, BTreeSet::new());
                self.course.decision = Some(Decision { granted: true, at });
                self.course.concluded_at = Some(at);
                self.course.delivered_at = Some(at);
            }
            Known::Handle => self.course.handler = person(),
            Known::Review | Known::SendBack => {
                self.course.reviewer = person().filter(|_| action == Known::Review);
                self.course.reviewers.extend(person());
            }
            Known::StartSpecial => {
                if let Ok((kind, days)) = guard::special_of(event) {
                    // Who starts one from state 40 handles the case.
                    self.course.handler = self.course.handler.take().or_else(person);
                    self.course.special.push(Special { kind, days, from: at, to: None });
                }
            }
            Known::EndSpecial => {
                if let Some(special) = self.course.special.last_mut() {
                    special.to = Some(at);
                }
            }
            Known::Decide => {
                self.course.decider = person();
                self.course.decision = Some(Decision { granted: guard::granted(event) == Some(true), at });
                self.drop_request();
            }
            Known::Conclude => {
                self.course.result_code = guard::result_code(event).ok();
                self.course.concluded_at = Some(at);
            }
            Known::Issue => self.course.issued_at = Some(at),
            Known::Deliver => self.course.delivered_at = Some(at),
            Known::ConfirmWithdrawal | Known::DeclineWithdrawal => self.drop_request(),
            Known::Void => self.sign_void(event),
            Known::Forward => self.course.forwarded_as = event.fields.get("linked").cloned(),
            Known::Note | Known::Supplement => self.course.take_materials(event),
            Known::Print => self.course.prints.extend(Print::of(event)),
            Known::Redo => self.course.redo(at),
            Known::Rate => self.course.rating = guard::level(event).ok().map(|level| Rating::new(level, at)),
            Known::VerifyRating => self.rating(|rating| rating.stage = RatingStage::Verified),
            Known::RectifyRating => self.rating(|rating| {
                rating.stage = RatingStage::Rectified;
                rating.rectified_at = Some(at);
            }),
            Known::AnswerRating => self.rating(|rating| rating.stage = RatingStage::Answered),
            Known::CallBack => {
                self.rating(|rating| rating.call_back(guard::yes(event, "satisfied") == Ok(true), at))
            }
            Known::AppealRating => self.rating(|rating| rating.appealed = true),
            Known::ReviewRating => {
                self.rating(|rating| rating.review(guard::yes(event, "counts") != Ok(false)))
            }
            Known::ConfirmCard | Known::AppealCard | Known::WithdrawCard | Known::ExemptCard => {
                self.card(event, action);
            }
            Known::Return
            | Known::Refuse
            | Known::Archive
            | Known::Withdraw
            | Known::Check
            | Known::Settle => {}
        }
    }

    /// T11: dated back to the receipt, on the day after the notice was due.
    pub(super) fn deem(&mut self, on: Date) {
        let Some(from) = self.course.acceptance_from else { return };
        self.computed.push(Computed { t: 11, on });
        self.flags.insert(Flag::Deemed);
        self.state = Some(State::Accepted);
        let acceptance =
            Acceptance { footing: Footing::Deemed, from, printed: None, omitted: BTreeSet::new() };
        self.course.acceptance = Some(acceptance);
    }

    fn accept(&mut self, event: &Event, footing: Footing, omitted: BTreeSet<String>) {
        self.course.take_materials(event);
        self.course.accepter = Some(Person::of(&event.by));
        let printed = event.fields.get(PROMISED_ON).and_then(|day| day.trim().parse().ok());
        self.course.acceptance = Some(Acceptance { footing, from: event.at, printed, omitted });
    }

    fn drop_request(&mut self) {
        self.course.withdrawal_requested = None;
        self.flags.remove(&Flag::WithdrawalRequested);
    }

    /// Custody moves when giver and taker have both signed, in whichever order they are heard of (T3).
    fn sign_hand_over(&mut self, event: &Event, action: Known) {
        let slip = &mut self.course.hand_over;
        match action == Known::HandOver {
            true => {
                slip.given = guard::unit(event, TO).ok().map(|unit| (unit, event.at));
            }
            false => slip.taken = Some((event.by.unit, event.at)),
        }
        if let (Some((to, given)), Some((taker, taken))) = (slip.given, slip.taken)
            && to == taker
        {
            let at = given.max(taken);
            self.hold(taker, at);
            self.course.handed_over_at = Some(at);
            self.course.hand_over = HandOver::default();
        }
    }

    /// T23 wants two signatures.
    fn sign_void(&mut self, event: &Event) {
        match event.by.role == Role::Supervisor {
            true => self.course.void_by_supervisor = true,
            false => self.course.void_by_registrar = true,
        }
        if self.course.void_by_supervisor && self.course.void_by_registrar {
            self.state = Some(State::Voided);
            self.course.ended_at = Some(event.at);
        }
    }

    fn card(&mut self, event: &Event, action: Known) {
        if let (Some(card), Some(standing)) = (event.fields.get("card"), CardStanding::after(action.word())) {
            self.course.cards.insert(card.trim().to_owned(), (standing, event.id.clone()));
        }
    }

    fn rating(&mut self, change: impl FnOnce(&mut Rating)) {
        if let Some(rating) = &mut self.course.rating {
            change(rating);
        }
    }
}

impl Rating {
    fn new(level: u8, at: Time) -> Rating {
        let stage = if level >= 4 { RatingStage::Rated } else { RatingStage::Good };
        Rating {
            level,
            at,
            stage,
            rectified_at: None,
            called_at: None,
            satisfied: None,
            appealed: false,
            counts: true,
        }
    }

    /// A call-back that finds nobody satisfied sends it back to be rectified (DOMAIN §5).
    fn call_back(&mut self, satisfied: bool, at: Time) {
        self.satisfied = Some(satisfied);
        self.called_at = Some(at);
        self.stage = if satisfied { RatingStage::Closed } else { RatingStage::Verified };
    }

    /// A review either leaves it as it is or marks it as not counted, which closes it.
    fn review(&mut self, counts: bool) {
        self.counts = counts;
        if !counts {
            self.stage = RatingStage::Closed;
        }
    }
}

impl Special {
    /// Whether it stops the clocks while it lasts.
    pub fn pauses(&self) -> bool {
        self.kind == SpecialKind::Inquiry && self.to.is_none()
    }
}

/// The day that is printed as promised when a case is accepted at `at`.
pub fn promised_on(setting: &Setting, at: Time) -> Date {
    super::clock::ends(setting.calendar, local::date(at), setting.terms.promise()).date
}
