//! A guide as a row of a list.
//!
//! Knows no store; the same row is made on every node from the same documents.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sanji_sync::DocId;
use serde::{Deserialize, Serialize};

use super::{Guide, GuideState, Limit, Published};
use crate::case::CaseType;
use crate::organisation::Tier;

/// What a list shows of a draft or of a published version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GuideRow {
    /// The guide: the draft's document, the same for all its versions.
    pub id: DocId,
    pub code: Option<String>,
    pub name: String,
    /// None for a draft.
    pub version: Option<u32>,
    pub state: GuideState,
    pub case_type: Option<CaseType>,
    pub promised: Option<Limit>,
    /// Elements missing of 26.
    pub missing: u8,
    pub tiers: BTreeSet<Tier>,
    pub effective_on: Option<Date>,
}

impl GuideRow {
    pub fn draft(id: DocId, guide: &Guide) -> GuideRow {
        GuideRow {
            id,
            code: guide.code().map(str::to_owned),
            name: guide.name().to_owned(),
            version: None,
            state: GuideState::Draft,
            case_type: guide.case_type,
            promised: guide.time_limit.given().and_then(|limits| limits.promised),
            missing: u8::try_from(guide.completeness().len()).expect("26 at most"),
            tiers: guide.tiers.clone(),
            effective_on: guide.effective_on.given().copied(),
        }
    }

    /// `state` is what [`super::PublishedMeta::state`] says of it today.
    pub fn published(version: &Published, state: GuideState) -> GuideRow {
        GuideRow {
            version: Some(version.meta.version),
            state,
            effective_on: Some(version.meta.effective_on),
            ..GuideRow::draft(version.meta.guide, &version.guide)
        }
    }
}
