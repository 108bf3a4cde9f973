//! A bad sector in the middle of a village's journal, as an operator reads of it at the command line.
//!
//! The accident this prevents: `sanji verify` says that all is good although something was lost, or goes on saying that
//! something is bad although nothing is left to do.

use std::fs;
use std::path::Path;

use sanji_node::command::Command;
use sanji_node::store::files::RealFiles;
use sanji_node::store::journal::{Journal, Options, Record};
use sanji_node::store::record::TurnRecord;
use sanji_sync::Scope;
use sanji_tests::processes::{Ground, Node, TOWN, VILLAGE, done, sanji};

#[test]
fn damage_is_bad_until_the_node_above_was_heard_and_settled_afterwards() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let reached = village.file_case("已到镇级");
    town.wait("holding the case", |status| status["cases"] == 1);
    village.ask(Command::SyncPause);
    village.file_case("只在坏处");
    let kept = village.file_case("坏处之后");
    let data = village.data.clone();
    assert!(village.stop().success());
    spoil(&data, 3);

    let village = Node::start(&data);
    let bad = sanji(&data, &["verify"]);
    assert_eq!(bad.code, Some(1), "{bad:?}");
    assert!(bad.json["bad"].to_string().contains("the journal is damaged at"), "{bad:?}");
    assert_eq!(bad.json["settled"], serde_json::json!([]));

    done(&data, &["sync", "resume"]);
    village.wait("mended", |status| {
        let incidents = status["incidents"].as_array().expect("a list");
        incidents.iter().any(|incident| incident["kind"] == "mended")
    });
    town.wait("holding what was kept", |status| status["cases"] == 2);
    let settled = done(&data, &["verify"]);
    assert_eq!(settled["bad"], serde_json::json!([]));
    assert!(settled["settled"].to_string().contains("the journal is damaged at"), "{settled}");
    for node in [&village, &town] {
        assert_eq!(node.cases(), [reached.clone(), kept.clone()]);
    }
}

/// Changes a byte of the record with this entry of the village's own cases. Other records come in between: what the line
/// did, what was delivered.
fn spoil(data: &Path, height: u64) {
    let journal = data.join("journal");
    let (records, _) =
        Journal::open(Box::new(RealFiles::open(&journal).unwrap()), Options::default()).unwrap();
    let holds_it = |record: &Record| {
        let entries = TurnRecord::decode(&record.payload).unwrap().entries().unwrap();
        entries.iter().any(|e| matches!(e.log.scope, Scope::Cases(_)) && e.height == height)
    };
    let at =
        records.scan(records.start()).map(Result::unwrap).find(|(_, record)| holds_it(record)).unwrap().0;
    drop(records);
    let segment = journal.join(format!("journal-{:08}.sjl", at.segment));
    let mut bytes = fs::read(&segment).unwrap();
    bytes[usize::try_from(at.offset).unwrap() + 40] ^= 1;
    fs::write(&segment, bytes).unwrap();
}
