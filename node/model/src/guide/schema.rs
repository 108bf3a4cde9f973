//! The JSON Schema of a guide, put together from the types: `docs/guide.schema.json`, written by `sanji guide schema`.
//!
//! Describes the project's own line shape (`json`), in which guides are exported; what an import takes besides is wider.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::element::{Element, Shape};
use super::{Codes, Fee, Material, NONE, Paper, Quantity, Source, Step, TimeLimits};
use crate::case::CaseType;
use crate::organisation::Tier;

/// The schema as it stands in the file.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<Line>().to_value()
}

/// A guide as a line of a file; no value of it is ever made.
struct Line;

impl JsonSchema for Line {
    fn schema_name() -> Cow<'static, str> {
        "Guide".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let elements: Map<String, Value> = Element::ALL
            .iter()
            .map(|element| (element.word().to_owned(), element_schema(*element, generator)))
            .collect();
        let names: Vec<&str> = Element::ALL.iter().map(|element| element.word()).collect();
        let text = json!({ "type": "string", "minLength": 1 });
        let translation = json!({
            "type": "object", "propertyNames": { "enum": names }, "additionalProperties": text,
        });
        json_schema!({
            "title": "办事指南 / service guide",
            "description": "One line of a guides file. A missing element has no key; an explicit none is “无”.",
            "type": "object",
            "required": ["要素"],
            "properties": {
                "case_type": generator.subschema_for::<CaseType>(),
                "tiers": { "type": "array", "uniqueItems": true, "items": generator.subschema_for::<Tier>() },
                "visits": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                "cancels_on": date("the first day on which it no longer holds"),
                "version": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                "source": generator.subschema_for::<Source>(),
                "translations": {
                    "description": "by language tag, such as `mn`; what is missing is missing, never the Chinese",
                    "type": "object", "additionalProperties": translation,
                },
                "remarks": {
                    "description": "what an import could not place, by its key",
                    "type": "object", "additionalProperties": { "type": "string" },
                },
                "要素": { "type": "object", "properties": elements, "additionalProperties": false },
            },
        })
    }
}

/// An element is what its shape says, or “无”. A name cannot be none.
fn element_schema(element: Element, generator: &mut SchemaGenerator) -> Value {
    let title = format!("{}. {} / {}", element.number(), element.words().zh, element.words().en);
    let shape = match element.shape() {
        Shape::Text => return json!({ "title": title, "type": "string", "minLength": 1 }),
        Shape::PublishedOn | Shape::EffectiveOn => date(""),
        Shape::Code => generator.subschema_for::<Codes>().to_value(),
        Shape::Materials => generator.subschema_for::<Vec<Material>>().to_value(),
        Shape::Procedure => generator.subschema_for::<Vec<Step>>().to_value(),
        Shape::TimeLimit => generator.subschema_for::<TimeLimits>().to_value(),
        Shape::Fees => generator.subschema_for::<Vec<Fee>>().to_value(),
        Shape::Forms | Shape::Samples => generator.subschema_for::<Vec<Paper>>().to_value(),
    };
    json!({ "title": title, "oneOf": [shape, { "const": NONE }] })
}

fn date(description: &str) -> Value {
    let mut date = json!({ "type": "string", "format": "date" });
    if !description.is_empty() {
        date["description"] = json!(description);
    }
    date
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 100_000, "multipleOf": 0.1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::import::import_jsonl;

    #[test]
    fn the_file_is_what_the_types_say() {
        let file = include_str!("../../../../docs/guide.schema.json");
        let now = serde_json::to_string_pretty(&schema()).unwrap();
        assert!(
            file.trim_end() == now,
            "the types changed: run `sanji guide schema > docs/guide.schema.json`"
        );
    }

    #[test]
    fn the_guides_of_the_demo_are_as_it_says_and_others_are_not() {
        let schema = schema();
        let guides = import_jsonl(include_str!("../../../../cli/demo/guides.jsonl"), "f").unwrap();
        for one in guides {
            let mut guide = one.guide;
            guide.remarks.insert("主题".to_owned(), "养老".to_owned());
            guide.translations.entry("mn".to_owned()).or_default().insert(Element::Name, "ᠨᠡᠷ".to_owned());
            guide.cancels_on = Some(jiff::civil::Date::constant(2030, 1, 1));
            let json = serde_json::to_value(&guide).unwrap();
            assert_eq!(fits(&json, &schema, &schema), Ok(()));
            for (place, bad) in [("要素", "materials"), ("要素", "time_limit")] {
                let mut wrong = json.clone();
                wrong[place][bad] = json!("一些材料");
                assert!(fits(&wrong, &schema, &schema).is_err());
            }
            let mut wrong = json.clone();
            wrong["case_type"] = json!("slow");
            assert!(fits(&wrong, &schema, &schema).is_err());
            let mut wrong = json;
            wrong["要素"]["colour"] = json!("red");
            assert!(fits(&wrong, &schema, &schema).is_err());
        }
    }

    /// As much of JSON Schema as the schema uses for shapes.
    fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{what}: {value} against {schema}"));
        if let Some(path) = schema["$ref"].as_str() {
            return fits(value, root.pointer(path.trim_start_matches('#')).unwrap(), root);
        }
        if !schema["const"].is_null() && schema["const"] != *value {
            return wrong("const");
        }
        for any in ["oneOf", "anyOf"] {
            if let Some(all) = schema[any].as_array()
                && all.iter().filter(|one| fits(value, one, root).is_ok()).count() == 0
            {
                return wrong(any);
            }
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(n) if n.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is_number = is == "integer" && types.contains(&"number");
        if !(types.is_empty() || types.contains(&is) || is_number) {
            return wrong("type");
        }
        for item in value.as_array().into_iter().flatten() {
            if schema["items"].is_object() {
                fits(item, &schema["items"], root)?;
            }
        }
        for (key, inner) in value.as_object().into_iter().flatten() {
            match (&schema["properties"][key], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => return wrong(key),
                (Value::Null, other) if other.is_object() => fits(inner, other, root)?,
                (Value::Null, _) => {}
                (known, _) => fits(inner, known, root)?,
            }
        }
        Ok(())
    }
}
