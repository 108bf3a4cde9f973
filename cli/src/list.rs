//! `sanji list` and `sanji bundle`: what switches how cases of an item are handled, and which items are one matter.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use sanji_model::lang::Lang;
use sanji_model::list::ListKind;
use sanji_model::list::import::{import_jsonl, lines};
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::guide::file::{Form, book};
use crate::input::Input;
use crate::outcome::Outcome;
use crate::table::{pairs, table};
use crate::words::{NOTHING, count, either, guide_state, items, list_kind, plain, sentence};

/// What can be done to lists.
#[derive(Subcommand, Debug)]
pub enum List {
    #[command(flatten)]
    Common(Common),
    /// Which lists hold an item / 某事项在哪些清单上
    Switches {
        /// Code or name of the item / 事项编码或名称
        item: String,
        /// On this day, today if left out: YYYY-MM-DD / 日期
        #[arg(long, value_name = "DATE")]
        date: Option<String>,
    },
}

/// What can be done to bundles.
#[derive(Subcommand, Debug)]
pub enum Bundle {
    #[command(flatten)]
    Common(Common),
}

#[derive(Subcommand, Debug)]
pub enum Common {
    /// Import drafts from a .jsonl, .csv or .xlsx file / 导入草稿
    Import {
        /// The file / 文件
        file: PathBuf,
        /// Its form, if the name does not say / 文件格式
        #[arg(long, value_enum, value_name = "FORM")]
        format: Option<Form>,
    },
    /// List drafts and published versions / 列出
    List,
    /// Show one with its items / 查看
    Show {
        /// Name or id / 名称或编号
        id: String,
        /// This version instead of the one in force / 版本
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// Publish a draft; it takes force on every node at 00:00 / 发布
    Publish {
        /// Name or id / 名称或编号
        id: String,
        /// Takes force on this day, the list's own or today if left out: YYYY-MM-DD / 生效日期
        #[arg(long, value_name = "DATE")]
        effective: Option<String>,
    },
    /// End it: from this day on it holds no longer / 终止
    End {
        /// Name or id / 名称或编号
        id: String,
        /// The first day on which it no longer holds, today if left out: YYYY-MM-DD / 终止日期
        #[arg(long, value_name = "DATE")]
        on: Option<String>,
    },
}

impl List {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        match self {
            List::Common(common) => common.run(call, false),
            List::Switches { item, date } => {
                let json = call.value(Command::ListSwitches { item, date })?;
                let text = switches(&json, call.lang);
                Ok(Outcome::Done { json, text })
            }
        }
    }
}

impl Bundle {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let Bundle::Common(common) = self;
        common.run(call, true)
    }
}

impl Common {
    fn run(self, call: &Call, bundles: bool) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Common::Import { file, format } => {
                let Input { text, file } = read(&file, format, bundles)?;
                let json = call.value(Command::ListImport { text, file, bundles })?;
                let text = imported(&json, lang);
                (json, text)
            }
            Common::List => {
                let json = call.list(Command::ListList { bundles })?;
                let text = list(&json, lang);
                (json, text)
            }
            Common::Show { id, version } => {
                let json = call.value(Command::ListShow { id, version })?;
                let text = shown(&json, lang);
                (json, text)
            }
            Common::Publish { id, effective } => {
                let json = call.value(Command::ListPublish { id, effective })?;
                let text = published(&json, lang);
                (json, text)
            }
            Common::End { id, on } => {
                let json = call.value(Command::ListEnd { id, on })?;
                let (name, day) = (plain(&json["name"]), plain(&json["ends"]));
                let text = either(
                    lang,
                    format!("已终止：{name}，自 {day} 零时起在各节点不再适用"),
                    format!("ended: {name}; it holds on no node from {day} 00:00 on"),
                );
                (json, text)
            }
        };
        Ok(Outcome::Done { json, text })
    }
}

/// A file of lists as lines; what is wrong in it is told before a node is asked.
fn read(path: &Path, form: Option<Form>, bundles: bool) -> Result<Input, Failure> {
    let input = match form.or(Form::of(path)) {
        Some(Form::Lines) => Input::read(path)?,
        Some(form @ (Form::Csv | Form::Xlsx)) => {
            let (book, file) = book(path, form)?;
            Input { text: lines(&book, &file).map_err(Failure::Lines)?, file }
        }
        Some(Form::National) | None => {
            return Err(Failure::FileKind(path.to_owned(), "*.jsonl, *.csv, *.xlsx"));
        }
    };
    let usual = bundles.then_some(ListKind::Bundle);
    import_jsonl(&input.text, &input.file, usual).map_err(Failure::Lines)?;
    Ok(input)
}

fn imported(json: &Value, lang: Lang) -> String {
    let [new, updated, unchanged] = ["imported", "updated", "unchanged"].map(|key| count(&json[key]));
    let head = either(
        lang,
        format!("已导入草稿：新增 {new}，更新 {updated}，未变 {unchanged}\n"),
        format!("drafts imported: {new} new, {updated} changed, {unchanged} as before\n"),
    );
    head + &problems(json, lang)
}

fn problems(json: &Value, lang: Lang) -> String {
    items(&json["problems"]).map(|problem| sentence(problem, lang) + "\n").collect()
}

fn list(json: &Value, lang: Lang) -> String {
    if items(json).next().is_none() {
        return either(lang, "没有清单", "there is none");
    }
    let heads = match lang {
        Lang::Zh => ["类型", "名称", "版本", "状态", "生效日期", "废止日期", "事项", "编号"],
        Lang::En => ["kind", "name", "version", "state", "in force from", "until", "items", "id"],
    };
    let rows = items(json).map(|row| {
        [
            list_kind(&row["kind"], lang),
            plain(&row["name"]),
            plain(&row["version"]),
            guide_state(&row["state"], lang),
            plain(&row["effective_on"]),
            plain(&row["cancels_on"]),
            count(&row["items"]).to_string(),
            plain(&row["id"]),
        ]
    });
    table(heads, rows)
}

fn shown(json: &Value, lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => ["类型", "名称", "状态", "版本", "依据文件", "生效日期", "废止日期", "编号"],
        Lang::En => ["kind", "name", "state", "version", "issued by", "in force from", "until", "id"],
    };
    let said = [
        list_kind(&json["kind"], lang),
        plain(&json["name"]),
        guide_state(&json["state"], lang),
        plain(&json["version"]),
        plain(&json["document"]),
        plain(&json["effective_on"]),
        plain(&json["cancels_on"]),
        plain(&json["id"]),
    ];
    let mut text = pairs(labels.into_iter().zip(said)) + "\n";
    let heads = match lang {
        Lang::Zh => ["事项", "编码", "材料", "指南"],
        Lang::En => ["item", "code", "material", "guide"],
    };
    let guide = |item: &Value| item["guide"].as_str().map_or(NOTHING, |id| &id[..id.len().min(8)]).to_owned();
    let rows = items(&json["items"])
        .map(|item| [plain(&item["name"]), plain(&item["code"]), plain(&item["material"]), guide(item)]);
    text += &table(heads, rows);
    if json["materials"].is_array() {
        let heads = match lang {
            Lang::Zh => ["只收一次的材料", "原件", "复印件", "用于"],
            Lang::En => ["asked for once", "originals", "copies", "for"],
        };
        let rows = items(&json["materials"]).map(|row| {
            [plain(&row["name"]), plain(&row["originals"]), plain(&row["copies"]), plain(&row["items"])]
        });
        text += &format!("\n{}", table(heads, rows));
    }
    text
}

fn published(json: &Value, lang: Lang) -> String {
    let [name, version, day] = ["name", "version", "effective_on"].map(|key| plain(&json[key]));
    let head = either(
        lang,
        format!("已发布：{name} 第 {version} 版，{day} 零时起在各节点生效\n"),
        format!("published: {name}, version {version}; in force on every node from {day} 00:00\n"),
    );
    head + &problems(json, lang)
}

fn switches(json: &Value, lang: Lang) -> String {
    if items(&json["lists"]).next().is_none() {
        let (item, day) = (plain(&json["item"]), plain(&json["date"]));
        return either(
            lang,
            format!("{day}，“{item}”不在任何清单上"),
            format!("on {day} no list holds “{item}”"),
        );
    }
    let heads = match lang {
        Lang::Zh => ["类型", "清单", "版本", "依据文件", "废止日期"],
        Lang::En => ["kind", "list", "version", "issued by", "until"],
    };
    let rows = items(&json["lists"]).map(|row| {
        [
            list_kind(&row["kind"], lang),
            plain(&row["name"]),
            plain(&row["version"]),
            plain(&row["document"]),
            plain(&row["cancels_on"]),
        ]
    });
    table(heads, rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bundle_shows_its_items_and_what_it_asks_for_once() {
        let json = json!({
            "kind": "bundle", "name": "出生一件事", "state": "in_force", "version": 1, "id": "x",
            "items": [{ "name": "出生登记", "code": null, "guide": "0195b8f27c1e7d33a1112f0d4c5b6a79" }],
            "materials": [{ "name": "身份证", "originals": 1, "items": ["出生登记", "参保"] }],
        });
        let text = shown(&json, Lang::Zh);
        assert!(text.contains("一件事") && text.contains("出生登记  –     –     0195b8f2"), "{text}");
        assert!(text.contains("身份证          1     –       出生登记, 参保"), "{text}");
    }

    #[test]
    fn an_item_on_no_list_is_said_so() {
        let json = json!({ "item": "甲", "date": "2026-02-10", "lists": [] });
        assert_eq!(switches(&json, Lang::En), "on 2026-02-10 no list holds “甲”");
    }
}
