//! Why a person's action was refused: a stable code, and a sentence in Chinese and English that says what to do.
//!
//! Knows the domain's reasons only; network, files and sessions have their own.

use jiff::civil::Date;
use sanji_sync::UnitCode;

use crate::case::sampling::NotDrawn;
use crate::case::{BadMaterial, Known, Place, Role, Rule, Start, State, Unmet};
use crate::desk;
use crate::guide::{BadField, NotDone};
use crate::identity::BadIdentity;
use crate::lang::{Lang, Say, UnknownWord, Words, say_in_english};
use crate::number::BadNumber;
use crate::organisation::{self, Tier};
use crate::user::NotUser;

/// What the rules say no to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    UnknownUnit(UnitCode),
    /// The action needs a unit of another tier.
    WrongTier {
        unit: UnitCode,
        wanted: Tier,
    },
    /// `unit` may not write what belongs to `owner`: it is neither that unit nor above it.
    NotAbove {
        unit: UnitCode,
        owner: UnitCode,
    },
    /// Adding or changing a unit would break the organisation.
    Unit(organisation::Fault),
    GuideNotFound(String),
    GuideNotPublished {
        guide: String,
    },
    /// `from` is the day on which a published version takes force, if one will.
    GuideNotInForce {
        guide: String,
        from: Option<Date>,
    },
    /// `missing` are the elements of DOMAIN §2.1 that are empty, in their order.
    GuideIncomplete {
        guide: String,
        missing: Vec<Words>,
    },
    /// A step of the guide's life cycle (DOMAIN §2.2) that is not possible now.
    Guide(NotDone),
    /// A text that does not do for a field of a guide.
    GuideField(BadField),
    User(NotUser),
    /// A step of a complaint or an enquiry (DOMAIN §5) that is not possible now.
    Desk(desk::NotDone),
    /// A draw, or its seed, that there cannot be (DOMAIN §4).
    Sample(NotDrawn),
    CaseNotFound(String),
    /// A shortened id that several things begin with.
    Ambiguous {
        text: String,
        matches: usize,
    },
    UnknownAction(String),
    /// Not possible in the state the case is in.
    Transition {
        state: State,
        rule: &'static Rule,
    },
    Role {
        role: Role,
        rule: &'static Rule,
    },
    /// The action is for the unit that holds the case.
    Custody {
        holder: UnitCode,
        unit: UnitCode,
        rule: &'static Rule,
    },
    /// The action is not for units like this one.
    Place {
        unit: UnitCode,
        rule: &'static Rule,
    },
    /// A condition of the rule is not met.
    Unmet {
        rule: &'static Rule,
        what: Unmet,
    },
    /// A line of the materials that cannot be read.
    Material(BadMaterial),
    ApplicantMissing,
    Identity(BadIdentity),
    Number(BadNumber),
    Field {
        key: String,
        why: FieldFault,
    },
    Word(UnknownWord),
    /// `check` of a case that has nothing to be checked.
    NothingToCheck,
}

/// What is wrong with a field K=V.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldFault {
    NoKey,
    /// `max` is in characters.
    TooLong {
        max: usize,
    },
    TooMany {
        max: usize,
    },
    /// All values together; `max` is in bytes.
    TooMuch {
        max: usize,
    },
    /// A line break, a tab or another control character in a name.
    Control,
    /// The same in a field's key.
    KeyControl,
    /// A control character other than a line feed or a tab in a value.
    ValueControl,
    /// It would change who the applicant is.
    Fixed,
}

impl Say for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Refusal::UnknownUnit(_) => "UNIT_UNKNOWN",
            Refusal::WrongTier { .. } => "UNIT_TIER",
            Refusal::NotAbove { .. } => "UNIT_AUTHORITY",
            Refusal::Unit(fault) => fault.code(),
            Refusal::GuideNotFound(_) => "GUIDE_NOT_FOUND",
            Refusal::GuideNotPublished { .. } => "GUIDE_NOT_PUBLISHED",
            Refusal::GuideNotInForce { .. } => "GUIDE_NOT_IN_FORCE",
            Refusal::GuideIncomplete { .. } => "GUIDE_INCOMPLETE",
            Refusal::Guide(why) => why.code(),
            Refusal::GuideField(why) => why.code(),
            Refusal::User(why) => why.code(),
            Refusal::Desk(why) => why.code(),
            Refusal::Sample(why) => why.code(),
            Refusal::CaseNotFound(_) => "CASE_NOT_FOUND",
            Refusal::Ambiguous { .. } => "AMBIGUOUS",
            Refusal::UnknownAction(_) => "CASE_ACTION",
            Refusal::Transition { .. } => "CASE_TRANSITION",
            Refusal::Role { .. } => "CASE_ROLE",
            Refusal::Custody { .. } => "CASE_CUSTODY",
            Refusal::Place { .. } => "CASE_PLACE",
            Refusal::Unmet { what, .. } => what.code(),
            Refusal::Material(_) => "CASE_MATERIAL_LINE",
            Refusal::ApplicantMissing => "CASE_APPLICANT",
            Refusal::Identity(why) => why.code(),
            Refusal::Number(why) => why.code(),
            Refusal::Field { .. } => "CASE_FIELD",
            Refusal::Word(why) => why.code(),
            Refusal::NothingToCheck => "CASE_NOTHING_TO_CHECK",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }
}

say_in_english!(Refusal);

impl From<BadIdentity> for Refusal {
    fn from(why: BadIdentity) -> Refusal {
        Refusal::Identity(why)
    }
}

impl From<BadField> for Refusal {
    fn from(why: BadField) -> Refusal {
        Refusal::GuideField(why)
    }
}

impl From<NotUser> for Refusal {
    fn from(why: NotUser) -> Refusal {
        Refusal::User(why)
    }
}

impl From<desk::NotDone> for Refusal {
    fn from(why: desk::NotDone) -> Refusal {
        Refusal::Desk(why)
    }
}

impl From<NotDrawn> for Refusal {
    fn from(why: NotDrawn) -> Refusal {
        Refusal::Sample(why)
    }
}

impl From<NotDone> for Refusal {
    fn from(why: NotDone) -> Refusal {
        Refusal::Guide(why)
    }
}

impl From<BadNumber> for Refusal {
    fn from(why: BadNumber) -> Refusal {
        Refusal::Number(why)
    }
}

impl From<UnknownWord> for Refusal {
    fn from(why: UnknownWord) -> Refusal {
        Refusal::Word(why)
    }
}

impl Refusal {
    fn zh(&self) -> String {
        match self {
            Refusal::UnknownUnit(code) => format!("没有代码为 {code} 的单位，请用 org list 查看"),
            Refusal::WrongTier { unit, wanted } => {
                let tier = wanted.words().zh;
                format!("{unit} 不是{tier}级单位，此操作只能由{tier}级单位办理")
            }
            Refusal::NotAbove { unit, owner } => {
                format!("{unit} 无权处理 {owner} 的事项，请由该单位或其上级办理")
            }
            Refusal::Unit(fault) => fault.text(Lang::Zh),
            Refusal::GuideNotFound(id) => format!("没有编号为“{id}”的办事指南，请用 guide list 查看"),
            Refusal::GuideNotPublished { guide } => format!("办事指南“{guide}”尚未发布，请先发布"),
            Refusal::GuideNotInForce { guide, from: Some(day) } => {
                format!("办事指南“{guide}”自 {day} 起生效，请届时办理")
            }
            Refusal::GuideNotInForce { guide, from: None } => {
                format!("办事指南“{guide}”现不生效，请查看是否暂停、废止或已有新版本")
            }
            Refusal::GuideIncomplete { guide, missing } => {
                let names: Vec<_> = missing.iter().map(|name| name.zh).collect();
                format!("办事指南“{guide}”缺少要素：{}；请补齐，没有的请填“无”", names.join("、"))
            }
            Refusal::Guide(why) => why.text(Lang::Zh),
            Refusal::GuideField(why) => why.text(Lang::Zh),
            Refusal::User(why) => why.text(Lang::Zh),
            Refusal::Desk(why) => why.text(Lang::Zh),
            Refusal::Sample(why) => why.text(Lang::Zh),
            Refusal::CaseNotFound(id) => format!("本机没有办件“{id}”，请核对编号"),
            Refusal::Ambiguous { text, matches } => {
                format!("“{text}”与 {matches} 个编号相符，请多输入几位")
            }
            Refusal::UnknownAction(word) => {
                format!("没有“{word}”这个动作，可用：{}", known_actions())
            }
            Refusal::Transition { state, rule } => format!(
                "违反规则 T{}：“{}”只能在{}办理，本办件为“{}”",
                rule.t,
                rule.action.words().zh,
                possible_states(rule.action, Lang::Zh),
                state.words().zh
            ),
            Refusal::Role { role, rule } => format!(
                "违反规则 T{}：{}不能办理“{}”，应由{}办理",
                rule.t,
                role.words().zh,
                rule.action.words().zh,
                rule.roles.iter().map(|role| role.words().zh).collect::<Vec<_>>().join("、")
            ),
            Refusal::Custody { holder, unit, rule } => format!(
                "违反规则 T{}：办件现由 {holder} 持有，{unit} 不能办理“{}”，请由持有单位办理",
                rule.t,
                rule.action.words().zh
            ),
            Refusal::Place { unit, rule } => format!(
                "违反规则 T{}：{unit} 不能办理“{}”，应由{}办理",
                rule.t,
                rule.action.words().zh,
                competent_units(rule.place, Lang::Zh)
            ),
            Refusal::Unmet { rule, what } => {
                format!("违反规则 T{}（{}）：{}", rule.t, rule.action.words().zh, what.text(Lang::Zh))
            }
            Refusal::Material(bad) => format!(
                "材料“{}”中的“{}”无法识别，请写成 材料名|来源|原件+复印件|checked",
                bad.material, bad.part
            ),
            Refusal::ApplicantMissing => "申请人姓名或名称为空，请填写".to_owned(),
            Refusal::Identity(why) => why.text(Lang::Zh),
            Refusal::Number(why) => why.text(Lang::Zh),
            Refusal::Field { key, why } => match why {
                FieldFault::NoKey => "有一个字段没有名称，请写成 名称=值".to_owned(),
                FieldFault::TooLong { max } => format!("字段“{key}”超过 {max} 字，请缩短或作为附件提交"),
                FieldFault::TooMany { max } => format!("字段超过 {max} 个，请分次填写"),
                FieldFault::TooMuch { max } => {
                    format!("字段内容合计超过 {} KiB（“{key}”最长），请分次填写或作为附件提交", max >> 10)
                }
                FieldFault::Control => format!("“{key}”中有换行、制表符或控制字符，请删去"),
                FieldFault::KeyControl => {
                    format!("字段名称“{key}”中有换行、制表符或控制字符，请删去")
                }
                FieldFault::ValueControl => {
                    format!("字段“{key}”中有控制字符，只可用换行和制表符，请删去")
                }
                FieldFault::Fixed => format!("“{key}”登记后不能更改，如有错误请撤回后重新登记"),
            },
            Refusal::Word(why) => why.text(Lang::Zh),
            Refusal::NothingToCheck => "本办件没有待核查的任务：只有所用指南已失效的办件需要核查".to_owned(),
        }
    }

    fn en(&self) -> String {
        match self {
            Refusal::UnknownUnit(code) => format!("there is no unit {code}; see `org list`"),
            Refusal::WrongTier { unit, wanted } => {
                let tier = wanted.words().en;
                format!("{unit} is not of tier {tier}; this is for a {tier} to do")
            }
            Refusal::NotAbove { unit, owner } => {
                format!("{unit} has no authority over {owner}; that unit or one above it has to do this")
            }
            Refusal::Unit(fault) => fault.text(Lang::En),
            Refusal::GuideNotFound(id) => format!("there is no guide “{id}”; see `guide list`"),
            Refusal::GuideNotPublished { guide } => {
                format!("guide “{guide}” is not published; publish it first")
            }
            Refusal::GuideNotInForce { guide, from: Some(day) } => {
                format!("guide “{guide}” takes force on {day}; come back then")
            }
            Refusal::GuideNotInForce { guide, from: None } => {
                format!(
                    "guide “{guide}” is not in force; see whether it is suspended, abolished or superseded"
                )
            }
            Refusal::GuideIncomplete { guide, missing } => {
                let names: Vec<_> = missing.iter().map(|name| format!("{} {}", name.en, name.zh)).collect();
                format!(
                    "guide “{guide}” lacks {}; fill it in, with “无” where there is none",
                    names.join(", ")
                )
            }
            Refusal::Guide(why) => why.text(Lang::En),
            Refusal::GuideField(why) => why.text(Lang::En),
            Refusal::User(why) => why.text(Lang::En),
            Refusal::Desk(why) => why.text(Lang::En),
            Refusal::Sample(why) => why.text(Lang::En),
            Refusal::CaseNotFound(id) => format!("there is no case “{id}” here; compare the number"),
            Refusal::Ambiguous { text, matches } => {
                format!("“{text}” fits {matches} ids; give more of it")
            }
            Refusal::UnknownAction(word) => {
                format!("there is no action “{word}”; use one of: {}", known_actions())
            }
            Refusal::Transition { state, rule } => format!(
                "rule T{}: “{}” is possible only for {}; this case is {}",
                rule.t,
                rule.action,
                possible_states(rule.action, Lang::En),
                state.words().en
            ),
            Refusal::Role { role, rule } => format!(
                "rule T{}: {} may not “{}”; that is for: {}",
                rule.t,
                role.words().en,
                rule.action,
                rule.roles.iter().map(|role| role.words().en).collect::<Vec<_>>().join(", ")
            ),
            Refusal::Custody { holder, unit, rule } => format!(
                "rule T{}: the case is held by {holder}; {unit} may not “{}”, ask the holder",
                rule.t, rule.action
            ),
            Refusal::Place { unit, rule } => format!(
                "this would break rule T{}: {unit} cannot do “{}”; that is for {}",
                rule.t,
                rule.action.words().en,
                competent_units(rule.place, Lang::En)
            ),
            Refusal::Unmet { rule, what } => {
                format!(
                    "this would break rule T{} ({}): {}",
                    rule.t,
                    rule.action.words().en,
                    what.text(Lang::En)
                )
            }
            Refusal::Material(bad) => format!(
                "“{}” of material “{}” cannot be read; write NAME|SOURCE|ORIGINALS+COPIES|checked",
                bad.part, bad.material
            ),
            Refusal::ApplicantMissing => "the applicant's name is empty; fill it in".to_owned(),
            Refusal::Identity(why) => why.text(Lang::En),
            Refusal::Number(why) => why.text(Lang::En),
            Refusal::Field { key, why } => match why {
                FieldFault::NoKey => "a field has no name; write NAME=VALUE".to_owned(),
                FieldFault::TooLong { max } => {
                    format!("field “{key}” is longer than {max} characters; shorten or attach it")
                }
                FieldFault::TooMany { max } => {
                    format!("there are more than {max} fields; give them in parts")
                }
                FieldFault::TooMuch { max } => format!(
                    "the fields together are larger than {} KiB (“{key}” is the longest); give them in parts or attach them",
                    max >> 10
                ),
                FieldFault::Control => {
                    format!("“{key}” has a line break, tab or control character in it; take it out")
                }
                FieldFault::KeyControl => {
                    format!(
                        "the field name “{key}” has a line break, tab or control character in it; take it out"
                    )
                }
                FieldFault::ValueControl => format!(
                    "field “{key}” has a control character in it; take it out, only line feeds and tabs may stand"
                ),
                FieldFault::Fixed => {
                    format!("“{key}” cannot change after registration; withdraw and register anew")
                }
            },
            Refusal::Word(why) => why.text(Lang::En),
            Refusal::NothingToCheck => {
                "there is nothing to check: only a case on an outdated guide opens a check".to_owned()
            }
        }
    }
}

/// The words of the actions that this version can do to an existing case.
fn known_actions() -> String {
    let words = Known::ALL.iter().filter(|action| **action != Known::Register);
    words.map(|action| action.word()).collect::<Vec<_>>().join(", ")
}

/// The units that a rule is for.
fn competent_units(place: Place, lang: Lang) -> &'static str {
    let words = match place {
        Place::Anywhere | Place::Registering => Words::new("任何窗口", "any window"),
        Place::Holder => Words::new("持有单位", "the unit that holds the case"),
        Place::HolderOrAgent => Words::new(
            "持有单位；申请人的联系方式和补交材料，各窗口代办员也可办理",
            "the unit that holds the case; an agent anywhere for what is the applicant's",
        ),
        Place::NotHolder => {
            Words::new("接收单位（不是现持有单位）", "the unit that takes it, which is not the holder")
        }
        Place::Accepting => {
            Words::new("受理机构或受委托的单位", "the accepting authority or a unit entrusted by it")
        }
        Place::Authority => Words::new("受理机构", "the accepting authority"),
        Place::Deciding => Words::new("办理机构", "the authority that handles the item"),
        Place::NotVillage => Words::new("镇级或县级单位", "a town or the county"),
        Place::County => Words::new("县级单位", "the county"),
    };
    words.text(lang)
}

fn possible_states(action: Known, lang: Lang) -> String {
    let mut names = Vec::new();
    for rule in crate::case::rules(action) {
        match rule.from {
            Start::Nothing => names.push(Words::new("尚未登记时", "what is not registered yet").text(lang)),
            Start::States(states) => names.extend(states.iter().map(|state| state.words().text(lang))),
            Start::Any => names.push(Words::new("任何状态", "any registered case").text(lang)),
        }
    }
    match lang {
        Lang::Zh => format!("“{}”", names.join("、")),
        Lang::En => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::rules;

    fn rule(action: Known) -> &'static Rule {
        rules(action).next().unwrap()
    }

    /// Codes are what scripts match on: this list may grow and never change.
    #[test]
    fn codes_and_sentences_stand() {
        let unit = UnitCode::parse("640202001").unwrap();
        let missing = vec![Words::new("收费依据及标准", "fees")];
        let identity = BadIdentity::Region;
        for (refusal, code, en) in [
            (Refusal::UnknownUnit(unit), "UNIT_UNKNOWN", "there is no unit 640202001; see `org list`"),
            (
                Refusal::Transition { state: State::Withdrawn, rule: rule(Known::Receive) },
                "CASE_TRANSITION",
                "rule T2: “receive” is possible only for registered; this case is withdrawn",
            ),
            (
                Refusal::Role { role: Role::Public, rule: rule(Known::Receive) },
                "CASE_ROLE",
                "rule T2: the public may not “receive”; that is for: agent, clerk",
            ),
            (
                Refusal::UnknownAction("fly".to_owned()),
                "CASE_ACTION",
                "there is no action “fly”; use one of: receive, hand_over, take_over, ask_correction, correct, return, refuse, \
                 accept, accept_omissions, accept_commitment, handle, review, send_back, start_special, end_special, \
                 decide, conclude, issue, deliver, archive, withdraw, confirm_withdrawal, decline_withdrawal, void, \
                 forward, on_the_spot, note, supplement, rate, check, redo, settle, verify_rating, rectify_rating, \
                 answer_rating, call_back, appeal_rating, review_rating, confirm_card, appeal_card, withdraw_card, \
                 exempt_card, print",
            ),
            (
                Refusal::GuideIncomplete { guide: "A1".to_owned(), missing },
                "GUIDE_INCOMPLETE",
                "guide “A1” lacks fees 收费依据及标准; fill it in, with “无” where there is none",
            ),
            (Refusal::from(identity), "ID_REGION", identity.to_string().as_str()),
        ] {
            assert_eq!((refusal.code(), refusal.to_string().as_str()), (code, en));
        }
    }

    #[test]
    fn chinese_names_the_rule_too() {
        let refusal = Refusal::Transition { state: State::Archived, rule: rule(Known::Withdraw) };
        let text = "违反规则 T22：“撤回”只能在“登记、已收件、待补正、已受理、审查中、特别程序”办理，本办件为“已归档”";
        assert_eq!(refusal.text(Lang::Zh), text);
        let wrong = Refusal::WrongTier { unit: UnitCode::parse("640202").unwrap(), wanted: Tier::Town };
        assert_eq!(wrong.text(Lang::Zh), "640202 不是镇级单位，此操作只能由镇级单位办理");
    }
}
