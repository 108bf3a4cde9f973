//! What this node notes of the lines on which it hears its neighbours: when they were down. Facts, so that what is judged by
//! them outlives a restart and the derived store.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_model::case::Card;
use sanji_model::case::line::{Judged, Line, judge, judge_own};
use sanji_model::local;
use sanji_sync::{ConnId, Time, UnitCode};

use super::Machine;
use crate::store::Store;
use crate::store::record::Fact;

/// Before a neighbour's code: its line as JSON.
const FACT_LINE: &str = "line/";
/// The same: since when it is down, 8 bytes. Apart, since a weak line goes up and down all day.
const FACT_DOWN: &str = "down/";

/// The lines that were noted before this start.
pub(super) fn kept(store: &Store) -> BTreeMap<UnitCode, Line> {
    let read = |(name, value): (&str, &[u8])| {
        let code = name.strip_prefix(FACT_LINE)?;
        let mut line: Line = serde_json::from_slice(value).ok()?;
        let down = store.fact(&format!("{FACT_DOWN}{code}"));
        line.down = down.and_then(|bytes| Some(Time(u64::from_be_bytes(bytes.try_into().ok()?))));
        Some((code.parse().ok()?, line))
    };
    store.facts().filter_map(read).collect()
}

impl Machine {
    /// No line is up when a node starts. One that was is down since the node was there last, which is known to the day, and not at
    /// all when the derived store was lost.
    pub(super) fn lines_begin(&mut self, now: Time) {
        let last_day = Some(self.store.almanac().today).filter(|day| *day != Date::MIN);
        let alive = last_day.and_then(|day| day.tomorrow().ok()).map_or(now, local::day_begins);
        let heard = |line: &Line| line.outages.last().map_or(line.since, |outage| outage.to);
        let lines = self.lines.iter().map(|(unit, line)| (*unit, alive.max(heard(line)).min(now)));
        for (unit, from) in lines.collect::<Vec<_>>() {
            self.line_down(from, unit);
        }
    }

    pub(super) fn line_up(&mut self, now: Time, unit: UnitCode) {
        let is_new = !self.lines.contains_key(&unit);
        let line = self.lines.entry(unit).or_insert_with(|| Line::begun(now));
        let was_down = line.down.is_some();
        if line.up(now) | is_new {
            let value = serde_json::to_vec(line).expect("numbers always serialise");
            self.facts.push(Fact { name: format!("{FACT_LINE}{unit}"), value: Some(value) });
        }
        if was_down {
            self.facts.push(Fact { name: format!("{FACT_DOWN}{unit}"), value: None });
        }
    }

    /// A connection ended: the line is down if it was the last to that unit.
    pub(super) fn line_lost(&mut self, now: Time, conn: ConnId) {
        let unit = self.hub.sessions().find(|session| session.conn == conn).map(|session| session.unit);
        let Some(unit) = unit else { return };
        let another = self.hub.sessions().any(|session| session.unit == unit && session.conn != conn);
        if !another {
            self.line_down(now, unit);
        }
    }

    fn line_down(&mut self, now: Time, unit: UnitCode) {
        if self.lines.get_mut(&unit).is_some_and(|line| line.down(now)) {
            let value = Some(now.0.to_be_bytes().to_vec());
            self.facts.push(Fact { name: format!("{FACT_DOWN}{unit}"), value });
        }
    }

    /// Whether nobody acted or the line was down, as this node can know it.
    pub(super) fn judged(&self, card: &Card, now: Time) -> Judged {
        match self.heard_through(card.unit) {
            None => judge_own(card),
            Some(neighbour) => judge(card, self.lines.get(&neighbour), now),
        }
    }

    /// The neighbour through whom a unit is heard: a village through its town, whoever is not below through the unit above.
    fn heard_through(&self, unit: UnitCode) -> Option<UnitCode> {
        let (tree, here) = (self.hub.tree(), self.hub.unit());
        if unit == here {
            return None;
        }
        let up: Vec<UnitCode> = std::iter::once(unit).chain(tree.ancestors(unit)).collect();
        match up.iter().position(|above| *above == here) {
            Some(place) => up.get(place - 1).copied(),
            None => tree.parent(&here),
        }
    }
}
