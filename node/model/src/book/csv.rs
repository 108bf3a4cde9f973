//! A sheet as CSV text that a spreadsheet program opens as it is meant: marked as UTF-8, every field quoted, and no
//! field taken for a formula or a number that it is not.
//!
//! A field that would be one gets an apostrophe in front, and reading takes it away again; see [`guarded`].

use super::{Row, Sheet, SheetFault};
use crate::table::Table;

/// Tells spreadsheet programs that the text is UTF-8.
const MARK: &str = "\u{feff}";

/// Writes one sheet for spreadsheet programs.
pub fn write(sheet: &Sheet) -> String {
    MARK.to_owned() + &text(&sheet.split_long(), guarded)
}

/// Writes one sheet for a machine that reads every field to the letter: no mark, nothing guarded, nothing split.
pub fn write_exactly(sheet: &Sheet) -> String {
    text(sheet, str::to_owned)
}

/// Rows for a machine, in which people wrote: to the letter but for a field that begins as a formula does, which would run where
/// somebody opens the file by hand. No code or date begins so.
pub fn rows_for_machines<'a>(rows: impl IntoIterator<Item = &'a Vec<String>>) -> String {
    lines(rows.into_iter(), harmless)
}

fn text(sheet: &Sheet, field: fn(&str) -> String) -> String {
    let rows = std::iter::once(&sheet.heading).chain(sheet.rows.iter().map(|row| &row.cells));
    lines(rows, field)
}

fn lines<'a>(rows: impl Iterator<Item = &'a Vec<String>>, field: fn(&str) -> String) -> String {
    let mut writer = ::csv::WriterBuilder::new()
        .quote_style(::csv::QuoteStyle::Always)
        .terminator(::csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for cells in rows {
        writer.write_record(cells.iter().map(|cell| field(cell))).expect("memory takes what is written");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("texts are UTF-8")
}

/// Reads one sheet, whatever program wrote it. Blank rows are passed over.
pub fn read(text: &str, name: &str) -> Result<Sheet, (u64, SheetFault)> {
    let table = Table::read_exactly(text);
    if let Some(line) = table.open_quote {
        return Err((line, SheetFault::OpenQuote));
    }
    let plain = |cells: &[String]| cells.iter().map(|cell| unguarded(cell).to_owned()).collect::<Vec<_>>();
    let rows = table.rows.iter().map(|row| Row { line: row.line, cells: plain(row.fields()) });
    let rows = rows.filter(|row| !row.is_blank()).collect();
    let heading = plain(table.header()).iter().map(|head| head.trim().to_owned()).collect();
    Ok(Sheet { name: name.to_owned(), heading, rows }.join_long())
}

/// What a spreadsheet program takes for the beginning of a formula, in both widths, or cuts off.
const FORMULA: &[char] = &['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// Digits from which on a spreadsheet program shows a number in powers of ten; codes are longer.
const DIGITS_MAX: usize = 11;

/// The field as it is written. One that begins as a formula does could run commands on the machine of whoever opens
/// the file; one of many digits, or with a zero in front, would come back as another number.
fn guarded(cell: &str) -> String {
    let digits = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
    let number = digits && (cell.len() > DIGITS_MAX || (cell.len() > 1 && cell.starts_with('0')));
    if number { format!("'{cell}") } else { harmless(cell) }
}

/// The field without a formula, its digits as they are.
fn harmless(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

/// The field as it was before it was guarded. An apostrophe before anything else is the text's own.
fn unguarded(cell: &str) -> &str {
    let guard = |rest: &&str| {
        rest.starts_with(FORMULA) || rest.starts_with(|c: char| c == '\'' || c.is_ascii_digit())
    };
    cell.strip_prefix('\'').filter(guard).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_quoted_marked_and_guarded() {
        let mut sheet = Sheet::new("指南", ["名称", "编码"]);
        sheet.push(vec!["=HYPERLINK(\"x\")".to_owned(), "002014008001".to_owned()]);
        sheet.push(vec!["两\n行，\"引\"".to_owned(), "5".to_owned()]);
        let text = write(&sheet);
        let wanted = "\u{feff}\"名称\",\"编码\"\r\n\"'=HYPERLINK(\"\"x\"\")\",\"'002014008001\"\r\n\"两\n行，\"\"引\"\"\",\"5\"\r\n";
        assert_eq!(text, wanted);
        assert_eq!(read(&text, "指南"), Ok(sheet));
        for (cell, written) in
            [("+86", "'+86"), ("'", "''"), ("'x", "''x"), ("12345678901", "12345678901"), ("0", "0")]
        {
            assert_eq!((guarded(cell).as_str(), unguarded(written)), (written, cell));
        }
        assert_eq!(unguarded("'引用"), "'引用");
        let row = ["=1+1", "@x", "-1", "002014008001", "王"].map(str::to_owned).to_vec();
        let wanted_of_machines = "\"'=1+1\",\"'@x\",\"'-1\",\"002014008001\",\"王\"\r\n";
        assert_eq!(rows_for_machines([&row]), wanted_of_machines);
        let exactly = write_exactly(&read(wanted, "指南").unwrap());
        assert_eq!(exactly, wanted.trim_start_matches('\u{feff}').replace("\"'", "\""));
    }

    #[test]
    fn a_quote_that_nothing_ends_has_its_line() {
        assert_eq!(read("a,b\n1,2\n3,\"4\n", "x"), Err((3, SheetFault::OpenQuote)));
        let read = read("名称 ,编码\n\n甲 ,\n,\n", "x").unwrap();
        assert_eq!((read.heading[0].as_str(), read.rows.len(), read.rows[0].line), ("名称", 1, 3));
        assert_eq!(read.rows[0].cell(0), "甲 ", "what stands in a field is left alone");
    }

    proptest! {
        #[test]
        fn any_field_comes_back(cells in proptest::collection::vec("['=+@0-9\r\n\t,\"甲 -]{0,14}", 1..4)) {
            prop_assume!(cells.iter().any(|cell| !cell.trim().is_empty()));
            let mut sheet = Sheet::new("x", cells.iter().enumerate().map(|(at, _)| format!("列{at}")));
            sheet.push(cells);
            prop_assert_eq!(read(&write(&sheet), "x").unwrap(), sheet);
        }
    }
}
