//! Pages say what the guide says, nothing else, and what is missing is shown as missing.

use serde_json::json;

use super::*;

fn wanted(short: bool, text: &str) -> Wanted {
    Wanted {
        short,
        lang: Lang::Zh,
        text: TextLang::parse(text).unwrap(),
        base: "http://10.1.2.3:7800".to_owned(),
        links: Some(Links::default()),
    }
}

fn answer() -> Value {
    json!({
        "id": "0195b8f27c1e7d33a1112f0d4c5b6a79", "state": "in_force",
        "published": {
            "guide": "0195b8f27c1e7d33a1112f0d4c5b6a79", "version": 3, "published_at": 1_770_652_800_000_u64,
            "published_by": "640202", "effective_on": "2026-02-10",
        },
        "guide": {
            "case_type": "promised", "visits": 1,
            "translations": { "mn": { "name": "ᠰᠠᠷ\u{180e}ᠠ" } },
            "要素": {
                "name": "<b>出生</b>登记", "code": { "basic": "000109001000" }, "fees": "无",
                "conditions": "在本县出生\n父母一方为本县户籍",
                "materials": [{ "name": "出生医学证明", "originals": 1 }, { "name": "户口簿", "later": true }],
                "procedure": [{ "name": "收件", "role": "agent" }, { "name": "办结", "working_days": 1 }],
            },
        },
    })
}

#[test]
fn the_full_edition_has_all_elements_and_the_address_of_its_version() {
    let page = render(&answer(), &wanted(false, "zh")).unwrap();
    for element in Element::ALL {
        assert!(page.contains(element.words().zh), "{element}");
    }
    assert!(
        page.contains("guides/0195b8f27c1e7d33a1112f0d4c5b6a79?version=3&#38;code=000109001000"),
        "{page}"
    );
    assert_eq!(page.matches("<section").count(), 26);
    assert_eq!(page.matches("（缺）").count(), 26 - 6);
    assert!(page.contains("class=\"chart\"") && page.contains("class=\"qr\""));
    assert!(!page.contains("<b>") && page.contains("&#60;b&#62;出生"));
    let columns = page.matches("<th>").count();
    assert_eq!(
        columns,
        4 + 4,
        "number, name, originals, later; number, step, who, days: nothing that no row says"
    );
}

#[test]
fn a_translation_stands_upright_and_what_is_not_translated_says_so() {
    let page = render(&answer(), &wanted(false, "mn")).unwrap();
    assert!(page.contains("lang=\"mn-Mong\"><p>ᠰᠠᠷ\u{180e}ᠠ</p>"), "{page}");
    assert_eq!(page.matches("（无此语言的文本）").count(), 25);
    assert!(
        !page.contains("在本县出生") && !page.contains("出生医学证明") && !page.contains("class=\"chart\"")
    );
    let short = render(&answer(), &wanted(true, "mn")).unwrap();
    let hint = |page: &str| page.matches("fonts-noto-core").count();
    let chinese = render(&answer(), &wanted(false, "zh")).unwrap();
    assert_eq!(
        (hint(&page), hint(&short), hint(&chinese)),
        (1, 1, 0),
        "how to get a font, where one is needed"
    );
    assert!(short.contains("ᠰᠠᠷ") && short.contains("（无此语言的文本）") && !short.contains("在本县出生"));
}

#[test]
fn the_short_edition_leaves_out_and_says_so() {
    let mut answer = answer();
    let rows: Vec<Value> = (0..40).map(|n| json!({ "name": format!("材料{n}") })).collect();
    answer["guide"]["要素"]["materials"] = rows.into();
    answer["guide"]["要素"]["conditions"] = "很长的条件".repeat(200).into();
    let page = render(&answer, &wanted(true, "zh")).unwrap();
    assert!(page.contains("1. 材料0") && !page.contains("材料39"));
    assert!(page.contains("另有 25 项，见完整版") && page.contains("见完整版"), "{page}");
    assert!(page.contains("<title>&#60;b&#62;出生"));
}

#[test]
fn a_draft_has_no_version_and_a_newer_state_stands_as_it_is() {
    let mut answer = answer();
    answer["published"] = Value::Null;
    answer["state"] = json!("in_orbit");
    let page = render(&answer, &wanted(true, "zh")).unwrap();
    assert!(page.contains("in_orbit") && !page.contains("version="));
    assert!(render(&json!({}), &wanted(true, "zh")).is_err());
}
