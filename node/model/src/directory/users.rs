//! Users in the directory: one JSON text a user under its id.
//!
//! Knows nothing of what a role may do.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ReadDoc};

use super::{Directory, Part, part, put_text};
use crate::document::text;
use crate::user::{User, UserId};

/// Writes a user if something differs, and returns whether it did (0 or 1).
pub fn put_user(doc: &mut impl Transactable, user: &User) -> Result<usize, AutomergeError> {
    let all = part(doc, Part::Users)?;
    let json = serde_json::to_string(user).expect("words and texts always serialise");
    put_text(doc, &all, user.id.as_str(), &json).map(usize::from)
}

pub(super) fn read_user(doc: &impl ReadDoc, obj: &ObjId, key: &str) -> Option<User> {
    let user: User = serde_json::from_str(&text(doc, obj, key)?).ok()?;
    (user.id.as_str() == key).then_some(user)
}

impl Directory {
    /// A user by id. In a directory from before there were users, the county's first one is there all the same.
    pub fn user(&self, id: &UserId) -> Option<User> {
        match self.users.get(id) {
            Some(user) => Some(user.clone()),
            None if self.users.is_empty() && *id == UserId::admin() => {
                self.organisation.root().map(|county| User::first(county.code))
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::AutoCommit;
    use sanji_sync::UnitCode;

    #[test]
    fn users_read_back_and_a_bad_record_is_skipped() {
        let mut doc = AutoCommit::new();
        let user = User::first(UnitCode::parse("640202").unwrap());
        assert_eq!(put_user(&mut doc, &user).unwrap(), 1);
        assert_eq!(put_user(&mut doc, &user).unwrap(), 0);
        let all = part(&mut doc, Part::Users).unwrap();
        doc.put(&all, "li", "{}").unwrap();
        let read = Directory::read(&doc);
        assert_eq!(read.user(&UserId::admin()), Some(user));
        assert_eq!((read.users.len(), read.skipped.len()), (1, 1));
        assert_eq!(read.user(&"li".parse().unwrap()), None);
    }
}
