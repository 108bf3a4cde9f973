//! One thing wrong in a file that somebody hands in, with the place to look at.
//!
//! Knows no file format; readers collect all problems of a file and return them together.

use serde::Serialize;

use crate::book::Place;
use crate::lang::{Lang, Say};

/// What is wrong at which line. The sentences leave out the place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    pub file: String,
    /// Of a file that has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Counted from 1, the header line included.
    pub line: u64,
    /// As spreadsheet programs name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub code: &'static str,
    pub en: String,
    pub zh: String,
}

impl Problem {
    pub fn at(file: &str, line: u64, what: &impl Say) -> Problem {
        Problem {
            file: file.to_owned(),
            sheet: None,
            line,
            column: None,
            code: what.code(),
            en: what.text(Lang::En),
            zh: what.text(Lang::Zh),
        }
    }

    pub fn in_sheet(file: &str, place: &Place, what: &impl Say) -> Problem {
        let (sheet, column) = (Some(place.sheet.clone()), place.letters());
        Problem { sheet, column, ..Problem::at(file, place.line, what) }
    }

    /// The sentence with its place in front.
    pub fn text(&self, lang: Lang) -> String {
        let Problem { file, sheet, line, column, code, en, zh } = self;
        let part = |text: &Option<String>, before: &str, after: &str| {
            text.as_ref().map_or_else(String::new, |text| format!("{before}{text}{after}"))
        };
        match lang {
            Lang::Zh => {
                let (sheet, column) = (part(sheet, "“", "”表 "), part(column, " ", " 列"));
                format!("{file} {sheet}第 {line} 行{column}：[{code}] {zh}")
            }
            Lang::En => {
                let (sheet, column) = (part(sheet, "“", "”:"), part(column, ":", ""));
                format!("{file}:{sheet}{line}{column}: [{code}] {en}")
            }
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}
