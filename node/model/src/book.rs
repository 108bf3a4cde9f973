//! Tables that people edit in a spreadsheet program: sheets with a heading and rows of plain texts.
//!
//! Knows no column's meaning and no file; CSV is `csv`, XLSX the node's. A cell is a text: what a program made of it
//! when it was typed is undone by whoever reads the file.

pub mod csv;
mod fault;

pub use fault::{Place, SheetFault};

/// The sheets of a file in their order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Book {
    pub sheets: Vec<Sheet>,
}

/// One sheet. Rows may be shorter than the heading; a cell that is not there is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sheet {
    pub name: String,
    pub heading: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Where it begins in the file, counted from 1, the heading included.
    pub line: u64,
    pub cells: Vec<String>,
}

/// Characters of one cell. Spreadsheet programs cut a text at 32,767 UTF-16 units, of which a character has two at most.
pub const CELL_CHARS_MAX: usize = 16_000;

impl Sheet {
    pub fn new(name: &str, heading: impl IntoIterator<Item = impl Into<String>>) -> Sheet {
        Sheet {
            name: name.to_owned(),
            heading: heading.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row below the last.
    pub fn push(&mut self, cells: Vec<String>) {
        let line = self.rows.last().map_or(1, |row| row.line) + 1;
        self.rows.push(Row { line, cells });
    }

    /// Every cell that is too long for a spreadsheet program goes on in further columns, headed `甲（续2）` after `甲`.
    pub fn split_long(&self) -> Sheet {
        let mut wide = Sheet::new(&self.name, Vec::<String>::new());
        wide.rows = self.rows.iter().map(|row| Row { line: row.line, cells: Vec::new() }).collect();
        for (column, head) in self.heading.iter().enumerate() {
            let pieces: Vec<Vec<String>> = self.rows.iter().map(|row| pieces(row.cell(column))).collect();
            let most = pieces.iter().map(Vec::len).max().unwrap_or(1);
            wide.heading.push(head.clone());
            wide.heading.extend((2..=most).map(|number| format!("{head}{GOES_ON}{number}）")));
            for (row, pieces) in wide.rows.iter_mut().zip(pieces) {
                let missing = most - pieces.len();
                row.cells.extend(pieces);
                row.cells.extend(vec![String::new(); missing]);
            }
        }
        wide
    }

    /// The same joined again.
    pub fn join_long(&self) -> Sheet {
        let mut joined = Sheet::new(&self.name, Vec::<String>::new());
        joined.rows = self.rows.iter().map(|row| Row { line: row.line, cells: Vec::new() }).collect();
        for (column, head) in self.heading.iter().enumerate() {
            let before = joined.heading.last().filter(|last| is_continued(last, head));
            let goes_on = before.is_some();
            if !goes_on {
                joined.heading.push(head.clone());
            }
            for (row, source) in joined.rows.iter_mut().zip(&self.rows) {
                let cell = source.cell(column);
                match row.cells.last_mut().filter(|_| goes_on) {
                    Some(last) => last.push_str(cell),
                    None => row.cells.push(cell.to_owned()),
                }
            }
        }
        joined
    }
}

impl Row {
    /// The cell of a column; empty when the row ends before it.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

const GOES_ON: &str = "（续";

fn is_continued(head: &str, next: &str) -> bool {
    let number = next.strip_prefix(head).and_then(|rest| rest.strip_prefix(GOES_ON)?.strip_suffix('）'));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at % CELL_CHARS_MAX == 0 {
            pieces.push(String::new());
        }
        pieces.last_mut().expect("there is always one").push(c);
    }
    pieces
}

/// The letters by which spreadsheet programs name a column: `A`, `Z`, `AA`.
pub fn column_letters(column: usize) -> String {
    let letter = char::from(b'A' + (column % 26) as u8);
    match column / 26 {
        0 => letter.to_string(),
        before => format!("{}{letter}", column_letters(before - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_goes_on_in_further_columns_and_comes_back() {
        let mut sheet = Sheet::new("指南", ["甲", "乙"]);
        let long = "长".repeat(CELL_CHARS_MAX * 2 + 1);
        sheet.push(vec![long.clone(), "短".to_owned()]);
        sheet.push(vec!["短".to_owned(), String::new()]);
        let wide = sheet.split_long();
        assert_eq!(wide.heading, ["甲", "甲（续2）", "甲（续3）", "乙"]);
        assert!(wide.rows.iter().flat_map(|row| &row.cells).all(|c| c.chars().count() <= CELL_CHARS_MAX));
        assert_eq!(wide.rows[0].cell(2), "长");
        assert_eq!(wide.join_long(), sheet);
        assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn columns_have_the_letters_of_spreadsheet_programs() {
        assert_eq!(
            [0, 25, 26, 51, 52, 701, 702].map(column_letters),
            ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
        );
    }
}
