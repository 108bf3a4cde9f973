//! The key-value store on disk: sled 0.34, one tree, kept at arm's length.
//!
//! The only file that knows sled. Expects it to lose what it flushed, to panic, to return nonsense errors or nothing at
//! all after damage (ARCHITECTURE §9), and turns each of these into a [`KvBroken`]. Needs unwinding panics.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::super::files::make_dir;
use super::{Batch, Kv, KvBroken, KvError, Order, Span, Visit, Visitor};

/// How often sled writes out and tidies up in the background, in milliseconds. Its garbage collection runs only then.
const TIDY_EVERY_MS: u64 = 1_000;
/// An opening that takes longer than this, and a second more for every [`READ_PER_SECOND`] bytes, is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the slowest disk reads in a second, in bytes: sled may have to read everything once.
const READ_PER_SECOND: u64 = 16 << 20;

/// [`Kv`] over a sled database in a directory of its own.
#[derive(Debug)]
pub struct SledKv {
    path: PathBuf,
    db: ::sled::Db,
    /// sled's data file, to sync it: `flush` of sled alone lost everything in 80 of 80 power cuts.
    data: File,
}

impl SledKv {
    /// Opens the store in `path`, or makes an empty one. `cache_bytes` bounds sled's page cache.
    ///
    /// If it does not open, its `snap.*` files are deleted and it is tried once more: sled can do without them, and does
    /// not open when they are damaged. What then opens may be an older state, never a mixed one: ask it for the journal
    /// position it has reached.
    pub fn open(path: impl Into<PathBuf>, cache_bytes: u64) -> Result<SledKv, KvBroken> {
        let path = path.into();
        let bytes = std::fs::metadata(data_file(&path)).map_or(0, |data| data.len());
        SledKv::open_within(path, cache_bytes, PATIENCE + Duration::from_secs(bytes / READ_PER_SECOND))
    }

    /// [`open`](SledKv::open) with a chosen patience. A hanging attempt is left behind on its own thread and keeps the
    /// files open; [`destroy`](SledKv::destroy) works all the same.
    pub fn open_within(
        path: impl Into<PathBuf>,
        cache_bytes: u64,
        patience: Duration,
    ) -> Result<SledKv, KvBroken> {
        let path = path.into();
        make_dir(&path).map_err(KvBroken::io)?;
        let db = match attempt(&path, cache_bytes, patience) {
            Err(first @ KvBroken::Damaged { .. }) => {
                if delete_snapshots(&path).map_err(KvBroken::io)? == 0 {
                    return Err(first);
                }
                attempt(&path, cache_bytes, patience)?
            }
            other => other?,
        };
        // Windows wants the right to write for a sync.
        let data = File::options().write(true).open(data_file(&path)).map_err(KvBroken::io)?;
        Ok(SledKv { path, db, data })
    }

    /// Deletes the store in `path` with everything in it; no error if there is none. It must not be open.
    pub fn destroy(path: &Path) -> io::Result<()> {
        match std::fs::remove_dir_all(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn ask<T>(&self, question: impl FnOnce() -> ::sled::Result<T>) -> Result<T, KvError> {
        Ok(guarded(&self.path, question)?)
    }
}

impl Kv for SledKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.ask(|| Ok(self.db.get(key)?.map(|value| value.to_vec())))
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visitor<'_>) -> Result<(), KvError> {
        if span.is_empty() {
            return Ok(());
        }
        let mut pairs = self.db.range::<&[u8], _>(span.bounds());
        while let Some((key, value)) = self.ask(|| {
            match order {
                Order::Forwards => pairs.next(),
                Order::Backwards => pairs.next_back(),
            }
            .transpose()
        })? {
            if visit(&key, &value) == Visit::Stop {
                break;
            }
        }
        Ok(())
    }

    fn apply(&self, batch: Batch) -> Result<(), KvError> {
        batch.check_sizes()?;
        let mut changes = ::sled::Batch::default();
        for (key, value) in batch.changes {
            match value {
                Some(value) => changes.insert(key, value),
                None => changes.remove(key),
            }
        }
        self.ask(|| self.db.apply_batch(changes))
    }

    fn flush(&self) -> Result<(), KvError> {
        self.ask(|| self.db.flush())?;
        Ok(self.data.sync_data().map_err(KvBroken::io)?)
    }

    fn size_bytes(&self) -> Result<u64, KvError> {
        self.ask(|| self.db.size_on_disk())
    }
}

fn data_file(path: &Path) -> PathBuf {
    path.join("db")
}

/// Opens on a thread of its own, because sled may never come back.
fn attempt(path: &Path, cache_bytes: u64, patience: Duration) -> Result<::sled::Db, KvBroken> {
    let (answer, wait) = mpsc::channel();
    let at = path.to_owned();
    std::thread::Builder::new()
        .name("store-open".to_owned())
        .spawn(move || {
            let opened = guarded(&at, || {
                ::sled::Config::new()
                    .path(&at)
                    .cache_capacity(cache_bytes)
                    .flush_every_ms(Some(TIDY_EVERY_MS))
                    .open()
            });
            // Nobody listens any more if it took too long.
            answer.send(opened).ok();
        })
        .map_err(KvBroken::io)?;
    match wait.recv_timeout(patience) {
        Ok(opened) => opened,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(KvBroken::Hangs { path: path.to_owned(), waited: patience })
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(KvBroken::Damaged { path: path.to_owned(), detail: "sled ended its thread".to_owned() })
        }
    }
}

/// How many snapshots of sled's page table were there.
fn delete_snapshots(path: &Path) -> io::Result<usize> {
    let mut deleted = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            std::fs::remove_file(entry.path())?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

/// Asks sled; a panic is damage like any other. What it says is not passed on: it can print whole pages.
fn guarded<T>(path: &Path, question: impl FnOnce() -> ::sled::Result<T>) -> Result<T, KvBroken> {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(e)) => Err(sort(path, e)),
        Err(_) => Err(KvBroken::Damaged { path: path.to_owned(), detail: "sled panicked".to_owned() }),
    }
}

/// Tells damage from a full or failing disk and from a second process.
fn sort(path: &Path, e: ::sled::Error) -> KvBroken {
    use io::ErrorKind as Kind;
    let path = path.to_owned();
    match e {
        ::sled::Error::Io(e) if e.to_string().contains("could not acquire lock") => KvBroken::InUse { path },
        ::sled::Error::Io(e) => match e.kind() {
            Kind::UnexpectedEof | Kind::InvalidData | Kind::InvalidInput | Kind::NotFound | Kind::Other => {
                KvBroken::Damaged { path, detail: e.to_string() }
            }
            _ => KvBroken::io(e),
        },
        ::sled::Error::Corruption { .. } => {
            KvBroken::Damaged { path, detail: "a checksum is wrong".to_owned() }
        }
        ::sled::Error::Unsupported(why) => KvBroken::Damaged { path, detail: why },
        ::sled::Error::ReportableBug(_) | ::sled::Error::CollectionNotFound(_) => {
            KvBroken::Damaged { path, detail: "its pages contradict each other".to_owned() }
        }
    }
}
