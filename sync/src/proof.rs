//! The proof that a log has two pasts: two chains that part at one height, each ending in its writer's signature.
//!
//! Whoever reads it needs nothing but the writer's key, which is its name, so it is as good from a hostile peer as from
//! the county. Of the changes it has the hashes only. Knows no node's state.

use minicbor::{Decode, Encode};

use crate::ids::{DocId, Link, LogId};
use crate::limits::BATCH_ENTRIES_MAX;
use crate::log::{self, Entry, Signature, genesis};

/// That the writer of `log` signed two different entries for the height `first`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Proof {
    #[n(0)]
    pub log: LogId,
    /// The first height at which the pasts differ.
    #[n(1)]
    pub first: u64,
    /// The link before it, which both have.
    #[n(2)]
    pub prev: Link,
    #[n(3)]
    pub one: Trail,
    #[n(4)]
    pub other: Trail,
}

/// One of the pasts from where they part up to an entry that its writer signed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Trail {
    #[n(0)]
    pub steps: Vec<Step>,
    #[n(1)]
    pub signature: Signature,
}

/// What an entry adds to the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Step {
    #[n(0)]
    pub doc: DocId,
    /// The hash of the change.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub change: [u8; 32],
}

impl Proof {
    /// Whether it proves what it says.
    pub fn holds(&self) -> bool {
        let starts = self.first > 1 || (self.first == 1 && self.prev == genesis(&self.log));
        starts
            && self.one.steps.first() != self.other.steps.first()
            && self.ends(&self.one)
            && self.ends(&self.other)
    }

    fn ends(&self, trail: &Trail) -> bool {
        trail.is_signed(&self.log, self.first, self.prev)
    }
}

impl Trail {
    /// Whether the log's writer signed the end of this trail, whose first entry is at this height behind that link.
    pub fn is_signed(&self, log: &LogId, first: u64, prev: Link) -> bool {
        let steps = self.steps.len();
        let Some(last) = first.checked_add(steps as u64).map(|next| next - 1) else { return false };
        let next = |link: Link, step: &Step| log::next_link_of(&link, &step.doc, &step.change);
        (1..=BATCH_ENTRIES_MAX).contains(&steps)
            && log::verify(log, last, &self.steps.iter().fold(prev, next), &self.signature)
    }

    /// Along entries of one log up to the first that is signed; none if no entry is.
    pub fn along(entries: impl Iterator<Item = Entry>) -> Option<Trail> {
        let mut steps = Vec::new();
        for entry in entries.take(BATCH_ENTRIES_MAX) {
            steps.push(Step { doc: entry.doc, change: log::change_hash(&entry.change) });
            if let Some(signature) = entry.signature {
                return Some(Trail { steps, signature });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::ids::{Epoch, Scope};
    use crate::log::{ChangeBytes, Writer, next_link};

    fn writer(seed: u8) -> Writer {
        Writer::new(SigningKey::from_bytes(&[seed; 32]), Epoch(1))
    }

    /// A log of the first writer's with these changes behind `shared` others, the last one signed by `signer`.
    fn trail(shared: u64, changes: &[&str], signer: &Writer) -> (LogId, Link, Trail) {
        let log = LogId { scope: Scope::Directory, node: writer(1).node(), epoch: Epoch(1) };
        let doc = DocId([7; 16]);
        let prev = (0..shared).fold(genesis(&log), |link, _| next_link(&link, &doc, b"shared"));
        let mut link = prev;
        let mut entries = Vec::new();
        for (height, change) in (shared + 1..).zip(changes) {
            link = next_link(&link, &doc, change.as_bytes());
            let is_last = entries.len() + 1 == changes.len();
            let signature = is_last.then(|| signer.sign(&log, height, &link));
            entries.push(Entry {
                log,
                height,
                doc,
                change: ChangeBytes::from(change.as_bytes()),
                link,
                signature,
            });
        }
        (log, prev, Trail::along(entries.into_iter()).unwrap())
    }

    fn proof(shared: u64, one: &[&str], other: &[&str], signer: &Writer) -> Proof {
        let (log, prev, one) = trail(shared, one, &writer(1));
        let (_, _, other) = trail(shared, other, signer);
        Proof { log, first: shared + 1, prev, one, other }
    }

    #[test]
    fn two_signed_pasts_of_any_length_prove_it() {
        for shared in [0, 1, 9] {
            assert!(proof(shared, &["a"], &["b"], &writer(1)).holds());
            assert!(proof(shared, &["a", "b", "c"], &["b", "a"], &writer(1)).holds());
        }
    }

    #[test]
    fn nothing_else_does() {
        assert!(!proof(2, &["a"], &["b"], &writer(2)).holds(), "somebody else signed it");
        assert!(!proof(2, &["a"], &["a", "b"], &writer(1)).holds(), "one past, shown twice");
        let good = proof(2, &["a"], &["b"], &writer(1));
        let elsewhere = LogId { epoch: Epoch(2), ..good.log };
        assert!(!Proof { log: elsewhere, ..good.clone() }.holds(), "of another log");
        assert!(!Proof { first: 4, ..good.clone() }.holds(), "at another height");
        assert!(!Proof { first: 1, ..good.clone() }.holds(), "from another beginning");
        assert!(!Proof { first: 0, ..good.clone() }.holds());
        assert!(!Proof { first: u64::MAX, ..good.clone() }.holds());
        let empty = Trail { steps: Vec::new(), ..good.one.clone() };
        assert!(!Proof { one: empty, ..good }.holds(), "a past without an entry");
    }
}
