//! What is wrong at one place of a query or a body, with a sentence in Chinese and English.
//!
//! serde says it in English only, in the few shapes of `serde::de::Error`, which are read here; a test pins them down, and
//! what has another shape is said without its words. Knows no operation.

use sanji_model::lang::{Lang, Words};
use serde_json::error::Category;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// No JSON from here on; what the parser said, in English.
    Syntax {
        line: usize,
        column: usize,
        said: String,
    },
    /// The JSON ends in the middle.
    Cut,
    Missing(String),
    /// Not one of those that there are.
    Unknown {
        known: Vec<String>,
    },
    Twice(String),
    /// Another kind of value than it should be.
    Kind {
        found: Option<Words>,
        wanted: Wanted,
    },
    /// In English.
    Other(String),
}

/// What a value should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    Plain(Words),
    /// A whole number between these two, included.
    Between(String, String),
}

const NUMBER: Words = Words::new("数字", "a number");
const WHOLE: Words = Words::new("非负整数", "a whole number");
const TEXT: Words = Words::new("文字", "text");
const FLAG: Words = Words::new("布尔值（true 或 false）", "true or false");
const LIST: Words = Words::new("数组", "an array");
const OBJECT: Words = Words::new("对象", "an object");
const NOTHING: Words = Words::new("空值 null", "null");

/// How numbers in a query are refused by the standard library.
const NO_NUMBER: [&str; 3] = [
    "invalid digit found in string",
    "number too large to fit in target type",
    "cannot parse integer from empty string",
];

impl Fault {
    pub fn of_json(why: &serde_json::Error) -> Fault {
        let said = why.to_string();
        match why.classify() {
            Category::Syntax => Fault::Syntax { line: why.line(), column: why.column(), said },
            Category::Eof => Fault::Cut,
            Category::Io => Fault::Other(said),
            Category::Data => Fault::read(said.rsplit_once(" at line ").map_or(&said, |(said, _)| said)),
        }
    }

    /// What serde says of a value.
    pub fn read(said: &str) -> Fault {
        let other = || Fault::Other(said.to_owned());
        if let Some(field) = said.strip_prefix("missing field `") {
            return Fault::Missing(field.trim_end_matches('`').to_owned());
        }
        if let Some(field) = said.strip_prefix("duplicate field `") {
            return Fault::Twice(field.trim_end_matches('`').to_owned());
        }
        if NO_NUMBER.contains(&said) {
            return Fault::Kind { found: None, wanted: Wanted::Plain(WHOLE) };
        }
        let Some((found, wanted)) = said.rsplit_once(", expected ") else {
            let no_field = said.starts_with("unknown field `");
            return if no_field { Fault::Unknown { known: Vec::new() } } else { other() };
        };
        if found.starts_with("unknown field `") || found.starts_with("unknown variant `") {
            let known = wanted.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            return Fault::Unknown { known };
        }
        let found = found.strip_prefix("invalid type: ").or(found.strip_prefix("invalid value: "));
        match (found, wanted_of(wanted)) {
            (Some(found), Some(wanted)) => Fault::Kind { found: found_of(found, &wanted), wanted },
            _ => other(),
        }
    }

    /// What a programmer has of it besides the sentence, in English.
    pub fn technical(&self) -> Option<&str> {
        match self {
            Fault::Syntax { said, .. } | Fault::Other(said) => Some(said),
            Fault::Cut | Fault::Missing(_) | Fault::Unknown { .. } | Fault::Twice(_) | Fault::Kind { .. } => {
                None
            }
        }
    }

    /// The sentence; `place` is a JSON pointer, the name of a parameter, or the whole.
    pub fn text(&self, place: &str, lang: Lang) -> String {
        match (self, lang) {
            (Fault::Syntax { line, column, .. }, Lang::Zh) => {
                format!("请求内容不是有效的 JSON，从第 {line} 行第 {column} 个字节起有误")
            }
            (Fault::Syntax { line, column, .. }, Lang::En) => {
                format!("the body is no JSON from byte {column} of line {line} on")
            }
            (Fault::Cut, Lang::Zh) => "请求内容不完整，JSON 没有结束".into(),
            (Fault::Cut, Lang::En) => "the body ends in the middle of its JSON".into(),
            (Fault::Missing(_), Lang::Zh) => format!("缺少{place}，请补上"),
            (Fault::Missing(_), Lang::En) => format!("{place} is missing"),
            (Fault::Unknown { known }, Lang::Zh) if known.is_empty() => {
                format!("没有{place}这一项，此处不需要任何内容")
            }
            (Fault::Unknown { known }, Lang::En) if known.is_empty() => {
                format!("there is no {place}, nothing is asked for here")
            }
            (Fault::Unknown { known }, Lang::Zh) => {
                format!("没有{place}这一项，可用的有：{}", known.join("、"))
            }
            (Fault::Unknown { known }, Lang::En) => {
                format!("there is no {place}; there are: {}", known.join(", "))
            }
            (Fault::Twice(_), Lang::Zh) => format!("{place}重复出现，只能有一次"),
            (Fault::Twice(_), Lang::En) => format!("{place} is there twice"),
            (Fault::Kind { found, wanted }, _) => {
                let (should, not) = match lang {
                    Lang::Zh => ("应为", "，不是"),
                    Lang::En => (" should be ", ", not "),
                };
                let not = found.map(|found| format!("{not}{}", found.text(lang))).unwrap_or_default();
                format!("{place}{should}{}{not}", wanted.text(lang))
            }
            (Fault::Other(_), Lang::Zh) => format!("{place}不符合要求"),
            (Fault::Other(_), Lang::En) => format!("{place} is not as it should be"),
        }
    }
}

impl Wanted {
    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Wanted::Plain(words), _) => words.text(lang).to_owned(),
            (Wanted::Between(least, most), Lang::Zh) => format!(" {least} 至 {most} 的整数"),
            (Wanted::Between(least, most), Lang::En) => format!("a whole number from {least} to {most}"),
        }
    }
}

/// How [`Between`](Wanted::Between) is said to serde.
pub fn between(least: usize, most: usize) -> String {
    format!("an integer from {least} to {most}")
}

fn wanted_of(text: &str) -> Option<Wanted> {
    if let Some((least, most)) =
        text.strip_prefix("an integer from ").and_then(|span| span.split_once(" to "))
    {
        return Some(Wanted::Between(least.to_owned(), most.to_owned()));
    }
    let words = match text {
        "a string" | "a borrowed string" | "a character" => TEXT,
        "a boolean" => FLAG,
        "a sequence" => LIST,
        "a map" => OBJECT,
        "u8" | "u16" | "u32" | "u64" | "usize" => WHOLE,
        "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "isize" => NUMBER,
        _ if text.starts_with("struct ") => OBJECT,
        _ => return None,
    };
    Some(Wanted::Plain(words))
}

/// None where it says no more than what is wanted.
fn found_of(text: &str, wanted: &Wanted) -> Option<Words> {
    let kind = |beginning: &str| text.starts_with(beginning);
    let words = match text {
        "null" | "unit value" | "Option value" => NOTHING,
        "sequence" => LIST,
        "map" => OBJECT,
        _ if kind("boolean") => FLAG,
        _ if kind("integer") || kind("floating point") => NUMBER,
        _ if kind("string") || kind("character") => TEXT,
        _ => return None,
    };
    let is_number = matches!(wanted, Wanted::Between(..)) || *wanted == Wanted::Plain(WHOLE);
    (!(words == NUMBER && is_number)).then_some(words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only refusals are looked at")]
    struct Body {
        name: String,
        days: Option<u64>,
        sure: Option<bool>,
        roles: Option<Vec<String>>,
        fields: Option<BTreeMap<String, String>>,
    }

    fn fault(text: &str) -> Fault {
        Fault::of_json(&serde_json::from_str::<Body>(text).expect_err("it does not read"))
    }

    /// Every shape that serde and its JSON have for this API's types, in both languages, without a word of theirs.
    #[test]
    fn what_serde_says_is_said_in_sentences() {
        let cases = [
            (r#"{"name": 1}"#, "“/x”应为文字，不是数字", "“/x” should be text, not a number"),
            (r#"{"name": null}"#, "“/x”应为文字，不是空值 null", "“/x” should be text, not null"),
            (r#"{"name": ["a"]}"#, "“/x”应为文字，不是数组", "“/x” should be text, not an array"),
            (r#"{"name": {}}"#, "“/x”应为文字，不是对象", "“/x” should be text, not an object"),
            (r#"{"days": -1}"#, "“/x”应为非负整数", "“/x” should be a whole number"),
            (r#"{"days": 1.5}"#, "“/x”应为非负整数", "“/x” should be a whole number"),
            (r#"{"days": "1"}"#, "“/x”应为非负整数，不是文字", "“/x” should be a whole number, not text"),
            (
                r#"{"sure": 1}"#,
                "“/x”应为布尔值（true 或 false），不是数字",
                "“/x” should be true or false, not a number",
            ),
            (r#"{"roles": "a"}"#, "“/x”应为数组，不是文字", "“/x” should be an array, not text"),
            (
                r#"{"fields": true}"#,
                "“/x”应为对象，不是布尔值（true 或 false）",
                "“/x” should be an object, not true or false",
            ),
            ("[1]", "“/x”应为文字，不是数字", "“/x” should be text, not a number"),
            ("1", "“/x”应为对象，不是数字", "“/x” should be an object, not a number"),
            ("{}", "缺少“/x”，请补上", "“/x” is missing"),
            (r#"{"name": "a", "name": "b"}"#, "“/x”重复出现，只能有一次", "“/x” is there twice"),
            (
                r#"{"more, expected `x`": 1}"#,
                "没有“/x”这一项，可用的有：name、days、sure、roles、fields",
                "there is no “/x”; there are: name, days, sure, roles, fields",
            ),
            ("{", "请求内容不完整，JSON 没有结束", "the body ends in the middle of its JSON"),
            (
                "{'a'}",
                "请求内容不是有效的 JSON，从第 1 行第 2 个字节起有误",
                "the body is no JSON from byte 2 of line 1 on",
            ),
        ];
        for (text, zh, en) in cases {
            let fault = fault(text);
            assert_eq!(fault.text("“/x”", Lang::Zh), zh, "{text}");
            assert_eq!(fault.text("“/x”", Lang::En), en, "{text}");
        }
        let told = fault("{'a'}");
        assert!(told.technical().is_some_and(|said| said.contains("line 1 column 2")), "{told:?}");
        assert_eq!(fault("{}"), Fault::Missing("name".into()));
    }

    #[test]
    fn what_nobody_has_seen_yet_is_said_without_its_words() {
        let fault = Fault::read("the moon is too far, expected something nearer");
        assert_eq!(fault.text("“/x”", Lang::Zh), "“/x”不符合要求");
        assert_eq!(fault.technical(), Some("the moon is too far, expected something nearer"));
        let nothing = Fault::read("unknown field `a`, there are no fields");
        assert_eq!(nothing.text("“/a”", Lang::En), "there is no “/a”, nothing is asked for here");
    }
}
