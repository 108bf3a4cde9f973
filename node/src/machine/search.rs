//! Finding guides by words: the model's search over the guides that are here, with the rows that lists show.
//!
//! Knows no text and no rank.

use std::collections::BTreeMap;

use sanji_model::guide::search::{BadQuery, Hit, Query, WORD_CHARS_MAX, WORDS_MAX};
use sanji_model::guide::{GuideState, PublishedMeta, Stop as Halt};
use sanji_model::lang::Words;
use sanji_sync::{DocId, Time};
use serde_json::{Value, json};

use super::life::state_among;
use super::{Done, Machine};
use crate::refusal::Refusal;
use crate::store::views::StoredGuide;

impl Machine {
    pub(super) fn guide_search(&self, now: Time, text: &str, all: bool, limit: usize) -> Done {
        let query = Query::parse(text).map_err(|why| refused(why, text))?;
        let states = self.guide_states(now);
        let wanted = |document: &DocId| all || states.get(document) == Some(&GuideState::InForce);
        let hits = self.store.overview().catalogue.find(&query, wanted);
        let rows = hits.iter().take(limit).filter_map(|hit| self.hit_json(hit, &states));
        Ok(rows.collect())
    }

    /// The state now of every draft and version that is here.
    fn guide_states(&self, now: Time) -> BTreeMap<DocId, GuideState> {
        let guides = &self.store.overview().guides;
        let mut versions: BTreeMap<DocId, Vec<&PublishedMeta>> = BTreeMap::new();
        for meta in guides.values().filter_map(|stored| stored.meta.as_ref()) {
            versions.entry(meta.guide).or_default().push(meta);
        }
        let mut stops: BTreeMap<DocId, Vec<Halt>> = BTreeMap::new();
        for stop in self.store.overview().stops.values() {
            stops.entry(stop.guide).or_default().push(stop.clone());
        }
        let state = |stored: &StoredGuide| match &stored.meta {
            Some(meta) => {
                let stops = stops.get(&meta.guide).map_or(&[][..], Vec::as_slice);
                state_among(meta, &versions[&meta.guide], stops, now)
            }
            // A draft's row has it.
            None => stored.row.state,
        };
        guides.iter().map(|(document, stored)| (*document, state(stored))).collect()
    }

    /// A list's row of what was found, with the document and where the words were found.
    fn hit_json(&self, hit: &Hit, states: &BTreeMap<DocId, GuideState>) -> Option<Value> {
        let mut row = self.store.overview().guides.get(&hit.document)?.row.clone();
        row.state = *states.get(&hit.document)?;
        let mut json = serde_json::to_value(row).ok()?;
        json["document"] = json!(hit.document);
        json["found_in"] = json!(hit.place);
        Some(json)
    }
}

fn refused(why: BadQuery, text: &str) -> Refusal {
    let wanted = match why {
        BadQuery::Empty => WANTED,
        BadQuery::TooManyWords => TOO_MANY,
        BadQuery::WordTooLong => TOO_LONG,
    };
    Refusal::BadArgument {
        what: "text",
        text: text.chars().take(WORD_CHARS_MAX).collect(),
        wanted_en: wanted.en,
        wanted_zh: wanted.zh,
    }
}

const WANTED: Words = Words::new(
    "请输入名称、条件、材料中的词，或编码、拼音首字母",
    "type words of the name, conditions or materials, a code, or pinyin initials",
);
const TOO_MANY: Words = Words::new("请输入不超过 8 个词", "type no more than 8 words");
const TOO_LONG: Words = Words::new("每个词不超过 60 个字", "type words of no more than 60 characters each");
const _: () = assert!(WORDS_MAX == 8 && WORD_CHARS_MAX == 60, "as the sentences say");
