//! People at a village, a town and a county look at where a case is saved and who holds a guide, while lines go down and
//! come back: what they are shown must be true, and stay known when a node starts again.

use sanji_node::command::Command;
use sanji_tests::processes::{COUNTY, GUIDE, Ground, Node, OTHER_VILLAGE, TOWN, VILLAGE};
use serde_json::{Value, json};

/// One unit's line of a case's delivery.
fn line(node: &Node, number: &str, unit: &str) -> Value {
    let shown = node.ask(Command::CaseShow { number: number.to_owned() });
    let lines = shown["delivery"].as_array().cloned().expect("a list");
    lines.into_iter().find(|line| line["unit"] == unit).unwrap_or_else(|| panic!("{unit} is not in {shown}"))
}

fn rollout(county: &Node, unit: &str) -> Value {
    let rollout = county.ask(Command::GuideRollout { id: GUIDE.into() });
    let units = rollout["units"].as_array().cloned().expect("a list");
    units
        .into_iter()
        .find(|line| line["unit"] == unit)
        .unwrap_or_else(|| panic!("{unit} is not in {rollout}"))
}

#[test]
fn what_is_shown_of_a_case_and_of_a_guide_is_true_while_lines_go_down_and_come_back() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    for node in [&town, &village] {
        node.wait_linked();
        node.wait_guides(1);
    }

    county.wait("told of the first version", |_| rollout(&county, VILLAGE)["version"] == 1);

    // A town that is cut off from the county has the village's case, and the county has not.
    town.ask(Command::SyncPause);
    let number = village.file_case("测试人");
    village.wait("at the town", |_| line(&village, &number, TOWN)["delivered"] == true);
    let since = line(&village, &number, TOWN)["since"].as_u64().expect("a time");
    let at_county = line(&village, &number, COUNTY);
    assert_eq!(
        (&at_county["delivered"], &at_county["on_the_way"], &at_county["since"]),
        (&json!(false), &json!(2), &json!(null))
    );
    assert_eq!(at_county["name"], "测试县");
    let ticks = village.ask(Command::CaseTicks);
    assert_eq!((&ticks["only_here"], &ticks["missing"][1]["cases"]), (&json!(0), &json!(1)), "{ticks}");

    // Something more happens to it while the village is alone: of that nothing has left.
    village.ask(Command::SyncPause);
    town.wait("without the village", |status| status["children"][0]["state"] == "down");
    village.act(&number, "note", &[("text", "补充说明")]);
    let at_town = line(&village, &number, TOWN);
    assert_eq!((&at_town["delivered"], &at_town["on_the_way"]), (&json!(false), &json!(1)));
    assert_eq!(line(&village, &number, COUNTY)["on_the_way"], 3);
    assert_eq!(village.ask(Command::CaseTicks)["only_here"], 1);

    // A version that the cut-off town has not got.
    let (field, text) = ("consultation".to_owned(), "窗口工作人员。第二稿".to_owned());
    county.ask(Command::GuideEdit { id: GUIDE.into(), field, text, user: None });
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    let held = |unit: &str| rollout(&county, unit);
    assert_eq!([TOWN, VILLAGE].map(|unit| held(unit)["version"].clone()), [json!(1), json!(1)]);
    assert_eq!([TOWN, VILLAGE].map(|unit| held(unit)["state"].clone()), ["behind", "behind"]);
    assert!(held(VILLAGE)["since"].is_u64());
    assert_eq!(
        (&held(OTHER_VILLAGE)["state"], &held(OTHER_VILLAGE)["version"]),
        (&json!("no_node"), &json!(null))
    );

    // Whoever starts again knows it still, before any line is back.
    let (data, before) = (village.data.clone(), county.data.clone());
    assert!(village.stop().success() && county.stop().success());
    let (village, county) = (Node::start(&data), Node::start(&before));
    assert_eq!(line(&village, &number, TOWN)["on_the_way"], 1);
    assert_eq!(
        (rollout(&county, VILLAGE)["version"].clone(), rollout(&county, VILLAGE)["since"].is_u64()),
        (json!(1), true)
    );

    town.ask(Command::SyncResume);
    village.ask(Command::SyncResume);
    village.wait("at the county", |_| line(&village, &number, COUNTY)["delivered"] == true);
    let lines = [VILLAGE, TOWN, COUNTY].map(|unit| line(&village, &number, unit));
    assert!(lines[1]["since"].as_u64().is_some_and(|at| at >= since), "{lines:?}");
    assert!(lines[2]["since"].is_u64() && lines.iter().all(|line| line["on_the_way"] == 0), "{lines:?}");
    assert_eq!(village.ask(Command::CaseTicks)["latest"][0]["delivered_to"], json!([VILLAGE, TOWN, COUNTY]));
    county
        .wait("told of both", |_| [TOWN, VILLAGE].iter().all(|unit| rollout(&county, unit)["version"] == 2));
    let villages = county.ask(Command::GuideRollout { id: GUIDE.into() })["tiers"][1].clone();
    assert_eq!(
        (&villages["tier"], &villages["units"], &villages["hold"]),
        (&json!("village"), &json!(2), &json!(1))
    );
    assert_eq!(villages["missing"][0]["unit"], OTHER_VILLAGE);
}
