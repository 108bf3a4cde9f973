//! What can be done to an enquiry, and where it can stand (DOMAIN §5).
//!
//! Knows no rule: who may do what and when is in `rule`.

use crate::desk::vocabulary;
use crate::lang::worded;

worded! {
    /// The actions that this version has a word for.
    pub enum Known ("动作", "action") {
        Register = "register", "登记", "register";
        HandOn = "hand_on", "转交", "hand on";
        Take = "take", "接手", "take";
        Answer = "answer", "答复", "answer";
        Rate = "rate", "评价", "rate";
        Note = "note", "备注", "note";
        /// Which of two events that exclude each other stands.
        Settle = "settle", "裁定", "settle a dispute";
        ConfirmCard = "confirm_card", "确认督办", "confirm a card";
        AppealCard = "appeal_card", "督办申诉", "appeal against a card";
        WithdrawCard = "withdraw_card", "撤销督办", "withdraw a card";
        ExemptCard = "exempt_card", "容错免责", "exempt from a card";
    }
}

worded! {
    /// Where an enquiry stands. Never stored: it is the fold of its events.
    pub enum State ("状态", "state") {
        Open = "open", "待答复", "open";
        /// Given to somebody who has not taken it: who was asked first still owns it.
        HandedOn = "handed_on", "转交中", "handed on";
        Answered = "answered", "已答复", "answered";
    }
}

vocabulary!(Known, State);
