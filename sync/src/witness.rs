//! What proves that a writer signed one entry: the entry, the link before it, and the chain from it up to the next signature, of
//! which everything else is a hash only.
//!
//! Whoever reads it needs nothing but the writer's key, which is its name. Knows no store and no authority.

use crate::change::ChangeHeader;
use crate::ids::{DocId, Link, LogId};
use crate::log::{self, ChangeBytes, Entry};
use crate::proof::Trail;

/// An entry with what proves it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    pub log: LogId,
    pub height: u64,
    /// The link before it.
    pub prev: Link,
    pub change: ChangeBytes,
    /// From the entry to the next that is signed.
    pub trail: Trail,
}

impl Witness {
    /// Of the first of `entries`, which follow one another in a log, behind the link `prev`; none if none is signed.
    pub fn of(prev: Link, mut entries: impl Iterator<Item = Entry>) -> Option<Witness> {
        let first = entries.next()?;
        let (log, height, change) = (first.log, first.height, first.change.clone());
        let trail = Trail::along(std::iter::once(first).chain(entries))?;
        Some(Witness { log, height, prev, change, trail })
    }

    /// The document that the entry is of, if all of it is as its writer signed it.
    pub fn holds(&self) -> Option<DocId> {
        let step = self.trail.steps.first()?;
        let header = ChangeHeader::read(&self.change).ok()?;
        let whole = step.change == log::change_hash(&self.change)
            && log::actor_matches(&self.log, &header)
            && self.trail.is_signed(&self.log, self.height, self.prev);
        whole.then_some(step.doc)
    }
}
