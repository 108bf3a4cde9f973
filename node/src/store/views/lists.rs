//! Rows of lists: drafts and published versions, with their items.
//!
//! Rows are per scope owner; whose lists count is for whoever asks.

use std::collections::BTreeMap;

use sanji_model::list::import::LIST_BYTES_MAX;
use sanji_sync::{DocId, Scope};

use super::{ListRow, Refreshed, StoredList};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, KvError, Order, Span, Visit, chunks};

/// Puts a list's row, which has its items, whole; none if the document is no list or larger than an import allows.
pub(super) fn put(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    list: Option<ListRow>,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    let (Some(list), Some(owner)) = (list, scope.unit()) else { return Ok(Refreshed::Nothing) };
    let stored = StoredList { owner, list };
    let bytes = serde_json::to_vec(&stored).expect("a row of plain fields is JSON");
    if bytes.len() > LIST_ROW_BYTES_MAX {
        return Ok(Refreshed::Nothing);
    }
    chunks::put(kv, batch, &keys::list_row(id), &bytes)?;
    Ok(Refreshed::List(stored))
}

/// A list as imported, and what publishing adds.
const LIST_ROW_BYTES_MAX: usize = LIST_BYTES_MAX + 1024;

pub(super) fn rows(kv: &dyn Kv) -> Result<BTreeMap<DocId, StoredList>, KvError> {
    let mut ids = Vec::new();
    kv.scan(&Span::prefix([keys::LIST_ROW]), Order::Forwards, &mut |key, _| {
        // Longer keys are further pieces.
        ids.extend(key[1..].try_into().ok().map(DocId));
        Visit::Continue
    })?;
    let mut rows = BTreeMap::new();
    for id in ids {
        let bytes = chunks::get(kv, &keys::list_row(&id))?;
        if let Some(row) = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            rows.insert(id, row);
        }
    }
    Ok(rows)
}
