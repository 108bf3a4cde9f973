//! What came to this node, in the order in which it came: read from the journal, as far as documents and rows have followed.
//!
//! A reader keeps a cursor, which stands for a place between two entries and means the same after the derived store was
//! rebuilt, since the journal is ground truth. Knows no document's content.

use std::fmt;
use std::str::FromStr;

use sanji_sync::{DocId, Scope};

use super::journal::Position;
use super::{Store, StoreError, decode};

/// Journal records looked at for one page, so that a reader that is far behind takes many short turns.
const RECORDS_MAX: usize = 2_000;

/// A place in the order of arrivals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// The journal record that is read next.
    at: Position,
    /// Its running number, by which another journal is noticed.
    number: u64,
    /// Entries of it that were read.
    read: usize,
}

impl Cursor {
    /// In front of everything.
    pub const FIRST: Cursor = Cursor { at: Position { segment: 1, offset: 0 }, number: 1, read: 0 };
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cursor { at, number, read } = self;
        write!(f, "{:x}.{:x}.{number:x}.{read:x}", at.segment, at.offset)
    }
}

/// A text that is no cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Cursor, NoCursor> {
        let mut parts = text.split('.').map(|part| u64::from_str_radix(part, 16).map_err(|_| NoCursor));
        let mut part = || parts.next().unwrap_or(Err(NoCursor));
        let at = Position { segment: part()?, offset: part()? };
        let cursor = Cursor { at, number: part()?, read: part()? as usize };
        if parts.next().is_none() { Ok(cursor) } else { Err(NoCursor) }
    }
}

/// One document to which something came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    pub doc: DocId,
    pub scope: Scope,
    /// Right behind it.
    pub cursor: Cursor,
}

/// A page of arrivals: a document once, however much of it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrivals {
    pub rows: Vec<Arrival>,
    /// Where the next page begins.
    pub cursor: Cursor,
    pub is_last: bool,
}

impl Store {
    /// What came behind `from`, at most `limit` documents; none if this journal has no such place.
    pub fn arrivals(&self, from: Cursor, limit: usize) -> Result<Option<Arrivals>, StoreError> {
        let until = self.backlog.done();
        if !self.has_cursor(from) {
            return Ok(None);
        }
        let mut page = Arrivals { rows: Vec::new(), cursor: from, is_last: false };
        if from.at >= until {
            page.is_last = true;
            return Ok(Some(page));
        }
        for item in self.journal.scan(from.at).take(RECORDS_MAX) {
            // Damage was named when the journal was opened; what it held comes back from peers.
            let Ok((at, record)) = item else { continue };
            if at >= until {
                page.is_last = true;
                return Ok(Some(page));
            }
            let decoded = decode(&record.payload)?;
            let read = if record.number == from.number { from.read } else { 0 };
            for (place, entry) in decoded.entries.iter().enumerate().skip(read) {
                page.cursor = Cursor { at, number: record.number, read: place + 1 };
                // What gave way to another past counts no more.
                let counts =
                    self.index.known(&entry.log).is_some_and(|known| entry.height <= known.head.height);
                if !counts || page.rows.iter().any(|row| row.doc == entry.doc) {
                    continue;
                }
                page.rows.push(Arrival { doc: entry.doc, scope: entry.log.scope, cursor: page.cursor });
                if page.rows.len() == limit {
                    return Ok(Some(page));
                }
            }
            page.cursor = Cursor { at: record.next, number: record.number + 1, read: 0 };
            page.is_last = record.next >= until;
        }
        Ok(Some(page))
    }

    /// The place behind everything that documents and rows show.
    pub fn cursor_of_now(&self) -> Cursor {
        let at = self.backlog.done();
        Cursor { at, number: self.number_at(at), read: 0 }
    }

    fn has_cursor(&self, cursor: Cursor) -> bool {
        cursor.at <= self.journal.end() && self.number_at(cursor.at) == cursor.number
    }

    /// The running number of the record that begins there.
    fn number_at(&self, at: Position) -> u64 {
        let end = self.journal.end();
        if at == Cursor::FIRST.at && at < end {
            return Cursor::FIRST.number;
        }
        match self.journal.read(at) {
            Ok(record) => record.number,
            Err(_) if at == end => self.journal.next_number(),
            // No record begins there; none has this number.
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_reads_as_one() {
        let cursor = Cursor { at: Position { segment: 3, offset: 4_096 }, number: 77, read: 2 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!(Cursor::FIRST.to_string().parse(), Ok(Cursor::FIRST));
        for bad in ["", "now", "1.2.3", "1.2.3.4.5", "1.2.3.x", "-1.0.0.0"] {
            assert_eq!(bad.parse::<Cursor>(), Err(NoCursor), "{bad}");
        }
    }
}
