//! Naming templates: what a unit of a kind has to be called in a county (DOMAIN §1, a parameter of the place).
//!
//! Knows no unit; a place-holder stands for any name.

use std::collections::BTreeMap;

use super::unit::UnitKind;
use crate::lang::{Lang, Say, say_in_english};

/// A pattern a kind, such as `{town}民生服务中心`. A kind without one takes any name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameTemplates {
    patterns: BTreeMap<UnitKind, String>,
}

/// A pattern with a brace that has no partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadPattern(pub String);

impl NameTemplates {
    /// Sets the pattern of a kind. Each `{…}` stands for one character or more.
    pub fn with(mut self, kind: UnitKind, pattern: &str) -> Result<NameTemplates, BadPattern> {
        literals(pattern).ok_or_else(|| BadPattern(pattern.to_owned()))?;
        self.patterns.insert(kind, pattern.to_owned());
        Ok(self)
    }

    /// The pattern that `name` should have followed, if it does not.
    pub fn broken(&self, kind: UnitKind, name: &str) -> Option<&str> {
        let pattern = self.patterns.get(&kind)?;
        let literals = literals(pattern)?;
        (!fits(&literals, name)).then_some(pattern)
    }
}

/// The fixed parts around the place-holders, in order; one more than there are place-holders.
fn literals(pattern: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some((literal, tail)) = rest.split_once('{') {
        let (word, tail) = tail.split_once('}')?;
        if literal.contains('}') || word.contains('{') {
            return None;
        }
        parts.push(literal);
        rest = tail;
    }
    parts.push(rest);
    (!rest.contains('}')).then_some(parts)
}

fn fits(literals: &[&str], name: &str) -> bool {
    let (first, others) = literals.split_first().expect("a pattern has one part at least");
    let Some((last, middle)) = others.split_last() else { return name == *first };
    let Some(mut rest) = name.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for literal in middle {
        let Some(one) = rest.chars().next().map(char::len_utf8) else { return false };
        let Some(at) = rest[one..].find(literal) else { return false };
        rest = &rest[one + at + literal.len()..];
    }
    !rest.is_empty()
}

impl Say for BadPattern {
    fn code(&self) -> &'static str {
        "ORG_PATTERN"
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("命名规则“{}”的花括号不成对，请写成 {{town}}民生服务中心 的样子", self.0),
            Lang::En => format!(
                "the braces of the pattern “{}” do not pair; write it as {{town}}民生服务中心",
                self.0
            ),
        }
    }
}

say_in_english!(BadPattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_its_pattern_or_is_told_it() {
        let templates = NameTemplates::default()
            .with(UnitKind::Hall, "{town}民生服务中心")
            .and_then(|t| t.with(UnitKind::Station, "{town}·{village}为民办事代办点"))
            .unwrap();
        assert_eq!(templates.broken(UnitKind::Hall, "星海镇民生服务中心"), None);
        assert_eq!(templates.broken(UnitKind::Hall, "星海镇"), Some("{town}民生服务中心"));
        assert_eq!(templates.broken(UnitKind::Hall, "民生服务中心"), Some("{town}民生服务中心"));
        assert_eq!(templates.broken(UnitKind::Station, "星海镇·枣香村为民办事代办点"), None);
        assert!(templates.broken(UnitKind::Station, "·枣香村为民办事代办点").is_some());
        assert!(templates.broken(UnitKind::Station, "星海镇·为民办事代办点").is_some());
        assert_eq!(templates.broken(UnitKind::Centre, "anything"), None);
    }

    #[test]
    fn a_fixed_pattern_is_that_name_only() {
        let templates = NameTemplates::default().with(UnitKind::Centre, "大武口区政务服务中心").unwrap();
        assert_eq!(templates.broken(UnitKind::Centre, "大武口区政务服务中心"), None);
        assert!(templates.broken(UnitKind::Centre, "新兴县政务服务中心").is_some());
    }

    #[test]
    fn braces_pair() {
        for bad in ["{town", "town}", "{a{b}}", "a}b{c}"] {
            assert!(NameTemplates::default().with(UnitKind::Hall, bad).is_err(), "{bad}");
        }
    }
}
