//! What people did with others' data and with rights: one record a deed, in documents by unit and month in `staff/U`.
//!
//! Records are only ever added. Knows no right.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ROOT, ReadDoc};
use sanji_sync::{DocId, Time, UnitCode};
use serde::{Deserialize, Serialize};

use crate::document::text;
use crate::lang::worded;

/// What the root of an audit document says under `kind`.
pub const KIND: &str = "audit";

worded! {
    /// What was done.
    pub enum Deed ("操作", "deed") {
        Reveal = "reveal", "查看未遮蔽信息", "saw a person's data unmasked";
        Password = "password", "设置密码", "set a password";
        UserAdd = "user_add", "新增用户", "added a user";
        UserChange = "user_change", "变更用户及其角色", "changed a user or their roles";
        UserDisable = "user_disable", "停用用户", "disabled a user";
        UserAbsent = "user_absent", "标记用户离岗", "marked a user as absent";
        UserPresent = "user_present", "恢复用户在岗", "marked a user as present";
        TokenAdd = "token_add", "新建接口令牌", "made a token";
        TokenEnd = "token_end", "停用接口令牌", "ended a token";
        OrgImport = "org_import", "导入机构", "took in units";
        Invite = "invite", "生成入网邀请", "invited a node";
        Revoke = "revoke", "吊销节点", "revoked nodes";
        ListImport = "list_import", "导入清单", "took in lists";
        ListPublish = "list_publish", "发布清单", "published a list";
        ListEnd = "list_end", "终止清单", "ended a list";
        SeedPublish = "seed_publish", "公布抽查种子", "published a seed";
    }
}

/// One deed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    pub at: Time,
    /// Who; none for whoever has the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub deed: Deed,
    /// The case's number, the user with what they may now, or the token.
    pub about: String,
}

/// The document of a unit's month, `YYYY-MM`.
pub fn document(unit: UnitCode, month: &str) -> DocId {
    let mut id = [0; 16];
    let name = blake3::derive_key("sanji/1 audit document", format!("{unit}/{month}").as_bytes());
    id.copy_from_slice(&name[..16]);
    DocId(id)
}

/// Adds a record under an id that nobody else draws.
pub fn add(doc: &mut impl Transactable, id: &str, record: &Record) -> Result<(), AutomergeError> {
    if doc.get(ROOT, "kind")?.is_none() {
        doc.put(ROOT, "kind", KIND)?;
    }
    doc.put(ROOT, id, serde_json::to_string(record).expect("words, texts and numbers always serialise"))
}

/// All records, the latest first.
pub fn read(doc: &impl ReadDoc) -> Vec<Record> {
    let keys = doc.keys(ROOT).filter(|key| key != "kind");
    let mut records: Vec<Record> =
        keys.filter_map(|key| serde_json::from_str(&text(doc, &ROOT, &key)?).ok()).collect();
    records.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.about.cmp(&b.about)));
    records
}

#[cfg(test)]
mod tests {
    use automerge::AutoCommit;

    use super::*;

    #[test]
    fn deeds_of_two_places_are_all_there_latest_first() {
        let record = |at, about: &str| Record {
            at: Time(at),
            user: Some("li".into()),
            deed: Deed::Reveal,
            about: about.into(),
        };
        let mut town = AutoCommit::new();
        add(&mut town, "1", &record(1, "a")).unwrap();
        let mut county = AutoCommit::new();
        add(&mut county, "2", &record(2, "b")).unwrap();
        town.merge(&mut county).unwrap();
        assert_eq!(read(&town).iter().map(|r| r.about.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }
}
