//! What can be done to a case (DOMAIN §3.2), by word.
//!
//! Knows no rule: who may do what and when is in `rule`. The deemed acceptance (T11) is computed and no action.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::lang::{Lang, Words, worded};

worded! {
    /// The actions that this version has a word for.
    pub enum Known ("动作", "action") {
        Register = "register", "登记", "register";
        Receive = "receive", "收件", "receive";
        HandOver = "hand_over", "移交", "hand over";
        /// The taker's signature of a hand-over.
        TakeOver = "take_over", "接收", "take over";
        AskCorrection = "ask_correction", "一次性告知", "ask for correction";
        Correct = "correct", "补正", "submit a correction";
        Return = "return", "退件", "return";
        Refuse = "refuse", "不予受理", "refuse";
        Accept = "accept", "受理", "accept";
        AcceptOmissions = "accept_omissions", "容缺受理", "accept with omissions";
        AcceptCommitment = "accept_commitment", "告知承诺", "accept on commitment";
        Handle = "handle", "承办", "handle";
        Review = "review", "审核", "review";
        SendBack = "send_back", "退回", "send back";
        StartSpecial = "start_special", "启动特别程序", "start a special procedure";
        EndSpecial = "end_special", "结束特别程序", "end a special procedure";
        Decide = "decide", "决定", "decide";
        Conclude = "conclude", "办结", "conclude";
        Issue = "issue", "出件", "issue";
        Deliver = "deliver", "送达", "deliver";
        Archive = "archive", "归档", "archive";
        Withdraw = "withdraw", "撤回", "withdraw";
        ConfirmWithdrawal = "confirm_withdrawal", "同意撤回", "confirm a withdrawal";
        DeclineWithdrawal = "decline_withdrawal", "不同意撤回", "decline a withdrawal";
        Void = "void", "作废", "void";
        Forward = "forward", "转报", "forward";
        OnTheSpot = "on_the_spot", "即办", "handle on the spot";
        Note = "note", "备注", "note";
        /// A further material after the receipt, as one that was left out at acceptance.
        Supplement = "supplement", "补交材料", "hand in a further material";
        Rate = "rate", "评价", "rate";
        /// What was found about a case that was registered on a guide that held no more.
        Check = "check", "核查", "check";
        Redo = "redo", "纠错重办", "redo";
        /// Which of two events that exclude each other stands.
        Settle = "settle", "裁定", "settle a dispute";
        VerifyRating = "verify_rating", "核实评价", "verify a bad rating";
        RectifyRating = "rectify_rating", "整改", "rectify what a rating complains of";
        AnswerRating = "answer_rating", "反馈", "answer a bad rating";
        CallBack = "call_back", "回访", "call back";
        AppealRating = "appeal_rating", "评价申诉", "appeal against a rating";
        ReviewRating = "review_rating", "评价复核", "review a rating";
        ConfirmCard = "confirm_card", "确认督办", "confirm a card";
        AppealCard = "appeal_card", "督办申诉", "appeal against a card";
        WithdrawCard = "withdraw_card", "撤销督办", "withdraw a card";
        ExemptCard = "exempt_card", "容错免责", "exempt from a card";
        /// A paper of the case was printed.
        Print = "print", "打印文书", "print a paper";
    }
}

/// An action as an event carries it: a known one, or the word of a newer version, kept as it came.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    Known(Known),
    Other(String),
}

impl Action {
    pub const REGISTER: Action = Action::Known(Known::Register);
    pub const RECEIVE: Action = Action::Known(Known::Receive);
    pub const NOTE: Action = Action::Known(Known::Note);
    pub const WITHDRAW: Action = Action::Known(Known::Withdraw);

    /// Reads a word, `-` for `_`, or the Chinese name. Any other word becomes [`Action::Other`].
    pub fn parse(word: &str) -> Action {
        Known::from_str(word).map_or_else(|_| Action::Other(word.trim().to_owned()), Action::Known)
    }

    pub fn word(&self) -> &str {
        match self {
            Action::Known(known) => known.word(),
            Action::Other(word) => word,
        }
    }

    /// The name for people; a newer version's word stays as it is.
    pub fn text(&self, lang: Lang) -> &str {
        match self {
            Action::Known(known) => Words::text(&known.words(), lang),
            Action::Other(word) => word,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Serialize for Action {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Action, D::Error> {
        Ok(Action::parse(&String::deserialize(d)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_newer_ones_are_kept() {
        for known in Known::ALL {
            assert_eq!(Action::parse(known.word()), Action::Known(*known));
            assert_eq!(Action::parse(known.words().zh), Action::Known(*known), "{known}");
        }
        let newer = Action::parse("teleport");
        assert_eq!(newer, Action::Other("teleport".to_owned()));
        assert_eq!(serde_json::to_string(&newer).unwrap(), "\"teleport\"");
        assert_eq!(Action::parse("hand-over").text(Lang::Zh), "移交");
    }
}
