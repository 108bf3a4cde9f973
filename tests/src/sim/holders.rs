//! What the county's disks really have, whether their machines run or not: who holds an entry, and what can still be said.
//!
//! A machine that is down is asked on a copy of what its disk surely keeps. Judges nothing; the checks and the ledger do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use automerge::{Change, ChangeHash};
use sanji_node::machine::Machine;
use sanji_node::store::quarantine::carried;
use sanji_node::store::record::TurnRecord;
use sanji_sync::{Entry, NodeId, Shelf};

use super::ledger::{Promise, Written};
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
}

/// A change somewhere in the county.
struct Found {
    writer: NodeId,
    deps: Vec<ChangeHash>,
    /// Somebody holds it in a log that counts.
    counts: bool,
    /// Nodes whose journal has it, counting or not, also carried by a change that says it anew.
    kept_by: BTreeSet<NodeId>,
    /// Changes that say it anew.
    anew: BTreeSet<ChangeHash>,
}

/// Every change that a disk of the county has; what only the disks of revoked nodes have is left out, since they give
/// nothing back.
pub(super) struct Evidence {
    changes: BTreeMap<ChangeHash, Found>,
}

impl Evidence {
    /// Whether a change counts somewhere or its writer can say it anew, which takes everything that it stands on. What began
    /// a document is said by nobody but its own writer (decisions 14 and 28).
    fn can_be_said(&self, promise: &Promise) -> bool {
        let (mut open, mut seen) = (vec![promise.change], BTreeSet::new());
        while let Some(hash) = open.pop() {
            let Some(found) = self.changes.get(&hash) else { return false };
            let may_take = !found.deps.is_empty() && found.kept_by.contains(&promise.writer);
            if !self.is_said(&hash) && !may_take {
                return false;
            }
            open.extend(found.deps.iter().filter(|dep| seen.insert(**dep)));
        }
        true
    }

    /// Whether a change counts, or will be said anew by its writer, or is already.
    fn is_said(&self, hash: &ChangeHash) -> bool {
        let Some(found) = self.changes.get(hash) else { return false };
        found.counts || found.kept_by.contains(&found.writer) || found.anew.iter().any(|a| self.is_said(a))
    }

    fn take(&mut self, node: NodeId, entry: &Entry, counts: bool) {
        let Ok(change) = Change::from_bytes(entry.change.to_vec()) else { return };
        self.note(node, entry.log.node, &change).counts |= counts;
        // What says something anew may be said anew in its turn.
        let mut said = change;
        while let Some(lost) = said.message().and_then(carried).and_then(|b| Change::from_bytes(b).ok()) {
            self.note(node, entry.log.node, &lost).anew.insert(said.hash());
            said = lost;
        }
    }

    fn note(&mut self, node: NodeId, writer: NodeId, change: &Change) -> &mut Found {
        let found = self.changes.entry(change.hash()).or_insert_with(|| Found {
            writer,
            deps: change.deps().to_vec(),
            counts: false,
            kept_by: BTreeSet::new(),
            anew: BTreeSet::new(),
        });
        found.kept_by.insert(node);
        found
    }
}

/// Every entry that a machine ever took and still can read, counting or not.
pub(super) fn entries_of(machine: &Machine) -> Vec<Entry> {
    let journal = machine.store().journal();
    let records =
        journal.scan(journal.start()).filter_map(|item| TurnRecord::decode(&item.ok()?.1.payload).ok());
    records.flat_map(|record| record.entries().unwrap_or_default()).collect()
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

    /// The nodes that can give something back; who is revoked cannot.
    fn givers(&self) -> impl Iterator<Item = (NodeId, Holder<'_>)> {
        let giving = self.nodes.iter().enumerate().filter(|(_, node)| !node.is_revoked);
        giving.filter_map(|(n, node)| Some((node.id(), self.holder(n)?)))
    }

    /// Which of these nobody holds any more who could give them back.
    pub(super) fn gone(&self, entries: BTreeSet<Written>) -> BTreeSet<Written> {
        let holders: Vec<Holder<'_>> = self.givers().map(|(_, holder)| holder).collect();
        entries.into_iter().filter(|entry| !holders.iter().any(|holder| holder.has(entry))).collect()
    }

    /// What a node wrote, or holds of others.
    pub(super) fn held_by(&self, n: usize) -> BTreeSet<Written> {
        let (id, holder) = (self.nodes[n].id(), self.holder(n));
        let is_held =
            |entry: &Written| entry.log.node == id || holder.as_ref().is_some_and(|holder| holder.has(entry));
        self.ledger.written().filter(is_held).collect()
    }

    pub(super) fn evidence(&self) -> Evidence {
        let mut evidence = Evidence { changes: BTreeMap::new() };
        for (node, holder) in self.givers() {
            for entry in entries_of(&holder) {
                let written = Written::from(&entry);
                let counts = holder.has(&written) && self.ledger.is_within_its_end(&written);
                evidence.take(node, &entry, counts);
            }
        }
        evidence
    }

    /// Something happened that may cost what nobody else has: what could be said before and cannot be said any more is
    /// nobody's promise any more.
    pub(super) fn give_up_what_is_lost(&mut self, before: &Evidence) {
        let after = self.evidence();
        self.ledger.release(|promise| before.can_be_said(promise) && !after.can_be_said(promise));
    }
}
