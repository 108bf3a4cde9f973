//! `sanji complaint`: register, act, list, show; `sanji complaints`: the list, or the rates.

use clap::{Args, Subcommand};
use sanji_model::complaint::{Known, State};
use sanji_model::desk::{Kind, Word};
use sanji_model::lang::Lang;
use sanji_node::command::{Command, NewMatter};
use serde_json::Value;

use crate::ask::Call;
use crate::case::fields;
use crate::desk::{self, Act, Filter, Subject, Words};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::table;
use crate::words::{NOTHING, either, items, named, plain};

#[derive(Subcommand, Debug)]
pub enum Complaint {
    /// Register a complaint / 登记投诉
    Register {
        /// complaint or hotline / 投诉或热线
        #[arg(long, default_value = "complaint")]
        kind: Kind,
        #[command(flatten)]
        new: Subject,
    },
    /// Do something to a complaint: accept, dispatch, reply… / 办理一个环节
    Act(Act),
    /// List complaints, people's names masked / 列出投诉
    List(Filter),
    /// Show one complaint with its events / 查看投诉
    Show {
        /// Its number, or the first characters of its id / 编号
        number: String,
    },
}

#[derive(Args, Debug)]
pub struct Complaints {
    #[command(flatten)]
    filter: Filter,
    /// How units deal with them: replied in time, called back, satisfied / 各机构办理情况
    #[arg(long)]
    rates: bool,
}

const WORDS: Words = Words {
    state: |value, lang| named(value, State::words, lang),
    action: |value, lang| {
        let word = |word: &str| Word::<Known>::parse(word).text(lang).to_owned();
        value.as_str().map_or_else(|| plain(value), word)
    },
};

impl Complaint {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (json, text) = match self {
            Complaint::Register { kind, new } => {
                let (kind, new) = (kind.word().to_owned(), NewMatter::from(new));
                let json = call.value(Command::ComplaintRegister { kind, new })?;
                let text = registered(&json, lang);
                (json, text)
            }
            Complaint::Act(Act { number, action, field, user }) => {
                let command = Command::ComplaintAct { number, action, fields: fields(field)?, user };
                let json = call.value(command)?;
                let text = desk::acted(&json, &WORDS, lang);
                (json, text)
            }
            Complaint::List(filter) => return listed(filter, call),
            Complaint::Show { number } => {
                let json = call.value(Command::ComplaintShow { number })?;
                let text = desk::shown(&json, &WORDS, lang);
                (json, text)
            }
        };
        Ok(Outcome::Done { json, text })
    }
}

impl Complaints {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        if !self.rates {
            return listed(self.filter, call);
        }
        let json = call.list(Command::ComplaintRates)?;
        let text = rates(&json, call.lang);
        Ok(Outcome::Done { json, text })
    }
}

fn listed(filter: Filter, call: &Call) -> Result<Outcome, Failure> {
    let json = call.rows(|after| filter.complaints(after))?;
    let text = desk::list(&json, &WORDS, call.lang);
    Ok(Outcome::Done { json, text })
}

fn registered(json: &Value, lang: Lang) -> String {
    let number = plain(&json["number"]);
    either(
        lang,
        format!(
            "已登记，已保存在本机。编号：{number}\n下一步：投诉专员受理：sanji complaint act {number} accept"
        ),
        format!(
            "registered and saved here; number {number}\nnext: a complaints officer accepts it, `sanji complaint act {number} accept`"
        ),
    )
}

fn rates(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["机构", "代码", "派单", "已答复", "逾期未答", "按时率", "回访率", "满意率"],
        Lang::En => {
            ["unit", "code", "dispatched", "replied", "overdue", "in time", "called back", "satisfied"]
        }
    };
    let row = |line: &Value| {
        let rates = &line["rates"];
        let rate = |key: &str| match rates[key].as_f64() {
            Some(rate) => format!("{rate} %"),
            None => NOTHING.to_owned(),
        };
        [
            plain(&line["name"]),
            plain(&line["unit"]),
            plain(&rates["dispatched"]),
            plain(&rates["replied"]),
            plain(&rates["overdue"]),
            rate("in_time_rate"),
            rate("call_back_rate"),
            rate("satisfied_rate"),
        ]
    };
    match items(json).count() {
        0 => either(lang, "还没有派出的投诉", "no complaint was dispatched yet"),
        _ => table(heads, items(json).map(row)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_says_who_has_it_and_how_far_its_clock_has_run() {
        let one = json!({
            "number": "17", "kind": "hotline", "state": "dispatched", "holder": "640202001", "name": "王**", "due": "2026-03-10",
            "due_provisional": false, "level": "warning", "delivered_to": ["640202"], "flags": ["disputed"],
        });
        let text = desk::list(&json!([one]), &WORDS, Lang::Zh);
        assert!(
            text.contains("17    热线  待签收  640202001  王**  2026-03-10  预警      县      争议"),
            "{text}"
        );
        assert_eq!(desk::list(&json!([]), &WORDS, Lang::En), "there is none");
    }

    #[test]
    fn one_shows_its_clocks_and_what_did_not_count() {
        let json = json!({
            "number": "17", "kind": "complaint", "state": "called_back", "text": "等候太久",
            "clocks": [{ "clock": "reply", "due": "2026-03-10", "provisional": true, "kept": false, "level": "yellow" }],
            "events": [{
                "at": 1_770_652_800_000_u64, "action": "call-back", "by": { "unit": "640202", "role": "caller", "user": "li" },
                "fields": { "satisfied": "no" }, "verdict": { "zh": "有效", "en": "counted" },
            }],
        });
        let text = desk::shown(&json, &WORDS, Lang::Zh);
        assert!(text.contains("答复  2026-03-10（暂定）  逾期  黄牌"), "{text}");
        assert!(text.contains("回访  640202  回访员 li  有效  satisfied=no"), "{text}");
    }

    #[test]
    fn rates_of_nothing_are_a_dash() {
        let json = json!([{
            "unit": "640202001", "name": "某镇",
            "rates": { "dispatched": 3, "replied": 2, "overdue": 1, "in_time_rate": 66.7, "call_back_rate": null, "satisfied_rate": null },
        }]);
        let text = rates(&json, Lang::En);
        assert!(text.contains("66.7 %   –            –"), "{text}");
    }
}
