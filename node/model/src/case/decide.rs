//! What a person here may do to a case now: the event, or the refusal with the rule that it would break.
//!
//! Stricter than the fold never looser: what is allowed here counts everywhere. Knows no session and no clock.

use std::collections::BTreeMap;

use sanji_sync::Time;

use super::action::{Action, Known};
use super::apply::{PROMISED_ON, promised_on};
use super::course::CardStanding;
use super::event::{By, Event, EventId, MATERIALS, NO_MATERIALS};
use super::fold::{APPLICANT_PREFIX, fold};
use super::material::{self, Material};
use super::new::NewCase;
use super::rule::{self, Place};
use super::state::State;
use super::unmet::Unmet;
use super::verdict::{Verdict, Why};
use super::{CONTACT_KEYS, Case};
use crate::identity;
use crate::local;
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
        if !rule.roles.contains(&event.by.role) {
            return Err(Refusal::Role { role: event.by.role, rule });
        }
        let setting = self.setting();
        if self.folded.competent(rule, &event, &setting).is_err() {
            return Err(match rule.place {
                Place::Holder | Place::HolderOrAgent => {
                    Refusal::Custody { holder: self.custody(), unit: event.by.unit, rule }
                }
                Place::Anywhere
                | Place::Registering
                | Place::NotHolder
                | Place::Accepting
                | Place::Authority
                | Place::Deciding
                | Place::NotVillage
                | Place::County => Refusal::Place { unit: event.by.unit, rule },
            });
        }
        check_fields(&event.fields)?;
        check_materials(&event)?;
        self.fill_in(known, &mut event)?;
        self.folded.meets(rule, &event, &setting).map_err(|why| match why {
            Why::Unmet { what, .. } => Refusal::Unmet { rule, what },
            _ => Refusal::Transition { state, rule },
        })?;
        // About one card (T29).
        if CardStanding::after(known.word()).is_some() && !self.has_card(&event) {
            return Err(Refusal::Unmet { rule, what: Unmet::NoCard });
        }
        if known == Known::Settle && !self.helps(&event) {
            return Err(Refusal::Unmet { rule, what: Unmet::Futile });
        }
        Ok(event)
    }

    /// Whether the side that a settlement is for then counts.
    fn helps(&self, settlement: &Event) -> bool {
        let folded = fold(self.events.values().chain([settlement]), &self.setting());
        folded.verdict(&settlement.id) == Some(&Verdict::Counted)
    }

    /// Whether the card that is named stands by then. Asked here and not of what arrives: elsewhere it may have stood until
    /// an event came that takes its reason away.
    fn has_card(&self, event: &Event) -> bool {
        let named = event.fields.get("card").map_or("", |id| id.trim());
        let today = local::date(event.at);
        self.cards_ahead().iter().any(|card| card.id == named && card.on <= today)
    }

    /// What the program knows and nobody need type: the materials of the registration, and the promised day.
    fn fill_in(&self, known: Known, event: &mut Event) -> Result<(), Refusal> {
        match known {
            Known::Receive => {
                let given = self.materials(&event.fields)?;
                event.fields.insert(MATERIALS.to_owned(), given);
            }
            Known::Accept | Known::AcceptOmissions | Known::AcceptCommitment => {
                let day = promised_on(&self.setting(), event.at).to_string();
                event.fields.insert(PROMISED_ON.to_owned(), day);
            }
            _ => {}
        }
        Ok(())
    }

    /// The guard of T2. Materials come with the receipt or came with the registration; “none” is only for a guide
    /// that asks for none.
    fn materials(&self, fields: &BTreeMap<String, String>) -> Result<String, Refusal> {
        let registered = self.fields.get(MATERIALS).map(|kept| &kept.shown);
        for text in fields.get(MATERIALS).into_iter().chain(registered) {
            let lines: Vec<_> = material::lines(text).collect();
            if !lines.is_empty() {
                return Ok(lines.join(";"));
            }
        }
        let rule = rule::apply(Known::Receive, Some(State::Registered)).expect("T2 begins there");
        let missing = Refusal::Unmet { rule, what: Unmet::Material };
        if self.guide.materials_needed { Err(missing) } else { Ok(NO_MATERIALS.to_owned()) }
    }
}

/// Whether every material of the event can be read.
fn check_materials(event: &Event) -> Result<(), Refusal> {
    let text = event.fields.get(MATERIALS).map_or("", String::as_str);
    material::lines(text).try_for_each(|line| Material::parse(line).map(drop)).map_err(Refusal::Material)
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

fn too_long(key: &str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(Refusal::Field { key: key.chars().take(KEY_CHARS_MAX).collect(), why: FieldFault::TooLong { max } })
}
