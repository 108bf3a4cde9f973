//! Entries that are in the journal and not yet in documents and rows, grouped by document.
//!
//! A bounded part of them is held in memory, from where documents stand on; what lies behind that is read from the
//! journal later. A document whose entries came scattered is loaded and saved once for all of them. Knows no document's
//! content and reads no journal.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sanji_sync::{DocId, Entry};

use super::journal::Position;
use super::recent::bytes_of;

/// Bytes of entries held. A cold sync of 10,000 cases takes two to three such parts.
const BYTES_MAX: usize = 16 << 20;

#[derive(Debug)]
pub struct Backlog {
    documents: BTreeMap<DocId, Vec<Entry>>,
    /// In the order of their first entries.
    queue: VecDeque<DocId>,
    bytes: usize,
    /// Documents and rows stand here: everything before is in them.
    done: Position,
    /// Everything between `done` and this is in them or held here.
    loaded: Position,
    /// Documents with entries behind `loaded`, and how many entries there are.
    beyond: BTreeSet<DocId>,
    entries_beyond: u64,
    entries_held: u64,
}

impl Backlog {
    /// Nothing held: everything behind `done` is to be loaded.
    pub fn new(done: Position) -> Backlog {
        Backlog {
            documents: BTreeMap::new(),
            queue: VecDeque::new(),
            bytes: 0,
            done,
            loaded: done,
            beyond: BTreeSet::new(),
            entries_beyond: 0,
            entries_held: 0,
        }
    }

    /// Up to here documents and rows have followed the journal.
    pub fn done(&self) -> Position {
        self.done
    }

    pub fn loaded(&self) -> Position {
        self.loaded
    }

    /// Entries that documents and rows do not show yet.
    pub fn entries(&self) -> u64 {
        self.entries_held + self.entries_beyond
    }

    pub fn has(&self, doc: &DocId) -> bool {
        self.documents.contains_key(doc) || self.beyond.contains(doc)
    }

    /// Whether anything is held to be followed.
    pub fn is_held(&self) -> bool {
        !self.documents.is_empty()
    }

    /// The entries of `doc` that lie beyond were followed out of turn.
    pub fn seen_beyond(&mut self, doc: &DocId) {
        self.beyond.remove(doc);
    }

    /// Whether entries of `doc` are in the journal behind what is held here.
    pub fn has_beyond(&self, doc: &DocId) -> bool {
        self.beyond.contains(doc)
    }

    /// A journal record that was written or found between `at` and `next`: held if it is the next one and there is room.
    pub fn take(&mut self, at: Position, next: Position, entries: &[Entry]) {
        if self.loaded == at && self.bytes < BYTES_MAX {
            self.hold(next, entries);
        } else {
            self.beyond.extend(entries.iter().map(|entry| entry.doc));
            self.entries_beyond += entries.len() as u64;
        }
    }

    /// Whether the next record behind `loaded` may be loaded now.
    pub fn has_room(&self) -> bool {
        self.bytes < BYTES_MAX
    }

    /// A record that lay beyond.
    pub fn load(&mut self, next: Position, entries: &[Entry]) {
        self.entries_beyond = self.entries_beyond.saturating_sub(entries.len() as u64);
        self.hold(next, entries);
    }

    /// Everything up to `end` is loaded.
    pub fn loaded_all(&mut self, end: Position) {
        self.loaded = end;
        self.beyond.clear();
        self.entries_beyond = 0;
    }

    fn hold(&mut self, next: Position, entries: &[Entry]) {
        for entry in entries {
            self.bytes += bytes_of(entry);
            self.entries_held += 1;
            let held = self.documents.entry(entry.doc).or_insert_with(|| {
                self.queue.push_back(entry.doc);
                Vec::new()
            });
            held.push(entry.clone());
        }
        self.loaded = next;
    }

    /// The entries of the document that has waited longest.
    pub fn oldest(&mut self) -> Option<(DocId, Vec<Entry>)> {
        loop {
            let doc = self.queue.pop_front()?;
            // It may have been taken out of turn.
            if let Some(entries) = self.of(&doc) {
                return Some((doc, entries));
            }
        }
    }

    /// The held entries of a document, out of turn.
    pub fn of(&mut self, doc: &DocId) -> Option<Vec<Entry>> {
        let entries = self.documents.remove(doc)?;
        self.bytes -= entries.iter().map(bytes_of).sum::<usize>();
        self.entries_held -= entries.len() as u64;
        Some(entries)
    }

    /// The held entries of a document, in order, to look at.
    pub fn peek(&self, doc: &DocId) -> &[Entry] {
        self.documents.get(doc).map_or(&[], Vec::as_slice)
    }

    /// If nothing is held any more, documents stand where was loaded up to; none if they stood there before.
    pub fn advance(&mut self) -> Option<Position> {
        if !self.documents.is_empty() || self.done == self.loaded {
            return None;
        }
        self.queue.clear();
        self.done = self.loaded;
        Some(self.done)
    }
}
