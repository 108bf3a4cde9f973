//! Reading plain values out of an automerge document.
//!
//! Knows no kind of document. Whatever is not there, or is not what was asked for, is `None`: documents come from
//! other nodes.

use automerge::{ObjType, ROOT, ReadDoc, ScalarValue, Value};

/// The id of an object in an automerge document.
pub use automerge::ObjId;

/// What a document is, from its root: `case`, `directory`…
pub fn kind(doc: &impl ReadDoc) -> Option<String> {
    text(doc, &ROOT, "kind")
}

pub(crate) fn text(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<String> {
    as_text(&doc.get(obj, key).ok()??.0)
}

pub(crate) fn int(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<u64> {
    match doc.get(obj, key).ok()??.0.as_scalar()? {
        ScalarValue::Uint(n) => Some(*n),
        ScalarValue::Int(n) => u64::try_from(*n).ok(),
        _ => None,
    }
}

pub(crate) fn boolean(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<bool> {
    doc.get(obj, key).ok()??.0.as_bool()
}

pub(crate) fn map(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<ObjId> {
    match doc.get(obj, key).ok()?? {
        (Value::Object(ObjType::Map), id) => Some(id),
        _ => None,
    }
}

/// Every map that was made under a key: more than one if it was made in two places.
pub(crate) fn maps(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Vec<ObjId> {
    let all = doc.get_all(obj, key).unwrap_or_default().into_iter();
    all.filter_map(|(value, id)| matches!(value, Value::Object(ObjType::Map)).then_some(id)).collect()
}

/// A text that may have been written in two places at once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// The value every node shows.
    pub shown: String,
    /// The others, kept until someone chooses; in order of the alphabet.
    pub others: Vec<String>,
}

impl Kept {
    pub fn one(value: impl Into<String>) -> Kept {
        Kept { shown: value.into(), others: Vec::new() }
    }
}

pub(crate) fn kept(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<Kept> {
    let shown = text(doc, obj, key)?;
    let mut others: Vec<String> =
        doc.get_all(obj, key).ok()?.iter().filter_map(|(value, _)| as_text(value)).collect();
    others.sort();
    others.dedup();
    others.retain(|other| *other != shown);
    Some(Kept { shown, others })
}

pub(crate) fn as_text(value: &Value<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}
