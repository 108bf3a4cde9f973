//! `sanji backup`: this node in one file, beside a running node or without one.

use std::path::PathBuf;

use clap::Args;
use sanji_node::backup::{self, Plan};
use sanji_node::command::Command;
use sanji_node::store::Progress;
use serde_json::json;

use crate::ask::Call;
use crate::failure::Failure;
use crate::moment::bytes;
use crate::opening;
use crate::outcome::Outcome;
use crate::words::either;

#[derive(Args, Debug)]
pub struct Backup {
    /// The file to write / 备份文件
    file: PathBuf,
    /// Write over a file that is there / 覆盖已有文件
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let plan: Plan =
            serde_json::from_value(call.value(Command::Backup)?).map_err(|_| Failure::Internal)?;
        let data = call.data()?;
        let what = either(lang, "正在备份", "backing up");
        let length = opening::with_bar(what, |progress| {
            let mut told = |bytes, of_bytes| progress(Progress { entries: 0, bytes, of_bytes });
            backup::write(&data, &plan, &self.file, self.force, &mut told)
        })?;
        let json = json!({
            "file": self.file, "bytes": length, "unit": plan.unit, "node": plan.node, "epoch": plan.epoch,
            "at": plan.at,
        });
        let (file, size) = (self.file.display(), bytes(&json["bytes"]));
        let text = either(
            lang,
            format!("已备份到 {file}（{size}）。其中有本节点的密钥和办件资料，请妥善保管"),
            format!(
                "backed up to {file} ({size}). It holds this node's key and people's papers: keep it safe"
            ),
        );
        Ok(Outcome::Done { json, text })
    }
}
