//! Which guide a person means by a name, a code or an id; and which draft a guide of a file is.
//!
//! Whoever has a village's machine may call a draft of theirs as they like. So what the county published is meant before any
//! draft, and a draft of the county's own units before one of a town or village.

use sanji_model::guide::{Guide, NotDone};
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Scope, Time};

use super::guides::Found;
use super::{Machine, Stop};
use crate::store::views::{self, StoredGuide};

/// Characters of an id from which on it is taken for one.
const ID_CHARS_MIN: usize = 6;
/// In front of a guide's own id where it stands for the source's, see [`Machine::own_id`].
const OWN_ID: &str = "sanji:";

/// How near a guide is to what is meant, the nearest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    Published,
    /// A draft of a unit of this tier.
    Draft(u8),
}

impl Machine {
    /// A guide by its id or the start of one, its code, or its name.
    pub(super) fn find_guide(&self, text: &str) -> Result<Found, Stop> {
        let mut near = Vec::new();
        for found in self.called(text) {
            near.push((self.nearness(&found.id, !found.versions.is_empty())?, found));
        }
        let nearest = near.iter().map(|(nearness, _)| *nearness).min();
        one_of(text, near.into_iter().filter(|(n, _)| Some(*n) == nearest).map(|(_, found)| found).collect())
    }

    /// The same where only what holds now will do.
    pub(super) fn find_in_force(&self, now: Time, text: &str) -> Result<Found, Stop> {
        let holds = |found: &Found| found.in_force(now, text).is_ok();
        match self.called(text).into_iter().filter(holds).collect::<Vec<_>>() {
            none if none.is_empty() => self.find_guide(text),
            some => one_of(text, some),
        }
    }

    fn called(&self, text: &str) -> Vec<Found> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let is_id = |id: &DocId| lower.len() >= ID_CHARS_MIN && id.to_string().starts_with(&lower);
        let guides = &self.store.overview().guides;
        // Lists and bundles name an item by its basic code, a counter by the one that it handles it under.
        let has_code = |doc: &DocId| {
            guides.get(doc).is_some_and(|g| {
                g.row.code.as_deref() == Some(text) || g.codes.iter().any(|code| code == text)
            })
        };
        let has_name = |doc: &DocId| guides.get(doc).is_some_and(|g| g.row.name == text);
        let is = |found: &Found| {
            // A draft may have been renamed since; at the counter the last version's name is what people know.
            let last = found.versions.last().map(|(doc, _)| doc);
            let documents = || found.versions.iter().map(|(doc, _)| doc).chain([&found.id]);
            found.name == text
                || last.is_some_and(has_name)
                || documents().any(|doc| is_id(doc) || has_code(doc))
        };
        self.all_guides().into_values().filter(is).collect()
    }

    pub(super) fn nearness(&self, guide: &DocId, is_published: bool) -> Result<Nearness, Stop> {
        if is_published {
            return Ok(Nearness::Published);
        }
        Ok(Nearness::Draft(self.tier_of_draft(guide)?.map_or(u8::MAX, |tier| tier.number())))
    }

    fn tier_of_draft(&self, id: &DocId) -> Result<Option<Tier>, Stop> {
        let unit = views::meta(self.store.kv(), id)?.and_then(|meta| meta.scope.unit());
        Ok(unit.map(|unit| self.directory.organisation.unit(&unit).map_or(Tier::of(&unit), |u| u.tier)))
    }

    /// The draft that a guide of a file was imported to before: by its own id, the source's, or else by code and name.
    pub(super) fn draft_of(&self, guide: &Guide) -> Result<Option<DocId>, Stop> {
        let by_id = own_id(guide);
        let drafts = self.store.overview().guides.iter().filter(|(_, stored)| stored.meta.is_none());
        let mut same = Vec::new();
        for (id, _) in drafts.filter(|(id, stored)| by_id == Some(**id) || is_same(stored, guide)) {
            if self.works_on(id)? {
                same.push((by_id != Some(*id), !self.is_own(id)?, *id));
            }
        }
        Ok(same.into_iter().min().map(|(_, _, id)| id))
    }

    /// Whether files of guides mean this draft: this unit's own, and at the county its departments' and what the county has
    /// published. Nobody's file changes a draft that a village has named alike.
    pub(super) fn works_on(&self, draft: &DocId) -> Result<bool, Stop> {
        let mut versions = self.store.overview().guides.values().filter_map(|stored| stored.meta.as_ref());
        Ok(self.is_own(draft)?
            || self.tier_of_draft(draft)? == Some(Tier::County)
            || versions.any(|meta| meta.guide == *draft))
    }

    fn is_own(&self, draft: &DocId) -> Result<bool, Stop> {
        let scope = views::meta(self.store.kv(), draft)?.map(|meta| meta.scope);
        Ok(scope == Some(Scope::Drafts(self.hub.unit())))
    }

    /// A guide as a file has it: where another one here would be taken for it, under its own id, by which it is known when it
    /// comes back.
    pub(super) fn with_own_id(&self, id: DocId, guide: Guide) -> Guide {
        let mut guide = guide;
        let is_other = |doc: &DocId, stored: &StoredGuide| {
            let other = stored.meta.as_ref().map_or(*doc, |meta| meta.guide);
            other != id && is_same(stored, &guide)
        };
        if self.store.overview().guides.iter().any(|(doc, stored)| is_other(doc, stored)) {
            guide.source.id = Some(format!("{OWN_ID}{id}"));
        }
        guide
    }

    /// Takes back what [`Machine::with_own_id`] did.
    pub(super) fn without_own_id(&self, id: DocId, guide: &mut Guide) {
        if own_id(guide) == Some(id) {
            let stored = self.store.overview().guides.get(&id);
            guide.source.id = stored.and_then(|stored| stored.source_id.clone());
        }
    }

    /// Whether a guide that people would take for another has the same code: a draft of a town or village is not counted.
    pub(super) fn shares_code(&self, id: DocId, guide: &Guide) -> Result<bool, Stop> {
        let Some(code) = guide.code() else { return Ok(false) };
        for (doc, stored) in &self.store.overview().guides {
            let other = stored.meta.as_ref().map_or(*doc, |meta| meta.guide);
            if other == id || stored.row.code.as_deref() != Some(code) {
                continue;
            }
            if stored.meta.is_some() || self.tier_of_draft(doc)? == Some(Tier::County) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn own_id(guide: &Guide) -> Option<DocId> {
    guide.source.id.as_deref()?.strip_prefix(OWN_ID)?.parse().ok()
}

/// As an import recognises a guide: by the source's id, else by code and name.
fn is_same(stored: &StoredGuide, guide: &Guide) -> bool {
    match (&stored.source_id, &guide.source.id) {
        (Some(a), Some(b)) => a == b,
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            stored.row.name == guide.name() && stored.row.code.as_deref() == guide.code()
        }
    }
}

fn one_of(text: &str, mut guides: Vec<Found>) -> Result<Found, Stop> {
    match (guides.pop(), guides.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(last), false) => {
            let named = guides.into_iter().chain([last]).map(|found| (found.name, found.id)).collect();
            Err(NotDone::Several { text: text.to_owned(), guides: named }.into())
        }
        (None, _) => Err(Rule::GuideNotFound(text.to_owned()).into()),
    }
}
