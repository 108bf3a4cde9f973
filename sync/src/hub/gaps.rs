//! Own logs of which entries lie behind damage on this node's disk: what others hold of them comes back, and only then it
//! is known what nobody else has, so that nothing is said twice.
//!
//! Decides when that is known; a log ends there, and the driver writes the rest anew.

use std::collections::BTreeMap;

use super::Hub;
use crate::contract::{Effect, Incident};
use crate::frame::Hangup;
use crate::ids::{LogId, Scope, UnitCode};
use crate::session::{ConnId, Session};
use crate::tree::Relation;
use crate::vector::{Head, ScopeVector};

/// What is known of one such log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Gap {
    /// The last height behind the damage.
    upto: u64,
    /// The most that somebody who must hold it said of it; none while nobody did.
    heard: Option<u64>,
}

pub(super) fn of(logs: BTreeMap<LogId, u64>) -> BTreeMap<LogId, Gap> {
    logs.into_iter().map(|(log, upto)| (log, Gap { upto, heard: None })).collect()
}

impl Hub {
    /// Notes what a peer holds of such logs. Units above hold everything that was delivered; the county has nobody above,
    /// and what it delivered is below.
    pub(super) fn heard(&mut self, conn: ConnId, vector: &ScopeVector) -> Result<(), Hangup> {
        if self.gaps.is_empty() {
            return Ok(());
        }
        if self.must_hold(self.session(conn)?.unit) {
            for (log, gap) in self.gaps.iter_mut().filter(|(log, _)| log.scope == vector.scope) {
                gap.heard = gap.heard.max(Some(vector.height(log)));
            }
        }
        Ok(())
    }

    /// Whether a peer of this unit must hold what was delivered.
    fn must_hold(&self, unit: UnitCode) -> bool {
        self.tree.relation(unit, self.unit) == Relation::Ancestor || self.node() == self.tree.root()
    }

    /// Whether everything that damage took and that anybody is known to hold is back: somebody who must hold it was heard
    /// since the start, and nobody is known to hold more.
    pub fn is_mended(&self) -> bool {
        let known = || self.held.holders().flat_map(|(_, logs)| logs);
        self.has_compared
            && self.gaps.is_empty()
            && known().all(|(log, height)| *height <= self.heads.height(log))
    }

    /// Notes whether a peer who must hold what this node held has nothing more.
    fn compare(&mut self) {
        if !self.is_damaged || self.has_compared {
            return;
        }
        let has_no_more = |session: &Session| {
            self.must_hold(session.unit)
                && self.shared(session.unit).is_subset(&session.open)
                && session.awaited(&self.heads) == 0
        };
        self.has_compared = self.sessions.values().any(has_no_more);
    }

    /// Whether somebody besides this node may hold the scope. Unknown, and so true, while this node's place is unknown.
    fn is_held_elsewhere(&self, scope: &Scope) -> bool {
        !self.tree.knows(&self.unit)
            || self.tree.nodes().any(|(node, seat)| *node != self.node() && self.tree.holds(seat.unit, scope))
    }

    /// Ends the logs of which everything is back that anybody is known to hold.
    pub(super) fn close_gaps(&mut self, out: &mut Vec<Effect>) {
        self.compare();
        #[cfg(feature = "broken-rules")]
        if self.breaks(crate::BrokenRule::DamageForgotten) {
            return;
        }
        let is_closed = |(log, gap): &(&LogId, &Gap)| match gap.heard {
            Some(heard) => self.heads.height(log) >= self.known_of(log, heard),
            None => !self.is_held_elsewhere(&log.scope),
        };
        let closed: Vec<(LogId, Gap)> =
            self.gaps.iter().filter(is_closed).map(|(log, gap)| (*log, *gap)).collect();
        for (log, gap) in closed {
            self.gaps.remove(&log);
            let head = Head { height: self.heads.height(&log), link: self.heads.link(&log) };
            if head.height < gap.upto {
                self.settled.insert(log);
                self.cut(log, head, out);
            }
            let (from, new_epoch) = (head.height + 1, self.writer.epoch);
            out.push(Effect::Report(Incident::Mended { log, from, upto: gap.upto, new_epoch }));
        }
    }

    /// The most that anybody is known to hold of a log: by a vector, by what was acknowledged, by what was told.
    fn known_of(&self, log: &LogId, heard: u64) -> u64 {
        let told = self.told.values().flat_map(|told| told.holders_of(log));
        let heights = self.held.holders_of(log).into_iter().chain(told).map(|(_, height)| height);
        heights.max().unwrap_or(0).max(heard)
    }
}
