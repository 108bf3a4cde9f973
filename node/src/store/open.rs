//! Opening a store: the journal first, the derived store checked against it, rebuilt when it is missing, behind or wrong.
//!
//! After a return, index and heads are those of the journal; documents and rows may still follow.

use std::collections::BTreeMap;

use sanji_model::calendar::{Almanac, Calendar};

use super::backlog::Backlog;
use super::documents::Documents;
use super::files::Files;
use super::index::Index;
use super::journal::{self, Damage, Journal, Position};
use super::kv::{Batch, Kv, KvBroken, KvError, Pair};
use super::recent::Recent;
use super::record::{Fact, TurnRecord};
use super::{Store, StoreError, keys, memos, quarantine, sweep, views};

/// How to open a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    pub journal: journal::Options,
    pub documents_in_memory: usize,
}

impl Report {
    /// What an operator must know for as long as the node runs (en, zh).
    pub fn attention(&self) -> Vec<(String, String)> {
        let lost = self.rebuilt.iter().filter(|why| **why == Rebuilt::JournalLost).map(Rebuilt::words);
        lost.chain(self.damaged.iter().cloned()).collect()
    }
}

impl Default for Options {
    fn default() -> Options {
        Options { journal: journal::Options::default(), documents_in_memory: 256 }
    }
}

/// How far a long opening has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    pub entries: u64,
    /// Journal bytes read, of all there are.
    pub bytes: u64,
    pub of_bytes: u64,
}

/// What opening found, for the operator.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Why the derived store was rebuilt, if it was.
    pub rebuilt: Option<Rebuilt>,
    /// The journal's torn tail that was cut, bytes.
    pub torn_bytes: u64,
    /// Damage in the journal of which it is not known what can come back, in words (en, zh).
    pub damaged: Vec<(String, String)>,
    /// Entries that lie behind damage and are neither brought back nor written anew yet.
    pub left_out: u64,
    /// Entries that were indexed now.
    pub indexed: u64,
}

/// Why the derived store was rebuilt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rebuilt {
    /// It was not there, although the journal was.
    Missing,
    /// It does not open.
    Broken(String),
    /// It has another layout.
    Layout,
    /// It is not of this journal: the position that it reached is no place in it.
    Position,
    /// It has seen more than the journal holds: the journal lost its end.
    JournalLost,
    /// The journal was damaged since it was written.
    Damaged,
    /// After an unclean stop it did not match the journal.
    Mismatch(String),
}

impl Rebuilt {
    /// (en, zh)
    pub fn words(&self) -> (String, String) {
        if let Rebuilt::JournalLost = self {
            return (
                "the journal ends before what this node had already confirmed: entries are lost on this disk. What other \
                 nodes have comes back from them; the old derived store is kept beside as sled.before-loss, and a new \
                 epoch has begun. Check the disk and call your supplier before anything is deleted"
                    .into(),
                "日志在已确认的内容之前就结束了：本机磁盘丢失了条目。其他节点已有的会自动取回；旧的派生存储保留为 \
                 sled.before-loss，并已开始新的纪元。请检查磁盘，在联系技术支持之前不要删除任何文件"
                    .into(),
            );
        }
        if let Rebuilt::Damaged = self {
            return (
                "the journal is damaged, so the derived store was rebuilt from what is readable; the old one is kept \
                 beside as sled.before-loss, and a new epoch begins. Check the disk, and delete nothing"
                    .into(),
                "日志已损坏，派生存储已按可读部分重建；旧的派生存储保留为 sled.before-loss，并开始新的纪元。\
                 请检查磁盘，不要删除任何文件"
                    .into(),
            );
        }
        let (en, zh) = match self {
            Rebuilt::Missing => ("it was missing".into(), "它不存在".into()),
            Rebuilt::Broken(why) => (format!("it did not open ({why})"), format!("无法打开（{why}）")),
            Rebuilt::Layout => ("it has another layout".into(), "格式版本不同".into()),
            Rebuilt::JournalLost | Rebuilt::Damaged => (String::new(), String::new()),
            Rebuilt::Position => ("it is not of this journal".into(), "与日志不对应".into()),
            Rebuilt::Mismatch(what) => {
                (format!("it did not match the journal ({what})"), format!("与日志不一致（{what}）"))
            }
        };
        (
            format!("the derived store was rebuilt from the journal because {en}; nothing is lost"),
            format!("派生存储已从日志重建，原因：{zh}；没有数据丢失"),
        )
    }
}

/// What to do with a derived store that is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Old {
    /// Open it.
    Open,
    /// Begin an empty one in its place.
    Destroy,
    /// Keep it beside under another name, since it may be all that is left, and begin an empty one.
    Keep,
}

/// Opens the key-value store.
pub type OpenKv<'a> = dyn FnMut(Old) -> Result<Box<dyn Kv>, KvBroken> + 'a;

impl Store {
    /// Opens or makes a store. `progress` is called now and then while the journal is read.
    pub fn open(
        files: Box<dyn Files>,
        open_kv: &mut OpenKv<'_>,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Store, Report), StoreError> {
        let (journal, opened) = Journal::open(files, options.journal.clone())?;
        let mut report = Report { torn_bytes: opened.torn.map_or(0, |torn| torn.bytes), ..Report::default() };
        let (kv, trouble) = match open_kv(Old::Open) {
            Ok(kv) => match check(&*kv, &journal, &opened.damaged) {
                Ok(trouble) => (Some(kv), trouble),
                Err(KvError::Broken(broken)) if broken.rebuild_helps() => {
                    (Some(kv), Some(Rebuilt::Broken(broken.to_string())))
                }
                Err(error) => return Err(error.into()),
            },
            Err(broken) if broken.rebuild_helps() => (None, Some(Rebuilt::Broken(broken.to_string()))),
            Err(broken) => return Err(broken.into()),
        };
        let is_kept = matches!(trouble, Some(Rebuilt::JournalLost | Rebuilt::Damaged));
        let mut rescued = None;
        let kv = match (kv, &trouble) {
            (Some(kv), None) => kv,
            (kv, _) => {
                if let Some(kv) = kv.filter(|_| is_kept) {
                    rescued = Some((Index::load(&*kv, journal.start())?, memos::rows(&*kv)?));
                }
                open_kv(if is_kept { Old::Keep } else { Old::Destroy })?
            }
        };
        let arrivals_from = if trouble.is_some() { journal.end() } else { Position::default() };
        report.rebuilt = trouble;
        let mut store = Store::over(journal, kv, options)?;
        store.arrivals_from = arrivals_from;
        store.journal_lost = report.rebuilt == Some(Rebuilt::JournalLost);
        store.catch_up(&mut report, progress)?;
        let mut facts = store.index.facts_of_damage(&opened.damaged);
        if let Some((old, memos)) = rescued {
            facts.extend(store.rescue(&old, memos)?);
        }
        store.commit(Vec::new(), facts)?;
        let damaged = opened.damaged.iter().filter(|damage| !store.is_settled(damage));
        report.damaged = damaged.map(|damage| (damage.to_string(), damage.zh())).collect();
        report.left_out = store.gaps().iter().map(|gap| gap.entries).sum();
        store.crashed = store.kv.get(keys::CLEAN)?.is_none();
        let mut batch = Batch::new();
        batch.put(keys::VERSION, keys::LAYOUT.to_be_bytes());
        batch.delete(keys::CLEAN);
        store.kv.apply(batch)?;
        store.kv.flush()?;
        Ok((store, report))
    }

    fn over(journal: Journal, kv: Box<dyn Kv>, options: &Options) -> Result<Store, StoreError> {
        let index = Index::load(&*kv, journal.start())?;
        let documents_at = position(&*kv, keys::DOCUMENTS_POSITION)?.unwrap_or(journal.start());
        let overview = views::Overview::load(&*kv)?;
        let (today, woken) = sweep::read(&*kv)?;
        let quarantined = quarantine::documents(&*kv)?;
        Ok(Store {
            journal,
            kv,
            index,
            documents: Documents::new(options.documents_in_memory),
            backlog: Backlog::new(documents_at),
            quarantined,
            overview,
            almanac: Almanac::new(Calendar::built_in(), today),
            woken,
            units: BTreeMap::new(),
            county: None,
            recent: Recent::default().into(),
            reading: Default::default(),
            journal_lost: false,
            crashed: false,
            arrivals_from: Position::default(),
            fault: None.into(),
        })
    }

    /// What the old index knew and the journal does not say any more. Epoch, invitations and case numbers must not start
    /// again from nothing; what others hold says what must not be said twice.
    fn rescue(&self, old: &Index, memos: Vec<Pair>) -> Result<Vec<Fact>, StoreError> {
        if self.journal_lost {
            let fact = |(name, value): (&str, &[u8])| Fact { name: name.into(), value: Some(value.to_vec()) };
            return Ok(old.facts().map(fact).collect());
        }
        let mut batch = Batch::new();
        for (key, value) in memos {
            batch.put(key, value);
        }
        self.kv.apply(batch)?;
        Ok(old.facts_lost_by(&self.index, &self.journal))
    }

    /// Indexes what the journal has beyond the index, and notes which documents must follow.
    fn catch_up(
        &mut self,
        report: &mut Report,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), StoreError> {
        const ENTRIES_A_BATCH: usize = 1_000;
        let of_bytes = self.journal.size_bytes();
        let (mut batch, mut batched, mut bytes) = (Batch::new(), 0, 0);
        let documents_at = self.backlog.done();
        let from = documents_at.min(self.index.position());
        let mut before = from;
        for item in self.journal.scan(from) {
            // Damage was named when the journal was opened.
            let Ok((at, record)) = item else { continue };
            bytes += record.payload.len() as u64;
            let turn = TurnRecord::decode(&record.payload).map_err(|e| StoreError::Record(e.to_string()))?;
            let entries = turn.entries().map_err(|e| StoreError::Record(e.to_string()))?;
            if record.next > documents_at {
                self.backlog.take(before, record.next, &entries);
            }
            before = record.next;
            if record.next > self.index.position() {
                self.index.take(at, record.next, &entries, &turn.facts, &mut batch);
                report.indexed += entries.len() as u64;
                batched += entries.len();
            }
            if batched >= ENTRIES_A_BATCH {
                self.kv.apply(std::mem::take(&mut batch))?;
                batched = 0;
                progress(Progress { entries: report.indexed, bytes: bytes.min(of_bytes), of_bytes });
            }
        }
        self.kv.apply(batch)?;
        Ok(())
    }
}

/// Whether the derived store can be continued from where it stands.
fn check(kv: &dyn Kv, journal: &Journal, damaged: &[Damage]) -> Result<Option<Rebuilt>, KvError> {
    let empty_journal = journal.next_number() == 1;
    let Some(version) = kv.get(keys::VERSION)? else {
        return Ok((!empty_journal).then_some(Rebuilt::Missing));
    };
    if version != keys::LAYOUT.to_be_bytes() {
        return Ok(Some(Rebuilt::Layout));
    }
    let index = Index::load(kv, journal.start())?;
    let documents_at = position(kv, keys::DOCUMENTS_POSITION)?.unwrap_or(journal.start());
    if index.position().max(documents_at) > journal.end() {
        return Ok(Some(Rebuilt::JournalLost));
    }
    let is_place = |at| journal.contains(at) || damaged.iter().any(|damage| damage.position == at);
    if !is_place(index.position()) || !is_place(documents_at) {
        return Ok(Some(Rebuilt::Position));
    }
    if index.is_news(damaged) {
        return Ok(Some(Rebuilt::Damaged));
    }
    if kv.get(keys::CLEAN)?.is_none() {
        return against_journal(kv, journal, &index);
    }
    Ok(None)
}

/// After an unclean stop: every entry of the journal up to the index's position must be where the index says, and
/// every log must end where the journal says.
fn against_journal(kv: &dyn Kv, journal: &Journal, index: &Index) -> Result<Option<Rebuilt>, KvError> {
    let mut fresh = Index::load(&super::kv::MemoryKv::new(), journal.start())?;
    for item in journal.scan(journal.start()) {
        let Ok((at, record)) = item else { continue };
        if record.next > index.position() {
            break;
        }
        let entries = TurnRecord::decode(&record.payload).map(|turn| (turn.entries(), turn.facts));
        let Ok((Ok(entries), facts)) = entries else {
            return Ok(Some(Rebuilt::Mismatch(format!("record {at}"))));
        };
        let mut rows = Batch::new();
        fresh.take(at, record.next, &entries, &facts, &mut rows);
        for (key, value) in rows.changes().filter(|(key, _)| key[0] == keys::STRETCH) {
            let number = key[1..5].try_into().map(u32::from_be_bytes).unwrap_or_default();
            if fresh.log(number).is_some_and(|log| index.was_cut(log)) {
                // Some of its rows were written over by those of another past.
                continue;
            }
            if kv.get(key)?.as_deref() != value {
                return Ok(Some(Rebuilt::Mismatch(format!("record {at}"))));
            }
        }
    }
    let differs = fresh.logs().find(|(log, known)| {
        index.known(log).is_none_or(|k| k.head != known.head || k.number != known.number)
    });
    let more = index.logs().count() != fresh.logs().count();
    Ok(match differs {
        Some((log, _)) => Some(Rebuilt::Mismatch(log.to_string())),
        None if more => Some(Rebuilt::Mismatch("more logs than the journal".into())),
        None => None,
    })
}

fn position(kv: &dyn Kv, key: &[u8]) -> Result<Option<Position>, KvError> {
    Ok(kv.get(key)?.and_then(|bytes| bytes.try_into().ok()).map(Position::from_bytes))
}
