//! What this node wrote and what counts no more is written anew, change by change: by its meaning, under the actor of the
//! new epoch.
//!
//! A change counts no more if its log gave way to another past, or if it stands on changes that did or that lie beyond a
//! revocation (decision 14). The new change names it in its message, so every node knows that nothing is missing, and
//! doing it again changes nothing: a crash in the middle is mended by the next start. All that was ever taken stays in
//! the journal, which is where the lost changes are read from; what others lost is carried by what they wrote anew, too,
//! for a node whose own journal went back with its disk (decision 28).

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::CommitOptions;
use automerge::{AutoCommit, Change, ChangeHash};
use sanji_model::anew::{Anew, Onto, write_anew};
use sanji_model::history::History;
use sanji_sync::{DocId, Effect, Entry, Incident, LogId, Time};

use super::{Machine, Output, Step, StoreError, own_gaps};
use crate::store::quarantine::{anew_in, carried, said_anew};
use crate::store::{Store, documents};

/// A change of this node that is in the journal and in no document.
struct Lost {
    log: LogId,
    change: Change,
    /// It and all that it stands on, in order.
    past: Vec<Change>,
    /// Something that it stands on lies beyond a revocation: nobody will write that anew.
    is_cut_off: bool,
}

impl Machine {
    /// Begins a new epoch, durably: after a restore, before anything is written.
    pub fn renew_epoch(&mut self, now: Time) -> Result<(), StoreError> {
        let mut effects = Vec::new();
        self.hub.renew_epoch(&mut effects);
        self.perform(now, effects.into_iter().map(Step::Effect).collect(), &mut Vec::new())
    }

    /// After damage was found on the disk: what this node wrote last may be gone, and an operator must know.
    pub(super) fn answer_damage(&mut self, effects: &mut Vec<Effect>) {
        let answered = self.store.damage_answered();
        if answered.is_empty() {
            return;
        }
        self.facts.extend(answered);
        self.hub.renew_epoch(effects);
        let entries = own_gaps(&self.store, self.hub.node()).map(|gap| gap.entries).sum();
        effects.push(Effect::Report(Incident::Damaged { entries, new_epoch: self.hub.epoch() }));
    }

    /// Notes that what anybody holds of damaged places is back, once it is. What this node said anew and lost with them is
    /// said once more: as it was said first it is still in the journal.
    pub(super) fn settle_damage(&mut self, now: Time, outputs: &mut Vec<Output>) -> Result<(), StoreError> {
        let mut facts = if self.hub.is_mended() { self.store.damage_settled() } else { Vec::new() };
        if facts.is_empty() {
            return Ok(());
        }
        facts.extend(self.store.asides_again(&self.hub.node()));
        self.store.commit(Vec::new(), facts)?;
        self.write_asides_anew(now, outputs)
    }

    /// Writes anew what is not yet; what others wrote is left to them and only kept as evidence.
    pub(super) fn write_asides_anew(
        &mut self,
        now: Time,
        outputs: &mut Vec<Output>,
    ) -> Result<(), StoreError> {
        self.anew = false;
        self.catch_up(now, outputs)?;
        let me = self.hub.node();
        let asides = self.store.asides();
        let mut docs = self.store.waiting(&me)?;
        for aside in asides.iter().filter(|aside| aside.log.node == me) {
            docs.extend(self.store.documents_of(aside)?);
        }
        self.undecided.clear();
        if !docs.is_empty() {
            for (doc, entries) in self.store.evidence(&docs)? {
                for lost in self.lost(&doc, &entries)? {
                    let steps = self.write_lost_anew(doc, lost)?;
                    self.perform(now, steps, outputs)?;
                }
            }
        }
        let mut done = Vec::new();
        for aside in &asides {
            if aside.log.node != me || self.undecided.is_disjoint(&self.store.documents_of(aside)?) {
                done.push(Store::written_anew(aside));
            }
        }
        self.store.commit(Vec::new(), done)?;
        self.catch_up(now, outputs)?;
        self.anew = false;
        self.reread_directory(now, outputs)
    }

    /// This node's changes among the entries that are not in the document and not said anew by another one.
    fn lost(&mut self, doc: &DocId, entries: &[Entry]) -> Result<Vec<Lost>, StoreError> {
        let me = self.hub.node();
        let changes = known_changes(entries);
        let is_cut_off =
            |log: &LogId, height: u64| self.hub.tree().cut_of(log).is_some_and(|cut| cut < height);
        let cut_off: BTreeSet<ChangeHash> =
            changes.iter().filter(|(_, (log, at, _))| is_cut_off(log, *at)).map(|(hash, _)| *hash).collect();
        let document = self.store.edit(doc)?;
        let anew = anew_in(document);
        let mut lost = Vec::new();
        let mut seen = BTreeSet::new();
        for entry in entries.iter().filter(|entry| entry.log.node == me) {
            let Ok(change) = documents::read(entry) else { continue };
            let hash = change.hash();
            let is_there = document.get_change_by_hash(&hash).is_some() || anew.contains_key(&hash);
            if is_there || !seen.insert(hash) {
                continue;
            }
            // What it stands on may still come: then it is tried again.
            let Some(past) = past_of(&hash, &changes) else {
                self.undecided.insert(*doc);
                continue;
            };
            let is_cut_off = past.iter().any(|hash| cut_off.contains(hash));
            let past = past.iter().filter_map(|hash| Some(changes.get(hash)?.2.clone())).collect();
            lost.push(Lost { log: entry.log, change, past, is_cut_off });
        }
        Ok(lost)
    }

    fn write_lost_anew(&mut self, doc: DocId, lost: Lost) -> Result<Vec<Step>, StoreError> {
        let mut effects = Vec::new();
        if lost.log.epoch >= self.hub.epoch() {
            // Its sequence numbers are taken where the lost change is still in the document.
            self.hub.renew_epoch(&mut effects);
        }
        let actor = self.hub.actor();
        let document = self.store.edit(&doc)?;
        let before = document.clone();
        document.set_actor(actor.as_slice().into());
        let message = said_anew(&lost.change);
        let written = write(document, &lost, actor.as_slice(), message);
        let appended = match written {
            Ok(Some(change)) => match writes_over(&before, &change) {
                // No other node would take it.
                Some(why) => Err(Some(why)),
                None => {
                    let appended = self.hub.append(lost.log.scope, doc, change, &mut effects);
                    appended.map(|_| ()).map_err(|why| Some(why.to_string()))
                }
            },
            // Whoever made the map that it wrote into has to come first.
            Ok(None) => Err(None),
            Err(error) => Err(Some(error.to_string())),
        };
        if let Err(why) = appended {
            self.store.put_back(&doc, before);
            if why.is_none() {
                self.undecided.insert(doc);
            }
            if let Some(why) = why {
                tracing::error!(%doc, %why, "a change that counts no more could not be written anew");
                effects.push(Effect::Report(Incident::NotAnew { log: lost.log, doc }));
            }
        }
        Ok(effects.into_iter().map(Step::Effect).collect())
    }
}

/// What a change of the document would write over that it has for good.
fn writes_over(before: &AutoCommit, change: &[u8]) -> Option<String> {
    let change = documents::read_bytes(change.to_vec()).ok()?;
    History::at(before, change.deps()).take(&change.decode()).err().map(|why| why.to_string())
}

/// Changes of a document with the log and the height of the entry that each is in, or is carried by.
type Placed = BTreeMap<ChangeHash, (LogId, u64, Change)>;

/// Everything that the entries of a document are or carry.
fn known_changes(entries: &[Entry]) -> Placed {
    let read = |entry: &Entry| Some((entry.log, entry.height, documents::read(entry).ok()?));
    let mut changes: Placed =
        entries.iter().filter_map(read).map(|placed| (placed.2.hash(), placed)).collect();
    let inner = |(log, height, change): &(LogId, u64, Change)| {
        Some((*log, *height, documents::read_bytes(carried(change.message()?)?).ok()?))
    };
    let mut open: Vec<(LogId, u64, Change)> = changes.values().filter_map(inner).collect();
    while let Some(placed) = open.pop() {
        // What says something anew may be lost in its turn.
        open.extend(inner(&placed));
        changes.entry(placed.2.hash()).or_insert(placed);
    }
    changes
}

/// The change and all that it stands on, in order; none if something of it is not among `changes`.
fn past_of(hash: &ChangeHash, changes: &Placed) -> Option<Vec<ChangeHash>> {
    let (mut past, mut placed) = (Vec::new(), BTreeSet::new());
    let mut open = vec![(*hash, false)];
    while let Some((hash, deps_placed)) = open.pop() {
        if placed.contains(&hash) {
            continue;
        }
        if deps_placed {
            placed.insert(hash);
            past.push(hash);
            continue;
        }
        open.push((hash, true));
        open.extend(changes.get(&hash)?.2.deps().iter().map(|dep| (*dep, false)));
    }
    Some(past)
}

/// Writes the difference that the lost change made into the document, beside what others wrote since. The change to
/// append, or none if it cannot be written yet.
fn write(
    document: &mut AutoCommit,
    lost: &Lost,
    actor: &[u8],
    message: String,
) -> Result<Option<Vec<u8>>, automerge::AutomergeError> {
    let mut after = AutoCommit::new();
    after.apply_changes(lost.past.iter().cloned())?;
    let base = after.fork_at(lost.change.deps())?;
    let place = place(document, lost, actor);
    let onto = match place.is_empty() {
        true => Onto::Present,
        false => {
            document.isolate(&place);
            Onto::Parting
        }
    };
    let written = write_anew(&base, &after, document, onto);
    let options = CommitOptions::default().with_message(message.clone()).with_time(lost.change.timestamp());
    let committed = document.commit_with(options).is_some();
    document.integrate();
    if written? == Anew::Lacks && !lost.is_cut_off {
        return Ok(None);
    }
    if !committed {
        // Nothing is missing, or what it wrote into is gone for good: said, so that nobody waits for it.
        let options = CommitOptions::default().with_message(message).with_time(lost.change.timestamp());
        document.empty_change(options);
    }
    Ok(document.get_last_local_change().map(|change| change.raw_bytes().to_vec()))
}

/// Where in the document the lost change belongs: behind what is left of the changes that it stands on, or what says
/// them anew, and behind everything of this actor.
fn place(document: &mut AutoCommit, lost: &Lost, actor: &[u8]) -> Vec<ChangeHash> {
    let anew = anew_in(document);
    let mut behind: BTreeSet<ChangeHash> = BTreeSet::new();
    for change in &lost.past {
        let hash = change.hash();
        match document.get_change_by_hash(&hash) {
            Some(_) => behind.extend([hash]),
            None => behind.extend(anew.get(&hash).into_iter().flatten()),
        }
    }
    let all = document.get_changes(&[]);
    behind.extend(all.iter().filter(|c| c.actor_id().to_bytes() == actor).map(Change::hash));
    let followed: BTreeSet<ChangeHash> = all
        .iter()
        .filter(|change| behind.contains(&change.hash()))
        .flat_map(|change| change.deps().iter().copied())
        .collect();
    behind.difference(&followed).copied().collect()
}
