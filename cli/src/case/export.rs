//! `sanji case export`: what changed about the node's cases since the last export, as tables of the national exchange, into
//! a folder of batches.

use std::path::PathBuf;

use clap::Args;
use sanji_model::case::feed::BatchId;
use sanji_model::case::national::Row;
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_node::command::Command;
use sanji_node::feed::FeedFolder;
use sanji_node::run::now;
use sanji_sync::{DocId, UnitCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ask::Call;
use crate::failure::Failure;
use crate::output;
use crate::words::{count, either, plain};

#[derive(Args, Debug)]
pub struct Export {
    /// The folder of the batches, made if it is not there / 导出目录
    dir: PathBuf,
    /// The batch that the receiver has last; the latest in DIR if left out / 接收方已有的最后批次
    #[arg(long, value_name = "BATCH")]
    since: Option<BatchId>,
    /// The administrator, archivist or supervisor who does it / 经办人
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

/// A page of the node's answer.
#[derive(Deserialize)]
struct Page {
    unit: UnitCode,
    cases: Vec<Exported>,
    unreadable: Vec<DocId>,
    next: Option<DocId>,
    behind: bool,
}

#[derive(Deserialize)]
struct Exported {
    id: DocId,
    number: CaseNumber,
    rows: Vec<Row>,
}

impl Export {
    pub fn run(self, call: &Call) -> Result<Value, Failure> {
        let folder = FeedFolder::open(&self.dir)?;
        let bar = output::bar(None, either(call.lang, "办件", "cases"));
        call.talk(|ask| {
            let ask_for = |after| Command::CaseExport { after, user: self.user.clone() };
            let mut page = page(ask(ask_for(None))?)?;
            let mut delivery = folder.begin(page.unit, self.since)?;
            let (mut unreadable, mut behind) = (Vec::new(), false);
            loop {
                bar.inc(page.cases.len() as u64);
                for Exported { id, number, rows } in page.cases {
                    delivery.add(id, number, rows)?;
                }
                unreadable.extend(page.unreadable);
                behind |= page.behind;
                match page.next {
                    Some(next) => page = self::page(ask(ask_for(Some(next)))?)?,
                    None => break,
                }
            }
            let mut said = delivery.finish(local::date_time(now()))?.to_json();
            said["unreadable"] = json!(unreadable);
            said["behind"] = json!(behind);
            Ok(said)
        })
    }
}

fn page(answer: Value) -> Result<Page, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::Gone(error.to_string()))
}

pub fn text(json: &Value, lang: Lang) -> String {
    let number = |key: &str| count(&json[key]);
    let (batch, folder) = (plain(&json["batch"]), plain(&json["folder"]));
    let mut text = if json["written"] == true {
        let (cases, new, changed, gone) =
            (number("cases"), number("inserted"), number("updated"), number("deleted"));
        either(
            lang,
            format!(
                "已导出 {cases} 件办件到 {folder}/{batch}：新增 {new} 行，修改 {changed} 行，删除 {gone} 行\n"
            ),
            format!(
                "{cases} cases exported into {folder}/{batch}: {new} rows new, {changed} changed, {gone} gone\n"
            ),
        )
    } else {
        either(
            lang,
            format!("没有新的内容，{folder} 已到批次 {batch}\n"),
            format!("nothing new: {folder} is up to date with batch {batch}\n"),
        )
    };
    if json["behind"] == true {
        text += &either(
            lang,
            "注意：另有已保存的记录尚未列入；请稍后再次导出\n",
            "note: some of what is saved is not listed yet; export again in a while\n",
        );
    }
    if json["missing"].as_u64() > Some(0) {
        let missing = number("missing");
        text += &either(
            lang,
            format!(
                "注意：此前导出的 {missing} 件办件本机现在没有或无法读取，未作改动；请运行 sanji doctor\n"
            ),
            format!(
                "note: {missing} cases that were exported before are not here or cannot be read; nothing was said of them, run `sanji doctor`\n"
            ),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_says_its_batch_and_what_it_left_out() {
        let mut json = json!({
            "batch": "000002-0123456789abcdef01234567", "folder": "/up", "written": true, "cases": 2, "inserted": 3,
            "updated": 1, "deleted": 0, "missing": 0, "behind": false,
        });
        let expected =
            "已导出 2 件办件到 /up/000002-0123456789abcdef01234567：新增 3 行，修改 1 行，删除 0 行\n";
        assert_eq!(text(&json, Lang::Zh), expected);
        json["written"] = json!(false);
        json["missing"] = json!(4);
        let said = text(&json, Lang::En);
        assert!(
            said.starts_with("nothing new: /up is up to date") && said.contains("4 cases that were"),
            "{said}"
        );
    }
}
