//! The year's seed, and the months' draws from it. How is drawn is the model's; here guides and directory meet.
//!
//! Only the county draws, which holds the guides of all its units; what it answers is enough to draw again anywhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanji_model::audit::Deed;
use sanji_model::case::Month;
use sanji_model::case::sampling::{NotDrawn, Seed, draws};
use sanji_model::directory;
use sanji_model::guide::{PublishedMeta, held_at};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{Scope, Time};
use serde_json::{Value, json};

use super::{Done, Machine, Step};
use crate::refusal::Refusal;

impl Machine {
    /// Publishes a year's seed, once and for good.
    pub(super) fn seed_publish(
        &mut self,
        now: Time,
        year: i16,
        text: &str,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let today = local::date(now);
        let seed = Seed::new(text, today).map_err(Rule::Sample)?;
        if year < today.year() {
            return Err(Rule::Sample(NotDrawn::YearOver { year }).into());
        }
        if let Some(seed) = self.directory.seeds.get(&year).cloned() {
            return Err(Rule::Sample(NotDrawn::SeedStands { year, seed }).into());
        }
        self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            Ok(directory::put_seed(doc, year, &seed)?)
        })?;
        self.record(now, by, Deed::SeedPublish, &year.to_string(), steps)?;
        Ok(json!({ "year": year, "seed": seed.text, "published_on": seed.published_on }))
    }

    /// The items that are inspected in a month, with those of the months before and all that a draw needs.
    pub(super) fn sample(&self, now: Time, of: &str) -> Done {
        let month = month(of)?;
        let refused = |why| Err(Rule::Sample(why).into());
        if !self.is_root() {
            return refused(NotDrawn::NotCounty);
        }
        let Some(seed) = self.directory.seeds.get(&month.year) else {
            return refused(NotDrawn::NoSeed { year: month.year });
        };
        let first = seed.begins(month.year);
        if month < first {
            return refused(NotDrawn::BeforeSeed { month, published_on: seed.published_on });
        }
        if month > Month::of(local::date(now)) {
            return refused(NotDrawn::NotBegun { month });
        }
        let (items, names) = self.items_by_month(month);
        let draws = draws(seed, month, &items);
        let line = |code: &&str| json!({ "code": code, "name": names.get(*code) });
        let months: Vec<Value> = draws
            .iter()
            .map(|draw| json!({ "month": draw.month.to_string(), "of": draw.of, "codes": draw.items }))
            .collect();
        let drawn = draws.last().map(|draw| draw.items.iter().map(line).collect::<Vec<_>>());
        Ok(json!({
            "year": month.year, "seed": seed.text, "published_on": seed.published_on, "month": month.to_string(),
            "of": draws.last().map_or(0, |draw| draw.of), "items": drawn.unwrap_or_default(),
            "months": months, "in_force": items,
        }))
    }

    /// In which months of the year up to `last` each item was in force at the beginning of the first day, by its code then; and
    /// its name, the latest.
    fn items_by_month(&self, last: Month) -> (BTreeMap<String, BTreeSet<i8>>, BTreeMap<String, String>) {
        let (mut items, mut names) = (BTreeMap::new(), BTreeMap::new());
        let guides = self.all_guides();
        for month in 1..=last.month {
            let midnight = local::day_begins(Date::constant(last.year, month, 1));
            for found in guides.values() {
                let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
                let Some(held) = held_at(&metas, &found.stops, midnight) else { continue };
                let held = found.versions.iter().find(|(_, meta)| meta == held);
                let Some(stored) = held.and_then(|(doc, _)| self.store.overview().guides.get(doc)) else {
                    continue;
                };
                let code = stored.codes.first().unwrap_or(&stored.row.name);
                items.entry(code.clone()).or_insert_with(BTreeSet::new).insert(month);
                names.insert(code.clone(), stored.row.name.clone());
            }
        }
        (items, names)
    }
}

/// Parses a month given by a person.
pub(super) fn month(text: &str) -> Result<Month, Refusal> {
    text.parse().map_err(|()| Refusal::BadArgument {
        what: "month",
        text: text.to_owned(),
        wanted_en: "a month is written as 2026-01",
        wanted_zh: "月份应写作 2026-01",
    })
}
