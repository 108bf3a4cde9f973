//! The journal: ground truth on disk. Append-only records in segment files; what was synced stays.
//!
//! Knows bytes with a kind, not what they mean. Format, promises and what counts as torn or damaged are in
//! `docs/JOURNAL.md`. Nothing here may be clever.

mod error;
mod format;
mod open;
mod position;
mod scan;

use std::collections::BTreeMap;
use std::fmt;

use super::files::{self, Files};
use format::{SEGMENT_HEADER, SegmentHeader};

pub use error::{Damage, JournalError, Why};
pub use format::PAYLOAD_BYTES_MAX;
pub use open::{Check, Opened, Options, Torn};
pub use position::Position;
pub use scan::{Record, Scan};

/// An open journal; one at a time over one directory (the caller holds the lock).
///
/// To write: any number of [`append`](Journal::append), then [`sync`](Journal::sync), and only then tell anybody. After
/// an error of either, drop the journal and end the process: a failed write or sync must not be tried again, because
/// the system may have thrown the bytes away and report success the second time.
pub struct Journal {
    files: Box<dyn Files>,
    segment_bytes: u64,
    /// Length in bytes of every segment that is there.
    segments: BTreeMap<u64, u64>,
    /// The running number of the next record.
    next_number: u64,
    /// Something was appended since the last sync.
    dirty: bool,
    /// The first write error, after which nothing is written any more.
    poisoned: Option<String>,
}

/// A segment file, for backups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub number: u64,
    /// The file's name in the journal's directory.
    pub name: String,
    pub bytes: u64,
}

impl Journal {
    /// Appends a record and says where it begins; [`end`](Journal::end) is then right behind it. Not durable before
    /// the next [`sync`](Journal::sync) has returned.
    ///
    /// One record a sync is best: of several that were not synced a power cut may keep a later one without an earlier
    /// one, which then looks like damage.
    pub fn append(&mut self, kind: u8, payload: &[u8]) -> Result<Position, JournalError> {
        self.refuse_if_poisoned()?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(JournalError::TooLarge(payload.len()));
        }
        let mut record = format::pack(self.next_number, kind, payload);
        let end = self.end();
        if end.offset > SEGMENT_HEADER && end.offset + record.len() as u64 > self.segment_bytes {
            self.roll()?;
        }
        let at = self.end();
        format::stamp(&mut record, at);
        self.dirty = true;
        self.write(|files| files.append(&format::segment_name(at.segment), &record))?;
        self.segments.insert(at.segment, at.offset + record.len() as u64);
        self.next_number += 1;
        Ok(at)
    }

    /// Makes everything appended so far durable. Only what a returned `Ok` covers may be promised to anybody.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.refuse_if_poisoned()?;
        if self.dirty {
            let name = format::segment_name(self.end().segment);
            self.write(|files| files.sync(&name))?;
            self.dirty = false;
        }
        Ok(())
    }

    /// The record that begins at `at`.
    pub fn read(&self, at: Position) -> Result<Record, JournalError> {
        /// Most records are shorter, in bytes.
        const AHEAD: usize = 4 << 10;
        let at = self.past_end_of_segment(at);
        match Scan::new(&*self.files, &self.segments, at, AHEAD).next() {
            Some(Ok((found, record))) if found == at => Ok(record),
            Some(Err(damage)) if damage.position == at => Err(JournalError::Damaged(damage)),
            Some(Ok(_) | Err(_)) | None => Err(JournalError::NoRecord(at)),
        }
    }

    /// The records from `from` on, with what is damaged between them.
    pub fn scan(&self, from: Position) -> Scan<'_> {
        Scan::new(&*self.files, &self.segments, from.max(self.start()), scan::AHEAD)
    }

    /// The place in front of the first record.
    pub fn start(&self) -> Position {
        Position { segment: 1, offset: 0 }
    }

    /// The place behind the last record, durable or not.
    pub fn end(&self) -> Position {
        let (&segment, &offset) = self.segments.last_key_value().expect("an open journal has a segment");
        Position { segment, offset }
    }

    /// Whether `at` lies between two records of this journal (or in front of the first, or behind the last).
    pub fn contains(&self, at: Position) -> bool {
        let at = self.past_end_of_segment(at);
        at == self.start()
            || at == self.end()
            || (at.offset == SEGMENT_HEADER || at.offset == 0) && self.segments.contains_key(&at.segment)
            || self.read(at).is_ok()
    }

    /// The running number that the next record gets; the first is 1.
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Bytes in all segment files.
    pub fn size_bytes(&self) -> u64 {
        self.segments.values().sum()
    }

    /// The segments that will never change again: all but the last. A backup is a copy of these and of the last one up
    /// to [`end`](Journal::end) after a sync.
    pub fn sealed(&self) -> Vec<Segment> {
        let last = self.end().segment;
        self.segments
            .range(..last)
            .map(|(&number, &bytes)| Segment { number, name: format::segment_name(number), bytes })
            .collect()
    }

    /// All segments with the bytes that count: what a backup copies after a sync.
    pub fn segments(&self) -> Vec<Segment> {
        let segment =
            |(&number, &bytes): (&u64, &u64)| Segment { number, name: format::segment_name(number), bytes };
        self.segments.iter().map(segment).collect()
    }

    /// Seals the last segment and begins the next one. The old one is durable before the new one is there, so a torn
    /// tail can only be in the last.
    fn roll(&mut self) -> Result<(), JournalError> {
        self.sync()?;
        let segment = self.segments.last_key_value().map_or(1, |(last, _)| last + 1);
        let name = format::segment_name(segment);
        self.write(|files| files.create(&name))?;
        self.begin(segment)
    }

    /// Writes the header of an empty segment and makes it and its name durable.
    fn begin(&mut self, segment: u64) -> Result<(), JournalError> {
        let header = SegmentHeader { segment, first: self.next_number }.encode();
        let name = format::segment_name(segment);
        self.write(|files| {
            files.append(&name, &header)?;
            files.sync(&name)?;
            files.sync_dir()
        })?;
        self.segments.insert(segment, SEGMENT_HEADER);
        Ok(())
    }

    /// The place behind a sealed segment is the place in front of the next one's first record.
    fn past_end_of_segment(&self, at: Position) -> Position {
        let next = at.segment.saturating_add(1);
        if self.segments.get(&at.segment) == Some(&at.offset) && self.segments.contains_key(&next) {
            Position { segment: next, offset: SEGMENT_HEADER }
        } else {
            at
        }
    }

    fn refuse_if_poisoned(&self) -> Result<(), JournalError> {
        match &self.poisoned {
            Some(first) => Err(JournalError::Poisoned(first.clone())),
            None => Ok(()),
        }
    }

    /// Changes the disk; the first error is the last change.
    fn write(
        &mut self,
        work: impl FnOnce(&mut dyn Files) -> std::io::Result<()>,
    ) -> Result<(), JournalError> {
        work(&mut *self.files).map_err(|e| {
            self.poisoned = Some(e.to_string());
            e.into()
        })
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("end", &self.end())
            .field("next_number", &self.next_number)
            .field("poisoned", &self.poisoned)
            .finish_non_exhaustive()
    }
}
