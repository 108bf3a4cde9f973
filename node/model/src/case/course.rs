//! What the counted events of a case left behind that later stages, clocks and statistics ask for.
//!
//! Filled by the fold, event by event. Knows no rule and no calendar.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::{Time, UnitCode};
use serde::Serialize;

use super::event::{By, Event, EventId};
use super::material::{self, Material};
use super::paper::{Made, Print};
use crate::lang::worded;

/// Somebody as one must be told from another: a unit's user, or whoever was there when nobody was named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Person {
    pub unit: UnitCode,
    pub user: Option<String>,
}

impl Person {
    pub fn of(by: &By) -> Person {
        Person { unit: by.unit, user: by.user.clone() }
    }
}

/// A notice of what has to be corrected (T4) with its answer (T5).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Correction {
    pub asked_at: Time,
    pub items: Vec<String>,
    pub answered_at: Option<Time>,
}

worded! {
    /// On what footing a case was accepted (DOMAIN §3.1, state 40).
    pub enum Footing ("受理方式", "footing of an acceptance") {
        Normal = "normal", "正常受理", "in full";
        Omissions = "omissions", "容缺受理", "with omissions";
        Commitment = "commitment", "告知承诺", "on commitment";
        Deemed = "deemed", "视为受理", "deemed";
        OnTheSpot = "on_the_spot", "即办", "on the spot";
    }
}

/// The acceptance (T8 to T11, T25).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Acceptance {
    pub footing: Footing,
    /// Where the promised and statutory clocks start. A deemed acceptance is dated back to the receipt.
    pub from: Time,
    /// The promised day that was printed for the applicant.
    pub printed: Option<jiff::civil::Date>,
    /// What was left out.
    pub omitted: BTreeSet<String>,
}

worded! {
    /// 特别程序 (DOMAIN §3.5).
    pub enum SpecialKind ("特别程序类型", "kind of special procedure") {
        /// 延长审批: adds the days that were approved; once a case.
        Extension = "extension" | "1", "延长审批", "extension";
        /// 听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审: adds the working days that it lasted.
        Inquiry = "inquiry" | "2", "听证检验鉴定", "hearing, test or appraisal";
    }
}

/// A special procedure (T14, T15).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Special {
    pub kind: SpecialKind,
    /// Approved (extension) or expected (inquiry) working days.
    pub days: u32,
    pub from: Time,
    pub to: Option<Time>,
}

/// The decision (T16).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Decision {
    pub granted: bool,
    pub at: Time,
}

/// A hand-over of which one signature is there, or both (T3).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct HandOver {
    pub given: Option<(UnitCode, Time)>,
    pub taken: Option<(UnitCode, Time)>,
}

worded! {
    /// Where the loop of a rating stands (DOMAIN §5).
    pub enum RatingStage ("评价环节", "stage of a rating") {
        /// 1 to 3: nothing has to follow.
        Good = "good", "满意", "satisfied";
        /// 4 or 5: to be verified.
        Rated = "rated", "待核实", "to be verified";
        Verified = "verified", "待整改", "to be rectified";
        Rectified = "rectified", "待反馈", "to be answered";
        Answered = "answered", "待回访", "to be called back";
        Closed = "closed", "已闭环", "closed";
    }
}

/// What the applicant thought of it (T27).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rating {
    /// 1 very satisfied … 5 very dissatisfied.
    pub level: u8,
    pub at: Time,
    pub stage: RatingStage,
    pub rectified_at: Option<Time>,
    pub called_at: Option<Time>,
    /// What the call-back heard.
    pub satisfied: Option<bool>,
    pub appealed: bool,
    /// False after a review that marked it so.
    pub counts: bool,
}

impl Rating {
    /// 4 and 5 are bad (DOMAIN §5).
    pub fn is_bad(&self) -> bool {
        self.level >= 4
    }
}

worded! {
    /// What supervisors and those concerned did about a card.
    pub enum CardStanding ("督办状态", "standing of a card") {
        Raised = "raised", "已发出", "raised";
        Confirmed = "confirmed", "已确认", "confirmed";
        Appealed = "appealed", "申诉中", "appealed against";
        Withdrawn = "withdrawn", "已撤销", "withdrawn";
        Exempted = "exempted", "已免责", "exempted";
    }
}

impl CardStanding {
    /// What an action, by its word, makes of the card that it names; none for all others. Cases, complaints and enquiries
    /// say it in the same words.
    pub fn after(action: &str) -> Option<CardStanding> {
        match action {
            "confirm_card" => Some(CardStanding::Confirmed),
            "appeal_card" => Some(CardStanding::Appealed),
            "withdraw_card" => Some(CardStanding::Withdrawn),
            "exempt_card" => Some(CardStanding::Exempted),
            _ => None,
        }
    }
}

/// All of it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Course {
    pub registrar: Option<Person>,
    pub receiver: Option<Person>,
    /// Who accepted it; nobody did what was deemed accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepter: Option<Person>,
    pub handler: Option<Person>,
    /// Who held it from when on, in the order in which that came about.
    #[serde(skip)]
    pub held: Vec<(Time, UnitCode)>,
    /// Of the review that holds; a send-back takes it away.
    pub reviewer: Option<Person>,
    /// Everybody who reviewed it or sent it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<Person>,
    pub decider: Option<Person>,
    /// Where the acceptance clock started: the receipt, or the redo.
    pub acceptance_from: Option<Time>,
    /// All notices of the case: one is allowed, a redo gives no other (T4).
    pub corrections: Vec<Correction>,
    pub hand_over: HandOver,
    pub handed_over_at: Option<Time>,
    pub acceptance: Option<Acceptance>,
    pub special: Vec<Special>,
    pub decision: Option<Decision>,
    pub result_code: Option<u8>,
    pub concluded_at: Option<Time>,
    pub issued_at: Option<Time>,
    pub delivered_at: Option<Time>,
    /// When it was refused, returned, withdrawn, voided or forwarded.
    pub ended_at: Option<Time>,
    pub rating: Option<Rating>,
    /// The last word on each card, by the card's id.
    pub cards: BTreeMap<String, (CardStanding, EventId)>,
    pub void_by_registrar: bool,
    pub void_by_supervisor: bool,
    /// The latest row of each material, by name.
    pub materials: BTreeMap<String, Material>,
    /// The number of the case that goes on after a forwarding.
    pub forwarded_as: Option<String>,
    pub withdrawal_requested: Option<EventId>,
    /// What counted events made, in order (DOMAIN §3.2).
    pub papers: Vec<Made>,
    pub prints: Vec<Print>,
    /// The rounds that a redo ended (T28), the first first: what was raised and counted in them stays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Redone>,
}

/// What a redo put an end to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Redone {
    pub course: Course,
    /// When the redo was ordered.
    pub at: Time,
}

impl Course {
    /// The notices since the receipt, or since the redo: those that stop the acceptance clock that runs.
    pub fn corrections_of_round(&self) -> &[Correction] {
        let before = self.earlier.last().map_or(0, |round| round.course.corrections.len());
        self.corrections.get(before..).unwrap_or_default()
    }

    /// The unit that held it at that moment, the first before there was one.
    pub fn holder_at(&self, at: Time) -> Option<UnitCode> {
        let then = self.held.iter().rev().find(|(since, _)| *since <= at);
        then.or(self.held.first()).map(|(_, unit)| *unit)
    }

    /// The names of the materials that are here.
    pub fn given(&self) -> BTreeSet<String> {
        self.materials.values().filter(|row| row.is_here()).map(|row| row.name.clone()).collect()
    }

    /// What was left out at acceptance and is still not here.
    pub fn still_omitted(&self) -> BTreeSet<String> {
        let given = self.given();
        let omitted = self.acceptance.iter().flat_map(|acceptance| &acceptance.omitted);
        omitted.filter(|name| !given.contains(*name)).cloned().collect()
    }

    /// The special procedure that runs now.
    pub fn running_special(&self) -> Option<&Special> {
        self.special.last().filter(|special| special.to.is_none())
    }

    /// The notice that waits for its answer.
    pub fn open_correction(&self) -> Option<&Correction> {
        self.corrections.last().filter(|correction| correction.answered_at.is_none())
    }

    /// Takes the materials of an event.
    pub(super) fn take_materials(&mut self, event: &Event) {
        for row in material::of(event) {
            self.materials.insert(row.name.clone(), row);
        }
    }

    /// Everything after the receipt begins again (T28). What was is kept for cards and figures, nothing of which is erased
    /// (DOMAIN §4, §6); the rating is of the matter, and a correction is asked for once a case.
    pub(super) fn redo(&mut self, at: Time) {
        let mut ended = std::mem::take(self);
        let mut earlier = std::mem::take(&mut ended.earlier);
        *self = Course {
            registrar: ended.registrar.clone(),
            held: ended.held.clone(),
            receiver: ended.receiver.clone(),
            corrections: ended.corrections.clone(),
            materials: std::mem::take(&mut ended.materials),
            cards: std::mem::take(&mut ended.cards),
            papers: std::mem::take(&mut ended.papers),
            prints: std::mem::take(&mut ended.prints),
            rating: ended.rating.take(),
            acceptance_from: Some(at),
            ..Course::default()
        };
        earlier.push(Redone { course: ended, at });
        self.earlier = earlier;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{case, complaint, enquiry};

    #[test]
    fn cases_complaints_and_enquiries_say_in_the_same_words_what_becomes_of_a_card() {
        fn of_cards(words: impl Iterator<Item = &'static str>) -> Vec<(&'static str, CardStanding)> {
            words.filter_map(|word| Some((word, CardStanding::after(word)?))).collect()
        }
        let cases = of_cards(case::Known::ALL.iter().map(|known| known.word()));
        let all = case::Known::ALL.iter().map(|known| known.word());
        assert_eq!(cases.len(), all.filter(|word| word.ends_with("_card")).count());
        assert_eq!(cases.len() + 1, CardStanding::ALL.len(), "each of them but the first");
        assert_eq!(cases, of_cards(complaint::Known::ALL.iter().map(|known| known.word())));
        assert_eq!(cases, of_cards(enquiry::Known::ALL.iter().map(|known| known.word())));
    }
}
