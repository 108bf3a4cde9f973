//! What people of a unit could do to a case now, so that a page offers a form for that and for nothing else.
//!
//! A form can still be refused: what it brings is checked when it is sent ([`Case::decide`]). Knows no form.

use std::collections::BTreeMap;

use sanji_sync::{Time, UnitCode};
use serde::Serialize;

use super::Case;
use super::action::{Action, Known};
use super::event::{By, Event, EventId};
use super::role::Role;
use super::rule;

/// An action that is possible now, and for which of the roles.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offer {
    pub action: Known,
    pub roles: Vec<Role>,
}

impl Case {
    /// What can be done at `unit` now, in the order of the table: state and place allow it, and nothing stands against it
    /// that no form could change.
    pub fn offers(&self, unit: UnitCode, at: Time) -> Vec<Offer> {
        let offer = |action: &Known| {
            let rule = rule::apply(*action, self.folded.state).ok()?;
            let roles = rule.roles.iter().filter(|role| self.is_open(rule, unit, **role, at));
            let roles: Vec<Role> = roles.copied().collect();
            (!roles.is_empty()).then_some(Offer { action: *action, roles })
        };
        Known::ALL.iter().filter_map(offer).collect()
    }

    fn is_open(&self, rule: &rule::Rule, unit: UnitCode, role: Role, at: Time) -> bool {
        let id: EventId = "offer".parse().expect("letters name an event");
        let by = By { unit, node: String::new(), user: None, instead_of: None, role };
        let action = Action::Known(rule.action);
        let event = Event { id, at, action, by, seen: self.folded.heads.clone(), fields: BTreeMap::new() };
        let setting = self.setting();
        self.folded.competent(rule, &event, &setting).is_ok()
            && rule.guards.iter().all(|guard| match guard.check(&self.folded, &setting, &event) {
                Ok(()) => true,
                Err(unmet) => !unmet.stands_whatever_is_said(),
            })
    }
}
