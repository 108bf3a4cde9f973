//! How often somebody may be wrong about a name or a number until it is shut for a while.
//!
//! In memory: a restart of the node forgets. Knows no password and no case; time is an argument.

use std::sync::{Mutex, MutexGuard};

use sanji_sync::Time;

const MINUTE: u64 = 60_000;
const SHUT_MS: u64 = 15 * MINUTE;
/// How long wrong tries are remembered where the wait grows with them.
const GROWING_MS: u64 = 4 * SHUT_MS;

/// Places in which tries are counted, a power of two: 256 KiB. A name has its place by its hash, so nobody fills the
/// memory with names or washes a count out with others; two names in a place share it.
const PLACES: usize = 1 << 14;

/// Wrong tries by name.
pub struct Tries {
    /// In a row until a name is shut.
    limit: u32,
    /// The first wait; each further wrong try doubles it, up to a quarter of an hour.
    first_ms: u64,
    /// After so long without a wrong one all is forgotten.
    kept_ms: u64,
    tries: Mutex<Vec<Wrong>>,
}

#[derive(Clone, Copy, Default)]
struct Wrong {
    times: u32,
    last: Time,
}

impl Tries {
    pub fn new(limit: u32) -> Tries {
        Tries { limit, first_ms: SHUT_MS, kept_ms: SHUT_MS, tries: Mutex::default() }
    }

    /// From `limit` on each wrong try makes the next wait longer: a minute, two, four.
    pub fn growing(limit: u32) -> Tries {
        Tries { limit, first_ms: MINUTE, kept_ms: GROWING_MS, tries: Mutex::default() }
    }

    /// Minutes until this name may be tried again; none if now.
    pub fn shut_for(&self, name: &str, now: Time) -> Option<u64> {
        let wrong = self.held().get(place(name)).copied()?;
        let over = wrong.times.checked_sub(self.limit)?;
        let wait = self.first_ms.saturating_mul(1 << over.min(8)).min(SHUT_MS);
        let left = (wrong.last.0 + wait).saturating_sub(now.0);
        (left > 0).then(|| left.div_ceil(MINUTE))
    }

    /// A wrong try. Counted before it is checked, so that many at once are not more than one after another.
    pub fn count(&self, name: &str, now: Time) {
        let mut tries = self.held();
        tries.resize(PLACES, Wrong::default());
        let one = &mut tries[place(name)];
        let times = if now.0 < one.last.0 + self.kept_ms { one.times } else { 0 };
        *one = Wrong { times: times + 1, last: now };
    }

    /// The last try was right: it does not count.
    pub fn take_back(&self, name: &str) {
        if let Some(one) = self.held().get_mut(place(name)) {
            one.times = one.times.saturating_sub(1);
        }
    }

    pub fn forget(&self, name: &str) {
        if let Some(one) = self.held().get_mut(place(name)) {
            *one = Wrong::default();
        }
    }

    /// What a thread that panicked left is as whole as before: every change is one call.
    fn held(&self) -> MutexGuard<'_, Vec<Wrong>> {
        self.tries.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn place(name: &str) -> usize {
    let hash = blake3::hash(name.as_bytes());
    usize::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]])) % PLACES
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
    fn a_growing_wait_doubles_with_each_wrong_one_up_to_a_quarter_of_an_hour() {
        let tries = Tries::growing(2);
        let mut at = Time(0);
        let mut waits = Vec::new();
        for _ in 0..8 {
            tries.count("li", at);
            let wait = tries.shut_for("li", at).unwrap_or(0);
            waits.push(wait);
            at = Time(at.0 + wait * MINUTE);
        }
        assert_eq!(waits, [0, 1, 2, 4, 8, 15, 15, 15]);
        tries.take_back("li");
        assert_eq!(tries.shut_for("li", at), None, "whoever was right waits no longer");
        tries.count("li", Time(at.0 + GROWING_MS));
        assert_eq!(tries.shut_for("li", Time(at.0 + GROWING_MS)), None, "after an hour of peace");
    }

    #[test]
    fn ten_thousand_others_wash_no_name_out() {
        let tries = Tries::new(10);
        for _ in 0..9 {
            tries.count("640202001000202611300500014", Time(0));
        }
        for n in 0..10_000 {
            tries.count(&n.to_string(), Time(1));
        }
        tries.count("640202001000202611300500014", Time(2));
        assert!(tries.shut_for("640202001000202611300500014", Time(2)).is_some());
        assert_eq!(tries.held().len(), PLACES, "and the memory is what it was");
    }
}
