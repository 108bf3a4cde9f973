//! The contract between the hub and whoever drives it: events in, effects out, in order.
//!
//! Knows no rule; the hub decides, the driver performs.

use crate::frame::{Hangup, Lane, Opened};
use crate::ids::{Epoch, LogId, NodeId, Scope, UnitCode};
use crate::log::Entry;
use crate::session::ConnId;
use crate::vector::ScopeVector;

/// What happens to a hub.
#[derive(Debug)]
pub enum Event {
    /// A link to `node` of `unit` is up; both come from its verified certificate.
    LinkUp {
        conn: ConnId,
        node: NodeId,
        unit: UnitCode,
    },
    LinkDown {
        conn: ConnId,
    },
    Frame {
        conn: ConnId,
        frame: Opened,
    },
    /// The peer sent bytes that are no frame.
    BadFrame {
        conn: ConnId,
        why: Hangup,
    },
    Tick,
}

/// What the driver must do, in order.
#[derive(Debug)]
pub enum Effect {
    /// Durable before anything after it happens.
    Store(Stored),
    Send {
        conn: ConnId,
        lane: Lane,
        frame: Vec<u8>,
    },
    Hangup {
        conn: ConnId,
        why: Hangup,
    },
    /// Worth keeping, not worth waiting for: losing it costs traffic only.
    Remember(Memo),
    /// For people: shown, counted, kept.
    Report(Incident),
}

/// What must be durable.
#[derive(Debug)]
pub enum Stored {
    /// In this order, which is the order of arrival.
    Entries(Vec<Entry>),
    /// This node writes in this epoch from now on.
    Epoch(Epoch),
}

/// A hint that makes the next link-up cheaper or a picture fuller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Memo {
    /// This peer and this node last agreed on this vector.
    Agreed { peer: NodeId, vector: ScopeVector },
    /// `holder` durably holds `log` up to `height`.
    Held { holder: NodeId, log: LogId, height: u64 },
    /// `by` told this node so.
    Told { by: NodeId, holder: NodeId, log: LogId, height: u64 },
}

/// Something an operator should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Incident {
    /// Two links at one height of one log: two writers use one key and epoch (ARCHITECTURE §4.2).
    Fork { log: LogId, height: u64, from: NodeId },
    /// An entry whose writer had no authority; refused.
    NoAuthority { log: LogId, height: u64, from: NodeId },
    /// Others hold more of this node's own log than it does, or another past of it: its disk went back in time, or a
    /// second machine has its identity.
    OwnLogBehind { log: LogId, held: u64, here: u64, new_epoch: Epoch },
}

/// Why a local change was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AppendRefused {
    #[error("this node has no authority to write into {0}")]
    NoAuthority(Scope),
    #[error("the change is not a plain automerge change: {0}")]
    BadChange(#[from] crate::change::BadChange),
    #[error("the change was not written under this node's actor")]
    Actor,
}
