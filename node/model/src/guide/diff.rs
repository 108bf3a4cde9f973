//! What is different between two texts of a guide, element by element, in words.
//!
//! Knows no version and no document. Rows are told apart by their names.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde::Serialize;

use super::{Content, Element, Fee, Guide, Material, Paper, Step};
use crate::lang::Words;

/// What became of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Added,
    Removed,
    Changed,
}

impl How {
    pub fn words(self) -> Words {
        match self {
            How::Added => Words::new("新增", "added"),
            How::Removed => Words::new("删除", "removed"),
            How::Changed => Words::new("修改", "changed"),
        }
    }
}

/// One thing that is different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// The element's word, or that of what belongs to a guide besides: `case_type`, `tiers`, `text/mn/name`…
    pub subject: String,
    pub how: How,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Of an element with rows, each row that is different.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowDifference>,
    pub zh: String,
    pub en: String,
}

/// One row that is different.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowDifference {
    pub name: String,
    pub how: How,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// From `a` to `b`: elements in their order, then what belongs to a guide besides. The day of publication is left out:
/// publishing sets it, nobody edits it.
pub fn diff(a: &Guide, b: &Guide) -> Vec<Difference> {
    let elements = Element::ALL.iter().filter(|element| **element != Element::PublishedOn);
    let elements = elements.filter(|element| a.value(**element) != b.value(**element));
    let elements = elements.filter_map(|element| {
        let text = |guide: &Guide| match guide.readable(*element) {
            Content::Missing => None,
            Content::Nothing => Some(super::NONE.to_owned()),
            Content::Given(text) => Some(text),
        };
        difference(element.word().to_owned(), element.words(), text(a), text(b), rows(*element, a, b))
    });
    elements.chain(besides(a, b)).collect()
}

fn difference(
    subject: String,
    name: Words,
    before: Option<String>,
    after: Option<String>,
    rows: Vec<RowDifference>,
) -> Option<Difference> {
    let how = match (&before, &after) {
        (None, Some(_)) => How::Added,
        (Some(_), None) => How::Removed,
        (Some(_), Some(_)) => How::Changed,
        (None, None) => return None,
    };
    let (zh, en) = sentence(how, name, before.as_deref(), after.as_deref(), &rows);
    Some(Difference { subject, how, before, after, rows, zh, en })
}

fn sentence(
    how: How,
    name: Words,
    before: Option<&str>,
    after: Option<&str>,
    rows: &[RowDifference],
) -> (String, String) {
    let head = (format!("{}“{}”", how.words().zh, name.zh), format!("{} {}", name.en, how.words().en));
    if !rows.is_empty() {
        let row = |row: &RowDifference, how: &str| match (&row.before, &row.after) {
            (Some(before), Some(after)) => format!("{how}“{}”：{before} → {after}", row.name),
            (_, _) => format!("{how}“{}”", row.name),
        };
        let zh: Vec<String> = rows.iter().map(|r| row(r, r.how.words().zh)).collect();
        let en: Vec<String> =
            rows.iter().map(|r| row(r, &format!("{} ", r.how.words().en)).replace('：', ": ")).collect();
        return (format!("{}：{}", head.0, zh.join("；")), format!("{}: {}", head.1, en.join("; ")));
    }
    match (before, after) {
        (Some(before), Some(after)) => {
            (format!("{}：“{before}” → “{after}”", head.0), format!("{}: “{before}” → “{after}”", head.1))
        }
        (Some(text), None) | (None, Some(text)) => {
            (format!("{}：“{text}”", head.0), format!("{}: “{text}”", head.1))
        }
        (None, None) => head,
    }
}

fn rows(element: Element, a: &Guide, b: &Guide) -> Vec<RowDifference> {
    match element {
        Element::Materials => by_name(&a.materials, &b.materials, |row: &Material| &row.name),
        Element::Procedure => by_name(&a.procedure, &b.procedure, |row: &Step| &row.name),
        Element::Fees => by_name(&a.fees, &b.fees, |row: &Fee| &row.name),
        Element::Forms => by_name(&a.forms, &b.forms, |row: &Paper| &row.name),
        Element::Samples => by_name(&a.samples, &b.samples, |row: &Paper| &row.name),
        _ => Vec::new(),
    }
}

/// Of rows with one name the first here is compared with the first there, and so on.
fn by_name<T: Display + PartialEq>(
    a: &Content<Vec<T>>,
    b: &Content<Vec<T>>,
    name: fn(&T) -> &str,
) -> Vec<RowDifference> {
    let (Some(a), Some(b)) = (a.given(), b.given()) else { return Vec::new() };
    let mut names: Vec<&str> = Vec::new();
    for row in a.iter().chain(b) {
        if !names.contains(&name(row)) {
            names.push(name(row));
        }
    }
    let mut found = Vec::new();
    for of in names {
        let mut before = a.iter().filter(|row| name(row) == of);
        let mut after = b.iter().filter(|row| name(row) == of);
        loop {
            let (how, before, after) = match (before.next(), after.next()) {
                (None, None) => break,
                (Some(before), Some(after)) if before == after => continue,
                (Some(before), Some(after)) => (How::Changed, Some(before), Some(after)),
                (Some(before), None) => (How::Removed, Some(before), None),
                (None, Some(after)) => (How::Added, None, Some(after)),
            };
            let text = |row: Option<&T>| row.map(T::to_string);
            found.push(RowDifference { name: of.to_owned(), how, before: text(before), after: text(after) });
        }
    }
    found
}

fn besides(a: &Guide, b: &Guide) -> Vec<Difference> {
    let tiers = |guide: &Guide| {
        let names: Vec<&str> = guide.tiers.iter().map(|tier| tier.words().zh).collect();
        (!names.is_empty()).then(|| names.join("、"))
    };
    let case_type = |guide: &Guide| guide.case_type.map(|case_type| case_type.words().zh.to_owned());
    let pairs = [
        ("case_type", Words::new("办件类型", "case type"), case_type(a), case_type(b)),
        ("tiers", Words::new("受理层级", "receiving tiers"), tiers(a), tiers(b)),
        (
            "visits",
            Words::new("到现场次数", "visits"),
            a.visits.map(|n| n.to_string()),
            b.visits.map(|n| n.to_string()),
        ),
        (
            "cancels_on",
            Words::new("失效日期", "last day"),
            a.cancels_on.map(|d| d.to_string()),
            b.cancels_on.map(|d| d.to_string()),
        ),
    ];
    let fields = pairs.into_iter().filter(|(_, _, before, after)| before != after).filter_map(
        |(word, name, before, after)| difference(word.to_owned(), name, before, after, Vec::new()),
    );
    fields.chain(translations(a, b)).collect()
}

fn translations(a: &Guide, b: &Guide) -> Vec<Difference> {
    let keys = |guide: &Guide| {
        let texts = guide.translations.iter();
        texts
            .flat_map(|(language, texts)| texts.keys().map(move |e| (language.clone(), *e)))
            .collect::<BTreeSet<_>>()
    };
    let all: BTreeSet<_> = keys(a).union(&keys(b)).cloned().collect();
    let text = |guide: &Guide, language: &str, element: Element| {
        guide.translations.get(language).and_then(|texts| texts.get(&element)).cloned()
    };
    all.into_iter()
        .filter_map(|(language, element)| {
            let (before, after) = (text(a, &language, element), text(b, &language, element));
            let subject = format!("text/{language}/{}", element.word());
            if before == after {
                None
            } else {
                difference(subject, element.words(), before, after, Vec::new())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::import::import_jsonl;

    #[test]
    fn rows_are_told_by_name_and_texts_before_and_after() {
        let guides = import_jsonl(include_str!("../../../../cli/demo/guides.jsonl"), "f").unwrap();
        let a = guides[0].guide.clone();
        assert_eq!(diff(&a, &a), []);
        let mut b = a.clone();
        if let Content::Given(rows) = &mut b.materials {
            rows[0].originals = Some(2);
            rows.remove(1);
            rows.push(Material { name: "照片".to_owned(), ..Material::default() });
        }
        b.set_text(Element::Delivery, "窗口领取").unwrap();
        b.set_text(Element::Faq, "").unwrap();
        b.visits = Some(1);
        b.published_on = Content::Given(jiff::civil::Date::constant(2027, 1, 1));
        b.translations.entry("mn".to_owned()).or_default().insert(Element::Name, "ᠨᠡᠷ".to_owned());
        let found = diff(&a, &b);
        let subjects: Vec<(&str, How)> = found.iter().map(|d| (d.subject.as_str(), d.how)).collect();
        use How::*;
        assert_eq!(
            subjects,
            [
                ("materials", Changed),
                ("delivery", Changed),
                ("faq", Removed),
                ("visits", Changed),
                ("text/mn/name", Added)
            ]
        );
        let rows: Vec<(&str, How)> = found[0].rows.iter().map(|row| (row.name.as_str(), row.how)).collect();
        assert_eq!(rows, [("居民身份证", Changed), ("户口簿", Removed), ("照片", Added)]);
        assert!(
            found[0].zh.starts_with("修改“申报材料”：修改“居民身份证”：居民身份证（原件1份"),
            "{}",
            found[0].zh
        );
        assert!(found[0].en.contains("added “照片”") && !found[0].en.contains('：'), "{}", found[0].en);
        assert_eq!(found[3].zh, "修改“到现场次数”：“0” → “1”");
    }
}
