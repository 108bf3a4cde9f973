//! The narrow ordered key-value face behind which everything derived is kept: get, range, atomic batch.
//!
//! Knows no table and no document. A hub that outgrows one machine puts another store behind [`Kv`]; nothing outside
//! `store/` may know which one it is.

pub mod chunks;
mod error;
mod memory;
mod sled;
mod span;

use std::collections::BTreeMap;

pub use error::{KvBroken, KvError};
pub use memory::MemoryKv;
pub use sled::SledKv;
pub use span::{Order, Span};

/// Longest value in bytes. A sled page over about 128 KB becomes a file of its own that is never synced (ARCHITECTURE
/// §9); with pages of a few values this keeps them far below. Longer values go through [`chunks`].
pub const VALUE_BYTES_MAX: usize = 7 << 10;
/// Longest key in bytes: several fit on a page beside their values.
pub const KEY_BYTES_MAX: usize = 512;

/// Whether a scan goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visit {
    Continue,
    Stop,
}

/// What one scan item is shown as: key, then value.
pub type Visitor<'a> = dyn FnMut(&[u8], &[u8]) -> Visit + 'a;

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// An ordered map of bytes to bytes on disk. Derived data only: it may come back after a power cut in any state that it
/// had after some earlier batch, or not at all, and is then brought up to date from the journal.
///
/// Shared by reference: readers may read while the one owner applies. A reader sees single keys, not batches, change.
pub trait Kv: Send + Sync {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError>;

    /// Shows the pairs of `span` to `visit`, in `order`, until it stops or they end.
    fn scan(&self, span: &Span, order: Order, visit: &mut Visitor<'_>) -> Result<(), KvError>;

    /// Makes all changes of the batch or none, also through a crash. Checks every size before the first change.
    fn apply(&self, batch: Batch) -> Result<(), KvError>;

    /// Makes what was applied durable as well as the store can. Not good enough for a promise: that is the journal's.
    fn flush(&self) -> Result<(), KvError>;

    /// Bytes on disk (in memory: of keys and values).
    fn size_bytes(&self) -> Result<u64, KvError>;

    /// At most `limit` pairs of `span`, in `order`.
    fn pairs(&self, span: &Span, order: Order, limit: usize) -> Result<Vec<Pair>, KvError> {
        let mut pairs = Vec::new();
        if limit > 0 {
            self.scan(span, order, &mut |key, value| {
                pairs.push((key.to_vec(), value.to_vec()));
                if pairs.len() < limit { Visit::Continue } else { Visit::Stop }
            })?;
        }
        Ok(pairs)
    }
}

/// Changes that are made together. The last change of a key counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    pub fn new() -> Batch {
        Batch::default()
    }

    pub fn put(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.changes.insert(key.into(), Some(value.into()));
    }

    pub fn delete(&mut self, key: impl Into<Vec<u8>>) {
        self.changes.insert(key.into(), None);
    }

    /// What this batch does to `key`: nothing (outer `None`), delete it (`Some(None)`) or put a value.
    pub fn change(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.changes.get(key).map(Option::as_deref)
    }

    pub fn len(&self) -> usize {
        self.changes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Key by key in order; `None` deletes.
    pub fn changes(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// Every implementation of [`Kv::apply`] begins with this.
    fn check_sizes(&self) -> Result<(), KvError> {
        for (key, value) in self.changes() {
            if key.is_empty() || key.len() > KEY_BYTES_MAX {
                return Err(KvError::KeySize(key.len()));
            }
            if let Some(value) = value
                && value.len() > VALUE_BYTES_MAX
            {
                return Err(KvError::ValueTooLarge(value.len()));
            }
        }
        Ok(())
    }
}
