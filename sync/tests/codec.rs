//! The accident this prevents: a batch comes out of codec 2 as other bytes than went in, so that signatures fail
//! between honest nodes; or bytes of a hostile peer cost memory, time or a panic.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, ObjType, ROOT};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sanji_sync::batch::{BadBatch, Body, Codec, Item, Run};
use sanji_sync::limits::BATCH_RAW_BYTES_MAX;
use sanji_sync::log::{ChangeBytes, Signature, genesis};
use sanji_sync::{DocId, Epoch, Link, LogId, Scope, UnitCode, Writer};

fn writers() -> Vec<Writer> {
    (1..=3).map(|n| Writer::new(SigningKey::from_bytes(&[n; 32]), Epoch(u32::from(n)))).collect()
}

fn log(writer: &Writer) -> LogId {
    let unit = UnitCode::parse("640202001001").unwrap();
    LogId { scope: Scope::Cases(unit), node: writer.node(), epoch: writer.epoch }
}

/// One run a writer; the third does not start at its log's beginning.
fn body(items: Vec<Item>) -> Body {
    let run = |writer: &Writer| {
        let log = log(writer);
        let (first, prev) = if log.epoch.0 < 3 { (1, genesis(&log)) } else { (9, Link([9; 32])) };
        Run { log, first, prev, signature: Signature([log.epoch.0 as u8; 64]) }
    };
    Body { runs: writers().iter().map(run).collect(), items }
}

fn comes_back(body: &Body) {
    let packed = body.pack(Codec::Columns);
    assert_eq!(body.pack(Codec::Columns), packed, "the same bytes every time");
    assert_eq!(Body::unpack(2, &packed).as_ref(), Ok(body));
}

/// What a document is asked to do: which document, which writer, the key's number, the value's text, more.
type Edit = (u8, u8, u8, String, u8);

/// Changes of several documents by several writers: texts, maps, counters, bytes, deletions, splices, branches.
fn items(edits: &[Edit]) -> Vec<Item> {
    let writers = writers();
    let mut docs: Vec<AutoCommit> = (0..3).map(|_| AutoCommit::new()).collect();
    let mut items = Vec::new();
    for (doc_number, writer, key, text, kind) in edits {
        let (number, run) = (usize::from(*doc_number % 3), u32::from(*writer % 3));
        let doc = &mut docs[number];
        doc.set_actor(writers[run as usize].actor().as_slice().into());
        let key = format!("k{}", key % 5);
        match kind % 8 {
            0 => doc.put(ROOT, key, text.as_str()).unwrap(),
            1 => doc.put(ROOT, key, text.as_bytes().iter().map(|b| b ^ 0xff).collect::<Vec<u8>>()).unwrap(),
            2 => doc.put(ROOT, key, text.len() as i64 - 40).unwrap(),
            3 => {
                let list = doc.put_object(ROOT, key, ObjType::List).unwrap();
                doc.insert(&list, 0, text.as_str()).unwrap();
            }
            4 => {
                let inner = doc.put_object(ROOT, key, ObjType::Text).unwrap();
                doc.splice_text(&inner, 0, 0, text).unwrap();
            }
            5 => doc.delete(ROOT, key).unwrap(),
            6 => {
                // Another past for this document: its changes go on from a merge of two.
                let mut fork = doc.fork().with_actor(writers[2].actor().as_slice().into());
                if run != 2 && fork.put(ROOT, "fork", text.as_str()).is_ok() && fork.commit().is_some() {
                    let change = fork.get_last_local_change().unwrap().raw_bytes().to_vec();
                    items.push(Item { run: 2, doc: DocId([number as u8; 16]), change: change.into() });
                    doc.put(ROOT, key, items.len() as u64).unwrap();
                    if doc.commit().is_some()
                        && let Some(ours) = doc.get_last_local_change()
                    {
                        let change = ChangeBytes::from(ours.raw_bytes());
                        items.push(Item { run, doc: DocId([number as u8; 16]), change });
                    }
                    doc.merge(&mut fork).unwrap();
                }
                doc.put(ROOT, "after", text.as_str()).unwrap();
            }
            _ => doc.put(ROOT, key, text.repeat(3)).unwrap(),
        }
        let options = CommitOptions::default().with_time(i64::from(*kind) * 1_000_003 - 99);
        let options = if kind % 3 == 0 { options.with_message(text.clone()) } else { options };
        if doc.commit_with(options).is_some()
            && let Some(change) = doc.get_last_local_change()
        {
            let change = ChangeBytes::from(change.raw_bytes());
            items.push(Item { run, doc: DocId([number as u8; 16]), change });
        }
    }
    items
}

/// Texts with ids in either form, times, and bits of them.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[a-z{}\":,身份证-]{0,12}",
        Just("0195b8f2-7c1e-7d33-a111-2f0d4c5b6a79".to_owned()),
        Just("0195b8f27c1e7d33a1112f0d4c5b6a79".to_owned()),
        Just("0195B8F2-7c1e-7d33-a111-2f0d4c5b6a79".to_owned()),
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9]{11,15}",
        "0[0-9]{12}",
        "[0-9a-f]{32}",
    ];
    proptest::collection::vec(pieces, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_change_comes_back_as_it_was(
        edits in proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), text(), any::<u8>()), 0..24),
    ) {
        comes_back(&body(items(&edits)));
    }

    #[test]
    fn bytes_that_are_no_change_come_back_as_they_were(
        changes in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..8),
    ) {
        let item = |(run, bytes): (u8, Vec<u8>)| Item { run: run.into(), doc: DocId([run; 16]), change: bytes.into() };
        comes_back(&body(changes.into_iter().map(item).collect()));
    }

    #[test]
    fn bytes_of_any_kind_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Body::unpack(2, &bytes);
    }
}

fn some_edits() -> Vec<Edit> {
    (0..24)
        .map(|n| (n, n / 5, n, format!("0195b8f2-7c1e-7d33-a111-2f0d4c5b6a{n:02}, 17420000942{n:02}"), n))
        .collect()
}

#[test]
fn what_was_changed_on_the_way_is_refused_or_does_not_verify() {
    let writers = writers();
    let mut body = body(items(&some_edits()));
    for (run, writer) in body.runs.iter_mut().zip(&writers) {
        (run.first, run.prev) = (1, genesis(&log(writer)));
    }
    let heads = body.entries().unwrap();
    for (run, writer) in body.runs.iter_mut().zip(&writers) {
        let last = heads.iter().rfind(|entry| entry.log == run.log).unwrap();
        run.signature = writer.sign(&run.log, last.height, &last.link);
    }
    let packed = body.pack(Codec::Columns);
    assert!(Body::unpack(2, &packed).unwrap().verify().is_ok());
    for at in 0..packed.len() {
        let mut bad = packed.clone();
        bad[at] ^= 1 << (at % 8);
        let opened = Body::unpack(2, &bad).and_then(Body::verify);
        // A flipped bit that changes nothing of the body is none; it must not pass as another body.
        if let Ok(verified) = opened {
            let same =
                verified.entries.iter().zip(&body.items).all(|(entry, item)| entry.change == item.change);
            assert!(same && verified.runs == body.runs, "flipped at {at}");
        }
        assert!(Body::unpack(2, &packed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn what_inflates_beyond_the_limit_is_refused() {
    let frame = |bytes: &[u8]| {
        let mut packed = vec![0];
        packed.extend_from_slice(&zstd::bulk::compress(bytes, 3).unwrap()[4..]);
        packed
    };
    let bomb = frame(&vec![0; 64 * BATCH_RAW_BYTES_MAX]);
    assert_eq!(Body::unpack(2, &bomb), Err(BadBatch::Compression));
    // Many times the same long change: each costs some bytes more on the wire, all together more than a body may hold.
    let long = items(&[(0, 0, 0, "x".repeat(100_000), 0)]).remove(0);
    let many = body((0..20).map(|_| long.clone()).collect());
    assert!(Body::unpack(2, &many.pack(Codec::Columns)).is_err());
}

#[test]
fn a_change_costs_what_is_new_in_it() {
    let edits: Vec<Edit> = (0..200).map(|n| (0, 0, n, format!("同意{n}"), 0)).collect();
    let body = body(items(&edits));
    let raw: usize = body.items.iter().map(|item| item.change.len()).sum();
    let (packed, cbor) = (body.pack(Codec::Columns).len(), body.pack(Codec::Cbor).len());
    assert!(packed * 8 < raw && packed * 4 < cbor, "{packed} against {cbor} with codec 1 and {raw} raw");
}
