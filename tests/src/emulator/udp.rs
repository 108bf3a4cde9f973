//! The datagram side of a line: one outside socket for each inside address, until the line changes its address.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::shaper::Fate;
use super::{Direction, Shared};

/// IPv4 and UDP.
const HEADER_BYTES: u64 = 28;
/// The largest datagram on loopback; QUIC stays far below.
const DATAGRAM_BYTES_MAX: usize = 65_536;

/// A datagram on its way: when it arrives, over which socket, to whom.
struct Travelling {
    at: Instant,
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    bytes: Vec<u8>,
}

pub(super) async fn run(shared: Arc<Shared>, inside: UdpSocket) {
    let inside = Arc::new(inside);
    let (up, arriving_up) = mpsc::unbounded_channel();
    let (down, arriving_down) = mpsc::unbounded_channel();
    // Dropped with this task, and all of them with it.
    let mut tasks = JoinSet::new();
    tasks.spawn(arrive(shared.clone(), arriving_up));
    tasks.spawn(arrive(shared.clone(), arriving_down));
    let mut outside: BTreeMap<SocketAddr, Arc<UdpSocket>> = BTreeMap::new();
    let mut readers = JoinSet::new();
    let mut generation = shared.generation.subscribe();
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        tokio::select! {
            received = inside.recv_from(&mut buffer) => {
                // Loopback reports here that a child has closed its socket; it is not about this socket.
                let Ok((length, child)) = received else { continue };
                if !outside.contains_key(&child) {
                    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
                    let socket = Arc::new(socket);
                    readers.spawn(read(shared.clone(), socket.clone(), inside.clone(), child, down.clone()));
                    outside.insert(child, socket);
                }
                put(&shared, &shared.up, &outside[&child], shared.upstream, &buffer[..length], &up);
            }
            Ok(()) = generation.changed() => {
                outside.clear();
                readers.abort_all();
            }
        }
    }
}

/// Reads what the parent sends to one outside socket.
async fn read(
    shared: Arc<Shared>,
    outside: Arc<UdpSocket>,
    inside: Arc<UdpSocket>,
    child: SocketAddr,
    down: mpsc::UnboundedSender<Travelling>,
) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        if let Ok((length, _)) = outside.recv_from(&mut buffer).await {
            put(&shared, &shared.down, &inside, child, &buffer[..length], &down);
        }
    }
}

fn put(
    shared: &Shared,
    direction: &Direction,
    socket: &Arc<UdpSocket>,
    to: SocketAddr,
    bytes: &[u8],
    travelling: &mpsc::UnboundedSender<Travelling>,
) {
    if !shared.udp_passes() {
        return direction.swallow();
    }
    if let Fate::Arrives(at) = direction.send(bytes.len() as u64 + HEADER_BYTES) {
        // It fails only when the line is being closed.
        travelling.send(Travelling { at, socket: socket.clone(), to, bytes: bytes.to_vec() }).ok();
    }
}

/// Hands over what has arrived, in order.
async fn arrive(shared: Arc<Shared>, mut travelling: mpsc::UnboundedReceiver<Travelling>) {
    while let Some(Travelling { at, socket, to, bytes }) = travelling.recv().await {
        sleep_until(at).await;
        if shared.udp_passes() {
            // A node that has closed its socket loses what comes for it.
            socket.send_to(&bytes, to).await.ok();
        }
    }
}
