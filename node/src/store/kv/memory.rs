//! A key-value store in memory, for the simulator and for tests.
//!
//! Knows what was flushed and what was not, so that a simulated power cut can bring back any state a real one could.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Batch, Kv, KvError, Order, Span, Visit, Visitor};

/// A handle: a clone is the same store, as if opened again; [`snapshot`](MemoryKv::snapshot) is a copy of its own.
#[derive(Clone, Debug, Default)]
pub struct MemoryKv(Arc<RwLock<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// For each batch since the last flush the one that takes it back.
    undo: Vec<Batch>,
}

impl MemoryKv {
    pub fn new() -> MemoryKv {
        MemoryKv::default()
    }

    /// A copy that shares nothing with this one, unflushed batches included.
    pub fn snapshot(&self) -> MemoryKv {
        MemoryKv(Arc::new(RwLock::new(self.read().clone())))
    }

    /// How many batches were applied since the last flush.
    pub fn unflushed(&self) -> usize {
        self.read().undo.len()
    }

    /// The power goes: of the unflushed batches the first `keep` survive.
    pub fn power_cut(&self, keep: usize) {
        let mut state = self.write();
        while state.undo.len() > keep {
            if let Some(undo) = state.undo.pop() {
                state.change(undo);
            }
        }
        state.undo.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes the changes and gives the batch that takes them back.
    fn change(&mut self, batch: Batch) -> Batch {
        let mut undo = Batch::new();
        for (key, value) in batch.changes {
            let old = match value {
                Some(value) => self.pairs.insert(key.clone(), value),
                None => self.pairs.remove(&key),
            };
            undo.changes.insert(key, old);
        }
        undo
    }
}

impl Kv for MemoryKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        Ok(self.read().pairs.get(key).cloned())
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visitor<'_>) -> Result<(), KvError> {
        // The lock is not held while the visitor runs: it may use the store.
        let mut rest = span.clone();
        while !rest.is_empty() {
            let state = self.read();
            let mut pairs = state.pairs.range::<[u8], _>(rest.bounds());
            let pair = match order {
                Order::Forwards => pairs.next(),
                Order::Backwards => pairs.next_back(),
            };
            let Some((key, value)) = pair.map(|(key, value)| (key.clone(), value.clone())) else { break };
            drop(state);
            if visit(&key, &value) == Visit::Stop {
                break;
            }
            rest = match order {
                Order::Forwards => rest.after(&key),
                Order::Backwards => rest.before(&key),
            };
        }
        Ok(())
    }

    fn apply(&self, batch: Batch) -> Result<(), KvError> {
        batch.check_sizes()?;
        let mut state = self.write();
        let undo = state.change(batch);
        state.undo.push(undo);
        Ok(())
    }

    fn flush(&self) -> Result<(), KvError> {
        self.write().undo.clear();
        Ok(())
    }

    fn size_bytes(&self) -> Result<u64, KvError> {
        Ok(self.read().pairs.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(kv: &MemoryKv, key: &str, value: &str) {
        let mut batch = Batch::new();
        batch.put(key, value);
        kv.apply(batch).unwrap();
    }

    #[test]
    fn a_power_cut_keeps_what_was_flushed_and_a_beginning_of_the_rest() {
        let kv = MemoryKv::new();
        put(&kv, "a", "1");
        kv.flush().unwrap();
        put(&kv, "a", "2");
        put(&kv, "b", "3");
        for (keep, a, b) in [(0, "1", None), (1, "2", None), (2, "2", Some("3")), (9, "2", Some("3"))] {
            let copy = kv.snapshot();
            copy.power_cut(keep);
            assert_eq!(copy.get(b"a").unwrap().as_deref(), Some(a.as_bytes()));
            assert_eq!(copy.get(b"b").unwrap().as_deref(), b.map(str::as_bytes));
            assert_eq!(copy.unflushed(), 0);
        }
        assert_eq!(kv.unflushed(), 2);
    }

    #[test]
    fn a_visitor_may_use_the_store_it_is_shown() {
        let kv = MemoryKv::new();
        put(&kv, "a", "1");
        put(&kv, "b", "2");
        let same = kv.clone();
        kv.scan(&Span::all(), Order::Forwards, &mut |key, value| {
            assert_eq!(same.get(key).unwrap().as_deref(), Some(value));
            put(&same, "b", "later");
            Visit::Continue
        })
        .unwrap();
        assert_eq!(kv.get(b"b").unwrap().as_deref(), Some(&b"later"[..]));
    }
}
