//! What a node keeps on its disk: the journal in front (ground truth), an ordered key-value store behind (derived).
//!
//! One owner, one thread. What [`Store::commit`] has returned for is durable. Documents and rows follow by
//! [`Store::drain`], behind in a storm; index and heads are always up to date with the journal (decision 10).

pub mod arrivals;
pub mod aside;
pub mod backlog;
pub mod documents;
pub mod files;
pub mod gap;
pub mod index;
pub mod journal;
pub mod keys;
pub mod kv;
pub mod memos;
mod open;
pub mod quarantine;
pub mod recent;
pub mod record;
pub mod since;
mod sweep;
pub mod verify;
pub mod views;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::{AutoCommit, ChangeHash};
use sanji_model::calendar::Almanac;
use sanji_model::directory::DOCUMENT as DIRECTORY;
use sanji_sync::ids::actor;
use sanji_sync::{DocId, Entry, Link, LogId, Memo, NodeId, Scope, Shelf, Time, UnitCode};

use backlog::Backlog;
use documents::{Documents, LoadError};
use index::{Index, Stretch};
use journal::{Journal, JournalError, Position};
use kv::{Batch, Kv, KvBroken, KvError};
pub use open::{Old, Options, Progress, Rebuilt, Report};
use quarantine::{Row, Why};
use recent::{Decoded, Recent};
use record::{Fact, KIND_TURN, TurnRecord};
use sweep::Woken;
pub use views::{Meta, Overview};

/// Raw bytes of changes in one journal record; a turn with more writes several.
const RECORD_BYTES_TARGET: usize = 4 << 20;

/// Documents in one batch of the key-value store: larger ones are slower (ARCHITECTURE §9).
const DRAIN_DOCUMENTS_MAX: usize = 256;
/// Woken cases whose rows are made anew in one step.
const SWEEP_MAX: usize = 64;

/// What ends the process: the disk or the logic above it failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error(transparent)]
    Document(#[from] LoadError),
    #[error("a journal record does not decode: {0}")]
    Record(String),
    #[error("entries were to be stored that do not continue their log: a fault of this program")]
    Order,
}

impl StoreError {
    /// The sentence in Chinese; `Display` is the English one.
    pub fn zh(&self) -> String {
        match self {
            StoreError::Journal(error) => error.zh(),
            StoreError::Kv(KvError::Broken(broken)) => broken.zh(),
            StoreError::Kv(error) => format!("派生存储出错：{error}"),
            StoreError::Document(error) => format!("文档无法读取：{error}"),
            StoreError::Record(why) => format!("日志记录无法解码：{why}"),
            StoreError::Order => "程序内部错误：条目与日志不连续".to_owned(),
        }
    }
}

impl From<KvBroken> for StoreError {
    fn from(broken: KvBroken) -> StoreError {
        StoreError::Kv(broken.into())
    }
}

/// What one drain did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Drained {
    pub documents: BTreeSet<DocId>,
    /// The directory document is among them: the tree may be another.
    pub directory: bool,
    /// Changes that were set aside, in words.
    pub set_aside: Vec<String>,
    /// Writers of changes that wait for others in these documents.
    pub waiting: BTreeSet<NodeId>,
    /// Cases that came here after the cut-off of the month in which they were registered.
    pub late: Vec<DocId>,
}

pub struct Store {
    journal: Journal,
    kv: Box<dyn Kv>,
    index: Index,
    documents: Documents,
    backlog: Backlog,
    /// Documents with changes that are not in them.
    quarantined: BTreeSet<DocId>,
    overview: Overview,
    /// For the limits in rows, as of its day.
    almanac: Almanac,
    woken: Woken,
    /// The unit of each node of the directory.
    units: BTreeMap<NodeId, UnitCode>,
    county: Option<UnitCode>,
    recent: RefCell<Recent>,
    /// Where the streams read last, log by log.
    reading: RefCell<BTreeMap<LogId, Reading>>,
    /// The journal ended before what the derived store had seen of it.
    journal_lost: bool,
    /// The last stop was not clean.
    crashed: bool,
    /// What lies before it in the journal came here at a time that nobody knows: rows are being made anew.
    arrivals_from: Position,
    /// A read that failed where no error could be returned.
    fault: RefCell<Option<StoreError>>,
}

impl Store {
    /// Makes the turn's entries and facts durable: once this returns they may be answered and acknowledged. Each of
    /// `stores` ends signed in every log it touches.
    pub fn commit(&mut self, stores: Vec<Vec<Entry>>, mut facts: Vec<Fact>) -> Result<(), StoreError> {
        let mut part: Vec<Vec<Entry>> = Vec::new();
        let mut bytes = 0;
        for entries in stores {
            bytes += entries.iter().map(|e| e.change.len()).sum::<usize>();
            part.push(entries);
            if bytes >= RECORD_BYTES_TARGET {
                self.write(std::mem::take(&mut part), std::mem::take(&mut facts))?;
                bytes = 0;
            }
        }
        if !part.is_empty() || !facts.is_empty() {
            self.write(part, facts)?;
        }
        let backlog = &self.backlog;
        self.documents.release(|doc| backlog.has(doc));
        Ok(())
    }

    fn write(&mut self, stores: Vec<Vec<Entry>>, facts: Vec<Fact>) -> Result<(), StoreError> {
        let entries: Vec<Entry> = stores.iter().flatten().cloned().collect();
        let record = TurnRecord::group(stores, facts, |log| self.index.link(log));
        let before = self.journal.end();
        let at = self.journal.append(KIND_TURN, &record.encode())?;
        self.journal.sync()?;
        let mut batch = Batch::new();
        if self.index.take(at, self.journal.end(), &entries, &record.facts, &mut batch) > 0 {
            return Err(StoreError::Order);
        }
        self.kv.apply(batch)?;
        self.backlog.take(before, self.journal.end(), &entries);
        if !entries.is_empty() {
            self.recent.borrow_mut().put(at, Arc::new(Decoded::new(entries)));
        }
        Ok(())
    }

    /// Brings documents and rows further after the journal, by about `entries_max` entries, document by document.
    pub fn drain(&mut self, entries_max: usize) -> Result<Drained, StoreError> {
        let mut drained = Drained::default();
        self.sweep(entries_max.min(SWEEP_MAX))?;
        self.load_backlog()?;
        let (mut batch, mut taken) = (Batch::new(), 0);
        while taken < entries_max
            && let Some((doc, entries)) = self.backlog.oldest()
        {
            taken += entries.len();
            self.follow(&doc, &entries, &mut batch, &mut drained)?;
            if drained.documents.len().is_multiple_of(DRAIN_DOCUMENTS_MAX) {
                self.kv.apply(std::mem::take(&mut batch))?;
            }
        }
        self.advance(batch)?;
        Ok(drained)
    }

    /// Loads the next part of the backlog from the journal once the last one is done.
    fn load_backlog(&mut self) -> Result<(), StoreError> {
        let end = self.journal.end();
        if self.backlog.loaded() == end || self.backlog.is_held() {
            return Ok(());
        }
        let mut complete = true;
        for item in self.journal.scan(self.backlog.loaded()) {
            if !self.backlog.has_room() {
                complete = false;
                break;
            }
            // Damage was named when the journal was opened; what it held comes back from peers.
            let Ok((at, record)) = item else { continue };
            let recent = self.recent.borrow_mut().record(at);
            let decoded = match recent {
                Some(decoded) => decoded,
                None => Arc::new(decode(&record.payload)?),
            };
            let index = &self.index;
            let counts = |e: &&Entry| index.known(&e.log).is_some_and(|known| e.height <= known.head.height);
            let entries: Vec<Entry> = decoded.entries.iter().filter(counts).cloned().collect();
            self.backlog.load(record.next, &entries);
        }
        if complete {
            self.backlog.loaded_all(end);
        }
        Ok(())
    }

    /// Applies the batch, with the position that documents and rows have reached by it.
    fn advance(&mut self, mut batch: Batch) -> Result<(), StoreError> {
        if let Some(done) = self.backlog.advance() {
            batch.put(keys::DOCUMENTS_POSITION, done.to_bytes());
        }
        if !batch.is_empty() {
            self.kv.apply(batch)?;
        }
        Ok(())
    }

    /// Brings one document and its rows up to date, out of turn. Whatever of it is applied twice changes nothing.
    pub fn drain_document(&mut self, doc: &DocId) -> Result<Drained, StoreError> {
        let mut drained = Drained::default();
        let mut entries = self.backlog.of(doc).unwrap_or_default();
        entries.extend(self.entries_beyond(doc)?);
        self.backlog.seen_beyond(doc);
        let mut batch = Batch::new();
        if !entries.is_empty() {
            self.follow(doc, &entries, &mut batch, &mut drained)?;
        }
        self.advance(batch)?;
        Ok(drained)
    }

    /// The entries of `doc` in the part of the journal that is not loaded into the backlog.
    fn entries_beyond(&self, doc: &DocId) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        if self.backlog.has_beyond(doc) {
            for item in self.journal.scan(self.backlog.loaded()) {
                let Ok((_, record)) = item else { continue };
                entries.extend(decode(&record.payload)?.entries.into_iter().filter(|e| e.doc == *doc));
            }
        }
        Ok(entries)
    }

    fn follow(
        &mut self,
        doc: &DocId,
        entries: &[Entry],
        batch: &mut Batch,
        drained: &mut Drained,
    ) -> Result<(), StoreError> {
        let entries = &*self.counted(entries)?;
        if entries.is_empty() {
            return Ok(());
        }
        let kv = &*self.kv;
        let known = views::meta(kv, doc)?;
        // A document belongs to one scope for life: the one its first entry came in, the directory to its own. Whoever
        // may write elsewhere could otherwise write here under cover of that.
        let directory = *doc == DIRECTORY;
        let scope = match &known {
            _ if directory => Scope::Directory,
            Some(meta) => meta.scope,
            None => entries[0].log.scope,
        };
        let (ours, foreign): (Vec<&Entry>, Vec<&Entry>) = entries
            .iter()
            .partition(|e| e.log.scope == scope && (e.log.scope == Scope::Directory) == directory);
        let had = match self.quarantined.contains(doc) {
            true => quarantine::of(kv, doc)?,
            false => Vec::new(),
        };
        let mut rows = Vec::new();
        for entry in foreign {
            let why = Why::Refused(format!("{doc} is no document of {}", entry.log.scope));
            rows.push(Row { log: entry.log, height: entry.height, why });
        }
        if !ours.is_empty() {
            for aside in self.documents.apply(kv, doc, &ours)? {
                let entry = ours[aside.entry];
                rows.push(Row { log: entry.log, height: entry.height, why: aside.why });
            }
        }
        drained.set_aside.extend(rows.iter().map(Row::to_string));
        if !had.is_empty() || !rows.is_empty() {
            rows.extend(had);
            self.try_again(doc, rows, batch, drained)?;
        }
        if ours.is_empty() {
            return Ok(());
        }
        let kv = &*self.kv;
        self.documents.save(kv, doc, batch)?;
        let is_new = known.is_none();
        let mut meta = match known {
            Some(meta) => meta,
            None => {
                self.overview.count(scope).documents += 1;
                Meta::new(scope)
            }
        };
        for entry in ours {
            if let Some(known) = self.index.known(&entry.log) {
                meta.raise(known.number, entry.height);
            }
        }
        batch.put(keys::meta(doc), meta.encode());
        let context = self.context(&meta);
        let kv = &*self.kv;
        if let Some(document) = self.documents.load(kv, doc)? {
            let refreshed = views::refresh(kv, doc, scope, document, &context, batch)?;
            self.overview.take(*doc, scope, refreshed);
        }
        if is_new
            && self.backlog.done() >= self.arrivals_from
            && views::is_late(kv, doc, self.almanac.today, batch)?
        {
            drained.late.push(*doc);
        }
        batch.put(keys::count(&scope), self.overview.count(scope).encode());
        drained.directory |= scope == Scope::Directory;
        drained.documents.insert(*doc);
        // Grown by applied changes it takes several times the memory of a loaded one (measured: 270 KB against 40).
        self.documents.forget(doc);
        Ok(())
    }

    /// Applies what waited for others and now has them, and keeps the rows of the rest.
    fn try_again(
        &mut self,
        doc: &DocId,
        mut rows: Vec<Row>,
        batch: &mut Batch,
        drained: &mut Drained,
    ) -> Result<(), StoreError> {
        while rows.iter().any(Row::waits) {
            let document = self.documents.load_or_new(&*self.kv, doc)?;
            let (ready, wait): (Vec<Row>, Vec<Row>) =
                rows.into_iter().partition(|row| row.is_ready(document));
            rows = wait;
            if ready.is_empty() {
                break;
            }
            for mut row in ready {
                let Some((_, entry)) = self.read_entry(&row.log, row.height)? else { continue };
                if let Some(aside) = self.documents.apply(&*self.kv, doc, &[&entry])?.pop() {
                    row.why = Why::Refused(aside.why.to_string());
                    rows.push(row);
                }
            }
        }
        if rows.iter().any(Row::waits) {
            let said = quarantine::anew_in(self.documents.load_or_new(&*self.kv, doc)?);
            for row in &mut rows {
                if let Why::Waits { hash, anew, .. } = &mut row.why {
                    *anew = said.contains_key(&ChangeHash(hash.0));
                }
            }
            let open = rows.iter().filter(|row| row.waits() && row.is_open());
            drained.waiting.extend(open.map(|row| row.log.node));
        }
        quarantine::put(&*self.kv, doc, &rows, batch)?;
        match rows.is_empty() {
            true => self.quarantined.remove(doc),
            false => self.quarantined.insert(*doc),
        };
        Ok(())
    }

    /// Whether documents and rows are behind the journal.
    pub fn is_behind(&self) -> bool {
        self.backlog.done() < self.journal.end() || self.has_woken()
    }

    /// What documents and rows do not show yet.
    pub fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// A document with every entry that was committed, for reading.
    pub fn document(&mut self, id: &DocId) -> Result<Option<&mut AutoCommit>, StoreError> {
        self.refresh(id)?;
        Ok(self.documents.load(&*self.kv, id)?)
    }

    /// Brings a document and its rows up to date. Never the directory's, which [`drain`](Store::drain) reports.
    pub fn refresh(&mut self, id: &DocId) -> Result<(), StoreError> {
        if self.backlog.has(id) {
            self.drain_document(id)?;
        }
        Ok(())
    }

    /// A copy of a document as the journal has it, without bringing anything else up to date.
    pub fn peek(&mut self, id: &DocId) -> Result<Option<AutoCommit>, StoreError> {
        let mut copy = self.documents.load(&*self.kv, id)?.cloned();
        let behind = [self.backlog.peek(id), &self.entries_beyond(id)?].concat();
        for entry in &*self.counted(&behind)? {
            documents::apply_to(copy.get_or_insert_with(AutoCommit::new), entry);
        }
        Ok(copy)
    }

    /// A document for a local change, which is committed in this turn or taken back by [`put_back`](Store::put_back).
    /// It may not be there yet.
    pub fn edit(&mut self, id: &DocId) -> Result<&mut AutoCommit, StoreError> {
        self.refresh(id)?;
        Ok(self.documents.edit(&*self.kv, id)?)
    }

    /// Takes back an edit that is not to happen.
    pub fn put_back(&mut self, id: &DocId, doc: AutoCommit) {
        self.documents.put_back(id, doc);
    }

    /// Keeps hints for the next start, and that what holders are known to hold of the logs that `is_shown` is true of
    /// is known since `now`. Not durable before the store says so; losing them costs traffic only.
    pub fn remember(
        &mut self,
        memos: &[Memo],
        now: Time,
        is_shown: impl Fn(&NodeId, &LogId) -> bool,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        let mut reached: BTreeMap<(NodeId, LogId), u64> = BTreeMap::new();
        for memo in memos {
            memos::put(&*self.kv, memo, &mut batch)?;
            if let Memo::Held { holder, log, height } = memo
                && is_shown(holder, log)
            {
                reached.insert((*holder, *log), *height);
            }
        }
        for ((holder, log), height) in reached {
            since::note(&*self.kv, &holder, &log, height, now, &mut batch)?;
        }
        if !batch.is_empty() {
            self.kv.apply(batch)?;
        }
        Ok(())
    }

    /// Every hint that was kept.
    pub fn memos(&self) -> Result<Vec<Memo>, StoreError> {
        Ok(memos::load(&*self.kv)?)
    }

    /// Whether this opening found that the journal had lost its end: this node must not write where it wrote.
    pub fn has_lost_journal(&self) -> bool {
        self.journal_lost
    }

    pub fn fact(&self, name: &str) -> Option<&[u8]> {
        self.index.fact(name)
    }

    pub fn facts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.index.facts()
    }

    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Counts and guides.
    pub fn overview(&self) -> &Overview {
        &self.overview
    }

    /// What the rows of a document depend on besides it.
    pub fn context(&self, meta: &Meta) -> views::Context {
        let logs = meta.heights.keys().filter_map(|number| self.index.log(*number));
        let seats = logs.filter_map(|log| Some((actor(&log.node, log.epoch), *self.units.get(&log.node)?)));
        views::Context { units: seats.collect(), almanac: self.almanac.clone(), county: self.county }
    }

    /// For reading rows.
    pub fn kv(&self) -> &dyn Kv {
        &*self.kv
    }

    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Changes that could not be applied and that nothing says anew, in words, with their log.
    pub fn quarantined(&self) -> Result<Vec<String>, StoreError> {
        let mut open = Vec::new();
        for doc in &self.quarantined {
            let rows = quarantine::of(&*self.kv, doc)?;
            open.extend(rows.iter().filter(|row| row.is_open()).map(Row::to_string));
        }
        Ok(open)
    }

    /// The documents in which a change of `writer` waits for others, and nothing says it anew.
    pub fn waiting(&self, writer: &NodeId) -> Result<BTreeSet<DocId>, StoreError> {
        let mut waiting = BTreeSet::new();
        for doc in &self.quarantined {
            let rows = quarantine::of(&*self.kv, doc)?;
            if rows.iter().any(|row| row.log.node == *writer && row.waits() && row.is_open()) {
                waiting.insert(*doc);
            }
        }
        Ok(waiting)
    }

    pub fn disk_bytes(&self) -> u64 {
        self.journal.size_bytes() + self.kv.size_bytes().unwrap_or(0)
    }

    /// A read inside the hub that failed; the process must end.
    pub fn take_fault(&self) -> Option<StoreError> {
        self.fault.borrow_mut().take()
    }

    /// A clean stop: everything derived is brought up to date and flushed, and marked so.
    pub fn close(&mut self) -> Result<(), StoreError> {
        while self.is_behind() {
            self.drain(usize::MAX)?;
        }
        let mut batch = Batch::new();
        batch.put(keys::CLEAN, Vec::new());
        self.kv.apply(batch)?;
        self.kv.flush()?;
        Ok(())
    }

    fn read_entry(&self, log: &LogId, height: u64) -> Result<Option<(u64, Entry)>, StoreError> {
        let known = self.reading.borrow().get(log).filter(|r| (r.from..=r.to).contains(&height)).copied();
        let stretch = match known {
            Some(reading) => reading.stretch,
            None => match self.index.stretch(&*self.kv, log, height)? {
                Some(stretch) => stretch,
                None => return Ok(None),
            },
        };
        let decoded = self.record(stretch.position)?;
        let Some((place, entry)) = decoded.find(log, height) else { return Ok(None) };
        // The record may hold heights that gave way or lie behind damage, and are now in another.
        if known.is_none()
            && !self.index.has_others(log)
            && let Some((from, to)) = decoded.heights(log)
        {
            self.reading.borrow_mut().insert(*log, Reading { from, to, stretch });
        }
        Ok(Some((stretch.arrival + place as u64, entry.clone())))
    }

    /// A journal record's entries, kept for the next who asks.
    fn record(&self, at: Position) -> Result<Arc<Decoded>, StoreError> {
        if let Some(decoded) = self.recent.borrow_mut().record(at) {
            return Ok(decoded);
        }
        let decoded = Arc::new(decode(&self.journal.read(at)?.payload)?);
        self.recent.borrow_mut().put(at, decoded.clone());
        Ok(decoded)
    }
}

/// Heights of a log that lie in one journal record.
#[derive(Clone, Copy, Debug)]
struct Reading {
    from: u64,
    to: u64,
    stretch: Stretch,
}

impl Shelf for Store {
    fn entry(&self, log: &LogId, height: u64) -> Option<(u64, Entry)> {
        self.read_entry(log, height).unwrap_or_else(|error| {
            *self.fault.borrow_mut() = Some(error);
            None
        })
    }

    fn link(&self, log: &LogId, height: u64) -> Option<Link> {
        self.entry(log, height).map(|(_, entry)| entry.link)
    }
}

fn decode(payload: &[u8]) -> Result<Decoded, StoreError> {
    let record = TurnRecord::decode(payload).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(Decoded::new(record.entries().map_err(|e| StoreError::Record(e.to_string()))?))
}
