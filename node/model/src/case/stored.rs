//! The events of a document as they are stored: under `events` one JSON text an event, by its id.
//!
//! Knows no action: a case, a complaint and an enquiry keep theirs alike.

use std::collections::BTreeMap;

use automerge::{ObjId, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, UnitCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event::{Event, EventId};
use crate::document::{as_text, map};

/// A stored text under `events` that this version cannot read as an event of that id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    pub key: String,
    pub text: String,
}

/// All events, and the texts that are none. Should one id carry several texts, the smallest readable one counts.
pub(crate) fn events<A: Serialize + DeserializeOwned>(
    doc: &impl ReadDoc,
) -> (BTreeMap<EventId, Event<A>>, Vec<Unreadable>) {
    let mut read = BTreeMap::new();
    let mut unreadable = Vec::new();
    let Some(obj) = map(doc, &ROOT, "events") else { return (read, unreadable) };
    for key in doc.keys(&obj) {
        let values = doc.get_all(&obj, key.as_str()).unwrap_or_default();
        let mut texts: Vec<String> =
            values.iter().map(|(value, _)| as_text(value).unwrap_or_default()).collect();
        texts.sort();
        texts.dedup();
        for text in texts {
            match Event::from_json(&text).filter(|event| event.id.as_str() == key) {
                Some(event) if !read.contains_key(&event.id) => {
                    read.insert(event.id.clone(), event);
                }
                _ => unreadable.push(Unreadable { key: key.clone(), text }),
            }
        }
    }
    (read, unreadable)
}

/// The automerge actor that wrote each event: whoever knows the nodes can tell whether `by` is true.
pub fn writers(doc: &impl ReadDoc) -> BTreeMap<EventId, ActorBytes> {
    let Some(events) = map(doc, &ROOT, "events") else { return BTreeMap::new() };
    let writer = |key: String| match doc.get(&events, key.as_str()).ok()?? {
        (_, ObjId::Id(_, actor, _)) => Some((key.parse().ok()?, actor.to_bytes().try_into().ok()?)),
        (_, ObjId::Root) => None,
    };
    doc.keys(&events).filter_map(writer).collect()
}

/// Gives each event to the unit of whoever wrote it; whether one had named another.
///
/// The writer is proved by the signature of the log that the change came in; what the event says of itself is not.
pub(crate) fn attribute<A>(
    doc: &impl ReadDoc,
    events: &mut BTreeMap<EventId, Event<A>>,
    unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
) -> bool {
    let mut misnamed = false;
    for (id, actor) in writers(doc) {
        if let (Some(unit), Some(event)) = (unit_of(&actor), events.get_mut(&id))
            && event.by.unit != unit
        {
            event.by.unit = unit;
            misnamed = true;
        }
    }
    misnamed
}
