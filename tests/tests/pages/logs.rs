//! What people are, say and sign in with stands in no log of any node, however much the log is asked to tell.
//!
//! The accident it prevents: a log that is sent to somebody for help has a village's names, numbers and passwords in it.

use std::collections::BTreeMap;

use sanji_model::case::Role;
use sanji_node::command::{Command, NewMatter};
use sanji_tests::people::{PASSWORD, Visitor, call, employ, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node, TOWN, done, sanji};
use serde_json::json;

const NAME: &str = "欧阳标甲";
const PHONE: &str = "13912345678";
const ADDRESS: &str = "标乙路九百九十九号";
const NOTE: &str = "标丙备注文字";
const WRONG: &str = "biao-ding-cuo-mima-777";
const COMPLAINANT: &str = "司马标戊";
const COMPLAINT: &str = "标己投诉内容";
const OTHER_PHONE: &str = "13798765432";
const QUESTION: &str = "标庚咨询内容";
const STAFF: &str = "标辛受理员";
const IMPORTED: &str = "诸葛标壬";
const TYPED: &str = "标癸登录名";
const RATING: &str = "标子评价文字";
const REASON: &str = "标丑理由文字";
/// No number of anybody: its check digit is wrong.
const BAD_NUMBER: &str = "110105194912310021";

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A case from its registration to its package, with steps that are refused on the way.
fn case(town: &Node, ground: &Ground) -> String {
    let contact = [("applicant.phone", PHONE), ("applicant.address", ADDRESS)];
    let register = |id_number: &str, extra: &[(&str, &str)]| Command::CaseRegister {
        guide: GUIDE.into(),
        applicant: NAME.into(),
        id_number: id_number.into(),
        fields: fields(&[&contact[..], extra].concat()),
        user: Some("wang".into()),
    };
    town.try_ask(&register(BAD_NUMBER, &[])).unwrap_err();
    town.try_ask(&register(ID_NUMBER, &[("", NOTE)])).unwrap_err();
    let number = town.ask(register(ID_NUMBER, &[]))["number"].as_str().unwrap().to_owned();
    town.act(&number, "receive", &[("materials", "申请表")]);
    town.act(&number, "ask_correction", &[("items", "申请表"), ("reason", REASON)]);
    town.act(&number, "correct", &[("answers", "申请表"), ("materials", "申请表")]);
    town.act(&number, "note", &[("text", NOTE), ("applicant.phone", OTHER_PHONE)]);
    let bad = |action: &str| Command::CaseAct {
        number: number.clone(),
        action: action.into(),
        fields: fields(&[("text", NOTE), ("reason", REASON)]),
        user: None,
    };
    for action in ["archive", "settle", NAME] {
        town.try_ask(&bad(action)).unwrap_err();
    }
    town.act(&number, "withdraw", &[("reason", REASON)]);
    let rate = |last_four: &str, level: &str| Command::CaseRate {
        number: number.clone(),
        last_four: last_four.into(),
        level: level.into(),
        text: RATING.into(),
    };
    town.try_ask(&rate("0000", "5")).unwrap_err();
    town.ask(rate("002X", "5"));
    town.ask(Command::CaseReveal { number: number.clone(), user: Some("wang".into()) });
    town.ask(Command::CaseSearch { text: NAME.into(), limit: 9 });
    town.ask(Command::CaseApplicant { id_number: ID_NUMBER.into(), user: Some("wang".into()) });
    let file = |name: &str| ground.data(name).display().to_string();
    done(&town.data, &["case", "export", &file("up_pro")]);
    done(&town.data, &["case", "archive-package", &number, &file("case.zip")]);
    number
}

/// A complaint, a question, and lines of an import, good and bad.
fn matters(town: &Node, ground: &Ground) {
    let matter = |text: &str| NewMatter {
        name: COMPLAINANT.into(),
        phone: OTHER_PHONE.into(),
        text: text.into(),
        ..NewMatter::default()
    };
    let said = town.ask(Command::ComplaintRegister { kind: "complaint".into(), new: matter(COMPLAINT) });
    let number = said["number"].as_str().unwrap().to_owned();
    let refuse = Command::ComplaintAct {
        number: number.clone(),
        action: "refuse".into(),
        fields: fields(&[("reason", REASON), ("where", ADDRESS)]),
        user: None,
    };
    town.try_ask(&refuse).unwrap_err();
    town.ask(Command::MatterReveal { number, user: Some("wang".into()) });
    town.ask(Command::EnquiryRegister { new: matter(QUESTION) });
    let line = |id_number: &str| json!({ "guide": GUIDE, "applicant": IMPORTED, "id_number": id_number, "fields": { "applicant.phone": PHONE } });
    let cut = line(ID_NUMBER).to_string();
    let lines = [line(ID_NUMBER).to_string(), line(BAD_NUMBER).to_string(), cut[..cut.len() - 2].to_owned()];
    let file = ground.file("old.jsonl", &lines.join("\n"));
    assert_eq!(sanji(&town.data, &["case", "import", &file]).code, Some(1));
}

/// Pages and the programs' interface, with what is wrong in every way that a stranger can think of.
fn faces(town: &Node, number: &str) {
    let visitor = Visitor::new(town);
    for (user, password) in [("wang", WRONG), (TYPED, WRONG), (NAME, PASSWORD)] {
        visitor.post("/sign-in", &[("user", user), ("password", password)]);
    }
    let clerk = Visitor::signed_in(town, "wang");
    for path in [
        format!("/cases/{number}"),
        format!("/cases?text={}", encoded(NAME)),
        format!("/no-such-page/{}", encoded(NAME)),
        format!("/progress?number={number}&last_four={}", encoded(NAME)),
    ] {
        clerk.get(&path);
    }
    clerk.post("/cases/new", &[("guide", GUIDE), ("applicant", NAME), ("id_number", ID_NUMBER)]);
    clerk.post(&format!("/cases/{number}"), &[("action", "note"), ("text", NOTE), ("csrf", WRONG)]);
    let secret = token(town, "wang", "write");
    for (bearer, method, path, body) in [
        (secret.as_str(), "POST", "/api/v1/cases", format!("{{\"applicant\":\"{NAME}\",\"x\":1")),
        (
            &secret,
            "POST",
            "/api/v1/cases",
            json!({ "applicant": NAME, "id_number": ID_NUMBER, "no": PHONE }).to_string(),
        ),
        (
            &secret,
            "POST",
            "/api/v1/complaints",
            json!({ "name": COMPLAINANT, "text": COMPLAINT }).to_string(),
        ),
        (&secret, "GET", &format!("/api/v1/cases?text={}", encoded(NAME)), String::new()),
        (&secret, "DELETE", &format!("/api/v1/cases/{number}"), NOTE.to_owned()),
        (WRONG, "GET", "/api/v1/me", String::new()),
    ] {
        call(town, bearer, method, path, &body);
    }
}

#[test]
fn no_log_of_any_node_has_what_belongs_to_a_person() {
    let ground = Ground::new();
    let county = ground.county("county");
    let data = county.data.clone();
    county.stop();
    let county = Node::start_telling_all(&data);
    let town = ground.join(&county, TOWN, &county);
    let data = town.data.clone();
    town.stop();
    let town = Node::start_telling_all(&data);
    town.wait_linked();
    town.wait_guides(1);
    employ(&county, "wang", STAFF, TOWN, &[Role::Clerk, Role::Agent, Role::Administrator]);
    employ(&county, "boss", STAFF, COUNTY, &[Role::Administrator]);
    town.wait("the clerk is there", |_| town.ask(Command::StaffList)[0]["has_password"] == true);

    let number = case(&town, &ground);
    matters(&town, &ground);
    faces(&town, &number);
    county.wait("what the town did", |status| {
        status["cases"] == 2 && status["complaints"] == 1 && status["behind"] == 0
    });
    let boss = Visitor::signed_in(&county, "boss");
    boss.get(&format!("/cases/{number}"));
    boss.get(&format!("/users/{}", encoded(STAFF)));

    let secret = format!("secret-of-{}-{}", "wang", "write");
    let secret_hash = blake3::hash(secret.as_bytes()).to_hex().to_string();
    let persons = [
        NAME,
        ID_NUMBER,
        BAD_NUMBER,
        PHONE,
        ADDRESS,
        NOTE,
        COMPLAINANT,
        COMPLAINT,
        OTHER_PHONE,
        QUESTION,
        STAFF,
        IMPORTED,
        TYPED,
        RATING,
        REASON,
        PASSWORD,
        WRONG,
        &secret,
        &secret_hash,
    ];
    for node in [&county, &town] {
        let log = node.log();
        assert!(log.contains("TRACE") && log.contains("the node serves"), "it tells everything: {log:.500}");
        for person in persons {
            // Also as an address or a form writes it.
            for written in [person.to_owned(), encoded(person), encoded(person).to_lowercase()] {
                let line = log.lines().find(|line| line.contains(&written));
                assert_eq!(line, None, "{person} in the log of {}", node.data.display());
            }
        }
    }
}
