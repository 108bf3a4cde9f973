//! What of one guide is looked through: folded, a name, a material or a paragraph a line.
//!
//! Knows no query. Made from a guide alone, so that it is the same on every node.

use serde::{Deserialize, Serialize};

use super::folding::fold;
use crate::guide::{CodeKind, Content, Element, Guide};

/// The folded texts of one guide, its translations among them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The Chinese name in the first line, then the other languages'.
    name: String,
    codes: Vec<String>,
    materials: String,
    conditions: String,
}

impl Entry {
    pub fn of(guide: &Guide) -> Entry {
        let codes = guide.codes.given();
        let codes = codes.into_iter().flat_map(|codes| CodeKind::ALL.iter().filter_map(|k| codes.code(*k)));
        Entry {
            name: text(guide, Element::Name),
            codes: codes.map(fold).filter(|code| !code.is_empty()).collect(),
            materials: text(guide, Element::Materials),
            conditions: text(guide, Element::Conditions),
        }
    }

    /// In every language, a line each.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Characters of the first name.
    pub(super) fn name_chars(&self) -> usize {
        self.name.lines().next().map_or(0, |name| name.chars().count())
    }

    pub(super) fn codes(&self) -> &[String] {
        &self.codes
    }

    pub(super) fn materials(&self) -> &str {
        &self.materials
    }

    pub(super) fn conditions(&self) -> &str {
        &self.conditions
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = [&self.name, &self.materials, &self.conditions];
        texts.into_iter().chain(&self.codes).map(String::len).sum()
    }
}

/// An element in every language it is written in.
fn text(guide: &Guide, element: Element) -> String {
    let chinese = match guide.readable(element) {
        Content::Given(text) => text,
        Content::Missing | Content::Nothing => String::new(),
    };
    let others = guide.translations.values().filter_map(|texts| texts.get(&element));
    let all: Vec<String> = std::iter::once(&chinese).chain(others).map(|text| fold(text)).collect();
    all.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
