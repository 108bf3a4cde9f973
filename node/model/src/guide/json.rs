//! A guide as JSON: the project's own line shape, and each element's value in it.
//!
//! `{"case_type":…, "tiers":[…], …, "要素":{"name":"…", "materials":[{…}], "fees":"无"}}`. A missing element has no key,
//! an explicit none is “无”, texts and dates are strings. Reads this shape only; `import` reads others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::{Body, Content, NONE};
use super::element::{Element, Shape};
use super::{Guide, Source};
use crate::blank::{is_blank, shows_nothing};
use crate::case::CaseType;
use crate::organisation::Tier;

/// Why a value cannot stand under an element.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{element}`: {why}")]
pub struct BadElement {
    pub element: Element,
    pub why: String,
}

impl BadElement {
    pub(super) fn new(element: Element, why: impl ToString) -> BadElement {
        BadElement { element, why: why.to_string() }
    }
}

impl Guide {
    /// An element's value; none when it is missing.
    pub fn value(&self, element: Element) -> Option<Value> {
        match element.shape() {
            Shape::Text => value(self.texts.get(&element).unwrap_or(&Content::Missing)),
            Shape::PublishedOn => value(&self.published_on),
            Shape::EffectiveOn => value(&self.effective_on),
            Shape::Code => value(&self.codes),
            Shape::Materials => value(&self.materials),
            Shape::Procedure => value(&self.procedure),
            Shape::TimeLimit => value(&self.time_limit),
            Shape::Fees => value(&self.fees),
            Shape::Forms => value(&self.forms),
            Shape::Samples => value(&self.samples),
        }
    }

    /// Sets an element from its value; null and blank make it missing, “无” an explicit none.
    pub fn set_value(&mut self, element: Element, value: Value) -> Result<(), BadElement> {
        match element.shape() {
            Shape::Text => match content(element, value)? {
                Content::Missing => drop(self.texts.remove(&element)),
                given => drop(self.texts.insert(element, given)),
            },
            Shape::PublishedOn => self.published_on = content(element, value)?,
            Shape::EffectiveOn => self.effective_on = content(element, value)?,
            Shape::Code => self.codes = content(element, value)?,
            Shape::Materials => self.materials = content(element, value)?,
            Shape::Procedure => self.procedure = content(element, value)?,
            Shape::TimeLimit => self.time_limit = content(element, value)?,
            Shape::Fees => self.fees = content(element, value)?,
            Shape::Forms => self.forms = content(element, value)?,
            Shape::Samples => self.samples = content(element, value)?,
        }
        Ok(())
    }
}

fn value<T: Serialize + Body>(content: &Content<T>) -> Option<Value> {
    match content {
        Content::Missing => None,
        Content::Nothing => Some(NONE.into()),
        Content::Given(body) if body.is_blank() => None,
        Content::Given(body) => {
            Some(serde_json::to_value(body).expect("bodies have text keys and plain numbers only"))
        }
    }
}

fn content<T: DeserializeOwned + Body>(element: Element, value: Value) -> Result<Content<T>, BadElement> {
    match &value {
        Value::Null => Ok(Content::Missing),
        Value::String(text) if is_blank(text) => Ok(Content::Missing),
        Value::String(text) if text.trim_matches(shows_nothing) == NONE => Ok(Content::Nothing),
        _ => serde_json::from_value(value).map(Content::of).map_err(|why| BadElement::new(element, why)),
    }
}

/// A line as it stands. Fields that this version does not know are passed over: a newer one wrote them.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case_type: Option<CaseType>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    tiers: BTreeSet<Tier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visits: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancels_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    source: Source,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    translations: BTreeMap<String, BTreeMap<Element, String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    remarks: BTreeMap<String, String>,
    #[serde(rename = "要素", default)]
    elements: BTreeMap<Element, Value>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<Guide> for Line {
    fn from(guide: Guide) -> Line {
        let elements = Element::ALL.iter().filter_map(|e| Some((*e, guide.value(*e)?))).collect();
        Line {
            case_type: guide.case_type,
            tiers: guide.tiers,
            visits: guide.visits,
            cancels_on: guide.cancels_on,
            version: guide.version,
            source: guide.source,
            translations: guide.translations,
            remarks: guide.remarks,
            elements,
        }
    }
}

impl TryFrom<Line> for Guide {
    type Error = BadElement;

    fn try_from(line: Line) -> Result<Guide, BadElement> {
        let mut guide = Guide {
            case_type: line.case_type,
            tiers: line.tiers,
            visits: line.visits,
            cancels_on: line.cancels_on,
            version: line.version,
            source: line.source,
            translations: line.translations,
            remarks: line.remarks,
            ..Guide::default()
        };
        for (element, value) in line.elements {
            guide.set_value(element, value)?;
        }
        Ok(guide)
    }
}
