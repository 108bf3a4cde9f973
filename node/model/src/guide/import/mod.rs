//! Guides from a file, a JSON object a line, whatever names its source gives to things (DOMAIN §2.1).
//!
//! A line that is no guide refuses the file, with all that is wrong at once. A guide with strange keys or missing
//! elements becomes a draft, and its report says what became of every key: nothing is ever dropped. Knows no store.

mod draft;
pub mod limits;
mod mapping;
mod plain;
mod report;
mod strict;
mod table;

use serde::Serialize;
use serde_json::{Map, Value};

pub use mapping::{Field, LimitPart, SourcePart, Target};
pub use report::{Fault, Note, Outcome};

use super::{Element, Guide};
use crate::problem::Problem;
use draft::Draft;

/// One guide as imported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Imported {
    pub guide: Guide,
    /// Counted from 1.
    pub line: u64,
    /// The source's id, by which the guide is recognised when it comes again.
    pub source_id: Option<String>,
    pub report: Vec<Note>,
    pub missing: Vec<Element>,
}

/// Reads a guide a line; blank lines are passed over. `file` is the name that problems give.
pub fn import_jsonl(text: &str, file: &str) -> Result<Vec<Imported>, Vec<Problem>> {
    let mut imported = Vec::new();
    let mut problems = Vec::new();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        if text.trim().is_empty() {
            continue;
        }
        match import_line(text, line) {
            Ok(guide) => imported.push(guide),
            Err(fault) => problems.push(Problem::at(file, line, &fault)),
        }
    }
    if problems.is_empty() { Ok(imported) } else { Err(problems) }
}

fn import_line(text: &str, line: u64) -> Result<Imported, Fault> {
    let Value::Object(object) = strict::parse(text)? else { return Err(Fault::NotAnObject) };
    import_object(object, line)
}

/// Reads one guide from an object, for sources that are no JSON lines.
pub fn import_object(object: Map<String, Value>, line: u64) -> Result<Imported, Fault> {
    let (guide, report) = Draft::read(object);
    if guide.name().is_empty() {
        return Err(Fault::NoName);
    }
    Ok(Imported { source_id: guide.source.id.clone(), missing: guide.completeness(), guide, line, report })
}
