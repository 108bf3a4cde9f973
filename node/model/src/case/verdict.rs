//! What becomes of an event, and why one does not count.
//!
//! Knows no state; `fold` reaches the verdicts.

use super::event::EventId;
use super::flag::Flag;
use super::unmet::Unmet;
use crate::lang::{Lang, Say};

/// Whether an event counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Counted,
    Not(Why),
}

/// Why an event does not count. `t` is the rule of DOMAIN §3.2 that it broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// 超权限: the role or unit was not competent.
    OverAuthority { t: u8 },
    /// 逆程序: not possible in the state the case was in, or a stage before it is missing.
    ReverseProcedure { t: u8 },
    /// A condition of the rule was not met.
    Unmet { t: u8, what: Unmet },
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
    /// An action that this version does not know the effect of.
    NewerVersion,
    /// It claims to have seen what came after it.
    Circular,
}

impl Verdict {
    /// What is said of it beside the event.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Verdict::Counted, Lang::Zh) => "有效".to_owned(),
            (Verdict::Counted, Lang::En) => "counted".to_owned(),
            (Verdict::Not(why), lang) => why.text(lang),
        }
    }
}

impl Why {
    fn text(&self, lang: Lang) -> String {
        let lead = match lang {
            Lang::Zh => "未计入：",
            Lang::En => "not counted: ",
        };
        let why = match (self, lang) {
            (Why::OverAuthority { t }, Lang::Zh) => format!("超权限（T{t}）"),
            (Why::OverAuthority { t }, Lang::En) => format!("over authority (T{t})"),
            (Why::ReverseProcedure { t }, Lang::Zh) => format!("逆程序（T{t}）"),
            (Why::ReverseProcedure { t }, Lang::En) => format!("reverse procedure (T{t})"),
            (Why::Unmet { t, what }, Lang::Zh) => format!("不符合 T{t} 的条件：{}", what.text(lang)),
            (Why::Unmet { t, what }, Lang::En) => format!("T{t} is not met: {}", what.text(lang)),
            (Why::SameAs(other), Lang::Zh) => format!("两处同时办理，以 {other} 为准"),
            (Why::SameAs(other), Lang::En) => format!("done in two places at once, {other} counts"),
            (Why::Against(other), Lang::Zh) => format!("与 {other} 冲突，后者优先"),
            (Why::Against(other), Lang::En) => format!("against {other}, which goes first"),
            (Why::Settled(by), Lang::Zh) => format!("已由 {by} 裁定不采用"),
            (Why::Settled(by), Lang::En) => format!("{by} settled the dispute against it"),
            (Why::Overtaken(by), Lang::Zh) => format!("当时尚不知 {by}，该事件在先，本事件已无从办理"),
            (Why::Overtaken(by), Lang::En) => format!("overtaken by {by}, which its writer had not seen"),
            (Why::Futile(side), Lang::Zh) => format!("所支持的 {side} 本身不能计入"),
            (Why::Futile(side), Lang::En) => format!("{side}, which it is for, cannot count"),
            (Why::NewerVersion, Lang::Zh) => "由更新的版本写入".to_owned(),
            (Why::NewerVersion, Lang::En) => "written by a newer version".to_owned(),
            (Why::Circular, Lang::Zh) => "先后顺序自相矛盾".to_owned(),
            (Why::Circular, Lang::En) => "it claims to have seen what came after it".to_owned(),
        };
        format!("{lead}{why}")
    }

    /// What it raises. Two that exclude each other raise a dispute until it is settled, not this.
    pub fn flag(&self) -> Option<Flag> {
        match self {
            Why::OverAuthority { .. } => Some(Flag::OverAuthority),
            Why::Unmet { what: Unmet::SecondNotice, .. } => Some(Flag::SecondNotice),
            Why::Unmet { what: Unmet::SamePerson(_), .. } => Some(Flag::SamePerson),
            Why::Unmet { t: 7, .. } => Some(Flag::RefusalWithoutReason),
            Why::ReverseProcedure { .. } | Why::Unmet { .. } | Why::Circular => Some(Flag::ReverseProcedure),
            Why::NewerVersion => Some(Flag::NewerVersion),
            Why::Against(_) | Why::SameAs(_) | Why::Settled(_) | Why::Futile(_) | Why::Overtaken(_) => None,
        }
    }
}
