//! What stands out about a case, for lists and supervision.

use crate::lang::worded;

worded! {
    pub enum Flag ("标记", "flag") {
        /// Two places acted apart and exclude each other; the holder has to decide.
        Disputed = "disputed", "争议", "disputed";
        /// An event whose role or unit was not competent was kept and not counted.
        OverAuthority = "over_authority", "超权限", "over authority";
        /// An event out of order, or without what its rule demands, was kept and not counted.
        ReverseProcedure = "reverse_procedure", "逆程序", "reverse procedure";
        /// 重复告知: corrections were asked for a second time.
        SecondNotice = "second_notice", "重复告知", "second notice";
        /// 受审不分离: one person in two stages that must be in two hands.
        SamePerson = "same_person", "受审不分离", "same person in two stages";
        RefusalWithoutReason = "refusal_without_reason", "不予受理未说明理由", "refusal without reason";
        /// Nobody gave notice in time, so it counts as accepted (T11).
        Deemed = "deemed", "视为受理", "deemed accepted";
        /// An event of a newer version is kept; this version does not know its effect.
        NewerVersion = "newer_version", "新版本事件", "event of a newer version";
        /// An event is stored that this version cannot read.
        Unreadable = "unreadable", "事件无法读取", "unreadable event";
        /// Events that others had seen are not here yet.
        Incomplete = "incomplete", "尚未到齐", "not all here yet";
        /// A field was edited in two places; both values are kept until someone chooses.
        Conflict = "conflict", "字段冲突", "conflicting field";
        /// Registered on a version of the guide that held no more then; to be checked.
        OutdatedGuide = "outdated_guide", "指南已失效", "outdated guide";
        /// The applicant wants to withdraw; the holder has to confirm.
        WithdrawalRequested = "withdrawal_requested", "申请撤回", "withdrawal requested";
    }
}
