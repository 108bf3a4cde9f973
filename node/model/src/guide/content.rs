//! What stands under an element: nothing yet, an explicit “无”, or something.
//!
//! Knows no element.

use serde::Serialize;
use serde_json::Value;

use crate::blank::{is_blank, shows_nothing};

/// How an explicit “there is none” is written.
pub const NONE: &str = "无";

/// An element's content. “Nothing” is an answer, “missing” is not (DOMAIN §2.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Content<T> {
    #[default]
    Missing,
    /// Explicitly 无.
    Nothing,
    Given(T),
}

/// What can stand under an element.
pub trait Body {
    /// Holds nothing at all, so that it counts as missing and is not written.
    fn is_blank(&self) -> bool;

    /// Says enough for the element to count as filled in.
    fn is_enough(&self) -> bool {
        !self.is_blank()
    }

    /// Without the parts that say nothing.
    fn said(self) -> Self
    where
        Self: Sized,
    {
        self
    }
}

impl<T> Content<T> {
    pub fn given(&self) -> Option<&T> {
        match self {
            Content::Given(body) => Some(body),
            Content::Missing | Content::Nothing => None,
        }
    }
}

impl<T: Body> Content<T> {
    /// A blank body is missing content, and what says nothing in one is left out.
    pub fn of(body: T) -> Content<T> {
        let body = body.said();
        if body.is_blank() { Content::Missing } else { Content::Given(body) }
    }

    /// Whether a guide with this content may be submitted.
    pub fn is_enough(&self) -> bool {
        match self {
            Content::Missing => false,
            Content::Nothing => true,
            Content::Given(body) => body.is_enough(),
        }
    }
}

impl Content<String> {
    /// Reads a text: blank is missing, “无” is nothing.
    pub fn text(text: &str) -> Content<String> {
        match text.trim_matches(shows_nothing) {
            "" => Content::Missing,
            NONE => Content::Nothing,
            _ => Content::Given(text.trim().to_owned()),
        }
    }
}

impl Body for String {
    fn is_blank(&self) -> bool {
        is_blank(self)
    }
}

impl Body for jiff::civil::Date {
    fn is_blank(&self) -> bool {
        false
    }
}

impl<T: Serialize> Body for Vec<T> {
    fn is_blank(&self) -> bool {
        self.iter().all(says_nothing)
    }

    /// Numbers and answers without a word fill no element in.
    fn is_enough(&self) -> bool {
        self.iter().any(|row| says(row, false))
    }

    /// A row of which nothing is said is none: no form of file could tell it from an empty line.
    fn said(mut self) -> Vec<T> {
        self.retain(|row| !says_nothing(row));
        self
    }
}

fn says_nothing(row: &impl Serialize) -> bool {
    !says(row, true)
}

/// Whether a row has a text that is not blank, or a number or an answer where these `count`.
pub(super) fn says(row: &impl Serialize, count: bool) -> bool {
    fn something(value: &Value, count: bool) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => !is_blank(text),
            Value::Object(parts) => parts.values().any(|part| something(part, count)),
            Value::Array(parts) => parts.iter().any(|part| something(part, count)),
            Value::Bool(_) | Value::Number(_) => count,
        }
    }
    serde_json::to_value(row).is_ok_and(|value| something(&value, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_an_answer_and_blank_is_not() {
        assert_eq!(Content::text(" 无 "), Content::Nothing);
        assert_eq!(Content::text(" \n"), Content::Missing);
        assert_eq!(Content::text("\u{200b}\u{feff}"), Content::Missing);
        assert_eq!(Content::text("\u{200b}无"), Content::Nothing);
        assert_eq!(Content::text(" 县民政局 "), Content::Given("县民政局".to_owned()));
        assert!(Content::text("无").is_enough() && !Content::text("").is_enough());
        assert_eq!(Content::of(Vec::<u8>::new()), Content::Missing);
        let rows = |names: [&str; 2]| Content::of(names.map(str::to_owned).to_vec());
        assert_eq!(rows(["", "\u{200b} "]), Content::Missing);
        assert_eq!(rows(["", "申请表"]), Content::Given(vec!["申请表".to_owned()]));
        assert!(!Content::Given(vec![String::new()]).is_enough());
    }
}
