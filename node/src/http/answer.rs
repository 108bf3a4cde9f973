//! From an answer's JSON to what pages show: texts, numbers, and stable words by their names.
//!
//! What is missing or unknown is shown as such, never refused. Knows no page.

use std::str::FromStr;

use sanji_model::lang::{Lang, Words};
use serde_json::Value;

/// Fields of events in which other people than the applicant are named: who collected a result, who signed.
pub(super) const PERSONS: &[&str] = &["taker", "signature", "promise", "letter"];

/// The items of a list; none where there is no list.
pub(super) fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text or number as it stands; a dash for nothing.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        other => plain(other),
    }
}

/// The same with nothing for nothing, as fields of a form want it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A whole number, 0 where there is none.
pub(super) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// The name of a closed list's word; what is not in the list stays as it is, nothing is blank.
pub(super) fn named<T: FromStr>(value: &Value, words: fn(T) -> Words, lang: Lang) -> String {
    match value.as_str().map(T::from_str) {
        Some(Ok(known)) => words(known).text(lang).to_owned(),
        Some(Err(_)) | None => plain(value),
    }
}

/// What says itself in both languages.
pub(super) fn sentence(value: &Value, lang: Lang) -> String {
    let key = match lang {
        Lang::Zh => "zh",
        Lang::En => "en",
    };
    plain(&value[key])
}
