//! Every rule with a guide that breaks it and one that does not.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::guide::import::import_jsonl;
use crate::guide::{Codes, Content, Fee, Material, Necessity, Paper, Step, TimeLimits};

const DEMO: &str = include_str!("../../../../../cli/demo/guides.jsonl");

fn demo() -> Vec<Guide> {
    import_jsonl(DEMO, "guides.jsonl").unwrap().into_iter().map(|imported| imported.guide).collect()
}

fn facts() -> Facts {
    Facts::of_file(Date::constant(2026, 3, 1), Parameters::default())
}

fn codes_of(guide: &Guide, facts: &Facts) -> Vec<&'static str> {
    lint(guide, facts).into_iter().map(|finding| finding.code).collect()
}

/// A guide in which no rule finds anything, and which has what each rule looks at.
fn good() -> Guide {
    let guide = demo().remove(0);
    assert_eq!(lint(&guide, &facts()), []);
    guide
}

fn set(guide: &mut Guide, element: Element, value: serde_json::Value) {
    guide.set_value(element, value).unwrap();
}

/// What breaks each rule, and that alone.
fn broken(code: &str, guide: &mut Guide, facts: &mut Facts) {
    let material = |guide: &mut Guide, change: &dyn Fn(&mut Material)| match &mut guide.materials {
        Content::Given(rows) => change(&mut rows[1]),
        Content::Missing | Content::Nothing => panic!("it has materials"),
    };
    match code {
        "GUIDE_ELEMENT_MISSING" => set(guide, Element::Remedies, json!(null)),
        "LINT_SPOT_DAYS" => guide.case_type = Some(crate::case::CaseType::OnTheSpot),
        "LINT_PROMISE_LONGER" => {
            let limit = |n| json!({ "number": n, "unit": "working_day" });
            set(guide, Element::TimeLimit, json!({ "promised": limit(3), "statutory": limit(2) }));
        }
        "LINT_STEP_MISSING" => {
            let step = Step {
                name: "申请".into(),
                working_days: Some(crate::guide::Quantity::whole(3)),
                ..Step::default()
            };
            guide.procedure = Content::Given(vec![step]);
        }
        "LINT_STEP_DAYS" => match &mut guide.procedure {
            Content::Given(steps) => steps[1].working_days = Some(crate::guide::Quantity::whole(9)),
            Content::Missing | Content::Nothing => panic!("it has steps"),
        },
        "LINT_CONDITIONS_MATERIALS" => {
            set(guide, Element::Conditions, json!("年满16周岁；须提交户口簿复印件一份。"))
        }
        "LINT_MATERIAL_COUNTS" => material(guide, &|row| (row.originals, row.copies) = (None, None)),
        "LINT_FEE_BASIS" => {
            let fee = Fee { name: "工本费".into(), standard: Some("5元".into()), ..Fee::default() };
            guide.fees = Content::Given(vec![fee]);
        }
        "LINT_EFFECTIVE_EARLY" => set(guide, Element::EffectiveOn, json!("2026-01-11")),
        "LINT_PHONE" => set(guide, Element::Complaints, json!("投诉电话：020-123456")),
        "LINT_CODE" => match &mut guide.codes {
            Content::Given(codes) => codes.basic = Some("12".into()),
            Content::Missing | Content::Nothing => panic!("it has codes"),
        },
        "LINT_VILLAGE_PLACE" => {
            set(guide, Element::PlaceAndHours, json!("县政务服务中心：周一至周五 9:00-17:00"))
        }
        "LINT_LATER_REQUIRED" => material(guide, &|row| row.later = Some(true)),
        "LINT_MATERIAL_TWICE" => material(guide, &|row| row.name = "《居民身份证》".into()),
        "LINT_SAMPLE_EMPTY" => {
            guide.samples =
                Content::Given(vec![Paper { name: "参保登记表填写示例".into(), ..Paper::default() }])
        }
        "LINT_FAQ_STALE" => {
            facts.faq_edited = Some(Date::constant(2025, 1, 1));
            facts.corrections = facts.parameters.faq_corrections_min;
        }
        "LINT_LIMIT_UNITS" => {
            let (promised, statutory) =
                (json!({ "number": 3, "unit": "working_day" }), json!({ "number": 4, "unit": "day" }));
            set(guide, Element::TimeLimit, json!({ "promised": promised, "statutory": statutory }));
        }
        "LINT_CANCELS_EARLY" => guide.cancels_on = Some(Date::constant(2026, 2, 1)),
        "LINT_CASE_TYPE" => guide.case_type = None,
        "LINT_TIERS" => guide.tiers.clear(),
        "LINT_CATEGORY" => set(guide, Element::Category, json!("便民事项")),
        "LINT_URL_CODE" => {
            guide.source.url = Some("https://x.example/guide/11659901009990119C4659901001002".into())
        }
        "LINT_CODE_TWICE" => facts.shares_code = true,
        "LINT_FORM_UNKNOWN" => guide.forms = Content::Nothing,
        "LINT_MATERIAL_SEVERAL" => material(guide, &|row| row.name = "监护人身份证、户口簿".into()),
        "LINT_MATERIAL_VAGUE" => material(guide, &|row| row.name = "法律要求的其他材料".into()),
        "LINT_UNFINISHED" => set(guide, Element::Conditions, json!("满足以下所列出的全部申请条件：")),
        "LINT_TRANSLATION" => {
            set(guide, Element::Faq, json!(null));
            guide.translations.entry("mn".into()).or_default().insert(Element::Faq, "ᠠᠰᠠᠭᠤᠯᠲᠠ".into());
        }
        "LINT_REMARKS" => drop(guide.remarks.insert("通办范围".into(), "全国".into())),
        other => panic!("no guide breaks {other}: write one"),
    }
}

#[test]
fn every_rule_finds_what_breaks_it_and_nothing_in_a_good_guide() {
    for rule in RULES {
        let (mut guide, mut facts) = (good(), facts());
        broken(rule.code, &mut guide, &mut facts);
        let found = lint(&guide, &facts);
        let own: Vec<&Finding> = found.iter().filter(|finding| finding.code == rule.code).collect();
        assert!(!own.is_empty(), "{} finds nothing: {found:?}", rule.code);
        for finding in own {
            assert_eq!(finding.severity, rule.severity);
            assert!(finding.zh.contains(finding.element.words().zh), "{finding:?}");
            assert!(finding.en.contains(finding.element.words().en), "{finding:?}");
        }
        // Nothing else is touched, but where a missing text is what the rule is about.
        let others: BTreeSet<&str> = found.iter().map(|f| f.code).filter(|code| *code != rule.code).collect();
        let expected: BTreeSet<&str> = match rule.code {
            "LINT_TRANSLATION" => ["GUIDE_ELEMENT_MISSING"].into(),
            _ => BTreeSet::new(),
        };
        assert_eq!(others, expected, "{}", rule.code);
    }
}

#[test]
fn codes_are_given_once() {
    let codes: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), RULES.len());
}

#[test]
fn the_guides_of_the_demo_have_no_errors() {
    for guide in demo() {
        let errors: Vec<Finding> =
            lint(&guide, &facts()).into_iter().filter(|f| f.severity == Severity::Error).collect();
        assert_eq!(errors, [], "{}", guide.name());
    }
}

#[test]
fn steps_of_several_ways_are_counted_apart() {
    let mut guide = good();
    let step = |way: &str, name: &str, days| Step {
        name: name.into(),
        way: Some(way.into()),
        working_days: Some(crate::guide::Quantity::whole(days)),
        ..Step::default()
    };
    guide.procedure = Content::Given(vec![
        step("网上", "受理", 1),
        step("网上", "审批", 2),
        step("窗口", "受理", 3),
        step("窗口", "审批", 0),
    ]);
    assert_eq!(codes_of(&guide, &facts()), [] as [&str; 0]);
}

#[test]
fn what_is_explicitly_none_is_no_fault() {
    let mut guide = good();
    for element in Element::ALL.iter().filter(|e| !matches!(e, Element::Name | Element::PlaceAndHours)) {
        set(&mut guide, *element, json!("无"));
    }
    assert_eq!(codes_of(&guide, &facts()), [] as [&str; 0]);
    assert_eq!(guide.codes, Content::<Codes>::Nothing);
    assert_eq!(guide.time_limit, Content::<TimeLimits>::Nothing);
    assert!(
        guide
            .materials
            .given()
            .is_none_or(|rows| rows.iter().all(|r| r.necessity != Some(Necessity::Required)))
    );
}

#[test]
fn the_document_has_the_same_table() {
    let document = include_str!("../../../../../docs/LINT.md");
    let row = |rule: &LintRule| {
        let (severity, element) = (rule.severity.word(), rule.element.words().zh);
        format!("| `{}` | {severity} | {element} | {} | {} |", rule.code, rule.zh, rule.en)
    };
    let rows: Vec<String> = RULES.iter().map(row).collect();
    let written: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(written, rows, "docs/LINT.md: write these rows");
}
