//! `sanji calendar`: the county's arrangement of days off, year by year.

use std::path::PathBuf;

use clap::Subcommand;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::words::{count, either, items, plain};

#[derive(Subcommand, Debug)]
pub enum Calendar {
    /// Take in years of days off and worked weekends for the county: CSV date,kind / 导入放假安排
    Import {
        /// The CSV file / CSV 文件
        file: PathBuf,
        /// The county's administrator who does it / 系统管理员
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
    },
    /// The years that are known here / 已知年份
    List,
}

impl Calendar {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json = match self {
            Calendar::Import { file, user } => {
                let Input { text, file } = Input::read(&file)?;
                call.value(Command::CalendarImport { text, file, user })?
            }
            Calendar::List => call.value(Command::CalendarList)?,
        };
        Ok(Outcome::Done { text: years(&json, call.lang), json })
    }
}

fn years(json: &Value, lang: Lang) -> String {
    let known: Vec<String> = items(&json["years"]).map(plain).collect();
    let known =
        either(lang, format!("已知年份：{}", known.join("、")), format!("years known: {}", known.join(", ")));
    match json["changed"].is_null() {
        true => known,
        false => {
            let changed = count(&json["changed"]);
            either(
                lang,
                format!("{changed} 个年份有变化。{known}"),
                format!("{changed} year(s) changed; {known}"),
            )
        }
    }
}
