//! The contract between the hub and whoever drives it: events in, effects out, in order.
//!
//! Knows no rule; the hub decides, the driver performs.

use minicbor::{Decode, Encode};

use crate::frame::{Hangup, Lane, Opened};
use crate::ids::{DocId, Epoch, LogId, NodeId, Scope, UnitCode};
use crate::log::Entry;
use crate::proof::Proof;
use crate::session::ConnId;
use crate::vector::{Head, ScopeVector};

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
    /// The log ends at this head from now on: what was stored behind it gives way to another past, or lies beyond its
    /// writer's revocation. It is kept as evidence and counts no more. Performed before what follows in the list.
    Cut { log: LogId, head: Head },
    /// That a log has two pasts. Kept for good: a node whose disk goes back has forgotten it, and is told again.
    Proof(Proof),
}

/// A hint that makes the next link-up cheaper or a picture fuller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Memo {
    /// This peer and this node last agreed on this vector.
    Agreed { peer: NodeId, vector: ScopeVector },
    /// `holder` durably holds `log` up to `height`; 0 when that is no longer known of any.
    Held { holder: NodeId, log: LogId, height: u64 },
    /// `by` told this node so.
    Told { by: NodeId, holder: NodeId, log: LogId, height: u64 },
}

/// Something an operator should know.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Incident {
    /// Two links at one height of one log: two writers use one key and epoch, or a disk went back in time (ARCHITECTURE
    /// §4.2). `height` is the first of which there are two, as far as it is
    /// known; 0 when it was only told.
    #[n(0)]
    Fork {
        #[n(0)]
        log: LogId,
        #[n(1)]
        height: u64,
        #[n(2)]
        from: NodeId,
    },
    /// Entries of this log from `from` to `upto` gave way to the past that `to` holds. If this node wrote them, their
    /// meaning is written anew in `new_epoch`.
    #[n(1)]
    GaveWay {
        #[n(0)]
        log: LogId,
        #[n(1)]
        from: u64,
        #[n(2)]
        upto: u64,
        #[n(3)]
        to: NodeId,
        #[n(4)]
        new_epoch: Option<Epoch>,
    },
    /// Entries beyond the cut of a revoked writer were held here and count no more.
    #[n(2)]
    CutOff {
        #[n(0)]
        log: LogId,
        #[n(1)]
        from: u64,
        #[n(2)]
        upto: u64,
    },
    /// Two processes that run at the same time use this node's key and certificate.
    #[n(3)]
    TwoMachines {
        #[n(0)]
        node: NodeId,
    },
    /// An entry whose writer had no authority; refused.
    #[n(4)]
    NoAuthority {
        #[n(0)]
        log: LogId,
        #[n(1)]
        height: u64,
        #[n(2)]
        from: NodeId,
    },
    /// Others hold more of this node's own log than it does, or another past of it: its disk went back in time, or a
    /// second machine has its identity. It writes in `new_epoch` from now on.
    #[n(5)]
    OwnLogBehind {
        #[n(0)]
        log: LogId,
        #[n(1)]
        held: u64,
        #[n(2)]
        here: u64,
        #[n(3)]
        new_epoch: Epoch,
    },
    /// The journal on this node's disk is damaged. Of its own logs `entries` lie behind that: kept and not shown before it
    /// is known what others hold. It writes in `new_epoch` from now on.
    #[n(7)]
    Damaged {
        #[n(0)]
        entries: u64,
        #[n(1)]
        new_epoch: Epoch,
    },
    /// Of an own log with entries behind damage others brought back what they hold; those from `from` to `upto`, if any,
    /// were written anew in `new_epoch`.
    #[n(8)]
    Mended {
        #[n(0)]
        log: LogId,
        #[n(1)]
        from: u64,
        #[n(2)]
        upto: u64,
        #[n(3)]
        new_epoch: Epoch,
    },
    /// A change of this node that counts no more could not be written anew into its document.
    #[n(6)]
    NotAnew {
        #[n(0)]
        log: LogId,
        #[n(1)]
        doc: DocId,
    },
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
