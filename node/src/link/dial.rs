//! Keeps exactly one connection to a parent: dials its addresses in turn, and after a round without success waits.
//!
//! Follows the owner's orders (pause, resume, now, other parents) at any moment. Knows no frames.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use quinn::Connection;
use sanji_model::lang::{Lang, Say};
use sanji_sync::Time;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::backoff::Backoff;
use super::core::{Core, wall};
use super::event::{Close, DownReason, Inbox, Opener};
use super::fault::HandshakeFault;
use super::line::Stage;
use super::options::RESOLVED_ADDRESSES_MAX;
use super::session::{self, Ends};
use crate::trust::certificate::NAME;

/// What the uplink is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParentState {
    /// There is no parent: the root, or not configured.
    None,
    Paused,
    /// Dials again at this time, by the box's clock.
    Waiting {
        until: Time,
    },
    Dialling,
    /// The parent has let us in.
    Up,
}

/// The uplink, for status and pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParentView {
    pub state: ParentState,
    /// Since when, by the box's clock.
    pub since: Time,
    /// The address dialled last.
    pub address: Option<String>,
    /// Why the last attempt failed or the last session ended; none while up.
    pub trouble: Option<Trouble>,
}

impl ParentView {
    pub(super) fn new(since: Time) -> ParentView {
        ParentView { state: ParentState::None, since, address: None, trouble: None }
    }
}

/// What stands between us and the parent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The name has no address that this machine can reach.
    Unresolved,
    Handshake(HandshakeFault),
    Down(DownReason),
}

/// In English, for logs.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Say for Trouble {
    fn code(&self) -> &'static str {
        match self {
            Trouble::Unresolved => "LINK_NAME_UNKNOWN",
            Trouble::Handshake(fault) => fault.code(),
            Trouble::Down(why) => why.code(),
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Trouble::Unresolved, Lang::Zh) => "无法解析上级地址，请检查地址和域名服务".to_owned(),
            (Trouble::Unresolved, Lang::En) => {
                "the parent's name has no usable address; check the address and the name service".to_owned()
            }
            (Trouble::Handshake(fault), lang) => fault.text(lang),
            (Trouble::Down(why), lang) => why.text(lang),
        }
    }
}

/// What the owner wants of the uplink.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Orders {
    pub(super) parents: Vec<String>,
    pub(super) paused: bool,
    /// Raised to cut a wait short.
    pub(super) now: u64,
    pub(super) stopped: bool,
}

impl Orders {
    pub(super) fn new(parents: Vec<String>, paused: bool) -> Orders {
        Orders { parents, paused, now: 0, stopped: false }
    }

    /// Whether these still want a connection to `address`.
    fn want(&self, address: &str) -> bool {
        !self.stopped && !self.paused && self.parents.iter().any(|parent| parent == address)
    }
}

/// How a round of dialling ended.
enum Round {
    /// A session was up for this long.
    Lived(std::time::Duration),
    Failed,
    /// The orders no longer want what was being done.
    Overruled,
}

/// Runs until stopped.
pub(super) async fn run<O, I>(core: Arc<Core>, ends: Arc<Ends<O, I>>)
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    let timing = core.options.timing;
    let mut backoff = Backoff::new(timing.backoff_first, timing.backoff_max, core.options.seed);
    let mut watched = core.orders.subscribe();
    loop {
        let orders = watched.borrow_and_update().clone();
        if orders.stopped {
            return;
        }
        if orders.paused || orders.parents.is_empty() {
            show(&core, if orders.paused { ParentState::Paused } else { ParentState::None });
            backoff.reset();
            if watched.changed().await.is_err() {
                return;
            }
            continue;
        }
        match round(&core, &ends, &orders.parents, &mut watched).await {
            Round::Overruled => continue,
            Round::Lived(time) if time >= timing.settled => backoff.reset(),
            Round::Lived(_) | Round::Failed => {}
        }
        if *watched.borrow() != orders {
            continue;
        }
        let wait = backoff.next();
        show(
            &core,
            ParentState::Waiting {
                until: wall().plus_ms(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            },
        );
        tokio::select! {
            () = sleep(wait) => {}
            changed = watched.changed() => match changed {
                Ok(()) => backoff.reset(),
                Err(_) => return,
            },
        }
    }
}

/// Tries each parent once, until one lets us in; returns when that session is over.
async fn round<O, I>(
    core: &Arc<Core>,
    ends: &Arc<Ends<O, I>>,
    parents: &[String],
    watched: &mut watch::Receiver<Orders>,
) -> Round
where
    O: Opener,
    I: Inbox<O::Frame>,
{
    for address in parents {
        core.parent.send_modify(|view| view.address = Some(address.clone()));
        show(core, ParentState::Dialling);
        let dialled = tokio::select! {
            dialled = dial(core, address) => dialled,
            () = overruled(watched, address) => return Round::Overruled,
        };
        let trouble = match dialled
            .and_then(|connection| core.enter(connection, true).map_err(Trouble::Handshake))
        {
            Ok(entered) => {
                let line = entered.line.clone();
                let session = tokio::spawn(session::run(core.clone(), ends.clone(), entered));
                let mut stage = line.stage();
                let mut up = None;
                loop {
                    tokio::select! {
                        changed = stage.changed() => {
                            let now = *stage.borrow_and_update();
                            if now == Stage::Welcome && up.is_none() {
                                up = Some(Instant::now());
                                core.parent.send_modify(|view| view.trouble = None);
                                show(core, ParentState::Up);
                                tracing::info!(address, peer = %line.peer.node.short(), unit = %line.peer.unit, "the parent is up");
                            }
                            if now == Stage::Gone || changed.is_err() {
                                break;
                            }
                        }
                        () = overruled(watched, address), if line.connection.close_reason().is_none() => {
                            let stopped = watched.borrow().stopped;
                            line.close(if stopped { Close::Shutdown } else { Close::Paused }, "");
                        }
                    }
                }
                let why = session.await.unwrap_or_else(|e| DownReason::Broken(e.to_string()));
                if matches!(why, DownReason::Here { close: Close::Paused | Close::Shutdown, .. }) {
                    return Round::Overruled;
                }
                let trouble = Trouble::Down(why);
                if let Some(up) = up {
                    trouble_met(core, address, trouble);
                    return Round::Lived(up.elapsed());
                }
                trouble
            }
            Err(trouble) => trouble,
        };
        trouble_met(core, address, trouble);
    }
    Round::Failed
}

/// Waits until the orders no longer want a connection to `address`; marks them as seen.
async fn overruled(watched: &mut watch::Receiver<Orders>, address: &str) {
    // An error means that the link is gone, which ends the session as well.
    watched.wait_for(|orders| !orders.want(address)).await.ok();
}

async fn dial(core: &Core, address: &str) -> Result<Connection, Trouble> {
    let limit = core.options.timing.handshake;
    let resolved = timeout(limit, tokio::net::lookup_host(address)).await;
    let resolved: Vec<SocketAddr> = match resolved {
        Ok(Ok(found)) => found.filter(|found| reachable(core, found)).take(RESOLVED_ADDRESSES_MAX).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    let mut trouble = Trouble::Unresolved;
    for found in resolved {
        let connecting = match core.endpoint.connect_with(core.client.clone(), found, NAME) {
            Ok(connecting) => connecting,
            Err(e) => {
                trouble = Trouble::Handshake(HandshakeFault::Other(e.to_string()));
                continue;
            }
        };
        trouble = match timeout(limit, connecting).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(e)) => Trouble::Handshake(HandshakeFault::from(&e)),
            Err(_) => Trouble::Handshake(HandshakeFault::Silent),
        };
    }
    Err(trouble)
}

/// An IPv4 socket cannot send to IPv6.
fn reachable(core: &Core, found: &SocketAddr) -> bool {
    found.is_ipv4() || core.endpoint.local_addr().is_ok_and(|local| local.is_ipv6())
}

/// Shows the trouble; logs it when it is another than before, not at every attempt of a long outage.
fn trouble_met(core: &Core, address: &str, trouble: Trouble) {
    if core.parent.borrow().trouble.as_ref() != Some(&trouble) {
        tracing::warn!(address, code = trouble.code(), "no parent: {trouble}");
    }
    core.parent.send_modify(|view| view.trouble = Some(trouble));
}

fn show(core: &Core, state: ParentState) {
    core.parent.send_if_modified(|view| {
        if view.state == state {
            return false;
        }
        view.state = state;
        view.since = wall();
        true
    });
}
