//! Changes that are in the journal and not in their document, each with its reason.
//!
//! One that waits for others is tried again whenever its document follows. If those never come, because they gave way or
//! lie beyond a revocation, its writer says the same in a change of its own, whose message names and carries it
//! ([`said_anew`]). Knows rows, no journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use automerge::{AutoCommit, Change, ChangeHash};
use data_encoding::BASE64;
use minicbor::{Decode, Encode};
use sanji_sync::change::ChangeHeader;
use sanji_sync::limits::CHANGE_BYTES_MAX;
use sanji_sync::{DocId, LogId};

use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span, Visit};

/// Before the hexadecimal hash in the message of a change that says anew what another one said.
const ANEW: &str = "anew ";
/// Bytes of a lost change that the message carries: with a third more as text, and what it said written once more beside
/// it, the new change stays below its limit.
const CARRIED_BYTES_MAX: usize = CHANGE_BYTES_MAX / 4;

/// Why a change is not in its document.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Why {
    /// automerge does not take it, or its document belongs to another scope.
    #[n(0)]
    Refused(#[n(0)] String),
    /// It stands on changes that are not in the document.
    #[n(1)]
    Waits {
        #[n(0)]
        hash: Hash,
        #[n(1)]
        deps: Vec<Hash>,
        /// A change in the document says the same anew.
        #[n(2)]
        anew: bool,
    },
}

/// The hash of an automerge change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Hash(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Why {
    pub fn waits(change: &Change) -> Why {
        let deps = change.deps().iter().map(|dep| Hash(dep.0)).collect();
        Why::Waits { hash: Hash(change.hash().0), deps, anew: false }
    }
}

/// One such change.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Row {
    #[n(0)]
    pub log: LogId,
    #[n(1)]
    pub height: u64,
    #[n(2)]
    pub why: Why,
}

impl Row {
    /// Whether what the change said is in no document.
    pub fn is_open(&self) -> bool {
        match &self.why {
            Why::Refused(_) => true,
            Why::Waits { anew, .. } => !anew,
        }
    }

    pub fn waits(&self) -> bool {
        matches!(self.why, Why::Waits { .. })
    }

    /// Whether the document has everything that it waits for.
    pub fn is_ready(&self, doc: &mut AutoCommit) -> bool {
        match &self.why {
            Why::Refused(_) => false,
            Why::Waits { deps, .. } => {
                deps.iter().all(|dep| doc.get_change_by_hash(&ChangeHash(dep.0)).is_some())
            }
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.log, self.height, self.why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Refused(why) => f.write_str(why),
            Why::Waits { .. } => f.write_str("it stands on changes that are not here"),
        }
    }
}

/// The message of a change that says anew what this one said. It carries the lost change, too, unless that is very long:
/// whoever wrote upon it and has lost it with a disk that was put back needs it to say that anew in its turn, and nobody
/// sends what counts no more.
pub fn said_anew(lost: &Change) -> String {
    let (hash, bytes) = (lost.hash(), lost.raw_bytes());
    match bytes.len() > CARRIED_BYTES_MAX {
        true => format!("{ANEW}{hash}"),
        false => format!("{ANEW}{hash} {}", BASE64.encode(bytes)),
    }
}

/// Whether a message is of that kind.
pub fn is_anew(message: &str) -> bool {
    message.starts_with(ANEW)
}

/// The bytes of the lost change that a message carries, if they are what it names.
pub fn carried(message: &str) -> Option<Vec<u8>> {
    let (hash, text) = message.strip_prefix(ANEW)?.split_once(' ')?;
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    let header = ChangeHeader::read(&bytes).ok()?;
    (hash.parse().ok() == Some(ChangeHash(header.hash))).then_some(bytes)
}

fn named(message: &str) -> Option<ChangeHash> {
    message.strip_prefix(ANEW)?.split(' ').next()?.parse().ok()
}

/// What the changes of a document say anew: by the hash of what they stand for, their own.
pub fn anew_in(doc: &mut AutoCommit) -> BTreeMap<ChangeHash, Vec<ChangeHash>> {
    let mut anew: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    for change in doc.get_changes(&[]) {
        if let Some(lost) = change.message().and_then(named) {
            anew.entry(lost).or_default().push(change.hash());
        }
    }
    anew
}

/// The documents that have such rows.
pub fn documents(kv: &dyn Kv) -> Result<BTreeSet<DocId>, KvError> {
    let mut docs = BTreeSet::new();
    kv.scan(&Span::prefix([keys::QUARANTINE]), Order::Forwards, &mut |key, _| {
        docs.extend(key.get(1..17).and_then(|id| id.try_into().ok()).map(DocId));
        Visit::Continue
    })?;
    Ok(docs)
}

/// The rows of a document, in order of logs and heights.
pub fn of(kv: &dyn Kv, doc: &DocId) -> Result<Vec<Row>, KvError> {
    let pairs = kv.pairs(&Span::prefix(keys::quarantined(doc)), Order::Forwards, usize::MAX)?;
    Ok(pairs.into_iter().filter_map(|(_, row)| minicbor::decode(&row).ok()).collect())
}

/// Puts exactly these rows of a document into the batch.
pub fn put(kv: &dyn Kv, doc: &DocId, rows: &[Row], batch: &mut Batch) -> Result<(), KvError> {
    for (key, _) in kv.pairs(&Span::prefix(keys::quarantined(doc)), Order::Forwards, usize::MAX)? {
        batch.delete(key);
    }
    for row in rows {
        let bytes = minicbor::to_vec(row).expect("writing to memory cannot fail");
        batch.put(keys::quarantine(doc, &row.log, row.height), bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use automerge::ROOT;
    use automerge::transaction::{CommitOptions, Transactable};

    use super::*;

    fn change(text: &str) -> Change {
        let mut doc = AutoCommit::new().with_actor([7u8; 16].as_slice().into());
        doc.put(ROOT, "text", text).unwrap();
        doc.commit();
        doc.get_last_local_change().unwrap().clone()
    }

    #[test]
    fn a_message_carries_the_very_change_that_it_names() {
        let (lost, other) = (change("lost"), change("other"));
        let message = said_anew(&lost);
        assert_eq!(carried(&message).as_deref(), Some(lost.raw_bytes()));
        let forged = message.replace(&lost.hash().to_string(), &other.hash().to_string());
        assert_eq!(carried(&forged), None, "other bytes than those that are named");
        assert_eq!(carried(&message[..message.len() - 4]), None);
        assert_eq!(carried(&format!("{ANEW}{}", lost.hash())), None, "as it was written at first");
    }

    #[test]
    fn a_very_long_change_is_named_and_not_carried() {
        let lost = change(&"x".repeat(CARRIED_BYTES_MAX));
        let message = said_anew(&lost);
        assert_eq!((named(&message), carried(&message)), (Some(lost.hash()), None));
    }

    #[test]
    fn a_change_is_named_with_and_without_its_bytes() {
        let (lost, bare) = (change("lost"), change("bare"));
        let mut doc = AutoCommit::new();
        for message in [said_anew(&lost), format!("{ANEW}{}", bare.hash()), "anything else".to_owned()] {
            doc.empty_change(CommitOptions::default().with_message(message));
        }
        let named: BTreeSet<ChangeHash> = anew_in(&mut doc).into_keys().collect();
        assert_eq!(named, BTreeSet::from([lost.hash(), bare.hash()]));
    }
}
