//! What pages and lists read: rows of cases and guides, and an overview over all of them.
//!
//! Derived from documents alone, so the same document gives the same row on every node.

use std::collections::BTreeMap;

use automerge::AutoCommit;
use minicbor::{Decode, Encode};
use sanji_model::calendar::Calendar;
use sanji_model::case::{Case, CaseRow};
use sanji_model::guide::{Guide, GuideRow, GuideState, Published, PublishedMeta};
use sanji_sync::{DocId, Scope, ScopeKind};

use serde::{Deserialize, Serialize};

use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span, Visit};

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

/// What is kept in memory over all documents, brought up to date document by document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overview {
    pub cases: u64,
    /// Documents of each scope.
    pub documents: BTreeMap<Scope, u64>,
    /// Every draft and every published version by its document; some thousands at most.
    pub guides: BTreeMap<DocId, StoredGuide>,
}

/// What refreshing the rows of a document came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refreshed {
    Nothing,
    Case { is_new: bool },
    Guide(StoredGuide),
}

impl Overview {
    /// Reads every row once.
    pub fn load(kv: &dyn Kv) -> Result<Overview, KvError> {
        let mut overview = Overview::default();
        kv.scan(&Span::prefix([keys::META]), Order::Forwards, &mut |_, value| {
            if let Ok(meta) = minicbor::decode::<Meta>(value) {
                *overview.documents.entry(meta.scope).or_default() += 1;
            }
            Visit::Continue
        })?;
        kv.scan(&Span::prefix([keys::CASE_ROW]), Order::Forwards, &mut |_, _| {
            overview.cases += 1;
            Visit::Continue
        })?;
        overview.guides = rows(kv, keys::GUIDE_ROW)?.into_iter().collect();
        Ok(overview)
    }

    /// Takes what became of one document.
    pub fn take(&mut self, id: DocId, refreshed: Refreshed) {
        match refreshed {
            Refreshed::Nothing => {}
            Refreshed::Case { is_new } => self.cases += u64::from(is_new),
            Refreshed::Guide(stored) => {
                self.guides.insert(id, stored);
            }
        }
    }

    pub fn drafts(&self) -> usize {
        self.guides.values().filter(|stored| stored.meta.is_none()).count()
    }

    /// Published versions.
    pub fn published(&self) -> usize {
        self.guides.len() - self.drafts()
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
) -> Result<Refreshed, KvError> {
    match scope.kind() {
        ScopeKind::Cases => {
            let Ok(case) = Case::read(doc) else { return Ok(Refreshed::Nothing) };
            let row = case.row(calendar);
            batch.put(keys::case_number(&row.number.to_string()), id.0.to_vec());
            let key = keys::case_row(id);
            let is_new = kv.get(&key)?.is_none();
            put_row(batch, key, &row);
            Ok(Refreshed::Case { is_new })
        }
        ScopeKind::Guides => {
            let Ok(published) = Published::read(doc) else { return Ok(Refreshed::Nothing) };
            // The state depends on the day; it is said when the row is shown.
            let row = GuideRow::published(&published, GuideState::Published);
            let source_id = published.guide.source.id.clone();
            let stored = StoredGuide { row, source_id, meta: Some(published.meta) };
            put_row(batch, keys::guide_row(id), &stored);
            Ok(Refreshed::Guide(stored))
        }
        ScopeKind::Drafts => {
            let Ok(draft) = Guide::read(doc) else { return Ok(Refreshed::Nothing) };
            let source_id = draft.source.id.clone();
            let stored = StoredGuide { row: GuideRow::draft(*id, &draft), source_id, meta: None };
            put_row(batch, keys::guide_row(id), &stored);
            Ok(Refreshed::Guide(stored))
        }
        ScopeKind::Directory | ScopeKind::Notices | ScopeKind::Staff => Ok(Refreshed::Nothing),
    }
}

fn put_row<R: Serialize>(batch: &mut Batch, key: Vec<u8>, row: &R) {
    batch.put(key, serde_json::to_vec(row).expect("a row of plain fields is JSON"));
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

/// Every row under a prefix, with its document.
fn rows<R: serde::de::DeserializeOwned>(kv: &dyn Kv, prefix: u8) -> Result<Vec<(DocId, R)>, KvError> {
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

/// The document of a case number.
pub fn case_by_number(kv: &dyn Kv, number: &str) -> Result<Option<DocId>, KvError> {
    Ok(kv.get(&keys::case_number(number))?.and_then(|bytes| bytes.try_into().ok()).map(DocId))
}
