//! Cases out of a node: rows for the national exchange a page at a time, and one case as files for the archive.
//!
//! What form they are handed on in is decided elsewhere. Applicants are named in clear: both go to who is entitled to it.

use std::collections::BTreeSet;

use sanji_model::case::national::Names;
use sanji_model::case::package::{self, File};
use sanji_model::case::{Case, Role, national};
use sanji_sync::log::genesis;
use sanji_sync::{DocId, Shelf as _, Time, UnitCode, Witness};
use serde_json::{Value, json};

use super::{Done, Machine, Stop};
use crate::package::signed::{self, NODES, SIGNED};
use crate::package::{Made, Text};
use crate::paper::Sheet;
use crate::refusal::Refusal;
use crate::store::views;

/// Cases of one page: some dozens of milliseconds of the loop's time.
const PAGE: usize = 50;

/// Who may hand cases on, if somebody is named.
const MAY_EXPORT: &[Role] = &[Role::Administrator, Role::Archivist, Role::Supervisor];

impl Machine {
    /// The rows of the cases behind `after`, in the order of their ids. A case that cannot be read stands in no way of the
    /// others.
    pub(super) fn case_export(&mut self, now: Time, after: Option<DocId>, user: Option<&str>) -> Done {
        user.map_or(Ok(()), |user| self.require(Some(user), MAY_EXPORT))?;
        let ids = views::cases::ids_after(self.store.kv(), after.as_ref(), PAGE)?;
        let next = ids.last().filter(|_| ids.len() == PAGE).copied();
        let (mut cases, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match self.read_case(now, &id) {
                Ok(case) => {
                    let organisation = &self.directory.organisation;
                    let name_of = |unit: &UnitCode| Some(organisation.unit(unit)?.name.clone());
                    let users = &self.directory.users;
                    let person = |id: &str| Some(users.get(&id.parse().ok()?)?.name.clone());
                    let rows = national::rows(&case, &Names { unit: &name_of, person: &person });
                    cases.push(json!({ "id": id, "number": case.number, "rows": rows }));
                }
                Err(Stop::Refused(_)) => unreadable.push(json!(id)),
                Err(failed @ Stop::Failed(_)) => return Err(failed),
            }
        }
        Ok(json!({
            "unit": self.hub.unit(), "cases": cases, "unreadable": Value::Array(unreadable), "next": next,
            "behind": self.store.is_behind(),
        }))
    }

    /// The files of a case for the archive.
    pub(super) fn case_package(&mut self, now: Time, number: &str, user: Option<&str>) -> Done {
        user.map_or(Ok(()), |user| self.require(Some(user), MAY_EXPORT))?;
        let id = self.find_case(number)?;
        let case = self.read_case(now, &id)?;
        let witnesses = self.witnesses(&id)?;
        let mut files = package::files(&case);
        files.push(File::text(SIGNED, witnesses.iter().map(signed::line).collect()));
        files.push(File::json(NODES, &self.writers_of(&witnesses)));
        let text = |file: File| String::from_utf8(file.bytes).map(|text| Text { name: file.name, text });
        let files: Vec<Text> = files.into_iter().filter_map(|file| text(file).ok()).collect();
        let mut papers = Vec::new();
        for made in case.papers() {
            papers.push(self.archived(&case, &made)?);
        }
        Ok(json!({ "number": case.number, "state": case.state(), "files": files, "papers": papers }))
    }

    /// Every entry of a document that counts, with what proves that its writer signed it, log by log.
    fn witnesses(&mut self, id: &DocId) -> Result<Vec<Witness>, Stop> {
        let Some(meta) = views::meta(self.store.kv(), id)? else { return Ok(Vec::new()) };
        let aside = self.store.set_aside(id)?;
        let mut witnesses = Vec::new();
        for (number, last) in &meta.heights {
            let Some(log) = self.store.index().log(*number).copied() else { continue };
            let entry = |height: u64| self.store.entry(&log, height).map(|(_, entry)| entry);
            let is_ours = |height: &u64| entry(*height).is_some_and(|entry| entry.doc == *id);
            let heights: Vec<u64> = match meta.entries_of(*number) {
                Some(heights) => heights.to_vec(),
                None => (1..=*last).filter(is_ours).collect(),
            };
            for height in heights.into_iter().filter(|height| !aside.contains(&(log, *height))) {
                let prev = match height {
                    1 => Some(genesis(&log)),
                    _ => self.store.link(&log, height - 1),
                };
                let witness = prev.and_then(|prev| Witness::of(prev, (height..).map_while(entry)));
                witnesses.push(witness.ok_or(Refusal::Unproven(log, height))?);
            }
        }
        Ok(witnesses)
    }

    /// The nodes that signed, with their units, as the directory says it.
    fn writers_of(&self, witnesses: &[Witness]) -> Value {
        let nodes: BTreeSet<_> = witnesses.iter().map(|witness| witness.log.node).collect();
        let line = |node| {
            let unit = self.hub.tree().unit_of(node);
            let name = unit.map(|unit| self.unit_name(&unit));
            json!({ "node": node, "unit": unit, "name": name })
        };
        nodes.iter().map(line).collect()
    }

    /// A paper for the archive, with its prints.
    fn archived(&mut self, case: &Case, made: &sanji_model::case::Made) -> Result<Made, Stop> {
        let paper = self.written(case, made)?;
        let digest = paper.digest().to_hex();
        let prints: Vec<_> = case.prints(&made.event).collect();
        let as_printed = prints.first().map(|_| prints.iter().all(|print| print.digest == digest));
        let prints = prints.iter().map(|print| {
            json!({ "at": print.at, "unit": print.by.unit, "user": print.by.user, "digest": print.digest })
        });
        let prints = prints.collect();
        Ok(Made { sheet: Sheet { paper, printing: None, archived: true }, as_printed, prints })
    }
}
