//! Import: files that are refused, strange sources that are not, and our own shape without loss.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::case::Role;
use crate::guide::import::{Imported, LimitPart, Note, Outcome, Target, import_object, keys, told};
use crate::lang::Say;

fn import(value: Value) -> Imported {
    let Value::Object(object) = value else { panic!("an object is wanted") };
    import_object(object, 1).unwrap()
}

fn outcome(imported: &Imported, key: &str) -> Outcome {
    imported.report.iter().find(|note| note.key == key).unwrap_or_else(|| panic!("no note on {key}")).outcome
}

#[test]
fn all_that_is_wrong_with_a_file_is_said_at_once() {
    let text = concat!(
        "\u{feff}{\"事项名称\":\"失业登记\"}\r\n",
        "\r\n",
        "{\"事项名称\":\"失业登记\",}\n",
        "[1]\n",
        "{\"要素\":{\"办理时限\":\"5个工作日\"}}\n",
        "{\"事项名称\":\"  \"}\n",
        "{\"事项名称\":\"甲\",\"要素\":{\"a\":1,\"a\":2}}\n",
        "{\"事项名称\":\"半"
    );
    let problems = import_jsonl(text, "in.jsonl").unwrap_err();
    let found: Vec<(u64, &str)> = problems.iter().map(|problem| (problem.line, problem.code)).collect();
    assert_eq!(
        found,
        [
            (3, "GUIDE_JSON"),
            (4, "GUIDE_NOT_OBJECT"),
            (5, "GUIDE_NO_NAME"),
            (6, "GUIDE_NO_NAME"),
            (7, "GUIDE_JSON"),
            (8, "GUIDE_JSON")
        ]
    );
    assert!(problems.iter().all(|problem| problem.file == "in.jsonl"));
    assert!(problems[0].en.contains("column 16 "), "{}", problems[0].en);
    assert!(problems[0].zh.contains("第 16 列"), "{}", problems[0].zh);
    assert_eq!(import_jsonl("\n \r\n", "in.jsonl"), Ok(Vec::new()));
    let good = import_jsonl("\n{\"name\":\"失业登记\"}\r\n", "in.jsonl").unwrap();
    assert_eq!((good[0].line, good[0].guide.name(), good[0].missing.len()), (2, "失业登记", 25));
}

#[test]
fn a_guide_that_comes_twice_or_is_too_large_refuses_the_file() {
    let found = |lines: &[Value]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let read = import_jsonl(&text, "in.jsonl").map(|guides| guides.len());
        read.map_err(|problems| {
            problems.into_iter().map(|p| (p.line, p.code, p.en, p.zh)).collect::<Vec<_>>()
        })
    };
    let of = |id: &str, name: &str| json!({"name": name, "source": {"id": id}});
    let plain = json!({"name": "甲", "code": "659901001001"});
    let twice = found(&[of("1", "甲"), of("1", "乙")]).unwrap_err();
    assert_eq!((twice[0].0, twice[0].1), (2, "GUIDE_TWICE"));
    assert!(twice[0].2.contains("line 1 ") && twice[0].3.contains("第 1 行"), "{twice:?}");
    let twice = found(&[of("1", "乙"), plain.clone(), json!({"name": "甲"}), plain]).unwrap_err();
    assert_eq!(twice.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(), [(4, "GUIDE_TWICE")], "another code");
    assert_eq!(found(&[of("1", "甲"), json!({"name": "甲"})]).unwrap_err()[0].1, "GUIDE_TWICE");
    assert_eq!(found(&[of("1", "甲"), of("2", "甲")]), Ok(2), "two of one source");

    let long = json!({"name": "甲", "办理条件": "长".repeat(90_000)});
    let rows = json!({"name": "乙", "materials": vec!["照"; 40_000]});
    let large = found(&[json!({"name": "丙"}), long, rows]).unwrap_err();
    assert_eq!(
        large.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(),
        [(2, "GUIDE_TOO_LARGE"), (3, "GUIDE_TOO_LARGE")]
    );
}

#[test]
fn several_keys_of_one_element_are_joined_with_their_labels() {
    let imported = import(json!({
        "事项名称": "签注", "咨询电话": "0999-5550110", "咨询方式": "窗口咨询",
        "行政复议": {"部门": "县政府", "电话": ["1", "2"]},
        "线下办理流程": ["受理：窗口", "办结"], "网上办理流程": ["申请"],
        "收费依据": "发改价格〔2020〕1号", "收费标准": "每证20元",
        "事项编码": "659901001001", "实施编码": "X"
    }));
    let guide = &imported.guide;
    assert_eq!(guide.text(Element::Consultation), Some("咨询方式：窗口咨询\n咨询电话：0999-5550110"));
    assert_eq!(guide.text(Element::Remedies), Some("行政复议：部门：县政府；电话：1、2"));
    let steps = guide.procedure.given().unwrap();
    let ways: Vec<(&str, &str)> =
        steps.iter().map(|step| (step.way.as_deref().unwrap(), step.name.as_str())).collect();
    assert_eq!(ways, [("网上办理流程", "申请"), ("线下办理流程", "受理"), ("线下办理流程", "办结")]);
    let fee = &guide.fees.given().unwrap()[0];
    assert_eq!(
        (fee.basis.as_deref(), fee.standard.as_deref()),
        (Some("发改价格〔2020〕1号"), Some("每证20元"))
    );
    let codes = guide.codes.given().unwrap();
    assert_eq!((codes.basic.as_deref(), codes.implementation.as_deref()), (Some("659901001001"), Some("X")));
    assert!(guide.remarks.is_empty());
}

#[test]
fn what_cannot_be_placed_is_kept_and_said() {
    let imported = import(json!({
        "要素": {
            "事项名称": "甲", "标题": "乙", "认证等级需求": {"级": 2}, "行使层级": "省级", "发布日期": "去年",
            "办件类型": "上报件", "承诺时限": "按规定", "法定时限": "30（自然日）", "办理时限": "自受理之日起5个工作日",
            "到办事现场次数": "1次", "日常用语": " ", "申报材料": "无", "是否收费": "否",
            "是否支持物流快递": "是", "服务对象": "自然人", "通办范围": "全国"
        },
        "时限解析": []
    }));
    let guide = &imported.guide;
    assert_eq!(guide.name(), "甲");
    let remarks: Vec<(&str, &str)> =
        guide.remarks.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    assert_eq!(
        remarks,
        [
            ("办件类型", "上报件"),
            ("发布日期", "去年"),
            ("是否支持物流快递", "是"),
            ("标题", "乙"),
            ("行使层级", "省级"),
            ("认证等级需求", "级：2")
        ]
    );
    assert_eq!(outcome(&imported, "认证等级需求"), Outcome::Unknown);
    assert_eq!(outcome(&imported, "发布日期"), Outcome::NotUnderstood(Target::Element(Element::PublishedOn)));
    assert!(matches!(outcome(&imported, "承诺时限"), Outcome::Limit(Target::Limit(LimitPart::Promised), _)));
    assert_eq!(outcome(&imported, "日常用语"), Outcome::Empty);
    assert_eq!(
        outcome(&imported, "是否支持物流快递"),
        Outcome::TooLittle(Target::Element(Element::Delivery))
    );
    assert_eq!(guide.text(Element::ScopeOfApplication), Some("服务对象：自然人\n通办范围：全国"));
    let limits = guide.time_limit.given().unwrap();
    assert_eq!(limits.promised, Some(Limit::working_days(5)));
    assert_eq!(limits.statutory, Some(Limit { number: Quantity::whole(30), unit: Unit::Day }));
    assert_eq!(limits.note.as_deref(), Some("承诺时限：按规定\n办理时限：自受理之日起5个工作日"));
    assert_eq!(
        (&guide.materials, &guide.fees, guide.visits),
        (&Content::Nothing, &Content::Nothing, Some(1))
    );
    for note in &imported.report {
        assert!(note.text(crate::lang::Lang::Zh).contains(&note.key) && note.to_string().contains(&note.key));
    }
    let json = serde_json::to_value(&imported.report[0]).unwrap();
    assert!(["key", "code", "en", "zh"].iter().all(|field| json[field].is_string()), "{json}");
}

#[test]
fn keys_inside_rows_are_accounted_for_too() {
    let imported = import(json!({
        "事项名称": "甲",
        "材料清单": [
            {"名称": "身份证", "原件": 1, "复印件": 1, "份数": 2, "规格": "A4"},
            {"名称": "照片", "规格": "一寸", "备注": ""}
        ],
        "行政复议": {"部门": "县政府"},
        "别的": [{"甲": {"乙": 1}}],
    }));
    let all: Vec<(&str, Outcome)> = imported.report.iter().map(|note| (&*note.key, note.outcome)).collect();
    for (key, wanted) in [
        ("材料清单[1].原件", Outcome::Column("originals")),
        ("材料清单[1].份数", Outcome::Sum),
        ("材料清单[1].规格", Outcome::RowNote),
        ("材料清单[2].规格", Outcome::RowNote),
        ("材料清单[2].备注", Outcome::Empty),
        ("行政复议.部门", Outcome::Inside),
        ("别的", Outcome::Unknown),
        ("别的[1].甲.乙", Outcome::Inside),
    ] {
        assert_eq!(all.iter().filter(|(found, _)| *found == key).collect::<Vec<_>>(), [&(key, wanted)]);
    }
    let told: Vec<String> = told(&imported.report).into_iter().map(|note| note.key).collect();
    assert_eq!(told, ["别的", "材料清单.规格", "材料清单.备注"]);
}

#[test]
fn our_own_shape_is_taken_to_the_letter() {
    let line = json!({"要素": {"name": " 甲 ", "faq": "=1+1\r\n ", "fees": "无"}, "version": 3});
    let imported = import(line.clone());
    assert_eq!(serde_json::to_value(&imported.guide).unwrap(), line);
    assert!(imported.report.iter().all(|note| note.outcome.is_placed()));
}

#[test]
fn a_flat_line_of_plain_texts_is_a_complete_guide() {
    let mut line: serde_json::Map<String, Value> =
        Element::ALL.iter().map(|element| (element.word().to_owned(), json!("依规定"))).collect();
    for (key, text) in [
        ("published_on", "2026年1月5日"),
        ("effective_on", "2026-02-01"),
        ("materials", "身份证；户口簿"),
        ("procedure", "受理→审核→决定"),
        ("time_limit", "5个工作日"),
        ("fees", "不收费"),
        ("case_type", "承诺件"),
    ] {
        line.insert(key.to_owned(), json!(text));
    }
    line.insert("tiers".to_owned(), json!([5, 6]));
    line.insert("id".to_owned(), json!(17));
    let imported = import(line.into());
    assert_eq!(imported.missing, []);
    assert_eq!(imported.guide.materials.given().map(Vec::len), Some(2));
    assert_eq!(imported.guide.procedure.given().map(Vec::len), Some(3));
    assert_eq!(imported.guide.limit(), Some(Limit::working_days(5)));
    assert_eq!(imported.guide.tiers, BTreeSet::from([Tier::Town, Tier::Village]));
    assert_eq!(imported.source_id.as_deref(), Some("17"));
    assert!(imported.guide.remarks.is_empty());
}

#[test]
fn the_demo_guides_are_complete_and_lose_nothing() {
    let lines: Vec<Value> = DEMO.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let imported = import_jsonl(DEMO, "guides.jsonl").unwrap();
    assert_eq!(imported.len(), 10);
    for (imported, line) in imported.iter().zip(&lines) {
        let guide = &imported.guide;
        assert_eq!(imported.missing, [], "{}", guide.name());
        assert!(guide.remarks.is_empty());
        let clean = |note: &Note| note.outcome.is_placed();
        assert!(imported.report.iter().all(clean), "{:?}", imported.report);
        assert_eq!(serde_json::to_value(guide).unwrap(), *line, "lossless");
        let again = import_jsonl(&serde_json::to_string(guide).unwrap(), "again").unwrap();
        assert_eq!(again[0].guide, *guide);

        assert_eq!(guide.codes.given().unwrap().faults(), [], "{}", guide.name());
        let steps = guide.procedure.given().unwrap();
        let tenths: u32 = steps.iter().map(|step| step.working_days.unwrap().tenths()).sum();
        let limits = guide.time_limit.given().unwrap();
        let (promised, statutory) = (limits.promised.unwrap(), limits.statutory.unwrap());
        assert_eq!(tenths, promised.number.tenths(), "{}: steps add up to the promise", guide.name());
        assert!(promised.number <= statutory.number);
        assert_eq!(guide.case_type == Some(CaseType::OnTheSpot), promised == Limit::AT_ONCE);
        for role in [Role::Clerk, Role::Reviewer, Role::Decider] {
            assert!(steps.iter().any(|step| step.role == Some(role)), "{}: no {role}", guide.name());
        }
        for material in guide.materials.given().unwrap() {
            assert!(material.originals.is_some() && material.copies.is_some());
            assert!(material.later != Some(true) || material.necessity == Some(Necessity::Secondary));
            let named = |rows: &Content<Vec<Paper>>, name: &str| {
                rows.given().is_some_and(|rows| rows.iter().any(|row| row.name == name))
            };
            assert!(material.form.as_ref().is_none_or(|name| named(&guide.forms, name)));
            assert!(material.sample.as_ref().is_none_or(|name| named(&guide.samples, name)));
        }
        assert!(guide.published_on.given() <= guide.effective_on.given());
    }
    let on_the_spot = imported.iter().filter(|one| one.guide.case_type == Some(CaseType::OnTheSpot));
    assert!(on_the_spot.count() >= 3);
    assert_eq!(imported.iter().map(|one| &one.source_id).collect::<BTreeSet<_>>().len(), 10);
}

#[test]
fn the_demo_units_are_one_tree() {
    let text = include_str!("../../../../../cli/demo/units.csv");
    let none = crate::organisation::Organisation::default();
    let units =
        crate::organisation::Organisation::read_csv(text, "units.csv", &none, &Default::default()).unwrap();
    let of = |tier| units.iter().filter(|unit| unit.kind.tier() == tier).count();
    assert_eq!((of(Tier::County), of(Tier::Town), of(Tier::Village)), (1, 3, 18));
}

fn any_value() -> impl Strategy<Value = Value> {
    const WORDS: &[&str] = &[
        "无",
        "",
        "否",
        "不收费",
        "5个工作日",
        "2026-01-05",
        "县级",
        "申请→受理：甲；乙",
        "1.甲\n2.乙",
        "name",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..100_000).prop_map(Value::from),
        proptest::sample::select(WORDS).prop_map(Value::from),
    ];
    const NAMES: &[&str] =
        &["名称", "name", "原件", "时限", "note", "text", "promised", "number", "unit", "basic", "mn", "问"];
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let object = proptest::collection::btree_map(proptest::sample::select(NAMES), inner.clone(), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    /// Whatever stands under whatever key: an import ends, reports every key, and its guide survives our own shape.
    #[test]
    fn no_value_breaks_an_import(
        values in proptest::collection::btree_map(proptest::sample::select(KEYS), any_value(), 0..6)
    ) {
        let mut object: serde_json::Map<String, Value> =
            values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        object.insert("事项名称".to_owned(), "甲".into());
        let imported = import_object(object.clone(), 1).unwrap();
        let all_said = values.keys().filter(|key| **key != "要素").all(|key| {
            imported.report.iter().any(|note| note.key == *key || note.key.starts_with(&format!("{key}.")))
        });
        prop_assert!(all_said, "{:?}", imported.report);
        let mut noted: Vec<&str> = imported.report.iter().map(|note| note.key.as_str()).collect();
        let keys = keys(&object);
        let mut keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
        noted.sort_unstable();
        keys.sort_unstable();
        prop_assert_eq!(noted, keys, "each key once, and no other");
        let json = serde_json::to_string(&imported.guide).unwrap();
        let read = serde_json::from_str::<Guide>(&json).unwrap();
        prop_assert_eq!(&read, &imported.guide);
        let again = import_jsonl(&json, "again").unwrap().remove(0).guide;
        prop_assert_eq!(&again, &imported.guide);
    }
}

const KEYS: &[&str] = &[
    "要素",
    "发布日期",
    "实施日期",
    "事项编码",
    "基本编码",
    "服务对象",
    "通办范围",
    "材料清单",
    "申报材料",
    "办理流程",
    "网上办理流程",
    "办理时限",
    "承诺时限",
    "法定时限说明",
    "收费标准",
    "收费依据",
    "是否收费",
    "申报表单及其填写说明",
    "示范文本",
    "常见问题",
    "办件类型",
    "行使层级",
    "到办事现场次数",
    "事项版本",
    "source",
    "来源",
    "id",
    "translations",
    "remarks",
    "别的",
];
