//! What `sanji complaint` and `sanji enquiry` share: arguments, lists, one in full.
//!
//! Knows neither's words; those come as functions.

use clap::Args;
use sanji_model::desk::{ClockKind, Kind, Level};
use sanji_model::lang::Lang;
use sanji_node::command::{Command, MatterFilter, NewMatter};
use sanji_node::page::PAGE_MAX;
use serde_json::Value;

use crate::args::field;
use crate::case::{delivery, due};
use crate::moment::time;
use crate::table::{indented, pairs, table};
use crate::words::{NOTHING, either, flags, items, named, plain, role, sentence, tiers_of};

/// Who it is from and what it is about.
#[derive(Args, Debug)]
pub struct Subject {
    /// What it is about, in their words / 内容
    #[arg(long)]
    pub text: String,
    /// Who it is from; none for somebody who does not say / 姓名
    #[arg(long, default_value = "", hide_default_value = true)]
    pub name: String,
    /// Where they can be called / 电话
    #[arg(long, default_value = "", hide_default_value = true)]
    pub phone: String,
    /// The unit below that it belongs to; this one when left out / 所属机构
    #[arg(long, value_name = "CODE")]
    pub unit: Option<String>,
    /// The case that it is about / 相关办件编号
    #[arg(long, value_name = "NUMBER")]
    pub case: Option<String>,
    /// Who does it / 经办人
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
}

#[derive(Args, Debug)]
pub struct Act {
    /// Its number, or the first characters of its id / 编号
    pub number: String,
    /// What is done, such as dispatch / 动作，如 dispatch（派单）
    pub action: String,
    /// What belongs to it, repeatable, such as unit=… / 附带信息
    #[arg(long, value_name = "K=V", value_parser = field)]
    pub field: Vec<(String, String)>,
    /// Who does it / 经办人
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
}

#[derive(Args, Debug)]
pub struct Filter {
    /// Only those in this state / 状态
    #[arg(long)]
    state: Option<String>,
    /// Only those that this unit, or one below it, holds now / 现由机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only those due before this day: YYYY-MM-DD / 期限早于
    #[arg(long, value_name = "DATE")]
    due_before: Option<String>,
}

impl From<Subject> for NewMatter {
    fn from(given: Subject) -> NewMatter {
        let Subject { text, name, phone, unit, case, user } = given;
        NewMatter { name, phone, text, unit, case, user }
    }
}

impl Filter {
    pub fn complaints(&self, after: Option<String>) -> Command {
        Command::ComplaintList { filter: self.wanted(), after, limit: PAGE_MAX }
    }

    pub fn enquiries(&self, after: Option<String>) -> Command {
        Command::EnquiryList { filter: self.wanted(), after, limit: PAGE_MAX }
    }

    fn wanted(&self) -> MatterFilter {
        let Filter { state, unit, due_before } = self;
        MatterFilter { state: state.clone(), unit: unit.clone(), due_before: due_before.clone() }
    }
}

/// The words of one of the two.
pub struct Words {
    pub state: fn(&Value, Lang) -> String,
    pub action: fn(&Value, Lang) -> String,
}

pub fn acted(json: &Value, words: &Words, lang: Lang) -> String {
    let (number, state) = (plain(&json["number"]), (words.state)(&json["state"], lang));
    let holder = plain(&json["holder"]);
    either(
        lang,
        format!("已保存。{number} 现状态：{state}，现由 {holder} 办理"),
        format!("saved; {number} is now {state}, with {holder}"),
    )
}

pub fn list(json: &Value, words: &Words, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["编号", "类别", "状态", "现由", "姓名", "期限", "时限状态", "已存于", "标记"],
        Lang::En => ["number", "kind", "state", "held by", "name", "due", "clock", "saved at", "flags"],
    };
    let row = |one: &Value| {
        [
            plain(&one["number"]),
            named(&one["kind"], Kind::words, lang),
            (words.state)(&one["state"], lang),
            plain(&one["holder"]),
            plain(&one["name"]),
            due(one, lang),
            named(&one["level"], Level::words, lang),
            tiers_of(&one["delivered_to"], lang),
            flags(&one["flags"], lang),
        ]
    };
    match items(json).count() {
        0 => either(lang, "没有符合条件的", "there is none"),
        count => {
            table(heads, items(json).map(row))
                + &either(lang, format!("共 {count} 件"), format!("{count} in all"))
        }
    }
}

pub fn shown(json: &Value, words: &Words, lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => [
            "类别",
            "状态",
            "所属机构",
            "现由",
            "姓名",
            "电话",
            "内容",
            "相关办件",
            "期限",
            "已存于",
            "标记",
            "内部编号",
        ],
        Lang::En => [
            "kind",
            "state",
            "belongs to",
            "held by",
            "name",
            "phone",
            "about",
            "case",
            "due",
            "saved at",
            "flags",
            "id",
        ],
    };
    let said = [
        named(&json["kind"], Kind::words, lang),
        (words.state)(&json["state"], lang),
        plain(&json["unit"]),
        plain(&json["holder"]),
        plain(&json["name"]),
        plain(&json["phone"]),
        plain(&json["text"]),
        plain(&json["case"]),
        due(json, lang),
        tiers_of(&json["delivered_to"], lang),
        flags(&json["flags"], lang),
        plain(&json["id"]),
    ];
    let mut text = format!("{}\n{}", plain(&json["number"]), indented(&pairs(labels.into_iter().zip(said))));
    let parts = [
        (either(lang, "送达情况", "delivery"), delivery(&json["delivery"], lang)),
        (either(lang, "时限", "clocks"), clocks(&json["clocks"], lang)),
        (either(lang, "经过", "events"), events(&json["events"], words.action, lang)),
    ];
    for (head, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        text += &format!("{head}\n{}", indented(part));
    }
    text
}

fn clocks(list: &Value, lang: Lang) -> String {
    let row = |clock: &Value| {
        let ended = match clock["kept"].as_bool() {
            Some(true) => either(lang, "按时", "in time"),
            Some(false) => either(lang, "逾期", "late"),
            None => either(lang, "进行中", "running"),
        };
        [
            named(&clock["clock"], ClockKind::words, lang),
            due_of(clock, lang),
            ended,
            named(&clock["level"], Level::words, lang),
        ]
    };
    let heads = match lang {
        Lang::Zh => ["时限", "到期", "情况", "时限状态"],
        Lang::En => ["clock", "due", "is", "level"],
    };
    if items(list).next().is_none() { String::new() } else { table(heads, items(list).map(row)) }
}

fn due_of(clock: &Value, lang: Lang) -> String {
    let day = plain(&clock["due"]);
    if clock["provisional"] == true { day + &either(lang, "（暂定）", " (provisional)") } else { day }
}

/// A line an event of a case, a complaint or an enquiry, whose actions have words of their own.
pub fn events(list: &Value, action: fn(&Value, Lang) -> String, lang: Lang) -> String {
    let row = |event: &Value| {
        let by = &event["by"];
        let who = [role(&by["role"], lang), plain(&by["user"])];
        let fields = event["fields"].as_object().into_iter().flatten();
        [
            time(&event["at"]),
            action(&event["action"], lang),
            plain(&by["unit"]),
            who.into_iter().filter(|word| word != NOTHING).collect::<Vec<_>>().join(" "),
            sentence(&event["verdict"], lang),
            fields.map(|(key, value)| format!("{key}={}", plain(value))).collect::<Vec<_>>().join("; "),
        ]
    };
    if items(list).next().is_none() {
        return String::new();
    }
    let heads = match lang {
        Lang::Zh => ["时间", "动作", "机构", "经办", "效力", "附带信息"],
        Lang::En => ["time", "action", "unit", "by", "counts", "with"],
    };
    table(heads, items(list).map(row))
}
