//! Damage in the journal, and what lies behind it: entries that do not continue their log, because what was before them
//! cannot be read any more. They stay in the journal and count no more: not in documents, not in rows, not towards peers.
//!
//! Each damaged place is a fact (`damage/<place>`), so that it is answered once and a start knows what is new; so is each
//! log with such entries (`gap/<log>`). Knows no peer: who brings back what, and when the rest is written anew, is the
//! machine's.

use std::collections::BTreeMap;

use sanji_sync::{DocId, LogId, NodeId, UnitCode};

use super::aside::{log_of, name};
use super::index::Index;
use super::journal::{Damage, Journal, Position};
use super::kv::{Batch, Order, Span};
use super::record::{Fact, TurnRecord};
use super::{Store, StoreError, keys, views};

const GAP: &str = "gap/";
const DAMAGE: &str = "damage/";
/// Facts that speak of places in the journal or of logs as they were indexed: a rebuild finds them itself.
const OF_THE_INDEX: [&str; 4] = [GAP, DAMAGE, super::aside::CUT, super::aside::ASIDE];

/// A log of which the journal holds entries that do not continue it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The first record with such an entry.
    pub from: Position,
    /// The lowest height among them.
    pub first: u64,
    /// The last height among them.
    pub upto: u64,
}

/// A gap that is neither filled nor given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenGap {
    pub log: LogId,
    /// The last height behind the damage.
    pub upto: u64,
    /// How many entries lie behind it and are not back.
    pub entries: u64,
}

impl Gap {
    /// Both together.
    pub(super) fn and(self, other: Gap) -> Gap {
        let (from, first) = (self.from.min(other.from), self.first.min(other.first));
        Gap { from, first, upto: self.upto.max(other.upto) }
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.from.to_bytes().to_vec();
        bytes.extend([self.first, self.upto].into_iter().flat_map(u64::to_be_bytes));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Gap> {
        let (from, heights) = bytes.split_first_chunk::<16>()?;
        let (first, upto) = heights.split_first_chunk::<8>()?;
        Some(Gap {
            from: Position::from_bytes(*from),
            first: u64::from_be_bytes(*first),
            upto: u64::from_be_bytes(upto.try_into().ok()?),
        })
    }
}

/// What became of a damaged place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    /// Nothing yet.
    Open = 0,
    /// This node writes in a new epoch, and an operator was told.
    Given = 1,
    /// What anybody holds of what was there is back: the rest is lost for good.
    Settled = 2,
}

impl Answer {
    fn is(self, value: &[u8]) -> bool {
        value.first() == Some(&(self as u8))
    }
}

fn damage_name(at: Position) -> String {
    format!("{DAMAGE}{}", data_encoding::HEXLOWER.encode(&at.to_bytes()))
}

impl Index {
    /// Whether the journal holds entries of this log that may not be those that the index has at their heights.
    pub(super) fn has_others(&self, log: &LogId) -> bool {
        self.was_cut(log) || (self.has_facts(GAP) && self.fact(&name(GAP, log)).is_some())
    }

    /// Whether that is so of any log: nearly every store has none.
    pub(super) fn has_any_others(&self) -> bool {
        self.has_cuts() || self.has_facts(GAP)
    }

    /// Whether one of these places was not known to be damaged.
    pub(super) fn is_news(&self, damaged: &[Damage]) -> bool {
        damaged.iter().any(|damage| self.fact(&damage_name(damage.position)).is_none())
    }

    /// Up to where a gap reaches that is neither filled nor given up; none if it is.
    fn open_upto(&self, log: &LogId, gap: Gap) -> Option<u64> {
        let given_up = self.cut_at(log).unwrap_or(u64::MAX);
        let here = self.known(log).map_or(0, |known| known.head.height);
        Some(gap.upto.min(given_up)).filter(|upto| here < *upto)
    }

    /// The facts that say what was found damaged, as far as they are not there.
    pub(super) fn facts_of_damage(&self, damaged: &[Damage]) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (log, gap) in self.left_out() {
            let known = self.fact(&name(GAP, log)).and_then(Gap::from_bytes);
            let gap = known.map_or(*gap, |known| known.and(*gap));
            if known != Some(gap) {
                facts.push(Fact { name: name(GAP, log), value: Some(gap.to_bytes()) });
            }
        }
        let unknown = damaged.iter().map(|d| damage_name(d.position)).filter(|n| self.fact(n).is_none());
        facts.extend(unknown.map(|name| Fact { name, value: Some(vec![Answer::Open as u8]) }));
        facts
    }

    /// The facts as this index had them and as the records behind it change them, where `rebuilt` says otherwise: the
    /// record that wrote them may be the damaged one.
    pub(super) fn facts_lost_by(&self, rebuilt: &Index, journal: &Journal) -> Vec<Fact> {
        let mut truth: BTreeMap<String, Option<Vec<u8>>> =
            rebuilt.facts().map(|(name, _)| (name.to_owned(), None)).collect();
        truth.extend(self.facts().map(|(name, value)| (name.to_owned(), Some(value.to_vec()))));
        for item in journal.scan(self.position()) {
            let Ok((_, record)) = item else { continue };
            let facts = TurnRecord::decode(&record.payload).map(|turn| turn.facts).unwrap_or_default();
            truth.extend(facts.into_iter().map(|fact| (fact.name, fact.value)));
        }
        truth
            .into_iter()
            .filter(|(name, value)| {
                !OF_THE_INDEX.iter().any(|prefix| name.starts_with(prefix))
                    && rebuilt.fact(name) != value.as_deref()
            })
            .map(|(name, value)| Fact { name, value })
            .collect()
    }
}

impl Store {
    /// The logs with entries behind damage that are neither brought back nor given up.
    pub fn gaps(&self) -> Vec<OpenGap> {
        let gaps =
            self.facts().filter_map(|(name, value)| Some((log_of(name, GAP)?, Gap::from_bytes(value)?)));
        let open = |(log, gap): (LogId, Gap)| {
            let upto = self.index.open_upto(&log, gap)?;
            let here = self.index.known(&log).map_or(0, |known| known.head.height);
            Some(OpenGap { log, upto, entries: (upto + 1).saturating_sub(gap.first.max(here + 1)) })
        };
        gaps.filter_map(open).collect()
    }

    /// The first record with an entry of the log that lies behind damage.
    pub(super) fn gap_from(&self, log: &LogId) -> Option<Position> {
        Some(Gap::from_bytes(self.fact(&name(GAP, log))?)?.from)
    }

    /// Damage that was found and not answered yet: the facts that say it is. This node must not write where it wrote.
    pub fn damage_answered(&self) -> Vec<Fact> {
        self.answer_damage(Answer::Open, Answer::Given)
    }

    /// The facts that say of damaged places that what anybody holds of them is back; none while that is not so of every
    /// log.
    pub fn damage_settled(&self) -> Vec<Fact> {
        if self.gaps().is_empty() { self.answer_damage(Answer::Given, Answer::Settled) } else { Vec::new() }
    }

    /// The facts that turn one answer into the next.
    fn answer_damage(&self, from: Answer, to: Answer) -> Vec<Fact> {
        let places = self.facts().filter(|(name, value)| name.starts_with(DAMAGE) && from.is(value));
        places.map(|(name, _)| Fact { name: name.to_owned(), value: Some(vec![to as u8]) }).collect()
    }

    /// Whether it is known of a damaged place what of it is lost for good.
    pub fn is_settled(&self, damage: &Damage) -> bool {
        self.fact(&damage_name(damage.position)).is_some_and(|value| Answer::Settled.is(value))
    }

    /// Whether there are damaged places of which that is not known.
    pub fn has_open_damage(&self) -> bool {
        self.facts().any(|(name, value)| name.starts_with(DAMAGE) && !Answer::Settled.is(value))
    }
}

impl Store {
    /// Whether the county, or seats of nodes of which there are entries already, were not known here before.
    pub fn lacked(&self, units: &BTreeMap<NodeId, UnitCode>, county: Option<UnitCode>) -> bool {
        let is_new = |node: &NodeId| units.contains_key(node) && !self.units.contains_key(node);
        self.county != county || self.index.logs().any(|(log, _)| is_new(&log.node))
    }

    /// Whether rows may say what they said before the directory came back: the last run may have ended in between.
    pub fn has_doubtful_rows(&self) -> bool {
        self.crashed && self.index.has_facts(DAMAGE)
    }

    /// Makes the rows of every document anew: what they say depends on the directory.
    pub fn refresh_rows(&mut self) -> Result<(), StoreError> {
        let metas = self.kv.pairs(&Span::prefix([keys::META]), Order::Forwards, usize::MAX)?;
        for id in metas.iter().filter_map(|(key, _)| Some(DocId(key[1..].try_into().ok()?))) {
            let Some(meta) = views::meta(&*self.kv, &id)? else { continue };
            let context = self.context(&meta);
            let mut batch = Batch::new();
            views::forget_listed(&*self.kv, &id, &mut batch)?;
            self.overview.unlist(&id);
            if let Some(document) = self.documents.load(&*self.kv, &id)? {
                let refreshed = views::refresh(&*self.kv, &id, meta.scope, document, &context, &mut batch)?;
                self.overview.take(id, meta.scope, refreshed);
            }
            batch.put(keys::count(&meta.scope), self.overview.count(meta.scope).encode());
            self.kv.apply(batch)?;
        }
        Ok(())
    }
}
