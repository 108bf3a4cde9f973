//! Files of guides and of lists: in which form they are, and what of them the node is asked to take.
//!
//! A file is read whole and refused whole, with every place that is wrong, before anything is sent.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use sanji_model::book::{Book, Sheet, csv};
use sanji_model::guide::exchange;
use sanji_model::guide::import::{Imported, import_jsonl};
use sanji_model::problem::Problem;
use sanji_node::workbook;

use crate::failure::Failure;
use crate::input::Input;

/// The forms in which guides are handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Form {
    /// A JSON object a line / 每行一个 JSON 对象
    #[value(name = "jsonl")]
    Lines,
    /// One table, UTF-8 / 一张表
    Csv,
    /// A workbook / 工作簿
    Xlsx,
    /// The tables of the national exchange, as CSV; written only / 国家平台交换表，只能导出
    National,
}

impl Form {
    /// What names of such files end with.
    pub fn ending(self) -> &'static str {
        match self {
            Form::Lines => "jsonl",
            Form::Csv | Form::National => "csv",
            Form::Xlsx => "xlsx",
        }
    }

    /// The form that a file's name says; none when it is no name of a file of guides.
    pub fn of(file: &Path) -> Option<Form> {
        let ending = file.extension()?.to_str()?.to_ascii_lowercase();
        [Form::Lines, Form::Csv, Form::Xlsx].into_iter().find(|form| form.ending() == ending)
    }
}

/// A file as JSON lines; of a table, line n is row n.
pub struct GuideFile {
    pub text: String,
    /// The path as it was given.
    pub file: String,
    pub guides: Vec<Imported>,
}

impl GuideFile {
    /// Reads a file of guides in the form given, or in that of its name.
    pub fn read(path: &Path, form: Option<Form>) -> Result<GuideFile, Failure> {
        let of_book = |(book, file): (Book, String)| {
            let (lines, guides) = exchange::lines(&book, &file).map_err(Failure::Lines)?;
            Ok(GuideFile { text: lines.text, file, guides })
        };
        match form.or(Form::of(path)) {
            Some(Form::Lines) => {
                let Input { text, file } = Input::read(path)?;
                let guides = import_jsonl(&text, &file).map_err(Failure::Lines)?;
                Ok(GuideFile { text, file, guides })
            }
            Some(form @ (Form::Csv | Form::Xlsx)) => of_book(book(path, form)?),
            Some(Form::National) | None => Err(Failure::FileKind(path.to_owned(), KINDS)),
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

/// The names that files of guides have.
const KINDS: &str = "*.jsonl, *.csv, *.xlsx";
/// Guides that the node takes in one turn: some tenths of a second of its time.
const PART_GUIDES: usize = 50;
/// Bytes of such a part beyond which no further guide is added.
const PART_BYTES: usize = 1 << 20;

/// Reads a table or a workbook as sheets.
pub fn book(path: &Path, form: Form) -> Result<(Book, String), Failure> {
    if form == Form::Xlsx {
        let bytes = fs::read(path).map_err(|error| Failure::File(path.to_owned(), error))?;
        let file = path.display().to_string();
        return Ok((workbook::read(&bytes, &file).map_err(Failure::Lines)?, file));
    }
    let Input { text, file } = Input::read(path)?;
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let sheet: Sheet = csv::read(&text, &name)
        .map_err(|(line, fault)| Failure::Lines(vec![Problem::at(&file, line, &fault)]))?;
    Ok((Book { sheets: vec![sheet] }, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_name() {
        for (name, form) in [
            ("a.jsonl", Some(Form::Lines)),
            ("a.CSV", Some(Form::Csv)),
            ("b.xlsx", Some(Form::Xlsx)),
            ("a.xls", None),
        ] {
            assert_eq!(Form::of(Path::new(name)), form);
        }
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
