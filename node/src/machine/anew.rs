//! What this node wrote into a past that gave way is written anew: by its meaning, under the actor of the new epoch.
//!
//! Both pasts stay in the journal. Doing it again changes nothing, so a crash in the middle is mended by the next start.
//! Not covered yet: entries of a log that did not give way and that depend on some that did (decision 14).

use automerge::ChangeHash;
use automerge::transaction::CommitOptions;
use sanji_model::anew::{Onto, write_anew};
use sanji_sync::{DocId, Scope, Time};

use super::{Machine, Output, Step, StoreError};
use crate::store::Store;

impl Machine {
    /// Begins a new epoch, durably: after a restore, before anything is written.
    pub fn renew_epoch(&mut self, now: Time) -> Result<(), StoreError> {
        let mut effects = Vec::new();
        self.hub.renew_epoch(&mut effects);
        self.perform(now, effects.into_iter().map(Step::Effect).collect(), &mut Vec::new())
    }

    /// Writes anew what is not yet; what others wrote is left to them and only kept as evidence.
    pub(super) fn write_asides_anew(
        &mut self,
        now: Time,
        outputs: &mut Vec<Output>,
    ) -> Result<(), StoreError> {
        self.anew = false;
        for aside in self.store.asides() {
            if aside.log.node == self.hub.node() {
                for (doc, mut past) in self.store.before(&aside)? {
                    let mut steps = Vec::new();
                    self.write_document_anew(now, aside.log.scope, doc, &mut past, &mut steps)?;
                    self.perform(now, steps, outputs)?;
                }
            }
            self.store.commit(Vec::new(), vec![Store::written_anew(&aside)])?;
        }
        self.catch_up(now, outputs)?;
        self.reread_directory(now, outputs)
    }

    fn write_document_anew(
        &mut self,
        now: Time,
        scope: Scope,
        doc: DocId,
        past: &mut automerge::AutoCommit,
        steps: &mut Vec<Step>,
    ) -> Result<(), StoreError> {
        let actor = self.hub.actor();
        let document = self.store.edit(&doc)?;
        let before = document.clone();
        document.set_actor(actor.as_slice().into());
        let parting = parting(past, document);
        let onto = match parting.is_empty() {
            true => Onto::Present,
            false => {
                document.isolate(&parting);
                Onto::Parting
            }
        };
        let written = write_anew(past, document, onto);
        let seconds = i64::try_from(now.0 / 1_000).unwrap_or(0);
        let committed = document.commit_with(CommitOptions::default().with_time(seconds)).is_some();
        document.integrate();
        let change = committed.then(|| document.get_last_local_change()).flatten();
        let refused = match (written, change) {
            (Err(error), _) => Some(error.to_string()),
            (Ok(()), None) => None,
            (Ok(()), Some(change)) => {
                let mut effects = Vec::new();
                let appended = self.hub.append(scope, doc, change.raw_bytes().to_vec(), &mut effects);
                steps.extend(effects.into_iter().map(Step::Effect));
                appended.err().map(|why| why.to_string())
            }
        };
        if let Some(why) = refused {
            tracing::error!(%doc, %why, "a past that gave way could not be written anew; it is in the journal");
            self.store.put_back(&doc, before);
        }
        Ok(())
    }
}

/// Where the two part: the newest changes that both have.
fn parting(past: &mut automerge::AutoCommit, document: &mut automerge::AutoCommit) -> Vec<ChangeHash> {
    let both: Vec<_> = past
        .get_changes(&[])
        .into_iter()
        .filter(|change| document.get_change_by_hash(&change.hash()).is_some())
        .collect();
    let followed: std::collections::BTreeSet<ChangeHash> =
        both.iter().flat_map(|change| change.deps().iter().copied()).collect();
    both.iter().map(automerge::Change::hash).filter(|hash| !followed.contains(hash)).collect()
}
