//! Whether an event of a complaint or an enquiry counts, and if not, why.

use super::not_done::NotDone;
use crate::case::{EventId, Flag};
use crate::lang::Lang;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Counted,
    Not(Why),
}

/// Why an event does not count. `rule` is the code of the rule that it broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// 超权限: the role, the unit or the person was not competent.
    OverAuthority { rule: &'static str },
    /// 逆程序: not possible as it stood.
    ReverseProcedure { rule: &'static str },
    /// What the rule demands to be given was not.
    Unmet { rule: &'static str },
    /// Done in two places at once to the same effect; the other one counts.
    SameAs(EventId),
    /// Two places acted apart and the other one goes first.
    Against(EventId),
    /// Somebody who had seen both settled it in favour of the other.
    Settled(EventId),
    /// It settled a dispute for a side that does not count without the other one either.
    Futile(EventId),
    /// What somebody else did apart from it went first, and left no room for it.
    Overtaken(EventId),
    /// An action that this version does not know.
    NewerVersion,
    /// It claims to have seen what came after it.
    Circular,
}

/// Two events of which neither had seen the other and that exclude each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dispute {
    pub stands: EventId,
    pub other: EventId,
}

impl Verdict {
    /// What is said of it beside the event.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Verdict::Counted, Lang::Zh) => "有效".to_owned(),
            (Verdict::Counted, Lang::En) => "counted".to_owned(),
            (Verdict::Not(why), Lang::Zh) => format!("未计入：{}", why.zh()),
            (Verdict::Not(why), Lang::En) => format!("not counted: {}", why.en()),
        }
    }
}

impl Why {
    /// What the fold makes of what a person would be told.
    pub(super) fn of(why: &NotDone, rule: &'static str) -> Why {
        match why {
            NotDone::UnknownAction { .. } => Why::NewerVersion,
            NotDone::Role { .. }
            | NotDone::Holder { .. }
            | NotDone::Person { .. }
            | NotDone::CountyOnly { .. }
            | NotDone::OutOfReach { .. } => Why::OverAuthority { rule },
            NotDone::Field { .. } => Why::Unmet { rule },
            NotDone::State { .. }
            | NotDone::ReturnsUsedUp { .. }
            | NotDone::AssignTooEarly { .. }
            | NotDone::AssignedForGood { .. }
            | NotDone::Again { .. }
            | NotDone::Satisfied { .. }
            | NotDone::NoDispute { .. }
            | NotDone::Futile { .. }
            | NotDone::NoCard { .. }
            | NotDone::NobodyThere { .. }
            | NotDone::NotFound(_) => Why::ReverseProcedure { rule },
        }
    }

    /// What it raises. Two that exclude each other raise a dispute until it is settled, not this.
    pub(super) fn flag(&self) -> Option<Flag> {
        match self {
            Why::OverAuthority { .. } => Some(Flag::OverAuthority),
            Why::ReverseProcedure { .. } | Why::Unmet { .. } | Why::Circular => Some(Flag::ReverseProcedure),
            Why::NewerVersion => Some(Flag::NewerVersion),
            Why::Against(_) | Why::SameAs(_) | Why::Settled(_) | Why::Futile(_) | Why::Overtaken(_) => None,
        }
    }

    fn zh(&self) -> String {
        match self {
            Why::OverAuthority { rule } => format!("超权限（{rule}）"),
            Why::ReverseProcedure { rule } => format!("逆程序（{rule}）"),
            Why::Unmet { rule } => format!("不符合 {rule} 的条件"),
            Why::SameAs(other) => format!("两处同时办理，以 {other} 为准"),
            Why::Against(other) => format!("与 {other} 冲突，后者优先"),
            Why::Settled(by) => format!("已由 {by} 裁定不采用"),
            Why::Overtaken(by) => format!("当时尚不知 {by}，该事件在先，本事件已无从办理"),
            Why::Futile(side) => format!("所支持的 {side} 本身不能计入"),
            Why::NewerVersion => "由更新的版本写入".to_owned(),
            Why::Circular => "先后顺序自相矛盾".to_owned(),
        }
    }

    fn en(&self) -> String {
        match self {
            Why::OverAuthority { rule } => format!("over authority ({rule})"),
            Why::ReverseProcedure { rule } => format!("reverse procedure ({rule})"),
            Why::Unmet { rule } => format!("what {rule} asks for is missing"),
            Why::SameAs(other) => format!("done in two places at once, {other} counts"),
            Why::Against(other) => format!("against {other}, which goes first"),
            Why::Settled(by) => format!("{by} settled the dispute against it"),
            Why::Overtaken(by) => format!("overtaken by {by}, which its writer had not seen"),
            Why::Futile(side) => format!("{side}, which it is for, cannot count"),
            Why::NewerVersion => "written by a newer version".to_owned(),
            Why::Circular => "it claims to have seen what came after it".to_owned(),
        }
    }
}
