//! The OpenAPI document in `docs/` is what the program says, and the examples of `docs/API.md` are what the document allows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sanji_node::http;
use serde_json::Value;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

#[test]
fn the_document_in_the_repository_is_what_the_program_says() {
    let said = format!("{:#}\n", http::document());
    if std::env::var_os("SANJI_WRITE").is_some() {
        std::fs::write(docs("openapi.json"), &said).expect("docs is writable");
    }
    let known = std::fs::read_to_string(docs("openapi.json")).unwrap_or_default();
    assert!(known == said, "write it anew: sanji api openapi > docs/openapi.json");
}

/// A request as `curl` has it in an example.
#[derive(Default, Debug)]
struct Example {
    method: Option<String>,
    body: Option<String>,
    url: String,
}

/// The words of a line, quotes as a shell reads them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            (' ', None) => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn examples() -> Vec<Example> {
    let text = std::fs::read_to_string(docs("API.md")).expect("docs/API.md");
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines: Vec<String> = blocks
        .flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let read = |line: &String| {
        let mut example = Example::default();
        let mut words = words(line).into_iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-X" => example.method = words.next(),
                "-d" => example.body = words.next(),
                "-H" | "-o" => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => example.url = word,
            }
        }
        example
    };
    lines.iter().filter(|line| line.starts_with("curl ")).map(read).collect()
}

/// The operation that a request is for; the path with most fixed parts.
fn operation<'d>(document: &'d Value, method: &str, path: &str) -> Option<&'d Value> {
    let fits = |template: &str| {
        let (template, path): (Vec<&str>, Vec<&str>) =
            (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len() && template.iter().zip(&path).all(|(t, p)| t.starts_with('{') || t == p)
    };
    let paths = document["paths"].as_object().expect("paths").iter();
    let mut fitting: Vec<_> = paths.filter(|(template, _)| fits(template)).collect();
    fitting.sort_by_key(|(template, _)| template.matches('{').count());
    fitting
        .first()
        .map(|(_, methods)| &methods[method.to_lowercase()])
        .filter(|operation| operation.is_object())
}

fn names(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn the_examples_of_the_handbook_are_requests_that_the_document_allows() {
    let document = http::document();
    let examples = examples();
    assert!(examples.len() >= 10, "{}", examples.len());
    for example in examples {
        let (path, query) = example.url.split_once('?').unwrap_or((&example.url, ""));
        let path = path.strip_prefix("$NODE").unwrap_or_else(|| panic!("{example:?}"));
        let method = example.method.as_deref().unwrap_or(if example.body.is_some() { "POST" } else { "GET" });
        let operation = operation(&document, method, path);
        let operation = operation.unwrap_or_else(|| panic!("nothing answers {example:?}"));
        let parameters = operation["parameters"].as_array().expect("parameters");
        let known: BTreeSet<&str> =
            parameters.iter().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str()).collect();
        let asked: BTreeSet<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split('=').next().unwrap())
            .collect();
        assert!(asked.is_subset(&known), "{example:?}: {known:?}");
        for needed in parameters.iter().filter(|p| p["in"] == "query" && p["required"] == true) {
            assert!(asked.contains(needed["name"].as_str().unwrap()), "{example:?} lacks {needed}");
        }
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(body) = &example.body else {
            assert!(names(&schema["required"]).is_empty(), "{example:?} has no body");
            continue;
        };
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{example:?}: {error}"));
        let (given, known) = (names(&body), names(&schema["properties"]));
        assert!(given.is_subset(&known), "{example:?}: {known:?}");
        assert!(names(&schema["required"]).is_subset(&given), "{example:?}");
    }
}
