//! What is found is what a plain look through every guide finds, and the better place comes first.

use std::collections::BTreeSet;

use pinyin::ToPinyinMulti as _;
use proptest::prelude::*;

use super::*;
use crate::guide::{Codes, Content, Element, Guide, Material};

fn guide(name: &str, code: &str, materials: &[&str], conditions: &str) -> Guide {
    let mut guide = Guide::default();
    guide.set_text(Element::Name, name).unwrap();
    guide.set_text(Element::Conditions, conditions).unwrap();
    guide.codes = Content::of(Codes { basic: Some(code.to_owned()), ..Codes::default() });
    let row = |name: &&str| Material { name: (*name).to_owned(), ..Material::default() };
    guide.materials = Content::of(materials.iter().map(row).collect());
    guide
}

fn catalogue(guides: &[Guide]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (n, guide) in guides.iter().enumerate() {
        catalogue.put(DocId([n as u8; 16]), Entry::of(guide));
    }
    catalogue
}

fn found(catalogue: &Catalogue, text: &str) -> Vec<(u8, Place)> {
    let hits = catalogue.find(&Query::parse(text).unwrap(), |_| true);
    hits.into_iter().map(|hit| (hit.document.0[0], hit.place)).collect()
}

fn counter() -> Vec<Guide> {
    let mut licence = guide("ＡＢ类（食品）经营许可", "000131001000", &["营业执照"], "在本县经营");
    licence.translations.entry("mn".to_owned()).or_default().insert(Element::Name, "ᠰᠠᠷ\u{180e}ᠠ".to_owned());
    vec![
        guide("出生登记", "000109001000", &["出生医学证明", "户口簿"], "在本县出生的婴儿"),
        guide("补办出生登记", "000109001001", &["户口簿"], "未按时登记的"),
        guide("生育服务证登记", "000723001000", &["结婚证"], "夫妻一方为本县户籍"),
        licence,
        guide("户籍证明", "000109009000", &["出生登记表"], "无"),
    ]
}

#[test]
fn the_better_place_comes_first() {
    let all = catalogue(&counter());
    use Place::*;
    assert_eq!(found(&all, "出生登记"), [(0, NameBeginning), (1, Name), (4, Materials)]);
    assert_eq!(found(&all, "csdj"), [(0, Pinyin), (1, Pinyin)]);
    assert_eq!(found(&all, "CHUSHENG dj"), [(0, Pinyin), (1, Pinyin)]);
    assert_eq!(found(&all, "000109001000"), [(0, Code)]);
    assert_eq!(found(&all, "000109"), [(0, CodePart), (4, CodePart), (1, CodePart)]);
    assert_eq!(found(&all, "户口簿"), [(0, Materials), (1, Materials)]);
    assert_eq!(found(&all, "婴儿"), [(0, Conditions)]);
    assert_eq!(found(&all, "ab类食品"), [(3, NameBeginning)]);
    assert_eq!(found(&all, "ᠰᠠᠷᠠ"), [(3, NameBeginning)]);
    assert_eq!(found(&all, "飞机"), []);
}

#[test]
fn every_word_must_be_there_wherever_it_is() {
    let all = catalogue(&counter());
    assert_eq!(found(&all, "登记 户口簿"), [(0, Place::Materials), (1, Place::Materials)]);
    assert_eq!(found(&all, "出生，婴儿"), [(0, Place::Conditions)]);
    assert_eq!(found(&all, "登记 飞机"), []);
    assert_eq!(Query::parse(" ，").unwrap_err(), BadQuery::Empty);
    assert_eq!(Query::parse(&"字".repeat(WORD_CHARS_MAX + 1)).unwrap_err(), BadQuery::WordTooLong);
    assert_eq!(Query::parse("一 二 三 四 五 六 七 八 九").unwrap_err(), BadQuery::TooManyWords);
}

#[test]
fn only_what_is_wanted_is_looked_at_and_what_is_removed_is_gone() {
    let mut all = catalogue(&counter());
    let query = Query::parse("出生登记").unwrap();
    let hits = all.find(&query, |document| document.0[0] != 0);
    assert_eq!(hits.iter().map(|hit| hit.document.0[0]).collect::<Vec<_>>(), [1, 4]);
    all.remove(&DocId([1; 16]));
    assert_eq!(found(&all, "出生登记").len(), 2);
}

/// The same question answered by the definition: no folded text is kept, every spelling is written out.
fn naive(guides: &[Guide], words: &[&str]) -> BTreeSet<u8> {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric() || *c == '\n');
        letters.flat_map(char::to_lowercase).collect()
    };
    let readable = |guide: &Guide, element| match guide.readable(element) {
        Content::Given(text) => plain(&text),
        Content::Missing | Content::Nothing => String::new(),
    };
    let has = |guide: &Guide, word: &str| {
        let word = plain(word);
        let texts = [Element::Name, Element::Materials, Element::Conditions];
        let code = guide.code().unwrap_or_default();
        texts.iter().any(|element| readable(guide, *element).contains(&word))
            || code == word
            || word.len() >= 4 && (code.starts_with(&word) || code.ends_with(&word))
            || word.bytes().any(|b| b.is_ascii_alphabetic())
                && is_spelt(&word, &readable(guide, Element::Name))
    };
    let all = |guide: &Guide| words.iter().all(|word| has(guide, word));
    (0..).zip(guides).filter(|(_, guide)| all(guide)).map(|(n, _)| n).collect()
}

fn is_spelt(word: &str, name: &str) -> bool {
    fn spells(word: &str, name: &[char]) -> bool {
        let Some((first, rest)) = name.split_first() else { return word.is_empty() };
        let mut readings: Vec<String> = vec![first.to_string()];
        readings.extend(first.to_pinyin_multi().into_iter().flatten().map(|r| r.plain().replace('ü', "v")));
        word.is_empty()
            || readings.iter().any(|reading| {
                let short = [1, 2].into_iter().filter(|n| {
                    *n < reading.len()
                        && reading.is_ascii()
                        && (*n == 1 || ["zh", "ch", "sh"].contains(&&reading[..2]))
                });
                let starts = short.map(|n| &reading[..n]).chain([reading.as_str()]);
                let goes_on = |start: &str| word.strip_prefix(start).is_some_and(|left| spells(left, rest));
                reading.starts_with(word) || starts.into_iter().any(goes_on)
            })
    }
    let name: Vec<char> = name.chars().collect();
    word.is_ascii() && (0..name.len()).any(|from| spells(word, &name[from..]))
}

fn text(most: usize) -> impl Strategy<Value = String> {
    // Few characters, so that words are found; some are read in several ways.
    let characters = prop::sample::select("出生登记证重行参会绿a1（".chars().collect::<Vec<_>>());
    prop::collection::vec(characters, 1..most).prop_map(String::from_iter)
}

fn word() -> impl Strategy<Value = String> {
    let spelt = prop::sample::select("cshengdjzxinlvkua1".chars().collect::<Vec<_>>());
    prop_oneof![text(4), prop::collection::vec(spelt, 1..5).prop_map(String::from_iter), "[01]{3,5}"]
}

proptest! {
    #[test]
    fn what_is_found_is_what_a_plain_look_finds(
        made in prop::collection::vec((text(8), "[01]{12}", prop::collection::vec(text(6), 0..3), text(20)), 1..12),
        words in prop::collection::vec(word(), 1..4),
    ) {
        let guides: Vec<Guide> = made.iter().map(|(name, code, materials, conditions)| {
            guide(name, code, &materials.iter().map(String::as_str).collect::<Vec<_>>(), conditions)
        }).collect();
        let typed = words.join(" ");
        if let Ok(query) = Query::parse(&typed) {
            let hits = catalogue(&guides).find(&query, |_| true);
            let found: BTreeSet<u8> = hits.iter().map(|hit| hit.document.0[0]).collect();
            prop_assert_eq!(hits.len(), found.len());
            let words: Vec<&str> = typed.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
            prop_assert_eq!(found, naive(&guides, &words), "{}", typed);
        }
    }
}
