//! Revocation, as the county decides it: a node may neither connect nor write any more. What of its logs has come to the
//! county counts; entries beyond that are refused everywhere.

use sanji_model::directory::{self, Cut, NodeEntry, put_node};
use sanji_sync::vector::Head;
use sanji_sync::{LogId, NodeId, Scope, Shelf, Time, UnitCode};
use serde_json::json;

use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// Digits of a node's id that name it well enough.
const NODE_DIGITS_MIN: usize = 8;

impl Machine {
    pub(super) fn revoke(&mut self, now: Time, whom: &str, confirmed: bool, steps: &mut Vec<Step>) -> Done {
        if !self.is_root() {
            return Err(Refusal::NotRoot.into());
        }
        let nodes = self.named_nodes(whom)?;
        if nodes.iter().any(|(node, _)| *node == self.hub.node()) {
            return Err(Refusal::RevokeCounty.into());
        }
        if !confirmed {
            let named = nodes.iter().map(|(node, entry)| format!("{} ({})", node.short(), entry.unit));
            return Err(Refusal::RevokeUnconfirmed(named.collect()).into());
        }
        let mut revoked = Vec::new();
        for (node, entry) in nodes {
            let cuts = self.ends_of(&node);
            let entries: u64 = cuts.iter().map(|cut| cut.height).sum();
            revoked.push(json!({ "node": node, "unit": entry.unit, "entries": entries }));
            let entry = NodeEntry { revoked: Some(cuts), ..entry };
            self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
                Ok(put_node(doc, &node, &entry)?)
            })?;
        }
        Ok(json!({ "revoked": revoked }))
    }

    /// Where each log of a node ends here.
    pub fn ends_of(&self, node: &NodeId) -> Vec<Cut> {
        let heads = self.hub.heads().logs().filter(|(log, _)| log.node == *node);
        let end = |(log, head): (&LogId, &Head)| {
            let last = self.store.entry(log, head.height);
            Cut::at(log, head.height, last.and_then(|(_, entry)| entry.signature))
        };
        heads.map(end).collect()
    }

    /// The nodes that a unit's code or the beginning of a node's id names, those revoked left out.
    fn named_nodes(&self, whom: &str) -> Result<Vec<(NodeId, NodeEntry)>, Stop> {
        let text = whom.trim().to_ascii_lowercase();
        let standing = self.directory.nodes.iter().filter(|(_, entry)| entry.revoked.is_none());
        let nodes: Vec<(NodeId, NodeEntry)> = match UnitCode::parse(&text) {
            Ok(unit) => standing.filter(|(_, e)| e.unit == unit).map(|(n, e)| (*n, e.clone())).collect(),
            Err(_) if text.len() >= NODE_DIGITS_MIN => standing
                .filter(|(node, _)| node.to_string().starts_with(&text))
                .map(|(n, e)| (*n, e.clone()))
                .collect(),
            Err(_) => Vec::new(),
        };
        if nodes.is_empty() { Err(Refusal::NoSuchNode(whom.to_owned()).into()) } else { Ok(nodes) }
    }
}
