//! What can be done to a complaint, and where it can stand (DOMAIN §5).
//!
//! Knows no rule: who may do what and when is in `rule`.

use crate::desk::vocabulary;
use crate::lang::worded;

worded! {
    /// The actions that this version has a word for.
    pub enum Known ("动作", "action") {
        Register = "register", "登记", "register";
        Accept = "accept", "受理", "accept";
        Refuse = "refuse", "不予受理", "refuse";
        Dispatch = "dispatch", "派单", "dispatch";
        Sign = "sign", "签收", "sign for";
        Return = "return", "退单", "return";
        /// A dispatch that cannot be returned.
        Assign = "assign", "指定办理", "assign for good";
        Handle = "handle", "办理", "handle";
        Extend = "extend", "延期", "extend";
        Reply = "reply", "答复", "reply";
        Urge = "urge", "督办", "urge";
        Close = "close", "办结", "close";
        CallBack = "call_back", "回访", "call back";
        Reopen = "reopen", "重办", "reopen";
        Rate = "rate", "评价", "rate";
        Archive = "archive", "归档", "archive";
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
    /// Where a complaint stands. Never stored: it is the fold of its events.
    pub enum State ("状态", "state") {
        Registered = "registered", "登记", "registered";
        Accepted = "accepted", "已受理", "accepted";
        Refused = "refused", "不予受理", "refused";
        Dispatched = "dispatched", "待签收", "waiting to be signed for";
        Returned = "returned", "已退单", "returned";
        Signed = "signed", "已签收", "signed for";
        Handling = "handling", "办理中", "being handled";
        Replied = "replied", "已答复", "replied";
        Closed = "closed", "已办结", "closed";
        CalledBack = "called_back", "已回访", "called back";
        Archived = "archived", "已归档", "archived";
    }
}

vocabulary!(Known, State);

impl State {
    /// Whether somebody still has to do something before it is closed.
    pub fn is_open(self) -> bool {
        match self {
            State::Registered
            | State::Accepted
            | State::Dispatched
            | State::Returned
            | State::Signed
            | State::Handling
            | State::Replied => true,
            State::Refused | State::Closed | State::CalledBack | State::Archived => false,
        }
    }
}
