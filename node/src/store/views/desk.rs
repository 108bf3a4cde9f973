//! Rows of complaints and enquiries, which lie in the scopes of cases.
//!
//! Knows the two flows by their keys only.

use automerge::AutoCommit;
use sanji_model::desk::{Flow, Matter, RowOf, Terms};
use sanji_model::{complaint, enquiry};
use sanji_sync::{DocId, UnitCode};
use serde::de::DeserializeOwned;

use super::{Context, Counted, Refreshed, numbered, put_number, put_row, rows};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, KvError};

/// A flow whose rows are kept.
pub trait Listed: Flow {
    const PREFIX: u8;
    const COUNTED: Counted;
}

impl Listed for complaint::Course {
    const PREFIX: u8 = keys::COMPLAINT_ROW;
    const COUNTED: Counted = Counted::Complaint;
}

impl Listed for enquiry::Course {
    const PREFIX: u8 = keys::ENQUIRY_ROW;
    const COUNTED: Counted = Counted::Enquiry;
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
    let is_new = kv.get(&key)?.is_none();
    let put = put_row(batch, key, &matter.row(&context.almanac.calendar));
    Ok(if put { Refreshed::Matter { counted: F::COUNTED, is_new } } else { Refreshed::Nothing })
}

/// Every row of a flow.
pub fn desk_rows<F: Listed>(kv: &dyn Kv) -> Result<Vec<(DocId, RowOf<F>)>, KvError>
where
    RowOf<F>: DeserializeOwned,
{
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
