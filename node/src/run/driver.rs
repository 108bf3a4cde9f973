//! The thread that owns the machine: takes what waits as a turn, performs what comes out, lets documents follow.
//!
//! Knows no socket; the link's handle and the askers' replies are where outputs go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use sanji_sync::{ConnId, NodeId, Time, UnitCode};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::mailbox::weight;
use super::{FLOOD_PAUSE, FOLLOW_EVERY, IDLE_MS, Mail, RELAY_LIMIT, TURN_MAX, now};
use crate::link::{self, Close, DownReason, LinkEvent, LinkHandle, NotSent, ParentState, ParentView};
use crate::machine::{Cargo, FrameCounts, Input, LinkView, Machine, NotCarried, Output, Ticket};
use crate::refusal::Refusal;
use crate::store::StoreError;
use crate::trust::{Fingerprint, JoinRefusal, JoinReply};

/// Links that a peer ends since this node connected anew elsewhere, until that counts as a second machine.
const REPLACED_TIMES: u32 = 2;

/// The thread that owns the machine.
pub(super) struct Driver {
    pub machine: Machine,
    pub handle: LinkHandle,
    pub parents: Vec<String>,
    pub authority: Fingerprint,
    pub http: String,
    pub addresses: Vec<String>,
    pub asked: BTreeMap<Ticket, oneshot::Sender<Result<Value, Refusal>>>,
    pub joining: BTreeMap<Ticket, oneshot::Sender<Vec<u8>>>,
    pub carrying: BTreeMap<Ticket, oneshot::Sender<Result<Cargo, NotCarried>>>,
    pub next_ticket: Ticket,
    pub peers: BTreeMap<ConnId, UnitCode>,
    pub last_seen: BTreeMap<UnitCode, Time>,
    /// Entries that each unit still had for this node when its line went down.
    pub last_awaited: BTreeMap<UnitCode, u64>,
    pub frames: FrameCounts,
    pub room: Arc<Semaphore>,
    pub revoked: Arc<RwLock<BTreeSet<NodeId>>>,
    /// How often a peer ended a link because this node had connected anew, which this machine had not.
    pub replaced: u32,
    /// Tells open pages that there is more than before.
    pub changed: watch::Sender<u64>,
    /// Entries, frames and the state of the uplink when it was told last.
    pub told: Option<(u64, u64, ParentState)>,
}

impl Driver {
    pub fn run(
        mut self,
        mut inbox: mpsc::Receiver<Mail>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<(), StoreError> {
        let mut behind = true;
        let mut followed = Instant::now();
        let mut line = self.handle.parent();
        loop {
            // While much comes in, what comes next goes before documents and rows; but they follow all the same.
            let patience = match behind {
                false => self.until_tick(),
                true if self.machine.is_flooded() => {
                    FLOOD_PAUSE.min(FOLLOW_EVERY.saturating_sub(followed.elapsed()))
                }
                true => Duration::ZERO,
            };
            let first = next_mail(&mut inbox, &mut line, runtime, patience);
            let mut inputs = Vec::new();
            let mut stopping = false;
            let mut next = first;
            while let Some(mail) = next {
                match mail {
                    Mail::Stop => {
                        stopping = true;
                        break;
                    }
                    mail => inputs.extend(self.read(mail, runtime)),
                }
                next = if inputs.len() < TURN_MAX { inbox.try_recv().ok() } else { None };
            }
            if self.replaced >= REPLACED_TIMES {
                self.replaced = 0;
                inputs.push(Input::Replaced);
            }
            let busy = !inputs.is_empty();
            if !behind && !busy {
                inputs.push(Input::Tick);
            }
            if !inputs.is_empty() {
                self.machine.set_link(self.view());
                let outputs = self.machine.turn(now(), inputs)?;
                self.perform(outputs);
            }
            if stopping {
                return self.machine.close();
            }
            if !busy || inbox.is_empty() && !self.machine.is_flooded() || followed.elapsed() >= FOLLOW_EVERY {
                let (more, outputs) = self.machine.follow(now())?;
                followed = Instant::now();
                behind = more;
                if !outputs.is_empty() {
                    self.perform(outputs);
                    let outputs = self.machine.turn(now(), Vec::new())?;
                    self.perform(outputs);
                }
                self.tell(behind);
            } else {
                behind = true;
            }
        }
    }

    /// How long the loop may sleep when nothing happens.
    fn until_tick(&self) -> Duration {
        let due =
            self.machine.next_tick().map_or(IDLE_MS, |at| at.0.saturating_sub(now().0).clamp(10, IDLE_MS));
        Duration::from_millis(due)
    }

    fn read(&mut self, mail: Mail, runtime: &tokio::runtime::Handle) -> Option<Input> {
        if let Mail::Link(event) = &mail {
            self.room.add_permits(weight(event) as usize);
        }
        match mail {
            Mail::Stop => None,
            Mail::Ask { command, reply } => {
                let ticket = self.ticket();
                self.asked.insert(ticket, reply);
                Some(Input::Command { ticket, command })
            }
            Mail::Carry { carry, reply } => {
                let ticket = self.ticket();
                self.carrying.insert(ticket, reply);
                Some(Input::Carry { ticket, carry })
            }
            Mail::Link(LinkEvent::Up { conn, peer }) => {
                self.peers.insert(conn, peer.unit);
                self.last_seen.insert(peer.unit, now());
                Some(Input::LinkUp { conn, node: peer.node, unit: peer.unit })
            }
            Mail::Link(LinkEvent::Down { conn, why }) => {
                tracing::info!(?conn, %why, "a link went down");
                if let Some(unit) = self.peers.remove(&conn) {
                    self.last_seen.insert(unit, now());
                    // Of a session that never got to say anything what was known before stays known.
                    if let Some(awaited) = self.machine.awaited_from(&unit) {
                        self.last_awaited.insert(unit, awaited);
                    }
                    self.count_replaced(unit, &why);
                }
                Some(Input::LinkDown { conn })
            }
            Mail::Link(LinkEvent::Frame { conn, frame, bytes, .. }) => {
                self.frames.count_down(bytes);
                Some(Input::Frame { conn, frame })
            }
            Mail::Link(LinkEvent::Join(call)) => {
                if self.machine.is_root() {
                    let ticket = self.ticket();
                    self.joining.insert(ticket, call.reply);
                    return Some(Input::Join { ticket, request: call.request });
                }
                self.relay(call.bytes, call.reply, runtime);
                None
            }
        }
    }

    /// Whether somebody else connects with this node's key. Once may be a line of this machine whose end was overtaken;
    /// two machines take turns.
    fn count_replaced(&mut self, unit: UnitCode, why: &DownReason) {
        let is_replaced = matches!(why, DownReason::There { close: Some(Close::Replaced), .. });
        if is_replaced && !self.peers.values().any(|linked| *linked == unit) {
            self.replaced += 1;
        }
    }

    /// A town passes a request on towards the county.
    fn relay(&self, request: Vec<u8>, reply: oneshot::Sender<Vec<u8>>, runtime: &tokio::runtime::Handle) {
        let (parents, authority) = (self.parents.clone(), self.authority);
        runtime.spawn(async move {
            let answer = link::relay_join(&parents, authority, &request, RELAY_LIMIT).await;
            let _ = reply.send(answer.unwrap_or_else(|error| {
                tracing::warn!(%error, "an enrolment could not be passed on");
                JoinReply::from(JoinRefusal::RootUnreachable).encode()
            }));
        });
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { conn, lane, frame } => {
                    self.frames.count_up(frame.len());
                    // A peer that is gone or too slow is told so by the link; its `Down` follows.
                    match self.handle.send(conn, lane.number(), frame) {
                        Ok(()) => {}
                        Err(NotSent::Misuse) => {
                            // The session counts on it: it must begin anew rather than wait for ever.
                            tracing::error!(?conn, "a frame is longer than the link takes");
                            self.handle.hangup(conn, "a frame is longer than the link takes");
                        }
                        Err(why) => tracing::debug!(?why, "a frame was not sent"),
                    }
                }
                Output::Hangup { conn, why } => self.handle.hangup(conn, why.to_string()),
                Output::Answer { ticket, answer } => {
                    if let Some(reply) = self.asked.remove(&ticket) {
                        let _ = reply.send(answer);
                    }
                }
                Output::Joined { ticket, reply } => {
                    if let Some(to) = self.joining.remove(&ticket) {
                        let _ = to.send(reply.encode());
                    }
                }
                Output::Carried { ticket, answer } => {
                    if let Some(reply) = self.carrying.remove(&ticket) {
                        let _ = reply.send(answer);
                    }
                }
                Output::Pause => self.handle.pause(),
                Output::Resume => self.handle.resume(),
                Output::DialNow => self.handle.dial_now(),
            }
        }
        let revoked: BTreeSet<NodeId> = self.machine.revoked_nodes().into_iter().collect();
        if let Ok(mut known) = self.revoked.write()
            && *known != revoked
        {
            *known = revoked;
        }
    }

    /// Whoever looks on hears of entries, frames and lines when what they look at is up to date.
    fn tell(&mut self, is_behind: bool) {
        let state = self.handle.parent().borrow().state;
        let seen = (self.machine.taken_in(), self.frames.up + self.frames.down, state);
        if !is_behind && self.told.as_ref() != Some(&seen) {
            self.told = Some(seen);
            self.changed.send_modify(|count| *count += 1);
        }
    }

    fn view(&self) -> LinkView {
        let counters = self.handle.counters();
        LinkView {
            parent: Some(self.handle.parent().borrow().clone()),
            addresses: self.addresses.clone(),
            http: self.http.clone(),
            bytes_up: counters.bytes_up,
            bytes_down: counters.bytes_down,
            hangups: counters.hangups,
            frames: self.frames,
            last_seen: self.last_seen.clone(),
            last_awaited: self.last_awaited.clone(),
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }
}

/// The next mail; none if none comes within `patience` or before the line up changes, which pages show.
fn next_mail(
    inbox: &mut mpsc::Receiver<Mail>,
    line: &mut watch::Receiver<ParentView>,
    runtime: &tokio::runtime::Handle,
    patience: Duration,
) -> Option<Mail> {
    if patience.is_zero() {
        return inbox.try_recv().ok();
    }
    runtime.block_on(async {
        tokio::select! {
            biased;
            // Every sender is gone: the node was dropped.
            mail = inbox.recv() => Some(mail.unwrap_or(Mail::Stop)),
            Ok(()) = line.changed() => None,
            () = tokio::time::sleep(patience) => None,
        }
    })
}

impl Drop for Driver {
    /// Nobody takes anything any more: whoever waits for room must not wait for ever.
    fn drop(&mut self) {
        self.room.close();
    }
}
