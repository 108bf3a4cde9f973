//! Rows of documents about guides: drafts, published versions, what stops them, requests for correction.
//!
//! What only the county may publish counts if a node of the county wrote it, and only as its first change left it. So a
//! version is the same on every node, whoever writes into its document later.

use automerge::AutoCommit;
use sanji_model::guide::correction::Correction;
use sanji_model::guide::life::{Life, acts};
use sanji_model::guide::search::Entry;
use sanji_model::guide::{FirstWritten, Guide, GuideRow, GuideState, Stop, conflicting};
use sanji_model::list::{List, PublishedList};
use sanji_sync::{ActorBytes, DocId, Scope};

use super::{Context, Ignored, ListRow, Public, Refreshed, StoredGuide, lists, put_row};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, KvError, chunks};

pub(super) fn public(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    context: &Context,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    let Some((written, writer, later)) = read(doc) else {
        return lists::put(kv, id, scope, PublishedList::read(doc).map(ListRow::Published), batch);
    };
    let unit = context.unit_of(&writer);
    let is_countys = unit.is_some() && unit == context.county;
    let put = match &written {
        Public::Version(stored, entry) => is_countys && put_guide(kv, id, stored, entry, batch)?,
        Public::Stop(stop) => is_countys && put_row(batch, keys::guide_stop(id), stop),
        Public::Nothing => false,
    };
    let ignored = (!is_countys || later > 0).then(|| Ignored {
        scope: scope.to_string(),
        not_county: unit.filter(|_| !is_countys),
        later,
    });
    if let Some(ignored) = &ignored {
        put_row(batch, keys::ignored(id), ignored);
    }
    Ok(Refreshed::Public(if put { written } else { Public::Nothing }, ignored))
}

/// A version or a stop as first written, by whom, and how many changes came after.
fn read(doc: &AutoCommit) -> Option<(Public, ActorBytes, u64)> {
    if let Ok(FirstWritten { published, writer, later }) = FirstWritten::read(doc) {
        // The state depends on the day; it is said when the row is shown.
        let row = GuideRow::published(&published, GuideState::Published);
        let entry = Entry::of(&published.guide);
        let stored = StoredGuide::new(row, &published.guide, Some(published.meta));
        return Some((Public::Version(Box::new(stored), entry), writer, later));
    }
    let (stop, writer, later) = Stop::read(doc)?;
    Some((Public::Stop(stop), writer, later))
}

pub(super) fn draft(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    context: &Context,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    let unit_of = |actor: &ActorBytes| context.unit_of(actor);
    let Ok(draft) = Guide::read(doc) else {
        let Some(correction) = Correction::read(doc, *id, unit_of) else {
            return lists::put(kv, id, scope, List::read(doc).map(ListRow::Draft), batch);
        };
        let put = put_row(batch, keys::correction(id), &correction);
        return Ok(if put { Refreshed::Correction(correction) } else { Refreshed::Nothing });
    };
    let acts = acts(doc, unit_of).into_iter().map(|(act, _)| act);
    let life = Life::fold(acts, draft.content_hash(), context.county);
    let row = GuideRow { state: life.state, ..GuideRow::draft(*id, &draft) };
    let conflicts = conflicting(doc, unit_of).len() as u64;
    let stored = StoredGuide { conflicts, ..StoredGuide::new(row, &draft, None) };
    let entry = Entry::of(&draft);
    let put = put_guide(kv, id, &stored, &entry, batch)?;
    Ok(if put { Refreshed::Guide(Box::new(stored), entry) } else { Refreshed::Nothing })
}

/// Puts a guide's row and the texts it is found by; false if the row does not fit.
fn put_guide(
    kv: &dyn Kv,
    id: &DocId,
    stored: &StoredGuide,
    entry: &Entry,
    batch: &mut Batch,
) -> Result<bool, KvError> {
    let put = put_row(batch, keys::guide_row(id), stored);
    if put {
        let json = serde_json::to_vec(entry).expect("texts are JSON");
        chunks::put(kv, batch, &keys::guide_text(id), &json)?;
    }
    Ok(put)
}
