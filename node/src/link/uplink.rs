//! A session with a parent, for as long as it is wanted; meanwhile looks for a better way up and changes over to it.
//!
//! Better is a parent that stands before the one in use, or QUIC where TCP is in use. The change makes before it breaks:
//! the new session is welcome before the old one is closed, so nothing waits. What the old one had under way is sent
//! again by the protocol above.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::backoff::Backoff;
use super::core::{Core, Entered};
use super::dial::{Orders, overruled, show};
use super::event::{Close, DownReason, Inbox, Opener};
use super::fault::HandshakeFault;
use super::line::{Line, Stage};
use super::parent::{ParentState, Trouble};
use super::session::{self, Ends};
use super::wire::{Transport, Wire};

/// How a session ended.
pub(super) enum Ended {
    /// It was up for this long.
    Lived(Duration, Trouble),
    /// It never came up.
    Unwelcome(Trouble),
    /// The orders did not want it any more.
    Overruled,
}

struct Uplink {
    line: Arc<Line>,
    session: JoinHandle<DownReason>,
    /// Place of its address among the parents.
    rank: usize,
}

impl Uplink {
    fn begin<O, I>(core: &Arc<Core>, ends: &Arc<Ends<O, I>>, entered: Entered, rank: usize) -> Uplink
    where
        O: Opener,
        I: Inbox<O::Frame>,
    {
        let line = entered.line.clone();
        Uplink { line, session: tokio::spawn(session::run(core.clone(), ends.clone(), entered)), rank }
    }

    /// Shows that this is the way up now.
    fn shown(&self, core: &Core, parents: &[String]) {
        let (peer, address) = (&self.line.peer, &parents[self.rank]);
        core.parent.send_modify(|view| {
            view.address = Some(address.clone());
            view.peer = Some((peer.node, peer.unit));
            view.transport = Some(peer.transport);
            view.trouble = None;
            view.passed_over.retain(|passed| parents[..=self.rank].contains(&passed.address));
            view.passed_over.retain(|passed| passed.address != *address);
            if peer.transport == Transport::Tcp {
                let silent = Trouble::Handshake(HandshakeFault::Silent);
                view.pass_over(address, Some(Transport::Quic), silent);
            }
        });
        show(core, ParentState::Up);
        tracing::info!(address, transport = %peer.transport, peer = %peer.node.short(), unit = %peer.unit, "the parent is up");
    }
}

/// Runs the session that was entered over the parent at `rank`, or a better one, until there is none.
pub(super) async fn run<O, I>(
    core: &Arc<Core>,
    ends: &Arc<Ends<O, I>>,
    parents: &[String],
    rank: usize,
    entered: Entered,
    watched: &mut watch::Receiver<Orders>,
) -> Ended
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let mut uplink = Uplink::begin(core, ends, entered, rank);
    let mut stage = uplink.line.stage();
    // It may have got somewhere before we looked.
    stage.mark_changed();
    let mut up: Option<Instant> = None;
    let mut looking = Box::pin(look(core, parents, rank, uplink.line.peer.transport));
    loop {
        tokio::select! {
            changed = stage.changed() => {
                let now = *stage.borrow_and_update();
                if now == Stage::Welcome && up.is_none() {
                    up = Some(Instant::now());
                    uplink.shown(core, parents);
                }
                if now == Stage::Gone || changed.is_err() {
                    break;
                }
            }
            () = overruled(watched, &parents[uplink.rank]), if !uplink.line.wire.is_closed() => {
                let stopped = watched.borrow().stopped;
                uplink.line.close(if stopped { Close::Shutdown } else { Close::Paused }, "");
            }
            (rank, wire) = &mut looking, if up.is_some() => {
                if let Some(better) = change(core, ends, &uplink, rank, wire).await {
                    let old = std::mem::replace(&mut uplink, better);
                    old.line.close(Close::Better, "");
                    old.line.gone().await;
                    stage = uplink.line.stage();
                    stage.mark_changed();
                    uplink.shown(core, parents);
                }
                looking.set(look(core, parents, uplink.rank, uplink.line.peer.transport));
            }
        }
    }
    core.parent.send_modify(|view| (view.peer, view.transport) = (None, None));
    let why = uplink.session.await.unwrap_or_else(|e| DownReason::Broken(e.to_string()));
    match (why, up) {
        (DownReason::Here { close: Close::Paused | Close::Shutdown, .. }, _) => Ended::Overruled,
        (why, Some(up)) => Ended::Lived(up.elapsed(), Trouble::Down(why)),
        (why, None) => Ended::Unwelcome(Trouble::Down(why)),
    }
}

/// Begins a session over a better way; none if the other side does not welcome it. To the same node it replaces the
/// session in use at once.
async fn change<O, I>(
    core: &Arc<Core>,
    ends: &Arc<Ends<O, I>>,
    uplink: &Uplink,
    rank: usize,
    wire: Wire,
) -> Option<Uplink>
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let entered = core.enter(wire, true).ok()?;
    let better = Uplink::begin(core, ends, entered, rank);
    let mut stage = better.line.stage();
    let welcome = stage.wait_for(|stage| *stage >= Stage::Welcome);
    let welcome = matches!(timeout(core.options.timing.handshake, welcome).await, Ok(Ok(stage)) if *stage == Stage::Welcome);
    if welcome || better.line.peer.node == uplink.line.peer.node {
        return Some(better);
    }
    better.line.close(Close::HungUp, "no welcome");
    None
}

/// Tries better ways every now and then, until one is there. Never ends where there is none.
async fn look(core: &Core, parents: &[String], rank: usize, transport: Transport) -> (usize, Wire) {
    let timing = core.options.timing;
    let mut backoff = Backoff::new(timing.better_first, timing.better_max, core.options.seed);
    if rank == 0 && transport == Transport::Quic {
        return std::future::pending().await;
    }
    loop {
        sleep(backoff.next()).await;
        for (n, address) in parents.iter().enumerate().take(rank) {
            match core.dialler.reach(address).await {
                Ok(wire) => return (n, wire),
                Err(trouble) => passed_over(core, address, None, trouble),
            }
        }
        if transport == Transport::Tcp {
            match core.dialler.reach_over(Transport::Quic, &parents[rank]).await {
                Ok(wire) => return (rank, wire),
                Err(trouble) => passed_over(core, &parents[rank], Some(Transport::Quic), trouble),
            }
        }
    }
}

fn passed_over(core: &Core, address: &str, transport: Option<Transport>, trouble: Trouble) {
    core.parent.send_modify(|view| view.pass_over(address, transport, trouble));
}
