//! An item on a list, and how a guide is recognised as that item.
//!
//! Knows no list.

use serde::{Deserialize, Serialize};

use crate::guide::{CodeKind, Guide};

/// A matter that a list is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Any code that the item is known by.
    #[serde(alias = "事项编码", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(alias = "事项名称")]
    pub name: String,
    /// The one material that is meant, where the list is about materials.
    #[serde(alias = "材料", default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    #[serde(alias = "备注", default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// By what a list knows an item: its codes and its name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ItemRef {
    pub codes: Vec<String>,
    pub name: String,
}

impl ItemRef {
    pub fn of(guide: &Guide) -> ItemRef {
        ItemRef { codes: codes(guide), name: guide.name().to_owned() }
    }
}

/// Every code of a guide but that of its authority, which many items share.
pub fn codes(guide: &Guide) -> Vec<String> {
    let kinds = CodeKind::ALL.iter().filter(|kind| **kind != CodeKind::Authority);
    kinds.filter_map(|kind| guide.codes.given()?.code(*kind).map(str::to_owned)).collect()
}

impl Item {
    /// Whether this is the item: by code where both have one, else by name. The implementation code ends in the basic
    /// code, so either names the other.
    pub fn is(&self, item: &ItemRef) -> bool {
        self.is_known_by(&item.codes, &item.name)
    }

    /// The same of an item's codes and name.
    pub fn is_known_by(&self, codes: &[String], name: &str) -> bool {
        let same = |ours: &str, theirs: &str| {
            ours == theirs
                || (ours.len() == BASIC && theirs.len() == IMPLEMENTATION && theirs.ends_with(ours))
                || (theirs.len() == BASIC && ours.len() == IMPLEMENTATION && ours.ends_with(theirs))
        };
        match self.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
            Some(code) if !codes.is_empty() => codes.iter().any(|theirs| same(code, theirs)),
            Some(_) | None => self.name.trim() == name.trim(),
        }
    }
}

/// Characters of the two codes (DOMAIN §2.5).
const BASIC: usize = 12;
const IMPLEMENTATION: usize = 31;
