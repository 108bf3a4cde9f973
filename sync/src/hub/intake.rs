//! What comes in: batches judged by authority and chain, acknowledgements, news of third nodes; forks set aside.
//!
//! Signatures, hashes and actors were verified before; here is what needs this node's state.

use std::collections::{BTreeMap, BTreeSet};

use super::carried::FILE;
use super::{Hub, push};
use crate::batch::Verified;
use crate::contract::{Effect, Incident, Memo, Stored};
use crate::frame::{Frame, Hangup, Height, Held, Lane};
use crate::holdings::tells;
use crate::ids::{LogId, NodeId, Time, UnitCode};
use crate::log::Entry;
use crate::session::ConnId;
use crate::stream::Shelf;
use crate::vector::Head;

/// What becomes of a run.
enum Verdict {
    Welcome,
    /// The directory must grow first.
    Later,
    /// Never.
    Refused,
}

impl Hub {
    pub(super) fn batch(
        &mut self,
        conn: ConnId,
        number: u64,
        batch: Verified,
        shelf: &dyn Shelf,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let (node, unit) = (self.session(conn)?.node, self.session(conn)?.unit);
        let mut last: BTreeMap<LogId, u64> = BTreeMap::new();
        for entry in &batch.entries {
            last.insert(entry.log, entry.height);
        }
        let mut accepted: BTreeSet<LogId> = BTreeSet::new();
        let mut rejected: BTreeSet<LogId> = BTreeSet::new();
        let asked_before = self.session(conn)?.asked_again.clone();
        for run in &batch.runs {
            let log = run.log;
            match self.judge(unit, &log, last[&log])? {
                Verdict::Welcome => {}
                Verdict::Later => {
                    self.session_mut(conn)?.deferred.insert(log.scope);
                    continue;
                }
                Verdict::Refused => {
                    out.push(Effect::Report(Incident::NoAuthority { log, height: last[&log], from: node }));
                    // A relay may have taken it before it knew better; the writer itself has no excuse.
                    if log.node == node {
                        return Err(Hangup::NoAuthority);
                    }
                    continue;
                }
            }
            let here = self.heads.height(&log);
            let goes_on = run.first == here + 1 && run.prev == self.heads.link(&log);
            // What was sent before this node asked to go further back says nothing new, unless it goes on from here.
            let asked = self.session(conn)?.asked_again.get(&log).copied();
            if !goes_on && asked.is_some_and(|from| run.first > from) {
                rejected.insert(log);
                continue;
            }
            self.session_mut(conn)?.asked_again.remove(&log);
            if run.first > here + 1 {
                rejected.insert(log);
                // After a change of pasts others may still send on from the old one.
                if self.forked.contains(&log) && !self.session(conn)?.deferred.contains(&log.scope) {
                    self.session_mut(conn)?.asked_again.insert(log, here + 1);
                    continue;
                }
                if self.session(conn)?.deferred.contains(&log.scope) {
                    continue;
                }
                return Err(Hangup::Gap);
            }
            let continues = if run.first == here + 1 {
                goes_on
            } else {
                // Overlaps what is held: the entry at our height must be ours, or the last of it where it ends below.
                let at = here.min(last[&log]);
                let theirs = batch.entries.iter().find(|e| e.log == log && e.height == at).map(|e| e.link);
                theirs.is_some() && self.link_at(&log, at, shelf) == theirs
            };
            if continues || self.two_pasts(conn, run, &batch.entries, shelf, out) {
                accepted.insert(log);
            } else {
                rejected.insert(log);
            }
        }
        self.take(conn, batch.entries, &accepted, out)?;
        // Of a past that was not taken nothing is acknowledged: what is held here is not what was sent.
        let held = |log: &LogId| if rejected.contains(log) { 0 } else { self.heads.height(log) };
        let heights: Vec<Height> = last.keys().map(|log| Height { log: *log, height: held(log) }).collect();
        for scope in last.keys().map(|log| log.scope).collect::<BTreeSet<_>>() {
            self.settle(conn, scope, out);
        }
        push(out, conn, Lane::Control, &Frame::Ack { number, heights });
        // Also of those that were asked for before, if it must be further back.
        let asked = &self.session(conn)?.asked_again;
        let is_new = |log: &LogId| asked.get(log) != asked_before.get(log);
        let asked: Vec<LogId> = rejected.into_iter().filter(is_new).collect();
        self.say_again(conn, &asked, out);
        Ok(())
    }

    /// Whether entries of `log` may be taken from this peer.
    fn judge(&self, unit: UnitCode, log: &LogId, last: u64) -> Result<Verdict, Hangup> {
        if let Some(owner) = log.scope.unit() {
            if !(self.tree.knows(&owner) && self.tree.knows(&self.unit) && self.tree.knows(&unit)) {
                return Ok(Verdict::Later);
            }
            if !self.tree.holds(self.unit, &log.scope) || !self.tree.holds(unit, &log.scope) {
                return Err(Hangup::WrongScope);
            }
        }
        #[cfg(feature = "broken-rules")]
        if self.breaks(crate::BrokenRule::NoAuthorityCheck) {
            return Ok(Verdict::Welcome);
        }
        match self.tree.may_write(log, last) {
            Some(true) => Ok(Verdict::Welcome),
            None => Ok(Verdict::Later),
            Some(false) => Ok(Verdict::Refused),
        }
    }

    /// Stores the entries of the accepted logs that are new here, in the sender's order.
    fn take(
        &mut self,
        conn: ConnId,
        entries: Vec<Entry>,
        accepted: &BTreeSet<LogId>,
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let mut new: Vec<Entry> = Vec::new();
        for entry in entries {
            if !accepted.contains(&entry.log) {
                continue;
            }
            let here = self.heads.height(&entry.log);
            if entry.height == here + 1 {
                self.own_log_elsewhere(entry.log, entry.height, here, out);
                self.heads.set(entry.log, Head { height: entry.height, link: entry.link });
                self.fresh.insert((entry.log, entry.height), entry.link);
                new.push(entry);
            } else {
                self.session_mut(conn)?.received(entry.log, entry.height);
                self.peer_holds(conn, entry.log, out);
            }
        }
        let grown: BTreeSet<LogId> = new.iter().map(|e| e.log).collect();
        if !new.is_empty() {
            out.push(Effect::Store(Stored::Entries(new)));
        }
        for log in grown {
            let height = self.heads.height(&log);
            self.session_mut(conn)?.received(log, height);
            self.touch(log, height);
            self.grown(log, out);
        }
        Ok(())
    }

    pub(super) fn ack(
        &mut self,
        now: Time,
        conn: ConnId,
        number: u64,
        heights: &[Height],
        out: &mut Vec<Effect>,
    ) -> Result<(), Hangup> {
        let heights: Vec<(LogId, u64)> = heights.iter().map(|h| (h.log, h.height)).collect();
        let session = self.session_mut(conn)?;
        let risen = session.acknowledged(now, number, &heights).ok_or(Hangup::OutOfTurn)?;
        for (log, _) in &risen {
            self.peer_holds(conn, *log, out);
        }
        for scope in risen.iter().map(|(log, _)| log.scope).collect::<BTreeSet<_>>() {
            self.settle(conn, scope, out);
        }
        Ok(())
    }

    pub(super) fn told(&mut self, conn: ConnId, held: &[Held], out: &mut Vec<Effect>) -> Result<(), Hangup> {
        let (by, unit) = (self.session(conn)?.node, self.session(conn)?.unit);
        if self.is_superseded(conn) {
            return Ok(());
        }
        if held.is_empty() {
            for (holder, logs) in std::mem::take(self.told.entry(by).or_default()).holders() {
                for log in logs.keys() {
                    out.push(Effect::Remember(Memo::Told { by, holder: *holder, log: *log, height: 0 }));
                    self.third_holds(conn, *holder, *log, 0, out);
                }
            }
        }
        for Held { holder, heights } in held {
            for Height { log, height } in heights {
                // The peer speaks only of those on its own side of this node; others it cannot know.
                if *holder == self.node() || !tells(&self.tree, unit, self.unit, holder, log) {
                    continue;
                }
                // Of a log that is not here nothing is kept; once it is, the next Hello brings it again.
                if self.heads.head(log).is_none() {
                    continue;
                }
                if self.told.entry(by).or_default().set(*holder, *log, *height) {
                    out.push(Effect::Remember(Memo::Told {
                        by,
                        holder: *holder,
                        log: *log,
                        height: *height,
                    }));
                }
                // Of an own log that reaches further there it may be another past.
                if log.node != self.node() || *height <= self.heads.height(log) {
                    self.third_holds(conn, *holder, *log, *height, out);
                }
            }
        }
        Ok(())
    }

    /// What is told of a third node counts unless it is linked here itself.
    fn third_holds(&mut self, from: ConnId, holder: NodeId, log: LogId, height: u64, out: &mut Vec<Effect>) {
        if !self.sessions.values().any(|s| s.node == holder && s.open.contains(&log.scope)) {
            self.holds(from, holder, log, height, out);
        }
    }

    /// Notes what the peer of a session is known to hold.
    pub(super) fn peer_holds(&mut self, conn: ConnId, log: LogId, out: &mut Vec<Effect>) {
        if self.is_superseded(conn) {
            return;
        }
        if let Some(session) = self.sessions.get(&conn) {
            let (node, height) = (session.node, session.has(&log));
            self.holds(conn, node, log, height, out);
        }
    }

    /// Whether the peer has said Hello on a later connection: what still comes on this one is older news of it.
    fn is_superseded(&self, conn: ConnId) -> bool {
        let node = self.sessions.get(&conn).map(|s| s.node);
        self.sessions
            .values()
            .any(|s| s.conn > conn && s.conn != FILE && Some(s.node) == node && s.hello.is_some())
    }

    /// What others hold beyond what was here until now counts now.
    fn grown(&mut self, log: LogId, out: &mut Vec<Effect>) {
        let conns: Vec<ConnId> = self.sessions.values().filter(|s| s.has(&log) > 0).map(|s| s.conn).collect();
        for conn in conns {
            self.peer_holds(conn, log, out);
        }
        let told: Vec<(NodeId, u64)> = self.told.values().flat_map(|told| told.holders_of(&log)).collect();
        for (holder, height) in told {
            if height > self.held.height(&holder, &log)
                && !self.sessions.values().any(|s| s.node == holder && s.open.contains(&log.scope))
            {
                self.note(None, holder, log, height, out);
            }
        }
    }

    /// Notes what a node holds and passes it on along the tree.
    fn holds(&mut self, from: ConnId, holder: NodeId, log: LogId, height: u64, out: &mut Vec<Effect>) {
        self.note(Some(from), holder, log, height, out);
    }

    fn note(&mut self, from: Option<ConnId>, holder: NodeId, log: LogId, height: u64, out: &mut Vec<Effect>) {
        // Of logs that this node does not hold, and of heights beyond its own, there is nothing to show or pass on.
        let height = height.min(self.heads.height(&log));
        if !self.held.set(holder, log, height) {
            return;
        }
        out.push(Effect::Remember(Memo::Held { holder, log, height }));
        for session in self.sessions.values_mut() {
            if Some(session.conn) != from
                && session.node != holder
                && session.hello.is_some()
                && tells(&self.tree, self.unit, session.unit, &holder, &log)
            {
                session.tell.announce(holder, log, height);
            }
        }
    }

    /// An entry of this node's own comes from somebody else: its disk went back in time, or a second machine has its
    /// identity. It never writes on in that epoch; in an epoch that it never reached it does not write either.
    pub(super) fn own_log_elsewhere(&mut self, log: LogId, held: u64, here: u64, out: &mut Vec<Effect>) {
        let later = log.epoch > self.writer.epoch && here == 0;
        if log.node != self.writer.node() || !(later || log.epoch == self.writer.epoch) {
            return;
        }
        if !later {
            self.leave_epoch(log.epoch, out);
        }
        let new_epoch = self.writer.epoch;
        out.push(Effect::Report(Incident::OwnLogBehind { log, held, here, new_epoch }));
    }
}
