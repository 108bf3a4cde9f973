//! Finding guides by what a person types: words of the name, materials and conditions, codes, and pinyin (DOMAIN §2).
//!
//! Every text is kept folded and is looked through for each question (decision 21): nothing is estimated, and there is no
//! index that could say something else than the guides. Knows no life cycle: which guides are looked at is an argument.

mod entry;
mod folding;

mod query;
mod spelling;

use std::collections::BTreeMap;

use sanji_sync::DocId;

pub use entry::Entry;
pub use query::{BadQuery, Query, WORD_CHARS_MAX, WORDS_MAX};

use crate::lang::worded;

worded! {
    /// Where a word was found, the best place first.
    pub enum Place ("命中位置", "place of a match") {
        /// It is one of the codes.
        Code = "code", "事项编码", "code";
        NameBeginning = "name_beginning", "名称开头", "beginning of the name";
        Name = "name", "名称", "name";
        /// A code begins or ends with it.
        CodePart = "code_part", "编码的一部分", "part of a code";
        Pinyin = "pinyin", "名称拼音", "pinyin of the name";
        Materials = "materials", "申报材料", "materials";
        Conditions = "conditions", "办理条件", "conditions";
    }
}

/// A guide that was found, and where: words found in better places come first, then shorter names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hit {
    pub document: DocId,
    /// The worst of the places at which the words were found.
    pub place: Place,
}

/// The folded texts of drafts and published versions, by their documents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Catalogue {
    entries: BTreeMap<DocId, Entry>,
}

impl Catalogue {
    pub fn put(&mut self, document: DocId, entry: Entry) {
        self.entries.insert(document, entry);
    }

    pub fn remove(&mut self, document: &DocId) {
        self.entries.remove(document);
    }

    /// Bytes of text that are kept and looked through.
    pub fn bytes(&self) -> usize {
        self.entries.values().map(Entry::bytes).sum()
    }

    /// The documents among `wanted` in which every word of the query occurs, best first.
    pub fn find(&self, query: &Query, wanted: impl Fn(&DocId) -> bool) -> Vec<Hit> {
        let found = self.entries.iter().filter(|(document, _)| wanted(document));
        let mut found: Vec<_> =
            found.filter_map(|(document, entry)| Some((query.places(entry)?, entry, *document))).collect();
        found.sort_by_cached_key(|(places, entry, document)| {
            let ranks: usize = places.iter().map(|place| *place as usize).sum();
            (ranks, entry.name_chars(), entry.name().to_owned(), *document)
        });
        let hit = |(places, _, document): (Vec<Place>, &Entry, DocId)| {
            Some(Hit { document, place: places.into_iter().max()? })
        };
        found.into_iter().filter_map(hit).collect()
    }
}

#[cfg(test)]
mod tests;
