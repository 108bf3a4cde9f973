//! How often somebody may be wrong about a password: five times in a row for a name from one address, and ever more slowly
//! for a name from all addresses together. Where a user signed in before only what is wrong there counts, so that nobody who
//! guesses elsewhere keeps them out.
//!
//! In memory: a restart of the node forgets. Knows no password; time is an argument.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};

use sanji_sync::Time;

use super::tries::Tries;

/// Wrong passwords in a row until a name is shut for an address.
const TRIES: u32 = 5;
/// Of a name from whatever addresses, until it takes longer and longer.
const TRIES_ELSEWHERE: u32 = 20;

/// Pairs of user and address that are remembered.
const USUAL_MAX: usize = 10_000;

/// Wrong passwords by name and address.
pub struct Guesses {
    /// From where users signed in. Only a right password adds one.
    usual: Mutex<BTreeSet<(String, IpAddr)>>,
    /// By name and address: at usual ones, and elsewhere. Apart, so that none shares its place with an attacker's.
    at_usual: Tries,
    at_other: Tries,
    /// By name, from all that are not usual.
    elsewhere: Tries,
}

impl Default for Guesses {
    fn default() -> Guesses {
        Guesses {
            usual: Mutex::default(),
            at_usual: Tries::new(TRIES),
            at_other: Tries::new(TRIES),
            elsewhere: Tries::growing(TRIES_ELSEWHERE),
        }
    }
}

impl Guesses {
    /// Minutes until this name may be tried again from there; none if now.
    pub fn shut_for(&self, user: &str, from: IpAddr, now: Time) -> Option<u64> {
        let pair = pair(user, from);
        if self.is_usual(user, from) {
            return self.at_usual.shut_for(&pair, now);
        }
        self.at_other.shut_for(&pair, now).max(self.elsewhere.shut_for(user, now))
    }

    /// A wrong password, counted before it is checked.
    pub fn count(&self, user: &str, from: IpAddr, now: Time) {
        let pair = pair(user, from);
        if self.is_usual(user, from) {
            return self.at_usual.count(&pair, now);
        }
        self.at_other.count(&pair, now);
        self.elsewhere.count(user, now);
    }

    /// What was counted last was right. What others guessed stays counted.
    pub fn was_right(&self, user: &str, from: IpAddr) {
        let pair = pair(user, from);
        if self.is_usual(user, from) {
            return self.at_usual.forget(&pair);
        }
        self.at_other.forget(&pair);
        self.elsewhere.take_back(user);
        let mut usual = self.held();
        if usual.len() >= USUAL_MAX {
            usual.pop_first();
        }
        usual.insert((user.to_owned(), from));
    }

    fn is_usual(&self, user: &str, from: IpAddr) -> bool {
        self.held().contains(&(user.to_owned(), from))
    }

    /// What a thread that panicked left is as whole as before: every change is one call.
    fn held(&self) -> MutexGuard<'_, BTreeSet<(String, IpAddr)>> {
        self.usual.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn pair(user: &str, from: IpAddr) -> String {
    format!("{user}\n{from}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));

    fn other(n: u8) -> IpAddr {
        [10, 0, 1, n].into()
    }

    #[test]
    fn five_wrong_ones_shut_a_name_for_where_they_came_from_only() {
        let guesses = Guesses::default();
        for _ in 0..5 {
            assert_eq!(guesses.shut_for("li", other(1), Time(0)), None);
            guesses.count("li", other(1), Time(0));
        }
        assert_eq!(guesses.shut_for("li", other(1), Time(0)), Some(15));
        assert_eq!(guesses.shut_for("li", DESK, Time(0)), None);
    }

    #[test]
    fn many_addresses_guess_ever_more_slowly_and_keep_nobody_from_their_desk() {
        let guesses = Guesses::default();
        guesses.count("li", DESK, Time(0));
        guesses.was_right("li", DESK);
        for n in 0..20 {
            assert_eq!(guesses.shut_for("li", other(n), Time(0)), None, "{n}");
            guesses.count("li", other(n), Time(0));
        }
        assert_eq!(guesses.shut_for("li", other(99), Time(0)), Some(1), "also from an address of its own");
        assert_eq!(guesses.shut_for("li", DESK, Time(0)), None);
        guesses.count("li", DESK, Time(0));
        guesses.was_right("li", DESK);
        assert_eq!(guesses.shut_for("li", other(99), Time(0)), Some(1), "others' guesses stay counted");
        for _ in 0..5 {
            guesses.count("li", DESK, Time(0));
        }
        assert_eq!(guesses.shut_for("li", DESK, Time(0)), Some(15), "what is wrong at the desk counts there");
    }
}
