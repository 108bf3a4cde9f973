//! The columns of the sheets, and how a value of a guide is written into a cell and read out of one.
//!
//! Headings are the Chinese names that the importer knows. A cell that is not exactly what is written here is left
//! to the importer, which reads what people write.

use std::str::FromStr;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::case::{CaseType, Role};
use crate::guide::content::NONE;
use crate::guide::element::{Element, Shape};
use crate::guide::import::limits;
use crate::guide::import::mapping::{self, Field, How, LimitPart, RowKind, SourcePart, Target};
use crate::guide::rows::Necessity;
use crate::guide::{CodeKind, Guide, Limit};
use crate::lang::{UnknownWord, Words};
use crate::organisation::Tier;

/// The column by which rows of other sheets find their guide.
pub(super) const NUMBER: &str = "序号";
/// The sheet that has a row for each guide.
pub(super) const GUIDES: &str = "指南";
pub(super) const TRANSLATIONS: [&str; 4] = [NUMBER, "语言", "要素", "内容"];
pub(super) const REMARKS: [&str; 3] = [NUMBER, "键", "内容"];

/// The columns of the sheet of guides, the number not counted.
pub(super) fn columns() -> Vec<Target> {
    let mut columns = Vec::new();
    for element in Element::ALL {
        columns.push(Target::Element(*element));
        match element.shape() {
            Shape::Code => columns.extend(CodeKind::ALL.iter().map(|kind| Target::Code(*kind))),
            Shape::TimeLimit => columns.extend(LimitPart::ALL.iter().map(|part| Target::Limit(*part))),
            Shape::Text
            | Shape::PublishedOn
            | Shape::EffectiveOn
            | Shape::Materials
            | Shape::Procedure
            | Shape::Fees
            | Shape::Forms
            | Shape::Samples => {}
        }
    }
    let fields = [Field::CaseType, Field::Tiers, Field::Visits, Field::CancelsOn, Field::Version];
    columns.extend(fields.map(Target::Field));
    columns.extend(SourcePart::ALL.iter().map(|part| Target::Source(*part)));
    columns
}

/// The two that are sheets of their own in a workbook, and columns in a single table.
pub(super) const OPEN_ENDED: [Field; 2] = [Field::Translations, Field::Remarks];

/// The elements that have a sheet of their own.
pub(super) const ROWS: [(Element, RowKind); 5] = [
    (Element::Materials, RowKind::Material),
    (Element::Procedure, RowKind::Step),
    (Element::Fees, RowKind::Fee),
    (Element::Forms, RowKind::Paper),
    (Element::Samples, RowKind::Paper),
];

/// The columns of a kind of row: its field, and the heading under which the mapping table knows it.
pub(super) fn row_columns(kind: RowKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        RowKind::Material => &[
            ("name", "名称"),
            ("when", "情形"),
            ("originals", "原件"),
            ("copies", "复印件"),
            ("source", "来源渠道"),
            ("necessity", "必要性"),
            ("later", "容缺"),
            ("certificate", "免提交"),
            ("form", "表单"),
            ("sample", "样本"),
            ("note", "备注"),
        ],
        RowKind::Step => &[
            ("name", "名称"),
            ("way", "办理途径"),
            ("role", "角色"),
            ("tier", "层级"),
            ("working_days", "工作日"),
            ("special", "特别程序"),
            ("note", "备注"),
        ],
        RowKind::Fee => &[("name", "名称"), ("basis", "依据"), ("standard", "标准"), ("note", "备注")],
        RowKind::Paper => &[("name", "名称"), ("text", "填写说明"), ("file", "附件")],
    }
}

/// The column that a heading names; none for a heading of somebody else's.
pub(super) fn target(heading: &str) -> Option<Target> {
    let heading = mapping::tidy(heading);
    let open = OPEN_ENDED.map(Target::Field);
    columns().into_iter().chain(open).find(|target| target.words().zh == heading)
}

/// A guide in its own JSON shape, taken apart into cells.
pub(super) struct Cells {
    top: Map<String, Value>,
    elements: Map<String, Value>,
}

impl Cells {
    pub fn of(guide: &Guide) -> Cells {
        let Ok(Value::Object(mut top)) = serde_json::to_value(guide) else { return Cells::empty() };
        match top.remove("要素") {
            Some(Value::Object(elements)) => Cells { top, elements },
            _ => Cells { top, ..Cells::empty() },
        }
    }

    fn empty() -> Cells {
        Cells { top: Map::new(), elements: Map::new() }
    }

    /// What stands in a column. Lists of rows are left to their sheets.
    pub fn cell(&self, target: Target) -> String {
        match target {
            Target::Element(element) => match self.elements.get(element.word()) {
                Some(Value::String(text)) => text.clone(),
                Some(_) | None => String::new(),
            },
            Target::Limit(LimitPart::Note) => text(&self.part("time_limit", "note")),
            Target::Limit(part) => {
                let limit = serde_json::from_value::<Limit>(self.part("time_limit", part.word()));
                limit.map_or_else(|_| String::new(), |limit| limit.to_string())
            }
            Target::Code(kind) => text(&self.part("code", kind.word())),
            Target::Field(field) => self.field(field),
            Target::Source(part) => text(
                self.top.get("source").and_then(|source| source.get(part.word())).unwrap_or(&Value::Null),
            ),
        }
    }

    /// A list of rows, or an object of texts, in one cell.
    pub fn json(&self, target: Target) -> Option<String> {
        let value = match target {
            Target::Element(element) => self.elements.get(element.word()),
            Target::Field(field) => self.top.get(field.word()),
            Target::Limit(_) | Target::Code(_) | Target::Source(_) => None,
        };
        value.filter(|value| value.is_array() || value.is_object()).map(Value::to_string)
    }

    pub fn rows(&self, element: Element) -> &[Value] {
        self.elements.get(element.word()).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn part(&self, element: &str, part: &str) -> Value {
        self.elements.get(element).and_then(|body| body.get(part)).cloned().unwrap_or_default()
    }

    fn field(&self, field: Field) -> String {
        let Some(value) = self.top.get(field.word()) else { return String::new() };
        match (field, value) {
            (Field::CaseType, Value::String(word)) => chinese::<CaseType>(word, CaseType::words),
            (Field::Tiers, Value::Array(tiers)) => {
                let names: Vec<String> =
                    tiers.iter().map(|tier| chinese::<Tier>(&text(tier), Tier::words)).collect();
                names.join("、")
            }
            (_, Value::Array(_) | Value::Object(_)) => String::new(),
            (_, value) => text(value),
        }
    }
}

/// A cell of a row, from the value of its field.
pub(super) fn row_cell(how: How, value: &Value) -> String {
    match (how, value) {
        (How::Flag, Value::Bool(flag)) => if *flag { "是" } else { "否" }.to_owned(),
        (How::Necessity, Value::String(word)) => chinese::<Necessity>(word, Necessity::words),
        (How::Role, Value::String(word)) => chinese::<Role>(word, Role::words),
        (How::Tier, Value::String(word)) => chinese::<Tier>(word, Tier::words),
        (_, value) => text(value),
    }
}

/// What a cell of the sheet of guides says, if it is written as it is here.
pub(super) fn read_cell(target: Target, cell: &str) -> Option<Value> {
    match target {
        Target::Element(element) => match element.shape() {
            _ if cell == NONE => Some(NONE.into()),
            Shape::Text => Some(cell.into()),
            Shape::PublishedOn | Shape::EffectiveOn => day(cell),
            Shape::Code
            | Shape::Materials
            | Shape::Procedure
            | Shape::TimeLimit
            | Shape::Fees
            | Shape::Forms
            | Shape::Samples => {
                serde_json::from_str(cell).ok().filter(|v: &Value| v.is_array() || v.is_object())
            }
        },
        Target::Limit(LimitPart::Note) | Target::Code(_) | Target::Source(_) => Some(cell.into()),
        Target::Limit(LimitPart::Statutory | LimitPart::Promised) => {
            let found = limits::parse(cell).ok().filter(|found| found.whole)?;
            serde_json::to_value(found.limit).ok()
        }
        Target::Field(Field::CaseType) => word::<CaseType>(cell, CaseType::word),
        Target::Field(Field::Tiers) => cell
            .split('、')
            .map(|tier| word::<Tier>(tier, Tier::word))
            .collect::<Option<Vec<_>>>()
            .map(Value::from),
        Target::Field(Field::Visits | Field::Version) => cell.parse::<u32>().ok().map(Value::from),
        Target::Field(Field::CancelsOn) => day(cell),
        Target::Field(Field::Translations | Field::Remarks) => {
            serde_json::from_str(cell).ok().filter(Value::is_object)
        }
        Target::Field(Field::Elements | Field::Source) => None,
    }
}

/// The same of a cell of a row.
pub(super) fn read_row_cell(how: How, cell: &str) -> Option<Value> {
    match how {
        How::Text => Some(cell.into()),
        How::Count => cell.parse::<u32>().ok().map(Value::from),
        How::Flag => match cell {
            "是" => Some(true.into()),
            "否" => Some(false.into()),
            _ => None,
        },
        How::Days => {
            let days: crate::guide::Quantity = cell.parse().ok()?;
            serde_json::to_value(days).ok()
        }
        How::Necessity => word::<Necessity>(cell, Necessity::word),
        How::Role => word::<Role>(cell, Role::word),
        How::Tier => word::<Tier>(cell, Tier::word),
        How::Plain | How::Labelled | How::Beside | How::Basis => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn chinese<T: FromStr<Err = UnknownWord>>(word: &str, words: fn(T) -> Words) -> String {
    word.parse().map_or_else(|_| word.to_owned(), |known| words(known).zh.to_owned())
}

fn word<T: FromStr<Err = UnknownWord>>(cell: &str, word: fn(T) -> &'static str) -> Option<Value> {
    cell.parse().ok().map(|known| word(known).into())
}

fn day(cell: &str) -> Option<Value> {
    let day: Date = cell.parse().ok()?;
    Some(day.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn headings_are_different_and_the_importer_knows_them() {
        let all: Vec<Target> = columns().into_iter().chain(OPEN_ENDED.map(Target::Field)).collect();
        let headings: BTreeSet<&str> = all.iter().map(|target| target.words().zh).collect();
        assert_eq!(headings.len(), all.len());
        for column in &all {
            assert_eq!(target(column.words().zh), Some(*column));
        }
        for (_, kind) in ROWS {
            for (field, heading) in row_columns(kind) {
                assert_eq!(
                    mapping::column(kind, heading).map(|c| c.field.as_str()),
                    Some(*field),
                    "{heading}"
                );
            }
        }
    }
}
