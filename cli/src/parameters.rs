//! `sanji parameters`: the limits and warnings that the county sets.

use std::path::PathBuf;

use clap::Subcommand;
use sanji_model::lang::Lang;
use sanji_model::parameters::Parameter;
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{either, items, named, plain};

#[derive(Subcommand, Debug)]
pub enum Parameters {
    /// Take in a version for the county: CSV parameter,value / 导入参数
    Import {
        /// The CSV file; what it does not name has its usual value / CSV 文件
        file: PathBuf,
        /// The day from which cases are registered under it, today if left out: YYYY-MM-DD / 实施日期
        #[arg(long, value_name = "DATE")]
        effective: Option<String>,
        /// The county's administrator who does it / 系统管理员
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
    },
    /// What holds today, and every version / 查看参数
    Show,
}

impl Parameters {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        match self {
            Parameters::Import { file, effective, user } => {
                let Input { text, file } = Input::read(&file)?;
                let json = call.value(Command::ParametersImport { text, file, effective, user })?;
                let from = plain(&json["effective"]);
                let head = match json["changed"] == true {
                    true => either(lang, format!("自 {from} 起实施"), format!("holds from {from} on")),
                    false => {
                        either(lang, format!("自 {from} 起，没有变化"), format!("unchanged from {from} on"))
                    }
                };
                Ok(Outcome::Done { text: format!("{head}\n{}", values(&json["values"], lang)), json })
            }
            Parameters::Show => {
                let json = call.value(Command::ParametersShow)?;
                let head = either(lang, "今日", "today");
                let mut text: String = format!("{head}\n{}", values(&json["today"], lang));
                for version in items(&json["versions"]) {
                    let from = plain(&version["effective"]);
                    let head = either(lang, format!("自 {from} 起"), format!("from {from} on"));
                    text += &format!("\n{head}\n{}", values(&version["values"], lang));
                }
                Ok(Outcome::Done { text, json })
            }
        }
    }
}

fn values(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["参数", "名称", "值"],
        Lang::En => ["parameter", "name", "value"],
    };
    let rows = Parameter::ALL.iter().map(|parameter| {
        let word = Value::String(parameter.word().to_owned());
        [plain(&word), named(&word, Parameter::words, lang), plain(&json[parameter.word()])]
    });
    table(heads, rows)
}
