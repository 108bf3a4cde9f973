//! Rules of the design that a test can break, to show that the simulator would notice. Not in any shipped binary: the
//! feature `broken-rules` is off, and the command line does not compile with it.

use crate::hub::Hub;

/// A rule that a hub does not keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BrokenRule {
    /// It writes on in its epoch although others hold more of its log, or another past.
    NoEpochAfterRestore,
    /// It takes whatever is signed, wherever it was written.
    NoAuthorityCheck,
    /// It believes anybody's vector of its own logs.
    VectorsAreTruth,
    /// What lies behind damage on its disk it neither waits for nor gives up.
    DamageForgotten,
}

impl Hub {
    /// Breaks a rule from now on.
    pub fn break_rule(&mut self, rule: BrokenRule) {
        self.broken = Some(rule);
    }

    pub(crate) fn breaks(&self, rule: BrokenRule) -> bool {
        self.broken == Some(rule)
    }
}
