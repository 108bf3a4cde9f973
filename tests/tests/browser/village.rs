//! A case from the counter of a village to the applicant's hands, by everybody who has a part in it, each in a browser; and
//! the village without a line while it files it.

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_tests::emulator::{Emulator, Line};
use sanji_tests::people::{PASSWORD, employ, token};
use sanji_tests::processes::{COUNTY, GUIDE, Ground, ID_NUMBER, Node, TOWN, VILLAGE};
use tokio::runtime::Runtime;

use super::window::Window;

/// A county, its town and a village, with people, and the line under the village.
struct Scene {
    county: Node,
    town: Node,
    village: Node,
    line: Emulator,
    _runtime: Runtime,
    _ground: Ground,
}

/// An action, its fields, and what the page says then.
type Step<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

const COUNTY_PEOPLE: [(&str, Role); 5] = [
    ("handler", Role::Handler),
    ("reviewer", Role::Reviewer),
    ("decider", Role::Decider),
    ("issuer", Role::Issuer),
    ("supervisor", Role::Supervisor),
];

impl Scene {
    fn set() -> Scene {
        let ground = Ground::new();
        let county = ground.county("county");
        let town = ground.join(&county, TOWN, &county);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let above = town.link.parse().expect("an address");
        let line = runtime.block_on(Emulator::open(above, Line { loss: 0.0, ..Line::VILLAGE_4G }, 1));
        let village = ground.join_at(&county, VILLAGE, &line.address().to_string());
        for (id, role) in COUNTY_PEOPLE {
            employ(&county, id, role.words().zh, COUNTY, &[role]);
        }
        employ(&county, "clerk", "马镇长", TOWN, &[Role::Clerk]);
        employ(&county, "agent", "杨代办", VILLAGE, &[Role::Agent]);
        village.wait_guides(1);
        for (node, id) in [(&town, "clerk"), (&village, "agent")] {
            node.wait("its people are there", |_| {
                let staff = node.ask(Command::StaffList);
                staff
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["id"] == id && one["has_password"] == true))
            });
        }
        Scene { county, town, village, line, _runtime: runtime, _ground: ground }
    }

    /// Does one step of a case at the county as somebody.
    fn at_county(&self, who: &str, number: &str, steps: &[Step<'_>]) {
        let window = Window::signed_in(&self.county, who);
        for (action, fields, state) in steps {
            window.goto(&format!("/cases/{number}"));
            window.act(action, fields);
            window.says(state);
        }
        window.picture(&format!("case-{who}"));
        window.is_quiet(who);
    }
}

/// Says at a page for everybody which case is meant, and that one may know of it.
fn prove(window: &Window, page: &str, number: &str) {
    window.goto(page);
    window.fill("number", number);
    window.fill("last_four", "002X");
    window.press("#main form button");
}

#[test]
fn a_village_without_a_line_files_a_case_that_comes_back_decided() {
    let scene = Scene::set();
    let agent = Window::signed_in(&scene.village, "agent");
    agent.says("上级线路已连接");
    agent.press_words("查指南并办件");
    agent.says("办事指南");
    agent.fill("q", "mnsx");
    agent.press("#main form button");
    agent.says(GUIDE);
    agent.picture("village-1-search");
    agent.press_words(GUIDE);
    agent.says("办事指南");
    agent.press("a[href*='/cases/new']");
    agent.says("申请人");

    scene.line.cut();
    agent.fill("id_number", "110105194912310021");
    agent.fill("applicant", "王小明");
    agent.press("#main button[value='register']");
    agent.says("校验");
    assert_eq!(agent.script("return document.querySelector('[name=applicant]').value"), "王小明");
    agent.picture("village-2-wrong-number");
    agent.fill("id_number", ID_NUMBER);
    agent.press("#main button[value='register']");
    agent.says("登记");
    let number = agent.at().rsplit('/').next().expect("a number").split('?').next().expect("one").to_owned();
    assert!(number.len() == 27 && number.starts_with(VILLAGE), "{number}");
    agent.says("尚缺：申请表");
    agent.picture("village-3-registered");
    agent.act("receive", &[("m0.source", "paper"), ("m0.originals", "1"), ("m0.checked", "yes")]);
    agent.says("已收件");
    agent.act("hand_over", &[("to", TOWN)]);
    agent.says("在途");
    agent.says("数据先存本机");
    agent.picture("village-4-line-cut");
    assert_eq!(scene.town.cases(), Vec::<String>::new(), "nothing came through");

    // The open page says by itself when the line is back and where the case is.
    scene.line.mend();
    agent.says("上级线路已连接");
    agent.says("✓ 测试县");
    agent.picture("village-5-line-back");

    let clerk = Window::signed_in(&scene.town, "clerk");
    clerk.goto("/today");
    clerk.says(&number);
    clerk.picture("town-1-today");
    clerk.says("待接收");
    clerk.press_words(&number);
    clerk.says("东村");
    clerk.act("take_over", &[]);
    clerk.says("已办理：接收");
    clerk.act("ask_correction", &[("items", "申请表"), ("reason", "缺签名")]);
    clerk.says("待补正");
    clerk.picture("town-2-correction");
    agent.says("待补正");
    agent.act("correct", &[("answers", "申请表")]);
    agent.says("已收件");
    clerk.says("已收件");
    clerk.act("accept", &[]);
    clerk.says("已受理");
    for (page, words) in [
        ("/villages", "东村"),
        ("/ledger", "测试镇"),
        ("/report", "东村"),
        ("/cards", "督办"),
        ("/cases", GUIDE),
    ] {
        clerk.goto(page);
        clerk.says(words);
        clerk.picture(&format!("town{}", page.replace('/', "-")));
        clerk.is_quiet(page);
    }

    scene.county.wait("it is there", |status| status["cases"] == 1);
    scene.at_county("handler", &number, &[("handle", &[], "审查中")]);
    scene.at_county("reviewer", &number, &[("review", &[], "审查中")]);
    scene.at_county(
        "decider",
        &number,
        &[("decide", &[("outcome", "grant"), ("text", "准予"), ("sure", "yes")], "已决定")],
    );
    scene.at_county(
        "issuer",
        &number,
        &[("conclude", &[("result", "0")], "已办结"), ("issue", &[], "待领取")],
    );

    agent.says("待领取");
    agent.picture("village-6-concluded");
    agent.act("deliver", &[("taker", "王小明"), ("signature", "本人签收")]);
    agent.says("已送达");
    agent.is_quiet("the village");
    agent.press("header form button");
    agent.says("登录");

    // The tablet at the counter.
    prove(&agent, "/rate", &number);
    agent.says("您对这次办事满意吗");
    agent.picture("rating-1-faces");
    agent.press("#main button[value='5']");
    agent.says("提交评价");
    agent.fill("text", "等得太久");
    agent.press("#main button[value='done']");
    agent.says("感谢您的评价");
    agent.picture("rating-2-thanks");
    prove(&agent, "/progress", &number);
    agent.says("王**");
    agent.picture("progress");
    assert!(!agent.text().contains("王小明"));

    let supervisor = Window::signed_in(&scene.county, "supervisor");
    supervisor.goto("/ratings");
    supervisor.says("东村");
    supervisor.picture("supervisor-ratings");
    supervisor.is_quiet("the supervisor");
}

#[test]
fn what_was_typed_comes_back_when_the_session_is_over() {
    let ground = Ground::new();
    let county = ground.county("county");
    employ(&county, "li", "李", COUNTY, &[Role::Clerk, Role::Administrator]);
    token(&county, "li", "read");
    let clerk = Window::signed_in(&county, "li");
    for lang in ["en", "zh"] {
        for page in ["/cases?unit=12", "/report?month=zz", "/dashboard?from=2026-05&to=2026-02", "/users/li"]
        {
            let to = if page.contains('?') {
                format!("{page}&lang={lang}")
            } else {
                format!("{page}?lang={lang}")
            };
            clerk.goto(&to);
            let name = page.split('?').next().expect("a path").replace('/', "-");
            clerk.picture(&format!("filter-{lang}{name}"));
        }
    }
    clerk.goto(&format!("/cases/new?guide={GUIDE}"));
    clerk.fill("id_number", ID_NUMBER);
    clerk.fill("applicant", "王小明");
    assert!(county.stop().success());
    let county = Node::start(&ground.data("county"));
    clerk.press("#main form button[value='register']");
    clerk.says("您填写的内容还在");
    clerk.picture("kept-1-sign-in");
    clerk.fill("user", "li");
    clerk.fill("password", PASSWORD);
    clerk.press("#main form button");
    clerk.says("继续提交");
    clerk.picture("kept-2-offered");
    clerk.press("#main form button");
    clerk.says("王");
    clerk.says("登记");
    clerk.picture("kept-3-filed");
    assert_eq!(county.cases().len(), 1);
}
