//! What the link counts, for status and monitoring.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use sanji_sync::Time;

use super::event::DownReason;
use super::fault::HandshakeFault;

/// Totals since the link was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Bytes of UDP payload sent on all connections of nodes, handshakes and repetitions included; over TCP, bytes of
    /// chunks.
    pub bytes_up: u64,
    /// The same, received.
    pub bytes_down: u64,
    /// Connections up at the moment.
    pub connections: u64,
    /// Connections that ever came up.
    pub connected: u64,
    /// Peers hung up for breaking the protocol, being too slow, or by command.
    pub hangups: u64,
    /// Join requests handed to the owner.
    pub joins: u64,
}

/// Handshakes that this side, or the caller, gave up: how many, and the last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TurnedAway {
    pub count: u64,
    pub last: Option<(Time, SocketAddr, HandshakeFault)>,
}

/// The parts of [`Counters`] that are not read off live connections.
#[derive(Debug, Default)]
pub(super) struct Tally {
    bytes_up: AtomicU64,
    bytes_down: AtomicU64,
    connected: AtomicU64,
    hangups: AtomicU64,
    joins: AtomicU64,
}

impl Tally {
    pub(super) fn up(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn join(&self) {
        self.joins.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection has ended: its bytes move into the totals.
    pub(super) fn down(&self, (up, down): (u64, u64), why: &DownReason) {
        self.bytes_up.fetch_add(up, Ordering::Relaxed);
        self.bytes_down.fetch_add(down, Ordering::Relaxed);
        if matches!(why, DownReason::Here { close, .. } if close.is_hangup()) {
            self.hangups.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The totals with the live connections added.
    pub(super) fn read(&self, live: impl Iterator<Item = (u64, u64)>) -> Counters {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let ended = Counters {
            bytes_up: read(&self.bytes_up),
            bytes_down: read(&self.bytes_down),
            connections: 0,
            connected: read(&self.connected),
            hangups: read(&self.hangups),
            joins: read(&self.joins),
        };
        live.fold(ended, |sum, (up, down)| Counters {
            bytes_up: sum.bytes_up + up,
            bytes_down: sum.bytes_down + down,
            connections: sum.connections + 1,
            ..sum
        })
    }
}
