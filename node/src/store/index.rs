//! Which logs there are, how far they reach, and where in the journal each entry lies.
//!
//! Heads and log numbers are kept in memory (a few thousand at a county), the places of entries in the key-value store:
//! one row for all entries of a log that came in one journal record, so that the acknowledgement path stays short.
//! Knows no document.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sanji_sync::log::{genesis, next_link};
use sanji_sync::vector::Head;
use sanji_sync::{Entry, Link, LogId};

use super::aside;
use super::gap::Gap;
use super::journal::Position;
use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span};
use super::record::Fact;

/// Where entries of one log lie that came in one journal record: one row for all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Of the record's first entry, of whatever log: the order in which entries came to this node.
    pub arrival: u64,
    /// The journal record.
    pub position: Position,
}

impl Stretch {
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.arrival.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.position.to_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Stretch> {
        let (arrival, position) = bytes.split_first_chunk::<8>()?;
        Some(Stretch {
            arrival: u64::from_be_bytes(*arrival),
            position: Position::from_bytes(position.try_into().ok()?),
        })
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct LogRow {
    #[n(0)]
    log: LogId,
    #[n(1)]
    head: Head,
}

/// A log's number in keys, and its head.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub number: u32,
    pub head: Head,
}

/// The index in memory; its rows are in the key-value store.
#[derive(Debug)]
pub struct Index {
    logs: BTreeMap<LogId, Known>,
    /// The logs by their numbers, from 1.
    numbers: BTreeMap<u32, LogId>,
    facts: BTreeMap<String, Vec<u8>>,
    /// What was left out since this index was loaded.
    left_out: BTreeMap<LogId, Gap>,
    /// Up to here the journal is indexed.
    position: Position,
    next_arrival: u64,
}

impl Index {
    /// What the key-value store holds; empty if it holds nothing.
    pub fn load(kv: &dyn Kv, start: Position) -> Result<Index, KvError> {
        let mut index = Index {
            logs: BTreeMap::new(),
            numbers: BTreeMap::new(),
            facts: BTreeMap::new(),
            left_out: BTreeMap::new(),
            position: start,
            next_arrival: 1,
        };
        if let Some(bytes) = kv.get(keys::INDEX_POSITION)?
            && let Some((position, arrival)) = bytes.split_first_chunk::<16>()
            && let Ok(arrival) = arrival.try_into()
        {
            index.position = Position::from_bytes(*position);
            index.next_arrival = u64::from_be_bytes(arrival);
        }
        for (key, value) in kv.pairs(&Span::prefix([keys::LOG]), Order::Forwards, usize::MAX)? {
            if let (Ok(number), Ok(row)) = (key[1..].try_into(), minicbor::decode::<LogRow>(&value)) {
                index.numbers.insert(u32::from_be_bytes(number), row.log);
                index.logs.insert(row.log, Known { number: u32::from_be_bytes(number), head: row.head });
            }
        }
        for (key, value) in kv.pairs(&Span::prefix([keys::FACT]), Order::Forwards, usize::MAX)? {
            index.facts.insert(String::from_utf8_lossy(&key[1..]).into_owned(), value);
        }
        Ok(index)
    }

    /// The number that the next entry to arrive gets.
    pub fn next_arrival(&self) -> u64 {
        self.next_arrival
    }

    pub fn position(&self) -> Position {
        self.position
    }

    pub fn logs(&self) -> impl Iterator<Item = (&LogId, &Known)> {
        self.logs.iter()
    }

    pub fn known(&self, log: &LogId) -> Option<&Known> {
        self.logs.get(log)
    }

    /// The log of a number.
    pub fn log(&self, number: u32) -> Option<&LogId> {
        self.numbers.get(&number)
    }

    pub fn link(&self, log: &LogId) -> Link {
        self.logs.get(log).map_or_else(|| genesis(log), |known| known.head.link)
    }

    pub fn fact(&self, name: &str) -> Option<&[u8]> {
        self.facts.get(name).map(Vec::as_slice)
    }

    /// Whether there is a fact whose name begins so.
    pub fn has_facts(&self, prefix: &str) -> bool {
        self.facts.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix))
    }

    pub fn facts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.facts.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Where an entry lies; none beyond the log's head.
    pub fn stretch(&self, kv: &dyn Kv, log: &LogId, height: u64) -> Result<Option<Stretch>, KvError> {
        let Some(known) = self.logs.get(log).filter(|known| (1..=known.head.height).contains(&height)) else {
            return Ok(None);
        };
        let up_to = Span::between(keys::stretch(known.number, 1), keys::stretch(known.number, height + 1));
        let pairs = kv.pairs(&up_to, Order::Backwards, 1)?;
        Ok(pairs.first().and_then(|(_, value)| Stretch::from_bytes(value)))
    }

    /// What did not continue its log, by log.
    pub(super) fn left_out(&self) -> &BTreeMap<LogId, Gap> {
        &self.left_out
    }

    /// Takes one journal record's entries and facts: rows into `batch`, heads into memory; a cut before the entries that
    /// follow it. Entries that do not continue their log (behind a damaged stretch of the journal) are left out and
    /// counted.
    pub fn take(
        &mut self,
        at: Position,
        next: Position,
        entries: &[Entry],
        facts: &[Fact],
        batch: &mut Batch,
    ) -> u64 {
        let mut left_out = 0;
        for (log, head) in facts.iter().filter_map(aside::cut_of) {
            self.cut(log, head, batch);
        }
        let stretch = Stretch { arrival: self.next_arrival, position: at };
        let mut grown: BTreeSet<LogId> = BTreeSet::new();
        for entry in entries {
            let new = Known {
                number: self.logs.len() as u32 + 1,
                head: Head { height: 0, link: genesis(&entry.log) },
            };
            let mut known = self.logs.get(&entry.log).copied().unwrap_or(new);
            // Who made the links of `entries` computed them one from the other; that the first of a stretch goes on
            // from the head is what remains to be checked.
            let first = !grown.contains(&entry.log);
            let continues = entry.height == known.head.height + 1
                && (!first || entry.link == next_link(&known.head.link, &entry.doc, &entry.change));
            if !continues {
                left_out += 1;
                let gap = Gap { from: at, first: entry.height, upto: entry.height };
                let known = self.left_out.get(&entry.log).copied();
                self.left_out.insert(entry.log, known.map_or(gap, |known| known.and(gap)));
                continue;
            }
            known.head = Head { height: entry.height, link: entry.link };
            self.logs.insert(entry.log, known);
            self.numbers.insert(known.number, entry.log);
            if first {
                batch.put(keys::stretch(known.number, entry.height), stretch.to_bytes());
                grown.insert(entry.log);
            }
        }
        self.next_arrival += entries.len() as u64;
        for log in grown {
            let known = self.logs[&log];
            let row = LogRow { log, head: known.head };
            batch.put(keys::log(known.number), minicbor::to_vec(row).expect("writing to memory cannot fail"));
        }
        for fact in facts {
            match &fact.value {
                Some(value) => {
                    self.facts.insert(fact.name.clone(), value.clone());
                    batch.put(keys::fact(&fact.name), value.clone());
                }
                None => {
                    self.facts.remove(&fact.name);
                    batch.delete(keys::fact(&fact.name));
                }
            }
        }
        self.position = next;
        let mut reached = next.to_bytes().to_vec();
        reached.extend_from_slice(&self.next_arrival.to_be_bytes());
        batch.put(keys::INDEX_POSITION, reached);
        left_out
    }

    /// Ends a log at `head`; the rows behind it go, since those of another past may begin at other heights. One that does
    /// not reach so far, because of damage, stays as it is.
    fn cut(&mut self, log: LogId, head: Head, batch: &mut Batch) {
        let Some(known) = self.logs.get_mut(&log).filter(|known| known.head.height > head.height) else {
            return;
        };
        for height in head.height + 1..=known.head.height {
            batch.delete(keys::stretch(known.number, height));
        }
        known.head = head;
        let row = LogRow { log, head };
        batch.put(keys::log(known.number), minicbor::to_vec(row).expect("writing to memory cannot fail"));
    }
}
