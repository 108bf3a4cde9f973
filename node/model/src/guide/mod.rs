//! A guide (办事指南): its 26 elements and what belongs to them (DOMAIN §2).
//!
//! A draft is one mergeable document, whose life is `life`, each published version one that never changes; `standing` may
//! stop what is published. Knows no store, no clock and no user.

mod code;
mod conflict;
mod content;
pub mod correction;
pub mod diff;
mod document;
mod edit;
mod element;
pub mod exchange;
mod hash;
pub mod import;
mod json;
pub mod life;
mod limit;
pub mod lint;
mod misread;
mod outdated;
mod published;
mod row;
mod rows;
pub mod schema;
mod sealed;
pub mod search;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use code::{BadCode, CODE_LEN_MAX, CodeKind, Codes, check, kind_of};
pub use conflict::{Conflict, Side, conflicting, written};
pub use content::{Body, Content, NONE};
pub use document::{BadDocument, ChooseError, KIND_DRAFT, Written, choose, conflicts};
pub use edit::{BadField, Field};
pub use element::{Element, Shape};
pub use hash::ContentHash;
pub use json::BadElement;
pub use life::NotDone;
pub use limit::{Limit, Quantity, TimeLimits, Unit};
pub use misread::Misread;
pub use outdated::{Outdated, outdated};
pub use published::{FirstWritten, GuideState, KIND_PUBLISHED, Published, PublishedMeta, in_force};
pub use row::GuideRow;
pub use rows::{Fee, Material, Necessity, Paper, Step};
pub use standing::{KIND_STOP, Stop, StopKind, held_at, reason, standing};

use crate::case::CaseType;
use crate::organisation::Tier;

/// A guide, complete or not. Its text is Chinese; [`Guide::translations`] holds the other languages.
///
/// Elements with a type of their own are fields, the others are read with [`Guide::text`] and set with
/// [`Guide::set_text`]. In JSON it has the project's own line shape, see `json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(into = "json::Line", try_from = "json::Line")]
pub struct Guide {
    /// Only elements of [`Shape::Text`], none of them [`Content::Missing`].
    texts: BTreeMap<Element, Content<String>>,
    pub published_on: Content<Date>,
    pub effective_on: Content<Date>,
    pub codes: Content<Codes>,
    pub materials: Content<Vec<Material>>,
    pub procedure: Content<Vec<Step>>,
    pub time_limit: Content<TimeLimits>,
    /// “Nothing” is free of charge.
    pub fees: Content<Vec<Fee>>,
    pub forms: Content<Vec<Paper>>,
    pub samples: Content<Vec<Paper>>,
    pub case_type: Option<CaseType>,
    /// Where the item can be received.
    pub tiers: BTreeSet<Tier>,
    /// Times the applicant has to come (到办事现场次数).
    pub visits: Option<u32>,
    /// The first day on which it no longer holds.
    pub cancels_on: Option<Date>,
    /// As the source counts; a published version carries its own number.
    pub version: Option<u32>,
    /// Text of an element by language tag, such as `mn`. A missing one is missing, never the Chinese.
    pub translations: BTreeMap<String, BTreeMap<Element, String>>,
    /// What an import could not place, by its key: for an editor to place or strike out.
    pub remarks: BTreeMap<String, String>,
    pub source: Source,
}

/// Where a guide was taken from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// Its id there: what an import is recognised by when it comes again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Tier of the region, in the source's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

impl Guide {
    /// The item's name; empty while a draft has none.
    pub fn name(&self) -> &str {
        self.text(Element::Name).unwrap_or_default()
    }

    /// The code it is known by in lists.
    pub fn code(&self) -> Option<&str> {
        self.codes.given().and_then(Codes::main)
    }

    /// What a text element says; none when it is missing, an explicit “无”, or has a type of its own.
    pub fn text(&self, element: Element) -> Option<&str> {
        self.texts.get(&element).and_then(Content::given).map(String::as_str)
    }

    /// Sets a text element: blank removes it, “无” is an explicit none. Refused for an element with a type of its own.
    pub fn set_text(&mut self, element: Element, text: &str) -> Result<(), BadElement> {
        if element.shape() == Shape::Text {
            self.set_value(element, text.into())
        } else {
            Err(BadElement::new(element, "it is not a text"))
        }
    }

    /// The elements that keep it from being submitted, in their order (DOMAIN §2.1).
    pub fn completeness(&self) -> Vec<Element> {
        Element::ALL.iter().copied().filter(|element| !self.is_enough(*element)).collect()
    }

    fn is_enough(&self, element: Element) -> bool {
        match element.shape() {
            // A guide cannot be explicitly without a name.
            Shape::Text if element == Element::Name => !self.name().is_empty(),
            Shape::Text => self.texts.get(&element).is_some_and(Content::is_enough),
            Shape::PublishedOn => self.published_on.is_enough(),
            Shape::EffectiveOn => self.effective_on.is_enough(),
            Shape::Code => self.codes.is_enough(),
            Shape::Materials => self.materials.is_enough(),
            Shape::Procedure => self.procedure.is_enough(),
            Shape::TimeLimit => self.time_limit.is_enough(),
            Shape::Fees => self.fees.is_enough(),
            Shape::Forms => self.forms.is_enough(),
            Shape::Samples => self.samples.is_enough(),
        }
    }

    /// The promised limit, else the statutory one.
    pub fn limit(&self) -> Option<Limit> {
        self.time_limit.given().and_then(|limits| limits.promised.or(limits.statutory))
    }

    /// Whether a case needs materials: not when there is an explicit “none”.
    pub fn materials_needed(&self) -> bool {
        self.materials != Content::Nothing
    }

    /// Any element as Chinese text, a row a line: for search, comparison and plain output.
    pub fn readable(&self, element: Element) -> Content<String> {
        fn lines<T: ToString>(rows: &Content<Vec<T>>) -> Content<String> {
            one(rows, |rows| rows.iter().map(T::to_string).collect::<Vec<_>>().join("\n"))
        }
        fn one<T>(content: &Content<T>, say: impl Fn(&T) -> String) -> Content<String> {
            match content {
                Content::Missing => Content::Missing,
                Content::Nothing => Content::Nothing,
                Content::Given(body) => Content::of(say(body)),
            }
        }
        match element.shape() {
            Shape::Text => self.texts.get(&element).cloned().unwrap_or_default(),
            Shape::PublishedOn => one(&self.published_on, Date::to_string),
            Shape::EffectiveOn => one(&self.effective_on, Date::to_string),
            Shape::Code => one(&self.codes, Codes::to_string),
            Shape::Materials => lines(&self.materials),
            Shape::Procedure => lines(&self.procedure),
            Shape::TimeLimit => one(&self.time_limit, TimeLimits::to_string),
            Shape::Fees => lines(&self.fees),
            Shape::Forms => lines(&self.forms),
            Shape::Samples => lines(&self.samples),
        }
    }
}

#[cfg(test)]
mod tests;
