//! Elements with rows or parts as fields of a form, and the JSON that an edit of one takes.
//!
//! Pure. Knows the keys of rows and what may stand in them, not whether a guide is right.

use sanji_model::case::Role;
use sanji_model::guide::{Element, Necessity, Shape, Unit};
use sanji_model::lang::Words;
use sanji_model::organisation::Tier;
use serde_json::{Map, Number, Value};

use crate::http::answer::{list_of, plain};
use crate::http::form::{Faults, Fields};

/// Blank rows at the end of a form.
const SPARE: usize = 2;
/// Rows that a form takes; no guide comes near.
const ROWS_MAX: usize = 200;

/// What may stand in a field.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Of several lines.
    Long,
    Number,
    /// Yes, no, or not said.
    YesNo,
    /// One of a closed list, or not said.
    Choice(fn() -> Vec<(&'static str, Words)>),
}

/// A key of a row, with the words of its label. A key of a part within a part has a dot.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub key: &'static str,
    pub label: &'static str,
    pub kind: Kind,
}

const fn column(key: &'static str, label: &'static str, kind: Kind) -> Column {
    Column { key, label, kind }
}

const NAME: Column = column("name", "gd-col-name", Kind::Text);
const NOTE: Column = column("note", "gd-col-note", Kind::Text);

const MATERIALS: &[Column] = &[
    NAME,
    column("originals", "gd-col-originals", Kind::Number),
    column("copies", "gd-col-copies", Kind::Number),
    column("necessity", "gd-col-necessity", Kind::Choice(necessities)),
    column("later", "gd-col-later", Kind::YesNo),
    column("certificate", "gd-col-certificate", Kind::YesNo),
    column("when", "gd-col-when", Kind::Text),
    column("source", "gd-col-source", Kind::Text),
    column("form", "gd-col-form", Kind::Text),
    column("sample", "gd-col-sample", Kind::Text),
    NOTE,
];

const STEPS: &[Column] = &[
    NAME,
    column("role", "gd-col-role", Kind::Choice(roles)),
    column("tier", "gd-col-tier", Kind::Choice(tiers)),
    column("working_days", "gd-col-days", Kind::Number),
    column("way", "gd-col-way", Kind::Text),
    column("special", "gd-col-special", Kind::YesNo),
    NOTE,
];

const FEES: &[Column] = &[
    NAME,
    column("standard", "gd-col-standard", Kind::Text),
    column("basis", "gd-col-basis", Kind::Text),
    NOTE,
];

const PAPERS: &[Column] =
    &[NAME, column("text", "gd-col-text", Kind::Long), column("file", "gd-col-file", Kind::Text)];

const CODES: &[Column] = &[
    column("basic", "gd-col-basic", Kind::Text),
    column("implementation", "gd-col-implementation", Kind::Text),
    column("handling", "gd-col-handling", Kind::Text),
    column("authority", "gd-col-authority", Kind::Text),
    column("other", "gd-col-other", Kind::Text),
];

const LIMITS: &[Column] = &[
    column("statutory.number", "gd-col-statutory", Kind::Number),
    column("statutory.unit", "gd-col-statutory-unit", Kind::Choice(units)),
    column("promised.number", "gd-col-promised", Kind::Number),
    column("promised.unit", "gd-col-promised-unit", Kind::Choice(units)),
    column("note", "gd-col-note", Kind::Long),
];

fn necessities() -> Vec<(&'static str, Words)> {
    Necessity::ALL.iter().map(|one| (one.word(), one.words())).collect()
}

fn roles() -> Vec<(&'static str, Words)> {
    Role::ALL.iter().map(|one| (one.word(), one.words())).collect()
}

fn tiers() -> Vec<(&'static str, Words)> {
    Tier::ALL.iter().map(|one| (one.word(), one.words())).collect()
}

fn units() -> Vec<(&'static str, Words)> {
    Unit::ALL.iter().map(|one| (one.word(), one.words())).collect()
}

/// How an element is laid out in a form.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    Text,
    Date,
    /// So many of these as are wanted.
    Rows(&'static [Column]),
    /// These once.
    Parts(&'static [Column]),
}

pub(super) fn layout(element: Element) -> Layout {
    match element.shape() {
        Shape::Text => Layout::Text,
        Shape::PublishedOn | Shape::EffectiveOn => Layout::Date,
        Shape::Code => Layout::Parts(CODES),
        Shape::TimeLimit => Layout::Parts(LIMITS),
        Shape::Materials => Layout::Rows(MATERIALS),
        Shape::Procedure => Layout::Rows(STEPS),
        Shape::Fees => Layout::Rows(FEES),
        Shape::Forms | Shape::Samples => Layout::Rows(PAPERS),
    }
}

/// A row of a form: the number in its fields' names, and the texts in them, a column a text.
pub(super) struct Filled {
    pub n: usize,
    pub texts: Vec<String>,
}

/// What a value has for each column, with rows to spare where there may be more.
pub(super) fn filled(layout: Layout, value: &Value) -> Vec<Filled> {
    let texts = |columns: &[Column], row: &Value| columns.iter().map(|one| at(row, one.key)).collect();
    match layout {
        Layout::Text | Layout::Date => Vec::new(),
        Layout::Parts(columns) => vec![Filled { n: 0, texts: texts(columns, value) }],
        Layout::Rows(columns) => {
            let spare = [const { Value::Null }; SPARE];
            let rows = list_of(value).iter().chain(&spare).enumerate();
            rows.map(|(n, row)| Filled { n, texts: texts(columns, row) }).collect()
        }
    }
}

/// The same of a form that came back.
pub(super) fn typed(layout: Layout, fields: &Fields) -> Vec<Filled> {
    let texts = |columns: &[Column], n: usize| {
        columns.iter().map(|one| fields.get(&name(n, one.key)).to_owned()).collect()
    };
    match layout {
        Layout::Text | Layout::Date => Vec::new(),
        Layout::Parts(columns) => vec![Filled { n: 0, texts: texts(columns, 0) }],
        Layout::Rows(columns) => (0..count(fields)).map(|n| Filled { n, texts: texts(columns, n) }).collect(),
    }
}

/// The name of a field.
pub(super) fn name(n: usize, key: &str) -> String {
    format!("{n}.{key}")
}

/// The value of a form, as an edit takes it; blank for nothing. Rows stand in the order of their `at`, and those that are
/// to go are left out. `bad` says what is wrong with a text that is no number.
pub(super) fn json(layout: Layout, fields: &Fields, bad: &str) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let value = match layout {
        Layout::Text | Layout::Date => return Ok(fields.raw("text").replace("\r\n", "\n")),
        Layout::Parts(columns) => Value::Object(object(columns, 0, fields, bad, &mut faults)),
        Layout::Rows(columns) => {
            let kept = (0..count(fields)).filter(|n| !fields.has(&name(*n, "drop")));
            let mut rows: Vec<(f64, usize, Map<String, Value>)> = kept
                .map(|n| {
                    let at = fields.get(&name(n, "at")).parse().unwrap_or(n as f64 + 1.0);
                    (at, n, object(columns, n, fields, bad, &mut faults))
                })
                .filter(|(.., row)| !row.is_empty())
                .collect();
            rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            Value::Array(rows.into_iter().map(|(.., row)| Value::Object(row)).collect())
        }
    };
    let is_blank =
        value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    match (faults.is_empty(), is_blank) {
        (false, _) => Err(faults),
        (true, true) => Ok(String::new()),
        (true, false) => Ok(value.to_string()),
    }
}

fn count(fields: &Fields) -> usize {
    let numbers = fields.pairs().filter_map(|(key, _)| key.split_once('.')?.0.parse::<usize>().ok());
    numbers.max().map_or(0, |last| (last + 1).min(ROWS_MAX))
}

fn object(
    columns: &[Column],
    n: usize,
    fields: &Fields,
    bad: &str,
    faults: &mut Faults,
) -> Map<String, Value> {
    let mut row = Map::new();
    for column in columns {
        let name = name(n, column.key);
        let text = fields.get(&name);
        if text.is_empty() {
            continue;
        }
        let value = match column.kind {
            Kind::Text | Kind::Long | Kind::Choice(_) => Value::from(text.replace("\r\n", "\n")),
            Kind::YesNo => Value::from(text == "yes"),
            Kind::Number => match text.parse::<Number>() {
                Ok(number) => Value::Number(number),
                Err(_) => {
                    faults.add(&name, bad);
                    continue;
                }
            },
        };
        match column.key.split_once('.') {
            None => drop(row.insert(column.key.to_owned(), value)),
            Some((part, key)) => {
                let part = row.entry(part).or_insert_with(|| Value::Object(Map::new()));
                part[key] = value;
            }
        }
    }
    // A unit without a number is what the form offered, not what somebody said.
    row.retain(|_, part| part.as_object().is_none_or(|part| !(part.len() == 1 && part.contains_key("unit"))));
    row
}

fn at(row: &Value, key: &str) -> String {
    let value = key.split('.').fold(row, |value, key| &value[key]);
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use sanji_model::guide::{Field, Guide};
    use serde_json::json;

    use super::*;

    fn fields(pairs: &[(String, String)]) -> Fields {
        Fields::of(pairs.to_vec())
    }

    /// What a browser sends of a form that was filled in so.
    fn sent(layout: Layout, rows: &[Filled]) -> Vec<(String, String)> {
        let columns = match layout {
            Layout::Rows(columns) | Layout::Parts(columns) => columns,
            Layout::Text | Layout::Date => &[],
        };
        let row = |row: &Filled| {
            let n = row.n;
            columns
                .iter()
                .zip(row.texts.clone())
                .map(move |(one, text)| (name(n, one.key), text))
                .collect::<Vec<_>>()
        };
        rows.iter().flat_map(row).collect()
    }

    #[test]
    fn every_element_with_rows_goes_through_its_form_and_comes_back() {
        let whole = [
            (
                Element::Materials,
                json!([
                    { "name": "照片", "originals": 2, "copies": 0, "necessity": "required", "later": true,
                      "certificate": false, "when": "w", "source": "s", "form": "f", "sample": "p", "note": "n" },
                    { "name": "申请表" },
                ]),
            ),
            (
                Element::Procedure,
                json!([{ "name": "审核", "role": "reviewer", "tier": "county", "working_days": 0.5,
                "way": "网上", "special": true, "note": "n" }]),
            ),
            (Element::Fees, json!([{ "name": "工本费", "standard": "10元", "basis": "b", "note": "n" }])),
            (Element::Forms, json!([{ "name": "表", "text": "一\n二", "file": "x" }])),
            (Element::Samples, json!([{ "name": "样", "text": "一" }])),
            (Element::Code, json!({ "basic": "002014008001", "other": "X" })),
            (
                Element::TimeLimit,
                json!({ "statutory": { "number": 20, "unit": "working_day" },
                "promised": { "number": 0.5, "unit": "working_day" }, "note": "n" }),
            ),
        ];
        for (element, value) in whole {
            let layout = layout(element);
            let text = json(layout, &fields(&sent(layout, &filled(layout, &value))), "no").unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{element}");
            let mut guide = Guide::default();
            guide.edit(&Field::Element(element), &text).unwrap();
            assert_eq!(guide.value(element), Some(value), "{element}");
        }
    }

    #[test]
    fn rows_are_moved_dropped_and_left_blank() {
        let layout = layout(Element::Fees);
        let said = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            json(layout, &fields(&pairs), "no")
        };
        let moved =
            [("0.at", "2"), ("0.name", "甲"), ("1.at", "1"), ("1.name", "乙"), ("2.at", "3"), ("2.name", "")];
        assert_eq!(said(&moved).unwrap(), r#"[{"name":"乙"},{"name":"甲"}]"#);
        assert_eq!(said(&[("0.name", "甲"), ("0.drop", "yes")]).unwrap(), "");
        assert_eq!(said(&[("999999999.name", "甲")]).unwrap(), "", "no form has so many rows");
    }

    #[test]
    fn what_is_no_number_is_told_at_its_field() {
        let pairs =
            vec![("1.originals".to_owned(), "两份".to_owned()), ("1.name".to_owned(), "照片".to_owned())];
        let faults = json(layout(Element::Materials), &fields(&pairs), "请填数字").unwrap_err();
        assert_eq!(faults.at("1.originals"), "请填数字");
        let unit = vec![("0.promised.unit".to_owned(), "day".to_owned())];
        assert_eq!(json(layout(Element::TimeLimit), &fields(&unit), "no").unwrap(), "");
    }
}
