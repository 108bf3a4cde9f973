//! A village without a line used a version that was superseded meanwhile: not wrong, but to be checked.

use std::collections::BTreeMap;

use sanji_node::command::Command;
use sanji_tests::lone::{COUNTY, Founder, GUIDE, Lone, NOW};
use serde_json::{Value, json};

use super::{edit, user};

fn show(lone: &mut Lone, number: &str) -> Value {
    lone.ask(Command::CaseShow { number: number.to_owned() })
}

fn row(lone: &mut Lone, number: &str) -> Value {
    let list = lone.every_case();
    list.as_array().unwrap().iter().find(|row| row["number"] == number).unwrap().clone()
}

fn check(number: &str, found: &str) -> Command {
    let fields = BTreeMap::from([("found".to_owned(), found.to_owned())]);
    let (number, action) = (number.to_owned(), "check".to_owned());
    Command::CaseAct { number, action, fields, user: Some("li".into()) }
}

#[test]
fn the_case_is_flagged_on_every_node_and_the_check_is_closed_by_whoever_did_it() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.ask(user("li", COUNTY, &["clerk"]));
    county.carry(&mut village);
    let early = village.file_case("甲");
    county.ask_at(NOW.plus_ms(1_000), edit("visits", "1"));
    county.ask_at(NOW.plus_ms(1_000), Command::GuidePublish { id: GUIDE.into(), effective: None });
    // The village has no line: it registers on what it has.
    let late = village.file_case_at(NOW.plus_ms(2_000), "乙");
    assert_eq!(row(&mut village, &late)["flags"], json!([]), "nobody here can know");

    // The line is back.
    county.carry(&mut village);
    village.carry(&mut county);
    county.carry(&mut town);
    village.carry(&mut town);
    for lone in [&mut county, &mut town, &mut village] {
        let (early, late) = (row(lone, &early), row(lone, &late));
        assert_eq!((&late["flags"], &late["check"]), (&json!(["outdated_guide"]), &json!("open")));
        assert_eq!((&early["flags"], &early["check"]), (&json!([]), &Value::Null), "it was right then");
    }
    let shown = show(&mut county, &late);
    assert_eq!(
        (&shown["check"]["state"], &shown["check"]["why"]),
        (&json!("open"), &json!({ "superseded": 2 }))
    );
    assert_eq!(county.refused(check(&early, "x")), "CASE_NOTHING_TO_CHECK");
    assert_eq!(county.refused(check(&late, " ")), "CASE_CHECK_EMPTY");

    county.ask(check(&late, "两版要求相同，办件继续"));
    county.carry(&mut town);
    county.carry(&mut village);
    for lone in [&mut county, &mut town, &mut village] {
        assert_eq!(row(lone, &late)["check"], "done");
        let check = show(lone, &late)["check"].take();
        assert_eq!((&check["by"]["unit"], &check["by"]["user"]), (&json!(COUNTY), &json!("li")));
        assert_eq!(check["found"], "两版要求相同，办件继续");
        assert_eq!(row(lone, &late)["flags"], json!(["outdated_guide"]), "it stays what it was");
        lone.verify();
    }
}
