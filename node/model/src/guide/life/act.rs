//! One thing that somebody did to a draft, as it is stored: a JSON text under `act/<id>`, never changed.
//!
//! Knows no state. The unit of whoever did it is proved by the log that carried it, not by what the text says.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ROOT, ReadDoc};
use sanji_sync::{ActorBytes, Time, UnitCode};
use serde::{Deserialize, Serialize};

use crate::case::{By, EventId, Role};
use crate::document::text;
use crate::guide::{ContentHash, GuideState};
use crate::lang::worded;

/// `act/<id>`.
const ACT: &str = "act/";

worded! {
    /// What can be done to a draft.
    pub enum DraftStep ("指南环节", "step of a guide") {
        /// Elements were edited; it changes no state by itself, the new content does.
        Edit = "edit", "编制", "edit";
        Sign = "sign", "签署", "sign";
        Submit = "submit", "送审", "submit";
        Return = "return", "退回", "return";
        Approve = "approve", "审定", "approve";
        Publish = "publish", "发布", "publish";
    }
}

impl DraftStep {
    /// The states it is possible from.
    pub fn from(self) -> &'static [GuideState] {
        use GuideState::*;
        match self {
            DraftStep::Edit => &[Draft, Signed, InReview, Returned, Approved],
            DraftStep::Sign => &[Draft, Signed, Returned],
            DraftStep::Submit => &[Signed],
            DraftStep::Return => &[InReview, Approved],
            DraftStep::Approve => &[InReview],
            DraftStep::Publish => &[Approved],
        }
    }

    /// What it makes of the draft; nothing for an edit. After publication the draft is one again, for the next version.
    pub fn to(self) -> Option<GuideState> {
        match self {
            DraftStep::Edit => None,
            DraftStep::Sign => Some(GuideState::Signed),
            DraftStep::Submit => Some(GuideState::InReview),
            DraftStep::Return => Some(GuideState::Returned),
            DraftStep::Approve => Some(GuideState::Approved),
            DraftStep::Publish => Some(GuideState::Draft),
        }
    }

    /// Who may do it.
    pub fn roles(self) -> &'static [Role] {
        match self {
            DraftStep::Edit | DraftStep::Submit => &[Role::GuideEditor],
            // The department's own approver, or its chief representative, binds the department.
            DraftStep::Sign => &[Role::GuideApprover, Role::Decider],
            DraftStep::Return | DraftStep::Approve | DraftStep::Publish => &[Role::GuideApprover],
        }
    }

    /// Whether it is for the county alone. The others are for the draft's unit and those above it, which the scope's
    /// authority sees to.
    pub fn is_countys(self) -> bool {
        match self {
            DraftStep::Return | DraftStep::Approve | DraftStep::Publish => true,
            DraftStep::Edit | DraftStep::Sign | DraftStep::Submit => false,
        }
    }
}

/// An act on a draft.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Act {
    pub id: EventId,
    /// One more than that of any act its doer knew, so that acts stand in the order of cause whatever clocks say.
    pub n: u32,
    pub at: Time,
    pub step: DraftStep,
    pub by: By,
    /// The content it is about: after an edit the new one.
    pub content: ContentHash,
    /// Why, as after a return; the version, of a publication; the edited elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// Stores an act, with the edits of the same change if there are any.
pub fn put_act(doc: &mut impl Transactable, act: &Act) -> Result<(), AutomergeError> {
    let json = serde_json::to_string(act).expect("strings and numbers always serialise");
    doc.put(ROOT, format!("{ACT}{}", act.id), json)
}

/// The acts of a draft in order, each attributed to the unit that wrote it, with the operation it was written by. What
/// cannot be read, or whose writer nobody knows, does not count.
pub fn acts(doc: &impl ReadDoc, unit_of: impl Fn(&ActorBytes) -> Option<UnitCode>) -> Vec<(Act, ObjId)> {
    let read = |key: String| {
        let (_, written) = doc.get(ROOT, key.as_str()).ok()??;
        let mut act: Act = serde_json::from_str(&text(doc, &ROOT, &key)?).ok()?;
        let ObjId::Id(_, actor, _) = &written else { return None };
        act.by.unit = unit_of(&actor.to_bytes().try_into().ok()?)?;
        (key.strip_prefix(ACT)? == act.id.as_str()).then_some((act, written))
    };
    let mut acts: Vec<(Act, ObjId)> =
        doc.keys(ROOT).filter(|key| key.starts_with(ACT)).filter_map(read).collect();
    acts.sort_by(|(a, _), (b, _)| (a.n, a.at, &a.id).cmp(&(b.n, b.at, &b.id)));
    acts
}
