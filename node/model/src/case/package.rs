//! A case as files for the archive (归档): its facts and state, every event, its papers, the hashes of its attachments, and an
//! index by which a changed byte is found.
//!
//! The same case on the same day gives the same bytes. Knows no container; the node puts the files into one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::Event;
use super::paper::PaperKind;
use super::verdict::Verdict;
use super::{Case, Computed, material};
use crate::document::Kept;
use crate::lang::Lang;
use crate::local;

/// One file of a package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub text: String,
}

pub const CASE: &str = "case.json";
pub const EVENTS: &str = "events.jsonl";
pub const PAPERS: &str = "papers.txt";
pub const ATTACHMENTS: &str = "attachments.json";
pub const INDEX: &str = "index.json";

/// The names of all files, in their order.
pub const NAMES: [&str; 5] = [CASE, EVENTS, PAPERS, ATTACHMENTS, INDEX];

/// The files in their order, the index last.
pub fn files(case: &Case) -> Vec<File> {
    let file = |name: &str, text: String| File { name: name.to_owned(), text };
    let mut files = vec![
        file(CASE, pretty(&facts(case))),
        file(EVENTS, events(case)),
        file(PAPERS, papers(case)),
        file(ATTACHMENTS, pretty(&attachments(case))),
    ];
    files.push(index(&files));
    files
}

/// The index of the other files: name, length and BLAKE3 of each, and one hash over all of that.
pub fn index(files: &[File]) -> File {
    let line = |file: &File| Line {
        name: file.name.clone(),
        bytes: file.text.len(),
        blake3: blake3::hash(file.text.as_bytes()).to_hex().to_string(),
    };
    let lines: Vec<Line> = files.iter().map(line).collect();
    let seal = seal_of(&lines);
    let index = Index { format: FORMAT.to_owned(), files: lines, seal };
    File { name: INDEX.to_owned(), text: pretty(&index) }
}

/// The hash that stands for the whole package, if the index is one that this program wrote.
pub fn seal(index: &File) -> Option<String> {
    let read: Index = serde_json::from_str(&index.text).ok()?;
    let whole = read.format == FORMAT && read.seal == seal_of(&read.files);
    whole.then_some(read.seal)
}

/// The files that are not as the index says, by name.
pub fn changed(files: &[File], index: &File) -> Vec<String> {
    let read: Option<Index> = serde_json::from_str(&index.text).ok();
    let is_changed = |file: &&File| {
        let hash = blake3::hash(file.text.as_bytes()).to_hex();
        let line = read.iter().flat_map(|index| &index.files).find(|line| line.name == file.name);
        line.is_none_or(|line| line.blake3 != hash.as_str() || line.bytes != file.text.len())
    };
    files.iter().filter(is_changed).map(|file| file.name.clone()).collect()
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

const FORMAT: &str = "sanji archive package 1";

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

/// A line a paper in the order in which they were made: when, by which unit, its name, the event that made it.
fn papers(case: &Case) -> String {
    let mut text = String::new();
    for made in &case.folded.course.papers {
        if let Some(event) = case.events.get(&made.event) {
            let at = local::date_time(event.at).strftime("%Y-%m-%d %H:%M:%S");
            text += &format!("{at}\t{}\t{}\t{}\n", event.by.unit, made.kind.words().zh, event.id);
        }
    }
    for Computed { t, on } in &case.folded.computed {
        if *t == 17 {
            text += &format!("{on}\t\t{}\t\n", PaperKind::ReturnNotice.words().zh);
        }
    }
    text
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

fn pretty(json: &impl Serialize) -> String {
    serde_json::to_string_pretty(json).expect("texts and numbers always serialise") + "\n"
}
