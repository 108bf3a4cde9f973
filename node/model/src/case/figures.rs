//! What a case counts for in statistics and ledgers (DOMAIN §6): numbers by day, to be added up by period and unit.
//!
//! Counters are kept by delta: what a case counted for before is taken off, what it counts for now is added. Knows no
//! counter and no unit but the case's own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_sync::Time;
use serde::{Deserialize, Serialize};

use super::clock;
use super::course::{CardStanding, Course, Footing, RatingStage};
use super::supervision::{Card, Level};
use super::{Case, State};
use crate::lang::worded;
use crate::local;

worded! {
    /// What is counted.
    pub enum Figure ("统计项", "figure") {
        Registered = "registered", "登记", "registered";
        Received = "received", "收件", "received";
        Accepted = "accepted", "受理", "accepted";
        /// Among them those accepted with omissions, on commitment, or deemed.
        Tolerated = "tolerated", "容缺受理", "accepted with omissions";
        Committed = "committed", "告知承诺", "accepted on commitment";
        Deemed = "deemed", "视为受理", "deemed accepted";
        Refused = "refused", "不予受理", "refused";
        Returned = "returned", "退件", "returned";
        Withdrawn = "withdrawn", "撤回", "withdrawn";
        Concluded = "concluded", "办结", "concluded";
        /// Of the concluded: within the promise.
        OnTime = "on_time", "按时办结", "on time";
        OnTheSpot = "on_the_spot", "即办", "on the spot";
        /// Of the concluded: registered by the applicant without a window.
        Online = "online", "网上办", "online";
        /// Of the concluded: the applicant came once at most.
        OneTrip = "one_trip", "只跑一次", "one trip";
        /// Working days allowed by statute and used, of the concluded; their ratio is the speed-up.
        StatuteDays = "statute_days", "法定工作日", "days by statute";
        UsedDays = "used_days", "实际工作日", "days used";
        Rated = "rated", "评价", "rated";
        RatedGood = "rated_good", "好评", "rated well";
        RatedBad = "rated_bad", "差评", "rated badly";
        Rectified = "rectified", "差评已整改", "bad ratings rectified";
        CalledBack = "called_back", "差评已回访", "bad ratings called back";
        Warnings = "warnings", "预警", "warnings";
        Yellows = "yellows", "黄牌", "yellow cards";
        Reds = "reds", "红牌", "red cards";
        CardsWithdrawn = "cards_withdrawn", "已撤销督办", "cards withdrawn";
    }
}

/// The shares of DOMAIN §6 in percent, to a tenth; none where nothing is there to take a share of.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Indicators {
    pub on_time: Option<f64>,
    pub on_the_spot: Option<f64>,
    pub online: Option<f64>,
    pub one_trip: Option<f64>,
    pub speed_up: Option<f64>,
    pub good_rating: Option<f64>,
    pub rectified: Option<f64>,
    pub called_back: Option<f64>,
}

impl Indicators {
    pub fn of(figure: impl Fn(Figure) -> i64) -> Indicators {
        let of = |one: Figure| figure(one) as f64;
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| (part / whole * 1000.0).round() / 10.0);
        let concluded = of(Figure::Concluded);
        Indicators {
            on_time: share(of(Figure::OnTime), concluded),
            on_the_spot: share(of(Figure::OnTheSpot), of(Figure::Accepted)),
            online: share(of(Figure::Online), concluded),
            one_trip: share(of(Figure::OneTrip), concluded),
            speed_up: share(of(Figure::StatuteDays) - of(Figure::UsedDays), of(Figure::StatuteDays)),
            good_rating: share(of(Figure::RatedGood), of(Figure::Rated)),
            rectified: share(of(Figure::Rectified), of(Figure::RatedBad)),
            called_back: share(of(Figure::CalledBack), of(Figure::RatedBad)),
        }
    }
}

/// Numbers by day and figure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures(pub BTreeMap<(Date, Figure), i64>);

/// Each as `2026-02-10 1 1` (day, figure, number): short in rows, which cut long texts and no lists.
impl Serialize for Figures {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let one = |((day, figure), n): (&(Date, Figure), &i64)| format!("{day} {} {n}", *figure as u8);
        s.collect_seq(self.0.iter().map(one))
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Figures, D::Error> {
        let all = Vec::<String>::deserialize(d)?;
        let one = |part: &String| {
            let mut words = part.split(' ');
            let day = words.next()?.parse().ok()?;
            let figure = *Figure::ALL.get(words.next()?.parse::<usize>().ok()?)?;
            Some(((day, figure), words.next()?.parse().ok()?))
        };
        Ok(Figures(all.iter().filter_map(one).collect()))
    }
}

impl Figures {
    fn add(&mut self, date: Date, figure: Figure, n: i64) {
        *self.0.entry((date, figure)).or_default() += n;
    }

    fn at(&mut self, at: Option<Time>, figure: Figure) {
        if let Some(at) = at {
            self.add(local::date(at), figure, 1);
        }
    }

    /// What cards count for, each on its day: of a case, a complaint or an enquiry.
    pub fn of_cards(cards: &[Card]) -> Figures {
        let mut figures = Figures::default();
        figures.add_cards(cards);
        figures
    }

    fn add_cards(&mut self, cards: &[Card]) {
        for card in cards {
            let figure = match (card.standing, card.level) {
                (CardStanding::Withdrawn, _) => Figure::CardsWithdrawn,
                (_, Level::Warning) => Figure::Warnings,
                (_, Level::Yellow) => Figure::Yellows,
                (_, Level::Red) => Figure::Reds,
            };
            self.add(card.on, figure, 1);
        }
    }

    /// What has to be added to get from `before` to this.
    pub fn since(&self, before: &Figures) -> Figures {
        let mut delta = self.clone();
        for (key, n) in &before.0 {
            *delta.0.entry(*key).or_default() -= n;
        }
        delta.0.retain(|_, n| *n != 0);
        delta
    }
}

fn accepted(course: &Course, figures: &mut Figures) {
    let Some(acceptance) = &course.acceptance else { return };
    figures.at(Some(acceptance.from), Figure::Accepted);
    match acceptance.footing {
        Footing::Omissions => figures.at(Some(acceptance.from), Figure::Tolerated),
        Footing::Commitment => figures.at(Some(acceptance.from), Figure::Committed),
        Footing::Deemed => figures.at(Some(acceptance.from), Figure::Deemed),
        Footing::OnTheSpot => figures.at(Some(acceptance.from), Figure::OnTheSpot),
        Footing::Normal => {}
    }
}

impl Case {
    /// What it counts for, each on the day on which it happened. What a redo began again was all the same (DOMAIN §6).
    pub fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        let course = &self.folded.course;
        figures.at(self.folded.registered_at, Figure::Registered);
        figures.at(self.folded.received_at, Figure::Received);
        for round in &course.earlier {
            // A redo follows a refusal, a decision or a conclusion (T28); only the first of them ends a case.
            figures.at(round.course.ended_at, Figure::Refused);
            accepted(&round.course, &mut figures);
            self.concluded(&round.course, &mut figures);
        }
        accepted(course, &mut figures);
        self.ended(&mut figures);
        self.concluded(course, &mut figures);
        figures.0.retain(|_, n| *n != 0);
        if let Some(rating) = course.rating.as_ref().filter(|rating| rating.counts) {
            figures.at(Some(rating.at), Figure::Rated);
            figures.at(Some(rating.at), if rating.is_bad() { Figure::RatedBad } else { Figure::RatedGood });
            if rating.is_bad() {
                let rectified = matches!(
                    rating.stage,
                    RatingStage::Rectified | RatingStage::Answered | RatingStage::Closed
                );
                figures.at(Some(rating.at).filter(|_| rectified), Figure::Rectified);
                figures.at(Some(rating.at).filter(|_| rating.called_at.is_some()), Figure::CalledBack);
            }
        }
        figures.add_cards(&self.cards());
        figures
    }

    fn ended(&self, figures: &mut Figures) {
        let figure = match self.state() {
            State::Refused => Figure::Refused,
            State::Returned => Figure::Returned,
            State::Withdrawn => Figure::Withdrawn,
            State::Registered
            | State::Received
            | State::AwaitingCorrection
            | State::Accepted
            | State::InReview
            | State::SpecialProcedure
            | State::Decided
            | State::Concluded
            | State::Ready
            | State::Delivered
            | State::Archived
            | State::Voided
            | State::Forwarded => return,
        };
        figures.at(self.folded.course.ended_at, figure);
    }

    fn concluded(&self, course: &Course, figures: &mut Figures) {
        let setting = self.setting();
        let (Some(at), Some(acceptance)) = (course.concluded_at, &course.acceptance) else { return };
        let (from, day) = (local::date(acceptance.from), local::date(at));
        figures.add(day, Figure::Concluded, 1);
        if clock::promise_due(course, &setting).is_none_or(|due| day <= due.date) {
            figures.add(day, Figure::OnTime, 1);
        }
        let by_applicant = self.registered_by() == Some(super::Role::Public);
        figures.add(day, Figure::Online, i64::from(by_applicant));
        // A correction brings the applicant back to the window.
        figures.add(day, Figure::OneTrip, i64::from(course.corrections.is_empty()));
        if let Some(due) = clock::statute_due(course, &setting) {
            let between = |to| i64::from(setting.calendar.working_days_between(from, to));
            figures.add(day, Figure::StatuteDays, between(due.date));
            figures.add(day, Figure::UsedDays, between(day));
        }
    }

    fn registered_by(&self) -> Option<super::Role> {
        let (id, _) = self.folded.timeline.first()?;
        Some(self.events.get(id)?.by.role)
    }
}
