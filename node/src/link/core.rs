//! What all tasks of a link share: the endpoint, the lines, the orders to the dialler, the counters.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use quinn::Endpoint;
use sanji_model::lang::Say;
use sanji_sync::{ConnId, NodeId, Time};
use tokio::sync::{Semaphore, watch};

use super::chunks;
use super::counters::{Counters, Tally, TurnedAway};
use super::dial::Orders;
use super::event::{Close, Peer};
use super::fault::HandshakeFault;
use super::line::{Line, Outgoing};
use super::options::{Admit, LinkOptions};
use super::parent::ParentView;
use super::reach::Dialler;
use super::wire::Wire;
use crate::trust::certificate::read_certificate;

pub(super) struct Core {
    pub(super) me: NodeId,
    pub(super) options: LinkOptions,
    pub(super) endpoint: Endpoint,
    pub(super) dialler: Dialler,
    /// Places for TCP connections.
    pub(super) streams: Arc<Semaphore>,
    pub(super) tally: Tally,
    pub(super) joins: Semaphore,
    pub(super) orders: watch::Sender<Orders>,
    pub(super) parent: watch::Sender<ParentView>,
    pub(super) turned_away: watch::Sender<TurnedAway>,
    admit: Admit,
    conn_last: AtomicU64,
    /// Until their `Down` is delivered.
    lines: Mutex<BTreeMap<ConnId, Arc<Line>>>,
}

/// A line that has been entered, with the same node's older ones, which must be gone before it comes up.
pub(super) struct Entered {
    pub(super) line: Arc<Line>,
    pub(super) outgoing: Outgoing,
    pub(super) older: Vec<Arc<Line>>,
}

impl Core {
    pub(super) fn new(
        me: NodeId,
        options: LinkOptions,
        endpoint: Endpoint,
        dialler: Dialler,
        admit: Admit,
    ) -> Core {
        Core {
            me,
            endpoint,
            dialler,
            streams: Arc::new(Semaphore::new(options.connections_max)),
            tally: Tally::default(),
            joins: Semaphore::new(options.joins_max),
            orders: watch::Sender::new(Orders::new(options.parents.clone(), options.paused)),
            parent: watch::Sender::new(ParentView::new(wall())),
            turned_away: watch::Sender::new(TurnedAway::default()),
            admit,
            conn_last: AtomicU64::new(0),
            lines: Mutex::new(BTreeMap::new()),
            options,
        }
    }

    /// Takes a connection of `sanji/1` in, or closes it with the reason.
    pub(super) fn enter(&self, wire: Wire, dialled: bool) -> Result<Entered, HandshakeFault> {
        let peer = match self.peer(&wire, dialled) {
            Ok(peer) => peer,
            Err(fault) => {
                let (close, why) = match &fault {
                    HandshakeFault::Itself => (Close::Itself, ""),
                    HandshakeFault::NoCertificate => {
                        (Close::NoCertificate, "sanji/1 needs a node certificate")
                    }
                    HandshakeFault::NotAdmitted(why) => (Close::NotAdmitted, why.as_str()),
                    HandshakeFault::OtherAuthority
                    | HandshakeFault::OursRefused
                    | HandshakeFault::NoCommonProtocol
                    | HandshakeFault::Full
                    | HandshakeFault::Silent
                    | HandshakeFault::Other(_) => (Close::HungUp, ""),
                };
                wire.close(close, why);
                chunks::part(wire);
                return Err(fault);
            }
        };
        let id = ConnId(self.conn_last.fetch_add(1, Ordering::Relaxed) + 1);
        let (line, outgoing) = Line::new(id, peer, wire);
        let mut lines = self.lines();
        let older: Vec<_> =
            lines.values().filter(|other| other.peer.node == line.peer.node).cloned().collect();
        lines.insert(id, line.clone());
        drop(lines);
        for other in &older {
            other.close(Close::Replaced, "");
        }
        Ok(Entered { line, outgoing, older })
    }

    /// Who is at the other end, if it may be there. The handshake has verified the certificate.
    fn peer(&self, wire: &Wire, dialled: bool) -> Result<Peer, HandshakeFault> {
        let certificate = wire.shown().ok_or(HandshakeFault::NoCertificate)?;
        let said =
            read_certificate(&certificate).map_err(|fault| HandshakeFault::Other(fault.to_string()))?;
        if said.node == self.me {
            return Err(HandshakeFault::Itself);
        }
        let peer = Peer {
            node: said.node,
            unit: said.unit,
            address: wire.remote_address(),
            transport: wire.transport(),
            dialled,
            expires: said.validity.not_after,
        };
        (self.admit)(&peer).map_err(HandshakeFault::NotAdmitted)?;
        Ok(peer)
    }

    pub(super) fn leave(&self, id: ConnId) {
        self.lines().remove(&id);
    }

    pub(super) fn line(&self, id: ConnId) -> Option<Arc<Line>> {
        self.lines().get(&id).cloned()
    }

    pub(super) fn all_lines(&self) -> Vec<Arc<Line>> {
        self.lines().values().cloned().collect()
    }

    /// Counts a failed handshake, and logs it unless it is the last one over again.
    pub(super) fn turn_away(&self, from: SocketAddr, why: HandshakeFault) {
        self.turned_away.send_modify(|turned| {
            let again =
                turned.last.as_ref().is_some_and(|(_, last, fault)| last.ip() == from.ip() && *fault == why);
            if !again {
                tracing::info!(%from, code = why.code(), "a caller was turned away: {why}");
            }
            turned.count += 1;
            turned.last = Some((wall(), from, why));
        });
    }

    pub(super) fn counters(&self) -> Counters {
        self.tally.read(self.lines().values().map(|line| line.wire.bytes()))
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<ConnId, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The box's clock, for display only: nothing in the link depends on its being right.
pub(super) fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
