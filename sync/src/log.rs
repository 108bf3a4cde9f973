//! Entries and the hash chain that holds them: what a writer signs, and how anybody verifies it.
//!
//! `link_n = BLAKE3(link_{n-1} ‖ document ‖ BLAKE3(change))`, and the writer signs `(log, n, link_n)`. Because the
//! chain runs over the hash of the change, a change can later be erased and the chain still verifies.
//! Knows no frame, no peer and no authority.

use std::sync::Arc;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::change::ChangeHeader;
use crate::ids::{ActorBytes, DocId, Epoch, Link, LogId, NodeId, actor};

/// The bytes of one raw automerge change, shared between store, cache and frames.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeBytes(Arc<[u8]>);

impl From<Vec<u8>> for ChangeBytes {
    fn from(bytes: Vec<u8>) -> Self {
        ChangeBytes(bytes.into())
    }
}

impl From<&[u8]> for ChangeBytes {
    fn from(bytes: &[u8]) -> Self {
        ChangeBytes(bytes.into())
    }
}

impl std::ops::Deref for ChangeBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for ChangeBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<C> Encode<C> for ChangeBytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ChangeBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(ChangeBytes(d.bytes()?.into()))
    }
}

/// An ed25519 signature over `(log, height, link)`.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 64]);

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

/// One entry of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub log: LogId,
    /// Counts from 1.
    pub height: u64,
    pub doc: DocId,
    pub change: ChangeBytes,
    /// The chain's head after this entry.
    pub link: Link,
    /// The writer's signature. The last entry of everything that is stored or sent together has one; those
    /// before it are vouched for by the chain.
    pub signature: Option<Signature>,
}

/// The head of an empty log: bound to the log, so that no chain continues another's.
pub fn genesis(log: &LogId) -> Link {
    let mut hasher = blake3::Hasher::new_derive_key("sanji/1 log genesis");
    hasher.update(&log_bytes(log));
    Link(*hasher.finalize().as_bytes())
}

/// The chain's next head.
pub fn next_link(prev: &Link, doc: &DocId, change: &[u8]) -> Link {
    next_link_of(prev, doc, &change_hash(change))
}

/// The same for a change of which only the hash is there.
pub fn next_link_of(prev: &Link, doc: &DocId, change: &[u8; 32]) -> Link {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&prev.0);
    hasher.update(&doc.0);
    hasher.update(change);
    Link(*hasher.finalize().as_bytes())
}

/// What the chain takes of a change.
pub fn change_hash(change: &[u8]) -> [u8; 32] {
    *blake3::hash(change).as_bytes()
}

/// Whether `log`'s writer signed that its chain has `link` at `height`.
pub fn verify(log: &LogId, height: u64, link: &Link, signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&log.node.0) else { return false };
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(&signed_bytes(log, height, link), &signature).is_ok()
}

/// Whether the change's actor is the one that the log's writer may use.
pub fn actor_matches(log: &LogId, header: &ChangeHeader) -> bool {
    actor(&log.node, log.epoch) == header.actor
}

/// A node's own pen: its key and the epoch it writes in.
pub struct Writer {
    key: SigningKey,
    node: NodeId,
    pub epoch: Epoch,
}

impl Writer {
    pub fn new(key: SigningKey, epoch: Epoch) -> Writer {
        let node = NodeId(key.verifying_key().to_bytes());
        Writer { key, node, epoch }
    }

    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The automerge actor that local changes must be written as.
    pub fn actor(&self) -> ActorBytes {
        actor(&self.node, self.epoch)
    }

    pub fn sign(&self, log: &LogId, height: u64, link: &Link) -> Signature {
        Signature(self.key.sign(&signed_bytes(log, height, link)).to_bytes())
    }
}

fn signed_bytes(log: &LogId, height: u64, link: &Link) -> Vec<u8> {
    let mut bytes = b"sanji/1 entry".to_vec();
    bytes.extend_from_slice(&log_bytes(log));
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&link.0);
    bytes
}

fn log_bytes(log: &LogId) -> Vec<u8> {
    minicbor::to_vec(log).expect("writing to memory cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Scope, UnitCode};

    #[test]
    fn a_signature_holds_for_its_log_height_and_link_only() {
        let writer = Writer::new(SigningKey::from_bytes(&[1; 32]), Epoch(1));
        let log = LogId { scope: Scope::Directory, node: writer.node(), epoch: Epoch(1) };
        let other = LogId { scope: Scope::Cases(UnitCode::parse("640202").unwrap()), ..log };
        let link = next_link(&genesis(&log), &DocId([2; 16]), b"change");
        let signature = writer.sign(&log, 1, &link);
        assert!(verify(&log, 1, &link, &signature));
        assert!(!verify(&log, 2, &link, &signature));
        assert!(!verify(&other, 1, &link, &signature));
        assert!(!verify(&log, 1, &genesis(&log), &signature));
    }

    #[test]
    fn the_chain_separates_document_and_change() {
        let start = Link([0; 32]);
        let link = next_link(&start, &DocId([1; 16]), b"a");
        assert_ne!(link, next_link(&start, &DocId([2; 16]), b"a"));
        assert_ne!(link, next_link(&start, &DocId([1; 16]), b"b"));
    }
}
