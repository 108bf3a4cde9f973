//! sled's files deleted, truncated and damaged while the node is stopped.
//!
//! The accident it prevents: a village computer loses its derived store, and the node does not come up, or comes up
//! with less than it had, or without saying what happened.

use std::fs;
use std::path::Path;

use sanji_tests::processes::{Ground, Node, log_of};

/// What is done to sled's files, and whether the node must say that it rebuilt. Where sled itself goes back to an older
/// whole state the node only catches up, as after any crash.
struct Damage {
    what: &'static str,
    says: bool,
    done: fn(&Path),
}

const DAMAGES: [Damage; 9] = [
    Damage { what: "nothing", says: false, done: |_| {} },
    Damage { what: "snapshots damaged", says: false, done: snapshots },
    Damage { what: "all deleted", says: true, done: |sled| fs::remove_dir_all(sled).unwrap() },
    Damage { what: "the data emptied", says: true, done: |sled| cut(sled, |_| 0) },
    Damage { what: "cut inside the first page", says: true, done: |sled| cut(sled, |_| 100) },
    Damage { what: "cut to a sixth", says: false, done: |sled| cut(sled, |len| len / 6) },
    Damage { what: "cut in half", says: false, done: |sled| cut(sled, |len| len / 2) },
    Damage { what: "an eighth damaged", says: false, done: |sled| damage(sled, |len| len / 8..len / 4) },
    Damage { what: "all of it damaged", says: true, done: |sled| damage(sled, |len| 0..len) },
];

fn cut(sled: &Path, to: fn(u64) -> u64) {
    let db = fs::File::options().write(true).open(sled.join("db")).unwrap();
    db.set_len(to(db.metadata().unwrap().len())).unwrap();
}

fn damage(sled: &Path, place: fn(usize) -> std::ops::Range<usize>) {
    let mut bytes = fs::read(sled.join("db")).unwrap();
    let place = place(bytes.len());
    bytes[place].iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(sled.join("db"), bytes).unwrap();
}

fn snapshots(sled: &Path) {
    let files = fs::read_dir(sled).unwrap().map(|entry| entry.unwrap().path());
    let snapshots: Vec<_> = files.filter(|path| path.to_string_lossy().contains("/snap.")).collect();
    assert!(!snapshots.is_empty(), "sled left no snapshot to damage");
    snapshots.iter().for_each(|path| fs::write(path, b"not a snapshot").unwrap());
}

/// Starts the node, which must have everything and be able to go on; whether it said that it rebuilt.
fn comes_up(data: &Path, cases: &mut Vec<String>) -> bool {
    let before = fs::read_to_string(log_of(data)).unwrap_or_default().len();
    let node = Node::start(data);
    let status = node.wait("up to date", |status| status["behind"] == 0);
    assert_eq!((&status["cases"], &status["guides"]), (&cases.len().into(), &1.into()));
    assert_eq!(node.cases(), *cases);
    node.verify();
    let number = node.file_case("又一人");
    assert!(!cases.contains(&number), "{number} was given twice");
    cases.push(number);
    cases.sort();
    let log = node.log()[before..].to_owned();
    assert!(node.stop().success());
    log.contains("the derived store was rebuilt from the journal because")
}

#[test]
fn whatever_happens_to_the_derived_store_the_node_comes_up_with_everything() {
    let ground = Ground::new();
    let node = ground.county("county");
    let data = node.data.clone();
    let mut cases: Vec<String> = (0..40).map(|n| node.file_case(&format!("测试 {n}"))).collect();
    cases.sort();
    assert!(node.stop().success());
    for Damage { what, says, done } in DAMAGES {
        done(&data.join("sled"));
        let said = comes_up(&data, &mut cases);
        assert!(said || !says, "{what}: it did not say that it rebuilt");
        assert!(!said || what != "nothing", "it rebuilt without a reason");
    }

    // Killed, not stopped, and then deleted.
    let node = Node::start(&data);
    cases.push(node.file_case("最后一人"));
    cases.sort();
    node.kill();
    fs::remove_dir_all(data.join("sled")).unwrap();
    assert!(comes_up(&data, &mut cases));
}
