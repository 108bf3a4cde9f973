//! Changes that are in the journal and not in their document, each with its reason.
//!
//! One that waits for others is tried again whenever its document follows. If those never come, because they gave way or
//! lie beyond a revocation, its writer says the same in a change of its own, whose message names it ([`said_anew`]).
//! Knows rows, no journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use automerge::{AutoCommit, ChangeHash};
use minicbor::{Decode, Encode};
use sanji_sync::{DocId, LogId};

use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span, Visit};

/// Before the hexadecimal hash in the message of a change that says anew what another one said.
const ANEW: &str = "anew ";

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
    pub fn waits(change: &automerge::Change) -> Why {
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

/// The message of a change that says anew what the change with this hash said.
pub fn said_anew(hash: &ChangeHash) -> String {
    format!("{ANEW}{hash}")
}

/// Whether a message is of that kind.
pub fn is_anew(message: &str) -> bool {
    message.starts_with(ANEW)
}

/// What the changes of a document say anew: by the hash of what they stand for, their own.
pub fn anew_in(doc: &mut AutoCommit) -> BTreeMap<ChangeHash, Vec<ChangeHash>> {
    let mut anew: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    for change in doc.get_changes(&[]) {
        let named = change.message().and_then(|message| message.strip_prefix(ANEW)?.parse().ok());
        if let Some(named) = named {
            anew.entry(named).or_default().push(change.hash());
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
