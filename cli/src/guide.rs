//! `sanji guide`: drafts in, checked, published, read.

mod print;
mod rollout;
mod search;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use sanji_model::guide::import::{Imported, import_jsonl};
use sanji_model::guide::{Element, Guide as Model};
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::table::{indented, pairs, table};
use crate::words::{count, either, guide_state, items, plain, sentence};

/// What a guide file's name ends with.
const LINES: &str = "jsonl";

#[derive(Subcommand, Debug)]
pub enum Guide {
    /// Import drafts from a file, a JSON object a line / 导入指南草稿
    Import {
        /// The .jsonl file, UTF-8 / 指南文件
        file: PathBuf,
    },
    /// What a guide, or each guide of a file, lacks / 检查指南是否完整
    Check {
        /// Code, name or id of a guide, or a .jsonl file / 指南或文件
        #[arg(value_name = "ID|FILE")]
        what: String,
    },
    /// List drafts and published versions / 列出指南
    List,
    /// Show a guide / 查看指南
    Show {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// This version instead of the one in force / 版本
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// Write a guide as a page that prints well / 生成可打印的指南
    Print(print::Print),
    /// Find guides by words, codes or pinyin initials / 检索指南
    Search(search::Search),
    /// Which unit below holds which version, and since when / 各机构持有的版本
    Rollout {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
    },
    /// Publish a draft as a new version / 发布指南
    Publish {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// Takes force on this day, today if left out: YYYY-MM-DD / 实施日期
        #[arg(long, value_name = "DATE")]
        effective: Option<String>,
    },
}

impl Guide {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Guide::Import { file } => {
                let Input { text, file } = read(&file)?;
                let json = call.value(Command::GuideImport { text, file })?;
                let text = imported(&json, lang);
                (json, text)
            }
            Guide::Check { what } => {
                let json = match Path::new(&what) {
                    file if is_lines(file) => check_file(file, lang)?,
                    _ => call.value(Command::GuideCheck { id: what })?,
                };
                let text = checked(&json, lang);
                (json, text)
            }
            Guide::List => {
                let json = call.list(Command::GuideList)?;
                let text = list(&json, lang);
                (json, text)
            }
            Guide::Show { id, version } => {
                let json = call.value(Command::GuideShow { id, version })?;
                let text = shown(&json, lang);
                (json, text)
            }
            Guide::Print(print) => print.run(call)?,
            Guide::Search(search) => search.run(call)?,
            Guide::Rollout { id } => {
                let json = call.value(Command::GuideRollout { id })?;
                let text = rollout::text(&json, lang);
                (json, text)
            }
            Guide::Publish { id, effective } => {
                let json = call.value(Command::GuidePublish { id, effective })?;
                let text = published(&json, lang);
                (json, text)
            }
        };
        Ok(Outcome::Done { json, text })
    }
}

fn is_lines(file: &Path) -> bool {
    file.extension().is_some_and(|end| end.eq_ignore_ascii_case(LINES))
}

/// Reads the guides of a file; what is no guide is told with its line.
pub fn read_guides(file: &Path) -> Result<Vec<Imported>, Failure> {
    let Input { text, file } = read(file)?;
    import_jsonl(&text, &file).map_err(Failure::Lines)
}

fn read(file: &Path) -> Result<Input, Failure> {
    if is_lines(file) { Input::read(file) } else { Err(Failure::FileKind(file.to_owned(), "*.jsonl")) }
}

/// The same answer as a node gives about a draft, for each guide of a file. Needs no node.
fn check_file(file: &Path, lang: Lang) -> Result<Value, Failure> {
    let guides = read_guides(file)?;
    Ok(guides
        .iter()
        .flat_map(|one| one.missing.iter().map(move |element| lacks(one, *element, lang)))
        .collect())
}

fn lacks(one: &Imported, element: Element, lang: Lang) -> Value {
    let name = Model::name(&one.guide);
    let zh = format!("“{name}”缺少要素“{}”", element.words().zh);
    let en = format!("“{name}”: the element {} is missing", element.words().en);
    json!({
        "id": one.source_id, "line": one.line, "code": "GUIDE_ELEMENT_MISSING", "severity": "error",
        "element": element, "message": either(lang, zh.as_str(), en.as_str()), "zh": zh, "en": en,
    })
}

fn imported(json: &Value, lang: Lang) -> String {
    let [new, updated, unchanged] = ["imported", "updated", "unchanged"].map(|key| count(&json[key]));
    let mut text = either(
        lang,
        format!("已导入草稿：新增 {new}，更新 {updated}，未变 {unchanged}\n"),
        format!("drafts imported: {new} new, {updated} changed, {unchanged} as before\n"),
    );
    let problems = |guide: &Value| items(&json["problems"]).filter(|p| p["id"] == guide["id"]).count() as u64;
    let open: Vec<(&Value, u64)> = items(&json["guides"])
        .map(|guide| (guide, problems(guide)))
        .filter(|(_, problems)| *problems > 0)
        .collect();
    if !open.is_empty() {
        let heads = match lang {
            Lang::Zh => ["行", "指南", "缺要素", "其他提示"],
            Lang::En => ["line", "guide", "missing", "other notes"],
        };
        let row = |(guide, problems): &(&Value, u64)| {
            let missing = count(&guide["missing"]);
            let others = problems.saturating_sub(missing);
            [plain(&guide["line"]), plain(&guide["name"]), missing.to_string(), others.to_string()]
        };
        text += &table(heads, open.iter().map(row));
        text += &either(
            lang,
            "缺要素的指南保留为草稿。缺哪些：sanji guide check 指南\n",
            "guides that lack elements stay drafts. Which ones: `sanji guide check ID`\n",
        );
        text += &notes(json, lang);
    }
    text
}

/// What became of every key that found no plain place, in words, by line.
fn notes(json: &Value, lang: Lang) -> String {
    let told = items(&json["problems"]).filter(|problem| problem["severity"] == "info");
    told.map(|note| {
        let (line, words) = (plain(&note["line"]), sentence(note, lang));
        either(lang, format!("第 {line} 行：{words}\n"), format!("line {line}: {words}\n"))
    })
    .collect()
}

fn checked(json: &Value, lang: Lang) -> String {
    if items(json).next().is_none() {
        return either(lang, "26 个要素齐全", "all 26 elements are there");
    }
    let lines = items(json).map(|problem| {
        let line = &problem["line"];
        let at = if line.is_null() {
            String::new()
        } else {
            either(lang, format!("第 {line} 行："), format!("line {line}: "))
        };
        format!("[{}] {at}{}\n", plain(&problem["code"]), sentence(problem, lang))
    });
    lines.collect()
}

fn list(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["名称", "版本", "状态", "实施日期", "缺要素", "事项编码", "编号"],
        Lang::En => ["name", "version", "state", "in force from", "missing", "code", "id"],
    };
    let rows = items(json).map(|guide| {
        [
            plain(&guide["name"]),
            plain(&guide["version"]),
            guide_state(&guide["state"], lang),
            plain(&guide["effective_on"]),
            count(&guide["missing"]).to_string(),
            plain(&guide["code"]),
            plain(&guide["id"]),
        ]
    });
    if items(json).next().is_none() {
        either(lang, "没有指南", "there is no guide")
    } else {
        table(heads, rows)
    }
}

fn shown(json: &Value, lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => ["状态", "版本", "编号"],
        Lang::En => ["state", "version", "id"],
    };
    let said = [guide_state(&json["state"], lang), plain(&json["version"]), plain(&json["id"])];
    let mut text = pairs(labels.into_iter().zip(said));
    for element in Element::ALL {
        let head = format!("{}. {}", element.number(), element.words().text(lang));
        match json["readable"][element.word()].as_str() {
            Some(body) => text += &format!("\n{head}\n{}", indented(body)),
            None => text += &format!("\n{head}\n  {}\n", either(lang, "（缺）", "(missing)")),
        }
    }
    text
}

fn published(json: &Value, lang: Lang) -> String {
    let [name, version, day] = ["name", "version", "effective_on"].map(|key| plain(&json[key]));
    either(
        lang,
        format!("已发布：{name} 第 {version} 版，{day} 零时起在各节点生效"),
        format!("published: {name}, version {version}; in force on every node from {day} 00:00"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_tells_drafts_from_versions() {
        let json = json!([
            { "id": "0195b8f27c1e7d33a1112f0d4c5b6a79", "name": "优待证", "version": null, "state": "draft", "missing": 2,
              "effective_on": null, "code": null },
            { "id": "0195b8f27c1e7d33a1112f0d4c5b6a79", "name": "优待证", "version": 1, "state": "in_force", "missing": 0,
              "effective_on": "2026-02-10", "code": "11640202" },
        ]);
        let expected = "\
名称    版本  状态    实施日期    缺要素  事项编码  编号
优待证  –     草稿    –           2       –         0195b8f27c1e7d33a1112f0d4c5b6a79
优待证  1     生效中  2026-02-10  0       11640202  0195b8f27c1e7d33a1112f0d4c5b6a79
";
        assert_eq!(list(&json, Lang::Zh), expected);
    }

    #[test]
    fn a_guide_shows_all_26_elements_and_what_is_missing() {
        let json = json!({ "state": "draft", "id": "x", "readable": { "name": "优待证", "materials": "身份证\n照片" } });
        let text = shown(&json, Lang::Zh);
        assert!(text.contains("\n1. 事项名称\n  优待证\n"), "{text}");
        assert!(text.contains("\n12. 申报材料\n  身份证\n  照片\n"), "{text}");
        assert_eq!(text.matches("（缺）").count(), 24);
    }

    #[test]
    fn an_import_sums_up_what_each_guide_lacks() {
        let json = json!({
            "imported": 1, "updated": 0, "unchanged": 2,
            "guides": [{ "id": "a", "name": "优待证", "line": 3, "missing": 1 }, { "id": "b", "name": "全", "line": 4, "missing": 0 }],
            "problems": [
                { "id": "a", "line": 3, "severity": "warning", "zh": "缺少要素" },
                { "id": "a", "line": 3, "severity": "info", "zh": "“通办范围”已存入备注", "en": "kept" },
            ],
        });
        let text = imported(&json, Lang::Zh);
        assert!(text.starts_with("已导入草稿：新增 1，更新 0，未变 2\n行  指南    缺要素  其他提示\n3   优待证  1       1\n缺要素的"), "{text}");
        assert!(text.ends_with("第 3 行：“通办范围”已存入备注\n") && !text.contains("缺少要素"), "{text}");
        assert_eq!(checked(&json!([]), Lang::En), "all 26 elements are there");
    }
}
