//! Files that a command writes: whole or not at all; and the bar that shows how far it is.
//!
//! Knows no format.

use std::io::Write as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// Writes a file under its name only when it is whole. What is there is overwritten only with `force`.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    if !force && path.exists() {
        return Err(Failure::Exists(path.to_owned()));
    }
    let failed = |error| Failure::Written(path.to_owned(), error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new().prefix(".sanji-").tempfile_in(folder).map_err(failed)?;
    part.write_all(bytes).and_then(|()| part.as_file().sync_all()).map_err(failed)?;
    part.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A bar over guides, cases and the like on standard error, which shows on a terminal only.
pub fn bar(total: Option<u64>, what: impl Into<String>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
    let template = match total {
        Some(_) => "{msg} {bar:30} {pos}/{len} {eta}",
        None => "{msg} {pos}",
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.into());
    bar.with_finish(indicatif::ProgressFinish::AndClear)
}
