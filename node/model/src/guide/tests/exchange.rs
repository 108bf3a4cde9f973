//! Export and import of guides: what goes out comes in unchanged, and what people write is read or refused with its place.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::book::{Book, Sheet, csv};
use crate::case::Role;
use crate::guide::exchange::{lines, to_book, to_lines, to_sheet};
use crate::guide::import::Imported;
use crate::lang::Lang;

/// Texts as people write them and as they do not: formulas, quotes, numbers, line ends, spaces, Mongolian.
fn any_text() -> impl Strategy<Value = String> {
    const TEXTS: &[&str] = &[
        "=1+1",
        "'",
        "''=",
        "+8613",
        "-",
        "@x",
        "002014008001",
        "11511012008562235K4002014008001",
        "1e5",
        "是",
        "否",
        "[1]",
        "{\"a\":1}",
        "null",
        "甲；乙",
        " 前后 ",
        "一\n二\r\n三\t",
        "ᠮᠣᠩᠭᠣᠯ\u{180e}ᠠ",
        "\"引\"，逗",
        "20个工作日",
        "（续2）",
        "_x000D_",
        "<a>&amp;",
        "\u{feff}x",
    ];
    prop_oneof![
        proptest::sample::select(TEXTS).prop_map(str::to_owned),
        "[一-龥a-z0-9 =',\"\n]{1,20}"
            .prop_filter("blank or none", |text| { !text.trim().is_empty() && text.trim() != NONE }),
    ]
}

fn maybe<T: std::fmt::Debug + 'static>(of: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    proptest::option::of(of).boxed()
}

fn any_limit() -> impl Strategy<Value = Limit> {
    let number = prop_oneof![Just(0), 1u32..20, 1u32..1_000_000]
        .prop_map(|tenths| Quantity::from_tenths(tenths).unwrap());
    (number, proptest::sample::select(Unit::ALL)).prop_map(|(number, unit)| Limit { number, unit })
}

fn any_material() -> impl Strategy<Value = Material> {
    let texts = (
        any_text(),
        maybe(any_text()),
        maybe(any_text()),
        maybe(any_text()),
        maybe(any_text()),
        maybe(any_text()),
    );
    let rest = (
        maybe(any::<u32>()),
        maybe(0u32..3),
        maybe(proptest::sample::select(Necessity::ALL)),
        maybe(any::<bool>()),
        maybe(any::<bool>()),
    );
    (texts, rest).prop_map(
        |((name, when, source, form, sample, note), (originals, copies, necessity, later, certificate))| {
            Material {
                name,
                when,
                originals,
                copies,
                source,
                necessity,
                later,
                certificate,
                form,
                sample,
                note,
            }
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let days = (0u32..2_000).prop_map(|tenths| Quantity::from_tenths(tenths).unwrap());
    (
        any_text(),
        maybe(any_text()),
        maybe(proptest::sample::select(Role::ALL)),
        maybe(proptest::sample::select(Tier::ALL)),
        maybe(days),
        maybe(any::<bool>()),
        maybe(any_text()),
    )
        .prop_map(|(name, way, role, tier, working_days, special, note)| Step {
            name,
            way,
            role,
            tier,
            working_days,
            special,
            note,
        })
}

fn any_paper() -> impl Strategy<Value = Paper> {
    (any_text(), maybe(any_text()), maybe(any_text())).prop_map(|(name, text, file)| Paper {
        name,
        text,
        file,
    })
}

fn any_fee() -> impl Strategy<Value = Fee> {
    (any_text(), maybe(any_text()), maybe(any_text()), maybe(any_text()))
        .prop_map(|(name, basis, standard, note)| Fee { name, basis, standard, note })
}

fn content<T: Clone + std::fmt::Debug + 'static>(
    of: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Content<T>> {
    prop_oneof![Just(Content::Missing), Just(Content::Nothing), of.prop_map(Content::Given)].boxed()
}

fn rows<T: Clone + std::fmt::Debug + 'static>(
    of: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Content<Vec<T>>> {
    content(proptest::collection::vec(of, 1..3))
}

fn any_date() -> impl Strategy<Value = Date> {
    (1i16..9999, 1i8..13, 1i8..29).prop_map(|(year, month, day)| Date::constant(year, month, day))
}

fn any_codes() -> impl Strategy<Value = Codes> {
    (maybe(any_text()), maybe(any_text()), maybe(any_text()), maybe(any_text()), any_text()).prop_map(
        |(basic, implementation, handling, authority, other)| Codes {
            basic,
            implementation,
            handling,
            authority,
            other: Some(other),
        },
    )
}

fn any_limits() -> impl Strategy<Value = TimeLimits> {
    (maybe(any_limit()), maybe(any_limit()), any_text()).prop_map(|(statutory, promised, note)| TimeLimits {
        statutory,
        promised,
        note: Some(note),
    })
}

fn any_source() -> impl Strategy<Value = Source> {
    (maybe(any_text()), maybe(any_text()), maybe(any_text()), maybe(any_text()), maybe(any_text()))
        .prop_map(|(id, name, url, region, level)| Source { id, name, url, region, level })
}

/// A guide in which anything is given, “none” or missing but its name, which every guide has.
pub fn any_guide() -> impl Strategy<Value = Guide> {
    let texts: Vec<Element> = Element::ALL.iter().copied().filter(|e| e.shape() == Shape::Text).collect();
    let said = proptest::collection::btree_map(proptest::sample::select(texts), content(any_text()), 0..8);
    let structured = (
        content(any_date()),
        content(any_date()),
        content(any_codes()),
        rows(any_material()),
        rows(any_step()),
        content(any_limits()),
        rows(any_fee()),
        rows(any_paper()),
        rows(any_paper()),
    );
    let translated =
        proptest::collection::btree_map(proptest::sample::select(Element::ALL), any_text(), 1..3);
    let besides = (
        maybe(proptest::sample::select(CaseType::ALL)),
        proptest::collection::btree_set(proptest::sample::select(Tier::ALL), 0..4),
        maybe(any::<u32>()),
        maybe(any_date()),
        maybe(any::<u32>()),
        proptest::collection::btree_map(proptest::sample::select(vec!["mn", "en"]), translated, 0..3),
        proptest::collection::btree_map(any_text(), any_text(), 0..3),
        any_source(),
    );
    (any_text(), said, structured, besides).prop_map(|(name, said, structured, besides)| {
        let mut guide = Guide { texts: said, ..Guide::default() };
        guide.texts.insert(Element::Name, Content::Given(name));
        guide.texts.retain(|_, content| *content != Content::Missing);
        (
            guide.published_on,
            guide.effective_on,
            guide.codes,
            guide.materials,
            guide.procedure,
            guide.time_limit,
            guide.fees,
            guide.forms,
            guide.samples,
        ) = structured;
        let (case_type, tiers, visits, cancels_on, version, translations, remarks, source) = besides;
        guide.translations = translations.into_iter().map(|(tag, texts)| (tag.to_owned(), texts)).collect();
        Guide { case_type, tiers, visits, cancels_on, version, remarks, source, ..guide }
    })
}

/// Guides of one file: no two of them the same to an import.
fn any_guides() -> impl Strategy<Value = Vec<Guide>> {
    proptest::collection::vec(any_guide(), 1..4).prop_map(|mut guides| {
        for (guide, at) in guides.iter_mut().zip(1..) {
            guide.source.id = Some(format!("源 {at}"));
        }
        guides
    })
}

fn guides(imported: Vec<Imported>) -> Vec<Guide> {
    imported.into_iter().map(|one| one.guide).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_export_comes_back_unchanged(exported in any_guides()) {
        let as_lines = import_jsonl(&to_lines(&exported), "x").unwrap();
        prop_assert!(as_lines.iter().flat_map(|one| &one.report).all(|note| note.outcome.is_placed()));
        prop_assert_eq!(&guides(as_lines), &exported, "JSON lines");

        let sheet = csv::read(&csv::write(&to_sheet(&exported)), "x").unwrap();
        let (_, as_csv) = lines(&Book { sheets: vec![sheet] }, "x").unwrap();
        prop_assert_eq!(&guides(as_csv), &exported, "CSV");

        let (_, as_book) = lines(&to_book(&exported), "x").unwrap();
        prop_assert_eq!(&guides(as_book), &exported, "sheets");
    }
}

#[test]
fn the_demo_guides_go_through_every_form() {
    let demo = guides(import_jsonl(DEMO, "x").unwrap());
    let book = to_book(&demo);
    let of = |name: &str| book.sheets.iter().find(|sheet| sheet.name == name).unwrap();
    assert_eq!(of("指南").rows.len(), demo.len());
    assert!(of("申报材料").rows.len() > demo.len() && of("办理流程").rows.len() > demo.len());
    assert_eq!(guides(lines(&book, "x").unwrap().1), demo);
    let sheet = csv::read(&csv::write(&to_sheet(&demo)), "x").unwrap();
    assert_eq!(guides(lines(&Book { sheets: vec![sheet] }, "x").unwrap().1), demo);
}

#[test]
fn a_text_longer_than_a_cell_goes_on_beside_it() {
    let mut guide = Guide::default();
    guide.set_text(Element::Name, "甲").unwrap();
    guide.set_text(Element::Conditions, &"长文 ".repeat(12_000)).unwrap();
    let text = csv::write(&to_sheet(&[guide.clone()]));
    assert!(text.contains("办理条件（续3）"));
    let sheet = csv::read(&text, "x").unwrap();
    assert_eq!(guides(lines(&Book { sheets: vec![sheet] }, "x").unwrap().1), [guide]);
}

/// A workbook as a department would send it: its own headings, its own ways to write.
#[test]
fn what_others_write_is_read_and_the_rest_is_kept() {
    let mut sheet =
        Sheet::new("Sheet1", ["事项名称", "承诺办结时限", "材料清单", "办件类型", "是否网办", "办理时限"]);
    sheet.rows = csv::read(
        "a,b,c,d,e\n高龄津贴发放,自受理之日起20个工作日,身份证；户口簿,即办,是,\n\n孤儿认定,30（自然日）,无,承诺件,,\n",
        "x",
    )
    .unwrap()
    .rows;
    let mut steps = Sheet::new("办理步骤", ["序号", "环节", "时限", "经办"]);
    steps.push(["1", "受理", "半天", "民政窗口"].map(str::to_owned).into());
    let alone = lines(&Book { sheets: vec![sheet.clone()] }, "事项.xlsx").unwrap();
    assert_eq!(alone.0.text.lines().map(str::is_empty).collect::<Vec<_>>(), [true, false, true, false]);
    let [pension, orphan] = alone.1.as_slice() else { panic!("{:?}", alone.1) };
    assert_eq!((pension.line, orphan.line), (2, 4));
    let limits = pension.guide.time_limit.given().unwrap();
    assert_eq!(limits.promised, Some(Limit::working_days(20)));
    assert_eq!(limits.note.as_deref(), Some("承诺办结时限：自受理之日起20个工作日"));
    assert_eq!(pension.guide.materials.given().map(Vec::len), Some(2));
    assert_eq!(pension.guide.case_type, Some(CaseType::OnTheSpot));
    assert_eq!(pension.guide.remarks.get("是否网办").map(String::as_str), Some("是"));
    assert_eq!(orphan.guide.limit(), Some(Limit { number: Quantity::whole(30), unit: Unit::Day }));
    assert_eq!(orphan.guide.materials, Content::Nothing);

    sheet.heading.push("序号".to_owned());
    for (row, number) in sheet.rows.iter_mut().zip(1..) {
        row.cells.resize(6, String::new());
        row.cells.push(number.to_string());
    }
    let (_, imported) = lines(&Book { sheets: vec![sheet, steps] }, "事项.xlsx").unwrap();
    let step = &imported[0].guide.procedure.given().unwrap()[0];
    assert_eq!((step.name.as_str(), step.note.as_deref()), ("受理", Some("时限：半天；经办：民政窗口")));
}

#[test]
fn what_is_wrong_with_sheets_is_said_with_sheet_row_and_column() {
    let mut sheet = Sheet::new("指南", ["序号", "事项名称", "事项名称"]);
    sheet.push(["1", "甲", ""].map(str::to_owned).into());
    sheet.push(["1", "乙", "", "多"].map(str::to_owned).into());
    let mut rows = Sheet::new("申报材料", ["序号", "名称"]);
    rows.push(["7", "身份证"].map(str::to_owned).into());
    let mut bare = Sheet::new("办理流程", ["名称"]);
    bare.push(vec!["受理".to_owned()]);
    let mut other = Sheet::new("统计", ["月"]);
    other.push(vec!["1".to_owned()]);
    let book = Book { sheets: vec![sheet, rows, bare, other] };
    let problems = lines(&book, "事项.xlsx").unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.sheet.as_deref().unwrap(), p.line, p.column.as_deref().unwrap_or("-"), p.code))
        .collect();
    assert_eq!(
        found,
        [
            ("指南", 1, "C", "SHEET_HEADING_TWICE"),
            ("指南", 3, "D", "SHEET_NO_HEADING"),
            ("指南", 3, "A", "SHEET_NUMBER_TWICE"),
            ("申报材料", 2, "A", "SHEET_NO_SUCH_GUIDE"),
            ("办理流程", 1, "-", "SHEET_NO_NUMBER"),
            ("统计", 1, "-", "SHEET_UNKNOWN"),
        ]
    );
    assert!(
        problems[1].en.contains("heading") && problems[1].text(Lang::Zh).contains("“指南”表 第 3 行 D 列")
    );
    assert_eq!(problems[1].to_string().split(": ").next(), Some("事项.xlsx:“指南”:3:D"));

    let mut nameless = Sheet::new("指南", ["事项名称", "办件类型"]);
    nameless.push(["", "承诺件"].map(str::to_owned).into());
    let problems = lines(&Book { sheets: vec![nameless] }, "x").unwrap_err();
    assert_eq!(
        (problems[0].sheet.as_deref(), problems[0].line, problems[0].code),
        (Some("指南"), 2, "GUIDE_NO_NAME")
    );
    assert_eq!(lines(&Book::default(), "x").unwrap_err()[0].code, "SHEET_EMPTY");
}
