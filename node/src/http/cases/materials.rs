//! The materials of a form: a row for each that the guide asks for and some for others, as they came, and the line of the
//! case that they make.
//!
//! Pure. Knows no page.

use std::collections::BTreeSet;

use sanji_model::case::{Asked, Material, Source};

use crate::http::form::Fields;

/// Rows for what the guide does not name.
const OTHERS: usize = 2;
/// Rows that are read at most.
const ROWS_MAX: usize = 100;
/// Sheets of one material that a counter takes.
const SHEETS_MAX: u32 = 999;

/// One row of the form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Row {
    /// What its fields' names begin with.
    pub at: usize,
    pub name: String,
    /// The guide names it.
    pub is_asked: bool,
    pub secondary: bool,
    pub later: bool,
    pub conditional: bool,
    /// Blank for what is not handed in.
    pub source: String,
    pub originals: String,
    pub copies: String,
    pub checked: bool,
}

impl Row {
    pub fn is_required(&self) -> bool {
        self.is_asked && !self.secondary && !self.conditional
    }
}

/// The rows before anything is typed. What is here already is left out.
pub(super) fn blank(asked: &[Asked], given: &BTreeSet<String>) -> Vec<Row> {
    let wanted = asked.iter().filter(|one| !given.contains(&one.name));
    let row = |one: &Asked| Row {
        name: one.name.clone(),
        is_asked: true,
        secondary: one.secondary,
        later: one.later,
        conditional: one.conditional,
        ..empty()
    };
    let rows = wanted.map(row).chain(std::iter::repeat_with(empty).take(OTHERS));
    rows.enumerate().map(|(at, row)| Row { at, ..row }).collect()
}

fn empty() -> Row {
    Row { originals: "1".to_owned(), copies: "0".to_owned(), ..Row::default() }
}

/// The rows as they were sent, on top of those that were shown.
pub(super) fn sent(fields: &Fields, shown: Vec<Row>) -> Vec<Row> {
    let read = |row: Row| {
        let name = |part: &str| format!("m{}.{part}", row.at);
        Row {
            name: if row.is_asked { row.name.clone() } else { fields.get(&name("name")).to_owned() },
            source: fields.get(&name("source")).to_owned(),
            originals: fields.get(&name("originals")).to_owned(),
            copies: fields.get(&name("copies")).to_owned(),
            checked: fields.has(&name("checked")),
            ..row
        }
    };
    shown.into_iter().take(ROWS_MAX).map(read).collect()
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadRow {
    /// Another material without a name.
    Name(usize),
    /// Not how a material comes.
    Source(usize),
    /// No number of sheets.
    Sheets(usize),
}

/// The field `materials` of the event: a line each for what was handed in.
pub(super) fn written(rows: &[Row]) -> Result<String, BadRow> {
    let handed_in = rows.iter().filter(|row| !row.source.is_empty());
    let lines: Result<Vec<String>, BadRow> =
        handed_in.map(|row| material(row).map(|m| m.to_string())).collect();
    Ok(lines?.join(";"))
}

fn material(row: &Row) -> Result<Material, BadRow> {
    let sheets = |text: &str| match text {
        "" => Ok(0),
        text => text.parse().ok().filter(|n| *n <= SHEETS_MAX).ok_or(BadRow::Sheets(row.at)),
    };
    // What is between materials and their parts cannot be in a name.
    let name = row.name.replace([';', '；', '|', '\n'], " ").trim().to_owned();
    if name.is_empty() {
        return Err(BadRow::Name(row.at));
    }
    Ok(Material {
        name,
        source: row.source.parse::<Source>().map_err(|_| BadRow::Source(row.at))?,
        originals: sheets(&row.originals)?,
        copies: sheets(&row.copies)?,
        checked: row.checked,
        attachments: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str) -> Asked {
        Asked { name: name.to_owned(), secondary: false, later: false, conditional: false, days: None }
    }

    #[test]
    fn rows_become_the_lines_of_the_case() {
        let shown =
            blank(&[asked("身份证"), asked("户口簿"), asked("照片")], &BTreeSet::from(["照片".to_owned()]));
        assert_eq!(shown.len(), 2 + OTHERS);
        let form = "m0.source=paper&m0.originals=1&m0.copies=2&m0.checked=1&m1.source=&m1.originals=1&m1.copies=0\
                    &m2.name=%E5%85%B6%E4%BB%96%7C%E7%85%A7&m2.source=scan&m2.originals=&m2.copies=1";
        let rows = sent(&Fields::read(form.as_bytes()), shown);
        assert_eq!(written(&rows), Ok("身份证|1+2|checked;其他 照|scan|0+1".to_owned()));
        assert!(rows[0].checked && rows[1].source.is_empty() && rows[1].is_required());
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let row = |source: &str, name: &str, originals: &str| Row {
            at: 3,
            name: name.to_owned(),
            source: source.to_owned(),
            originals: originals.to_owned(),
            ..Row::default()
        };
        assert_eq!(written(&[row("paper", " ", "1")]), Err(BadRow::Name(3)));
        assert_eq!(written(&[row("pigeon", "照片", "1")]), Err(BadRow::Source(3)));
        assert_eq!(written(&[row("paper", "照片", "many")]), Err(BadRow::Sheets(3)));
        assert_eq!(written(&[row("", "", "many")]), Ok(String::new()));
    }
}
