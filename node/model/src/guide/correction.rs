//! A request to correct a guide (纠错): a village sees that something is wrong, and those above answer.
//!
//! A document of its own in the asking unit's drafts, so that it goes up and its answers come down. Knows no guide.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::Element;
use crate::case::{By, EventId};
use crate::document::{kind, text};
use crate::lang::worded;

/// What the root of such a document says under `kind`.
pub const KIND_CORRECTION: &str = "guide-correction";
/// Key of [`Asked`] as JSON text.
const ASKED: &str = "asked";
/// `answer/<id>`: [`Answer`] as JSON text.
const ANSWER: &str = "answer/";
/// Characters of what is asked or answered.
pub const TEXT_CHARS_MAX: usize = 2000;

worded! {
    /// What becomes of a request.
    pub enum Outcome ("纠错结果", "outcome of a correction") {
        /// The guide will be corrected, or was.
        Accepted = "accepted", "采纳", "accepted";
        Declined = "declined", "不采纳", "declined";
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The guide, by its draft's document.
    pub guide: DocId,
    /// The version that was read.
    pub version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Element>,
    pub text: String,
    pub at: Time,
    pub by: By,
}

/// What was answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub id: EventId,
    pub outcome: Outcome,
    pub text: String,
    pub at: Time,
    pub by: By,
}

/// A request with its answers, the first one first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Correction {
    pub id: DocId,
    pub asked: Asked,
    pub answers: Vec<Answer>,
}

impl Asked {
    /// Writes the request into a new document.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<(), AutomergeError> {
        doc.put(ROOT, "kind", KIND_CORRECTION)?;
        doc.put(ROOT, ASKED, json(self))
    }
}

impl Answer {
    pub fn write(&self, doc: &mut impl Transactable) -> Result<(), AutomergeError> {
        doc.put(ROOT, format!("{ANSWER}{}", self.id), json(self))
    }
}

impl Correction {
    /// Reads a request, each part attributed to the unit that wrote it. What nobody known wrote is not there.
    pub fn read(
        doc: &impl ReadDoc,
        id: DocId,
        unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
    ) -> Option<Correction> {
        if kind(doc).as_deref() != Some(KIND_CORRECTION) {
            return None;
        }
        let unit = |key: &str| match doc.get(ROOT, key).ok()?? {
            (_, ObjId::Id(_, actor, _)) => unit_of(&actor.to_bytes().try_into().ok()?),
            (_, ObjId::Root) => None,
        };
        let mut asked: Asked = serde_json::from_str(&text(doc, &ROOT, ASKED)?).ok()?;
        asked.by.unit = unit(ASKED)?;
        let answer = |key: String| {
            let mut answer: Answer = serde_json::from_str(&text(doc, &ROOT, &key)?).ok()?;
            answer.by.unit = unit(&key)?;
            Some(answer)
        };
        let keys = doc.keys(ROOT).filter(|key| key.starts_with(ANSWER));
        let mut answers: Vec<Answer> = keys.filter_map(answer).collect();
        answers.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Some(Correction { id, asked, answers })
    }

    pub fn is_open(&self) -> bool {
        self.answers.is_empty()
    }

    /// The answer that stands: the first. A second can only come from a node that had not seen it.
    pub fn answer(&self) -> Option<&Answer> {
        self.answers.first()
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("words, texts and numbers always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Role;
    use automerge::AutoCommit;

    fn by(code: &str) -> By {
        By {
            unit: UnitCode::parse(code).unwrap(),
            node: String::new(),
            user: None,
            instead_of: None,
            role: Role::Agent,
        }
    }

    #[test]
    fn an_answer_is_attributed_to_whoever_wrote_it() {
        let mut doc = AutoCommit::new().with_actor([1; 16].as_slice().into());
        let asked = Asked {
            guide: DocId([9; 16]),
            version: 2,
            element: Some(Element::Consultation),
            text: "电话已改".to_owned(),
            at: Time(1),
            by: by("640202001001"),
        };
        asked.write(&mut doc).unwrap();
        doc.commit();
        doc.set_actor([2; 16].as_slice().into());
        let claimed = by("640202001001");
        let answer = Answer {
            id: "a".parse().unwrap(),
            outcome: Outcome::Accepted,
            text: "已改".to_owned(),
            at: Time(2),
            by: claimed,
        };
        answer.write(&mut doc).unwrap();
        doc.commit();
        let unit_of = |actor: &ActorBytes| match actor[0] {
            1 => UnitCode::parse("640202001001").ok(),
            2 => UnitCode::parse("640202").ok(),
            _ => None,
        };
        let read = Correction::read(&doc, DocId([3; 16]), unit_of).unwrap();
        assert_eq!(read.asked, asked);
        assert_eq!(read.answers[0].by.unit.as_str(), "640202");
        assert!(!read.is_open());
        assert_eq!(Correction::read(&doc, DocId([3; 16]), |_| None), None);
    }
}
