//! The ground truth beside the machines: what people were told is saved, and what every writer really wrote.
//!
//! Judges nothing; the checks do.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use sanji_sync::{Entry, Link, LogId, NodeId, UnitCode};

/// Something that a person was told is saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// The unit that received the case, and the case's id.
    pub unit: UnitCode,
    pub case: String,
    /// The event in it; none for the registration.
    pub event: Option<String>,
    /// Its change and who wrote that, as it was first written.
    pub change: ChangeHash,
    pub writer: NodeId,
}

/// An entry as its writer's machine had it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Written {
    pub log: LogId,
    pub height: u64,
    pub link: Link,
}

impl From<&Entry> for Written {
    fn from(entry: &Entry) -> Written {
        Written { log: entry.log, height: entry.height, link: entry.link }
    }
}

#[derive(Default)]
pub struct Ledger {
    pub promises: Vec<Promise>,
    /// Heads of their own logs that writers' machines had after a turn, twins together: two links at one height are two
    /// pasts.
    written: BTreeMap<LogId, BTreeMap<u64, BTreeSet<Link>>>,
    /// Entries that nobody holds any more who could give them back: no second past is to be found by them.
    gone: BTreeSet<Written>,
    /// How far the logs of revoked nodes count.
    ends: BTreeMap<NodeId, BTreeMap<LogId, u64>>,
}

impl Ledger {
    /// A writer's own log stands at this head.
    pub fn wrote(&mut self, entry: Written) {
        self.written.entry(entry.log).or_default().entry(entry.height).or_default().insert(entry.link);
    }

    /// Whether the log's writer wrote an entry with this link at `height`; none where that is not known, since several
    /// entries were written in one turn.
    pub fn is_written(&self, log: &LogId, height: u64, link: &Link) -> Option<bool> {
        let Some(heights) = self.written.get(log) else { return Some(false) };
        match heights.get(&height) {
            Some(links) => Some(links.contains(link)),
            None => heights.keys().next_back().is_none_or(|top| *top < height).then_some(false),
        }
    }

    /// Everything that was written, by whomever.
    pub fn written(&self) -> impl Iterator<Item = Written> + '_ {
        self.written.iter().flat_map(|(log, heights)| {
            let links = heights.iter().flat_map(|(height, links)| links.iter().map(|link| (*height, *link)));
            links.map(|(height, link)| Written { log: *log, height, link })
        })
    }

    /// Nobody holds these any more who could give them back.
    pub fn lose(&mut self, gone: BTreeSet<Written>) {
        self.gone.extend(gone);
    }

    /// What was answered as saved and is lost is no promise any more.
    pub fn release(&mut self, is_lost: impl Fn(&Promise) -> bool) {
        self.promises.retain(|promise| !is_lost(promise));
    }

    /// A node is revoked; its logs count up to here.
    pub fn end(&mut self, node: NodeId, heads: BTreeMap<LogId, u64>) {
        self.ends.insert(node, heads);
    }

    /// Whether an entry is none of a revoked node's behind its end.
    pub fn is_within_its_end(&self, entry: &Written) -> bool {
        let ends = self.ends.get(&entry.log.node);
        ends.is_none_or(|heads| heads.get(&entry.log).is_some_and(|end| entry.height <= *end))
    }

    /// Logs with two pasts that both still exist somewhere.
    pub fn forks(&self) -> impl Iterator<Item = LogId> + '_ {
        let exists = |log: &LogId, height: &u64, link: &Link| {
            !self.gone.contains(&Written { log: *log, height: *height, link: *link })
        };
        let forked = move |(log, heights): &(&LogId, &BTreeMap<u64, BTreeSet<Link>>)| {
            heights.iter().any(|(h, links)| links.iter().filter(|link| exists(log, h, link)).count() > 1)
        };
        self.written.iter().filter(forked).map(|(log, _)| *log)
    }

    /// Unit and id of the cases that are promised.
    pub fn cases(&self) -> Vec<(UnitCode, String)> {
        let registered = self.promises.iter().filter(|p| p.event.is_none());
        registered.map(|p| (p.unit, p.case.clone())).collect()
    }
}
