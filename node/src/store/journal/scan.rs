//! Walks the records of a journal in order, through damage.
//!
//! Reads a window at a time, never a whole segment. Decides what is damaged; what to do about it is for others.

use std::collections::BTreeMap;
use std::io;

use super::files::Files;
use super::format::{
    self, BadHeader, RECORD_HEADER, RECORD_MAGIC, RecordHeader, SEGMENT_HEADER, SegmentHeader,
};
use super::{Damage, Position, Why};

/// How much a scan reads at once, in bytes.
pub(super) const AHEAD: usize = 256 << 10;

/// One record as it was appended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// What the payload is, for the caller.
    pub kind: u8,
    pub payload: Vec<u8>,
    /// Running number, from 1.
    pub number: u64,
    /// The place right behind this record.
    pub next: Position,
}

/// The records behind a position, in order, with their places. A damaged stretch is one item, and the walk goes on
/// behind it.
pub struct Scan<'a> {
    files: &'a dyn Files,
    /// Length in bytes of every segment that is there.
    segments: &'a BTreeMap<u64, u64>,
    at: Position,
    /// The running number that is due; unknown until the first header or record.
    due: Option<u64>,
    window: Window,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        files: &'a dyn Files,
        segments: &'a BTreeMap<u64, u64>,
        from: Position,
        ahead: usize,
    ) -> Scan<'a> {
        Scan {
            files,
            segments,
            at: from,
            due: None,
            window: Window { segment: 0, start: 0, bytes: Vec::new(), ahead },
        }
    }

    /// The running number that is due next, as far as the walk has come.
    pub(super) fn due(&self) -> Option<u64> {
        self.due
    }

    /// Up to `want` bytes from the current place.
    fn peek(&mut self, want: u64) -> io::Result<&[u8]> {
        let len = self.segments.get(&self.at.segment).copied().unwrap_or(0);
        self.window.read(self.files, self.at, want.min(len.saturating_sub(self.at.offset)) as usize)
    }

    fn damage(&mut self, bytes: u64, why: Why) -> Damage {
        let position = self.at;
        self.at.offset += bytes;
        Damage { position, bytes, why }
    }

    fn leave_segment(&mut self) {
        self.at = Position { segment: self.at.segment + 1, offset: 0 };
    }

    /// Reads the header of the segment and stands in front of its first record.
    fn enter_segment(&mut self) -> io::Result<Option<Damage>> {
        let segment = self.at.segment;
        let header = SegmentHeader::decode(self.peek(SEGMENT_HEADER)?, segment);
        Ok(match header {
            Ok(header) => {
                self.at.offset = SEGMENT_HEADER;
                self.account(header.first)
            }
            Err(BadHeader::Damaged) => Some(self.damage(SEGMENT_HEADER, Why::SegmentHeader)),
            Err(BadHeader::Newer(version)) => Some(self.skip_segment(Why::Newer(version))),
        })
    }

    fn skip_segment(&mut self, why: Why) -> Damage {
        let len = self.segments.get(&self.at.segment).copied().unwrap_or(0);
        let damage = self.damage(len.saturating_sub(self.at.offset), why);
        self.leave_segment();
        damage
    }

    /// Takes note that `number` comes next; a damage if others should have come before it.
    fn account(&mut self, number: u64) -> Option<Damage> {
        let due = self.due.unwrap_or(number);
        self.due = Some(due.max(number));
        (number > due).then(|| self.damage(0, Why::RecordsMissing { first: due, count: number - due }))
    }

    /// The next item inside the segment; none at its end.
    fn step(&mut self) -> io::Result<Option<Result<(Position, Record), Damage>>> {
        if self.at.offset < SEGMENT_HEADER {
            self.at.offset = 0;
            if let Some(damage) = self.enter_segment()? {
                return Ok(Some(Err(damage)));
            }
        }
        let at = self.at;
        let bytes = self.peek(RECORD_HEADER)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let Some(header) = RecordHeader::decode(bytes, at) else {
            let bytes = self.bytes_before_next_header()?;
            return Ok(Some(Err(self.damage(bytes, Why::NoRecord))));
        };
        let record = self.peek(header.len())?;
        let whole = record.len() as u64 == header.len();
        let skipped = record.len() as u64;
        let payload = header.payload(record.get(RECORD_HEADER as usize..).unwrap_or_default());
        let why = match payload {
            _ if header.version > format::RECORD_VERSION => Why::Newer(header.version.into()),
            _ if !whole => Why::CutShort,
            None => Why::Payload,
            Some(_) if self.due.is_some_and(|due| header.number < due) => {
                Why::Repeated { number: header.number }
            }
            Some(payload) => {
                if let Some(damage) = self.account(header.number) {
                    return Ok(Some(Err(damage)));
                }
                self.at.offset += header.len();
                self.due = Some(header.number + 1);
                let record = Record { kind: header.kind, payload, number: header.number, next: self.at };
                return Ok(Some(Ok((at, record))));
            }
        };
        Ok(Some(Err(self.damage(skipped, why))))
    }

    /// How many bytes from here to the next whole record header in the segment, or to its end.
    fn bytes_before_next_header(&mut self) -> io::Result<u64> {
        const HEADER: usize = RECORD_HEADER as usize;
        let len = self.segments.get(&self.at.segment).copied().unwrap_or(0);
        let mut here = Position { offset: self.at.offset + 1, ..self.at };
        loop {
            let want = (AHEAD as u64).min(len.saturating_sub(here.offset)) as usize;
            let bytes = self.window.read(self.files, here, want)?;
            let candidate = bytes.windows(HEADER).enumerate().find(|(skip, header)| {
                let at = Position { offset: here.offset + *skip as u64, ..here };
                header[..RECORD_MAGIC.len()] == RECORD_MAGIC && RecordHeader::decode(header, at).is_some()
            });
            match candidate {
                Some((skip, _)) => return Ok(here.offset + skip as u64 - self.at.offset),
                None if bytes.len() < HEADER => return Ok(len - self.at.offset),
                // The last bytes may be the beginning of a header.
                None => here.offset += (bytes.len() - HEADER + 1) as u64,
            }
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<(Position, Record), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&segment, _) = self.segments.range(self.at.segment..).next()?;
            if segment > self.at.segment {
                let position = Position { segment: self.at.segment, offset: 0 };
                let count = segment - self.at.segment;
                self.at = Position { segment, offset: 0 };
                return Some(Err(Damage { position, bytes: 0, why: Why::SegmentsMissing { count } }));
            }
            match self.step() {
                Ok(Some(item)) => return Some(item),
                Ok(None) => self.leave_segment(),
                Err(e) => return Some(Err(self.skip_segment(Why::Unreadable(e.to_string())))),
            }
        }
    }
}

/// A stretch of one segment in memory.
struct Window {
    segment: u64,
    start: u64,
    bytes: Vec<u8>,
    ahead: usize,
}

impl Window {
    /// `want` bytes from `at`; fewer if the file is shorter than it was said to be.
    fn read(&mut self, files: &dyn Files, at: Position, want: usize) -> io::Result<&[u8]> {
        let held = self.segment == at.segment
            && at.offset >= self.start
            && at.offset + want as u64 <= self.start + self.bytes.len() as u64;
        if !held {
            self.bytes.resize(want.max(self.ahead), 0);
            // Names nothing while the read may fail.
            self.segment = 0;
            let read = files.read_at(&format::segment_name(at.segment), at.offset, &mut self.bytes)?;
            self.bytes.truncate(read);
            (self.segment, self.start) = (at.segment, at.offset);
        }
        let skip = (at.offset - self.start) as usize;
        let held = &self.bytes[skip..];
        Ok(&held[..held.len().min(want)])
    }
}
