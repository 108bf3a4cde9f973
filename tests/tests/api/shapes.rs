//! What the document says of answers, and what comes: a case, lists, a guide, the status, problems of a real node, held against
//! the schemas. The tester of `schemathesis.rs` does the same with whatever it thinks of; this one knows a case with everything.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_node::http;
use sanji_tests::people::{employ, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground};
use serde_json::{Value, json};

use crate::program::{Program, Said};

/// What is wrong with a value by a schema, as far as the document uses JSON Schema; a word that it does not know is wrong, too.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some(words) = schema.as_object() else {
        assert_eq!(schema, &json!(true), "{at}");
        return;
    };
    let mut say = |what: String| wrong.push(format!("{at}: {what}"));
    for (word, said) in words {
        match word.as_str() {
            "type" => {
                let kinds: Vec<&str> = match said {
                    Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
                    one => one.as_str().into_iter().collect(),
                };
                if !kinds.iter().any(|kind| is_kind(value, kind)) {
                    say(format!("{value} is no {kinds:?}"));
                }
            }
            "enum" if !said.as_array().is_some_and(|all| all.contains(value)) => {
                say(format!("{value} is none of {said}"));
            }
            "minimum" if value.is_number() && value.as_f64() < said.as_f64() => {
                say(format!("{value} is under {said}"))
            }
            "maximum" if value.is_number() && value.as_f64() > said.as_f64() => {
                say(format!("{value} is over {said}"))
            }
            "required" => {
                for name in said.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if value.is_object() && value.get(name).is_none() {
                        say(format!("{name} is missing"));
                    }
                }
            }
            "enum" | "minimum" | "maximum" | "description" | "format" | "title" => {}
            "properties" | "items" | "additionalProperties" | "anyOf" | "$ref" => {}
            other => say(format!("the document says {other}, which this test does not know")),
        }
    }
    if let Some(name) = words.get("$ref").and_then(Value::as_str) {
        let place = name.strip_prefix('#').expect("a place in the document");
        faults(document, document.pointer(place).expect("it is there"), value, at, wrong);
    }
    if let Some(all) = words.get("anyOf").and_then(Value::as_array) {
        let fits = |one: &Value| {
            let mut none = Vec::new();
            faults(document, one, value, at, &mut none);
            none.is_empty()
        };
        if !all.iter().any(fits) {
            wrong.push(format!("{at}: {value} is none of {all:?}"));
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(schema) = words.get("items") {
            faults(document, schema, item, &format!("{at}/{n}"), wrong);
        }
    }
    let known = words.get("properties").and_then(Value::as_object);
    for (name, item) in value.as_object().into_iter().flatten() {
        let own = known.and_then(|known| known.get(name)).or(words.get("additionalProperties"));
        if let Some(schema) = own {
            faults(document, schema, item, &format!("{at}/{name}"), wrong);
        }
    }
}

fn is_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// Holds an answer against what the document says of this path, method and status.
fn as_documented(method: &str, path: &str, said: &Said) {
    let document = http::document();
    let response = &document["paths"][path][method]["responses"][said.status.to_string()];
    let schema = &response["content"][said.kind.as_str()]["schema"];
    assert!(schema.is_object(), "{method} {path} answers {} as {}: {said:?}", said.status, said.kind);
    let mut wrong = Vec::new();
    faults(&document, schema, &said.json, "", &mut wrong);
    assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}\n{said:?}");
}

#[test]
fn answers_have_what_the_document_says() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let program = Program::new(&county, &token(&county, "all", "write"));
    let number = county.file_case("张三丰");
    county.act(&number, "accept", &[]);
    county.ask(Command::PaperIssue { number: number.clone(), paper: None, user: None });
    county.act(&number, "withdraw", &[("reason", "不办了")]);
    let guide = county.ask(Command::GuideList)[0]["id"].as_str().expect("a guide").to_owned();

    let asked = [
        ("/api/v1/cases/{number}", format!("/cases/{number}")),
        ("/api/v1/cases/{number}/papers", format!("/cases/{number}/papers")),
        ("/api/v1/cases", "/cases".to_owned()),
        ("/api/v1/cases/queue", "/cases/queue?state=accepted".to_owned()),
        ("/api/v1/cases/search", "/cases/search?text=张".to_owned()),
        ("/api/v1/guides", "/guides".to_owned()),
        ("/api/v1/guides/search", format!("/guides/search?text={GUIDE}")),
        ("/api/v1/guides/{id}", format!("/guides/{guide}")),
        ("/api/v1/drafts", "/drafts".to_owned()),
        ("/api/v1/drafts/{id}", format!("/drafts/{guide}")),
        ("/api/v1/status", "/status".to_owned()),
        ("/api/v1/users", "/users".to_owned()),
        ("/api/v1/units", "/units".to_owned()),
        ("/api/v1/changes", "/changes".to_owned()),
    ];
    for (path, real) in asked {
        let real: String = form_encoded(&real);
        let said = program.get(&real);
        assert_eq!(said.status, 200, "{real}: {said:?}");
        assert!(said.json["rows"].as_array().is_none_or(|rows| !rows.is_empty()), "{real}: {said:?}");
        as_documented("get", path, &said);
    }
    as_documented("get", "/api/v1/cases", &program.get("/cases?limit=0"));
    as_documented("post", "/api/v1/cases", &program.post("/cases", &json!({ "guide": 1 })));
    as_documented("get", "/api/v1/cases/{number}", &program.get("/cases/1234567"));
    let lines = json!({ "text": "{\"要素\": 1}\n", "file": "a.jsonl" });
    as_documented("post", "/api/v1/drafts", &program.post("/drafts", &lines));
    as_documented("get", "/api/v1/cases", &Program::new(&county, "").get("/cases"));
}

/// An address has ASCII only.
fn form_encoded(path: &str) -> String {
    path.bytes().map(|b| if b.is_ascii() { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

#[test]
fn a_value_that_does_not_fit_is_noticed() {
    let schema = json!({
        "type": "object", "required": ["a"],
        "properties": { "a": { "type": ["integer", "null"], "minimum": 1 }, "b": { "anyOf": [{ "type": "string" }, { "type": "null" }] } },
        "additionalProperties": { "type": "array", "items": { "enum": ["x"] } },
    });
    let wrong = |value: Value| {
        let mut wrong = Vec::new();
        faults(&Value::Null, &schema, &value, "", &mut wrong);
        wrong.len()
    };
    assert_eq!(wrong(json!({ "a": null, "b": null, "c": ["x"] })), 0);
    assert_eq!([wrong(json!([])), wrong(json!({})), wrong(json!({ "a": 0 }))], [1; 3]);
    assert_eq!([wrong(json!({ "a": 1, "b": 2 })), wrong(json!({ "a": 1, "c": ["y"] }))], [1; 2]);
}
