//! A case as files for the archive (归档): its facts and state, every event, the hashes of its attachments; and the index of a
//! package's files, by which a changed byte, a missing and an added file are found.
//!
//! The same case on the same day gives the same bytes. Knows no container, no paper's page and no signature: the node adds those.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::Event;
use super::verdict::Verdict;
use super::{Case, material};
use crate::document::Kept;
use crate::lang::Lang;

/// One file of a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn text(name: &str, text: String) -> File {
        File { name: name.to_owned(), bytes: text.into_bytes() }
    }

    /// JSON over several lines, for people to read.
    pub fn json(name: &str, json: &impl Serialize) -> File {
        let text = serde_json::to_string_pretty(json).expect("texts and numbers always serialise");
        File::text(name, text + "\n")
    }
}

pub const CASE: &str = "case.json";
pub const EVENTS: &str = "events.jsonl";
pub const ATTACHMENTS: &str = "attachments.json";
pub const INDEX: &str = "index.json";

/// What the case itself says, in order.
pub fn files(case: &Case) -> Vec<File> {
    vec![
        File::json(CASE, &facts(case)),
        File::text(EVENTS, events(case)),
        File::json(ATTACHMENTS, &attachments(case)),
    ]
}

/// The index of the other files: name, length and BLAKE3 of each, and one hash over all of that.
pub fn index(files: &[File]) -> File {
    let line = |file: &File| Line {
        name: file.name.clone(),
        bytes: file.bytes.len(),
        blake3: blake3::hash(&file.bytes).to_hex().to_string(),
    };
    let lines: Vec<Line> = files.iter().map(line).collect();
    let seal = seal_of(&lines);
    let index = Index { format: FORMAT.to_owned(), files: lines, seal };
    File::json(INDEX, &index)
}

/// The hash that stands for the whole package, if the index is one that this program wrote.
pub fn seal(index: &File) -> Option<String> {
    let read: Index = serde_json::from_slice(&index.bytes).ok()?;
    let whole = read.format == FORMAT && read.seal == seal_of(&read.files);
    whole.then_some(read.seal)
}

/// How files are not those of their index, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Differences {
    pub changed: Vec<String>,
    pub missing: Vec<String>,
    pub added: Vec<String>,
}

/// Holds files against their index.
pub fn differences(files: &[File], index: &File) -> Differences {
    let read: Option<Index> = serde_json::from_slice(&index.bytes).ok();
    let lines = read.map(|index| index.files).unwrap_or_default();
    let mut found = Differences::default();
    for file in files {
        let hash = blake3::hash(&file.bytes).to_hex();
        match lines.iter().find(|line| line.name == file.name) {
            None => found.added.push(file.name.clone()),
            Some(line) if line.blake3 != hash.as_str() || line.bytes != file.bytes.len() => {
                found.changed.push(file.name.clone());
            }
            Some(_) => {}
        }
    }
    let is_missing = |line: &&Line| !files.iter().any(|file| file.name == line.name);
    found.missing = lines.iter().filter(is_missing).map(|line| line.name.clone()).collect();
    found
}

/// As it is written: the order of the fields is part of the format.
#[derive(Serialize, Deserialize)]
struct Index {
    format: String,
    files: Vec<Line>,
    seal: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    bytes: usize,
    blake3: String,
}

const FORMAT: &str = "sanji archive package 2";

fn seal_of(lines: &[Line]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("sanji 2026 index of an archive package");
    for Line { name, bytes, blake3 } in lines {
        hasher.update(format!("{name}\t{bytes}\t{blake3}\n").as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn facts(case: &Case) -> Value {
    let folded = &case.folded;
    let unreadable: Vec<Value> =
        case.unreadable.iter().map(|one| json!({ "key": one.key, "text": one.text })).collect();
    json!({
        "number": case.number,
        "id": case.id,
        "unit": case.unit,
        "parent": case.parent,
        "origin": case.origin,
        "guide": {
            "document": case.guide.document,
            "code": case.guide.code,
            "name": case.guide.name,
            "version": case.guide.version,
            "case_type": case.guide.case_type,
            "materials_needed": case.guide.materials_needed,
            "terms": case.guide.terms,
        },
        "applicant": {
            "name": case.applicant,
            "id_kind": case.id_kind,
            "id_number": case.id_number,
            "contact": kept(&case.contact),
        },
        "fields": kept(&case.fields),
        "as_of": case.almanac.today,
        "state": case.state(),
        "custody": case.custody(),
        "registered_at": folded.registered_at,
        "received_at": folded.received_at,
        "course": folded.course,
        "computed": folded.computed,
        "flags": folded.flags,
        "disputes": folded.disputes,
        "unreadable": unreadable,
    })
}

/// Every value, also those that lost against another in a field that was written in two places.
fn kept(map: &BTreeMap<String, Kept>) -> Value {
    let value = |kept: &Kept| match kept.others.is_empty() {
        true => json!(kept.shown),
        false => json!({ "shown": kept.shown, "others": kept.others }),
    };
    map.iter().map(|(key, kept)| (key.clone(), value(kept))).collect::<serde_json::Map<_, _>>().into()
}

/// A line an event in the order in which they count, with what became of it.
fn events(case: &Case) -> String {
    let line = |(event, verdict): (&Event, &Verdict)| {
        let mut json = serde_json::to_value(event).expect("texts and numbers always serialise");
        json["counted"] = json!(*verdict == Verdict::Counted);
        json["verdict"] = json!(verdict.text(Lang::Zh));
        json.to_string() + "\n"
    };
    case.timeline().map(line).collect()
}

/// The hashes of scans by material, as the events named them.
fn attachments(case: &Case) -> Value {
    let named: BTreeSet<(String, String)> = case
        .events
        .values()
        .flat_map(material::of)
        .flat_map(|row| row.attachments.clone().into_iter().map(move |hash| (row.name.clone(), hash)))
        .collect();
    named.into_iter().map(|(material, hash)| json!({ "material": material, "hash": hash })).collect()
}
