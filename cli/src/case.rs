//! `sanji case`: register, act, list, show, export.

mod export;
mod package;
mod print;

mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use sanji_model::case::{FOUND, Known};
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::page::PAGE_MAX;
use serde_json::Value;

pub use self::show::{delivery, due};
use self::show::{desk, guide, shown};
use crate::args::field;
use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::{self, Outcome};
use crate::output::bar;
use crate::table::{indented, pairs, table};
use crate::words::{either, flags, items, plain, sentence, state, tiers_of};

#[derive(Subcommand, Debug)]
pub enum Case {
    /// Register a case / 登记办件
    Register(Register),
    /// Do something to a case: receive, withdraw, note… / 办理一个环节
    Act(Act),
    /// Close the check of a case on an outdated guide / 核查使用失效指南的办件
    Check {
        /// Case number, or the first characters of its id / 办件编号
        number: String,
        /// What was found / 核查结果
        #[arg(long, value_name = "TEXT")]
        found: String,
        /// Who does it / 经办人
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
    },
    /// List cases, people's names masked / 列出办件
    List(List),
    /// A page of what a unit holds in a state, those due first first / 待办队列
    Queue(Queue),
    /// Find by number, identity number or the beginning of a name / 查找办件
    Search {
        /// The text / 编号、证件号码或姓名
        text: String,
        /// At most so many / 最多条数
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Cases about which two places acted apart, with both sides / 争议处理台
    Disputes {
        /// Only of this unit and those below it / 机构
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
    },
    /// What earlier cases of this unit say of a person / 申请人已有信息
    Applicant {
        /// Identity number or unified social credit code / 证件号码
        id_number: String,
    },
    /// Take in cases of another system, a JSON line a case / 批量导入办件
    Import {
        /// The file / 文件
        file: PathBuf,
        /// Who takes them in; an administrator of this unit where lines name other people / 经办人
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
    },
    /// Register several items that are one matter / 登记“一件事”
    Bundle(InBundle),
    /// What changed since the last export, as tables of the national exchange / 导出国家平台办件表
    Export(export::Export),
    /// One case as an archive package / 生成归档包
    ArchivePackage(package::Package),
    /// Whether an archive package is as it was written / 核对归档包
    ArchiveCheck(package::Check),
    /// A paper of a case, as a page or a PDF / 打印文书
    Print(print::Print),
    /// What the square code of a paper is worth / 核验文书
    VerifyPaper(print::Verify),
    /// Show one case with its events / 查看办件
    Show {
        /// Case number, or the first characters of its id / 办件编号
        number: String,
    },
}

#[derive(Args, Debug)]
pub struct Register {
    /// The guide: its code, name or id / 办事指南
    #[arg(long)]
    guide: String,
    /// Name of the person or organisation / 申请人
    #[arg(long, value_name = "NAME")]
    applicant: String,
    /// Identity number or unified social credit code / 证件号码
    #[arg(long, value_name = "N")]
    id_number: String,
    /// A further answer, repeatable, such as applicant.phone=… / 其他信息
    #[arg(long, value_name = "K=V", value_parser = field)]
    field: Vec<(String, String)>,
    /// Who registers it / 经办人
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

#[derive(Args, Debug)]
pub struct InBundle {
    /// The bundle: its name or id / 一件事名称
    #[arg(long)]
    bundle: String,
    /// Name of the person or organisation / 申请人
    #[arg(long, value_name = "NAME")]
    applicant: String,
    /// Identity number or unified social credit code / 证件号码
    #[arg(long, value_name = "N")]
    id_number: String,
    /// A further answer, repeatable / 其他信息
    #[arg(long, value_name = "K=V", value_parser = field)]
    field: Vec<(String, String)>,
    /// Who registers it / 经办人
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
}

#[derive(Args, Debug)]
pub struct Queue {
    /// The state, by word or number, or `arriving`: handed over to the unit and to be taken over / 状态，或 arriving（待接收）
    #[arg(long)]
    state: String,
    /// The unit that holds them, this one if left out / 持有机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// What the page before named as next / 上一页给出的 next
    #[arg(long, value_name = "NEXT")]
    after: Option<String>,
    /// Rows of a page / 每页条数
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Args, Debug)]
pub struct Act {
    /// Case number, or the first characters of its id / 办件编号
    number: String,
    /// What is done, such as receive / 动作，如 receive（收件）
    action: String,
    /// What belongs to it, repeatable, such as materials=… / 附带信息
    #[arg(long, value_name = "K=V", value_parser = field)]
    pub field: Vec<(String, String)>,
    /// Who does it / 经办人
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
}

#[derive(Args, Debug)]
pub struct List {
    /// Only those in this state, by word or number / 状态
    #[arg(long)]
    state: Option<String>,
    /// Only those of this unit and the units below it / 机构
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only those due before this day: YYYY-MM-DD / 期限早于
    #[arg(long, value_name = "DATE")]
    due_before: Option<String>,
}

impl Case {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (command, say): (Command, fn(&Value, Lang) -> String) = match self {
            Case::Register(Register { guide, applicant, id_number, field, user }) => {
                let fields = fields(field)?;
                (Command::CaseRegister { guide, applicant, id_number, fields, user }, registered)
            }
            Case::Bundle(InBundle { bundle, applicant, id_number, field, user }) => {
                let fields = fields(field)?;
                (Command::CaseBundle { bundle, applicant, id_number, fields, user }, in_bundle)
            }
            Case::Import { file, user } => return import(&file, user, call),
            Case::Queue(Queue { state, unit, after, limit }) => {
                (Command::CaseQueue { unit, state, after, limit }, queue)
            }
            Case::Search { text, limit } => {
                let json = call.list(Command::CaseSearch { text, limit })?;
                return Ok(Outcome::Done { text: list(&json, lang), json });
            }
            Case::Disputes { unit } => {
                let json =
                    call.rows(|after| Command::CaseDisputes { unit: unit.clone(), after, limit: PAGE_MAX })?;
                return Ok(Outcome::Done { text: desk(&json, lang), json });
            }
            Case::Applicant { id_number } => (Command::CaseApplicant { id_number, user: None }, applicant),
            Case::Act(Act { number, action, field, user }) => {
                (Command::CaseAct { number, action, fields: fields(field)?, user }, acted)
            }
            Case::Check { number, found, user } => {
                let fields = BTreeMap::from([(FOUND.to_owned(), found)]);
                (Command::CaseAct { number, action: Known::Check.word().to_owned(), fields, user }, acted)
            }
            Case::List(List { state, unit, due_before }) => {
                let json = call.rows(|after| {
                    let (state, unit, due_before) = (state.clone(), unit.clone(), due_before.clone());
                    Command::CaseList { state, unit, due_before, after, limit: PAGE_MAX }
                })?;
                return Ok(Outcome::Done { text: list(&json, lang), json });
            }
            Case::Export(export) => {
                let json = export.run(call)?;
                return Ok(Outcome::Done { text: export::text(&json, lang), json });
            }
            Case::ArchivePackage(package) => {
                let json = package.run(call)?;
                return Ok(Outcome::Done { text: package::written(&json, lang), json });
            }
            Case::ArchiveCheck(check) => {
                let json = check.run()?;
                return Ok(Outcome::Done { text: package::whole(&json, lang), json });
            }
            Case::Print(print) => {
                let json = print.run(call)?;
                return Ok(Outcome::Done { text: print::printed(&json, lang), json });
            }
            Case::VerifyPaper(verify) => return verify.run(call),
            Case::Show { number } => (Command::CaseShow { number }, shown),
        };
        let json = call.value(command)?;
        if !json["warning"].is_null() {
            let head = either(lang, "注意：", "note: ");
            outcome::complain(&format!("{head}{}", sentence(&json["warning"], lang)));
        }
        Ok(Outcome::Done { text: say(&json, lang), json })
    }
}

pub fn fields(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Failure> {
    let mut fields = BTreeMap::new();
    for (key, value) in given {
        if fields.contains_key(&key) {
            return Err(Failure::FieldTwice(key));
        }
        fields.insert(key, value);
    }
    Ok(fields)
}

fn registered(json: &Value, lang: Lang) -> String {
    let number = plain(&json["number"]);
    either(
        lang,
        format!(
            "已登记，已保存在本机。编号：{number}\n\
             下一步：收到材料后运行 sanji case act {number} receive --field materials=材料名称（无需材料写 none）"
        ),
        format!(
            "registered and saved here; number {number}\n\
             next: when the materials are there, `sanji case act {number} receive --field materials=NAMES` (none if none are needed)"
        ),
    )
}

fn acted(json: &Value, lang: Lang) -> String {
    let (number, state) = (plain(&json["number"]), state(&json["state"], lang));
    either(lang, format!("已保存。{number} 现状态：{state}"), format!("saved; {number} is now {state}"))
}

/// Lines that are taken in one go: one change each, stored together.
const IMPORT_LINES: usize = 200;

/// Imports a file part by part, with a bar; what was taken before an interruption stays.
fn import(path: &Path, user: Option<String>, call: &Call) -> Result<Outcome, Failure> {
    let Input { text, .. } = Input::read(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let bar = bar(Some(lines.len() as u64), either(call.lang, "办件", "cases"));
    let (mut imported, mut refused, mut numbers, mut already) = (0, Vec::new(), Vec::new(), Vec::new());
    for (n, part) in lines.chunks(IMPORT_LINES).enumerate() {
        let first = n * IMPORT_LINES + 1;
        let json = call.value(Command::CaseImport { text: part.join("\n"), first, user: user.clone() })?;
        imported += json["imported"].as_u64().unwrap_or_default();
        refused.extend(items(&json["refused"]).cloned());
        numbers.extend(items(&json["numbers"]).cloned());
        already.extend(items(&json["already"]).cloned());
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    let key = either(call.lang, "message", "message_en");
    let mut text: String =
        either(call.lang, format!("已导入 {imported} 件"), format!("{imported} case(s) imported"));
    if !already.is_empty() {
        let there = already.len();
        text += &either(call.lang, format!("，{there} 件此前已导入"), format!(", {there} already there"));
    }
    let fault = refused.iter().map(|line| {
        let (n, why) = (plain(&line["line"]), plain(&line[&key]));
        either(call.lang, format!("第 {n} 行：{why}"), format!("line {n}: {why}"))
    });
    let fault = fault.collect::<Vec<_>>().join("\n");
    let json = serde_json::json!({ "imported": imported, "already": already, "refused": refused, "numbers": numbers });
    match refused.is_empty() {
        true => Ok(Outcome::Done { text, json }),
        false => Ok(Outcome::Bad { text, json, code: "CASE_IMPORT".to_owned(), fault }),
    }
}

fn in_bundle(json: &Value, lang: Lang) -> String {
    let number = plain(&json["number"]);
    let parts = items(&json["parts"]).map(|part| [plain(&part["number"]), plain(&part["guide"])]);
    let heads = match lang {
        Lang::Zh => ["子办件", "事项"],
        Lang::En => ["part", "guide"],
    };
    either(
        lang,
        format!("已登记，已保存在本机。主办件：{number}"),
        format!("registered and saved here; parent case {number}"),
    ) + "\n"
        + &table(heads, parts)
}

fn queue(json: &Value, lang: Lang) -> String {
    let rows = list(&json["rows"], lang);
    match json["next"].as_str() {
        Some(next) => {
            rows + &either(lang, format!("\n下一页：--after {next}"), format!("\nnext page: --after {next}"))
        }
        None => rows,
    }
}

fn applicant(json: &Value, lang: Lang) -> String {
    if json.is_null() {
        return either(lang, "本单位没有此人的办件", "no case of this unit is for this person");
    }
    let contact = json["contact"].as_object().into_iter().flatten();
    let known = contact.map(|(key, value)| (key.as_str(), plain(value)));
    format!("{}\n{}", plain(&json["applicant"]), indented(&pairs(known)))
}

pub fn list(json: &Value, lang: Lang) -> String {
    let heads = match lang {
        Lang::Zh => ["编号", "状态", "事项", "申请人", "期限", "已存于", "标记"],
        Lang::En => ["number", "state", "guide", "applicant", "due", "saved at", "flags"],
    };
    let rows = items(json).map(|case| {
        [
            plain(&case["number"]),
            state(&case["state"], lang),
            guide(case),
            plain(&case["applicant"]),
            due(case, lang),
            tiers_of(&case["delivered_to"], lang),
            flags(&case["flags"], lang),
        ]
    });
    let count = items(json).count();
    let total = either(lang, format!("共 {count} 件"), format!("{count} case(s)"));
    if count == 0 {
        either(lang, "没有符合条件的办件", "no such case")
    } else {
        table(heads, rows) + &total
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case() -> Value {
        json!({
            "number": "640202001001202602100000017", "id": "0195b8f2", "guide": "11640202", "guide_name": "老年人优待证",
            "guide_version": 2, "unit": "640202001001", "custody": "640202001001", "state": "received",
            "applicant": "王**", "due": "2026-02-24", "due_provisional": true, "flags": ["conflict"],
            "delivered_to": ["640202001001", "640202001"],
        })
    }

    #[test]
    fn a_list_shows_state_due_and_where_it_is_saved() {
        let expected = "\
编号                         状态    事项          申请人  期限                已存于  标记
640202001001202602100000017  已收件  老年人优待证  王**    2026-02-24（暂定）  村、镇  字段冲突
共 1 件";
        assert_eq!(list(&json!([case()]), Lang::Zh), expected);
        assert_eq!(list(&json!([]), Lang::En), "no such case");
        assert!(
            list(&json!([case()]), Lang::En)
                .contains("  2026-02-24 (provisional)  village, town  conflicting field\n")
        );
    }

    #[test]
    fn a_case_shows_both_values_of_a_conflict_and_what_did_not_count() {
        let mut case = case();
        case["contact"] = json!({ "phone": { "shown": "1", "others": ["2", "3"] } });
        case["fields"] = json!({ "purpose": "补办" });
        case["events"] = json!([
            { "at": 1_770_652_800_000_u64, "action": "register", "by": { "unit": "640202001001", "role": "agent" }, "verdict": { "zh": "有效", "en": "counted" } },
            { "at": 1_770_652_860_000_u64, "action": "decide", "by": { "unit": "640202001001", "role": "agent", "user": "li" },
              "verdict": { "zh": "超权限", "en": "over authority" }, "fields": { "result": "grant" } },
        ]);
        let text = shown(&case, Lang::Zh);
        assert!(text.contains("  phone  1；另有：2, 3\n") && text.contains("  purpose  补办\n"), "{text}");
        assert!(text.contains("  2026-02-10 00:00:00  登记  640202001001  代办员     有效\n"), "{text}");
        assert!(text.contains("  决定  640202001001  代办员 li  超权限  result=grant\n"), "{text}");
        assert!(shown(&case, Lang::En).contains("agent li  over authority"));
        assert!(!text.contains("材料"), "there is none: {text}");
    }

    #[test]
    fn a_case_shows_where_it_is_saved_and_what_is_still_on_its_way() {
        let mut case = case();
        case["delivery"] = json!([
            { "unit": "640202001001", "name": "东村", "tier": "village", "delivered": true, "since": null, "on_the_way": 0 },
            { "unit": "640202001", "name": "测试镇", "tier": "town", "delivered": true, "since": 1_770_652_800_000_u64, "on_the_way": 0 },
            { "unit": "640202", "name": "测试县", "tier": "county", "delivered": false, "since": null, "on_the_way": 2 },
        ]);
        let text = shown(&case, Lang::Zh);
        let expected = "\
送达情况
     层级  机构    代码          情况
  ✓  村    东村    640202001001  已保存在本机
  ✓  镇    测试镇  640202001     已送达，自 2026-02-10 00:00:00
  …  县    测试县  640202        2 条在途
";
        assert!(text.contains(expected), "{text}");
        assert!(shown(&case, Lang::En).contains("delivered, known since 2026-02-10 00:00:00"));
    }

    #[test]
    fn a_field_given_twice_loses_neither_value_in_silence() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(fields(vec![pair("a", "1"), pair("b", "1")]).unwrap().len(), 2);
        let twice = fields(vec![pair("a", "1"), pair("b", "1"), pair("a", "2")]).unwrap_err();
        assert_eq!(twice.code(), "FIELD_TWICE");
        assert!(twice.text(Lang::Zh).contains("“a”") && twice.text(Lang::En).contains("“a”"));
    }

    #[test]
    fn done_things_say_number_and_state() {
        let json = json!({ "number": "17", "id": "x", "state": "received" });
        assert_eq!(acted(&json, Lang::Zh), "已保存。17 现状态：已收件");
        assert!(registered(&json, Lang::En).contains("sanji case act 17 receive"));
    }
}
