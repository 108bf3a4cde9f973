//! What a person here may do to a case now: the event, or the refusal with the rule that it would break.
//!
//! Stricter than the fold never looser: what is allowed here counts everywhere. Knows no session and no clock.

use std::collections::BTreeMap;

use sanji_sync::Time;

use super::action::{Action, Known};
use super::event::{By, Event, EventId, MATERIALS, NO_MATERIALS, material_names};
use super::fold::{APPLICANT_PREFIX, is_competent};
use super::new::NewCase;
use super::rule::{self, To};
use super::{CONTACT_KEYS, Case, FOUND, TEXT};
use crate::identity;
use crate::refusal::{FieldFault, Refusal};

/// Fields of one event; the largest forms have some dozens.
const FIELDS_MAX: usize = 64;
/// Characters of a field's key.
const KEY_CHARS_MAX: usize = 64;
/// Characters of a field's value: a page of text. Longer things are attachments.
const VALUE_CHARS_MAX: usize = 4000;
/// Bytes of all values together, so that an event stays a small entry of the journal.
const VALUES_BYTES_MAX: usize = 64 << 10;
/// Characters of the applicant's name; the longest registered names of organisations stay below half of it.
const NAME_CHARS_MAX: usize = 200;

impl Case {
    /// The event of doing `action` now, having seen all that this node has of the case.
    ///
    /// `id` must be new. Append the event to the document and [`Case::push`] it.
    pub fn decide(
        &self,
        action: Action,
        by: By,
        fields: BTreeMap<String, String>,
        id: EventId,
        at: Time,
    ) -> Result<Event, Refusal> {
        let known = match &action {
            Action::Known(known) => *known,
            Action::Other(word) => return Err(Refusal::UnknownAction(word.clone())),
        };
        let state = self.state();
        let rule =
            rule::apply(known, self.folded.state).map_err(|rule| Refusal::Transition { state, rule })?;
        let mut event = Event { id, at, action, by, seen: self.folded.heads.clone(), fields };
        if !event.by.role.may(known) {
            return Err(Refusal::Role { role: event.by.role, rule });
        }
        if is_competent(known, &event, Some(self.custody())).is_err() {
            return Err(Refusal::Custody { holder: self.custody(), unit: event.by.unit, rule });
        }
        check_fields(&event.fields)?;
        if known == Known::Note && says_nothing(&event.fields) {
            return Err(Refusal::NoteEmpty);
        }
        if known == Known::Check && event.fields.get(FOUND).is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::CheckEmpty);
        }
        match rule.to {
            To::NotBuilt => return Err(Refusal::ActionNotBuilt(known)),
            To::State(_) | To::Same | To::Request => {}
        }
        if known == Known::Receive {
            let given = self.materials(&event.fields)?;
            event.fields.insert(MATERIALS.to_owned(), given);
        }
        Ok(event)
    }

    /// The guard of T2. Materials come with the receipt or came with the registration; “none” is only for a guide
    /// that asks for none.
    fn materials(&self, fields: &BTreeMap<String, String>) -> Result<String, Refusal> {
        let registered = self.fields.get(MATERIALS).map(|kept| &kept.shown);
        for text in fields.get(MATERIALS).into_iter().chain(registered) {
            let names: Vec<_> = material_names(text).collect();
            if !names.is_empty() {
                return Ok(names.join(";"));
            }
        }
        if self.guide.materials_needed { Err(Refusal::MaterialMissing) } else { Ok(NO_MATERIALS.to_owned()) }
    }
}

impl NewCase {
    /// Whether the case may be registered so (T1): the role, the applicant and the form of the fields.
    ///
    /// That the guide is published and in force here is the caller's to check, who has the guide.
    pub fn check(&self) -> Result<(), Refusal> {
        let rule = rule::apply(Known::Register, None).expect("T1 makes a case of nothing");
        if !self.by.role.may(Known::Register) {
            return Err(Refusal::Role { role: self.by.role, rule });
        }
        if self.applicant.trim().is_empty() {
            return Err(Refusal::ApplicantMissing);
        }
        let key = "applicant";
        too_long(key, &self.applicant, NAME_CHARS_MAX)?;
        if self.applicant.trim().chars().any(char::is_control) {
            return Err(Refusal::Field { key: key.to_owned(), why: FieldFault::Control });
        }
        identity::check(self.id_kind, &self.id_number)?;
        check_fields(&self.fields)
    }
}

/// The form of fields, and that none would change who the applicant is.
pub(crate) fn check_fields(fields: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let bad = |key: &str, why| Err(Refusal::Field { key: key.to_owned(), why });
    if let Some(key) = fields.keys().nth(FIELDS_MAX) {
        return bad(key, FieldFault::TooMany { max: FIELDS_MAX });
    }
    for (key, value) in fields {
        if key.trim().is_empty() {
            return bad(key, FieldFault::NoKey);
        }
        too_long(key, key, KEY_CHARS_MAX)?;
        if key.chars().any(char::is_control) {
            return bad(&key.replace(char::is_control, "\u{fffd}"), FieldFault::KeyControl);
        }
        too_long(key, value, VALUE_CHARS_MAX)?;
        if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return bad(key, FieldFault::ValueControl);
        }
        if let Some(contact) = key.strip_prefix(APPLICANT_PREFIX)
            && !CONTACT_KEYS.contains(&contact)
        {
            return bad(key, FieldFault::Fixed);
        }
    }
    let largest = fields.iter().max_by_key(|(_, value)| value.len());
    if let Some((key, _)) = largest
        && fields.values().map(String::len).sum::<usize>() > VALUES_BYTES_MAX
    {
        return bad(key, FieldFault::TooMuch { max: VALUES_BYTES_MAX });
    }
    Ok(())
}

/// A note may empty a field, but a note of nothing, or whose text alone is blank, is a slip.
fn says_nothing(fields: &BTreeMap<String, String>) -> bool {
    fields.iter().all(|(key, value)| key == TEXT && value.trim().is_empty())
}

fn too_long(key: &str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(Refusal::Field { key: key.chars().take(KEY_CHARS_MAX).collect(), why: FieldFault::TooLong { max } })
}
