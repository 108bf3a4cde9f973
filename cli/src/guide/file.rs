//! Files of guides and of lists: in which form they are, and what of them the node is asked to take.
//!
//! A file is read whole and refused whole, with every place that is wrong, before anything is sent.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use sanji_model::book::{Book, Sheet, csv};
use sanji_model::problem::Problem;
use sanji_node::guide_file::GuideFile;
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

/// Reads a file of guides in the form given, or in that of its name.
pub fn guides(path: &Path, form: Option<Form>) -> Result<GuideFile, Failure> {
    match form.or(Form::of(path)) {
        Some(Form::Lines) => {
            let Input { text, file } = Input::read(path)?;
            GuideFile::of_lines(text, file).map_err(Failure::Lines)
        }
        Some(form @ (Form::Csv | Form::Xlsx)) => {
            let (book, file) = book(path, form)?;
            GuideFile::of_book(&book, file).map_err(Failure::Lines)
        }
        Some(Form::National) | None => Err(Failure::FileKind(path.to_owned(), KINDS)),
    }
}

/// The names that files of guides have.
const KINDS: &str = "*.jsonl, *.csv, *.xlsx";
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
}
