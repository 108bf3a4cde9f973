//! One thing wrong in a file that somebody hands in, with the place to look at.
//!
//! Knows no file format; readers collect all problems of a file and return them together.

use serde::Serialize;

use crate::lang::{Lang, Say};

/// What is wrong at which line. The sentences leave out the place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    pub file: String,
    /// Counted from 1, the header line included.
    pub line: u64,
    pub code: &'static str,
    pub en: String,
    pub zh: String,
}

impl Problem {
    pub fn at(file: &str, line: u64, what: &impl Say) -> Problem {
        Problem {
            file: file.to_owned(),
            line,
            code: what.code(),
            en: what.text(Lang::En),
            zh: what.text(Lang::Zh),
        }
    }

    /// The sentence with its place in front.
    pub fn text(&self, lang: Lang) -> String {
        let Problem { file, line, code, en, zh } = self;
        match lang {
            Lang::Zh => format!("{file} 第 {line} 行：[{code}] {zh}"),
            Lang::En => format!("{file}:{line}: [{code}] {en}"),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}
