//! `sanji revoke`: a node may neither write nor connect any more.

use clap::Args;
use sanji_node::command::Command;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{count, either, items, plain};

#[derive(Args, Debug)]
pub struct Revoke {
    /// Code of a unit, or at least 8 digits of a node's id / 机构代码或节点标识
    #[arg(value_name = "UNIT|NODE")]
    whom: String,
    /// It cannot be undone: say that it is meant / 确认吊销，无法撤回
    #[arg(long)]
    yes: bool,
}

impl Revoke {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let json = call.value(Command::Revoke { whom: self.whom, confirmed: self.yes })?;
        let row = |node: &serde_json::Value| {
            let short: String = plain(&node["node"]).chars().take(8).collect();
            [plain(&node["unit"]), short, count(&node["entries"]).to_string()]
        };
        let rows = table(
            [
                &*either(lang, "机构", "unit"),
                &*either(lang, "节点", "node"),
                &*either(lang, "有效条目", "entries that count"),
            ],
            items(&json["revoked"]).map(row),
        );
        let next = either(
            lang,
            "已吊销。要让该机构重新入网，请用 sanji invite 生成新的邀请令牌",
            "revoked. To let the unit in again, make a new token with `sanji invite`",
        );
        Ok(Outcome::Done { json, text: format!("{rows}{next}") })
    }
}
