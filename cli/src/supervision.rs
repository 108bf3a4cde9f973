//! `sanji cards`, `ratings`, `stats`, `ledger`, `sample` and `seed`: what all cases together come to.

use clap::Args;
use sanji_model::case::line::Evidence;
use sanji_model::case::{CardRule, CardStanding, Figure, Level, RatingStage};
use sanji_model::lang::Lang;
use sanji_model::{complaint, enquiry};
use sanji_node::command::Command;
use sanji_node::page::{PAGE_MAX, every_row};
use serde_json::Value;

use crate::ask::Call;
use crate::case::list;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::{indented, pairs, table};
use crate::words::{either, items, named, plain};

/// Cards, those of the units below included.
#[derive(Args, Debug)]
pub struct Cards {
    /// Only of this unit and those below it / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only of this level: warning, yellow, red / 级别
    #[arg(long)]
    level: Option<String>,
}

/// Rated cases.
#[derive(Args, Debug)]
pub struct Ratings {
    /// Only of this unit and those below it / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only those whose loop stands there, such as rated, verified, closed / 环节
    #[arg(long)]
    stage: Option<String>,
}

/// Figures by week, month or quarter.
#[derive(Args, Debug)]
pub struct Stats {
    /// Only of this unit and those below it / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// week, month or quarter; month if left out / 统计周期
    #[arg(long)]
    by: Option<String>,
    /// The first one: 2026-W06, 2026-02 or 2026-Q1 / 起始
    #[arg(long, value_name = "PERIOD")]
    from: Option<String>,
    /// The last one / 截止
    #[arg(long, value_name = "PERIOD")]
    to: Option<String>,
}

/// How much each list has.
#[derive(Args, Debug)]
pub struct Counts {
    /// Only of this unit and those below it / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

/// A ledger.
#[derive(Args, Debug)]
pub struct Ledger {
    /// The month: YYYY-MM / 月份
    month: String,
    /// The unit, this one if left out / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

/// A sample.
#[derive(Args, Debug)]
pub struct Sample {
    /// The month: YYYY-MM / 月份
    month: String,
}

/// What a year is drawn from.
#[derive(Args, Debug)]
pub struct Seed {
    /// The year / 年份
    year: i16,
    /// One line from a source named beforehand, such as a lottery's numbers of a named day / 种子
    seed: String,
    /// The county's administrator who does it / 系统管理员
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

impl Cards {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let page = |after| {
            let (unit, level) = (self.unit.clone(), self.level.clone());
            Command::Cards { unit, level, after, limit: PAGE_MAX }
        };
        let json = call.rows(page)?;
        Ok(Outcome::Done { text: cards(&json, call.lang), json })
    }
}

impl Ratings {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let page = |after| {
            let (unit, stage) = (self.unit.clone(), self.stage.clone());
            Command::Ratings { unit, stage, after, limit: PAGE_MAX }
        };
        let json = call.rows(page)?;
        Ok(Outcome::Done { text: list(&json, call.lang), json })
    }
}

impl Counts {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json = call.list(Command::Counts { unit: self.unit })?;
        Ok(Outcome::Done { text: counts(&json, call.lang), json })
    }
}

impl Stats {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json =
            call.value(Command::Stats { unit: self.unit, by: self.by, from: self.from, to: self.to })?;
        Ok(Outcome::Done { text: stats(&json, call.lang), json })
    }
}

impl Ledger {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let mut json = Value::Null;
        let page = |after| Command::Ledger {
            unit: self.unit.clone(),
            month: self.month.clone(),
            after,
            limit: PAGE_MAX,
        };
        let cases = call.talk(|ask| {
            every_row(|after| {
                let page = ask(page(after))?;
                json = serde_json::json!({ "unit": page["unit"], "month": page["month"] });
                Ok(page)
            })
        })?;
        json["cases"] = cases;
        let text = format!(
            "{} {}\n{}",
            plain(&json["unit"]),
            plain(&json["month"]),
            list(&json["cases"], call.lang)
        );
        Ok(Outcome::Done { text, json })
    }
}

impl Sample {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let json = call.value(Command::Sample { month: self.month })?;
        let heads = match call.lang {
            Lang::Zh => ["编码", "事项"],
            Lang::En => ["code", "item"],
        };
        let rows = items(&json["items"]).map(|item| [plain(&item["code"]), plain(&item["name"])]);
        let (drawn, of) = (items(&json["items"]).count(), plain(&json["of"]));
        let total =
            either(call.lang, format!("抽查 {drawn} 项，共 {of} 项"), format!("{drawn} of {of} items"));
        let (seed, on) = (plain(&json["seed"]), plain(&json["published_on"]));
        let from: String = either(
            call.lang,
            format!("种子 {seed}（{on} 公布）"),
            format!("seed {seed} (published on {on})"),
        );
        Ok(Outcome::Done { text: table(heads, rows) + &total + "\n" + &from, json })
    }
}

impl Seed {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let Seed { year, seed, user } = self;
        let json = call.value(Command::SeedPublish { year, seed, user })?;
        let text =
            either(call.lang, format!("已公布 {year} 年的抽查种子"), format!("published the seed of {year}"));
        Ok(Outcome::Done { text, json })
    }
}

/// A line a card of one case.
pub fn brief(cards: &Value, lang: Lang) -> String {
    let line = |card: &Value| {
        let rule = named(&card["rule"], CardRule::words, lang);
        let level = named(&card["level"], Level::words, lang);
        format!(
            "{level} {rule} {} {}\n",
            plain(&card["on"]),
            named(&card["standing"], CardStanding::words, lang)
        )
    };
    items(cards).map(line).collect()
}

fn cards(json: &Value, lang: Lang) -> String {
    let (key, heads) = match lang {
        Lang::Zh => ("zh", ["级别", "规则", "办件", "机构", "日期", "状态", "依据"]),
        Lang::En => ("en", ["level", "rule", "case", "unit", "on", "standing", "evidence"]),
    };
    let rows = items(json).map(|line| {
        [
            plain(&line["level_name"][key]),
            plain(&line["rule_name"][key]),
            plain(&line["case"]),
            plain(&line["unit"]),
            plain(&line["on"]),
            named(&line["standing"], CardStanding::words, lang),
            named(&line["evidence"], Evidence::words, lang),
        ]
    });
    let count = items(json).count();
    match count {
        0 => either(lang, "没有预警和督办", "no cards"),
        _ => table(heads, rows) + &either(lang, format!("共 {count} 张"), format!("{count} card(s)")),
    }
}

/// A part a list, a line a filter with something in it.
fn counts(json: &Value, lang: Lang) -> String {
    let name = |list: &str, word: &str| {
        let word = Value::String(word.to_owned());
        match list {
            "cards" => named(&word, Level::words, lang),
            "ratings" => named(&word, RatingStage::words, lang),
            "complaints" => named(&word, complaint::State::words, lang),
            "enquiries" => named(&word, enquiry::State::words, lang),
            _ => crate::words::state(&word, lang),
        }
    };
    let heads = [
        ("cases", "登记的办件", "cases registered"),
        ("held", "持有的办件", "cases held"),
        ("disputes", "争议", "disputes"),
        ("cards", "督办", "cards"),
        ("ratings", "评价", "ratings"),
        ("complaints", "投诉", "complaints"),
        ("enquiries", "咨询", "enquiries"),
    ];
    let mut text = format!("{}\n", plain(&json["unit"]));
    for (list, zh, en) in heads {
        let head: String = either(lang, zh, en);
        match json[list].as_object() {
            Some(by) if by.is_empty() => {}
            Some(by) => {
                let rows: Vec<(String, String)> =
                    by.iter().map(|(word, n)| (name(list, word), plain(n))).collect();
                text += &format!("{head}\n{}", indented(&labelled(&rows)));
            }
            None => text += &format!("{head}  {}\n", plain(&json[list])),
        }
    }
    text
}

fn stats(json: &Value, lang: Lang) -> String {
    let names: Vec<(&str, String)> =
        Figure::ALL.iter().map(|figure| (figure.word(), figure.words().text(lang).to_owned())).collect();
    let rows = names.iter().filter(|(word, _)| !json["total"][*word].is_null());
    let total = pairs(rows.map(|(word, name)| (name.as_str(), plain(&json["total"][*word]))));
    let shares = [
        ("on_time", "按时办结率", "on time"),
        ("on_the_spot", "即办率", "on the spot"),
        ("online", "网办率", "online"),
        ("one_trip", "只跑一次率", "one trip"),
        ("speed_up", "提速率", "speed-up against statute"),
        ("good_rating", "好评率", "good ratings"),
        ("rectified", "差评整改率", "bad ratings rectified"),
        ("called_back", "差评回访率", "bad ratings called back"),
    ];
    let shares = shares.iter().filter(|(key, ..)| !json["indicators"][*key].is_null());
    let shares: Vec<(String, String)> = shares
        .map(|(key, zh, en)| (either(lang, *zh, *en), format!("{} %", plain(&json["indicators"][*key]))))
        .collect();
    let standing: Vec<(String, String)> = items(&json["standing"])
        .map(|line| (crate::words::state(&line["state"], lang), plain(&line["cases"])))
        .collect();
    let (shares, standing) = (labelled(&shares), labelled(&standing));
    format!("{}\n{total}\n{shares}\n{standing}\n{}", plain(&json["unit"]), periods(json, lang))
}

/// The figures that most ask for, a line a period.
fn periods(json: &Value, lang: Lang) -> String {
    let figures = [
        Figure::Registered,
        Figure::Accepted,
        Figure::Concluded,
        Figure::OnTime,
        Figure::Yellows,
        Figure::Reds,
    ];
    let head = either(lang, "周期", "period");
    let heads: [String; 7] = std::array::from_fn(|n| match n {
        0 => head.clone(),
        n => figures[n - 1].words().text(lang).to_owned(),
    });
    let rows = items(&json["periods"]).map(|line| {
        std::array::from_fn(|n| match n {
            0 => plain(&line["period"]),
            n => line["figures"][figures[n - 1].word()].as_i64().unwrap_or_default().to_string(),
        })
    });
    table(heads.each_ref().map(String::as_str), rows)
}

fn labelled(rows: &[(String, String)]) -> String {
    pairs(rows.iter().map(|(label, said)| (label.as_str(), said.clone())))
}
