//! A node in one file: its journal up to a place, its identity, its settings. Written beside a running node, since what a
//! journal holds never changes; taken back into an empty directory, where it begins a new epoch before anything else.
//!
//! | bytes | are |
//! | --- | --- |
//! | 8 | `SANJIBAK` |
//! | 2 | version, big-endian: 1 |
//! | rest | zstd of: files, each name length (2), name, length (8), bytes; a name of length 0; BLAKE3 of all before it (32) |
//!
//! It holds keys and people's names: only its owner may read it. Knows no record of the journal.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sanji_model::lang::{Lang, Say};
use sanji_sync::{Epoch, NodeId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use crate::data::{DataDir, DataError};
use crate::store::files::sync_dir;
use crate::system::system;

const MAGIC: [u8; 8] = *b"SANJIBAK";
const VERSION: u16 = 1;
/// zstd's default; most of a journal is compressed already.
const LEVEL: i32 = 3;
/// Beside the journal and the identity; those that are there.
const LOOSE: [&str; 3] = ["config.toml", "link.addr", "http.addr"];
const FOLDERS: [&str; 2] = ["identity", "journal"];
/// Where a restore prepares what it then puts in place.
const STAGING: &str = "restoring";
const ABOUT: &str = "about.json";
const COPY_BYTES: usize = 256 << 10;

/// What a node says must be in its backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub unit: UnitCode,
    pub node: NodeId,
    pub epoch: Epoch,
    pub at: Time,
    /// The journal's files with the bytes that count.
    pub segments: Vec<(String, u64)>,
}

/// Why a backup was not made or not taken back. Nothing half done is left.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} is there already: choose another name, or write over it with --force", .0.display())]
    Exists(PathBuf),
    #[error("{} is not empty: give an empty directory with --data, or move what is there away", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is no backup of Sanji", .0.display())]
    Foreign(PathBuf),
    #[error("{path} was made by a newer Sanji (format {1}): restore it with that version", path = .0.display())]
    Newer(PathBuf, u16),
    #[error("{} ends too early: the copy is not complete; nothing was restored. Copy it again, or take another backup", .0.display())]
    Truncated(PathBuf),
    #[error("{} was altered or damaged: its checksum does not fit; nothing was restored. Take another backup", .0.display())]
    Altered(PathBuf),
    #[error("{path}: {1}; check the path, its permissions and the room on the disk", path = .0.display())]
    Io(PathBuf, io::Error),
    #[error("{0}")]
    Data(#[from] DataError),
}

impl Say for BackupError {
    fn code(&self) -> &'static str {
        match self {
            BackupError::Exists(_) => "BACKUP_EXISTS",
            BackupError::NotEmpty(_) => "RESTORE_NOT_EMPTY",
            BackupError::Foreign(_) => "BACKUP_FOREIGN",
            BackupError::Newer(..) => "BACKUP_NEWER",
            BackupError::Truncated(_) => "BACKUP_TRUNCATED",
            BackupError::Altered(_) => "BACKUP_ALTERED",
            BackupError::Io(..) => "BACKUP_IO",
            BackupError::Data(error) => error.code(),
        }
    }

    fn text(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            BackupError::Exists(path) => {
                format!("{} 已存在：请换一个文件名，或用 --force 覆盖", path.display())
            }
            BackupError::NotEmpty(path) => {
                format!("{} 不是空目录：请用 --data 指定空目录，或先移走其中的内容", path.display())
            }
            BackupError::Foreign(path) => format!("{} 不是 Sanji 的备份文件", path.display()),
            BackupError::Newer(path, version) => {
                format!("{} 由更新版本的 Sanji 生成（格式 {version}）：请用该版本恢复", path.display())
            }
            BackupError::Truncated(path) => {
                format!("{} 不完整：未恢复任何内容；请重新复制该文件，或使用其他备份", path.display())
            }
            BackupError::Altered(path) => {
                format!("{} 已被改动或损坏，校验不符：未恢复任何内容；请使用其他备份", path.display())
            }
            BackupError::Io(path, error) => {
                format!("{}：{}；请检查路径、权限和磁盘空间", path.display(), system(error, lang))
            }
            BackupError::Data(error) => error.text(lang),
        }
    }
}

/// Writes the backup of the node in `data`. `progress` is told bytes read, of all there are. Returns the file's length.
pub fn write(
    data: &Path,
    plan: &Plan,
    file: &Path,
    force: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, BackupError> {
    if file.exists() && !force {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let fresh = beside(file);
    let _ = fs::remove_file(&fresh);
    let written = write_fresh(data, plan, &fresh, progress);
    let done = written.and_then(|bytes| {
        fs::rename(&fresh, file).map_err(|e| BackupError::Io(file.to_owned(), e))?;
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_dir(folder).map_err(|e| BackupError::Io(folder.to_owned(), e))?;
        Ok(bytes)
    });
    if done.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    done
}

fn write_fresh(
    data: &Path,
    plan: &Plan,
    fresh: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u64, BackupError> {
    let io = |e| BackupError::Io(fresh.to_owned(), e);
    let mut out = File::options().create_new(true).write(true).mode(0o600).open(fresh).map_err(io)?;
    out.write_all(&MAGIC).and_then(|()| out.write_all(&VERSION.to_be_bytes())).map_err(io)?;
    let of_bytes = plan.segments.iter().map(|(_, bytes)| bytes).sum();
    let mut read = 0;
    let packer = zstd::stream::write::Encoder::new(out, LEVEL).map_err(io)?;
    let mut packer = Summed { inner: packer, sum: blake3::Hasher::new() };
    let about = serde_json::to_vec(plan).map_err(|e| io(e.into()))?;
    put(&mut packer, ABOUT, &mut about.as_slice(), about.len() as u64, &mut |_| {}).map_err(io)?;
    let mut files: Vec<(String, Option<u64>)> = Vec::new();
    files.extend(LOOSE.iter().filter(|n| data.join(n).is_file()).map(|n| ((*n).to_owned(), None)));
    for name in names(&data.join("identity")).map_err(|e| BackupError::Io(data.join("identity"), e))? {
        files.push((format!("identity/{name}"), None));
    }
    files.extend(plan.segments.iter().map(|(name, bytes)| (format!("journal/{name}"), Some(*bytes))));
    for (name, bytes) in files {
        let path = data.join(&name);
        let at = |e| BackupError::Io(path.clone(), e);
        let mut file = File::open(&path).map_err(at)?;
        let counted = bytes.is_some();
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => file.metadata().map_err(at)?.len(),
        };
        put(&mut packer, &name, &mut file, bytes, &mut |n| {
            if counted {
                read += n;
                progress(read, of_bytes);
            }
        })
        .map_err(at)?;
    }
    packer.write_all(&0_u16.to_be_bytes()).map_err(io)?;
    let sum = packer.sum.finalize();
    let mut packer = packer.inner;
    packer.write_all(sum.as_bytes()).map_err(io)?;
    let out = packer.finish().map_err(io)?;
    out.sync_all().map_err(io)?;
    Ok(out.metadata().map_err(io)?.len())
}

/// Takes a backup back into the empty directory `path`: the node there is the one of the backup, in a new epoch, with
/// everything derived made anew. `progress` is told while that goes on.
pub fn restore(
    file: &Path,
    path: &Path,
    now: Time,
    progress: &mut dyn FnMut(crate::store::Progress),
) -> Result<(Plan, Epoch), BackupError> {
    let data = DataDir::open(path)?;
    let at = |e| BackupError::Io(path.to_owned(), e);
    let staging = path.join(STAGING);
    let here = names_of_all(path).map_err(at)?;
    if here.iter().any(|name| name != "lock" && name != STAGING) {
        return Err(BackupError::NotEmpty(path.to_owned()));
    }
    let _ = fs::remove_dir_all(&staging);
    let restored = unpack(file, &staging).and_then(|plan| {
        let epoch = renew(&staging, now, progress)?;
        Ok((plan, epoch))
    });
    let done = restored.and_then(|said| {
        // The identity last: without it the directory holds no node, and a restore that was cut off can be repeated.
        let mut parts = names_of_all(&staging).map_err(at)?;
        parts.sort_by_key(|name| name == "identity");
        for name in parts.iter().filter(|name| *name != "lock") {
            fs::rename(staging.join(name), path.join(name)).map_err(at)?;
        }
        sync_dir(path).map_err(at)?;
        Ok(said)
    });
    let _ = fs::remove_dir_all(&staging);
    drop(data);
    done
}

/// Begins the new epoch where nobody runs the node yet.
fn renew(
    staging: &Path,
    now: Time,
    progress: &mut dyn FnMut(crate::store::Progress),
) -> Result<Epoch, BackupError> {
    let data = DataDir::open(staging)?;
    let (identity, settings) = (data.identity()?, data.settings()?);
    let (mut machine, _) = data.machine(&identity, &settings, progress)?;
    machine.renew_epoch(now).map_err(DataError::from)?;
    while machine.follow(now).map_err(DataError::from)?.0 {}
    machine.close().map_err(DataError::from)?;
    Ok(machine.hub().epoch())
}

fn unpack(file: &Path, staging: &Path) -> Result<Plan, BackupError> {
    let io = |e| BackupError::Io(file.to_owned(), e);
    let mut packed = File::open(file).map_err(io)?;
    let mut head = [0; 10];
    packed.read_exact(&mut head).map_err(|_| BackupError::Foreign(file.to_owned()))?;
    if head[..8] != MAGIC {
        return Err(BackupError::Foreign(file.to_owned()));
    }
    let version = u16::from_be_bytes([head[8], head[9]]);
    if version != VERSION {
        return Err(BackupError::Newer(file.to_owned(), version));
    }
    let broken = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => BackupError::Truncated(file.to_owned()),
        _ => BackupError::Altered(file.to_owned()),
    };
    let unpacked = zstd::stream::read::Decoder::new(packed).map_err(io)?;
    let mut unpacked = Summed { inner: unpacked, sum: blake3::Hasher::new() };
    make_dir(staging)?;
    let mut plan = None;
    loop {
        let mut length = [0; 2];
        unpacked.read_exact(&mut length).map_err(broken)?;
        let length = u16::from_be_bytes(length);
        if length == 0 {
            break;
        }
        let mut name = vec![0; usize::from(length)];
        unpacked.read_exact(&mut name).map_err(broken)?;
        let mut bytes = [0; 8];
        unpacked.read_exact(&mut bytes).map_err(broken)?;
        let bytes = u64::from_be_bytes(bytes);
        let name = String::from_utf8(name).map_err(|_| BackupError::Altered(file.to_owned()))?;
        if name == ABOUT {
            let mut about = Vec::new();
            (&mut unpacked).take(bytes).read_to_end(&mut about).map_err(broken)?;
            plan = serde_json::from_slice::<Plan>(&about).ok();
            continue;
        }
        let path = place(staging, &name).ok_or_else(|| BackupError::Altered(file.to_owned()))?;
        if let Some(folder) = path.parent() {
            make_dir(folder)?;
        }
        let at = |e| BackupError::Io(path.clone(), e);
        let mut out = File::options().create_new(true).write(true).mode(0o600).open(&path).map_err(at)?;
        let mut left = bytes;
        let mut piece = vec![0; COPY_BYTES];
        while left > 0 {
            let want = left.min(COPY_BYTES as u64) as usize;
            unpacked.read_exact(&mut piece[..want]).map_err(broken)?;
            out.write_all(&piece[..want]).map_err(at)?;
            left -= want as u64;
        }
        out.sync_all().map_err(at)?;
    }
    let sum = unpacked.sum.finalize();
    let mut said = [0; 32];
    unpacked.inner.read_exact(&mut said).map_err(broken)?;
    let more = unpacked.inner.read(&mut [0; 1]).map_err(broken)?;
    match plan {
        Some(plan) if *sum.as_bytes() == said && more == 0 => Ok(plan),
        Some(_) | None => Err(BackupError::Altered(file.to_owned())),
    }
}

/// Where a file of a backup goes; none for a name that no backup has.
fn place(staging: &Path, name: &str) -> Option<PathBuf> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    match name.split_once('/') {
        None if LOOSE.contains(&name) => Some(staging.join(name)),
        Some((folder, file)) if FOLDERS.contains(&folder) && plain(file) => {
            Some(staging.join(folder).join(file))
        }
        None | Some(_) => None,
    }
}

fn put(
    out: &mut impl Write,
    name: &str,
    from: &mut dyn Read,
    bytes: u64,
    copied: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let length = u16::try_from(name.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(name.as_bytes())?;
    out.write_all(&bytes.to_be_bytes())?;
    let mut left = bytes;
    let mut piece = vec![0; COPY_BYTES];
    while left > 0 {
        let want = left.min(COPY_BYTES as u64) as usize;
        from.read_exact(&mut piece[..want])?;
        out.write_all(&piece[..want])?;
        left -= want as u64;
        copied(want as u64);
    }
    Ok(())
}

fn make_dir(path: &Path) -> Result<(), BackupError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| BackupError::Io(path.to_owned(), e))
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// The plain files of a folder, in order.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = names_of_all(folder)?;
    names.retain(|name| folder.join(name).is_file());
    Ok(names)
}

fn names_of_all(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Sums up what passes.
struct Summed<T> {
    inner: T,
    sum: blake3::Hasher,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.sum.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(bytes)?;
        self.sum.update(&bytes[..n]);
        Ok(n)
    }
}
