//! Opening a journal: finds the end, cuts a torn tail, names damage.
//!
//! Never cuts anything that has a readable record behind it, and touches nothing when a part was written by a newer
//! version or cannot be read just now.

use std::collections::BTreeMap;

use super::files::Files;
use super::format::{self, BadHeader, SEGMENT_HEADER, SegmentHeader};
use super::scan::{self, Scan};
use super::{Damage, Journal, JournalError, Position, Why};

/// How to open a journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// A record that would make its segment longer than this begins the next one. A single record may be longer.
    pub segment_bytes: u64,
    pub check: Check,
}

impl Options {
    /// 64 MiB: a county fills one in days, so a backup copies little twice and lists little, and one lost file is
    /// 1-2 % of the history.
    pub const SEGMENT_BYTES: u64 = 64 << 20;
}

impl Default for Options {
    fn default() -> Options {
        Options { segment_bytes: Options::SEGMENT_BYTES, check: Check::All }
    }
}

/// How much is read and verified before the journal is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Every record.
    All,
    /// The records of the last segment; of the others only that their files are there. For a start after a clean stop
    /// of a large store.
    Tail,
}

/// What opening found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opened {
    /// Records that were read and verified.
    pub records: u64,
    /// What was cut off.
    pub torn: Option<Torn>,
    /// What is not as it was written, in order. The records behind it are readable.
    pub damaged: Vec<Damage>,
    /// Files in the directory that are no segments. They are left alone.
    pub foreign: Vec<String>,
}

/// The end of the last segment that was no record and had none behind it: a write that was cut short, and cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Torn {
    /// Where the journal ends since.
    pub position: Position,
    pub bytes: u64,
}

impl Journal {
    /// Opens the journal in `files`; an empty directory becomes an empty journal. Reads in pieces, as
    /// [`Options::check`] says. What can be read afterwards is durable.
    pub fn open(files: Box<dyn Files>, options: Options) -> Result<(Journal, Opened), JournalError> {
        let mut opened = Opened::default();
        let mut segments = BTreeMap::new();
        for name in files.list()? {
            match format::parse_segment_name(&name) {
                Some(segment) => {
                    segments.insert(segment, files.len(&name)?);
                }
                None => opened.foreign.push(name),
            }
        }
        opened.foreign.sort();
        let mut journal = Journal {
            files,
            segment_bytes: options.segment_bytes,
            segments,
            next_number: 1,
            dirty: false,
            poisoned: None,
        };
        let unborn = journal.take_unborn()?;
        let intact = journal.check(options.check, &mut opened)?;
        match (unborn, intact) {
            (Some((segment, bytes)), _) => {
                journal.write(|files| files.truncate(&format::segment_name(segment), 0))?;
                journal.begin(segment)?;
                let position = Position { segment, offset: 0 };
                opened.torn = (bytes > 0).then_some(Torn { position, bytes });
            }
            (None, Some(intact)) => journal.settle(intact, &mut opened)?,
            (None, None) => {
                journal.dirty = !journal.segments.is_empty();
                journal.roll()?;
            }
        }
        Ok((journal, opened))
    }

    /// Takes out the last segment if it was being made when the power went: its header is not whole and nothing is
    /// behind it. The header is synced before the first record is written, so no record is lost with it.
    fn take_unborn(&mut self) -> Result<Option<(u64, u64)>, JournalError> {
        let Some((&segment, &len)) = self.segments.last_key_value() else { return Ok(None) };
        if len > SEGMENT_HEADER || self.header(segment)?.is_some() {
            return Ok(None);
        }
        self.segments.remove(&segment);
        Ok(Some((segment, len)))
    }

    /// Reads through the segments. Gives the place behind the last intact record of the last segment; none if that
    /// segment's header is damaged (or there is none): then nothing may be appended to it.
    fn check(&mut self, check: Check, opened: &mut Opened) -> Result<Option<Position>, JournalError> {
        let Some((&last, _)) = self.segments.last_key_value() else { return Ok(None) };
        let from = match check {
            Check::All => self.start(),
            Check::Tail => self.last_whole_header()?,
        };
        opened.damaged = self.gaps_before(from.segment);
        let mut intact = None;
        let mut scan = Scan::new(&*self.files, &self.segments, from, scan::AHEAD);
        for item in scan.by_ref() {
            match item {
                Ok((at, record)) => {
                    opened.records += 1;
                    if at.segment == last {
                        intact = Some(record.next);
                    }
                }
                Err(Damage { position, why: Why::Newer(version), .. }) => {
                    return Err(JournalError::Newer { at: position, version });
                }
                Err(Damage { position, why: Why::Unreadable(e), .. }) if position.segment == last => {
                    return Err(JournalError::Disk(std::io::Error::other(e)));
                }
                Err(damage) => {
                    if let (Why::Repeated { .. }, true) = (&damage.why, damage.position.segment == last) {
                        let offset = damage.position.offset + damage.bytes;
                        intact = Some(Position { segment: last, offset });
                    }
                    opened.damaged.push(damage);
                }
            }
        }
        self.next_number = scan.due().unwrap_or(1);
        let whole = self.header(last)?.is_some();
        Ok(whole.then(|| intact.unwrap_or(Position { segment: last, offset: SEGMENT_HEADER })))
    }

    /// Cuts what is behind the last intact record and makes the rest durable: a program that was killed may have left
    /// records that were written and never synced, and they count from now on.
    fn settle(&mut self, intact: Position, opened: &mut Opened) -> Result<(), JournalError> {
        let name = format::segment_name(intact.segment);
        let bytes = self.end().offset.saturating_sub(intact.offset);
        if bytes > 0 {
            self.write(|files| files.truncate(&name, intact.offset))?;
            self.segments.insert(intact.segment, intact.offset);
            opened.torn = Some(Torn { position: intact, bytes });
            // It is torn, not damaged.
            opened.damaged.retain(|damage| damage.position < intact);
        }
        self.write(|files| {
            files.sync(&name)?;
            files.sync_dir()
        })
    }

    /// The start of the last segment whose header can be read, or of the journal.
    fn last_whole_header(&self) -> Result<Position, JournalError> {
        for &segment in self.segments.keys().rev() {
            if self.header(segment)?.is_some() {
                return Ok(Position { segment, offset: 0 });
            }
        }
        Ok(self.start())
    }

    /// The segments that are missing in front of `segment`.
    fn gaps_before(&self, segment: u64) -> Vec<Damage> {
        let mut gaps = Vec::new();
        let mut due = 1;
        for &there in self.segments.range(..=segment).map(|(there, _)| there) {
            if there > due {
                let position = Position { segment: due, offset: 0 };
                gaps.push(Damage { position, bytes: 0, why: Why::SegmentsMissing { count: there - due } });
            }
            due = there + 1;
        }
        gaps
    }

    /// The header of a segment; none if it is damaged.
    fn header(&self, segment: u64) -> Result<Option<SegmentHeader>, JournalError> {
        let mut bytes = [0; SEGMENT_HEADER as usize];
        let read = self.files.read_at(&format::segment_name(segment), 0, &mut bytes)?;
        match SegmentHeader::decode(&bytes[..read], segment) {
            Ok(header) => Ok(Some(header)),
            Err(BadHeader::Damaged) => Ok(None),
            Err(BadHeader::Newer(version)) => {
                Err(JournalError::Newer { at: Position { segment, offset: 0 }, version })
            }
        }
    }
}
