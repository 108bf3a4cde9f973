//! Complaint commands: register, act, list, show, rates. What is not of complaints alone is in `desk`.

use std::collections::BTreeMap;

use sanji_model::complaint::{Course, rates};
use sanji_model::desk::Kind;
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::Time;
use serde_json::{Value, json};

use super::pages::Page;
use super::{Done, Machine, Step};
use crate::command::{MatterFilter, NewMatter};
use crate::store::views;

impl Machine {
    pub(super) fn complaint_register(
        &mut self,
        now: Time,
        kind: &str,
        new: NewMatter,
        steps: &mut Vec<Step>,
    ) -> Done {
        let kind: Kind = kind.parse().map_err(Rule::Word)?;
        self.desk_register::<Course>(now, kind, new, steps)
    }

    pub(super) fn complaint_act(
        &mut self,
        now: Time,
        number: &str,
        action: &str,
        fields: BTreeMap<String, String>,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.desk_act::<Course>(now, number, action, fields, user, steps)
    }

    pub(super) fn complaint_list(&self, now: Time, filter: &MatterFilter, page: Page<'_>) -> Done {
        self.desk_list::<Course>(now, filter, page)
    }

    pub(super) fn complaint_show(&mut self, now: Time, number: &str) -> Done {
        self.desk_show::<Course>(now, number)
    }

    /// A line a unit that complaints were dispatched to.
    pub(super) fn complaint_rates(&self, now: Time) -> Done {
        let rows = views::desk_rows::<Course>(self.store.kv())?;
        let rates = rates(rows.iter().map(|(_, row)| row), local::date(now));
        let line = |(unit, rates)| {
            let mut line = self.named(unit);
            line["rates"] = json!(rates);
            line
        };
        Ok(Value::Array(rates.into_iter().map(line).collect()))
    }
}
