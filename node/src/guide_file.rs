//! A file of guides as the machine takes it: JSON lines, in parts that are each some tenths of a second of its time.
//!
//! Read whole and refused whole, with every place that is wrong, before anything is sent. Knows no disk and no machine.

use std::path::Path;

use sanji_model::book::{Book, Sheet, csv};
use sanji_model::guide::exchange;
use sanji_model::guide::import::{Imported, import_jsonl};
use sanji_model::problem::Problem;

use crate::workbook;

/// Guides that the node takes in one turn.
const PART_GUIDES: usize = 50;
/// Bytes of such a part beyond which no further guide is added.
const PART_BYTES: usize = 1 << 20;

/// A file as JSON lines; of a table, line n is row n.
pub struct GuideFile {
    pub text: String,
    /// What problems call it.
    pub file: String,
    pub guides: Vec<Imported>,
}

/// Why bytes with a name are no file of guides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoGuideFile {
    /// The name ends in nothing that is read.
    Kind,
    NotUtf8,
    Problems(Vec<Problem>),
}

impl From<Vec<Problem>> for NoGuideFile {
    fn from(problems: Vec<Problem>) -> NoGuideFile {
        NoGuideFile::Problems(problems)
    }
}

impl GuideFile {
    pub fn of_lines(text: String, file: String) -> Result<GuideFile, Vec<Problem>> {
        let guides = import_jsonl(&text, &file)?;
        Ok(GuideFile { text, file, guides })
    }

    pub fn of_book(book: &Book, file: String) -> Result<GuideFile, Vec<Problem>> {
        let (lines, guides) = exchange::lines(book, &file)?;
        Ok(GuideFile { text: lines.text, file, guides })
    }

    /// Reads bytes in the form that the name says: `*.jsonl`, `*.csv` or `*.xlsx`.
    pub fn of_bytes(bytes: Vec<u8>, name: &str) -> Result<GuideFile, NoGuideFile> {
        let path = Path::new(name);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let text = |bytes| String::from_utf8(bytes).map_err(|_| NoGuideFile::NotUtf8);
        match ending.to_ascii_lowercase().as_str() {
            "jsonl" => Ok(GuideFile::of_lines(text(bytes)?, name.to_owned())?),
            "xlsx" => Ok(GuideFile::of_book(&workbook::read(&bytes, name)?, name.to_owned())?),
            "csv" => {
                let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
                let sheet: Sheet = csv::read(&text(bytes)?, &stem)
                    .map_err(|(line, fault)| vec![Problem::at(name, line, &fault)])?;
                Ok(GuideFile::of_book(&Book { sheets: vec![sheet] }, name.to_owned())?)
            }
            _ => Err(NoGuideFile::Kind),
        }
    }

    /// The text in parts of some guides each, every line under its number.
    pub fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut guides = 0;
        for (line, before) in self.text.trim_start_matches('\u{feff}').split('\n').zip(0..) {
            if guides == PART_GUIDES || (guides > 0 && part.len() > PART_BYTES) {
                parts.push(std::mem::replace(&mut part, "\n".repeat(before)));
                guides = 0;
            }
            guides += usize::from(!line.trim().is_empty());
            part += line;
            part.push('\n');
        }
        if guides > 0 {
            parts.push(part);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_name() {
        let line = "{\"要素\":{\"name\":\"高龄津贴\"}}\n".as_bytes().to_vec();
        assert_eq!(GuideFile::of_bytes(line.clone(), "a.JSONL").map(|file| file.guides.len()).ok(), Some(1));
        let why = |bytes, name| GuideFile::of_bytes(bytes, name).err();
        assert_eq!(why(line.clone(), "a.xls"), Some(NoGuideFile::Kind));
        match why("姓名,电话\n李四,139\n".as_bytes().to_vec(), "a.csv") {
            Some(NoGuideFile::Problems(problems)) => assert_eq!(problems[0].code, "SHEET_FOREIGN"),
            other => panic!("{other:?}"),
        }
        assert_eq!(why(vec![0xc4, 0xe3], "a.csv"), Some(NoGuideFile::NotUtf8));
        assert!(matches!(why(line, "a.xlsx"), Some(NoGuideFile::Problems(_))));
    }

    #[test]
    fn parts_keep_the_numbers_of_lines() {
        let lines: Vec<String> =
            (1..=120).map(|n| if n % 3 == 0 { String::new() } else { format!("g{n}") }).collect();
        let file = GuideFile { text: lines.join("\n"), file: "x".into(), guides: Vec::new() };
        let parts = file.parts();
        assert_eq!(parts.len(), 2);
        let mut seen = Vec::new();
        for part in &parts {
            seen.extend(part.lines().zip(1..).filter(|(line, _)| !line.is_empty()));
        }
        let wanted: Vec<(&str, i32)> =
            lines.iter().map(String::as_str).zip(1..).filter(|(line, _)| !line.is_empty()).collect();
        assert_eq!(seen, wanted);
        assert!(GuideFile { text: "\n \n".into(), file: "x".into(), guides: Vec::new() }.parts().is_empty());
    }
}
