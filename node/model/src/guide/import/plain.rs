//! Plain values out of whatever JSON a source gives: readable text, dates, counts, tiers.
//!
//! Knows no key and no element.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::case::CaseType;
use crate::guide::limit::{Quantity, Unit};
use crate::organisation::Tier;

use super::limits;

/// Whether there is nothing in it at all.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => crate::blank::is_blank(text),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(map) => map.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Any value as text for people: an item a line, short items in one, the pairs of an object as `key：value`.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) => {
            let items: Vec<String> = filled(items.iter());
            let short = items.iter().all(|item| item.chars().count() <= 12);
            items.join(if short { "、" } else { "\n" })
        }
        Value::Array(items) => filled(items.iter()).join("\n"),
        Value::Object(map) => pairs(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => scalar(value),
    }
}

/// Keys that name what the other pairs of an object are about, and so go first.
const LEADING: &[&str] =
    &["名称", "部门", "问", "问题", "法律法规名称", "条件名称", "键", "name", "question"];

fn pairs(map: &Map<String, Value>) -> String {
    let mut filled: Vec<_> = map.iter().filter(|(_, value)| !is_empty(value)).collect();
    filled.sort_by_key(|(key, _)| !LEADING.contains(&key.as_str()));
    let pairs: Vec<String> =
        filled.into_iter().map(|(key, value)| format!("{key}：{}", inner(value))).collect();
    pairs.join("；")
}

/// Inside an object everything stays on one line, what is itself an object in brackets.
fn inner(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !is_empty(item)).map(inner).collect::<Vec<_>>().join("、")
        }
        Value::Object(map) => format!("（{}）", pairs(map)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => scalar(value),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn filled<'a>(items: impl Iterator<Item = &'a Value>) -> Vec<String> {
    items.filter(|item| !is_empty(item)).map(text).collect()
}

/// `2024-03-26`, `2024/3/26`, `2024.3.26`, `20240326` or `2024年3月26日`.
pub(super) fn date(value: &Value) -> Option<Date> {
    let text = scalar(value);
    let parts: Vec<&str> = match text.len() {
        8 if text.bytes().all(|b| b.is_ascii_digit()) => vec![&text[..4], &text[4..6], &text[6..]],
        _ => text.strip_suffix('日').unwrap_or(&text).split(['-', '/', '.', '年', '月']).collect(),
    };
    let [year, month, day] = parts.as_slice() else { return None };
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (1900..2200).contains(&date.year()).then_some(date)
}

/// A count, as a number or with a measure word behind it: `2`, `2份`, `0次`.
pub(super) fn count(value: &Value) -> Option<u32> {
    scalar(value).trim_end_matches(['份', '次', '张', '个', '本']).parse().ok()
}

pub(super) fn flag(value: &Value) -> Option<bool> {
    match scalar(value).as_str() {
        "是" | "可" | "可以" | "支持" | "能" | "true" | "yes" | "1" => Some(true),
        "否" | "不可" | "不可以" | "不支持" | "不能" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Working days of a step: a number, or a limit that says nothing else and counts in working days.
pub(super) fn days(value: &Value) -> Option<Quantity> {
    let text = scalar(value);
    let found =
        || limits::parse(&text).ok().filter(|found| found.whole && found.limit.unit == Unit::WorkingDay);
    text.parse().ok().or_else(|| Some(found()?.limit.number))
}

pub(super) fn case_type(value: &Value) -> Option<CaseType> {
    match scalar(value).as_str() {
        "即办" | "即时办结件" => Some(CaseType::OnTheSpot),
        "承诺" | "承诺办结件" => Some(CaseType::Promised),
        text => text.parse().ok(),
    }
}

/// Tiers as a list or in one text, `县级、镇（乡、街道）级`; none as soon as one is not a tier below the city.
pub(super) fn tiers(value: &Value) -> Option<Vec<Tier>> {
    match value {
        Value::Array(items) => {
            items.iter().map(tiers).collect::<Option<Vec<_>>>().map(|found| found.concat())
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
        Value::Number(_) | Value::String(_) => {
            let text = without_brackets(&scalar(value));
            text.split(['、', '，', ',', '；', ';', '/', ' '])
                .filter(|part| !part.is_empty())
                .map(tier)
                .collect()
        }
    }
}

pub(super) fn tier(text: &str) -> Option<Tier> {
    match text.trim().trim_end_matches('级') {
        "县" | "区" | "县区" => Some(Tier::County),
        "镇" | "乡" | "街道" | "乡镇" | "镇街" => Some(Tier::Town),
        "村" | "社区" | "村居" => Some(Tier::Village),
        text => text.parse().ok(),
    }
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0usize;
    let outside = |c: &char| {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_value_reads_as_text() {
        for (value, wanted) in [
            (json!(["窗口办理", "网上办理"]), "窗口办理、网上办理"),
            (json!(["《社会救助暂行办法》第九条第一款", "短"]), "《社会救助暂行办法》第九条第一款\n短"),
            (json!({"电话": ["1", "2"], "部门": "县司法局", "空": ""}), "部门：县司法局；电话：1、2"),
            (json!([{"问": "收费吗", "答": "不"}]), "问：收费吗；答：不"),
            (json!({"外": {"内": true}}), "外：（内：是）"),
            (json!(3), "3"),
        ] {
            assert_eq!(text(&value), wanted);
        }
        assert!(is_empty(&json!([{"a": [" "]}, null])) && !is_empty(&json!(0)));
    }

    #[test]
    fn dates_of_all_fashions() {
        for text in ["2024-03-26", "2024/3/26", "2024.3.26", "20240326", "2024年3月26日"] {
            assert_eq!(date(&json!(text)), Some(Date::constant(2024, 3, 26)), "{text}");
        }
        for text in ["2024-03", "2024-13-01", "0024-03-26", "即日起", "二〇二四年", "", "日"] {
            assert_eq!(date(&json!(text)), None, "{text}");
        }
    }

    #[test]
    fn counts_flags_days_and_tiers() {
        assert_eq!((count(&json!(0)), count(&json!("2份")), count(&json!("若干"))), (Some(0), Some(2), None));
        assert_eq!(
            (flag(&json!("是")), flag(&json!(false)), flag(&json!("有"))),
            (Some(true), Some(false), None)
        );
        let tenths = |value| days(&value).map(Quantity::tenths);
        assert_eq!(
            (tenths(json!("0.5个工作日")), tenths(json!(3)), tenths(json!("2小时"))),
            (Some(5), Some(30), None)
        );
        assert_eq!(tiers(&json!("镇（乡、街道）级")), Some(vec![Tier::Town]));
        assert_eq!(
            tiers(&json!([4, "镇级", "village"])),
            Some(vec![Tier::County, Tier::Town, Tier::Village])
        );
        assert_eq!(tiers(&json!("县级、村级")), Some(vec![Tier::County, Tier::Village]));
        assert_eq!(tiers(&json!("省级")), None);
        assert_eq!(case_type(&json!("即办件")), Some(CaseType::OnTheSpot));
    }
}
