//! A supervisor with cards, a clerk who appeals, and a caller who calls back, each at their pages.
//!
//! The accident it prevents: a card that is struck by whoever it is about, or a bad rating that is closed without a call.

use std::time::SystemTime;

use sanji_model::case::Role;
use sanji_node::command::{Command, NewMatter};
use sanji_tests::people::{Seen, Visitor, call, employ, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node};
use serde_json::{Value, json};

use crate::forms::hidden;

const DAY_MS: u128 = 86_400_000;

/// So many cases that came a hundred days ago, and that nobody took on.
fn forgotten(county: &Node, cases: usize) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_millis();
    let at = u64::try_from(now - 100 * DAY_MS).expect("it fits");
    let line = |n: usize| {
        let receive = json!({ "action": "receive", "fields": { "materials": "申请表" } });
        let line = json!({
            "guide": GUIDE, "applicant": "张三丰", "id_number": ID_NUMBER, "at": at, "source": format!("旧系统{n}"),
            "events": [receive],
        });
        line.to_string()
    };
    let text = (0..cases).map(line).collect::<Vec<_>>().join("\n");
    let said = county.ask(Command::CaseImport { text, first: 1, user: None });
    assert_eq!(said["imported"], cases, "{said}");
}

/// The red cards, one a case.
fn red(county: &Node) -> Vec<Value> {
    let level = Some("red".to_owned());
    let said = county.ask(Command::Cards { unit: None, level, after: None, limit: 50 });
    said["rows"].as_array().expect("rows").clone()
}

fn standing(county: &Node, id: &Value) -> String {
    let card = red(county).into_iter().find(|card| card["id"] == *id).expect("the card is there");
    card["standing"].as_str().expect("a standing").to_owned()
}

fn on_card(visitor: &Visitor, card: &Value, action: &str, reason: &str) -> Seen {
    let text = |key: &str| card[key].as_str().expect("text");
    let fields = [("card", text("id")), ("case", text("case")), ("action", action), ("reason", reason)];
    visitor.fill("/cards", "/cards", &fields)
}

#[test]
fn a_supervisor_confirms_withdraws_and_exempts_and_a_clerk_only_appeals() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "jian", "监察甲", COUNTY, &[Role::Supervisor]);
    employ(&county, "li", "李四", COUNTY, &[Role::Clerk]);
    forgotten(&county, 4);
    let cards = red(&county);
    assert_eq!(cards.len(), 4, "{cards:?}");
    let (supervisor, clerk) = (Visitor::signed_in(&county, "jian"), Visitor::signed_in(&county, "li"));
    let page = supervisor.get("/cards?level=red");
    for card in &cards {
        assert!(page.body.contains(card["case"].as_str().unwrap()), "{page:?}");
    }
    assert!(
        page.body.contains("确认督办") && page.body.contains("撤销督办") && page.body.contains("容错免责")
    );
    assert!(!page.body.contains("张三丰"));
    let page = clerk.get("/cards");
    assert!(page.body.contains("督办申诉") && !page.body.contains("撤销督办"), "{page:?}");

    let done = on_card(&supervisor, &cards[0], "confirm_card", "");
    assert_eq!((done.status, done.to.as_str()), (303, "/cards"));
    assert!(supervisor.get(&done.to).body.contains("“确认督办”已办理"));
    assert_eq!(standing(&county, &cards[0]["id"]), "confirmed");

    // What takes something back wants a reason, and whom the card is about takes nothing back.
    let bare = on_card(&clerk, &cards[1], "appeal_card", "");
    assert!(bare.status == 422 && bare.body.contains("请填写理由"), "{bare:?}");
    let own = on_card(&clerk, &cards[1], "withdraw_card", "当日停电");
    assert!(own.status == 422 && own.body.contains("应由监察员办理"), "{own:?}");
    assert_eq!(standing(&county, &cards[1]["id"]), "raised");
    assert_eq!(on_card(&clerk, &cards[1], "appeal_card", "当日停电").status, 303);
    assert!(supervisor.get("/cards?level=red").body.contains("申诉中"));
    assert_eq!(on_card(&supervisor, &cards[1], "withdraw_card", "停电属实").status, 303);
    assert_eq!(on_card(&supervisor, &cards[2], "exempt_card", "因公共停电").status, 303);
    let after = [1, 2, 3].map(|n| standing(&county, &cards[n]["id"]));
    assert_eq!(after, ["withdrawn", "exempted", "raised"]);
    let counted = county.ask(Command::Stats { unit: None, by: None, from: None, to: None });
    assert_eq!(counted["total"]["cards_withdrawn"], 1, "withdrawn ones are counted apart: {counted}");
}

#[test]
fn a_form_about_a_card_that_is_sent_twice_is_done_once() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "li", "李四", COUNTY, &[Role::Clerk]);
    forgotten(&county, 1);
    let (clerk, card) = (Visitor::signed_in(&county, "li"), &red(&county)[0]);
    let page = clerk.get("/cards?level=red");
    let (csrf, once) = (page.csrf(), hidden(&page, "once"));
    let text = |key: &str| card[key].as_str().expect("text");
    let form = [
        ("csrf", csrf.as_str()),
        ("once", &once),
        ("card", text("id")),
        ("case", text("case")),
        ("of", "case"),
        ("action", "appeal_card"),
        ("reason", "当日停电"),
        ("back", "level=red"),
    ];
    let sent = [clerk.post("/cards", &form), clerk.post("/cards", &form)];
    assert!(sent.iter().all(|seen| seen.status == 303 && seen.to == "/cards?level=red"), "{sent:?}");
    assert!(clerk.get("/cards?level=red").body.contains("没有重复办理"));
    let case = county.ask(Command::CaseShow { number: text("case").to_owned() });
    let events = case["events"].as_array().expect("events").iter();
    assert_eq!(events.filter(|event| event["action"] == "appeal_card").count(), 1, "{case}");
}

#[test]
fn a_seed_is_published_by_who_says_that_they_mean_it_and_once() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "boss", "马", COUNTY, &[Role::Administrator]);
    let boss = Visitor::signed_in(&county, "boss");
    let page = boss.get("/sampling?month=2099-01");
    let (csrf, once) = (page.csrf(), hidden(&page, "once"));
    let form =
        [("csrf", csrf.as_str()), ("once", &once), ("month", "2099-01"), ("seed", "双色球 2099001 期")];
    let unsure = boss.post("/sampling", &form);
    assert!(unsure.status == 422 && unsure.body.contains("勾选确认后再公布"), "{unsure:?}");
    assert!(unsure.body.contains("value=\"双色球 2099001 期\""), "what was typed is still there");
    let records = || county.ask(Command::AuditList { month: None, unit: None }).to_string();
    assert!(!records().contains("seed_publish"));
    let sure = [&form[..], &[("sure", "yes")]].concat();
    let done = boss.post("/sampling", &sure);
    assert_eq!((done.status, done.to.as_str()), (303, "/sampling?month=2099-01"), "{done:?}");
    assert!(boss.get(&done.to).body.contains("种子已公布"));
    assert!(!boss.get(&done.to).body.contains("种子已公布"), "said once");
    assert_eq!(boss.post("/sampling", &sure).status, 303);
    assert!(boss.get(&done.to).body.contains("没有重复办理"));
    assert_eq!(records().matches("seed_publish").count(), 1);
}

#[test]
fn who_changed_a_user_is_on_record_by_name_and_no_password_is() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "boss", "马", COUNTY, &[Role::Administrator]);
    let boss = Visitor::signed_in(&county, "boss");
    const SECRET: &str = "he-lan-shan-xia-88";
    let passwords = [("new", SECRET), ("again", SECRET)];
    let named = |role: &'static str| [("name", "马花"), ("unit", COUNTY), ("role", role)];
    let send = |page: &str, to: &str, fields: &[(&str, &str)]| {
        let seen = boss.fill(page, to, fields);
        assert_eq!(seen.status, 303, "{to}: {seen:?}");
    };
    send("/users/new", "/users/new", &[&[("id", "ma-hua")], &named("clerk")[..], &passwords].concat());
    send("/users/ma-hua", "/users/ma-hua", &named("decider"));
    send("/users/ma-hua", "/users/ma-hua", &named("decider"));
    send("/users/ma-hua", "/users/ma-hua/password", &passwords);
    send("/users/ma-hua", "/users/ma-hua/disable", &[]);
    let page = boss.get("/audit").body;
    let program = call(&county, &token(&county, "boss", "read"), "GET", "/api/v1/audit", "").body;
    let answer: Value = serde_json::from_str(&program).expect("JSON");
    let mut deeds: Vec<(&str, &str)> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|record| record["user"] == "boss")
        .map(|record| (record["deed"].as_str().unwrap(), record["about"].as_str().unwrap()))
        .collect();
    deeds.sort();
    assert_eq!(
        deeds,
        [
            ("password", "ma-hua"),
            ("password", "ma-hua"),
            ("user_add", "ma-hua 640202 clerk"),
            ("user_change", "ma-hua 640202 decider"),
            ("user_disable", "ma-hua 640202 decider"),
        ],
        "what changes nothing is no deed"
    );
    for words in ["新增用户", "变更用户及其角色", "停用用户", "设置密码", "ma-hua 640202 decider"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    for told in [&page, &program] {
        assert!(!told.contains(SECRET) && !told.contains("argon2"), "{told}");
    }
}

#[test]
fn a_caller_calls_back_and_closes_a_bad_rating_and_a_complaint() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "hui", "回访甲", COUNTY, &[Role::Caller]);
    employ(&county, "all", "全能人", COUNTY, Role::ALL);
    let caller = Visitor::signed_in(&county, "hui");
    let number = county.file_case("张三丰");
    let act = |action: &str, fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (number, action) = (number.clone(), action.to_owned());
        county.ask(Command::CaseAct { number, action, fields, user: Some("all".into()) });
    };
    act("withdraw", &[("reason", "等候太久")]);
    act("rate", &[("level", "5")]);
    let page = format!("/ratings/{number}");
    let early = caller.get(&page);
    assert!(
        early.status == 200 && !early.body.contains("name=\"satisfied\""),
        "nobody has answered yet: {early:?}"
    );
    act("verify_rating", &[("found", "属实")]);
    act("rectify_rating", &[("text", "增开窗口")]);
    act("answer_rating", &[("text", "已增开窗口")]);
    assert!(caller.get("/ratings").body.contains(&number));
    let blank = caller.fill(&page, &page, &[("action", "call_back")]);
    assert!(blank.status == 422 && blank.body.contains("请选择"), "{blank:?}");
    let done = caller.fill(&page, &page, &[("action", "call_back"), ("satisfied", "yes")]);
    assert_eq!((done.status, done.to), (303, page.clone()));
    let shown = caller.get(&page);
    assert!(
        shown.body.contains("增开窗口") && shown.body.contains("回访甲") && !shown.body.contains("张三丰")
    );
    let stage = county.ask(Command::CaseShow { number: number.clone() })["course"]["rating"]["stage"].take();
    assert_eq!(stage, "closed");

    let new = NewMatter {
        name: "王小明".into(),
        phone: "13800001234".into(),
        text: "窗口无人".into(),
        unit: Some(COUNTY.into()),
        user: Some("all".into()),
        ..NewMatter::default()
    };
    let said = county.ask(Command::ComplaintRegister { kind: "hotline".into(), new });
    let complaint = said["number"].as_str().expect("a number").to_owned();
    let step = |action: &str, key: &str, value: &str| {
        let fields = [(key.to_owned(), value.to_owned())].into();
        let (number, action) = (complaint.clone(), action.to_owned());
        county.ask(Command::ComplaintAct { number, action, fields, user: Some("all".into()) });
    };
    step("accept", "text", "");
    step("dispatch", "unit", COUNTY);
    for (action, text) in [("sign", ""), ("handle", ""), ("reply", "已安排值班"), ("close", "")] {
        step(action, "text", text);
    }
    let page = format!("/complaints/{complaint}");
    let seen = caller.get(&page);
    assert!(
        seen.status == 200 && !seen.body.contains("13800001234"),
        "the number is a reveal of its own: {seen:?}"
    );
    let revealed = caller.fill(&page, &format!("{page}/reveal"), &[]);
    assert!(revealed.body.contains("13800001234") || revealed.status == 303, "{revealed:?}");
    let done = caller.fill(&page, &page, &[("action", "call_back"), ("satisfied", "no")]);
    assert_eq!(done.status, 303, "{done:?}");
    let shown = county.ask(Command::ComplaintShow { number: complaint });
    assert_eq!((shown["state"].as_str(), shown["satisfied"].as_bool()), (Some("called_back"), Some(false)));
    let looks = county.ask(Command::AuditList { month: None, unit: None });
    let looked =
        looks.as_array().expect("records").iter().any(|one| one["deed"] == "reveal" && one["user"] == "hui");
    assert!(looked, "{looks}");
}
