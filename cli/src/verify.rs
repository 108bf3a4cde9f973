//! `sanji verify`: everything recomputed from the journal.

use clap::Args;
use sanji_node::command::Command;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::{count, either, items, plain};

#[derive(Args, Debug)]
pub struct Verify {}

impl Verify {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let json = call.value(Command::Verify)?;
        let [logs, entries, documents] = ["logs", "entries", "documents"].map(|key| count(&json[key]));
        let [bad, settled] =
            ["bad", "settled"].map(|key| items(&json[key]).map(plain).collect::<Vec<String>>());
        let checked = either(
            lang,
            format!("已校验 {logs} 个日志、{entries} 条记录、{documents} 个文档"),
            format!("checked: {logs} logs, {entries} entries, {documents} documents"),
        );
        if bad.is_empty() && settled.is_empty() {
            let text = format!("{checked}{}", either(lang, "，全部正确", "; all good"));
            return Ok(Outcome::Done { json, text });
        }
        let known = either(
            lang,
            "日志的以下损坏处已处理完毕：其他节点持有的内容已取回，仅存于损坏处的内容已丢失，无需再做什么：",
            "these damaged places of the journal are accounted for: what other nodes hold is back, what only they held is lost, and there is nothing left to do:",
        );
        let checked = match settled.is_empty() {
            true => checked,
            false => format!("{checked}\n{known}\n{}", settled.join("\n")),
        };
        if bad.is_empty() {
            let text = format!("{checked}\n{}", either(lang, "其余全部正确", "all the rest is good"));
            return Ok(Outcome::Done { json, text });
        }
        let fault = either(
            lang,
            format!("有 {} 处不正确；请停止节点，保留数据目录的副本，并告知维护人员", bad.len()),
            format!(
                "{} thing(s) are bad: stop the node, keep a copy of the data directory and report it",
                bad.len()
            ),
        );
        let text = format!("{checked}\n{}", bad.join("\n"));
        Ok(Outcome::Bad { json, text, code: "VERIFY".to_owned(), fault })
    }
}
