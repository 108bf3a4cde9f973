//! Guides as lines, as the sheets of a workbook, and as one table.
//!
//! Knows no file.

use super::columns::{
    Cells, GUIDES, NUMBER, OPEN_ENDED, REMARKS, ROWS, TRANSLATIONS, columns, row_cell, row_columns,
};
use crate::book::{Book, Sheet};
use crate::guide::Guide;
use crate::guide::import::mapping::{Field, Target, column};

/// A JSON object a line, in the project's own shape.
pub fn to_lines(guides: &[Guide]) -> String {
    let line =
        |guide: &Guide| serde_json::to_string(guide).expect("guides have text keys and plain numbers only");
    guides.iter().map(|guide| line(guide) + "\n").collect()
}

/// A workbook: a sheet of guides, and one for each element that is a list of rows.
pub fn to_book(guides: &[Guide]) -> Book {
    let cells: Vec<Cells> = guides.iter().map(Cells::of).collect();
    let columns = columns();
    let mut sheets = vec![sheet_of_guides(&cells, &columns, |cells, target| cells.cell(target))];
    for (element, kind) in ROWS {
        let row_columns = row_columns(kind);
        let heading = std::iter::once(NUMBER).chain(row_columns.iter().map(|(_, heading)| *heading));
        let mut sheet = Sheet::new(element.words().zh, heading);
        for (cells, number) in cells.iter().zip(1..) {
            for row in cells.rows(element) {
                let mut line = vec![number.to_string()];
                line.extend(row_columns.iter().map(|(field, heading)| match column(kind, heading) {
                    Some(column) => row_cell(column.how, &row[*field]),
                    None => String::new(),
                }));
                sheet.push(line);
            }
        }
        sheets.push(sheet);
    }
    sheets.push(translations(guides));
    sheets.push(remarks(guides));
    Book { sheets }
}

/// One table: a row a guide, in which lists of rows are JSON.
pub fn to_sheet(guides: &[Guide]) -> Sheet {
    let cells: Vec<Cells> = guides.iter().map(Cells::of).collect();
    let mut columns = columns();
    columns.extend(OPEN_ENDED.map(Target::Field));
    sheet_of_guides(&cells, &columns, |cells, target| {
        let in_json = match target {
            Target::Element(element) => ROWS.iter().any(|(rows, _)| *rows == element),
            Target::Field(field) => OPEN_ENDED.contains(&field),
            Target::Limit(_) | Target::Code(_) | Target::Source(_) => false,
        };
        let json = if in_json { cells.json(target) } else { None };
        json.unwrap_or_else(|| cells.cell(target))
    })
}

fn sheet_of_guides(cells: &[Cells], columns: &[Target], cell: fn(&Cells, Target) -> String) -> Sheet {
    let heading = std::iter::once(NUMBER).chain(columns.iter().map(|target| target.words().zh));
    let mut sheet = Sheet::new(GUIDES, heading);
    for (cells, number) in cells.iter().zip(1..) {
        let mut row = vec![number.to_string()];
        row.extend(columns.iter().map(|target| cell(cells, *target)));
        sheet.push(row);
    }
    sheet
}

fn translations(guides: &[Guide]) -> Sheet {
    let mut sheet = Sheet::new(Field::Translations.words().zh, TRANSLATIONS);
    for (guide, number) in guides.iter().zip(1..) {
        for (language, texts) in &guide.translations {
            for (element, text) in texts {
                sheet.push(vec![
                    number.to_string(),
                    language.clone(),
                    element.words().zh.to_owned(),
                    text.clone(),
                ]);
            }
        }
    }
    sheet
}

fn remarks(guides: &[Guide]) -> Sheet {
    let mut sheet = Sheet::new(Field::Remarks.words().zh, REMARKS);
    for (guide, number) in guides.iter().zip(1..) {
        for (key, text) in &guide.remarks {
            sheet.push(vec![number.to_string(), key.clone(), text.clone()]);
        }
    }
    sheet
}
