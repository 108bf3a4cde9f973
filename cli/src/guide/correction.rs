//! `sanji guide correct`, `corrections`, `answer`: a village asks, those above answer.

use clap::Subcommand;
use sanji_model::guide::Element;
use sanji_model::guide::correction::Outcome as Word;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use super::life::Who;
use crate::ask::Call;
use crate::failure::Failure;
use crate::moment::time;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{either, items, plain};

#[derive(Subcommand, Debug)]
pub enum Correction {
    /// Ask for a correction of a published guide / 纠错
    Correct {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// What is wrong / 问题
        text: String,
        /// The element it is about / 要素
        #[arg(long, value_name = "NAME")]
        element: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Requests for correction, open ones first / 纠错请求
    Corrections {
        /// Only those of this guide / 指南
        id: Option<String>,
    },
    /// Answer a request for correction / 答复纠错
    Answer {
        /// The first characters of the request's id / 请求编号
        request: String,
        /// accepted or declined / 采纳或不采纳
        outcome: Word,
        /// What is said / 答复
        text: String,
        #[command(flatten)]
        who: Who,
    },
}

impl Correction {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Correction::Correct { id, text, element, who } => {
                let json = call.value(Command::GuideCorrect { id, element, text, user: who.user })?;
                let (name, id) = (plain(&json["name"]), plain(&json["id"]));
                (
                    json,
                    either(
                        lang,
                        format!("已提交纠错：{name}，编号 {id}"),
                        format!("asked: {name}, request {id}"),
                    ),
                )
            }
            Correction::Corrections { id } => {
                let json = call.list(Command::GuideCorrections { id })?;
                let text = list(&json, lang);
                (json, text)
            }
            Correction::Answer { request, outcome, text, who } => {
                let outcome = outcome.word().to_owned();
                let json = call.value(Command::GuideAnswer { id: request, outcome, text, user: who.user })?;
                (json, either(lang, "已答复", "answered"))
            }
        };
        Ok(Outcome::Done { json, text })
    }
}

fn list(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["编号", "状态", "指南", "要素", "机构", "时间", "问题", "答复"],
        Lang::En => ["id", "state", "guide", "element", "unit", "asked", "request", "answer"],
    };
    let row = |one: &Value| {
        let asked = &one["asked"];
        let element = asked["element"].as_str().and_then(|word| word.parse::<Element>().ok());
        // The first stands; a second, from a node that had not seen it, is told behind it.
        let answers: Vec<String> = items(&one["answers"]).map(|answer| plain(&answer["text"])).collect();
        [
            plain(&one["id"]).chars().take(13).collect(),
            state(&one["state"], lang),
            plain(&one["name"]),
            element.map_or_else(|| plain(&asked["element"]), |e| e.words().text(lang).to_owned()),
            plain(&asked["by"]["unit"]),
            time(&asked["at"]),
            plain(&asked["text"]),
            if answers.is_empty() { plain(&Value::Null) } else { answers.join(" / ") },
        ]
    };
    match items(json).count() {
        0 => either(lang, "没有纠错请求", "there is no request for correction"),
        _ => table(heads, items(json).map(row)),
    }
}

fn state(value: &Value, lang: Lang) -> String {
    match value.as_str() {
        Some("open") => either(lang, "待答复", "open"),
        Some(word) => {
            word.parse::<Word>().map_or(word.to_owned(), |known| known.words().text(lang).to_owned())
        }
        None => plain(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_stands_with_its_answer() {
        let json = json!([{
            "id": "0195b8f27c1e7d33a1112f0d4c5b6a79", "state": "accepted", "name": "优待证",
            "asked": { "element": "faq", "by": { "unit": "640202001001" }, "at": 1_770_652_800_000_u64, "text": "电话已改" },
            "answers": [{ "text": "已更正" }],
        }]);
        let text = list(&json, Lang::Zh);
        assert!(text.contains("0195b8f27c1e7  采纳  优待证  常见问题解答"), "{text}");
        assert!(text.contains("电话已改") && text.contains("已更正"));
        assert_eq!(list(&json!([]), Lang::En), "there is no request for correction");
    }
}
