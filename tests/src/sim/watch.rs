//! What must hold at every moment: what a node tells others is so, and what it told them holds through every crash.

use sanji_node::machine::Machine;
use sanji_node::store::quarantine::is_anew;
use sanji_sync::batch::Body;
use sanji_sync::vector::ScopeVector;
use sanji_sync::{Epoch, Frame, LogId, NodeId};

use super::holders::entries_of;
use super::world::World;

impl World {
    /// Takes notice of what a node says as it says it.
    pub(super) fn watch(&mut self, n: usize, frame: &[u8]) {
        let Ok(frame) = Frame::decode(frame) else {
            return self.fault(format!("node {n} sends bytes that are no frame"));
        };
        match frame {
            // A digest speaks of everything; so does the word that the rest is equal.
            Frame::Hello(_) | Frame::Digests(_) | Frame::Vectors { rest_equal: true, .. } => {
                let heads = self.nodes[n].machine.as_ref().map(|machine| machine.hub().heads());
                let logs: Vec<(LogId, u64)> = heads
                    .into_iter()
                    .flat_map(|heads| heads.logs().map(|(log, head)| (*log, head.height)))
                    .collect();
                for (log, height) in logs {
                    self.promise(n, log, height);
                }
            }
            Frame::Vectors { vectors, .. } => self.promise_vectors(n, &vectors),
            Frame::Ack { heights, .. } => {
                for height in heights {
                    self.promise(n, height.log, height.height);
                }
            }
            Frame::Batch(batch) => {
                let Ok(body) = Body::unpack(batch.codec, &batch.body) else {
                    return self.fault(format!("node {n} sends a batch that cannot be unpacked"));
                };
                for (k, run) in body.runs.iter().enumerate() {
                    let entries = body.items.iter().filter(|item| item.run as usize == k).count() as u64;
                    self.promise(n, run.log, run.first + entries - 1);
                }
            }
            Frame::Held(held) => {
                for held in held {
                    for height in held.heights {
                        self.is_held(n, &held.holder, &height.log, height.height, false);
                    }
                }
            }
            Frame::Bye(_) => {}
        }
    }

    /// One node, chosen by chance, believes of others only what is so.
    pub(super) fn believe_one(&mut self) {
        let honest = self.honest();
        let n = honest[self.dice.index(honest.len())];
        self.believes(n, false);
    }

    /// What a node has been told of others' heights, and shows to people as delivered, is durably there now.
    pub(super) fn believes(&mut self, n: usize, has_healed: bool) {
        if self.nodes[n].is_revoked {
            return;
        }
        let Some(machine) = self.nodes[n].machine.as_ref() else { return };
        let holders = machine.hub().held().holders();
        let believed: Vec<(NodeId, LogId, u64)> =
            holders.flat_map(|(id, logs)| logs.iter().map(|(log, height)| (*id, *log, *height))).collect();
        for (holder, log, height) in believed {
            self.is_held(n, &holder, &log, height, has_healed);
        }
    }

    /// After a start: nothing is gone that this node told others it holds, and nobody made it begin a new epoch.
    pub(super) fn keeps_its_word(&mut self, n: usize) {
        let Some(machine) = self.nodes[n].machine.as_ref() else { return };
        let heads = machine.hub().heads();
        // Of a log with two pasts it may have given way since.
        let one_past = |log: &LogId| !self.machines_of(&log.node).iter().any(|m| self.may_part(*m));
        let promised = self.nodes[n].promised.iter().filter(|(log, _)| one_past(log));
        let broken = promised.into_iter().find(|(log, height)| heads.height(log) < **height);
        if let Some((log, height)) = broken {
            let here = heads.height(log);
            let what = format!(
                "node {n} told others that it holds {log} up to {height}, and has {here} after a crash"
            );
            return self.fault(what);
        }
        self.keeps_its_epoch(n);
    }

    /// A node whose disk never went back writes in the epoch that it began in, unless it wrote anew what it had written
    /// upon something that counts no more.
    pub(super) fn keeps_its_epoch(&mut self, n: usize) {
        let node = &self.nodes[n];
        let Some(machine) = node.machine.as_ref() else { return };
        let epoch = machine.hub().epoch();
        if !node.is_twin && epoch != Epoch(1) && !wrote_anew(machine) {
            let what = format!("node {n} writes in epoch {} although nothing happened to its disk", epoch.0);
            self.fault(what);
        }
    }

    fn promise_vectors(&mut self, n: usize, vectors: &[ScopeVector]) {
        for (log, head) in vectors.iter().flat_map(ScopeVector::heads) {
            self.promise(n, log, head.height);
        }
    }

    fn promise(&mut self, n: usize, log: LogId, height: u64) {
        let known = self.nodes[n].promised.entry(log).or_default();
        *known = (*known).max(height);
    }

    /// A liar's word about itself, and what was true of a disk before it went back in time, are not judged before the
    /// county has healed.
    fn is_held(&mut self, n: usize, holder: &NodeId, log: &LogId, height: u64, has_healed: bool) {
        let known = self.machines_of(holder);
        if !has_healed && self.machines_of(&log.node).iter().any(|m| self.may_part(*m)) {
            return;
        }
        let may_be_stale = |m: usize| self.nodes[m].is_revoked || (self.nodes[m].is_twin && !has_healed);
        if known.iter().any(|m| self.is_villain(*m) || may_be_stale(*m)) {
            return;
        }
        if known.iter().all(|m| self.nodes[*m].holds(log) < height) {
            let there: Vec<u64> = known.iter().map(|m| self.nodes[*m].holds(log)).collect();
            let what =
                format!("node {n} says that node {known:?} holds {log} up to {height}; it holds {there:?}");
            self.fault(what);
        }
    }

    /// Whether logs of this machine may be cut: they have two pasts, or it was revoked.
    fn may_part(&self, m: usize) -> bool {
        self.is_villain(m) || self.nodes[m].is_twin || self.nodes[m].is_revoked
    }

    fn machines_of(&self, id: &NodeId) -> Vec<usize> {
        (0..self.nodes.len()).filter(|m| self.nodes[*m].id() == *id).collect()
    }
}

/// Whether its journal has a change of its own that says another one anew.
fn wrote_anew(machine: &Machine) -> bool {
    let me = machine.hub().node();
    entries_of(machine).iter().any(|e| {
        let change = automerge::Change::from_bytes(e.change.to_vec());
        e.log.node == me && change.is_ok_and(|change| change.message().is_some_and(is_anew))
    })
}
