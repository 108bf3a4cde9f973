//! Frames that travel as a file instead of over a line: what a node packs for another, and what it takes out of such a
//! file. The same frames and the same intake; only nobody is there to answer.
//!
//! Knows no file and no cipher. A file holds, in this order: batches of the directory, which gives the rest its meaning;
//! the vectors of what the sender holds; the other batches, urgent lane first; what third nodes hold.

use std::collections::VecDeque;

use super::Hub;
use crate::contract::{Effect, Stored};
use crate::frame::{Frame, Hangup, Held, Lane, Opened};
use crate::ids::{LogId, NodeId, Scope, Time, UnitCode};
use crate::limits::{FRAME_SCOPES_MAX, HELD_HEIGHTS_MAX};
use crate::session::{ConnId, Session};
use crate::stream::{self, Proven, Shelf};
use crate::tree::Tree;
use crate::vector::{Heads, ScopeVector};

/// Stands for the file among the connections while one of its frames is taken; no driver numbers one so.
pub(super) const FILE: ConnId = ConnId(u64::MAX);

/// Logs in one frame of vectors: some 300 KB.
const VECTOR_LOGS_MAX: usize = 4_096;

/// A file for one node while it is made. What it will hold is fixed when it is begun, so that it comes to an end while
/// cases are being filed. Ask [`Packing::next_frame`] until there is nothing left.
#[derive(Debug)]
pub struct Packing {
    session: Session,
    /// Heads of the shared scopes when it was begun.
    heads: Heads,
    tree: Tree,
    vectors: VecDeque<Vec<ScopeVector>>,
    held: VecDeque<Vec<Held>>,
    entries: u64,
}

/// A file while it is taken in.
#[derive(Debug)]
pub struct Carried {
    session: Session,
}

/// What became of the entries of one frame or of a whole file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// Entries that were in it.
    pub entries: u64,
    /// Of these, entries that this node did not hold.
    pub new: u64,
    /// Entries that were not taken: what comes before them is missing here, or they were refused or set aside.
    pub left_out: u64,
}

impl Taken {
    pub fn add(&mut self, more: Taken) {
        self.entries += more.entries;
        self.new += more.new;
        self.left_out += more.left_out;
    }
}

impl Hub {
    /// Begins a file for `node` of `unit`: with what it is not known to hold, or with everything that both hold.
    pub fn pack(&self, now: Time, node: NodeId, unit: UnitCode, everything: bool) -> Result<Packing, Hangup> {
        if let Some(why) = self.unwelcome(node, unit) {
            return Err(why);
        }
        let mut session = Session::new(FILE, node, unit, now);
        let mut heads = Heads::default();
        let mut vectors: VecDeque<Vec<ScopeVector>> = VecDeque::new();
        let (mut entries, mut logs) = (0, 0);
        for scope in self.shared(unit) {
            session.open.insert(scope);
            for (log, head) in self.heads.logs_of(scope) {
                heads.set(*log, *head);
                // What it wrote it is taken to have if nothing is known: by a line others tell it, by a file nobody does.
                let has = match (everything, self.held.height(&node, log)) {
                    (true, _) => 0,
                    (false, 0) if log.node == node => head.height,
                    (false, known) => known.min(head.height),
                };
                session.received(*log, has);
                session.touch(*log, head.height);
                entries += head.height - has;
            }
            let vector = heads.vector(scope);
            let full = vectors.back().is_none_or(|v| v.len() == FRAME_SCOPES_MAX);
            if full || logs + vector.logs.len() > VECTOR_LOGS_MAX {
                vectors.push_back(Vec::new());
                logs = 0;
            }
            logs += vector.logs.len();
            vectors.back_mut().expect("one was pushed").push(vector);
        }
        let held = self.held.for_peer(&self.tree, self.unit, unit).to_frames(HELD_HEIGHTS_MAX).into();
        Ok(Packing { session, heads, tree: self.tree.clone(), vectors, held, entries })
    }

    /// Begins to take a file that `node` of `unit` made; both come from its verified certificate.
    pub fn carried(&self, now: Time, node: NodeId, unit: UnitCode) -> Result<Carried, Hangup> {
        match self.unwelcome(node, unit) {
            Some(why) => Err(why),
            None => Ok(Carried { session: Session::new(FILE, node, unit, now) }),
        }
    }

    /// Takes one frame of a file, in its order; the turn that stored it must have ended before the next. After an error
    /// the rest of the file is not to be taken.
    pub fn take_carried(
        &mut self,
        carried: &mut Carried,
        frame: Opened,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<Taken, Hangup> {
        let Session { node, unit, since, .. } = carried.session;
        if let Some(why) = self.unwelcome(node, unit) {
            return Err(why);
        }
        let (named, runs): (Vec<(LogId, u64)>, Vec<Scope>) = match &frame {
            Opened::Batch { verified, .. } => (
                verified.entries.iter().map(|e| (e.log, e.height)).collect(),
                verified.runs.iter().map(|r| r.log.scope).collect(),
            ),
            Opened::Frame(_) => Default::default(),
        };
        // A gap is no breach here: what the sender thought this node holds may have been lost, and nobody can be asked.
        carried.session.deferred.extend(runs);
        let session = std::mem::replace(&mut carried.session, Session::new(FILE, node, unit, since));
        self.sessions.insert(FILE, session);
        let before = out.len();
        let done = match frame {
            Opened::Batch { number, verified } => self.batch(FILE, number, verified, shelf, out),
            Opened::Frame(Frame::Vectors { vectors, .. }) => {
                self.vectors(FILE, &vectors, false, false, shelf, out)
            }
            Opened::Frame(Frame::Held(held)) => self.told(FILE, &held, out),
            Opened::Frame(
                Frame::Hello(_) | Frame::Digests(_) | Frame::Batch(_) | Frame::Ack { .. } | Frame::Bye(_),
            ) => Err(Hangup::OutOfTurn),
        };
        // With the file's session still there: what it says that its writer holds counts.
        self.close_gaps(out);
        if let Some(session) = self.sessions.remove(&FILE) {
            carried.session = session;
        }
        let mut new = 0;
        let effects = out.split_off(before);
        out.extend(effects.into_iter().filter(|effect| match effect {
            Effect::Store(Stored::Entries(entries)) => {
                new += entries.len() as u64;
                true
            }
            Effect::Send { conn, .. } => *conn != FILE,
            Effect::Store(Stored::Epoch(_) | Stored::Cut { .. } | Stored::Proof(_))
            | Effect::Hangup { .. }
            | Effect::Remember(_)
            | Effect::Report(_) => true,
        }));
        done?;
        let left_out =
            |(log, height): &&(LogId, u64)| self.forked.contains(log) || *height > self.heads.height(log);
        Ok(Taken { entries: named.len() as u64, new, left_out: named.iter().filter(left_out).count() as u64 })
    }
}

impl Packing {
    /// For whom it is.
    pub fn node(&self) -> NodeId {
        self.session.node
    }

    pub fn unit(&self) -> UnitCode {
        self.session.unit
    }

    /// Entries that the whole file will hold.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The next frame; none when the file is complete.
    pub fn next_frame(&mut self, shelf: &dyn Shelf) -> Option<Frame> {
        if self.session.dirty.iter().any(|log| log.scope == Scope::Directory)
            && let Some(frame) = self.next_batch(Lane::Events, shelf)
        {
            return Some(frame);
        }
        if let Some(vectors) = self.vectors.pop_front() {
            return Some(Frame::Vectors { vectors, reply: false, rest_equal: false, pasts: None });
        }
        Lane::ENTRIES
            .into_iter()
            .find_map(|lane| self.next_batch(lane, shelf))
            .or_else(|| self.held.pop_front().map(Frame::Held))
    }

    fn next_batch(&mut self, lane: Lane, shelf: &dyn Shelf) -> Option<Frame> {
        // Nobody acknowledges a file, and each frame comes behind the one before in any case.
        self.session.wait_for_nothing();
        let shelf = &Proven { shelf, tree: &self.tree };
        stream::next_batch(&mut self.session, Time(0), lane, &self.heads, shelf)
    }
}
