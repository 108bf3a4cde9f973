//! A breach: an event that no rule allows, written by a node whose program keeps no rule of cases, and signed as it must be.
//!
//! From then on that node's own machine stays off. Knows no rule itself.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, AutoCommit};
use sanji_model::case::{Action, By, Case, Event, EventId, Role};
use sanji_node::command::Command;
use sanji_node::machine::Input;
use sanji_node::store::keys;
use sanji_node::store::kv::chunks;
use sanji_sync::batch::{Body, Codec};
use sanji_sync::log::{ChangeBytes, genesis, next_link};
use sanji_sync::{ConnId, DocId, Entry, Epoch, Frame, LogId, Scope, Writer};
use serde_json::Value;

use super::ledger::Written;
use super::world::World;

/// A connection that the network knows nothing of.
const CONN: ConnId = ConnId(u64::MAX);

/// What is done against the rules, and as whom.
pub struct Breach {
    /// The case's number.
    pub number: String,
    pub action: Action,
    pub role: Role,
    pub fields: BTreeMap<String, String>,
}

impl World {
    /// Node `n` writes it and sends it to its first parent. The error says what was not there.
    pub fn breach(&mut self, n: usize, breach: &Breach) -> Result<(), String> {
        if !self.nodes[n].is_stopped {
            self.stop(n, false);
            self.nodes[n].is_stopped = true;
        }
        let parent = *self.nodes[n].parents.first().ok_or("the county has nobody to send it to")?;
        let show = Command::CaseShow { number: breach.number.clone() };
        let shown =
            self.tell(parent, show).and_then(Result::ok).ok_or("its parent does not know the case")?;
        let doc: DocId = shown["id"].as_str().and_then(|id| id.parse().ok()).ok_or("the case has no id")?;
        let change = self.change_of(n, parent, &doc, &self.event(n, breach, &shown)?)?;
        self.send_entry(n, parent, doc, change)
    }

    fn event(&self, n: usize, breach: &Breach, shown: &Value) -> Result<Event, String> {
        let events = || shown["events"].as_array().into_iter().flatten();
        let ids = |value: &Value| -> Option<EventId> { value.as_str()?.parse().ok() };
        let seen: BTreeSet<EventId> =
            events().flat_map(|e| e["seen"].as_array().into_iter().flatten()).filter_map(ids).collect();
        let heads = events().filter_map(|e| ids(&e["id"])).filter(|id| !seen.contains(id)).collect();
        let id = format!("breach-{}", events().count());
        Ok(Event {
            id: id.parse().map_err(|_| "no event can be called so".to_owned())?,
            at: self.nodes[n].clock(self.now),
            action: breach.action.clone(),
            by: By {
                unit: self.nodes[n].unit,
                node: self.nodes[n].id().short(),
                user: None,
                instead_of: None,
                role: breach.role,
            },
            seen: heads,
            fields: breach.fields.clone(),
        })
    }

    /// The event as the change of its document that node `n` would make.
    fn change_of(&self, n: usize, parent: usize, doc: &DocId, event: &Event) -> Result<Vec<u8>, String> {
        let machine = self.nodes[parent].machine.as_ref().ok_or("its parent is down")?;
        let bytes = chunks::get(machine.store().kv(), &keys::document(doc)).map_err(|why| why.to_string())?;
        let bytes = bytes.ok_or("its parent has no such document")?;
        let mut document = AutoCommit::load(&bytes).map_err(|why| why.to_string())?;
        let writer = Writer::new(self.nodes[n].key.signing().clone(), Epoch(1));
        document.set_actor(ActorId::from(writer.actor().as_slice()));
        Case::append(&mut document, event).map_err(|why| why.to_string())?;
        document.commit();
        let change = document.get_last_local_change().ok_or("nothing was changed")?;
        Ok(change.raw_bytes().to_vec())
    }

    fn send_entry(&mut self, n: usize, parent: usize, doc: DocId, change: Vec<u8>) -> Result<(), String> {
        let (node, unit) = (self.nodes[n].id(), self.nodes[n].unit);
        let writer = Writer::new(self.nodes[n].key.signing().clone(), Epoch(1));
        let log = LogId { scope: Scope::Cases(unit), node, epoch: Epoch(1) };
        let head = self.hub(parent).and_then(|hub| hub.heads().head(&log));
        let (height, prev) = head.map_or_else(|| (1, genesis(&log)), |head| (head.height + 1, head.link));
        let link = next_link(&prev, &doc, &change);
        let signature = Some(writer.sign(&log, height, &link));
        let entry = Entry { log, height, doc, change: ChangeBytes::from(change), link, signature };
        let body = Body::group(&[entry], |_| prev).ok_or("its entry makes no batch")?;
        let frame = Frame::open(&Frame::batch(1, &body, Codec::HIGHEST).encode())
            .map_err(|why| format!("its frame is none: {why:?}"))?;
        self.ledger.wrote(Written { log, height, link });
        self.nodes[n].promised.insert(log, height);
        for input in [
            Input::LinkUp { conn: CONN, node, unit },
            Input::Frame { conn: CONN, frame },
            Input::LinkDown { conn: CONN },
        ] {
            self.turn(parent, vec![input]);
        }
        Ok(())
    }
}
