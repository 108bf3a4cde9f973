//! Rules over materials, their forms and samples.

use std::collections::BTreeSet;

use super::{Facts, Fault};
use crate::guide::{Content, Element, Guide, Material, Necessity, Paper};

fn rows(guide: &Guide) -> &[Material] {
    guide.materials.given().map(Vec::as_slice).unwrap_or_default()
}

/// A name for each row that `is_wrong`.
fn each(guide: &Guide, is_wrong: impl Fn(&Material) -> bool) -> Vec<Fault> {
    rows(guide).iter().filter(|row| is_wrong(row)).map(|row| Fault::of(&*row.name)).collect()
}

pub(super) fn counts(guide: &Guide, _: &Facts) -> Vec<Fault> {
    each(guide, |row| row.originals.is_none() && row.copies.is_none())
}

pub(super) fn later_required(guide: &Guide, _: &Facts) -> Vec<Fault> {
    each(guide, |row| row.later == Some(true) && row.necessity == Some(Necessity::Required))
}

/// The same name in the same circumstances; marks around a title make no other name.
pub(super) fn twice(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let plain = |name: &str| name.replace(['《', '》', ' ', '　'], "");
    each_once(rows(guide).iter().filter(|row| !seen.insert((plain(&row.name), row.when.clone()))))
}

fn each_once<'a>(rows: impl Iterator<Item = &'a Material>) -> Vec<Fault> {
    let names: BTreeSet<&str> = rows.map(|row| row.name.as_str()).collect();
    names.into_iter().map(Fault::of).collect()
}

/// Words that ask for a paper, and words that are papers.
const GIVE: [&str; 6] = ["提供", "提交", "携带", "出具", "递交", "出示"];
const PAPERS: [&str; 7] = ["原件", "复印件", "申请表", "申请书", "户口簿", "身份证", "证明材料"];

pub(super) fn in_conditions(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let text = guide.text(Element::Conditions).unwrap_or_default();
    let names: Vec<&str> =
        rows(guide).iter().map(|row| row.name.as_str()).filter(|name| name.chars().count() >= 3).collect();
    let lists = |line: &&str| {
        let paper = || names.iter().chain(&PAPERS).any(|name| line.contains(name));
        GIVE.iter().any(|word| line.contains(word)) && paper()
    };
    text.split(['\n', '；', '。', ';']).filter(lists).map(|line| Fault::of(line.trim())).collect()
}

/// The sample of a form is the row that the material names, else the one that is called as the form.
pub(super) fn sample_empty(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let samples = match &guide.samples {
        // A missing element is told as such.
        Content::Missing => return Vec::new(),
        Content::Nothing => &[][..],
        Content::Given(rows) => rows,
    };
    let said =
        |paper: &&Paper| [&paper.text, &paper.file].into_iter().flatten().any(|t| !crate::blank::is_blank(t));
    let has = |name: &str| samples.iter().filter(said).any(|paper| paper.name == name);
    each(guide, |row| match &row.form {
        Some(form) if row.necessity == Some(Necessity::Required) => {
            !has(row.sample.as_deref().unwrap_or(form))
        }
        Some(_) | None => false,
    })
}

pub(super) fn form_unknown(guide: &Guide, _: &Facts) -> Vec<Fault> {
    if guide.forms == Content::Missing {
        return Vec::new();
    }
    let forms = guide.forms.given().map(Vec::as_slice).unwrap_or_default();
    let unknown = |form: &String| !forms.iter().any(|paper| paper.name == *form);
    rows(guide).iter().filter_map(|row| row.form.clone().filter(unknown)).map(Fault::of).collect()
}

/// “身份证、户口簿” in one row has one count for two papers.
pub(super) fn several(guide: &Guide, _: &Facts) -> Vec<Fault> {
    each(guide, |row| {
        let outside = outside_brackets(&row.name);
        let parts: Vec<&str> = outside.split(['、', '和', '及']).collect();
        let is_paper = |part: &&str| PAPER_ENDS.iter().any(|end| part.trim().ends_with(end));
        parts.len() > 1 && parts.iter().filter(|part| is_paper(part)).count() > 1
    })
}

const PAPER_ENDS: [&str; 10] = ["证", "簿", "本", "表", "书", "照", "照片", "证明", "复印件", "材料"];

pub(super) fn vague(guide: &Guide, _: &Facts) -> Vec<Fault> {
    const CATCH_ALL: [&str; 6] = ["其他材料", "其它材料", "有关材料", "相关材料", "所需材料", "要求的其他"];
    each(guide, |row| CATCH_ALL.iter().any(|word| row.name.contains(word)) || row.name.trim().ends_with('等'))
}

fn outside_brackets(name: &str) -> String {
    let mut depth = 0u32;
    name.chars()
        .filter(|c| {
            match c {
                '（' | '(' | '《' | '“' => depth += 1,
                '）' | ')' | '》' | '”' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}
