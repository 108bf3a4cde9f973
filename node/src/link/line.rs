//! One connection as everybody shares it: its peer, its queues to be sent, its end.
//!
//! Sending never waits. What waits to be sent is counted in bytes over all lanes; a peer that lets it grow beyond the
//! bound is hung up, since its replica can be brought up to date by a new session at any time but our memory cannot.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sanji_sync::ConnId;
use tokio::sync::{mpsc, watch};

use super::event::{Close, DownReason, LANES, Peer};
use super::fault::short;
use super::wire::Wire;

/// What a waiting frame costs besides its bytes, so that empty ones are bounded, too.
const FRAME_COST_BYTES: usize = 64;

/// How far a connection has got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Stage {
    /// TLS is done; whether the peer lets us stay is not known yet.
    Connected,
    /// The peer has opened a lane, which it does only for those it admits.
    Welcome,
    /// `Down` was delivered.
    Gone,
}

/// Why a frame was not taken for sending.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSent {
    /// The connection has ended; its `Down` is in the inbox or on the way.
    #[error("the connection has ended")]
    Gone,
    /// More waits than is allowed; the peer is hung up.
    #[error("the peer is too slow and was hung up")]
    Slow,
    /// The frame is longer than the limit, or the lane does not exist: a mistake on this side.
    #[error("the frame is longer than any peer takes, or the lane does not exist")]
    Misuse,
}

/// The frames of each lane on their way to the writers.
pub(super) type Outgoing = Vec<mpsc::UnboundedReceiver<Vec<u8>>>;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: ConnId,
    pub(super) peer: Peer,
    pub(super) wire: Wire,
    lanes: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    waiting_bytes: AtomicUsize,
    ending: OnceLock<(Close, String)>,
    stage: watch::Sender<Stage>,
}

impl Line {
    pub(super) fn new(id: ConnId, peer: Peer, wire: Wire) -> (Arc<Line>, Outgoing) {
        let (lanes, outgoing) = (0..LANES).map(|_| mpsc::unbounded_channel()).unzip();
        let line = Line {
            id,
            peer,
            wire,
            lanes,
            waiting_bytes: AtomicUsize::new(0),
            ending: OnceLock::new(),
            stage: watch::Sender::new(Stage::Connected),
        };
        (Arc::new(line), outgoing)
    }

    /// Queues a frame, or hangs up if more than `queue_bytes_max` would wait.
    pub(super) fn send(&self, lane: u8, frame: Vec<u8>, queue_bytes_max: usize) -> Result<(), NotSent> {
        let queue = self.lanes.get(usize::from(lane)).ok_or(NotSent::Misuse)?;
        if self.wire.is_closed() {
            return Err(NotSent::Gone);
        }
        let cost = cost_bytes(&frame);
        let waiting = self.waiting_bytes.fetch_add(cost, Ordering::Relaxed) + cost;
        if waiting > queue_bytes_max {
            self.close(Close::Slow, format!("{waiting} bytes wait"));
            return Err(NotSent::Slow);
        }
        queue.send(frame).map_err(|_| NotSent::Gone)
    }

    /// A frame has been handed to the transport.
    pub(super) fn sent(&self, cost: usize) {
        self.waiting_bytes.fetch_sub(cost, Ordering::Relaxed);
    }

    /// Closes; the first reason stands.
    pub(super) fn close(&self, close: Close, why: impl Into<String>) {
        let why = short(&why.into());
        if !self.wire.is_closed() && self.ending.set((close, why.clone())).is_ok() {
            self.wire.close(close, &why);
        }
    }

    /// Waits for the end and says why it came.
    pub(super) async fn ended(&self) -> DownReason {
        let why = self.wire.closed().await;
        // A reason set a moment after the peer's own close lost the race.
        match self.ending.get() {
            Some((close, said)) if matches!(why, DownReason::Here { .. }) => {
                DownReason::Here { close: *close, why: said.clone() }
            }
            Some(_) | None => why,
        }
    }

    pub(super) fn reach(&self, stage: Stage) {
        self.stage.send_if_modified(|now| {
            let further = stage > *now;
            *now = stage.max(*now);
            further
        });
    }

    pub(super) fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Waits until `Down` was delivered.
    pub(super) async fn gone(&self) {
        // The sender is in `self`: it outlives the wait.
        self.stage().wait_for(|stage| *stage == Stage::Gone).await.ok();
    }
}

pub(super) fn cost_bytes(frame: &[u8]) -> usize {
    frame.len() + FRAME_COST_BYTES
}
