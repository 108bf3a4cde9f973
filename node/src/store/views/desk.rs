//! Rows of complaints and enquiries, which lie in the scopes of cases.
//!
//! Knows the two flows by their keys only.

use std::collections::BTreeSet;

use automerge::AutoCommit;
use sanji_model::case::{Card, Figures};
use sanji_model::desk::{Flow, Matter, RowOf, Vocabulary as _};
use sanji_model::local;
use sanji_model::{complaint, enquiry};
use sanji_sync::{DocId, UnitCode};

use super::cases::put_cards;
use super::figures;
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
        let matter = Matter::read(doc, &self.almanac.parameters, |actor| self.unit_of(actor)).ok()?;
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
    let before: Option<Stored<F>> = Stored::of(kv, batch, id)?;
    let (calendar, today) = (&context.almanac.calendar, context.almanac.today);
    let row = matter.row(calendar, today);
    if !put_row(batch, key, &row) {
        return Ok(Refreshed::Nothing);
    }
    let cards = put_cards(batch, id, matter.cards(calendar, today));
    let is_new = before.is_none();
    turn(kv, id, before, Some(Stored::<F> { row, cards }), batch)?;
    Ok(Refreshed::Matter { counted: F::COUNTED, is_new })
}

/// Takes the row of a document away with all that follows from it, if it has one of this flow.
pub(super) fn delete<F: Listed>(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    let key = keys::row(F::PREFIX, id);
    let Some(before) = Stored::<F>::of(kv, batch, id)? else { return Ok(()) };
    let mut ids = numbered(kv, batch, before.row.number.as_str())?;
    ids.retain(|other| other != id);
    put_number(batch, before.row.number.as_str(), ids);
    batch.delete(keys::cards(id));
    batch.delete(key);
    turn::<F>(kv, id, Some(before), None, batch)
}

/// What is kept of a matter, from which everything follows that it stands under.
struct Stored<F: Flow> {
    row: RowOf<F>,
    cards: Vec<Card>,
}

impl<F: Listed> Stored<F> {
    /// As the batch leaves it.
    fn of(kv: &dyn Kv, batch: &Batch, id: &DocId) -> Result<Option<Stored<F>>, KvError> {
        let Some(row) = row_of(kv, batch, &keys::row(F::PREFIX, id))? else { return Ok(None) };
        Ok(Some(Stored { row, cards: row_of(kv, batch, &keys::cards(id))?.unwrap_or_default() }))
    }

    /// Where it stands in its list, and its cards in theirs.
    fn entries(&self) -> BTreeSet<(Sheet, Entry)> {
        let row = &self.row;
        let sheet = Sheet { roll: F::ROLL, unit: row.holder, filter: F::filter(row.state) };
        let order = urgent_first(row.due, row.registered_at.map(local::date));
        let listed = (sheet, Entry { order, doc: row.id, place: 0 });
        std::iter::once(listed).chain(rolls::of_cards(&row.id, &self.cards)).collect()
    }
}

/// Brings keys, lists and the figures of cards from what they were to what they are.
fn turn<F: Listed>(
    kv: &dyn Kv,
    id: &DocId,
    before: Option<Stored<F>>,
    now: Option<Stored<F>>,
    batch: &mut Batch,
) -> Result<(), KvError> {
    let wakes = |one: &Option<Stored<F>>| one.as_ref().and_then(|one| one.row.wakes);
    let (old, new) = (wakes(&before), wakes(&now));
    if old != new {
        old.into_iter().for_each(|day| batch.delete(keys::wake(day, id)));
        new.into_iter().for_each(|day| batch.put(keys::wake(day, id), []));
    }
    let entries = |one: &Option<Stored<F>>| one.as_ref().map(Stored::entries).unwrap_or_default();
    rolls::move_entries(kv, &entries(&before), &entries(&now), batch)?;
    let unit = now.as_ref().or(before.as_ref()).map(|one| one.row.unit);
    let counted =
        |one: Option<Stored<F>>| one.map_or(Figures::default(), |one| Figures::of_cards(&one.cards));
    let (before, now) = (counted(before), counted(now));
    unit.map_or(Ok(()), |unit| figures::count(kv, &unit, &before, &now, batch))
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
