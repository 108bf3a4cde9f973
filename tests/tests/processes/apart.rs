//! No byte of another village's case reaches a village's disk.
//!
//! The journal is compressed and documents are binary, so every entry and every document is decoded; the raw files are
//! searched as well. The village's own marker must be found in the same way, or the search would prove nothing.

use std::path::Path;

use automerge::{AutoCommit, AutoSerde};
use sanji_node::command::Command;
use sanji_node::store::files::RealFiles;
use sanji_node::store::journal::{Journal, Options};
use sanji_node::store::keys;
use sanji_node::store::kv::{Kv as _, Order, SledKv, Span, chunks};
use sanji_node::store::record::TurnRecord;
use sanji_sync::{DocId, Scope};
use sanji_tests::processes::{COUNTY, Ground, Node, OTHER_VILLAGE, TOWN, VILLAGE, log_of, wait_equal};

const OWN: &str = "Marker-East-Qx7";
const OTHER: &str = "Marker-West-Zk9";

/// Cases with the marker everywhere that a person writes.
fn file(village: &Node, marker: &str) -> String {
    let mut last = String::new();
    for n in 0..5 {
        last = village.file_case(&format!("{marker} {n}"));
        village.act(&last, "note", &[("text", marker), ("applicant.address", marker)]);
    }
    last
}

#[test]
fn a_village_holds_no_byte_of_another_villages_cases() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    let other = ground.join(&county, OTHER_VILLAGE, &town);
    village.wait_guides(1);
    other.wait_guides(1);
    file(&village, OWN);
    let answered = file(&other, OTHER);
    for unit in [VILLAGE, OTHER_VILLAGE] {
        wait_equal(&town, &county, &[&format!("cases/{unit}")]);
    }
    // Answers come down the same lines, and a restart sends the vectors of everything again.
    county.act(&answered, "withdraw", &[("reason", OTHER)]);
    assert!(village.stop().success());
    let village = Node::start(&ground.data(VILLAGE));
    village.wait_linked();
    wait_equal(&other, &town, &[&format!("cases/{OTHER_VILLAGE}")]);
    wait_equal(&village, &town, &["directory", &format!("guides/{COUNTY}"), &format!("cases/{VILLAGE}")]);
    assert_eq!((village.cases().len(), other.cases().len(), county.cases().len()), (5, 5, 10));
    let refused = village.try_ask(&Command::CaseShow { number: answered }).unwrap_err();
    assert_eq!(refused["code"], "CASE_NOT_FOUND");
    assert!(village.stop().success());
    assert!(town.stop().success());

    let data = ground.data(VILLAGE);
    let scopes = in_journal(&data);
    let held = [Scope::Directory, Scope::Guides(unit(COUNTY)), Scope::Cases(unit(VILLAGE))];
    assert_eq!(scopes, held.into(), "exactly the scopes that the tree gives it and that were written");
    in_documents(&data);
    let mut files = 0;
    raw(&data, &mut files);
    assert!(files > 5, "{files} files were searched");
    // Names of people never reach a log, their own village's no more than another's.
    for data in [data, ground.data(TOWN)] {
        let log = std::fs::read_to_string(log_of(&data)).unwrap();
        assert!(!log.is_empty() && !log.contains(OWN) && !log.contains(OTHER));
    }
}

/// Decodes every record; the scopes found.
fn in_journal(data: &Path) -> std::collections::BTreeSet<Scope> {
    let files = RealFiles::open(data.join("journal")).unwrap();
    let (journal, _) = Journal::open(Box::new(files), Options::default()).unwrap();
    let mut scopes = std::collections::BTreeSet::new();
    let (mut entries, mut own) = (0, 0);
    for item in journal.scan(journal.start()) {
        let (_, record) = item.unwrap();
        let turn = TurnRecord::decode(&record.payload).unwrap();
        assert!(turn.facts.iter().all(|fact| !holds(fact.value.as_deref().unwrap_or_default(), OTHER)));
        for entry in turn.entries().unwrap() {
            entries += 1;
            scopes.insert(entry.log.scope);
            assert!(!holds(&entry.change, OTHER), "{:?} {}", entry.log, entry.height);
            own += u64::from(holds(&entry.change, OWN));
        }
    }
    assert!(entries > 15 && own >= 5, "{entries} entries, {own} with the own marker");
    scopes
}

/// Loads every document and searches what it says, and what it ever said.
fn in_documents(data: &Path) {
    let kv = SledKv::open(data.join("sled"), 8 << 20).unwrap();
    let metas = kv.pairs(&Span::prefix([keys::META]), Order::Forwards, usize::MAX).unwrap();
    let mut own = 0;
    for (key, _) in &metas {
        let doc = DocId(key[1..].try_into().unwrap());
        let bytes = chunks::get(&kv, &keys::document(&doc)).unwrap().unwrap();
        let mut document = AutoCommit::load(&bytes).unwrap();
        let said = serde_json::to_string(&AutoSerde::from(&document)).unwrap();
        let ever: Vec<Vec<u8>> =
            document.get_changes(&[]).into_iter().map(|c| c.raw_bytes().to_vec()).collect();
        assert!(!said.contains(OTHER) && !ever.iter().any(|change| holds(change, OTHER)), "{doc}");
        own += u64::from(said.contains(OWN));
    }
    assert_eq!((metas.len(), own), (7, 5), "a directory, a guide, five cases");
    // Rows, indexes and whatever else is kept beside the documents.
    let all = kv.pairs(&Span::all(), Order::Forwards, usize::MAX).unwrap();
    assert!(all.iter().all(|(key, value)| !holds(key, OTHER) && !holds(value, OTHER)));
}

/// Searches every file below a folder as it lies on the disk.
fn raw(folder: &Path, files: &mut usize) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            raw(&path, files);
        } else {
            *files += 1;
            assert!(!holds(&std::fs::read(&path).unwrap(), OTHER), "{}", path.display());
        }
    }
}

fn holds(bytes: &[u8], marker: &str) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

fn unit(code: &str) -> sanji_sync::UnitCode {
    code.parse().unwrap()
}
