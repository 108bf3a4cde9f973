//! What a node finds about the square code of a paper.
//!
//! Knows no code and no case; the machine finds, here stands what is said of it.

use sanji_model::lang::{Lang, Words};

/// The answer, from the best down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Signed by a node that may, and printed as this node has it.
    Authentic,
    /// Signed by a node that may; the case, or this part of it, is not here to compare.
    Signed,
    /// Signed, but the record says something else.
    Differs,
    /// Signed, but what it was made of does not count any more.
    NotCounted,
    /// The node that printed it was revoked.
    RevokedNode,
    /// The node that printed it has nothing to do with the unit of the case.
    NotCompetent,
    /// The signature is not that of the node named.
    Tampered,
    /// The case is of another county.
    OtherCounty,
    /// No node of this directory has printed it.
    UnknownNode,
}

impl Finding {
    pub const ALL: &'static [Finding] = &[
        Finding::Authentic,
        Finding::Signed,
        Finding::Differs,
        Finding::NotCounted,
        Finding::RevokedNode,
        Finding::NotCompetent,
        Finding::Tampered,
        Finding::OtherCounty,
        Finding::UnknownNode,
    ];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Finding::Authentic => "authentic",
            Finding::Signed => "signed",
            Finding::Differs => "differs",
            Finding::NotCounted => "not_counted",
            Finding::RevokedNode => "revoked_node",
            Finding::NotCompetent => "not_competent",
            Finding::Tampered => "tampered",
            Finding::OtherCounty => "other_county",
            Finding::UnknownNode => "unknown_node",
        }
    }

    /// Whether a counter may rely on the paper, once it is held against what is said of it.
    pub fn is_good(self) -> bool {
        matches!(self, Finding::Authentic | Finding::Signed)
    }

    pub fn text(self, lang: Lang) -> &'static str {
        let words = match self {
            Finding::Authentic => Words::new(
                "文书真实，与本机记录一致。请核对纸面的办件编号、文书名称和校验码",
                "authentic, and as recorded here; compare case number, title and check word on the paper",
            ),
            Finding::Signed => Words::new(
                "签名真实，但本机没有该办件（或尚未收到这份文书的记录），不能核对内容。请核对纸面的编号、名称和校验码，必要时向出具单位核实",
                "the signature is good, but the case, or this paper of it, is not here to compare; check number, title and check word on the paper, and ask the unit that issued it if in doubt",
            ),
            Finding::Differs => Words::new(
                "签名真实，但打印的内容与本机记录不一致。请向出具单位核实，或重新打印后比对",
                "the signature is good, but what was printed is not what is recorded here; ask the unit that issued it, or compare with a reprint",
            ),
            Finding::NotCounted => Words::new(
                "签名真实，但该文书所依据的办理环节未被计入（如已被另一处的决定取代），文书已不作数。请查看办件经过",
                "the signature is good, but the step that it is of does not count (as when a decision elsewhere went first); see the case",
            ),
            Finding::RevokedNode => Words::new(
                "打印这份文书的节点已被吊销，不能据此认定真伪。请向县级政务服务中心核实",
                "the node that printed it was revoked, so it proves nothing; ask the county's centre",
            ),
            Finding::NotCompetent => Words::new(
                "打印这份文书的节点与该办件的单位没有隶属关系，文书不可信。请报告县级管理员",
                "the node that printed it has no part in this case; do not rely on it and tell the county's administrator",
            ),
            Finding::Tampered => Words::new(
                "核验码的签名不符，文书系伪造或核验码被改动。请留存文书并报告县级管理员",
                "the signature is wrong: the paper is forged, or its code was changed; keep it and tell the county's administrator",
            ),
            Finding::OtherCounty => Words::new(
                "这是其他县的办件，本县节点无法核验。请到办件所在县的政务服务窗口核验",
                "the case is of another county, which nodes here cannot check; have it checked there",
            ),
            Finding::UnknownNode => Words::new(
                "本机名录中没有打印这份文书的节点：文书系伪造，或该节点新近入网而本机名录尚未更新。请同步后重试",
                "no node in this directory printed it: it is forged, or that node is new and the directory here is old; synchronise and try again",
            ),
        };
        words.text(lang)
    }
}
