//! A folder of deliveries to the national exchange: a folder a batch, with the tables and the manifest of it.
//!
//! A batch appears under its name when it is whole and on the disk, or not at all; what an interrupted export left is
//! thrown away by the next. The folder holds people's names and numbers: only its owner may read it. Knows no node.

mod error;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use sanji_model::book::csv;
use sanji_model::case::feed::{BatchId, Change, Feed, Manifest};
use sanji_model::case::national::{Row, Table};
use sanji_model::guide::exchange::national::{Batch, Operation};
use sanji_model::number::CaseNumber;
use sanji_sync::{DocId, UnitCode};
use serde_json::{Value, json};

pub use error::FeedError;

const LOCK: &str = ".lock";
const MANIFEST: &str = "manifest.jsonl";
/// The hash of each table of the batch. Apart from the manifest, whose hash stands in each row.
const TABLES: &str = "tables.json";
/// The batch that is being made.
const PART: &str = ".part";
/// Its changes until the batch has a name, which stands in each row.
const SPOOL: &str = "changes.jsonl";
/// Changes that become text at once.
const CHUNK: usize = 1000;

/// A folder that is this process's until it is dropped.
#[derive(Debug)]
pub struct FeedFolder {
    path: PathBuf,
    _lock: File,
}

/// One batch on its way.
#[derive(Debug)]
pub struct Delivery {
    folder: FeedFolder,
    since: Option<BatchId>,
    feed: Feed,
    manifest: Manifest,
    spool: BufWriter<File>,
    seen: usize,
    tally: Tally,
}

/// How many rows a batch has of each operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub inserted: usize,
    pub updated: usize,
    pub deleted: usize,
}

/// What came of an export.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivered {
    /// Up to which the receiver has everything; none when there is no case at all.
    pub batch: Option<BatchId>,
    /// False when there was nothing new, or the same batch was there already.
    pub written: bool,
    pub folder: PathBuf,
    /// Cases in the batch.
    pub cases: usize,
    /// Cases that the receiver has and this node does not, or not yet. Nothing is said of them.
    pub missing: usize,
    pub tally: Tally,
}

impl FeedFolder {
    /// Makes it where there is none, and takes it for this process.
    pub fn open(path: &Path) -> Result<FeedFolder, FeedError> {
        let io = |error| FeedError::Write(path.to_owned(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        let lock = File::options().create(true).append(true).mode(0o600).open(path.join(LOCK)).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(FeedError::Busy(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(io(error)),
        }
        match fs::remove_dir_all(path.join(PART)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
            Ok(()) | Err(_) => {}
        }
        Ok(FeedFolder { path: path.to_owned(), _lock: lock })
    }

    /// The batches that are here, the latest last.
    pub fn batches(&self) -> Result<Vec<BatchId>, FeedError> {
        let io = |error| FeedError::Read(self.path.clone(), error);
        let mut batches = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            batches.extend(name.to_str().and_then(|name| name.parse::<BatchId>().ok()));
        }
        batches.sort();
        Ok(batches)
    }

    /// Begins a batch of `unit`'s cases that follows `since`, or the latest one.
    pub fn begin(self, unit: UnitCode, since: Option<BatchId>) -> Result<Delivery, FeedError> {
        // Whoever names the batch that the receiver has last says that it has the tables up to it.
        let is_received = since.is_some();
        let since = match since {
            Some(batch) => Some(batch),
            None => self.batches()?.pop(),
        };
        let feed = self.feed(unit, since.as_ref(), is_received)?;
        let part = self.path.join(PART);
        let io = |error| FeedError::Write(part.clone(), error);
        DirBuilder::new().mode(0o700).create(&part).map_err(io)?;
        let spool = BufWriter::new(created(&part.join(SPOOL)).map_err(io)?);
        let manifest = Manifest { unit, before: since.clone(), cases: Vec::new() };
        Ok(Delivery { folder: self, since, feed, manifest, spool, seen: 0, tally: Tally::default() })
    }

    /// What the receiver has after a batch, by the manifests of all batches up to it. Where it may not have them yet, each of their
    /// tables has to be there as it was written.
    fn feed(&self, unit: UnitCode, last: Option<&BatchId>, is_received: bool) -> Result<Feed, FeedError> {
        let mut chain = Vec::new();
        let mut next = last.cloned();
        while let Some(batch) = next {
            let manifest = self.manifest(&batch)?;
            if manifest.unit != unit {
                return Err(FeedError::OtherUnit { folder: self.path.clone(), unit: manifest.unit });
            }
            if !is_received && let Some(path) = self.changed_table(&batch)? {
                return Err(FeedError::Table { path, batch, before: manifest.before });
            }
            // Numbers fall from batch to batch, so that no chain goes in circles.
            next = manifest.before.clone();
            if next.as_ref().is_some_and(|before| before.number() >= batch.number()) {
                return Err(FeedError::Damaged(self.path.join(batch.to_string()).join(MANIFEST)));
            }
            chain.push(manifest);
        }
        let mut feed = Feed::default();
        chain.iter().rev().for_each(|manifest| feed.follow(manifest));
        Ok(feed)
    }

    /// The first table of a batch that is not there or not as it was written.
    fn changed_table(&self, batch: &BatchId) -> Result<Option<PathBuf>, FeedError> {
        let folder = self.path.join(batch.to_string());
        let list = folder.join(TABLES);
        let hashes: BTreeMap<String, String> = match fs::read(&list) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(FeedError::Read(list, error)),
        };
        for table in Table::ALL {
            let name = file_name(*table);
            let Some(hash) = hashes.get(&name) else { return Ok(Some(list)) };
            let path = folder.join(&name);
            match hash_of(&path) {
                Ok(found) if found == *hash => {}
                Ok(_) => return Ok(Some(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(path)),
                Err(error) => return Err(FeedError::Read(path, error)),
            }
        }
        Ok(None)
    }

    fn manifest(&self, batch: &BatchId) -> Result<Manifest, FeedError> {
        let path = self.path.join(batch.to_string()).join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FeedError::NoBatch { folder: self.path.clone(), batch: batch.clone() });
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(FeedError::Damaged(path)),
            Err(error) => return Err(FeedError::Read(path, error)),
        };
        let manifest = Manifest::from_text(&text).filter(|manifest| manifest.id(batch.number()) == *batch);
        manifest.ok_or(FeedError::Damaged(path))
    }
}

impl Delivery {
    /// A case as it is now, in the order of ids.
    pub fn add(&mut self, case: DocId, number: CaseNumber, rows: Vec<Row>) -> Result<(), FeedError> {
        self.seen += usize::from(self.feed.has(&case));
        let Some((sent, changes)) = self.feed.compare(case, number, rows) else { return Ok(()) };
        self.manifest.cases.push(sent);
        for change in changes {
            match change.operation {
                Operation::Insert => self.tally.inserted += 1,
                Operation::Update => self.tally.updated += 1,
                Operation::Delete => self.tally.deleted += 1,
            }
            let line = json!(change).to_string() + "\n";
            self.spool.write_all(line.as_bytes()).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Puts the batch in its place, or nothing where there is nothing to tell. `at` is cd_time.
    pub fn finish(mut self, at: DateTime) -> Result<Delivered, FeedError> {
        let cases = self.manifest.cases.len();
        let missing = self.feed.cases().count() - self.seen;
        let delivered = |folder: &FeedFolder, batch, written, tally, cases| Delivered {
            batch,
            written,
            folder: folder.path.clone(),
            cases,
            missing,
            tally,
        };
        let part = self.folder.path.join(PART);
        let all = self.folder.batches()?;
        let id = self.manifest.id(all.last().map_or(1, |last| last.number() + 1));
        let same = all.into_iter().find(|batch| batch.is_same(&id));
        // The same batch again takes the place of one whose tables are lost.
        let lost = match &same {
            Some(batch) => self.folder.changed_table(batch)?.is_some(),
            None => false,
        };
        let id = same.clone().unwrap_or(id);
        if cases == 0 || (same.is_some() && !lost) {
            fs::remove_dir_all(&part).map_err(|error| self.failed(error))?;
            let batch = same.or(self.since);
            return Ok(delivered(&self.folder, batch, false, Tally::default(), 0));
        }
        self.spool.flush().map_err(|error| self.failed(error))?;
        let batch = Batch { id: id.to_string(), at };
        let manifest = self.manifest.to_text();
        write_tables(&part, &batch)
            .and_then(|()| fs::remove_file(part.join(SPOOL)))
            .and_then(|()| created(&part.join(MANIFEST)))
            .and_then(|mut out| out.write_all(manifest.as_bytes()).and_then(|()| out.sync_all()))
            .and_then(|()| File::open(&part)?.sync_all())
            .and_then(
                |()| if lost { fs::remove_dir_all(self.folder.path.join(id.to_string())) } else { Ok(()) },
            )
            .and_then(|()| fs::rename(&part, self.folder.path.join(id.to_string())))
            .and_then(|()| File::open(&self.folder.path)?.sync_all())
            .map_err(|error| self.failed(error))?;
        Ok(delivered(&self.folder, Some(id), true, self.tally, cases))
    }

    fn failed(&self, error: io::Error) -> FeedError {
        FeedError::Write(self.folder.path.join(PART), error)
    }
}

impl Delivered {
    pub fn to_json(&self) -> Value {
        let Tally { inserted, updated, deleted } = self.tally;
        json!({
            "batch": self.batch, "written": self.written, "folder": self.folder, "cases": self.cases,
            "missing": self.missing, "inserted": inserted, "updated": updated, "deleted": deleted,
        })
    }
}

/// Every change of the spool as a row of its table, with the batch's stamp.
fn write_tables(part: &Path, batch: &Batch) -> io::Result<()> {
    let mut tables = Vec::new();
    for table in Table::ALL {
        let mut out = BufWriter::new(created(&part.join(file_name(*table)))?);
        let heading = table.heading().into_iter().map(str::to_owned).collect();
        out.write_all(csv::rows_for_machines([&heading]).as_bytes())?;
        tables.push((*table, out, Vec::<Vec<String>>::new()));
    }
    let spool = BufReader::new(File::open(part.join(SPOOL))?);
    for line in spool.lines() {
        let Change { operation, number, row } = serde_json::from_str(&line?)?;
        let names = vec![row.id.to_string(), number.to_string()];
        let cells = [names, row.cells, batch.stamp(operation)].concat();
        if let Some((_, out, rows)) = tables.iter_mut().find(|(table, ..)| *table == row.table) {
            rows.push(cells);
            if rows.len() == CHUNK {
                out.write_all(csv::rows_for_machines(rows.drain(..).as_slice()).as_bytes())?;
            }
        }
    }
    for (_, mut out, rows) in tables {
        out.write_all(csv::rows_for_machines(&rows).as_bytes())?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    }
    let mut hashes = BTreeMap::new();
    for table in Table::ALL {
        let name = file_name(*table);
        hashes.insert(name.clone(), hash_of(&part.join(&name))?);
    }
    let mut out = created(&part.join(TABLES))?;
    out.write_all(serde_json::to_string_pretty(&hashes)?.as_bytes())?;
    out.sync_all()
}

fn file_name(table: Table) -> String {
    format!("{table}.csv")
}

/// BLAKE3 of a file, in hexadecimal digits.
fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// A new file that only its owner may read.
fn created(path: &Path) -> io::Result<File> {
    File::options().create_new(true).write(true).mode(0o600).open(path)
}
