//! The ground truth beside the machines: what people were told is saved, and what every writer really wrote.
//!
//! Judges nothing; the checks do.

use std::collections::BTreeMap;

use sanji_sync::{Link, LogId};

/// Something that a person was told is saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// The case's number.
    pub number: String,
    /// The event in it; none for the registration.
    pub event: Option<String>,
    /// The entry that carries it, as it was first written.
    pub log: LogId,
    pub height: u64,
}

#[derive(Default)]
pub struct Ledger {
    pub promises: Vec<Promise>,
    /// Links by log and height as their writers' machines had them after a turn, twins apart: more than one is a fork.
    written: BTreeMap<LogId, BTreeMap<u64, Vec<Link>>>,
}

impl Ledger {
    /// A writer's own log stands at this head.
    pub fn wrote(&mut self, log: LogId, height: u64, link: Link) {
        let links = self.written.entry(log).or_default().entry(height).or_default();
        if !links.contains(&link) {
            links.push(link);
        }
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

    /// Numbers of the cases that are promised, once each.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.promises.iter().filter(|p| p.event.is_none()).map(|p| p.number.as_str())
    }
}
