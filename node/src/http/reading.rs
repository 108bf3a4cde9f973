//! Reading what the machine answers: texts, numbers and lists out of JSON, blank where nothing is.
//!
//! Knows no command and no page.

use serde_json::Value;

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The name for people of a word of one of the model's lists; the word itself if a newer version wrote it.
macro_rules! named {
    ($list:ty, $value:expr, $lang:expr) => {
        match $value.as_str().map(str::parse::<$list>) {
            Some(Ok(one)) => one.words().text($lang).to_owned(),
            Some(Err(_)) | None => $crate::http::reading::text($value),
        }
    };
}
pub(super) use named;
