//! The states of a case (DOMAIN §3.1).
//!
//! Knows no transition; those are in `rule`.

use crate::lang::worded;

worded! {
    /// Where a case stands. Never stored: it is the fold of the case's events.
    pub enum State ("状态", "state") {
        Registered = "registered" | "10", "登记", "registered";
        Received = "received" | "20", "已收件", "received";
        AwaitingCorrection = "awaiting_correction" | "30", "待补正", "awaiting correction";
        Accepted = "accepted" | "40", "已受理", "accepted";
        InReview = "in_review" | "50", "审查中", "in review";
        SpecialProcedure = "special_procedure" | "60", "特别程序", "in a special procedure";
        Decided = "decided" | "70", "已决定", "decided";
        Concluded = "concluded" | "80", "已办结", "concluded";
        Ready = "ready" | "85", "待领取", "ready for collection";
        Delivered = "delivered" | "90", "已送达", "delivered";
        Archived = "archived" | "95", "已归档", "archived";
        Refused = "refused" | "45", "不予受理", "refused";
        Returned = "returned" | "46", "退件", "returned";
        Withdrawn = "withdrawn" | "47", "撤回", "withdrawn";
        Voided = "voided" | "48", "作废", "voided";
        Forwarded = "forwarded" | "49", "转报", "forwarded";
    }
}

impl State {
    /// The number that the field knows it by.
    pub fn number(self) -> u8 {
        match self {
            State::Registered => 10,
            State::Received => 20,
            State::AwaitingCorrection => 30,
            State::Accepted => 40,
            State::Refused => 45,
            State::Returned => 46,
            State::Withdrawn => 47,
            State::Voided => 48,
            State::Forwarded => 49,
            State::InReview => 50,
            State::SpecialProcedure => 60,
            State::Decided => 70,
            State::Concluded => 80,
            State::Ready => 85,
            State::Delivered => 90,
            State::Archived => 95,
        }
    }

    /// Whether work on the case is over: delivered or archived, or an end before a decision.
    pub fn is_end(self) -> bool {
        match self {
            State::Refused
            | State::Returned
            | State::Withdrawn
            | State::Voided
            | State::Forwarded
            | State::Delivered
            | State::Archived => true,
            State::Registered
            | State::Received
            | State::AwaitingCorrection
            | State::Accepted
            | State::InReview
            | State::SpecialProcedure
            | State::Decided
            | State::Concluded
            | State::Ready => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back_from_word_number_and_chinese() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(*state));
            assert_eq!(state.number().to_string().parse(), Ok(*state));
            assert_eq!(state.words().zh.parse(), Ok(*state));
        }
        assert_eq!(State::ALL.len(), 16);
    }
}
