//! `sanji sync`: the link to the unit above, by hand; and files that take its place.

use std::path::PathBuf;

use clap::Subcommand;
use sanji_model::lang::{Lang, many};
use sanji_node::command::Command;
use sanji_node::http::ExportAsk;
use serde_json::{Value, json};

use crate::ask::{Answer, Answerer, Call};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::{count, either, plain};

#[derive(Subcommand, Debug)]
pub enum Sync {
    /// Cut the link to the unit above until resumed / 暂停与上级同步
    Pause,
    /// Connect to the unit above again / 恢复与上级同步
    Resume,
    /// Connect at once instead of waiting / 立即连接上级
    Now,
    /// Write what a unit's node lacks into a file, for a USB stick / 导出到U盘文件
    Export {
        /// The unit above or below that it is for / 接收机构代码
        unit: String,
        /// The file to write; only that unit's node can read it / 文件
        file: PathBuf,
        /// Which node of the unit, where it has several: its first digits / 指定节点
        #[arg(long, value_name = "ID")]
        node: Option<String>,
        /// Everything that node may hold, also what it is known to have / 导出全部内容
        #[arg(long)]
        all: bool,
        /// Overwrite the file / 覆盖已有文件
        #[arg(long)]
        force: bool,
    },
    /// Take in a file that another node exported for this one / 导入U盘文件
    Import {
        /// The file of `sync export` / 文件
        file: PathBuf,
    },
}

impl Sync {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let answer = match self {
            Sync::Export { unit, file, node, all, force } => {
                let json = call.export(ExportAsk { unit, node, everything: all }, &file, force)?;
                return Ok(Outcome::Done { text: exported(&json, call.lang), json });
            }
            Sync::Import { file } => return Ok(imported(call.import(&file)?, call.lang)),
            Sync::Pause => call.ask(Command::SyncPause)?,
            Sync::Resume => call.ask(Command::SyncResume)?,
            Sync::Now => {
                let value = call.ask_node(&Command::SyncNow)?.ok_or(Failure::NotRunning(call.data()?))?;
                Answer { value, by: Answerer::RunningNode }
            }
        };
        let paused = answer.value["uplink"] == "paused";
        // Without a running node nothing dials, whatever was asked.
        let json = match (answer.by, paused) {
            (Answerer::Directory, false) => json!({ "uplink": "stopped" }),
            (Answerer::Directory, true) | (Answerer::RunningNode, _) => answer.value,
        };
        Ok(Outcome::Done { json, text: said(answer.by, paused, call.lang) })
    }
}

fn exported(json: &Value, lang: Lang) -> String {
    let [file, unit] = ["file", "unit"].map(|key| plain(&json[key]));
    let (entries, kib) = (count(&json["entries"]), count(&json["bytes"]).div_ceil(1024));
    match entries {
        0 => either(
            lang,
            format!("已写入 {file}（{kib} KiB）：{unit} 已有全部内容，文件只含同步状态"),
            format!(
                "{file} is written ({kib} KiB): {unit} is not known to lack anything, so it only says what is held here"
            ),
        ),
        _ => either(
            lang,
            format!(
                "已将 {entries} 条写入 {file}（{kib} KiB），只有 {unit} 的节点能读取；请在该节点运行 sanji sync import"
            ),
            format!(
                "{file} ({kib} KiB) holds {}; only the node of {unit} can read it: take it there and run `sanji sync import`",
                many(entries, "entry", "entries")
            ),
        ),
    }
}

fn imported(json: Value, lang: Lang) -> Outcome {
    let [entries, new, left_out] = ["entries", "new", "left_out"].map(|key| count(&json[key]));
    let unit = plain(&json["unit"]);
    let text = either(
        lang,
        format!("来自 {unit} 的文件有 {entries} 条，其中 {new} 条为新，已保存"),
        format!(
            "the file of {unit} holds {}, of which {new} new here and saved",
            many(entries, "entry", "entries")
        ),
    );
    if left_out == 0 {
        return Outcome::Done { json, text };
    }
    let fault = either(
        lang,
        format!(
            "有 {left_out} 条未接收：缺少其之前的内容，或被拒绝。请查看 sanji status；如无告警，请在 {unit} 用 sanji sync export --all 重新导出"
        ),
        format!(
            "not taken: {}, since what comes before is missing here, or it was refused. See `sanji status`; if it names no incident, export again at {unit} with --all",
            many(left_out, "entry", "entries")
        ),
    );
    Outcome::Bad { json, text, code: "BUNDLE_LEFT_OUT".to_owned(), fault }
}

fn said(by: Answerer, paused: bool, lang: Lang) -> String {
    match (paused, by) {
        (true, _) => either(
            lang,
            "与上级的同步已暂停；新办件照常保存在本机。恢复请运行 sanji sync resume",
            "the link to the unit above is paused; cases are saved here as ever. Go on with `sanji sync resume`",
        ),
        (false, Answerer::RunningNode) => either(
            lang,
            "正在连接上级；结果见 sanji status",
            "connecting to the unit above; see `sanji status` for what comes of it",
        ),
        (false, Answerer::Directory) => either(
            lang,
            "同步不再暂停；节点启动后将连接上级（sanji run）",
            "no longer paused; the node will connect when it runs (`sanji run`)",
        ),
    }
}
