//! A line between two nodes, as bad as wanted: a UDP and TCP relay on loopback with rate, delay, loss, cuts and changes
//! of address, from a seed.
//!
//! The child dials [`Emulator::address`], the parent sees the relay's outside socket. "Up" is from the child to the
//! parent. Both protocols share the line's rate. Knows no QUIC and no frame: it moves datagrams and bytes.

mod shaper;
mod tcp;
mod udp;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use shaper::{Fate, Shaper};

/// What a line is like. The rows of DOMAIN §8 stand below.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Line {
    pub name: &'static str,
    /// Bits a second from the parent to the child, IP and UDP headers included.
    pub down_bps: u64,
    /// The same towards the parent.
    pub up_bps: u64,
    /// Without queueing; half of it each way.
    pub rtt: Duration,
    /// Share of packets that get lost, each for itself, after they took their time on the line.
    pub loss: f64,
    /// How long the bottleneck's queue is: what would wait longer is dropped. Never less than [`QUEUE_PACKETS_MIN`].
    pub queue: Duration,
}

/// Packets of 1,500 bytes that every queue takes.
pub const QUEUE_PACKETS_MIN: u64 = 8;

impl Line {
    pub const HALL: Line = Line {
        name: "hall",
        down_bps: 100_000_000,
        up_bps: 100_000_000,
        rtt: Duration::from_millis(10),
        loss: 0.001,
        queue: Duration::from_millis(100),
    };
    pub const VILLAGE_4G: Line = Line {
        name: "village_4g",
        down_bps: 4_000_000,
        up_bps: 1_000_000,
        rtt: Duration::from_millis(80),
        loss: 0.02,
        queue: Duration::from_millis(500),
    };
    pub const RURAL: Line = Line {
        name: "rural",
        down_bps: 256_000,
        up_bps: 256_000,
        rtt: Duration::from_millis(300),
        loss: 0.02,
        queue: Duration::from_millis(1_000),
    };
    pub const BAD: Line = Line {
        name: "bad",
        down_bps: 64_000,
        up_bps: 64_000,
        rtt: Duration::from_millis(600),
        loss: 0.05,
        queue: Duration::from_millis(2_000),
    };
}

/// What went over the line in one direction since it was opened; bytes with IP and transport headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// Took the line's time, whether they arrived or not.
    pub packets: u64,
    pub bytes: u64,
    /// Of those, lost by chance.
    pub lost: u64,
    /// Dropped because the queue was full; not in `packets`.
    pub overflowed: u64,
    /// Datagrams dropped because the line was cut or blocked; not in `packets`.
    pub swallowed: u64,
}

/// A line that is up; it goes when this is dropped.
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

/// What all tasks of a line share.
struct Shared {
    upstream: SocketAddr,
    up: Direction,
    down: Direction,
    /// False while the line is cut.
    alive: watch::Sender<bool>,
    udp_passes: watch::Sender<bool>,
    /// Raised for each change of address.
    generation: watch::Sender<u64>,
}

/// One direction of the line.
struct Direction {
    shaper: Mutex<Shaper>,
    packets: AtomicU64,
    bytes: AtomicU64,
    lost: AtomicU64,
    overflowed: AtomicU64,
    swallowed: AtomicU64,
}

impl Emulator {
    /// Opens a line in front of the node at `upstream`. Call it inside a tokio runtime.
    pub async fn open(upstream: SocketAddr, line: Line, seed: u64) -> Emulator {
        let (tcp, udp) = same_port().await;
        let address = udp.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            upstream,
            up: Direction::new(line.up_bps, &line, seed.wrapping_mul(2)),
            down: Direction::new(line.down_bps, &line, seed.wrapping_mul(2).wrapping_add(1)),
            alive: watch::Sender::new(true),
            udp_passes: watch::Sender::new(true),
            generation: watch::Sender::new(0),
        });
        let tasks =
            vec![tokio::spawn(udp::run(shared.clone(), udp)), tokio::spawn(tcp::run(shared.clone(), tcp))];
        Emulator { shared, address, tasks }
    }

    /// Where the child finds the parent, for UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing passes any more, and nobody is told.
    pub fn cut(&self) {
        self.shared.alive.send_replace(false);
    }

    pub fn mend(&self) {
        self.shared.alive.send_replace(true);
    }

    /// The child appears to the parent under another port from now on; TCP connections break.
    pub fn change_address(&self) {
        self.shared.generation.send_modify(|generation| *generation += 1);
    }

    /// Swallows datagrams, as a strict firewall does, or lets them pass again.
    pub fn block_udp(&self, block: bool) {
        self.shared.udp_passes.send_replace(!block);
    }

    pub fn carried_up(&self) -> Carried {
        self.shared.up.carried()
    }

    pub fn carried_down(&self) -> Carried {
        self.shared.down.carried()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Shared {
    fn is_alive(&self) -> bool {
        *self.alive.borrow()
    }

    fn udp_passes(&self) -> bool {
        self.is_alive() && *self.udp_passes.borrow()
    }
}

impl Direction {
    fn new(rate_bps: u64, line: &Line, seed: u64) -> Direction {
        Direction {
            shaper: Mutex::new(Shaper::new(rate_bps, line, seed, Instant::now())),
            packets: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            overflowed: AtomicU64::new(0),
            swallowed: AtomicU64::new(0),
        }
    }

    /// Puts a packet on the line and says what becomes of it.
    fn send(&self, bytes: u64) -> Fate {
        let fate = self.shaper().send(Instant::now(), bytes);
        match fate {
            Fate::Arrives(_) | Fate::Lost(_) => {
                self.packets.fetch_add(1, Ordering::Relaxed);
                self.bytes.fetch_add(bytes, Ordering::Relaxed);
                if matches!(fate, Fate::Lost(_)) {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            Fate::Overflows(_) => {
                self.overflowed.fetch_add(1, Ordering::Relaxed);
            }
        }
        fate
    }

    fn swallow(&self) {
        self.swallowed.fetch_add(1, Ordering::Relaxed);
    }

    fn shaper(&self) -> MutexGuard<'_, Shaper> {
        self.shaper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carried(&self) -> Carried {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        Carried {
            packets: read(&self.packets),
            bytes: read(&self.bytes),
            lost: read(&self.lost),
            overflowed: read(&self.overflowed),
            swallowed: read(&self.swallowed),
        }
    }
}

/// A TCP and a UDP socket on the same free port, as a node has them.
async fn same_port() -> (TcpListener, UdpSocket) {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = tcp.local_addr().expect("it is bound").port();
        if let Ok(udp) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).await {
            return (tcp, udp);
        }
    }
}

#[cfg(test)]
mod tests;
