//! Organisation commands: import, list, check. Only the county's node writes the directory.

use sanji_model::directory::{self, NodeEntry, put_node, put_units, put_user};
use sanji_model::lang::{Lang, Say};
use sanji_model::organisation::{NameTemplates, Organisation, Unit};
use sanji_model::user::User;
use sanji_sync::{NodeId, Scope, Time};
use serde_json::{Value, json};

use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::StoreError;

impl Machine {
    /// Puts units and seats of nodes into the directory at once: the first entry of a county, its own unit,
    /// node and administrator.
    pub fn found(
        &mut self,
        now: Time,
        units: &[Unit],
        nodes: &[(NodeId, NodeEntry)],
    ) -> Result<Result<(), Refusal>, StoreError> {
        let mut steps = Vec::new();
        let written = self.write(now, Scope::Directory, directory::DOCUMENT, &mut steps, |doc| {
            put_units(doc, units)?;
            for (id, node) in nodes {
                put_node(doc, id, node)?;
            }
            for county in units.iter().filter(|unit| unit.parent.is_none()) {
                put_user(doc, &User::first(county.code))?;
            }
            Ok(())
        });
        self.perform(now, steps, &mut Vec::new())?;
        match written {
            Ok(()) => Ok(Ok(())),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    pub(super) fn org_import(&mut self, now: Time, text: &str, file: &str, steps: &mut Vec<Step>) -> Done {
        if !self.is_root() {
            return Err(Refusal::NotRoot.into());
        }
        let existing = &self.directory.organisation;
        let units =
            Organisation::read_csv(text, file, existing, &NameTemplates::default()).map_err(Refusal::File)?;
        let before = existing.len();
        let changed = self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            Ok(put_units(doc, units.iter())?)
        })?;
        let known = units.iter().filter(|u| self.directory.organisation.unit(&u.code).is_some()).count();
        let added = units.len() - known;
        Ok(json!({
            "read": units.len(), "added": added, "updated": changed - added.min(changed),
            "unchanged": units.len() - changed, "units": before + added,
        }))
    }

    pub(super) fn org_list(&mut self) -> Done {
        let nodes = &self.directory.nodes;
        let row = |unit: &Unit| {
            let nodes: Vec<_> = nodes
                .iter()
                .filter(|(_, node)| node.unit == unit.code)
                .map(|(id, node)| json!({ "node": id, "since": node.since, "addresses": node.addresses, "revoked": node.revoked.is_some() }))
                .collect();
            let mut row = serde_json::to_value(unit).unwrap_or_default();
            row["nodes"] = Value::Array(nodes);
            row
        };
        Ok(self.directory.organisation.iter().map(row).collect())
    }

    pub(super) fn org_check(&mut self) -> Done {
        let faults = self.directory.organisation.check(&NameTemplates::default());
        let row = |(unit, fault): &(Option<sanji_sync::UnitCode>, sanji_model::organisation::Fault)| json!({ "unit": unit, "code": fault.code(), "en": fault.text(Lang::En), "zh": fault.text(Lang::Zh) });
        let skipped = self.directory.skipped.iter().map(|s| {
            json!({ "unit": s.key, "code": "DIRECTORY_RECORD", "en": "a record of the directory cannot be read", "zh": "目录中有无法读取的记录" })
        });
        Ok(faults.iter().map(row).chain(skipped).collect())
    }
}
