//! Rows of materials, steps, fees and papers out of lists, objects and texts.
//!
//! What has no column goes with its key into the row's last text column: nothing is dropped.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::mapping::{Column, How, RowKind, column};
use super::plain;
use super::report::{Note, Outcome};
use crate::case::Role;
use crate::guide::rows::Necessity;

/// Reads the value of `key` as rows of a kind, and notes what became of the keys inside it.
pub(super) fn rows<T: DeserializeOwned>(
    kind: RowKind,
    key: &str,
    value: &Value,
    report: &mut Vec<Note>,
) -> Vec<T> {
    let maps = match value {
        Value::Array(items) => {
            let filled = items.iter().zip(1..).filter(|(item, _)| !plain::is_empty(item));
            filled.map(|(item, number)| row(kind, &format!("{key}[{number}]"), item, report)).collect()
        }
        Value::Object(map) if map.keys().any(|key| column(kind, key).is_some()) => {
            vec![row(kind, key, value, report)]
        }
        // An object of rows by name.
        Value::Object(map) => {
            map.iter().map(|(name, rest)| named_row(kind, key, name, rest, report)).collect()
        }
        Value::String(text) => lines(kind, text).into_iter().map(|line| from_line(kind, &line)).collect(),
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) => vec![row(kind, key, value, report)],
    };
    let read =
        |map| serde_json::from_value(Value::Object(map)).expect("columns fit rows: tested with the table");
    maps.into_iter().map(read).collect()
}

/// The column that takes what has none of its own.
fn rest_column(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Material | RowKind::Step | RowKind::Fee => "note",
        RowKind::Paper => "text",
    }
}

fn row(kind: RowKind, path: &str, value: &Value, report: &mut Vec<Note>) -> Map<String, Value> {
    let Value::Object(source) = value else { return from_line(kind, &plain::text(value)) };
    let mut row = Map::new();
    let mut rest = Vec::new();
    let mut note = |key: &str, outcome| report.push(Note { key: format!("{path}.{key}"), outcome });
    for (key, value) in source.iter().filter(|(_, value)| !plain::is_empty(value)) {
        let read = column(kind, key).and_then(|Column { field, how }| Some((field, cell(*how, value)?)));
        match read {
            Some((field, value)) if !row.contains_key(field) => {
                note(key, Outcome::Column(field));
                row.insert(field.clone(), value);
            }
            Some(_) | None => rest.push((key, value)),
        }
    }
    let (sums, rest): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|(key, value)| is_sum(kind, &row, key, value));
    sums.into_iter().for_each(|(key, _)| note(key, Outcome::Sum));
    if !row.contains_key("name") {
        row.insert("name".to_owned(), plain::text(value).into());
    }
    for (key, value) in rest {
        add(&mut row, rest_column(kind), &format!("{key}：{}", plain::text(value)));
        note(key, Outcome::RowNote);
    }
    row
}

fn named_row(
    kind: RowKind,
    key: &str,
    name: &str,
    value: &Value,
    report: &mut Vec<Note>,
) -> Map<String, Value> {
    let path = format!("{key}.{name}");
    let mut map = if value.is_object() { row(kind, &path, value, report) } else { Map::new() };
    if !value.is_object() && !plain::is_empty(value) {
        add(&mut map, rest_column(kind), &plain::text(value));
    }
    report.push(Note { key: path, outcome: Outcome::Column("name") });
    map.insert("name".to_owned(), name.into());
    map
}

/// A row of which there is only a text. Of a step `名称：说明` gives both.
fn from_line(kind: RowKind, text: &str) -> Map<String, Value> {
    let mut row = Map::new();
    match (kind, text.split_once(['：', ':'])) {
        (RowKind::Step, Some((name, note))) if name.chars().count() <= 12 && !note.trim().is_empty() => {
            row.insert("name".to_owned(), name.trim().into());
            add(&mut row, "note", note.trim());
        }
        (RowKind::Step | RowKind::Material | RowKind::Fee | RowKind::Paper, _) => {
            row.insert("name".to_owned(), text.trim().into());
        }
    }
    row
}

/// What a column holds; none when the value is something else.
fn cell(how: How, value: &Value) -> Option<Value> {
    let text = || plain::text(value);
    match how {
        How::Plain | How::Labelled | How::Beside | How::Basis => None,
        How::Text => Some(text().into()),
        How::Count => plain::count(value).map(Value::from),
        How::Flag => plain::flag(value).map(Value::from),
        How::Days => serde_json::to_value(plain::days(value)?).ok(),
        How::Necessity => text().parse::<Necessity>().ok().map(|word| word.word().into()),
        How::Role => text().parse::<Role>().ok().map(|word| word.word().into()),
        How::Tier => plain::tier(&text()).map(|tier| tier.word().into()),
    }
}

/// A total (份数) that only adds up originals and copies says nothing of its own.
fn is_sum(kind: RowKind, row: &Map<String, Value>, key: &str, value: &Value) -> bool {
    let known = |field: &str| row.get(field).and_then(plain::count);
    kind == RowKind::Material
        && ["份数", "纸质材料份数"].contains(&key)
        && known("originals").zip(known("copies")).and_then(|(a, b)| a.checked_add(b)) == plain::count(value)
        && plain::count(value).is_some()
}

fn add(row: &mut Map<String, Value>, field: &str, text: &str) {
    let before =
        row.get(field).and_then(Value::as_str).map(|before| format!("{before}；")).unwrap_or_default();
    row.insert(field.to_owned(), format!("{before}{text}").into());
}

/// The rows of a text: its lines; or if it is one line, what stands between semicolons (between arrows for steps).
fn lines(kind: RowKind, text: &str) -> Vec<String> {
    let tidy = |lines: Vec<&str>| -> Vec<String> {
        lines.into_iter().map(without_number).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let several = tidy(text.lines().collect());
    if several.len() > 1 {
        return several;
    }
    if kind == RowKind::Step && text.contains(['→', '➔']) {
        return tidy(text.split(['→', '➔']).collect());
    }
    tidy(outside_brackets(text))
}

/// Cuts at semicolons that stand in no brackets.
fn outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    text.split(|c| {
        match c {
            '（' | '(' | '《' | '“' => depth += 1,
            '）' | ')' | '》' | '”' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, '；' | ';')
    })
    .collect()
}

/// A line without its `1.`, `1、` or `（1）` in front.
fn without_number(line: &str) -> &str {
    let line = line.trim();
    let inside = line.trim_start_matches(['（', '(']);
    let rest = inside.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < inside.len() && inside.len() - rest.len() <= 2;
    // `1.5` is a number and not a first row.
    let decimal = rest.starts_with(['.', '．']) && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let after = rest.strip_prefix(['.', '、', '．', '）', ')']);
    after.filter(|_| numbered && !decimal).map_or(line, str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::limit::Quantity;
    use crate::guide::rows::{Material, Paper, Step};
    use serde_json::json;

    fn rows<T: DeserializeOwned>(kind: RowKind, value: &Value) -> Vec<T> {
        super::rows(kind, "行", value, &mut Vec::new())
    }

    #[test]
    fn a_row_keeps_what_has_no_column() {
        let rows: Vec<Material> = rows(
            RowKind::Material,
            &json!([
                {"名称": "身份证", "原件": 1, "复印件": "1份", "份数": 2, "材料形式": "纸质", "必要性": "必要"},
                {"名称": "注销登记表", "份数": 2},
                "照片",
                {"原件": 1}
            ]),
        );
        let [card, form, photo, nameless] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(
            (card.originals, card.copies, card.necessity),
            (Some(1), Some(1), Some(Necessity::Required))
        );
        assert_eq!(card.note.as_deref(), Some("材料形式：纸质"));
        assert_eq!((form.originals, form.note.as_deref()), (None, Some("份数：2")));
        assert_eq!((photo.name.as_str(), photo.originals), ("照片", None));
        assert_eq!((nameless.name.as_str(), nameless.originals), ("原件：1", Some(1)));
    }

    #[test]
    fn steps_come_as_texts_and_as_objects() {
        let steps: Vec<Step> = rows(RowKind::Step, &json!("申请→受理 → 办结"));
        assert_eq!(steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["申请", "受理", "办结"]);
        let steps: Vec<Step> = rows(
            RowKind::Step,
            &json!(["申请：在小程序申请", {"环节": "收件", "时限": "0.5个工作日", "角色": "受理员", "审查标准": "齐全"},
                {"环节": "公示", "时限": "7天", "层级": "镇级"}]),
        );
        assert_eq!((steps[0].name.as_str(), steps[0].note.as_deref()), ("申请", Some("在小程序申请")));
        assert_eq!(steps[1].working_days, Quantity::from_tenths(5));
        assert_eq!((steps[1].role, steps[1].note.as_deref()), (Some(Role::Clerk), Some("审查标准：齐全")));
        assert_eq!((steps[2].working_days, steps[2].note.as_deref()), (None, Some("时限：7天")));
    }

    #[test]
    fn texts_are_cut_where_rows_end() {
        let names = |text: &str| -> Vec<String> {
            rows::<Material>(RowKind::Material, &json!(text)).into_iter().map(|row| row.name).collect()
        };
        assert_eq!(names("1.身份证（原件；复印件）；2、户口簿"), ["身份证（原件；复印件）", "户口簿"]);
        assert_eq!(names("（1）身份证\n\n（2）1.5寸照片"), ["身份证", "1.5寸照片"]);
        let papers: Vec<Paper> =
            rows(RowKind::Paper, &json!({"申请表": "用黑色笔填写", "委托书": {"链接": "a.pdf"}}));
        assert_eq!(papers.len(), 2);
        assert_eq!((papers[0].name.as_str(), papers[0].file.as_deref()), ("委托书", Some("a.pdf")));
        assert_eq!(papers[1].text.as_deref(), Some("用黑色笔填写"));
    }
}
