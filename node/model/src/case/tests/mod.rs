//! Cases from registration on, as people drive them here and as they arrive from elsewhere.

mod apart;
mod cards;
mod clocks;
mod course;
mod elsewhere;
mod exports;
mod local;
mod mutants;
mod offers;
mod table;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};

use super::*;
use crate::calendar::Calendar;

const COUNTY: &str = "640202";
const VILLAGE: &str = "640202001001";
const NEIGHBOUR: &str = "640202001002";

/// Fields that meet every condition that a field can meet.
const FIELDS: &[(&str, &str)] = &[
    ("materials", "身份证;照片"),
    ("to", "640202002"),
    ("items", "照片"),
    ("answers", "照片"),
    ("reason", "不符合条件"),
    ("basis", "《条例》第三条"),
    ("competent", "区民政局"),
    ("promise", "王小明"),
    ("letter", "王小明"),
    ("kind", "inquiry"),
    ("days", "3"),
    ("approver", "zhao"),
    ("result", "0"),
    ("remedies", "六十日内申请复议"),
    ("outcome", "grant"),
    ("taker", "王小明"),
    ("signature", "王小明"),
    ("papers", EVERY_PAPER),
    ("linked", "640202000000202602100100011"),
    ("level", "5"),
    ("decision", "复议决定"),
    ("found", "属实"),
    ("text", "说明"),
    ("satisfied", "yes"),
    ("counts", "no"),
    ("paper", "receipt"),
    ("digest", "00"),
    ("stands", "w0"),
];

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn by(code: &str, role: Role) -> By {
    By { unit: unit(code), node: "ab12cd34".to_owned(), user: None, instead_of: None, role }
}

/// The names of all kinds of papers, as an archivist lists what is in a file.
const EVERY_PAPER: &str = "收件凭证;材料交接单;补正告知书;补正凭证;退件通知书;不予受理通知书;受理通知书;容缺受理通知书;\
                           告知承诺书;特别程序告知书;决定书;送达回证;档案封面;终止通知书;即办凭证";

fn agent() -> By {
    by(VILLAGE, Role::Agent)
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// 2026-02-10 10:00 in China and `minutes` later.
fn at(minutes: u64) -> Time {
    crate::local::day_begins(Date::constant(2026, 2, 10)).plus_ms((600 + minutes) * 60_000)
}

fn new_case() -> NewCase {
    let day = Date::constant(2026, 2, 10);
    NewCase {
        id: DocId([3; 16]),
        number: CaseNumber::new(unit(VILLAGE), day, 1, 1).unwrap(),
        unit: unit(VILLAGE),
        holder: unit(VILLAGE),
        parent: None,
        origin: None,
        guide: GuidePin {
            document: DocId([9; 16]),
            code: "G-1".to_owned(),
            name: "居民身份证换领".to_owned(),
            version: 3,
            case_type: CaseType::Promised,
            materials_needed: true,
            terms: Terms::default(),
        },
        applicant: "王小明".to_owned(),
        id_kind: IdKind::Ric,
        id_number: "11010519491231002x".to_owned(),
        fields: fields(&[("住址", "枣香村"), ("applicant.phone", "13800000000")]),
        by: agent(),
        event: "e0".parse().unwrap(),
        at: at(0),
    }
}

/// The built-in calendar on the day on which the tests play.
fn almanac() -> Almanac {
    almanac_on(Date::constant(2026, 2, 10))
}

fn almanac_on(today: Date) -> Almanac {
    static BUILT_IN: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);
    Almanac::new(BUILT_IN.clone(), today)
}

fn opened(new: &NewCase) -> Case {
    Case::opened(new, &almanac())
}

fn read(doc: &impl automerge::ReadDoc) -> Result<Case, BadDocument> {
    Case::read(doc, &almanac())
}

/// Shorthand for [`Case::decide`].
fn decide(
    case: &Case,
    action: Action,
    by: By,
    pairs: &[(&str, &str)],
    id: &str,
    minutes: u64,
) -> Result<Event, crate::refusal::Refusal> {
    case.decide(action, by, fields(pairs), id.parse().unwrap(), at(minutes))
}

/// Decides, expects a yes, and pushes.
fn act(case: &mut Case, action: Action, by: By, pairs: &[(&str, &str)], id: &str, minutes: u64) -> Event {
    let event = decide(case, action, by, pairs, id, minutes).unwrap();
    case.push(event.clone());
    event
}
