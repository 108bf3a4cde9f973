//! Who is signed in: sessions in memory, and how often somebody may be wrong.
//!
//! A session ends after half an hour without a sign of life and after half a day in any case; a restart of the node ends
//! all. Knows no password and no right; time is an argument.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use data_encoding::HEXLOWER;
use sanji_sync::Time;

use super::tries::Tries;

const MINUTE: u64 = 60_000;
const IDLE_MS: u64 = 30 * MINUTE;
const AGE_MS: u64 = 12 * 60 * MINUTE;

/// Wrong passwords in a row until a name is shut; and wrong proofs of a case until its number is.
const PASSWORD_TRIES: u32 = 5;
const PROOF_TRIES: u32 = 10;

/// Sessions kept at once: a page of memory at most.
const KEPT_MAX: usize = 10_000;

/// One who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    pub user: String,
    /// The stamp of the password that it began with: with another one it is over.
    pub stamp: String,
    /// What forms must bring back, hexadecimal.
    pub csrf: String,
    since: Time,
    seen: Time,
}

/// All sessions of this node.
pub struct Sessions {
    /// By the hash of the secret in the cookie, so that a look into memory gives none away.
    open: Mutex<BTreeMap<[u8; 32], Session>>,
    passwords: Tries,
    /// By the numbers of cases that the public asks about.
    pub(super) proofs: Tries,
}

impl Default for Sessions {
    fn default() -> Sessions {
        let (passwords, proofs) = (Tries::new(PASSWORD_TRIES), Tries::new(PROOF_TRIES));
        Sessions { open: Mutex::default(), passwords, proofs }
    }
}

impl Sessions {
    /// Begins a session and returns the secret for the cookie.
    pub fn begin(&self, user: &str, stamp: &str, now: Time, random: [u8; 32]) -> String {
        let secret = HEXLOWER.encode(&random);
        let csrf = HEXLOWER.encode(&blake3::derive_key("sanji/1 csrf", &random)[..16]);
        let session = Session { user: user.to_owned(), stamp: stamp.to_owned(), csrf, since: now, seen: now };
        let mut open = held(&self.open);
        open.retain(|_, session| session.is_alive(now));
        while open.len() >= KEPT_MAX
            && let Some(oldest) = open.iter().min_by_key(|(_, session)| session.seen).map(|(key, _)| *key)
        {
            open.remove(&oldest);
        }
        open.insert(key(&secret), session);
        secret
    }

    /// The session of a cookie; being asked for is a sign of life.
    pub fn find(&self, secret: &str, now: Time) -> Option<Session> {
        let mut open = held(&self.open);
        let session = open.get_mut(&key(secret))?;
        if !session.is_alive(now) {
            open.remove(&key(secret));
            return None;
        }
        session.seen = session.seen.max(now);
        Some(session.clone())
    }

    pub fn end(&self, secret: &str) {
        held(&self.open).remove(&key(secret));
    }

    /// Minutes until this name may be tried again; none if now.
    pub fn shut_for(&self, user: &str, now: Time) -> Option<u64> {
        self.passwords.shut_for(user, now)
    }

    /// A wrong password, counted before it is checked.
    pub fn count_try(&self, user: &str, now: Time) {
        self.passwords.count(user, now);
    }

    pub fn forget_tries(&self, user: &str) {
        self.passwords.forget(user);
    }
}

impl Session {
    /// A clock that was put back does not end a session, nor make it longer than from its begin.
    fn is_alive(&self, now: Time) -> bool {
        now.0 < self.seen.0 + IDLE_MS && now.0 < self.since.0 + AGE_MS
    }
}

fn key(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

/// What a thread that panicked left is as whole as before: every change is one call.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_while_it_is_used_and_never_longer_than_half_a_day() {
        let sessions = Sessions::default();
        let secret = sessions.begin("li", "", Time(0), [1; 32]);
        let found = sessions.find(&secret, Time(IDLE_MS - 1)).unwrap();
        assert_eq!((found.user.as_str(), found.csrf.len()), ("li", 32));
        assert!(!secret.contains(&found.csrf));
        let mut at = IDLE_MS - 1;
        while at + IDLE_MS / 2 < AGE_MS {
            at += IDLE_MS / 2;
            assert!(sessions.find(&secret, Time(at)).is_some());
        }
        assert!(sessions.find(&secret, Time(AGE_MS)).is_none());
        let idle = sessions.begin("li", "", Time(0), [2; 32]);
        assert!(sessions.find(&idle, Time(IDLE_MS)).is_none());
        let ended = sessions.begin("li", "", Time(0), [3; 32]);
        sessions.end(&ended);
        assert!(sessions.find(&ended, Time(1)).is_none());
    }
}
