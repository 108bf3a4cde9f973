//! What an operation answers: which fields its JSON has for certain, and how an answer of the machine becomes it.
//!
//! The machine's answers are open: what is named here is there, and more may be.

use serde_json::{Map, Value, json};

use super::problem::Problem;

/// What kind of value a field has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    MaybeText,
    Whole,
    MaybeWhole,
    Flag,
    List,
    Object,
}

/// Fields that are there for certain.
pub type Fields = &'static [(&'static str, Kind)];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shape {
    Object,
    /// An object, or null where there is nothing.
    Maybe,
    /// `{rows, next}`.
    Page,
    Pdf,
    /// A stream of events, or a page for those who ask for JSON.
    Feed,
}

/// What comes back.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    shape: Shape,
    fields: Fields,
    hide: Option<fn(&mut Value)>,
}

impl Answer {
    pub const fn object(fields: Fields) -> Answer {
        Answer { shape: Shape::Object, fields, hide: None }
    }

    pub const fn maybe(fields: Fields) -> Answer {
        Answer { shape: Shape::Maybe, fields, hide: None }
    }

    /// A page of rows with these fields.
    pub const fn page(fields: Fields) -> Answer {
        Answer { shape: Shape::Page, fields, hide: None }
    }

    pub const fn pdf() -> Answer {
        Answer { shape: Shape::Pdf, fields: &[], hide: None }
    }

    pub const fn feed(fields: Fields) -> Answer {
        Answer { shape: Shape::Feed, fields, hide: None }
    }

    /// What nobody may see without a reveal is taken out: of an object, or of each row.
    pub const fn hiding(self, hide: fn(&mut Value)) -> Answer {
        Answer { hide: Some(hide), ..self }
    }

    /// The machine's answer as it goes out.
    pub(super) fn of(&self, mut said: Value) -> Value {
        let Some(hide) = self.hide else { return said };
        match self.shape {
            Shape::Page => said["rows"].as_array_mut().into_iter().flatten().for_each(hide),
            Shape::Object | Shape::Maybe | Shape::Pdf | Shape::Feed => hide(&mut said),
        }
        said
    }

    /// Media types with their schemas.
    pub(super) fn content(&self) -> Value {
        let json = |schema: Value| json!({ "application/json": { "schema": schema } });
        match self.shape {
            Shape::Object => json(object(self.fields)),
            Shape::Maybe => json(json!({ "anyOf": [object(self.fields), { "type": "null" }] })),
            Shape::Page => json(page(self.fields)),
            Shape::Pdf => {
                json!({ "application/pdf": { "schema": { "type": "string", "format": "binary" } } })
            }
            Shape::Feed => {
                let mut both = json(page(self.fields));
                both["text/event-stream"] = json!({ "schema": { "type": "string" } });
                both
            }
        }
    }
}

fn page(fields: Fields) -> Value {
    json!({
        "type": "object", "required": ["rows", "next"],
        "properties": {
            "rows": { "type": "array", "items": object(fields) },
            "next": { "type": ["string", "null"], "description": "what the next page is asked for with; null on the last" },
        },
    })
}

fn object(fields: Fields) -> Value {
    let schema = |kind: Kind| match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::MaybeText => json!({ "type": ["string", "null"] }),
        Kind::Whole => json!({ "type": "integer" }),
        Kind::MaybeWhole => json!({ "type": ["integer", "null"] }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::List => json!({ "type": "array" }),
        Kind::Object => json!({ "type": "object" }),
    };
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, kind)| ((*name).to_owned(), schema(*kind))).collect();
    let mut object = json!({ "type": "object", "additionalProperties": true });
    if !names.is_empty() {
        object["required"] = json!(names);
        object["properties"] = Value::Object(properties);
    }
    object
}

/// A page of a list that the machine gives whole: what lies behind the row that `after` names.
pub(super) fn page_of(
    rows: Vec<Value>,
    name: impl Fn(&Value) -> String,
    after: Option<&str>,
    limit: usize,
) -> Result<Value, Problem> {
    let begin = match after {
        None => 0,
        Some(after) => {
            let place = rows.iter().position(|row| name(row) == after);
            place.ok_or_else(|| Problem::Cursor(after.to_owned()))? + 1
        }
    };
    let is_last = rows.len() <= begin + limit;
    let rows: Vec<Value> = rows.into_iter().skip(begin).take(limit).collect();
    let next = rows.last().filter(|_| !is_last).map(name);
    Ok(json!({ "rows": rows, "next": next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_list_is_handed_out_in_pages_without_gap_or_twin() {
        let rows: Vec<Value> = (1..=5).map(|n| json!({ "id": n.to_string() })).collect();
        let name = |row: &Value| row["id"].as_str().unwrap_or_default().to_owned();
        let page = |after| page_of(rows.clone(), name, after, 2);
        let ids = |page: &Value| page["rows"].as_array().unwrap().iter().map(name).collect::<Vec<_>>();
        let first = page(None).unwrap();
        assert_eq!((ids(&first), first["next"].as_str()), (vec!["1".into(), "2".into()], Some("2")));
        let last = page(Some("4")).unwrap();
        assert_eq!((ids(&last), last["next"].as_str()), (vec!["5".into()], None));
        assert_eq!(page(Some("3")).unwrap()["next"], Value::Null);
        assert_eq!(page(Some("x")), Err(Problem::Cursor("x".into())));
    }

    #[test]
    fn rows_are_hidden_one_by_one() {
        let hide = |row: &mut Value| row["name"] = json!("*");
        let page = Answer::page(&[]).hiding(hide).of(json!({ "rows": [{ "name": "a" }, {}], "next": null }));
        assert_eq!(page["rows"], json!([{ "name": "*" }, { "name": "*" }]));
    }
}
