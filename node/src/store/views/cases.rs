//! Rows of cases, and what is found and counted by them: queues, people, cards, figures.
//!
//! Everything that a row stands under is derived from the row before and the row now, in the same batch, so that indexes
//! and counters are never out of step with the documents (docs/STORE.md).

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_model::case::{Card, Case, CaseRow, Figures, Flag};
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_sync::{DocId, UnitCode};

use super::figures;
use super::rolls::{self, Entry, Roll, Sheet, latest_first, urgent_first};
use super::{KvError, numbered, put_number, put_row};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, Order, Span, Visit};

/// Puts a case's row and all that follows from it; false if it does not fit, as only a hostile document's does not. The
/// second says whether it is new.
pub(super) fn put(kv: &dyn Kv, id: &DocId, case: &Case, batch: &mut Batch) -> Result<(bool, bool), KvError> {
    let row = case.row();
    let before = Stored::of(kv, batch, id)?;
    if !put_row(batch, keys::case_row(id), &row) {
        return Ok((false, before.is_none()));
    }
    // A number that was given twice finds both cases (decision 14).
    let mut ids = numbered(kv, batch, row.number.as_str())?;
    if !ids.contains(id) {
        ids.push(*id);
        put_number(batch, row.number.as_str(), ids);
    }
    let cards = put_cards(batch, id, case.cards());
    let is_new = before.is_none();
    turn(kv, id, before, Some(Stored { row, cards }), batch)?;
    Ok((true, is_new))
}

/// Puts the cards of a document; those that were put. Of more than fit the gravest stay.
pub(super) fn put_cards(batch: &mut Batch, id: &DocId, mut cards: Vec<Card>) -> Vec<Card> {
    while !cards.is_empty() && !put_row(batch, keys::cards(id), &cards) {
        cards.sort_by_key(|card| std::cmp::Reverse(card.level));
        cards.truncate(cards.len() / 2);
    }
    if cards.is_empty() {
        batch.delete(keys::cards(id));
    }
    cards
}

/// Takes a case's row away with all that follows from it.
pub(super) fn delete(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    let Some(before) = Stored::of(kv, batch, id)? else { return Ok(()) };
    let mut ids = numbered(kv, batch, before.row.number.as_str())?;
    ids.retain(|other| other != id);
    put_number(batch, before.row.number.as_str(), ids);
    batch.delete(keys::cards(id));
    batch.delete(keys::case_row(id));
    turn(kv, id, Some(before), None, batch)
}

/// What is kept of a case, from which everything follows that it stands under.
struct Stored {
    row: CaseRow,
    cards: Vec<Card>,
}

impl Stored {
    /// As the batch leaves it.
    fn of(kv: &dyn Kv, batch: &Batch, id: &DocId) -> Result<Option<Stored>, KvError> {
        let Some(row) = super::row_of(kv, batch, &keys::case_row(id))? else { return Ok(None) };
        let cards = super::row_of(kv, batch, &keys::cards(id))?.unwrap_or_default();
        Ok(Some(Stored { row, cards }))
    }

    /// The keys under which the row is found, whose values are empty.
    fn found_by(&self, id: &DocId) -> BTreeSet<Vec<u8>> {
        let row = &self.row;
        let mut keys =
            BTreeSet::from([keys::applicant(&row.applicant, id), keys::person(&row.person, &row.guide, id)]);
        keys.extend(row.parent.map(|parent| keys::part(parent.as_str(), &row.unit, Some(id))));
        keys.extend(row.wakes.map(|day| keys::wake(day, id)));
        keys.extend(row.imported.as_deref().map(|key| keys::imported(key, Some(id))));
        keys
    }

    /// The lists in which it stands, and where.
    fn entries(&self, id: &DocId) -> BTreeSet<(Sheet, Entry)> {
        let row = &self.row;
        let begun = row.registered_at.map(local::date);
        let order = urgent_first(row.due, begun);
        let at =
            |roll, unit, filter, order| (Sheet { roll, unit, filter }, Entry { order, doc: *id, place: 0 });
        let mut entries = BTreeSet::from([
            at(Roll::Queue, row.custody, row.state.number(), order),
            at(Roll::Cases, row.unit, row.state.number(), order),
        ]);
        if let Some(unit) = row.handed_to {
            entries.insert(at(Roll::Arriving, unit, 0, order));
        }
        if [Flag::Disputed, Flag::Conflict].iter().any(|flag| row.flags.contains(flag)) {
            entries.insert(at(Roll::Disputes, row.unit, 0, order));
        }
        if let Some(stage) = row.rating {
            let order = latest_first(row.rated_at.map(local::date));
            entries.insert(at(Roll::Ratings, row.unit, stage as u8, order));
        }
        entries.extend(rolls::of_cards(id, &self.cards));
        entries
    }
}

/// Brings keys, lists and counters from what they were to what they are.
fn turn(
    kv: &dyn Kv,
    id: &DocId,
    before: Option<Stored>,
    now: Option<Stored>,
    batch: &mut Batch,
) -> Result<(), KvError> {
    let keys_of = |one: &Option<Stored>| one.as_ref().map(|one| one.found_by(id)).unwrap_or_default();
    let (old, new) = (keys_of(&before), keys_of(&now));
    old.difference(&new).for_each(|key| batch.delete(key.clone()));
    new.difference(&old).for_each(|key| batch.put(key.clone(), []));
    let entries = |one: &Option<Stored>| one.as_ref().map(|one| one.entries(id)).unwrap_or_default();
    rolls::move_entries(kv, &entries(&before), &entries(&now), batch)?;
    let unit = now.as_ref().or(before.as_ref()).map(|one| one.row.unit);
    let counted = |one: Option<Stored>| one.map_or(Figures::default(), |one| one.row.figures);
    let (before, now) = (counted(before), counted(now));
    unit.map_or(Ok(()), |unit| figures::count(kv, &unit, &before, &now, batch))
}

/// The cases whose applicant's name begins so, the latest last.
pub fn by_applicant(kv: &dyn Kv, name: &str, limit: usize) -> Result<Vec<DocId>, KvError> {
    ids(kv, keys::applicant_named(name), limit)
}

/// The cases of a person, of one guide if one is named.
pub fn by_person(
    kv: &dyn Kv,
    person: &str,
    guide: Option<&str>,
    limit: usize,
) -> Result<Vec<DocId>, KvError> {
    ids(kv, keys::person_with(person, guide), limit)
}

/// The cases of a unit that name this one as their parent.
pub fn by_parent(
    kv: &dyn Kv,
    number: &CaseNumber,
    unit: &UnitCode,
    limit: usize,
) -> Result<Vec<DocId>, KvError> {
    ids(kv, keys::part(number.as_str(), unit, None), limit)
}

/// The case that was made of this line of an import, the first one.
pub fn imported(kv: &dyn Kv, key: &str) -> Result<Option<DocId>, KvError> {
    Ok(ids(kv, keys::imported(key, None), 1)?.pop())
}

/// The cases whose numbers begin so.
pub fn by_number(kv: &dyn Kv, digits: &str, limit: usize) -> Result<Vec<DocId>, KvError> {
    let pairs = kv.pairs(&Span::prefix(keys::case_number(digits)), Order::Forwards, limit)?;
    Ok(pairs.iter().flat_map(|(_, value)| value.as_chunks().0.iter().map(|id| DocId(*id))).collect())
}

/// Of the numbers that begin so the cases of at most `limit`, in order and behind the number `after`; and the last number
/// that was looked at, if there may be more. Complaints and enquiries have numbers of the same kind and are passed over.
pub fn numbered_so(
    kv: &dyn Kv,
    digits: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<CaseRow>, Option<String>), KvError> {
    let all = Span::prefix(keys::case_number(digits));
    let span = match after {
        Some(after) => all.after(&keys::case_number(after)),
        None => all,
    };
    let pairs = kv.pairs(&span, Order::Forwards, limit)?;
    let mut rows = Vec::new();
    for id in pairs.iter().flat_map(|(_, value)| value.as_chunks().0) {
        rows.extend(row(kv, &DocId(*id))?);
    }
    let last = pairs.last().filter(|_| pairs.len() == limit);
    Ok((rows, last.map(|(key, _)| String::from_utf8_lossy(&key[1..]).into_owned())))
}

/// A page of all cases in the order of their ids, behind `after`.
pub fn ids_after(kv: &dyn Kv, after: Option<&DocId>, limit: usize) -> Result<Vec<DocId>, KvError> {
    let all = Span::prefix([keys::CASE_ROW]);
    let span = match after {
        Some(id) => all.after(&keys::case_row(id)),
        None => all,
    };
    let pairs = kv.pairs(&span, Order::Forwards, limit)?;
    Ok(pairs.iter().filter_map(|(key, _)| last_id(key)).collect())
}

/// The cases about which time alone changes something on `day` or before.
pub fn woken(kv: &dyn Kv, day: Date) -> Result<Vec<DocId>, KvError> {
    let mut woken = Vec::new();
    kv.scan(&Span::prefix([keys::WAKE]), Order::Forwards, &mut |key, _| {
        if key[1..] > keys::wake(day, &DocId([0xff; 16]))[1..] {
            return Visit::Stop;
        }
        woken.extend(last_id(key));
        Visit::Continue
    })?;
    Ok(woken)
}

/// One row.
pub fn row(kv: &dyn Kv, id: &DocId) -> Result<Option<CaseRow>, KvError> {
    super::row_of(kv, &Batch::new(), &keys::case_row(id))
}

/// The cards of a case, by day and id.
pub fn cards(kv: &dyn Kv, id: &DocId) -> Result<Vec<Card>, KvError> {
    Ok(super::row_of(kv, &Batch::new(), &keys::cards(id))?.unwrap_or_default())
}

fn ids(kv: &dyn Kv, prefix: Vec<u8>, limit: usize) -> Result<Vec<DocId>, KvError> {
    let pairs = kv.pairs(&Span::prefix(prefix), Order::Forwards, limit)?;
    Ok(pairs.iter().filter_map(|(key, _)| last_id(key)).collect())
}

/// The document that a key ends with.
fn last_id(key: &[u8]) -> Option<DocId> {
    key.last_chunk().map(|id| DocId(*id))
}

#[cfg(test)]
mod tests;
