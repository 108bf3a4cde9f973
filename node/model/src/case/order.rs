//! The one order of a set of events: what was seen before what saw it; apart from that the higher tier first,
//! then the earlier time, then the id (DOMAIN §3.3).
//!
//! Knows no action; the order never depends on what an event does.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::Time;

use super::action::Action;
use super::event::{Event, EventId};
use crate::organisation::Tier;

/// Events in order, and who had seen whom.
pub struct Order<'a, A = Action> {
    sorted: Vec<&'a Event<A>>,
    /// For each place a bit set of the places that its event had seen, directly or through others.
    pasts: Vec<Vec<u64>>,
    /// For each place those that its event names as seen.
    seen: Vec<Vec<usize>>,
    circular: Vec<&'a Event<A>>,
    incomplete: bool,
}

impl<'a, A> Order<'a, A> {
    pub fn of(set: &'a BTreeMap<&'a EventId, &'a Event<A>>) -> Order<'a, A> {
        let mut waits_for: BTreeMap<&EventId, BTreeSet<&EventId>> = BTreeMap::new();
        let mut seen_by: BTreeMap<&EventId, Vec<&'a Event<A>>> = BTreeMap::new();
        let mut incomplete = false;
        for (id, event) in set {
            let (here, missing): (BTreeSet<_>, BTreeSet<_>) =
                event.seen.iter().partition(|seen| set.contains_key(seen));
            incomplete |= !missing.is_empty();
            here.iter().for_each(|seen| seen_by.entry(seen).or_default().push(event));
            waits_for.insert(id, here);
        }
        let ready = waits_for.iter().filter(|(_, waits)| waits.is_empty());
        let mut ready: BTreeSet<Precedence> = ready.map(|(id, _)| Precedence::of(set[id])).collect();
        let mut sorted = Vec::with_capacity(set.len());
        while let Some(Precedence { id, .. }) = ready.pop_first() {
            sorted.push(set[id]);
            waits_for.remove(id);
            for later in seen_by.get(id).into_iter().flatten() {
                if let Some(waits) = waits_for.get_mut(&later.id)
                    && waits.remove(id)
                    && waits.is_empty()
                {
                    ready.insert(Precedence::of(later));
                }
            }
        }
        let circular = waits_for.keys().map(|id| set[*id]).collect();
        let seen = seen(&sorted);
        let pasts = pasts(&seen);
        Order { sorted, pasts, seen, circular, incomplete }
    }

    /// The events in order, without those that wait for themselves.
    pub fn events(&self) -> &[&'a Event<A>] {
        &self.sorted
    }

    /// Events that claim to have seen what came after them, and what hangs on those; by id.
    pub fn circular(&self) -> &[&'a Event<A>] {
        &self.circular
    }

    /// Whether an event has seen one that is not in the set.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// The ids that no event has seen. What claims to have seen what came after it says nothing of others, and nobody needs
    /// to have seen it.
    pub fn heads(&self) -> Vec<EventId> {
        let seen: BTreeSet<&EventId> = self.sorted.iter().flat_map(|event| &event.seen).collect();
        let mut heads: Vec<&EventId> =
            self.sorted.iter().map(|event| &event.id).filter(|id| !seen.contains(id)).collect();
        heads.sort();
        heads.into_iter().cloned().collect()
    }

    /// The places of the events that the one at `place` names as seen.
    pub fn seen(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        self.seen[place].iter().copied()
    }

    /// Whether the event at place `later` had seen the one at place `earlier`, directly or through others.
    pub fn had_seen(&self, later: usize, earlier: usize) -> bool {
        self.pasts[later].get(earlier / 64).is_some_and(|word| word & (1 << (earlier % 64)) != 0)
    }
}

/// The places that each event names.
fn seen<A>(sorted: &[&Event<A>]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&EventId, usize> = sorted.iter().enumerate().map(|(n, e)| (&e.id, n)).collect();
    sorted.iter().map(|event| event.seen.iter().filter_map(|id| places.get(id).copied()).collect()).collect()
}

/// Bit sets, so that thousands of events in one document cost milliseconds.
fn pasts(seen: &[Vec<usize>]) -> Vec<Vec<u64>> {
    let mut pasts: Vec<Vec<u64>> = Vec::with_capacity(seen.len());
    for (n, seen) in seen.iter().enumerate() {
        let mut past = vec![0; n / 64 + 1];
        for seen in seen {
            past.iter_mut().zip(&pasts[*seen]).for_each(|(mine, theirs)| *mine |= theirs);
            past[seen / 64] |= 1 << (seen % 64);
        }
        pasts.push(past);
    }
    pasts
}

/// Who goes first among events that had not seen each other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Precedence<'a> {
    tier: Tier,
    at: Time,
    id: &'a EventId,
}

impl<'a> Precedence<'a> {
    fn of<A>(event: &'a Event<A>) -> Precedence<'a> {
        Precedence { tier: Tier::of(&event.by.unit), at: event.at, id: &event.id }
    }
}
