//! Closed lists of words behind one face, and an action as an event carries it.
//!
//! Knows none of the words; `complaint` and `enquiry` each have their own.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lang::{Lang, UnknownWord, Words};

/// A closed list made by `worded!`.
pub trait Vocabulary:
    Copy + Ord + fmt::Debug + fmt::Display + FromStr<Err = UnknownWord> + Serialize + DeserializeOwned + 'static
{
    const ALL: &'static [Self];

    /// The stable word.
    fn word(self) -> &'static str;

    /// The name for people.
    fn words(self) -> Words;
}

/// Puts lists made by `worded!` behind [`Vocabulary`].
macro_rules! vocabulary {
    ($($name:ty),+) => {$(
        impl $crate::desk::Vocabulary for $name {
            const ALL: &'static [$name] = <$name>::ALL;
            fn word(self) -> &'static str {
                <$name>::word(self)
            }
            fn words(self) -> $crate::lang::Words {
                <$name>::words(self)
            }
        }
    )+};
}
pub(crate) use vocabulary;

/// An action as an event carries it: a known one, or the word of a newer version, kept as it came.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Word<K> {
    Known(K),
    Other(String),
}

impl<K: Vocabulary> Word<K> {
    /// Reads a word, `-` for `_`, or the Chinese name. Any other word becomes [`Word::Other`].
    pub fn parse(word: &str) -> Word<K> {
        K::from_str(word).map_or_else(|_| Word::Other(word.trim().to_owned()), Word::Known)
    }

    pub fn word(&self) -> &str {
        match self {
            Word::Known(known) => known.word(),
            Word::Other(word) => word,
        }
    }

    /// The name for people; a newer version's word stays as it is.
    pub fn text(&self, lang: Lang) -> &str {
        match self {
            Word::Known(known) => Words::text(&known.words(), lang),
            Word::Other(word) => word,
        }
    }
}

impl<K: Vocabulary> Serialize for Word<K> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}

impl<'de, K: Vocabulary> Deserialize<'de> for Word<K> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Word<K>, D::Error> {
        Ok(Word::parse(&String::deserialize(d)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Known;

    #[test]
    fn words_read_back_and_newer_ones_are_kept() {
        for known in Known::ALL {
            assert_eq!(Word::parse(known.word()), Word::Known(*known));
            assert_eq!(Word::parse(known.words().zh), Word::Known(*known), "{known}");
        }
        let newer: Word<Known> = Word::parse(" teleport");
        assert_eq!(serde_json::to_string(&newer).unwrap(), "\"teleport\"");
        assert_eq!(serde_json::from_str::<Word<Known>>("\"call-back\"").unwrap().text(Lang::Zh), "回访");
    }
}
