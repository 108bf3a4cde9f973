//! The events of a document as they are stored: under `events` one JSON text an event, by its id.
//!
//! Knows no action: a case, a complaint and an enquiry keep theirs alike.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ObjId, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, UnitCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event::{Event, EventId};
use super::order::Order;
use crate::document::{as_text, maps};
use crate::organisation::Tier;

/// A stored text under `events` that this version cannot read as an event of that id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    pub key: String,
    pub text: String,
}

/// What is stored under `events`.
pub(crate) struct Stored<A> {
    pub events: BTreeMap<EventId, Event<A>>,
    pub unreadable: Vec<Unreadable>,
    /// Whether an event had named another unit than its writer's.
    pub misnamed: bool,
}

/// One value under an id, with who wrote it.
struct Written {
    text: String,
    unit: Option<UnitCode>,
    /// By the document's own clock: more than whatever its writer had before.
    made: u64,
}

/// Reads all events, each given to the unit of whoever wrote it, as `unit_of` knows the writers.
///
/// The writer is proved by the signature of the log that the change came in; what the event says of itself is not. Should
/// one id carry several texts, that of the highest tier counts, so that nobody below can take an event's place.
pub(crate) fn stored<A: Serialize + DeserializeOwned>(
    doc: &impl ReadDoc,
    unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
) -> Stored<A> {
    let mut stored = Stored { events: BTreeMap::new(), unreadable: Vec::new(), misnamed: false };
    let mut made: BTreeMap<EventId, u64> = BTreeMap::new();
    let maps = maps(doc, &ROOT, "events");
    let keys: BTreeSet<String> = maps.iter().flat_map(|map| doc.keys(map)).collect();
    for key in keys {
        for written in written(doc, &maps, &key, &unit_of) {
            match Event::from_json(&written.text).filter(|event| event.id.as_str() == key) {
                Some(mut event) if !stored.events.contains_key(&event.id) => {
                    if let Some(unit) = written.unit.filter(|unit| *unit != event.by.unit) {
                        event.by.unit = unit;
                        stored.misnamed = true;
                    }
                    made.insert(event.id.clone(), written.made);
                    stored.events.insert(event.id.clone(), event);
                }
                _ => stored.unreadable.push(Unreadable { key: key.clone(), text: written.text }),
            }
        }
    }
    break_circles(&mut stored.events, &made);
    stored
}

/// The values of an id, the one that counts first.
fn written(
    doc: &impl ReadDoc,
    maps: &[ObjId],
    key: &str,
    unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>,
) -> Vec<Written> {
    let values: Vec<_> = maps.iter().flat_map(|map| doc.get_all(map, key).unwrap_or_default()).collect();
    let one = |(value, id): &(automerge::Value<'_>, ObjId)| {
        let (made, unit) = match id {
            ObjId::Id(made, actor, _) => {
                (*made, actor.to_bytes().try_into().ok().and_then(|of| unit_of(&of)))
            }
            ObjId::Root => (0, None),
        };
        Written { text: as_text(value).unwrap_or_default(), unit, made }
    };
    let mut all: Vec<Written> = values.iter().map(one).collect();
    all.sort_by(|a, b| {
        let tier = |one: &Written| (one.unit.is_none(), one.unit.map(|unit| Tier::of(&unit)));
        tier(a).cmp(&tier(b)).then_with(|| a.text.cmp(&b.text))
    });
    all.dedup_by(|a, b| a.text == b.text);
    all
}

/// Nobody has seen what was made later. Where events claim to have seen each other in a circle, those claims are dropped,
/// so that what honest writers made of them stands.
fn break_circles<A>(events: &mut BTreeMap<EventId, Event<A>>, made: &BTreeMap<EventId, u64>) {
    let set: BTreeMap<&EventId, &Event<A>> = events.iter().collect();
    let left: BTreeSet<EventId> = Order::of(&set).circular().iter().map(|event| event.id.clone()).collect();
    for id in &left {
        let before = |seen: &EventId| made.get(seen) < made.get(id);
        if let Some(event) = events.get_mut(id) {
            event.seen.retain(|seen| !left.contains(seen) || before(seen));
        }
    }
}

/// The automerge actor that wrote each event: whoever knows the nodes can tell whether `by` is true.
pub fn writers(doc: &impl ReadDoc) -> BTreeMap<EventId, ActorBytes> {
    let mut writers = BTreeMap::new();
    for events in maps(doc, &ROOT, "events") {
        for key in doc.keys(&events) {
            if let (Ok(id), Ok(Some((_, ObjId::Id(_, actor, _))))) =
                (key.parse(), doc.get(&events, key.as_str()))
                && let Ok(actor) = actor.to_bytes().try_into()
            {
                writers.insert(id, actor);
            }
        }
    }
    writers
}
