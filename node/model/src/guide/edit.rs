//! Editing one field of a guide by what a person types: an element, a translation, or what belongs to a guide besides.
//!
//! Knows no document; the same keys stand in it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::content::says;
use super::element::{Element, Shape};
use super::misread::Misread;
use super::{BadElement, Guide, NONE};
use crate::blank::is_blank;
use crate::lang::{Lang, Say, Words, say_in_english};

/// What can be edited by itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    Element(Element),
    /// An element's text in another language, by its tag.
    Translation(String, Element),
    CaseType,
    Tiers,
    Visits,
    CancelsOn,
    /// What an import left, by its key.
    Remark(String),
    /// Where the guide came from and what version it was there.
    Source,
    Version,
}

/// A text that does not do for a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadField {
    Unknown(String),
    /// No tag of a language that a translation can be in.
    Language(String),
    Value {
        field: Words,
        why: Misread,
    },
}

impl Field {
    /// Reads an element by word or Chinese name, another field by its word, or a key as a document has it.
    pub fn parse(text: &str) -> Result<Field, BadField> {
        let text = text.trim();
        if let Ok(element) = text.parse() {
            return Ok(Field::Element(element));
        }
        if let Some(key) = text.strip_prefix("remark/") {
            return Ok(Field::Remark(key.to_owned()));
        }
        if let Some((language, element)) = text.strip_prefix("text/").and_then(|rest| rest.rsplit_once('/'))
            && let Ok(element) = element.parse()
        {
            return Ok(Field::Translation(language.to_owned(), element));
        }
        match text.replace('-', "_").as_str() {
            "case_type" | "办件类型" => Ok(Field::CaseType),
            "tiers" | "受理层级" => Ok(Field::Tiers),
            "visits" | "到现场次数" => Ok(Field::Visits),
            "cancels_on" | "失效日期" => Ok(Field::CancelsOn),
            "source" => Ok(Field::Source),
            "version" => Ok(Field::Version),
            _ => Err(BadField::Unknown(text.chars().take(40).collect())),
        }
    }

    /// The key of a draft's document.
    pub fn key(&self) -> String {
        match self {
            Field::Element(element) => element.word().to_owned(),
            Field::Translation(language, element) => format!("text/{language}/{}", element.word()),
            Field::CaseType => "case_type".to_owned(),
            Field::Tiers => "tiers".to_owned(),
            Field::Visits => "visits".to_owned(),
            Field::CancelsOn => "cancels_on".to_owned(),
            Field::Remark(key) => format!("remark/{key}"),
            Field::Source => "source".to_owned(),
            Field::Version => "version".to_owned(),
        }
    }

    pub fn words(&self) -> Words {
        match self {
            Field::Element(element) | Field::Translation(_, element) => element.words(),
            Field::CaseType => Words::new("办件类型", "case type"),
            Field::Tiers => Words::new("受理层级", "receiving tiers"),
            Field::Visits => Words::new("到现场次数", "visits"),
            Field::CancelsOn => Words::new("失效日期", "last day"),
            Field::Remark(_) => Words::new("备注", "remark"),
            Field::Source => Words::new("来源", "source"),
            Field::Version => Words::new("来源版本", "version at the source"),
        }
    }
}

/// A language tag such as `mn` or `mn-Mong`. The Chinese text is the element itself, never a translation.
fn is_language(tag: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (2..=16).contains(&tag.len()) && tag.bytes().all(plain) && !tag.to_ascii_lowercase().starts_with("zh")
}

impl Guide {
    /// Sets one field from a text; a blank one removes it. Elements with rows, a limit or codes are written as JSON, as in
    /// the project's own line shape, or as “无”.
    pub fn edit(&mut self, field: &Field, text: &str) -> Result<(), BadField> {
        let text = if is_blank(text) { "" } else { text.trim() };
        let bad = |why| BadField::Value { field: field.words(), why };
        let wanted = (!text.is_empty()).then_some(text);
        match field {
            Field::Element(Element::Name) if matches!(text, "" | NONE) => return Err(bad(Misread::Name)),
            Field::Element(element) => {
                let value = element_value(*element, text).map_err(|why| bad(Misread::json(&why)))?;
                self.set_wholly(*element, value).map_err(bad)?;
            }
            // One that an import brought can still be removed.
            Field::Translation(language, _) if wanted.is_some() && !is_language(language) => {
                return Err(BadField::Language(language.chars().take(40).collect()));
            }
            Field::Translation(language, element) => {
                let texts = self.translations.entry(language.clone()).or_default();
                match wanted {
                    Some(text) => drop(texts.insert(*element, text.to_owned())),
                    None => drop(texts.remove(element)),
                }
                self.translations.retain(|_, texts| !texts.is_empty());
            }
            Field::CaseType => {
                self.case_type = wanted.map(str::parse).transpose().map_err(|why| bad(Misread::Word(why)))?
            }
            Field::Tiers => {
                let words = text.split([',', '、', '，', ' ']).filter(|word| !word.is_empty());
                let tiers: Result<BTreeSet<_>, _> = words.map(str::parse).collect();
                self.tiers = tiers.map_err(|why| bad(Misread::Word(why)))?;
            }
            Field::Visits => {
                self.visits = wanted.map(str::parse).transpose().map_err(|_| bad(Misread::Number))?
            }
            Field::CancelsOn => {
                self.cancels_on = wanted.map(str::parse).transpose().map_err(|_| bad(Misread::Date))?
            }
            Field::Remark(key) => match wanted {
                Some(text) => drop(self.remarks.insert(key.clone(), text.to_owned())),
                None => drop(self.remarks.remove(key)),
            },
            Field::Source | Field::Version => return Err(BadField::Unknown(field.key())),
        }
        Ok(())
    }

    /// Sets an element, of which no key may get lost: nobody would see that it was not taken.
    fn set_wholly(&mut self, element: Element, value: Value) -> Result<(), Misread> {
        let mut trial = Guide::default();
        let is_date = matches!(element.shape(), Shape::PublishedOn | Shape::EffectiveOn);
        let misread = |BadElement { why, .. }| if is_date { Misread::Date } else { Misread::json(&why) };
        trial.set_value(element, value.clone()).map_err(misread)?;
        if let Some(key) = lost(&value, &trial.value(element).unwrap_or_default()) {
            return Err(Misread::Key(key.to_owned()));
        }
        self.set_value(element, value).map_err(misread)
    }
}

/// A key, however deep, under which something was given and of which nothing was kept.
fn lost<'a>(given: &'a Value, kept: &Value) -> Option<&'a str> {
    match given {
        Value::Object(parts) => parts
            .iter()
            .filter(|(_, part)| says(part, true))
            .find_map(|(key, part)| kept.get(key).map_or(Some(key.as_str()), |kept| lost(part, kept))),
        Value::Array(rows) => {
            let said = rows.iter().filter(|row| says(row, true)).enumerate();
            said.into_iter().find_map(|(at, row)| lost(row, kept.get(at)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn element_value(element: Element, text: &str) -> Result<Value, serde_json::Error> {
    match element.shape() {
        Shape::Text | Shape::PublishedOn | Shape::EffectiveOn => Ok(text.into()),
        Shape::Code
        | Shape::Materials
        | Shape::Procedure
        | Shape::TimeLimit
        | Shape::Fees
        | Shape::Forms
        | Shape::Samples => match text {
            "" | NONE => Ok(text.into()),
            text => serde_json::from_str(text),
        },
    }
}

impl Say for BadField {
    fn code(&self) -> &'static str {
        match self {
            BadField::Unknown(_) => "GUIDE_FIELD",
            BadField::Language(_) => "GUIDE_LANGUAGE",
            BadField::Value { .. } => "GUIDE_VALUE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadField::Unknown(text), Lang::Zh) => {
                format!("没有可编辑的要素“{text}”，请用要素名称或英文键，如 materials")
            }
            (BadField::Unknown(text), Lang::En) => {
                format!("“{text}” is no element to edit; use its Chinese name or its key, such as materials")
            }
            (BadField::Language(tag), Lang::Zh) => {
                format!("“{tag}”不是译文的语言，请填 mn 之类的代码；中文请直接编辑要素")
            }
            (BadField::Language(tag), Lang::En) => format!(
                "“{tag}” is no language of a translation; give a tag such as mn. The Chinese text is the element itself"
            ),
            (BadField::Value { field, why }, lang) => {
                let (name, said) = (field.text(lang), why.text(lang));
                let json = matches!(why, Misread::Json(_));
                match (lang, json) {
                    (Lang::Zh, true) => {
                        format!("“{name}”的内容不合要求：{said}；有行的要素请写 JSON，没有的请写“无”")
                    }
                    (Lang::Zh, false) => format!("“{name}”的内容不合要求：{said}"),
                    (Lang::En, true) => format!(
                        "this does not do for “{name}”: {said}; elements with rows are JSON, or “无” for none"
                    ),
                    (Lang::En, false) => format!("this does not do for “{name}”: {said}"),
                }
            }
        }
    }
}

say_in_english!(BadField);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisation::Tier;

    #[test]
    fn each_field_is_set_and_removed_by_text() {
        let mut guide = Guide::default();
        for (name, text) in [
            ("申报材料", r#"[{"name":"照片","originals":2}]"#),
            ("fees", "无"),
            ("faq", "问：能代办吗？答：能。"),
            ("text/mn/name", "ᠨᠡᠷ"),
            ("case_type", "即办件"),
            ("tiers", "village、镇"),
            ("visits", "0"),
            ("cancels-on", "2030-01-01"),
            ("remark/主题分类", "养老"),
        ] {
            let field = Field::parse(name).unwrap();
            guide.edit(&field, text).unwrap();
            assert_eq!(Field::parse(&field.key()), Ok(field.clone()));
            let mut without = guide.clone();
            without.edit(&field, "").unwrap();
            assert_ne!(without, guide, "{name}");
        }
        assert_eq!(guide.materials.given().unwrap()[0].originals, Some(2));
        assert_eq!(guide.tiers, [Tier::Village, Tier::Town].into());
    }

    #[test]
    fn what_does_not_do_is_told() {
        let mut guide = Guide::default();
        for (name, text) in [
            ("materials", "照片"),
            ("visits", "-1"),
            ("case_type", "x"),
            ("effective_on", "明天"),
            ("fees", "{"),
            ("name", "无"),
            ("name", " "),
        ] {
            let bad = guide.edit(&Field::parse(name).unwrap(), text).unwrap_err();
            assert_eq!(bad.code(), "GUIDE_VALUE", "{name}");
            let zh = bad.text(Lang::Zh);
            assert!(!zh.contains("expected") && !zh.contains("invalid"), "{zh}");
        }
        assert_eq!(Field::parse("colour").unwrap_err().code(), "GUIDE_FIELD");
        for language in ["text/zh/name", "text/zh-CN/name", "text/x y/name", "text//name", "text/../name"] {
            let field = Field::parse(language).unwrap();
            assert_eq!(guide.edit(&field, "名").unwrap_err().code(), "GUIDE_LANGUAGE", "{language}");
            guide.edit(&field, "").unwrap();
        }
        assert_eq!(guide, Guide::default());
    }

    #[test]
    fn a_key_that_would_be_lost_is_named_and_an_empty_row_is_none() {
        let mut guide = Guide::default();
        for (name, text, key) in [
            ("materials", r#"[{"name":"照片"},{"name":"申请表","份数":2}]"#, "份数"),
            ("time_limit", r#"{"number":3,"unit":"day"}"#, "number"),
            ("time_limit", r#"{"promised":{"number":3,"unit":"day","days":3}}"#, "days"),
            ("code", r#"{"task_code":"1"}"#, "task_code"),
        ] {
            let bad = guide.edit(&Field::parse(name).unwrap(), text).unwrap_err();
            assert!(bad.text(Lang::Zh).contains(&format!("“{key}”这一栏")), "{}", bad.text(Lang::Zh));
        }
        assert_eq!(guide, Guide::default());
        let rows = r#"[{"name":" "},{"name":"照片","note":null},{}]"#;
        guide.edit(&Field::Element(Element::Materials), rows).unwrap();
        assert_eq!(guide.materials.given().map(Vec::len), Some(1));
        guide.edit(&Field::Element(Element::Faq), "\u{200b}").unwrap();
        assert_eq!(guide.text(Element::Faq), None, "what nobody sees is no text");
    }
}
