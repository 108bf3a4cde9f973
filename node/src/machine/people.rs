//! Users: adding, listing, disabling; and in what capacity somebody acts on guides.
//!
//! Only the county's node writes the directory. The node that a person sits at is answerable for who they are.

use std::collections::BTreeSet;

use sanji_model::audit::Deed;
use sanji_model::calendar::Calendar;
use sanji_model::case::{By, Role};
use sanji_model::directory::{self, put_user};
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use sanji_model::user::{NotUser, User, UserId};
use sanji_sync::{Scope, Time};
use serde_json::{Value, json};

use super::cases::unit_code;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// What is asked about a new user, or one that is changed.
pub(super) struct NewUser {
    pub id: String,
    pub name: String,
    pub unit: String,
    pub roles: Vec<String>,
    /// Who acts in their place while they are absent.
    pub deputy: Option<String>,
}

impl Machine {
    pub(super) fn user_add(
        &mut self,
        now: Time,
        new: NewUser,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let unit = unit_code(&new.unit)?;
        self.directory.organisation.require(&unit)?;
        let roles: Result<BTreeSet<Role>, _> = new.roles.iter().map(|word| word.parse()).collect();
        let user = User {
            id: new.id.parse().map_err(NotUser::Id).map_err(Rule::User)?,
            name: new.name.trim().to_owned(),
            unit,
            roles: roles.map_err(Rule::Word)?,
            disabled: false,
            deputy: new.deputy.map(|id| id.parse()).transpose().map_err(NotUser::Id).map_err(Rule::User)?,
            absent: false,
        };
        self.keep_an_administrator(&user)?;
        let deed = match self.directory.user(&user.id) {
            None => Deed::UserAdd,
            Some(_) => Deed::UserChange,
        };
        self.put_user(now, &user, (by, deed), steps)
    }

    pub(super) fn user_disable(
        &mut self,
        now: Time,
        id: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let id: UserId = id.parse().map_err(NotUser::Id).map_err(Rule::User)?;
        let known = self.directory.user(&id).ok_or(Rule::User(NotUser::Unknown(id)))?;
        let user = User { disabled: true, ..known };
        self.keep_an_administrator(&user)?;
        self.put_user(now, &user, (by, Deed::UserDisable), steps)
    }

    /// A post is left to its deputy, or taken again. The holder's own unit says so, through an administrator.
    pub(super) fn user_absent(
        &mut self,
        now: Time,
        id: &str,
        absent: bool,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let id: UserId = id.parse().map_err(NotUser::Id).map_err(Rule::User)?;
        let known = self.directory.user(&id).ok_or(Rule::User(NotUser::Unknown(id)))?;
        let deed = if absent { Deed::UserAbsent } else { Deed::UserPresent };
        self.put_user(now, &User { absent, ..known }, (by, deed), steps)
    }

    /// The absent colleague in whose place `deputy` may act in one of `roles`.
    pub(super) fn stands_in_for(
        &self,
        deputy: &User,
        may: impl Fn(&&Role) -> bool,
    ) -> Option<(UserId, Role)> {
        let posts = self.directory.users.values().filter(|user| {
            user.absent
                && !user.disabled
                && user.unit == deputy.unit
                && user.deputy.as_ref() == Some(&deputy.id)
        });
        let mut fitting =
            posts.filter_map(|user| Some((user.id.clone(), *user.roles.iter().find(|role| may(role))?)));
        fitting.next()
    }

    pub(super) fn user_list(&self) -> Done {
        let mut users: Vec<User> = self.directory.users.values().cloned().collect();
        if users.is_empty() {
            users.extend(self.directory.user(&UserId::admin()));
        }
        Ok(users.iter().map(|user| serde_json::to_value(user).unwrap_or_default()).collect())
    }

    /// The one who acts, in the first of `roles` that they have. Nobody named is the county's first administrator at the
    /// county, and elsewhere whoever has this machine: an agent in a town or village, an editor in a department.
    pub(super) fn acting(&self, user: Option<&str>, roles: &[Role]) -> Result<By, Stop> {
        let unit = self.hub.unit();
        let named = match user {
            Some(id) => Some(self.directory.acting(id, unit).map_err(Rule::User)?),
            None => self.directory.acting(UserId::admin().as_str(), unit).ok(),
        };
        let has = |role: &&Role| named.as_ref().is_some_and(|user| user.roles.contains(role));
        let nobody = match self.directory.organisation.unit(&unit).map(|unit| unit.tier) {
            Some(Tier::Town | Tier::Village) => Role::Agent,
            Some(Tier::County) | None => Role::GuideEditor,
        };
        let usual = named.as_ref().map_or(nobody, |user| user.roles.first().copied().unwrap_or(Role::Public));
        Ok(By {
            unit,
            node: self.hub.node().short(),
            user: named.as_ref().map(|user| user.id.to_string()),
            instead_of: None,
            role: roles.iter().find(has).copied().unwrap_or(usual),
        })
    }

    /// Refuses whoever has none of these roles at this unit.
    pub(super) fn require(&self, user: Option<&str>, roles: &'static [Role]) -> Result<(), Stop> {
        match roles.contains(&self.acting(user, roles)?.role) {
            true => Ok(()),
            false => Err(Rule::User(NotUser::Lacks(roles)).into()),
        }
    }

    pub(super) fn require_administrator(&self, by: Option<&str>) -> Result<(), Stop> {
        if !self.is_root() {
            return Err(Refusal::NotRoot.into());
        }
        match self.acting(by, &[Role::Administrator])?.role {
            Role::Administrator => Ok(()),
            _ => Err(Rule::User(NotUser::NotAdministrator).into()),
        }
    }

    /// Nobody may take the county's last administrator away, themselves least of all.
    fn keep_an_administrator(&self, changed: &User) -> Result<(), Stop> {
        let county = self.hub.unit();
        let is_one =
            |user: &User| !user.disabled && user.unit == county && user.roles.contains(&Role::Administrator);
        let first = self.directory.user(&UserId::admin()).filter(|_| self.directory.users.is_empty());
        let others = self.directory.users.values().chain(first.as_ref()).filter(|user| user.id != changed.id);
        match is_one(changed) || others.into_iter().any(is_one) {
            true => Ok(()),
            false => Err(Rule::User(NotUser::LastAdministrator).into()),
        }
    }

    /// Takes the years of a file over; limits that were provisional are reckoned anew when it has arrived.
    pub(super) fn calendar_import(
        &mut self,
        now: Time,
        (text, file): (&str, &str),
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let given = Calendar::read_csv(text, file).map_err(Refusal::File)?;
        let years: Vec<(i16, String)> = given.years().map(|year| (year, given.year_csv(year))).collect();
        let changed = self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            let mut changed = 0;
            for (year, rows) in &years {
                changed += directory::put_calendar(doc, *year, rows)?;
            }
            Ok(changed)
        })?;
        let mut known: BTreeSet<i16> = self.store.almanac().calendar.years().collect();
        known.extend(given.years());
        Ok(json!({ "changed": changed, "years": known }))
    }

    pub(super) fn calendar_list(&self) -> Done {
        let known: BTreeSet<i16> = self.store.almanac().calendar.years().collect();
        Ok(json!({ "years": known }))
    }

    /// Writes a user and, if that changes anything, who did it.
    fn put_user(
        &mut self,
        now: Time,
        user: &User,
        (by, deed): (Option<&str>, Deed),
        steps: &mut Vec<Step>,
    ) -> Done {
        // The first user that is written must not make the one of `init` vanish.
        let first = self.directory.user(&UserId::admin()).filter(|_| self.directory.users.is_empty());
        let written = self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            let first = first.iter().filter(|first| first.id != user.id);
            let added: usize = first.map(|first| put_user(doc, first)).sum::<Result<usize, _>>()?;
            Ok(added + put_user(doc, user)?)
        })?;
        if written > 0 {
            self.record(now, by, deed, &on_record(user), steps)?;
        }
        let mut shown: Value = serde_json::to_value(user).unwrap_or_default();
        shown["changed"] = json!(written > 0);
        Ok(shown)
    }
}

/// A user as the record of who changed them says: who, where, and what they may.
fn on_record(user: &User) -> String {
    let roles: Vec<&str> = user.roles.iter().map(|role| role.word()).collect();
    let deputy = user.deputy.iter().map(|deputy| format!(" deputy={deputy}"));
    format!("{} {} {}{}", user.id, user.unit, roles.join(","), deputy.collect::<String>())
}
