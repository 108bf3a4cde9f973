//! Suspending, resuming and abolishing a published guide: a document each, written once by the county, held by everybody
//! who holds the guide.
//!
//! Knows no clock: what stands at a time is a question with the time in it.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, AutomergeError, ROOT};
use sanji_sync::{ActorBytes, DocId, Time};
use serde::{Deserialize, Serialize};

use super::sealed::{sealed, writer};
use super::{GuideState, NotDone, PublishedMeta};
use crate::blank::is_blank;
use crate::case::By;
use crate::document::{kind, text};
use crate::lang::{Words, worded};
use crate::local;

/// What the root of such a document says under `kind`.
pub const KIND_STOP: &str = "guide-stop";
/// Key of [`Stop`] as JSON text.
const STOP: &str = "stop";
/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 500;

worded! {
    /// What can be done to a published guide.
    pub enum StopKind ("指南处置", "what is done to a guide") {
        Suspend = "suspend", "暂停", "suspend";
        Resume = "resume", "恢复", "resume";
        Abolish = "abolish", "废止", "abolish";
    }
}

/// A guide is stopped, or goes on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// The draft's document, as a version names it.
    pub guide: DocId,
    pub what: StopKind,
    /// When it was done.
    pub at: Time,
    /// From when it holds.
    pub from: Time,
    pub by: By,
    pub reason: String,
}

impl Stop {
    /// Writes it into a new document.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<(), AutomergeError> {
        doc.put(ROOT, "kind", KIND_STOP)?;
        let json = serde_json::to_string(self).expect("words and numbers always serialise");
        doc.put(ROOT, STOP, json)
    }

    /// Reads one as its first change left it, with who wrote that, and how many changes came after it.
    pub fn read(doc: &AutoCommit) -> Option<(Stop, ActorBytes, u64)> {
        let sealed = sealed(doc);
        let doc = &*sealed.first;
        if kind(doc).as_deref() != Some(KIND_STOP) {
            return None;
        }
        let stop = serde_json::from_str(&text(doc, &ROOT, STOP)?).ok()?;
        Some((stop, writer(doc, STOP)?, sealed.later))
    }
}

/// What holds of a guide at a time, with the act that made it so. An abolished one stays so.
pub fn standing(stops: &[Stop], at: Time) -> Option<&Stop> {
    let begun = || stops.iter().filter(|stop| stop.from <= at);
    let order = |stop: &&Stop| (stop.from, stop.at);
    let abolished = begun().filter(|stop| stop.what == StopKind::Abolish).min_by_key(order);
    let last = begun().max_by_key(order).filter(|stop| stop.what != StopKind::Resume);
    abolished.or(last)
}

/// The version of a guide by which people were served at a moment, if it was in force then and not stopped. Nothing that is
/// published or stopped later changes the answer.
pub fn held_at<'a>(versions: &[&'a PublishedMeta], stops: &[Stop], at: Time) -> Option<&'a PublishedMeta> {
    let begun = versions.iter().copied().filter(|version| version.begins() <= at);
    let latest = begun.max_by_key(|version| version.rank())?;
    let cancelled = latest.cancels_on.is_some_and(|day| local::day_begins(day) <= at);
    let stopped = standing(stops, at).is_some();
    (!cancelled && !stopped).then_some(latest)
}

impl StopKind {
    /// What it makes of a guide; resuming leaves it to its versions.
    pub fn state(self) -> Option<GuideState> {
        match self {
            StopKind::Suspend => Some(GuideState::Suspended),
            StopKind::Abolish => Some(GuideState::Abolished),
            StopKind::Resume => None,
        }
    }

    /// Whether nothing can be done to the guide after it.
    pub fn is_final(self) -> bool {
        match self {
            StopKind::Abolish => true,
            StopKind::Suspend | StopKind::Resume => false,
        }
    }

    /// Whether it can be done to a published guide that is stopped so or not at all.
    pub fn is_possible(self, now: Option<StopKind>) -> bool {
        match (self, now) {
            (_, Some(StopKind::Abolish)) => false,
            (StopKind::Suspend | StopKind::Abolish, None | Some(StopKind::Resume)) => true,
            (StopKind::Suspend, Some(StopKind::Suspend)) => false,
            (StopKind::Abolish | StopKind::Resume, Some(StopKind::Suspend)) => true,
            (StopKind::Resume, None | Some(StopKind::Resume)) => false,
        }
    }
}

/// A reason as it is kept; a blank one is none.
pub fn reason(text: Option<&str>) -> Result<String, NotDone> {
    let text = text.unwrap_or_default().trim();
    if is_blank(text) {
        return Err(NotDone::Reason);
    }
    match text.chars().nth(REASON_CHARS_MAX) {
        Some(_) => Err(NotDone::TooLong { what: Words::new("理由", "reason"), max: REASON_CHARS_MAX }),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Role;
    use jiff::civil::Date;
    use sanji_sync::UnitCode;

    fn stop(what: StopKind, from: u64) -> Stop {
        let unit = UnitCode::parse("640202").unwrap();
        let by = By { unit, node: String::new(), user: None, instead_of: None, role: Role::GuideApprover };
        Stop {
            guide: DocId([1; 16]), what, at: Time(from), from: Time(from), by, reason: "修订".to_owned()
        }
    }

    #[test]
    fn a_suspension_ends_and_an_abolition_does_not() {
        let mut stops = vec![stop(StopKind::Suspend, 10), stop(StopKind::Resume, 20)];
        let state = |stops: &[Stop], at| standing(stops, Time(at)).and_then(|stop| stop.what.state());
        assert_eq!(state(&stops, 9), None);
        assert_eq!(state(&stops, 10), Some(GuideState::Suspended));
        assert_eq!(state(&stops, 20), None);
        stops.push(stop(StopKind::Abolish, 30));
        stops.push(stop(StopKind::Resume, 40));
        assert_eq!((state(&stops, 29), state(&stops, 50)), (None, Some(GuideState::Abolished)));
        assert!(!StopKind::Resume.is_possible(Some(StopKind::Abolish)));
        assert!(StopKind::Resume.is_possible(Some(StopKind::Suspend)) && !StopKind::Resume.is_possible(None));
    }

    #[test]
    fn what_held_at_a_moment_does_not_hang_on_what_came_later() {
        let midnight = |day| local::day_begins(Date::constant(2026, 3, day));
        let version = |version, day, published_at, cancelled: Option<i8>| PublishedMeta {
            guide: DocId([1; 16]),
            version,
            published_at,
            published_by: UnitCode::parse("640202").unwrap(),
            effective_on: Date::constant(2026, 3, day),
            cancels_on: cancelled.map(|day| Date::constant(2026, 3, day)),
        };
        let (first, second) = (version(1, 2, Time(0), None), version(2, 5, midnight(5).plus_ms(1), Some(9)));
        let both = [&first, &second];
        let held = |day, stops: &[Stop]| held_at(&both, stops, midnight(day)).map(|held| held.version);
        assert_eq!([1, 2, 5, 6, 9].map(|day| held(day, &[])), [None, Some(1), Some(1), Some(2), None]);
        let stops = [stop(StopKind::Suspend, midnight(3).0), stop(StopKind::Resume, midnight(4).0)];
        assert_eq!([2, 3, 4].map(|day| held(day, &stops)), [Some(1), None, Some(1)]);
    }

    #[test]
    fn only_the_first_change_of_a_document_counts() {
        let mut doc = AutoCommit::new().with_actor([7; 16].as_slice().into());
        stop(StopKind::Suspend, 10).write(&mut doc).unwrap();
        doc.commit();
        let mut later = doc.fork().with_actor([8; 16].as_slice().into());
        stop(StopKind::Resume, 10).write(&mut later).unwrap();
        later.commit();
        for (doc, changes) in [(&doc, 0), (&later, 1)] {
            let (read, writer, later) = Stop::read(doc).unwrap();
            assert_eq!((read.what, writer, later), (StopKind::Suspend, [7; 16], changes));
        }
    }
}
