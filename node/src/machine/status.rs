//! What an operator sees: the status of the command line contract, and the recomputation of everything.

use std::collections::{BTreeMap, BTreeSet};

use sanji_model::lang::{Lang, Say};
use sanji_sync::tree::Relation;
use sanji_sync::{Scope, Time, UnitCode};
use serde_json::{Value, json};

use super::incidents::incident_json;
use super::{Done, Machine};
use crate::backup::Plan;
use crate::link::{ParentState, ParentView, Transport, Trouble};
use crate::store::verify;
use crate::store::views::Counted;

/// Frames of the protocol, without transport and handshakes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FrameCounts {
    pub up: u64,
    pub down: u64,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

impl FrameCounts {
    pub fn count_up(&mut self, bytes: usize) {
        self.up += 1;
        self.bytes_up += bytes as u64;
    }

    pub fn count_down(&mut self, bytes: usize) {
        self.down += 1;
        self.bytes_down += bytes as u64;
    }
}

/// What the driver sees of its links.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LinkView {
    /// None when the node is not running.
    pub parent: Option<ParentView>,
    /// Where this node can be reached by others.
    pub addresses: Vec<String>,
    pub http: String,
    pub bytes_up: u64,
    pub bytes_down: u64,
    pub hangups: u64,
    pub frames: FrameCounts,
    /// When each child was last linked.
    pub last_seen: BTreeMap<UnitCode, Time>,
    /// Entries that each child said it holds and that had not come when its line went down.
    pub last_awaited: BTreeMap<UnitCode, u64>,
}

impl Machine {
    pub(super) fn status(&mut self, now: Time) -> Done {
        let unit = self.hub.unit();
        let organisation = &self.directory.organisation;
        let named = organisation.unit(&unit);
        let (name, tier) = named.map_or((String::new(), None), |u| (u.name.clone(), Some(u.tier)));
        let parent = self.parent_json(unit);
        let children = self.children_json(unit);
        let scopes = self.scopes_json();
        let overview = self.store.overview();
        let (guides, drafts) = (overview.published(), overview.drafts());
        let [cases, complaints, enquiries] =
            [Counted::Case, Counted::Complaint, Counted::Enquiry].map(|counted| overview.counted(counted));
        let skew = self
            .hub
            .sessions()
            .find(|s| Some(s.unit) == self.hub.tree().parent(&unit))
            .map_or(0, |s| s.skew_ms);
        let round_trips = self.hub.sessions().map(|s| s.round_trips).max().unwrap_or(0);
        let incidents: Vec<Value> = self.incidents.iter().map(|(at, i)| incident_json(*at, i)).collect();
        Ok(json!({
            "unit": unit, "name": name, "tier": tier, "node": self.hub.node(), "epoch": self.hub.epoch(),
            "version": env!("CARGO_PKG_VERSION"), "clock": now, "clock_skew_ms": skew,
            "uptime_ms": now.0 - self.started.unwrap_or(now).0,
            "parent": parent, "children": children, "scopes": scopes,
            "guides": guides, "drafts": drafts, "cases": cases,
            "complaints": complaints, "enquiries": enquiries,
            "behind": self.store.backlog().entries(),
            "quarantined": self.store.quarantined()?.len(),
            "incidents": incidents, "doctor": self.acts_elsewhere(now),
            "attention": self.attention().iter().map(|(en, zh)| json!({ "en": en, "zh": zh })).collect::<Vec<_>>(),
            "disk_bytes": self.store.disk_bytes(), "rss_bytes": rss_bytes(),
            "addresses": self.link.addresses, "http": self.link.http,
            "link": {
                "bytes_up": self.link.bytes_up, "bytes_down": self.link.bytes_down,
                "round_trips": round_trips, "hangups": self.link.hangups,
                "frames_up": self.link.frames.up, "frames_down": self.link.frames.down,
                "frame_bytes_up": self.link.frames.bytes_up, "frame_bytes_down": self.link.frames.bytes_down,
            },
        }))
    }

    /// What a backup of this node must hold: everything up to here.
    pub(super) fn backup(&mut self, now: Time) -> Done {
        let segments = self.store.journal().segments().into_iter().map(|s| (s.name, s.bytes)).collect();
        let plan =
            Plan { unit: self.hub.unit(), node: self.hub.node(), epoch: self.hub.epoch(), at: now, segments };
        Ok(serde_json::to_value(plan).unwrap_or_default())
    }

    pub(super) fn verify(&mut self) -> Done {
        let verified = verify::verify(&mut self.store)?;
        Ok(json!({
            "logs": verified.logs, "entries": verified.entries, "documents": verified.documents, "bad": verified.bad,
            "settled": verified.settled,
        }))
    }

    /// The uplink. A fresh node does not know its parent's unit before the directory has come.
    pub(super) fn parent_json(&self, unit: UnitCode) -> Value {
        let parent = self.hub.tree().parent(&unit);
        if self.is_root() {
            return Value::Null;
        }
        let view = self.link.parent.as_ref();
        let (state, since) = match view.map(|v| (v.state, v.since)) {
            None if self.is_paused() => ("paused", None),
            None | Some((ParentState::None, _)) => ("stopped", None),
            Some((ParentState::Paused, since)) => ("paused", Some(since)),
            Some((ParentState::Waiting { until }, _)) => ("waiting", Some(until)),
            Some((ParentState::Dialling, since)) => ("dialling", Some(since)),
            Some((ParentState::Up, since)) => ("up", Some(since)),
        };
        // Not the unit right above, when another parent's address is in use.
        let parent = view.and_then(|v| v.peer).map_or(parent, |(_, unit)| Some(unit));
        let session = parent.and_then(|p| self.hub.sessions().find(|s| s.unit == p));
        let trouble = view.and_then(|v| v.trouble.as_ref()).map(trouble_json);
        let passed_over = view.map_or(&[][..], |v| &v.passed_over).iter();
        let passed_over: Vec<Value> = passed_over
            .map(|p| json!({ "address": p.address, "transport": p.transport.map(Transport::name), "why": trouble_json(&p.trouble) }))
            .collect();
        json!({
            "unit": parent, "state": state, "since": since,
            "address": view.and_then(|v| v.address.clone()),
            "transport": view.and_then(|v| v.transport).map(Transport::name),
            "passed_over": passed_over,
            "owed": parent.map_or(0, |p| self.hub.owed_to(p)),
            "acked": session.map(|s| s.acked()),
            "awaited": session.map(|s| s.awaited(self.hub.heads())),
            "trouble": trouble,
        })
    }

    /// Entries that a linked unit said it holds and that have not come yet; none before it said what it holds.
    pub(crate) fn awaited_from(&self, unit: &UnitCode) -> Option<u64> {
        let session = self.hub.sessions().find(|session| session.unit == *unit && session.hello.is_some())?;
        Some(session.awaited(self.hub.heads()))
    }

    fn children_json(&self, unit: UnitCode) -> Vec<Value> {
        let enrolled: BTreeMap<UnitCode, ()> =
            self.directory.nodes.values().filter(|n| n.revoked.is_none()).map(|n| (n.unit, ())).collect();
        let organisation = &self.directory.organisation;
        let children = organisation.children(unit).filter(|c| enrolled.contains_key(&c.code));
        // Units further below come here when what is between cannot be reached.
        let tree = self.hub.tree();
        let further: BTreeSet<UnitCode> = self
            .hub
            .sessions()
            .map(|session| session.unit)
            .filter(|u| tree.relation(*u, unit) == Relation::Descendant && tree.parent(u) != Some(unit))
            .collect();
        let further = further.iter().filter_map(|code| organisation.unit(code));
        children
            .chain(further)
            .map(|below| {
                let session = self.hub.sessions().find(|s| s.unit == below.code);
                json!({
                    "unit": below.code, "name": below.name,
                    "state": if session.is_some() { "up" } else { "down" },
                    "past": tree.parent(&below.code).filter(|parent| *parent != unit),
                    "last_seen": self.link.last_seen.get(&below.code),
                    "owed": self.hub.owed_to(below.code),
                    "awaited": self.awaited_from(&below.code),
                    "awaited_last": self.link.last_awaited.get(&below.code),
                })
            })
            .collect()
    }

    fn scopes_json(&mut self) -> Vec<Value> {
        let scopes: std::collections::BTreeSet<Scope> =
            self.hub.heads().logs().map(|(log, _)| log.scope).collect();
        let rows = scopes.into_iter().map(|scope| {
            let entries: u64 = self.hub.heads().logs_of(scope).map(|(_, head)| head.height).sum();
            json!({
                "scope": scope, "digest": self.hub.digest(scope).map(|d| d.to_string()),
                "entries": entries, "documents": self.store.overview().documents(&scope),
            })
        });
        rows.collect()
    }
}

fn trouble_json(trouble: &Trouble) -> Value {
    json!({ "code": trouble.code(), "en": trouble.text(Lang::En), "zh": trouble.text(Lang::Zh) })
}

/// Resident memory of this process in bytes, 0 where the system does not say.
fn rss_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}
