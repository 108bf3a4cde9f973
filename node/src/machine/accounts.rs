//! What people sign in with: passwords and tokens in the staff document of their unit, and what they did with rights.
//!
//! Knows no password: whoever asks has hashed it. A node answers for its own unit; the county sets passwords for all below.

use sanji_model::audit::{self, Deed, Record};
use sanji_model::case::Role;
use sanji_model::desk::NotDone;
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_model::staff::{self, Grant, Password, Staff, Token};
use sanji_model::user::{NotUser, User, UserId};
use sanji_model::{complaint, enquiry};
use sanji_sync::{DocId, Relation, Scope, Time, UnitCode};
use serde_json::{Value, json};

use super::{Done, Machine, Step, Stop};
use crate::command::Command;
use crate::password;
use crate::refusal::Refusal;
use crate::store::StoreError;

/// Days that a token is good for at most.
pub(crate) const TOKEN_DAYS_MAX: u64 = 366;
/// Characters of what a token is for.
const TOKEN_NAME_CHARS_MAX: usize = 60;
const DAY_MS: u64 = 86_400_000;

/// A token that is asked for.
pub(super) struct NewToken {
    pub name: String,
    pub grant: String,
    /// BLAKE3 of the secret, hexadecimal.
    pub secret: String,
    pub days: u64,
}

impl Machine {
    /// Where this node is, how its line stands and, of somebody signed in, what they may now: one answer for every page.
    pub(super) fn here(&mut self, user: Option<&str>) -> Done {
        let unit = self.hub.unit();
        let signed = user.map(|id| self.directory.acting(id, unit)).transpose();
        let signed = match signed.map_err(Rule::User)? {
            Some(user) => Some(self.signed_json(&user)?),
            None => None,
        };
        let placed = self.directory.organisation.unit(&unit);
        Ok(json!({
            "unit": unit,
            "name": placed.map(|unit| unit.name.as_str()).unwrap_or_default(),
            "tier": placed.map(|unit| unit.tier),
            "line": self.parent_json(unit),
            "behind": self.store.backlog().entries(),
            "revoked": self.is_revoked(),
            "user": signed,
        }))
    }

    /// A user with all roles that they have now, their own and those of posts whose holders are absent.
    fn signed_json(&mut self, user: &User) -> Done {
        let mut roles = user.roles.clone();
        for role in Role::ALL {
            if !roles.contains(role) && self.stands_in_for(user, |own| *own == role).is_some() {
                roles.insert(*role);
            }
        }
        let staff = self.staff(user.unit)?;
        let stamp = staff.passwords.get(&user.id).map(|password| password::stamp(&password.hash));
        Ok(json!({ "id": user.id, "name": user.name, "unit": user.unit, "roles": roles, "stamp": stamp }))
    }

    /// What a password is checked with. A user who has none, or is none of this unit, is no refusal but has none:
    /// whoever tries learns nothing.
    pub(super) fn credential(&mut self, id: &str) -> Done {
        let Ok(user) = self.directory.acting(id, self.hub.unit()) else { return Ok(Value::Null) };
        let staff = self.staff(user.unit)?;
        Ok(staff.passwords.get(&user.id).map_or(Value::Null, |password| json!(password.hash)))
    }

    /// Sets a password: of oneself, or as an administrator, or as whoever has this machine, of its unit or one below.
    pub(super) fn password_set(
        &mut self,
        now: Time,
        id: &str,
        hash: String,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let id: UserId = id.parse().map_err(NotUser::Id).map_err(Rule::User)?;
        let user = self.directory.user(&id).ok_or(Rule::User(NotUser::Unknown(id)))?;
        self.must_be_within(user.unit)?;
        if by.is_some_and(|by| by != user.id.as_str()) {
            self.must_administer(by)?;
        }
        let password = Password { hash, at: now };
        self.write(now, Scope::Staff(user.unit), staff::document(user.unit), steps, |doc| {
            Ok(staff::put_password(doc, &user.id, &password)?)
        })?;
        self.record(now, by, Deed::Password, user.id.as_str(), steps)?;
        // Whoever had the old password may have made them.
        let held = self.staff(user.unit)?.tokens;
        let open = held.into_iter().filter(|(_, token)| token.user == user.id && !token.ended);
        for (key, token) in open {
            let ended = Token { ended: true, at: now, ..token };
            self.write(now, Scope::Staff(user.unit), staff::document(user.unit), steps, |doc| {
                Ok(staff::put_token(doc, &key, &ended)?)
            })?;
            self.record(now, by, Deed::TokenEnd, &format!("{} {key}", user.id), steps)?;
        }
        Ok(json!({ "id": user.id, "unit": user.unit }))
    }

    /// The people of this unit, and who of them can sign in.
    pub(super) fn staff_list(&mut self) -> Done {
        let unit = self.hub.unit();
        let staff = self.staff(unit)?;
        let people = self.people_of(unit);
        let line = |user: &User| {
            json!({ "id": user.id, "name": user.name, "roles": user.roles, "disabled": user.disabled,
                "has_password": staff.passwords.contains_key(&user.id) })
        };
        Ok(people.iter().map(line).collect())
    }

    pub(super) fn token_add(
        &mut self,
        now: Time,
        id: &str,
        new: NewToken,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let user = self.directory.acting(id, self.hub.unit()).map_err(Rule::User)?;
        if by.is_some_and(|by| by != user.id.as_str()) {
            self.must_administer(by)?;
        }
        let grant: Grant = new.grant.parse().map_err(Rule::Word)?;
        if !(1..=TOKEN_DAYS_MAX).contains(&new.days) {
            return Err(Refusal::BadArgument {
                what: "days",
                text: new.days.to_string(),
                // As TOKEN_DAYS_MAX says.
                wanted_en: "a number of days from 1 to 366",
                wanted_zh: "1 至 366 的天数",
            }
            .into());
        }
        let name = new.name.trim().to_owned();
        if !(1..=TOKEN_NAME_CHARS_MAX).contains(&name.chars().count()) {
            return Err(Refusal::BadArgument {
                what: "name",
                text: name,
                wanted_en: "what the token is for, in at most 60 characters",
                wanted_zh: "不超过 60 个字的用途",
            }
            .into());
        }
        let until = now.plus_ms(new.days * DAY_MS);
        let token =
            Token { user: user.id.clone(), name, grant, secret: new.secret, at: now, until, ended: false };
        let key = self.draw_event(now).to_string();
        self.write(now, Scope::Staff(user.unit), staff::document(user.unit), steps, |doc| {
            Ok(staff::put_token(doc, &key, &token)?)
        })?;
        self.record(now, by, Deed::TokenAdd, &format!("{} {key}", user.id), steps)?;
        Ok(json!({ "token": key, "user": user.id, "until": token.until, "grant": grant.word() }))
    }

    /// The tokens of this unit, or of one of its people; never a secret.
    pub(super) fn token_list(&mut self, now: Time, of: Option<&str>) -> Done {
        let staff = self.staff(self.hub.unit())?;
        let wanted = staff.tokens.iter().filter(|(_, token)| of.is_none_or(|of| token.user.as_str() == of));
        let line = |(key, token): (&String, &Token)| {
            json!({ "token": key, "user": token.user, "name": token.name, "grant": token.grant.word(),
                "at": token.at, "until": token.until, "good": !token.ended && now <= token.until })
        };
        Ok(wanted.map(line).collect())
    }

    pub(super) fn token_end(
        &mut self,
        now: Time,
        key: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let unit = self.hub.unit();
        let mut staff = self.staff(unit)?;
        let Some(token) = staff.tokens.remove(key) else { return Err(Refusal::NoSuchToken.into()) };
        if by.is_some_and(|by| by != token.user.as_str()) {
            self.must_administer(by)?;
        }
        let user = token.user.clone();
        let ended = Token { ended: true, at: now, ..token };
        self.write(now, Scope::Staff(unit), staff::document(unit), steps, |doc| {
            Ok(staff::put_token(doc, key, &ended)?)
        })?;
        self.record(now, by, Deed::TokenEnd, &format!("{user} {key}"), steps)?;
        Ok(json!({ "token": key, "ended": true }))
    }

    /// For whom a program with this secret acts, and how far; nothing if for nobody.
    pub(super) fn token_find(&mut self, now: Time, secret: &str) -> Done {
        let staff = self.staff(self.hub.unit())?;
        let good =
            |(_, token): &(&String, &Token)| token.secret == secret && !token.ended && now <= token.until;
        let found = staff.tokens.iter().find(good);
        Ok(found.map_or(
            Value::Null,
            |(key, token)| json!({ "token": key, "user": token.user, "grant": token.grant.word() }),
        ))
    }

    /// The person of a case, unmasked; that somebody looked is written down first.
    pub(super) fn case_reveal(
        &mut self,
        now: Time,
        number: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let id = self.find_case(number)?;
        let case = self.read_case(now, &id)?;
        self.record(now, by, Deed::Reveal, case.number.as_str(), steps)?;
        let contact: serde_json::Map<_, _> =
            case.contact.iter().map(|(key, kept)| (key.clone(), json!(kept.shown))).collect();
        Ok(json!({ "applicant": case.applicant, "id_number": case.id_number, "contact": contact }))
    }

    /// Who a complaint or an enquiry is from, unmasked; that somebody looked is written down first.
    pub(super) fn matter_reveal(
        &mut self,
        now: Time,
        number: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let from = match self.matter_from::<complaint::Course>(number) {
            Err(Stop::Refused(Refusal::Rule(Rule::Desk(NotDone::NotFound(_))))) => {
                self.matter_from::<enquiry::Course>(number)?
            }
            found => found?,
        };
        self.record(now, by, Deed::Reveal, from.number.as_str(), steps)?;
        Ok(json!({ "name": from.name, "phone": from.phone }))
    }

    /// What the people of this unit or of one below it did in a month, `YYYY-MM`, the latest first; this month when left out.
    pub(super) fn audit_list(&mut self, now: Time, month: Option<&str>, unit: Option<&str>) -> Done {
        let unit = self.asked_unit(unit)?;
        let month = month.map(super::sampling::month).transpose()?;
        let month = month.map_or_else(|| month_of(now), |month| month.to_string());
        let doc = self.settled(&audit::document(unit, &month))?;
        let records = doc.as_ref().map(audit::read).unwrap_or_default();
        Ok(json!(records))
    }

    /// Does what a command says and records who did it.
    pub(super) fn in_name(
        &mut self,
        now: Time,
        user: &str,
        command: Command,
        steps: &mut Vec<Step>,
    ) -> Result<Result<Value, Refusal>, StoreError> {
        let deed = deed_of(&command);
        let done = self.command(now, command, steps)?;
        match (&done, deed) {
            (Ok(_), Some((deed, about))) => match self.record(now, Some(user), deed, &about, steps) {
                Ok(()) => Ok(done),
                Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
                Err(Stop::Failed(error)) => Err(error),
            },
            (Ok(_), None) | (Err(_), _) => Ok(done),
        }
    }

    pub(super) fn record(
        &mut self,
        now: Time,
        by: Option<&str>,
        deed: Deed,
        about: &str,
        steps: &mut Vec<Step>,
    ) -> Result<(), Stop> {
        let unit = self.hub.unit();
        let record = Record { at: now, user: by.map(str::to_owned), deed, about: about.to_owned() };
        let key = self.draw_event(now).to_string();
        let doc = audit::document(unit, &month_of(now));
        self.write(now, Scope::Staff(unit), doc, steps, |doc| Ok(audit::add(doc, &key, &record)?))
    }

    fn staff(&mut self, unit: UnitCode) -> Result<Staff, Stop> {
        let doc = self.settled(&staff::document(unit))?;
        Ok(doc.as_ref().map(Staff::read).unwrap_or_default())
    }

    /// A document with everything of it that is here.
    fn settled(&mut self, id: &DocId) -> Result<Option<automerge::AutoCommit>, Stop> {
        self.store.refresh(id)?;
        Ok(self.store.document(id)?.map(|doc| doc.clone()))
    }

    pub(super) fn must_be_within(&self, unit: UnitCode) -> Result<(), Stop> {
        let here = self.hub.unit();
        match self.hub.tree().relation(here, unit) {
            Relation::Same | Relation::Ancestor => Ok(()),
            _ => Err(Rule::NotAbove { unit: here, owner: unit }.into()),
        }
    }

    /// Somebody named must be an administrator of this unit.
    fn must_administer(&self, by: Option<&str>) -> Result<(), Stop> {
        match self.acting(by, &[Role::Administrator])?.role {
            Role::Administrator => Ok(()),
            _ => Err(Rule::User(NotUser::NotAdministrator).into()),
        }
    }

    fn people_of(&self, unit: UnitCode) -> Vec<User> {
        let mut people: Vec<User> =
            self.directory.users.values().filter(|user| user.unit == unit).cloned().collect();
        if self.directory.users.is_empty() {
            people.extend(self.directory.user(&UserId::admin()).filter(|user| user.unit == unit));
        }
        people
    }
}

fn month_of(now: Time) -> String {
    local::date(now).strftime("%Y-%m").to_string()
}

/// What is recorded of a command that does not say who asked for it, and what it is about.
fn deed_of(command: &Command) -> Option<(Deed, String)> {
    Some(match command {
        Command::OrgImport { file, .. } => (Deed::OrgImport, file.clone()),
        Command::Invite { unit, .. } => (Deed::Invite, unit.clone()),
        Command::Revoke { whom, .. } => (Deed::Revoke, whom.clone()),
        Command::ListImport { file, .. } => (Deed::ListImport, file.clone()),
        Command::ListPublish { id, .. } => (Deed::ListPublish, id.clone()),
        Command::ListEnd { id, .. } => (Deed::ListEnd, id.clone()),
        _ => return None,
    })
}
