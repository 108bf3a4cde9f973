//! A case as an automerge document: facts at the root, `applicant` and `fields` as maps that merge field by field,
//! and `events` as one JSON text an event under its id (ARCHITECTURE §4).
//!
//! All maps are made by the first change, so that two nodes never make one each. Knows no rule.

use std::collections::BTreeMap;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ObjType, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, DocId, UnitCode};

use super::action::Action;
use super::event::{Event, MATERIALS};
use super::flag::Flag;
use super::fold::APPLICANT_PREFIX;
use super::new::{GuidePin, NewCase};
use super::stored;
use super::terms::Terms;
use super::{CONTACT_KEYS, Case, TEXT};
use crate::calendar::Almanac;
use crate::document::{Kept, boolean, int, kept, kind, map, text};
use crate::identity::IdKind;
use crate::number::CaseNumber;

/// What the root of a case says under `kind`.
pub const KIND: &str = "case";

/// Why a document cannot be read as a case.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDocument {
    #[error("the document is not a case")]
    NotACase,
    #[error("the case has no readable `{0}`")]
    Fact(&'static str),
}

impl Case {
    /// Writes a new case with its first event, as one change. Check it before with [`NewCase::check`].
    pub fn create(doc: &mut impl Transactable, new: &NewCase) -> Result<(), AutomergeError> {
        let facts = [
            ("kind", KIND.to_owned()),
            ("id", new.id.to_string()),
            ("number", new.number.to_string()),
            ("unit", new.unit.to_string()),
            ("guide", new.guide.document.to_string()),
            ("guide_code", new.guide.code.clone()),
            ("guide_name", new.guide.name.clone()),
            ("case_type", new.guide.case_type.to_string()),
        ];
        for (key, value) in facts {
            doc.put(ROOT, key, value)?;
        }
        doc.put(ROOT, "guide_version", u64::from(new.guide.version))?;
        doc.put(ROOT, "materials_needed", new.guide.materials_needed)?;
        if new.guide.terms != Terms::default() {
            let terms = serde_json::to_string(&new.guide.terms).expect("words and numbers always serialise");
            doc.put(ROOT, "terms", terms)?;
        }
        for (key, number) in [("parent", new.parent), ("origin", new.origin)] {
            if let Some(number) = number {
                doc.put(ROOT, key, number.as_str())?;
            }
        }
        let applicant = doc.put_object(ROOT, "applicant", ObjType::Map)?;
        doc.put(&applicant, "name", new.applicant.trim())?;
        doc.put(&applicant, "id_kind", new.id_kind.word())?;
        doc.put(&applicant, "id_number", new.id_number.trim().to_ascii_uppercase())?;
        let fields = doc.put_object(ROOT, "fields", ObjType::Map)?;
        put_fields(doc, &applicant, &fields, &new.fields)?;
        let events = doc.put_object(ROOT, "events", ObjType::Map)?;
        let event = new.registration();
        doc.put(&events, event.id.as_str(), event.to_json())
    }

    /// Appends an event, and with a note edits the fields it names.
    pub fn append(doc: &mut impl Transactable, event: &Event) -> Result<(), AutomergeError> {
        let find = |doc: &_, key: &str| {
            map(doc, &ROOT, key).ok_or_else(|| AutomergeError::InvalidObjId(key.to_owned()))
        };
        let events = find(doc, "events")?;
        let edits = edits(event);
        if !edits.is_empty() {
            let (applicant, fields) = (find(doc, "applicant")?, find(doc, "fields")?);
            put_fields(doc, &applicant, &fields, &edits)?;
        }
        doc.put(&events, event.id.as_str(), event.to_json())
    }

    /// Reads a case and folds its events. An event that cannot be read is kept aside and flagged.
    pub fn read(doc: &impl ReadDoc, almanac: &Almanac) -> Result<Case, BadDocument> {
        Case::read_from(doc, |_| None, almanac)
    }

    /// Reads a case and holds what each event says of its unit against who wrote it, as `unit_of` knows the writers.
    ///
    /// The writer is proved by the signature of the log that the change came in; what the event says of itself is
    /// not. An event that names another unit is attributed to its writer's, and the case is flagged.
    pub fn read_from(
        doc: &impl ReadDoc,
        unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
        almanac: &Almanac,
    ) -> Result<Case, BadDocument> {
        if kind(doc).as_deref() != Some(KIND) {
            return Err(BadDocument::NotACase);
        }
        let applicant = map(doc, &ROOT, "applicant").ok_or(BadDocument::Fact("applicant"))?;
        let stored = stored::stored(doc, unit_of);
        let mut case = Case {
            id: fact::<DocId>(doc, &ROOT, "id")?,
            number: fact::<CaseNumber>(doc, &ROOT, "number")?,
            parent: text(doc, &ROOT, "parent").and_then(|number| number.parse().ok()),
            origin: text(doc, &ROOT, "origin").and_then(|number| number.parse().ok()),
            unit: fact::<UnitCode>(doc, &ROOT, "unit")?,
            guide: GuidePin {
                document: fact(doc, &ROOT, "guide")?,
                code: fact(doc, &ROOT, "guide_code")?,
                name: fact(doc, &ROOT, "guide_name")?,
                version: int(doc, &ROOT, "guide_version")
                    .and_then(|n| u32::try_from(n).ok())
                    .ok_or(BadDocument::Fact("guide_version"))?,
                case_type: fact(doc, &ROOT, "case_type")?,
                materials_needed: boolean(doc, &ROOT, "materials_needed")
                    .ok_or(BadDocument::Fact("materials_needed"))?,
                terms: terms(doc)?,
            },
            applicant: fact(doc, &applicant, "name")?,
            id_kind: fact::<IdKind>(doc, &applicant, "id_kind")?,
            id_number: fact(doc, &applicant, "id_number")?,
            contact: read_map(doc, &applicant, |key| CONTACT_KEYS.contains(&key)),
            fields: map(doc, &ROOT, "fields").map(|obj| read_map(doc, &obj, |_| true)).unwrap_or_default(),
            events: stored.events,
            unreadable: stored.unreadable,
            folded: Default::default(),
            almanac: almanac.clone(),
        };
        case.refold();
        if stored.misnamed {
            case.folded.flags.insert(Flag::OverAuthority);
        }
        Ok(case)
    }
}

/// What a note edits: everything but its text and materials, which belong to the event alone. No other action edits.
pub(super) fn edits(note: &Event) -> BTreeMap<String, String> {
    if note.action != Action::NOTE {
        return BTreeMap::new();
    }
    let edits = note.fields.iter().filter(|(key, _)| ![TEXT, MATERIALS].contains(&key.as_str()));
    edits.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn put_fields(
    doc: &mut impl Transactable,
    applicant: &ObjId,
    fields: &ObjId,
    values: &BTreeMap<String, String>,
) -> Result<(), AutomergeError> {
    for (key, value) in values {
        match key.strip_prefix(APPLICANT_PREFIX) {
            Some(contact) => doc.put(applicant, contact, value.as_str())?,
            None => doc.put(fields, key.as_str(), value.as_str())?,
        }
    }
    Ok(())
}

/// What was pinned beside the guide. A case of a version that pinned nothing has what usually holds.
fn terms(doc: &impl ReadDoc) -> Result<Terms, BadDocument> {
    match text(doc, &ROOT, "terms") {
        Some(json) => serde_json::from_str(&json).map_err(|_| BadDocument::Fact("terms")),
        None => Ok(Terms::default()),
    }
}

fn fact<T: std::str::FromStr>(doc: &impl ReadDoc, obj: &ObjId, key: &'static str) -> Result<T, BadDocument> {
    text(doc, obj, key).and_then(|text| text.parse().ok()).ok_or(BadDocument::Fact(key))
}

fn read_map(doc: &impl ReadDoc, obj: &ObjId, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Kept> {
    let keys = doc.keys(obj).filter(|key| wanted(key));
    keys.filter_map(|key| kept(doc, obj, &key).map(|value| (key, value))).collect()
}
