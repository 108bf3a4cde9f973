//! Cases that were registered on a version which held no more then, as seen with the guides that are here now.
//!
//! Nothing of it is stored: when a version comes in, every list shows what it means for the cases of before.

use std::collections::BTreeMap;

use sanji_model::case::{Case, CaseRow, FOUND, Flag};
use sanji_model::guide::{Outdated, PublishedMeta, Stop, outdated};
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::DocId;
use serde_json::{Value, json};

use super::Machine;
use crate::store::views::Overview;

/// All versions and stops of each guide.
pub(super) struct Published<'a> {
    overview: &'a Overview,
    versions: BTreeMap<DocId, Vec<&'a PublishedMeta>>,
    stops: BTreeMap<DocId, Vec<Stop>>,
}

impl<'a> Published<'a> {
    pub fn of(overview: &'a Overview) -> Published<'a> {
        let mut versions: BTreeMap<DocId, Vec<&PublishedMeta>> = BTreeMap::new();
        for meta in overview.guides.values().filter_map(|stored| stored.meta.as_ref()) {
            versions.entry(meta.guide).or_default().push(meta);
        }
        let mut stops: BTreeMap<DocId, Vec<Stop>> = BTreeMap::new();
        for stop in overview.stops.values() {
            stops.entry(stop.guide).or_default().push(stop.clone());
        }
        Published { overview, versions, stops }
    }

    /// Why the version of a case held no more; none also while that version is not here.
    pub fn outdated(&self, row: &CaseRow) -> Option<Outdated> {
        let pinned = self.overview.guides.get(&row.guide_document)?.meta.as_ref()?;
        let versions = self.versions.get(&pinned.guide).map(Vec::as_slice).unwrap_or_default();
        let stops = self.stops.get(&pinned.guide).map(Vec::as_slice).unwrap_or_default();
        outdated(pinned, versions, stops, row.registered_at?)
    }

    /// Flags a row, and says how its check stands.
    pub fn mark(&self, row: &mut CaseRow) -> Option<&'static str> {
        self.outdated(row)?;
        row.flags.insert(Flag::OutdatedGuide);
        Some(if row.checked { "done" } else { "open" })
    }
}

impl Machine {
    /// A check is for a case that has something to be checked.
    pub(super) fn must_be_outdated(&self, case: &Case) -> Result<(), Rule> {
        let row = case.row();
        match Published::of(self.store.overview()).outdated(&row) {
            Some(_) => Ok(()),
            None => Err(Rule::NothingToCheck),
        }
    }

    /// The task of a case: why, and what was found by whom. Null without one.
    pub(super) fn check_json(&self, case: &Case, row: &CaseRow) -> Value {
        let Some(why) = Published::of(self.store.overview()).outdated(row) else { return Value::Null };
        let words = why.words();
        let mut json = json!({ "why": why, "zh": words.zh, "en": words.en, "state": "open" });
        if let Some(event) = case.checked() {
            json["state"] = json!("done");
            json["by"] = json!(event.by);
            json["at"] = json!(event.at);
            json["found"] = json!(event.fields.get(FOUND));
        }
        json
    }
}
