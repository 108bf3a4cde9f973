//! Two pasts of one log: which of them counts, how a node changes over to the other, and who must be told.
//!
//! Of two pasts the one above counts: a node gives way to what a unit above it holds. Two things stand apart. The
//! writer itself gives way to whatever it is first shown, since what others hold was once acknowledged; with that the
//! log is settled, and below it everybody follows. And nobody gives way to a writer that has not settled its log, nor to
//! what somebody in between has of that: it comes from the writer. Whoever is in between gives way to what is shown to it
//! from below, so that the writer above is shown it. What gave way is kept as evidence; its writer writes the meaning anew
//! in a new epoch, which is the driver's work.
//! Knows entries by their links only.

use std::collections::BTreeSet;

use super::{Hub, push};
use crate::batch::Run;
use crate::contract::{Effect, Incident, Memo, Stored};
use crate::frame::{Frame, Height, Lane, Pasts};
use crate::holdings::tells;
use crate::ids::{Epoch, Link, LogId, NodeId, UnitCode};
use crate::log::{Entry, genesis};
use crate::proof::{Proof, Trail};
use crate::session::{ConnId, Session};
use crate::stream::Shelf;
use crate::tree::Relation;
use crate::vector::Head;

/// How far back a node first looks for the place where two pasts part; each further look goes eight times as far.
const LOOK_BACK: u64 = 64;
/// Logs with two pasts that are named at the start of a session: a county has a handful in its life.
const TOLD_AT_ONCE_MAX: usize = 256;

impl Hub {
    /// A run that does not continue what is held, though its signature is good. True if this node changes over to the
    /// run's past, so that its entries are to be taken.
    pub(super) fn two_pasts(
        &mut self,
        conn: ConnId,
        run: &Run,
        entries: &[Entry],
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> bool {
        let log = run.log;
        let parted = self.parted(run, entries, shelf);
        let Some(from) = self.sessions.get(&conn).map(|session| session.node) else { return false };
        self.fork(log, parted.unwrap_or(run.first), from, out);
        if let Some(height) = parted {
            self.prove(log, height, entries, shelf, out);
        }
        let Some(session) = self.sessions.get(&conn) else { return false };
        let gives_way = self.gives_way(session, &log);
        let from_below = self.tree.relation(session.unit, self.unit) == Relation::Descendant;
        if !gives_way {
            self.show(conn, log, run.first);
        }
        match parted {
            Some(height) if gives_way => {
                if from_below && log.node != self.node() {
                    self.shown_up.insert(log);
                }
                self.give_way(log, height, from, shelf, out);
                return true;
            }
            // Whoever goes on from its own past wants the proof.
            None if gives_way || !self.proofs.contains_key(&log) => {
                let here = self.heads.height(&log);
                let back = (here.saturating_sub(run.first) + 1).saturating_mul(8).max(LOOK_BACK);
                self.ask_again(conn, log, run.first.min(here).saturating_sub(back).max(1));
            }
            Some(_) | None => {}
        }
        false
    }

    /// Keeps the proof of two pasts that part at `first`: the one that is here and the one that came.
    fn prove(&mut self, log: LogId, first: u64, theirs: &[Entry], shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        if self.proofs.contains_key(&log) {
            return;
        }
        let here = (first..=self.heads.height(&log)).map_while(|height| Some(shelf.entry(&log, height)?.1));
        let there = theirs.iter().filter(|e| e.log == log && e.height >= first).cloned();
        // What is stored in this turn the shelf does not show yet; then the alarm goes without a proof.
        let trails = Trail::along(here).zip(Trail::along(there));
        let proof = trails.zip(self.link_at(&log, first - 1, shelf));
        let proof = proof.map(|((one, other), prev)| Proof { log, first, prev, one, other });
        if let Some(proof) = proof.filter(Proof::holds) {
            self.proven(proof, out);
        }
    }

    /// Keeps a proof that holds, and passes it on.
    fn proven(&mut self, proof: Proof, out: &mut Vec<Effect>) {
        out.push(Effect::Store(Stored::Proof(proof.clone())));
        self.alarm(proof.log);
        self.proofs.insert(proof.log, proof);
    }

    /// Whether what `session`'s peer holds of a log with two pasts counts more than what is held here.
    fn gives_way(&self, session: &Session, log: &LogId) -> bool {
        let own = log.node == self.node() && !self.settled.contains(log);
        let from_above = self.is_above(self.unit, log) && !self.settled_above.contains(log);
        match self.tree.relation(session.unit, self.unit) {
            Relation::Ancestor if log.node == session.node => session.settled.contains(log),
            Relation::Ancestor => !self.is_above(session.unit, log) || !from_above,
            Relation::Descendant => own || (from_above && !self.shown_up.contains(log)),
            Relation::Same | Relation::Apart => own,
        }
    }

    /// Whether the log's writer is above a unit, and may still settle the log.
    fn is_above(&self, unit: UnitCode, log: &LogId) -> bool {
        let writer = self.tree.unit_of(&log.node).filter(|_| self.tree.cut_of(log).is_none());
        writer.is_some_and(|writer| self.tree.relation(writer, unit) == Relation::Ancestor)
    }

    /// The first height at which the run's past differs from the one held; none if that lies before the run.
    fn parted(&self, run: &Run, entries: &[Entry], shelf: &dyn Shelf) -> Option<u64> {
        if self.link_at(&run.log, run.first - 1, shelf) != Some(run.prev) {
            return None;
        }
        let mut theirs = entries.iter().filter(|e| e.log == run.log);
        theirs.find(|e| self.link_at(&e.log, e.height, shelf) != Some(e.link)).map(|e| e.height)
    }

    /// The link of what is held at `height`, stored already or in this turn; none beyond the head.
    pub(super) fn link_at(&self, log: &LogId, height: u64, shelf: &dyn Shelf) -> Option<Link> {
        let here = self.heads.height(log);
        match height {
            0 => Some(genesis(log)),
            height if height > here => None,
            height if height == here => Some(self.heads.link(log)),
            height => self.fresh.get(&(*log, height)).copied().or_else(|| shelf.link(log, height)),
        }
    }

    /// Takes the log back to where the pasts part, so that the other one can be taken.
    fn give_way(&mut self, log: LogId, parted: u64, to: NodeId, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        let upto = self.heads.height(&log);
        let Some(link) = self.link_at(&log, parted - 1, shelf) else { return };
        let own = log.node == self.node();
        if own {
            self.leave_epoch(log.epoch, out);
            self.settled.insert(log);
        }
        self.cut(log, Head { height: parted - 1, link }, out);
        let new_epoch = own.then_some(self.writer.epoch);
        out.push(Effect::Report(Incident::GaveWay { log, from: parted, upto, to, new_epoch }));
        if own {
            self.say_settled(log, |_| true, out);
        }
    }

    /// Ends a log at `head`: the store, what others are known to hold of it, what is on its way.
    pub(super) fn cut(&mut self, log: LogId, head: Head, out: &mut Vec<Effect>) {
        self.heads.cut(log, head);
        self.fresh.retain(|(of, height), _| *of != log || *height <= head.height);
        out.push(Effect::Store(Stored::Cut { log, head }));
        for holder in self.held.lower(&log, head.height) {
            out.push(Effect::Remember(Memo::Held { holder, log, height: head.height }));
        }
        for (by, told) in &mut self.told {
            for holder in told.lower(&log, head.height) {
                out.push(Effect::Remember(Memo::Told { by: *by, holder, log, height: head.height }));
            }
        }
        for session in self.sessions.values_mut() {
            session.cut(log, head.height);
            session.touch(log, head.height);
        }
    }

    /// After a revocation: what is held beyond its cut counts no more, here as everywhere.
    pub(super) fn cut_revoked(&mut self, shelf: &dyn Shelf, out: &mut Vec<Effect>) {
        let me = self.node();
        let beyond: Vec<(LogId, u64, u64)> = self
            .heads
            .logs()
            .filter(|(log, _)| log.node != me)
            .filter_map(|(log, head)| Some((*log, head.height, self.tree.cut_of(log)?)))
            .filter(|(_, here, cut)| cut < here)
            .collect();
        for (log, here, cut) in beyond {
            let Some(link) = self.link_at(&log, cut, shelf) else { continue };
            self.cut(log, Head { height: cut, link }, out);
            out.push(Effect::Report(Incident::CutOff { log, from: cut + 1, upto: here }));
        }
    }

    /// Begins a new epoch if `epoch` is the one that this node writes in.
    pub(super) fn leave_epoch(&mut self, epoch: Epoch, out: &mut Vec<Effect>) {
        if epoch < self.writer.epoch {
            return;
        }
        #[cfg(feature = "broken-rules")]
        if self.breaks(crate::BrokenRule::NoEpochAfterRestore) {
            return;
        }
        let me = self.node();
        let known = self.heads.logs().map(|(log, _)| log).chain(self.gaps.keys());
        let known = known.filter(|log| log.node == me).map(|log| log.epoch.0);
        let last = known.max().unwrap_or(0).max(epoch.0);
        let Some(next) = last.checked_add(1) else { return };
        self.writer.epoch = Epoch(next);
        out.push(Effect::Store(Stored::Epoch(self.writer.epoch)));
    }

    /// Begins a new epoch whatever happened: after a restore.
    pub fn renew_epoch(&mut self, out: &mut Vec<Effect>) {
        self.leave_epoch(self.writer.epoch, out);
    }

    /// Reports a log with two pasts and passes the alarm on, once.
    fn fork(&mut self, log: LogId, height: u64, from: NodeId, out: &mut Vec<Effect>) {
        if !self.forked.insert(log) {
            return;
        }
        out.push(Effect::Report(Incident::Fork { log, height, from }));
        self.alarm(log);
    }

    /// Every peer that holds the log is to be told of its two pasts.
    fn alarm(&mut self, log: LogId) {
        for session in self.sessions.values_mut().filter(|s| self.tree.holds(s.unit, &log.scope)) {
            session.alarms.insert(log);
        }
    }

    /// Says that `log` is settled to those peers that hold its scope and are meant.
    fn say_settled(&self, log: LogId, is_meant: impl Fn(&Session) -> bool, out: &mut Vec<Effect>) {
        for session in self.sessions.values().filter(|session| is_meant(session)) {
            if self.tree.holds(session.unit, &log.scope) {
                say(out, session.conn, Pasts { settled: vec![log], ..Pasts::default() });
            }
        }
    }

    fn is_below(&self, session: &Session) -> bool {
        self.tree.relation(session.unit, self.unit) == Relation::Descendant
    }

    /// Shows the peer what is held here of a log in doubt, once a session: signed entries are the only proof.
    pub(super) fn show(&mut self, conn: ConnId, log: LogId, height: u64) {
        let height = height.min(self.heads.height(&log));
        if let Some(session) = self.sessions.get_mut(&conn)
            && height > 0
            && !session.shown.contains_key(&log)
        {
            session.shown.insert(log, height);
            session.send_again(log, height);
        }
    }

    /// Asks the peer for its past of a log from `height` on. Said by [`Hub::say_again`], behind the acknowledgement.
    fn ask_again(&mut self, conn: ConnId, log: LogId, height: u64) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.asked_again.insert(log, height);
        }
    }

    /// Says what is asked for again of these logs.
    pub(super) fn say_again(&self, conn: ConnId, logs: &[LogId], out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get(&conn) else { return };
        let height = |log: &LogId| Some(Height { log: *log, height: *session.asked_again.get(log)? });
        let again: Vec<Height> = logs.iter().filter_map(height).collect();
        if !again.is_empty() {
            say(out, conn, Pasts { again, ..Pasts::default() });
        }
    }

    /// Says at the start of a session which logs have two pasts and which of its own this node has settled.
    pub(super) fn say_pasts(&mut self, conn: ConnId, unit: UnitCode, out: &mut Vec<Effect>) {
        let shared = self.shared(unit);
        let named = |logs: &BTreeSet<LogId>| {
            let logs = logs.iter().filter(|log| shared.contains(&log.scope));
            logs.take(TOLD_AT_ONCE_MAX).copied().collect::<Vec<_>>()
        };
        let (mut settled, found) = (named(&self.settled), named(&self.forked));
        if self.tree.relation(unit, self.unit) == Relation::Descendant {
            settled.extend(named(&self.settled_above));
        }
        if !self.twins.is_empty() && self.tree.relation(unit, self.unit) == Relation::Ancestor {
            let twins = Some(self.twins.iter().copied().collect());
            say(out, conn, Pasts { twins, ..Pasts::default() });
        }
        if !settled.is_empty() {
            say(out, conn, Pasts { settled, ..Pasts::default() });
        }
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.alarms.extend(found);
        }
    }

    /// Two machines of a node were met here or below: whoever is above is told, once.
    pub(super) fn twin(&mut self, node: NodeId, out: &mut Vec<Effect>) {
        if !self.twins.insert(node) {
            return;
        }
        for session in self.sessions.values() {
            if self.tree.relation(session.unit, self.unit) == Relation::Ancestor {
                say(out, session.conn, Pasts { twins: Some(vec![node]), ..Pasts::default() });
            }
        }
    }

    /// Takes what a peer below says of nodes of its own unit and of those below that.
    fn told_of_twins(&mut self, unit: UnitCode, twins: Vec<NodeId>, out: &mut Vec<Effect>) {
        let is_below = self.tree.relation(unit, self.unit) == Relation::Descendant;
        for node in twins.into_iter().take(TOLD_AT_ONCE_MAX) {
            let knows = self.tree.unit_of(&node).is_some_and(|of| {
                matches!(self.tree.relation(of, unit), Relation::Same | Relation::Descendant)
            });
            if is_below && knows && !self.twins.contains(&node) {
                out.push(Effect::Report(Incident::TwoMachines { node }));
                self.twin(node, out);
            }
        }
    }

    /// Takes what a peer says of logs with two pasts.
    pub(super) fn pasts(&mut self, conn: ConnId, pasts: Pasts, out: &mut Vec<Effect>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        for Height { log, height } in pasts.again {
            if session.open.contains(&log.scope) && (1..=self.heads.height(&log)).contains(&height) {
                session.send_again(log, height);
            }
        }
        let (from, unit) = (session.node, session.unit);
        self.told_of_twins(unit, pasts.twins.unwrap_or_default(), out);
        let above = self.tree.relation(unit, self.unit) == Relation::Ancestor;
        for log in pasts.found {
            let below =
                |writer| matches!(self.tree.relation(writer, unit), Relation::Same | Relation::Descendant);
            let may_know = above || self.tree.unit_of(&log.node).is_some_and(below);
            if may_know && self.heads.head(&log).is_some() {
                self.fork(log, 0, from, out);
            }
        }
        for proof in pasts.proofs.unwrap_or_default() {
            if self.heads.head(&proof.log).is_some() && !self.proofs.contains_key(&proof.log) {
                self.fork(proof.log, proof.first, from, out);
                if proof.log.node == self.node() {
                    // Its own key signed both: whatever became of the other one, it writes in that epoch no more.
                    self.leave_epoch(proof.log.epoch, out);
                }
                self.proven(proof, out);
            }
        }
        let mut again = Vec::new();
        for log in pasts.settled {
            // Of itself, or of a writer above it and this node.
            if log.node != from && !(above && self.is_above(unit, &log)) {
                continue;
            }
            if self.is_above(self.unit, &log) && self.settled_above.insert(log) {
                self.say_settled(log, |session| self.is_below(session), out);
            }
            let Some(session) = self.sessions.get_mut(&conn) else { return };
            // It forgot what it knew of the log with the past that it gave up.
            for (holder, height) in self.held.holders_of(&log) {
                if tells(&self.tree, self.unit, unit, &holder, &log) {
                    session.tell.announce(holder, log, height);
                }
            }
            if !session.settled.insert(log) {
                continue;
            }
            // What it said or sent before was, from where the pasts part, of the one that it gave up.
            let here = self.heads.height(&log);
            let shown = session.shown.get(&log).copied();
            session.cut(log, shown.map_or(here, |height| here.min(height.saturating_sub(1))));
            session.touch(log, here);
            if let Some(height) = shown {
                session.asked_again.insert(log, height);
                again.push(log);
            }
        }
        self.say_again(conn, &again, out);
    }
}

pub(super) fn say(out: &mut Vec<Effect>, conn: ConnId, pasts: Pasts) {
    let frame = Frame::Vectors { vectors: Vec::new(), reply: false, rest_equal: false, pasts: Some(pasts) };
    push(out, conn, Lane::Control, &frame);
}
