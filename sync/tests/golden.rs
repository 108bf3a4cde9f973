//! The accident this prevents: a frame changes its bytes unnoticed, and half of a county's nodes, which are updated
//! months later, no longer understand the other half.
//!
//! Every frame of every protocol version as bytes. Lines here are never changed, only added.

use ed25519_dalek::SigningKey;
use sanji_sync::batch::{Body, Item, Run};
use sanji_sync::frame::{Frame, Hangup, Height, Held, Hello, Opened, Pasts, ScopeDigest};
use sanji_sync::log::{ChangeBytes, Signature, genesis, next_link};
use sanji_sync::vector::{Digest, Head, LogHead, ScopeVector};
use sanji_sync::{DocId, Epoch, Link, LogId, NodeId, Scope, Time, UnitCode, Writer};

fn log() -> LogId {
    LogId {
        scope: Scope::Cases(UnitCode::parse("640202001001").unwrap()),
        node: NodeId([0xaa; 32]),
        epoch: Epoch(2),
    }
}

fn vector() -> ScopeVector {
    let head = Head { height: 300, link: Link([0xbb; 32]) };
    ScopeVector {
        scope: log().scope,
        logs: vec![LogHead { node: NodeId([0xaa; 32]), epoch: Epoch(2), head }],
    }
}

fn frames() -> Vec<(&'static str, Frame)> {
    let hello = Hello {
        version: 1,
        node: NodeId([0xaa; 32]),
        epoch: Epoch(2),
        clock: Time(1_700_000_000_000),
        digest: Digest([0xcc; 32]),
        changed: vec![vector()],
        told: Digest([0xdd; 32]),
        run: None,
    };
    let run = Hello { run: Some(0x0102_0304_0506_0708), changed: Vec::new(), ..hello.clone() };
    let height = Height { log: log(), height: 300 };
    vec![
        ("hello", Frame::Hello(hello)),
        (
            "digests",
            Frame::Digests(vec![ScopeDigest { scope: Scope::Directory, digest: Digest([0xcc; 32]) }]),
        ),
        ("vectors", Frame::Vectors { vectors: vec![vector()], reply: true, rest_equal: false, pasts: None }),
        ("batch", Frame::Batch(sanji_sync::frame::Batch { number: 7, codec: 1, body: vec![1, 2, 3] })),
        ("ack", Frame::Ack { number: 7, heights: vec![height] }),
        ("held", Frame::Held(vec![Held { holder: NodeId([0xee; 32]), heights: vec![height] }])),
        ("bye", Frame::Bye(Hangup::NoAuthority)),
        ("hello with run", Frame::Hello(run)),
        (
            "vectors with pasts",
            Frame::Vectors {
                vectors: Vec::new(),
                reply: false,
                rest_equal: false,
                pasts: Some(Pasts { again: vec![height], settled: vec![log()], found: vec![log()] }),
            },
        ),
    ]
}

fn body() -> Body {
    let writer = Writer::new(SigningKey::from_bytes(&[1; 32]), Epoch(1));
    let log = LogId { scope: Scope::Directory, node: writer.node(), epoch: Epoch(1) };
    let doc = DocId([0x11; 16]);
    let link = next_link(&genesis(&log), &doc, b"change");
    let signature = writer.sign(&log, 1, &link);
    Body {
        runs: vec![Run { log, first: 1, prev: genesis(&log), signature }],
        items: vec![Item { run: 0, doc, change: ChangeBytes::from(b"change".to_vec()) }],
    }
}

const VERSION_1: &[(&str, &str)] = &[
    (
        "hello",
        "820087015820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa021b0000018bcfe568005820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc818282036c36343032303230303130303181835820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa028219012c5820bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb5820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
    ),
    ("digests", "8201818281005820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"),
    (
        "vectors",
        "8402818282036c36343032303230303130303181835820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa028219012c5820bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbf5f4",
    ),
    ("batch", "820383070143010203"),
    (
        "ack",
        "83040781828382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0219012c",
    ),
    (
        "held",
        "820581825820eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee81828382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0219012c",
    ),
    ("bye", "820605"),
    (
        "hello with run",
        "820088015820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa021b0000018bcfe568005820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc805820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd1b0102030405060708",
    ),
    (
        "vectors with pasts",
        "850280f4f48381828382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0219012c818382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa02818382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa02",
    ),
];

/// The CBOR of the body, before compression.
const BODY_1: &str = "82818483810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582098d7dfca16e228354b4cadb158b5842608ec871d213b72d2482382dd0f61853f5840fb4e02f5fb845b82495b67ad7ed9d8072c82d189846394a1146162deb28af3c9be0e3d96516cf7ef6c761f605696cbe2d0e386e3299e7c54e00c0189c61b9d0b8183005011111111111111111111111111111111466368616e6765";

/// The same body packed with codec 1; compressors may differ in their bytes, so this is only read.
const PACKED_1: &str = "28b52ffd20a9150500a40982818483810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582098d7dfca16e228354b4cadb158b5842608ec871d213b72d2482382dd0f61853f5840fb4e02f5fb845b82495b67ad7ed9d8072c82d189846394a1146162deb28af3c9be0e3d96516cf7ef6c761f605696cbe2d0e386e3299e7c54e00c0189c61b9d0b8183005011466368616e67650100930e4801";

#[test]
fn every_frame_keeps_its_bytes() {
    let frames = frames();
    assert_eq!(frames.len(), VERSION_1.len());
    for ((name, frame), (golden_name, golden)) in frames.iter().zip(VERSION_1) {
        assert_eq!(name, golden_name);
        assert_eq!(data_encoding::HEXLOWER.encode(&frame.encode()), *golden, "{name}");
        let bytes = data_encoding::HEXLOWER.decode(golden.as_bytes()).unwrap();
        assert_eq!(Frame::decode(&bytes).as_ref(), Ok(frame), "{name}");
    }
}

#[test]
fn a_body_keeps_its_bytes_and_an_old_packed_one_is_read() {
    assert_eq!(data_encoding::HEXLOWER.encode(&minicbor::to_vec(body()).unwrap()), BODY_1);
    let packed = data_encoding::HEXLOWER.decode(PACKED_1.as_bytes()).unwrap();
    assert_eq!(Body::unpack(1, &packed), Ok(body()));
}

#[test]
fn a_field_that_a_newer_version_adds_is_skipped() {
    // Ack with a third field behind the two that this version knows.
    let (_, ack) = frames().remove(4);
    let mut bytes = ack.encode();
    assert_eq!(bytes[0], 0x83, "array of 3: the variant and its two fields");
    bytes[0] = 0x84;
    bytes.push(0x18);
    bytes.push(0x2a);
    assert_eq!(Frame::decode(&bytes), Ok(ack));
}

#[test]
fn bytes_of_any_kind_never_panic() {
    for (_, frame) in frames() {
        let good = frame.encode();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let _ = Frame::open(&bad);
            }
            assert!(Frame::decode(&good[..at]).is_err());
        }
    }
}

#[test]
fn a_batch_that_was_tampered_with_does_not_open() {
    let mut body = body();
    assert!(Frame::open(&Frame::batch(1, &body).encode()).is_err(), "its change is no automerge change");
    body.runs[0].signature = Signature([0; 64]);
    assert!(body.verify().is_err());
    let bomb = zstd::bulk::compress(&vec![0u8; 64 * 1024 * 1024], 3).unwrap();
    assert!(Body::unpack(1, &bomb).is_err());
    assert!(Body::unpack(9, &bomb).is_err());
    let frame = Frame::Bye(Hangup::Stopping);
    assert!(matches!(Frame::open(&frame.encode()), Ok(Opened::Frame(_))));
}
