//! What was typed: words that must all occur, each wherever it may.
//!
//! Knows no catalogue: it is held against one entry at a time.

use memchr::memmem::Finder;

use super::folding::folded;
use super::spelling::is_spelt_in;
use super::{Entry, Place};

/// Words of one query. Nobody types more; each costs a look through every text.
pub const WORDS_MAX: usize = 8;
/// Characters of one word: the longest code has 50.
pub const WORD_CHARS_MAX: usize = 60;
/// Of a code that is typed in part. Shorter numbers are in every code.
const CODE_PART_CHARS_MIN: usize = 4;

/// Folded words, one at least.
#[derive(Clone, Debug)]
pub struct Query {
    words: Vec<Word>,
}

#[derive(Clone, Debug)]
struct Word {
    text: String,
    /// Prepared once for all the texts that it is looked for in.
    finder: Finder<'static>,
}

/// Why a text is no query.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadQuery {
    #[error("there is no word in it")]
    Empty,
    #[error("it has more than {WORDS_MAX} words")]
    TooManyWords,
    #[error("a word is longer than {WORD_CHARS_MAX} characters")]
    WordTooLong,
}

impl Query {
    /// Whatever is neither letter nor digit stands between two words.
    pub fn parse(text: &str) -> Result<Query, BadQuery> {
        let folded: String = text.chars().map(|c| folded(c).unwrap_or(' ')).collect();
        let mut words: Vec<String> = folded.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        words.sort();
        words.dedup();
        match words.len() {
            0 => return Err(BadQuery::Empty),
            n if n > WORDS_MAX => return Err(BadQuery::TooManyWords),
            _ => {}
        }
        if words.iter().any(|word| word.chars().count() > WORD_CHARS_MAX) {
            return Err(BadQuery::WordTooLong);
        }
        // The longest first: it is in the fewest texts.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let word = |text: String| Word { finder: Finder::new(&text).into_owned(), text };
        Ok(Query { words: words.into_iter().map(word).collect() })
    }

    /// The best place of each word in an entry; none if a word is nowhere.
    pub(super) fn places(&self, entry: &Entry) -> Option<Vec<Place>> {
        self.words.iter().map(|word| place(word, entry)).collect()
    }
}

fn place(word: &Word, entry: &Entry) -> Option<Place> {
    let typed = word.text.as_str();
    let is_in = |text: &str| word.finder.find(text.as_bytes()).is_some();
    let is_code = |code: &String| code == typed;
    let is_part = |code: &String| code.starts_with(typed) || code.ends_with(typed);
    if entry.codes().iter().any(is_code) {
        Some(Place::Code)
    } else if entry.name().lines().any(|name| name.starts_with(typed)) {
        Some(Place::NameBeginning)
    } else if is_in(entry.name()) {
        Some(Place::Name)
    } else if typed.len() >= CODE_PART_CHARS_MIN && entry.codes().iter().any(is_part) {
        Some(Place::CodePart)
    } else if entry.name().lines().any(|name| is_spelt_in(typed, name)) {
        Some(Place::Pinyin)
    } else if is_in(entry.materials()) {
        Some(Place::Materials)
    } else if is_in(entry.conditions()) {
        Some(Place::Conditions)
    } else {
        None
    }
}
