//! Local changes: a document is edited under this node's actor, the change is taken out and appended to its log.
//!
//! A change that is refused is taken back from memory, so that nothing half done stays.

use automerge::AutoCommit;
use automerge::transaction::CommitOptions;
use sanji_sync::{DocId, Scope, Time};

use super::{Machine, Step, Stop};

impl Machine {
    /// Edits `doc` and appends the change to `scope`. Nothing is appended when `edit` changes nothing. When it is refused
    /// the document is as before, with what earlier commands of the turn did to it.
    pub(super) fn write<T>(
        &mut self,
        now: Time,
        scope: Scope,
        doc: DocId,
        steps: &mut Vec<Step>,
        edit: impl FnOnce(&mut AutoCommit) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let actor = self.hub.actor();
        let document = self.store.edit(&doc)?;
        let before = document.clone();
        document.set_actor(actor.as_slice().into());
        let written = edit(document).and_then(|done| {
            let seconds = i64::try_from(now.0 / 1_000).unwrap_or(0);
            if document.commit_with(CommitOptions::default().with_time(seconds)).is_none() {
                return Ok(done);
            }
            if let Some(change) = document.get_last_local_change() {
                let mut effects = Vec::new();
                self.hub.append(scope, doc, change.raw_bytes().to_vec(), &mut effects)?;
                steps.extend(effects.into_iter().map(Step::Effect));
            }
            Ok(done)
        });
        if written.is_err() {
            self.store.put_back(&doc, before);
        }
        written
    }
}
