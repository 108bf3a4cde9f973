//! Whether a case was registered on a version that no longer held then: nobody's fault at a village without a line, but
//! to be checked (DOMAIN §2.2).
//!
//! A function of what is published and of when the case was registered, so every node that holds both says the same.

use sanji_sync::Time;
use serde::{Deserialize, Serialize};

use super::published::PublishedMeta;
use super::standing::{Stop, StopKind, standing};
use crate::lang::Words;

/// Why a version did not hold any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outdated {
    /// By this version.
    Superseded(u32),
    Suspended,
    Abolished,
}

impl Outdated {
    pub fn words(self) -> Words {
        match self {
            Outdated::Superseded(_) => Words::new("登记时已有新版本生效", "a later version was in force"),
            Outdated::Suspended => Words::new("登记时该指南已暂停", "the guide was suspended"),
            Outdated::Abolished => Words::new("登记时该指南已废止", "the guide was abolished"),
        }
    }
}

/// Holds a pinned version against all versions and stops of its guide.
pub fn outdated(
    pinned: &PublishedMeta,
    versions: &[&PublishedMeta],
    stops: &[Stop],
    registered: Time,
) -> Option<Outdated> {
    let stopped = standing(stops, registered).map(|stop| stop.what);
    match stopped {
        Some(StopKind::Abolish) => return Some(Outdated::Abolished),
        Some(StopKind::Suspend) => return Some(Outdated::Suspended),
        Some(StopKind::Resume) | None => {}
    }
    let later = versions.iter().filter(|other| other.rank() > pinned.rank() && other.begins() <= registered);
    later.max_by_key(|other| other.rank()).map(|other| Outdated::Superseded(other.version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{By, Role};
    use crate::local;
    use jiff::civil::Date;
    use sanji_sync::{DocId, UnitCode};

    const HOUR: u64 = 3_600_000;

    fn meta(version: u32, day: i8, published_at: Time) -> PublishedMeta {
        let published_by = UnitCode::parse("640202").unwrap();
        let effective_on = Date::constant(2026, 3, day);
        PublishedMeta {
            guide: DocId([1; 16]),
            version,
            published_at,
            published_by,
            effective_on,
            cancels_on: None,
        }
    }

    #[test]
    fn a_case_of_before_is_not_outdated_and_one_of_after_is() {
        let noon = local::day_begins(Date::constant(2026, 3, 10)).plus_ms(12 * HOUR);
        let first = meta(1, 1, Time(0));
        // Published at noon with force at once.
        let second = meta(2, 10, noon);
        let check = |registered| outdated(&first, &[&first, &second], &[], registered);
        assert_eq!(check(Time(noon.0 - 1)), None, "in the morning the first one held");
        assert_eq!(check(noon), Some(Outdated::Superseded(2)));
        assert_eq!(outdated(&second, &[&first, &second], &[], noon), None);
        // Published before, with force from midnight.
        let second = meta(2, 10, Time(0));
        let midnight = local::day_begins(second.effective_on);
        let check = |registered| outdated(&first, &[&first, &second], &[], registered);
        assert_eq!((check(Time(midnight.0 - 1)), check(midnight)), (None, Some(Outdated::Superseded(2))));
    }

    #[test]
    fn a_stopped_guide_is_outdated_while_it_is_stopped() {
        let first = meta(1, 1, Time(0));
        let by = By {
            unit: first.published_by,
            node: String::new(),
            user: None,
            instead_of: None,
            role: Role::GuideApprover,
        };
        let stop = |what, from| Stop {
            guide: first.guide,
            what,
            at: Time(from),
            from: Time(from),
            by: by.clone(),
            reason: "x".into(),
        };
        let stops = [stop(StopKind::Suspend, 10), stop(StopKind::Resume, 20), stop(StopKind::Abolish, 30)];
        let found = [9, 10, 20, 30].map(|at| outdated(&first, &[&first], &stops, Time(at)));
        assert_eq!(found, [None, Some(Outdated::Suspended), None, Some(Outdated::Abolished)]);
    }
}
