//! `sanji guide`: drafts in, checked, read; their life and corrections have files of their own.

mod correction;
mod export;
pub mod file;
mod life;
mod print;
mod rollout;
mod search;

pub use life::Who;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use sanji_model::guide::import::Imported;
use sanji_model::guide::lint::{Facts, Finding, Parameters, Severity, lint};
use sanji_model::guide::{Element, Guide as Model, schema};
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_node::command::Command;
use sanji_node::guide_file::GuideFile;
use sanji_node::run::now;
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output;
use crate::table::{indented, pairs, table};
use crate::words::{count, either, guide_state, items, plain, sentence};
use file::Form;

#[derive(Subcommand, Debug)]
pub enum Guide {
    /// Import drafts from a file: JSON lines, CSV or a workbook / 导入指南草稿
    Import {
        /// The .jsonl, .csv or .xlsx file / 指南文件
        file: PathBuf,
        /// Its form, if the name does not say / 文件格式
        #[arg(long, value_enum, value_name = "FORM")]
        format: Option<Form>,
        #[command(flatten)]
        who: Who,
    },
    /// Write guides into a file that can be imported again / 导出指南
    Export(export::Export),
    /// What a guide, or each guide of a file, lacks / 检查指南是否完整
    Check {
        /// Code, name or id of a guide, or a .jsonl, .csv or .xlsx file / 指南或文件
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
    /// Print the JSON Schema of a line of a guides file / 输出指南的 JSON Schema
    Schema,
    #[command(flatten)]
    Life(life::Life),
    #[command(flatten)]
    Correction(correction::Correction),
}

impl Guide {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Guide::Import { file, format, who } => {
                let json = import(call, &file::guides(&file, format)?, who.user)?;
                let text = imported(&json, lang);
                (json, text)
            }
            Guide::Export(export) => {
                let json = export.run(call)?;
                let text = export::text(&json, lang);
                (json, text)
            }
            Guide::Check { what } => {
                let json = match Path::new(&what) {
                    file if Form::of(file).is_some() => check_file(file, lang)?,
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
            Guide::Schema => {
                let json = schema::schema();
                let text = format!("{json:#}");
                (json, text)
            }
            Guide::Life(life) => return life.run(call),
            Guide::Correction(correction) => return correction.run(call),
        };
        Ok(Outcome::Done { json, text })
    }
}

/// Reads the guides of a file; what is no guide is told with its place.
pub fn read_guides(file: &Path) -> Result<Vec<Imported>, Failure> {
    Ok(file::guides(file, None)?.guides)
}

/// Sends a file part by part, so that the node goes on with other work between them. Only a whole file that can be read
/// comes so far; should the node stop half way, importing the file again brings the rest.
fn import(call: &Call, file: &GuideFile, user: Option<String>) -> Result<Value, Failure> {
    let bar = output::bar(Some(file.guides.len() as u64), either(call.lang, "指南", "guides"));
    let mut sum = json!({ "imported": 0, "updated": 0, "unchanged": 0, "guides": [], "problems": [] });
    call.talk(|ask| {
        for text in file.parts() {
            let part = ask(Command::GuideImport { text, file: file.file.clone(), user: user.clone() })?;
            for key in ["imported", "updated", "unchanged"] {
                sum[key] = json!(count(&sum[key]) + count(&part[key]));
            }
            for key in ["guides", "problems"] {
                let more = items(&part[key]).cloned();
                if let Some(list) = sum[key].as_array_mut() {
                    list.extend(more);
                }
            }
            bar.set_position(items(&sum["guides"]).count() as u64);
        }
        Ok(())
    })?;
    Ok(sum)
}

/// The same answer as a node gives about a draft, for each guide of a file. Needs no node.
fn check_file(file: &Path, lang: Lang) -> Result<Value, Failure> {
    let facts = Facts::of_file(local::date(now()), Parameters::default());
    let guides = read_guides(file)?;
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for code in guides.iter().filter_map(|one| one.guide.code()) {
        *codes.entry(code).or_default() += 1;
    }
    let shares = |one: &Imported| one.guide.code().is_some_and(|code| codes.get(code) > Some(&1));
    let found = guides.iter().flat_map(|one| {
        let facts = Facts { shares_code: shares(one), ..facts };
        lint(&one.guide, &facts).into_iter().map(move |finding| (one, finding))
    });
    Ok(found.map(|(one, finding)| finding_json(one, &finding, lang)).collect())
}

fn finding_json(one: &Imported, finding: &Finding, lang: Lang) -> Value {
    let name = Model::name(&one.guide);
    let (zh, en) = (format!("“{name}”：{}", finding.zh), format!("“{name}”: {}", finding.en));
    json!({
        "id": one.source_id, "line": one.line, "code": finding.code, "severity": finding.severity,
        "element": finding.element, "message": either(lang, zh.as_str(), en.as_str()), "zh": zh, "en": en,
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
        return either(
            lang,
            "26 个要素齐全，没有发现问题",
            "all 26 elements are there, and no rule finds anything",
        );
    }
    let lines = items(json).map(|problem| {
        let line = &problem["line"];
        let at = if line.is_null() {
            String::new()
        } else {
            either(lang, format!("第 {line} 行："), format!("line {line}: "))
        };
        let severity = match problem["severity"].as_str().map(str::parse::<Severity>) {
            Some(Ok(known)) => known.words().text(lang).to_owned(),
            Some(Err(_)) | None => plain(&problem["severity"]),
        };
        format!("{severity}[{}] {at}{}\n", plain(&problem["code"]), sentence(problem, lang))
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
        text += &translations(&json["guide"]["translations"], *element, lang);
    }
    let parts = [
        (either(lang, "编制与审定经过", "what was done to the draft"), life::acts(&json["life"], lang)),
        (either(lang, "编辑冲突", "edited in two places"), life::conflicts(&json["conflicts"], lang)),
    ];
    for (head, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        text += &format!("\n{head}\n{}", indented(part));
    }
    text
}

/// The element in the other languages of this guide; where one has none, that is said and nothing stands in for it.
fn translations(all: &Value, element: Element, lang: Lang) -> String {
    let languages = all.as_object().into_iter().flatten();
    let line = |(language, texts): (&String, &Value)| match texts[element.word()].as_str() {
        Some(text) => format!("  [{language}] {text}\n"),
        None => format!("  [{language}] {}\n", either(lang, "（缺译文）", "(no translation)")),
    };
    languages.map(line).collect()
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

        let json = json!({ "state": "draft", "guide": { "translations": { "mn": { "name": "ᠨᠡᠷ" } } }, "readable": { "name": "优待证" } });
        let text = shown(&json, Lang::Zh);
        assert!(text.contains("  优待证\n  [mn] ᠨᠡᠷ\n"), "{text}");
        assert_eq!(text.matches("[mn] （缺译文）").count(), 25, "never the Chinese in its place");
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
        assert!(checked(&json!([]), Lang::En).starts_with("all 26 elements are there"));
    }
}
