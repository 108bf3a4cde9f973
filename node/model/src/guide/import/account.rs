//! The account of an import: every key of the source, however deep it stands, has exactly one note.
//!
//! Readers note the keys that they decide about; what stands inside a value that was kept whole is noted here. Knows
//! no element and no rule but which object holds the elements.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mapping::{Field, Target, rule};
use super::plain;
use super::report::{Note, Outcome};

/// Adds a note for each key of `object` that has none yet.
pub(super) fn complete(object: &Map<String, Value>, report: &mut Vec<Note>) {
    let mut noted: BTreeMap<&str, usize> = BTreeMap::new();
    for note in report.iter() {
        *noted.entry(&note.key).or_default() += 1;
    }
    let mut missing = Vec::new();
    for (key, empty) in keys(object) {
        match noted.get_mut(key.as_str()).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => missing.push(Note { key, outcome: if empty { Outcome::Empty } else { Outcome::Inside } }),
        }
    }
    report.append(&mut missing);
}

/// The path of every key of an object, and whether nothing stands under it. A part of an object stands behind a point,
/// an item of a list has its number from 1 in brackets; the object that holds the elements is passed through.
pub fn keys(object: &Map<String, Value>) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    of_elements(object, &mut found);
    found
}

fn of_elements(object: &Map<String, Value>, found: &mut Vec<(String, bool)>) {
    for (key, value) in object {
        found.push((key.clone(), plain::is_empty(value)));
        match value {
            Value::Object(elements) if is_envelope(key) => of_elements(elements, found),
            _ => inside(key, value, found),
        }
    }
}

fn inside(path: &str, value: &Value, found: &mut Vec<(String, bool)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = format!("{path}.{key}");
                found.push((path.clone(), plain::is_empty(value)));
                inside(&path, value, found);
            }
        }
        Value::Array(items) => {
            for (item, number) in items.iter().zip(1..) {
                inside(&format!("{path}[{number}]"), item, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_envelope(key: &str) -> bool {
    rule(key).is_some_and(|rule| rule.target == Target::Field(Field::Elements))
}
