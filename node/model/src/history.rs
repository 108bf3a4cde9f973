//! What the document of a case, a complaint or an enquiry has once and for all: its facts, who it is of, and its events.
//! Whoever may write into its scope may add events and edit fields, and changes nothing of what others have said.
//!
//! Asked of each change before it is applied, so that every node leaves out the same ones. Knows no event.

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ExpandedChange, ObjId, ObjType, ROOT, ReadDoc};

use crate::document::{kind, maps};
use crate::{case, complaint, enquiry};

const KINDS: [&str; 3] = [case::KIND, complaint::KIND, enquiry::KIND];
const EVENTS: &str = "events";
/// The maps with who it is of, and what of them is never written again; nothing named is everything.
const PEOPLE: [(&str, &[&str]); 2] = [("applicant", &["name", "id_kind", "id_number"]), ("person", &[])];

/// Why a change is not applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rewrites {
    #[error("it writes facts of a document that has them for good")]
    Facts,
    #[error("it writes over an event")]
    Event,
    #[error("it writes over who it is of")]
    Person,
}

/// The parts of one document that are written once. A registration that was said anew while the lost one was with somebody
/// after all has made them twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// Whether it is one of those documents and was begun.
    begun: bool,
    events: Vec<ObjectId>,
    people: [Vec<ObjectId>; 2],
}

impl History {
    /// Of a document as it is.
    pub fn of(doc: &impl ReadDoc) -> History {
        if !kind(doc).is_some_and(|kind| KINDS.contains(&kind.as_str())) {
            return History::default();
        }
        let objects = |key: &str| maps(doc, &ROOT, key).iter().filter_map(named).collect();
        History { begun: true, events: objects(EVENTS), people: PEOPLE.map(|(key, _)| objects(key)) }
    }

    /// Takes the next change, or says what it would write over. One that stands on none makes everything.
    pub fn take(&mut self, change: &ExpandedChange) -> Result<(), Rewrites> {
        if self.begun && !change.deps.is_empty() {
            return change.operations.iter().try_for_each(|op| self.check(op));
        }
        let at_root = |op: &&Op| op.obj == ObjectId::Root;
        self.begun |= change.operations.iter().filter(at_root).any(says_kind);
        for (n, op) in change.operations.iter().enumerate().filter(|(_, op)| at_root(op)) {
            let id = || ObjectId::Id(OpId(change.start_op.get() + n as u64, change.actor_id.clone()));
            let Key::Map(key) = &op.key else { continue };
            if op.action != OpType::Make(ObjType::Map) {
                continue;
            }
            if key == EVENTS {
                self.events.push(id());
            }
            if let Some(at) = PEOPLE.iter().position(|(person, _)| key == person) {
                self.people[at].push(id());
            }
        }
        Ok(())
    }

    fn check(&self, op: &Op) -> Result<(), Rewrites> {
        if op.obj == ObjectId::Root {
            return Err(Rewrites::Facts);
        }
        if self.events.contains(&op.obj) && !op.pred.is_empty() {
            return Err(Rewrites::Event);
        }
        for ((_, fixed), person) in PEOPLE.iter().zip(&self.people) {
            let is_fixed = |key: &Key| match key {
                Key::Map(key) => fixed.is_empty() || fixed.contains(&key.as_str()),
                Key::Seq(_) => true,
            };
            if person.contains(&op.obj) && is_fixed(&op.key) {
                return Err(Rewrites::Person);
            }
        }
        Ok(())
    }
}

fn says_kind(op: &Op) -> bool {
    let value = op.primitive_value();
    let said = value.as_ref().and_then(|value| value.as_str());
    op.key == Key::Map("kind".into()) && said.is_some_and(|said| KINDS.contains(&said))
}

/// As a change names it.
fn named(id: &ObjId) -> Option<ObjectId> {
    match id {
        ObjId::Id(counter, actor, _) => Some(ObjectId::Id(OpId(*counter, actor.clone()))),
        ObjId::Root => None,
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{ActorId, AutoCommit};

    use super::*;

    fn case() -> AutoCommit {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([1; 16]));
        doc.put(ROOT, "kind", "case").unwrap();
        doc.put(ROOT, "number", "1").unwrap();
        let applicant = doc.put_object(ROOT, "applicant", ObjType::Map).unwrap();
        doc.put(&applicant, "name", "王小明").unwrap();
        let fields = doc.put_object(ROOT, "fields", ObjType::Map).unwrap();
        doc.put(&fields, "住址", "枣香村").unwrap();
        let events = doc.put_object(ROOT, EVENTS, ObjType::Map).unwrap();
        doc.put(&events, "e0", "{}").unwrap();
        doc.commit();
        doc
    }

    /// What becomes of a change that another node makes, when it comes by itself and together with the first.
    fn came(edit: impl Fn(&mut AutoCommit, &dyn Fn(&AutoCommit, &str) -> ObjId)) -> Result<(), Rewrites> {
        let first = case();
        let mut doc = first.clone().with_actor(ActorId::from([2; 16]));
        edit(&mut doc, &|doc, key| maps(doc, &ROOT, key).pop().unwrap());
        doc.commit();
        let changes: Vec<ExpandedChange> =
            doc.get_changes(&[]).iter().map(|change| change.decode()).collect();
        let mut apart = History::of(&first);
        let mut together = History::default();
        let taken: Result<(), Rewrites> = changes.iter().try_for_each(|change| together.take(change));
        assert_eq!(apart.take(&changes[1]), taken);
        assert_eq!(apart, together);
        taken
    }

    #[test]
    fn events_are_added_and_fields_edited() {
        assert_eq!(came(|doc, of| doc.put(of(doc, EVENTS), "e1", "{}").unwrap()), Ok(()));
        assert_eq!(came(|doc, of| doc.put(of(doc, "fields"), "住址", "别处").unwrap()), Ok(()));
        assert_eq!(came(|doc, of| doc.put(of(doc, "applicant"), "phone", "138").unwrap()), Ok(()));
    }

    #[test]
    fn nothing_is_written_over() {
        assert_eq!(came(|doc, of| doc.put(of(doc, EVENTS), "e0", "{ }").unwrap()), Err(Rewrites::Event));
        assert_eq!(came(|doc, of| doc.delete(of(doc, EVENTS), "e0").unwrap()), Err(Rewrites::Event));
        assert_eq!(came(|doc, _| doc.put(ROOT, "number", "2").unwrap()), Err(Rewrites::Facts));
        assert_eq!(came(|doc, _| doc.put(ROOT, "kind", "complaint").unwrap()), Err(Rewrites::Facts));
        let again = |doc: &mut AutoCommit, _: &dyn Fn(&AutoCommit, &str) -> ObjId| {
            doc.put_object(ROOT, EVENTS, ObjType::Map).unwrap();
        };
        assert_eq!(came(again), Err(Rewrites::Facts));
        assert_eq!(
            came(|doc, of| doc.put(of(doc, "applicant"), "name", "李").unwrap()),
            Err(Rewrites::Person)
        );
    }

    #[test]
    fn other_documents_are_edited_freely() {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "kind", "directory").unwrap();
        doc.commit();
        doc.put(ROOT, "kind", "case").unwrap();
        doc.commit();
        let mut history = History::default();
        for change in doc.get_changes(&[]) {
            assert_eq!(history.take(&change.decode()), Ok(()));
        }
    }
}
