//! Why a value that somebody typed, or a line of a file, could not be read: in both languages.
//!
//! The reader of JSON speaks English only; its sentences are recognised here, and one that is not becomes a general one.

use crate::lang::{Lang, Say, UnknownWord};

/// What was wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misread {
    /// The JSON reader's sentence.
    Json(String),
    /// A key that the rows of this element do not have; it would be lost.
    Key(String),
    Date,
    /// Not a whole number from 0 up.
    Number,
    Word(UnknownWord),
    /// A guide is found by its name, so it has one.
    Name,
}

impl Misread {
    /// Of a sentence of the JSON reader; where in the text is left out, a value is typed on one line.
    pub fn json(why: &impl ToString) -> Misread {
        let why = why.to_string();
        Misread::Json(why.split(" at line ").next().unwrap_or_default().to_owned())
    }

    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Misread::Json(why), Lang::Zh) => json_in_chinese(why),
            (Misread::Json(why), Lang::En) => why.clone(),
            (Misread::Key(key), Lang::Zh) => format!("没有“{key}”这一栏，各栏见 guide schema"),
            (Misread::Key(key), Lang::En) => format!("there is no “{key}” in it; see `guide schema`"),
            (Misread::Date, Lang::Zh) => "日期须写成 2026-02-10 的样子".to_owned(),
            (Misread::Date, Lang::En) => "a date is written as 2026-02-10".to_owned(),
            (Misread::Number, Lang::Zh) => "须为不小于 0 的整数".to_owned(),
            (Misread::Number, Lang::En) => "it is a whole number from 0 up".to_owned(),
            (Misread::Word(why), lang) => why.text(lang),
            (Misread::Name, Lang::Zh) => "指南须有名称".to_owned(),
            (Misread::Name, Lang::En) => "a guide has a name".to_owned(),
        }
    }
}

/// What the JSON reader says, in Chinese.
pub fn json_in_chinese(why: &str) -> String {
    let quoted = |open: &str, close: char| {
        let (_, rest) = why.split_once(open)?;
        rest.split(close).next().map(str::to_owned)
    };
    let starts = |beginning: &str| why.starts_with(beginning);
    if starts("missing field") {
        return format!("缺少“{}”", quoted("`", '`').unwrap_or_default());
    }
    if starts("duplicate field") {
        return format!("“{}”出现两次", quoted("`", '`').unwrap_or_default());
    }
    if starts("key “") {
        return format!("“{}”出现两次", quoted("“", '”').unwrap_or_default());
    }
    if let Some((word, known)) = why.split_once("; use one of: ") {
        let word = word.split('”').next().unwrap_or_default().trim_start_matches('“');
        return format!("“{word}”不是有效的值，可用：{known}");
    }
    if why.contains("is not a number of days") {
        return "天数须为 0 至 100000，最多一位小数".to_owned();
    }
    let known = [
        ("invalid type", "值的类型不对，如应为列表、对象、数字或文字"),
        ("invalid value", "值超出范围"),
        ("invalid length", "值的长度不对"),
        ("recursion limit", "层次过深"),
        ("number out of range", "数字过大"),
        ("trailing", "有多余的字符或逗号"),
        ("EOF", "没有写完"),
        ("control character", "文字中有控制字符"),
        ("expected", "不是 JSON"),
        ("key must be a string", "键须加引号"),
    ];
    let said = known.iter().find(|(english, _)| why.contains(english));
    said.map_or("格式不对", |(_, chinese)| chinese).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::{Material, TimeLimits};

    fn chinese<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        Misread::json(&serde_json::from_str::<T>(text).unwrap_err()).text(Lang::Zh)
    }

    #[test]
    fn what_the_json_reader_says_is_told_in_chinese() {
        assert_eq!(chinese::<Vec<Material>>("[{\"name\":1}]"), "值的类型不对，如应为列表、对象、数字或文字");
        assert_eq!(
            chinese::<Vec<Material>>("[{\"necessity\":\"也许\"}]"),
            "“也许”不是有效的值，可用：required, secondary"
        );
        assert_eq!(
            chinese::<TimeLimits>("{\"promised\":{\"number\":-1,\"unit\":\"day\"}}"),
            "天数须为 0 至 100000，最多一位小数"
        );
        assert_eq!(chinese::<TimeLimits>("{\"promised\":{\"number\":1}}"), "缺少“unit”");
        for text in ["", "[", "照片", "[1,]", "{a:1}", "[] []", "\"\u{1}\"", "[1 2]"] {
            let said = chinese::<Vec<Material>>(text);
            assert!(!said.contains(|c: char| c.is_ascii_lowercase()), "{text}: {said}");
        }
    }
}
