//! The papers (文书) that actions make (DOMAIN §3.2, last column).
//!
//! Names only; pages print them.

use super::action::Known;
use crate::lang::Words;

/// The paper of an action, if it makes one.
pub fn of(action: Known) -> Option<Words> {
    let words = match action {
        Known::Receive => Words::new("收件凭证", "receipt"),
        Known::TakeOver => Words::new("材料交接单", "hand-over slip"),
        Known::AskCorrection => Words::new("补正告知书", "notice of correction"),
        Known::Correct => Words::new("补正凭证", "receipt of correction"),
        Known::Return => Words::new("退件通知书", "notice of return"),
        Known::Refuse => Words::new("不予受理通知书", "notice of refusal"),
        Known::Accept => Words::new("受理通知书", "notice of acceptance"),
        Known::AcceptOmissions => Words::new("容缺受理通知书", "notice of acceptance with omissions"),
        Known::AcceptCommitment => Words::new("告知承诺书", "letter of commitment"),
        Known::StartSpecial => Words::new("特别程序告知书", "notice of a special procedure"),
        Known::Decide => Words::new("决定书", "decision"),
        Known::Deliver => Words::new("送达回证", "proof of delivery"),
        Known::Archive => Words::new("档案封面", "archive cover"),
        Known::Withdraw | Known::ConfirmWithdrawal => Words::new("终止通知书", "notice of termination"),
        Known::OnTheSpot => Words::new("即办凭证", "on-the-spot receipt"),
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
        | Known::ExemptCard => return None,
    };
    Some(words)
}
