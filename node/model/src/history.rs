//! What the document of a case, a complaint or an enquiry has once and for all: its facts, who it is of, and its events.
//! Whoever may write into its scope may add events and edit fields, and changes nothing of what others have said.
//!
//! Asked of each change before it is applied, so that every node leaves out the same ones. Knows no event.

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, Value};

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
    #[error("it writes into what its writer had not seen")]
    Unseen,
}

/// The parts of one document that are written once, as some writer had seen it. A registration that was said anew while the
/// lost one was with somebody after all has made them twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// Whether it is one of those documents and was begun.
    begun: bool,
    /// The maps at the root, with what they are called.
    maps: Vec<(String, ObjectId)>,
}

impl History {
    /// Of a document with these heads.
    pub fn at(doc: &impl ReadDoc, heads: &[ChangeHash]) -> History {
        let kind = doc.get_at(ROOT, "kind", heads).ok().flatten();
        if !kind.is_some_and(|(kind, _)| kind.as_str().is_some_and(|kind| KINDS.contains(&kind))) {
            return History::default();
        }
        let mut maps = Vec::new();
        for key in doc.keys_at(ROOT, heads) {
            let all = doc.get_all_at(ROOT, key.as_str(), heads).unwrap_or_default();
            let objects = all.iter().filter(|(value, _)| matches!(value, Value::Object(ObjType::Map)));
            maps.extend(objects.filter_map(|(_, id)| Some((key.clone(), named(id)?))));
        }
        History { begun: true, maps }
    }

    /// Whether anything of it is written once.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Takes the next change of somebody who had seen this, or says what it would write over. The first makes everything.
    pub fn take(&mut self, change: &ExpandedChange) -> Result<(), Rewrites> {
        if self.begun {
            return change.operations.iter().try_for_each(|op| self.check(op));
        }
        let at_root = |op: &&Op| op.obj == ObjectId::Root;
        self.begun = change.operations.iter().filter(at_root).any(says_kind);
        for (n, op) in change.operations.iter().enumerate().filter(|(_, op)| at_root(op)) {
            if let (Key::Map(key), OpType::Make(ObjType::Map)) = (&op.key, &op.action) {
                let id = OpId(change.start_op.get() + n as u64, change.actor_id.clone());
                self.maps.push((key.to_string(), ObjectId::Id(id)));
            }
        }
        Ok(())
    }

    fn check(&self, op: &Op) -> Result<(), Rewrites> {
        if op.obj == ObjectId::Root {
            return Err(Rewrites::Facts);
        }
        let Some((name, _)) = self.maps.iter().find(|(_, map)| *map == op.obj) else {
            return Err(Rewrites::Unseen);
        };
        if name == EVENTS && !op.pred.is_empty() {
            return Err(Rewrites::Event);
        }
        let fixed = PEOPLE.iter().find(|(person, _)| person == name).map(|(_, fixed)| *fixed);
        match (fixed, &op.key) {
            (Some(fixed), Key::Map(key)) if fixed.is_empty() || fixed.contains(&key.as_str()) => {
                Err(Rewrites::Person)
            }
            _ => Ok(()),
        }
    }
}

/// Whether a change that stands on nothing speaks of itself only.
pub fn stands_alone(change: &ExpandedChange) -> bool {
    let own = |id: &OpId| id.1 == change.actor_id && id.0 >= change.start_op.get();
    let is_own = |op: &Op| {
        let obj = match &op.obj {
            ObjectId::Root => true,
            ObjectId::Id(id) => own(id),
        };
        obj && op.pred.iter().all(own)
    };
    change.operations.iter().all(is_own)
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
    use crate::document::maps;

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
        let mut apart = History::at(&first, &changes[1].deps);
        let mut together = History::default();
        let taken: Result<(), Rewrites> = changes.iter().try_for_each(|change| together.take(change));
        assert_eq!(apart.take(&changes[1]), taken);
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
    fn nobody_speaks_of_what_they_had_not_seen() {
        let first = case();
        let mut stranger = AutoCommit::new().with_actor(ActorId::from([3; 16]));
        stranger.put(ROOT, "x", 1).unwrap();
        stranger.commit();
        let mut doc = first.clone().with_actor(ActorId::from([2; 16]));
        let deps = stranger.get_heads();
        doc.merge(&mut stranger).unwrap();
        doc.put(maps(&doc, &ROOT, EVENTS).pop().unwrap(), "e1", "{}").unwrap();
        doc.commit();
        let mut change = doc.get_last_local_change().unwrap().decode();
        assert_eq!(History::at(&doc, &change.deps).take(&change), Ok(()));
        assert!(!stands_alone(&change) && stands_alone(&first.clone().get_changes(&[])[0].decode()));
        // Had it seen the stranger's alone, no document was begun for it, and nothing of ours was there.
        change.deps = deps;
        assert_eq!(History::at(&doc, &change.deps), History::default());
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
