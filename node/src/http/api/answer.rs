//! What an operation answers: which fields its JSON has for certain, and how an answer of the machine becomes it.
//!
//! The machine's answers are open: what is named here is there, and more may be.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::problem::Problem;

/// What kind of value a field has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    MaybeText,
    Whole,
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

/// What an object has for certain.
#[derive(Clone, Copy, Debug)]
enum Has {
    Fields(Fields),
    /// What a type of [`shapes`](super::shapes) has.
    Type(fn(&mut SchemaGenerator) -> Schema),
}

/// What comes back.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    shape: Shape,
    has: Has,
    hide: Option<fn(&mut Value)>,
}

impl Answer {
    const fn new(shape: Shape, has: Has) -> Answer {
        Answer { shape, has, hide: None }
    }

    pub const fn object(fields: Fields) -> Answer {
        Answer::new(Shape::Object, Has::Fields(fields))
    }

    pub fn object_of<T: JsonSchema>() -> Answer {
        Answer::new(Shape::Object, Has::Type(T::json_schema))
    }

    pub const fn maybe(fields: Fields) -> Answer {
        Answer::new(Shape::Maybe, Has::Fields(fields))
    }

    /// A page of rows with these fields.
    pub const fn page(fields: Fields) -> Answer {
        Answer::new(Shape::Page, Has::Fields(fields))
    }

    pub fn page_of<T: JsonSchema>() -> Answer {
        Answer::new(Shape::Page, Has::Type(T::json_schema))
    }

    pub const fn pdf() -> Answer {
        Answer::new(Shape::Pdf, Has::Fields(&[]))
    }

    pub const fn feed(fields: Fields) -> Answer {
        Answer::new(Shape::Feed, Has::Fields(fields))
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
    pub(super) fn content(&self, schemas: &mut SchemaGenerator) -> Value {
        let json = |schema: Value| json!({ "application/json": { "schema": schema } });
        let one = match self.has {
            Has::Fields(fields) => object(fields),
            Has::Type(schema) => schema(schemas).to_value(),
        };
        match self.shape {
            Shape::Object => json(one),
            Shape::Maybe => json(json!({ "anyOf": [one, { "type": "null" }] })),
            Shape::Page => json(page(one)),
            Shape::Pdf => {
                json!({ "application/pdf": { "schema": { "type": "string", "format": "binary" } } })
            }
            Shape::Feed => {
                let mut both = json(page(one));
                both["text/event-stream"] = json!({ "schema": { "type": "string" } });
                both
            }
        }
    }
}

fn page(row: Value) -> Value {
    json!({
        "type": "object", "required": ["rows", "next"],
        "properties": {
            "rows": { "type": "array", "items": row },
            "next": { "type": ["string", "null"], "description": "what the next page is asked for with; null on the last" },
        },
    })
}

fn object(fields: Fields) -> Value {
    let schema = |kind: Kind| match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::MaybeText => json!({ "type": ["string", "null"] }),
        Kind::Whole => json!({ "type": "integer" }),
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
