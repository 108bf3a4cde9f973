//! A published version of a guide: one document that never changes, and which version is in force on a day.
//!
//! Knows no clock and no approval: whoever publishes has the right to, and today is an argument.

use std::borrow::Borrow;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, AutomergeError, ROOT, ReadDoc};
use jiff::civil::Date;
use sanji_sync::{ActorBytes, DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::document::BadDocument;
use super::sealed::{sealed, writer};
use super::{Guide, Written};
use crate::document::text;
use crate::lang::worded;
use crate::local;

/// What the root of a published version says under `kind`.
pub const KIND_PUBLISHED: &str = "guide";

/// Key of [`PublishedMeta`] as JSON text.
const META: &str = "published";

worded! {
    /// Where a version, or the draft, stands in the life cycle (DOMAIN §2.2).
    pub enum GuideState ("指南状态", "state of a guide") {
        Draft = "draft", "草稿", "draft";
        /// A department stands for its content.
        Signed = "signed", "部门已签署", "signed";
        InReview = "in_review", "待审定", "in review";
        Returned = "returned", "退回", "returned";
        Approved = "approved", "已审定", "approved";
        Published = "published", "已发布未生效", "published, not yet in force";
        InForce = "in_force", "生效中", "in force";
        /// A later version has taken force, or its last day is over.
        Superseded = "superseded", "已失效", "superseded";
        Suspended = "suspended", "暂停", "suspended";
        Abolished = "abolished", "废止", "abolished";
    }
}

/// What publishing adds to a guide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PublishedMeta {
    /// The draft's document: the same for all versions of a guide.
    pub guide: DocId,
    /// Counts a guide's publications from 1.
    pub version: u32,
    pub published_at: Time,
    pub published_by: UnitCode,
    /// Takes force at 00:00 of this day.
    pub effective_on: Date,
    /// The first day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancels_on: Option<Date>,
}

/// One version as published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    pub meta: PublishedMeta,
    pub guide: Guide,
}

impl Published {
    /// Writes a version into a new document.
    pub fn write(&self, doc: &mut impl Transactable) -> Result<Written, AutomergeError> {
        let meta = serde_json::to_string(&self.meta).expect("numbers and words only");
        doc.put(ROOT, META, meta)?;
        self.guide.write_as(doc, KIND_PUBLISHED)
    }

    pub fn read(doc: &impl ReadDoc) -> Result<Published, BadDocument> {
        let guide = Guide::read_as(doc, KIND_PUBLISHED)?;
        let meta = text(doc, &ROOT, META).and_then(|text| serde_json::from_str(&text).ok());
        Ok(Published { meta: meta.ok_or_else(|| BadDocument::Field(META.to_owned()))?, guide })
    }
}

/// A version as its first change left it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstWritten {
    pub published: Published,
    /// Who wrote it; whether that is the county is for whoever knows the nodes.
    pub writer: ActorBytes,
    /// Changes that came after it and are ignored: a published version never changes.
    pub later: u64,
}

impl FirstWritten {
    pub fn read(doc: &AutoCommit) -> Result<FirstWritten, BadDocument> {
        let sealed = sealed(doc);
        let published = Published::read(&*sealed.first)?;
        let writer = writer(&*sealed.first, META).ok_or_else(|| BadDocument::Field(META.to_owned()))?;
        Ok(FirstWritten { published, writer, later: sealed.later })
    }
}

impl Borrow<PublishedMeta> for Published {
    fn borrow(&self) -> &PublishedMeta {
        &self.meta
    }
}

/// The version of one guide that holds on `today`, if any.
///
/// Of those whose day has come the latest one holds, and of two with the same day the higher version. A cancelled one
/// is not followed by an earlier one: that was superseded.
pub fn in_force<T: Borrow<PublishedMeta>>(versions: &[T], today: Date) -> Option<&T> {
    let begun = versions.iter().filter(|version| Borrow::borrow(*version).effective_on <= today);
    let latest = begun.max_by_key(|version| Borrow::borrow(*version).rank())?;
    let cancelled = Borrow::borrow(latest).cancels_on.is_some_and(|day| day <= today);
    (!cancelled).then_some(latest)
}

impl PublishedMeta {
    /// Of two versions whose days have come the higher one holds.
    pub(super) fn rank(&self) -> (Date, u32) {
        (self.effective_on, self.version)
    }

    /// A version that is published on the day it takes force holds from that moment, not from midnight before.
    pub(super) fn begins(&self) -> Time {
        local::day_begins(self.effective_on).max(self.published_at)
    }

    /// Its state on `today` among the versions of the same guide, of which it may be one.
    pub fn state<T: Borrow<PublishedMeta>>(&self, versions: &[T], today: Date) -> GuideState {
        let cancelled = self.cancels_on.is_some_and(|day| day <= today);
        let overtaken = versions
            .iter()
            .map(Borrow::borrow)
            .any(|other: &PublishedMeta| other.effective_on <= today && other.rank() > self.rank());
        match (cancelled || overtaken, self.effective_on <= today) {
            (true, _) => GuideState::Superseded,
            (false, true) => GuideState::InForce,
            (false, false) => GuideState::Published,
        }
    }
}
