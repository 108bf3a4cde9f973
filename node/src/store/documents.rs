//! Guides and cases as automerge documents: loaded through a bounded cache, changes applied, saved back.
//!
//! Knows automerge and chunks of bytes, nothing of what a document means. A change that automerge refuses or panics on,
//! that writes over what a document has for good, or that stands on one that is not there, is set aside with its reason;
//! the rest goes on.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{AutoCommit, Change, ChangeHash};
use lru::LruCache;
use sanji_model::history::{History, Rewrites, stands_alone};
use sanji_sync::{DocId, Entry};

use super::keys;
use super::kv::{Batch, Kv, KvError, chunks};
use super::quarantine::Why;

/// Documents in memory.
pub struct Documents {
    /// Read lately, the least recently used leaving first.
    cache: LruCache<DocId, AutoCommit>,
    /// Edited here and not yet saved. One that left before would be loaded without its edit, and the next edit would
    /// write the same sequence number again.
    edited: BTreeMap<DocId, AutoCommit>,
}

/// A change that could not be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAside {
    /// Which of the entries given.
    pub entry: usize,
    pub why: Why,
}

impl Documents {
    /// Keeps at most `documents` in memory besides those that are edited.
    pub fn new(documents: usize) -> Documents {
        let kept = NonZeroUsize::new(documents).unwrap_or(NonZeroUsize::MIN);
        Documents { cache: LruCache::new(kept), edited: BTreeMap::new() }
    }

    /// The saved document, or none if there is none. One that does not load is an error of the derived store.
    pub fn load(&mut self, kv: &dyn Kv, id: &DocId) -> Result<Option<&mut AutoCommit>, LoadError> {
        if self.edited.contains_key(id) {
            return Ok(self.edited.get_mut(id));
        }
        if !self.cache.contains(id) {
            let Some(bytes) = chunks::get(kv, &keys::document(id))? else { return Ok(None) };
            let doc = guarded(|| AutoCommit::load(&bytes).map_err(|e| LoadError::Unreadable(e.to_string())))?;
            self.cache.put(*id, doc);
        }
        Ok(self.cache.get_mut(id))
    }

    /// The document, made empty if there is none, to be edited.
    pub fn edit(&mut self, kv: &dyn Kv, id: &DocId) -> Result<&mut AutoCommit, LoadError> {
        if !self.edited.contains_key(id) {
            self.load_or_new(kv, id)?;
            if let Some(doc) = self.cache.pop(id) {
                self.edited.insert(*id, doc);
            }
        }
        Ok(self.edited.get_mut(id).expect("it was put there just now or before"))
    }

    /// The document, made empty in memory if there is none.
    pub fn load_or_new(&mut self, kv: &dyn Kv, id: &DocId) -> Result<&mut AutoCommit, LoadError> {
        if self.load(kv, id)?.is_none() {
            self.cache.put(*id, AutoCommit::new().with_actor(READER.as_slice().into()));
        }
        let doc = self.edited.get_mut(id).or_else(|| self.cache.get_mut(id));
        Ok(doc.expect("it was loaded or put just now"))
    }

    /// Puts a document back as it was before an edit that is not to happen.
    pub fn put_back(&mut self, id: &DocId, doc: AutoCommit) {
        self.edited.insert(*id, doc);
    }

    /// Lets edited documents go that are not to be kept: their edits are saved, or were taken back.
    pub fn release(&mut self, keep: impl Fn(&DocId) -> bool) {
        self.edited.retain(|id, _| keep(id));
    }

    /// Drops what memory holds of a document, with everything in it that was not saved.
    pub fn forget(&mut self, id: &DocId) {
        self.cache.pop(id);
        self.edited.remove(id);
    }

    /// Applies the entries of one document, in order. What it already has changes nothing.
    pub fn apply(&mut self, kv: &dyn Kv, id: &DocId, entries: &[&Entry]) -> Result<Vec<SetAside>, LoadError> {
        let doc = self.load_or_new(kv, id)?;
        if guarded(|| apply_all(doc, entries)).is_ok() {
            return Ok(Vec::new());
        }
        // One of them is bad, and the document may be half changed: start again, one by one, until none more applies.
        self.forget(id);
        let mut left: Vec<usize> = (0..entries.len()).collect();
        loop {
            let mut aside: Vec<SetAside> = Vec::new();
            for n in &left {
                let doc = self.load_or_new(kv, id)?;
                let before = doc.clone();
                if let Err(why) = guarded(|| apply_all(doc, &[entries[*n]])) {
                    aside.push(SetAside { entry: *n, why });
                    *self.load_or_new(kv, id)? = before;
                }
            }
            let waits = aside.iter().any(|one| matches!(one.why, Why::Waits { .. }));
            if aside.len() == left.len() || !waits {
                return Ok(aside);
            }
            left = aside.into_iter().map(|one| one.entry).collect();
        }
    }

    /// Puts the document's bytes into the batch.
    pub fn save(&mut self, kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
        if let Some(doc) = self.edited.get_mut(id).or_else(|| self.cache.get_mut(id)) {
            let bytes = doc.save_nocompress();
            chunks::put(kv, batch, &keys::document(id), &bytes)?;
        }
        Ok(())
    }
}

/// Documents are read under this actor; before a local change the hub's actor is set.
const READER: [u8; 16] = [0; 16];

/// Why a document could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error("a saved document does not load: {0}")]
    Unreadable(String),
}

/// Applies one entry if it applies.
pub fn apply_to(doc: &mut AutoCommit, entry: &Entry) {
    // What does not apply is set aside with its reason when the document itself follows.
    let _ = guarded(|| apply_all(doc, &[entry]));
}

fn apply_all(doc: &mut AutoCommit, entries: &[&Entry]) -> Result<(), Why> {
    let mut changes: Vec<Change> = Vec::with_capacity(entries.len());
    // The document as whoever writes next had seen it, while each had seen all before.
    let mut heads = doc.get_heads();
    let mut history = History::at(doc, &heads);
    for entry in entries {
        let change = read(entry)?;
        let expanded = change.decode();
        let is_known = doc.get_change_by_hash(&change.hash()).is_some();
        if !is_known {
            let is_here = |hash: &ChangeHash, doc: &mut AutoCommit| {
                changes.iter().any(|change| change.hash() == *hash) || doc.get_change_by_hash(hash).is_some()
            };
            if !change.deps().iter().all(|hash| is_here(hash, doc)) {
                return Err(Why::waits(&change));
            }
            if change.deps() != heads && history.is_begun() {
                // What its writer had seen is known of one change at a time.
                if !changes.is_empty() {
                    return Err(Why::waits(&change));
                }
                history = History::at(doc, change.deps());
            }
            if change.deps().is_empty() && !stands_alone(&expanded) {
                return Err(Why::Refused(Rewrites::Unseen.to_string()));
            }
            history.take(&expanded).map_err(|why| Why::Refused(why.to_string()))?;
            heads = vec![change.hash()];
        }
        // A saved document holds operations and writes its changes anew when it is loaded: one that does not come out as
        // it went in would make a document that is saved and never loads again.
        if Change::from(expanded).raw_bytes() != &*entry.change || leaps(&change, doc, &changes) {
            return Err(Why::Refused("it is not written as automerge writes it".to_owned()));
        }
        changes.push(change);
    }
    let last = changes.last().map(Why::waits);
    doc.apply_changes(changes).map_err(|e| Why::Refused(e.to_string()))?;
    // A change whose dependencies are missing applies "successfully" and waits unseen.
    match last.filter(|_| !doc.get_missing_deps(&[]).is_empty()) {
        Some(waits) => Err(waits),
        None => Ok(()),
    }
}

/// Whether it says nothing and counts on from where nothing is: automerge saves that and does not load it again.
fn leaps(change: &Change, doc: &mut AutoCommit, before: &[Change]) -> bool {
    let known = |hash: &ChangeHash| {
        let here = before.iter().find(|change| change.hash() == *hash).map(Change::max_op);
        here.or_else(|| doc.get_change_by_hash(hash).map(|change| change.max_op()))
    };
    change.is_empty()
        && change.start_op().get() != change.deps().iter().filter_map(known).max().unwrap_or(0) + 1
}

/// The change that an entry carries.
pub fn read(entry: &Entry) -> Result<Change, Why> {
    read_bytes(entry.change.to_vec())
}

/// The change that these bytes are.
pub fn read_bytes(bytes: Vec<u8>) -> Result<Change, Why> {
    guarded(|| Change::from_bytes(bytes).map_err(|e| Why::Refused(e.to_string())))
}

/// automerge has panicked on hostile changes: that must set the change aside, not end the node.
fn guarded<T, E: From<Panicked>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| s.to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Panicked(text.unwrap_or_else(|| "panic".to_owned())).into())
    })
}

/// automerge panicked, with these words.
struct Panicked(String);

impl From<Panicked> for Why {
    fn from(Panicked(words): Panicked) -> Why {
        Why::Refused(words)
    }
}

impl From<Panicked> for LoadError {
    fn from(Panicked(words): Panicked) -> LoadError {
        LoadError::Unreadable(words)
    }
}
