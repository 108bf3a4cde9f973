//! Keys and certificates as PEM files, written so that a power cut leaves the old file or the new one.
//!
//! Knows no key and no certificate, only labelled bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{PemObject, SectionKind};

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Access {
    /// Private keys: the owner alone (0600).
    Owner,
    Everybody,
}

/// Why a key or certificate file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} does not hold the {label} that belongs there")]
    Malformed { path: PathBuf, label: &'static str },
}

pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(super) const CERTIFICATE: &str = "CERTIFICATE";

/// Writes one PEM section: temporary file, sync, rename, sync of the directory, which is made if need be (0700).
pub(super) fn write(path: &Path, label: &'static str, der: &[u8], access: Access) -> Result<(), FileError> {
    let io = |source| FileError::Io { path: path.to_owned(), source };
    let dir = path.parent().ok_or_else(|| io(io::ErrorKind::InvalidInput.into()))?;
    make_dir(dir).map_err(io)?;
    let fresh = path.with_extension("pem.new");
    let mut file = create(&fresh, access).map_err(io)?;
    file.write_all(text(label, der).as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&fresh, path).map_err(io)?;
    sync_dir(dir).map_err(io)
}

/// Reads the section `label` of a PEM file; none if there is no such file.
pub(super) fn read(path: &Path, label: &'static str) -> Result<Option<Vec<u8>>, FileError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FileError::Io { path: path.to_owned(), source }),
    };
    let wanted = if label == PRIVATE_KEY { SectionKind::PrivateKey } else { SectionKind::Certificate };
    <(SectionKind, Vec<u8>)>::pem_slice_iter(&bytes)
        .filter_map(Result::ok)
        .find(|(kind, _)| *kind == wanted)
        .map(|(_, der)| Some(der))
        .ok_or_else(|| FileError::Malformed { path: path.to_owned(), label })
}

fn text(label: &str, der: &[u8]) -> String {
    let base64 = data_encoding::BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    dir.parent().map_or(Ok(()), sync_dir)
}

/// A new empty file. One left over from a power cut is removed first, since its mode would be kept.
fn create(path: &Path, access: Access) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match access {
            Access::Owner => 0o600,
            Access::Everybody => 0o644,
        },
    );
    options.open(path)
}

/// Makes a rename durable. Only Unix opens directories; elsewhere the file system orders renames itself.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })?.sync_all()
    } else {
        Ok(())
    }
}
