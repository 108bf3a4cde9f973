//! One conversation with one peer: what it is known to hold, what is on its way to it, what it must still be told.
//!
//! Pure bookkeeping. It decides nothing about authority and reads no entries; the hub and the stream do.

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::Hello;
use crate::holdings::Holdings;
use crate::ids::{LogId, NodeId, Scope, Time, UnitCode};
use crate::vector::{Heads, ScopeVector};
use crate::window::{Sent, Windows};

/// A connection, numbered by the driver and never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnId(pub u64);

/// How far a log has got towards a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Put on the wire up to here.
    pub sent: u64,
    /// Known to be durable at the peer up to here.
    pub has: u64,
}

/// A batch that was sent and not yet acknowledged.
#[derive(Clone, Debug)]
pub struct Flight {
    pub upto: Vec<(LogId, u64)>,
    pub sent: Sent,
}

impl Flight {
    /// Whether it carries the directory, which goes before everything that the directory gives meaning to.
    pub fn is_directory(&self) -> bool {
        self.upto.iter().any(|(log, _)| log.scope == Scope::Directory)
    }
}

#[derive(Debug)]
pub struct Session {
    pub conn: ConnId,
    pub node: NodeId,
    pub unit: UnitCode,
    pub since: Time,
    /// The peer's Hello, once it came.
    pub hello: Option<Hello>,
    /// Peer's clock minus ours when Hello came, milliseconds.
    pub skew_ms: i64,
    /// What we held when we asked digest by digest, until the answer has come: what it does not name is equal to this.
    pub asked: Option<Vec<ScopeVector>>,
    /// Scopes that we told the peer about: in Hello's digest or by vectors.
    pub offered: BTreeSet<Scope>,
    /// Scopes of which we know what the peer holds. Only these are streamed.
    pub open: BTreeSet<Scope>,
    pub logs: BTreeMap<LogId, Progress>,
    /// Logs of open scopes that reach further here than what was sent.
    pub dirty: BTreeSet<LogId>,
    /// Logs with two pasts of which this side has shown its own, once a session: `u64` is the height it began at.
    pub shown: BTreeMap<LogId, u64>,
    /// Logs of which the peer was asked to send again from a height, until that comes.
    pub asked_again: BTreeMap<LogId, u64>,
    /// Logs of its own that the peer has settled: its past of them counts.
    pub settled: BTreeSet<LogId>,
    /// Logs of which the peer did not take an entry: it says by vectors where to start again when it can.
    pub stalled: BTreeSet<LogId>,
    pub in_flight: BTreeMap<u64, Flight>,
    pub windows: Windows,
    pub next_batch: u64,
    /// Scopes of which something came that cannot be judged before the directory has grown.
    pub deferred: BTreeSet<Scope>,
    /// Heights of third nodes that the peer must still be told.
    pub tell: Holdings,
    /// Logs with two pasts that the peer must still be told of.
    pub alarms: BTreeSet<LogId>,
    /// Round trips spent until both sides knew what the other lacks; 1 when Hello was enough.
    pub round_trips: u32,
}

impl Session {
    pub fn new(conn: ConnId, node: NodeId, unit: UnitCode, since: Time) -> Session {
        Session {
            conn,
            node,
            unit,
            since,
            hello: None,
            skew_ms: 0,
            asked: None,
            offered: BTreeSet::new(),
            open: BTreeSet::new(),
            logs: BTreeMap::new(),
            dirty: BTreeSet::new(),
            shown: BTreeMap::new(),
            asked_again: BTreeMap::new(),
            settled: BTreeSet::new(),
            stalled: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            windows: Windows::default(),
            next_batch: 1,
            deferred: BTreeSet::new(),
            tell: Holdings::default(),
            alarms: BTreeSet::new(),
            round_trips: 1,
        }
    }

    /// Learns what the peer holds of a scope and streams on from there.
    pub fn learn(&mut self, vector: &ScopeVector, heads: &Heads) {
        let scope = vector.scope;
        self.open.insert(scope);
        let ours: Vec<LogId> = heads.logs_of(scope).map(|(log, _)| *log).collect();
        // What an earlier vector claimed of logs that nobody here knows is not kept.
        let named: BTreeSet<LogId> = vector.heads().map(|(log, _)| log).chain(ours.iter().copied()).collect();
        self.logs.retain(|log, _| log.scope != scope || named.contains(log));
        // What it acknowledged or sent in this session it holds, even if this vector is older.
        for (log, progress) in self.logs.iter_mut().filter(|(log, _)| log.scope == scope) {
            progress.sent = progress.has.max(vector.height(log));
        }
        self.dirty.retain(|log| log.scope != scope);
        self.stalled.retain(|log| log.scope != scope);
        for (log, head) in vector.heads() {
            let progress = self.logs.entry(log).or_default();
            progress.has = progress.has.max(head.height);
            progress.sent = progress.has;
        }
        for log in ours {
            self.touch(log, heads.height(&log));
        }
    }

    /// Notes that `log` reaches `height` here, so that it is streamed if the peer has less.
    pub fn touch(&mut self, log: LogId, height: u64) {
        if !self.open.contains(&log.scope) || self.stalled.contains(&log) {
            return;
        }
        let progress = self.logs.entry(log).or_default();
        if progress.sent < height {
            self.dirty.insert(log);
        }
    }

    /// Streams `log` from `height` on, whatever the peer says it holds: its past may be another.
    pub fn send_again(&mut self, log: LogId, height: u64) {
        self.forget_flights(&log);
        self.logs.insert(log, Progress { sent: height.saturating_sub(1), has: 0 });
        self.stalled.remove(&log);
        self.dirty.insert(log);
    }

    /// Notes that `log` was taken back to `height` here: nothing beyond it was ever sent, and what is under way may be
    /// refused, so it goes out again.
    pub fn cut(&mut self, log: LogId, height: u64) {
        self.forget_flights(&log);
        self.stalled.remove(&log);
        self.dirty.remove(&log);
        if let Some(progress) = self.logs.get_mut(&log) {
            progress.has = progress.has.min(height);
            progress.sent = progress.has;
        }
    }

    /// Acknowledgements that are still to come say nothing about this log any more.
    fn forget_flights(&mut self, log: &LogId) {
        for flight in self.in_flight.values_mut() {
            flight.upto.retain(|(flying, _)| flying != log);
        }
    }

    /// How far the peer is known to hold `log`.
    pub fn has(&self, log: &LogId) -> u64 {
        self.logs.get(log).map_or(0, |p| p.has)
    }

    /// The logs with two pasts that the peer can be told of now: it keeps nothing of a log that it does not have.
    pub fn alarms_due(&mut self) -> Vec<LogId> {
        let logs = &self.logs;
        let has = |log: &LogId| logs.get(log).is_some_and(|p| p.has > 0);
        self.alarms.extract_if(.., has).collect()
    }

    /// Notes that the peer holds `log` up to `height` because it sent it to us.
    pub fn received(&mut self, log: LogId, height: u64) {
        let progress = self.logs.entry(log).or_default();
        progress.has = progress.has.max(height);
        progress.sent = progress.sent.max(height);
    }

    /// Takes an acknowledgement. Returns the logs whose heights rose; `None` if no such batch is under way.
    pub fn acknowledged(
        &mut self,
        now: Time,
        number: u64,
        heights: &[(LogId, u64)],
    ) -> Option<Vec<(LogId, u64)>> {
        let flight = self.in_flight.remove(&number)?;
        self.windows.acknowledged(now, &flight.sent);
        let told: BTreeMap<LogId, u64> = heights.iter().copied().collect();
        let mut risen = Vec::new();
        for (log, upto) in flight.upto {
            let has = told.get(&log).copied().unwrap_or(0);
            let progress = self.logs.entry(log).or_default();
            if has > progress.has {
                progress.has = has;
                risen.push((log, has));
            }
            if has < upto {
                self.dirty.remove(&log);
                self.stalled.insert(log);
            }
        }
        Some(risen)
    }

    /// Takes everything that was sent as arrived: whoever calls this before each batch is not held up by windows and gets
    /// large batches.
    pub fn wait_for_nothing(&mut self) {
        self.in_flight.clear();
        self.windows = Windows::wide();
    }

    /// Whether both sides are known to hold the same entries of `scope`.
    pub fn agrees(&self, scope: Scope, heads: &Heads) -> bool {
        let has = |log: &LogId| self.has(log);
        let of_scope = |log: &LogId| log.scope == scope;
        self.open.contains(&scope)
            && heads.logs_of(scope).all(|(log, head)| has(log) == head.height)
            && self.logs.iter().filter(|(log, _)| of_scope(log)).all(|(log, p)| p.has <= heads.height(log))
    }

    /// What the peer may be told now. Lanes overtake one another: a height that came before the entries it speaks of
    /// would be lost on a peer that does not hold them yet.
    pub fn take_tell(&mut self) -> Holdings {
        let logs = &self.logs;
        self.tell.take_ripe(|log, height| logs.get(log).is_some_and(|progress| progress.has >= height))
    }

    /// Entries that the peer is not known to hold.
    pub fn owed(&self, heads: &Heads) -> u64 {
        let has = |log: &LogId| self.has(log);
        self.open
            .iter()
            .flat_map(|scope| heads.logs_of(*scope))
            .map(|(log, head)| head.height.saturating_sub(has(log)))
            .sum()
    }

    /// Entries that the peer said it holds and that have not come yet.
    pub fn awaited(&self, heads: &Heads) -> u64 {
        self.logs.iter().map(|(log, p)| p.has.saturating_sub(heads.height(log))).sum()
    }

    /// Entries the peer acknowledged or sent in this session's scopes.
    pub fn acked(&self) -> u64 {
        self.logs.values().map(|p| p.has).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Epoch;

    #[test]
    fn a_height_and_an_alarm_are_told_once_the_peer_holds_what_they_speak_of() {
        let (peer, third) = (NodeId([1; 32]), NodeId([2; 32]));
        let unit = UnitCode::parse("640202001").unwrap();
        let log = LogId { scope: Scope::Guides(unit), node: peer, epoch: Epoch(1) };
        let mut session = Session::new(ConnId(1), peer, unit, Time(0));
        session.tell.announce(third, log, 2);
        session.alarms.insert(log);
        assert!(session.take_tell().to_frames(9).is_empty() && session.alarms_due().is_empty());
        session.received(log, 1);
        assert!(session.take_tell().to_frames(9).is_empty());
        assert_eq!(session.alarms_due(), [log]);
        session.received(log, 2);
        assert_eq!(session.take_tell().height(&third, &log), 2);
        assert!(session.tell.to_frames(9).is_empty() && session.alarms.is_empty());
    }
}
