//! Rolls (名册): what each list shows, in the order in which it shows it, one sheet a unit and filter, with a count a sheet.
//!
//! A list of a unit with those below it merges their sheets, so that a page costs one look a sheet and one a row, however
//! many rows there are; and nothing has to be moved when the tree of units becomes known later. Knows keys, orders and
//! counts, no row.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

use jiff::civil::Date;
use sanji_model::case::Card;
use sanji_sync::{DocId, UnitCode};

use super::{KvError, value};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, Order, Span, Visit};

/// A list of which pages are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Roll {
    /// What a unit holds, by state.
    Queue = 1,
    /// What a unit registered, by state.
    Cases,
    /// What is in dispute, or has a field with two values.
    Disputes,
    /// Cards by level.
    Cards,
    /// Ratings by the stage of their loop.
    Ratings,
    /// Complaints by state, under the unit that holds them; enquiries the same.
    Complaints,
    Enquiries,
    /// What a unit is to take over, under that unit.
    Arriving,
}

/// One unit's part of a roll with one filter: a state, a level, a stage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sheet {
    pub roll: Roll,
    pub unit: UnitCode,
    pub filter: u8,
}

/// A line of a sheet. Entries order as the list does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    pub order: u32,
    pub doc: DocId,
    /// Which of the document's own, such as its cards.
    pub place: u8,
}

const ENTRY_BYTES: usize = 21;

impl Entry {
    pub fn to_bytes(self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..4].copy_from_slice(&self.order.to_be_bytes());
        bytes[4..20].copy_from_slice(&self.doc.0);
        bytes[20] = self.place;
        bytes
    }

    pub fn of_bytes(bytes: [u8; ENTRY_BYTES]) -> Entry {
        let (order, rest) = bytes.split_first_chunk().expect("it is longer");
        let (doc, place) = rest.split_first_chunk().expect("it is longer");
        Entry { order: u32::from_be_bytes(*order), doc: DocId(*doc), place: place[0] }
    }
}

/// What is due first comes first; what is due on no day comes behind, the latest first.
pub fn urgent_first(due: Option<Date>, begun: Option<Date>) -> u32 {
    due.map_or_else(|| latest_first(begun), keys::day_number)
}

/// The later the day, the smaller; greater than the number of any day.
pub fn latest_first(day: Option<Date>) -> u32 {
    u32::MAX - day.map_or(0, keys::day_number)
}

/// Where the cards of a document stand.
pub fn of_cards(doc: &DocId, cards: &[Card]) -> impl Iterator<Item = (Sheet, Entry)> {
    (0..=u8::MAX).zip(cards).map(|(place, card)| {
        let sheet = Sheet { roll: Roll::Cards, unit: card.unit, filter: card.level as u8 };
        (sheet, Entry { order: latest_first(Some(card.on)), doc: *doc, place })
    })
}

/// Moves a document's entries from where they were to where they are now, and counts them.
pub fn move_entries(
    kv: &dyn Kv,
    before: &BTreeSet<(Sheet, Entry)>,
    now: &BTreeSet<(Sheet, Entry)>,
    batch: &mut Batch,
) -> Result<(), KvError> {
    for (sheet, entry) in before.difference(now) {
        batch.delete(keys::roll(sheet, Some(entry)));
        count(kv, sheet, -1, batch)?;
    }
    for (sheet, entry) in now.difference(before) {
        batch.put(keys::roll(sheet, Some(entry)), []);
        count(kv, sheet, 1, batch)?;
    }
    Ok(())
}

fn count(kv: &dyn Kv, sheet: &Sheet, n: i64, batch: &mut Batch) -> Result<(), KvError> {
    let key = keys::roll_count(sheet);
    let before =
        value(kv, batch, &key)?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    match before.saturating_add_signed(n) {
        0 => batch.delete(key),
        now => batch.put(key, now.to_be_bytes()),
    }
    Ok(())
}

/// The sheets of a roll that have entries, with how many.
pub fn sheets(kv: &dyn Kv, roll: Roll) -> Result<Vec<(Sheet, u64)>, KvError> {
    let mut sheets = Vec::new();
    kv.scan(&Span::prefix([keys::ROLL_COUNT, roll as u8]), Order::Forwards, &mut |key, value| {
        let (unit, filter) = (key.get(2..14).and_then(unit_of), key.get(14));
        if let (Some(unit), Some(filter), Ok(n)) = (unit, filter, value.try_into()) {
            sheets.push((Sheet { roll, unit, filter: *filter }, u64::from_be_bytes(n)));
        }
        Visit::Continue
    })?;
    Ok(sheets)
}

fn unit_of(bytes: &[u8]) -> Option<UnitCode> {
    UnitCode::parse(std::str::from_utf8(bytes).ok()?.trim_end()).ok()
}

/// At most `limit` entries of these sheets together, in order, behind `after` and with an order below `until`.
pub fn page(
    kv: &dyn Kv,
    sheets: impl IntoIterator<Item = Sheet>,
    after: Option<Entry>,
    until: Option<u32>,
    limit: usize,
) -> Result<Vec<Entry>, KvError> {
    let mut readers: Vec<Reader> = sheets.into_iter().map(|sheet| Reader::new(sheet, after)).collect();
    let mut heads = BinaryHeap::new();
    for (n, reader) in readers.iter_mut().enumerate() {
        heads.extend(reader.next(kv)?.map(|entry| Reverse((entry, n))));
    }
    let mut page = Vec::new();
    while page.len() < limit
        && let Some(Reverse((entry, n))) = heads.pop()
        && until.is_none_or(|until| entry.order < until)
    {
        page.push(entry);
        heads.extend(readers[n].next(kv)?.map(|entry| Reverse((entry, n))));
    }
    Ok(page)
}

/// Reads on in one sheet: an entry first, since most sheets give none to a page, and then twice as many each time.
struct Reader {
    sheet: Sheet,
    last: Option<Entry>,
    read: VecDeque<Entry>,
    many: usize,
    ended: bool,
}

/// Entries that are read ahead at most.
const READ_MAX: usize = 64;

impl Reader {
    fn new(sheet: Sheet, after: Option<Entry>) -> Reader {
        Reader { sheet, last: after, read: VecDeque::new(), many: 1, ended: false }
    }

    fn next(&mut self, kv: &dyn Kv) -> Result<Option<Entry>, KvError> {
        if self.read.is_empty() && !self.ended {
            let all = Span::prefix(keys::roll(&self.sheet, None));
            let span = match &self.last {
                Some(last) => all.after(&keys::roll(&self.sheet, Some(last))),
                None => all,
            };
            let (read, many) = (&mut self.read, self.many);
            kv.scan(&span, Order::Forwards, &mut |key, _| {
                read.extend(key.last_chunk().map(|bytes| Entry::of_bytes(*bytes)));
                if read.len() < many { Visit::Continue } else { Visit::Stop }
            })?;
            self.ended = read.len() < many;
            self.last = read.back().copied().or(self.last);
            self.many = (many * 2).min(READ_MAX);
        }
        Ok(self.read.pop_front())
    }
}
