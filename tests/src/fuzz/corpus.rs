//! Valid inputs of each target, to begin from: made by the program itself, the same in every run.

use std::sync::OnceLock;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjType, ROOT};
use sanji_sync::batch::{Body, Codec};
use sanji_sync::frame::{Batch, Height, Held, Hello, ScopeDigest};
use sanji_sync::vector::{Digest, Head, LogHead, ScopeVector};
use sanji_sync::{Epoch, Frame, Hangup, Link, LogId, NodeId, Scope, Time};

use super::lab;
use crate::lone::{COUNTY, VILLAGE, unit};

/// A frame of each kind.
pub fn frames() -> Vec<Vec<u8>> {
    let (scope, node) = (Scope::Cases(unit(VILLAGE)), NodeId([7; 32]));
    let head = LogHead { node, epoch: Epoch(1), head: Head { height: 3, link: Link([9; 32]) } };
    let vectors = vec![ScopeVector { scope, logs: vec![head] }, ScopeVector::empty(Scope::Directory)];
    let heights = vec![Height { log: LogId { scope, node, epoch: Epoch(1) }, height: 3 }];
    let hello = Hello {
        version: 1,
        node,
        epoch: Epoch(1),
        clock: Time(1_790_000_000_000),
        digest: Digest([3; 32]),
        changed: vectors.clone(),
        told: Digest([4; 32]),
        codec: Some(2),
        run: Some(7),
    };
    let mut frames = [
        Frame::Hello(hello),
        Frame::Digests(vec![ScopeDigest { scope, digest: Digest([5; 32]) }]),
        Frame::Vectors { vectors, reply: true, rest_equal: false, pasts: None },
        Frame::Ack { number: 1, heights: heights.clone() },
        Frame::Held(vec![Held { holder: node, heights }]),
        Frame::Bye(Hangup::Gap),
    ]
    .iter()
    .map(Frame::encode)
    .collect::<Vec<_>>();
    frames.extend(carried());
    frames
}

/// The frames of files between a county and a village, batches among them.
pub fn carried() -> Vec<Vec<u8>> {
    let (mut county, mut village) = lab::pair();
    let mut frames = Vec::new();
    for (from, to) in [(&mut county, VILLAGE), (&mut village, COUNTY)] {
        frames.extend(lab::frames_of(from, to));
    }
    frames
}

/// Packed batches behind the number of their codec, and bodies as codec 1 holds them.
pub fn batches() -> Vec<Vec<u8>> {
    let mut batches = Vec::new();
    for frame in carried() {
        if let Ok(Frame::Batch(Batch { codec, body, .. })) = Frame::decode(&frame) {
            let raw = zstd::stream::decode_all(body.as_slice());
            batches.push([&[codec], body.as_slice()].concat());
            batches.extend(raw.map(|raw| [&[0], raw.as_slice()].concat()));
            if let Ok(unpacked) = Body::unpack(codec, &body) {
                let packed = unpacked.pack(Codec::Columns);
                let raw = &packed[..super::packed_raw(&packed)];
                batches.push([&[0], raw, &sanji_sync::codec::layout(&unpacked)].concat());
                batches.push([&[2], packed.as_slice()].concat());
            }
        }
    }
    batches
}

/// Changes of one document: maps, lists, text, counters, marks, deletions, with and without dependencies.
pub fn changes() -> Vec<Vec<u8>> {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([7u8; 16].as_slice()));
    let mut changes = Vec::new();
    let mut take = |doc: &mut AutoCommit| {
        doc.commit();
        changes.extend(doc.get_last_local_change().map(|change| change.raw_bytes().to_vec()));
    };
    let must = "a change of an own document";
    doc.put(ROOT, "kind", "corpus").expect(must);
    take(&mut doc);
    let map = doc.put_object(ROOT, "events", ObjType::Map).expect(must);
    for n in 0..20i64 {
        doc.put(&map, format!("e{n}"), format!("{{\"action\":\"note\",\"at\":{n}}}")).expect(must);
    }
    take(&mut doc);
    let list = doc.put_object(ROOT, "list", ObjType::List).expect(must);
    for n in 0..20usize {
        doc.insert(&list, n, n as i64).expect(must);
    }
    doc.delete(&list, 3).expect(must);
    take(&mut doc);
    let text = doc.put_object(ROOT, "text", ObjType::Text).expect(must);
    doc.splice_text(&text, 0, 0, "办事指南与材料清单").expect(must);
    doc.splice_text(&text, 2, 1, "x").expect(must);
    doc.put(ROOT, "count", automerge::ScalarValue::counter(3)).expect(must);
    doc.increment(ROOT, "count", 4).expect(must);
    doc.delete(ROOT, "kind").expect(must);
    take(&mut doc);
    let mut other = doc.fork().with_actor(ActorId::from([8u8; 16].as_slice()));
    other.put(ROOT, "name", 1.5).expect(must);
    take(&mut other);
    doc.put(ROOT, "name", true).expect(must);
    take(&mut doc);
    doc.merge(&mut other).expect(must);
    doc.put(ROOT, "bytes", vec![0u8; 40]).expect(must);
    take(&mut doc);
    changes
}

/// The first and the last change of an honest writer in the document that the fuzzed one comes to.
pub fn neighbours() -> &'static [Vec<u8>; 2] {
    static NEIGHBOURS: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    NEIGHBOURS.get_or_init(|| {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([6u8; 16].as_slice()));
        ["first", "last"].map(|key| {
            doc.put(ROOT, key, key).expect("a change of an own document");
            doc.commit();
            doc.get_last_local_change().expect("it was committed").raw_bytes().to_vec()
        })
    })
}

/// Files and rows of frames for the bundle target.
pub fn bundles() -> Vec<Vec<u8>> {
    let (mut county, mut village) = lab::pair();
    let mut bundles = vec![
        county.export(VILLAGE, true).expect("it is below"),
        village.export(COUNTY, true).expect("it is above"),
    ];
    let row = |frames: Vec<Vec<u8>>| {
        let part = |frame: Vec<u8>| [&(frame.len() as u16).to_be_bytes(), frame.as_slice()].concat();
        frames.into_iter().filter(|frame| frame.len() <= usize::from(u16::MAX)).flat_map(part).collect()
    };
    bundles.push(row(lab::frames_of(&mut village, COUNTY)));
    bundles.push(row(frames()));
    bundles.extend(changes());
    bundles
}
