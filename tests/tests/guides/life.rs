//! One county, a department, a village: who may do what, and what stops a submission.

use sanji_model::guide::Element;
use sanji_model::lang::{Lang, Say};
use sanji_node::command::Command;
use sanji_tests::lone::{COUNTY, DEPARTMENT, Founder, GUIDE, Lone, NOW, VILLAGE};
use serde_json::{Value, json};

use super::{edit, import, show, step, stop, user};

fn state(lone: &mut Lone) -> Value {
    lone.ask(show())["state"].take()
}

#[test]
fn a_guide_with_25_elements_cannot_be_submitted_and_the_message_names_the_missing_one() {
    let mut county = Founder::new().county();
    county.ask(import());
    county.ask(step("sign", None));
    let whole = county.ask(show());
    for element in Element::ALL {
        let text = match &whole["guide"]["要素"][element.word()] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        // The name is how it is found.
        if *element == Element::Name {
            continue;
        }
        county.ask(edit(element.word(), ""));
        county.ask(step("sign", None));
        let refused = county.try_ask(step("submit", None)).unwrap_err();
        assert_eq!(refused.code(), "GUIDE_INCOMPLETE");
        for lang in [Lang::Zh, Lang::En] {
            assert!(refused.text(lang).contains(element.words().text(lang)), "{}", refused.text(lang));
        }
        county.ask(edit(element.word(), &text));
    }
    county.ask(step("sign", None));
    assert_eq!(county.ask(step("submit", None))["state"], "in_review");
}

#[test]
fn what_a_rule_calls_an_error_stops_a_submission_and_a_warning_does_not() {
    let mut county = Founder::new().county();
    county.ask(import());
    county.ask(edit("fees", r#"[{"name":"工本费","standard":"5元"}]"#));
    county.ask(step("sign", None));
    let refused = county.try_ask(step("submit", None)).unwrap_err();
    assert_eq!(refused.code(), "GUIDE_LINT");
    assert!(refused.text(Lang::Zh).contains("收费没有依据：工本费"), "{}", refused.text(Lang::Zh));
    county.ask(edit("fees", "无"));
    county.ask(edit("complaints", "020-123456"));
    let found = county.ask(Command::GuideCheck { id: GUIDE.into() });
    let codes: Vec<&Value> = found.as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
    assert!(codes.contains(&&json!("LINT_PHONE")) && !codes.contains(&&json!("LINT_FEE_BASIS")), "{codes:?}");
    county.ask(step("sign", None));
    assert_eq!(county.ask(step("submit", None))["state"], "in_review");
}

#[test]
fn a_department_signs_the_centre_approves_and_nobody_else_publishes() {
    let founder = Founder::new();
    let (mut county, mut department) = (founder.county(), founder.department());
    for (id, unit, roles) in [
        ("bianzhi", DEPARTMENT, &["guide_editor"][..]),
        ("qianshu", DEPARTMENT, &["guide_approver"][..]),
        ("shenhe", COUNTY, &["guide_approver"][..]),
        ("luru", COUNTY, &["guide_editor"][..]),
    ] {
        county.ask(user(id, unit, roles));
    }
    county.carry(&mut department);
    department.ask(import());
    // Whoever has the machine may edit and sign for nobody.
    assert_eq!(department.refused(step("sign", None)), "GUIDE_ROLE");
    assert_eq!(department.refused(step("sign", Some("bianzhi"))), "GUIDE_ROLE");
    assert_eq!(department.refused(step("sign", Some("shenhe"))), "USER_UNIT");
    assert_eq!(department.refused(step("submit", Some("bianzhi"))), "GUIDE_STEP");
    assert_eq!(department.ask(step("sign", Some("qianshu")))["state"], "signed");
    assert_eq!(department.ask(step("submit", Some("bianzhi")))["state"], "in_review");
    assert_eq!(department.refused(step("approve", Some("qianshu"))), "GUIDE_COUNTY");
    assert_eq!(department.refused(step("publish", Some("qianshu"))), "GUIDE_COUNTY");

    department.carry(&mut county);
    assert_eq!(county.refused(step("approve", Some("luru"))), "GUIDE_ROLE");
    assert_eq!(county.refused(step("approve", Some("nobody"))), "USER_UNKNOWN");
    // Given back, mended, signed again.
    assert_eq!(county.ask(step("return", Some("shenhe")))["state"], "returned");
    county.carry(&mut department);
    assert_eq!(state(&mut department), "returned");
    let edited = department.ask(edit("faq", "问：能代办吗？答：能。"));
    assert_eq!((&edited["state"], &edited["withdrawn"]), (&json!("draft"), &json!("returned")));
    department.ask(step("sign", Some("qianshu")));
    department.ask(step("submit", Some("bianzhi")));
    department.carry(&mut county);
    assert_eq!(county.ask(step("approve", Some("shenhe")))["state"], "approved");
    // An edit after the approval takes it back; the same words again bring it back.
    let before = county.ask(show())["life"]["content"].clone();
    assert_eq!(county.ask(edit("visits", "3"))["withdrawn"], "approved");
    assert_eq!(county.refused(step("publish", Some("shenhe"))), "GUIDE_STEP");
    county.ask(edit("visits", ""));
    assert_eq!(county.ask(show())["life"]["content"], before);
    assert_eq!(county.ask(step("publish", Some("shenhe")))["version"], 1);
    let life = county.ask(show())["life"].take();
    assert_eq!((&life["published"], &life["state"]), (&json!(1), &json!("draft")));
    let steps: Vec<&str> =
        life["acts"].as_array().unwrap().iter().filter_map(|act| act["step"].as_str()).collect();
    let way =
        ["edit", "sign", "submit", "return", "edit", "sign", "submit", "approve", "edit", "edit", "publish"];
    assert_eq!(steps, way);
    // A department's guide is everybody's.
    let mut village = founder.village();
    county.carry(&mut village);
    assert_eq!(state(&mut village), "in_force");
    assert_eq!(village.ask(show())["life"], Value::Null, "how it came about stays at home");
    assert_eq!(village.refused(step("publish", None)), "GUIDE_NOT_FOUND");
    county.verify();
    department.verify();
}

#[test]
fn a_guide_is_suspended_resumed_and_abolished_everywhere() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    county.ask(import());
    assert_eq!(county.refused(stop("suspend", Some("x"), None)), "GUIDE_STEP", "it is not published");
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    assert_eq!(county.refused(stop("suspend", None, None)), "GUIDE_REASON");
    assert_eq!(county.refused(stop("resume", None, None)), "GUIDE_STEP");
    county.ask(stop("suspend", Some("系统升级"), None));
    county.carry(&mut village);
    assert_eq!(state(&mut village), "suspended");
    let register = Command::CaseRegister {
        guide: GUIDE.into(),
        applicant: "测试".into(),
        id_number: "11010519491231002X".into(),
        fields: Default::default(),
        user: None,
    };
    let refused = village.try_ask(register.clone()).unwrap_err();
    assert!(
        refused.code() == "GUIDE_SUSPENDED" && refused.text(Lang::Zh).contains("系统升级"),
        "{refused:?}"
    );
    county.ask_at(NOW.plus_ms(1), stop("resume", None, None));
    county.ask_at(NOW.plus_ms(2), stop("abolish", Some("法规废止"), Some("2026-12-01")));
    county.carry(&mut village);
    let first = sanji_model::local::day_begins("2026-12-01".parse().unwrap());
    assert!(village.try_ask_at(NOW.plus_ms(3), register.clone()).is_ok());
    assert!(village.try_ask_at(sanji_sync::Time(first.0 - 1), register.clone()).is_ok());
    assert_eq!(village.try_ask_at(first, register).unwrap_err().code(), "GUIDE_ABOLISHED");
    assert_eq!(county.try_ask_at(first, step("publish", None)).unwrap_err().code(), "GUIDE_ABOLISHED");
    let listed = village.ask_at(first, Command::GuideList);
    assert_eq!(listed[0]["state"], "abolished");
    village.verify();
}

#[test]
fn versions_are_compared_in_words() {
    let mut county = Founder::new().county();
    county.ask(import());
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    county.ask(edit("materials", r#"[{"name":"申请表","originals":2},{"name":"照片","copies":1}]"#));
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    let diff = |a: &str, b: &str| Command::GuideDiff { id: GUIDE.into(), a: a.into(), b: b.into() };
    let found = county.ask(diff("1", "2"));
    let materials = found.as_array().unwrap().iter().find(|d| d["subject"] == "materials").unwrap();
    assert_eq!(
        materials["zh"],
        "修改“申报材料”：修改“申请表”：申请表（原件1份） → 申请表（原件2份）；新增“照片”"
    );
    assert_eq!(county.refused(diff("1", "3")), "GUIDE_NO_VERSION");
    let against_draft = county.ask(diff("2", "draft"));
    assert!(against_draft.as_array().unwrap().iter().all(|d| d["subject"] != "materials"), "{against_draft}");
}

#[test]
fn a_village_asks_for_a_correction_and_reads_the_answer() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.publish(GUIDE);
    county.carry(&mut village);
    let ask = Command::GuideCorrect {
        id: GUIDE.into(),
        element: Some("咨询方式".into()),
        text: "电话已改号".into(),
        user: None,
    };
    let asked = village.ask(ask);
    village.carry(&mut county);
    let list = |lone: &mut Lone| lone.ask(Command::GuideCorrections { id: None });
    let seen = list(&mut county);
    assert_eq!((&seen[0]["state"], &seen[0]["asked"]["element"]), (&json!("open"), &json!("consultation")));
    assert_eq!(seen[0]["asked"]["by"]["unit"], VILLAGE);
    let answer = |id: &Value, outcome: &str| Command::GuideAnswer {
        id: id.as_str().unwrap().into(),
        outcome: outcome.into(),
        text: "已更正".into(),
        user: None,
    };
    assert_eq!(village.refused(answer(&asked["id"], "accepted")), "GUIDE_ROLE", "who asks does not answer");
    assert_eq!(county.refused(answer(&asked["id"], "perhaps")), "UNKNOWN_WORD");
    assert_eq!(county.refused(answer(&json!("ffffffff"), "accepted")), "CORRECTION_NOT_FOUND");
    county.ask(answer(&asked["id"], "accepted"));
    county.carry(&mut village);
    county.carry(&mut town);
    for lone in [&mut county, &mut town, &mut village] {
        let seen = list(lone);
        assert_eq!(
            (&seen[0]["state"], &seen[0]["answers"][0]["by"]["unit"]),
            (&json!("accepted"), &json!(COUNTY))
        );
        lone.verify();
    }
}

#[test]
fn users_are_the_countys_matter_and_one_administrator_stays() {
    let founder = Founder::new();
    let (mut county, mut village) = (founder.county(), founder.village());
    assert_eq!(county.ask(Command::UserList)[0]["id"], "admin");
    county.ask(user("li", COUNTY, &["guide_editor"]));
    assert_eq!(county.refused(user("李", COUNTY, &["guide_editor"])), "USER_ID");
    assert_eq!(county.refused(user("wang", "640202", &["guide_editor"])), "UNIT_UNKNOWN");
    assert_eq!(county.refused(user("wang", COUNTY, &["king"])), "UNKNOWN_WORD");
    let disable =
        |id: &str, by: Option<&str>| Command::UserDisable { id: id.into(), user: by.map(str::to_owned) };
    assert_eq!(county.refused(disable("li", Some("li"))), "USER_ROLE");
    assert_eq!(county.refused(disable("admin", None)), "USER_LAST");
    county.ask(user("wang", COUNTY, &["administrator"]));
    county.ask(disable("admin", Some("wang")));
    assert_eq!(
        county.refused(user("zhao", COUNTY, &["agent"])),
        "USER_ROLE",
        "nobody was named, and admin is gone"
    );
    county.carry(&mut village);
    assert_eq!(village.refused(user("zhao", VILLAGE, &["agent"])), "NOT_COUNTY");
    assert_eq!(village.ask(Command::UserList).as_array().unwrap().len(), 3);
}
