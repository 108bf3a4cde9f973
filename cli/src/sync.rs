//! `sanji sync`: the link to the unit above, by hand.

use clap::Subcommand;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::json;

use crate::ask::{Answer, Answerer, Call};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::either;

#[derive(Subcommand, Debug)]
pub enum Sync {
    /// Cut the link to the unit above until resumed / 暂停与上级同步
    Pause,
    /// Connect to the unit above again / 恢复与上级同步
    Resume,
    /// Connect at once instead of waiting / 立即连接上级
    Now,
}

impl Sync {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let answer = match self {
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
