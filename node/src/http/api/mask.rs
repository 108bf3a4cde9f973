//! What nobody sees of a person without a reveal that is recorded: names, numbers, ways to reach them.
//!
//! The machine masks lists; what it shows of one case or matter whole is masked here, for programs as for pages.

use sanji_model::case::CONTACT_KEYS;
use sanji_model::desk::mask_phone;
use sanji_model::identity::{IdKind, mask_name, mask_number};
use serde_json::{Value, json};

use crate::http::answer::PERSONS;

/// A line of cases: whom it is for is no business of a program, not as a hash either.
pub(super) fn line(row: &mut Value) {
    if let Some(row) = row.as_object_mut() {
        row.remove("person");
    }
}

/// A case with everything of it.
pub(super) fn case(shown: &mut Value) {
    line(shown);
    let is_person = shown["id_kind"] != IdKind::Uscc.word();
    let name = shown["applicant"].as_str().unwrap_or_default().to_owned();
    let number = shown["id_number"].as_str().unwrap_or_default().to_owned();
    if is_person {
        shown["applicant"] = json!(mask_name(&name));
    }
    shown["id_number"] = json!(mask_number(&number));
    let mut secrets = vec![number];
    secrets.extend(Some(name).filter(|_| is_person));
    for kept in shown["contact"].as_object_mut().into_iter().flat_map(|contact| contact.values_mut()) {
        gather(kept, &mut secrets);
        *kept = json!("***");
    }
    for event in shown["events"].as_array_mut().into_iter().flatten() {
        for (key, value) in event["fields"].as_object_mut().into_iter().flatten() {
            let key = key.rsplit('.').next().unwrap_or_default();
            let is_secret = secrets.iter().any(|secret| value == secret)
                || CONTACT_KEYS.contains(&key)
                || PERSONS.contains(&key);
            if is_secret {
                *value = json!("***");
            }
        }
    }
}

/// All values that a field of the contact has or had beside.
fn gather(kept: &Value, secrets: &mut Vec<String>) {
    match kept {
        Value::String(text) => secrets.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, secrets)),
        Value::Object(values) => values.values().for_each(|value| gather(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The conflict desk: that a way to reach somebody was written twice is shown, what was written is not.
pub(super) fn dispute(row: &mut Value) {
    for field in row["fields"].as_array_mut().into_iter().flatten() {
        if field["field"].as_str().is_some_and(|key| CONTACT_KEYS.contains(&key)) {
            field["shown"] = json!("***");
            let others = field["others"].as_array_mut().into_iter().flatten();
            others.for_each(|other| *other = json!("***"));
        }
    }
}

/// A complaint or an enquiry with everything of it.
pub(super) fn matter(shown: &mut Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, phone) = (text(&shown["name"]), text(&shown["phone"]));
    for event in shown["events"].as_array_mut().into_iter().flatten() {
        for (key, value) in event["fields"].as_object_mut().into_iter().flatten() {
            match key.as_str() {
                "name" => *value = json!(mask_name(&text(value))),
                "phone" => *value = json!(mask_phone(&text(value))),
                _ => {}
            }
        }
    }
    shown["name"] = json!(mask_name(&name));
    shown["phone"] = json!(mask_phone(&phone));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_place_of_a_case_gives_a_person_away() {
        let mut shown = json!({
            "id_kind": "ric", "applicant": "张三丰", "id_number": "11010519491231002X", "person": "ab12",
            "contact": { "phone": { "shown": "13800001234", "others": ["13900001234"] }, "address": "东村1号" },
            "events": [
                { "action": "register", "fields": { "applicant.phone": "13700001234", "a": "东村1号", "b": "可见" } },
                { "action": "note" },
            ],
        });
        case(&mut shown);
        let text = shown.to_string();
        for secret in ["三丰", "19491231", "ab12", "0000", "东村1号"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("可见") && text.contains("张**"));
    }

    #[test]
    fn organisations_are_named_and_complainants_are_not() {
        let mut firm =
            json!({ "id_kind": "uscc", "applicant": "某某公司", "id_number": "91110000100000000X" });
        case(&mut firm);
        assert_eq!(firm["applicant"], "某某公司");
        let mut said = json!({ "name": "李四", "phone": "13800001234", "events": [] });
        matter(&mut said);
        assert_eq!((said["name"].as_str(), said["phone"].as_str()), (Some("李*"), Some("138****1234")));
    }
}
