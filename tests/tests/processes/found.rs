//! The accident this prevents: a village agent without a line does not find a guide that is there, or finds one that does
//! not hold, or finds nothing any more after the computer was switched off at the wall.

use sanji_node::command::Command;
use sanji_tests::processes::{GUIDE, GUIDE_LINE, Ground, Node, TOWN, VILLAGE};
use serde_json::json;

fn found(node: &Node, text: &str, all: bool) -> Vec<(String, String, Option<u64>)> {
    let hits = node.ask(Command::GuideSearch { text: text.to_owned(), all, limit: 10 });
    let hits = hits.as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    hits.map(|hit| (text(&hit["name"]), text(&hit["state"]), hit["version"].as_u64())).collect()
}

fn hit(name: &str, state: &str, version: impl Into<Option<u64>>) -> (String, String, Option<u64>) {
    (name.to_owned(), state.to_owned(), version.into())
}

#[test]
fn a_village_without_a_line_finds_what_is_in_force_and_still_does_after_a_power_cut() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let lines = GUIDE_LINE.replace(GUIDE, "出生登记")
        + "\n"
        + &GUIDE_LINE.replace(GUIDE, "出生登记（明年起）")
        + "\n"
        + &GUIDE_LINE.replace(GUIDE, "出生登记草稿");
    county.ask(Command::GuideImport { text: lines, file: "more.jsonl".to_owned(), user: None });
    county.ask(Command::GuidePublish { id: "出生登记".to_owned(), effective: None });
    let later = Command::GuidePublish {
        id: "出生登记（明年起）".to_owned(),
        effective: Some("2999-01-01".to_owned()),
    };
    county.ask(later);
    village.wait_guides(3);
    village.ask(Command::SyncPause);

    let in_force = hit("出生登记", "in_force", 1);
    for text in ["出生登记", "csdj", "chusheng 申请表"] {
        assert_eq!(found(&village, text, false), std::slice::from_ref(&in_force), "{text}");
    }
    let both = [in_force.clone(), hit("出生登记（明年起）", "published", 1)];
    assert_eq!(found(&village, "csdj", true), both, "a village has no drafts");
    assert_eq!(found(&county, "csdj cg", true), [hit("出生登记草稿", "draft", None)]);
    assert_eq!(found(&county, "申请表", false).len(), 2, "what holds: {GUIDE} and 出生登记");
    let refused = village.try_ask(&Command::GuideSearch { text: "。".to_owned(), all: false, limit: 1 });
    assert_eq!(refused.unwrap_err()["code"], json!("BAD_ARGUMENT"));

    let data = village.data.clone();
    village.kill();
    let village = Node::start(&data);
    assert_eq!(found(&village, "csdj", true), both);
    village.verify();
}
