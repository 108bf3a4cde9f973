//! The papers of a case (文书, DOMAIN §3.2 and §6): what stands on each, as a page that prints well and as a PDF, with a square
//! code by which any node of the county knows it again.
//!
//! One description ([`Paper`]), made by [`write`] from the case as it was when the paper was made, is drawn twice. A print that
//! counts is recorded in the case; the machine does that and signs the code. Knows no transport and no store.

mod chinese;
mod code;
mod content;
mod finding;
mod page;
mod pdf;
mod write;

pub use chinese::moment;
pub use code::{PaperCode, event_mark};
pub use content::{Block, Field, Label, Paper, PaperDigest, Printing, Sheet, Table};
pub use finding::Finding;
pub use page::{STYLE, html};
pub use pdf::{Face, Fonts, NoFont, NoPdf, pdf};
pub use write::write;

use serde::Deserialize as _;
use serde_json::Value;

/// A paper of a case, for a list to print from: no person is named.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    pub event: sanji_model::case::EventId,
    pub kind: sanji_model::case::PaperKind,
    pub made_on: jiff::civil::Date,
    /// How often it was printed.
    pub prints: u32,
}

/// The papers that an answer to `CaseShow` lists.
pub fn list(case_show: &Value) -> Vec<Entry> {
    Vec::deserialize(&case_show["papers"]).unwrap_or_default()
}

#[cfg(test)]
mod tests;
