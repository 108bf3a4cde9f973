//! Opens a link and commands it. No command waits for the network, but the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use quinn::{Endpoint, EndpointConfig, TokioRuntime};
use quinn_proto::HashedConnectionIdGenerator;
use sanji_sync::ConnId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use super::core::Core;
use super::counters::{Counters, TurnedAway};
use super::dial::{self, Orders};
use super::event::{Close, Inbox, Opener, Peer};
use super::line::NotSent;
use super::options::{Admit, FREE_PORT_TRIES, LinkOptions, TCP_BACKLOG};
use super::parent::ParentView;
use super::reach::{self, Dialler};
use super::session::Ends;
use super::{accept, tls};
use crate::trust::Identity;

/// Why a link could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("cannot listen on {address}: {source}; is another program, or another sanji, using the port?")]
    Socket { address: SocketAddr, source: io::Error },
    #[error("the identity does not serve for TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The owner's side of a link; cheap to clone. Dropping all clones does not close the link:
/// [`shutdown`](LinkHandle::shutdown) does.
#[derive(Clone)]
pub struct LinkHandle {
    core: Arc<Core>,
}

/// Opens the endpoint and starts accepting and, unless paused, dialling. Call it inside a tokio runtime.
pub fn open<O, I>(
    identity: &Identity,
    options: LinkOptions,
    opener: O,
    inbox: I,
    admit: Admit,
) -> Result<LinkHandle, LinkError>
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let server = tls::server(identity, &options)?;
    let client = tls::client(identity, &options)?;
    let address = options.listen;
    let sockets = sockets(address).map_err(|source| LinkError::Socket { address, source })?;
    let endpoint =
        Endpoint::new(endpoint_config(identity), Some(server.quic), sockets.udp, Arc::new(TokioRuntime))
            .map_err(|source| LinkError::Socket { address, source })?;
    let dialler =
        Dialler { endpoint: endpoint.clone(), quic: client.quic, tls: client.tls, timing: options.timing };
    let core = Arc::new(Core::new(identity.node(), options, endpoint, dialler, admit));
    let ends = Arc::new(Ends { opener, inbox });
    tokio::spawn(accept::run(core.clone(), ends.clone()));
    tokio::spawn(accept::run_tcp(core.clone(), ends.clone(), sockets.tcp, server.tls));
    tokio::spawn(dial::run(core.clone(), ends));
    Ok(LinkHandle { core })
}

/// The same port for UDP and TCP.
struct Sockets {
    udp: std::net::UdpSocket,
    tcp: TcpListener,
}

/// Port 0 takes one that is free for both.
fn sockets(address: SocketAddr) -> io::Result<Sockets> {
    let mut tries = FREE_PORT_TRIES;
    loop {
        let udp = std::net::UdpSocket::bind(address)?;
        let bound = udp.local_addr()?;
        let listen = || {
            let socket = reach::socket(bound)?;
            // Connections of a former run that are not quite over do not keep the port.
            socket.set_reuseaddr(true)?;
            socket.bind(bound)?;
            socket.listen(TCP_BACKLOG)
        };
        match listen() {
            Ok(tcp) => return Ok(Sockets { udp, tcp }),
            Err(_) if address.port() == 0 && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
    }
}

/// A node that starts again answers packets of its former connections with resets that the peers believe, so that they
/// dial anew with their next packet (a sign of life at the latest) instead of after the idle time. The keys of both are
/// derived from the node's own.
fn endpoint_config(identity: &Identity) -> EndpointConfig {
    let derive = |context: &str| blake3::derive_key(context, &identity.key().signing().to_bytes());
    let reset = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &derive("sanji/1 quic stateless reset"));
    let ids = derive("sanji/1 quic connection ids");
    let ids = u64::from_be_bytes(ids[..8].try_into().expect("eight of 32 bytes"));
    let mut config = EndpointConfig::new(Arc::new(reset));
    config.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(ids)));
    config
}

impl LinkHandle {
    /// Queues a frame. Never waits: what waits is bounded in bytes (see `LinkOptions::send_queue_bytes_max`), and a peer
    /// that lets more gather is hung up as too slow. A frame taken is not a frame received: only acknowledgements of
    /// the protocol above tell.
    pub fn send(&self, conn: ConnId, lane: u8, frame: Vec<u8>) -> Result<(), NotSent> {
        let options = &self.core.options;
        if frame.len() > options.frame_bytes_max {
            return Err(NotSent::Misuse);
        }
        let line = self.core.line(conn).ok_or(NotSent::Gone)?;
        line.send(lane, frame, options.send_queue_bytes_max)
    }

    /// Closes a connection and tells the peer why. Its `Down` follows. Nothing if it is gone already.
    pub fn hangup(&self, conn: ConnId, why: impl Into<String>) {
        if let Some(line) = self.core.line(conn) {
            line.close(Close::HungUp, why);
        }
    }

    /// Replaces the parents to dial. A connection to an address that is no longer listed is closed.
    pub fn set_parents(&self, parents: Vec<String>) {
        self.order(|orders| orders.parents = parents);
    }

    /// Closes the uplink and leaves it closed until [`resume`](LinkHandle::resume). Children stay.
    pub fn pause(&self) {
        self.order(|orders| orders.paused = true);
    }

    pub fn resume(&self) {
        self.order(|orders| orders.paused = false);
    }

    /// Dials now if it was waiting.
    pub fn dial_now(&self) {
        self.order(|orders| orders.now += 1);
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        self.core.orders.send_modify(change);
    }

    /// The uplink's state, now and as it changes.
    pub fn parent(&self) -> watch::Receiver<ParentView> {
        self.core.parent.subscribe()
    }

    /// Failed handshakes of callers, now and as they come.
    pub fn turned_away(&self) -> watch::Receiver<TurnedAway> {
        self.core.turned_away.subscribe()
    }

    /// Who is connected.
    pub fn peers(&self) -> Vec<(ConnId, Peer)> {
        self.core.all_lines().iter().map(|line| (line.id, line.peer.clone())).collect()
    }

    pub fn counters(&self) -> Counters {
        self.core.counters()
    }

    /// The address it listens on, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.core.endpoint.local_addr()
    }

    /// Closes every connection with a word to the peer and waits, for a bounded time, until the last packets are out and
    /// every `Down` is delivered: keep draining the inbox. The port is free once all clones of the handle are dropped.
    pub async fn shutdown(&self) {
        self.order(|orders| orders.stopped = true);
        let lines = self.core.all_lines();
        for line in &lines {
            line.close(Close::Shutdown, "");
        }
        // Whoever dials from now on hears nothing; an endpoint that is closed would answer that it is full.
        self.core.endpoint.set_server_config(None);
        self.core.endpoint.close(Close::Shutdown.code(), b"");
        let quiet = async {
            for line in &lines {
                line.gone().await;
            }
            self.core.endpoint.wait_idle().await;
        };
        if timeout(self.core.options.timing.shutdown, quiet).await.is_err() {
            tracing::debug!("the link closed without hearing from every peer");
        }
    }
}
