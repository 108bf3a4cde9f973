//! The hub: every decision about replication on one node. Knows documents by id only.
//!
//! # How to drive it
//!
//! One owner calls it from one loop, after [`Hub::resume`] once. A turn is:
//!
//! 1. [`Hub::handle`] for each event that is waiting, [`Hub::append`] for each local change; both push effects;
//! 2. perform the effects in order, all [`Effect::Store`]s of the turn as one durable write first: what follows a
//!    store in the list (acknowledgements, answers) must not happen before it is durable;
//! 3. when the directory document changed, read it and call [`Hub::set_tree`];
//! 4. [`Hub::stream`], whose sends read durable entries only; perform those.
//!
//! A file instead of a line: [`Hub::pack`] and [`Hub::carried`].
//!
//! Frames are opened by [`Frame::open`] outside the loop, since that costs CPU. Call `handle` with [`Event::Tick`] no
//! later than [`Hub::next_tick`].

pub mod carried;
mod gaps;
mod greeting;
mod intake;
mod pasts;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ChangeHeader;
use crate::contract::{AppendRefused, Effect, Event, Memo, Stored};
use crate::frame::{Frame, Hangup, Lane, Opened, Pasts};
use crate::holdings::Holdings;
use crate::ids::{ActorBytes, DocId, Epoch, Link, LogId, NodeId, Scope, Time, UnitCode};
use crate::limits::HELD_HEIGHTS_MAX;
use crate::log::{self, ChangeBytes, Entry, Writer};
use crate::proof::Proof;
use crate::session::{ConnId, Session};
use crate::stream::{self, Proven, Shelf};
use crate::tree::{Relation, Tree};
use crate::vector::{Digest, Head, Heads, ScopeVector, combine};

/// How long a peer may take to say Hello, milliseconds: several round trips of the *bad* row (DOMAIN §8).
const HELLO_MS_MAX: u64 = 15_000;

/// What a hub knows at the start, from the store.
#[derive(Default)]
pub struct Start {
    pub heads: BTreeMap<LogId, Head>,
    pub memos: Vec<Memo>,
    /// Logs that were found to have two pasts.
    pub forked: BTreeSet<LogId>,
    /// Of these as many as are proven.
    pub proofs: Vec<Proof>,
    /// Logs of this node of which it gave up a past.
    pub settled: BTreeSet<LogId>,
    /// Logs of this node of which entries lie behind damage, and up to which height.
    pub gaps: BTreeMap<LogId, u64>,
    /// Whether a place of this node's disk is damaged of which it is not known what others hold of it.
    pub is_damaged: bool,
    /// Drawn anew for each start of the process.
    pub run: u64,
}

pub struct Hub {
    writer: Writer,
    unit: UnitCode,
    tree: Tree,
    heads: Heads,
    sessions: BTreeMap<ConnId, Session>,
    agreed: BTreeMap<NodeId, BTreeMap<Scope, ScopeVector>>,
    held: Holdings,
    told: BTreeMap<NodeId, Holdings>,
    /// Logs that were found to have two pasts, reported once.
    forked: BTreeSet<LogId>,
    proofs: BTreeMap<LogId, Proof>,
    /// Of these the ones that this node writes and of which it gave up a past.
    settled: BTreeSet<LogId>,
    /// Logs that their writers, above this node, have settled: heard of them, or of who is in between.
    settled_above: BTreeSet<LogId>,
    /// Logs of writers above of which this node took the past that it was shown from below: once is enough for the writer.
    shown_up: BTreeSet<LogId>,
    gaps: BTreeMap<LogId, gaps::Gap>,
    is_damaged: bool,
    /// Whether somebody who must hold what this node held has said so since the start, and all of that is here.
    has_compared: bool,
    run: u64,
    /// The starts of peers' processes that were met, the last two of each.
    runs: BTreeMap<NodeId, Vec<u64>>,
    /// Nodes here and below of which two machines were met.
    twins: BTreeSet<NodeId>,
    /// Links of entries that are stored in this turn, which the shelf does not show yet.
    fresh: BTreeMap<(LogId, u64), Link>,
    #[cfg(feature = "broken-rules")]
    pub(crate) broken: Option<crate::BrokenRule>,
}

impl Hub {
    /// A hub of `unit`'s node, knowing what the store knew.
    pub fn new(writer: Writer, unit: UnitCode, tree: Tree, start: Start) -> Hub {
        let mut hub = Hub {
            writer,
            unit,
            tree,
            heads: Heads::default(),
            sessions: BTreeMap::new(),
            agreed: BTreeMap::new(),
            held: Holdings::default(),
            told: BTreeMap::new(),
            forked: start.forked,
            proofs: start.proofs.into_iter().map(|proof| (proof.log, proof)).collect(),
            settled: start.settled,
            settled_above: BTreeSet::new(),
            shown_up: BTreeSet::new(),
            gaps: gaps::of(start.gaps),
            is_damaged: start.is_damaged,
            has_compared: false,
            run: start.run,
            runs: BTreeMap::new(),
            twins: BTreeSet::new(),
            fresh: BTreeMap::new(),
            #[cfg(feature = "broken-rules")]
            broken: None,
        };
        for (log, head) in start.heads {
            hub.heads.set(log, head);
        }
        for memo in start.memos {
            match memo {
                Memo::Agreed { peer, vector } => {
                    hub.agreed.entry(peer).or_default().insert(vector.scope, vector);
                }
                Memo::Held { holder, log, height } => {
                    hub.held.set(holder, log, height);
                }
                Memo::Told { by, holder, log, height } => {
                    hub.told.entry(by).or_default().set(holder, log, height);
                }
            }
        }
        hub
    }

    pub fn node(&self) -> NodeId {
        self.writer.node()
    }

    pub fn unit(&self) -> UnitCode {
        self.unit
    }

    pub fn epoch(&self) -> Epoch {
        self.writer.epoch
    }

    /// The actor that the next local change must be written as.
    pub fn actor(&self) -> ActorBytes {
        self.writer.actor()
    }

    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// Whether a log was found to have two pasts.
    pub fn is_forked(&self, log: &LogId) -> bool {
        self.forked.contains(log)
    }

    /// What other nodes are known to hold.
    pub fn held(&self) -> &Holdings {
        &self.held
    }

    /// The scope's digest, none when it is empty.
    pub fn digest(&mut self, scope: Scope) -> Option<Digest> {
        self.heads.digest(scope)
    }

    /// The log that this node now writes into `scope`.
    pub fn own_log(&self, scope: Scope) -> LogId {
        LogId { scope, node: self.node(), epoch: self.epoch() }
    }

    /// Entries of the scopes shared with `peer`'s unit that no node of it is known to hold, linked or not.
    pub fn owed_to(&self, peer: UnitCode) -> u64 {
        if let Some(session) = self.sessions.values().find(|s| s.unit == peer && s.hello.is_some()) {
            return session.owed(&self.heads);
        }
        let nodes: Vec<NodeId> =
            self.tree.nodes().filter(|(_, seat)| seat.unit == peer).map(|(node, _)| *node).collect();
        let height = |log: &LogId| nodes.iter().map(|n| self.held.height(n, log)).max().unwrap_or(0);
        let scopes = self.tree.shared(self.unit, peer);
        let logs = scopes.iter().flat_map(|scope| self.heads.logs_of(*scope));
        logs.map(|(log, head)| head.height.saturating_sub(height(log))).sum()
    }

    /// Appends a local change: authority, actor and form are checked, the entry is signed. The store effect is
    /// pushed; the change is saved once that is performed.
    pub fn append(
        &mut self,
        scope: Scope,
        doc: DocId,
        change: Vec<u8>,
        out: &mut Vec<Effect>,
    ) -> Result<(LogId, u64), AppendRefused> {
        let log = self.own_log(scope);
        let height = self.heads.height(&log) + 1;
        if self.tree.may_write(&log, height) != Some(true) {
            return Err(AppendRefused::NoAuthority(scope));
        }
        let header = ChangeHeader::read(&change)?;
        if !log::actor_matches(&log, &header) {
            return Err(AppendRefused::Actor);
        }
        let link = log::next_link(&self.heads.link(&log), &doc, &change);
        let signature = Some(self.writer.sign(&log, height, &link));
        let entry = Entry { log, height, doc, change: ChangeBytes::from(change), link, signature };
        self.heads.set(log, Head { height, link });
        self.fresh.insert((log, height), link);
        self.touch(log, height);
        out.push(Effect::Store(Stored::Entries(vec![entry])));
        Ok((log, height))
    }

    /// Once after the start, before the first event: a revocation may have become durable without what follows from it.
    pub fn resume(&mut self, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        self.cut_revoked(shelf, out);
        self.close_gaps(out);
    }

    /// Takes one event.
    pub fn handle(&mut self, now: Time, event: Event, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        match event {
            Event::LinkUp { conn, node, unit } => self.link_up(now, conn, node, unit, out),
            Event::LinkDown { conn } => {
                self.sessions.remove(&conn);
            }
            Event::BadFrame { conn, why } => self.hang_up(conn, why, out),
            Event::Frame { conn, frame } => {
                // A frame may still come from a session that was hung up in this turn.
                if !self.sessions.contains_key(&conn) {
                    return;
                }
                if let Err(why) = self.frame(now, conn, frame, shelf, out) {
                    self.hang_up(conn, why, out);
                }
                self.close_gaps(out);
            }
            Event::Tick => {
                let silent = |s: &&Session| s.hello.is_none() && s.since.plus_ms(HELLO_MS_MAX) <= now;
                let late: Vec<ConnId> = self.sessions.values().filter(silent).map(|s| s.conn).collect();
                for conn in late {
                    self.hang_up(conn, Hangup::Silent, out);
                }
            }
        }
    }

    /// When [`Event::Tick`] is due, if anything waits for time.
    pub fn next_tick(&self) -> Option<Time> {
        let waiting = self.sessions.values().filter(|s| s.hello.is_none());
        waiting.map(|s| s.since.plus_ms(HELLO_MS_MAX)).min()
    }

    /// Takes the tree that the directory document now says, and tells peers of scopes that are newly shared.
    pub fn set_tree(&mut self, tree: Tree, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        if tree == self.tree {
            return;
        }
        self.tree = tree;
        self.cut_revoked(shelf, out);
        self.close_gaps(out);
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            let Some(session) = self.sessions.get(&conn) else { continue };
            if let Some(why) = self.unwelcome(session.node, session.unit) {
                self.hang_up(conn, why, out);
                continue;
            }
            self.offer_new(conn, shelf, out);
        }
    }

    /// Sends what peers lack, as far as their windows allow, and what they must be told.
    pub fn stream(&mut self, now: Time, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        self.fresh.clear();
        let shelf = &Proven { shelf, tree: &self.tree };
        for session in self.sessions.values_mut().filter(|s| s.hello.is_some()) {
            for held in session.take_tell().to_frames(HELD_HEIGHTS_MAX) {
                push(out, session.conn, Lane::Control, &Frame::Held(held));
            }
            let found = session.alarms_due();
            for proof in found.iter().filter_map(|log| self.proofs.get(log)) {
                let proofs = Some(vec![proof.clone()]);
                pasts::say(out, session.conn, Pasts { proofs, ..Pasts::default() });
            }
            if !found.is_empty() {
                pasts::say(out, session.conn, Pasts { found, ..Pasts::default() });
            }
            for lane in Lane::ENTRIES {
                while let Some(frame) = stream::next_batch(session, now, lane, &self.heads, shelf) {
                    push(out, session.conn, lane, &frame);
                }
            }
        }
    }

    fn frame(
        &mut self,
        now: Time,
        conn: ConnId,
        frame: Opened,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let greeted = self.session(conn)?.hello.is_some();
        match frame {
            Opened::Frame(Frame::Hello(hello)) if !greeted => self.hello(now, conn, hello, shelf, out),
            Opened::Frame(Frame::Bye(_)) => Ok(()),
            // Hello twice, or anything before it. Batches travel in other streams and may overtake it.
            Opened::Frame(Frame::Hello(_)) => Err(Hangup::OutOfTurn),
            Opened::Batch { number, verified } => self.batch(conn, number, verified, shelf, out),
            Opened::Frame(_) if !greeted => Err(Hangup::OutOfTurn),
            Opened::Frame(Frame::Digests(digests)) => self.digests(conn, &digests, shelf, out),
            Opened::Frame(Frame::Vectors { vectors, reply, rest_equal, pasts }) => {
                self.vectors(conn, &vectors, reply, rest_equal, shelf, out)?;
                self.pasts(conn, pasts.unwrap_or_default(), out);
                Ok(())
            }
            Opened::Frame(Frame::Ack { number, heights }) => self.ack(now, conn, number, &heights, out),
            Opened::Frame(Frame::Held(held)) => self.told(conn, &held, out),
            Opened::Frame(Frame::Batch(_)) => Err(Hangup::BadFrame),
        }
    }

    fn touch(&mut self, log: LogId, height: u64) {
        for session in self.sessions.values_mut() {
            session.touch(log, height);
        }
    }

    fn unwelcome(&self, node: NodeId, unit: UnitCode) -> Option<Hangup> {
        if self.tree.seat(&node).is_some_and(|seat| seat.revoked.is_some()) {
            return Some(Hangup::Revoked);
        }
        let known = self.tree.knows(&unit) && self.tree.knows(&self.unit);
        (known && self.tree.relation(unit, self.unit) == Relation::Apart).then_some(Hangup::NotRelated)
    }

    fn hang_up(&mut self, conn: ConnId, why: Hangup, out: &mut Vec<Effect>) {
        if self.sessions.remove(&conn).is_some() {
            push(out, conn, Lane::Control, &Frame::Bye(why));
        }
        out.push(Effect::Hangup { conn, why });
    }

    fn shared(&self, peer: UnitCode) -> BTreeSet<Scope> {
        let mut shared: BTreeSet<Scope> = self.tree.shared(self.unit, peer).into_iter().collect();
        shared.insert(Scope::Directory);
        shared
    }

    fn shared_digest(&mut self, shared: &BTreeSet<Scope>) -> Digest {
        let digests: BTreeMap<Scope, Digest> =
            shared.iter().filter_map(|scope| Some((*scope, self.heads.digest(*scope)?))).collect();
        combine(&digests)
    }

    fn session(&self, conn: ConnId) -> Result<&Session, Hangup> {
        self.sessions.get(&conn).ok_or(Hangup::OutOfTurn)
    }

    fn session_mut(&mut self, conn: ConnId) -> Result<&mut Session, Hangup> {
        self.sessions.get_mut(&conn).ok_or(Hangup::OutOfTurn)
    }
}

fn push(out: &mut Vec<Effect>, conn: ConnId, lane: Lane, frame: &Frame) {
    out.push(Effect::Send { conn, lane, frame: frame.encode() });
}
