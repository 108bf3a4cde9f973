//! A guide as an automerge document: everything is a text under a key of the root, structured elements as JSON text.
//!
//! No object is ever made below the root, so edits of different elements merge and edits of one element keep both
//! texts visible. Keys that are not a guide's are left alone: a life cycle may keep its own beside them.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ROOT, ReadDoc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::content::NONE;
use super::element::{Element, Shape};
use super::hash::ContentHash;
use super::{BadElement, Guide, Source};
use crate::document::{Kept, kept, kind, text};

/// What the root of a draft says under `kind`.
pub const KIND_DRAFT: &str = "guide-draft";

const CASE_TYPE: &str = "case_type";
const TIERS: &str = "tiers";
const VISITS: &str = "visits";
const CANCELS_ON: &str = "cancels_on";
const VERSION: &str = "version";
const SOURCE: &str = "source";
/// `remark/<key>`.
const REMARK: &str = "remark/";
/// `text/<language>/<element>`.
const TEXT: &str = "text/";
/// What stands under a key of which the content was removed. The key stays: automerge has no value for one that is gone, so
/// a removal here and an edit elsewhere would be no conflict.
const REMOVED: &str = "";

/// Why a document cannot be read as a guide.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDocument {
    #[error("the document is not a guide")]
    NotAGuide,
    #[error(transparent)]
    Element(#[from] BadElement),
    #[error("the guide has no readable `{0}`")]
    Field(String),
}

/// What a write changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Written {
    pub elements: Vec<Element>,
    /// Keys of the document other than elements.
    pub others: Vec<String>,
}

impl Written {
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.others.is_empty()
    }
}

impl Guide {
    /// Writes what differs into a draft's document, new or old.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<Written, AutomergeError> {
        self.write_as(doc, KIND_DRAFT)
    }

    /// Reads a draft.
    pub fn read(doc: &impl ReadDoc) -> Result<Guide, BadDocument> {
        Guide::read_as(doc, KIND_DRAFT)
    }

    pub(super) fn write_as(
        &self,
        doc: &mut impl Transactable,
        as_kind: &str,
    ) -> Result<Written, AutomergeError> {
        if kind(doc).as_deref() != Some(as_kind) {
            doc.put(ROOT, "kind", as_kind)?;
        }
        let wanted = self.entries();
        let mut keys: BTreeSet<String> = doc.keys(ROOT).filter(|key| is_guides(key)).collect();
        keys.extend(wanted.keys().cloned());
        let mut written = Written::default();
        for key in keys {
            match wanted.get(&key) {
                Some(value) if text(doc, &ROOT, &key).as_ref() == Some(value) => continue,
                None if text(doc, &ROOT, &key).as_deref() == Some(REMOVED) => continue,
                Some(value) => doc.put(ROOT, key.as_str(), value.as_str())?,
                None => doc.put(ROOT, key.as_str(), REMOVED)?,
            }
            match key.parse() {
                Ok(element) => written.elements.push(element),
                Err(_) => written.others.push(key),
            }
        }
        written.elements.sort();
        Ok(written)
    }

    pub(super) fn read_as(doc: &impl ReadDoc, as_kind: &str) -> Result<Guide, BadDocument> {
        if kind(doc).as_deref() != Some(as_kind) {
            return Err(BadDocument::NotAGuide);
        }
        let mut guide = Guide::default();
        for key in doc.keys(ROOT).filter(|key| is_guides(key)) {
            let value = text(doc, &ROOT, &key).ok_or_else(|| BadDocument::Field(key.clone()))?;
            guide.set_entry(&key, &value)?;
        }
        Ok(guide)
    }

    /// What a signature on it is about.
    pub fn content_hash(&self) -> ContentHash {
        ContentHash::of(&self.entries())
    }

    /// All there is as text by key.
    fn entries(&self) -> BTreeMap<String, String> {
        let mut entries = BTreeMap::new();
        for element in Element::ALL {
            let value = self.value(*element).map(|value| match value {
                Value::String(text) => text,
                value => value.to_string(),
            });
            entries.extend(value.map(|value| (element.to_string(), value)));
        }
        let tiers = (!self.tiers.is_empty()).then_some(&self.tiers);
        let source = (self.source != Source::default()).then_some(&self.source);
        let fields = [
            (CASE_TYPE, self.case_type.map(json)),
            (TIERS, tiers.map(json)),
            (VISITS, self.visits.map(json)),
            (CANCELS_ON, self.cancels_on.map(json)),
            (VERSION, self.version.map(json)),
            (SOURCE, source.map(json)),
        ];
        entries.extend(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        entries.extend(self.remarks.iter().map(|(key, text)| (format!("{REMARK}{key}"), text.clone())));
        for (language, texts) in &self.translations {
            let texts =
                texts.iter().map(|(element, text)| (format!("{TEXT}{language}/{element}"), text.clone()));
            entries.extend(texts);
        }
        entries
    }

    fn set_entry(&mut self, key: &str, text: &str) -> Result<(), BadDocument> {
        if text == REMOVED {
            return Ok(());
        }
        if let Some(element) = element_of(key) {
            return Ok(self.set_value(element, element_value(element, text)?)?);
        }
        if let Some(key) = key.strip_prefix(REMARK) {
            self.remarks.insert(key.to_owned(), text.to_owned());
            return Ok(());
        }
        if let Some((language, element)) = translation_of(key) {
            self.translations.entry(language.to_owned()).or_default().insert(element, text.to_owned());
            return Ok(());
        }
        match key {
            CASE_TYPE => self.case_type = Some(from_json(key, text)?),
            TIERS => self.tiers = from_json(key, text)?,
            VISITS => self.visits = Some(from_json(key, text)?),
            CANCELS_ON => self.cancels_on = Some(from_json(key, text)?),
            VERSION => self.version = Some(from_json(key, text)?),
            SOURCE => self.source = from_json(key, text)?,
            // Not a guide's.
            _ => {}
        }
        Ok(())
    }
}

/// The keys of a draft that were written in several places at once, each with all its texts.
pub fn conflicts(doc: &impl ReadDoc) -> BTreeMap<String, Kept> {
    let keys = doc.keys(ROOT).filter(|key| is_guides(key));
    let all = keys.filter_map(|key| kept(doc, &ROOT, &key).map(|kept| (key, kept)));
    all.filter(|(_, kept)| !kept.others.is_empty()).collect()
}

/// Ends a conflict: `text`, one of its texts or a new one, is what stands from now on. The text must be readable
/// under its key.
pub fn choose(doc: &mut impl Transactable, key: &str, text: &str) -> Result<(), ChooseError> {
    if !is_guides(key) {
        return Err(ChooseError::Bad(BadDocument::Field(key.to_owned())));
    }
    Guide::default().set_entry(key, text)?;
    Ok(doc.put(ROOT, key, text)?)
}

/// Why [`choose`] did not.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    #[error(transparent)]
    Bad(#[from] BadDocument),
    #[error(transparent)]
    Document(#[from] AutomergeError),
}

pub(super) fn is_guides(key: &str) -> bool {
    [CASE_TYPE, TIERS, VISITS, CANCELS_ON, VERSION, SOURCE].contains(&key)
        || key.starts_with(REMARK)
        || element_of(key).is_some()
        || translation_of(key).is_some()
}

/// Elements stand under their key only, never under another name of theirs.
fn element_of(key: &str) -> Option<Element> {
    key.parse::<Element>().ok().filter(|element| element.word() == key)
}

fn translation_of(key: &str) -> Option<(&str, Element)> {
    let (language, element) = key.strip_prefix(TEXT)?.rsplit_once('/')?;
    Some((language, element_of(element)?))
}

fn element_value(element: Element, text: &str) -> Result<Value, BadElement> {
    match element.shape() {
        Shape::Text | Shape::PublishedOn | Shape::EffectiveOn => Ok(text.into()),
        Shape::Code
        | Shape::Materials
        | Shape::Procedure
        | Shape::TimeLimit
        | Shape::Fees
        | Shape::Forms
        | Shape::Samples => {
            if text == NONE {
                return Ok(text.into());
            }
            serde_json::from_str(text).map_err(|why| BadElement::new(element, why))
        }
    }
}

fn json(value: impl Serialize) -> String {
    serde_json::to_string(&value).expect("words, numbers and dates only")
}

fn from_json<T: DeserializeOwned>(key: &str, text: &str) -> Result<T, BadDocument> {
    serde_json::from_str(text).map_err(|_| BadDocument::Field(key.to_owned()))
}
