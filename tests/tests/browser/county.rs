//! What a county's people do at their pages: a guide from its edit to the units that hold it, units and people, complaints,
//! and what everybody may look at.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::people::employ;
use sanji_tests::processes::{COUNTY, GUIDE, Ground, Node, TOWN};

use super::county;
use super::window::Window;

/// Somebody of the county for each of these roles, called as the role.
fn people(county: &Node, roles: &[Role]) {
    for role in roles {
        employ(county, role.word(), role.words().zh, COUNTY, &[*role]);
    }
}

#[test]
fn a_guide_is_edited_signed_approved_published_and_arrives() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    people(&county, &[Role::GuideEditor, Role::GuideApprover, Role::Decider]);
    let guides = county.ask(Command::GuideList);
    let guide = guides[0]["id"].as_str().expect("a guide").to_owned();
    let draft = format!("/drafts/{guide}");

    let editor = Window::signed_in(&county, Role::GuideEditor.word());
    editor.goto("/drafts");
    editor.press_words(GUIDE);
    editor.says("26");
    editor.goto(&format!("{draft}/edit?field=conditions"));
    editor.fill("text", "");
    editor.press("#main form button");
    editor.says("缺");
    editor.picture("guide-1-incomplete");
    editor.goto(&format!("{draft}/edit?field=conditions"));
    editor.fill("text", "本县户籍居民");
    editor.press("#main form button");
    editor.says("已保存");
    editor.goto(&draft);
    editor.says("本县户籍居民");
    editor.picture("guide-2-draft");
    editor.goto(&format!("{draft}/diff"));
    editor.says("本县户籍居民");
    editor.picture("guide-3-diff");

    let chief = Window::signed_in(&county, Role::Decider.word());
    chief.goto(&draft);
    chief.step("step", "sign", &[]);
    chief.says("签署");
    editor.goto(&draft);
    editor.step("step", "submit", &[]);
    editor.says("送审");
    let approver = Window::signed_in(&county, Role::GuideApprover.word());
    approver.goto(&draft);
    approver.picture("guide-4-in-review");
    approver.step("step", "approve", &[]);
    approver.says("审定");
    approver.goto(&draft);
    approver.step("step", "publish", &[("sure", "yes")]);
    approver.says("第 2 版");
    approver.picture("guide-5-published");
    let holds = |_: &serde_json::Value| {
        town.ask(Command::GuideShow { id: guide.clone(), version: Some(2) })["published"]["version"] == 2
    };
    town.wait("the second version", holds);
    approver.goto(&format!("/guides/{guide}/rollout"));
    approver.says("第 2 版：3 个下级机构中 1 个已持有");
    approver.picture("guide-6-rollout");
    for window in [editor, chief, approver] {
        window.is_quiet("guides");
    }
}

#[test]
fn an_administrator_employs_invites_and_revokes() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    people(&county, &[Role::Administrator]);
    let admin = Window::signed_in(&county, Role::Administrator.word());
    admin.goto("/users/new");
    admin.fill("id", "ma.hua");
    admin.fill("name", "马花");
    admin.fill("unit", TOWN);
    admin.press("#main input[name='role'][value='clerk']");
    admin.fill("new", "12345678");
    admin.fill("again", "12345678");
    admin.press("#main form button");
    admin.says("太常见");
    assert_eq!(admin.script("return document.querySelector('[name=name]').value"), "马花");
    admin.picture("user-refused");
    admin.fill("new", "shui-dong-gou-28");
    admin.fill("again", "shui-dong-gou-28");
    admin.press("#main form button");
    admin.says("马花");
    admin.goto("/users");
    admin.says("ma.hua");
    admin.picture("users");
    admin.goto("/invitations");
    admin.fill("unit", "640202001002");
    admin.fill("parents", &town.link);
    admin.press("#main form button");
    admin.says("sanji join");
    assert_eq!(admin.count("#token .square svg"), 1);
    admin.picture("invitation");
    admin.goto("/tree");
    admin.says("测试镇");
    admin.says("西村");
    admin.picture("tree");
    admin.goto("/revocations");
    admin.fill("whom", TOWN);
    admin.press("#main form button");
    admin.picture("revocation");
    admin.press("#main button.danger");
    admin.says("节点已吊销");
    admin.goto("/revocations");
    admin.says("测试镇");
    admin.goto("/dashboard");
    admin.says("测试县");
    admin.picture("dashboard");
    // The way to another language from a refused form, and an address that is none.
    admin.goto("/users/ma.hua/password?lang=en");
    admin.says("Users");
    admin.goto("/nosuch?lang=zh");
    admin.says("没有这个页面");
    let noise: Vec<String> = admin.complaints().into_iter().filter(|said| !said.contains("404")).collect();
    assert!(noise.is_empty(), "{noise:?}");
}

#[test]
fn a_complaint_goes_its_way_and_a_month_is_drawn() {
    let ground = Ground::new();
    let (county, town) = county(&ground);
    people(&county, &[Role::ComplaintsOfficer, Role::Supervisor, Role::Administrator, Role::Caller]);
    employ(&county, "clerk", "马镇长", TOWN, &[Role::Clerk]);
    town.wait("the clerk is there", |_| town.ask(Command::StaffList)[0]["has_password"] == true);
    let officer = Window::signed_in(&county, Role::ComplaintsOfficer.word());
    officer.goto("/complaints/new");
    officer.fill("text", "窗口中午没有人");
    officer.fill("name", "王小明");
    officer.fill("phone", "13900000000");
    officer.fill("unit", TOWN);
    officer.press("#main form button");
    officer.says("登记");
    let number = officer.at().rsplit('/').next().expect("a number")[..27].to_owned();
    officer.picture("complaint-1-registered");
    officer.step("action", "accept", &[]);
    officer.says("已受理");
    officer.step("action", "dispatch", &[("unit", TOWN)]);
    officer.says("待签收");
    let page = format!("/complaints/{number}");
    town.wait("the complaint", |status| status["complaints"] == 1);
    let clerk = Window::signed_in(&town, "clerk");
    clerk.goto(&page);
    clerk.step("action", "sign", &[]);
    clerk.says("已签收");
    clerk.step("action", "handle", &[]);
    clerk.says("办理中");
    clerk.step("action", "reply", &[("text", "")]);
    clerk.says("请填写");
    clerk.picture("complaint-2-reply-missing");
    clerk.step("action", "reply", &[("text", "已安排值守")]);
    clerk.says("已答复");
    officer.says("已答复");
    officer.picture("complaint-3-replied");

    let supervisor = Window::signed_in(&county, Role::Supervisor.word());
    supervisor.goto("/sampling");
    supervisor.says("尚未公布");
    let administrator = Window::signed_in(&county, Role::Administrator.word());
    administrator.goto("/sampling");
    administrator.fill("seed", "双色球 2026137 期 03 11 17 22 28 31 + 09");
    administrator.press("form[method=post][action='/sampling'] input[name=sure]");
    administrator.press("form[method=post][action='/sampling'] button");
    administrator.says("种子已公布");
    administrator.says("重抽核对");
    supervisor.goto("/sampling");
    supervisor.says("重抽核对");
    supervisor.picture("sampling");
    for page in ["/cards", "/ratings", "/complaints", "/complaints/rates", "/dashboard", "/report"] {
        supervisor.goto(page);
        assert_eq!(supervisor.count("h1"), 1, "{page}");
        supervisor.picture(&format!("supervisor{}", page.replace('/', "-")));
    }
    supervisor.is_quiet("supervision");
    officer.is_quiet("complaints");
}

#[test]
fn whoever_comes_in_finds_the_way_without_signing_in() {
    let ground = Ground::new();
    let (_county, town) = county(&ground);
    let number = town.cases()[0].clone();
    let anybody = Window::open(&town, true);
    for (page, words) in
        [("/?lang=zh", "办事指南"), ("/guides", GUIDE), ("/notices", "公告"), ("/display", "测试镇")]
    {
        anybody.goto(page);
        anybody.says(words);
        anybody.picture(&format!("public{}", page.split('?').next().expect("a path").replace('/', "-")));
        assert!(!anybody.text().contains("测试人"), "{page}");
    }
    anybody.goto("/progress");
    anybody.fill("number", &number);
    anybody.fill("last_four", "0000");
    anybody.press("#main form button");
    anybody.says("没有查到");
    assert_eq!(anybody.script("return document.querySelector('[name=number]').value"), number.as_str());
    anybody.picture("public-progress-wrong");
    anybody.fill("last_four", "002x");
    anybody.press("#main form button");
    anybody.says("测**");
    anybody.picture("public-progress");
}
