//! Rows of complaints and enquiries, which lie in the scopes of cases.
//!
//! Knows the two flows by their keys only.

use std::collections::BTreeSet;

use automerge::AutoCommit;
use sanji_model::desk::{Flow, Matter, RowOf, Terms, Vocabulary as _};
use sanji_model::local;
use sanji_model::{complaint, enquiry};
use sanji_sync::{DocId, UnitCode};

use super::rolls::{self, Entry, Roll, Sheet, urgent_first};
use super::{Context, Counted, Refreshed, numbered, put_number, put_row, row_of, rows};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, KvError};

/// A flow whose rows are kept.
pub trait Listed: Flow {
    const PREFIX: u8;
    const COUNTED: Counted;
    const ROLL: Roll;

    /// What sheets of the roll are kept by.
    fn filter(state: Self::State) -> u8 {
        Self::State::ALL.iter().position(|one| *one == state).unwrap_or_default() as u8
    }
}

impl Listed for complaint::Course {
    const PREFIX: u8 = keys::COMPLAINT_ROW;
    const COUNTED: Counted = Counted::Complaint;
    const ROLL: Roll = Roll::Complaints;
}

impl Listed for enquiry::Course {
    const PREFIX: u8 = keys::ENQUIRY_ROW;
    const COUNTED: Counted = Counted::Enquiry;
    const ROLL: Roll = Roll::Enquiries;
}

impl Context {
    /// What is in the document, each event given to the unit that wrote it. None if it is none of this unit.
    pub fn matter<F: Flow>(&self, doc: &AutoCommit, owner: UnitCode) -> Option<Matter<F>> {
        let matter = Matter::read(doc, &Terms::default(), |actor| self.unit_of(actor)).ok()?;
        matter.is_of(owner).then_some(matter)
    }
}

/// Puts the rows of a document that is of this flow, or nothing.
pub(super) fn put<F: Listed>(
    kv: &dyn Kv,
    id: &DocId,
    owner: Option<UnitCode>,
    doc: &AutoCommit,
    context: &Context,
    batch: &mut Batch,
) -> Result<Refreshed, KvError> {
    let matter = owner.and_then(|owner| context.matter::<F>(doc, owner)).filter(|matter| matter.id == *id);
    let Some(matter) = matter else { return Ok(Refreshed::Nothing) };
    let number = matter.number.as_str();
    let mut ids = numbered(kv, batch, number)?;
    if !ids.contains(id) {
        ids.push(*id);
        put_number(batch, number, ids);
    }
    let key = keys::row(F::PREFIX, id);
    let before: Option<RowOf<F>> = row_of(kv, batch, &key)?;
    let row = matter.row(&context.almanac.calendar);
    if !put_row(batch, key, &row) {
        return Ok(Refreshed::Nothing);
    }
    let is_new = before.is_none();
    rolls::move_entries(kv, &entries::<F>(before.as_ref()), &entries::<F>(Some(&row)), batch)?;
    Ok(Refreshed::Matter { counted: F::COUNTED, is_new })
}

/// Takes the row of a document away with all that follows from it, if it has one of this flow.
pub(super) fn delete<F: Listed>(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    let key = keys::row(F::PREFIX, id);
    let Some(row): Option<RowOf<F>> = row_of(kv, batch, &key)? else { return Ok(()) };
    let mut ids = numbered(kv, batch, row.number.as_str())?;
    ids.retain(|other| other != id);
    put_number(batch, row.number.as_str(), ids);
    rolls::move_entries(kv, &entries::<F>(Some(&row)), &BTreeSet::new(), batch)?;
    batch.delete(key);
    Ok(())
}

/// Where a row stands in the list.
fn entries<F: Listed>(row: Option<&RowOf<F>>) -> BTreeSet<(Sheet, Entry)> {
    let one = |row: &RowOf<F>| {
        let sheet = Sheet { roll: F::ROLL, unit: row.holder, filter: F::filter(row.state) };
        let order = urgent_first(row.due, row.registered_at.map(local::date));
        (sheet, Entry { order, doc: row.id, place: 0 })
    };
    row.map(one).into_iter().collect()
}

/// One row.
pub fn desk_row<F: Listed>(kv: &dyn Kv, id: &DocId) -> Result<Option<RowOf<F>>, KvError> {
    row_of(kv, &Batch::new(), &keys::row(F::PREFIX, id))
}

/// Every row of a flow.
pub fn desk_rows<F: Listed>(kv: &dyn Kv) -> Result<Vec<(DocId, RowOf<F>)>, KvError> {
    rows(kv, F::PREFIX)
}

/// The documents of a flow that bear a number: one as a rule.
pub fn desk_by_number<F: Listed>(kv: &dyn Kv, number: &str) -> Result<Vec<DocId>, KvError> {
    let mut ids = Vec::new();
    for id in numbered(kv, &Batch::new(), number)? {
        if kv.get(&keys::row(F::PREFIX, &id))?.is_some() {
            ids.push(id);
        }
    }
    Ok(ids)
}
