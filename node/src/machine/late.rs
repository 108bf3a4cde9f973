//! Cases that came after the cut-off of their month, which the ledger names (DOMAIN §6).

use sanji_model::case::Month;
use sanji_model::local;
use sanji_sync::{DocId, Time};

use super::Machine;
use crate::store::record::Fact;
use crate::store::{StoreError, views};

impl Machine {
    /// Notes which cases came after the cut-off of their month, except where this node was not here yet at that time: to a
    /// new machine everything comes late. Facts, so that it outlives the rows, which are made anew without knowing when
    /// anything came.
    pub(super) fn note_late(&mut self, now: Time, late: &[DocId]) -> Result<(), StoreError> {
        let here_since = self.directory.nodes.get(&self.hub.node()).map(|node| local::date(node.since));
        for doc in late {
            let row = views::cases::row(self.store.kv(), doc)?;
            let month = row.and_then(|row| row.registered_at).map(|at| Month::of(local::date(at)));
            let was_here = |month: Month| here_since.is_some_and(|day| !month.is_closed_on(day));
            if month.is_some_and(was_here) {
                let value = Some(local::date(now).to_string().into_bytes());
                self.facts.push(Fact { name: late_fact(doc), value });
            }
        }
        Ok(())
    }
}

/// Says on which day a case came here whose month was closed by then.
pub(super) fn late_fact(doc: &DocId) -> String {
    format!("late/{doc}")
}
