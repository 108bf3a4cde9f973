//! `sanji restore`: a backup becomes the node of an empty data directory, in a new epoch.

use std::path::PathBuf;

use clap::Args;
use sanji_node::backup;
use sanji_node::run::now;
use serde_json::json;

use crate::ask::Call;
use crate::failure::Failure;
use crate::opening;
use crate::outcome::Outcome;
use crate::words::either;

#[derive(Args, Debug)]
pub struct Restore {
    /// The file that `sanji backup` wrote / 备份文件
    file: PathBuf,
}

impl Restore {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let data = call.data()?;
        let (plan, epoch) =
            opening::shown(lang, |progress| backup::restore(&self.file, &data, now(), &mut |p| progress(p)))?;
        let json = json!({
            "unit": plan.unit, "node": plan.node, "epoch": epoch, "backup_at": plan.at, "data": data,
        });
        let (unit, at) = (plan.unit, crate::moment::time(&json["backup_at"]));
        let text = either(
            lang,
            format!(
                "已恢复 {unit} 在 {at} 的备份，纪元 {}。备份之后的内容将从其他节点取回。\n\
                 请确认原机器已停用，再用 sanji run 启动：同一身份只能在一台机器上运行",
                epoch.0
            ),
            format!(
                "restored: {unit} as of {at}, in epoch {}. What came after the backup is taken back from other nodes.\n\
                 Make sure that the old machine is off, then start with `sanji run`: one identity belongs to one machine",
                epoch.0
            ),
        );
        Ok(Outcome::Done { json, text })
    }
}
