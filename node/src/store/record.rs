//! What one turn makes durable: log entries grouped into bodies, and the node's own facts.
//!
//! Knows the payload of a journal record, not where it lies.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use sanji_sync::batch::{BadBatch, Body};
use sanji_sync::limits::{BATCH_ENTRIES_TARGET, BATCH_RAW_BYTES_TARGET};
use sanji_sync::{Entry, Link, LogId};

/// The journal's kind byte of [`TurnRecord`].
pub const KIND_TURN: u8 = 1;

/// A small durable value of this node alone (its epoch, its invitations, whether its uplink is paused). The last
/// one written under a name counts; none deletes it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Fact {
    #[n(0)]
    pub name: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub value: Option<Vec<u8>>,
}

/// Everything that one turn stores.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct TurnRecord {
    #[n(0)]
    pub facts: Vec<Fact>,
    #[n(1)]
    pub bodies: Vec<Body>,
}

impl TurnRecord {
    /// Groups the turn's stores, each of which ends signed in every log, into bodies no larger than a batch, so
    /// that each can be sent on as it is. `before` gives the head of a log before this turn.
    pub fn group(
        stores: Vec<Vec<Entry>>,
        facts: Vec<Fact>,
        mut before: impl FnMut(&LogId) -> Link,
    ) -> TurnRecord {
        let mut groups: Vec<(usize, Vec<Entry>)> = Vec::new();
        for entries in stores {
            let bytes: usize = entries.iter().map(|e| e.change.len()).sum();
            match groups.last_mut() {
                Some((size, group))
                    if *size + bytes <= BATCH_RAW_BYTES_TARGET
                        && group.len() + entries.len() <= BATCH_ENTRIES_TARGET =>
                {
                    *size += bytes;
                    group.extend(entries);
                }
                _ => groups.push((bytes, entries)),
            }
        }
        let mut heads: BTreeMap<LogId, Link> = BTreeMap::new();
        let mut bodies = Vec::with_capacity(groups.len());
        for (_, group) in groups {
            let body = Body::group(&group, |first| match heads.get(&first.log) {
                Some(link) => *link,
                None => before(&first.log),
            });
            heads.extend(group.iter().map(|e| (e.log, e.link)));
            bodies.push(body.expect("every store ends signed in each of its logs"));
        }
        TurnRecord { facts, bodies }
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<TurnRecord, minicbor::decode::Error> {
        minicbor::decode(bytes)
    }

    /// The entries of all bodies, in order of arrival, with heights and links recomputed.
    pub fn entries(&self) -> Result<Vec<Entry>, BadBatch> {
        let mut all = Vec::new();
        for body in &self.bodies {
            all.extend(body.entries()?);
        }
        Ok(all)
    }
}
