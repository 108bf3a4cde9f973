//! The two languages people are spoken to in, and closed lists of words that carry both.
//!
//! Knows no sentence: those stand beside the thing they are about.

use std::fmt;
use std::str::FromStr;

/// A language of the user interface.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl FromStr for Lang {
    type Err = UnknownWord;

    /// Reads `zh` or `en`, also with a region as in `zh-CN` or `en_GB.UTF-8`.
    fn from_str(text: &str) -> Result<Lang, UnknownWord> {
        match text.split(['-', '_', '.']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Ok(Lang::Zh),
            "en" => Ok(Lang::En),
            _ => Err(UnknownWord {
                what: Words::new("语言", "language"),
                text: text.to_owned(),
                known: "zh, en",
            }),
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        })
    }
}

/// How many of something, in English: `1 entry`, `2 entries`.
pub fn many(n: u64, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

/// A name in both languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Words {
    pub const fn new(zh: &'static str, en: &'static str) -> Words {
        Words { zh, en }
    }

    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// Something that is told to a person: a stable code and one sentence a language, which says what is wrong
/// and what to do.
pub trait Say {
    /// The code that scripts match on, such as `CASE_TRANSITION`. Never changes.
    fn code(&self) -> &'static str;
    fn text(&self, lang: Lang) -> String;
}

/// A word that is not in a closed list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownWord {
    /// What was expected, such as “role”.
    pub what: Words,
    pub text: String,
    /// The words that would do, with commas.
    pub known: &'static str,
}

impl Say for UnknownWord {
    fn code(&self) -> &'static str {
        "UNKNOWN_WORD"
    }

    fn text(&self, lang: Lang) -> String {
        let UnknownWord { what, text, known } = self;
        match lang {
            Lang::Zh => format!("“{text}”不是有效的{}，可用：{known}", what.zh),
            Lang::En => format!("“{text}” is not a {}; use one of: {known}", what.en),
        }
    }
}

/// Display and Error in English for what implements [`Say`].
macro_rules! say_in_english {
    ($($name:ty),+) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::lang::Say::text(self, $crate::lang::Lang::En))
            }
        }
        impl std::error::Error for $name {}
    )+};
}
pub(crate) use say_in_english;

say_in_english!(UnknownWord);

/// A closed list whose members have a stable word (for JSON, files and the command line) and a name in both
/// languages. Reading also takes the Chinese name, `-` for `_`, and further words given behind a `|`.
macro_rules! worded {
    (
        $(#[$doc:meta])*
        pub enum $name:ident ($what_zh:literal, $what_en:literal) {
            $($(#[$vdoc:meta])* $variant:ident = $word:literal $(| $alias:literal)*, $zh:literal, $en:literal;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The name for people.
            pub fn words(self) -> $crate::lang::Words {
                match self { $($name::$variant => $crate::lang::Words::new($zh, $en)),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::lang::UnknownWord;
            fn from_str(text: &str) -> Result<$name, $crate::lang::UnknownWord> {
                match text.trim().replace('-', "_").as_str() {
                    $($word $(| $alias)* | $zh => Ok($name::$variant),)+
                    _ => Err($crate::lang::UnknownWord {
                        what: $crate::lang::Words::new($what_zh, $what_en),
                        text: text.to_owned(),
                        known: $crate::lang::worded!(@list $($word)+),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words: Vec<serde_json::Value> = $name::ALL
                    .iter()
                    .map(|one| serde_json::json!({
                        "const": one.word(), "title": format!("{} / {}", one.words().zh, one.words().en),
                    }))
                    .collect();
                schemars::json_schema!({ "oneOf": words })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
    (@list $first:literal $($rest:literal)*) => { concat!($first $(, ", ", $rest)*) };
}
pub(crate) use worded;

#[cfg(test)]
mod tests {
    use super::*;

    worded! {
        /// Made for this test.
        pub enum Fruit ("水果", "fruit") {
            Pear = "pear" | "1", "梨", "pear";
            DriedApple = "dried_apple", "苹果干", "dried apple";
        }
    }

    #[test]
    fn languages_read_with_and_without_a_region() {
        assert_eq!("zh".parse(), Ok(Lang::Zh));
        assert_eq!("zh-CN".parse(), Ok(Lang::Zh));
        assert_eq!("en_GB.UTF-8".parse(), Ok(Lang::En));
        assert!("mn".parse::<Lang>().is_err());
    }

    #[test]
    fn a_word_reads_back_from_each_of_its_forms() {
        for text in ["dried_apple", "dried-apple", "苹果干"] {
            assert_eq!(text.parse(), Ok(Fruit::DriedApple));
        }
        assert_eq!(serde_json::to_string(Fruit::ALL).unwrap(), r#"["pear","dried_apple"]"#);
        assert_eq!(serde_json::from_str::<Fruit>("\"pear\"").unwrap(), Fruit::Pear);
        assert_eq!((Fruit::Pear.words().text(Lang::Zh), Fruit::Pear.to_string().as_str()), ("梨", "pear"));
        assert_eq!("1".parse(), Ok(Fruit::Pear));
        let error = "plum".parse::<Fruit>().unwrap_err();
        assert_eq!(error.to_string(), "“plum” is not a fruit; use one of: pear, dried_apple");
        assert_eq!(error.text(Lang::Zh), "“plum”不是有效的水果，可用：pear, dried_apple");
    }
}
