//! Lists as files, as documents, and what they switch on which day.

use automerge::AutoCommit;
use automerge::transaction::Transactable as _;

use super::*;
use crate::book::{Book, csv};
use crate::guide::{Content, Guide, Material, Necessity};
use import::{import_jsonl, lines};

const FEBRUARY: Date = Date::constant(2026, 2, 10);

fn list(kind: ListKind, name: &str, items: &[(Option<&str>, &str)]) -> List {
    let item = |(code, name): &(Option<&str>, &str)| Item {
        code: code.map(str::to_owned),
        name: (*name).to_owned(),
        material: None,
        note: None,
        days: None,
    };
    List {
        kind,
        name: name.to_owned(),
        document: None,
        effective_on: None,
        cancels_on: None,
        items: items.iter().map(item).collect(),
    }
}

fn published(id: u8, version: u32, effective_on: Date, list: List) -> PublishedList {
    let version = ListVersion {
        list: DocId([id; 16]),
        version,
        published_at: Time(0),
        published_by: UnitCode::parse("659901").unwrap(),
        effective_on,
    };
    PublishedList { version, list, ends: None }
}

fn item(codes: &[&str], name: &str) -> ItemRef {
    ItemRef { codes: codes.iter().map(|code| (*code).to_owned()).collect(), name: name.to_owned() }
}

#[test]
fn an_item_is_known_by_any_code_and_without_one_by_its_name() {
    let by_code = list(ListKind::Nearby, "一", &[(Some("002014008001"), "失业登记")]).items.remove(0);
    let long = "11511012008562235K4002014008001";
    assert!(by_code.is(&item(&["002014008001"], "别名")));
    assert!(by_code.is(&item(&[long], "别名")), "the implementation code ends in the basic code");
    assert!(!by_code.is(&item(&["002014008002"], "失业登记")), "another code is another item");
    assert!(by_code.is(&item(&[], "失业登记 ")), "a guide without codes has its name only");
    let by_name = Item { code: None, ..by_code };
    assert!(by_name.is(&item(&["x"], "失业登记")) && !by_name.is(&item(&["x"], "就业登记")));
}

#[test]
fn a_list_switches_from_its_first_day_to_the_day_before_its_end() {
    let mut first =
        published(1, 1, FEBRUARY, list(ListKind::OnTheSpot, "即办", &[(None, "甲"), (None, "乙")]));
    first.list.cancels_on = Some(Date::constant(2026, 6, 1));
    let second =
        published(1, 2, Date::constant(2026, 4, 1), list(ListKind::OnTheSpot, "即办", &[(None, "乙")]));
    let other = published(2, 1, FEBRUARY, list(ListKind::Tolerance, "容缺", &[(None, "甲")]));
    let all = [first, second, other];
    let has = |name: &str, month, day| {
        let found = switches(&all, &item(&[], name), Date::constant(2026, month, day));
        (found.has(ListKind::OnTheSpot), found.has(ListKind::Tolerance))
    };
    assert_eq!(has("甲", 2, 9), (false, false));
    assert_eq!(has("甲", 2, 10), (true, true));
    assert_eq!(has("甲", 3, 31), (true, true));
    assert_eq!(has("甲", 4, 1), (false, true), "the second version does not hold it any more");
    assert_eq!(has("乙", 4, 1), (true, false));
    assert_eq!(has("乙", 7, 1), (true, false), "the end of the first version ends the first only");
    assert_eq!(all[0].state(&all[..2], FEBRUARY), GuideState::InForce);
    assert_eq!(all[0].state(&all[..2], Date::constant(2026, 4, 1)), GuideState::Superseded);
    assert_eq!(all[1].state(&all[..2], FEBRUARY), GuideState::Published);

    let mut ended = all.clone();
    ended[1].ends = Some(Date::constant(2026, 5, 1));
    let found = switches(&ended, &item(&[], "乙"), Date::constant(2026, 5, 1));
    assert!(found.of(ListKind::OnTheSpot).is_empty(), "an ended one is not followed by an earlier one");
    let before = Date::constant(2026, 4, 30);
    assert_eq!(
        switches(&ended, &item(&[], "乙"), before).all().map(|(kind, _)| kind).collect::<Vec<_>>(),
        [ListKind::OnTheSpot]
    );
}

#[test]
fn documents_come_back_and_the_earlier_of_two_ends_holds() {
    let one =
        published(3, 1, FEBRUARY, list(ListKind::Bundle, "出生一件事", &[(Some("1"), "甲"), (None, "乙")]));
    let mut doc = AutoCommit::new();
    one.write(&mut doc).unwrap();
    assert_eq!(PublishedList::read(&doc), Some(one.clone()));
    assert_eq!(List::read(&doc), None);

    let mut apart = doc.fork();
    PublishedList::end(&mut doc, Date::constant(2026, 5, 1)).unwrap();
    PublishedList::end(&mut apart, Date::constant(2026, 4, 1)).unwrap();
    doc.merge(&mut apart).unwrap();
    let ends = Some(Date::constant(2026, 4, 1));
    assert_eq!(PublishedList::read(&doc), Some(PublishedList { ends, ..one.clone() }));

    let mut draft = AutoCommit::new();
    assert!(one.list.write(&mut draft).unwrap());
    assert!(!one.list.write(&mut draft).unwrap(), "nothing changes twice");
    assert_eq!(List::read(&draft), Some(one.list));
    draft.put(automerge::ROOT, "list", "[]").unwrap();
    assert_eq!((List::read(&draft), PublishedList::read(&draft)), (None, None));
}

#[test]
fn lists_are_read_from_lines_and_from_sheets() {
    let text = "清单类型,清单名称,依据文件,生效日期,事项编码,事项名称,材料,补交期限\n\
                容缺受理,容缺清单,青政办〔2026〕3号,2026-02-10,659901001001,甲,,5\n,,,,,乙,照片,3个工作日\n\
                即办,即办清单,,,,丙,,\n";
    let sheet = csv::read(text, "清单").unwrap();
    let text = lines(&Book { sheets: vec![sheet] }, "清单.csv").unwrap();
    let read = import_jsonl(&text, "清单.csv", None).unwrap();
    assert_eq!(
        read.iter().map(|(line, list)| (*line, list.items.len())).collect::<Vec<_>>(),
        [(2, 2), (4, 1)]
    );
    let tolerance = &read[0].1;
    assert_eq!((tolerance.kind, tolerance.effective_on), (ListKind::Tolerance, Some(FEBRUARY)));
    assert_eq!(tolerance.document.as_deref(), Some("青政办〔2026〕3号"));
    assert_eq!(tolerance.items[1].material.as_deref(), Some("照片"));
    assert_eq!(tolerance.items.iter().map(|item| item.days).collect::<Vec<_>>(), [Some(5), Some(3)]);
    let again = serde_json::to_string(tolerance).unwrap();
    assert_eq!(import_jsonl(&again, "x", None).unwrap()[0].1, *tolerance);
    let bundle = r#"{"清单名称":"一件事","事项":[{"事项名称":"甲"}]}"#;
    assert_eq!(import_jsonl(bundle, "x", Some(ListKind::Bundle)).unwrap()[0].1.kind, ListKind::Bundle);
}

/// The examples are about the guides of the demo.
#[test]
fn the_examples_name_items_that_there_are() {
    let guides = include_str!("../../../../cli/demo/guides.jsonl");
    let guides = crate::guide::import::import_jsonl(guides, "x").unwrap();
    let items: Vec<ItemRef> = guides.iter().map(|one| ItemRef::of(&one.guide)).collect();
    let sheet = csv::read(include_str!("../../../../cli/demo/lists.csv"), "x").unwrap();
    let mut lists = import_jsonl(&lines(&Book { sheets: vec![sheet] }, "x").unwrap(), "x", None).unwrap();
    lists.extend(import_jsonl(include_str!("../../../../cli/demo/bundles.jsonl"), "x", None).unwrap());
    let kinds: Vec<ListKind> = lists.iter().map(|(_, list)| list.kind).collect();
    let wanted =
        [ListKind::OnTheSpot, ListKind::Tolerance, ListKind::Waiver, ListKind::Nearby, ListKind::Bundle];
    assert_eq!(kinds, wanted);
    for item in lists.iter().flat_map(|(_, list)| &list.items) {
        assert_eq!(
            items.iter().filter(|known| item.is(known) && item.name == known.name).count(),
            1,
            "{}",
            item.name
        );
    }
}

#[test]
fn what_is_no_list_is_refused_with_its_line() {
    let text = [
        r#"{"kind":"on_the_spot","name":"一","items":[{"name":"甲"}]}"#,
        r#"{"kind":"fast","name":"二","items":[{"name":"甲"}]}"#,
        r#"{"kind":"即办","name":" ","items":[{"name":"甲"}]}"#,
        r#"{"kind":"即办","name":"三","items":[]}"#,
        r#"{"kind":"即办","name":"四","items":[{"name":"甲"},{"name":""}]}"#,
        r#"{"kind":"即办","name":"五","items":[{"name":"甲"},{"name":"甲"}]}"#,
        r#"{"kind":"即办","name":"六","effective_on":"2026-02-10","cancels_on":"2026-02-10","items":[{"name":"甲"}]}"#,
        r#"{"kind":"即办","name":"一","items":[{"name":"乙"}]}"#,
        r#"{"kind":"即办","name":"七","items":[{"name":"乙","colour":"red"}]}"#,
        r#"{"name":"八","items":[{"name":"乙"}]}"#,
        r#"{"kind":"即办","name":"九","items":[{"name":"乙","days":5}]}"#,
        r#"{"kind":"tolerance","name":"十","items":[{"name":"乙","days":0}]}"#,
        r#"{"kind":"tolerance","name":"百","items":[{"name":"乙","补交期限":"五天"}]}"#,
    ]
    .join("\n");
    let problems = import_jsonl(&text, "x", None).unwrap_err();
    let found: Vec<(u64, &str)> = problems.iter().map(|problem| (problem.line, problem.code)).collect();
    assert_eq!(
        found,
        [
            (2, "LIST_JSON"),
            (3, "LIST_NO_NAME"),
            (4, "LIST_NO_ITEMS"),
            (5, "LIST_ITEM_NAME"),
            (6, "LIST_ITEM_TWICE"),
            (7, "LIST_DATES"),
            (8, "LIST_TWICE"),
            (9, "LIST_JSON"),
            (10, "LIST_JSON"),
            (11, "LIST_DAYS"),
            (12, "LIST_JSON"),
            (13, "LIST_JSON"),
        ]
    );
    let sheet = csv::read("清单类型,颜色\n即办,红\n", "x").unwrap();
    assert_eq!(lines(&Book { sheets: vec![sheet] }, "x").unwrap_err()[0].code, "LIST_COLUMN");
    assert_eq!(lines(&Book::default(), "x").unwrap_err()[0].code, "SHEET_EMPTY");
}

#[test]
fn a_bundle_asks_for_what_its_items_share_once() {
    let row = |name: &str, originals, necessity, later| Material {
        name: name.to_owned(),
        originals,
        necessity,
        later,
        ..Material::default()
    };
    let with = |materials| {
        let mut guide = Guide::default();
        guide.materials = materials;
        guide
    };
    let guide = |rows: Vec<Material>| with(Content::of(rows));
    let birth = guide(vec![
        row("居民身份证", Some(1), Some(Necessity::Secondary), Some(true)),
        row("《出生医学证明》", Some(1), None, None),
    ]);
    let insurance = guide(vec![
        row("出生医学证明", Some(2), Some(Necessity::Required), None),
        row("居民身份证", None, None, None),
        Material { when: Some("代办".to_owned()), ..row("居民身份证", None, None, None) },
    ]);
    let nothing = with(Content::Nothing);
    let asked = asked(&[&birth, &nothing, &insurance]);
    let said: Vec<(&str, &[usize])> = asked.iter().map(|one| (&*one.material.name, &*one.guides)).collect();
    assert_eq!(said, [("居民身份证", &[0, 2][..]), ("《出生医学证明》", &[0, 2]), ("居民身份证", &[2])]);
    let (card, certificate) = (&asked[0].material, &asked[1].material);
    assert_eq!((card.originals, card.later), (Some(1), Some(false)), "one item wants it at once");
    assert_eq!((certificate.originals, certificate.necessity), (Some(2), Some(Necessity::Required)));
}
