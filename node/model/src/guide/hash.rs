//! The name of a draft's content: what a signature is about.
//!
//! Covers everything that is a guide's in the document and nothing that its life keeps beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of 32 bytes, the first 16 as hexadecimal: 128 bits are enough for what nobody gains from forging.
const DIGITS: usize = 32;

/// A content by its hash. Any text reads: one that is not a hash is the content of nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    #[cfg(test)]
    pub fn new(text: &str) -> ContentHash {
        ContentHash(text.to_owned())
    }

    /// Over keys and texts, each with its length in front so that none runs into the next.
    pub(super) fn of(entries: &BTreeMap<String, String>) -> ContentHash {
        let mut hasher = blake3::Hasher::new();
        for text in entries.iter().flat_map(|(key, text)| [key, text]) {
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        ContentHash(hasher.finalize().to_hex()[..DIGITS].to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_do_not_run_into_each_other() {
        let hash = |pairs: &[(&str, &str)]| {
            ContentHash::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
        };
        assert_ne!(hash(&[("a", "bc")]), hash(&[("ab", "c")]));
        assert_eq!(hash(&[("b", "2"), ("a", "1")]), hash(&[("a", "1"), ("b", "2")]));
        assert_eq!(hash(&[]).as_str().len(), DIGITS);
    }
}
