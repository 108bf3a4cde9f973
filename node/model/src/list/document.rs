//! A list as an automerge document: JSON texts under keys of the root.
//!
//! A version's list is written once. Its end is a key of its own, since it is said later; of two ends that were said
//! apart the earlier one holds, on every node.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ROOT, ReadDoc};
use jiff::civil::Date;

use super::{List, ListVersion, PublishedList};
use crate::document::{kept, kind, text};

/// What the root of a draft says under `kind`.
pub const KIND_LIST_DRAFT: &str = "list-draft";
/// What the root of a published version says under `kind`.
pub const KIND_LIST: &str = "list";

const LIST: &str = "list";
const VERSION: &str = "version";
/// Key of the day on which a version was ended.
pub const ENDS: &str = "ends";

impl List {
    /// Writes a draft; false if the document says so already.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<bool, AutomergeError> {
        put(doc, KIND_LIST_DRAFT, self)
    }

    /// Reads a draft; none if the document is something else.
    pub fn read(doc: &impl ReadDoc) -> Option<List> {
        read(doc, KIND_LIST_DRAFT)
    }
}

impl PublishedList {
    /// Writes a version into a new document.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<(), AutomergeError> {
        let version = serde_json::to_string(&self.version).expect("numbers and words only");
        doc.put(ROOT, VERSION, version)?;
        put(doc, KIND_LIST, &self.list)?;
        Ok(())
    }

    pub fn read(doc: &impl ReadDoc) -> Option<PublishedList> {
        let list = read(doc, KIND_LIST)?;
        let version: ListVersion = serde_json::from_str(&text(doc, &ROOT, VERSION)?).ok()?;
        let said = kept(doc, &ROOT, ENDS);
        let days = said.iter().flat_map(|said| said.others.iter().chain([&said.shown]));
        let ends = days.filter_map(|day| day.parse().ok()).min();
        Some(PublishedList { version, list, ends })
    }

    /// Says in its document that it no longer holds from `day` on.
    pub fn end(doc: &mut impl Transactable, day: Date) -> Result<(), AutomergeError> {
        doc.put(ROOT, ENDS, day.to_string())
    }
}

fn put(doc: &mut impl Transactable, what: &str, list: &List) -> Result<bool, AutomergeError> {
    let json = serde_json::to_string(list).expect("words and dates only");
    let mut changed = false;
    for (key, value) in [("kind", what), (LIST, &json)] {
        if text(doc, &ROOT, key).as_deref() != Some(value) {
            doc.put(ROOT, key, value)?;
            changed = true;
        }
    }
    Ok(changed)
}

fn read(doc: &impl ReadDoc, what: &str) -> Option<List> {
    if kind(doc)? != what {
        return None;
    }
    serde_json::from_str(&text(doc, &ROOT, LIST)?).ok()
}
