//! Guides as JSON, as documents and as imported: the sample of real guides and the ten of the demo.

mod document;
mod exchange;
mod import;

use super::import::import_jsonl;
use super::*;

const DEMO: &str = include_str!("../../../../../cli/demo/guides.jsonl");

fn demo() -> Vec<Guide> {
    import_jsonl(DEMO, "guides.jsonl").unwrap().into_iter().map(|imported| imported.guide).collect()
}

#[test]
fn to_json_and_back_is_the_same_guide() {
    for mut guide in demo() {
        guide.remarks.insert("主题分类".to_owned(), "养老".to_owned());
        guide
            .translations
            .entry("mn".to_owned())
            .or_default()
            .insert(Element::Name, "ᠨᠡᠷ\u{180e}ᠡ".to_owned());
        guide.cancels_on = Some(Date::constant(2030, 1, 1));
        guide.forms = Content::Missing;
        let json = serde_json::to_string(&guide).unwrap();
        assert_eq!(serde_json::from_str::<Guide>(&json).unwrap(), guide);
    }
    let empty = serde_json::to_string(&Guide::default()).unwrap();
    assert_eq!(empty, r#"{"要素":{}}"#);
    assert_eq!(serde_json::from_str::<Guide>(&empty).unwrap(), Guide::default());
}

#[test]
fn twenty_five_of_twenty_six_is_not_complete() {
    let whole = demo().remove(0);
    assert_eq!(whole.completeness(), []);
    for element in Element::ALL {
        let mut guide = whole.clone();
        guide.set_value(*element, serde_json::Value::Null).unwrap();
        assert_eq!(guide.completeness(), [*element]);
        assert_eq!(guide.readable(*element), Content::Missing);
        guide.set_value(*element, NONE.into()).unwrap();
        let named = *element != Element::Name;
        assert_eq!(guide.completeness().is_empty(), named, "{element}: 无 is an answer, but not for a name");
    }
    assert_eq!(Guide::default().completeness(), Element::ALL);
}

#[test]
fn an_element_takes_only_what_belongs_there() {
    let mut guide = Guide::default();
    assert!(guide.set_text(Element::Materials, "身份证").is_err());
    assert!(guide.set_value(Element::PublishedOn, "昨天".into()).is_err());
    assert!(guide.set_value(Element::Faq, serde_json::json!([1])).is_err());
    assert_eq!(guide, Guide::default());
    guide.set_text(Element::Name, "失业登记").unwrap();
    assert_eq!(guide.name(), "失业登记");
}

#[test]
fn a_row_of_a_list_says_what_is_missing() {
    let mut guide = demo().remove(0);
    guide.set_text(Element::Faq, "").unwrap();
    let row = GuideRow::draft(sanji_sync::DocId([1; 16]), &guide);
    assert_eq!((row.missing, row.state, row.version), (1, GuideState::Draft, None));
    assert_eq!((row.promised, row.case_type), (Some(Limit::working_days(3)), Some(CaseType::Promised)));
    assert_eq!(row.code.as_deref(), guide.code());
    let json = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<GuideRow>(&json).unwrap(), row);
}
