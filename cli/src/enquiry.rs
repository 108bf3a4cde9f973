//! `sanji enquiry`: register, act, list, show.

use clap::Subcommand;
use sanji_model::desk::Word;
use sanji_model::enquiry::{Known, State};
use sanji_node::command::Command;

use crate::ask::Call;
use crate::case::fields;
use crate::desk::{self, Act, Filter, Subject, Words};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::{either, named, plain};

#[derive(Subcommand, Debug)]
pub enum Enquiry {
    /// Register an enquiry; whoever does owns it / 登记咨询（首问负责）
    Register(Subject),
    /// Do something to an enquiry: answer, hand-on, take… / 办理一个环节
    Act(Act),
    /// List enquiries, people's names masked / 列出咨询
    List(Filter),
    /// Show one enquiry with its events / 查看咨询
    Show {
        /// Its number, or the first characters of its id / 编号
        number: String,
    },
}

const WORDS: Words = Words {
    state: |value, lang| named(value, State::words, lang),
    action: |value, lang| {
        let word = |word: &str| Word::<Known>::parse(word).text(lang).to_owned();
        value.as_str().map_or_else(|| plain(value), word)
    },
};

impl Enquiry {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Enquiry::Register(new) => {
                let json = call.value(Command::EnquiryRegister { new: new.into() })?;
                let number = plain(&json["number"]);
                let text = either(
                    lang,
                    format!(
                        "已登记，由您负责答复。编号：{number}\n答复：sanji enquiry act {number} answer --field text=答复内容"
                    ),
                    format!(
                        "registered, and yours to answer; number {number}\nto answer: `sanji enquiry act {number} answer --field text=WORDS`"
                    ),
                );
                (json, text)
            }
            Enquiry::Act(Act { number, action, field, user }) => {
                let command = Command::EnquiryAct { number, action, fields: fields(field)?, user };
                let json = call.value(command)?;
                let text = desk::acted(&json, &WORDS, lang);
                (json, text)
            }
            Enquiry::List(filter) => {
                let json = call.rows(|after| filter.enquiries(after))?;
                let text = desk::list(&json, &WORDS, lang);
                (json, text)
            }
            Enquiry::Show { number } => {
                let json = call.value(Command::EnquiryShow { number })?;
                let text = desk::shown(&json, &WORDS, lang);
                (json, text)
            }
        };
        Ok(Outcome::Done { json, text })
    }
}
