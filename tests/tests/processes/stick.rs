//! The accident this prevents: a village is without any line for two weeks, its cases travel on a USB stick, and on the way
//! something is lost, counted twice, read by somebody else or believed from somebody else.

use std::path::{Path, PathBuf};

use sanji_node::command::Command;
use sanji_tests::processes::{COUNTY, Done, Ground, Node, OTHER_VILLAGE, TOWN, VILLAGE, done, sanji, scope};
use serde_json::json;

fn export(from: &Path, unit: &str, file: &Path) -> serde_json::Value {
    done(from, &["sync", "export", unit, file.to_str().unwrap()])
}

fn import(at: &Path, file: &Path) -> Done {
    sanji(at, &["sync", "import", file.to_str().unwrap()])
}

/// County and town that run, and a village that was enrolled through them and never had a line.
fn dark(ground: &Ground) -> (Node, Node, PathBuf) {
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    town.wait_guides(1);
    let village = ground.data(VILLAGE);
    let token = ground.token(&county, VILLAGE, &town);
    done(&village, &["join", &token, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    (county, town, village)
}

fn delivered(node: &Node, number: &str) -> serde_json::Value {
    node.ask(Command::CaseShow { number: number.to_owned() })["delivered_to"].clone()
}

#[test]
fn cases_and_decisions_travel_on_a_stick() {
    let ground = Ground::new();
    let (county, town, data) = dark(&ground);
    // Its line is dead from the beginning: even the directory and the guides come on the stick, to a node that is off.
    let down = ground.data("down.stick");
    let first = export(&county.data, VILLAGE, &down);
    assert!(first["entries"].as_u64().unwrap() >= 2 && first["unit"] == VILLAGE, "{first}");
    done(&data, &["sync", "pause"]);
    assert_eq!(import(&data, &down).json["new"], first["entries"]);

    let village = Node::start(&data);
    assert_eq!(village.status()["guides"], 1);
    let numbers: Vec<String> = (0..3).map(|n| village.file_case(&format!("测试人{n}"))).collect();
    assert_eq!(delivered(&village, &numbers[0]), json!([VILLAGE]));

    let up = ground.data("up.stick");
    let written = export(&village.data, COUNTY, &up);
    assert_eq!(written["entries"], 6, "a case is an entry and its receipt another: {written}");
    assert_eq!(written["bytes"], std::fs::metadata(&up).unwrap().len());
    let again = sanji(&data, &["sync", "export", COUNTY, up.to_str().unwrap()]);
    assert_eq!(again.refusal(), "FILE_EXISTS");
    done(&data, &["sync", "export", COUNTY, up.to_str().unwrap(), "--force"]);

    // Nobody else can read it, nobody's name stands in it, and a damaged one is refused as such.
    assert_eq!(import(&town.data, &up).refusal(), "BUNDLE_FOR_ANOTHER");
    let whole = std::fs::read(&up).unwrap();
    let bad = ground.data("bad.stick");
    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    std::fs::write(&bad, altered).unwrap();
    assert_eq!(import(&county.data, &bad).refusal(), "BUNDLE_ALTERED");
    assert_eq!(county.cases().len(), 3, "what stands before the damage proved itself and is kept");
    for cut in [0, 20, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&bad, &whole[..cut]).unwrap();
        assert_eq!(import(&county.data, &bad).refusal(), "BUNDLE_CUT", "{cut} of {} bytes", whole.len());
    }
    std::fs::write(&bad, "code,name\n").unwrap();
    assert_eq!(import(&county.data, &bad).refusal(), "BUNDLE_UNKNOWN");

    let taken = import(&county.data, &up);
    assert_eq!((taken.code, &taken.json["entries"], &taken.json["new"]), (Some(0), &json!(6), &json!(0)));
    assert_eq!(taken.json["unit"], VILLAGE);
    // The town has them from the county, over its line.
    town.wait("the village's cases there", |status| status["cases"] == 3);
    assert!(delivered(&county, &numbers[0]).as_array().unwrap().contains(&json!(COUNTY)));

    county.act(&numbers[0], "withdraw", &[("reason", "重复")]);
    let reply = ground.data("reply.stick");
    let written = export(&county.data, VILLAGE, &reply);
    assert_eq!(written["entries"], 1, "only what the village lacks: {written}");
    let taken = import(&data, &reply);
    assert_eq!((&taken.json["new"], &taken.json["left_out"]), (&json!(1), &json!(0)));
    assert_eq!(import(&data, &reply).json["new"], 0);
    let shown = village.ask(Command::CaseShow { number: numbers[0].clone() });
    assert_eq!(shown["state"], "withdrawn");
    for number in &numbers {
        let held = delivered(&village, number);
        assert!(held.as_array().unwrap().contains(&json!(COUNTY)), "{held}");
    }
    let cases = format!("cases/{VILLAGE}");
    assert_eq!(scope(&village.status(), &cases), scope(&county.status(), &cases));
    assert_eq!(scope(&village.status(), "directory"), scope(&county.status(), "directory"));
    assert_eq!(export(&data, COUNTY, &ground.data("nothing.stick"))["entries"], 0);
    village.verify();
    county.verify();
    // Nothing of a file was left half written anywhere.
    let folder = ground.data("x");
    let names = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    assert!(names.flatten().all(|entry| !entry.file_name().to_string_lossy().contains(".part")));
}

#[test]
fn a_file_is_made_for_one_node_above_or_below_and_taken_from_one_of_this_county() {
    let ground = Ground::new();
    let (county, town, data) = dark(&ground);
    let file = ground.data("file.stick");
    let refused = |from: &Path, unit: &str| {
        sanji(from, &["sync", "export", unit, file.to_str().unwrap()]).refusal().to_owned()
    };
    assert_eq!(refused(&county.data, OTHER_VILLAGE), "UNIT_WITHOUT_NODE");
    assert_eq!(refused(&county.data, COUNTY), "UNIT_WITHOUT_NODE", "its own node is not meant");
    assert_eq!(refused(&county.data, "640202999"), "UNIT_UNKNOWN");
    assert_eq!(refused(&data, COUNTY), "NOT_PLACED");
    assert!(!file.exists());

    let other = ground.join(&county, OTHER_VILLAGE, &town);
    other.wait_guides(1);
    assert_eq!(refused(&other.data, VILLAGE), "NOT_RELATED");
    // A second node of one unit.
    let token = ground.token(&county, VILLAGE, &town);
    let second = ground.data("second");
    done(&second, &["join", &token, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    assert_eq!(refused(&county.data, VILLAGE), "UNIT_WITH_NODES");
    let units = county.ask(Command::OrgList);
    let village = units.as_array().unwrap().iter().find(|unit| unit["code"] == VILLAGE).unwrap();
    let node = village["nodes"][0]["node"].as_str().unwrap().to_owned();
    let made = done(&county.data, &["sync", "export", VILLAGE, file.to_str().unwrap(), "--node", &node[..8]]);
    assert_eq!(made["node"], node);

    // Another county with the same codes has another authority.
    let stranger = Ground::new();
    let (abroad, _town, _village) = dark(&stranger);
    let foreign = stranger.data("foreign.stick");
    export(&abroad.data, TOWN, &foreign);
    assert_eq!(import(&town.data, &foreign).refusal(), "BUNDLE_FOREIGN");
}
