//! What the public may ask and say with a case's number and the last four of an identity number, and reveals on record. The
//! accidents these prevent: a stranger learns whose case it is, or that there is one; somebody rates in another's name.

use std::collections::BTreeMap;

use sanji_node::command::{Command, NewMatter};
use sanji_tests::lone::{Founder, GUIDE, Lone};
use serde_json::{Value, json};

/// The end of the identity number of every made-up applicant.
const LAST_FOUR: &str = "002x";

fn act(node: &mut Lone, number: &str, action: &str, fields: &[(&str, &str)]) {
    let fields: BTreeMap<_, _> = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    node.ask(Command::CaseAct { number: number.into(), action: action.into(), fields, user: None });
}

fn progress(number: &str, last_four: &str) -> Command {
    Command::CaseProgress { number: number.into(), last_four: last_four.into() }
}

fn rate(number: &str, last_four: &str, level: &str) -> Command {
    let text = "等候太久".to_owned();
    Command::CaseRate { number: number.into(), last_four: last_four.into(), level: level.into(), text }
}

#[test]
fn a_proof_opens_the_progress_without_a_name_and_nothing_else_does() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    let number = village.file_case("王小明");
    act(&mut village, &number, "receive", &[("materials", "身份证")]);
    act(&mut village, &number, "note", &[("text", "来电催问")]);

    let told = village.ask(progress(&format!(" {number} "), LAST_FOUR));
    assert_eq!((&told["state"], &told["applicant"]), (&json!("received"), &json!("王**")));
    let steps = told["steps"].as_array().unwrap().iter().map(|step| step["action"].clone());
    assert_eq!(steps.collect::<Vec<Value>>(), ["register", "receive"], "a note is the office's own");
    let all = told.to_string();
    assert!(!all.contains("王小明") && !all.contains("11010519491231002X") && !all.contains("催问"), "{all}");

    let other = village.file_case("李四").chars().rev().collect::<String>();
    let id = village.ask(Command::CaseShow { number: number.clone() })["id"].as_str().unwrap().to_owned();
    for (number, last_four) in [
        (number.as_str(), "0021"),
        (number.as_str(), ""),
        (number.as_str(), "11010519491231002X"),
        (&number[..26], LAST_FOUR),
        (id.as_str(), LAST_FOUR),
        (other.as_str(), LAST_FOUR),
    ] {
        assert_eq!(village.refused(progress(number, last_four)), "CASE_UNPROVEN", "{number} {last_four}");
    }
}

#[test]
fn the_applicant_rates_once_and_after_the_end() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    let number = village.file_case("王小明");
    assert_eq!(village.ask(progress(&number, LAST_FOUR))["can_rate"], false);
    assert_eq!(village.refused(rate(&number, LAST_FOUR, "5")), "CASE_TRANSITION");
    act(&mut village, &number, "withdraw", &[]);
    assert_eq!(village.ask(progress(&number, LAST_FOUR))["can_rate"], true);
    assert_eq!(village.refused(rate(&number, "9999", "5")), "CASE_UNPROVEN");
    assert_eq!(village.refused(rate(&number, LAST_FOUR, "6")), "CASE_FIELD_VALUE");
    village.ask(rate(&number, LAST_FOUR, "5"));
    assert_eq!(village.refused(rate(&number, LAST_FOUR, "1")), "CASE_RATED_TWICE");

    village.carry(&mut county);
    let shown = county.ask(Command::CaseShow { number: number.clone() });
    let rating = &shown["course"]["rating"];
    assert_eq!((&rating["level"], &rating["stage"]), (&json!(5), &json!("rated")));
    let last = shown["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["by"]["role"], &last["verdict"]["counted"]), (&json!("public"), &json!(true)));
    let told = county.ask(progress(&number, LAST_FOUR));
    assert_eq!((&told["rated"], &told["can_rate"]), (&json!(true), &json!(false)));
}

#[test]
fn whoever_reveals_who_complained_or_asked_is_on_record() {
    let founder = Founder::new();
    let mut county = founder.county();
    let new = |text: &str| NewMatter {
        name: "王小明".into(),
        phone: "13800001234".into(),
        text: text.into(),
        ..NewMatter::default()
    };
    let enquiry = county.ask(Command::EnquiryRegister { new: new("几天办好") });
    let number = enquiry["number"].as_str().unwrap().to_owned();
    let from = county.ask(Command::MatterReveal { number: number.clone(), user: Some("admin".into()) });
    assert_eq!(from, json!({ "name": "王小明", "phone": "13800001234" }));
    let records = county.ask(Command::AuditList { month: None, unit: None });
    assert_eq!(
        (&records[0]["deed"], &records[0]["about"], &records[0]["user"]),
        (&json!("reveal"), &json!(number), &json!("admin"))
    );
    assert_eq!(county.refused(Command::MatterReveal { number: "17".into(), user: None }), "DESK_NOT_FOUND");
}
