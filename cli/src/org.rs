//! `sanji org`: the county's units.

use std::path::PathBuf;

use clap::Subcommand;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{count, either, items, plain, sentence, tier, unit_kind};

#[derive(Subcommand, Debug)]
pub enum Org {
    /// Import units from CSV: code,name,tier,parent_code, optional kind / 导入机构
    Import {
        /// The CSV file, UTF-8 / CSV 文件
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
    },
    /// List the units and their nodes / 列出机构
    List,
    /// Check that the units are one well-named tree / 检查机构
    Check,
}

impl Org {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        match self {
            Org::Import { file } => {
                let Input { text, file } = Input::read(&file)?;
                let json = call.value(Command::OrgImport { text, file })?;
                Ok(Outcome::Done { text: imported(&json, lang), json })
            }
            Org::List => {
                let json = call.value(Command::OrgList)?;
                Ok(Outcome::Done { text: list(&json, lang), json })
            }
            Org::Check => {
                let json = call.value(Command::OrgCheck)?;
                let text = match items(&json).count() {
                    0 => either(lang, "机构没有问题", "the units are in order"),
                    _ => check(&json, lang),
                };
                Ok(Outcome::Done { json, text })
            }
        }
    }
}

fn imported(json: &Value, lang: Lang) -> String {
    let [read, added, updated, unchanged, units] =
        ["read", "added", "updated", "unchanged", "units"].map(|key| count(&json[key]));
    either(
        lang,
        format!("已导入 {read} 个机构：新增 {added}，更新 {updated}，未变 {unchanged}；现共 {units} 个"),
        format!(
            "{read} units imported: {added} new, {updated} changed, {unchanged} as before; {units} in all"
        ),
    )
}

fn list(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["代码", "名称", "层级", "类型", "上级", "节点"],
        Lang::En => ["code", "name", "tier", "kind", "parent", "nodes"],
    };
    let rows = items(json).map(|unit| {
        [
            plain(&unit["code"]),
            plain(&unit["name"]),
            tier(&unit["tier"], lang),
            unit_kind(&unit["kind"], lang),
            plain(&unit["parent_code"]),
            items(&unit["nodes"]).filter(|node| node["revoked"] != true).count().to_string(),
        ]
    });
    table(heads, rows)
}

fn check(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["机构", "问题", "说明"],
        Lang::En => ["unit", "code", "what is wrong"],
    };
    table(
        heads,
        items(json).map(|fault| [plain(&fault["unit"]), plain(&fault["code"]), sentence(fault, lang)]),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_list_counts_nodes_that_were_not_revoked() {
        let json = json!([
            { "code": "640202", "name": "大武口区政务服务中心", "tier": "county", "kind": "centre", "parent_code": null,
              "nodes": [{ "revoked": false }, { "revoked": true }] },
            { "code": "640202001", "name": "长胜街道", "tier": "town", "kind": "hall", "parent_code": "640202", "nodes": [] },
        ]);
        let expected = "\
代码       名称                  层级  类型          上级    节点
640202     大武口区政务服务中心  县    政务服务中心  –       1
640202001  长胜街道              镇    便民服务中心  640202  0
";
        assert_eq!(list(&json, Lang::Zh), expected);
    }

    #[test]
    fn an_import_says_what_it_did() {
        let json = json!({ "read": 3, "added": 2, "updated": 0, "unchanged": 1, "units": 4 });
        assert_eq!(imported(&json, Lang::En), "3 units imported: 2 new, 0 changed, 1 as before; 4 in all");
    }
}
