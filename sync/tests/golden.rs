//! The accident this prevents: a frame changes its bytes unnoticed, and half of a county's nodes, which are updated
//! months later, no longer understand the other half.
//!
//! Every frame of every protocol version as bytes. Lines here are never changed, only added.

use ed25519_dalek::SigningKey;
use sanji_sync::batch::{Body, Codec, Item, Run};
use sanji_sync::frame::{Frame, Hangup, Height, Held, Hello, Opened, Pasts, ScopeDigest};
use sanji_sync::log::{ChangeBytes, Signature, change_hash, genesis, next_link, next_link_of};
use sanji_sync::proof::{Proof, Step, Trail};
use sanji_sync::vector::{Digest, Head, LogHead, ScopeVector};
use sanji_sync::{DocId, Epoch, Link, LogId, NodeId, Scope, Time, UnitCode, Writer, codec};

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
        codec: None,
        run: None,
    };
    let with_codec = Hello { codec: Some(2), ..hello.clone() };
    let run = Hello { run: Some(0x0102_0304_0506_0708), changed: Vec::new(), ..with_codec.clone() };
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
        ("hello with its codec", Frame::Hello(with_codec)),
        ("hello with run", Frame::Hello(run)),
        (
            "vectors with pasts",
            Frame::Vectors {
                vectors: Vec::new(),
                reply: false,
                rest_equal: false,
                pasts: Some(Pasts {
                    again: vec![height],
                    settled: vec![log()],
                    found: vec![log()],
                    twins: None,
                    proofs: None,
                }),
            },
        ),
        (
            "vectors with a proof",
            Frame::Vectors {
                vectors: Vec::new(),
                reply: false,
                rest_equal: false,
                pasts: Some(Pasts { proofs: Some(vec![proof()]), ..Pasts::default() }),
            },
        ),
    ]
}

fn proof() -> Proof {
    let writer = Writer::new(SigningKey::from_bytes(&[1; 32]), Epoch(1));
    let log = LogId { scope: Scope::Directory, node: writer.node(), epoch: Epoch(1) };
    let trail = |change: &[u8]| {
        let step = Step { doc: DocId([0x11; 16]), change: change_hash(change) };
        let link = next_link_of(&genesis(&log), &step.doc, &step.change);
        Trail { steps: vec![step], signature: writer.sign(&log, 1, &link) }
    };
    let proof = Proof { log, first: 1, prev: genesis(&log), one: trail(b"one"), other: trail(b"other") };
    assert!(proof.holds());
    proof
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
        "hello with its codec",
        "820088015820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa021b0000018bcfe568005820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc818282036c36343032303230303130303181835820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa028219012c5820bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb5820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd02",
    ),
    (
        "hello with run",
        "820089015820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa021b0000018bcfe568005820cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc805820dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd021b0102030405060708",
    ),
    (
        "vectors with pasts",
        "850280f4f48381828382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0219012c818382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa02818382036c3634303230323030313030315820aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa02",
    ),
    (
        "vectors with a proof",
        "850280f4f485808080f6818583810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582098d7dfca16e228354b4cadb158b5842608ec871d213b72d2482382dd0f61853f82818250111111111111111111111111111111115820d33fb48ab5adff269ae172b29a6913ff04f6f266207a7a8e976f2ecd571d449258400510b2b65faa88100c4d282b23c8695b44dc1e6c02af1c857da0a4c481c8b4119d05e252d13f1f5e89fb4182ec3534fef6e7a16ae0d1b1c26bb630582ac47309828182501111111111111111111111111111111158203f796163ebf94718de1cd7582655c012f995c06f1e6970ea2bdc15bcd88a324a5840ac67965e9f748489f4fd8b63bf23641facafe7bbc8b2c28366f760b38908c2b2697e27e61a00dcbaa3ac2e1e575144ba7dca1a5ea3832b1828c4380aa63d480a",
    ),
];

/// The CBOR of the body, before compression.
const BODY_1: &str = "82818483810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582098d7dfca16e228354b4cadb158b5842608ec871d213b72d2482382dd0f61853f5840fb4e02f5fb845b82495b67ad7ed9d8072c82d189846394a1146162deb28af3c9be0e3d96516cf7ef6c761f605696cbe2d0e386e3299e7c54e00c0189c61b9d0b8183005011111111111111111111111111111111466368616e6765";

/// The same body packed with codec 1; compressors may differ in their bytes, so this is only read.
const PACKED_1: &str = "28b52ffd20a9150500a40982818483810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582098d7dfca16e228354b4cadb158b5842608ec871d213b72d2482382dd0f61853f5840fb4e02f5fb845b82495b67ad7ed9d8072c82d189846394a1146162deb28af3c9be0e3d96516cf7ef6c761f605696cbe2d0e386e3299e7c54e00c0189c61b9d0b8183005011466368616e67650100930e4801";

/// The CBOR of a body with three automerge changes and bytes that are none.
const BODY_2: &str = "8282848382036c36343032303230303130303158208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0101582022f044408a285f09399ec52f9869254da9ae556856568901aee24992f45759cc5840a1909f8d0c9b48c5bdb4f4c69bfd0ad81ed57ccbf41314d1d54a394ca6041e4068d7f9d90fe972df8bd7a21d54242b45925377d8807780c3afe9408f0b0eb2058483810058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0107582007070707070707070707070707070707070707070707070707070707070707075840a1909f8d0c9b48c5bdb4f4c69bfd0ad81ed57ccbf41314d1d54a394ca6041e4068d7f9d90fe972df8bd7a21d54242b45925377d8807780c3afe9408f0b0eb205848300500195b8f27c1e7d33a1112f0d4c5b6a795867856f4a834af54b87015d001018870cf29dd0ccb6b1dc95fe1f63549a0101809fd3be06000006150b340142035604572070027e026964066576656e7473027e01007e860400303139356238663237633165376433336131313132663064346335623661373902008300500195b8f27c1e7d33a1112f0d4c5b6a7958f9856f4a83ff26631d01ee01014af54b877d4d17f51dc81f31783c08a8e410e5849aad9b3226637bc3aef5d4211018870cf29dd0ccb6b1dc95fe1f63549a0203de9fd3be06000008010202021526340142025603577070027f007f027f2430313935623866322d376331662d376433332d613131312d326630643463356236613761017f017f860e7b226964223a2230313935623866322d376331662d376433332d613131312d326630643463356236613761222c226174223a313734323030303039343233392c227365656e223a5b2230313935623866322d376331662d376433332d613131312d326630643463356236613761225d7d7f008300500195b8f27c1e7d33a1112f0d4c5b6a7958f9856f4a83b861116201ee0101ff26631d8be56cbff6679c731ed35869061a0861f63ef999999b5e259b5013211018870cf29dd0ccb6b1dc95fe1f63549a0304df9fd3be06000008010202021526340142025603577070027f007f027f2430313935623866322d383030302d373030302d383030302d303030303030303030303031017f017f860e7b226964223a2230313935623866322d383030302d373030302d383030302d303030303030303030303031222c226174223a313734323030303039353233322c227365656e223a5b2230313935623866322d376331662d376433332d613131312d326630643463356236613761225d7d7f008301500195b8f27c1e7d33a1112f0d4c5b6a79466368616e6765";

/// Its streams before compression.
const LAYOUT_2: &str = "1b1e040404030303030901090303000a0404000003070a06000000005502040082036c36343032303230303130303101010101810001070006150c340242045605570070030801030203152734024203560457007003000000020100000000000008000101010000000000000000dbf6449ff5449ff54406bcf0938fb76502c20f0d0d00212100ffffb39a04ffffb39a047f007f007f027f020201017e01007f017f017e8604007f860e7f860e02007f007f007e026964066576656e7473c0f67f24f87b226964223a22f5222c226174223afb2c227365656e223a5b22f5225d7d7f24f87b226964223a22f5222c226174223afb2c227365656e223a5b22f7225d7d6368616e6765";

/// The same packed with codec 2; only read.
const PACKED_2: &str = "d8018a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5ca1909f8d0c9b48c5bdb4f4c69bfd0ad81ed57ccbf41314d1d54a394ca6041e4068d7f9d90fe972df8bd7a21d54242b45925377d8807780c3afe9408f0b0eb2050707070707070707070707070707070707070707070707070707070707070707a1909f8d0c9b48c5bdb4f4c69bfd0ad81ed57ccbf41314d1d54a394ca6041e4068d7f9d90fe972df8bd7a21d54242b45925377d8807780c3afe9408f0b0eb20533112f0d4c5b6a7933112f0d4c5b6a7a00000000000000010000dd040003871821d8314107783e40cdc04c216196ad06bccfd6ea6cad72d75a83ff1afcf75eedae148b264d38050a5ca95cb6f51098253505aac1845703c8fee09cc79dbf127005d09bc90830373e0ff1ff366dd3cda7db23201b5bce5d57e66d7bfca3ebba302e0112004411500b30b8987d83dffa485e4cb8b013f827521a0df69e73214a33dde28d5c35e3d593b530be56000e9fb05c193aa26a28385a";

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
fn codec_2_keeps_its_bytes_and_its_dictionary() {
    let bytes = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let body: Body = minicbor::decode(&bytes(BODY_2)).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&codec::layout(&body)), LAYOUT_2);
    assert_eq!(Body::unpack(2, &bytes(PACKED_2)), Ok(body.clone()));
    assert_eq!(Body::unpack(2, &body.pack(Codec::Columns)), Ok(body));
    let named = include_str!("../../docs/PROTOCOL.md").contains(&codec::dictionary_hash());
    assert!(
        named,
        "another dictionary is another codec number; PROTOCOL names it: {}",
        codec::dictionary_hash()
    );
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
    assert!(
        Frame::open(&Frame::batch(1, &body, Codec::HIGHEST).encode()).is_err(),
        "its change is no automerge change"
    );
    body.runs[0].signature = Signature([0; 64]);
    assert!(body.verify().is_err());
    let bomb = zstd::bulk::compress(&vec![0u8; 64 * 1024 * 1024], 3).unwrap();
    assert!(Body::unpack(1, &bomb).is_err());
    assert!(Body::unpack(9, &bomb).is_err());
    let frame = Frame::Bye(Hangup::Stopping);
    assert!(matches!(Frame::open(&frame.encode()), Ok(Opened::Frame(_))));
}
