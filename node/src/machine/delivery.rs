//! Where a case is saved: here, and at each unit above that is known to hold every entry of it that is here.
//!
//! "At the town" means durable at a node of the town (ARCHITECTURE §8). What is known comes from the hub's held heights;
//! since when, from the steps that the store keeps beside them.

use std::collections::BTreeMap;

use sanji_model::case::CaseRow;
use sanji_model::organisation::Tier;
use sanji_sync::{DocId, LogId, Memo, NodeId, Relation, ScopeKind, Time, Tree, UnitCode};
use serde_json::{Value, json};

use super::{Done, Machine, Stop};
use crate::store::{Meta, StoreError, since, views};

/// Cases that the page shows.
const LATEST: usize = 10;
/// Of a case number the window, the sequence and the check digit: enough to tell cases of one day apart at the counter.
const SHORT_NUMBER: usize = 7;

/// A unit and its nodes that are not revoked.
pub(super) struct Place {
    pub unit: UnitCode,
    pub nodes: Vec<NodeId>,
}

impl Machine {
    /// The units above this one, nearest first: made once for a whole list.
    pub(super) fn places_above(&self) -> Vec<Place> {
        self.hub.tree().ancestors(self.hub.unit()).map(|unit| self.place(unit)).collect()
    }

    pub(super) fn place(&self, unit: UnitCode) -> Place {
        let seats = self.hub.tree().nodes().filter(|(_, seat)| seat.unit == unit && seat.revoked.is_none());
        Place { unit, nodes: seats.map(|(node, _)| *node).collect() }
    }

    /// The units, from this one up, that durably hold everything this document has here.
    pub(super) fn delivered_to(&self, id: &DocId, above: &[Place]) -> Result<Vec<UnitCode>, Stop> {
        let mut delivered = vec![self.hub.unit()];
        if !above.is_empty()
            && let Some(meta) = views::meta(self.store.kv(), id)?
        {
            let heights = self.reach(id, meta);
            delivered.extend(above.iter().filter(|p| self.has(p, &heights)).map(|p| p.unit));
        }
        Ok(delivered)
    }

    /// The same for people who look at one case: each unit by name, since when it is known to have all of it, and how many
    /// entries are not known to be there yet.
    pub(super) fn delivery(&self, id: &DocId, above: &[Place]) -> Result<Value, Stop> {
        let mut lines = vec![self.line(self.hub.unit(), true)];
        let Some(meta) = views::meta(self.store.kv(), id)? else { return Ok(Value::Array(lines)) };
        let heights = self.reach(id, meta.clone());
        for place in above {
            let has = self.has(place, &heights);
            let mut line = self.line(place.unit, has);
            if has {
                line["since"] = json!(self.known_since(place, &heights)?);
            } else {
                let (entries, all) = self.on_the_way(place, &meta);
                line["on_the_way"] = json!(entries);
                line["on_the_way_at_least"] = json!(!all);
            }
            lines.push(line);
        }
        Ok(Value::Array(lines))
    }

    /// The ticks of the latest cases, and how many cases are not yet at each unit above.
    pub(super) fn case_ticks(&mut self) -> Done {
        let above = self.places_above();
        let mut latest = Vec::new();
        for (id, row) in views::latest_cases(self.store.kv(), LATEST)? {
            latest.push(tick_json(&row, &self.delivered_to(&id, &above)?));
        }
        let path = std::iter::once(self.hub.unit()).chain(above.iter().map(|place| place.unit));
        let path: Vec<Value> = path.map(|unit| self.named(unit)).collect();
        let (only_here, missing) = self.missing(&above)?;
        let missing: Vec<Value> = above
            .iter()
            .zip(missing)
            .map(|(place, cases)| json!({ "unit": place.unit, "cases": cases }))
            .collect();
        Ok(json!({ "path": path, "only_here": only_here, "missing": missing, "latest": latest }))
    }

    /// How many cases are at no unit above, and how many are not at each of them. Reads metas only while something is
    /// on its way.
    fn missing(&self, above: &[Place]) -> Result<(u64, Vec<u64>), Stop> {
        let everything = |wanted: &dyn Fn(&LogId) -> bool| -> BTreeMap<u32, u64> {
            let logs = self.store.index().logs().filter(|(log, _)| wanted(log));
            logs.map(|(_, known)| (known.number, known.head.height)).collect()
        };
        let cases = everything(&|log| log.scope.kind() == ScopeKind::Cases);
        let complete: Vec<bool> = above.iter().map(|place| self.has(place, &cases)).collect();
        let mut missing = vec![0; above.len()];
        let mut only_here = 0;
        if complete.iter().all(|complete| *complete) {
            return Ok((only_here, missing));
        }
        views::case_metas(self.store.kv(), &mut |id, meta| {
            let heights = self.reach(&id, meta);
            let has = |n: usize| complete[n] || self.has(&above[n], &heights);
            let lacking: Vec<usize> = (0..above.len()).filter(|n| !has(*n)).collect();
            only_here += u64::from(lacking.len() == above.len());
            lacking.into_iter().for_each(|n| missing[n] += 1);
        })?;
        Ok((only_here, missing))
    }

    /// How far each log must be held for all of a document: its own heights, or everything of its scope while it has
    /// entries that its rows do not show yet.
    fn reach(&self, id: &DocId, meta: Meta) -> BTreeMap<u32, u64> {
        if !self.store.backlog().has(id) {
            return meta.heights;
        }
        let logs = self.hub.heads().logs_of(meta.scope);
        logs.filter_map(|(log, head)| Some((self.store.index().known(log)?.number, head.height))).collect()
    }

    /// Whether one node of a place is known to hold all of this.
    pub(super) fn has(&self, place: &Place, heights: &BTreeMap<u32, u64>) -> bool {
        place.nodes.iter().any(|node| self.node_has(node, heights))
    }

    fn node_has(&self, node: &NodeId, heights: &BTreeMap<u32, u64>) -> bool {
        heights.iter().all(|(number, height)| self.held_height(node, *number) >= *height)
    }

    fn held_height(&self, node: &NodeId, number: u32) -> u64 {
        match self.store.index().log(number) {
            Some(log) => self.hub.held().height(node, log),
            None => 0,
        }
    }

    /// Since when a place is known to hold all of this; none if that is not kept any more.
    pub(super) fn known_since(
        &self,
        place: &Place,
        heights: &BTreeMap<u32, u64>,
    ) -> Result<Option<Time>, Stop> {
        let mut first: Option<Time> = None;
        for node in place.nodes.iter().filter(|node| self.node_has(node, heights)) {
            let mut whole = Some(Time(0));
            for (number, height) in heights {
                let Some(log) = self.store.index().log(*number) else { continue };
                let since = since::since(self.store.kv(), node, log, *height)?;
                whole = whole.zip(since).map(|(a, b)| a.max(b));
            }
            first = [first, whole].into_iter().flatten().min();
        }
        Ok(first)
    }

    /// Entries of a document that a place is not known to hold, at its node that has most; and whether those are all.
    fn on_the_way(&self, place: &Place, meta: &Meta) -> (u64, bool) {
        let mut fewest: Option<(u64, bool)> = None;
        let nobody = place.nodes.is_empty().then_some(None);
        for node in place.nodes.iter().map(Some).chain(nobody) {
            let (mut entries, mut all) = (0, true);
            for number in meta.heights.keys() {
                let held = node.map_or(0, |node| self.held_height(node, *number));
                let (found, complete) = meta.entries_above(*number, held);
                entries += found;
                all &= complete;
            }
            if fewest.is_none_or(|(least, _)| entries < least) {
                fewest = Some((entries, all));
            }
        }
        fewest.unwrap_or((0, true))
    }

    /// Keeps hints for the next start, with the time where it is shown to people.
    pub(super) fn remember(&mut self, now: Time, memos: &[Memo]) -> Result<(), StoreError> {
        let (tree, here) = (self.hub.tree(), self.hub.unit());
        self.store.remember(memos, now, |holder, log| is_shown(tree, here, holder, log))
    }

    fn line(&self, unit: UnitCode, delivered: bool) -> Value {
        let mut line = self.named(unit);
        line["delivered"] = json!(delivered);
        line["since"] = Value::Null;
        line["on_the_way"] = json!(0);
        line["on_the_way_at_least"] = json!(false);
        line
    }

    /// A unit as people know it.
    pub(super) fn named(&self, unit: UnitCode) -> Value {
        let known = self.directory.organisation.unit(&unit);
        let (name, tier) = known.map_or((None, Tier::of(&unit)), |u| (Some(u.name.as_str()), u.tier));
        json!({ "unit": unit, "name": name, "tier": tier })
    }
}

/// A case as anybody at the counter may see it: no person, no whole number.
fn tick_json(row: &CaseRow, delivered_to: &[UnitCode]) -> Value {
    let number = row.number.as_str();
    let short = number.get(number.len().saturating_sub(SHORT_NUMBER)..).unwrap_or(number);
    json!({ "number": short, "guide_name": row.guide_name, "state": row.state, "delivered_to": delivered_to })
}

/// Whether it is shown to people at `here` that `holder` holds `log`, so that the time is worth keeping: cases above this
/// unit, guides and notices below.
fn is_shown(tree: &Tree, here: UnitCode, holder: &NodeId, log: &LogId) -> bool {
    let Some(unit) = tree.unit_of(holder) else { return false };
    match log.scope.kind() {
        ScopeKind::Cases => tree.relation(unit, here) == Relation::Ancestor,
        ScopeKind::Guides | ScopeKind::Notices => tree.relation(unit, here) == Relation::Descendant,
        ScopeKind::Directory | ScopeKind::Drafts | ScopeKind::Staff => false,
    }
}
