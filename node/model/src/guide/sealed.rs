//! Documents that are written once: a published version, a suspension. Of such a document only its first change counts,
//! on every node, whatever order others come in.
//!
//! Knows no content. Who wrote the first change is proved by the log that it came in.

use std::borrow::Cow;

use automerge::{AutoCommit, ObjId, ROOT, ReadDoc};
use sanji_sync::ActorBytes;

/// A document as its first change left it.
pub struct Sealed<'a> {
    pub first: Cow<'a, AutoCommit>,
    /// Changes after the first, which are ignored.
    pub later: u64,
}

/// The document at its first change: one that builds on nothing, of several the one with the smallest hash.
pub fn sealed(doc: &AutoCommit) -> Sealed<'_> {
    let changes = doc.stats().num_changes;
    if changes <= 1 {
        return Sealed { first: Cow::Borrowed(doc), later: 0 };
    }
    let mut whole = doc.clone();
    let first = whole.get_changes(&[]).into_iter().filter(|change| change.deps().is_empty());
    let mut alone = AutoCommit::new().with_actor([0; 16].as_slice().into());
    // A change that was applied before applies again.
    let applied = first.min_by_key(|change| change.hash()).map(|change| alone.apply_changes([change]));
    debug_assert!(applied.is_some_and(|applied| applied.is_ok()));
    Sealed { first: Cow::Owned(alone), later: changes - 1 }
}

/// The actor that wrote what stands under a key of the root.
pub fn writer(doc: &impl ReadDoc, key: &str) -> Option<ActorBytes> {
    match doc.get(ROOT, key).ok()?? {
        (_, ObjId::Id(_, actor, _)) => actor.to_bytes().try_into().ok(),
        (_, ObjId::Root) => None,
    }
}
