//! Why a step of a complaint or an enquiry is not possible: a code, and a sentence that says what to do.
//!
//! Knows no table: rules and states come as their names.

use sanji_sync::UnitCode;

use super::rule::Named;
use crate::case::Role;
use crate::lang::{Lang, Say, Words, say_in_english};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotDone {
    /// No such word; `known` are those that would do.
    UnknownAction {
        word: String,
        known: String,
    },
    /// Not in the state that it is in. None is what was never registered.
    State {
        rule: Named,
        state: Option<Words>,
        from: Vec<Words>,
    },
    Role {
        rule: Named,
        role: Role,
        roles: &'static [Role],
    },
    /// For the unit that holds it now, or that it was handed to.
    Holder {
        rule: Named,
        holder: UnitCode,
        unit: UnitCode,
    },
    /// For the person that it was handed to.
    Person {
        rule: Named,
        user: String,
    },
    CountyOnly {
        rule: Named,
        unit: UnitCode,
    },
    /// A field is missing or is not what it has to be.
    Field {
        rule: Named,
        key: &'static str,
        zh: String,
        en: String,
    },
    /// It was returned as often as it may be: the county assigns it for good.
    ReturnsUsedUp {
        rule: Named,
        max: u32,
    },
    /// It can still be returned and dispatched in the ordinary way.
    AssignTooEarly {
        rule: Named,
        max: u32,
    },
    /// What the county assigned for good is not returned.
    AssignedForGood {
        rule: Named,
    },
    /// Once only.
    Again {
        rule: Named,
    },
    /// Only for somebody whom the call-back found not satisfied.
    Satisfied {
        rule: Named,
    },
    /// There is no open dispute with this event in it.
    NoDispute {
        rule: Named,
    },
    /// The side that is settled for would not count without the other one either.
    Futile {
        rule: Named,
    },
    /// It has no such card.
    NoCard {
        rule: Named,
    },
    /// No such person works at that unit.
    NobodyThere {
        user: String,
        unit: UnitCode,
    },
    /// A unit that does not hold the document, nor ever will.
    OutOfReach {
        unit: UnitCode,
        owner: UnitCode,
    },
    /// Nothing here has this number.
    NotFound(String),
}

impl Say for NotDone {
    fn code(&self) -> &'static str {
        match self {
            NotDone::UnknownAction { .. } => "DESK_ACTION",
            NotDone::State { .. } => "DESK_STATE",
            NotDone::Role { .. } => "DESK_ROLE",
            NotDone::Holder { .. } => "DESK_HOLDER",
            NotDone::Person { .. } => "DESK_PERSON",
            NotDone::CountyOnly { .. } => "DESK_COUNTY_ONLY",
            NotDone::Field { .. } => "DESK_FIELD",
            NotDone::ReturnsUsedUp { .. } => "DESK_RETURNS_USED_UP",
            NotDone::AssignTooEarly { .. } => "DESK_ASSIGN_TOO_EARLY",
            NotDone::AssignedForGood { .. } => "DESK_ASSIGNED_FOR_GOOD",
            NotDone::Again { .. } => "DESK_AGAIN",
            NotDone::Satisfied { .. } => "DESK_SATISFIED",
            NotDone::NoDispute { .. } => "DESK_NO_DISPUTE",
            NotDone::Futile { .. } => "DESK_FUTILE",
            NotDone::NoCard { .. } => "DESK_NO_CARD",
            NotDone::NobodyThere { .. } => "DESK_NOBODY_THERE",
            NotDone::OutOfReach { .. } => "DESK_OUT_OF_REACH",
            NotDone::NotFound(_) => "DESK_NOT_FOUND",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }
}

say_in_english!(NotDone);

impl NotDone {
    /// Whether it was possible but for what somebody else did.
    pub(super) fn depends_on_others(&self) -> bool {
        matches!(self, NotDone::State { .. } | NotDone::Holder { .. })
    }

    fn zh(&self) -> String {
        let broken = |rule: &Named| format!("违反规则 {}：“{}”", rule.code, rule.action.zh);
        match self {
            NotDone::UnknownAction { word, known } => format!("没有“{word}”这个动作，可用：{known}"),
            NotDone::State { rule, state, from } => {
                let from: Vec<&str> = from.iter().map(|words| words.zh).collect();
                let state = state.map_or("未登记", |words| words.zh);
                format!("{}只能在“{}”时办理，现为“{state}”", broken(rule), from.join("、"))
            }
            NotDone::Role { rule, role, roles } => {
                let roles: Vec<&str> = roles.iter().map(|role| role.words().zh).collect();
                let (broken, role) = (broken(rule), role.words().zh);
                format!("{broken}应由{}办理，{role}不能办理", roles.join("、"))
            }
            NotDone::Holder { rule, holder, unit } => {
                format!("{}应由 {holder} 办理，{unit} 不能办理，请由该单位办理", broken(rule))
            }
            NotDone::Person { rule, user } => {
                format!("{}应由“{user}”办理", broken(rule))
            }
            NotDone::CountyOnly { rule, unit } => {
                format!("{}只能由县级单位办理，{unit} 不是县级单位", broken(rule))
            }
            NotDone::Field { rule, key, zh, .. } => {
                format!("{}要填写 {key}：{zh}", broken(rule))
            }
            NotDone::ReturnsUsedUp { rule, max } => {
                format!("{}不能再办理：已退单 {max} 次，请由县级投诉专员用 assign 指定办理", broken(rule))
            }
            NotDone::AssignTooEarly { rule, max } => {
                format!("{}要在退单满 {max} 次后办理，现请用 dispatch 派单", broken(rule))
            }
            NotDone::AssignedForGood { rule } => {
                format!("{}不能办理：县级已指定办理，不能退单，请签收", broken(rule))
            }
            NotDone::Again { rule } => format!("{}只能办理一次，已经办理过", broken(rule)),
            NotDone::Satisfied { rule } => {
                format!("{}只用于回访不满意的，请用 archive 归档", broken(rule))
            }
            NotDone::NoDispute { rule } => {
                format!("{}不能办理：该事件不在未裁定的争议中，请核对 stands", broken(rule))
            }
            NotDone::Futile { rule } => {
                format!("{}不能办理：该方本身不符合规则，即使裁定也不能计入，请裁定另一方有效", broken(rule))
            }
            NotDone::NoCard { rule } => format!("{}不能办理：没有这张督办，请核对 card", broken(rule)),
            NotDone::NobodyThere { user, unit } => {
                format!("{unit} 没有在用的用户“{user}”：请核对用户名，或不填而只交给该单位")
            }
            NotDone::OutOfReach { unit, owner } => {
                format!(
                    "{unit} 收不到 {owner} 的投诉和咨询：只能派给 {owner} 或其上级，请改派，或另行登记到该单位"
                )
            }
            NotDone::NotFound(text) => format!("本机没有编号为“{text}”的投诉或咨询，请核对编号"),
        }
    }

    fn en(&self) -> String {
        let broken = |rule: &Named| format!("rule {}: “{}”", rule.code, rule.action.en);
        match self {
            NotDone::UnknownAction { word, known } => {
                format!("there is no action “{word}”; use one of: {known}")
            }
            NotDone::State { rule, state, from } => {
                let from: Vec<&str> = from.iter().map(|words| words.en).collect();
                let state = state.map_or("not registered", |words| words.en);
                format!("{} is possible only for: {}; this is {state}", broken(rule), from.join(", "))
            }
            NotDone::Role { rule, role, roles } => {
                let roles: Vec<&str> = roles.iter().map(|role| role.words().en).collect();
                let (broken, role) = (broken(rule), role.words().en);
                format!("{broken} is for: {}; not for {role}", roles.join(", "))
            }
            NotDone::Holder { rule, holder, unit } => {
                format!("{} is for {holder}; not for {unit}, ask that unit", broken(rule))
            }
            NotDone::Person { rule, user } => format!("{} is for “{user}”", broken(rule)),
            NotDone::CountyOnly { rule, unit } => {
                format!("{} is for the county; {unit} has to leave it to the county", broken(rule))
            }
            NotDone::Field { rule, key, en, .. } => {
                format!("{} needs {key}, {en}", broken(rule))
            }
            NotDone::ReturnsUsedUp { rule, max } => {
                format!(
                    "{} ends after {max} returns; the county's complaints officer has to assign it",
                    broken(rule)
                )
            }
            NotDone::AssignTooEarly { rule, max } => {
                format!("{} comes after {max} returns; use dispatch until then", broken(rule))
            }
            NotDone::AssignedForGood { rule } => {
                format!("{} is not possible: the county has assigned it for good; sign for it", broken(rule))
            }
            NotDone::Again { rule } => format!("{} is done once only, and it was done", broken(rule)),
            NotDone::Satisfied { rule } => {
                format!("{} is only for somebody who was not satisfied; archive it", broken(rule))
            }
            NotDone::NoDispute { rule } => {
                format!("{} is for an event in an open dispute; compare `stands`", broken(rule))
            }
            NotDone::Futile { rule } => format!(
                "{}: that side would not count even so, for the rules do not allow it; settle for the other side",
                broken(rule)
            ),
            NotDone::NoCard { rule } => format!("{}: there is no such card; compare `card`", broken(rule)),
            NotDone::NobodyThere { user, unit } => {
                format!("nobody called “{user}” works at {unit}: compare the name, or leave it to the unit")
            }
            NotDone::OutOfReach { unit, owner } => {
                format!(
                    "{unit} never gets what belongs to {owner}: name {owner} or a unit above it, or register it anew for that unit"
                )
            }
            NotDone::NotFound(text) => {
                format!("there is no complaint or enquiry “{text}” here; compare the number")
            }
        }
    }
}
