//! Papers over several nodes: an issue and its reprints are known wherever the case is, two places that print apart both issue,
//! and every node of the county can tell what a square code is worth, with the case and without.

use std::collections::BTreeMap;

use sanji_model::number::CaseNumber;
use sanji_node::command::Command;
use sanji_node::paper::{PaperCode, Sheet};
use sanji_node::trust::NodeKey;
use sanji_tests::lone::{DEPARTMENT, Founder, GUIDE, Lone, TOWN, VILLAGE, unit};
use serde_json::{Value, json};

fn received(node: &mut Lone) -> String {
    let number = node.file_case("王小明");
    let fields = BTreeMap::from([("materials".to_owned(), "身份证".to_owned())]);
    let act = Command::CaseAct { number: number.clone(), action: "receive".into(), fields, user: None };
    node.ask(act);
    number
}

fn show(node: &mut Lone, number: &str) -> Value {
    node.ask(Command::PaperShow { number: number.into(), paper: Some("收件凭证".into()) })
}

fn issue(node: &mut Lone, number: &str) -> Value {
    node.ask(Command::PaperIssue { number: number.into(), paper: Some("receipt".into()), user: None })
}

fn code(issued: &Value) -> String {
    issued["printing"]["code"].as_str().unwrap().to_owned()
}

fn finding(node: &mut Lone, code: &str) -> Value {
    node.ask(Command::PaperVerify { code: code.into() })["finding"].take()
}

#[test]
fn looks_do_not_count_and_reprints_are_marked_wherever_the_case_is() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut town);
    county.carry(&mut village);
    let number = received(&mut village);

    for _ in 0..2 {
        let look = show(&mut village, &number);
        assert_eq!(
            (&look["printing"], &look["reprint"], &look["prints"]),
            (&json!(null), &json!(false), &json!([]))
        );
    }
    let first = issue(&mut village, &number);
    assert_eq!((&first["printing"]["copy"], &first["reprint"]), (&json!(1), &json!(false)));
    assert_eq!(Sheet::read(&first).unwrap().mark(), None);
    let second = issue(&mut village, &number);
    assert_eq!((&second["printing"]["copy"], &second["reprint"]), (&json!(2), &json!(true)));
    assert!(Sheet::read(&second).unwrap().mark().unwrap().starts_with("补打　第2次打印"));
    assert_eq!(first["paper"], second["paper"], "the paper itself is the same");

    village.carry(&mut town);
    let third = issue(&mut town, &number);
    assert_eq!((&third["printing"]["copy"], &third["paper"]), (&json!(3), &first["paper"]));
    let listed = town.ask(Command::CaseShow { number: number.clone() })["papers"].take();
    assert_eq!((&listed[0]["kind"], &listed[0]["prints"]), (&json!("receipt"), &json!(3)));
    assert_eq!(
        village.refused(Command::PaperShow { number, paper: Some("决定书".into()) }),
        "PAPER_NOT_MADE"
    );
}

#[test]
fn two_places_that_print_apart_both_issue_and_both_are_known_afterwards() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut town);
    county.carry(&mut village);
    let number = received(&mut village);
    village.carry(&mut town);
    let (here, there) = (issue(&mut village, &number), issue(&mut town, &number));
    assert_eq!((&here["printing"]["copy"], &there["printing"]["copy"]), (&json!(1), &json!(1)));
    town.carry(&mut village);
    village.carry(&mut county);
    town.carry(&mut county);
    let look = show(&mut county, &number);
    let mut units: Vec<&str> =
        look["prints"].as_array().unwrap().iter().map(|print| print["unit"].as_str().unwrap()).collect();
    units.sort();
    assert_eq!(units, [TOWN, VILLAGE]);
    assert_eq!(issue(&mut county, &number)["printing"]["copy"], 3);
    for issued in [here, there] {
        assert_eq!(finding(&mut county, &code(&issued)), "authentic");
    }
    let shown = county.ask(Command::CaseShow { number });
    assert_eq!(
        (&shown["state"], &shown["disputes"]),
        (&json!("received"), &json!([])),
        "prints dispute nothing"
    );
}

#[test]
fn a_code_is_worth_what_its_signature_is() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut town);
    county.carry(&mut village);
    let number = received(&mut village);
    let issued = issue(&mut village, &number);
    let code = code(&issued);
    assert_eq!(finding(&mut village, &code), "authentic");
    // The town has the directory and not the case.
    let seen = town.ask(Command::PaperVerify { code: code.clone() });
    assert_eq!(
        (&seen["finding"], &seen["good"], &seen["paper"]),
        (&json!("signed"), &json!(true), &json!(null))
    );
    assert_eq!(
        (&seen["number"], &seen["kind"], &seen["unit"]),
        (&json!(number), &json!("receipt"), &json!(VILLAGE))
    );
    village.carry(&mut town);
    let seen = town.ask(Command::PaperVerify { code: code.to_lowercase() });
    assert_eq!(seen["finding"], "authentic");
    assert!(!seen["paper"].to_string().contains("王小明"), "{seen}");

    // A character changed: the signature, then the number.
    let changed = |at: usize| {
        let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
        [&code[..at], other, &code[at + 1..]].concat()
    };
    assert_eq!(finding(&mut town, &changed(150)), "tampered");
    assert_eq!(town.refused(Command::PaperVerify { code: "https://example.cn".into() }), "PAPER_CODE");

    // Signed by a node that has nothing to do with the case, by one that nobody knows, and for another paper.
    let paper = Sheet::read(&issued).unwrap().paper;
    let day = PaperCode::read(&code).unwrap().on;
    let department = founder.key(DEPARTMENT);
    let by = |key| PaperCode::sign(&paper, 1, day, key).text();
    assert_eq!(finding(&mut county, &by(department)), "not_competent");
    assert_eq!(finding(&mut county, &by(&NodeKey::from_seed([99; 32]))), "unknown_node");
    let mut other = paper.clone();
    other.title.zh.push('！');
    let forged = PaperCode::sign(&other, 1, day, founder.key(VILLAGE)).text();
    assert_eq!(finding(&mut town, &forged), "differs");
    let mut elsewhere = paper.clone();
    elsewhere.case = CaseNumber::new(unit("110101"), day, 1, 1).unwrap();
    let foreign = PaperCode::sign(&elsewhere, 1, day, &NodeKey::from_seed([98; 32])).text();
    assert_eq!(finding(&mut county, &foreign), "other_county");

    // A revoked node's papers prove nothing.
    village.carry(&mut county);
    county.ask(Command::Revoke { whom: VILLAGE.into(), confirmed: true });
    assert_eq!(finding(&mut county, &code), "revoked_node");
}
