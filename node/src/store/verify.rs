//! Recomputes everything from the journal: chains, signatures, actors, documents, rows; names what is bad.
//!
//! Reads only. Takes as long as it takes to read the journal once.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use sanji_sync::change::ChangeHeader;
use sanji_sync::vector::Head;
use sanji_sync::{DocId, LogId, log};

use super::aside;
use super::gap::OpenGap;
use super::quarantine::Why;
use super::record::TurnRecord;
use super::{Store, StoreError, quarantine, views};

/// What verifying found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    pub logs: u64,
    pub entries: u64,
    pub documents: u64,
    /// What is wrong, in words; empty is good.
    pub bad: Vec<String>,
    /// Damaged places of which everything is back that anybody holds, in words: an operator was told, and there is nothing
    /// left to do.
    pub settled: Vec<String>,
}

/// Verifies the whole store; documents and rows are brought up to date first.
pub fn verify(store: &mut Store) -> Result<Verified, StoreError> {
    while store.is_behind() {
        store.drain(usize::MAX)?;
    }
    let mut verified = Verified::default();
    let mut heads: BTreeMap<LogId, Head> = BTreeMap::new();
    let mut changes: BTreeMap<DocId, Vec<ChangeHash>> = BTreeMap::new();
    // Of logs that were cut: which changes, so that those that count no more are not missed.
    let mut of_cut: BTreeMap<LogId, Vec<(u64, DocId, ChangeHash)>> = BTreeMap::new();
    for item in store.journal().scan(store.journal().start()) {
        let (at, record) = match item {
            Ok(found) => found,
            Err(damage) => {
                let known = store.is_settled(&damage);
                if known { &mut verified.settled } else { &mut verified.bad }.push(damage.to_string());
                continue;
            }
        };
        let turn = match TurnRecord::decode(&record.payload) {
            Ok(turn) => turn,
            Err(e) => {
                verified.bad.push(format!("journal record {at}: {e}"));
                continue;
            }
        };
        for (log, head) in turn.facts.iter().filter_map(aside::cut_of) {
            heads.insert(log, head);
            let (given_up, kept) =
                of_cut.remove(&log).unwrap_or_default().into_iter().partition(|(at, _, _)| *at > head.height);
            of_cut.insert(log, kept);
            for (_, doc, hash) in given_up {
                if let Some(hashes) = changes.get_mut(&doc) {
                    hashes.retain(|known| *known != hash);
                }
            }
        }
        for body in turn.bodies {
            let entries = match body.verify() {
                Ok(found) => found.entries,
                Err(why) => {
                    verified.bad.push(format!("journal record {at}: {why}"));
                    continue;
                }
            };
            for entry in entries {
                let known = heads.get(&entry.log).copied();
                let head = known.unwrap_or_else(|| Head { height: 0, link: log::genesis(&entry.log) });
                let continues = entry.height == head.height + 1
                    && entry.link == log::next_link(&head.link, &entry.doc, &entry.change);
                if !continues && store.index().has_others(&entry.log) {
                    // It lies behind damage: named below while it is not back, and known otherwise.
                    continue;
                }
                if !continues {
                    verified.bad.push(format!("{} {}: does not continue its log", entry.log, entry.height));
                    continue;
                }
                heads.insert(entry.log, Head { height: entry.height, link: entry.link });
                verified.entries += 1;
                if let Ok(header) = ChangeHeader::read(&entry.change) {
                    changes.entry(entry.doc).or_default().push(ChangeHash(header.hash));
                    if store.index().was_cut(&entry.log) {
                        let of_log = of_cut.entry(entry.log).or_default();
                        of_log.push((entry.height, entry.doc, ChangeHash(header.hash)));
                    }
                }
            }
        }
    }
    heads.retain(|_, head| head.height > 0);
    changes.retain(|_, hashes| !hashes.is_empty());
    verified.logs = heads.len() as u64;
    for (log, known) in store.index().logs() {
        if heads.get(log) != Some(&known.head).filter(|head| head.height > 0) {
            verified
                .bad
                .push(format!("{log}: the index says height {}, the journal another", known.head.height));
        }
    }
    let waits = |OpenGap { log, upto, .. }| {
        format!("{log}: entries up to {upto} lie behind damage and are not brought back or written anew yet")
    };
    verified.bad.extend(store.gaps().into_iter().map(waits));
    verified.documents = changes.len() as u64;
    let set_aside = store.quarantined()?;
    verified.bad.extend(set_aside.iter().map(|why| format!("a change was set aside: {why}")));
    for (id, hashes) in changes {
        check_document(store, &id, &hashes, &mut verified.bad)?;
    }
    Ok(verified)
}

/// The saved document must hold every change of the journal, and its rows must be what it gives.
fn check_document(
    store: &mut Store,
    id: &DocId,
    hashes: &[ChangeHash],
    bad: &mut Vec<String>,
) -> Result<(), StoreError> {
    // What is said anew may be missing, and what is set aside is named already.
    let mut known = BTreeSet::new();
    for row in quarantine::of(store.kv(), id)? {
        if let Why::Waits { hash, .. } = row.why {
            known.insert(ChangeHash(hash.0));
        }
    }
    let Some(doc) = store.document(id)? else {
        bad.push(format!("document {id} is missing"));
        return Ok(());
    };
    let missing =
        hashes.iter().filter(|hash| !known.contains(hash) && doc.get_change_by_hash(hash).is_none()).count();
    if missing > 0 {
        bad.push(format!("document {id} lacks {missing} of {} changes", hashes.len()));
    }
    let doc = doc.clone();
    if let Some(meta) = views::meta(store.kv(), id)? {
        for key in views::differing(store.kv(), id, meta.scope, &doc, &store.context(&meta))? {
            bad.push(format!("document {id}: row {key} is not what the document gives"));
        }
    } else {
        bad.push(format!("document {id} has no meta row"));
    }
    Ok(())
}
