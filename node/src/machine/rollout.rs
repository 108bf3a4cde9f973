//! Which unit below holds which version of a guide, and since when this node knows it.
//!
//! Heights of guides travel up (PROTOCOL §8); a unit whose node never connected, or that has none, holds nothing.

use std::collections::BTreeMap;

use sanji_model::guide::PublishedMeta;
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{Relation, Scope, UnitCode};
use serde_json::{Value, json};

use super::delivery::Place;
use super::guides::Found;
use super::{Done, Machine, Stop};
use crate::store::{Meta, views};

/// A published version with how far its logs reach in it.
struct Version {
    published: PublishedMeta,
    meta: Meta,
}

impl Machine {
    pub(super) fn guide_rollout(&mut self, text: &str) -> Done {
        let found = self.find_guide(text)?;
        let versions = self.versions(&found)?;
        let Some(latest) = versions.last() else {
            return Err(Rule::GuideNotPublished { guide: found.name }.into());
        };
        let mut units = Vec::new();
        let mut tiers: BTreeMap<Tier, Tally> = BTreeMap::new();
        for unit in self.units_below(&latest.meta.scope) {
            let line = self.unit_json(unit, &versions, &latest.published)?;
            let tier = self.directory.organisation.unit(&unit).map_or(Tier::of(&unit), |u| u.tier);
            tiers.entry(tier).or_default().count(&line);
            units.push(line);
        }
        let each = versions.iter().map(|version| self.version_json(version, &versions));
        let each = each.collect::<Result<Vec<Value>, Stop>>()?;
        let tiers: Vec<Value> = tiers.iter().map(|(tier, tally)| tally.json(*tier)).collect();
        Ok(json!({
            "id": found.id, "name": found.name, "version": latest.published.version,
            "published_at": latest.published.published_at, "effective_on": latest.published.effective_on,
            "tiers": tiers, "units": units, "versions": each,
        }))
    }

    /// The versions of which anything is here, in order of their numbers.
    fn versions(&self, found: &Found) -> Result<Vec<Version>, Stop> {
        let mut versions = Vec::new();
        for (doc, published) in &found.versions {
            if let Some(meta) = views::meta(self.store.kv(), doc)? {
                versions.push(Version { published: published.clone(), meta });
            }
        }
        Ok(versions)
    }

    /// The units below this one to which the tree gives a scope, in order of their codes.
    fn units_below(&self, scope: &Scope) -> Vec<UnitCode> {
        let (tree, here) = (self.hub.tree(), self.hub.unit());
        let below =
            |unit: &UnitCode| tree.relation(*unit, here) == Relation::Descendant && tree.holds(*unit, scope);
        tree.units().filter(below).collect()
    }

    /// Of one version the units that hold it, since when, and those that do not.
    fn version_json(&self, version: &Version, versions: &[Version]) -> Result<Value, Stop> {
        let (mut holding, mut missing) = (Vec::new(), Vec::new());
        for unit in self.units_below(&version.meta.scope) {
            let place = self.place(unit);
            let mut line = self.named(unit);
            if self.has(&place, &version.meta.heights) {
                line["since"] = json!(self.known_since(&place, &version.meta.heights)?);
                holding.push(line);
            } else {
                let earlier = versions.iter().any(|other| self.has(&place, &other.meta.heights));
                line["state"] = json!(lacking(&place, earlier));
                missing.push(line);
            }
        }
        Ok(json!({
            "version": version.published.version, "effective_on": version.published.effective_on,
            "published_at": version.published.published_at, "holding": holding, "missing": missing,
        }))
    }

    fn unit_json(&self, unit: UnitCode, versions: &[Version], latest: &PublishedMeta) -> Result<Value, Stop> {
        let place = self.place(unit);
        let held = versions.iter().rev().find(|version| self.has(&place, &version.meta.heights));
        let since = match held {
            Some(version) => self.known_since(&place, &version.meta.heights)?,
            None => None,
        };
        let version = held.map(|version| version.published.version);
        let state = match version {
            Some(version) if version == latest.version => "current",
            Some(_) => lacking(&place, true),
            None => lacking(&place, false),
        };
        let mut line = self.named(unit);
        line["version"] = json!(version);
        line["since"] = json!(since);
        line["state"] = json!(state);
        Ok(line)
    }
}

/// Why a unit does not hold a version, given whether it holds another.
fn lacking(place: &Place, other: bool) -> &'static str {
    match (other, place.nodes.is_empty()) {
        (true, _) => "behind",
        (false, true) => "no_node",
        (false, false) => "nothing",
    }
}

/// How many units of a tier hold the latest version, and which do not.
#[derive(Default)]
struct Tally {
    units: u64,
    hold: u64,
    missing: Vec<Value>,
}

impl Tally {
    fn count(&mut self, line: &Value) {
        self.units += 1;
        if line["state"] == "current" {
            self.hold += 1;
        } else {
            self.missing.push(json!({ "unit": line["unit"], "name": line["name"], "state": line["state"] }));
        }
    }

    fn json(&self, tier: Tier) -> Value {
        json!({ "tier": tier, "units": self.units, "hold": self.hold, "missing": self.missing })
    }
}
