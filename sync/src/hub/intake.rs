//! What comes in: batches judged by authority and chain, acknowledgements, news of third nodes; forks set aside.
//!
//! Signatures, hashes and actors were verified before; here is what needs this node's state.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hub, push};
use crate::batch::Verified;
use crate::contract::{Effect, Incident, Memo, Stored};
use crate::frame::{Frame, Hangup, Height, Held, Lane};
use crate::holdings::tells;
use crate::ids::{Epoch, LogId, NodeId, Time, UnitCode};
use crate::log::Entry;
use crate::session::ConnId;
use crate::stream::Shelf;
use crate::vector::Head;

/// What becomes of a run.
enum Verdict {
    Welcome,
    /// Its log has two pasts.
    SetAside,
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
        for run in &batch.runs {
            let log = run.log;
            match self.judge(unit, &log, last[&log])? {
                Verdict::Welcome => {}
                Verdict::SetAside => continue,
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
            if run.first > here + 1 {
                if self.session(conn)?.deferred.contains(&log.scope) {
                    continue;
                }
                return Err(Hangup::Gap);
            }
            let continues = if run.first == here + 1 {
                run.prev == self.heads.link(&log)
            } else {
                // Overlaps what is held: the entry at our height must be ours, or the last of it where it ends below.
                let at = here.min(last[&log]);
                let ours = if at == here { Some(self.heads.link(&log)) } else { shelf.link(&log, at) };
                let theirs = batch.entries.iter().find(|e| e.log == log && e.height == at).map(|e| e.link);
                ours.is_some() && ours == theirs
            };
            if continues {
                accepted.insert(log);
            } else {
                self.fork(log, run.first, node, out);
                // The peer may not know: what is held here from there on shows it.
                if here > 0 {
                    self.session_mut(conn)?.send_again(log, run.first.min(here));
                }
            }
        }
        self.take(conn, batch.entries, &accepted, out)?;
        // Of a log with two pasts nothing is acknowledged: what is held here is not what was sent.
        let held = |log: &LogId| if self.forked.contains(log) { 0 } else { self.heads.height(log) };
        let heights: Vec<Height> = last.keys().map(|log| Height { log: *log, height: held(log) }).collect();
        for scope in last.keys().map(|log| log.scope).collect::<BTreeSet<_>>() {
            self.settle(conn, scope, out);
        }
        push(out, conn, Lane::Control, &Frame::Ack { number, heights });
        Ok(())
    }

    /// Whether entries of `log` may be taken from this peer.
    fn judge(&self, unit: UnitCode, log: &LogId, last: u64) -> Result<Verdict, Hangup> {
        if self.forked.contains(log) {
            return Ok(Verdict::SetAside);
        }
        if let Some(owner) = log.scope.unit() {
            if !(self.tree.knows(&owner) && self.tree.knows(&self.unit) && self.tree.knows(&unit)) {
                return Ok(Verdict::Later);
            }
            if !self.tree.holds(self.unit, &log.scope) || !self.tree.holds(unit, &log.scope) {
                return Err(Hangup::WrongScope);
            }
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
        let node = self.session(conn)?.node;
        let mut new: Vec<Entry> = Vec::new();
        for entry in entries {
            if !accepted.contains(&entry.log) {
                continue;
            }
            let here = self.heads.height(&entry.log);
            if entry.height == here + 1 {
                self.own_log_elsewhere(entry.log, entry.height, here, out);
                self.heads.set(entry.log, Head { height: entry.height, link: entry.link });
                new.push(entry);
            } else {
                self.holds(conn, node, entry.log, entry.height, out);
                self.session_mut(conn)?.received(entry.log, entry.height);
            }
        }
        let grown: BTreeSet<LogId> = new.iter().map(|e| e.log).collect();
        if !new.is_empty() {
            out.push(Effect::Store(Stored::Entries(new)));
        }
        for log in grown {
            let height = self.heads.height(&log);
            self.session_mut(conn)?.received(log, height);
            self.holds(conn, node, log, height, out);
            self.touch(log, height);
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
        let node = session.node;
        let risen = session.acknowledged(now, number, &heights).ok_or(Hangup::OutOfTurn)?;
        for (log, height) in &risen {
            self.holds(conn, node, *log, *height, out);
        }
        for scope in risen.iter().map(|(log, _)| log.scope).collect::<BTreeSet<_>>() {
            self.settle(conn, scope, out);
        }
        Ok(())
    }

    pub(super) fn told(&mut self, conn: ConnId, held: &[Held], out: &mut Vec<Effect>) -> Result<(), Hangup> {
        let (by, unit) = (self.session(conn)?.node, self.session(conn)?.unit);
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
                if self.told.entry(by).or_default().raise(*holder, *log, *height) {
                    out.push(Effect::Remember(Memo::Told {
                        by,
                        holder: *holder,
                        log: *log,
                        height: *height,
                    }));
                }
                self.holds(conn, *holder, *log, *height, out);
            }
        }
        Ok(())
    }

    /// Notes what a node holds and passes it on along the tree.
    pub(super) fn holds(
        &mut self,
        from: ConnId,
        holder: NodeId,
        log: LogId,
        height: u64,
        out: &mut Vec<Effect>,
    ) {
        // Of logs that this node does not hold, and of heights beyond its own, there is nothing to show or pass on.
        let height = height.min(self.heads.height(&log));
        if height == 0 || !self.held.raise(holder, log, height) {
            return;
        }
        out.push(Effect::Remember(Memo::Held { holder, log, height }));
        for session in self.sessions.values_mut() {
            if session.conn != from
                && session.node != holder
                && session.hello.is_some()
                && tells(&self.tree, self.unit, session.unit, &holder, &log)
            {
                session.tell.raise(holder, log, height);
            }
        }
    }

    /// If others hold more of a log that this node may write next, it must never write there again.
    pub(super) fn own_log_elsewhere(&mut self, log: LogId, held: u64, here: u64, out: &mut Vec<Effect>) {
        if log.node != self.writer.node() || log.epoch < self.writer.epoch {
            return;
        }
        let Some(new_epoch) = log.epoch.0.checked_add(1).map(Epoch) else { return };
        self.writer.epoch = new_epoch;
        out.push(Effect::Store(Stored::Epoch(new_epoch)));
        out.push(Effect::Report(Incident::OwnLogBehind { log, held, here, new_epoch }));
    }

    /// Sets a log aside that has two pasts. One of our own means that somebody else writes with our key.
    pub(super) fn fork(&mut self, log: LogId, height: u64, from: NodeId, out: &mut Vec<Effect>) {
        if !self.forked.insert(log) {
            return;
        }
        out.push(Effect::Report(Incident::Fork { log, height, from }));
        let here = self.heads.height(&log);
        self.own_log_elsewhere(log, height, here, out);
        for session in self.sessions.values_mut() {
            if !session.evidence.contains(&log) {
                session.dirty.remove(&log);
            }
        }
    }
}
