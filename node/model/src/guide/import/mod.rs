//! Guides from a file, a JSON object a line, whatever names its source gives to things (DOMAIN §2.1).
//!
//! A line that is no guide refuses the file, with all that is wrong at once. A guide with strange keys or missing
//! elements becomes a draft, and its report says what became of every key: nothing is ever dropped. Knows no store.

mod account;
mod draft;
mod exact;
pub mod limits;
pub(in crate::guide) mod mapping;
mod plain;
mod report;
mod strict;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

pub use account::keys;
pub use mapping::{Field, LimitPart, SourcePart, Target};
pub use report::{Fault, Note, Outcome, told};

use super::{Element, Guide};
use crate::problem::Problem;
use draft::Draft;

/// Bytes of one guide as JSON: fifty times the longest of the real ones, and small enough for one entry.
pub const GUIDE_BYTES_MAX: usize = 256 << 10;

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
    let mut seen = Seen::default();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        if text.trim().is_empty() {
            continue;
        }
        match import_line(text, line).and_then(|guide| seen.add(guide)) {
            Ok(guide) => imported.push(guide),
            Err(fault) => problems.push(Problem::at(file, line, &fault)),
        }
    }
    if problems.is_empty() { Ok(imported) } else { Err(problems) }
}

fn import_line(text: &str, line: u64) -> Result<Imported, Fault> {
    if text.len() > GUIDE_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let Value::Object(object) = strict::parse(text)? else { return Err(Fault::NotAnObject) };
    let imported = import_object(object, line)?;
    // A list of short texts grows when its items become rows.
    let stored = serde_json::to_string(&imported.guide).map_or(0, |json| json.len());
    if stored > GUIDE_BYTES_MAX { Err(Fault::TooLarge) } else { Ok(imported) }
}

/// The lines of the guides of a file so far. Two are the same as an import recognises them: by source id, or by name
/// and code where one of them has no source id.
#[derive(Default)]
struct Seen {
    by_id: BTreeMap<String, u64>,
    /// Of each name and code, the first line, and the first without a source id.
    by_name: BTreeMap<(String, Option<String>), (u64, Option<u64>)>,
}

impl Seen {
    fn add(&mut self, guide: Imported) -> Result<Imported, Fault> {
        let (line, id) = (guide.line, guide.source_id.as_deref());
        let named = (guide.guide.name().to_owned(), guide.guide.code().map(str::to_owned));
        let namesakes = self.by_name.get(&named).copied();
        let first = match id {
            Some(id) => self.by_id.get(id).copied().or_else(|| namesakes?.1),
            None => namesakes.map(|(any, _)| any),
        };
        if let Some(first) = first {
            return Err(Fault::Twice { first });
        }
        match id {
            Some(id) => drop(self.by_id.insert(id.to_owned(), line)),
            None => drop(self.by_name.insert(named.clone(), (line, Some(line)))),
        }
        self.by_name.entry(named).or_insert((line, None));
        Ok(guide)
    }
}

/// Reads one guide from an object, for sources that are no JSON lines. What this program wrote is taken as it is.
pub fn import_object(object: Map<String, Value>, line: u64) -> Result<Imported, Fault> {
    let (guide, mut report) = exact::read(&object).unwrap_or_else(|| Draft::read(object.clone()));
    account::complete(&object, &mut report);
    if guide.name().is_empty() {
        return Err(Fault::NoName);
    }
    Ok(Imported { source_id: guide.source.id.clone(), missing: guide.completeness(), guide, line, report })
}
