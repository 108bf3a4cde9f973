//! The clocks of a case: when each limit ends (DOMAIN §3.5).
//!
//! All in the calendar's working days; the day of the event is day 0. Pure: course, terms and calendar in, days out.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use sanji_sync::{Time, UnitCode};
use serde::Serialize;

use super::course::{Course, Special, SpecialKind};
use super::fold::Setting;
use super::state::State;
use crate::calendar::{Calendar, Due};
use crate::guide::{Limit, Unit as LimitUnit};
use crate::lang::worded;
use crate::local;
use crate::organisation::Tier;

worded! {
    /// What a limit is for.
    pub enum ClockKind ("时钟", "clock") {
        /// A notice within 5 working days of the receipt, or the case is deemed accepted (T11).
        Acceptance = "acceptance", "受理", "acceptance";
        /// A village hands over what it received (T3).
        HandOver = "hand_over", "移交", "hand-over";
        /// The applicant answers a correction notice (T6).
        Correction = "correction", "补正", "correction";
        /// The applicant hands in what was left out (T17).
        Omission = "omission", "容缺后补", "omission";
        /// 承诺时限.
        Promise = "promise", "承诺办结", "promise";
        /// 法定时限.
        Statute = "statute", "法定办结", "statute";
        /// The end of a special procedure.
        Special = "special", "特别程序", "special procedure";
        /// 10 working days from a grant.
        Delivery = "delivery", "送达", "delivery";
    }
}

/// One clock that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Clock {
    pub clock: ClockKind,
    #[serde(flatten)]
    pub due: Due,
    /// A special procedure stops it; `due` is what it would be if that ended today.
    pub paused: bool,
}

/// The clocks that run in `state`, the ones that end first first.
pub fn running(state: State, custody: Option<Tier>, course: &Course, setting: &Setting) -> Vec<Clock> {
    let one = |clock, due: Option<Due>, paused| due.map(|due| Clock { clock, due, paused });
    let limits = |paused| {
        let omission = one(ClockKind::Omission, omission_due(course, setting), false);
        let promise = one(ClockKind::Promise, promise_due(course, setting), paused);
        [promise, one(ClockKind::Statute, statute_due(course, setting), paused), omission]
    };
    let clocks: Vec<Option<Clock>> = match state {
        State::Received => {
            let waits = custody == Some(Tier::Village)
                && village_passes_on(course, setting)
                && passed_on_at(course).is_none();
            let hand_over = hand_over_due(course, setting).filter(|_| waits);
            let acceptance = one(ClockKind::Acceptance, acceptance_due(course, setting), false);
            vec![acceptance, one(ClockKind::HandOver, hand_over, false)]
        }
        State::AwaitingCorrection => vec![one(ClockKind::Correction, correction_due(course, setting), false)],
        State::Accepted | State::InReview => limits(false).to_vec(),
        State::SpecialProcedure => {
            let paused = course.running_special().is_some_and(|special| special.kind == SpecialKind::Inquiry);
            let mut clocks = limits(paused).to_vec();
            clocks.push(one(ClockKind::Special, special_due(course, setting), false));
            clocks
        }
        State::Decided => {
            let delivery = one(ClockKind::Delivery, delivery_due(course, setting), false);
            [&limits(false)[..2], &[delivery]].concat()
        }
        State::Concluded | State::Ready => {
            vec![one(ClockKind::Delivery, delivery_due(course, setting), false)]
        }
        State::Registered
        | State::Delivered
        | State::Archived
        | State::Refused
        | State::Returned
        | State::Withdrawn
        | State::Voided
        | State::Forwarded => Vec::new(),
    };
    let mut clocks: Vec<Clock> = clocks.into_iter().flatten().collect();
    clocks.sort_by_key(|clock| (clock.due.date, clock.clock));
    clocks
}

/// Whether a village received the case that may not accept it, so that it has to pass it on (T3). A redo finds a case where
/// it was decided: no village has that to hand over.
pub fn village_passes_on(course: &Course, setting: &Setting) -> bool {
    let is_village = |unit: UnitCode| Tier::of(&unit) == Tier::Village;
    let holder = course.acceptance_from.and_then(|from| course.holder_at(from));
    !setting.terms.accepts.contains(&Tier::Village)
        && course.receiver.as_ref().is_some_and(|person| is_village(person.unit))
        && holder.is_some_and(is_village)
}

/// When it did that, or asked the applicant for a correction instead.
pub fn passed_on_at(course: &Course) -> Option<Time> {
    let asked = course.corrections_of_round().first().map(|notice| notice.asked_at);
    course.handed_over_at.into_iter().chain(asked).min()
}

/// 5 working days from the receipt; the time that a correction took is left out.
pub fn acceptance_due(course: &Course, setting: &Setting) -> Option<Due> {
    let from = local::date(course.acceptance_from?);
    let notices = course.corrections_of_round().iter();
    let waited: u32 = notices.map(|notice| lasted(setting, notice.asked_at, notice.answered_at)).sum();
    Some(setting.calendar.add_working_days(from, setting.terms.days.acceptance + waited))
}

/// For the unit that received it to pass it on.
pub fn hand_over_due(course: &Course, setting: &Setting) -> Option<Due> {
    let from = local::date(course.acceptance_from?);
    Some(setting.calendar.add_working_days(from, setting.terms.days.hand_over))
}

/// For the applicant to answer the open notice.
pub fn correction_due(course: &Course, setting: &Setting) -> Option<Due> {
    let asked = local::date(course.open_correction()?.asked_at);
    Some(setting.calendar.add_working_days(asked, setting.terms.days.correction))
}

/// For what was left out at acceptance, the first of it that ends; none when nothing is missing any more.
pub fn omission_due(course: &Course, setting: &Setting) -> Option<Due> {
    let acceptance = course.acceptance.as_ref()?;
    let missing = course.still_omitted();
    if missing.is_empty() {
        return None;
    }
    Some(setting.calendar.add_working_days(local::date(acceptance.from), setting.terms.omission(&missing)))
}

/// When the decision was promised. What was printed for the applicant is never moved against them: the printed day
/// holds where a calendar that came later would give more time.
pub fn promise_due(course: &Course, setting: &Setting) -> Option<Due> {
    promise_after(course, &course.special, setting)
}

/// The same when only these special procedures had begun.
pub(super) fn promise_after(course: &Course, begun: &[Special], setting: &Setting) -> Option<Due> {
    let acceptance = course.acceptance.as_ref()?;
    let mut due = ends(setting.calendar, local::date(acceptance.from), setting.terms.promise());
    if let Some(printed) = acceptance.printed
        && printed < due.date
    {
        due = Due { date: printed, provisional: false };
    }
    Some(moved(begun, setting, due))
}

/// When the law wants the decision.
pub fn statute_due(course: &Course, setting: &Setting) -> Option<Due> {
    statute_after(course, &course.special, setting)
}

/// The same when only these special procedures had begun.
pub(super) fn statute_after(course: &Course, begun: &[Special], setting: &Setting) -> Option<Due> {
    let from = local::date(course.acceptance.as_ref()?.from);
    let due = ends(setting.calendar, from, setting.terms.statute());
    Some(moved(begun, setting, due))
}

/// When the running special procedure ought to end.
pub fn special_due(course: &Course, setting: &Setting) -> Option<Due> {
    let special = course.running_special()?;
    Some(setting.calendar.add_working_days(local::date(special.from), special.days))
}

/// 10 working days from a grant.
pub fn delivery_due(course: &Course, setting: &Setting) -> Option<Due> {
    let decision = course.decision.as_ref().filter(|decision| decision.granted)?;
    Some(setting.calendar.add_working_days(local::date(decision.at), setting.terms.days.delivery))
}

/// The last day of a limit that starts on `from`.
pub fn ends(calendar: &Calendar, from: Date, limit: Limit) -> Due {
    let count = i64::from(limit.number.ceil());
    let plain = |span: Span| Due { date: from.checked_add(span).unwrap_or(Date::MAX), provisional: false };
    match limit.unit {
        LimitUnit::WorkingDay => calendar.add_working_days(from, limit.number.ceil()),
        LimitUnit::Day => plain(count.days()),
        LimitUnit::Month => plain((count as i32).months()),
        // Offices count hours within the day and the next ones: eight to a working day.
        LimitUnit::Hour => calendar.add_working_days(from, limit.number.ceil().div_ceil(8)),
    }
}

/// A limit as special procedures move it: an extension by what was approved, an inquiry by what it lasted so far. One that
/// begins when the limit has passed moves nothing.
fn moved(begun: &[Special], setting: &Setting, mut due: Due) -> Due {
    for special in begun {
        if local::date(special.from) > due.date {
            continue;
        }
        let days = match special.kind {
            SpecialKind::Extension => special.days,
            SpecialKind::Inquiry => lasted(setting, special.from, special.to),
        };
        let longer = setting.calendar.add_working_days(due.date, days);
        due = Due { date: longer.date, provisional: due.provisional || longer.provisional };
    }
    due
}

/// Working days after `from` up to and with `to`, or today while it lasts.
fn lasted(setting: &Setting, from: Time, to: Option<Time>) -> u32 {
    let to = to.map_or(setting.today, local::date);
    setting.calendar.working_days_between(local::date(from), to)
}
