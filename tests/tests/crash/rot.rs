//! The accident this prevents: a sector goes bad in the middle of the journal, and what a village filed behind it stays in
//! its lists, is answered as saved when it is acted upon, and never reaches anybody.

use std::collections::BTreeSet;

use sanji_node::command::Command;
use sanji_node::store::kv::{Kv, KvBroken, MemoryKv};
use sanji_node::store::record::Fact;
use sanji_node::store::{Old, Options, Rebuilt, Report, Store};
use sanji_sync::{Entry, Epoch, Scope};
use sanji_tests::disk::SimDisk;
use sanji_tests::lone::{Founder, GUIDE, Lone, NOW, TOWN, VILLAGE, unit};
use serde_json::{Value, json};

/// A county with a guide, and a village that took it from a stick.
fn pair() -> (Lone, Lone) {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    (county, village)
}

fn numbers(node: &mut Lone) -> BTreeSet<String> {
    let listed = node.every_case();
    let rows = listed.as_array().expect("a list");
    let numbers: Vec<String> =
        rows.iter().filter_map(|row| row["number"].as_str()).map(str::to_owned).collect();
    let set: BTreeSet<String> = numbers.iter().cloned().collect();
    assert_eq!(set.len(), numbers.len(), "a case is there once: {numbers:?}");
    set
}

fn set(numbers: &[&String]) -> BTreeSet<String> {
    numbers.iter().map(|number| (*number).clone()).collect()
}

fn note(node: &mut Lone, number: &str, text: &str) {
    let fields = [("text".to_owned(), text.to_owned())].into();
    let number = number.to_owned();
    node.ask(Command::CaseAct { number, action: "note".into(), fields, user: None });
}

fn notes(node: &mut Lone, number: &str) -> Vec<String> {
    let case = node.ask(Command::CaseShow { number: number.to_owned() });
    let events = case["events"].as_array().cloned().unwrap_or_default();
    let text = |event: Value| event["fields"]["text"].as_str().map(str::to_owned);
    events.into_iter().filter_map(text).collect()
}

fn kinds(node: &mut Lone) -> Vec<String> {
    let status = node.ask(Command::Status);
    let incidents = status["incidents"].as_array().cloned().unwrap_or_default();
    incidents.iter().filter_map(|i| i["kind"].as_str()).map(str::to_owned).collect()
}

/// Whether damaged places are bad, and whether some are accounted for.
fn damage(node: &mut Lone) -> [bool; 2] {
    let verified = node.ask(Command::Verify);
    ["bad", "settled"].map(|key| {
        let mut said = verified[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        said.any(|why| why.starts_with("the journal is damaged at"))
    })
}

/// What is bad besides the damage itself.
fn bad(node: &mut Lone) -> Vec<String> {
    let bad = node.ask(Command::Verify)["bad"].as_array().cloned().unwrap_or_default();
    let words = bad.into_iter().filter_map(|why| why.as_str().map(str::to_owned));
    words.filter(|why| !why.starts_with("the journal is damaged at")).collect()
}

/// The village's own entry at `height` among its cases.
fn own(height: u64) -> impl Fn(&Entry) -> bool {
    of_epoch(1, height)
}

fn of_epoch(epoch: u32, height: u64) -> impl Fn(&Entry) -> bool {
    move |e| e.log.scope == Scope::Cases(unit(VILLAGE)) && e.log.epoch == Epoch(epoch) && e.height == height
}

#[test]
fn what_nobody_else_has_is_written_anew_once_the_county_was_heard() {
    for loses_derived in [false, true] {
        let (mut county, mut village) = pair();
        let [a, b, c, d] = ["甲", "乙", "丙", "丁"].map(|name| village.file_case(name));
        note(&mut village, &b, "材料不全");
        assert_eq!(village.rot(own(1)), 1);
        if loses_derived {
            village.lose_derived();
        }
        village.restart();
        assert!(numbers(&mut village).is_empty(), "what lies behind damage is not shown");
        let refused = village.refused(Command::CaseShow { number: b.clone() });
        assert_eq!(refused, "CASE_NOT_FOUND", "and nothing can be done to it");
        assert_eq!((kinds(&mut village), damage(&mut village)), (vec!["damaged".to_owned()], [true, false]));
        let e = village.file_case("戊");
        village.restart();
        let status = village.ask(Command::Status);
        assert_eq!((&status["epoch"], &status["incidents"][0]["entries"]), (&json!(2), &json!(4)));
        assert!(status["attention"].to_string().contains("behind damage"), "{status}");

        county.carry(&mut village);
        assert_eq!(kinds(&mut village), ["damaged", "mended"]);
        assert_eq!(damage(&mut village), [false, true], "what can come back is back");
        assert_eq!(numbers(&mut village), set(&[&b, &c, &d, &e]));
        village.carry(&mut county);
        assert_eq!(
            numbers(&mut county),
            set(&[&b, &c, &d, &e]),
            "without {a}, which only the bad sector had"
        );
        assert_eq!(notes(&mut county, &b), ["材料不全"]);
        village.restart();
        assert_eq!(kinds(&mut village), ["damaged", "mended"], "an operator sees it until it was seen");
        assert_eq!(damage(&mut village), [false, true], "and that is known for good");
        assert_eq!(village.ask(Command::Status)["attention"], json!([]));
        village.verify();
        assert_eq!((bad(&mut village), bad(&mut county)), (vec![], vec![]));
    }
}

#[test]
fn what_others_have_comes_back_as_it_was_and_is_not_said_twice() {
    let (mut county, mut village) = pair();
    let [a, b] = ["甲", "乙"].map(|name| village.file_case(name));
    note(&mut village, &b, "待补材料");
    village.carry(&mut county);
    let c = village.file_case("丙");
    note(&mut village, &b, "已补材料");
    village.rot(own(1));
    village.restart();
    // A file with what the village is thought to lack does not bring what it lost: it waits.
    let lacks = county.export(VILLAGE, false).expect("it is written");
    village.import(&lacks).expect("it is read");
    assert_eq!((kinds(&mut village), damage(&mut village)), (vec!["damaged".to_owned()], [true, false]));
    county.carry(&mut village);
    assert_eq!(
        (kinds(&mut village), damage(&mut village)),
        (vec!["damaged".into(), "mended".into()], [false, true])
    );
    village.carry(&mut county);
    for node in [&mut village, &mut county] {
        assert_eq!(numbers(node), set(&[&a, &b, &c]));
        let said: BTreeSet<String> = notes(node, &b).into_iter().collect();
        assert_eq!(said, BTreeSet::from(["待补材料".to_owned(), "已补材料".to_owned()]));
        assert_eq!(bad(node), Vec::<String>::new());
    }
}

#[test]
fn damage_under_what_others_wrote_is_filled_by_them() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    county.carry(&mut town);
    let a = village.file_case("甲");
    village.carry(&mut town);
    let b = village.file_case("乙");
    village.carry(&mut town);
    let own_case = town.file_case("丙");
    assert_eq!(town.rot(own(1)), 1);
    town.restart();
    assert_eq!(numbers(&mut town), set(&[&own_case]), "behind the damage nothing counts");
    assert!(town.ask(Command::Status)["attention"].to_string().contains("behind damage"));
    county.carry(&mut town);
    assert_eq!(damage(&mut town), [true, false], "the county has nothing of it, and the village is known to");
    village.carry(&mut town);
    assert_eq!(damage(&mut town), [false, true]);
    assert_eq!(numbers(&mut town), set(&[&a, &b, &own_case]));
    assert!(!town.ask(Command::Status)["attention"].to_string().contains("behind damage"));
    assert_eq!(bad(&mut town), Vec::<String>::new());
    assert_eq!(town.identity.unit(), unit(TOWN));
}

/// The record that wrote a fact last may be the damaged one: an invitation that was used up must not be there again.
#[test]
fn facts_of_a_damaged_record_are_rescued_from_the_old_store() {
    let (disk, kv) = (SimDisk::new(), MemoryKv::new());
    let fact =
        |name: &str, value: Option<&[u8]>| Fact { name: name.into(), value: value.map(<[u8]>::to_vec) };
    let (mut store, _) = open(&disk, &kv);
    store.commit(Vec::new(), vec![fact("invitation", Some(b"open")), fact("epoch", Some(b"1"))]).unwrap();
    let at = store.journal().end();
    store.commit(Vec::new(), vec![fact("invitation", None), fact("epoch", Some(b"2"))]).unwrap();
    store.commit(Vec::new(), vec![fact("paused", Some(b""))]).unwrap();
    store.close().unwrap();
    drop(store);
    disk.tamper("journal-00000001.sjl", |bytes| bytes[at.offset as usize + 34] ^= 1);
    let (store, report) = open(&disk, &kv);
    assert_eq!(report.rebuilt, Some(Rebuilt::Damaged));
    assert_eq!((store.fact("invitation"), store.fact("epoch")), (None, Some(b"2".as_slice())));
    assert!(store.fact("paused").is_some() && !store.damage_answered().is_empty());
}

/// What stands on a change that is not here is not written yet, and is not forgotten.
#[test]
fn an_aside_stays_until_everything_in_it_is_written_anew() {
    let (mut county, mut village) = pair();
    let a = village.file_case("甲");
    note(&mut village, &a, "待补材料");
    village.carry(&mut county);
    village.machine.renew_epoch(NOW).expect("the disk works");
    village.file_case("乙");
    note(&mut village, &a, "已补材料");
    // The note that the county has, and in the new epoch the case before the note that stands on it.
    assert_eq!(village.rot(|e| own(2)(e) || of_epoch(2, 1)(e)), 2);
    village.restart();
    let lacks = county.export(VILLAGE, false).expect("it is written");
    village.import(&lacks).expect("it is read");
    for _ in 0..2 {
        assert_eq!(kinds(&mut village), ["damaged", "mended"]);
        assert_eq!(notes(&mut village, &a), Vec::<String>::new());
        assert_eq!(village.machine.store().asides().len(), 1, "it is not written, so it stays");
        village.restart();
    }
    county.carry(&mut village);
    assert_eq!(notes(&mut village, &a), ["待补材料", "已补材料"]);
    assert_eq!(village.machine.store().asides(), [], "now it is");
    village.carry(&mut county);
    assert_eq!(notes(&mut county, &a), ["待补材料", "已补材料"]);
}

fn open(disk: &SimDisk, kv: &MemoryKv) -> (Store, Report) {
    let mut open_kv = |old: Old| -> Result<Box<dyn Kv>, KvBroken> {
        Ok(Box::new(if old == Old::Open { kv.clone() } else { MemoryKv::new() }))
    };
    Store::open(disk.files(), &mut open_kv, &Options::default(), &mut |_| {}).unwrap()
}
