//! Users in the directory: one JSON text a user under its id.
//!
//! Knows nothing of what a role may do.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId, ReadDoc};
use sanji_sync::UnitCode;

use super::{Directory, Part, part, put_text};
use crate::document::text;
use crate::user::{NotUser, User, UserId};

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
    /// The user who wants to act at a node of `unit`.
    pub fn acting(&self, id: &str, unit: UnitCode) -> Result<User, NotUser> {
        let id: UserId = id.parse().map_err(NotUser::Id)?;
        match self.user(&id) {
            None => Err(NotUser::Unknown(id)),
            Some(user) if user.disabled => Err(NotUser::Disabled(id)),
            Some(user) if user.unit != unit => Err(NotUser::Elsewhere { user: id, unit: user.unit }),
            Some(user) => Ok(user),
        }
    }

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
        let (county, town) = (UnitCode::parse("640202").unwrap(), UnitCode::parse("640202001").unwrap());
        assert!(read.acting("admin", county).is_ok());
        assert!(matches!(read.acting("admin", town), Err(NotUser::Elsewhere { .. })));
        assert!(matches!(read.acting("li", county), Err(NotUser::Unknown(_))));
        assert!(matches!(read.acting("李", county), Err(NotUser::Id(_))));
    }
}
