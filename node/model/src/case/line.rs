//! Whether nobody acted or the line was down (DOMAIN §4): judged from what a node noted of the line on which it hears a unit.
//!
//! What was noted never changes, so the answer about a moment that is past stays what it is, whatever the line does today. Knows no
//! connection: when it came up and went down is told.

use jiff::civil::Date;
use sanji_sync::Time;
use serde::{Deserialize, Serialize};

use super::supervision::Card;
use crate::lang::worded;
use crate::local;

/// What is shorter keeps nobody from acting within working days, and is not noted.
const OUTAGE_MS_MIN: u64 = 3_600_000;

/// Outages kept of a line: the latest. Of a box that is switched off every night that is three months.
const OUTAGES_MAX: usize = 90;

/// Close of business: a limit ends then on its last day (DOMAIN §3.5).
const CLOSE_MS: u64 = 17 * 3_600_000;

worded! {
    /// What is known of why nothing came in time.
    pub enum Evidence ("送达依据", "evidence of the line") {
        /// The line was up when the limit ended, so what had been done would be here.
        NobodyActed = "nobody_acted", "无人办理", "nobody acted";
        /// The line was down then: something may have been done, or could not be.
        LineDown = "line_down", "线路中断", "the line was down";
        /// The unit had not been heard by then.
        NeverHeard = "never_heard", "未曾连通", "never linked";
        /// The card is about something that was done, with the line up.
        Acted = "acted", "在线办理", "done on line";
    }
}

/// A time without a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outage {
    pub from: Time,
    pub to: Time,
}

/// What a node noted of the line on which it hears a unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// When it was heard first.
    pub since: Time,
    /// In order.
    pub outages: Vec<Outage>,
    /// Since when it is down, if it is.
    #[serde(skip)]
    pub down: Option<Time>,
}

impl Line {
    /// A line that comes up for the first time.
    pub fn begun(now: Time) -> Line {
        Line { since: now, outages: Vec::new(), down: None }
    }

    /// It comes up; true if an outage was noted.
    pub fn up(&mut self, now: Time) -> bool {
        let Some(from) = self.down.take() else { return false };
        let is_long = now.0.saturating_sub(from.0) >= OUTAGE_MS_MIN;
        if is_long {
            self.outages.push(Outage { from, to: now });
            let extra = self.outages.len().saturating_sub(OUTAGES_MAX);
            self.outages.drain(..extra);
        }
        is_long
    }

    /// It goes down; true if it was up.
    pub fn down(&mut self, now: Time) -> bool {
        let was_up = self.down.is_none();
        self.down.get_or_insert(now);
        was_up
    }

    /// The outage in which a moment lies, as far as is known at `now`. One that lasts ends then.
    pub fn outage_at(&self, at: Time, now: Time) -> Option<Outage> {
        let lasting = self.down.map(|from| Outage { from, to: now });
        let mut long = self.outages.iter().copied().chain(lasting);
        long.find(|out| out.from <= at && at < out.to && out.to.0 - out.from.0 >= OUTAGE_MS_MIN)
    }
}

/// The judgement about a card, with the outage that it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Judged {
    pub evidence: Evidence,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
}

/// Judges a card by the line on which the unit that earned it is heard; none is a unit that was never heard.
///
/// A card of a limit is judged by the close of business of the limit's last day, any other by the moment of what was done.
pub fn judge(card: &Card, line: Option<&Line>, now: Time) -> Judged {
    let acted = !card.rule.is_of_time();
    let moment = if acted { card.at } else { closes_before(card.on) };
    let Some(line) = line.filter(|line| line.since <= moment) else {
        return Judged { evidence: Evidence::NeverHeard, outage: None };
    };
    let outage = line.outage_at(moment, now);
    let evidence = match (outage, acted) {
        (Some(_), _) => Evidence::LineDown,
        (None, true) => Evidence::Acted,
        (None, false) => Evidence::NobodyActed,
    };
    Judged { evidence, outage }
}

/// The judgement about a card of the unit at whose own node it is asked: no line lies between.
pub fn judge_own(card: &Card) -> Judged {
    let evidence = if card.rule.is_of_time() { Evidence::NobodyActed } else { Evidence::Acted };
    Judged { evidence, outage: None }
}

/// The close of business of the day before.
fn closes_before(day: Date) -> Time {
    day.yesterday().map_or(Time(0), |last| local::day_begins(last).plus_ms(CLOSE_MS))
}

#[cfg(test)]
mod tests {
    use super::super::{CardRule, CardStanding, Level};
    use super::*;
    use crate::number::CaseNumber;
    use sanji_sync::UnitCode;

    const HOUR: u64 = 3_600_000;

    fn at(day: i8, hour: u64) -> Time {
        local::day_begins(Date::constant(2026, 3, day)).plus_ms(hour * HOUR)
    }

    fn card(rule: CardRule, day: i8) -> Card {
        let unit = UnitCode::parse("640202001001").unwrap();
        let case = CaseNumber::new(unit, Date::constant(2026, 3, 2), 1, 1).unwrap();
        let on = Date::constant(2026, 3, day);
        let at = local::day_begins(on);
        Card {
            id: "x".into(),
            rule,
            level: Level::Yellow,
            case,
            unit,
            on,
            at,
            standing: CardStanding::Raised,
        }
    }

    fn line(steps: &[(i8, u64, bool)]) -> Line {
        let mut line = Line::begun(at(1, 9));
        for (day, hour, up) in steps {
            match up {
                true => line.up(at(*day, *hour)),
                false => line.down(at(*day, *hour)),
            };
        }
        line
    }

    #[test]
    fn what_counts_is_the_line_when_the_limit_ended_and_not_todays() {
        let card = card(CardRule::HandOverOverdue, 10);
        let judged = |line: &Line, now| judge(&card, Some(line), now).evidence;
        // Down over the end of the limit; up again today.
        let healed = line(&[(8, 12, false), (12, 9, true)]);
        assert_eq!(judged(&healed, at(13, 9)), Evidence::LineDown);
        assert_eq!(
            judge(&card, Some(&healed), at(13, 9)).outage,
            Some(Outage { from: at(8, 12), to: at(12, 9) })
        );
        // Up when it ended; down today.
        assert_eq!(judged(&line(&[(10, 9, false)]), at(13, 9)), Evidence::NobodyActed);
        // Switched off for the night only.
        assert_eq!(judged(&line(&[(9, 18, false), (10, 8, true)]), at(13, 9)), Evidence::NobodyActed);
        // Down since before and still: judged the same while it lasts and after.
        let mut lasting = line(&[(8, 12, false)]);
        let while_down = judged(&lasting, at(11, 9));
        lasting.up(at(20, 9));
        assert_eq!([while_down, judged(&lasting, at(30, 9))], [Evidence::LineDown; 2]);
    }

    #[test]
    fn a_moment_without_a_line_is_no_outage_and_a_unit_never_heard_is_named_so() {
        let card = card(CardRule::Overdue, 10);
        let flap = line(&[(9, 16, false), (9, 16, true)]);
        assert!(flap.outages.is_empty());
        assert_eq!(judge(&card, Some(&flap), at(13, 9)).evidence, Evidence::NobodyActed);
        assert_eq!(judge(&card, None, at(13, 9)).evidence, Evidence::NeverHeard);
        let later = Line::begun(at(11, 9));
        assert_eq!(judge(&card, Some(&later), at(13, 9)).evidence, Evidence::NeverHeard);
        assert_eq!(judge_own(&card).evidence, Evidence::NobodyActed);
    }

    #[test]
    fn what_was_done_is_judged_by_its_own_moment() {
        let card = card(CardRule::SecondNotice, 10);
        let line = line(&[(10, 8, false), (10, 14, true)]);
        let judged =
            |hour| judge(&Card { at: at(10, hour), ..card.clone() }, Some(&line), at(13, 9)).evidence;
        assert_eq!(
            [judged(7), judged(9), judged(15)],
            [Evidence::Acted, Evidence::LineDown, Evidence::Acted]
        );
        assert_eq!(judge_own(&card).evidence, Evidence::Acted);
    }

    #[test]
    fn outages_are_kept_up_to_a_number_and_a_clock_that_goes_back_does_no_harm() {
        let mut line = Line::begun(Time(0));
        for n in 0..200u64 {
            line.down(Time(n * 10 * HOUR));
            line.up(Time(n * 10 * HOUR + 2 * HOUR));
        }
        assert_eq!((line.outages.len(), line.outages[0].from), (90, Time(110 * 10 * HOUR)));
        line.down(Time(5 * HOUR));
        assert!(!line.up(Time(1)));
        assert_eq!((line.outages.len(), line.down), (90, None));
    }
}
