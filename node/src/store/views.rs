//! What pages and lists read: rows of cases and guides, and an overview over all of them.
//!
//! Derived from documents alone, so the same document gives the same row on every node.

pub mod cases;
mod desk;
pub mod figures;
mod guides;
mod lists;
pub mod rolls;

use std::collections::BTreeMap;

use automerge::AutoCommit;
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use minicbor::{Decode, Encode};
use sanji_model::calendar::Almanac;
use sanji_model::case::{Case, CaseRow, Month};
use sanji_model::guide::correction::Correction;
use sanji_model::guide::search::{Catalogue, Entry};
use sanji_model::guide::{Guide, GuideRow, PublishedMeta, Stop};
use sanji_model::list::{ItemRef, List, PublishedList};
use sanji_model::local;
use sanji_model::{complaint, document, enquiry};
use sanji_sync::{ActorBytes, DocId, Scope, ScopeKind, UnitCode};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::desk::{Listed, desk_by_number, desk_row, desk_rows};
use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Span, VALUE_BYTES_MAX, Visit, chunks};

/// What is known of a document besides its content.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Meta {
    #[n(0)]
    pub scope: Scope,
    /// By log number: the height of the log's last entry in this document.
    #[n(1)]
    pub heights: BTreeMap<u32, u64>,
    /// By log number: the heights of its entries in this document, the latest [`ENTRIES_MAX`] in order.
    #[n(2)]
    entries: BTreeMap<u32, Vec<u64>>,
}

/// Entries of a log in a document whose heights are kept: a case has 10 to 14, a busy one 60 (DOMAIN §8).
const ENTRIES_MAX: usize = 64;

impl Meta {
    pub fn new(scope: Scope) -> Meta {
        Meta { scope, heights: BTreeMap::new(), entries: BTreeMap::new() }
    }

    pub fn raise(&mut self, log: u32, height: u64) {
        let known = self.heights.entry(log).or_default();
        *known = (*known).max(height);
        let entries = self.entries.entry(log).or_default();
        if let Err(place) = entries.binary_search(&height) {
            entries.insert(place, height);
            let extra = entries.len().saturating_sub(ENTRIES_MAX);
            entries.drain(..extra);
        }
    }

    /// How many of a log's entries above a height are in this document, and whether those are all.
    pub fn entries_above(&self, log: u32, height: u64) -> (u64, bool) {
        let entries = self.entries.get(&log).map_or(&[][..], Vec::as_slice);
        let above = entries.len() - entries.partition_point(|entry| *entry <= height);
        (above as u64, above < ENTRIES_MAX)
    }

    /// The heights of a log's entries in this document, if all of them are kept.
    pub fn entries_of(&self, log: u32) -> Option<&[u64]> {
        self.entries.get(&log).map(Vec::as_slice).filter(|entries| entries.len() < ENTRIES_MAX)
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
    /// Its codes, by which lists know it.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Fields of a draft that were edited in two places and not settled.
    #[serde(default)]
    pub conflicts: u64,
}

impl StoredGuide {
    fn new(row: GuideRow, guide: &Guide, meta: Option<PublishedMeta>) -> StoredGuide {
        let codes = ItemRef::of(guide).codes;
        StoredGuide { row, source_id: guide.source.id.clone(), meta, codes, conflicts: 0 }
    }
}

/// The row of a list document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredList {
    /// The unit in whose scope it is.
    pub owner: UnitCode,
    pub list: ListRow,
}

/// A draft, or a version with what publishing added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListRow {
    Draft(List),
    Published(PublishedList),
}

/// What is not counted of a document among the published ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ignored {
    pub scope: String,
    /// Whoever wrote it first, if it was not the county: then all of it is ignored.
    pub not_county: Option<UnitCode>,
    /// Changes after the first.
    pub later: u64,
}

/// What has a row that is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    Case,
    Complaint,
    Enquiry,
}

/// How many documents a scope has, and how many of them have rows of which kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    pub documents: u64,
    cases: u64,
    complaints: u64,
    enquiries: u64,
}

impl Count {
    pub fn encode(&self) -> Vec<u8> {
        let Count { documents, cases, complaints, enquiries } = self;
        [documents, cases, complaints, enquiries].iter().flat_map(|n| n.to_be_bytes()).collect()
    }

    fn decode(bytes: &[u8]) -> Option<Count> {
        let numbers: Vec<u64> = bytes.as_chunks().0.iter().map(|n| u64::from_be_bytes(*n)).collect();
        let [documents, cases, complaints, enquiries] = numbers[..] else { return None };
        Some(Count { documents, cases, complaints, enquiries })
    }

    fn rows(&mut self, counted: Counted) -> &mut u64 {
        match counted {
            Counted::Case => &mut self.cases,
            Counted::Complaint => &mut self.complaints,
            Counted::Enquiry => &mut self.enquiries,
        }
    }
}

/// What is kept in memory over all documents, brought up to date document by document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overview {
    counts: BTreeMap<Scope, Count>,
    /// Every draft and every published version by its document; some thousands at most.
    pub guides: BTreeMap<DocId, StoredGuide>,
    /// What they are found by.
    pub catalogue: Catalogue,
    /// The same of lists, with their items: some dozens.
    pub lists: BTreeMap<DocId, StoredList>,
    /// Suspensions, resumptions and abolitions.
    pub stops: BTreeMap<DocId, Stop>,
    /// Requests for correction, their texts as rows have them.
    pub corrections: BTreeMap<DocId, Correction>,
    pub ignored: BTreeMap<DocId, Ignored>,
}

/// What refreshing the rows of a document came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refreshed {
    Nothing,
    /// The row of a case, a complaint or an enquiry.
    Matter {
        counted: Counted,
        is_new: bool,
    },
    Guide(Box<StoredGuide>, Entry),
    List(StoredList),
    /// Of the published ones, with what is ignored of it.
    Public(Public, Option<Ignored>),
    Correction(Correction),
}

/// A document that the county wrote for everybody; nothing if it is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Public {
    Version(Box<StoredGuide>, Entry),
    Stop(Stop),
    Nothing,
}

impl Overview {
    /// Reads the counts, and every guide's row and texts once.
    pub fn load(kv: &dyn Kv) -> Result<Overview, KvError> {
        let mut overview = Overview::default();
        kv.scan(&Span::prefix([keys::COUNT]), Order::Forwards, &mut |key, value| {
            let scope = std::str::from_utf8(&key[1..]).ok().and_then(|text| text.parse().ok());
            if let (Some(scope), Some(count)) = (scope, Count::decode(value)) {
                overview.counts.insert(scope, count);
            }
            Visit::Continue
        })?;
        overview.guides = rows(kv, keys::GUIDE_ROW)?.into_iter().collect();
        for id in overview.guides.keys() {
            let text = chunks::get(kv, &keys::guide_text(id))?;
            if let Some(entry) = text.and_then(|json| serde_json::from_slice(&json).ok()) {
                overview.catalogue.put(*id, entry);
            }
        }
        overview.lists = lists::rows(kv)?;
        overview.stops = rows(kv, keys::GUIDE_STOP)?.into_iter().collect();
        overview.corrections = rows(kv, keys::CORRECTION)?.into_iter().collect();
        overview.ignored = rows(kv, keys::IGNORED)?.into_iter().collect();
        Ok(overview)
    }

    /// Takes what became of one document.
    pub fn take(&mut self, id: DocId, scope: Scope, refreshed: Refreshed) {
        match refreshed {
            Refreshed::Nothing => {}
            Refreshed::Matter { counted, is_new } => {
                *self.count(scope).rows(counted) += u64::from(is_new);
            }
            Refreshed::Guide(stored, entry) => {
                self.guides.insert(id, *stored);
                self.catalogue.put(id, entry);
            }
            Refreshed::List(stored) => {
                self.lists.insert(id, stored);
            }
            Refreshed::Public(public, ignored) => {
                match public {
                    Public::Version(stored, entry) => {
                        self.guides.insert(id, *stored);
                        self.catalogue.put(id, entry);
                    }
                    Public::Stop(stop) => drop(self.stops.insert(id, stop)),
                    Public::Nothing => {}
                }
                match ignored {
                    Some(ignored) => drop(self.ignored.insert(id, ignored)),
                    None => drop(self.ignored.remove(&id)),
                }
            }
            Refreshed::Correction(correction) => drop(self.corrections.insert(id, correction)),
        }
    }

    /// A document is deleted with its rows.
    pub fn forget(&mut self, id: &DocId, scope: Scope, had: Option<Counted>) {
        let count = self.count(scope);
        count.documents = count.documents.saturating_sub(1);
        if let Some(counted) = had {
            let rows = count.rows(counted);
            *rows = rows.saturating_sub(1);
        }
        self.unlist(id);
    }

    /// Takes a document out of everything that is listed but for counts.
    pub fn unlist(&mut self, id: &DocId) {
        self.guides.remove(id);
        self.catalogue.remove(id);
        self.lists.remove(id);
        self.stops.remove(id);
        self.corrections.remove(id);
        self.ignored.remove(id);
    }

    /// A scope's counts, to be changed with the rows of the same batch.
    pub fn count(&mut self, scope: Scope) -> &mut Count {
        self.counts.entry(scope).or_default()
    }

    pub fn documents(&self, scope: &Scope) -> u64 {
        self.counts.get(scope).map_or(0, |count| count.documents)
    }

    /// How many of a kind there are in all scopes.
    pub fn counted(&self, counted: Counted) -> u64 {
        self.counts.values().copied().map(|mut count| *count.rows(counted)).sum()
    }

    pub fn drafts(&self) -> usize {
        self.guides.values().filter(|stored| stored.meta.is_none()).count()
    }

    /// Published versions.
    pub fn published(&self) -> usize {
        self.guides.len() - self.drafts()
    }
}

/// What rows depend on besides the document.
#[derive(Clone, Debug)]
pub struct Context {
    /// The day as of which rows are made.
    pub almanac: Almanac,
    /// The unit of each automerge actor that wrote the document.
    pub units: BTreeMap<ActorBytes, UnitCode>,
    /// The unit without a parent, as far as the directory is here.
    pub county: Option<UnitCode>,
}

impl Context {
    pub fn unit_of(&self, actor: &ActorBytes) -> Option<UnitCode> {
        self.units.get(actor).copied()
    }

    /// The case of a document, each event attributed to the unit that wrote it; none if it is no case of this
    /// unit.
    pub fn case(&self, doc: &AutoCommit, owner: UnitCode) -> Option<Case> {
        let case = Case::read_from(doc, |actor| self.units.get(actor).copied(), &self.almanac).ok()?;
        case.is_of(owner).then_some(case)
    }
}

/// Puts the rows of a document that changed into the batch. A document that is not what its scope says has no rows.
pub fn refresh(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    context: &Context,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    match scope.kind() {
        ScopeKind::Cases => {
            let owner = scope.unit();
            match document::kind(doc).as_deref() {
                Some(complaint::KIND) => desk::put::<complaint::Course>(kv, id, owner, doc, context, batch),
                Some(enquiry::KIND) => desk::put::<enquiry::Course>(kv, id, owner, doc, context, batch),
                Some(_) | None => put_case(kv, id, owner, doc, context, batch),
            }
        }
        ScopeKind::Guides => guides::public(kv, id, scope, doc, context, batch),
        ScopeKind::Drafts => guides::draft(kv, id, scope, doc, context, batch),
        ScopeKind::Directory | ScopeKind::Notices | ScopeKind::Staff => Ok(Refreshed::Nothing),
    }
}

fn put_case(
    kv: &dyn Kv,
    id: &DocId,
    owner: Option<UnitCode>,
    doc: &AutoCommit,
    context: &Context,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    let case = owner.and_then(|owner| context.case(doc, owner)).filter(|case| case.id == *id);
    let Some(case) = case else { return Ok(Refreshed::Nothing) };
    let (fits, is_new) = cases::put(kv, id, &case, batch)?;
    Ok(if fits { Refreshed::Matter { counted: Counted::Case, is_new } } else { Refreshed::Nothing })
}

/// Characters of one text in a row. Longer ones are cut: a row is for lists, the document has it all.
const ROW_TEXT_CHARS_MAX: usize = 300;

/// Puts a row into the batch; false if it does not fit even with its texts cut, as only a hostile document's does not.
pub(super) fn put_row<R: Serialize>(batch: &mut Batch, key: Vec<u8>, row: &R) -> bool {
    let mut json = serde_json::to_value(row).expect("a row of plain fields is JSON");
    cut_texts(&mut json);
    let bytes = json.to_string().into_bytes();
    let fits = bytes.len() <= VALUE_BYTES_MAX;
    if fits {
        batch.put(key, bytes);
    }
    fits
}

fn cut_texts(json: &mut Value) {
    match json {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(ROW_TEXT_CHARS_MAX) {
                text.truncate(end);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cut_texts),
        Value::Object(fields) => fields.values_mut().for_each(cut_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The keys, in words, whose rows are not what the document gives now.
pub fn differing(
    kv: &dyn Kv,
    id: &DocId,
    scope: Scope,
    doc: &AutoCommit,
    context: &Context,
) -> Result<Vec<String>, KvError> {
    let mut batch = Batch::new();
    refresh(kv, id, scope, doc, context, &mut batch)?;
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

/// The documents with a row under `prefix` whose ids begin with these hexadecimal digits, at most `limit`.
pub fn ids_beginning(kv: &dyn Kv, prefix: u8, digits: &str, limit: usize) -> Result<Vec<DocId>, KvError> {
    let whole = digits.len() / 2 * 2;
    let Ok(bytes) = HEXLOWER.decode(&digits.as_bytes()[..whole]) else { return Ok(Vec::new()) };
    let (mut ids, mut key) = (Vec::new(), vec![prefix]);
    key.extend(bytes);
    kv.scan(&Span::prefix(key), Order::Forwards, &mut |key, _| {
        let id = key[1..].try_into().map(DocId);
        ids.extend(id.ok().filter(|id| id.to_string().starts_with(digits)));
        if ids.len() < limit { Visit::Continue } else { Visit::Stop }
    })?;
    Ok(ids)
}

/// The latest case rows by when their documents were begun, which their ids say; the latest first.
pub fn latest_cases(kv: &dyn Kv, limit: usize) -> Result<Vec<(DocId, CaseRow)>, KvError> {
    let pairs = kv.pairs(&Span::prefix([keys::CASE_ROW]), Order::Backwards, limit)?;
    let row = |(key, value): (Vec<u8>, Vec<u8>)| {
        Some((DocId(key[1..].try_into().ok()?), serde_json::from_slice(&value).ok()?))
    };
    Ok(pairs.into_iter().filter_map(row).collect())
}

/// Shows the meta row of every case document.
pub fn case_metas(kv: &dyn Kv, visit: &mut dyn FnMut(DocId, Meta)) -> Result<(), KvError> {
    kv.scan(&Span::prefix([keys::META]), Order::Forwards, &mut |key, value| {
        if let (Ok(id), Ok(meta)) = (key[1..].try_into(), minicbor::decode::<Meta>(value))
            && meta.scope.kind() == ScopeKind::Cases
        {
            visit(DocId(id), meta);
        }
        Visit::Continue
    })
}

/// The cases of a number: one as a rule.
pub fn cases_by_number(kv: &dyn Kv, number: &str) -> Result<Vec<DocId>, KvError> {
    let mut ids = Vec::new();
    for id in numbered(kv, &Batch::new(), number)? {
        // Complaints and enquiries have numbers from the same counter.
        if kv.get(&keys::case_row(&id))?.is_some() {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Which counted row a document has.
pub fn counted(kv: &dyn Kv, id: &DocId) -> Result<Option<Counted>, KvError> {
    for (prefix, counted) in [
        (keys::CASE_ROW, Counted::Case),
        (keys::COMPLAINT_ROW, Counted::Complaint),
        (keys::ENQUIRY_ROW, Counted::Enquiry),
    ] {
        if kv.get(&keys::row(prefix, id))?.is_some() {
            return Ok(Some(counted));
        }
    }
    Ok(None)
}

/// The value of a key as the batch leaves it.
fn value(kv: &dyn Kv, batch: &Batch, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
    match batch.change(key) {
        Some(change) => Ok(change.map(<[u8]>::to_vec)),
        None => kv.get(key),
    }
}

/// A row as the batch leaves it.
/// Whether a case that is new here was registered in a month that is closed on this day.
pub(super) fn is_late(kv: &dyn Kv, doc: &DocId, today: Date, batch: &Batch) -> Result<bool, KvError> {
    let row: Option<CaseRow> = row_of(kv, batch, &keys::case_row(doc))?;
    let registered = row.and_then(|row| row.registered_at).map(local::date);
    Ok(registered.is_some_and(|day| Month::of(day).is_closed_on(today)))
}

fn row_of<R: serde::de::DeserializeOwned>(
    kv: &dyn Kv,
    batch: &Batch,
    key: &[u8],
) -> Result<Option<R>, KvError> {
    Ok(value(kv, batch, key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// The documents of a number as the batch leaves them.
fn numbered(kv: &dyn Kv, batch: &Batch, number: &str) -> Result<Vec<DocId>, KvError> {
    let bytes = value(kv, batch, &keys::case_number(number))?.unwrap_or_default();
    Ok(bytes.as_chunks().0.iter().map(|id| DocId(*id)).collect())
}

/// The numbers that were given to more than one case.
pub fn numbers_given_twice(kv: &dyn Kv) -> Result<Vec<String>, KvError> {
    let mut twice = Vec::new();
    kv.scan(&Span::prefix([keys::CASE_NUMBER]), Order::Forwards, &mut |key, value| {
        if value.len() > 16 {
            twice.push(String::from_utf8_lossy(&key[1..]).into_owned());
        }
        Visit::Continue
    })?;
    Ok(twice)
}

fn put_number(batch: &mut Batch, number: &str, mut ids: Vec<DocId>) {
    let key = keys::case_number(number);
    ids.sort();
    match ids.is_empty() {
        true => batch.delete(key),
        false => batch.put(key, ids.iter().flat_map(|id| id.0).collect::<Vec<u8>>()),
    }
}

/// Deletes a document with all its rows.
pub fn forget(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    cases::delete(kv, id, batch)?;
    desk::delete::<complaint::Course>(kv, id, batch)?;
    desk::delete::<enquiry::Course>(kv, id, batch)?;
    chunks::delete(kv, batch, &keys::document(id))?;
    batch.delete(keys::meta(id));
    forget_listed(kv, id, batch)
}

/// The rows of a document that may be there or not, depending on the directory.
pub fn forget_listed(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    chunks::delete(kv, batch, &keys::guide_text(id))?;
    chunks::delete(kv, batch, &keys::list_row(id))?;
    let rows = [keys::guide_row(id), keys::guide_stop(id), keys::correction(id), keys::ignored(id)];
    rows.into_iter().for_each(|key| batch.delete(key));
    Ok(())
}
