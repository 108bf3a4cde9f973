//! Runs one connection: `Up`, its lanes, `Down`. Over QUIC each lane has a reader and a writer; for TCP see `chunks`.
//!
//! On QUIC each side opens one unidirectional stream a lane, when it first has something to say there: a byte with
//! the lane's number, then frames of a length (u32, big-endian) and so many bytes. A stream ends only with its
//! connection. The accepting side opens lane 0 at once, which tells the dialler that it is admitted.

use std::sync::Arc;

use quinn::{Connection, RecvStream, SendStream, VarInt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::chunks;
use super::core::{Core, Entered};
use super::event::{Close, DownReason, Inbox, LANES, LinkEvent, Opener};
use super::line::{Line, Outgoing, Stage, cost_bytes};
use super::wire::Wire;

/// What the owner gave: how to read frames and where to put events.
pub(super) struct Ends<O, I> {
    pub(super) opener: O,
    pub(super) inbox: I,
}

/// Why a reader stops.
enum ReadEnd {
    /// The connection is over and says why itself.
    Over,
    Fault(Close, String),
}

pub(super) async fn run<O, I>(core: Arc<Core>, ends: Arc<Ends<O, I>>, entered: Entered) -> DownReason
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let Entered { line, outgoing, older } = entered;
    for other in older {
        other.gone().await;
    }
    core.tally.up();
    ends.inbox.deliver(LinkEvent::Up { conn: line.id, peer: line.peer.clone() }).await;

    match &line.wire {
        Wire::Quic(connection) => run_streams(&core, &ends, &line, connection, outgoing).await,
        Wire::Tls(wire) => chunks::run(&core, &ends, &line, wire, outgoing).await,
    }
    let why = line.ended().await;
    core.tally.down(line.wire.bytes(), &why);
    ends.inbox.deliver(LinkEvent::Down { conn: line.id, why: why.clone() }).await;
    core.leave(line.id);
    line.reach(Stage::Gone);
    why
}

/// Takes a frame that came whole: opens it and puts it into the inbox.
pub(super) async fn take<O, I>(
    ends: &Ends<O, I>,
    line: &Line,
    lane: u8,
    bytes: Vec<u8>,
) -> Result<(), (Close, String)>
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let length = bytes.len();
    let frame = ends.opener.open(lane, bytes).map_err(|why| (Close::FrameRefused, why))?;
    ends.inbox.deliver(LinkEvent::Frame { conn: line.id, lane, frame, bytes: length }).await;
    Ok(())
}

async fn run_streams<O, I>(
    core: &Arc<Core>,
    ends: &Arc<Ends<O, I>>,
    line: &Arc<Line>,
    connection: &Connection,
    outgoing: Outgoing,
) where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let mut writers = JoinSet::new();
    for (lane, frames) in (0..LANES).zip(outgoing) {
        writers.spawn(write_lane(line.clone(), connection.clone(), lane, frames));
    }
    read_lanes(core, ends, line, connection).await;
    writers.shutdown().await;
}

/// Reads all lanes until the connection is over and every frame read before is delivered.
async fn read_lanes<O, I>(core: &Arc<Core>, ends: &Arc<Ends<O, I>>, line: &Arc<Line>, connection: &Connection)
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let mut readers = JoinSet::new();
    let opened = Arc::new(LanesOpened::default());
    loop {
        tokio::select! {
            stream = connection.accept_uni() => match stream {
                Ok(stream) => {
                    line.reach(Stage::Welcome);
                    readers.spawn(read_lane(core.clone(), ends.clone(), line.clone(), opened.clone(), stream));
                }
                Err(_) => break,
            },
            Some(ended) = readers.join_next() => settle(line, ended),
        }
    }
    while let Some(ended) = readers.join_next().await {
        settle(line, ended);
    }
}

fn settle(line: &Line, ended: Result<ReadEnd, tokio::task::JoinError>) {
    match ended {
        Ok(ReadEnd::Over) => {}
        Ok(ReadEnd::Fault(close, why)) => line.close(close, why),
        // Nothing in this file panics; the owner's check did, on what the peer sent.
        Err(_) => line.close(Close::FrameRefused, "the check of a frame failed"),
    }
}

/// A bit for each lane that the peer has opened.
#[derive(Default)]
struct LanesOpened(std::sync::atomic::AtomicU8);

impl LanesOpened {
    /// Whether this is the first time.
    fn first(&self, lane: u8) -> bool {
        self.0.fetch_or(1 << lane, std::sync::atomic::Ordering::Relaxed) & (1 << lane) == 0
    }
}

async fn read_lane<O, I>(
    core: Arc<Core>,
    ends: Arc<Ends<O, I>>,
    line: Arc<Line>,
    opened: Arc<LanesOpened>,
    mut stream: RecvStream,
) -> ReadEnd
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    match read_frames(&core, &ends, &line, &opened, &mut stream).await {
        Ok(never) => match never {},
        Err(end) => end,
    }
}

async fn read_frames<O, I>(
    core: &Core,
    ends: &Ends<O, I>,
    line: &Line,
    opened: &LanesOpened,
    stream: &mut RecvStream,
) -> Result<std::convert::Infallible, ReadEnd>
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let mut lane = [0];
    fill(stream, &mut lane).await?;
    let [lane] = lane;
    if lane >= LANES || !opened.first(lane) {
        return Err(ReadEnd::Fault(
            Close::BadLane,
            format!("lane {lane} does not exist or was opened twice"),
        ));
    }
    loop {
        let mut length = [0; 4];
        fill(stream, &mut length).await?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let max = core.options.frame_bytes_max;
        if length > max {
            return Err(ReadEnd::Fault(Close::FrameTooLong, format!("{length} bytes, {max} are allowed")));
        }
        let mut bytes = vec![0; length];
        fill(stream, &mut bytes).await?;
        take(ends, line, lane, bytes).await.map_err(|(close, why)| ReadEnd::Fault(close, why))?;
        // A lane that never runs dry must not keep a hung-up peer alive through what is buffered.
        if line.wire.is_closed() {
            return Err(ReadEnd::Over);
        }
    }
}

async fn fill(stream: &mut RecvStream, buf: &mut [u8]) -> Result<(), ReadEnd> {
    use quinn::{ReadError, ReadExactError};
    stream.read_exact(buf).await.map_err(|error| match error {
        ReadExactError::ReadError(ReadError::ConnectionLost(_)) => ReadEnd::Over,
        ReadExactError::FinishedEarly(_) | ReadExactError::ReadError(_) => {
            ReadEnd::Fault(Close::BadLane, "a lane ended before its connection".to_owned())
        }
    })
}

/// Sends a lane's frames until the connection is over. Errors are the connection's end, which `run` reports.
async fn write_lane(
    line: Arc<Line>,
    connection: Connection,
    lane: u8,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
) {
    let mut stream = None;
    if lane == 0 && !line.peer.dialled {
        stream = open_lane(&connection, lane).await;
    }
    while let Some(frame) = frames.recv().await {
        if stream.is_none() {
            stream = open_lane(&connection, lane).await;
        }
        let Some(stream) = &mut stream else { return };
        let cost = cost_bytes(&frame);
        // `send` has checked the length.
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        if stream.write_all(&length.to_be_bytes()).await.is_err() {
            return;
        }
        match stream.write_chunk(frame.into()).await {
            Ok(()) => line.sent(cost),
            Err(quinn::WriteError::Stopped(_)) => {
                return line.close(Close::BadLane, "the peer stopped a lane");
            }
            Err(_) => return,
        }
    }
    // The line was dropped without a close; not reached while `run` holds it.
    stream.map(|mut stream| stream.reset(VarInt::from_u32(0)).ok());
}

async fn open_lane(connection: &Connection, lane: u8) -> Option<SendStream> {
    let mut stream = connection.open_uni().await.ok()?;
    stream.set_priority(-i32::from(lane)).ok()?;
    stream.write_all(&[lane]).await.ok()?;
    Some(stream)
}
