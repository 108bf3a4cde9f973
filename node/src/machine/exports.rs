//! Cases out of a node: rows for the national exchange a page at a time, and one case as files for the archive.
//!
//! What form they are handed on in is decided elsewhere. Applicants are named in clear: both go to who is entitled to it.

use sanji_model::case::{Role, national, package};
use sanji_sync::{DocId, Time, UnitCode};
use serde_json::{Value, json};

use super::{Done, Machine, Stop};
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
                    let rows = national::rows(&case, &name_of);
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
        Ok(json!({ "number": case.number, "state": case.state(), "files": package::files(&case) }))
    }
}
