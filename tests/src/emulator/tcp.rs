//! The stream side of a line: bytes in segments at the line's rate; a lost segment comes a round trip later, and all
//! behind it wait, as TCP has it.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::shaper::Fate;
use super::{Direction, Shared};

/// IPv4 and TCP with time stamps.
const HEADER_BYTES: u64 = 52;
/// Of a segment, without its headers.
const SEGMENT_BYTES: usize = 1_400;
/// Segments under way in one direction of one connection.
const SEGMENTS_MAX: usize = 64;

pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    // Dropped with this task, and all of them with it.
    let mut tasks = JoinSet::new();
    loop {
        if let Ok((child, _)) = listener.accept().await {
            tasks.spawn(carry(shared.clone(), child));
        }
    }
}

/// Carries one connection until one side ends it or the line changes its address.
async fn carry(shared: Arc<Shared>, child: TcpStream) {
    let mut generation = shared.generation.subscribe();
    generation.mark_unchanged();
    let Ok(parent) = TcpStream::connect(shared.upstream).await else { return };
    child.set_nodelay(true).ok();
    parent.set_nodelay(true).ok();
    let (child_read, child_write) = child.into_split();
    let (parent_read, parent_write) = parent.into_split();
    let both = async {
        tokio::join!(
            pump(&shared, &shared.up, child_read, parent_write),
            pump(&shared, &shared.down, parent_read, child_write),
        )
    };
    tokio::select! {
        _ = both => {}
        _ = generation.changed() => {}
    }
}

async fn pump(shared: &Shared, direction: &Direction, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (travelling, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(SEGMENTS_MAX);
    let read = async move {
        let mut buffer = vec![0; SEGMENT_BYTES];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    let at = place(shared, direction, length as u64 + HEADER_BYTES).await;
                    if travelling.send((at, buffer[..length].to_vec())).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    let write = async move {
        while let Some((at, bytes)) = arriving.recv().await {
            sleep_until(at).await;
            alive(shared).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        to.shutdown().await.ok();
    };
    tokio::join!(read, write);
}

/// Waits for room in the queue; when the segment arrives.
async fn place(shared: &Shared, direction: &Direction, bytes: u64) -> Instant {
    let mut late = Duration::ZERO;
    loop {
        alive(shared).await;
        match direction.send(bytes) {
            Fate::Arrives(at) => return at + late,
            // Sent again at once, as after a fast retransmit; it costs the line's time again.
            Fate::Lost(at) => late = at - Instant::now(),
            Fate::Overflows(room) => sleep_until(room).await,
        }
    }
}

async fn alive(shared: &Shared) {
    // An error means that the line is being closed.
    shared.alive.subscribe().wait_for(|alive| *alive).await.ok();
}
