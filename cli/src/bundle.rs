//! A file for a USB stick, written and read by this process, sealed and opened by the node: the running one through its API,
//! or the directory's own, opened for this one command.
//!
//! The file appears under its name only when it is whole and on the stick.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use sanji_model::lang::Lang;
use sanji_node::bundle::{self, Alone};
use sanji_node::http::{ENTRIES_HEADER, ExportAsk, NODE_HEADER};
use sanji_node::run::now;
use serde_json::{Value, json};

use crate::ask::{Call, answer_of};
use crate::failure::Failure;

/// Bytes between two looks at the progress.
const PIECE_BYTES: usize = 64 * 1024;

impl Call {
    /// Writes what a unit's node lacks into `path`: `{file, unit, node, entries, bytes}`.
    pub fn export(&self, ask: ExportAsk, path: &Path, force: bool) -> Result<Value, Failure> {
        if !force && path.exists() {
            return Err(Failure::Exists(path.to_owned()));
        }
        let failed = |error| Failure::Written(path.to_owned(), error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Beside its place: a stick that is pulled leaves no file that looks whole.
        let mut part =
            tempfile::Builder::new().prefix(".sanji-").suffix(".part").tempfile_in(folder).map_err(failed)?;
        let bar = bar(None, self.lang);
        let unit = ask.unit.clone();
        let (node, entries) = match self.export_by_node(&ask, part.as_file_mut(), path, &bar)? {
            Some(done) => done,
            None => self.export_by_directory(ask, part.as_file_mut(), &bar)?,
        };
        part.as_file().sync_all().map_err(failed)?;
        let bytes = part.as_file().metadata().map_err(failed)?.len();
        if force {
            part.persist(path).map_err(|error| failed(error.error))?;
        } else {
            part.persist_noclobber(path).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => Failure::Exists(path.to_owned()),
                _ => failed(error.error),
            })?;
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(json!({ "file": path, "unit": unit, "node": node, "entries": entries, "bytes": bytes }))
    }

    /// Takes a file in: `{entries, new, left_out, unit, node, written}`.
    pub fn import(&self, path: &Path) -> Result<Value, Failure> {
        let failed = |error| Failure::File(path.to_owned(), error);
        let bytes = fs::metadata(path).map_err(failed)?.len();
        let bar = bar(Some(bytes), self.lang);
        let open = || File::open(path).map(|file| Watched { file, bar: bar.clone(), fault: None });
        let done = match self.import_by_node(&mut open().map_err(failed)?, path)? {
            Some(done) => done,
            None => {
                let file = open().map_err(failed)?;
                self.with_directory(|machine, identity| {
                    let mut alone = Alone { machine, clock: now };
                    Ok(bundle::read(&mut alone, identity, io::BufReader::with_capacity(PIECE_BYTES, file))?
                        .to_json())
                })?
            }
        };
        Ok(done)
    }

    fn export_by_node(
        &self,
        ask: &ExportAsk,
        out: &mut File,
        path: &Path,
        bar: &ProgressBar,
    ) -> Result<Option<(Value, Value)>, Failure> {
        let Some(request) = self.request("sync/export")? else { return Ok(None) };
        let Some(mut response) = request.answered(|request| request.send_json(ask))? else { return Ok(None) };
        if !response.status().is_success() {
            return answer_of(&mut response).map(|_| None);
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let node = json!(header(NODE_HEADER));
        let entries = json!(header(ENTRIES_HEADER).and_then(|text| text.parse::<u64>().ok()));
        let mut piece = vec![0; PIECE_BYTES];
        let mut body = response.body_mut().as_reader();
        loop {
            let bytes = body.read(&mut piece).map_err(|error| Failure::Gone(error.to_string()))?;
            if bytes == 0 {
                return Ok(Some((node, entries)));
            }
            out.write_all(&piece[..bytes]).map_err(|error| Failure::Written(path.to_owned(), error))?;
            bar.inc(bytes as u64);
        }
    }

    fn export_by_directory(
        &self,
        ask: ExportAsk,
        out: &mut File,
        bar: &ProgressBar,
    ) -> Result<(Value, Value), Failure> {
        self.with_directory(|machine, identity| {
            let mut alone = Alone { machine, clock: now };
            let packing = bundle::begin(&mut alone, ask.unit, ask.node, ask.everything)?;
            let said = (json!(packing.node()), json!(packing.entries()));
            let out = io::BufWriter::with_capacity(PIECE_BYTES, bar.wrap_write(out));
            bundle::write(&mut alone, identity, packing, now(), out)?;
            Ok(said)
        })
    }

    fn import_by_node(&self, file: &mut Watched, path: &Path) -> Result<Option<Value>, Failure> {
        let Some(request) = self.request("sync/import")? else { return Ok(None) };
        let sent = request.answered(|request| request.send(ureq::SendBody::from_reader(file)));
        // A stick that was pulled is not a node that went away.
        match (sent, file.fault.take()) {
            (Err(_), Some(error)) => Err(Failure::File(path.to_owned(), error)),
            (sent, _) => match sent? {
                Some(mut response) => answer_of(&mut response),
                None => Ok(None),
            },
        }
    }
}

/// A file that is being read, with its progress and what went wrong with it.
struct Watched {
    file: File,
    bar: ProgressBar,
    fault: Option<io::Error>,
}

impl Read for Watched {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.file.read(out) {
            Ok(bytes) => {
                self.bar.inc(bytes as u64);
                Ok(bytes)
            }
            Err(error) => {
                let kind = error.kind();
                self.fault = Some(error);
                Err(kind.into())
            }
        }
    }
}

/// On a terminal only; how long a file becomes is not known before it is written.
fn bar(bytes: Option<u64>, lang: Lang) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr_with_hz(10))
        .with_finish(ProgressFinish::AndClear);
    let (template, zh, en) = match bytes {
        Some(_) => ("{msg} {bar:30} {bytes}/{total_bytes} {eta}", "正在导入", "importing"),
        None => ("{msg} {spinner} {bytes} {bytes_per_sec}", "正在导出", "exporting"),
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(match lang {
        Lang::Zh => zh,
        Lang::En => en,
    });
    bar
}
