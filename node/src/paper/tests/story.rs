//! Made-up cases that between them make every paper, each decided step by step as people would.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanji_model::calendar::{Almanac, Calendar};
use sanji_model::case::{Action, Asked, By, Case, CaseType, EventId, GuidePin, NewCase, Role, Terms};
use sanji_model::directory::Directory;
use sanji_model::guide::{Guide, Limit};
use sanji_model::identity::IdKind;
use sanji_model::list::ListKind;
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_model::organisation::{Organisation, Tier, Unit, UnitKind};
use sanji_model::user::User;
use sanji_sync::{DocId, Time, UnitCode};
use serde_json::json;

const COUNTY: &str = "640202";
const VILLAGE: &str = "640202001001";
const DAY: u64 = 24 * 60;

pub fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn by(code: &str, role: Role, user: &str) -> By {
    By { unit: unit(code), node: "ab12cd34".into(), user: Some(user.into()), instead_of: None, role }
}

pub fn agent() -> By {
    by(VILLAGE, Role::Agent, "zhao")
}

fn at_county(role: Role) -> By {
    by(COUNTY, role, role.word())
}

pub fn directory() -> Directory {
    let named = |code: &str, name: &str, tier, kind, parent: Option<&str>| Unit {
        code: unit(code),
        name: name.into(),
        tier,
        kind,
        parent: parent.map(unit),
    };
    let units = [
        named(COUNTY, "大武口区政务服务中心", Tier::County, UnitKind::Centre, None),
        named("640202001", "长胜街道民生服务中心", Tier::Town, UnitKind::Hall, Some(COUNTY)),
        named(VILLAGE, "前进村为民办事代办点", Tier::Village, UnitKind::Station, Some("640202001")),
    ];
    let person = |id: &str, name: &str, code: &str| User {
        id: id.parse().unwrap(),
        name: name.into(),
        unit: unit(code),
        roles: BTreeSet::new(),
        disabled: false,
        deputy: None,
        absent: false,
    };
    let users = [
        person("zhao", "赵代办", VILLAGE),
        person("clerk", "钱受理", COUNTY),
        person("handler", "孙承办", COUNTY),
        person("decider", "李决定", COUNTY),
        person("issuer", "周出件", COUNTY),
        person("archivist", "吴档案", COUNTY),
    ];
    Directory {
        organisation: Organisation::new(units),
        users: users.into_iter().map(|user| (user.id.clone(), user)).collect(),
        ..Directory::default()
    }
}

pub fn guide() -> Guide {
    serde_json::from_value(json!({
        "case_type": "promised",
        "要素": {
            "name": "公共场所卫生许可", "category": "行政许可",
            "legal_basis": "《公共场所卫生管理条例》第四条", "conditions": "有固定的经营场所\n卫生检测合格",
            "materials": [{ "name": "申请表", "originals": 1 }, { "name": "卫生检测报告", "originals": 1, "later": true }],
            "remedies": "对决定不服的，可以自收到决定书之日起六十日内向大武口区人民政府申请行政复议，或者六个月内向大武口区人民法院提起行政诉讼。",
            "consultation": "窗口：大武口区政务服务中心二楼12号窗口\n电话：0952-2012345",
            "complaints": "0952-12345",
        },
    }))
    .unwrap()
}

fn terms() -> Terms {
    let asked = |name: &str, later| Asked {
        name: name.into(),
        secondary: false,
        later,
        conditional: false,
        days: None,
    };
    Terms {
        promised: Some(Limit::working_days(7)),
        statutory: Some(Limit::working_days(20)),
        materials: vec![asked("申请表", false), asked("卫生检测报告", true)],
        lists: [ListKind::Tolerance, ListKind::Commitment].into(),
        ..Terms::default()
    }
}

pub struct Story {
    pub case: Case,
    /// The case after each step.
    pub at_each: Vec<Case>,
    minutes: u64,
}

/// 2026-03-02 10:00, a Monday, and `minutes` later.
fn at(minutes: u64) -> Time {
    local::day_begins(Date::constant(2026, 3, 2)).plus_ms((600 + minutes) * 60_000)
}

impl Story {
    pub fn new(applicant: &str) -> Story {
        Story::of(applicant, CaseType::Promised)
    }

    fn of(applicant: &str, case_type: CaseType) -> Story {
        let day = Date::constant(2026, 3, 2);
        let new = NewCase {
            id: DocId([3; 16]),
            number: CaseNumber::new(unit(VILLAGE), day, 1, 1).unwrap(),
            unit: unit(VILLAGE),
            holder: unit(VILLAGE),
            parent: None,
            origin: None,
            guide: GuidePin {
                document: DocId([9; 16]),
                code: "11640202MB0X12345X4000123001000".into(),
                name: "公共场所卫生许可".into(),
                version: 3,
                case_type,
                materials_needed: true,
                terms: terms(),
            },
            applicant: applicant.into(),
            id_kind: IdKind::Ric,
            id_number: "11010519491231002X".into(),
            fields: BTreeMap::new(),
            by: agent(),
            event: "e00".parse().unwrap(),
            at: at(0),
        };
        let case = Case::opened(&new, &Almanac::new(Calendar::built_in(), day));
        Story { at_each: vec![case.clone()], case, minutes: 0 }
    }

    pub fn act(&mut self, action: &str, by: By, pairs: &[(&str, &str)]) {
        self.minutes += 5;
        let fields = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let id: EventId = format!("e{:02}", self.at_each.len()).parse().unwrap();
        self.case.almanac = self.case.almanac.on(local::date(at(self.minutes)));
        let event = self.case.decide(Action::parse(action), by, fields, id, at(self.minutes));
        let event = event.unwrap_or_else(|why| panic!("{action}: {why:?}"));
        self.case.push(event);
        self.at_each.push(self.case.clone());
    }

    fn wait(&mut self, days: u64) {
        self.minutes += days * DAY;
    }

    fn received() -> Story {
        let mut story = Story::new("王小明");
        story.act("receive", agent(), &[("materials", "申请表|1+2|checked;卫生检测报告|scan")]);
        story
    }

    fn reviewed() -> Story {
        let mut story = Story::received();
        story.act("accept", at_county(Role::Clerk), &[]);
        story.act("handle", at_county(Role::Handler), &[]);
        story.act("review", at_county(Role::Reviewer), &[]);
        story
    }

    /// From the village to the archive.
    fn granted() -> Story {
        let mut story = Story::received();
        story.act("hand_over", agent(), &[("to", COUNTY)]);
        story.act("take_over", at_county(Role::Clerk), &[]);
        story.act(
            "ask_correction",
            at_county(Role::Clerk),
            &[("items", "申请表第三栏未填写;法定代表人签名")],
        );
        story.act(
            "correct",
            agent(),
            &[("answers", "申请表第三栏未填写;法定代表人签名"), ("materials", "申请表|1+0|checked")],
        );
        story.act("accept", at_county(Role::Clerk), &[]);
        story.act("handle", at_county(Role::Handler), &[]);
        story.act(
            "start_special",
            at_county(Role::Handler),
            &[
                ("kind", "inquiry"),
                ("days", "3"),
                ("reason", "需要对现场进行卫生检测"),
                ("approver", "decider"),
            ],
        );
        story.act("end_special", at_county(Role::Handler), &[("result", "检测合格")]);
        story.act("review", at_county(Role::Reviewer), &[]);
        story.act("decide", at_county(Role::Decider), &[("outcome", "grant")]);
        story.act("conclude", at_county(Role::Issuer), &[("result", "0")]);
        story.act("issue", at_county(Role::Issuer), &[]);
        story.act("deliver", agent(), &[("taker", "王小明"), ("signature", "王小明"), ("way", "直接送达")]);
        story.act(
            "archive",
            at_county(Role::Archivist),
            &[
                (
                    "papers",
                    "收件凭证;受理通知书;决定书;送达回证;特别程序告知书;补正告知书;补正凭证;材料交接单",
                ),
                ("retention", "十年"),
            ],
        );
        story
    }

    pub fn denied() -> Story {
        let mut story = Story::reviewed();
        story.act(
            "decide",
            at_county(Role::Decider),
            &[
                ("outcome", "deny"),
                ("reason", "经营场所与污染源的距离不符合卫生标准"),
                ("basis", "《公共场所卫生管理条例》第四条"),
                ("remedies", "六十日内申请行政复议"),
            ],
        );
        story
    }

    fn refused() -> Story {
        let mut story = Story::received();
        story.act(
            "refuse",
            at_county(Role::Clerk),
            &[
                ("reason", "申请事项不属于本机关职权范围"),
                ("basis", "《中华人民共和国行政许可法》第三十二条"),
                ("competent", "大武口区市场监督管理局"),
            ],
        );
        story
    }

    fn returned() -> Story {
        let mut story = Story::received();
        story.act("ask_correction", at_county(Role::Clerk), &[("items", "法定代表人签名")]);
        story.wait(60);
        story.act("return", at_county(Role::Clerk), &[]);
        story
    }

    fn with_omissions() -> Story {
        let mut story = Story::new("王小明");
        story.act("receive", agent(), &[("materials", "申请表|checked")]);
        story.act("accept_omissions", at_county(Role::Clerk), &[("promise", "王小明")]);
        story
    }

    /// Nobody acts: time returns it (T17).
    fn omitted() -> Story {
        let mut story = Story::with_omissions();
        story.wait(60);
        story.act("note", at_county(Role::Clerk), &[("text", "逾期")]);
        story
    }

    fn on_commitment() -> Story {
        let mut story = Story::received();
        story.act("accept_commitment", at_county(Role::Clerk), &[("letter", "王小明")]);
        story
    }

    fn extended() -> Story {
        let mut story = Story::reviewed();
        story.act(
            "start_special",
            at_county(Role::Handler),
            &[("kind", "extension"), ("days", "5"), ("reason", "案情复杂"), ("approver", "decider")],
        );
        story
    }

    fn withdrawn() -> Story {
        let mut story = Story::received();
        story.act("withdraw", agent(), &[("reason", "改变经营计划")]);
        story
    }

    fn withdrawn_late() -> Story {
        let mut story = Story::reviewed();
        story.act("withdraw", agent(), &[]);
        story.act("confirm_withdrawal", at_county(Role::Clerk), &[]);
        story
    }

    fn on_the_spot() -> Story {
        let mut story = Story::of("王小明", CaseType::OnTheSpot);
        story.act("receive", at_county(Role::Clerk), &[("materials", "申请表;卫生检测报告|certificate")]);
        story.act("on_the_spot", at_county(Role::Clerk), &[("taker", "王小明")]);
        story
    }

    pub fn all() -> Vec<Story> {
        vec![
            Story::granted(),
            Story::denied(),
            Story::refused(),
            Story::returned(),
            Story::omitted(),
            Story::on_commitment(),
            Story::extended(),
            Story::withdrawn(),
            Story::withdrawn_late(),
            Story::on_the_spot(),
        ]
    }
}
