//! How source files are: pure where they must be, opened with a sentence, short, finished, named by a noun.

use std::collections::BTreeSet;

use crate::repository::{Text, files, has_word, must_be_none};

const LINES_MAX: usize = 600;

/// What reads a clock, rolls dice, reaches the world, or has no defined order.
const IMPURE: [&str; 13] = [
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "ActorId::random",
    "HashMap",
    "HashSet",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::std",
];

#[test]
fn pure_crates_reach_no_clock_no_chance_and_no_world() {
    let mut wrong = Vec::new();
    for text in files() {
        if text.path.starts_with("sync/src/") || text.path.starts_with("node/model/src/") {
            wrong.extend(found(&text, &IMPURE));
        }
    }
    must_be_none(
        wrong,
        "sync and model are pure: time, chance and reads are arguments; BTreeMap and BTreeSet have an order",
    );
}

#[test]
fn every_source_file_opens_with_what_it_is() {
    let silent = |text: &Text| text.is_source() && !text.text.starts_with("//! ");
    let wrong = files().into_iter().filter(silent).map(|text| text.path).collect();
    must_be_none(wrong, "open the file with `//!`: one sentence on what it is, one on what it does not know");
}

#[test]
fn source_files_are_short() {
    let mut wrong = Vec::new();
    for text in files().iter().filter(|text| text.is_source()) {
        let lines = text.text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines", text.path));
        }
    }
    must_be_none(wrong, &format!("over {LINES_MAX} lines: give the file's second noun a file of its own"));
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    // In two parts, or this file would be at fault itself.
    let marks = [("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[", "ignore")];
    let marks: Vec<String> = marks.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let sources = files().into_iter().filter(|text| text.ends_with(".rs"));
    let wrong = sources.flat_map(|text| found(&text, &marks)).collect();
    must_be_none(
        wrong,
        "finish it or take it out; a test that may not fail is no test, move slow ones to tests/nightly",
    );
}

#[test]
fn only_the_face_over_sled_names_sled() {
    let mut wrong = Vec::new();
    for text in files().iter().filter(|text| text.ends_with(".rs")) {
        if text.path.starts_with("node/src/store/kv/sled") || text.path.starts_with("tests/tests/tidy") {
            continue;
        }
        for (number, line) in text.code() {
            let names = line.match_indices("sled::").any(|(at, name)| {
                let before = line[..at].chars().next_back();
                let part_of_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
                // Our own module of that name gives out our own type.
                !part_of_word && !line[at + name.len()..].starts_with("SledKv")
            });
            if names {
                wrong.push(format!("{}:{number}", text.path));
            }
        }
    }
    must_be_none(
        wrong,
        "use `Kv`: only node/src/store/kv/sled.rs knows which store is behind it (ARCHITECTURE §5)",
    );
}

#[test]
fn libraries_do_not_end_the_process() {
    let mut wrong = Vec::new();
    for text in files() {
        if text.is_source() && !text.path.starts_with("cli/") {
            wrong.extend(found(&text, &["process::exit", "process::abort"]));
        }
    }
    must_be_none(wrong, "return an error that says why; cli/ decides how the process ends");
}

#[test]
fn names_are_nouns() {
    const EMPTY: [&str; 6] = ["util", "utils", "helper", "helpers", "manager", "managers"];
    let mut wrong = BTreeSet::new();
    for text in files() {
        let folders = text.path.rsplit_once('/').map_or("", |(folders, _)| folders);
        if EMPTY.contains(&text.stem()) || folders.split('/').any(|folder| EMPTY.contains(&folder)) {
            wrong.insert(text.path);
        }
    }
    must_be_none(wrong.into_iter().collect(), "name it after what is in it");
}

fn found(text: &Text, marks: &[&str]) -> Vec<String> {
    let place = |(number, line): (usize, &str)| {
        let mark = marks.iter().find(|mark| has_mark(line, mark))?;
        Some(format!("{}:{number}: {mark}", text.path))
    };
    text.code().filter_map(place).collect()
}

/// As a word where the mark begins and ends with a letter, anywhere else otherwise.
fn has_mark(line: &str, mark: &str) -> bool {
    if mark.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':') && !mark.ends_with("::std") {
        has_word(line, mark)
    } else {
        line.contains(mark)
    }
}
