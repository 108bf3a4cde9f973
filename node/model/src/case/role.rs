//! The roles of people (DOMAIN §1).
//!
//! Knows no user and no unit; a user's roles come from the unit's staff document.

use super::action::Known;
use super::rule;
use crate::lang::worded;

worded! {
    pub enum Role ("角色", "role") {
        Agent = "agent", "代办员", "agent";
        Clerk = "clerk", "受理员", "clerk";
        Handler = "handler", "承办人", "handler";
        Reviewer = "reviewer", "审核人", "reviewer";
        Decider = "decider" | "首席代表", "决定人", "decider";
        Issuer = "issuer", "出件员", "issuer";
        Archivist = "archivist", "档案员", "archivist";
        GuideEditor = "guide_editor", "指南编制员", "guide editor";
        GuideApprover = "guide_approver", "指南审定员", "guide approver";
        Supervisor = "supervisor", "监察员", "supervisor";
        ComplaintsOfficer = "complaints_officer", "投诉专员", "complaints officer";
        Caller = "caller", "回访员", "caller";
        Administrator = "administrator", "系统管理员", "administrator";
        Public = "public", "公众", "the public";
    }
}

impl Role {
    /// Whether some rule of DOMAIN §3.2 lets this role act so on a case.
    pub fn may(self, action: Known) -> bool {
        rule::of(action).any(|rule| rule.roles.contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_those_of_the_table() {
        assert!(Role::Agent.may(Known::Receive) && Role::Clerk.may(Known::Receive));
        assert!(Role::Public.may(Known::Register) && !Role::Public.may(Known::Receive));
        assert!(!Role::Agent.may(Known::Decide) && Role::Decider.may(Known::Decide));
        assert!(Known::ALL.iter().all(|action| !Role::GuideEditor.may(*action)));
    }
}
