//! Lanes on one TLS stream, where QUIC does not get through: frames cut into small chunks, the lowest lane first.
//!
//! A chunk is: one byte, the lane's number; its length (u16, big-endian); so many bytes. A lane's chunks put together are
//! what its QUIC stream would carry: frames of a length (u32, big-endian) and so many bytes. Two numbers are no lanes:
//! [`LIFE`] is an empty sign of life, [`BYE`] the end, with a [`Close`] number and the reason as text. The accepting side
//! sends an empty chunk of lane 0 at once, which tells the dialler that it is admitted.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsStream;

use super::core::Core;
use super::event::{Close, DownReason, Inbox, LANES, Opener};
use super::fault::{HandshakeFault, text};
use super::line::{Line, Outgoing, Stage, cost_bytes};
use super::options::CHUNK_BYTES_MAX;
use super::session::{self, Ends};
use super::wire::{TlsWire, Wire};

/// Not a lane: nothing to say, but alive.
const LIFE: u8 = 0xfe;
/// Not a lane: the connection ends.
const BYE: u8 = 0xff;
/// How long the last chunks may take once the connection is closed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Carries a line's frames until its end, which the wire then knows.
pub(super) async fn run<O, I>(
    core: &Arc<Core>,
    ends: &Arc<Ends<O, I>>,
    line: &Arc<Line>,
    wire: &TlsWire,
    outgoing: Outgoing,
) where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let Some(stream) = wire.take() else { return };
    let (read, write) = io::split(stream);
    // In a task of its own: the owner's check may panic on what the peer sent.
    let mut receiving = tokio::spawn(receive(core.clone(), ends.clone(), line.clone(), read));
    let reader = async {
        tokio::select! {
            why = &mut receiving => {
                let panicked = |_| fault(Close::FrameRefused, "the check of a frame failed".to_owned());
                wire.end(why.unwrap_or_else(panicked));
            }
            _ = wire.closed() => {
                receiving.abort();
                // `Down` is the last event: what is being delivered ends first.
                (&mut receiving).await.ok();
            }
        }
    };
    let writer = Writer { wire, write, outgoing, waiting: Default::default() };
    tokio::join!(reader, writer.run(line, core.options.timing.keep_alive));
}

/// Tells the peer of a connection that was closed before it had a line.
pub(super) fn part(wire: Wire) {
    let Wire::Tls(wire) = wire else { return };
    tokio::spawn(async move {
        let (DownReason::Here { close, why }, Some(mut stream)) = (wire.closed().await, wire.take()) else {
            return;
        };
        let said = async {
            stream.write_all(&with_head(BYE, &farewell_bytes(close, &why))).await?;
            stream.shutdown().await?;
            // Until the peer has read it and gone; what it has sent meanwhile would otherwise reset the connection.
            io::copy(&mut stream, &mut io::sink()).await
        };
        timeout(LAST_WORDS, said).await.ok();
    });
}

/// Reads chunks until the connection is over. Everything a peer can make us hold is one frame a lane.
async fn receive<O, I>(
    core: Arc<Core>,
    ends: Arc<Ends<O, I>>,
    line: Arc<Line>,
    mut read: ReadHalf<TlsStream<TcpStream>>,
) -> DownReason
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let mut lanes: [Vec<u8>; LANES as usize] = Default::default();
    loop {
        let (number, bytes) = match timeout(core.options.timing.idle, chunk(&mut read)).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(error)) => return broken(&error),
            Err(_) => return DownReason::Silent,
        };
        line.wire.received(3 + bytes.len());
        match number {
            LIFE => continue,
            BYE => return farewell(&bytes),
            _ => {}
        }
        let Some(waiting) = lanes.get_mut(usize::from(number)) else {
            return fault(Close::BadLane, format!("lane {number} does not exist"));
        };
        line.reach(Stage::Welcome);
        waiting.extend_from_slice(&bytes);
        while let Some(length) = waiting.first_chunk().map(|length| u32::from_be_bytes(*length) as usize) {
            let max = core.options.frame_bytes_max;
            if length > max {
                return fault(Close::FrameTooLong, format!("{length} bytes, {max} are allowed"));
            }
            if waiting.len() < 4 + length {
                break;
            }
            let rest = waiting.split_off(4 + length);
            let mut frame = std::mem::replace(waiting, rest);
            frame.drain(..4);
            if let Err((close, why)) = session::take(&ends, &line, number, frame).await {
                return fault(close, why);
            }
        }
    }
}

async fn chunk(read: &mut ReadHalf<TlsStream<TcpStream>>) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 3];
    read.read_exact(&mut head).await?;
    let [number, high, low] = head;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    read.read_exact(&mut bytes).await?;
    Ok((number, bytes))
}

fn fault(close: Close, why: String) -> DownReason {
    DownReason::Here { close, why: super::fault::short(&why) }
}

/// The peer says why it goes.
fn farewell(bytes: &[u8]) -> DownReason {
    let (code, why) = bytes.split_first().map_or((None, &[][..]), |(code, why)| (Some(*code), why));
    let close = code.and_then(|code| Close::of_code(quinn::VarInt::from_u32(code.into())));
    DownReason::There { close, why: text(why) }
}

fn farewell_bytes(close: Close, why: &str) -> Vec<u8> {
    [&[close as u8], why.as_bytes()].concat()
}

fn with_head(number: u8, bytes: &[u8]) -> Vec<u8> {
    // Chunks and reasons are far shorter.
    let [high, low] = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[number, high, low], bytes].concat()
}

fn broken(error: &io::Error) -> DownReason {
    DownReason::Broken(match HandshakeFault::from(error) {
        HandshakeFault::Other(why) => why,
        fault => fault.to_string(),
    })
}

struct Writer<'a> {
    wire: &'a TlsWire,
    write: WriteHalf<TlsStream<TcpStream>>,
    outgoing: Outgoing,
    /// Of each lane, the frame that is being sent: its bytes with their length, how many are gone.
    waiting: [Option<(Vec<u8>, usize)>; LANES as usize],
}

impl Writer<'_> {
    async fn run(mut self, line: &Line, keep_alive: Duration) {
        let wire = self.wire;
        // A chunk that was begun is ended, or the last words could not be read.
        let stuck = async {
            wire.closed().await;
            sleep(LAST_WORDS).await;
        };
        let write = async {
            if !line.peer.dialled {
                self.put(0, &[]).await?;
            }
            while !line.wire.is_closed() {
                for lane in 0..self.waiting.len() {
                    if self.waiting[lane].is_none() {
                        self.waiting[lane] = self.outgoing[lane].try_recv().ok().map(with_length);
                    }
                }
                match self.waiting.iter().position(Option::is_some) {
                    Some(lane) => self.next_chunk(line, lane).await?,
                    None => tokio::select! {
                        (lane, frame) = any(&mut self.outgoing) => self.waiting[lane] = Some(with_length(frame)),
                        () = sleep(keep_alive) => self.put(LIFE, &[]).await?,
                        _ = wire.closed() => {}
                    },
                }
            }
            if let DownReason::Here { close, why } = wire.closed().await {
                self.put(BYE, &farewell_bytes(close, &why)).await?;
                self.write.shutdown().await?;
            }
            io::Result::Ok(())
        };
        tokio::select! {
            () = stuck => {}
            written = write => {
                if let Err(error) = written {
                    wire.end(broken(&error));
                }
            }
        }
    }

    async fn next_chunk(&mut self, line: &Line, lane: usize) -> io::Result<()> {
        let Some((bytes, gone)) = self.waiting[lane].take() else { return Ok(()) };
        let end = bytes.len().min(gone + CHUNK_BYTES_MAX);
        // There are few lanes.
        self.put(lane as u8, &bytes[gone..end]).await?;
        if end == bytes.len() {
            line.sent(cost_bytes(&bytes[4..]));
        } else {
            self.waiting[lane] = Some((bytes, end));
        }
        Ok(())
    }

    async fn put(&mut self, number: u8, bytes: &[u8]) -> io::Result<()> {
        let chunk = with_head(number, bytes);
        self.write.write_all(&chunk).await?;
        self.write.flush().await?;
        self.wire.sent(chunk.len());
        Ok(())
    }
}

/// The next frame of whichever lane has one.
async fn any(outgoing: &mut Outgoing) -> (usize, Vec<u8>) {
    std::future::poll_fn(|context| {
        for (lane, frames) in outgoing.iter_mut().enumerate() {
            if let Poll::Ready(Some(frame)) = frames.poll_recv(context) {
                return Poll::Ready((lane, frame));
            }
        }
        Poll::Pending
    })
    .await
}

fn with_length(frame: Vec<u8>) -> (Vec<u8>, usize) {
    // `send` has checked the length.
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    ([&length.to_be_bytes()[..], &frame].concat(), 0)
}
