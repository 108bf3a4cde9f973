//! Guides of a demonstration: its own ten and those of a file, imported as drafts, the complete ones published.

use std::collections::BTreeMap;
use std::path::Path;

use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use super::children::Children;
use super::county::County;
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::words::{count, items};

const OWN_GUIDES: &str = include_str!("../../demo/guides.jsonl");

/// What the import of a file said.
pub struct Import {
    file: String,
    pub imported: u64,
    /// Findings by code.
    found: BTreeMap<String, u64>,
}

/// A guide that cases can be filed under.
pub struct Filable {
    pub id: String,
    /// Names of its materials; none when it asks for none.
    pub materials: Vec<String>,
}

/// Imports before the county runs; the command opens the store itself.
pub fn import(children: &Children, county: &str, given: Option<&Path>) -> Result<Vec<Import>, Failure> {
    let own = children.data(county).with_file_name("guides.jsonl");
    std::fs::write(&own, OWN_GUIDES).map_err(|error| Trouble::Folder(own.clone(), error))?;
    let files = given.into_iter().map(|path| (path, path.display().to_string()));
    let files = files.chain([(own.as_path(), "guides.jsonl".to_owned())]);
    files
        .map(|(path, file)| {
            let said = children.tell(county, &["guide", "import", &path.to_string_lossy()])?;
            let mut found = BTreeMap::new();
            for problem in items(&said["problems"]) {
                *found.entry(problem["code"].as_str().unwrap_or("?").to_owned()).or_default() += 1;
            }
            Ok(Import { file, imported: count(&said["imported"]), found })
        })
        .collect()
}

/// Publishes every draft that is complete; how many.
pub fn publish(county: &County<'_>) -> Result<u64, Failure> {
    let mut published = 0;
    let listed = county.ask(county.root(), Command::GuideList)?;
    for id in items(&listed).filter(|row| row["version"].is_null()).filter_map(|row| row["id"].as_str()) {
        match county.ask(county.root(), Command::GuidePublish { id: id.to_owned(), effective: None }) {
            Ok(_) => published += 1,
            // It stays a draft until somebody completes it.
            Err(Failure::Refused(refused)) if refused.code == "GUIDE_INCOMPLETE" => {}
            Err(failure) => return Err(failure),
        }
    }
    if published == 0 { Err(Trouble::NoGuides.into()) } else { Ok(published) }
}

/// The published guides that a village can take cases under; all of them if none says so.
pub fn filable(county: &County<'_>) -> Result<Vec<Filable>, Failure> {
    let listed = county.ask(county.root(), Command::GuideList)?;
    let published: Vec<&Value> = items(&listed).filter(|row| !row["version"].is_null()).collect();
    let at_villages = |row: &&&Value| items(&row["tiers"]).any(|tier| tier == "village");
    let fit: Vec<&Value> = published.iter().filter(at_villages).copied().collect();
    let chosen = if fit.is_empty() { published } else { fit };
    let ids = chosen.into_iter().filter_map(|row| row["id"].as_str());
    ids.map(|id| {
        let shown = county.ask(county.root(), Command::GuideShow { id: id.to_owned(), version: None })?;
        let names = items(&shown["guide"]["要素"]["materials"]).filter_map(|row| row["name"].as_str());
        Ok(Filable { id: id.to_owned(), materials: names.map(str::to_owned).collect() })
    })
    .collect()
}

impl Import {
    pub fn text(&self, lang: Lang) -> String {
        let Import { file, imported, found } = self;
        let found: Vec<String> = found.iter().map(|(code, n)| format!("{} {n}", kind(code, lang))).collect();
        match (lang, found.is_empty()) {
            (Lang::Zh, true) => format!("{file}：导入 {imported} 份草稿"),
            (Lang::Zh, false) => format!("{file}：导入 {imported} 份草稿；{}", found.join("、")),
            (Lang::En, true) => format!("{file}: {imported} imported as drafts"),
            (Lang::En, false) => format!("{file}: {imported} imported as drafts; {}", found.join(", ")),
        }
    }
}

/// A finding's kind for people; one of another version stays as it is.
fn kind(code: &str, lang: Lang) -> &str {
    match (code, lang) {
        ("GUIDE_ELEMENT_MISSING", Lang::Zh) => "缺少要素",
        ("GUIDE_ELEMENT_MISSING", Lang::En) => "elements missing:",
        ("IMPORT_UNKNOWN_KEY", Lang::Zh) => "无对应要素的键",
        ("IMPORT_UNKNOWN_KEY", Lang::En) => "keys without an element:",
        ("IMPORT_TOO_LITTLE", Lang::Zh) => "只能补充其他要素、不足以单独成为要素的值",
        ("IMPORT_TOO_LITTLE", Lang::En) => "values too little for an element:",
        ("IMPORT_NOT_UNDERSTOOD", Lang::Zh) => "未能识别的值",
        ("IMPORT_NOT_UNDERSTOOD", Lang::En) => "values not understood:",
        ("IMPORT_LIMIT", Lang::Zh) => "未能读出的时限",
        ("IMPORT_LIMIT", Lang::En) => "time limits not read:",
        ("IMPORT_EMPTY", Lang::Zh) => "空值",
        ("IMPORT_EMPTY", Lang::En) => "empty values:",
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_counts_by_kind() {
        let found = [("GUIDE_ELEMENT_MISSING", 3), ("NEWER", 1)].map(|(code, n)| (code.to_owned(), n)).into();
        let import = Import { file: "a.jsonl".to_owned(), imported: 22, found };
        assert_eq!(import.text(Lang::Zh), "a.jsonl：导入 22 份草稿；缺少要素 3、NEWER 1");
        assert_eq!(import.text(Lang::En), "a.jsonl: 22 imported as drafts; elements missing: 3, NEWER 1");
    }

    #[test]
    fn its_own_guides_are_complete_but_for_the_dates_that_publishing_sets() {
        let imported = sanji_model::guide::import::import_jsonl(OWN_GUIDES, "guides.jsonl").unwrap();
        assert_eq!(imported.len(), 10);
        for one in imported {
            let missing: Vec<&str> = one.missing.iter().map(|element| element.word()).collect();
            assert!(
                missing.iter().all(|word| ["published_on", "effective_on"].contains(word)),
                "{missing:?}"
            );
        }
    }
}
