//! An item on a list, and how a guide is recognised as that item.
//!
//! Knows no list.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Working days in which what was left out at acceptance has to come, on a list 容缺受理; the county's own limit without.
    #[serde(
        alias = "补交期限",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "working_days"
    )]
    pub days: Option<u32>,
}

/// As a number, or as people write it in a sheet: `5`, `5个工作日`.
fn working_days<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    let days = match Written::deserialize(from)? {
        Written::Number(days) => Some(days),
        Written::Text(text) => {
            let digits = text.trim().trim_end_matches("工作日").trim_end_matches('个').trim_end();
            digits.parse().ok()
        }
    };
    let fits = days.filter(|days| (1..=DAYS_MAX).contains(days));
    fits.map(Some).ok_or_else(|| D::Error::custom(format!("days (补交期限): 1 … {DAYS_MAX}, 5个工作日")))
}

/// Working days that a material may come later; a year has some 250.
const DAYS_MAX: u32 = 250;

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
