//! The words of the pages in three languages, from `node/locales/`.
//!
//! Chinese has every word, English and Mongolian too (a test asks); what one of them lacked would be shown in Chinese.
//! Sentences about refusals come from the model in Chinese and English. Knows no page.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use sanji_model::lang::Lang;

/// A language of the pages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tongue {
    Zh,
    En,
    Mn,
}

impl Tongue {
    pub const ALL: [Tongue; 3] = [Tongue::Zh, Tongue::En, Tongue::Mn];

    /// The language of what the model says.
    pub fn lang(self) -> Lang {
        match self {
            Tongue::Zh | Tongue::Mn => Lang::Zh,
            Tongue::En => Lang::En,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Tongue::Zh => "zh",
            Tongue::En => "en",
            Tongue::Mn => "mn",
        }
    }

    /// For the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Tongue::Zh => "zh-CN",
            Tongue::En => "en",
            Tongue::Mn => "mn-Mong-CN",
        }
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        match self {
            Tongue::Zh => "中文",
            Tongue::En => "English",
            Tongue::Mn => "ᠮᠣᠩᠭᠣᠯ",
        }
    }
}

impl From<Lang> for Tongue {
    fn from(lang: Lang) -> Tongue {
        match lang {
            Lang::Zh => Tongue::Zh,
            Lang::En => Tongue::En,
        }
    }
}

/// No language of the pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoTongue;

impl FromStr for Tongue {
    type Err = NoTongue;

    fn from_str(text: &str) -> Result<Tongue, NoTongue> {
        Tongue::ALL.into_iter().find(|tongue| tongue.word() == text).ok_or(NoTongue)
    }
}

impl fmt::Display for Tongue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One file a part of the pages.
macro_rules! files {
    ($($part:literal),+ $(,)?) => {
        const FILES: &[(Tongue, &str, &str)] = &[$(
            (Tongue::Zh, $part, include_str!(concat!("../../locales/zh/", $part, ".ftl"))),
            (Tongue::En, $part, include_str!(concat!("../../locales/en/", $part, ".ftl"))),
            (Tongue::Mn, $part, include_str!(concat!("../../locales/mn/", $part, ".ftl"))),
        )+];
    };
}

files!("shell", "public", "desk", "county", "drafts", "cases");

static BUNDLES: LazyLock<BTreeMap<Tongue, FluentBundle<FluentResource>>> =
    LazyLock::new(|| Tongue::ALL.into_iter().map(|tongue| (tongue, bundle(tongue))).collect());

fn bundle(tongue: Tongue) -> FluentBundle<FluentResource> {
    let tag = tongue.word().parse().expect("two letters are a language");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Marks around what is put in would be copied with it from the page.
    bundle.set_use_isolating(false);
    for (_, part, text) in FILES.iter().filter(|(of, _, _)| *of == tongue) {
        let resource = FluentResource::try_new((*text).to_owned());
        let resource =
            resource.unwrap_or_else(|(_, why)| panic!("{tongue}/{part}.ftl does not read: {why:?}"));
        let added = bundle.add_resource(resource);
        added.unwrap_or_else(|why| panic!("{tongue}/{part}.ftl says a word twice: {why:?}"));
    }
    bundle
}

/// The words under `key`, with what is put into them.
pub fn say(tongue: Tongue, key: &str, put: &[(&str, &str)]) -> String {
    let mut args = FluentArgs::new();
    for (name, value) in put {
        // Numbers choose the plural; a code that begins with 0 is none.
        let number = value.parse::<u64>().ok().filter(|number| number.to_string() == *value);
        args.set(*name, number.map_or_else(|| FluentValue::from(*value), FluentValue::from));
    }
    let find = |tongue| {
        let bundle = BUNDLES.get(&tongue)?;
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
    };
    find(tongue).or_else(|| find(Tongue::Zh)).unwrap_or_else(|| {
        tracing::error!(key, "the pages have no such words");
        key.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every key with the names of what is put into it.
    fn keys(tongue: Tongue) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        for (_, _, text) in FILES.iter().filter(|(of, _, _)| *of == tongue) {
            for entry in text.split("\n\n").flat_map(|part| part.split_inclusive('\n')) {
                let Some((key, _)) = entry.split_once(" =") else { continue };
                if key.starts_with(|c: char| c.is_ascii_lowercase()) {
                    keys.insert(key.to_owned(), BTreeSet::new());
                }
            }
        }
        for (key, put) in &mut keys {
            let bundle = &BUNDLES[&tongue];
            let pattern = bundle.get_message(key).and_then(|m| m.value()).expect("a key with words");
            let text = format!("{pattern:?}");
            for part in text.split("VariableReference { id: Identifier { name: \"").skip(1) {
                put.insert(part.split('"').next().unwrap_or_default().to_owned());
            }
        }
        keys
    }

    #[test]
    fn english_and_mongolian_have_every_word_of_chinese_and_no_other() {
        let (zh, en, mn) = (keys(Tongue::Zh), keys(Tongue::En), keys(Tongue::Mn));
        assert!(zh.len() > 20, "{}", zh.len());
        assert_eq!(zh, en);
        assert_eq!(zh, mn);
    }

    /// Every file is whole by itself, so that a word is not looked for in the wrong one.
    #[test]
    fn mongolian_is_whole_in_every_file_and_written_in_its_own_script() {
        for (_, part, text) in FILES.iter().filter(|(of, _, _)| *of == Tongue::Zh) {
            let mn = FILES.iter().find(|(of, other, _)| *of == Tongue::Mn && other == part);
            let (_, _, mn) = mn.expect("a file for every part");
            let has = |key: &str| mn.lines().any(|line| line.split_once(" =").is_some_and(|(k, _)| k == key));
            for line in text.lines() {
                let Some((key, _)) = line.split_once(" =") else { continue };
                assert!(has(key), "mn/{part}.ftl lacks {key}");
            }
        }
        for key in keys(Tongue::Mn).keys() {
            let words = say(Tongue::Mn, key, &[]);
            let script = words.chars().filter(|c| ('\u{1820}'..='\u{1842}').contains(c)).count();
            let placed = ["line-why", "case-saved-since"].contains(&key.as_str());
            assert!(script > 0 || placed, "{key}: {words}");
            // A suffix joins on with a narrow space, a vowel that stands apart with its own mark: a
            // hyphen or the like is only in a token that Chinese has too.
            let chinese = say(Tongue::Zh, key, &[]);
            let stray = ['-', '_', '\''].into_iter().find(|c| words.contains(*c) && !chinese.contains(*c));
            assert_eq!(stray, None, "{key}: {words}");
        }
    }

    #[test]
    fn pages_say_no_word_that_is_not_there_and_none_is_left_over() {
        let known = keys(Tongue::Zh);
        let mut said = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("templates"), root.join("src/http")];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                said.extend(text.split('"').map(str::to_owned));
                for call in text.split(".t(\"").skip(1).chain(text.split(".put(\"").skip(1)) {
                    let key = call.split('"').next().unwrap_or_default();
                    assert!(known.contains_key(key), "{} says {key}", path.display());
                }
            }
        }
        // Some keys are put together: a stem that is said covers what begins with it.
        let stems: Vec<&String> = said.iter().filter(|word| word.ends_with('-') && word.len() > 3).collect();
        let is_said =
            |key: &String| said.contains(key) || stems.iter().any(|stem| key.starts_with(stem.as_str()));
        let left: Vec<&String> = known.keys().filter(|key| !is_said(key)).collect();
        assert!(left.is_empty(), "nobody says {left:?}");
    }

    #[test]
    fn numbers_choose_the_plural_and_what_is_missing_is_its_key() {
        assert_eq!(say(Tongue::En, "owed", &[("n", "1")]), "1 entry to send");
        assert_eq!(say(Tongue::En, "owed", &[("n", "2")]), "2 entries to send");
        assert_ne!(say(Tongue::Mn, "owed", &[("n", "2")]), say(Tongue::Zh, "owed", &[("n", "2")]));
        assert_eq!(say(Tongue::Zh, "no-such-words", &[]), "no-such-words");
    }
}
