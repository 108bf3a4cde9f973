//! Documents that point somewhere point at something that is there: links, keys, limits, types, frames.

use crate::repository::{Text, file, files, has_word, must_be_none, root};

#[test]
fn links_lead_to_files_that_exist() {
    let mut wrong = Vec::new();
    for text in files().iter().filter(|text| text.ends_with(".md")) {
        let folder = text.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, target) in links(text) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if elsewhere || path.is_empty() {
                continue;
            }
            let there = match path.strip_prefix('/') {
                Some(from_root) => root().join(from_root),
                None => root().join(folder).join(path),
            };
            if !there.exists() {
                wrong.push(format!("{}:{number}: {target}", text.path));
            }
        }
    }
    must_be_none(wrong, "the link leads nowhere: correct it, or write the file");
}

#[test]
fn decisions_are_numbered_and_say_what_would_change_our_mind() {
    let mut wrong = Vec::new();
    let mut numbers = Vec::new();
    for text in files().iter().filter(|text| text.path.starts_with("docs/decisions/")) {
        match text
            .stem()
            .split_once('-')
            .and_then(|(number, _)| number.parse::<usize>().ok().filter(|_| number.len() == 4))
        {
            Some(number) => numbers.push(number),
            None => wrong.push(format!("{}: its name does not begin with four digits and a dash", text.path)),
        }
        for heading in ["## Context", "## Decision", "## Consequences", "## What would change our mind"] {
            if !text.text.lines().any(|line| line == heading) {
                wrong.push(format!("{}: no “{heading}”", text.path));
            }
        }
    }
    numbers.sort_unstable();
    let expected: Vec<usize> = (1..=numbers.len()).collect();
    if numbers != expected {
        wrong.push(format!("the numbers are {numbers:?}, not 1 to {}", numbers.len()));
    }
    must_be_none(wrong, "a decision is docs/decisions/NNNN-name.md with these four headings");
}

#[test]
fn every_key_of_the_store_is_in_its_document() {
    let (keys, document) = (file("node/src/store/keys.rs"), file("docs/STORE.md"));
    let mut wrong = Vec::new();
    for (_, line) in keys.code().filter(|(_, line)| line.starts_with("pub const ")) {
        let Some((_, prefix)) = line.split_once("= b") else { continue };
        let prefix = prefix.trim_matches(|c| "'\";".contains(c));
        if !document.text.contains(&format!("| `{prefix}` ")) {
            wrong.push(format!("`{prefix}`: {line}"));
        }
    }
    must_be_none(wrong, "docs/STORE.md: add a row that begins with the key's first byte");
}

#[test]
fn every_limit_and_frame_of_the_protocol_is_in_its_document() {
    let document = file("docs/PROTOCOL.md");
    let mut wrong = Vec::new();
    for (_, line) in file("sync/src/limits.rs").code() {
        let Some((name, value)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": "))
        else {
            continue;
        };
        if !has_word(&document.text, name) {
            wrong.push(format!("{name}: {value}"));
        }
    }
    let frames = file("sync/src/frame.rs");
    let variants = frames.text.split_once("pub enum Frame {").and_then(|(_, rest)| rest.split_once("\n}"));
    let (variants, _) = variants.expect("sync/src/frame.rs has an enum Frame");
    for line in variants.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")) {
        let name: String = line.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
        if !name.is_empty() && !document.text.contains(&format!("### {name}")) {
            wrong.push(format!("Frame::{name}"));
        }
    }
    must_be_none(
        wrong,
        "docs/PROTOCOL.md describes every limit and every frame: add it, and raise the version if it must be",
    );
}

#[test]
fn the_glossary_names_types_that_exist() {
    let sources: Vec<Text> = files().into_iter().filter(Text::is_source).collect();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for (number, line) in file("docs/GLOSSARY.md").lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, types, _] = cells[..] else { continue };
        for name in types.split('`').skip(1).step_by(2) {
            rows += 1;
            let parts: Vec<&str> = name.split("::").collect();
            let declared = sources.iter().any(|text| {
                text.path.starts_with(folder(parts[0]))
                    && parts[1..].iter().all(|part| has_word(&text.text, part))
            });
            if !declared {
                wrong.push(format!("docs/GLOSSARY.md:{number}: {name}"));
            }
        }
    }
    assert!(rows > 20, "docs/GLOSSARY.md has no table of four columns any more");
    must_be_none(wrong, "the type has another name now, or the term has no type: correct the third column");
}

/// Where the crate of a type in the glossary lies.
fn folder(name: &str) -> &'static str {
    match name {
        "sync" => "sync/src/",
        "model" => "node/model/src/",
        "config" => "config/src/",
        "node" => "node/src/",
        other => panic!("docs/GLOSSARY.md: `{other}::…` begins with no crate: sync, model, config or node"),
    }
}

/// Targets of `[text](target)` and `[name]: target`, outside code.
fn links(text: &Text) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("·");
        let inline =
            prose.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
        let named = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        for target in inline.chain(named) {
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push((number, target.trim_matches(|c| c == '<' || c == '>').to_owned()));
        }
    }
    found
}
