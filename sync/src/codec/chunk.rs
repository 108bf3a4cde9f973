//! An automerge change chunk taken apart into its fields, and its numbers. Knows the layout, no operation's meaning.
//!
//! Only the one way of writing a number that automerge uses itself is taken, so that the parts give back exactly
//! the bytes they came from. Any other chunk is `None` here, and the codec carries it as it is.

use sha2::{Digest, Sha256};

use crate::change::{ChangeHash, number, take};
use crate::limits::CHANGE_DEPS_MAX;

/// What every raw change starts with: magic, then the checksum, then the chunk's type.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_AT: usize = 4;
const TYPE_AT: usize = 8;
const CHUNK_CHANGE: u8 = 1;

pub(super) const HASH_BYTES: usize = 32;
pub(super) const ACTOR_BYTES: usize = 16;

/// The fields of a change, as slices of its bytes.
pub(super) struct Chunk<'a> {
    pub hash: ChangeHash,
    /// Whole hashes, one behind the other.
    pub deps: &'a [u8],
    pub actor: &'a [u8],
    pub seq: u64,
    pub start_op: u64,
    pub time: i64,
    pub message: &'a [u8],
    /// For each a length byte and the actor.
    pub others: &'a [u8],
    /// Specification and length of each column.
    pub columns: Vec<(u64, usize)>,
    /// The columns' bytes, one column behind the other.
    pub data: &'a [u8],
    pub extra: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Takes a raw change apart; `None` if [`Chunk::write`] and [`seal`] would not give back these bytes.
    pub fn read(bytes: &'a [u8]) -> Option<Chunk<'a>> {
        let mut rest = bytes;
        if part(&mut rest, 4)? != MAGIC {
            return None;
        }
        let checksum = part(&mut rest, 4)?;
        let hash: ChangeHash = Sha256::digest(rest).into();
        if checksum != &hash[..4] || part(&mut rest, 1)?[0] != CHUNK_CHANGE {
            return None;
        }
        if length(&mut rest)? != rest.len() {
            return None;
        }
        let count = length(&mut rest).filter(|count| *count <= CHANGE_DEPS_MAX)?;
        let deps = part(&mut rest, count.checked_mul(HASH_BYTES)?)?;
        if length(&mut rest)? != ACTOR_BYTES {
            return None;
        }
        let actor = part(&mut rest, ACTOR_BYTES)?;
        let seq = unsigned(&mut rest)?;
        let start_op = unsigned(&mut rest)?;
        let time = signed(&mut rest)?;
        let count = length(&mut rest)?;
        let message = part(&mut rest, count)?;
        let count = length(&mut rest)?;
        let others = part(&mut rest, count.checked_mul(1 + ACTOR_BYTES)?)?;
        if others.chunks_exact(1 + ACTOR_BYTES).any(|other| usize::from(other[0]) != ACTOR_BYTES) {
            return None;
        }
        let count = length(&mut rest)?;
        let mut columns = Vec::with_capacity(count.min(16));
        let mut total = 0usize;
        for _ in 0..count {
            let (spec, len) = (unsigned(&mut rest)?, length(&mut rest)?);
            total = total.checked_add(len)?;
            columns.push((spec, len));
        }
        let data = part(&mut rest, total)?;
        Some(Chunk { hash, deps, actor, seq, start_op, time, message, others, columns, data, extra: rest })
    }

    /// Writes everything behind the chunk's length.
    pub fn write(&self, out: &mut Vec<u8>) {
        put(out, (self.deps.len() / HASH_BYTES) as u64);
        out.extend_from_slice(self.deps);
        put(out, self.actor.len() as u64);
        out.extend_from_slice(self.actor);
        put(out, self.seq);
        put(out, self.start_op);
        put_signed(out, self.time);
        put(out, self.message.len() as u64);
        out.extend_from_slice(self.message);
        put(out, (self.others.len() / (1 + ACTOR_BYTES)) as u64);
        out.extend_from_slice(self.others);
        put(out, self.columns.len() as u64);
        for (spec, len) in &self.columns {
            put(out, *spec);
            put(out, *len as u64);
        }
        out.extend_from_slice(self.data);
        out.extend_from_slice(self.extra);
    }
}

/// The whole chunk around what [`Chunk::write`] wrote, into `out`, and its hash.
pub(super) fn seal(content: &[u8], out: &mut Vec<u8>) -> ChangeHash {
    out.clear();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[0; 4]);
    out.push(CHUNK_CHANGE);
    put(out, content.len() as u64);
    out.extend_from_slice(content);
    let hash: ChangeHash = Sha256::digest(&out[TYPE_AT..]).into();
    out[CHECKSUM_AT..TYPE_AT].copy_from_slice(&hash[..4]);
    hash
}

/// The next `n` bytes.
pub(super) fn part<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    take(rest, n).ok()
}

/// An unsigned number, written as short as it can be.
pub(super) fn unsigned(rest: &mut &[u8]) -> Option<u64> {
    let before = *rest;
    let value = number(rest).ok()?;
    let short = before.len() - rest.len() == 1 || before[before.len() - rest.len() - 1] != 0;
    short.then_some(value)
}

/// An unsigned number that counts bytes or things in memory.
pub(super) fn length(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(unsigned(rest)?).ok()
}

/// A signed number, written as short as it can be.
pub(super) fn signed(rest: &mut &[u8]) -> Option<i64> {
    let before = *rest;
    let mut value = 0i64;
    for shift in (0..64).step_by(7) {
        let byte = part(rest, 1)?[0];
        value |= i64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            if byte & 0x40 != 0 && shift + 7 < 64 {
                value |= -1 << (shift + 7);
            }
            let bits = 65 - (value ^ value >> 63).leading_zeros() as usize;
            let used = before.len() - rest.len();
            let last = (value >> shift) as u8 & 0x7f;
            return (used == bits.div_ceil(7) && last == byte).then_some(value);
        }
    }
    None
}

/// Writes an unsigned number.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a signed number.
pub(super) fn put_signed(out: &mut Vec<u8>, mut value: i64) {
    while !(-0x40..0x40).contains(&value) {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8 & 0x7f);
}

/// A column of automerge's run-length encoding: how often, and which value, `None` for a run of nothing.
/// Ends early, with `None` in place of a run, where the bytes are no such column.
pub(super) struct Runs<'a> {
    rest: &'a [u8],
    literals: u64,
    failed: bool,
}

impl<'a> Runs<'a> {
    pub fn of(column: &'a [u8]) -> Runs<'a> {
        Runs { rest: column, literals: 0, failed: false }
    }

    fn run(&mut self) -> Option<(u64, Option<u64>)> {
        if self.literals == 0 {
            match signed(&mut self.rest)? {
                0 => return Some((unsigned(&mut self.rest)?, None)),
                count if count > 0 => return Some((count as u64, Some(unsigned(&mut self.rest)?))),
                count => self.literals = count.unsigned_abs(),
            }
        }
        self.literals -= 1;
        Some((1, Some(unsigned(&mut self.rest)?)))
    }
}

impl Iterator for Runs<'_> {
    type Item = Option<(u64, Option<u64>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || (self.rest.is_empty() && self.literals == 0) {
            return None;
        }
        let run = self.run();
        self.failed = run.is_none();
        Some(run)
    }
}
