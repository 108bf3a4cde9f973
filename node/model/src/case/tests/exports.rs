//! What leaves a node of cases: the national tables, the feed of them, and the archive package.

use proptest::prelude::*;

use super::*;
use crate::case::feed::{BatchId, Feed, Manifest};
use crate::case::national::{Names, Row, RowId, Table, rows};
use crate::case::package;
use crate::guide::exchange::national::Operation;
use crate::list::ListKind;

const DAY: u64 = 60 * 24;

fn named(role: Role, user: &str) -> By {
    By { user: Some(user.to_owned()), ..by(COUNTY, role) }
}

fn go(case: &mut Case, action: &str, by: By, pairs: &[(&str, &str)], minutes: u64) {
    let id = format!("v{}", case.events.len());
    on(case, minutes);
    act(case, Action::parse(action), by, pairs, &id, minutes);
}

fn on(case: &mut Case, minutes: u64) {
    case.almanac = almanac_on(crate::local::date(at(minutes)));
    case.refold();
}

fn case_with(terms: Terms, case_type: CaseType) -> Case {
    let mut new = new_case();
    new.guide.terms = terms;
    new.guide.case_type = case_type;
    let mut case = opened(&new);
    let materials = format!("身份证|0+2;照片|scan|#{}", "ab".repeat(32));
    go(&mut case, "receive", agent(), &[("materials", &materials)], 1);
    case
}

fn received() -> Case {
    case_with(Terms::default(), CaseType::Promised)
}

/// From the receipt to the archive, with a hearing of three days.
fn archived() -> Case {
    let mut case = received();
    go(&mut case, "accept", named(Role::Clerk, "qian"), &[], 2);
    go(&mut case, "handle", named(Role::Handler, "sun"), &[], 3);
    let special = [("kind", "inquiry"), ("days", "5"), ("reason", "实地查验"), ("approver", "zhou")];
    go(&mut case, "start_special", named(Role::Handler, "sun"), &special, 4);
    go(&mut case, "end_special", named(Role::Handler, "sun"), &[("result", "查验合格")], 3 * DAY);
    go(&mut case, "review", named(Role::Reviewer, "li"), &[], 3 * DAY + 1);
    go(&mut case, "decide", named(Role::Decider, "zhou"), &[("outcome", "grant")], 3 * DAY + 2);
    let conclusion = [("result", "0"), ("certificate", "G64020202600001")];
    go(&mut case, "conclude", named(Role::Issuer, "wu"), &conclusion, 3 * DAY + 3);
    go(&mut case, "issue", named(Role::Issuer, "wu"), &[], 3 * DAY + 4);
    go(&mut case, "deliver", agent(), &[("taker", "王小明"), ("signature", "王小明")], 4 * DAY);
    go(&mut case, "archive", named(Role::Archivist, "zheng"), &[("papers", EVERY_PAPER)], 5 * DAY);
    case
}

fn rows_of(case: &Case) -> Vec<Row> {
    let known = |id: &str| (id == "wu").then(|| "吴出件".to_owned());
    rows(case, &Names { unit: &|unit| Some(format!("{unit}的名称")), person: &known })
}

fn cells(case: &Case, table: Table) -> Vec<Vec<String>> {
    rows_of(case).into_iter().filter(|row| row.table == table).map(|row| row.cells).collect()
}

/// A cell by its column's name.
fn cell(case: &Case, table: Table, column: &str) -> String {
    let at = table.columns().iter().position(|name| *name == column).unwrap();
    cells(case, table)[0][at].clone()
}

#[test]
fn a_whole_course_fills_the_five_tables() {
    let case = archived();
    for row in rows_of(&case) {
        assert_eq!(row.cells.len(), row.table.columns().len(), "{row:?}");
        assert_eq!(row.table.heading().len(), row.cells.len() + 5);
    }
    assert_eq!(
        cells(&case, Table::Accept),
        [[
            "G-1",
            "3",
            "居民身份证换领",
            "王小明",
            "111",
            "11010519491231002X",
            "2026-02-10 10:00:00",
            "2026-02-10 10:02:00",
            "2026-03-19",
            COUNTY,
            "640202的名称",
            "qian",
            "2",
        ]]
    );
    let process = cells(&case, Table::Process);
    let names: Vec<&str> = process.iter().map(|cells| cells[1].as_str()).collect();
    assert_eq!(
        names,
        [
            "登记",
            "收件",
            "受理",
            "承办",
            "启动特别程序",
            "结束特别程序",
            "审核",
            "决定",
            "办结",
            "出件",
            "送达",
            "归档"
        ]
    );
    assert_eq!(
        process[4],
        ["特别程序", "启动特别程序", "2026-02-10 10:03:00", "2026-02-10 10:04:00", "sun", "实地查验"]
    );
    assert!(
        process.windows(2).all(|pair| pair[0][3] == pair[1][2]),
        "each begins where the one before ended"
    );
    assert_eq!(process[7][5], "准予");
    assert_eq!(
        cells(&case, Table::Special),
        [["2", "听证检验鉴定", "实地查验", "2026-02-10 10:04:00", "2026-02-13 10:00:00", "查验合格", "sun"]]
    );
    assert_eq!(cells(&case, Table::Outcome), [["0", "2026-02-13 10:03:00", "准予", "G64020202600001"]]);
    assert_eq!(cells(&case, Table::Material), [["照片", "2", "1"], ["身份证", "1", "2"]]);
    let ids: BTreeSet<RowId> = rows_of(&case).iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows_of(&case).len(), "no two rows have one id");
}

#[test]
fn a_row_does_not_change_with_the_days_while_a_hearing_lasts() {
    let mut case = received();
    go(&mut case, "accept", named(Role::Clerk, "qian"), &[], 2);
    let special = [("kind", "inquiry"), ("days", "5"), ("reason", "实地查验"), ("approver", "zhou")];
    go(&mut case, "start_special", named(Role::Handler, "sun"), &special, 4);
    let today = rows_of(&case);
    on(&mut case, 3 * DAY);
    assert_eq!(rows_of(&case), today);
}

#[test]
fn every_end_has_its_result_code() {
    let code = |case: &Case| cell(case, Table::Outcome, "result_type");
    let clerk = || named(Role::Clerk, "qian");
    assert_eq!(cells(&received(), Table::Outcome), Vec::<Vec<String>>::new(), "it goes on");
    let mut refused = received();
    go(&mut refused, "refuse", clerk(), &[("reason", "不属本县"), ("basis", "x"), ("competent", "y")], 2);
    assert_eq!(
        (code(&refused), cell(&refused, Table::Outcome, "result_explain")),
        ("1".into(), "不属本县".into())
    );
    assert_eq!(cell(&refused, Table::Accept, "accept_date"), "");

    let mut silent = received();
    go(&mut silent, "ask_correction", clerk(), &[("items", "申请表")], 2);
    let mut withdrawn = silent.clone();
    go(&mut silent, "return", clerk(), &[], 40 * DAY);
    assert_eq!(code(&silent), "5");
    go(&mut withdrawn, "withdraw", agent(), &[], 3);
    assert_eq!(code(&withdrawn), "1");
    go(&mut withdrawn, "archive", named(Role::Archivist, "zheng"), &[("papers", EVERY_PAPER)], DAY);
    assert_eq!(code(&withdrawn), "1", "the archive leaves it as it is");

    let mut voided = received();
    go(&mut voided, "void", agent(), &[("reason", "重复登记")], 2);
    assert_eq!(cells(&voided, Table::Outcome), Vec::<Vec<String>>::new(), "one signature is not enough");
    go(&mut voided, "void", named(Role::Supervisor, "feng"), &[("reason", "重复登记")], 3);
    assert_eq!(code(&voided), "2");

    let mut forwarded = received();
    go(&mut forwarded, "forward", clerk(), &[("to", "640203"), ("linked", "x")], 2);
    assert_eq!(code(&forwarded), "4");

    let mut spot = case_with(Terms::default(), CaseType::OnTheSpot);
    go(&mut spot, "on_the_spot", clerk(), &[("taker", "王小明")], 2);
    assert_eq!((code(&spot), cell(&spot, Table::Accept, "project_type")), ("6".into(), "1".into()));

    let asked =
        Asked { name: "申请表".to_owned(), secondary: true, later: true, conditional: false, days: None };
    let terms = Terms { lists: [ListKind::Tolerance].into(), materials: vec![asked], ..Terms::default() };
    let mut overdue = case_with(terms, CaseType::Promised);
    go(&mut overdue, "accept_omissions", clerk(), &[("promise", "王小明")], 2);
    on(&mut overdue, 40 * DAY);
    assert_eq!(
        (code(&overdue), cell(&overdue, Table::Outcome, "result_date")),
        ("1".into(), "2026-03-03 00:00:00".into())
    );
    let last = cells(&overdue, Table::Process).pop().unwrap();
    assert_eq!(last[..2], ["办结", "容缺逾期退件"]);
}

/// Somebody who takes batches: what they have, by table and id.
#[derive(Default)]
struct Receiver {
    rows: BTreeMap<RowId, Row>,
    feed: Feed,
    last: Option<BatchId>,
}

impl Receiver {
    /// Takes what a batch with the case as it is would tell; the operations in it.
    fn take(&mut self, case: &Case) -> Vec<Operation> {
        let Some((sent, changes)) = self.feed.compare(case.id, case.number, rows_of(case)) else {
            return Vec::new();
        };
        let manifest = Manifest { unit: case.unit, before: self.last.clone(), cases: vec![sent] };
        assert_eq!(Manifest::from_text(&manifest.to_text()).as_ref(), Some(&manifest));
        self.last = Some(manifest.id(self.last.as_ref().map_or(1, |last| last.number() + 1)));
        self.feed.follow(&manifest);
        let mut operations = Vec::new();
        for change in changes {
            let had = match change.operation {
                Operation::Insert | Operation::Update => self.rows.insert(change.row.id, change.row),
                Operation::Delete => self.rows.remove(&change.row.id),
            };
            assert_eq!(had.is_some(), change.operation != Operation::Insert, "{:?}", change.operation);
            operations.push(change.operation);
        }
        operations
    }

    fn has(&self, case: &Case) -> bool {
        let now: BTreeMap<RowId, Row> = rows_of(case).into_iter().map(|row| (row.id, row)).collect();
        self.rows == now
    }
}

#[test]
fn a_feed_tells_what_is_new_what_changed_and_what_is_gone() {
    use Operation::*;
    let mut case = received();
    let mut receiver = Receiver::default();
    assert_eq!(receiver.take(&case), [Insert; 5], "one acceptance, two steps, two materials");
    assert_eq!(receiver.take(&case), [], "nothing is told twice");
    let refusal = [("reason", "x"), ("basis", "y"), ("competent", "z")];
    go(&mut case, "refuse", named(Role::Clerk, "qian"), &refusal, 2);
    assert_eq!(receiver.take(&case), [Insert, Insert], "a step and a result");
    go(&mut case, "redo", named(Role::Supervisor, "feng"), &[("decision", "复议决定")], DAY);
    assert_eq!(receiver.take(&case), [Delete, Insert], "the result is none any more");
    go(&mut case, "accept", named(Role::Clerk, "qian"), &[], DAY + 1);
    assert_eq!(receiver.take(&case), [Update, Insert], "now it has a day of acceptance");
    assert!(receiver.has(&case));
}

#[test]
fn a_batch_is_named_by_what_is_in_it() {
    let mut receiver = Receiver::default();
    receiver.take(&received());
    let id = receiver.last.unwrap();
    assert_eq!((id.to_string().len(), id.to_string().parse()), (31, Ok(id.clone())));
    for bad in ["", "1-0", "000001", "000001-xyz", "000001-0123456789ABCDEF01234567"] {
        assert!(bad.parse::<BatchId>().is_err(), "{bad}");
    }
    let empty = |before| Manifest { unit: unit(VILLAGE), before, cases: Vec::new() };
    assert_ne!(empty(None).id(2), empty(Some(id)).id(2), "what it follows is part of it");
    assert!(empty(None).id(2).is_same(&empty(None).id(3)));
    assert_eq!(Manifest::from_text(""), None);
    let cut = empty(None).to_text().replace("\"cases\":0", "\"cases\":1");
    assert_eq!(Manifest::from_text(&cut), None, "a manifest that ends too early");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Events arrive in any order, an export after each: the receiver always has what the case is.
    #[test]
    fn whatever_arrives_when_the_receiver_has_the_case_as_it_is(order in Just((1..12).collect::<Vec<usize>>()).prop_shuffle()) {
        let whole = archived();
        let all: Vec<Event> = whole.events.values().cloned().collect();
        prop_assert_eq!(all.len(), 12);
        let mut case = whole.clone();
        case.events.clear();
        let mut receiver = Receiver::default();
        for event in std::iter::once(0).chain(order) {
            case.push(all[event].clone());
            receiver.take(&case);
            prop_assert!(receiver.has(&case));
            prop_assert!(receiver.take(&case).is_empty());
        }
        prop_assert_eq!(rows_of(&case), rows_of(&whole));
    }
}

#[test]
fn a_package_holds_the_case_and_an_index_that_knows_every_byte() {
    let case = archived();
    let files = package::files(&case);
    assert_eq!(files, package::files(&case), "the same case gives the same bytes");
    let text = |name: &str| {
        let file = files.iter().find(|file| file.name == name).unwrap();
        String::from_utf8(file.bytes.clone()).unwrap()
    };
    let facts: serde_json::Value = serde_json::from_str(&text(package::CASE)).unwrap();
    assert_eq!((&facts["state"], &facts["applicant"]["name"]), (&"archived".into(), &"王小明".into()));
    assert_eq!(text(package::EVENTS).lines().count(), 12);
    assert!(text(package::EVENTS).lines().all(|line| line.contains("\"counted\":true")));
    let attachments: serde_json::Value = serde_json::from_str(&text(package::ATTACHMENTS)).unwrap();
    assert_eq!(attachments, serde_json::json!([{ "material": "照片", "hash": "ab".repeat(32) }]));

    let index = package::index(&files);
    let none = package::Differences::default();
    assert!(package::seal(&index).is_some() && package::differences(&files, &index) == none);
    let mut other = files.clone();
    other[1].bytes.push(b' ');
    let named = vec![package::EVENTS.to_owned()];
    let changed = package::Differences { changed: named.clone(), ..none.clone() };
    assert_eq!(package::differences(&other, &index), changed);
    assert_ne!(package::seal(&package::index(&other)), package::seal(&index));
    other.remove(1);
    other.push(package::File::text("new", String::new()));
    let moved = package::Differences { missing: named, added: vec!["new".to_owned()], ..none };
    assert_eq!(package::differences(&other, &index), moved);
    let forged = String::from_utf8(index.bytes).unwrap().replacen("\"bytes\": ", "\"bytes\": 1", 1);
    assert_eq!(package::seal(&package::File::text(package::INDEX, forged)), None);
}
