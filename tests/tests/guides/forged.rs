//! Publications that are none: written by a village, or into a version that the county published.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT};
use sanji_model::guide::import::import_jsonl;
use sanji_model::guide::{Published, PublishedMeta};
use sanji_node::command::Command;
use sanji_node::machine::{Input, Output};
use sanji_node::store::keys;
use sanji_node::store::kv::chunks;
use sanji_sync::batch::{Body, Codec};
use sanji_sync::log::{ChangeBytes, genesis, next_link};
use sanji_sync::{ConnId, DocId, Entry, Epoch, Frame, LogId, Scope, Writer};
use sanji_tests::lone::{COUNTY, Founder, GUIDE, Lone, NOW, VILLAGE, unit};
use serde_json::json;

use super::show;

const CONN: ConnId = ConnId(1);

/// A change of a document reaches `lone`, signed by the node of `code` as the next entry of its log of `scope`.
fn send(
    lone: &mut Lone,
    founder: &Founder,
    code: &str,
    scope: Scope,
    doc: DocId,
    change: Vec<u8>,
) -> Vec<Output> {
    let key = founder.key(code);
    let writer = Writer::new(key.signing().clone(), Epoch(1));
    let log = LogId { scope, node: key.node(), epoch: Epoch(1) };
    let (height, prev) = match lone.machine.hub().heads().head(&log) {
        Some(head) => (head.height + 1, head.link),
        None => (1, genesis(&log)),
    };
    let link = next_link(&prev, &doc, &change);
    let signature = Some(writer.sign(&log, height, &link));
    let entry = Entry { log, height, doc, change: ChangeBytes::from(change), link, signature };
    let body = Body::group(&[entry], |_| prev).unwrap();
    let frame = Frame::open(&Frame::batch(1, &body, Codec::HIGHEST).encode()).unwrap();
    let up = Input::LinkUp { conn: CONN, node: key.node(), unit: unit(code) };
    let outputs = lone.machine.turn(NOW, vec![up, Input::Frame { conn: CONN, frame }]).unwrap();
    while lone.machine.follow(NOW).unwrap().0 {}
    outputs
}

fn document(founder: &Founder, code: &str) -> AutoCommit {
    let writer = Writer::new(founder.key(code).signing().clone(), Epoch(1));
    AutoCommit::new().with_actor(ActorId::from(writer.actor().as_slice()))
}

/// A version as only the county may publish one.
fn publication(founder: &Founder, guide: DocId, version: u32) -> Vec<u8> {
    let text = include_str!("../../src/sim/guide.jsonl");
    let guide_text = import_jsonl(text, "guide.jsonl").unwrap().remove(0).guide;
    let effective_on = "2026-01-01".parse().unwrap();
    let meta = PublishedMeta {
        guide,
        version,
        published_at: NOW,
        published_by: unit(COUNTY),
        effective_on,
        cancels_on: None,
    };
    let mut doc = document(founder, VILLAGE);
    Published { meta, guide: guide_text }.write(&mut doc).unwrap();
    doc.commit();
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn guide_of(lone: &mut Lone) -> DocId {
    lone.ask(show())["id"].as_str().unwrap().parse().unwrap()
}

fn doctors(lone: &mut Lone) -> Vec<String> {
    let lines = lone.ask(Command::Doctor);
    let acts = lines.as_array().unwrap().iter().filter(|line| line["check"] == "guides");
    acts.map(|line| line["en"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_village_that_publishes_for_the_county_is_refused_by_its_town_and_recorded() {
    let founder = Founder::new();
    let (mut county, mut town) = (founder.county(), founder.town());
    county.publish(GUIDE);
    county.carry(&mut town);
    let guide = guide_of(&mut town);
    let forged = publication(&founder, guide, 2);
    let scope = Scope::Guides(unit(COUNTY));
    send(&mut town, &founder, VILLAGE, scope, DocId([7; 16]), forged);
    let shown = town.ask(show());
    assert_eq!((&shown["version"], &shown["versions"]), (&json!(1), &json!([1])));
    let status = town.ask(Command::Status);
    let incidents = status["incidents"].as_array().unwrap();
    let recorded = incidents.iter().find(|incident| incident["kind"] == "no_authority").unwrap();
    assert!(recorded["log"].as_str().unwrap().contains(COUNTY), "{recorded}");
    town.verify();
}

#[test]
fn what_a_town_or_village_publishes_in_its_own_name_does_not_count_and_is_told() {
    let founder = Founder::new();
    let (mut county, mut town) = (founder.county(), founder.town());
    county.publish(GUIDE);
    county.carry(&mut town);
    let guide = guide_of(&mut town);
    // It may write there, so the entry is kept; but it is no approver of the county.
    let forged = publication(&founder, guide, 9);
    send(&mut town, &founder, VILLAGE, Scope::Guides(unit(VILLAGE)), DocId([7; 16]), forged);
    assert_eq!(town.ask(show())["versions"], json!([1]));
    town.carry(&mut county);
    for lone in [&mut town, &mut county] {
        assert_eq!(lone.ask(show())["versions"], json!([1]));
        let told = doctors(lone);
        assert!(told.len() == 1 && told[0].starts_with(VILLAGE), "{told:?}");
        assert_eq!(lone.ask(Command::Status)["guides"], 1);
        lone.verify();
    }
}

#[test]
fn a_published_version_stays_as_it_was_published_whoever_writes_into_it() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    let before = village.ask(show());
    let doc: DocId = before["document"].as_str().unwrap().parse().unwrap();
    // Somebody has the county's key and changes a version that is in force.
    let bytes = chunks::get(village.machine.store().kv(), &keys::document(&doc)).unwrap().unwrap();
    let mut forged = AutoCommit::load(&bytes).unwrap();
    forged.set_actor(document(&founder, COUNTY).get_actor().clone());
    forged.put(ROOT, "fees", r#"[{"name":"手续费","standard":"100元","basis":"x"}]"#).unwrap();
    forged.commit();
    let change = forged.get_last_local_change().unwrap().raw_bytes().to_vec();
    send(&mut village, &founder, COUNTY, Scope::Guides(unit(COUNTY)), doc, change);

    let mut after = village.ask(show());
    assert_eq!(after, before);
    assert_eq!(after["guide"]["要素"]["fees"].take(), "无");
    let told = doctors(&mut village);
    assert!(told.len() == 1 && told[0].starts_with("1 changes came to document"), "{told:?}");
    village.verify();
    // Everybody it comes to says the same.
    let mut town = founder.town();
    village.carry(&mut town);
    assert_eq!(town.ask(show()), before);
    assert_eq!(doctors(&mut town).len(), 1);
}
