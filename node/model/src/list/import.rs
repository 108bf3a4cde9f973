//! Lists out of files: a JSON object a line, or sheets with a row for each item.
//!
//! A file in which one list is wrong is refused whole. Knows no store: whether an item exists is not its question.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{List, ListKind};
use crate::book::{Book, SheetFault};
use crate::lang::{Lang, Say, say_in_english};
use crate::problem::Problem;

/// Bytes of a list as JSON: a thousand items with codes, and small enough for one entry.
pub const LIST_BYTES_MAX: usize = 256 << 10;

/// Reads a list a line; blank lines are passed over. `usual` is the kind of a list that says none.
pub fn import_jsonl(
    text: &str,
    file: &str,
    usual: Option<ListKind>,
) -> Result<Vec<(u64, List)>, Vec<Problem>> {
    let mut lists: Vec<(u64, List)> = Vec::new();
    let mut problems = Vec::new();
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').split('\n')) {
        if text.trim().is_empty() {
            continue;
        }
        let first = |list: &List| lists.iter().find(|(_, l)| l.kind == list.kind && l.name == list.name);
        let read = import_line(text, usual).and_then(|list| match first(&list) {
            Some((first, _)) => Err(ListFault::Twice { first: *first }),
            None => Ok(list),
        });
        match read {
            Ok(list) => lists.push((line, list)),
            Err(fault) => problems.push(Problem::at(file, line, &fault)),
        }
    }
    if problems.is_empty() { Ok(lists) } else { Err(problems) }
}

fn import_line(text: &str, usual: Option<ListKind>) -> Result<List, ListFault> {
    if text.len() > LIST_BYTES_MAX {
        return Err(ListFault::TooLarge);
    }
    let json = |error: serde_json::Error| ListFault::Json { why: error.to_string() };
    let mut value: Value = serde_json::from_str(text).map_err(json)?;
    if let (Value::Object(object), Some(usual)) = (&mut value, usual)
        && !object.contains_key("清单类型")
    {
        object.entry("kind").or_insert_with(|| usual.word().into());
    }
    let mut list: List = serde_json::from_value(value).map_err(json)?;
    list.name = list.name.trim().to_owned();
    check(&list)?;
    Ok(list)
}

fn check(list: &List) -> Result<(), ListFault> {
    if list.name.is_empty() {
        return Err(ListFault::NoName);
    }
    if list.items.is_empty() {
        return Err(ListFault::NoItems);
    }
    let mut seen = BTreeSet::new();
    for (item, number) in list.items.iter().zip(1..) {
        if item.name.trim().is_empty() {
            return Err(ListFault::ItemWithoutName { number });
        }
        if !seen.insert((&item.code, &item.name, &item.material)) {
            return Err(ListFault::ItemTwice { name: item.name.clone() });
        }
    }
    if list.kind != ListKind::Tolerance
        && let Some(item) = list.items.iter().find(|item| item.days.is_some())
    {
        return Err(ListFault::DaysOfNothing { name: item.name.clone() });
    }
    match (list.effective_on, list.cancels_on) {
        (Some(from), Some(to)) if to <= from => Err(ListFault::EndsBeforeItBegins { from, to }),
        _ => Ok(()),
    }
}

/// Columns that say something of the list, by the key of the line, and those that say something of an item.
const OF_LIST: [(&str, &str); 5] = [
    ("清单类型", "kind"),
    ("清单名称", "name"),
    ("依据文件", "document"),
    ("生效日期", "effective_on"),
    ("废止日期", "cancels_on"),
];
const OF_ITEM: [(&str, &str); 5] = [
    ("事项编码", "code"),
    ("事项名称", "name"),
    ("材料", "material"),
    ("补交期限", "days"),
    ("备注", "note"),
];

/// Sheets as lines that [`import_jsonl`] reads, each under the number of its first row.
///
/// A row is an item. Its list stands in the same row or, where type and name are empty, in the row above.
pub fn lines(book: &Book, file: &str) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut lists: Vec<(u64, Map<String, Value>, Vec<Value>)> = Vec::new();
    // Of several sheets the first is read, since lines have the numbers of its rows.
    let Some(sheet) = book.sheets.iter().find(|sheet| !sheet.rows.is_empty()) else {
        return Err(vec![Problem::at(file, 1, &SheetFault::Empty)]);
    };
    for heading in &sheet.heading {
        if !heading.is_empty() && !OF_LIST.iter().chain(&OF_ITEM).any(|(zh, _)| zh == heading) {
            problems.push(Problem::at(file, 1, &ListFault::UnknownColumn { heading: heading.clone() }));
        }
    }
    for row in sheet.rows.iter().filter(|row| !row.is_blank()) {
        let part = |columns: &[(&str, &str)]| -> Map<String, Value> {
            let cell = |(zh, key): &(&str, &str)| {
                let column = sheet.heading.iter().position(|heading| heading == zh)?;
                let text = row.cell(column).trim();
                (!text.is_empty()).then(|| ((*key).to_owned(), Value::from(text)))
            };
            columns.iter().filter_map(cell).collect()
        };
        let (list, item) = (part(&OF_LIST), Value::from(part(&OF_ITEM)));
        let named = ["kind", "name"].iter().any(|key| list.contains_key(*key));
        let same =
            |above: &Map<String, Value>| ["kind", "name"].iter().all(|key| above.get(*key) == list.get(*key));
        match lists.last_mut().filter(|(_, above, _)| !named || same(above)) {
            Some((_, _, items)) => items.push(item),
            None => lists.push((row.line, list, vec![item])),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (mut text, mut at) = (String::new(), 1);
    for (line, mut list, items) in lists {
        text.extend(std::iter::repeat_n('\n', (line - at) as usize));
        at = line;
        list.insert("items".to_owned(), items.into());
        text += &Value::from(list).to_string();
    }
    Ok(text)
}

/// Why something is no list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListFault {
    Json {
        why: String,
    },
    NoName,
    NoItems,
    ItemWithoutName {
        number: u64,
    },
    ItemTwice {
        name: String,
    },
    /// A limit for what is left out, on a list by which nothing is.
    DaysOfNothing {
        name: String,
    },
    EndsBeforeItBegins {
        from: Date,
        to: Date,
    },
    Twice {
        first: u64,
    },
    TooLarge,
    UnknownColumn {
        heading: String,
    },
}

impl Say for ListFault {
    fn code(&self) -> &'static str {
        match self {
            ListFault::Json { .. } => "LIST_JSON",
            ListFault::NoName => "LIST_NO_NAME",
            ListFault::NoItems => "LIST_NO_ITEMS",
            ListFault::ItemWithoutName { .. } => "LIST_ITEM_NAME",
            ListFault::ItemTwice { .. } => "LIST_ITEM_TWICE",
            ListFault::DaysOfNothing { .. } => "LIST_DAYS",
            ListFault::EndsBeforeItBegins { .. } => "LIST_DATES",
            ListFault::Twice { .. } => "LIST_TWICE",
            ListFault::TooLarge => "LIST_TOO_LARGE",
            ListFault::UnknownColumn { .. } => "LIST_COLUMN",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let columns = || OF_LIST.iter().chain(&OF_ITEM).map(|(zh, _)| *zh).collect::<Vec<_>>().join("、");
        match (self, lang) {
            (ListFault::Json { why }, Lang::Zh) => {
                format!(
                    "不是一份清单（{why}），请写成 {{\"kind\":…,\"name\":…,\"items\":[{{\"name\":…}}]}} 的样子"
                )
            }
            (ListFault::Json { why }, Lang::En) => {
                format!("no list ({why}); write {{\"kind\":…,\"name\":…,\"items\":[{{\"name\":…}}]}}")
            }
            (ListFault::NoName, Lang::Zh) => "清单没有名称，请填写".to_owned(),
            (ListFault::NoName, Lang::En) => "the list has no name; fill it in".to_owned(),
            (ListFault::NoItems, Lang::Zh) => "清单没有事项，请至少填写一项".to_owned(),
            (ListFault::NoItems, Lang::En) => "the list has no items; fill in one at least".to_owned(),
            (ListFault::ItemWithoutName { number }, Lang::Zh) => {
                format!("第 {number} 个事项没有名称，请填写")
            }
            (ListFault::ItemWithoutName { number }, Lang::En) => {
                format!("item {number} has no name; fill it in")
            }
            (ListFault::ItemTwice { name }, Lang::Zh) => format!("事项“{name}”出现两次，请删去一个"),
            (ListFault::ItemTwice { name }, Lang::En) => {
                format!("the item “{name}” stands twice; remove one of the two")
            }
            (ListFault::DaysOfNothing { name }, Lang::Zh) => {
                format!("事项“{name}”有补交期限，但只有“容缺受理”清单才有，请删去")
            }
            (ListFault::DaysOfNothing { name }, Lang::En) => {
                format!("the item “{name}” has days (补交期限), which only lists 容缺受理 have; remove them")
            }
            (ListFault::EndsBeforeItBegins { from, to }, Lang::Zh) => {
                format!("废止日期 {to} 不晚于生效日期 {from}，请改正")
            }
            (ListFault::EndsBeforeItBegins { from, to }, Lang::En) => {
                format!("it ends on {to} and begins on {from}; the end must come after the beginning")
            }
            (ListFault::Twice { first }, Lang::Zh) => {
                format!("与第 {first} 行是同一份清单（类型和名称相同），请删去一份")
            }
            (ListFault::Twice { first }, Lang::En) => {
                format!(
                    "this is the list of line {first} again (the same kind and name); remove one of the two"
                )
            }
            (ListFault::TooLarge, Lang::Zh) => {
                format!("清单超过 {} KiB，请分成几份", LIST_BYTES_MAX >> 10)
            }
            (ListFault::TooLarge, Lang::En) => {
                format!("the list is larger than {} KiB; divide it", LIST_BYTES_MAX >> 10)
            }
            (ListFault::UnknownColumn { heading }, Lang::Zh) => {
                format!("没有“{heading}”这一列，请改名或删去；可用：{}", columns())
            }
            (ListFault::UnknownColumn { heading }, Lang::En) => {
                format!("there is no column “{heading}”; rename or delete it. Known are: {}", columns())
            }
        }
    }
}

say_in_english!(ListFault);
