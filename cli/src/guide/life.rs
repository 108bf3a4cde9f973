//! `sanji guide`, the life of a guide: edit, choose, sign, submit, return, approve, publish, suspend, resume, abolish.

use clap::{Args, Subcommand};
use sanji_model::guide::life::DraftStep;
use sanji_model::guide::{Field, StopKind};
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::moment::time;
use crate::outcome::Outcome;
use crate::words::{NOTHING, count, either, guide_state, items, plain, sentence};

#[derive(Subcommand, Debug)]
pub enum Life {
    /// Edit one element of a draft / 编辑草稿的一个要素
    Edit {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// Chinese name or key, such as materials, or case_type, tiers, visits, cancels_on / 要素
        element: String,
        /// The new content: text, JSON for rows, “无” for none, empty to remove / 内容
        #[arg(allow_hyphen_values = true)]
        content: String,
        /// The text in this language instead, such as mn / 译文语言
        #[arg(long = "in", value_name = "LANG")]
        language: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Settle what was edited in two places / 选定两处编辑冲突的内容
    Choose {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// The element / 要素
        element: String,
        /// Which of the texts, as `guide show` numbers them / 第几个
        choice: usize,
        #[command(flatten)]
        who: Who,
    },
    /// The department stands for a draft / 部门签署
    Sign(Draft),
    /// Hand a signed draft to the county for approval / 送审
    Submit(Draft),
    /// Give a draft back with a reason / 退回
    Return(Draft),
    /// Approve a draft / 审定
    Approve(Draft),
    /// Publish what was approved, or all steps at once for who may do them / 发布
    Publish {
        #[command(flatten)]
        draft: Draft,
        /// Takes force on this day; if left out the draft's own, if that is to come, else today: YYYY-MM-DD / 实施日期
        #[arg(long, value_name = "DATE")]
        effective: Option<String>,
    },
    /// Suspend a published guide everywhere / 暂停
    Suspend(Stop),
    /// Let a suspended guide go on / 恢复
    Resume(Stop),
    /// Abolish a guide for good / 废止
    Abolish(Stop),
    /// What is different between two versions, or a version and the draft / 比较两个版本
    Diff {
        /// Code, name or id / 事项编码、名称或编号
        id: String,
        /// Number of a version, or draft / 版本号或 draft
        a: String,
        /// Number of a version, or draft / 版本号或 draft
        b: String,
    },
}

/// Who does it.
#[derive(Args, Debug)]
pub struct Who {
    /// Who does it, a user's id / 经办用户
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
}

#[derive(Args, Debug)]
pub struct Draft {
    /// Code, name or id / 事项编码、名称或编号
    id: String,
    /// Why / 理由
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    who: Who,
}

#[derive(Args, Debug)]
pub struct Stop {
    /// Code, name or id / 事项编码、名称或编号
    id: String,
    /// Why; everybody sees it / 理由（对外公开）
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// From this day 00:00, at once if left out: YYYY-MM-DD / 自何日起
    #[arg(long, value_name = "DATE")]
    effective: Option<String>,
    #[command(flatten)]
    who: Who,
}

impl Life {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        let (command, say): (Command, fn(&Value, Lang) -> String) = match self {
            Life::Edit { id, element, content, language, who } => {
                let field = match language {
                    Some(language) => format!("text/{language}/{}", key(&element)),
                    None => element,
                };
                (Command::GuideEdit { id, field, text: content, user: who.user }, edited)
            }
            Life::Choose { id, element, choice, who } => {
                (Command::GuideChoose { id, field: element, choice, user: who.user }, edited)
            }
            Life::Sign(draft) => (step(DraftStep::Sign, draft, None), stepped),
            Life::Submit(draft) => (step(DraftStep::Submit, draft, None), stepped),
            Life::Return(draft) => (step(DraftStep::Return, draft, None), stepped),
            Life::Approve(draft) => (step(DraftStep::Approve, draft, None), stepped),
            Life::Publish { draft, effective } => (step(DraftStep::Publish, draft, effective), published),
            Life::Suspend(stop) => (halt(StopKind::Suspend, stop), stopped),
            Life::Resume(stop) => (halt(StopKind::Resume, stop), stopped),
            Life::Abolish(stop) => (halt(StopKind::Abolish, stop), stopped),
            Life::Diff { id, a, b } => {
                let json = call.list(Command::GuideDiff { id, a, b })?;
                return Ok(Outcome::Done { text: differences(&json, lang), json });
            }
        };
        let json = call.value(command)?;
        Ok(Outcome::Done { text: say(&json, lang), json })
    }
}

/// The key of an element that was named in Chinese; what is none is refused by the node.
fn key(element: &str) -> String {
    Field::parse(element).map_or_else(|_| element.to_owned(), |field| field.key())
}

fn step(step: DraftStep, Draft { id, reason, who }: Draft, effective: Option<String>) -> Command {
    Command::GuideStep { id, step: step.word().to_owned(), effective, reason, user: who.user }
}

fn halt(what: StopKind, Stop { id, reason, effective, who }: Stop) -> Command {
    Command::GuideStop { id, what: what.word().to_owned(), effective, reason, user: who.user }
}

fn edited(json: &Value, lang: Lang) -> String {
    let (name, state) = (plain(&json["name"]), guide_state(&json["state"], lang));
    let mut text = match json["changed"] == true {
        true => {
            either(lang, format!("已保存：{name}，现为“{state}”\n"), format!("saved: {name}, now {state}\n"))
        }
        false => either(lang, format!("内容未变：{name}\n"), format!("as before: {name}\n")),
    };
    if !json["withdrawn"].is_null() {
        let before = guide_state(&json["withdrawn"], lang);
        text += &either(
            lang,
            format!("内容已变，原“{before}”失效，请重新签署\n"),
            format!("the content changed, so it is no longer {before}: have it signed again\n"),
        );
    }
    text + &conflicts(&json["conflicts"], lang)
}

fn stepped(json: &Value, lang: Lang) -> String {
    let (name, state) = (plain(&json["name"]), guide_state(&json["state"], lang));
    either(lang, format!("{name}：{state}"), format!("{name}: {state}"))
}

fn published(json: &Value, lang: Lang) -> String {
    let [name, version, day] = ["name", "version", "effective_on"].map(|key| plain(&json[key]));
    either(
        lang,
        format!("已发布：{name} 第 {version} 版，{day} 零时起在各节点生效"),
        format!("published: {name}, version {version}; in force on every node from {day} 00:00"),
    )
}

fn stopped(json: &Value, lang: Lang) -> String {
    let (name, from) = (plain(&json["name"]), time(&json["from"]));
    let what = match json["what"].as_str().map(str::parse::<StopKind>) {
        Some(Ok(what)) => what.words().text(lang).to_owned(),
        Some(Err(_)) | None => plain(&json["what"]),
    };
    either(lang, format!("已{what}：{name}，自 {from} 起"), format!("{what}: {name}, from {from} on"))
}

fn differences(json: &Value, lang: Lang) -> String {
    match items(json).count() {
        0 => either(lang, "没有不同", "there is no difference"),
        _ => items(json).map(|difference| sentence(difference, lang) + "\n").collect(),
    }
}

/// Each element with its texts, who wrote them and when; empty where there is none.
pub fn conflicts(json: &Value, lang: Lang) -> String {
    let one = |conflict: &Value| {
        let name = sentence(conflict, lang);
        let head = either(
            lang,
            format!("冲突：“{name}”在两处被改成不同内容，用 guide choose 选定\n"),
            format!("conflict: {name} was edited in two places; settle it with `guide choose`\n"),
        );
        let sides: String = items(&conflict["sides"])
            .map(|side| {
                let user = plain(&side["user"]);
                let user = if user == NOTHING { String::new() } else { format!(" {user}") };
                let (n, unit, at) = (count(&side["choice"]), plain(&side["unit"]), time(&side["at"]));
                let text = match side["text"].as_str() {
                    Some("") => either(lang, "（已删除）", "(removed)"),
                    Some(_) | None => plain(&side["text"]),
                };
                format!("  {n}  [{unit}{user}, {at}]  {text}\n")
            })
            .collect();
        head + &sides
    };
    items(json).map(one).collect()
}

/// What was done to a draft, a line an act.
pub fn acts(life: &Value, lang: Lang) -> String {
    let line = |act: &Value| {
        let step = plain(&act[either(lang, "step_zh", "step_en").as_str()]);
        let by = &act["by"];
        let who = [plain(&by["unit"]), plain(&by["user"])].join(" ");
        let note = plain(&act["note"]);
        let note = if note == NOTHING { String::new() } else { format!("  {note}") };
        format!("{}  {step}  {who}  {}{note}\n", time(&act["at"]), sentence(&act["verdict"], lang))
    };
    items(&life["acts"]).map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_conflict_shows_both_texts_with_who_and_when() {
        let side = |n, text, unit, user| json!({ "choice": n, "text": text, "unit": unit, "user": user, "at": 1_770_652_800_000_u64 });
        let json = json!([{ "element": "faq", "zh": "常见问题解答", "en": "questions and answers",
            "sides": [side(1, "甲", "640202", json!("li")), side(2, "", "640203", Value::Null)] }]);
        let text = conflicts(&json, Lang::Zh);
        assert!(text.contains("  1  [640202 li, 2026-02-10 00:00:00]  甲\n"), "{text}");
        assert!(text.contains("  2  [640203, 2026-02-10 00:00:00]  （已删除）\n"), "{text}");
        assert!(conflicts(&json, Lang::En).starts_with("conflict: questions and answers was edited"));
        assert_eq!(conflicts(&json!([]), Lang::Zh), "");
    }

    #[test]
    fn an_edit_says_that_signatures_fell_away() {
        let json = json!({ "name": "优待证", "changed": true, "state": "draft", "withdrawn": "approved", "conflicts": [] });
        assert_eq!(
            edited(&json, Lang::Zh),
            "已保存：优待证，现为“草稿”\n内容已变，原“已审定”失效，请重新签署\n"
        );
        assert!(edited(&json, Lang::En).contains("no longer approved"));
    }
}
