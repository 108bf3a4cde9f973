//! sled's files deleted, truncated and damaged while the node is stopped.
//!
//! The accident it prevents: a village computer loses its derived store, and the node does not come up, or comes up
//! with less than it had, or without saying what happened.

use std::fs;
use std::path::Path;

use sanji_tests::processes::{Ground, Node};

/// The node comes up with everything; what its log said meanwhile.
fn come_up(data: &Path, cases: &[String]) -> String {
    let before = fs::read_to_string(sanji_tests::processes::log_of(data)).unwrap_or_default().len();
    let node = Node::start(data);
    let status = node.wait("up to date", |status| status["behind"] == 0);
    assert_eq!((&status["cases"], &status["guides"]), (&cases.len().into(), &1.into()));
    assert_eq!(node.cases(), cases);
    node.verify();
    // It goes on as before: the next number is a new one.
    let said = node.log()[before..].to_owned();
    assert!(node.stop().success());
    said
}

fn rebuilt(log: &str) -> bool {
    log.contains("the derived store was rebuilt from the journal because")
}

#[test]
fn whatever_happens_to_the_derived_store_the_node_comes_up_with_everything_and_says_so() {
    let ground = Ground::new();
    let node = ground.county("county");
    let data = node.data.clone();
    let mut cases: Vec<String> = (0..40).map(|n| node.file_case(&format!("测试 {n}"))).collect();
    cases.sort();
    assert!(node.stop().success());
    assert!(!rebuilt(&come_up(&data, &cases)), "nothing happened");
    let db = data.join("sled/db");

    fs::remove_dir_all(data.join("sled")).unwrap();
    let log = come_up(&data, &cases);
    assert!(rebuilt(&log) && log.contains("it was missing"), "deleted: {log}");

    fs::File::options().write(true).open(&db).unwrap().set_len(0).unwrap();
    let log = come_up(&data, &cases);
    assert!(rebuilt(&log), "emptied: {log}");

    // sled makes its file longer than it needs, so a cut far behind may take nothing away.
    let len = fs::metadata(&db).unwrap().len();
    for (keep, takes_something) in [(len / 2, false), (20_000, true), (100, true)] {
        fs::File::options().write(true).open(&db).unwrap().set_len(keep).unwrap();
        let log = come_up(&data, &cases);
        eprintln!("CUT {keep} of {len}: {}", rebuilt(&log));
        assert!(rebuilt(&log) || !takes_something, "cut to {keep} bytes: {log}");
    }

    let mut bytes = fs::read(&db).unwrap();
    let len = bytes.len();
    bytes[len / 8..len / 4].iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&db, bytes).unwrap();
    let log = come_up(&data, &cases);
    assert!(rebuilt(&log), "damaged: {log}");

    for entry in fs::read_dir(data.join("sled")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("snap.") {
            fs::write(&path, b"not a snapshot").unwrap();
        }
    }
    come_up(&data, &cases);

    fs::write(data.join("sled/conf"), b"garbage").unwrap();
    come_up(&data, &cases);

    // Killed, not stopped, and then deleted.
    let node = Node::start(&data);
    cases.push(node.file_case("最后一人"));
    cases.sort();
    node.kill();
    fs::remove_dir_all(data.join("sled")).unwrap();
    assert!(rebuilt(&come_up(&data, &cases)));
}
