//! Who may ask, how pages follow one another, what a key for repeating does, and how problems read.

use sanji_model::case::Role;
use sanji_tests::people::{employ, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node};
use serde_json::{Value, json};

use crate::program::{Program, county};

const KEY: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const PERSON: &str = "张三丰";

fn new_case(applicant: &str) -> Value {
    json!({ "guide": GUIDE, "applicant": applicant, "id_number": ID_NUMBER, "fields": { "applicant.phone": "13800001234" } })
}

#[test]
fn a_token_does_what_it_was_made_for_within_the_roles_of_its_user() {
    let ground = Ground::new();
    let (county, writer) = county(&ground);
    employ(&county, "wang", "王五", COUNTY, &[Role::GuideEditor]);
    let reader = Program::new(&county, &token(&county, "li", "read"));
    let editor = Program::new(&county, &token(&county, "wang", "write"));

    let nobody = Program::new(&county, "").get("/cases");
    assert_eq!((nobody.status, nobody.problem()), (401, "API_TOKEN"));
    assert_eq!(reader.get("/cases").status, 200);
    let refused = reader.post("/cases", &new_case(PERSON));
    assert_eq!((refused.status, refused.problem()), (403, "TOKEN_READ_ONLY"));
    let refused = editor.get("/cases");
    assert_eq!((refused.status, refused.problem()), (403, "ROLE"));
    assert_eq!(editor.get("/drafts").status, 200);

    let made = writer.post("/cases", &new_case(PERSON));
    assert_eq!(made.status, 201, "{made:?}");
    let number = made.json["number"].as_str().unwrap();
    let shown = writer.get(&format!("/cases/{number}"));
    for secret in [PERSON, ID_NUMBER, "13800001234"] {
        assert!(shown.status == 200 && !shown.json.to_string().contains(secret), "{shown:?}");
    }
    let revealed = writer.post(&format!("/cases/{number}/reveal"), &json!({}));
    assert_eq!(revealed.json["applicant"], PERSON, "{revealed:?}");

    let token = writer.post("/tokens", &json!({ "name": "对接", "grant": "read" }));
    let own = Program::new(&county, token.json["secret"].as_str().unwrap());
    assert_eq!(own.get("/me").json["user"]["id"], "li");
    for days in [0, 367] {
        let refused = writer.post("/tokens", &json!({ "name": "对接", "grant": "read", "days": days }));
        assert_eq!((refused.status, refused.problem()), (422, "BAD_ARGUMENT"));
        assert!(refused.json["detail"].as_str().unwrap().contains("366"), "{refused:?}");
    }
    let other = writer.post("/tokens", &json!({ "name": "对接", "grant": "read", "user": "wang" }));
    assert_eq!((other.status, other.problem()), (403, "USER_ROLE"));
    employ(&county, "boss", "马", COUNTY, &[Role::Administrator]);
    let boss = Program::new(&county, &sanji_tests::people::token(&county, "boss", "write"));
    let made = boss.post("/tokens", &json!({ "name": "对接", "grant": "read", "user": "wang" }));
    let for_wang = Program::new(&county, made.json["secret"].as_str().unwrap());
    assert_eq!(for_wang.get("/me").json["user"]["id"], "wang");

    let ended = writer.ask("DELETE", &format!("/tokens/{}", token.json["token"].as_str().unwrap()), &[], "");
    assert_eq!((ended.status, own.get("/me").status), (200, 401), "{ended:?}");
}

#[test]
fn a_token_that_may_read_asks_how_far_a_case_is_and_rates_nothing() {
    let ground = Ground::new();
    let (county, _) = county(&ground);
    let reader = Program::new(&county, &token(&county, "li", "read"));
    let number = county.file_case(PERSON);
    let proof = json!({ "number": number, "last_four": "002X" });
    let told = reader.post("/progress", &proof);
    assert_eq!((told.status, told.json["number"].as_str()), (200, Some(number.as_str())), "{told:?}");
    let again = reader.once(KEY, "/progress", &proof);
    assert!(again.status == 200 && !reader.once(KEY, "/progress", &proof).replayed, "as it stands then");
    let mut rating = proof.clone();
    rating["level"] = json!("1");
    assert_eq!(reader.post("/ratings", &rating).problem(), "TOKEN_READ_ONLY");
    let document = reader.get("/openapi.json").json;
    let parameters = |path: &str| document["paths"][path]["post"]["parameters"].to_string();
    assert!(!parameters("/api/v1/progress").contains("Idempotency-Key"));
    assert!(parameters("/api/v1/ratings").contains("Idempotency-Key"));
}

#[test]
fn who_sees_cards_of_their_own_unit_only_is_told_so_and_not_shown_them_in_the_place_of_others() {
    let ground = Ground::new();
    let (county, _) = county(&ground);
    employ(&county, "bai", "白承办", COUNTY, &[Role::Handler]);
    employ(&county, "jian", "监察甲", COUNTY, &[Role::Supervisor]);
    let handler = Program::new(&county, &token(&county, "bai", "read"));
    let supervisor = Program::new(&county, &token(&county, "jian", "read"));
    let below = "/cards?unit=640202001";
    for (lang, sentence) in [("zh", "只能查看本机构"), ("en", "their own unit only")] {
        let refused = handler.ask("GET", below, &[("accept-language", lang)], "");
        assert_eq!((refused.status, refused.problem()), (403, "OWN_UNIT_ONLY"));
        assert!(refused.json["detail"].as_str().unwrap().contains(sentence), "{refused:?}");
    }
    let own = format!("/cards?unit={COUNTY}");
    assert_eq!(
        [handler.get("/cards").status, handler.get(&own).status, supervisor.get(below).status],
        [200; 3]
    );
}

#[test]
fn pages_follow_one_another_without_gap_or_twin() {
    let ground = Ground::new();
    let (county, program) = county(&ground);
    let filed: Vec<String> = (0..5).map(|n| county.file_case(&format!("申请人{n}"))).collect();
    for (path, all) in
        [("/cases?limit=2", 5), ("/cases/queue?state=received&limit=3", 5), ("/units?limit=3", 4)]
    {
        let (mut names, mut next) = (Vec::new(), String::new());
        loop {
            let page = program.get(&format!("{path}{next}"));
            let name = |row: &Value| row["number"].as_str().or(row["code"].as_str()).unwrap().to_owned();
            names.extend(page.rows().iter().map(name));
            match page.json["next"].as_str() {
                Some(cursor) => next = format!("&after={cursor}"),
                None => break,
            }
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{path}: {names:?}");
        assert!(!path.starts_with("/cases") || filed.iter().all(|number| names.contains(number)));
    }
    for bad in ["/cases?after=x", "/cases?limit=0", "/cases?limit=501", "/cases?lmit=1", "/units?after=x"] {
        let refused = program.get(bad);
        assert_eq!(refused.status, 422, "{bad}: {refused:?}");
        refused.problem();
    }
}

#[test]
fn the_same_request_with_the_same_key_is_done_once_also_over_a_power_cut() {
    let ground = Ground::new();
    let (county, program) = county(&ground);
    employ(&county, "wang", "王五", COUNTY, &[Role::Clerk]);
    let other = token(&county, "wang", "write");

    let first = program.once(KEY, "/cases", &new_case(PERSON));
    assert!(first.status == 201 && !first.replayed, "{first:?}");
    let again = program.once(KEY, "/cases", &new_case(PERSON));
    assert!(again.status == 201 && again.replayed && again.json == first.json, "{again:?}");
    let refused = program.once(KEY, "/cases", &new_case("王小二"));
    assert_eq!((refused.status, refused.problem()), (422, "IDEMPOTENCY_OTHER"));
    let weak = program.once("1", "/cases", &new_case(PERSON));
    assert_eq!((weak.status, weak.problem()), (422, "IDEMPOTENCY_KEY"));
    // What was refused is an answer, too.
    let wrong = json!({ "guide": GUIDE, "applicant": PERSON, "id_number": "110105194912310021" });
    let key = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let refused = program.once(key, "/cases", &wrong);
    assert_eq!((refused.status, refused.problem()), (422, "ID_CHECK"));
    let again = program.once(key, "/cases", &wrong);
    assert!(again.replayed && again.problem() == "ID_CHECK", "{again:?}");

    let data = county.data.clone();
    county.kill();
    let kept = std::fs::read_to_string(data.join("api-keys.jsonl")).unwrap();
    assert!(!kept.contains(PERSON) && !kept.contains(KEY));
    let county = Node::start(&data);
    let program = Program::new(&county, "secret-of-li-write");
    let again = program.once(KEY, "/cases", &new_case(PERSON));
    assert!(again.replayed && again.json == first.json, "{again:?}");
    let own = Program::new(&county, &other).once(KEY, "/cases", &new_case(PERSON));
    assert!(own.status == 201 && !own.replayed, "a key is its user's own: {own:?}");
    assert_eq!(county.cases().len(), 2);

    // The node stopped between doing and answering: the file has the beginning only.
    county.kill();
    let kept = std::fs::read_to_string(data.join("api-keys.jsonl")).unwrap();
    let begun: Vec<&str> = kept.lines().filter(|line| line.contains("\"begun\"")).collect();
    std::fs::write(data.join("api-keys.jsonl"), format!("{}\n", begun.join("\n"))).unwrap();
    let county = Node::start(&data);
    let unknown = Program::new(&county, "secret-of-li-write").once(KEY, "/cases", &new_case(PERSON));
    assert_eq!((unknown.status, unknown.problem()), (409, "IDEMPOTENCY_UNKNOWN"));
    assert_eq!(county.cases().len(), 2);
}

#[test]
fn every_error_is_a_problem_in_the_language_that_was_asked_for() {
    let ground = Ground::new();
    let (_county, program) = county(&ground);
    let mut unknown = new_case(PERSON);
    unknown["fields"]["n"] = json!(1);
    let refused = program.post("/cases", &unknown);
    assert_eq!((refused.status, refused.problem()), (422, "API_BODY"));
    assert_eq!(refused.json["errors"][0]["pointer"], "/fields/n");
    let refused =
        program.post("/cases", &json!({ "guide": GUIDE, "applicant": "a", "id_number": "x", "more": 1 }));
    assert_eq!(
        (refused.problem(), refused.json["errors"][0]["pointer"].as_str()),
        ("API_BODY", Some("/more"))
    );

    let json = [("content-type", "application/json")];
    let refused = program.ask("POST", "/cases", &json, "{");
    assert_eq!((refused.status, refused.problem()), (422, "API_BODY"));
    let refused = program.ask("POST", "/cases", &[("content-type", "text/plain")], "{}");
    assert_eq!((refused.status, refused.problem()), (415, "API_MEDIA_TYPE"));
    let refused = program.ask("POST", "/cases", &json, &format!("\"{}\"", "x".repeat(2 << 20)));
    assert_eq!((refused.status, refused.problem()), (413, "API_TOO_LONG"));
    let refused = program.get("/nothing");
    assert_eq!((refused.status, refused.problem()), (404, "API_NO_ROUTE"));
    let refused = program.ask("DELETE", "/cases", &[], "");
    assert_eq!((refused.status, refused.problem()), (405, "API_METHOD"));

    let zh = [("content-type", "application/json"), ("accept-language", "zh-CN")];
    for (body, pointer, sentence) in [
        (
            r#"{"guide": "x", "applicant": 1, "id_number": "x"}"#,
            "/applicant",
            "“/applicant”应为文字，不是数字",
        ),
        (r#"{"guide": "x", "id_number": "x"}"#, "/applicant", "缺少“/applicant”，请补上"),
        ("[", "", "请求内容不完整，JSON 没有结束"),
    ] {
        let refused = program.ask("POST", "/cases", &zh, body);
        assert_eq!((refused.status, refused.problem()), (422, "API_BODY"));
        assert_eq!(refused.json["detail"], sentence);
        assert_eq!(refused.json["errors"], json!([{ "pointer": pointer, "detail": sentence }]));
    }
    let refused = program.ask("GET", "/cases?limit=many", &zh, "");
    assert_eq!(refused.json["detail"], "参数“limit”应为非负整数");
    assert_eq!(refused.json["errors"][0]["parameter"], "limit");
    let refused = program.ask("GET", "/guides/%FF", &zh, "");
    assert_eq!((refused.status, refused.problem()), (404, "API_NO_ROUTE"));

    let missing = |lang| program.ask("GET", "/cases/1234567", &[("accept-language", lang)], "");
    let (zh, en) = (missing("zh-CN,zh;q=0.9"), missing("en"));
    assert_eq!((zh.status, zh.problem(), en.problem()), (404, "CASE_NOT_FOUND", "CASE_NOT_FOUND"));
    assert!(zh.json["title"] == "不存在" && en.json["title"] == "Not found", "{zh:?} {en:?}");

    let made = program.post("/cases", &new_case(PERSON));
    let number = made.json["number"].as_str().unwrap();
    let act = |action| program.post(&format!("/cases/{number}/actions"), &json!({ "action": action }));
    assert_eq!((act("conclude").status, act("decide").problem()), (409, "CASE_TRANSITION"));
}
