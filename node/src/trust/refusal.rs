//! Why an enrolment does not happen: what the county refuses, and what goes wrong for the box that asks.
//!
//! Sentences for the person who stands at the new box. Knows no connection.

use sanji_model::lang::{Lang, Say};

use super::enrol::Refused;

/// Why the county (or a town on the way) refuses a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinRefusal {
    /// No invitation with this token, or one that was withdrawn.
    TokenUnknown,
    /// By the county's clock.
    Expired,
    /// By another box. The same box may ask again, since an answer can be lost on the way.
    UsedAlready,
    UnitUnknown,
    /// Another node already sits in the unit and was not revoked.
    UnitTaken,
    /// Changed on the way, or made with a key that the sender does not have.
    Tampered,
    Unreadable,
    /// The town that was asked cannot reach the county.
    RootUnreachable,
    /// Too many at once.
    Busy,
}

impl JoinRefusal {
    pub const ALL: [JoinRefusal; 9] = [
        JoinRefusal::TokenUnknown,
        JoinRefusal::Expired,
        JoinRefusal::UsedAlready,
        JoinRefusal::UnitUnknown,
        JoinRefusal::UnitTaken,
        JoinRefusal::Tampered,
        JoinRefusal::Unreadable,
        JoinRefusal::RootUnreachable,
        JoinRefusal::Busy,
    ];

    /// English, Chinese.
    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            JoinRefusal::TokenUnknown => (
                "the county knows no invitation with this token; ask for a new one (`sanji invite`)",
                "县级中心没有与该令牌对应的邀请。请重新索取令牌（sanji invite）",
            ),
            JoinRefusal::Expired => (
                "the token has expired; ask for a new one (`sanji invite`)",
                "令牌已过期。请重新索取令牌（sanji invite）",
            ),
            JoinRefusal::UsedAlready => (
                "the token was already used by another machine; ask for a new one, and tell the county if nobody else should have it",
                "令牌已被另一台机器使用。请重新索取令牌；如不应有他人持有，请告知县级中心",
            ),
            JoinRefusal::UnitUnknown => (
                "the county's directory has no such unit; have it added (`sanji org import`) and try again",
                "县级名录中没有该单位。请先添加单位（sanji org import）再试",
            ),
            JoinRefusal::UnitTaken => (
                "the unit already has a node; revoke the old one first (`sanji revoke`)",
                "该单位已有节点。请先注销旧节点（sanji revoke）",
            ),
            JoinRefusal::Tampered => (
                "the request was changed on its way; try from another network and tell the county",
                "请求在途中被改动。请换一个网络再试，并告知县级中心",
            ),
            JoinRefusal::Unreadable => (
                "the request could not be read; update this program and try again",
                "无法识别该请求。请升级本程序后再试",
            ),
            JoinRefusal::RootUnreachable => (
                "the town cannot reach the county at the moment; try again later, or give the county's address (`--parent`)",
                "镇级节点目前无法连接县级中心。请稍后再试，或指定县级地址（--parent）",
            ),
            JoinRefusal::Busy => (
                "too many machines are joining at once; try again in a minute",
                "同时加入的机器过多。请一分钟后再试",
            ),
        }
    }
}

impl Say for JoinRefusal {
    fn code(&self) -> &'static str {
        match self {
            JoinRefusal::TokenUnknown => "JOIN_TOKEN_UNKNOWN",
            JoinRefusal::Expired => "JOIN_EXPIRED",
            JoinRefusal::UsedAlready => "JOIN_USED",
            JoinRefusal::UnitUnknown => "JOIN_UNIT_UNKNOWN",
            JoinRefusal::UnitTaken => "JOIN_UNIT_TAKEN",
            JoinRefusal::Tampered => "JOIN_TAMPERED",
            JoinRefusal::Unreadable => "JOIN_UNREADABLE",
            JoinRefusal::RootUnreachable => "JOIN_ROOT_UNREACHABLE",
            JoinRefusal::Busy => "JOIN_BUSY",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let (en, zh) = self.sentences();
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
        .to_owned()
    }
}

/// Why a box is not enrolled.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnrolError {
    #[error("{}", .0.en)]
    Refused(Refused),
    /// Whoever answered is not of the county that the token names.
    #[error("the machine that answered belongs to another county's authority")]
    OtherAuthority,
    /// No address answered; the last one tried and why it did not.
    #[error("{address} cannot be reached: {why}")]
    Unreachable { address: String, why: String },
    #[error("{address} did not answer within {seconds} seconds")]
    TimedOut { address: String, seconds: u64 },
    #[error("the answer cannot be used: {0}")]
    BadReply(&'static str),
    #[error("this machine cannot open a network socket: {0}")]
    Socket(String),
}

impl Say for EnrolError {
    /// A refusal has the county's code if this program knows it, else `JOIN_REFUSED`.
    fn code(&self) -> &'static str {
        match self {
            EnrolError::Refused(refused) => {
                let known = JoinRefusal::ALL.into_iter().find(|why| why.code() == refused.code);
                known.map_or("JOIN_REFUSED", |why| why.code())
            }
            EnrolError::OtherAuthority => "JOIN_OTHER_AUTHORITY",
            EnrolError::Unreachable { .. } => "JOIN_UNREACHABLE",
            EnrolError::TimedOut { .. } => "JOIN_TIMED_OUT",
            EnrolError::BadReply(_) => "JOIN_BAD_REPLY",
            EnrolError::Socket(_) => "JOIN_SOCKET",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let (zh, todo) = match self {
            EnrolError::Refused(refused) => (refused.zh.clone(), ""),
            EnrolError::OtherAuthority => (
                "应答的机器属于另一个县级机构。请检查地址，或重新索取令牌".to_owned(),
                "; check the address, or ask for a new token",
            ),
            EnrolError::Unreachable { address, .. } => (
                format!("无法连接 {address}。请检查网络、地址和防火墙（UDP）"),
                "; check the network, the address and the firewall (UDP)",
            ),
            EnrolError::TimedOut { address, seconds } => (
                format!("{address} 在 {seconds} 秒内没有应答。请检查网络和防火墙（UDP），然后再试"),
                "; check the network and the firewall (UDP), then try again",
            ),
            EnrolError::BadReply(_) => (
                "应答无效，未予采用。请换一个网络再试，并告知县级中心".to_owned(),
                "; try from another network and tell the county",
            ),
            EnrolError::Socket(_) => {
                ("本机无法打开网络端口。请检查网络设置".to_owned(), "; check the network settings")
            }
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => format!("{self}{todo}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_known_refusals_keep_theirs_over_the_wire() {
        for (n, why) in JoinRefusal::ALL.into_iter().enumerate() {
            assert!(JoinRefusal::ALL[n + 1..].iter().all(|other| other.code() != why.code()));
            let arrived = EnrolError::Refused(why.into());
            assert_eq!(arrived.code(), why.code());
            assert_eq!(
                (arrived.text(Lang::En), arrived.text(Lang::Zh)),
                (why.text(Lang::En), why.text(Lang::Zh))
            );
        }
        let newer = Refused { code: "JOIN_MOON".to_owned(), en: "wait".to_owned(), zh: "等".to_owned() };
        assert_eq!(EnrolError::Refused(newer).code(), "JOIN_REFUSED");
    }
}
