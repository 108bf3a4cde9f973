//! Stopping and starting: signals end a node cleanly, and what was set by hand is still set afterwards.

use rustix::process::Signal;
use sanji_node::command::Command;
use sanji_tests::processes::{Ground, Node, TOWN, done, sanji, scope, wait_equal};

use crate::restored::copy;

#[test]
fn a_pause_survives_a_restart_and_signals_end_a_node_cleanly() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    town.wait_linked();
    town.wait_guides(1);
    let data = town.data.clone();
    assert_eq!(done(&data, &["sync", "pause"])["uplink"], "paused");
    let number = town.file_case("测试人");
    let link = town.link.clone();
    assert_eq!(town.signal(Signal::TERM).code(), Some(0));
    assert!(!data.join("api.json").exists(), "a stopped node leaves no address behind");

    let town = Node::start(&data);
    assert_eq!(town.link, link, "a port that was taken once is taken again");
    assert_eq!(town.status()["parent"]["state"], "paused");
    assert_eq!(town.signal(Signal::INT).code(), Some(0));

    // Resumed while it is stopped, by the directory itself.
    let status = done(&data, &["status"]);
    assert_eq!((&status["cases"], &status["parent"]["state"]), (&1.into(), &"paused".into()));
    assert!(county.cases().is_empty());
    done(&data, &["sync", "resume"]);
    let town = Node::start(&data);
    let cases = format!("cases/{TOWN}");
    wait_equal(&town, &county, &[&cases]);
    assert_eq!(scope(&county.status(), &cases).0, 2);
    assert_eq!(county.cases(), [number]);

    // A node that was killed leaves its address behind; commands still find the directory.
    town.kill();
    assert!(data.join("api.json").exists());
    assert_eq!(done(&data, &["status"])["cases"], 1);
    assert_eq!(sanji(&data, &["verify"]).code, Some(0));
    let town = Node::start(&data);
    assert_eq!(town.ask(Command::SyncNow)["uplink"], "dialling");

    // A copy of the directory is another one, though the running node's address and token are in it.
    let copied = ground.data("copied");
    copy(&data, &copied);
    assert!(copied.join("api.json").exists());
    assert_eq!(done(&copied, &["sync", "pause"])["uplink"], "paused");
    town.wait_linked();
    assert_eq!(sanji(&county.data, &["sync", "pause"]).refusal(), "NOBODY_ABOVE");
}
