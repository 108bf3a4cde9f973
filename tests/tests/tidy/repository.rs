//! The repository as the rules read it: its text files, its manifests, and how a broken rule is reported.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are built or kept by tools, not written.
const NOT_OURS: [&str; 2] = ["target", ".git"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the repository").to_owned()
}

/// A text file: its path below the root with `/` between the parts, and what is in it.
pub struct Text {
    pub path: String,
    pub text: String,
}

impl Text {
    /// The file's name without its ending.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    pub fn ends_with(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }

    /// Whether it lies under one of a crate's `src` folders.
    pub fn is_source(&self) -> bool {
        self.ends_with(".rs") && self.path.split('/').any(|part| part == "src")
    }

    /// Lines that are no comment, with their numbers from 1.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line))
    }
}

/// Every text file of the repository. What is not UTF-8 is left out.
pub fn files() -> Vec<Text> {
    let root = root();
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 50, "the repository was not found at {}", root.display());
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Text>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be read") {
        let entry = entry.expect("a folder of the repository can be read");
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().expect("a file of the repository has a type");
        if kind.is_dir() {
            if !NOT_OURS.iter().any(|not| name == *not) {
                walk(root, &path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            let below = path.strip_prefix(root).expect("the walk began at the root");
            found.push(Text { path: below.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// The file at `path` below the root, which must be there.
pub fn file(path: &str) -> Text {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| {
        panic!("{path} cannot be read ({error}): it belongs to the repository, bring it back")
    });
    Text { path: path.to_owned(), text }
}

/// Fails with everything that is wrong and what to do about it.
pub fn must_be_none(wrong: Vec<String>, what_to_do: &str) {
    assert!(wrong.is_empty(), "{what_to_do}\n  {}\n", wrong.join("\n  "));
}

/// Whether `word` occurs in `text` with no letter, digit or underscore on either side.
pub fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + word.len()..].chars().next().is_some_and(inside)
    })
}
