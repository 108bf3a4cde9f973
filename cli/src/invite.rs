//! `sanji invite`: a one-time token that lets a machine become a unit's node.

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use crate::args::address;
use crate::ask::Call;
use crate::failure::Failure;
use crate::moment::time;
use crate::outcome::Outcome;
use crate::words::{either, plain};

/// Thirty days: a token that lies about for longer is a risk.
const VALID_HOURS_MAX: i64 = 720;

#[derive(Args, Debug)]
pub struct Invite {
    /// Code of the unit / 机构代码
    #[arg(value_name = "CODE")]
    unit: String,
    /// Where the new node asks, host:port, repeatable; default: the nodes above it / 上级地址
    #[arg(long, value_name = "ADDR", value_parser = address)]
    parent: Vec<String>,
    /// Hours that the token is good for / 有效小时数
    #[arg(long, value_name = "N", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..=VALID_HOURS_MAX))]
    valid_hours: u32,
}

impl Invite {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json = call.value(Command::Invite {
            unit: self.unit,
            parents: self.parent,
            valid_hours: self.valid_hours,
        })?;
        Ok(Outcome::Done { text: invited(&json, call.lang), json })
    }
}

/// The token stands alone on the first line, to be copied.
fn invited(json: &Value, lang: Lang) -> String {
    let [token, unit, addresses] = ["token", "unit", "addresses"].map(|key| plain(&json[key]));
    let until = time(&json["expires"]);
    let words = either(
        lang,
        format!(
            "{unit} 的一次性入网令牌，有效至 {until}；新节点将连接 {addresses}\n\
             在新机器上运行：sanji join 令牌。令牌等同钥匙，请勿经公开渠道发送"
        ),
        format!(
            "one-time token for {unit}, good until {until}; the new node will ask {addresses}\n\
             on the new machine run `sanji join TOKEN`. The token is a key: do not send it where others can read it"
        ),
    );
    format!("{token}\n{words}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_token_stands_alone() {
        let json = json!({ "token": "sanji1abc", "unit": "640202001", "addresses": ["a:1", "b:2"], "expires": 1_770_652_800_000_u64 });
        for lang in [Lang::Zh, Lang::En] {
            let text = invited(&json, lang);
            assert_eq!(text.lines().next(), Some("sanji1abc"));
            assert!(text.contains("2026-02-10 00:00:00") && text.contains("a:1, b:2"), "{text}");
        }
    }
}
