//! Rules over the other elements: what is missing, codes, categories, fees, places, words that say nothing.

use super::{Facts, Fault};
use crate::guide::{CodeKind, Content, Element, Guide};
use crate::lang::Say;
use crate::organisation::Tier;

pub(super) fn missing(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let missing = guide.completeness().into_iter();
    missing.map(|element| Fault { element: Some(element), what: None }).collect()
}

pub(super) fn fee_basis(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let fees = guide.fees.given().map(Vec::as_slice).unwrap_or_default();
    let is_blank = |text: &Option<String>| text.as_deref().is_none_or(crate::blank::is_blank);
    let is_free = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        ["不收费", "免费", "免收"].iter().any(|word| text.contains(word))
    };
    let wrong = fees.iter().filter(|fee| is_blank(&fee.basis) && !is_free(&fee.standard));
    wrong.map(|fee| Fault::of(&*fee.name)).collect()
}

pub(super) fn codes(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let faults = guide.codes.given().map(|codes| codes.faults()).unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| Fault::of(format!("{} / {fault}", fault.text(crate::lang::Lang::Zh))))
        .collect()
}

/// A place at a village and hours there, or a missing element, which is told as such.
pub(super) fn village_place(guide: &Guide, _: &Facts) -> Vec<Fault> {
    if !guide.tiers.contains(&Tier::Village) || guide.readable(Element::PlaceAndHours) == Content::Missing {
        return Vec::new();
    }
    let text = guide.text(Element::PlaceAndHours).unwrap_or_default();
    let lines = text.split(['\n', '；', '。']).filter(|line| ["村", "社区"].iter().any(|w| line.contains(w)));
    let hours = |line: &str| {
        [":", "：", "时", "点", "工作日", "周", "星期"].iter().any(|w| line.contains(w))
            && line.chars().any(|c| c.is_ascii_digit() || "一二三四五六日".contains(c))
    };
    Fault::if_so(!lines.into_iter().any(hours))
}

pub(super) fn faq_stale(guide: &Guide, facts: &Facts) -> Vec<Fault> {
    let Some(edited) = facts.faq_edited else { return Vec::new() };
    let days = (facts.today - edited).get_days().max(0).unsigned_abs();
    let is_stale =
        days > facts.parameters.faq_days_max && facts.corrections >= facts.parameters.faq_corrections_min;
    match guide.readable(Element::Faq) {
        Content::Given(_) | Content::Nothing if is_stale => {
            vec![Fault::of(format!("{days} d, {} × 纠错 / corrections", facts.corrections))]
        }
        Content::Given(_) | Content::Nothing | Content::Missing => Vec::new(),
    }
}

pub(super) fn case_type(guide: &Guide, _: &Facts) -> Vec<Fault> {
    Fault::if_so(guide.case_type.is_none())
}

pub(super) fn tiers(guide: &Guide, _: &Facts) -> Vec<Fault> {
    Fault::if_so(guide.tiers.is_empty())
}

/// Codes and names of DOMAIN §2.5.
const CATEGORIES: [(&str, &str); 11] = [
    ("01", "行政许可"),
    ("02", "行政处罚"),
    ("03", "行政强制"),
    ("04", "行政征收"),
    ("05", "行政给付"),
    ("06", "行政检查"),
    ("07", "行政确认"),
    ("08", "行政奖励"),
    ("09", "行政裁决"),
    ("10", "其他行政权力"),
    ("20", "公共服务"),
];

pub(super) fn category(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let Some(text) = guide.text(Element::Category).map(str::trim) else { return Vec::new() };
    let known = |(code, name): &(&str, &str)| text == *code || text.contains(name);
    if CATEGORIES.iter().any(known) { Vec::new() } else { vec![Fault::of(text)] }
}

/// A word of 31 characters or more in the address that begins with the same authority.
pub(super) fn url_code(guide: &Guide, _: &Facts) -> Vec<Fault> {
    // Of two addresses an import keeps the second in the remarks.
    let kept = guide.remarks.values().filter(|text| text.contains("://")).map(String::as_str);
    let urls = guide.source.url.as_deref().into_iter().chain(kept);
    let kinds = [CodeKind::Implementation, CodeKind::Handling];
    let ours: Vec<&str> =
        guide.codes.given().into_iter().flat_map(|c| kinds.iter().filter_map(|k| c.code(*k))).collect();
    let words = urls.flat_map(|url| url.split(|c: char| !c.is_ascii_alphanumeric()));
    let words = words.filter(|word| word.len() >= 31);
    let is_other = |word: &&str| {
        let same_authority = ours.iter().any(|code| code.get(..18) == word.get(..18));
        same_authority && !ours.iter().any(|code| word.starts_with(code) || code.starts_with(word))
    };
    words.filter(is_other).map(Fault::of).collect()
}

pub(super) fn code_twice(guide: &Guide, facts: &Facts) -> Vec<Fault> {
    guide.code().filter(|_| facts.shares_code).map(Fault::of).into_iter().collect()
}

pub(super) fn unfinished(guide: &Guide, _: &Facts) -> Vec<Fault> {
    const TEMPLATES: [&str; 6] = ["规定列出", "此处填写", "请填写", "待补充", "同上", "XXX"];
    let is_unfinished = |text: &str| {
        let text = text.trim();
        text.ends_with(['：', ':', '，', '、']) || TEMPLATES.iter().any(|words| text.contains(words))
    };
    let texts = Element::ALL.iter().filter_map(|element| Some((*element, guide.text(*element)?)));
    let wrong = texts.filter(|(_, text)| is_unfinished(text));
    wrong.map(|(element, text)| Fault::under(element, end_of(text))).collect()
}

fn end_of(text: &str) -> String {
    let chars: Vec<char> = text.trim().chars().collect();
    let start = chars.len().saturating_sub(20);
    let cut = if start > 0 { "…" } else { "" };
    format!("{cut}{}", chars[start..].iter().collect::<String>())
}

pub(super) fn translation(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let orphans = guide.translations.iter().flat_map(|(language, texts)| {
        let blank = |element: &&Element| guide.readable(**element) == Content::Missing;
        texts.keys().filter(blank).map(|element| Fault::under(*element, language)).collect::<Vec<_>>()
    });
    orphans.collect()
}

pub(super) fn remarks(guide: &Guide, _: &Facts) -> Vec<Fault> {
    if guide.remarks.is_empty() {
        return Vec::new();
    }
    vec![Fault::of(guide.remarks.keys().map(String::as_str).collect::<Vec<_>>().join("、"))]
}
