//! What a hall sees of the units below it, and what an administrator sees of their people's programs.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::people::{Visitor, call, employ, token};
use sanji_tests::processes::{COUNTY, Ground, TOWN, VILLAGE};

#[test]
fn what_a_village_still_has_is_shown_and_said_to_be_unknown_while_its_line_is_down() {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    employ(&county, "wang", "王", TOWN, &[Role::Clerk]);
    town.wait("the clerk is there", |_| town.ask(Command::StaffList)[0]["has_password"] == true);
    village.wait_guides(1);
    village.wait_linked();
    let number = village.file_case("王小明");
    let is_even = |status: &serde_json::Value| {
        let child = &status["children"][0];
        child["state"] == "up" && child["awaited"] == 0 && child["owed"] == 0 && status["cases"] == 1
    };
    town.wait("even with its village", is_even);
    let clerk = Visitor::signed_in(&town, "wang");
    let page = clerk.get("/villages").body;
    assert!(page.contains("待上传") && page.contains("待下发") && !page.contains("未知"), "{page}");

    let above = clerk.get(&format!("/cards?unit={COUNTY}"));
    assert!(above.status == 422 && above.body.contains("无权处理 640202 的事项"), "{above:?}");
    assert!(!above.body.contains("<table id=\"cards\">"), "nor a part of it: {above:?}");

    village.act(&number, "hand_over", &[("to", TOWN)]);
    town.wait("the hand-over", |_| {
        town.ask(Command::CaseShow { number: number.clone() })["handed_to"] == TOWN
    });
    town.act(&number, "take_over", &[]);
    village.kill();
    town.wait("alone", |status| status["children"][0]["state"] == "down");
    let page = clerk.get("/villages").body;
    assert!(page.contains("未知") && page.contains("断线时") && page.contains("断线前所知"), "{page}");

    let case = clerk.get(&format!("/cases/{number}")).body;
    assert!(case.contains(&format!("<option value=\"{VILLAGE}\">")), "it can be handed back: {case}");
    assert!(!case.contains(&format!("/cases/{number}/check")), "there is nothing to be checked: {case}");
}

#[test]
fn an_administrator_sees_and_ends_the_tokens_of_the_units_people() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "boss", "马", COUNTY, &[Role::Administrator]);
    employ(&county, "li", "李", COUNTY, &[Role::Clerk]);
    employ(&county, "wang", "王", TOWN, &[Role::Clerk]);
    let secret = token(&county, "li", "read");
    let boss = Visitor::signed_in(&county, "boss");
    let before = boss.get("/users/li").body;
    assert!(before.contains("测试") && before.contains("<span class=\"quiet\">–</span>"), "{before}");
    assert_eq!(call(&county, &secret, "GET", "/api/v1/me", "").status, 200);
    let after = boss.get("/users/li").body;
    assert!(!after.contains("<span class=\"quiet\">–</span>"), "it was used: {after}");
    let id =
        after.split_once("name=\"token\" value=\"").map(|(_, rest)| rest.split('"').next().expect("an id"));
    let ended = boss.fill("/users/li", "/users/li/tokens/end", &[("token", id.expect("a token"))]);
    assert_eq!((ended.status, ended.to.as_str()), (303, "/users/li"), "{ended:?}");
    assert!(boss.get("/users/li").body.contains("令牌已停用"));
    assert_eq!(call(&county, &secret, "GET", "/api/v1/me", "").status, 401);
    assert!(boss.get("/users/wang").body.contains("该用户属于其他机构"));
}
