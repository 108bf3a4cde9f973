//! The frames of protocol `sanji/1`: CBOR arrays with numbered fields.
//!
//! A reader skips fields behind those it knows, so a field can be added at the end of an array; anything else is a
//! new protocol version. WHOEVER CHANGES A FRAME: raise `limits::PROTOCOL_VERSION` when its meaning changes, and add
//! golden bytes to `sync/tests/golden.rs`; nodes of two versions run side by side for months.
//!
//! | version | what changed |
//! | --- | --- |
//! | 1 | first |

use minicbor::{Decode, Encode};

use crate::batch::{BadBatch, Body, Codec, Verified};
use crate::ids::{Epoch, LogId, NodeId, Scope, ScopeKind, Time};
use crate::limits::{FRAME_BYTES_MAX, FRAME_LOGS_MAX, FRAME_PROOFS_MAX, FRAME_SCOPES_MAX};
use crate::proof::Proof;
use crate::vector::{Digest, ScopeVector};

/// A frame's stream and its priority: lower goes first (ARCHITECTURE §4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// Hello, vectors, acknowledgements.
    Control = 0,
    /// Directory, events and decisions.
    Events = 1,
    Guides = 2,
    Thumbnails = 3,
    Scans = 4,
}

impl Lane {
    /// The lanes that carry batches of entries, most urgent first.
    pub const ENTRIES: [Lane; 2] = [Lane::Events, Lane::Guides];

    pub fn of(scope: &Scope) -> Lane {
        match scope.kind() {
            ScopeKind::Directory | ScopeKind::Cases | ScopeKind::Staff => Lane::Events,
            ScopeKind::Guides | ScopeKind::Notices | ScopeKind::Drafts => Lane::Guides,
        }
    }

    pub fn number(self) -> u8 {
        self as u8
    }
}

/// What each side says first.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    /// The highest protocol version that the sender speaks; the lower of both is spoken.
    #[n(0)]
    pub version: u16,
    #[n(1)]
    pub node: NodeId,
    /// The epoch that the sender writes in.
    #[n(2)]
    pub epoch: Epoch,
    /// The sender's clock; shown as skew, never believed.
    #[n(3)]
    pub clock: Time,
    /// Over the vectors of all scopes that both hold, as the sender sees the tree.
    #[n(4)]
    pub digest: Digest,
    /// The vectors that changed since the state last agreed with this peer.
    #[n(5)]
    pub changed: Vec<ScopeVector>,
    /// Over everything that this peer has told the sender of third nodes' heights.
    #[n(6)]
    pub told: Digest,
    /// The highest batch codec that the sender reads; absent is 1.
    #[n(7)]
    pub codec: Option<u8>,
    /// Drawn when the sender's process started: one that comes back after another means two machines with one key.
    #[n(8)]
    pub run: Option<u64>,
}

impl Hello {
    /// The codec to pack batches with for the sender of this.
    pub fn best_codec(&self) -> Codec {
        Codec::up_to(self.codec.unwrap_or(1))
    }
}

/// A scope and the digest of its vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct ScopeDigest {
    #[n(0)]
    pub scope: Scope,
    #[n(1)]
    pub digest: Digest,
}

/// A log and how far it reaches somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Height {
    #[n(0)]
    pub log: LogId,
    #[n(1)]
    pub height: u64,
}

/// What a third node holds, told along the tree.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Held {
    #[n(0)]
    pub holder: NodeId,
    #[n(1)]
    pub heights: Vec<Height>,
}

/// What is said of logs that have two pasts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Pasts {
    /// Send these again from this height on: the sender looks for the place where the pasts part.
    #[n(0)]
    pub again: Vec<Height>,
    /// Logs that the sender itself writes and of which it has given up one past for good: what it holds counts.
    #[n(1)]
    pub settled: Vec<LogId>,
    /// Logs that were found to have two pasts: an alarm, passed on along the tree.
    #[n(2)]
    pub found: Vec<LogId>,
    /// Nodes below of which two machines were met: an alarm, passed on upwards.
    #[n(3)]
    pub twins: Option<Vec<NodeId>>,
    /// Proofs of two pasts, passed on along the tree with the alarm. Whoever gets one need not believe the sender:
    /// [`Frame::open`] leaves those that hold.
    #[n(4)]
    pub proofs: Option<Vec<Proof>>,
}

/// Entries on their way. `body` is a packed [`Body`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// Counts from 1 in each session.
    #[n(0)]
    pub number: u64,
    #[n(1)]
    pub codec: u8,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

/// Why a session ends. Travels to the peer and is shown to people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Hangup {
    #[n(0)]
    #[error("the peer speaks no protocol version that this node speaks")]
    Version,
    #[n(1)]
    #[error("the peer's unit is neither above nor below this one")]
    NotRelated,
    #[n(2)]
    #[error("the peer broke the protocol: a frame that cannot be read")]
    BadFrame,
    #[n(3)]
    #[error("the peer broke the protocol: a batch that does not verify")]
    BadBatch,
    #[n(4)]
    #[error("the peer broke the protocol: entries that leave a gap")]
    Gap,
    #[n(5)]
    #[error("the peer wrote where it has no authority")]
    NoAuthority,
    #[n(6)]
    #[error("the peer sent a scope that it does not hold or that this node does not hold")]
    WrongScope,
    #[n(7)]
    #[error("the peer's node was revoked")]
    Revoked,
    #[n(8)]
    #[error("the peer broke the protocol: a frame out of turn")]
    OutOfTurn,
    #[n(9)]
    #[error("the peer says nothing")]
    Silent,
    #[n(10)]
    #[error("the node is stopping")]
    Stopping,
}

/// Everything that is said between two nodes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(flat)]
pub enum Frame {
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Digest by digest, when Hello did not explain the difference. Scopes not named are empty.
    #[n(1)]
    Digests(#[n(0)] Vec<ScopeDigest>),
    /// The sender's vectors of these scopes: the receiver streams from here. With `reply` it answers with its own.
    #[n(2)]
    Vectors {
        #[n(0)]
        vectors: Vec<ScopeVector>,
        #[n(1)]
        reply: bool,
        /// Answers the receiver's digests: every scope of them that is not named here is equal.
        #[n(2)]
        rest_equal: bool,
        /// What two pasts of a log make necessary; none as a rule.
        #[n(3)]
        pasts: Option<Pasts>,
    },
    #[n(3)]
    Batch(#[n(0)] Batch),
    /// How far the receiver durably holds the logs of a batch, whatever became of its entries.
    #[n(4)]
    Ack {
        #[n(0)]
        number: u64,
        #[n(1)]
        heights: Vec<Height>,
    },
    /// An empty list takes back everything that was told before; what still counts follows.
    #[n(5)]
    Held(#[n(0)] Vec<Held>),
    #[n(6)]
    Bye(#[n(0)] Hangup),
}

/// A frame that was read and whose batch, if it is one, was verified.
#[derive(Clone, Debug)]
pub enum Opened {
    Frame(Frame),
    Batch { number: u64, verified: Verified },
}

/// Why bytes are not a frame.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadFrame {
    #[error("a frame of {0} bytes is over the limit")]
    TooLong(usize),
    #[error("the frame cannot be read: {0}")]
    Encoding(String),
    #[error("the frame's lists are over the limit")]
    TooMany,
    #[error("batch: {0}")]
    Batch(#[from] BadBatch),
}

impl BadFrame {
    /// What the sender is told.
    pub fn hangup(&self) -> Hangup {
        match self {
            BadFrame::TooLong(_) | BadFrame::Encoding(_) | BadFrame::TooMany => Hangup::BadFrame,
            BadFrame::Batch(_) => Hangup::BadBatch,
        }
    }
}

impl Frame {
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    /// Reads one frame, bounded, without verifying a batch.
    pub fn decode(bytes: &[u8]) -> Result<Frame, BadFrame> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(BadFrame::TooLong(bytes.len()));
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        let frame: Frame = decoder.decode().map_err(|e| BadFrame::Encoding(e.to_string()))?;
        if decoder.position() != bytes.len() {
            return Err(BadFrame::Encoding("bytes behind its end".into()));
        }
        let (scopes, logs) = frame.counts();
        if scopes > FRAME_SCOPES_MAX || logs > FRAME_LOGS_MAX || frame.proofs() > FRAME_PROOFS_MAX {
            return Err(BadFrame::TooMany);
        }
        Ok(frame)
    }

    /// Reads a frame and does every check that needs no state. Costs CPU: run it off the loop.
    pub fn open(bytes: &[u8]) -> Result<Opened, BadFrame> {
        match Frame::decode(bytes)? {
            Frame::Batch(batch) => {
                let verified = Body::unpack(batch.codec, &batch.body)?.verify()?;
                Ok(Opened::Batch { number: batch.number, verified })
            }
            Frame::Vectors { vectors, reply, rest_equal, pasts: Some(mut pasts) } => {
                pasts.proofs.iter_mut().for_each(|proofs| proofs.retain(Proof::holds));
                Ok(Opened::Frame(Frame::Vectors { vectors, reply, rest_equal, pasts: Some(pasts) }))
            }
            frame => Ok(Opened::Frame(frame)),
        }
    }

    /// A batch frame around a body.
    pub fn batch(number: u64, body: &Body, codec: Codec) -> Frame {
        Frame::Batch(Batch { number, codec: codec.number(), body: body.pack(codec) })
    }

    fn proofs(&self) -> usize {
        match self {
            Frame::Vectors { pasts: Some(Pasts { proofs: Some(proofs), .. }), .. } => proofs.len(),
            _ => 0,
        }
    }

    fn counts(&self) -> (usize, usize) {
        let vectors = |list: &[ScopeVector]| (list.len(), list.iter().map(|v| v.logs.len()).sum());
        match self {
            Frame::Hello(hello) => vectors(&hello.changed),
            Frame::Digests(digests) => (digests.len(), 0),
            Frame::Vectors { vectors: list, pasts, .. } => {
                let (scopes, logs) = vectors(list);
                (scopes, logs + pasts.as_ref().map_or(0, |p| p.again.len() + p.settled.len() + p.found.len()))
            }
            Frame::Batch(_) | Frame::Bye(_) => (0, 0),
            Frame::Ack { heights, .. } => (0, heights.len()),
            Frame::Held(held) => (0, held.iter().map(|h| h.heights.len() + 1).sum()),
        }
    }
}
