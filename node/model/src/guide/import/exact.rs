//! Guides in exactly the shape in which this program writes them: taken as they are, not a space is changed.
//!
//! Knows no other shape; what is not to the letter ours goes through `draft`.

use serde_json::{Map, Value};

use super::mapping::{Field, Target, rule};
use super::report::{Note, Outcome};
use crate::guide::Guide;
use crate::guide::element::Element;

/// The guide, if writing it again gives this very object.
pub(super) fn read(object: &Map<String, Value>) -> Option<(Guide, Vec<Note>)> {
    let guide: Guide = serde_json::from_value(Value::Object(object.clone())).ok()?;
    let Ok(Value::Object(again)) = serde_json::to_value(&guide) else { return None };
    (again == *object).then(|| (guide, notes(object)))
}

fn notes(object: &Map<String, Value>) -> Vec<Note> {
    let mut report = Vec::new();
    for (key, value) in object {
        let target = rule(key).map(|rule| rule.target);
        let outcome = target.map_or(Outcome::Inside, Outcome::Mapped);
        report.push(Note { key: key.clone(), outcome });
        if target == Some(Target::Field(Field::Elements)) {
            let elements = value.as_object().into_iter().flat_map(Map::keys);
            let note = |key: &String| {
                let outcome =
                    key.parse::<Element>().map_or(Outcome::Inside, |e| Outcome::Mapped(Target::Element(e)));
                Note { key: key.clone(), outcome }
            };
            report.extend(elements.map(note));
        }
    }
    report
}
