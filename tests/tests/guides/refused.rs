//! What is refused at a person's own node, in words that name the step; and what a plain person would expect.

use sanji_model::lang::{Lang, Say};
use sanji_model::local;
use sanji_node::command::Command;
use sanji_tests::lone::{COUNTY, DEPARTMENT, Founder, GUIDE, NOW, VILLAGE};
use serde_json::json;

use super::{edit, import, show, step, stop, user};

fn by(command: Command, who: &str) -> Command {
    match command {
        Command::GuideStop { id, what, effective, reason, .. } => {
            Command::GuideStop { id, what, effective, reason, user: Some(who.into()) }
        }
        other => other,
    }
}

#[test]
fn a_draft_with_a_day_to_come_keeps_it_in_one_step_too() {
    let mut county = Founder::new().county();
    county.ask(import());
    let day = local::date(NOW.plus_ms(30 * 86_400_000)).to_string();
    county.ask(edit("effective_on", &day));
    let publish = |effective: Option<&str>| Command::GuidePublish {
        id: GUIDE.into(),
        effective: effective.map(str::to_owned),
    };
    assert_eq!(county.ask(publish(None))["effective_on"], json!(day));
    let today = local::date(NOW).to_string();
    assert_eq!(county.ask(publish(Some(&today)))["effective_on"], json!(today), "who says a day means it");
    county.ask(edit("effective_on", "2026-01-01"));
    assert_eq!(county.ask(publish(None))["effective_on"], json!(today), "a day that is over is none");
}

#[test]
fn the_day_of_publication_is_no_difference() {
    let mut county = Founder::new().county();
    county.ask(import());
    let publish = Command::GuidePublish { id: GUIDE.into(), effective: None };
    county.ask(publish.clone());
    county.ask(edit("visits", "2"));
    let later = NOW.plus_ms(10 * 86_400_000);
    county.ask_at(later, publish);
    let subjects = |county: &mut sanji_tests::lone::Lone, a: &str, b: &str| -> Vec<String> {
        let diff = Command::GuideDiff { id: GUIDE.into(), a: a.into(), b: b.into() };
        let found = county.ask_at(later, diff);
        found.as_array().unwrap().iter().map(|d| d["subject"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(subjects(&mut county, "1", "2"), ["effective_on", "visits"]);
    assert_eq!(subjects(&mut county, "2", "draft"), [] as [&str; 0]);
    let day = local::date(later.plus_ms(86_400_000)).to_string();
    county.ask_at(later, edit("effective_on", &day));
    assert_eq!(subjects(&mut county, "draft", "2"), ["effective_on"], "a day to come is");
}

#[test]
fn nobody_works_on_what_is_abolished() {
    let mut county = Founder::new().county();
    county.ask(import());
    county.ask(Command::GuidePublish { id: GUIDE.into(), effective: None });
    county.ask(stop("abolish", Some("法规废止"), None));
    for command in [edit("faq", "改"), step("sign", None), step("submit", None), step("publish", None)] {
        assert_eq!(county.refused(command), "GUIDE_ABOLISHED");
    }
    assert_eq!(county.ask(import())["unchanged"], 1);
    let changed = include_str!("../../src/sim/guide.jsonl").replace("\"faq\": \"无\"", "\"faq\": \"改\"");
    let again = Command::GuideImport { text: changed, file: "x.jsonl".into(), user: None };
    let said = county.ask(again);
    assert_eq!((&said["unchanged"], &said["imported"]), (&json!(1), &json!(0)));
    assert!(said["problems"].as_array().unwrap().iter().any(|p| p["code"] == "GUIDE_ABOLISHED"), "{said}");
    assert_eq!(county.ask(show())["guide"]["要素"]["faq"], "无");
}

#[test]
fn who_signed_does_not_approve() {
    let mut county = Founder::new().county();
    for (id, roles) in
        [("li", &["guide_editor", "guide_approver"][..]), ("wang", &["guide_approver", "guide_editor"][..])]
    {
        county.ask(user(id, COUNTY, roles));
    }
    county.ask(import());
    let refused = county.try_ask(step("publish", Some("li"))).unwrap_err();
    assert_eq!(refused.code(), "GUIDE_FOUR_EYES");
    assert!(refused.text(Lang::Zh).contains("li"), "{refused:?}");
    assert_eq!(county.ask(show())["life"]["state"], "draft", "nothing of it was done");
    county.ask(step("sign", Some("li")));
    county.ask(step("submit", Some("li")));
    assert_eq!(county.refused(step("approve", Some("li"))), "GUIDE_FOUR_EYES");
    assert_eq!(county.ask(step("publish", Some("wang")))["version"], 1);
    // `admin` is one of them, too, where there are others.
    county.ask(edit("visits", "1"));
    assert_eq!(county.refused(step("publish", None)), "GUIDE_FOUR_EYES");
    for id in ["li", "wang"] {
        county.ask(Command::UserDisable { id: id.into(), user: None });
    }
    assert_eq!(county.ask(step("publish", None))["version"], 2, "alone, one is enough");
    county.verify();
}

#[test]
fn a_refusal_names_the_step_that_was_asked_for() {
    let founder = Founder::new();
    let (mut county, mut department, mut village) =
        (founder.county(), founder.department(), founder.village());
    county.ask(user("bianzhi", COUNTY, &["guide_editor"]));
    county.ask(user("qianshu", DEPARTMENT, &["guide_approver"]));
    county.publish(GUIDE);
    county.carry(&mut department);
    county.carry(&mut village);
    for (what, zh, en) in [("suspend", "暂停", "suspend"), ("abolish", "废止", "abolish")] {
        let refused = county.try_ask(by(stop(what, Some("修订"), None), "bianzhi")).unwrap_err();
        assert_eq!(refused.code(), "GUIDE_ROLE");
        let (said_zh, said_en) = (refused.text(Lang::Zh), refused.text(Lang::En));
        assert!(
            said_zh.contains(&format!("“{zh}”")) && said_en.contains(&format!("“{en}”")),
            "{said_zh} {said_en}"
        );
        let refused = department.try_ask(by(stop(what, Some("修订"), None), "qianshu")).unwrap_err();
        assert_eq!(refused.code(), "GUIDE_COUNTY");
        assert!(refused.text(Lang::Zh).contains(&format!("“{zh}”")), "{}", refused.text(Lang::Zh));
    }
    let long = "长".repeat(2_001);
    for blank in ["", "  ", "\u{200b}", &long] {
        let correct =
            Command::GuideCorrect { id: GUIDE.into(), element: None, text: blank.into(), user: None };
        let refused = village.try_ask(correct).unwrap_err();
        assert_eq!(refused.code(), "GUIDE_TEXT");
        for said in [refused.text(Lang::Zh), refused.text(Lang::En)] {
            assert!(!said.contains("--reason"), "{said}");
        }
    }
    let long = "长".repeat(501);
    assert_eq!(
        county.refused(stop("suspend", Some(&long), None)),
        "GUIDE_TEXT",
        "nothing is cut off in silence"
    );
}

#[test]
fn the_first_answer_to_a_correction_stands() {
    let founder = Founder::new();
    let (mut county, mut town, mut village) = (founder.county(), founder.town(), founder.village());
    county.ask(user("zhen", sanji_tests::lone::TOWN, &["guide_editor"]));
    county.publish(GUIDE);
    county.carry(&mut village);
    let ask =
        Command::GuideCorrect { id: GUIDE.into(), element: None, text: "电话已改号".into(), user: None };
    let id = village.ask(ask)["id"].as_str().unwrap().to_owned();
    village.carry(&mut county);
    county.carry(&mut town);
    village.carry(&mut town);
    let answer = |outcome: &str, text: &str, user: Option<&str>| Command::GuideAnswer {
        id: id.clone(),
        outcome: outcome.into(),
        text: text.into(),
        user: user.map(str::to_owned),
    };
    assert_eq!(county.refused(answer("accepted", "\u{200b}", None)), "GUIDE_TEXT");
    county.ask(answer("declined", "号码无误", None));
    let refused = county.try_ask(answer("accepted", "已更正", None)).unwrap_err();
    assert_eq!(refused.code(), "CORRECTION_ANSWERED");
    assert!(refused.text(Lang::Zh).contains("不采纳"), "{}", refused.text(Lang::Zh));
    // The town has not seen it. Both are kept, and the first stands wherever both have come.
    town.ask_at(NOW.plus_ms(1_000), answer("accepted", "已更正", Some("zhen")));
    town.carry(&mut county);
    county.carry(&mut village);
    for lone in [&mut county, &mut village] {
        let seen = lone.ask(Command::GuideCorrections { id: None });
        assert_eq!(
            (&seen[0]["state"], &seen[0]["answers"][0]["by"]["unit"]),
            (&json!("declined"), &json!(COUNTY))
        );
        assert_eq!(seen[0]["answers"].as_array().unwrap().len(), 2);
        assert_eq!(seen[0]["asked"]["by"]["unit"], VILLAGE);
    }
    county.verify();
}
