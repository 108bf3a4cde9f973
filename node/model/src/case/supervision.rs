//! Electronic supervision (电子监察): the cards that a case earns, by rule (DOMAIN §4).
//!
//! A card's id is made of the rule, the case and the occurrence, so that every node derives the same card once. Knows
//! no line: whether it was down or nobody acted is `line`'s question.

use jiff::civil::Date;
use sanji_sync::{Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::clock;
use super::course::{CardStanding, Course, Special};
use super::unmet::Unmet;
use super::verdict::{Verdict, Why};
use super::{Case, State};
use crate::calendar::{Calendar, Due};
use crate::lang::worded;
use crate::local;
use crate::number::CaseNumber;

worded! {
    /// How grave a card is.
    pub enum Level ("督办级别", "level of a card") {
        Warning = "warning", "预警", "warning";
        Yellow = "yellow", "黄牌", "yellow card";
        Red = "red", "红牌", "red card";
    }
}

worded! {
    /// What a card is about.
    pub enum CardRule ("监察规则", "rule of supervision") {
        /// The promise, and then the statutory limit, passed.
        Overdue = "overdue", "办理超时", "case overdue";
        SpecialOverdue = "special_overdue", "特别程序超时", "special procedure overdue";
        /// Nobody gave notice within 5 working days of the receipt.
        AcceptanceOverdue = "acceptance_overdue", "受理超时", "acceptance overdue";
        HandOverOverdue = "hand_over_overdue", "移交超时", "hand-over overdue";
        DeliveryOverdue = "delivery_overdue", "送达超时", "delivery overdue";
        OverAuthority = "over_authority", "超权限", "over authority";
        ReverseProcedure = "reverse_procedure", "逆程序", "reverse procedure";
        SecondNotice = "second_notice", "重复告知", "second notice";
        RefusalWithoutReason = "refusal_without_reason", "不予受理未说明理由", "refusal without reason";
        SamePerson = "same_person", "受审不分离", "same person in two stages";
        /// Nobody accepted or refused a complaint in time.
        ComplaintAcceptanceOverdue = "complaint_acceptance_overdue", "投诉受理超时", "complaint's acceptance overdue";
        ComplaintOverdue = "complaint_overdue", "投诉答复超时", "reply to a complaint overdue";
        EnquiryOverdue = "enquiry_overdue", "咨询答复超时", "answer to an enquiry overdue";
    }
}

/// What has cards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Case,
    Complaint,
    Enquiry,
}

impl CardRule {
    pub fn subject(self) -> Subject {
        match self {
            CardRule::ComplaintAcceptanceOverdue | CardRule::ComplaintOverdue => Subject::Complaint,
            CardRule::EnquiryOverdue => Subject::Enquiry,
            CardRule::Overdue
            | CardRule::SpecialOverdue
            | CardRule::AcceptanceOverdue
            | CardRule::HandOverOverdue
            | CardRule::DeliveryOverdue
            | CardRule::OverAuthority
            | CardRule::ReverseProcedure
            | CardRule::SecondNotice
            | CardRule::RefusalWithoutReason
            | CardRule::SamePerson => Subject::Case,
        }
    }

    /// Whether it is about something that was not done in time.
    pub fn is_of_time(self) -> bool {
        match self {
            CardRule::Overdue
            | CardRule::SpecialOverdue
            | CardRule::AcceptanceOverdue
            | CardRule::HandOverOverdue
            | CardRule::DeliveryOverdue
            | CardRule::ComplaintAcceptanceOverdue
            | CardRule::ComplaintOverdue
            | CardRule::EnquiryOverdue => true,
            CardRule::OverAuthority
            | CardRule::ReverseProcedure
            | CardRule::SecondNotice
            | CardRule::RefusalWithoutReason
            | CardRule::SamePerson => false,
        }
    }
}

/// When warnings come, in working days before a limit ends (the `P` of DOMAIN §4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Offsets {
    pub case: u32,
    pub special: u32,
    pub acceptance: u32,
    /// Working days after the end of a special procedure until the red card.
    pub special_red: u32,
}

impl Default for Offsets {
    fn default() -> Offsets {
        Offsets { case: 2, special: 2, acceptance: 1, special_red: 1 }
    }
}

/// A card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// Rule, level, case and occurrence.
    pub id: String,
    pub rule: CardRule,
    pub level: Level,
    /// The number of the case, complaint or enquiry.
    pub case: CaseNumber,
    /// The unit that held it when the card came about; a hand-over passes on no card.
    pub unit: UnitCode,
    /// The first day on which it stands.
    pub on: Date,
    /// The moment at which it came about: of what was done, or the beginning of that day.
    pub at: Time,
    pub standing: CardStanding,
}

impl Case {
    /// The cards of the case up to the almanac's day, by day and id.
    pub fn cards(&self) -> Vec<Card> {
        let today = self.almanac.today;
        self.cards_ahead().into_iter().filter(|card| card.on <= today).collect()
    }

    /// The next day on which time alone changes something about the case: a card, a deemed acceptance, a return.
    pub fn wakes_on(&self) -> Option<Date> {
        let today = self.almanac.today;
        let cards = self.cards_ahead().into_iter().map(|card| card.on);
        cards.chain(self.turns_on()).filter(|day| *day > today).min()
    }

    /// Those that hold for it: of the day on which it was registered.
    fn offsets(&self) -> Offsets {
        let registered = self.folded.registered_at.map_or(self.almanac.today, local::date);
        self.almanac.parameters.on(registered).offsets
    }

    /// The day on which time moves the case on by itself (T11, T17).
    fn turns_on(&self) -> Option<Date> {
        let (course, setting) = (&self.folded.course, self.setting());
        let due = match self.state() {
            State::Received => clock::acceptance_due(course, &setting),
            State::Accepted | State::InReview => clock::omission_due(course, &setting),
            State::Registered
            | State::AwaitingCorrection
            | State::SpecialProcedure
            | State::Decided
            | State::Concluded
            | State::Ready
            | State::Delivered
            | State::Archived
            | State::Refused
            | State::Returned
            | State::Withdrawn
            | State::Voided
            | State::Forwarded => None,
        };
        due?.date.tomorrow().ok()
    }

    /// The cards there are, and those to come if nothing happens.
    pub(super) fn cards_ahead(&self) -> Vec<Card> {
        let offsets = &self.offsets();
        let mut cards = Drawn { case: self, cards: Vec::new() };
        let course = &self.folded.course;
        for round in &course.earlier {
            cards.clocks(&round.course, Some(round.at), offsets);
        }
        cards.clocks(course, None, offsets);
        cards.acceptance(offsets);
        cards.violations();
        let mut cards = cards.cards;
        cards.sort_by(|a, b| (a.on, &a.id).cmp(&(b.on, &b.id)));
        cards.dedup_by(|a, b| a.id == b.id);
        cards
    }
}

/// Cards being drawn for a case.
struct Drawn<'c> {
    case: &'c Case,
    cards: Vec<Card>,
}

impl Drawn<'_> {
    /// What the clocks of one round raise. A redo stops those that still ran, and takes back nothing (T28).
    fn clocks(&mut self, course: &Course, redone_at: Option<Time>, offsets: &Offsets) {
        self.limits(course, redone_at, offsets);
        self.specials(course, redone_at, offsets);
        self.hand_over(course, redone_at);
        self.delivery(course, redone_at);
    }

    /// Promise and statute: from the acceptance to the conclusion (DOMAIN §4). What stood before a special procedure began
    /// stays; while an inquiry lasts the limits that it moves are not reached.
    fn limits(&mut self, course: &Course, redone_at: Option<Time>, offsets: &Offsets) {
        let Some(acceptance) = &course.acceptance else { return };
        let ended = course.concluded_at.or(course.ended_at).or(redone_at).map(local::date);
        let since = acceptance.from;
        let (setting, today) = (self.case.setting(), self.case.almanac.today);
        let paused = ended.is_none() && course.running_special().is_some_and(|special| special.pauses());
        let promise = |begun: &[Special]| clock::promise_after(course, begun, &setting);
        let statute = |begun: &[Special]| clock::statute_after(course, begun, &setting);
        let lasts = [
            (Level::Warning, passes(course, |begun| warned(setting.calendar, promise(begun), offsets.case))),
            (Level::Yellow, passes(course, |begun| Some(promise(begun)?.date))),
            (Level::Red, passes(course, |begun| Some(statute(begun)?.date))),
        ];
        for (level, last) in lasts {
            let last = last.filter(|last| !paused || *last < today);
            self.passed(CardRule::Overdue, level, last, ended, since);
        }
    }

    fn specials(&mut self, course: &Course, redone_at: Option<Time>, offsets: &Offsets) {
        let calendar = &self.case.almanac.calendar;
        for special in &course.special {
            let due = calendar.add_working_days(local::date(special.from), special.days);
            let ended = special.to.or(course.ended_at).or(redone_at).map(local::date);
            let red = calendar.add_working_days(due.date, offsets.special_red);
            let rule = CardRule::SpecialOverdue;
            self.passed(
                rule,
                Level::Warning,
                warned(calendar, Some(due), offsets.special),
                ended,
                special.from,
            );
            self.passed(rule, Level::Yellow, Some(due.date), ended, special.from);
            self.passed(rule, Level::Red, Some(red.date), ended, special.from);
        }
    }

    /// A card for each time that the acceptance had to be deemed, and a warning before.
    fn acceptance(&mut self, offsets: &Offsets) {
        let rule = CardRule::AcceptanceOverdue;
        let deemed: Vec<Date> =
            self.case.folded.computed.iter().filter(|computed| computed.t == 11).map(|c| c.on).collect();
        for on in deemed {
            self.push(rule, Level::Yellow, local::day_begins(on), &on.to_string());
        }
        if let (State::Received, Some(from)) = (self.case.state(), self.case.folded.course.acceptance_from) {
            let due = clock::acceptance_due(&self.case.folded.course, &self.case.setting());
            let warned = warned(&self.case.almanac.calendar, due, offsets.acceptance);
            self.passed(rule, Level::Warning, warned, None, from);
        }
    }

    /// For a village that may not accept: it passes on what it received.
    fn hand_over(&mut self, course: &Course, redone_at: Option<Time>) {
        let Some(from) = course.acceptance_from else { return };
        if !clock::village_passes_on(course, &self.case.setting()) {
            return;
        }
        let ends = [
            clock::passed_on_at(course),
            course.acceptance.as_ref().filter(|a| a.footing != super::Footing::Deemed).map(|a| a.from),
            course.ended_at,
            redone_at,
        ];
        let ended = ends.into_iter().flatten().min().map(local::date);
        let due = clock::hand_over_due(course, &self.case.setting()).map(|due| due.date);
        self.passed(CardRule::HandOverOverdue, Level::Yellow, due, ended, from);
    }

    fn delivery(&mut self, course: &Course, redone_at: Option<Time>) {
        let Some(decision) = course.decision.as_ref().filter(|decision| decision.granted) else { return };
        let ended = course.delivered_at.or(course.ended_at).or(redone_at).map(local::date);
        let due = clock::delivery_due(course, &self.case.setting()).map(|due| due.date);
        self.passed(CardRule::DeliveryOverdue, Level::Yellow, due, ended, decision.at);
    }

    /// What arrived against the rules.
    fn violations(&mut self) {
        let case = self.case;
        for (event, verdict) in case.timeline() {
            let Verdict::Not(why) = verdict else { continue };
            if let Some(rule) = violation(why) {
                self.push(rule, Level::Yellow, event.at, event.id.as_str());
            }
        }
    }

    /// A card from the day after `last` on, unless it ended by then.
    fn passed(&mut self, rule: CardRule, level: Level, last: Option<Date>, ended: Option<Date>, since: Time) {
        let Some(on) = last.and_then(|last| last.tomorrow().ok()) else { return };
        if ended.is_none_or(|ended| ended >= on) {
            self.push(rule, level, local::day_begins(on), &since.0.to_string());
        }
    }

    /// A card that came about at that moment, for the unit that held the case then.
    fn push(&mut self, rule: CardRule, level: Level, at: Time, occurrence: &str) {
        let (case, on) = (self.case.number, local::date(at));
        let unit = self.case.folded.course.holder_at(at).unwrap_or(self.case.unit);
        let id = format!("{rule}.{level}@{case}.{occurrence}");
        let standing =
            self.case.folded.course.cards.get(&id).map_or(CardStanding::Raised, |(standing, _)| *standing);
        self.cards.push(Card { id, rule, level, case, unit, on, at, standing });
    }
}

/// The last day before a card. Where it had passed when a special procedure began it stays as it was, whatever that
/// procedure moves for the rest.
fn passes(course: &Course, last: impl Fn(&[Special]) -> Option<Date>) -> Option<Date> {
    let before =
        course.special.iter().enumerate().find_map(|(n, special)| {
            last(&course.special[..n]).filter(|day| *day < local::date(special.from))
        });
    before.or_else(|| last(&course.special))
}

/// The day after which a warning stands: so many working days before the limit ends.
pub(crate) fn warned(calendar: &Calendar, due: Option<Due>, days: u32) -> Option<Date> {
    let mut day = due?.date;
    let mut left = days + 1;
    while left > 0 {
        left -= u32::from(calendar.is_working_day(day));
        day = day.yesterday().ok()?;
    }
    Some(day)
}

fn violation(why: &Why) -> Option<CardRule> {
    match why {
        Why::OverAuthority { .. } => Some(CardRule::OverAuthority),
        Why::ReverseProcedure { .. } => Some(CardRule::ReverseProcedure),
        Why::Unmet { what: Unmet::SecondNotice, .. } => Some(CardRule::SecondNotice),
        Why::Unmet { what: Unmet::SamePerson(_), .. } => Some(CardRule::SamePerson),
        Why::Unmet { t: 7, .. } => Some(CardRule::RefusalWithoutReason),
        Why::Unmet { .. } | Why::Circular => Some(CardRule::ReverseProcedure),
        Why::SameAs(_)
        | Why::Against(_)
        | Why::Settled(_)
        | Why::Futile(_)
        | Why::Overtaken(_)
        | Why::NewerVersion => None,
    }
}
