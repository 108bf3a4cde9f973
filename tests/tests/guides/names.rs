//! What somebody else calls a guide does not get in the county's way, and two that are called alike can be told apart.

use sanji_model::lang::{Lang, Say};
use sanji_node::command::Command;
use sanji_tests::lone::{Founder, GUIDE, Lone, VILLAGE};
use serde_json::{Value, json};

use super::{edit, import, show, user};

const LINE: &str = include_str!("../../src/sim/guide.jsonl");

fn import_text(text: &str, user: Option<&str>) -> Command {
    Command::GuideImport { text: text.into(), file: "guide.jsonl".into(), user: user.map(str::to_owned) }
}

/// A guide with this name and code.
fn line(name: &str, code: &str) -> String {
    let mut guide: Value = serde_json::from_str(LINE).unwrap();
    guide["要素"]["name"] = json!(name);
    guide["要素"]["code"] = json!({ "other": code });
    format!("{guide}\n")
}

/// What an export writes, a guide a line.
fn exported(node: &mut Lone, published: bool) -> String {
    let page = node.ask(Command::GuideExport { after: None, published });
    page["guides"].as_array().unwrap().iter().map(|one| format!("{}\n", one["guide"])).collect()
}

#[test]
fn a_village_drafts_only_by_an_editor_and_is_never_meant_before_the_county() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.ask(user("xiaoli", VILLAGE, &["guide_editor"]));
    county.carry(&mut village);
    assert_eq!(village.refused(import()), "GUIDE_ROLE", "whoever has the machine is an agent");
    assert_eq!(village.refused(import_text(LINE, Some("nobody"))), "USER_UNKNOWN");
    village.ask(import_text(LINE, Some("xiaoli")));
    let acts = village.ask(show())["life"]["acts"].take();
    assert_eq!((&acts[0]["step"], &acts[0]["by"]["user"]), (&json!("edit"), &json!("xiaoli")));

    // The village was first, and still the county's file makes a guide of the county's own.
    village.carry(&mut county);
    assert_eq!(county.ask(import())["imported"], 1);
    let ours = county.ask(edit("faq", "问：能代办吗？答：能。"));
    let theirs = village.ask(show())["id"].clone();
    assert_ne!(ours["id"], theirs);
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    assert_eq!(county.ask(show())["id"], ours["id"]);
    assert_eq!(county.ask(import())["updated"], 1, "and the same file comes to the same guide");
    assert!(county.file_case("测试").len() == 27);
    county.carry(&mut village);
    assert!(village.file_case("测试").len() == 27, "nor is the village's own draft in its way");
    assert_eq!(
        exported(&mut county, false).lines().count(),
        1,
        "and the village's draft is the village's to export"
    );
    let by_id = Command::GuideShow { id: theirs.as_str().unwrap().into(), version: None };
    assert_eq!(county.ask(by_id)["life"]["acts"].as_array().unwrap().len(), 1, "nobody wrote into it");
    county.verify();
}

#[test]
fn an_import_is_on_record_and_says_nothing_when_it_changes_nothing() {
    let mut county = Founder::new().county();
    county.ask(import());
    assert_eq!(county.ask(import())["unchanged"], 1);
    let more = LINE.replace("\"faq\": \"无\"", "\"faq\": \"问：？答：。\"");
    assert_eq!(county.ask(import_text(&more, None))["updated"], 1);
    let acts = county.ask(show())["life"]["acts"].take();
    let notes: Vec<&Value> = acts.as_array().unwrap().iter().map(|act| &act["note"]).collect();
    assert_eq!(notes, [&Value::Null, &json!("faq")]);
}

#[test]
fn two_guides_called_alike_are_named_and_leave_and_come_back() {
    let mut county = Founder::new().county();
    county.ask(import_text(&line("甲事项", "A-1"), None));
    county.ask(import_text(&line("乙事项", "A-1"), None));
    let check = county.ask(Command::GuideCheck { id: "甲事项".into() });
    assert!(check.as_array().unwrap().iter().any(|found| found["code"] == "LINT_CODE_TWICE"), "{check}");
    for name in ["甲事项", "乙事项"] {
        county.ask(Command::GuidePublish { id: name.into(), effective: None });
    }
    let register = |guide: &str| Command::CaseRegister {
        guide: guide.into(),
        applicant: "测试".into(),
        id_number: "11010519491231002X".into(),
        fields: Default::default(),
        user: None,
    };
    let refused = county.try_ask(register("A-1")).unwrap_err();
    assert_eq!(refused.code(), "AMBIGUOUS");
    for said in [refused.text(Lang::Zh), refused.text(Lang::En)] {
        assert!(said.contains("甲事项 [") && said.contains("乙事项 ["), "{said}");
    }
    county.ask(register("甲事项"));

    // Renamed, both have one name and one code.
    let id = county.ask(Command::GuideShow { id: "乙事项".into(), version: None })["id"].clone();
    county.ask(Command::GuideEdit {
        id: id.as_str().unwrap().into(),
        field: "name".into(),
        text: "甲事项".into(),
        user: None,
    });
    let file = exported(&mut county, false);
    assert_eq!(file.matches("\"sanji:").count(), 2, "{file}");
    let said = county.ask(import_text(&file, None));
    assert_eq!((&said["unchanged"], &said["imported"]), (&json!(2), &json!(0)), "{said}");
    // At another county they are two guides, and stay two when the file comes again.
    let mut other = Founder::new().county();
    assert_eq!(other.ask(import_text(&file, None))["imported"], 2);
    assert_eq!(other.ask(import_text(&file, None))["unchanged"], 2);
    let back = exported(&mut other, false);
    assert_eq!(other.ask(import_text(&back, None))["unchanged"], 2);
}
