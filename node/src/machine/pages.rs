//! Pages of lists: which sheets of a roll are meant, where a page begins and what the next one is asked for with.
//!
//! A unit asks for itself and those below it. Knows no row.

use sanji_sync::{Relation, UnitCode};
use serde_json::{Value, json};

use super::cases::unit_code;
use super::{Done, Machine, Stop};
use crate::page::PAGE_MAX;
use crate::refusal::Refusal;
use crate::store::views::rolls::{self, Entry, Roll, Sheet};

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    /// What the page before named as `next`.
    pub after: Option<&'a str>,
    pub limit: usize,
}

impl Page<'_> {
    pub(super) fn limit(&self) -> usize {
        self.limit.clamp(1, PAGE_MAX)
    }

    fn after(&self) -> Result<Option<Entry>, Stop> {
        let Some(text) = self.after else { return Ok(None) };
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        let entry = bytes.and_then(|bytes| bytes.try_into().ok()).map(Entry::of_bytes);
        Ok(Some(entry.ok_or_else(|| bad_cursor(text))?))
    }
}

impl Machine {
    /// A page of the sheets of a roll that are wanted, with an order below `until`; `row` makes the line of an entry, or
    /// none.
    pub(super) fn page(
        &self,
        roll: Roll,
        wanted: impl Fn(&Sheet) -> bool,
        page: Page<'_>,
        until: Option<u32>,
        mut row: impl FnMut(Entry) -> Result<Option<Value>, Stop>,
    ) -> Done {
        let kv = self.store.kv();
        let sheets = rolls::sheets(kv, roll)?.into_iter().map(|(sheet, _)| sheet).filter(wanted);
        let entries = rolls::page(kv, sheets, page.after()?, until, page.limit())?;
        let next = entries.last().filter(|_| entries.len() == page.limit());
        let next = next.map(|entry| data_encoding::HEXLOWER.encode(&entry.to_bytes()));
        let mut rows = Vec::new();
        for entry in entries {
            rows.extend(row(entry)?);
        }
        Ok(json!({ "rows": rows, "next": next }))
    }

    /// How many entries of a roll a unit has with those below it, by filter.
    pub(super) fn counted(&self, roll: Roll, unit: UnitCode) -> Result<Vec<(u8, u64)>, Stop> {
        let sheets = rolls::sheets(self.store.kv(), roll)?.into_iter();
        Ok(sheets
            .filter(|(sheet, _)| self.is_within(sheet.unit, unit))
            .map(|(sheet, n)| (sheet.filter, n))
            .collect())
    }

    /// The unit that is named, or this one. Of what is neither this one's nor below it the whole is not here, and a part is
    /// no answer.
    pub(super) fn asked_unit(&self, unit: Option<&str>) -> Result<UnitCode, Stop> {
        let unit = unit.map(unit_code).transpose()?.unwrap_or(self.hub.unit());
        self.directory.organisation.require(&unit)?;
        self.must_be_within(unit)?;
        Ok(unit)
    }

    pub(super) fn is_within(&self, unit: UnitCode, of: UnitCode) -> bool {
        matches!(self.hub.tree().relation(of, unit), Relation::Same | Relation::Ancestor)
    }
}

pub(super) fn bad_cursor(text: &str) -> Refusal {
    Refusal::BadArgument {
        what: "after",
        text: text.to_owned(),
        wanted_en: "give what the page before named as `next`",
        wanted_zh: "请填写上一页给出的 next",
    }
}
