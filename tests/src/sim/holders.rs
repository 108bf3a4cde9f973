//! What the county's disks really hold, whether their machines run or not: who has an entry, and who could say one anew.
//!
//! A machine that is down is asked on a copy of its disk. Judges nothing; the checks and the ledger do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use automerge::{Change, ChangeHash};
use sanji_node::machine::Machine;
use sanji_node::store::quarantine::carried;
use sanji_node::store::record::TurnRecord;
use sanji_sync::{Entry, NodeId, Shelf};

use super::ledger::Written;
use super::world::World;

/// One node's machine, or what it would be if it were started now.
pub(super) enum Holder<'a> {
    Up(&'a Machine),
    Down(Box<Machine>),
}

impl Deref for Holder<'_> {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        match self {
            Holder::Up(machine) => machine,
            Holder::Down(machine) => machine,
        }
    }
}

impl Holder<'_> {
    /// Whether it holds this very entry, and it counts.
    pub fn has(&self, entry: &Written) -> bool {
        self.hub().heads().height(&entry.log) >= entry.height
            && self.store().link(&entry.log, entry.height) == Some(entry.link)
    }

    /// Every entry that it ever took and still can read, counting or not.
    fn entries(&self) -> Vec<Entry> {
        let journal = self.store().journal();
        let records =
            journal.scan(journal.start()).filter_map(|item| TurnRecord::decode(&item.ok()?.1.payload).ok());
        records.flat_map(|record| record.entries().unwrap_or_default()).collect()
    }
}

impl World {
    /// None for the hostile program, and for a disk on which nothing starts.
    pub(super) fn holder(&self, n: usize) -> Option<Holder<'_>> {
        if self.is_villain(n) {
            return None;
        }
        match &self.nodes[n].machine {
            Some(machine) => Some(Holder::Up(machine)),
            None => Some(Holder::Down(Box::new(self.nodes[n].copy_of_machine()?))),
        }
    }

    /// Which of these nobody holds any more who could give them back; who is revoked gives nothing back.
    pub(super) fn gone(&self, entries: BTreeSet<Written>) -> BTreeSet<Written> {
        let giving = (0..self.nodes.len()).filter(|n| !self.nodes[*n].is_revoked);
        let holders: Vec<Holder<'_>> = giving.filter_map(|n| self.holder(n)).collect();
        entries.into_iter().filter(|entry| !holders.iter().any(|holder| holder.has(entry))).collect()
    }

    /// Whether an entry stands on a change that its writer lost with a disk that was put back and that nobody says anew:
    /// the change's own writer was revoked, or lost it, too (decision 28).
    pub(super) fn is_past_saying(&self, entry: &Written) -> bool {
        let mut known: BTreeMap<ChangeHash, (NodeId, Change)> = BTreeMap::new();
        let mut kept: BTreeMap<NodeId, BTreeSet<ChangeHash>> = BTreeMap::new();
        let mut open = Vec::new();
        for n in self.honest() {
            let Some(holder) = self.holder(n) else { continue };
            for e in holder.entries() {
                let Ok(change) = Change::from_bytes(e.change.to_vec()) else { continue };
                if (e.log, e.height, e.link) == (entry.log, entry.height, entry.link) {
                    open.extend(change.deps());
                }
                let lost = change.message().and_then(carried);
                let lost = lost.and_then(|bytes| Change::from_bytes(bytes).ok());
                for change in [Some(change), lost].into_iter().flatten() {
                    kept.entry(self.nodes[n].id()).or_default().insert(change.hash());
                    known.entry(change.hash()).or_insert((e.log.node, change));
                }
            }
        }
        let keeps = |node: &NodeId, hash: &ChangeHash| kept.get(node).is_some_and(|of| of.contains(hash));
        let gives = |node: &NodeId, hash: &ChangeHash| {
            let machines: Vec<_> = self.nodes.iter().filter(|other| other.id() == *node).collect();
            !machines.iter().any(|m| m.is_revoked)
                && (!machines.iter().any(|m| m.is_twin) || keeps(node, hash))
        };
        let was_put_back = self.nodes.iter().any(|node| node.id() == entry.log.node && node.is_twin);
        let mut seen = BTreeSet::new();
        while let Some(hash) = open.pop() {
            if !seen.insert(hash) {
                continue;
            }
            let Some((writer, change)) = known.get(&hash) else {
                // Whoever wrote it has it no more either.
                return was_put_back;
            };
            if was_put_back && !keeps(&entry.log.node, &hash) && !gives(writer, &hash) {
                return true;
            }
            open.extend(change.deps());
        }
        false
    }
}
