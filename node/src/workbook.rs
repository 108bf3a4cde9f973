//! XLSX: the sheets of a workbook out of its bytes, and its bytes out of sheets.
//!
//! Texts are written as texts, so no cell is a formula. Knows no column's meaning and no file.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, XlsxError as ReadError};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError as WriteError};
use sanji_model::book::{Book, Place, Row, Sheet, SheetFault};
use sanji_model::problem::Problem;

/// Bytes of the texts of one workbook: 1,500 guides of 64 KB (DOMAIN §8 stress) and some.
const TEXT_BYTES_MAX: usize = 192 << 20;
/// Rows and columns of a sheet; a cell far out would otherwise cost memory for all before it.
const ROWS_MAX: u32 = 200_000;
const COLUMNS_MAX: u32 = 1_000;
/// From here on a number in a cell no longer has all its digits.
const EXACT_MAX: f64 = 1e15;

/// Why sheets are not a workbook.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be made: {0}")]
pub struct NotWritten(#[from] WriteError);

/// Reads every sheet; `file` is the name that problems give.
pub fn read(bytes: &[u8], file: &str) -> Result<Book, Vec<Problem>> {
    let unreadable = |error: ReadError| {
        let fault = SheetFault::NotAWorkbook { why: error.to_string() };
        vec![Problem::at(file, 1, &fault)]
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut book = Book::default();
    let mut reading = Reading { file, problems: Vec::new(), bytes: 0 };
    for name in workbook.sheet_names() {
        let mut cells = match workbook.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            // Charts and the like have no cells.
            Err(ReadError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(unreadable(error)),
        };
        let mut sheet = Sheet::new(&name, Vec::<String>::new());
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            if row >= ROWS_MAX || column >= COLUMNS_MAX || reading.bytes > TEXT_BYTES_MAX {
                reading.say(&name, row, column, &SheetFault::TooLarge);
                return Err(reading.problems);
            }
            let text = reading.text(&name, row, column, cell.get_value());
            if !text.is_empty() {
                put(&mut sheet, row, column as usize, text);
            }
        }
        sheet.heading.iter_mut().for_each(|head| *head = head.trim().to_owned());
        book.sheets.push(sheet.join_long());
    }
    if reading.problems.is_empty() { Ok(book) } else { Err(reading.problems) }
}

/// Cells come row by row.
fn put(sheet: &mut Sheet, row: u32, column: usize, text: String) {
    let line = u64::from(row) + 1;
    let cells = if row == 0 {
        &mut sheet.heading
    } else {
        if sheet.rows.last().is_none_or(|last| last.line != line) {
            sheet.rows.push(Row { line, cells: Vec::new() });
        }
        &mut sheet.rows.last_mut().expect("there is one now").cells
    };
    if cells.len() <= column {
        cells.resize(column + 1, String::new());
    }
    cells[column] = text;
}

struct Reading<'a> {
    file: &'a str,
    problems: Vec<Problem>,
    bytes: usize,
}

impl Reading<'_> {
    /// What a person sees in a cell.
    fn text(&mut self, sheet: &str, row: u32, column: u32, value: &DataRef<'_>) -> String {
        let text = match value {
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) if number.abs() >= EXACT_MAX => {
                self.say(sheet, row, column, &SheetFault::RoundedNumber);
                String::new()
            }
            DataRef::Float(number) => number.to_string(),
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
            DataRef::DateTime(moment) => {
                let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
                let date = format!("{year:04}-{month:02}-{day:02}");
                match (hour, minute, second) {
                    (0, 0, 0) => date,
                    _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
                }
            }
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
            DataRef::Error(error) => {
                self.say(sheet, row, column, &SheetFault::CellError { text: error.to_string() });
                String::new()
            }
            DataRef::Empty => String::new(),
        };
        self.bytes += text.len();
        text
    }

    fn say(&mut self, sheet: &str, row: u32, column: u32, fault: &SheetFault) {
        let column = Some(column as usize);
        let place = Place { sheet: sheet.to_owned(), line: u64::from(row) + 1, column };
        self.problems.push(Problem::in_sheet(self.file, &place, fault));
    }
}

/// Writes sheets: headings stand still, every cell is a text. The same sheets give the same bytes.
pub fn write(book: &Book) -> Result<Vec<u8>, NotWritten> {
    let mut workbook = Workbook::new();
    // Without a date of its own a workbook has that of the clock.
    let never = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&never));
    let head = Format::new().set_bold().set_num_format("@");
    let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
    for sheet in &book.sheets {
        let sheet = sheet.split_long();
        let page = workbook.add_worksheet();
        page.set_name(&sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (cell, column) in sheet.heading.iter().zip(0..) {
            page.set_column_width(column, COLUMN_WIDTH)?;
            page.write_string_with_format(0, column, cell, &head)?;
        }
        for (row, number) in sheet.rows.iter().zip(1..) {
            for (cell, column) in row.cells.iter().zip(0..).filter(|(cell, _)| !cell.is_empty()) {
                page.write_string_with_format(number, column, cell, &text)?;
            }
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// In characters: names stand in one line, long texts are wrapped.
const COLUMN_WIDTH: f64 = 24.0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sheet(name: &str, cells: &[&str]) -> Sheet {
        let mut sheet = Sheet::new(name, (0..cells.len()).map(|at| format!("列{at}")));
        sheet.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        sheet
    }

    #[test]
    fn sheets_come_back_as_they_were() {
        let long = "长".repeat(40_000);
        let cells = [
            "=1+1",
            "002014008001",
            " 前后 ",
            "一\r\n二\t",
            "_x000D_",
            "<&>\"",
            "ᠮᠣᠩᠭᠣᠯ\u{180e}ᠠ",
            "😀",
            &long,
        ];
        let book = Book { sheets: vec![sheet("指南", &cells), sheet("申报材料", &["身份证"])] };
        let bytes = write(&book).unwrap();
        assert_eq!(read(&bytes, "x.xlsx"), Ok(book.clone()));
        assert_eq!(write(&book).unwrap(), bytes, "no clock in it");
    }

    /// Made as spreadsheet programs make them: numbers, dates and errors in cells.
    #[test]
    fn what_people_type_is_read_as_they_see_it_or_refused_with_its_cell() {
        let mut workbook = Workbook::new();
        let page = workbook.add_worksheet();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        for (head, column) in ["名称", "份数", "天数", "日期", "可否"].iter().zip(0..) {
            page.write_string(0, column, format!("{head} ")).unwrap();
        }
        page.write_string(2, 0, "甲").unwrap();
        page.write_number(2, 1, 2.0).unwrap();
        page.write_number(2, 2, 0.5).unwrap();
        page.write_datetime_with_format(2, 3, ExcelDateTime::from_ymd(2026, 2, 10).unwrap(), &day).unwrap();
        page.write_boolean(2, 4, true).unwrap();
        let book = read(&workbook.save_to_buffer().unwrap(), "x.xlsx").unwrap();
        assert_eq!(book.sheets[0].heading, ["名称", "份数", "天数", "日期", "可否"]);
        let row = &book.sheets[0].rows[0];
        assert_eq!((row.line, row.cells.join("|").as_str()), (3, "甲|2|0.5|2026-02-10|是"));

        let mut workbook = Workbook::new();
        let page = workbook.add_worksheet();
        page.write_string(0, 0, "编码").unwrap();
        page.write_number(1, 0, 1.151e30).unwrap();
        page.write_formula(2, 0, rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        let problems = read(&workbook.save_to_buffer().unwrap(), "x.xlsx").unwrap_err();
        assert_eq!(
            (problems[0].code, problems[0].line, problems[0].column.as_deref()),
            ("SHEET_ROUNDED", 2, Some("A"))
        );
        let far = {
            let mut workbook = Workbook::new();
            workbook.add_worksheet().write_string(1_000_000, 5, "远").unwrap();
            workbook.save_to_buffer().unwrap()
        };
        assert_eq!(read(&far, "x.xlsx").unwrap_err()[0].code, "SHEET_TOO_LARGE");
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        let bytes = write(&Book { sheets: vec![sheet("指南", &["甲"])] }).unwrap();
        for bad in [&b"PK\x03\x04"[..], b"", b"name,code\n", &bytes[..bytes.len() / 2]] {
            let problems = read(bad, "x.xlsx").unwrap_err();
            assert_eq!((problems.len(), problems[0].code), (1, "SHEET_WORKBOOK"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_comes_back(cells in proptest::collection::vec(any::<String>(), 1..6)) {
            prop_assume!(cells.iter().any(|cell| !cell.is_empty()) && !cells.last().unwrap().is_empty());
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let book = Book { sheets: vec![sheet("指南", &cells)] };
            prop_assert_eq!(read(&write(&book).unwrap(), "x.xlsx"), Ok(book));
        }
    }
}
