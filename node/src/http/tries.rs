//! How often somebody may be wrong about a name or a number until it is shut for a while.
//!
//! In memory: a restart of the node forgets. Knows no password and no case; time is an argument.

use std::sync::{Mutex, MutexGuard};

use sanji_sync::Time;

const MINUTE: u64 = 60_000;
const SHUT_MS: u64 = 15 * MINUTE;

/// Places in which tries are counted, a power of two: 256 KiB. A name has its place by its hash, so nobody fills the
/// memory with names or washes a count out with others; two names in a place share it.
const PLACES: usize = 1 << 14;

/// Wrong tries by name.
pub struct Tries {
    /// In a row until a name is shut.
    limit: u32,
    tries: Mutex<Vec<Wrong>>,
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
        let wrong = self.held().get(place(name)).copied()?;
        let left = (wrong.last.0 + SHUT_MS).saturating_sub(now.0);
        (wrong.times >= self.limit && left > 0).then(|| left.div_ceil(MINUTE))
    }

    /// A wrong try. Counted before it is checked, so that many at once are not more than one after another.
    pub fn count(&self, name: &str, now: Time) {
        let mut tries = self.held();
        tries.resize(PLACES, Wrong::default());
        let one = &mut tries[place(name)];
        let times = if now.0 < one.last.0 + SHUT_MS { one.times } else { 0 };
        *one = Wrong { times: times + 1, last: now };
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
