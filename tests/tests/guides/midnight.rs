//! A version takes force at 00:00 of its day on every node by itself, online or not.

use sanji_model::local;
use sanji_node::command::Command;
use sanji_sync::Time;
use sanji_tests::lone::{Founder, GUIDE, Lone, NOW};
use serde_json::Value;

use super::edit;

fn version_of_a_case(lone: &mut Lone, at: Time) -> Value {
    let number = lone.file_case_at(at, "甲");
    lone.ask_at(at, Command::CaseShow { number })["guide_version"].take()
}

#[test]
fn nodes_without_a_line_switch_at_midnight() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.ask(edit("faq", "问：何时生效？答：明日零时。"));
    let tomorrow = local::date(NOW).tomorrow().unwrap();
    let effective = Some(tomorrow.to_string());
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective });
    county.carry(&mut town);
    county.carry(&mut village);

    // From here on nothing passes between them; each has its own clock and nothing else.
    let midnight = local::day_begins(tomorrow);
    let before = Time(midnight.0 - 1);
    for lone in [&mut county, &mut town, &mut village] {
        assert_eq!(version_of_a_case(lone, NOW), 1);
        assert_eq!(version_of_a_case(lone, before), 1, "a millisecond before");
        assert_eq!(version_of_a_case(lone, midnight), 2, "at once");
        let states = |at, lone: &mut Lone| {
            let listed = lone.ask_at(at, Command::GuideList);
            let versions = listed.as_array().unwrap().iter().filter(|row| row["version"].is_number());
            versions.map(|row| row["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(states(before, lone), ["in_force", "published"]);
        assert_eq!(states(midnight, lone), ["superseded", "in_force"]);
    }
    // A clock that is a day late switches a day late, and the case says so when it comes up.
    let late = village.file_case_at(before, "乙");
    village.carry(&mut county);
    assert_eq!(county.ask_at(midnight, Command::CaseShow { number: late })["guide_version"], 1);
}
