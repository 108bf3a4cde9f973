//! Keys for repeating: what a key asks for first is done, and whoever comes with it again gets the first answer. Programs
//! bring one in a header (`api`), forms in a hidden field ([`once`](super::once)).
//!
//! An append-only file in the data directory: before the work that it begins, after it what was answered, both synced. So a
//! key whose line of answer is missing after a crash is known to be unknown. The file has neither keys nor answers in plain:
//! an answer may hold a person's data or a secret, and is sealed under what only the key's owner can make again. Kept for a
//! day; bounded. Knows no operation.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use data_encoding::{BASE64, HEXLOWER};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sanji_sync::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::now;

const KEPT_MS: u64 = 24 * 3_600_000;
/// Keys of one user, and of all, in a day.
const KEYS_OF_USER_MAX: usize = 10_000;
const KEYS_MAX: usize = 50_000;
/// Bytes of the file; what is over a day old is left out when it is written anew.
const FILE_BYTES_MAX: u64 = 128 << 20;
/// A longer answer is not kept: its repetition is answered as unknown.
const ANSWER_BYTES_MAX: usize = 512 << 10;
/// What a key may have of visible ASCII characters.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=128;

/// Why a key gets no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum KeyTrouble {
    /// It came before with another request.
    Other,
    /// The first request with it is being done.
    Running,
    /// Nobody knows what became of the first request with it.
    Unknown,
    /// There is no room for more keys now.
    Full,
    /// A fault of this program or its machine, in English for the log.
    Failed(String),
}

/// A key as it was brought, and what it is for.
#[derive(Clone)]
pub(super) struct Key {
    user: String,
    /// Of user and key: what the file knows it by.
    name: String,
    /// Of the request and the key, so that nobody guesses a short body from the file.
    request: String,
    /// Seals the answer.
    seal: [u8; 32],
}

impl Key {
    /// None for a text that is no key. `request` is what has to be the same again.
    pub fn new(user: &str, text: &str, request: &[&[u8]]) -> Option<Key> {
        if !KEY_CHARS.contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let own = |context: &str| blake3::derive_key(context, format!("{user}\n{text}").as_bytes());
        let mut hasher = blake3::Hasher::new_keyed(&own("sanji/1 api request"));
        request.iter().for_each(|part| {
            hasher.update(part);
        });
        let request = hasher.finalize();
        let mut seal = blake3::Hasher::new_keyed(&own("sanji/1 api answer"));
        seal.update(request.as_bytes());
        let name = HEXLOWER.encode(&own("sanji/1 api key")[..16]);
        let request = HEXLOWER.encode(&request.as_bytes()[..16]);
        Some(Key { user: user.to_owned(), name, request, seal: *seal.finalize().as_bytes() })
    }
}

/// What a request with a key is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Begun {
    /// The first: to be done, then [`Replays::finish`] or, if nothing was done, [`Replays::free`].
    Fresh,
    Again {
        status: StatusCode,
        body: Value,
    },
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
enum Line {
    Begun {
        key: String,
        user: String,
        request: String,
        at: Time,
    },
    Done {
        key: String,
        status: u16,
        /// Base64; none where it was too long to keep.
        sealed: Option<String>,
    },
    /// Nothing was done: the key can be used again.
    Freed {
        key: String,
    },
}

#[derive(Clone)]
struct Known {
    user: String,
    request: String,
    at: Time,
    outcome: Outcome,
}

#[derive(Clone)]
enum Outcome {
    Running,
    /// The node stopped in the middle, or the answer was too long.
    Unknown,
    Done {
        status: u16,
        sealed: Vec<u8>,
    },
}

/// All keys of the last day. Cheap to clone.
#[derive(Clone)]
pub struct Replays {
    kept: Arc<Mutex<Kept>>,
    /// Held by the form that is being done, so that one that is sent twice at once is not done twice.
    pub(super) forms: Arc<tokio::sync::Mutex<()>>,
}

struct Kept {
    path: PathBuf,
    file: File,
    bytes: u64,
    known: BTreeMap<String, Known>,
}

impl Replays {
    /// What the file at `path` holds, which is made if it is not there. A torn last line is passed over.
    pub fn open(path: &Path, now: Time) -> io::Result<Replays> {
        let mut known = BTreeMap::new();
        if let Ok(file) = File::open(path) {
            for line in BufReader::new(file).lines() {
                if let Ok(line) = serde_json::from_str(&line?) {
                    take(&mut known, line);
                }
            }
        }
        let (file, bytes) = write_anew(path, &mut known, now)?;
        let kept = Arc::new(Mutex::new(Kept { path: path.to_owned(), file, bytes, known }));
        Ok(Replays { kept, forms: Arc::default() })
    }

    pub(super) async fn begin(&self, key: &Key) -> Result<Begun, KeyTrouble> {
        let key = key.clone();
        self.on_disk(move |kept| kept.begin(&key, now())).await
    }

    pub(super) async fn finish(&self, key: &Key, status: StatusCode, body: &Value) -> Result<(), KeyTrouble> {
        let (key, body) = (key.clone(), body.to_string());
        self.on_disk(move |kept| kept.finish(&key, status, body)).await
    }

    pub(super) async fn free(&self, key: &Key) -> Result<(), KeyTrouble> {
        let key = key.clone();
        self.on_disk(move |kept| kept.free(&key)).await
    }

    /// Syncing waits for the disk, which tasks must not.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Kept) -> Result<T, KeyTrouble> + Send + 'static,
    ) -> Result<T, KeyTrouble> {
        let kept = self.kept.clone();
        let done = tokio::task::spawn_blocking(move || {
            // Whoever panicked had not changed what the next one reads.
            work(&mut kept.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.map_err(|why| KeyTrouble::Failed(why.to_string()))?
    }
}

impl Kept {
    fn begin(&mut self, key: &Key, now: Time) -> Result<Begun, KeyTrouble> {
        let is_stale = self.bytes > FILE_BYTES_MAX || self.known.values().any(|known| !is_kept(known, now));
        if self.is_full(&key.user) && is_stale {
            (self.file, self.bytes) = write_anew(&self.path, &mut self.known, now).map_err(failed)?;
        }
        if let Some(known) = self.known.get(&key.name).filter(|known| is_kept(known, now)) {
            return match &known.outcome {
                _ if known.request != key.request => Err(KeyTrouble::Other),
                Outcome::Running => Err(KeyTrouble::Running),
                Outcome::Unknown => Err(KeyTrouble::Unknown),
                Outcome::Done { status, sealed } => opened(key, *status, sealed),
            };
        }
        if self.is_full(&key.user) {
            return Err(KeyTrouble::Full);
        }
        let (user, request) = (key.user.clone(), key.request.clone());
        self.write(&Line::Begun {
            key: key.name.clone(),
            user: user.clone(),
            request: request.clone(),
            at: now,
        })?;
        self.known.insert(key.name.clone(), Known { user, request, at: now, outcome: Outcome::Running });
        Ok(Begun::Fresh)
    }

    fn finish(&mut self, key: &Key, status: StatusCode, body: String) -> Result<(), KeyTrouble> {
        let sealed = Some(body).filter(|body| body.len() <= ANSWER_BYTES_MAX).map(|body| sealed(key, body));
        let sealed = sealed.transpose()?;
        let line = Line::Done {
            key: key.name.clone(),
            status: status.as_u16(),
            sealed: sealed.as_ref().map(|sealed| BASE64.encode(sealed)),
        };
        self.write(&line)?;
        take(&mut self.known, line);
        Ok(())
    }

    fn free(&mut self, key: &Key) -> Result<(), KeyTrouble> {
        let line = Line::Freed { key: key.name.clone() };
        self.write(&line)?;
        take(&mut self.known, line);
        Ok(())
    }

    fn is_full(&self, user: &str) -> bool {
        self.known.len() >= KEYS_MAX
            || self.bytes > FILE_BYTES_MAX
            || self.known.values().filter(|known| known.user == user).count() >= KEYS_OF_USER_MAX
    }

    fn write(&mut self, line: &Line) -> Result<(), KeyTrouble> {
        let mut text = serde_json::to_string(line).map_err(|why| KeyTrouble::Failed(why.to_string()))?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).map_err(failed)?;
        self.bytes += text.len() as u64;
        Ok(())
    }
}

fn failed(error: io::Error) -> KeyTrouble {
    KeyTrouble::Failed(format!("the file of keys: {error}"))
}

/// A clock that was put back keeps a key longer, never shorter.
fn is_kept(known: &Known, now: Time) -> bool {
    now.0.saturating_sub(known.at.0) <= KEPT_MS
}

/// A line of the file into what is known. What was begun before and not ended is unknown, until its end comes.
fn take(known: &mut BTreeMap<String, Known>, line: Line) {
    match line {
        Line::Begun { key, user, request, at } => {
            known.insert(key, Known { user, request, at, outcome: Outcome::Unknown });
        }
        Line::Done { key, status, sealed } => {
            if let Some(known) = known.get_mut(&key) {
                let sealed = sealed.and_then(|text| BASE64.decode(text.as_bytes()).ok());
                known.outcome = sealed.map_or(Outcome::Unknown, |sealed| Outcome::Done { status, sealed });
            }
        }
        Line::Freed { key } => {
            known.remove(&key);
        }
    }
}

/// Forgets what is too old and writes the rest anew, there whole or not at all; the file to append to, and its length.
fn write_anew(path: &Path, known: &mut BTreeMap<String, Known>, now: Time) -> io::Result<(File, u64)> {
    known.retain(|_, known| is_kept(known, now));
    let fresh = path.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&fresh)?;
    let mut text = String::new();
    for (key, one) in known.iter() {
        let begun = Line::Begun {
            key: key.clone(),
            user: one.user.clone(),
            request: one.request.clone(),
            at: one.at,
        };
        let done = match &one.outcome {
            Outcome::Running | Outcome::Unknown => None,
            Outcome::Done { status, sealed } => {
                Some(Line::Done { key: key.clone(), status: *status, sealed: Some(BASE64.encode(sealed)) })
            }
        };
        for line in [Some(begun), done].into_iter().flatten() {
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    Ok((file, text.len() as u64))
}

fn cipher(key: &Key) -> Result<LessSafeKey, KeyTrouble> {
    let unbound = UnboundKey::new(&CHACHA20_POLY1305, &key.seal);
    Ok(LessSafeKey::new(unbound.map_err(|_| KeyTrouble::Failed("a seal has 32 bytes".into()))?))
}

/// The nonce, drawn at random, and behind it the sealed text: a key that comes again after its day seals another answer.
fn sealed(key: &Key, body: String) -> Result<Vec<u8>, KeyTrouble> {
    let cannot = || KeyTrouble::Failed("an answer cannot be sealed".into());
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| cannot())?;
    let mut bytes = body.into_bytes();
    let drawn = Nonce::assume_unique_for_key(nonce);
    cipher(key)?.seal_in_place_append_tag(drawn, Aad::empty(), &mut bytes).map_err(|_| cannot())?;
    Ok([&nonce, bytes.as_slice()].concat())
}

/// An answer that does not open, because the file was damaged, is not known.
fn opened(key: &Key, status: u16, sealed: &[u8]) -> Result<Begun, KeyTrouble> {
    let Some((nonce, sealed)) = sealed.split_first_chunk() else { return Err(KeyTrouble::Unknown) };
    let mut bytes = sealed.to_vec();
    let text = cipher(key)?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut bytes);
    let body = text.ok().and_then(|text| serde_json::from_slice(text).ok());
    let (Some(body), Ok(status)) = (body, StatusCode::from_u16(status)) else {
        return Err(KeyTrouble::Unknown);
    };
    Ok(Begun::Again { status, body })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Time = Time(1_000_000_000_000);

    fn key(user: &str, text: &str, body: &str) -> Key {
        Key::new(user, text, &[b"POST /api/v1/cases\n", body.as_bytes()]).unwrap()
    }

    fn kept(path: &Path, now: Time) -> Arc<Mutex<Kept>> {
        Replays::open(path, now).unwrap().kept
    }

    const KEY: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

    #[test]
    fn the_same_again_gets_the_first_answer_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let (mine, body) = (key("li", KEY, "{}"), json!({ "number": "李四" }));
        {
            let kept = kept(&path, NOW);
            let mut kept = kept.lock().unwrap();
            assert_eq!(kept.begin(&mine, NOW), Ok(Begun::Fresh));
            assert_eq!(kept.begin(&mine, NOW), Err(KeyTrouble::Running));
            kept.finish(&mine, StatusCode::CREATED, body.to_string()).unwrap();
        }
        let kept = kept(&path, NOW);
        let mut kept = kept.lock().unwrap();
        assert_eq!(kept.begin(&mine, NOW), Ok(Begun::Again { status: StatusCode::CREATED, body }));
        assert_eq!(kept.begin(&key("li", KEY, "{ }"), NOW), Err(KeyTrouble::Other));
        assert_eq!(kept.begin(&key("wang", KEY, "{}"), NOW), Ok(Begun::Fresh), "keys are a user's own");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("李四") && !text.contains(KEY), "{text}");
        assert_eq!(kept.begin(&mine, Time(NOW.0 + KEPT_MS + 1)), Ok(Begun::Fresh), "a day later it is new");
    }

    #[test]
    fn one_answer_sealed_twice_differs_and_a_damaged_one_is_unknown() {
        let mine = key("li", KEY, "{}");
        let [one, two] = [(); 2].map(|()| sealed(&mine, "{}".to_owned()).unwrap());
        assert_ne!(one[NONCE_LEN..], two[NONCE_LEN..]);
        for seal in [&one, &two] {
            assert_eq!(
                opened(&mine, 200, seal),
                Ok(Begun::Again { status: StatusCode::OK, body: json!({}) })
            );
        }
        assert_eq!(opened(&mine, 200, &one[..NONCE_LEN - 1]), Err(KeyTrouble::Unknown));
        assert_eq!(opened(&mine, 200, &one[..one.len() - 1]), Err(KeyTrouble::Unknown));
    }

    #[test]
    fn what_became_of_a_key_that_was_begun_before_a_crash_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mine = key("li", KEY, "{}");
        assert_eq!(kept(&path, NOW).lock().unwrap().begin(&mine, NOW), Ok(Begun::Fresh));
        let torn = format!("{}{{\"line\":\"done\",\"ke", std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, torn).unwrap();
        for _ in 0..2 {
            assert_eq!(kept(&path, NOW).lock().unwrap().begin(&mine, NOW), Err(KeyTrouble::Unknown));
        }
        let later = Time(NOW.0 + KEPT_MS + 1);
        assert_eq!(kept(&path, later).lock().unwrap().known.len(), 0);
    }

    #[test]
    fn an_answer_that_is_too_long_is_not_kept_and_said_to_be_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept(&folder.path().join("keys"), NOW);
        let (mut kept, mine) = (kept.lock().unwrap(), key("li", KEY, "{}"));
        kept.begin(&mine, NOW).unwrap();
        kept.finish(&mine, StatusCode::OK, "x".repeat(ANSWER_BYTES_MAX + 1)).unwrap();
        assert_eq!(kept.begin(&mine, NOW), Err(KeyTrouble::Unknown));
    }

    #[test]
    fn a_key_under_which_nothing_was_done_is_as_new_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mine = key("li", KEY, "{}");
        {
            let kept = kept(&path, NOW);
            let mut kept = kept.lock().unwrap();
            kept.begin(&mine, NOW).unwrap();
            kept.free(&mine).unwrap();
        }
        assert_eq!(kept(&path, NOW).lock().unwrap().begin(&mine, NOW), Ok(Begun::Fresh));
    }

    #[test]
    fn a_key_is_long_enough_not_to_be_guessed() {
        assert!(Key::new("li", KEY, &[]).is_some());
        for bad in ["1", "", "with a blank 0123456789", &"x".repeat(129)] {
            assert!(Key::new("li", bad, &[]).is_none(), "{bad}");
        }
    }
}
