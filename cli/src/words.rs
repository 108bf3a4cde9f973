//! From an answer's JSON to words: stable words become names in the person's language, the rest stays as it is.
//!
//! An answer may come from another version: what is missing or unknown is shown as such, never refused.

use std::net::SocketAddr;
use std::str::FromStr;

use sanji_model::case::{Action, ClockKind, Flag, Role, Source, State, Trust};
use sanji_model::guide::GuideState;
use sanji_model::lang::{Lang, Words};
use sanji_model::list::ListKind;
use sanji_model::organisation::{Tier, UnitKind};
use sanji_sync::UnitCode;
use serde_json::Value;

/// Shown where there is nothing.
pub const NOTHING: &str = "–";

/// One of two sentences.
pub fn either(lang: Lang, zh: impl Into<String>, en: impl Into<String>) -> String {
    match lang {
        Lang::Zh => zh.into(),
        Lang::En => en.into(),
    }
}

/// An address to listen on; a port that is only chosen when the node starts is named so.
pub fn port(address: SocketAddr, lang: Lang) -> String {
    match address.port() {
        0 => format!(
            "{}:{}",
            address.ip(),
            either(
                lang,
                "（启动时选定端口，见 sanji status）",
                "(a free port, see `sanji status` once it runs)"
            )
        ),
        _ => address.to_string(),
    }
}

/// A text or number as it stands, a list with commas.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        Value::String(text) if text.is_empty() => NOTHING.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => NOTHING.to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A whole number, 0 where there is none.
pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// The items of a list; none where there is no list.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The sentence of something that says itself in both languages.
pub fn sentence(value: &Value, lang: Lang) -> String {
    match value[either(lang, "zh", "en")].as_str() {
        Some(text) => text.to_owned(),
        None => plain(value),
    }
}

pub fn state(value: &Value, lang: Lang) -> String {
    named(value, State::words, lang)
}

pub fn source(value: &Value, lang: Lang) -> String {
    named(value, Source::words, lang)
}

pub fn trust(value: &Value, lang: Lang) -> String {
    named(value, Trust::words, lang)
}

pub fn clock(value: &Value, lang: Lang) -> String {
    named(value, ClockKind::words, lang)
}

pub fn guide_state(value: &Value, lang: Lang) -> String {
    named(value, GuideState::words, lang)
}

pub fn list_kind(value: &Value, lang: Lang) -> String {
    named(value, ListKind::words, lang)
}

pub fn tier(value: &Value, lang: Lang) -> String {
    named(value, Tier::words, lang)
}

pub fn unit_kind(value: &Value, lang: Lang) -> String {
    named(value, UnitKind::words, lang)
}

pub fn role(value: &Value, lang: Lang) -> String {
    named(value, Role::words, lang)
}

pub fn action(value: &Value, lang: Lang) -> String {
    value.as_str().map_or_else(|| plain(value), |word| Action::parse(word).text(lang).to_owned())
}

pub fn flags(value: &Value, lang: Lang) -> String {
    joined(items(value).map(|flag| named(flag, Flag::words, lang)), lang)
}

/// Where a case is saved, by tier: of a village's case “村、镇” when the town has it too.
pub fn tiers_of(units: &Value, lang: Lang) -> String {
    let tier = |unit: &Value| match unit.as_str().map(UnitCode::parse) {
        Some(Ok(code)) => Tier::of(&code).words().text(lang).to_owned(),
        Some(Err(_)) | None => plain(unit),
    };
    joined(items(units).map(tier), lang)
}

fn joined(words: impl Iterator<Item = String>, lang: Lang) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { NOTHING.to_owned() } else { words.join(&either(lang, "、", ", ")) }
}

/// The name of a closed list's word; what is not in the list stays as it is.
pub fn named<T: FromStr>(value: &Value, words: fn(T) -> Words, lang: Lang) -> String {
    match value.as_str().map(T::from_str) {
        Some(Ok(known)) => words(known).text(lang).to_owned(),
        Some(Err(_)) | None => plain(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_words_are_translated_and_newer_ones_stay() {
        assert_eq!(state(&json!("in_review"), Lang::Zh), "审查中");
        assert_eq!(state(&json!("in_orbit"), Lang::Zh), "in_orbit");
        assert_eq!(action(&json!("hand_over"), Lang::Zh), "移交");
        assert_eq!(flags(&json!(["disputed", "conflict"]), Lang::Zh), "争议、字段冲突");
        assert_eq!(flags(&json!([]), Lang::En), NOTHING);
        assert_eq!(tiers_of(&json!(["640202001001", "640202001"]), Lang::En), "village, town");
    }

    #[test]
    fn a_port_that_is_not_chosen_yet_is_no_zero() {
        let shown = |text: &str| port(text.parse().unwrap(), Lang::En);
        assert_eq!(shown("10.1.2.3:7801"), "10.1.2.3:7801");
        assert!(shown("[::]:0").contains("free port") && !shown("[::]:0").contains(":0"));
    }

    #[test]
    fn what_is_missing_is_a_dash() {
        let row = json!({ "a": null, "b": "", "c": 3, "d": ["x", "y"] });
        let shown = ["a", "b", "c", "d", "e"].map(|key| plain(&row[key]));
        assert_eq!(shown, [NOTHING, NOTHING, "3", "x, y", NOTHING]);
        assert_eq!((count(&row["c"]), count(&row["e"]), items(&row["e"]).count()), (3, 0, 0));
        assert_eq!(sentence(&json!({ "zh": "中", "en": "e" }), Lang::Zh), "中");
    }
}
