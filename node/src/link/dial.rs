//! Keeps a connection to a parent: dials the addresses in turn, and after a round without success waits.
//!
//! Follows the owner's orders (pause, resume, now, other parents) at any moment. Knows no frames.

use std::sync::Arc;

use sanji_model::lang::Say;
use tokio::sync::watch;
use tokio::time::sleep;

use super::backoff::Backoff;
use super::core::{Core, wall};
use super::event::{Inbox, Opener};
use super::parent::{ParentState, Trouble};
use super::session::Ends;
use super::uplink::{self, Ended};

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
    for (rank, address) in parents.iter().enumerate() {
        core.parent.send_modify(|view| view.address = Some(address.clone()));
        show(core, ParentState::Dialling);
        let reached = tokio::select! {
            reached = core.dialler.reach(address) => reached,
            () = overruled(watched, address) => return Round::Overruled,
        };
        let entered = reached.and_then(|wire| core.enter(wire, true).map_err(Trouble::Handshake));
        let trouble = match entered {
            Ok(entered) => match uplink::run(core, ends, parents, rank, entered, watched).await {
                Ended::Overruled => return Round::Overruled,
                Ended::Lived(time, trouble) => {
                    trouble_met(core, address, trouble);
                    return Round::Lived(time);
                }
                Ended::Unwelcome(trouble) => trouble,
            },
            Err(trouble) => trouble,
        };
        trouble_met(core, address, trouble);
    }
    Round::Failed
}

/// Waits until the orders no longer want a connection to `address`; marks them as seen.
pub(super) async fn overruled(watched: &mut watch::Receiver<Orders>, address: &str) {
    // An error means that the link is gone, which ends the session as well.
    watched.wait_for(|orders| !orders.want(address)).await.ok();
}

/// Shows the trouble; logs it when it is another than before, not at every attempt of a long outage.
fn trouble_met(core: &Core, address: &str, trouble: Trouble) {
    if core.parent.borrow().trouble.as_ref() != Some(&trouble) {
        tracing::warn!(address, code = trouble.code(), "no parent: {trouble}");
    }
    core.parent.send_modify(|view| {
        view.pass_over(address, None, trouble.clone());
        view.trouble = Some(trouble);
    });
}

pub(super) fn show(core: &Core, state: ParentState) {
    core.parent.send_if_modified(|view| {
        if view.state == state {
            return false;
        }
        view.state = state;
        view.since = wall();
        true
    });
}
