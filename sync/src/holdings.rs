//! What other nodes hold, told along the tree: heights of cases travel down, so that a village sees its case at the
//! town and at the county; heights of guides travel up, so that the county sees who holds a version.
//!
//! Knows no session; who is told what follows from the tree alone.

use std::collections::BTreeMap;

use crate::frame::{Height, Held};
use crate::ids::{LogId, NodeId, ScopeKind, UnitCode};
use crate::tree::{Relation, Tree};
use crate::vector::Digest;

/// Heights by holder and log.
#[derive(Clone, Debug, Default)]
pub struct Holdings(BTreeMap<NodeId, BTreeMap<LogId, u64>>);

impl Holdings {
    /// Notes that `holder` holds `log` up to `height`. True if that is news.
    pub fn raise(&mut self, holder: NodeId, log: LogId, height: u64) -> bool {
        let known = self.0.entry(holder).or_default().entry(log).or_default();
        let news = height > *known;
        *known = (*known).max(height);
        news
    }

    /// Notes that `holder` holds `log` up to `height`, be it less than before. True if that is news.
    pub fn set(&mut self, holder: NodeId, log: LogId, height: u64) -> bool {
        if height > 0 {
            return self.0.entry(holder).or_default().insert(log, height) != Some(height);
        }
        let Some(logs) = self.0.get_mut(&holder) else { return false };
        let news = logs.remove(&log).is_some();
        if logs.is_empty() {
            self.0.remove(&holder);
        }
        news
    }

    /// The same for heights on their way to a peer, where 0 is news, too.
    pub fn announce(&mut self, holder: NodeId, log: LogId, height: u64) {
        self.0.entry(holder).or_default().insert(log, height);
    }

    /// Takes every height of `log` above `height` down to it. Returns the holders concerned.
    pub fn lower(&mut self, log: &LogId, height: u64) -> Vec<NodeId> {
        let above = |logs: &BTreeMap<LogId, u64>| logs.get(log).is_some_and(|h| *h > height);
        let holders: Vec<NodeId> =
            self.0.iter().filter(|(_, logs)| above(logs)).map(|(holder, _)| *holder).collect();
        for holder in &holders {
            self.set(*holder, *log, height);
        }
        holders
    }

    /// Takes out what `ripe` is true of; the rest stays.
    pub fn take_ripe(&mut self, ripe: impl Fn(&LogId, u64) -> bool) -> Holdings {
        let mut taken = Holdings::default();
        for (holder, logs) in &mut self.0 {
            logs.retain(|log, height| {
                let stays = !ripe(log, *height);
                if !stays {
                    taken.raise(*holder, *log, *height);
                }
                stays
            });
        }
        self.0.retain(|_, logs| !logs.is_empty());
        taken
    }

    pub fn height(&self, holder: &NodeId, log: &LogId) -> u64 {
        self.0.get(holder).and_then(|logs| logs.get(log)).copied().unwrap_or(0)
    }

    /// Who holds a log, and how far.
    pub fn holders_of(&self, log: &LogId) -> Vec<(NodeId, u64)> {
        self.0.iter().filter_map(|(holder, logs)| Some((*holder, *logs.get(log)?))).collect()
    }

    pub fn holders(&self) -> impl Iterator<Item = (&NodeId, &BTreeMap<LogId, u64>)> {
        self.0.iter()
    }

    /// As frames carry it.
    pub fn to_held(&self) -> Vec<Held> {
        let heights = |logs: &BTreeMap<LogId, u64>| {
            logs.iter().map(|(log, height)| Height { log: *log, height: *height }).collect()
        };
        self.0.iter().map(|(holder, logs)| Held { holder: *holder, heights: heights(logs) }).collect()
    }

    /// The same in lists of at most `heights_max` heights each.
    pub fn to_frames(&self, heights_max: usize) -> Vec<Vec<Held>> {
        let heights_max = heights_max.max(1);
        let mut frames: Vec<Vec<Held>> = Vec::new();
        let mut room = 0;
        for held in self.to_held() {
            for part in held.heights.chunks(heights_max) {
                if part.len() > room {
                    frames.push(Vec::new());
                    room = heights_max;
                }
                room -= part.len();
                let part = Held { holder: held.holder, heights: part.to_vec() };
                frames.last_mut().expect("one was pushed").push(part);
            }
        }
        frames
    }

    pub fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("sanji/1 holdings");
        hasher.update(&minicbor::to_vec(self.to_held()).expect("writing to memory cannot fail"));
        Digest(*hasher.finalize().as_bytes())
    }

    /// What `me` tells a peer of `peer`'s unit.
    pub fn for_peer(&self, tree: &Tree, me: UnitCode, peer: UnitCode) -> Holdings {
        let mut told = Holdings::default();
        for (holder, logs) in &self.0 {
            for (log, height) in logs {
                if tells(tree, me, peer, holder, log) {
                    told.raise(*holder, *log, *height);
                }
            }
        }
        told
    }
}

/// Whether `me` tells a peer of unit `peer` how far `holder` holds `log`.
pub fn tells(tree: &Tree, me: UnitCode, peer: UnitCode, holder: &NodeId, log: &LogId) -> bool {
    let Some(holder_unit) = tree.unit_of(holder) else { return false };
    if !tree.holds(peer, &log.scope) {
        return false;
    }
    match (log.scope.kind(), tree.relation(holder_unit, me), tree.relation(peer, me)) {
        (ScopeKind::Cases, Relation::Ancestor, Relation::Descendant) => true,
        (ScopeKind::Guides | ScopeKind::Notices, Relation::Descendant, Relation::Ancestor) => true,
        (
            ScopeKind::Directory
            | ScopeKind::Guides
            | ScopeKind::Notices
            | ScopeKind::Cases
            | ScopeKind::Drafts
            | ScopeKind::Staff,
            Relation::Same | Relation::Ancestor | Relation::Descendant | Relation::Apart,
            Relation::Same | Relation::Ancestor | Relation::Descendant | Relation::Apart,
        ) => false,
    }
}
