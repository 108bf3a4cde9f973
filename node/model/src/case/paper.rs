//! The papers (文书) that actions make (DOMAIN §3.2, last column): which there are of a case, and the case as it was when each
//! was made.
//!
//! What stands on them is the node's. Knows no page.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::action::Known;
use super::event::{By, Event, EventId};
use super::{Case, Computed};
use crate::lang::worded;
use crate::local;

worded! {
    /// 文书.
    pub enum PaperKind ("文书", "paper") {
        Receipt = "receipt", "收件凭证", "receipt";
        HandOverSlip = "hand_over_slip", "材料交接单", "hand-over slip";
        CorrectionNotice = "correction_notice", "补正告知书", "notice of correction";
        CorrectionReceipt = "correction_receipt", "补正凭证", "receipt of correction";
        ReturnNotice = "return_notice", "退件通知书", "notice of return";
        RefusalNotice = "refusal_notice", "不予受理通知书", "notice of refusal";
        AcceptanceNotice = "acceptance_notice", "受理通知书", "notice of acceptance";
        OmissionsNotice = "omissions_notice", "容缺受理通知书", "notice of acceptance with omissions";
        CommitmentLetter = "commitment_letter", "告知承诺书", "letter of commitment";
        SpecialNotice = "special_notice", "特别程序告知书", "notice of a special procedure";
        Decision = "decision", "决定书", "decision";
        DeliveryProof = "delivery_proof", "送达回证", "proof of delivery";
        ArchiveCover = "archive_cover", "档案封面", "archive cover";
        TerminationNotice = "termination_notice", "终止通知书", "notice of termination";
        OnTheSpotReceipt = "on_the_spot_receipt", "即办凭证", "on-the-spot receipt";
    }
}

impl PaperKind {
    /// The number of its transition in DOMAIN §3.2, the first where several make it. In square codes and in the numbers of
    /// papers: it never changes.
    pub fn t(self) -> u8 {
        match self {
            PaperKind::Receipt => 2,
            PaperKind::HandOverSlip => 3,
            PaperKind::CorrectionNotice => 4,
            PaperKind::CorrectionReceipt => 5,
            PaperKind::ReturnNotice => 6,
            PaperKind::RefusalNotice => 7,
            PaperKind::AcceptanceNotice => 8,
            PaperKind::OmissionsNotice => 9,
            PaperKind::CommitmentLetter => 10,
            PaperKind::SpecialNotice => 14,
            PaperKind::Decision => 16,
            PaperKind::DeliveryProof => 20,
            PaperKind::ArchiveCover => 21,
            PaperKind::TerminationNotice => 22,
            PaperKind::OnTheSpotReceipt => 25,
        }
    }

    pub fn of_t(t: u8) -> Option<PaperKind> {
        PaperKind::ALL.iter().copied().find(|kind| kind.t() == t)
    }
}

/// The paper of an action, if it makes one.
pub fn of(action: Known) -> Option<PaperKind> {
    let kind = match action {
        Known::Receive => PaperKind::Receipt,
        Known::TakeOver => PaperKind::HandOverSlip,
        Known::AskCorrection => PaperKind::CorrectionNotice,
        Known::Correct => PaperKind::CorrectionReceipt,
        Known::Return => PaperKind::ReturnNotice,
        Known::Refuse => PaperKind::RefusalNotice,
        Known::Accept => PaperKind::AcceptanceNotice,
        Known::AcceptOmissions => PaperKind::OmissionsNotice,
        Known::AcceptCommitment => PaperKind::CommitmentLetter,
        Known::StartSpecial => PaperKind::SpecialNotice,
        Known::Decide => PaperKind::Decision,
        Known::Deliver => PaperKind::DeliveryProof,
        Known::Archive => PaperKind::ArchiveCover,
        Known::Withdraw | Known::ConfirmWithdrawal => PaperKind::TerminationNotice,
        Known::OnTheSpot => PaperKind::OnTheSpotReceipt,
        Known::Register
        | Known::HandOver
        | Known::Handle
        | Known::Review
        | Known::SendBack
        | Known::EndSpecial
        | Known::Conclude
        | Known::Issue
        | Known::DeclineWithdrawal
        | Known::Void
        | Known::Forward
        | Known::Note
        | Known::Supplement
        | Known::Rate
        | Known::Check
        | Known::Redo
        | Known::Settle
        | Known::VerifyRating
        | Known::RectifyRating
        | Known::AnswerRating
        | Known::CallBack
        | Known::AppealRating
        | Known::ReviewRating
        | Known::ConfirmCard
        | Known::AppealCard
        | Known::WithdrawCard
        | Known::ExemptCard
        | Known::Print => return None,
    };
    Some(kind)
}

/// A paper that a counted event has made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Made {
    pub event: EventId,
    pub kind: PaperKind,
}

/// The field of a print that names the paper, by the event that made it.
pub const PAPER: &str = "paper";
/// The field of a print with the digest of what was printed.
pub const DIGEST: &str = "digest";

/// One print of a paper: the first of a paper is its issue, each further one a reprint (补打).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Print {
    pub paper: EventId,
    pub at: sanji_sync::Time,
    pub by: By,
    pub digest: String,
}

impl Print {
    pub(super) fn of(event: &Event) -> Option<Print> {
        let paper = event.fields.get(PAPER)?.trim().parse().ok()?;
        let digest = event.fields.get(DIGEST)?.trim().to_owned();
        Some(Print { paper, at: event.at, by: event.by.clone(), digest })
    }
}

/// In the place of an event's id for the return that no event makes (T17).
const COMPUTED_RETURN: &str = "computed-17";

impl Case {
    /// The papers of the case in the order in which they were made.
    pub fn papers(&self) -> Vec<Made> {
        let computed = self.computed_return().map(|_| Made {
            event: COMPUTED_RETURN.parse().expect("letters, digits and a hyphen"),
            kind: PaperKind::ReturnNotice,
        });
        self.folded.course.papers.iter().cloned().chain(computed).collect()
    }

    /// The prints of a paper, in the order in which they count.
    pub fn prints<'a>(&'a self, paper: &'a EventId) -> impl Iterator<Item = &'a Print> {
        self.folded.course.prints.iter().filter(move |print| print.paper == *paper)
    }

    /// The day on which the paper was made.
    pub fn made_on(&self, paper: &EventId) -> Option<Date> {
        match self.events.get(paper) {
            Some(event) => Some(local::date(event.at)),
            None => self.computed_return().filter(|_| paper.as_str() == COMPUTED_RETURN),
        }
    }

    /// The case as whoever made the paper saw it: the event with what it had seen, on its day. The same on every node that
    /// has the event, whatever came since.
    pub fn as_of(&self, paper: &EventId) -> Option<Case> {
        let day = self.made_on(paper)?;
        let mut past = self.clone();
        match self.events.contains_key(paper) {
            true => {
                let seen = self.past_of(paper);
                past.events.retain(|id, _| seen.contains(id));
            }
            false => past.events.retain(|_, event| local::date(event.at) < day),
        }
        past.almanac = past.almanac.on(day);
        past.refold();
        Some(past)
    }

    fn past_of(&self, event: &EventId) -> BTreeSet<EventId> {
        let mut past = BTreeSet::from([event.clone()]);
        let mut open = vec![event];
        while let Some(id) = open.pop() {
            for seen in self.events.get(id).into_iter().flat_map(|event| &event.seen) {
                if past.insert(seen.clone()) {
                    open.push(seen);
                }
            }
        }
        past
    }

    fn computed_return(&self) -> Option<Date> {
        let returned = |computed: &&Computed| computed.t == 17;
        self.folded.computed.iter().find(returned).map(|computed| computed.on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_transition() {
        for kind in PaperKind::ALL {
            assert_eq!(PaperKind::of_t(kind.t()), Some(*kind));
        }
        for action in Known::ALL {
            let Some(kind) = of(*action) else { continue };
            let ts: Vec<u8> = super::super::rules(*action).map(|rule| rule.t).collect();
            assert!(ts.contains(&kind.t()), "{action}: {ts:?}");
        }
    }
}
