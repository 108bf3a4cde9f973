//! The town's machine is switched off in the middle of a transfer.

use std::collections::BTreeSet;

use sanji_node::command::Command;
use sanji_tests::processes::{COUNTY, Ground, Node, OTHER_VILLAGE, TOWN, VILLAGE, scope, wait_equal};

/// Cases in one attempt to catch the town half way.
const CASES: usize = 240;
/// Processes are scheduled as they are: an attempt can miss the moment.
const ATTEMPTS: usize = 6;
/// Makes an entry long enough that the cases need a few dozen batches.
const NOTE_CHARS: usize = 3_500;

/// Files cases with long notes on a few threads; their numbers.
fn file(village: &Node) -> Vec<String> {
    const THREADS: usize = 4;
    let note: String = ('一'..).take(NOTE_CHARS).collect();
    let work = || {
        let one = |_| {
            let number = village.file_case("测试人");
            village.act(&number, "note", &[("text", &note)]);
            number
        };
        (0..CASES / THREADS).map(one).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no case is refused")).collect()
    })
}

#[test]
fn a_town_killed_in_the_middle_of_a_transfer_loses_nothing() {
    let ground = Ground::new();
    let county = ground.county("county");
    let mut town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    let other = ground.join(&county, OTHER_VILLAGE, &town);
    for node in [&town, &village, &other] {
        node.wait_linked();
        node.wait_guides(1);
    }
    let cases = format!("cases/{VILLAGE}");
    let mut saved: BTreeSet<String> = BTreeSet::new();
    saved.insert(other.file_case("另一村的人"));

    let mut caught = false;
    for _ in 0..ATTEMPTS {
        village.ask(Command::SyncPause);
        let before = scope(
            &town.wait("cut off from the village", |status| {
                let children = status["children"].as_array().expect("a list");
                children.iter().any(|child| child["unit"] == VILLAGE && child["state"] == "down")
            }),
            &cases,
        )
        .0;
        saved.extend(file(&village));
        let all = scope(&village.status(), &cases).0;
        assert!(all > before + 2 * CASES as u64);
        village.ask(Command::SyncResume);
        let status = town.wait("receiving", |status| scope(status, &cases).0 > before);
        let received = scope(&status, &cases).0;
        town.kill();
        let killed = sanji_node::run::now().0;
        town = Node::start(&ground.data(TOWN));
        // What it said that it has, it has.
        assert!(scope(&town.status(), &cases).0 >= received);
        // The started town answers the villages' packets with resets, so they dial anew by themselves.
        for node in [&village, &other] {
            node.wait("linked anew", |status| {
                let parent = &status["parent"];
                parent["state"] == "up" && parent["since"].as_u64().is_some_and(|since| since > killed)
            });
        }
        eprintln!("linked anew {} ms after the kill", sanji_node::run::now().0 - killed);
        if received < all {
            caught = true;
            break;
        }
    }
    assert!(caught, "{ATTEMPTS} times the town had everything before it was killed");

    let shared = ["directory".to_owned(), format!("guides/{COUNTY}")];
    for (below, above, own) in [
        (&village, &town, VILLAGE),
        (&other, &town, OTHER_VILLAGE),
        (&town, &county, VILLAGE),
        (&town, &county, OTHER_VILLAGE),
    ] {
        let mut scopes: Vec<&str> = shared.iter().map(String::as_str).collect();
        let own = format!("cases/{own}");
        scopes.push(&own);
        wait_equal(below, above, &scopes);
    }
    let there: BTreeSet<String> = county.cases().into_iter().collect();
    assert_eq!(there, saved, "every case that was answered is at the county, and no other");
    assert_eq!(town.cases().len(), saved.len());
    assert_eq!(village.cases().len() + other.cases().len(), saved.len());
    for node in [&county, &town, &village, &other] {
        node.verify();
    }
    // Deliveries were told back: the village knows that the county has its cases.
    let listed = village.every_case();
    let delivered = serde_json::json!([VILLAGE, TOWN, COUNTY]);
    let rows = listed.as_array().expect("a list");
    assert!(
        rows.iter().all(|row| row["delivered_to"] == delivered),
        "{:?}",
        rows.iter().find(|row| row["delivered_to"] != delivered)
    );
}
