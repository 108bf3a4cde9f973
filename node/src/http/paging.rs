//! Lists a page at a time: their rows as a type, and the addresses of the next page and of the same list again.
//!
//! Knows no list.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::form::{Fields, encode};
use super::gate::Visitor;

/// Rows of a page that people read.
pub(super) const ROWS: usize = 50;

/// The rows that this version can read.
pub(super) fn rows<T: DeserializeOwned>(answer: &Value) -> Vec<T> {
    let rows = answer["rows"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|row| T::deserialize(row).ok()).collect()
}

/// The address of the page behind this one; none behind the last.
pub(super) fn next(visitor: &Visitor, answer: &Value) -> Option<String> {
    next_of(visitor.uri.path(), &visitor.query(), answer)
}

/// The same of a list that is shown again after a form.
pub(super) fn next_of(path: &str, query: &Fields, answer: &Value) -> Option<String> {
    let next = answer["next"].as_str()?;
    Some(format!("{path}?{}", with(query, "after", next)))
}

/// A query with one field set, or taken out by a blank.
pub(super) fn with(query: &Fields, name: &str, value: &str) -> String {
    let kept = query.pairs().filter(|(key, _)| *key != name);
    let set = Some((name, value)).filter(|(_, value)| !value.is_empty());
    encode(&kept.chain(set).collect::<Vec<_>>())
}

/// The end of a case number as halls show it: month and day, window, sequence with its check digit.
pub(super) fn ending(number: &str) -> String {
    match (number.get(16..20), number.get(20..22), number.get(22..)) {
        (Some(day), Some(window), Some(rest)) => format!("{day} {window} {rest}"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_it_was_filtered_by() {
        let query = Fields::read(b"level=red&after=1");
        assert_eq!(with(&query, "after", "2"), "level=red&after=2");
        assert_eq!(with(&query, "after", ""), "level=red");
    }

    #[test]
    fn the_end_of_a_number_tells_day_window_and_sequence() {
        assert_eq!(ending("640202001001202611290100018"), "1129 01 00018");
        assert_eq!(ending("17"), "17");
    }
}
