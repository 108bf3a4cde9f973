//! How often somebody may be wrong about a name or a number until it is shut for a while.
//!
//! In memory: a restart of the node forgets. Knows no password and no case; time is an argument.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use sanji_sync::Time;

const MINUTE: u64 = 60_000;
const SHUT_MS: u64 = 15 * MINUTE;

/// Names with wrong tries, kept at once: a page of memory at most. The oldest gives way.
const KEPT_MAX: usize = 10_000;

/// Wrong tries by name.
pub struct Tries {
    /// In a row until a name is shut.
    limit: u32,
    tries: Mutex<BTreeMap<String, Wrong>>,
}

#[derive(Clone, Copy, Default)]
struct Wrong {
    times: u32,
    last: Time,
}

impl Tries {
    pub fn new(limit: u32) -> Tries {
        Tries { limit, tries: Mutex::default() }
    }

    /// Minutes until this name may be tried again; none if now.
    pub fn shut_for(&self, name: &str, now: Time) -> Option<u64> {
        let wrong = self.held().get(name).copied()?;
        let left = (wrong.last.0 + SHUT_MS).saturating_sub(now.0);
        (wrong.times >= self.limit && left > 0).then(|| left.div_ceil(MINUTE))
    }

    /// A wrong try. Counted before it is checked, so that many at once are not more than one after another.
    pub fn count(&self, name: &str, now: Time) {
        let mut tries = self.held();
        tries.retain(|_, wrong| now.0 < wrong.last.0 + SHUT_MS);
        if tries.len() >= KEPT_MAX
            && !tries.contains_key(name)
            && let Some(oldest) =
                tries.iter().min_by_key(|(_, wrong)| wrong.last).map(|(name, _)| name.clone())
        {
            tries.remove(&oldest);
        }
        let one = tries.entry(name.to_owned()).or_default();
        *one = Wrong { times: one.times + 1, last: now };
    }

    pub fn forget(&self, name: &str) {
        self.held().remove(name);
    }

    /// What a thread that panicked left is as whole as before: every change is one call.
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Wrong>> {
        self.tries.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_wrong_ones_shut_a_name_for_a_quarter_of_an_hour() {
        let tries = Tries::new(5);
        for n in 0..5 {
            assert_eq!(tries.shut_for("li", Time(0)), None, "after {n}");
            tries.count("li", Time(0));
        }
        assert_eq!(tries.shut_for("li", Time(0)), Some(15));
        assert_eq!(tries.shut_for("li", Time(SHUT_MS - 1)), Some(1));
        assert_eq!(tries.shut_for("li", Time(SHUT_MS)), None);
        assert_eq!(tries.shut_for("wang", Time(0)), None);
        tries.forget("li");
        assert_eq!(tries.shut_for("li", Time(0)), None);
    }

    #[test]
    fn when_there_are_too_many_names_the_oldest_gives_way_and_the_new_one_counts() {
        let tries = Tries::new(1);
        for n in 0..=KEPT_MAX as u64 {
            tries.count(&n.to_string(), Time(n));
        }
        let now = Time(KEPT_MAX as u64);
        assert_eq!(tries.shut_for("0", now), None);
        assert!(tries.shut_for("1", now).is_some() && tries.shut_for(&KEPT_MAX.to_string(), now).is_some());
    }
}
