//! What pages and lists read: rows of cases and guides, counts, and the hints that make link-ups cheap.
//!
//! Derived from documents alone, so the same document gives the same row on every node.

use std::collections::BTreeMap;

use automerge::AutoCommit;
use minicbor::{Decode, Encode};
use sanji_model::calendar::Calendar;
use sanji_model::case::{Case, CaseRow};
use sanji_model::guide::{Guide, GuideRow, GuideState, Published, PublishedMeta};
use sanji_sync::vector::ScopeVector;
use sanji_sync::{DocId, LogId, Memo, NodeId, Scope, ScopeKind};

use serde::{Deserialize, Serialize};

use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span, Visit, chunks};

/// What is known of a document besides its content.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Meta {
    #[n(0)]
    pub scope: Scope,
    /// By log number: the height of the log's last entry in this document.
    #[n(1)]
    pub heights: BTreeMap<u32, u64>,
}

impl Meta {
    pub fn new(scope: Scope) -> Meta {
        Meta { scope, heights: BTreeMap::new() }
    }

    pub fn raise(&mut self, log: u32, height: u64) {
        let known = self.heights.entry(log).or_default();
        *known = (*known).max(height);
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }
}

/// A document's meta row.
pub fn meta(kv: &dyn Kv, doc: &DocId) -> Result<Option<Meta>, KvError> {
    Ok(kv.get(&keys::meta(doc))?.and_then(|bytes| minicbor::decode(&bytes).ok()))
}

/// The row of a guide document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredGuide {
    pub row: GuideRow,
    /// What an import recognises it by.
    pub source_id: Option<String>,
    /// None for a draft.
    pub meta: Option<PublishedMeta>,
}

/// How many there are, kept up by difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub cases: u64,
    /// Published guides, each version one.
    pub guides: u64,
    pub drafts: u64,
}

/// What a refreshed row adds to the counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Added {
    Nothing,
    Case,
    Guide,
    Draft,
}

impl Counts {
    /// Counts the rows; reads every key once.
    pub fn load(kv: &dyn Kv) -> Result<Counts, KvError> {
        let mut counts = Counts::default();
        kv.scan(&Span::prefix([keys::CASE_ROW]), Order::Forwards, &mut |_, _| {
            counts.cases += 1;
            Visit::Continue
        })?;
        kv.scan(&Span::prefix([keys::GUIDE_ROW]), Order::Forwards, &mut |_, row| {
            match serde_json::from_slice::<StoredGuide>(row) {
                Ok(stored) if stored.meta.is_none() => counts.drafts += 1,
                Ok(_) | Err(_) => counts.guides += 1,
            }
            Visit::Continue
        })?;
        Ok(counts)
    }

    pub fn change(&mut self, added: Added) {
        match added {
            Added::Nothing => {}
            Added::Case => self.cases += 1,
            Added::Guide => self.guides += 1,
            Added::Draft => self.drafts += 1,
        }
    }
}

/// Puts the rows of a document that changed into the batch.
pub fn refresh(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    calendar: &Calendar,
    batch: &mut Batch,
) -> Result<Added, KvError> {
    match scope.kind() {
        ScopeKind::Cases => {
            let Ok(case) = Case::read(doc) else { return Ok(Added::Nothing) };
            let row = case.row(calendar);
            batch.put(keys::case_number(&row.number.to_string()), id.0.to_vec());
            put_row(kv, batch, keys::case_row(id), &row, Added::Case)
        }
        ScopeKind::Guides => {
            let Ok(published) = Published::read(doc) else { return Ok(Added::Nothing) };
            // The state depends on the day; it is said when the row is shown.
            let row = GuideRow::published(&published, GuideState::Published);
            let source_id = published.guide.source.id.clone();
            let stored = StoredGuide { row, source_id, meta: Some(published.meta) };
            put_row(kv, batch, keys::guide_row(id), &stored, Added::Guide)
        }
        ScopeKind::Drafts => {
            let Ok(draft) = Guide::read(doc) else { return Ok(Added::Nothing) };
            let source_id = draft.source.id.clone();
            let stored = StoredGuide { row: GuideRow::draft(*id, &draft), source_id, meta: None };
            put_row(kv, batch, keys::guide_row(id), &stored, Added::Draft)
        }
        ScopeKind::Directory | ScopeKind::Notices | ScopeKind::Staff => Ok(Added::Nothing),
    }
}

fn put_row<R: serde::Serialize>(
    kv: &dyn Kv,
    batch: &mut Batch,
    key: Vec<u8>,
    row: &R,
    added: Added,
) -> Result<Added, KvError> {
    let new = kv.get(&key)?.is_none();
    let bytes = serde_json::to_vec(row).expect("a row of plain fields is JSON");
    batch.put(key, bytes);
    Ok(if new { added } else { Added::Nothing })
}

/// The keys, in words, whose rows are not what the document gives now.
pub fn differing(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    calendar: &Calendar,
) -> Result<Vec<String>, KvError> {
    let mut batch = Batch::new();
    refresh(kv, id, scope, doc, calendar, &mut batch)?;
    let mut differing = Vec::new();
    for (key, value) in batch.changes() {
        if kv.get(key)?.as_deref() != value {
            differing.push((key[0] as char).to_string());
        }
    }
    Ok(differing)
}

/// Shows every document's meta row.
pub fn metas(kv: &dyn Kv, visit: &mut dyn FnMut(Meta)) -> Result<(), KvError> {
    kv.scan(&Span::prefix([keys::META]), Order::Forwards, &mut |_, value| {
        if let Ok(meta) = minicbor::decode(value) {
            visit(meta);
        }
        Visit::Continue
    })
}

/// Every row under a prefix, with its document.
pub fn rows<R: serde::de::DeserializeOwned>(kv: &dyn Kv, prefix: u8) -> Result<Vec<(DocId, R)>, KvError> {
    let mut rows = Vec::new();
    kv.scan(&Span::prefix([prefix]), Order::Forwards, &mut |key, value| {
        if let (Ok(id), Ok(row)) = (key[1..].try_into(), serde_json::from_slice(value)) {
            rows.push((DocId(id), row));
        }
        Visit::Continue
    })?;
    Ok(rows)
}

/// Every case row.
pub fn case_rows(kv: &dyn Kv) -> Result<Vec<(DocId, CaseRow)>, KvError> {
    rows(kv, keys::CASE_ROW)
}

/// Every guide document's row, drafts and published versions.
pub fn guides(kv: &dyn Kv) -> Result<Vec<(DocId, StoredGuide)>, KvError> {
    rows(kv, keys::GUIDE_ROW)
}

/// One guide document's row.
pub fn guide(kv: &dyn Kv, doc: &DocId) -> Result<Option<StoredGuide>, KvError> {
    Ok(kv.get(&keys::guide_row(doc))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// The document of a case number.
pub fn case_by_number(kv: &dyn Kv, number: &str) -> Result<Option<DocId>, KvError> {
    Ok(kv.get(&keys::case_number(number))?.and_then(|bytes| bytes.try_into().ok()).map(DocId))
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct AgreedRow {
    #[n(0)]
    vector: ScopeVector,
}

/// Puts a hint into the batch.
pub fn put_memo(kv: &dyn Kv, memo: &Memo, batch: &mut Batch) -> Result<(), KvError> {
    match memo {
        Memo::Agreed { peer, vector } => {
            let row = AgreedRow { vector: vector.clone() };
            let bytes = minicbor::to_vec(row).expect("writing to memory cannot fail");
            chunks::put(kv, batch, &keys::agreed(peer, &vector.scope), &bytes)?;
        }
        Memo::Held { holder, log, height } => batch.put(keys::held(holder, log), height.to_be_bytes()),
        Memo::Told { by, holder, log, height } => {
            batch.put(keys::told(by, holder, log), height.to_be_bytes())
        }
    }
    Ok(())
}

/// Reads every hint. One that does not read is left out.
pub fn memos(kv: &dyn Kv) -> Result<Vec<Memo>, KvError> {
    let mut memos = Vec::new();
    let mut agreed = Vec::new();
    kv.scan(&Span::prefix([keys::AGREED]), Order::Forwards, &mut |key, _| {
        agreed.push(key.to_vec());
        Visit::Continue
    })?;
    for key in agreed {
        let Some((peer, scope)) = key[1..].split_first_chunk::<32>() else { continue };
        // Further pieces of a long vector are no keys of their own.
        if std::str::from_utf8(scope).ok().and_then(|s| s.parse::<Scope>().ok()).is_none() {
            continue;
        }
        if let Some(bytes) = chunks::get(kv, &key)?
            && let Ok(row) = minicbor::decode::<AgreedRow>(&bytes)
        {
            memos.push(Memo::Agreed { peer: NodeId(*peer), vector: row.vector });
        }
    }
    kv.scan(&Span::prefix([keys::HELD]), Order::Forwards, &mut |key, value| {
        if let Some((holder, log, height)) = read_height(&key[1..], value) {
            memos.push(Memo::Held { holder, log, height });
        }
        Visit::Continue
    })?;
    kv.scan(&Span::prefix([keys::TOLD]), Order::Forwards, &mut |key, value| {
        if let Some((by, rest)) = key[1..].split_first_chunk::<32>()
            && let Some((holder, log, height)) = read_height(rest, value)
        {
            memos.push(Memo::Told { by: NodeId(*by), holder, log, height });
        }
        Visit::Continue
    })?;
    Ok(memos)
}

fn read_height(key: &[u8], value: &[u8]) -> Option<(NodeId, LogId, u64)> {
    let (holder, log) = key.split_first_chunk::<32>()?;
    let log = minicbor::decode(log).ok()?;
    Some((NodeId(*holder), log, u64::from_be_bytes(value.try_into().ok()?)))
}
