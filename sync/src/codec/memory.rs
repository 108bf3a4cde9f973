//! What both sides of codec 2 remember while they go through a body, and predict from: ids, documents, actors.
//!
//! Writer and reader update it alike after every entry; a prediction that differed would only be found out by the
//! checksum. Knows no stream.

use crate::change::ChangeHash;

/// A document's or an event's id.
pub(super) type Id = [u8; 16];

/// Ids in order of first use.
#[derive(Default)]
pub(super) struct Ids {
    pub known: Vec<Id>,
    /// The one used last.
    pub last: Id,
    /// Milliseconds of the newest id that tells its time.
    pub ms: u64,
    /// Whether this entry brought such an id.
    pub told_time: bool,
}

impl Ids {
    /// Notes a new id.
    pub fn learn(&mut self, id: Id) {
        if is_timed(&id) {
            self.ms = ms_of(&id);
            self.told_time = true;
        }
        self.known.push(id);
    }
}

/// Whether an id is of version 7 and the usual variant: its first six bytes are milliseconds since 1970.
pub(super) fn is_timed(id: &Id) -> bool {
    id[6] >> 4 == 7 && id[8] >> 6 == 2
}

pub(super) fn ms_of(id: &Id) -> u64 {
    id[..6].iter().fold(0, |ms, byte| ms << 8 | u64::from(*byte))
}

/// A document's state after those of its changes that the body holds.
pub(super) struct Document {
    pub id: Id,
    pub hashes: Vec<ChangeHash>,
    /// The number that the next operation would have.
    pub next_op: u64,
    /// The last sequence number of each run that wrote here.
    pub sequences: Vec<(u32, u64)>,
    /// The id that its last change brought.
    pub newest: Id,
}

impl Document {
    pub fn new(id: Id) -> Document {
        Document { id, hashes: Vec::new(), next_op: 1, sequences: Vec::new(), newest: id }
    }

    pub fn next_sequence(&self, run: u32) -> u64 {
        let last = self.sequences.iter().find(|(of, _)| *of == run);
        last.map_or(0, |(_, sequence)| *sequence).wrapping_add(1)
    }

    /// Notes a change of this document.
    pub fn advance(&mut self, run: u32, sequence: u64, next_op: u64, hash: ChangeHash) {
        match self.sequences.iter_mut().find(|(of, _)| *of == run) {
            Some((_, last)) => *last = sequence,
            None => self.sequences.push((run, sequence)),
        }
        self.next_op = self.next_op.max(next_op);
        self.hashes.push(hash);
    }
}
