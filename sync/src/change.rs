//! Reads the header of a raw automerge change: actor, sequence, dependencies, hash. Nothing else of it.
//!
//! The layout is automerge's binary document format, chunk type 1. Deflated chunks (type 2) are refused: they
//! inflate without limit. The SHA-256 is verified here since automerge does not check the checksum on reading.

use sha2::{Digest, Sha256};

use crate::ids::ActorBytes;
use crate::limits::{CHANGE_BYTES_MAX, CHANGE_DEPS_MAX};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_CHANGE: u8 = 1;
const HASH_BYTES: usize = 32;

/// The SHA-256 that names a change among its document's dependencies.
pub type ChangeHash = [u8; 32];

/// What replication needs of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeHeader {
    pub actor: ActorBytes,
    /// Counts from 1 for each actor and document.
    pub sequence: u64,
    pub dependencies: Vec<ChangeHash>,
    pub hash: ChangeHash,
}

/// Why bytes are not a change that replication carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadChange {
    #[error("the change is longer than {CHANGE_BYTES_MAX} bytes")]
    TooLong,
    #[error("the bytes end inside the change")]
    Short,
    #[error("the bytes do not start as an automerge chunk")]
    Magic,
    #[error("chunk type {0} is not a plain change")]
    ChunkType(u8),
    #[error("the change's length does not match its bytes")]
    Length,
    #[error("the checksum does not match")]
    Checksum,
    #[error("the actor id is not 16 bytes")]
    Actor,
    #[error("more than {CHANGE_DEPS_MAX} dependencies")]
    Dependencies,
    #[error("a number is longer than 64 bits")]
    Number,
}

impl ChangeHeader {
    /// Reads and verifies the header of exactly one change.
    pub fn read(bytes: &[u8]) -> Result<ChangeHeader, BadChange> {
        if bytes.len() > CHANGE_BYTES_MAX {
            return Err(BadChange::TooLong);
        }
        let mut rest = bytes;
        if take(&mut rest, 4)? != MAGIC {
            return Err(BadChange::Magic);
        }
        let checksum = take(&mut rest, 4)?;
        let hashed = rest;
        let chunk_type = take(&mut rest, 1)?[0];
        if chunk_type != CHUNK_CHANGE {
            return Err(BadChange::ChunkType(chunk_type));
        }
        if number(&mut rest)? != rest.len() as u64 {
            return Err(BadChange::Length);
        }
        let hash: ChangeHash = Sha256::digest(hashed).into();
        if checksum != &hash[..4] {
            return Err(BadChange::Checksum);
        }
        let count = number(&mut rest)?;
        if count > CHANGE_DEPS_MAX as u64 {
            return Err(BadChange::Dependencies);
        }
        let mut dependencies = Vec::with_capacity(count as usize);
        for _ in 0..count {
            dependencies.push(take(&mut rest, HASH_BYTES)?.try_into().map_err(|_| BadChange::Short)?);
        }
        let actor_len = number(&mut rest)?;
        if actor_len != 16 {
            return Err(BadChange::Actor);
        }
        let actor = take(&mut rest, 16)?.try_into().map_err(|_| BadChange::Actor)?;
        let sequence = number(&mut rest)?;
        Ok(ChangeHeader { actor, sequence, dependencies, hash })
    }
}

pub(crate) fn take<'a>(rest: &mut &'a [u8], n: usize) -> Result<&'a [u8], BadChange> {
    let (head, tail) = rest.split_at_checked(n).ok_or(BadChange::Short)?;
    *rest = tail;
    Ok(head)
}

/// An unsigned LEB128 number of at most 64 bits.
pub(crate) fn number(rest: &mut &[u8]) -> Result<u64, BadChange> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(BadChange::Number);
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(BadChange::Number)
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{ActorId, AutoCommit, ROOT};

    use super::*;

    fn changes() -> Vec<automerge::Change> {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([7u8; 16].as_slice()));
        for n in 0..5i64 {
            doc.put(ROOT, format!("key {n}"), "x".repeat(n as usize * 100)).unwrap();
            doc.commit();
        }
        doc.get_changes(&[])
    }

    #[test]
    fn agrees_with_automerge() {
        for change in changes() {
            let header = ChangeHeader::read(change.raw_bytes()).unwrap();
            assert_eq!(header.hash, change.hash().0);
            assert_eq!(header.actor.as_slice(), change.actor_id().to_bytes());
            assert_eq!(header.sequence, change.seq());
            let deps: Vec<ChangeHash> = change.deps().iter().map(|d| d.0).collect();
            assert_eq!(header.dependencies, deps);
        }
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_refused() {
        let change = changes().pop().unwrap();
        let good = change.raw_bytes();
        for at in 0..good.len() {
            let mut bad = good.to_vec();
            bad[at] ^= 1;
            assert!(ChangeHeader::read(&bad).is_err(), "flipped at {at}");
            assert!(ChangeHeader::read(&good[..at]).is_err(), "cut at {at}");
        }
        let mut long = good.to_vec();
        long.push(0);
        assert_eq!(ChangeHeader::read(&long), Err(BadChange::Length));
    }

    #[test]
    fn deflated_changes_are_refused() {
        let mut change = changes().pop().unwrap();
        let deflated = change.bytes().into_owned();
        if deflated[8] == 2 {
            assert_eq!(ChangeHeader::read(&deflated), Err(BadChange::ChunkType(2)));
        }
        let mut relabelled = change.raw_bytes().to_vec();
        relabelled[8] = 2;
        assert_eq!(ChangeHeader::read(&relabelled), Err(BadChange::ChunkType(2)));
    }
}
