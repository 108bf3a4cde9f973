//! The bounds and times of a link, each with its unit and reason.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sanji_sync::limits::FRAME_BYTES_MAX;

use super::event::Peer;

/// Asked for every connection once its certificate is verified: whether the directory lets this node in. The text of a
/// refusal is sent to it. TLS sessions are never resumed, so nobody gets past this.
pub type Admit = Arc<dyn Fn(&Peer) -> Result<(), String> + Send + Sync>;

/// How to open a link.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// Where to listen, with UDP and TCP; UDP dials from there, too. Port 0 lets the system choose; `[::]` speaks both IPv6 and IPv4.
    pub listen: SocketAddr,
    /// Parents to dial, `host:port`, the preferred first. Empty for the root.
    pub parents: Vec<String>,
    /// Starts without dialling, until resumed.
    pub paused: bool,
    /// Bytes of one frame; a longer one ends the connection.
    pub frame_bytes_max: usize,
    /// Bytes that may wait to be sent on one connection, all lanes together; beyond it the peer is too slow and hung up.
    /// QUIC itself holds [`SEND_WINDOW_BYTES`] besides.
    pub send_queue_bytes_max: usize,
    /// Connections at once, handshakes included.
    pub connections_max: usize,
    /// Boxes asking to join at once.
    pub joins_max: usize,
    /// Of the jitter; differs from node to node, or all would dial at the same moment after an outage.
    pub seed: [u8; 32],
    pub timing: Timing,
    /// Has the last word on QUIC's settings: benchmarks measure through it what was not chosen (decision 11).
    pub adjust: fn(&mut quinn::TransportConfig),
}

impl LinkOptions {
    /// The usual bounds: frames of 4 MiB, four of them waiting, the county of DOMAIN §8 (stress) twice over.
    pub fn new(listen: SocketAddr, seed: [u8; 32]) -> LinkOptions {
        LinkOptions {
            listen,
            parents: Vec::new(),
            paused: false,
            frame_bytes_max: FRAME_BYTES_MAX,
            send_queue_bytes_max: 16 * 1024 * 1024,
            connections_max: 1_200,
            joins_max: 32,
            seed,
            timing: Timing::default(),
            adjust: |_| {},
        }
    }
}

/// All times of the link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// Between signs of life on a quiet link. Mobile networks forget a UDP mapping after 30 s or more.
    pub keep_alive: Duration,
    /// Silence after which a connection is dead: three lost signs of life, so that a page soon says so.
    pub idle: Duration,
    /// After which TCP is tried beside QUIC. Longer than a handshake on *bad* with two packets lost takes.
    pub quic_alone: Duration,
    /// Upper bound of the first wait before a better way up is looked for, while another is in use.
    pub better_first: Duration,
    /// Upper bound of every such wait. It costs a few packets each time.
    pub better_max: Duration,
    /// To resolve a name, and again to connect: four round trips of *bad* (DOMAIN §8) with each packet lost once.
    pub handshake: Duration,
    /// Upper bound of the first wait before dialling again.
    pub backoff_first: Duration,
    /// Upper bound of every wait. A person who cannot wait says `sync now`.
    pub backoff_max: Duration,
    /// A session that lived this long was a success: the next wait starts from the first again.
    pub settled: Duration,
    /// From a join request to its answer, through a town to the county and back.
    pub join: Duration,
    /// For the last packets when closing.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            keep_alive: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            quic_alone: Duration::from_secs(5),
            better_first: Duration::from_secs(20),
            better_max: Duration::from_secs(300),
            handshake: Duration::from_secs(15),
            backoff_first: Duration::from_millis(500),
            backoff_max: Duration::from_secs(60),
            settled: Duration::from_secs(10),
            join: Duration::from_secs(60),
            shutdown: Duration::from_secs(3),
        }
    }
}

/// Bytes sent but not yet acknowledged, a connection: ten times what *hall* (100 Mbit/s, 10 ms, DOMAIN §8) keeps under way.
pub(super) const SEND_WINDOW_BYTES: u64 = 1024 * 1024;
/// Bytes a peer may send on one lane ahead of our reading.
pub(super) const LANE_RECEIVE_WINDOW_BYTES: u32 = 1024 * 1024;
/// The same for all lanes of a connection together.
pub(super) const RECEIVE_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
/// Handshakes under way from unproved addresses; beyond it, senders must first prove theirs (QUIC Retry), so that a
/// flood of made-up addresses costs little. More than all nodes of a county at once.
pub(super) const UNPROVED_HANDSHAKES_MAX: usize = 600;
/// Callers over TCP that may wait to be accepted: all villages of a county at once.
pub(super) const TCP_BACKLOG: u32 = 1_024;
/// Ports that are tried when any will do and the one that UDP got is taken for TCP.
pub(super) const FREE_PORT_TRIES: u32 = 16;
/// Bytes of a chunk on a TCP connection: what a frame of a lower lane waits for at most, in our own hands.
pub(super) const CHUNK_BYTES_MAX: usize = 4 * 1024;
/// Bytes that the system may hold of a TCP connection before they are on the way: they go before a lower lane's. Small, as a
/// slow line takes a second for them; it bounds the rate to about this much a round trip.
pub(super) const TCP_SEND_BUFFER_BYTES: u32 = 32 * 1024;
/// Addresses that are tried of one resolved name.
pub(super) const RESOLVED_ADDRESSES_MAX: usize = 4;
/// Bytes of a reason that is sent or shown.
pub(super) const REASON_BYTES_MAX: usize = 200;
