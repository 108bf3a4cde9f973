//! Logs that were cut: what gave way to another past, or lies beyond a revocation. It stays in the journal as evidence
//! and counts no more: not in documents, not in rows, not towards peers.
//!
//! A cut is a fact of the journal (`cut/<log>`), so an index that is rebuilt comes out the same. Until documents are
//! free of what gave way and its meaning is written anew, a second fact (`aside/<log>`) says so. Knows no reason.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sanji_sync::vector::Head;
use sanji_sync::{DocId, Entry, LogId, NodeId};

use super::index::Index;
use super::journal::Position;
use super::kv::Batch;
use super::record::{Fact, TurnRecord};
use super::views;
use super::{Drained, Store, StoreError, keys, quarantine};

pub(super) const CUT: &str = "cut/";
pub(super) const ASIDE: &str = "aside/";

#[derive(Encode, Decode)]
#[cbor(array)]
struct CutRow {
    #[n(0)]
    log: LogId,
    #[n(1)]
    head: Head,
}

/// A log whose end gave way and is not written anew yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aside {
    pub log: LogId,
    /// The record with the first entry that gave way.
    from: Position,
}

/// The cut that a fact is, if it is one.
pub fn cut_of(fact: &Fact) -> Option<(LogId, Head)> {
    fact.name.strip_prefix(CUT)?;
    let row: CutRow = minicbor::decode(fact.value.as_deref()?).ok()?;
    Some((row.log, row.head))
}

pub(super) fn name(prefix: &str, log: &LogId) -> String {
    format!("{prefix}{}", data_encoding::HEXLOWER.encode(&keys::log_bytes(log)))
}

pub(super) fn log_of(name: &str, prefix: &str) -> Option<LogId> {
    let bytes = data_encoding::HEXLOWER.decode(name.strip_prefix(prefix)?.as_bytes()).ok()?;
    minicbor::decode(&bytes).ok()
}

impl Index {
    /// Whether the journal holds entries of this log that do not count.
    pub fn was_cut(&self, log: &LogId) -> bool {
        self.has_cuts() && self.fact(&name(CUT, log)).is_some()
    }

    /// At which height the log was cut.
    pub(super) fn cut_at(&self, log: &LogId) -> Option<u64> {
        let row: CutRow = minicbor::decode(self.fact(&name(CUT, log))?).ok()?;
        Some(row.head.height)
    }

    /// Whether any log was cut: nearly every store has none.
    pub fn has_cuts(&self) -> bool {
        self.has_facts(CUT)
    }
}

impl Store {
    /// Ends a log at `head` for good, durably; documents are free of what lies behind it when this returns.
    pub fn cut(&mut self, log: LogId, head: Head) -> Result<(), StoreError> {
        while self.is_behind() {
            self.drain(usize::MAX)?;
        }
        let first = self.index.stretch(&*self.kv, &log, head.height + 1)?;
        let row = minicbor::to_vec(CutRow { log, head }).expect("writing to memory cannot fail");
        let mut facts = vec![Fact { name: name(CUT, &log), value: Some(row) }];
        let behind_damage = self.gap_from(&log);
        if let Some(from) = first.map(|stretch| stretch.position).into_iter().chain(behind_damage).min() {
            let from = from.to_bytes().to_vec();
            facts.push(Fact { name: name(ASIDE, &log), value: Some(from) });
        }
        self.commit(Vec::new(), facts)?;
        self.reading.borrow_mut().remove(&log);
        self.take_out()
    }

    /// The logs of this store that were cut.
    pub fn cut_logs(&self) -> BTreeSet<LogId> {
        self.facts().filter_map(|(name, _)| log_of(name, CUT)).collect()
    }

    /// What is not written anew yet.
    pub fn asides(&self) -> Vec<Aside> {
        let aside = |(name, value): (&str, &[u8])| {
            let from = Position::from_bytes(value.try_into().ok()?);
            Some(Aside { log: log_of(name, ASIDE)?, from })
        };
        self.facts().filter_map(aside).collect()
    }

    /// The fact that says an aside is written anew.
    pub fn written_anew(aside: &Aside) -> Fact {
        Fact { name: name(ASIDE, &aside.log), value: None }
    }

    /// The facts that every log of `writer` that was ever cut is to be looked through once more.
    pub fn asides_again(&self, writer: &NodeId) -> Vec<Fact> {
        let from = self.journal.start().to_bytes().to_vec();
        let logs = self.cut_logs().into_iter().filter(|log| log.node == *writer);
        logs.map(|log| Fact { name: name(ASIDE, &log), value: Some(from.clone()) }).collect()
    }

    /// Makes every document anew that holds something which gave way, without it.
    pub fn take_out(&mut self) -> Result<(), StoreError> {
        let mut docs = BTreeSet::new();
        for aside in self.asides() {
            docs.extend(self.documents_of(&aside)?);
        }
        if docs.is_empty() {
            return Ok(());
        }
        let mut left: BTreeMap<DocId, Vec<Entry>> = BTreeMap::new();
        let upto = self.backlog.done();
        self.walk(self.journal.start(), &mut |at, entries| {
            if at < upto {
                for entry in entries.into_iter().filter(|e| docs.contains(&e.doc)) {
                    left.entry(entry.doc).or_default().push(entry);
                }
            }
            Ok(at < upto)
        })?;
        let mut batch = Batch::new();
        for doc in &docs {
            let Some(meta) = views::meta(&*self.kv, doc)? else { continue };
            let had = views::counted(&*self.kv, doc)?;
            views::forget(&*self.kv, doc, &mut batch)?;
            self.documents.forget(doc);
            quarantine::put(&*self.kv, doc, &[], &mut batch)?;
            self.quarantined.remove(doc);
            self.overview.forget(doc, meta.scope, had);
            batch.put(keys::count(&meta.scope), self.overview.count(meta.scope).encode());
        }
        self.kv.apply(batch)?;
        for (doc, entries) in &left {
            let mut batch = Batch::new();
            self.follow(doc, entries, &mut batch, &mut Drained::default())?;
            self.kv.apply(batch)?;
        }
        // Documents lie before the place that they have reached, so nothing but the aside would make them anew: they are
        // safe before it goes.
        self.kv.flush()?;
        Ok(())
    }

    /// Those of the entries that count.
    pub(super) fn counted<'a>(&self, entries: &'a [Entry]) -> Result<Cow<'a, [Entry]>, StoreError> {
        if !self.index.has_any_others() {
            return Ok(entries.into());
        }
        let mut counted = Vec::with_capacity(entries.len());
        for entry in entries {
            if self.counts(entry)? {
                counted.push(entry.clone());
            }
        }
        Ok(counted.into())
    }

    /// Whether the entry is the one that its log has at its height.
    fn counts(&self, entry: &Entry) -> Result<bool, StoreError> {
        if !self.index.has_others(&entry.log) {
            return Ok(true);
        }
        let there = self.read_entry(&entry.log, entry.height)?;
        Ok(there.is_some_and(|(_, there)| there.link == entry.link))
    }

    /// The entries of a document that are not in it, by log and height.
    pub fn set_aside(&self, doc: &DocId) -> Result<BTreeSet<(LogId, u64)>, StoreError> {
        let rows = quarantine::of(&*self.kv, doc)?;
        Ok(rows.into_iter().map(|row| (row.log, row.height)).collect())
    }

    /// Everything that the journal has of these documents, whether it counts or not, in order.
    pub fn evidence(&self, docs: &BTreeSet<DocId>) -> Result<BTreeMap<DocId, Vec<Entry>>, StoreError> {
        let mut evidence: BTreeMap<DocId, Vec<Entry>> = BTreeMap::new();
        self.walk(self.journal.start(), &mut |_, entries| {
            for entry in entries.into_iter().filter(|entry| docs.contains(&entry.doc)) {
                evidence.entry(entry.doc).or_default().push(entry);
            }
            Ok(true)
        })?;
        Ok(evidence)
    }

    /// The documents that something which gave way is in.
    pub fn documents_of(&self, aside: &Aside) -> Result<BTreeSet<DocId>, StoreError> {
        let mut docs = BTreeSet::new();
        self.walk(aside.from, &mut |_, entries| {
            for entry in entries.iter().filter(|e| e.log == aside.log) {
                if !self.counts(entry)? {
                    docs.insert(entry.doc);
                }
            }
            Ok(true)
        })?;
        Ok(docs)
    }

    /// Reads the journal on from a place until `visit` says false.
    fn walk(&self, from: Position, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        for item in self.journal.scan(from) {
            // Damage was named when the journal was opened.
            let Ok((at, record)) = item else { continue };
            let turn = TurnRecord::decode(&record.payload).map_err(|e| StoreError::Record(e.to_string()))?;
            let entries = turn.entries().map_err(|e| StoreError::Record(e.to_string()))?;
            if !visit(at, entries)? {
                break;
            }
        }
        Ok(())
    }
}

/// Called with each record: its place and entries.
type Visit<'a> = dyn FnMut(Position, Vec<Entry>) -> Result<bool, StoreError> + 'a;
