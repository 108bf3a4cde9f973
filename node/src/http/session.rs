//! Who is signed in: sessions in memory, and how often somebody may be wrong.
//!
//! A session ends after half an hour without a sign of life and after half a day in any case; a restart of the node ends
//! all. Knows no password and no right; time is an argument.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use data_encoding::HEXLOWER;
use sanji_sync::Time;

use super::guesses::Guesses;
use super::tries::Tries;

const MINUTE: u64 = 60_000;
const IDLE_MS: u64 = 30 * MINUTE;
const AGE_MS: u64 = 12 * 60 * MINUTE;

/// Wrong proofs of a case until its number is shut.
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
    /// What forms of this browser brought back before this user signed in anew: they are still theirs.
    pub csrf_before: Option<String>,
    /// What was just done, until the page that says so is shown.
    note: Option<Note>,
    since: Time,
    seen: Time,
}

/// What a page is to say once.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Note {
    /// Of the page, without its query.
    path: String,
    deed: String,
}

/// All sessions of this node.
pub struct Sessions {
    /// By the hash of the secret in the cookie, so that a look into memory gives none away.
    open: Mutex<BTreeMap<[u8; 32], Session>>,
    pub(super) passwords: Guesses,
    /// By the numbers of cases that the public asks about.
    pub(super) proofs: Tries,
    /// When tokens were last used, by their ids, since this node started.
    used: Mutex<BTreeMap<String, Time>>,
}

impl Default for Sessions {
    fn default() -> Sessions {
        Sessions {
            open: Mutex::default(),
            passwords: Guesses::default(),
            proofs: Tries::new(PROOF_TRIES),
            used: Mutex::default(),
        }
    }
}

impl Sessions {
    /// Begins a session and returns the secret for the cookie. `old` is what the browser had as such before.
    pub fn begin(&self, user: &str, stamp: &str, old: Option<&str>, now: Time, random: [u8; 32]) -> String {
        let secret = HEXLOWER.encode(&random);
        let session = Session {
            user: user.to_owned(),
            stamp: stamp.to_owned(),
            csrf: csrf(&secret, user),
            csrf_before: old.map(|old| csrf(old, user)),
            note: None,
            since: now,
            seen: now,
        };
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

    /// Has the page at `path` say once that `deed` was done.
    pub fn leave_note(&self, secret: &str, path: &str, deed: &str) {
        if let Some(session) = held(&self.open).get_mut(&key(secret)) {
            session.note = Some(Note { path: path.to_owned(), deed: deed.to_owned() });
        }
    }

    /// What the page at `path` is to say that was done, for the last time.
    pub fn take_note(&self, secret: &str, path: &str) -> Option<String> {
        let mut open = held(&self.open);
        let session = open.get_mut(&key(secret))?;
        session.note.take_if(|note| note.path == path).map(|note| note.deed)
    }

    /// A program came with a token that is one.
    pub fn token_used(&self, token: &str, now: Time) {
        held(&self.used).insert(token.to_owned(), now);
    }

    pub fn token_last_used(&self, token: &str) -> Option<Time> {
        held(&self.used).get(token).copied()
    }

    pub fn end(&self, secret: &str) {
        held(&self.open).remove(&key(secret));
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

/// Of a session's secret and its user: known without the session, so that a form outlives it, and nobody else's.
fn csrf(secret: &str, user: &str) -> String {
    let own = blake3::derive_key("sanji/1 csrf", secret.as_bytes());
    HEXLOWER.encode(&blake3::keyed_hash(&own, user.as_bytes()).as_bytes()[..16])
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
        let secret = sessions.begin("li", "", None, Time(0), [1; 32]);
        let found = sessions.find(&secret, Time(IDLE_MS - 1)).unwrap();
        assert_eq!((found.user.as_str(), found.csrf.len()), ("li", 32));
        assert!(!secret.contains(&found.csrf));
        let mut at = IDLE_MS - 1;
        while at + IDLE_MS / 2 < AGE_MS {
            at += IDLE_MS / 2;
            assert!(sessions.find(&secret, Time(at)).is_some());
        }
        assert!(sessions.find(&secret, Time(AGE_MS)).is_none());
        let idle = sessions.begin("li", "", None, Time(0), [2; 32]);
        assert!(sessions.find(&idle, Time(IDLE_MS)).is_none());
        let ended = sessions.begin("li", "", None, Time(0), [3; 32]);
        sessions.end(&ended);
        assert!(sessions.find(&ended, Time(1)).is_none());
    }

    #[test]
    fn a_form_of_the_session_before_is_of_the_same_user_only() {
        let sessions = Sessions::default();
        let old = sessions.begin("li", "", None, Time(0), [1; 32]);
        let brought = sessions.find(&old, Time(0)).unwrap().csrf;
        let again = |user, random| {
            let secret = sessions.begin(user, "", Some(&old), Time(0), random);
            sessions.find(&secret, Time(0)).unwrap().csrf_before
        };
        assert_eq!(again("li", [2; 32]), Some(brought.clone()));
        assert_ne!(again("wang", [3; 32]), Some(brought));
    }

    #[test]
    fn what_was_done_is_said_once_on_its_page() {
        let sessions = Sessions::default();
        let secret = sessions.begin("li", "", None, Time(0), [1; 32]);
        sessions.leave_note(&secret, "/me", "password");
        assert_eq!(sessions.take_note(&secret, "/users"), None);
        assert_eq!(sessions.take_note(&secret, "/me").as_deref(), Some("password"));
        assert_eq!(sessions.take_note(&secret, "/me"), None);
    }
}
