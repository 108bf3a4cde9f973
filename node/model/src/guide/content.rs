//! What stands under an element: nothing yet, an explicit “无”, or something.
//!
//! Knows no element.

use std::fmt::Display;

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
    /// A blank body is missing content.
    pub fn of(body: T) -> Content<T> {
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
        match text.trim() {
            "" => Content::Missing,
            NONE => Content::Nothing,
            text => Content::Given(text.to_owned()),
        }
    }
}

impl Body for String {
    fn is_blank(&self) -> bool {
        self.trim().is_empty()
    }
}

impl Body for jiff::civil::Date {
    fn is_blank(&self) -> bool {
        false
    }
}

impl<T: Display> Body for Vec<T> {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    /// Rows that say nothing fill no element in.
    fn is_enough(&self) -> bool {
        self.iter().any(|row| !row.to_string().trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_an_answer_and_blank_is_not() {
        assert_eq!(Content::text(" 无 "), Content::Nothing);
        assert_eq!(Content::text(" \n"), Content::Missing);
        assert_eq!(Content::text(" 县民政局 "), Content::Given("县民政局".to_owned()));
        assert!(Content::text("无").is_enough() && !Content::text("").is_enough());
        assert_eq!(Content::of(Vec::<u8>::new()), Content::Missing);
        let rows = |names: [&str; 2]| Content::of(names.map(str::to_owned).to_vec());
        assert!(!rows(["", " "]).is_enough() && rows(["", "申请表"]).is_enough());
    }
}
