//! The accident this prevents: a county's real documents change on the way because the codec was tested on invented
//! ones only. Cases and guides written by the model, in batches as sessions cut them.

use automerge::AutoCommit;
use sanji_model::guide::import::import_jsonl;
use sanji_sync::batch::{Body, Codec, Item, Run};
use sanji_sync::log::{Signature, Writer, genesis};
use sanji_sync::stream::link_before;
use sanji_sync::{DocId, Entry, Epoch, LogId, Scope, UnitCode};
use sanji_tests::made::{Made, Plan};

const PLAN: Plan =
    Plan { seed: 5, county: "990101", villages: 3, cases: 40, events: (2, 12), days: 4, news: 5, texts: 0 };

#[test]
fn cases_come_back_as_they_were_and_verify() {
    let made = Made::of(&PLAN);
    for entries in [1, 7, 100, 1_000].iter().flat_map(|many| made.entries.chunks(*many)) {
        let before = |first: &Entry| link_before(&made, &first.log, first.height).unwrap();
        let body = Body::group(entries, before).unwrap();
        let packed = body.pack(Codec::Columns);
        assert_eq!(Body::unpack(2, &packed).as_ref(), Ok(&body));
        let raw: usize = entries.iter().map(|entry| entry.change.len()).sum();
        assert!(packed.len() < raw + 400, "{} entries: {} bytes from {raw}", entries.len(), packed.len());
        if entries.len() >= 100 {
            assert!(packed.len() * 4 < raw, "{} entries: {} bytes from {raw}", entries.len(), packed.len());
            let verified = body.verify().unwrap().entries;
            // Of a run only the last entry keeps its signature.
            let key = |entry: &Entry| (entry.log, entry.height, entry.doc, entry.link);
            assert!(verified.iter().map(key).eq(entries.iter().map(key)));
        }
    }
}

#[test]
fn guides_come_back_as_they_were() {
    let writer = Writer::new(ed25519_dalek::SigningKey::from_bytes(&[1; 32]), Epoch(1));
    let scope = Scope::Drafts(UnitCode::parse("990101").unwrap());
    let log = LogId { scope, node: writer.node(), epoch: Epoch(1) };
    let mut doc = AutoCommit::new().with_actor(writer.actor().as_slice().into());
    let mut items = Vec::new();
    for name in ["模拟事项", "林木采伐许可", "0195b8f2-7c1e-7d33-a111-2f0d4c5b6a79"] {
        let text = include_str!("../src/sim/guide.jsonl").replace("模拟事项", name);
        import_jsonl(&text, "guide.jsonl").unwrap().remove(0).guide.write(&mut doc).unwrap();
        doc.commit();
        let change = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        items.push(Item { run: 0, doc: DocId([3; 16]), change: change.into() });
    }
    let run = Run { log, first: 1, prev: genesis(&log), signature: Signature([0; 64]) };
    let body = Body { runs: vec![run], items };
    assert_eq!(Body::unpack(2, &body.pack(Codec::Columns)), Ok(body));
}
