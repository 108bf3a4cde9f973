//! Composes batches for a session: the entries a peer lacks, in this node's order of arrival, cut where every log
//! in the batch ends signed.
//!
//! Reads durable entries only, since it runs after the turn's stores: nothing is pushed before it is safe here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::batch::{Body, Codec};
use crate::frame::{Frame, Hello, Lane};
use crate::ids::{Link, LogId, Scope, Time};
use crate::limits::BATCH_ENTRIES_TARGET;
use crate::log::{Entry, genesis};
use crate::session::{Flight, Session};
use crate::tree::Tree;
use crate::vector::Heads;

/// Reads what is durably stored here. Performed by the driver's store.
pub trait Shelf {
    /// The entry at `height` of `log` and its place in the order of arrival.
    fn entry(&self, log: &LogId, height: u64) -> Option<(u64, Entry)>;
    /// The chain's head after `height`.
    fn link(&self, log: &LogId, height: u64) -> Option<Link>;
}

/// A shelf whose entries are signed where the directory says how a revoked node's log ends, too.
pub struct Proven<'a> {
    pub shelf: &'a dyn Shelf,
    pub tree: &'a Tree,
}

impl Shelf for Proven<'_> {
    fn entry(&self, log: &LogId, height: u64) -> Option<(u64, Entry)> {
        let (arrival, mut entry) = self.shelf.entry(log, height)?;
        entry.signature = entry.signature.or_else(|| self.tree.proof(log, height));
        Some((arrival, entry))
    }

    fn link(&self, log: &LogId, height: u64) -> Option<Link> {
        self.shelf.link(log, height)
    }
}

/// The link before `height`, which is the genesis before the first.
pub fn link_before(shelf: &dyn Shelf, log: &LogId, height: u64) -> Option<Link> {
    if height <= 1 { Some(genesis(log)) } else { shelf.link(log, height - 1) }
}

/// The next batch of `lane` for this session, if there is one to send now; the session is moved on.
pub fn next_batch(
    session: &mut Session,
    now: Time,
    lane: Lane,
    heads: &Heads,
    shelf: &dyn Shelf,
) -> Option<Frame> {
    let raw_max = session.windows.room(lane)?;
    if session.in_flight.values().any(|f| f.is_directory()) {
        return None;
    }
    let directory_first = session.dirty.iter().any(|log| log.scope == Scope::Directory);
    let wanted =
        |log: &&LogId| Lane::of(&log.scope) == lane && (!directory_first || log.scope == Scope::Directory);
    let mut logs: Vec<LogId> = session.dirty.iter().filter(wanted).copied().collect();
    let entries = loop {
        if logs.is_empty() {
            return None;
        }
        let (entries, unsigned) = gather(session, &logs, heads, shelf, raw_max);
        if !entries.is_empty() {
            break entries;
        }
        if unsigned.is_empty() {
            return None;
        }
        // A log that was cut where its writer signed nothing cannot be shown to anybody. It holds up no other.
        logs.retain(|log| !unsigned.contains(log));
        session.dirty.retain(|log| !unsigned.contains(log));
        session.stalled.extend(unsigned);
    };
    let body = Body::group(&entries, |first| {
        link_before(shelf, &first.log, first.height).expect("the link before a stored entry is stored")
    })
    .expect("a batch is cut where every log ends signed");
    let mut upto: BTreeMap<LogId, u64> = BTreeMap::new();
    for entry in &entries {
        upto.insert(entry.log, entry.height);
    }
    for (log, height) in &upto {
        session.logs.entry(*log).or_default().sent = *height;
        if heads.height(log) <= *height {
            session.dirty.remove(log);
        }
    }
    let number = session.next_batch;
    session.next_batch += 1;
    let codec = session.hello.as_ref().map_or(Codec::Cbor, Hello::best_codec);
    let frame = Frame::batch(number, &body, codec);
    let Frame::Batch(batch) = &frame else { unreachable!("it was just made") };
    let raw = entries.iter().map(cost_bytes).sum();
    let sent = session.windows.send(now, lane, batch.body.len(), raw);
    session.in_flight.insert(number, Flight { upto: upto.into_iter().collect(), sent });
    Some(frame)
}

/// What an entry adds to a batch before compression.
fn cost_bytes(entry: &Entry) -> usize {
    entry.change.len() + 24
}

/// Merges the logs by arrival up to `raw_max` bytes. Without entries: the logs that end unsigned.
fn gather(
    session: &Session,
    logs: &[LogId],
    heads: &Heads,
    shelf: &dyn Shelf,
    raw_max: usize,
) -> (Vec<Entry>, BTreeSet<LogId>) {
    let mut queue = BinaryHeap::new();
    let mut next: BTreeMap<LogId, Entry> = BTreeMap::new();
    let pull = |log: &LogId, height: u64, next: &mut BTreeMap<LogId, Entry>, queue: &mut BinaryHeap<_>| {
        if height <= heads.height(log)
            && let Some((arrival, entry)) = shelf.entry(log, height)
        {
            queue.push(Reverse((arrival, *log)));
            next.insert(*log, entry);
        }
    };
    for log in logs {
        let sent = session.logs.get(log).map_or(0, |p| p.sent);
        pull(log, sent + 1, &mut next, &mut queue);
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut unsigned: BTreeSet<LogId> = BTreeSet::new();
    let (mut bytes, mut cut) = (0, 0);
    while let Some(Reverse((_, log))) = queue.pop() {
        let Some(entry) = next.remove(&log) else { continue };
        if cut > 0 && (bytes + cost_bytes(&entry) > raw_max || entries.len() >= BATCH_ENTRIES_TARGET) {
            break;
        }
        bytes += cost_bytes(&entry);
        if entry.signature.is_some() {
            unsigned.remove(&log);
        } else {
            unsigned.insert(log);
        }
        let height = entry.height;
        entries.push(entry);
        if unsigned.is_empty() {
            cut = entries.len();
        }
        pull(&log, height + 1, &mut next, &mut queue);
    }
    entries.truncate(cut);
    (entries, unsigned)
}
