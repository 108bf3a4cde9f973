//! Journal records kept decoded, for the streams that read them entry by entry; bounded in bytes.
//!
//! Knows no index and no document.

use std::collections::BTreeMap;
use std::sync::Arc;

use lru::LruCache;
use sanji_sync::{Entry, LogId};

use super::journal::Position;

/// Bytes of entries kept in all; one record is kept however large it is.
const BYTES_MAX: usize = 8 << 20;

/// What an entry takes besides its change.
const ENTRY_BYTES: usize = 256;

/// The entries of one record, and where each log's are among them.
#[derive(Debug)]
pub struct Decoded {
    pub entries: Vec<Entry>,
    /// By log: its first height here, and the places of its entries in order of height.
    places: BTreeMap<LogId, (u64, Vec<u32>)>,
    bytes: usize,
}

impl Decoded {
    pub fn new(entries: Vec<Entry>) -> Decoded {
        let mut places: BTreeMap<LogId, (u64, Vec<u32>)> = BTreeMap::new();
        let mut bytes = 0;
        for (place, entry) in entries.iter().enumerate() {
            bytes += bytes_of(entry);
            places.entry(entry.log).or_insert((entry.height, Vec::new())).1.push(place as u32);
        }
        Decoded { entries, places, bytes }
    }

    /// The entry at `height` of `log` and its place in the record.
    pub fn find(&self, log: &LogId, height: u64) -> Option<(usize, &Entry)> {
        let (first, places) = self.places.get(log)?;
        let place = *places.get(usize::try_from(height.checked_sub(*first)?).ok()?)? as usize;
        // Behind damage a record may hold heights that do not follow one another.
        self.entries.get(place).filter(|entry| entry.height == height).map(|entry| (place, entry))
    }

    /// The lowest and the highest of a log's heights here.
    pub fn heights(&self, log: &LogId) -> Option<(u64, u64)> {
        let (first, places) = self.places.get(log)?;
        Some((*first, first + places.len().checked_sub(1)? as u64))
    }
}

/// The records used last.
#[derive(Debug)]
pub struct Recent {
    records: LruCache<Position, Arc<Decoded>>,
    bytes: usize,
}

impl Default for Recent {
    fn default() -> Recent {
        Recent { records: LruCache::unbounded(), bytes: 0 }
    }
}

impl Recent {
    pub fn record(&mut self, at: Position) -> Option<Arc<Decoded>> {
        self.records.get(&at).cloned()
    }

    pub fn put(&mut self, at: Position, decoded: Arc<Decoded>) {
        self.bytes += decoded.bytes;
        if let Some(replaced) = self.records.put(at, decoded) {
            self.bytes -= replaced.bytes;
        }
        while self.bytes > BYTES_MAX
            && self.records.len() > 1
            && let Some((_, oldest)) = self.records.pop_lru()
        {
            self.bytes -= oldest.bytes;
        }
    }
}

/// What an entry takes in memory.
pub fn bytes_of(entry: &Entry) -> usize {
    entry.change.len() + ENTRY_BYTES
}
