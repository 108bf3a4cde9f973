//! A bad sector in the middle of a village's journal, as an operator reads of it at the command line.
//!
//! The accident this prevents: `sanji verify` says that all is good although something was lost, or goes on saying that
//! something is bad although nothing is left to do.

use std::fs;

use sanji_node::command::Command;
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
    let journal = village.data.join("journal").join("journal-00000001.sjl");
    let lost_at = fs::metadata(&journal).unwrap().len();
    village.file_case("只在坏处");
    let kept = village.file_case("坏处之后");
    let data = village.data.clone();
    assert!(village.stop().success());
    let mut bytes = fs::read(&journal).unwrap();
    bytes[usize::try_from(lost_at).unwrap() + 40] ^= 1;
    fs::write(&journal, bytes).unwrap();

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
