//! The few things the journal asks of a disk, over the files of ONE directory.
//!
//! Knows no record and no segment. The simulated disk of the crash tests is the second implementation, so what is
//! not in [`Files`] cannot be used by the journal and need not be simulated.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Append-only files in one directory. Names are plain file names, without a path.
///
/// Nothing is durable before the sync that covers it: [`sync`](Files::sync) for a file's bytes and length,
/// [`sync_dir`](Files::sync_dir) for the names of new files.
pub trait Files: Send + Sync {
    /// The names of the regular files in the directory, in no particular order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The length of a file in bytes.
    fn len(&self, name: &str) -> io::Result<u64>;

    /// Fills `buf` from `offset` and says how many bytes there were; fewer than asked only at the end of the file.
    fn read_at(&self, name: &str, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Makes a new empty file; an error if the name is taken.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes `bytes` behind the end of the file. After an error any prefix of them may have been written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file's bytes and length durable (`fdatasync`).
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Cuts the file down to `len` bytes.
    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()>;

    /// Makes the names of created files durable.
    fn sync_dir(&mut self) -> io::Result<()>;
}

/// [`Files`] over a real directory.
#[derive(Debug)]
pub struct RealFiles {
    dir: PathBuf,
    /// The file appended to last: one open a segment, not one a record.
    writer: Option<Open>,
    /// The file read last: a scan opens each segment once.
    reader: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    name: String,
    file: File,
}

impl RealFiles {
    /// Opens the directory, which is made (with its parents, durably) if it is not there.
    pub fn open(dir: impl Into<PathBuf>) -> io::Result<RealFiles> {
        let dir = dir.into();
        make_dir(&dir)?;
        Ok(RealFiles { dir, writer: None, reader: Mutex::new(None) })
    }

    fn writer(&mut self, name: &str) -> io::Result<&mut File> {
        let kept = self.writer.take().filter(|open| open.name == name);
        let open = match kept {
            Some(open) => open,
            None => Open {
                name: name.to_owned(),
                file: at(&self.dir.join(name), |path| OpenOptions::new().append(true).open(path))?,
            },
        };
        Ok(&mut self.writer.insert(open).file)
    }

    fn reader(&self) -> MutexGuard<'_, Option<Open>> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for RealFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        at(&self.dir, |dir| {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(dir)? {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
            Ok(names)
        })
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        at(&self.dir.join(name), |path| Ok(std::fs::metadata(path)?.len()))
    }

    fn read_at(&self, name: &str, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut reader = self.reader();
        at(&self.dir.join(name), |path| {
            let kept = reader.take().filter(|open| open.name == name);
            let mut open = match kept {
                Some(open) => open,
                None => Open { name: name.to_owned(), file: File::open(path)? },
            };
            open.file.seek(SeekFrom::Start(offset))?;
            let mut filled = 0;
            while filled < buf.len() {
                match open.file.read(&mut buf[filled..]) {
                    Ok(0) => break,
                    Ok(n) => filled += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            *reader = Some(open);
            Ok(filled)
        })
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let file =
            at(&self.dir.join(name), |path| OpenOptions::new().append(true).create_new(true).open(path))?;
        self.writer = Some(Open { name: name.to_owned(), file });
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(name);
        let file = self.writer(name)?;
        at(&path, |_| file.write_all(bytes))
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let path = self.dir.join(name);
        let file = self.writer(name)?;
        at(&path, |_| file.sync_data())
    }

    fn truncate(&mut self, name: &str, len: u64) -> io::Result<()> {
        let path = self.dir.join(name);
        let file = self.writer(name)?;
        at(&path, |_| file.set_len(len))
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        sync_dir(&self.dir)
    }
}

/// Makes `dir` and every missing parent, and the names of all of them durable.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        make_dir(parent)?;
    }
    match at(dir, |dir| std::fs::create_dir(dir)) {
        // Another process may have made it meanwhile.
        Err(e) if !dir.is_dir() => return Err(e),
        Ok(()) | Err(_) => {}
    }
    sync_dir(parent.unwrap_or(Path::new(".")))
}

/// Makes the names in `dir` durable. Where a directory cannot be opened as a file (Windows), the system does so itself.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { at(dir, |dir| File::open(dir)?.sync_all()) } else { Ok(()) }
}

/// Runs `work` on `path` and puts the path into its error, whose kind stays.
fn at<T>(path: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    work(path).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read_back_at_any_offset() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = RealFiles::open(dir.path().join("a/b")).unwrap();
        files.create("one").unwrap();
        files.create("two").unwrap();
        files.append("one", b"hello ").unwrap();
        files.append("two", b"x").unwrap();
        files.append("one", b"world").unwrap();
        files.sync("one").unwrap();
        files.sync_dir().unwrap();

        let mut buf = [0; 32];
        assert_eq!(files.read_at("one", 6, &mut buf).unwrap(), 5);
        assert_eq!(&buf[..5], b"world");
        assert_eq!(files.read_at("two", 9, &mut buf).unwrap(), 0);
        files.truncate("one", 5).unwrap();
        files.append("one", b"!").unwrap();
        assert_eq!(files.read_at("one", 0, &mut buf).unwrap(), 6);
        assert_eq!(&buf[..6], b"hello!");
        assert_eq!(files.len("one").unwrap(), 6);
        let mut names = files.list().unwrap();
        names.sort();
        assert_eq!(names, ["one", "two"]);
    }

    #[test]
    fn errors_name_the_path_and_keep_their_kind() {
        let dir = tempfile::tempdir().unwrap();
        let mut files = RealFiles::open(dir.path()).unwrap();
        let missing = files.len("nowhere").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(missing.to_string().contains("nowhere"), "{missing}");
        files.create("one").unwrap();
        assert_eq!(files.create("one").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
