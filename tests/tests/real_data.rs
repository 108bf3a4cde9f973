//! The real guides that were collected for the project; they are no part of the repository. Where they are not there,
//! each test says that it was left out.

use std::path::Path;

use sanji_model::case::CaseType;
use sanji_model::guide::import::{Note, Outcome, import_jsonl};
use sanji_model::guide::lint::{Facts, Parameters, lint};
use sanji_model::guide::{Element, Guide, Limit, Necessity, Quantity};
use serde_json::{Value, json};

/// The real guides that were collected for the project. They are not part of the repository.
#[test]
fn every_key_of_the_real_guides_is_accounted_for() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/guides-sample.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("left out: {} is not there", path.display());
        return;
    };
    let imported = import_jsonl(&text, "guides-sample.jsonl").unwrap();
    assert_eq!(imported.len(), 22);
    let (mut limits, mut keys_found) = (0, 0);
    for (imported, line) in imported.iter().zip(text.lines()) {
        let source: Value = serde_json::from_str(line).unwrap();
        let (guide, elements) = (&imported.guide, source["要素"].as_object().unwrap());
        let mut noted: Vec<&str> = imported.report.iter().map(|note| note.key.as_str()).collect();
        let mut keys = Vec::new();
        keys_within("", &source, &mut keys);
        noted.sort_unstable();
        keys.sort_unstable();
        assert_eq!(noted, keys, "{}: each key once, however deep, and no other", source["id"]);
        keys_found += keys.len();
        let top = source.as_object().unwrap().iter().filter(|(key, _)| *key != "要素");
        for (key, value) in top.chain(elements) {
            let notes: Vec<&Note> = imported.report.iter().filter(|note| note.key == *key).collect();
            assert!(!notes.is_empty(), "{}: {key} is in no report", source["id"]);
            for note in notes {
                match note.outcome {
                    Outcome::Mapped(_) => assert!(!guide.remarks.contains_key(key)),
                    Outcome::Unknown | Outcome::NotUnderstood(_) | Outcome::TooLittle(_) => {
                        assert!(guide.remarks.contains_key(key), "{key}")
                    }
                    Outcome::Limit(..) => {
                        let note = guide.time_limit.given().and_then(|limits| limits.note.as_deref());
                        assert!(note.unwrap().contains(key.as_str()));
                    }
                    Outcome::Empty => assert_eq!(*value, json!([]), "{key}"),
                    Outcome::Column(_) | Outcome::Sum | Outcome::Inside | Outcome::RowNote => {
                        panic!("{key} stands in no row")
                    }
                }
            }
        }
        assert_eq!(guide.name(), elements["事项名称"].as_str().unwrap());
        let json = serde_json::to_string(guide).unwrap();
        assert_eq!(serde_json::from_str::<Guide>(&json).unwrap(), *guide);
        assert_eq!(import_jsonl(&json, "again").unwrap()[0].guide, *guide, "our own shape is lossless");
        for text in texts(&source["要素"]) {
            let kept = text.split('：').all(|part| json.contains(part.trim()));
            assert!(kept || read_as_value(text), "{}: lost “{text}”", source["id"]);
        }
        for read in source["时限解析"].as_array().unwrap() {
            let ours = guide.time_limit.given().unwrap();
            let (key, unit) = (read["键"].as_str().unwrap(), read["单位"].as_str().unwrap());
            let ours = if key.starts_with("法定") { ours.statutory } else { ours.promised };
            let number = u16::try_from(read["数"].as_u64().unwrap()).unwrap();
            let theirs = Limit { number: Quantity::whole(number), unit: unit.parse().unwrap() };
            assert_eq!(ours, Some(theirs), "{}: {key}", source["id"]);
            limits += 1;
        }
    }
    assert_eq!(limits, 38);
    assert_eq!(keys_found, KEYS);
}

/// The keys of the 22 guides, at every depth.
const KEYS: usize = 972;

/// Every key as the report names it: elements without the object around them, items of lists by number.
fn keys_within(path: &str, value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                keys.push(inner.clone());
                keys_within(if key == "要素" { "" } else { &inner }, value, keys);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                keys_within(&format!("{path}[{}]", at + 1), item, keys);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text.trim()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Texts that became a value of a type: limits, yes and no, counts, words.
fn read_as_value(text: &str) -> bool {
    sanji_model::guide::import::limits::parse(text).is_ok()
        || text.trim_end_matches('次').parse::<u32>().is_ok()
        || text.parse::<CaseType>().is_ok()
        || text.parse::<Necessity>().is_ok()
        || ["县级", "镇（乡、街道）级", "不收费", "是", "否", "无"].contains(&text)
}
/// Which elements a guide has, as the collectors counted by hand and as we find them.
#[test]
fn the_elements_found_are_those_counted_by_hand() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let read = |name: &str| std::fs::read_to_string(data.join(name));
    let (Ok(text), Ok(counted)) = (read("guides-sample.jsonl"), read("guides-coverage.csv")) else {
        eprintln!("left out: {} is not there", data.display());
        return;
    };
    let counted = sanji_model::table::Table::read(&counted);
    let mut differ = Vec::new();
    for imported in import_jsonl(&text, "guides-sample.jsonl").unwrap() {
        let id = imported.source_id.unwrap();
        let row = counted.rows.iter().find(|row| row.field(0) == id).unwrap();
        for (at, element) in Element::ALL.iter().enumerate() {
            // Before the elements stand id, name and tier.
            if (row.field(at + 3) == "1") == imported.missing.contains(element) {
                differ.push((id.clone(), *element));
            }
        }
    }
    // P22 gives the scope inside its summary; G11 mentions delivery, forms and samples inside other rows.
    let wanted = [
        ("P22", Element::ScopeOfApplication),
        ("G11", Element::Delivery),
        ("G11", Element::Forms),
        ("G11", Element::Samples),
    ];
    assert_eq!(differ, wanted.map(|(id, element)| (id.to_owned(), element)));
}

/// In the sample of real guides the oddities that its README names are found.
#[test]
fn the_oddities_of_the_real_sample_are_found() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/guides-sample.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("left out: {} is not there", path.display());
        return;
    };
    let facts = Facts::of_file("2026-03-01".parse().unwrap(), Parameters::default());
    let guides = import_jsonl(&text, "guides-sample.jsonl").unwrap();
    let found = |id: &str, code: &str| {
        let guide = &guides.iter().find(|one| one.source_id.as_deref() == Some(id)).unwrap().guide;
        let found = lint(guide, &facts);
        assert!(found.iter().any(|finding| finding.code == code), "{id} {code}: {found:#?}");
    };
    for (id, code) in [
        ("P12", "LINT_SPOT_DAYS"),
        ("G11", "LINT_PHONE"),
        ("G32", "LINT_URL_CODE"),
        ("P06", "LINT_MATERIAL_SEVERAL"),
        ("P06", "LINT_MATERIAL_COUNTS"),
        ("G11", "LINT_CODE"),
        ("Z1481", "LINT_UNFINISHED"),
        ("Z0234", "LINT_UNFINISHED"),
        ("P42", "LINT_REMARKS"),
    ] {
        found(id, code);
    }
}
