//! Sheets as lines that the importer reads, a line of text for a row of the sheet of guides.
//!
//! A cell that is written as this program writes it becomes the value it stands for; any other goes to the importer
//! under its heading, so that whatever headings a source has, nothing is dropped. Every line has the number of its
//! row: what the importer says of a line is said of the row.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::columns::{GUIDES, NUMBER, REMARKS, ROWS, TRANSLATIONS, read_cell, read_row_cell, target};
use super::national::OPERATION;
use crate::book::{Book, Place, Row, Sheet, SheetFault};
use crate::guide::Element;
use crate::guide::import::mapping::{self, Field, RowKind, Target};
use crate::guide::import::{Imported, import_jsonl};
use crate::problem::Problem;

/// The guides of a book as text of JSON lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Line n is row n of the sheet; rows without a guide are blank lines.
    pub text: String,
    /// Name of the sheet of guides.
    pub sheet: String,
}

/// Reads a book, or says all that is wrong with it. `file` is the name that problems give.
pub fn lines(book: &Book, file: &str) -> Result<(Lines, Vec<Imported>), Vec<Problem>> {
    let mut reader = Reader { file, problems: Vec::new() };
    let named = |sheet: &&Sheet| [GUIDES, "guides"].contains(&sheet.name.to_lowercase().trim());
    let Some(guides) = book.sheets.iter().find(named).or(book.sheets.first()) else {
        return Err(vec![Problem::at(file, 1, &SheetFault::Empty)]);
    };
    if column(guides, OPERATION).is_some() {
        reader.say(guides, 1, None, &SheetFault::National);
        return Err(reader.problems);
    }
    let mut drafts = reader.guides(guides);
    let by_number = (0..drafts.len()).map(|at| (drafts[at].number.clone(), at)).collect();
    for sheet in book.sheets.iter().filter(|sheet| !std::ptr::eq(*sheet, guides)) {
        reader.rows(sheet, &by_number, &mut drafts);
    }
    if drafts.is_empty() && reader.problems.is_empty() {
        reader.say(guides, 1, None, &SheetFault::Empty);
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let mut text = String::new();
    let mut at = 1;
    for draft in drafts {
        text.extend(std::iter::repeat_n('\n', (draft.line - at) as usize));
        at = draft.line;
        text += &draft.object().to_string();
    }
    let sheet = guides.name.clone();
    let in_sheet = |problem| Problem { sheet: Some(sheet.clone()), ..problem };
    let imported = import_jsonl(&text, file)
        .map_err(|problems| problems.into_iter().map(in_sheet).collect::<Vec<_>>())?;
    Ok((Lines { text, sheet }, imported))
}

/// A guide under construction, in the shape of a line.
struct Draft {
    number: String,
    line: u64,
    top: Map<String, Value>,
    elements: Map<String, Value>,
    source: Map<String, Value>,
    /// By heading, what the importer must read.
    foreign: Map<String, Value>,
}

impl Draft {
    fn put(&mut self, target: Target, value: Value) {
        let map = match target {
            Target::Element(element) => return drop(self.elements.insert(element.word().to_owned(), value)),
            Target::Field(field) => return drop(self.top.insert(field.word().to_owned(), value)),
            Target::Source(part) => return drop(self.source.insert(part.word().to_owned(), value)),
            Target::Limit(part) => (Element::TimeLimit, part.word()),
            Target::Code(kind) => (Element::Code, kind.word()),
        };
        let (element, part) = map;
        let body = self.elements.entry(element.word()).or_insert_with(|| Map::new().into());
        if let Value::Object(parts) = body {
            parts.insert(part.to_owned(), value);
        }
    }

    fn object(mut self) -> Value {
        if !self.source.is_empty() {
            self.top.insert("source".to_owned(), self.source.into());
        }
        for (heading, value) in self.foreign {
            // The elements are one flat object with the rest to the importer.
            let home = if self.top.contains_key(&heading) { &mut self.elements } else { &mut self.top };
            home.insert(heading, value);
        }
        self.top.insert("要素".to_owned(), self.elements.into());
        self.top.into()
    }
}

struct Reader<'a> {
    file: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn say(&mut self, sheet: &Sheet, line: u64, column: Option<usize>, fault: &SheetFault) {
        let place = Place { sheet: sheet.name.clone(), line, column };
        self.problems.push(Problem::in_sheet(self.file, &place, fault));
    }

    fn guides(&mut self, sheet: &Sheet) -> Vec<Draft> {
        self.headings(sheet);
        if !sheet.heading.iter().any(|heading| target(heading).is_some() || mapping::rule(heading).is_some())
        {
            self.say(sheet, 1, None, &SheetFault::Foreign);
            return Vec::new();
        }
        let number = column(sheet, NUMBER);
        let mut drafts: Vec<Draft> = Vec::new();
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for row in sheet.rows.iter().filter(|row| !row.is_blank()) {
            let name = number.map_or("", |column| row.cell(column)).trim().to_owned();
            if let Some(first) = seen.get(&name).filter(|_| !name.is_empty()) {
                let fault = SheetFault::NumberTwice { number: name.clone(), first: *first };
                self.say(sheet, row.line, number, &fault);
            }
            seen.entry(name.clone()).or_insert(row.line);
            let mut draft = Draft {
                number: name,
                line: row.line,
                top: Map::new(),
                elements: Map::new(),
                source: Map::new(),
                foreign: Map::new(),
            };
            let mut placed = BTreeSet::new();
            for (at, heading) in sheet.heading.iter().enumerate().filter(|(at, _)| Some(*at) != number) {
                let cell = row.cell(at);
                let known = target(heading).filter(|target| placed.insert(*target));
                match known.and_then(|target| Some((target, read_cell(target, cell)?))) {
                    _ if cell.trim().is_empty() => {}
                    Some((target, value)) => draft.put(target, value),
                    None => drop(draft.foreign.insert(heading.clone(), cell.into())),
                }
            }
            drafts.push(draft);
        }
        drafts
    }

    /// A sheet beside that of the guides: rows of an element, translations or remarks.
    fn rows(&mut self, sheet: &Sheet, by_number: &BTreeMap<String, usize>, drafts: &mut [Draft]) {
        if sheet.rows.iter().all(Row::is_blank) {
            return;
        }
        let target = target(&sheet.name).or_else(|| Some(mapping::rule(&sheet.name)?.target));
        let kind = ROWS.iter().find(|(element, _)| target == Some(Target::Element(*element)));
        let what = match (kind, target) {
            (Some((element, kind)), _) => Beside::Rows(*element, *kind),
            (None, Some(Target::Field(Field::Translations))) => Beside::Translations,
            (None, Some(Target::Field(Field::Remarks))) => Beside::Remarks,
            (None, _) => {
                let elements = ROWS.iter().map(|(element, _)| element.words().zh);
                let fields = [Field::Translations, Field::Remarks].map(|field| field.words().zh);
                let known: Vec<&str> = std::iter::once(GUIDES).chain(elements).chain(fields).collect();
                let known = known.join("、");
                return self.say(sheet, 1, None, &SheetFault::UnknownSheet { known });
            }
        };
        self.headings(sheet);
        let Some(number) = column(sheet, NUMBER) else {
            return self.say(sheet, 1, None, &SheetFault::NoNumber { column: NUMBER });
        };
        for row in sheet.rows.iter().filter(|row| !row.is_blank()) {
            let name = row.cell(number).trim();
            match by_number.get(name).filter(|_| !name.is_empty()) {
                Some(at) => what.add(sheet, number, row, &mut drafts[*at]),
                None => {
                    let fault = SheetFault::NoSuchGuide { number: name.to_owned() };
                    self.say(sheet, row.line, Some(number), &fault);
                }
            }
        }
    }

    /// No heading stands twice, and every cell below has one.
    fn headings(&mut self, sheet: &Sheet) {
        let mut seen = BTreeSet::new();
        for (at, head) in sheet.heading.iter().enumerate() {
            if !head.is_empty() && !seen.insert(head) {
                self.say(sheet, 1, Some(at), &SheetFault::HeadingTwice { head: head.clone() });
            }
        }
        for row in &sheet.rows {
            let headless = |at: &usize| sheet.heading.get(*at).is_none_or(|head| head.is_empty());
            let bare = (0..row.cells.len()).filter(headless).find(|at| !row.cell(*at).trim().is_empty());
            if let Some(at) = bare {
                self.say(sheet, row.line, Some(at), &SheetFault::NoHeading);
            }
        }
    }
}

/// What a sheet beside that of the guides holds.
enum Beside {
    Rows(Element, RowKind),
    Translations,
    Remarks,
}

impl Beside {
    fn add(&self, sheet: &Sheet, number: usize, row: &Row, draft: &mut Draft) {
        // A column that is not there is one beyond the last.
        let at = |heading| column(sheet, heading).unwrap_or(usize::MAX);
        match self {
            Beside::Rows(element, kind) => {
                let mut object = Map::new();
                for (at, heading) in sheet.heading.iter().enumerate().filter(|(at, _)| *at != number) {
                    let cell = row.cell(at);
                    if cell.trim().is_empty() {
                        continue;
                    }
                    let known = mapping::column(*kind, heading).filter(|c| !object.contains_key(&c.field));
                    let read = known.and_then(|c| Some((&c.field, read_row_cell(c.how, cell)?)));
                    match read {
                        Some((field, value)) => object.insert(field.clone(), value),
                        None => object.insert(heading.clone(), cell.into()),
                    };
                }
                let rows = draft.elements.entry(element.word()).or_insert_with(|| Value::Array(Vec::new()));
                match rows {
                    Value::Array(rows) => rows.push(object.into()),
                    // An explicit “none” beside rows: the importer says that the place is taken.
                    said => {
                        let heading = element.words().zh.to_owned();
                        draft
                            .foreign
                            .insert(heading, std::mem::replace(said, vec![Value::from(object)].into()));
                    }
                }
            }
            Beside::Translations => {
                let [_, language, element, text] = TRANSLATIONS.map(|head| row.cell(at(head)));
                let key = element.parse::<Element>().map_or(element, |known| known.word());
                let all = draft.top.entry("translations").or_insert_with(|| Map::new().into());
                all[language][key] = text.into();
            }
            Beside::Remarks => {
                let [_, key, text] = REMARKS.map(|head| row.cell(at(head)));
                draft.top.entry("remarks").or_insert_with(|| Map::new().into())[key] = text.into();
            }
        }
    }
}

fn column(sheet: &Sheet, heading: &str) -> Option<usize> {
    sheet.heading.iter().position(|head| head.trim() == heading)
}
