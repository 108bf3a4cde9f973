//! The organisation's import and check, with the two real counties of the planning documents in small.

use super::*;

const COUNTY: &str = "code,name,tier,parent_code
640202,大武口区,county,
640202001,长胜街道,town,640202
640202001001,胜利社区,village,640202001
";

fn read(text: &str) -> Result<Vec<Unit>, Vec<(u64, &'static str)>> {
    read_into(text, &Organisation::default())
}

fn read_into(text: &str, existing: &Organisation) -> Result<Vec<Unit>, Vec<(u64, &'static str)>> {
    Organisation::read_csv(text, "units.csv", existing, &NameTemplates::default())
        .map_err(|problems| problems.iter().map(|p| (p.line, p.code)).collect())
}

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).unwrap()
}

#[test]
fn a_good_file_makes_a_tree() {
    let org = Organisation::new(read(COUNTY).unwrap());
    assert_eq!(org.root().unwrap().name, "大武口区");
    let town = org.require(&code("640202001")).unwrap();
    assert_eq!((town.tier, town.kind), (Tier::Town, UnitKind::Hall));
    assert_eq!(org.children(code("640202")).collect::<Vec<_>>(), [town]);
    let above: Vec<_> = org.ancestors(code("640202001001")).map(|unit| unit.code).collect();
    assert_eq!(above, [code("640202001"), code("640202")]);
    assert_eq!(org.check(&NameTemplates::default()), []);
    assert_eq!(org.require(&code("640203")).unwrap_err(), Refusal::UnknownUnit(code("640203")));
}

#[test]
fn columns_may_stand_in_any_order_and_children_before_parents() {
    let text = "\u{feff}kind,parent_code,tier,name,code\r\n,640202,5,长胜街道,640202001\r\n\
                ,,4,大武口区,640202\r\ndepartment,640202,4,人社局大厅,640299\r\n,640202,4,公安大厅,640298\r\n";
    let kinds: Vec<_> = read(text).unwrap().iter().map(|unit| unit.kind).collect();
    assert_eq!(kinds, [UnitKind::Hall, UnitKind::Centre, UnitKind::Department, UnitKind::Department]);
}

#[test]
fn every_problem_is_reported_at_its_line_and_nothing_is_returned() {
    let text = "code,name,tier,parent_code
640202,大武口区,county,
64020200,短,town,640202
640202002,,town,640202
640202003,错级,village,640202
640202004,无级,,640202
640202005,怪级,hamlet,640202
640202006,无上级,town,
640202007,上级不明,town,640209
640202002,重复,town,640202
640203,又一县,county,
640202001001,越级,village,640202
640202008,坏上级,town,64x
";
    let expected = [
        (3, "ORG_CODE"),
        (4, "ORG_MISSING"),
        (5, "ORG_CODE_LENGTH"),
        (5, "ORG_PARENT_TIER"),
        (6, "ORG_MISSING"),
        (7, "ORG_TIER"),
        (8, "ORG_PARENT_MISSING"),
        (9, "ORG_PARENT_UNKNOWN"),
        (10, "ORG_DUPLICATE"),
        (11, "ORG_SECOND_COUNTY"),
        (12, "ORG_PARENT_TIER"),
        (13, "ORG_CODE"),
    ];
    assert_eq!(read(text).unwrap_err(), expected);
}

#[test]
fn problems_speak_both_languages_and_name_the_place() {
    let problems = Organisation::read_csv(
        "code,name,tier,parent_code\n640202,x,county,\n1,y,town,640202\n",
        "units.csv",
        &Organisation::default(),
        &NameTemplates::default(),
    )
    .unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "units.csv:3: [ORG_CODE] “1” is not a division code: 6, 9 or 12 digits are needed"
    );
    assert_eq!(problems[0].zh, "“1”不是区划代码，须为 6、9 或 12 位数字");
}

#[test]
fn missing_columns_are_all_named() {
    assert_eq!(read("code,label\n").unwrap_err(), [(1, "ORG_HEADER"), (1, "ORG_HEADER"), (1, "ORG_HEADER")]);
    assert_eq!(read("").unwrap_err().len(), 4);
    assert_eq!(read("code,name,tier,parent_code\n").unwrap_err(), [(1, "ORG_NO_COUNTY")]);
}

#[test]
fn a_child_of_a_bad_line_is_not_blamed() {
    let text = "code,name,tier,parent_code\n640202,大武口区,county,\n640202001,长胜,towm,640202\n\
                640202001001,胜利,village,640202001\n";
    assert_eq!(read(text).unwrap_err(), [(3, "ORG_TIER")]);
}

#[test]
fn a_ring_of_parents_is_found() {
    let text = "code,name,tier,parent_code\n640202,大武口区,county,\n640202001,甲,town,640202002\n\
                640202002,乙,town,640202001\n";
    let codes: Vec<_> =
        read(text).unwrap_err().into_iter().filter(|(_, code)| *code == "ORG_CYCLE").collect();
    assert_eq!(codes, [(3, "ORG_CYCLE"), (4, "ORG_CYCLE")]);
}

#[test]
fn a_second_import_renames_and_adds_but_moves_nobody() {
    let existing = Organisation::new(read(COUNTY).unwrap());
    let more = "code,name,tier,parent_code\n640202002,朝阳街道,town,640202\n640202001,长胜,town,640202\n";
    assert_eq!(read_into(more, &existing).unwrap().len(), 2);
    let moved = "code,name,tier,parent_code\n640202002,朝阳街道,town,640202\n640202001001,胜利社区,village,640202002\n";
    assert_eq!(read_into(moved, &existing).unwrap_err(), [(3, "ORG_PARENT_CHANGED")]);
    let other = "code,name,tier,parent_code\n445321,新兴县,county,\n";
    assert_eq!(read_into(other, &existing).unwrap_err(), [(2, "ORG_SECOND_COUNTY")]);
    assert_eq!(read_into(COUNTY, &existing).unwrap().len(), 3, "the same file again");
}

#[test]
fn names_follow_the_templates_of_the_place() {
    let templates = NameTemplates::default().with(UnitKind::Hall, "{town}民生服务中心").unwrap();
    let problems = Organisation::read_csv(COUNTY, "f", &Organisation::default(), &templates).unwrap_err();
    assert_eq!((problems[0].line, problems[0].code), (3, "ORG_NAME"));
    assert!(problems[0].en.contains("{town}民生服务中心"));
    let broken = COUNTY.replace("长胜街道,", "\"长胜\n街道\",");
    assert_eq!(read(&broken).unwrap_err(), [(3, "ORG_NAME_BROKEN")]);
}

#[test]
fn check_finds_what_a_file_could_not_bring() {
    let mut org = Organisation::new(read(COUNTY).unwrap());
    let mut town = org.unit(&code("640202001")).unwrap().clone();
    town.parent = Some(code("640209"));
    org.insert(town);
    let found = org.check(&NameTemplates::default());
    assert_eq!(found, [(Some(code("640202001")), Fault::ParentUnknown(code("640209")))]);
    assert_eq!(Organisation::default().check(&NameTemplates::default()), [(None, Fault::NoCounty)]);
}

#[test]
fn names_end_somewhere_and_so_do_quotes() {
    let named = |name: &str| read(&COUNTY.replace("长胜街道", name)).map(|units| units.len());
    assert_eq!(named(&"长".repeat(100)), Ok(3));
    assert_eq!(named(&"长".repeat(101)), Err(vec![(3, "ORG_NAME_LONG")]));
    assert_eq!(named("\"长胜街道"), Err(vec![(3, "ORG_QUOTE")]));
    assert_eq!(read("code,\"name,tier\n1,2\n"), Err(vec![(1, "ORG_QUOTE")]));
}
