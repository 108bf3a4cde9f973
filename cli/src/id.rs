//! `sanji id`: whether a number of a person or an organisation is well-formed. Needs no node.

use clap::Subcommand;
use sanji_model::identity::{self, IdKind};
use sanji_model::lang::Say as _;
use serde_json::json;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::either;

#[derive(Subcommand, Debug)]
pub enum Id {
    /// Check a number / 校验证件号码
    Check {
        /// ric (resident identity number) or uscc (unified social credit code) / 身份证号或统一社会信用代码
        kind: IdKind,
        /// The number / 号码
        number: String,
    },
}

impl Id {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let Id::Check { kind, number } = self;
        Ok(match identity::check(kind, &number) {
            Ok(_) => {
                let name = kind.words().text(call.lang);
                let text = either(call.lang, format!("有效的{name}"), format!("a valid {name}"));
                Outcome::Done { json: json!({ "valid": true }), text }
            }
            Err(why) => {
                let message = why.text(call.lang);
                Outcome::Bad {
                    json: json!({ "valid": false, "code": why.code(), "message": message }),
                    text: String::new(),
                    code: why.code().to_owned(),
                    fault: message,
                }
            }
        })
    }
}
