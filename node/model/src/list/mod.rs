//! Lists (清单) and bundles (一件事), which switch how cases of their items are handled (DOMAIN §2.4).
//!
//! A list is drafted as one document and published as one document a version, which takes force at 00:00 of its day on
//! every node that holds it. Knows no store and no clock; which lists count is the caller's to say.

mod bundle;
mod document;
pub mod import;
mod item;
mod switches;

use std::borrow::Borrow;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

pub use bundle::{Asked, asked};
pub use document::{ENDS, KIND_LIST, KIND_LIST_DRAFT};
pub use item::{Item, ItemRef, codes};
pub use switches::{Switches, switches};

use crate::guide::GuideState;
use crate::lang::worded;

worded! {
    /// What being on a list means for an item.
    pub enum ListKind ("清单类型", "kind of list") {
        /// May be accepted with secondary materials missing.
        Tolerance = "tolerance", "容缺受理", "acceptance with omissions";
        /// May be accepted on a written commitment.
        Commitment = "commitment", "告知承诺", "acceptance on commitment";
        /// Is done while the applicant waits.
        OnTheSpot = "on_the_spot" | "即办件", "即办", "on the spot";
        /// Nobody need come.
        NoMeeting = "no_meeting", "不见面", "no meeting";
        /// Stages that followed each other run side by side.
        Parallel = "parallel", "串联改并联", "parallel handling";
        /// An electronic certificate stands in for a material.
        Waiver = "waiver" | "免提交", "材料免提交", "material not asked for";
        /// At any point nearby.
        Nearby = "nearby", "就近办", "at the nearest point";
        /// At any window of the city.
        CityWide = "city_wide", "同城通办", "anywhere in the city";
        /// Several items that make one matter.
        Bundle = "bundle", "一件事", "bundle";
    }
}

/// A list as written: what it does, to which items, by whose order and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(alias = "清单类型")]
    pub kind: ListKind,
    #[serde(alias = "清单名称")]
    pub name: String,
    /// The document by which it was issued (依据文件).
    #[serde(alias = "依据文件", default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The first day on which it holds; the day of publication may set another.
    #[serde(alias = "生效日期", default, skip_serializing_if = "Option::is_none")]
    pub effective_on: Option<Date>,
    /// The first day on which it no longer holds.
    #[serde(alias = "废止日期", default, skip_serializing_if = "Option::is_none")]
    pub cancels_on: Option<Date>,
    #[serde(alias = "事项")]
    pub items: Vec<Item>,
}

/// What publishing adds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListVersion {
    /// The draft's document: the same for all versions of a list.
    pub list: DocId,
    /// Counts its publications from 1.
    pub version: u32,
    pub published_at: Time,
    pub published_by: UnitCode,
    /// Takes force at 00:00 of this day.
    pub effective_on: Date,
}

/// One version as published. It never changes but for its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PublishedList {
    pub version: ListVersion,
    pub list: List,
    /// The first day on which it no longer holds because somebody ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Date>,
}

impl PublishedList {
    /// The first day on which it no longer holds by itself.
    pub fn last_day_after(&self) -> Option<Date> {
        self.list.cancels_on.into_iter().chain(self.ends).min()
    }

    /// Its state on `today` among the versions of the same list, of which it may be one.
    pub fn state<T: Borrow<PublishedList>>(&self, versions: &[T], today: Date) -> GuideState {
        let over = self.last_day_after().is_some_and(|day| day <= today);
        let begun = |other: &PublishedList| other.version.effective_on <= today;
        let overtaken =
            versions.iter().map(Borrow::borrow).any(|other| begun(other) && other.rank() > self.rank());
        match (over || overtaken, begun(self)) {
            (true, _) => GuideState::Superseded,
            (false, true) => GuideState::InForce,
            (false, false) => GuideState::Published,
        }
    }

    fn rank(&self) -> (Date, u32) {
        (self.version.effective_on, self.version.version)
    }
}

/// The versions that hold on `today`, one a list at most: of those whose day has come the latest, unless it has ended.
/// An ended one is not followed by an earlier one.
pub fn in_force<'a>(
    published: impl IntoIterator<Item = &'a PublishedList>,
    today: Date,
) -> Vec<&'a PublishedList> {
    let mut latest = std::collections::BTreeMap::new();
    for one in published.into_iter().filter(|one| one.version.effective_on <= today) {
        let slot = latest.entry(one.version.list).or_insert(one);
        if one.rank() > slot.rank() {
            *slot = one;
        }
    }
    latest.into_values().filter(|one| one.last_day_after().is_none_or(|day| today < day)).collect()
}

#[cfg(test)]
mod tests;
