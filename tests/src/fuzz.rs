//! What is fuzzed: each function takes any bytes and must neither panic nor leave anything broken. `tests/fuzz` runs them under
//! libFuzzer, `tests/tests/fuzz.rs` over seeded mutations of valid inputs, [`corpus`] makes those.
//!
//! Knows no fuzzer.

pub mod corpus;
pub mod lab;
pub mod mutation;

use automerge::Change;
use sanji_node::store::documents::Documents;
use sanji_node::store::kv::{Batch, Kv as _, MemoryKv};
use sanji_sync::batch::{BadBatch, Body, Codec};
use sanji_sync::change::ChangeHeader;
use sanji_sync::limits::BATCH_ENTRIES_MAX;
use sanji_sync::log::ChangeBytes;
use sanji_sync::{DocId, Entry, Epoch, Frame, Link, LogId, NodeId, Scope};

/// What became of an input: the bounded run demands that each happens, or it would prove nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
    /// Not even its form was good.
    Refused,
    /// Well-formed, but what it says was refused.
    SetAside,
    Taken,
}

/// Frame decoding: what decodes encodes to what decodes the same, and opening it is safe.
pub fn frame(data: &[u8]) -> Fate {
    let Ok(frame) = Frame::decode(data) else { return Fate::Refused };
    assert_eq!(Frame::decode(&frame.encode()).as_ref(), Ok(&frame));
    match Frame::open(data) {
        Ok(_) => Fate::Taken,
        Err(_) => Fate::SetAside,
    }
}

/// Batch decompression and verification: the first byte chooses the codec; the rest is tried as a packed body, as the
/// body that codec 1 packs, and as the streams that codec 2 packs.
pub fn batch(data: &[u8]) -> Fate {
    let Some((codec, rest)) = data.split_first() else { return Fate::Refused };
    let compress =
        |bytes: &[u8]| zstd::bulk::compress(bytes, 1).expect("compressing into memory cannot fail");
    let cbor = Body::unpack(Codec::Cbor.number(), &compress(rest));
    let columns = match rest.split_at_checked(packed_raw(rest)) {
        // Without zstd's magic, as codec 2 leaves it out.
        Some((raw, streams)) => {
            Body::unpack(Codec::Columns.number(), &[raw, &compress(streams)[4..]].concat())
        }
        None => Err(BadBatch::Encoding),
    };
    body(Body::unpack(*codec, rest)).max(body(cbor)).max(body(columns))
}

/// Bytes of codec 2's incompressible part with its length (LEB128) in front.
fn packed_raw(packed: &[u8]) -> usize {
    let length = packed.iter().position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
    let value = |n: usize, byte: &u8| (n << 7) | usize::from(byte & 0x7f);
    length.saturating_add(packed[..length].iter().rev().take(4).fold(0, value))
}

fn body(unpacked: Result<Body, BadBatch>) -> Fate {
    let Ok(body) = unpacked else { return Fate::Refused };
    assert!(body.items.len() <= BATCH_ENTRIES_MAX && body.runs.len() <= BATCH_ENTRIES_MAX);
    match body.clone().verify() {
        Ok(verified) => {
            assert_eq!(verified.entries.len(), body.items.len());
            Fate::Taken
        }
        Err(_) => Fate::SetAside,
    }
}

/// Change intake: the bytes, and the same with the length and checksum that belong to them, as one writer's change between
/// two of another's.
pub fn change(data: &[u8]) -> Fate {
    intake(data).max(intake(&repaired(data)))
}

fn intake(bytes: &[u8]) -> Fate {
    let Ok(header) = ChangeHeader::read(bytes) else { return Fate::Refused };
    let read = lab::quietly(|| Change::from_bytes(bytes.to_vec()));
    if let Some(Ok(change)) = &read {
        assert_eq!(header.hash, change.hash().0);
        assert_eq!(header.actor.as_slice(), change.actor_id().to_bytes());
        assert_eq!(header.sequence, change.seq());
        assert!(header.dependencies.iter().eq(change.deps().iter().map(|dep| &dep.0)));
    }
    let [first, last] = corpus::neighbours();
    if [first, last].iter().any(|good| actor(good) == header.actor) {
        // Its writer is another one, or it would not have come so far.
        return Fate::Refused;
    }
    let (kv, id) = (MemoryKv::new(), DocId([1; 16]));
    let mut documents = Documents::new(1);
    let entries = [first.clone(), bytes.to_vec(), last.clone()].map(entry);
    let applied = lab::quietly(|| {
        documents.apply(&kv, &id, &entries.iter().collect::<Vec<_>>()).expect("nothing to load")
    });
    let aside = applied.expect("a panic of automerge stays inside");
    assert!(aside.iter().all(|aside| aside.entry == 1), "the good ones are taken: {aside:?}");
    let mut batch = Batch::new();
    documents.save(&kv, &id, &mut batch).expect("memory does not fail");
    kv.apply(batch).expect("memory does not fail");
    documents.forget(&id);
    let doc = documents.load(&kv, &id).expect("what was saved loads").expect("it is there");
    let hash = automerge::ChangeHash(ChangeHeader::read(last).expect("a good one").hash);
    assert!(doc.get_change_by_hash(&hash).is_some(), "the good ones are kept");
    if aside.is_empty() { Fate::Taken } else { Fate::SetAside }
}

/// Bundle import: the bytes as a file; as frames (each after its length in two bytes) inside a file that is sealed well;
/// and as a change of a case in a batch that is signed well. The county must go on with all of it.
pub fn bundle(data: &[u8]) -> Fate {
    lab::with(|lab| {
        lab.import(data);
        let frames = lab.sealed(&frames(data));
        let fate = lab.import(&frames);
        if let Some(signed) = lab.signed(repaired(data)) {
            lab.import(&signed);
        }
        fate
    })
}

/// Frames in one row of bytes, as [`bundle`] reads them.
pub fn frames(data: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = data;
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(behind.len());
        let (frame, behind) = behind.split_at(length);
        frames.push(frame);
        rest = behind;
    }
    frames
}

/// The bytes as a change chunk whose length and checksum are right, so that what is inside is reached.
pub fn repaired(data: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    const HEAD: usize = 9;
    // Behind magic, checksum and type stands the length; the rest is what it counts.
    let after = data.get(HEAD..).unwrap_or_default();
    let skip = after.iter().take(4).position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
    let inside = &after[skip..];
    let mut hashed = vec![1];
    let mut left = inside.len();
    while left >= 0x80 {
        hashed.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    hashed.push(left as u8);
    hashed.extend_from_slice(inside);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

fn actor(change: &[u8]) -> sanji_sync::ActorBytes {
    ChangeHeader::read(change).expect("a good one").actor
}

/// An entry around a change; what applies changes looks at nothing else of it.
fn entry(change: Vec<u8>) -> Entry {
    let log = LogId { scope: Scope::Directory, node: NodeId([0; 32]), epoch: Epoch(1) };
    Entry {
        log,
        height: 1,
        doc: DocId([1; 16]),
        change: ChangeBytes::from(change),
        link: Link([0; 32]),
        signature: None,
    }
}
