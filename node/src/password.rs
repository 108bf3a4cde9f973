//! Passwords: hashed with Argon2id, checked in a time that does not tell whether there was one.
//!
//! Knows no user. Parameters are those that OWASP's password storage cheat sheet gives first: 19 MiB, two passes, one lane.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use sanji_model::lang::{Lang, Say};

/// NIST SP 800-63B §5.1.1.2: at least 8, long ones allowed, no rule about kinds of characters.
const CHARS_MIN: usize = 8;
const CHARS_MAX: usize = 128;

/// What is tried first by whoever guesses, from 8 characters on.
const COMMON: [&str; 16] = [
    "password",
    "12345678",
    "123456789",
    "1234567890",
    "11111111",
    "00000000",
    "88888888",
    "66666666",
    "87654321",
    "qwertyui",
    "1qaz2wsx",
    "abcd1234",
    "a1234567",
    "admin123",
    "aa123456",
    "password1",
];

/// What is checked where somebody has none, so that it takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FuamktcmVmdXNlcy1hbGw$ZPYQ9PBN2ZXhRlHnHHPyQrN0H4tlBRQCWeCBj3LzBSw";

/// Why a text is no password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoPassword {
    Short,
    Long,
    /// Too many have it.
    Common,
    /// The user's own name.
    Name,
}

impl Say for NoPassword {
    fn code(&self) -> &'static str {
        match self {
            NoPassword::Short => "PASSWORD_SHORT",
            NoPassword::Long => "PASSWORD_LONG",
            NoPassword::Common => "PASSWORD_COMMON",
            NoPassword::Name => "PASSWORD_NAME",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (NoPassword::Short, Lang::Zh) => format!("密码太短，至少 {CHARS_MIN} 位"),
            (NoPassword::Short, Lang::En) => {
                format!("the password is too short: use {CHARS_MIN} characters or more")
            }
            (NoPassword::Long, Lang::Zh) => format!("密码太长，至多 {CHARS_MAX} 位"),
            (NoPassword::Long, Lang::En) => {
                format!("the password is too long: use at most {CHARS_MAX} characters")
            }
            (NoPassword::Common, Lang::Zh) => "这个密码太常见，容易被猜中，请另选一个".to_owned(),
            (NoPassword::Common, Lang::En) => {
                "this password is among the first that are tried; choose another".to_owned()
            }
            (NoPassword::Name, Lang::Zh) => "密码不能与用户名相同或包含用户名".to_owned(),
            (NoPassword::Name, Lang::En) => "the password must not contain the user's name".to_owned(),
        }
    }
}

/// Whether `text` may be the password of `user`.
pub fn check(user: &str, text: &str) -> Result<(), NoPassword> {
    let chars = text.chars().count();
    let plain = text.to_lowercase();
    let first = plain.chars().next();
    match () {
        () if chars < CHARS_MIN => Err(NoPassword::Short),
        () if chars > CHARS_MAX => Err(NoPassword::Long),
        () if COMMON.contains(&plain.as_str()) || plain.chars().all(|c| Some(c) == first) => {
            Err(NoPassword::Common)
        }
        () if user.len() >= 3 && plain.contains(user) => Err(NoPassword::Name),
        () => Ok(()),
    }
}

/// The hash of a password, in PHC form, with a salt of its own. Takes some tens of milliseconds and 19 MiB.
pub fn hash(text: &str) -> Result<String, getrandom::Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hashed = argon2().hash_password(text.as_bytes(), &salt);
    Ok(hashed.expect("a salt and a text of any length hash").to_string())
}

/// Changes with the password and tells nothing about it: what a session began with.
pub fn stamp(hash: &str) -> String {
    blake3::hash(hash.as_bytes()).to_hex()[..16].to_owned()
}

/// Whether `text` is the password with this hash; without one it is not, after as long a time.
pub fn verify(text: &str, hash: Option<&str>) -> bool {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let right = parsed.is_ok_and(|parsed| argon2().verify_password(text.as_bytes(), &parsed).is_ok());
    right && hash.is_some()
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("parameters within their bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_nothing_else_is() {
        let stored = hash("秋天的第一杯茶").unwrap();
        assert_ne!(stamp(&stored), stamp(&hash("秋天的第一杯茶").unwrap()));
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("秋天的第一杯茶", Some(&stored)));
        assert!(!verify("秋天的第一杯", Some(&stored)));
        assert!(!verify("anything", None) && !verify("", Some("no hash")));
        assert!(PasswordHash::new(NOBODY).is_ok(), "the dummy must cost as much as a real one");
    }

    #[test]
    fn weak_ones_are_refused_each_with_its_reason() {
        for (text, why) in [
            ("1234567", NoPassword::Short),
            ("88888888", NoPassword::Common),
            ("aaaaaaaaaa", NoPassword::Common),
            ("Admin123", NoPassword::Common),
            ("my-wang.xm-2", NoPassword::Name),
        ] {
            assert_eq!(check("wang.xm", text), Err(why), "{text}");
        }
        assert_eq!(check("li", &"长".repeat(129)), Err(NoPassword::Long));
        assert_eq!(check("li", "dawukou-shuixi-9"), Ok(()));
    }
}
