//! A complaint or an enquiry as an automerge document: facts and who it is from at the root, `events` as one JSON text
//! an event under its id.
//!
//! All maps are made by the first change, so that two nodes never make one each. Knows no rule.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjType, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, UnitCode};

use super::flow::{Deed, Flow};
use super::new::{Kind, New};
use super::{Matter, fold};
use crate::case::{Flag, Stored, stored_events};
use crate::document::{kind, map, text};
use crate::number::CaseNumber;
use crate::parameters::Versions;

/// Why a document cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadDocument {
    #[error("the document is of another kind")]
    OtherKind,
    #[error("the document has no readable `{0}`")]
    Fact(&'static str),
}

impl<F: Flow> Matter<F> {
    /// Writes a new one with its first event, as one change. Check it before with [`New::check`].
    pub fn create(doc: &mut impl Transactable, new: &New) -> Result<(), AutomergeError> {
        let facts = [
            ("kind", F::DOCUMENT.to_owned()),
            ("id", new.id.to_string()),
            ("number", new.number.to_string()),
            ("unit", new.unit.to_string()),
            ("sort", new.kind.word().to_owned()),
            ("text", new.text.trim().to_owned()),
        ];
        for (key, value) in facts {
            doc.put(ROOT, key, value)?;
        }
        if let Some(case) = new.case {
            doc.put(ROOT, "case", case.to_string())?;
        }
        let person = doc.put_object(ROOT, "person", ObjType::Map)?;
        doc.put(&person, "name", new.name.trim())?;
        doc.put(&person, "phone", new.phone.trim())?;
        let events = doc.put_object(ROOT, "events", ObjType::Map)?;
        let deed: Deed<F> = new.deed::<F>();
        doc.put(&events, deed.id.as_str(), deed.to_json())
    }

    /// Appends an event.
    pub fn append(doc: &mut impl Transactable, deed: &Deed<F>) -> Result<(), AutomergeError> {
        let events = map(doc, &ROOT, "events");
        let events = events.ok_or_else(|| AutomergeError::InvalidObjId("events".to_owned()))?;
        doc.put(&events, deed.id.as_str(), deed.to_json())
    }

    /// Reads and folds it by the terms of the day on which it was registered, each event given to the unit of whoever wrote it, as `unit_of` knows the writers. What names
    /// another is flagged.
    pub fn read(
        doc: &impl ReadDoc,
        versions: &Versions,
        unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
    ) -> Result<Matter<F>, BadDocument> {
        if kind(doc).as_deref() != Some(F::DOCUMENT) {
            return Err(BadDocument::OtherKind);
        }
        let person = map(doc, &ROOT, "person").ok_or(BadDocument::Fact("person"))?;
        let Stored { events, unreadable, misnamed } = stored_events(doc, unit_of);
        let number: CaseNumber = fact(doc, "number")?;
        let terms = versions.on(number.date()).desk;
        let mut matter = Matter {
            id: fact(doc, "id")?,
            number,
            unit: fact(doc, "unit")?,
            kind: fact::<Kind>(doc, "sort")?,
            name: text(doc, &person, "name").ok_or(BadDocument::Fact("name"))?,
            phone: text(doc, &person, "phone").unwrap_or_default(),
            text: fact(doc, "text")?,
            case: text(doc, &ROOT, "case").and_then(|number| number.parse().ok()),
            folded: fold(events.values(), &terms),
            events,
            unreadable,
            terms,
        };
        let flags = [(misnamed, Flag::OverAuthority), (!matter.unreadable.is_empty(), Flag::Unreadable)];
        matter.folded.flags.extend(flags.into_iter().filter(|(is, _)| *is).map(|(_, flag)| flag));
        Ok(matter)
    }
}

fn fact<T: std::str::FromStr>(doc: &impl ReadDoc, key: &'static str) -> Result<T, BadDocument> {
    text(doc, &ROOT, key).and_then(|text| text.parse().ok()).ok_or(BadDocument::Fact(key))
}
