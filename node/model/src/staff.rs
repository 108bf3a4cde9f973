//! The staff document of a unit: what its people sign in with, one record a key, in `staff/U` (ARCHITECTURE §4).
//!
//! It goes to the unit and to those above it only, so that a village never holds another one's hashes. Knows no password,
//! only what a hash function left of it, and no session. Of a record that two places wrote apart the later one counts.

use std::collections::BTreeMap;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ROOT, ReadDoc};
use sanji_sync::{DocId, Time, UnitCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::document::as_text;
use crate::lang::worded;
use crate::user::UserId;

/// What the root of a staff document says under `kind`.
pub const KIND: &str = "staff";

const PASSWORD: &str = "password/";
const TOKEN: &str = "token/";

worded! {
    /// What somebody with a token may do, within the roles of its user.
    pub enum Grant ("权限范围", "scope") {
        Read = "read", "只读", "read";
        Write = "write", "读写", "read and write";
    }
}

/// What a password is checked against.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Password {
    /// In the form of the password hashing competition (PHC): algorithm, parameters, salt and hash.
    pub hash: String,
    pub at: Time,
}

/// A token for programs that act for a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Token {
    pub user: UserId,
    /// What it is for, in its owner's words.
    pub name: String,
    pub grant: Grant,
    /// BLAKE3 of the secret, hexadecimal; the secret itself is nowhere.
    pub secret: String,
    pub at: Time,
    /// Good up to here.
    pub until: Time,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// A staff document as read; what is not well-formed is left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Staff {
    pub passwords: BTreeMap<UserId, Password>,
    /// By id.
    pub tokens: BTreeMap<String, Token>,
}

/// The one staff document of a unit.
pub fn document(unit: UnitCode) -> DocId {
    let mut id = [0; 16];
    let name = blake3::derive_key("sanji/1 staff document", unit.to_string().as_bytes());
    id.copy_from_slice(&name[..16]);
    DocId(id)
}

impl Staff {
    pub fn read(doc: &impl ReadDoc) -> Staff {
        let mut staff = Staff::default();
        for key in doc.keys(ROOT) {
            if let Some(user) = key.strip_prefix(PASSWORD).and_then(|id| id.parse().ok()) {
                staff
                    .passwords
                    .extend(latest(doc, &key, |p: &Password| (p.at, p.hash.clone())).map(|p| (user, p)));
            } else if let Some(id) = key.strip_prefix(TOKEN) {
                // One that was ended anywhere is ended.
                let token = latest(doc, &key, |t: &Token| (t.ended, t.at, t.secret.clone()));
                staff.tokens.extend(token.map(|token| (id.to_owned(), token)));
            }
        }
        staff
    }
}

/// Of the records that stand under `key`, the one that counts.
fn latest<R: DeserializeOwned, O: Ord>(doc: &impl ReadDoc, key: &str, order: impl Fn(&R) -> O) -> Option<R> {
    let all = doc.get_all(ROOT, key).ok()?;
    let records = all.iter().filter_map(|(value, _)| serde_json::from_str::<R>(&as_text(value)?).ok());
    records.max_by_key(order)
}

pub fn put_password(
    doc: &mut impl Transactable,
    user: &UserId,
    password: &Password,
) -> Result<(), AutomergeError> {
    put(doc, &format!("{PASSWORD}{user}"), password)
}

pub fn put_token(doc: &mut impl Transactable, id: &str, token: &Token) -> Result<(), AutomergeError> {
    put(doc, &format!("{TOKEN}{id}"), token)
}

fn put(doc: &mut impl Transactable, key: &str, record: &impl Serialize) -> Result<(), AutomergeError> {
    if doc.get(ROOT, "kind")?.is_none() {
        doc.put(ROOT, "kind", KIND)?;
    }
    doc.put(ROOT, key, serde_json::to_string(record).expect("words, texts and numbers always serialise"))
}

#[cfg(test)]
mod tests {
    use automerge::AutoCommit;

    use super::*;

    fn password(hash: &str, at: u64) -> Password {
        Password { hash: hash.into(), at: Time(at) }
    }

    fn token(ended: bool, at: u64) -> Token {
        let user = "li".parse().unwrap();
        Token {
            user,
            name: "报表".into(),
            grant: Grant::Read,
            secret: "ab".into(),
            at: Time(at),
            until: Time(9),
            ended,
        }
    }

    #[test]
    fn what_was_written_apart_is_the_later_one_everywhere_and_an_end_stays() {
        let li: UserId = "li".parse().unwrap();
        let mut village = AutoCommit::new();
        put_password(&mut village, &li, &password("first", 1)).unwrap();
        put_token(&mut village, "t1", &token(false, 1)).unwrap();
        let mut county = village.fork();
        put_password(&mut county, &li, &password("by the county", 3)).unwrap();
        put_token(&mut county, "t1", &token(true, 2)).unwrap();
        put_password(&mut village, &li, &password("by themself", 2)).unwrap();
        put_token(&mut village, "t1", &token(false, 5)).unwrap();
        let mut one = village.clone();
        one.merge(&mut county).unwrap();
        county.merge(&mut village).unwrap();
        let read = Staff::read(&one);
        assert_eq!(read, Staff::read(&county));
        assert_eq!(read.passwords[&li].hash, "by the county");
        assert!(read.tokens["t1"].ended);
    }

    #[test]
    fn what_is_no_record_is_left_out_and_a_unit_has_one_document() {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "password/li", "{}").unwrap();
        doc.put(ROOT, "password/李", "{}").unwrap();
        doc.put(ROOT, "token/x", 1).unwrap();
        assert_eq!(Staff::read(&doc), Staff::default());
        let unit = |code| document(UnitCode::parse(code).unwrap());
        assert_eq!(unit("640202001"), unit("640202001"));
        assert_ne!(unit("640202001"), unit("640202002"));
    }
}
