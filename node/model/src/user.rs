//! People who act at nodes: each with an id, a unit and roles (DOMAIN §1).
//!
//! Knows no password and no session; a node is answerable for who sits at it, the directory for what they may.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sanji_sync::UnitCode;
use serde::{Deserialize, Serialize};

use crate::case::Role;
use crate::lang::{Lang, Say, say_in_english};

/// A login name: 2 to 32 lower-case letters, digits, `.`, `-` and `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The first user of a county.
    pub fn admin() -> UserId {
        UserId("admin".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that cannot be a login name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadUserId(pub String);

impl Say for BadUserId {
    fn code(&self) -> &'static str {
        "USER_ID"
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("“{}”不能作用户名：请用 2 至 32 位小写字母、数字、点、横线或下划线", self.0),
            Lang::En => format!(
                "“{}” cannot be a user id: use 2 to 32 lower-case letters, digits, dots, hyphens or underscores",
                self.0
            ),
        }
    }
}

say_in_english!(BadUserId);

impl FromStr for UserId {
    type Err = BadUserId;

    fn from_str(text: &str) -> Result<UserId, BadUserId> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        let fits = (2..=32).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(UserId(text.to_owned())) } else { Err(BadUserId(text.chars().take(40).collect())) }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<UserId, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A person with what they may do, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub name: String,
    /// Acts at nodes of this unit only.
    pub unit: UnitCode,
    pub roles: BTreeSet<Role>,
    /// A disabled one acts no more; what was done before stands.
    pub disabled: bool,
    /// The deputy (B岗) of this post: while its holder (A岗) is absent they act in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<UserId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

impl User {
    /// Whom `init` makes: administrator of the county, with all roles that guides need.
    pub fn first(county: UnitCode) -> User {
        User {
            id: UserId::admin(),
            name: Role::Administrator.words().zh.to_owned(),
            unit: county,
            roles: [Role::Administrator, Role::GuideEditor, Role::GuideApprover].into(),
            disabled: false,
            deputy: None,
            absent: false,
        }
    }
}

/// Why somebody may not act here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotUser {
    Id(BadUserId),
    Unknown(UserId),
    Disabled(UserId),
    /// A user acts at nodes of their own unit.
    Elsewhere {
        user: UserId,
        unit: UnitCode,
    },
    /// Only an administrator of the county may do this.
    NotAdministrator,
    /// Only who has one of these roles may do this.
    Lacks(&'static [Role]),
    /// The county would have no administrator any more.
    LastAdministrator,
}

impl Say for NotUser {
    fn code(&self) -> &'static str {
        match self {
            NotUser::Id(why) => why.code(),
            NotUser::Unknown(_) => "USER_UNKNOWN",
            NotUser::Disabled(_) => "USER_DISABLED",
            NotUser::Elsewhere { .. } => "USER_UNIT",
            NotUser::NotAdministrator | NotUser::Lacks(_) => "USER_ROLE",
            NotUser::LastAdministrator => "USER_LAST",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (NotUser::Id(why), lang) => why.text(lang),
            (NotUser::Unknown(id), Lang::Zh) => format!("没有用户“{id}”，请用 user list 查看"),
            (NotUser::Unknown(id), Lang::En) => format!("there is no user “{id}”; see `user list`"),
            (NotUser::Disabled(id), Lang::Zh) => format!("用户“{id}”已停用，请换用其他用户"),
            (NotUser::Disabled(id), Lang::En) => format!("user “{id}” is disabled; name another one"),
            (NotUser::Elsewhere { user, unit }, Lang::Zh) => {
                format!("用户“{user}”属于 {unit}，请在该机构的节点上操作")
            }
            (NotUser::Elsewhere { user, unit }, Lang::En) => {
                format!("user “{user}” belongs to {unit}; act at a node of that unit")
            }
            (NotUser::NotAdministrator, Lang::Zh) => "此操作须由县级系统管理员办理".to_owned(),
            (NotUser::NotAdministrator, Lang::En) => "this is for an administrator of the county".to_owned(),
            (NotUser::Lacks(roles), Lang::Zh) => {
                let names: Vec<&str> = roles.iter().map(|role| role.words().zh).collect();
                format!("此操作须由本单位{}办理", names.join("或"))
            }
            (NotUser::Lacks(roles), Lang::En) => {
                let names: Vec<&str> = roles.iter().map(|role| role.words().en).collect();
                format!("this is for one of this unit with a role of {}", names.join(", "))
            }
            (NotUser::LastAdministrator, Lang::Zh) => "县里至少要有一名系统管理员，请先指定另一人".to_owned(),
            (NotUser::LastAdministrator, Lang::En) => {
                "the county needs one administrator at least; make somebody else one first".to_owned()
            }
        }
    }
}

say_in_english!(NotUser);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_short_and_plain() {
        for good in ["li", "wang.xm", "a_1-b"] {
            assert_eq!(good.parse::<UserId>().unwrap().as_str(), good);
        }
        for bad in ["", "l", "Li", "王", "a b", &"x".repeat(33)] {
            assert_eq!(bad.parse::<UserId>().unwrap_err().code(), "USER_ID", "{bad}");
        }
    }
}
