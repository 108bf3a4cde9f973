//! Guide commands: import, check, list, show, publish; and finding a guide by what a person types.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_model::guide::import::{import_jsonl, told};
use sanji_model::guide::{Content, Guide, GuideRow, Published, PublishedMeta, in_force};
use sanji_model::lang::{Lang, Say};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Scope, Time};
use serde_json::{Value, json};

use super::cases::date;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::views::StoredGuide;

/// One guide over its draft and all its versions here.
pub(super) struct Found {
    /// The draft's document, which names the guide.
    pub id: DocId,
    pub name: String,
    pub draft: Option<StoredGuide>,
    /// Version documents with what they say, in order of their numbers.
    pub versions: Vec<(DocId, PublishedMeta)>,
}

impl Found {
    /// The document of the version that holds on `today`.
    pub fn in_force(&self, today: Date, asked: &str) -> Result<DocId, Rule> {
        let metas: Vec<&PublishedMeta> = self.versions.iter().map(|(_, meta)| meta).collect();
        let guide = asked.to_owned();
        match in_force(&metas, today) {
            Some(meta) => {
                let found = self.versions.iter().find(|(_, m)| m.version == meta.version);
                found.map(|(doc, _)| *doc).ok_or(Rule::GuideNotPublished { guide })
            }
            None if self.versions.is_empty() => Err(Rule::GuideNotPublished { guide }),
            None => {
                let from = metas.iter().map(|m| m.effective_on).filter(|day| *day > today).min();
                Err(Rule::GuideNotInForce { guide, from })
            }
        }
    }
}

impl Machine {
    pub(super) fn guide_import(&mut self, now: Time, text: &str, file: &str, steps: &mut Vec<Step>) -> Done {
        let imported = import_jsonl(text, file).map_err(Refusal::File)?;
        let guides = &self.store.overview().guides;
        let known: Vec<(DocId, StoredGuide)> =
            guides.iter().filter(|(_, g)| g.meta.is_none()).map(|(id, g)| (*id, g.clone())).collect();
        let scope = Scope::Drafts(self.hub.unit());
        let (mut new, mut updated, mut unchanged) = (0u64, 0u64, 0u64);
        let mut problems = Vec::new();
        let mut guides = Vec::new();
        for one in imported {
            let same = known.iter().find(|(_, row)| is_same(row, &one.guide)).map(|(id, _)| *id);
            let id = match same {
                Some(id) => id,
                None => self.draw_id(now),
            };
            let written = self.write(now, scope, id, steps, |doc| Ok(one.guide.write(doc)?))?;
            match (same, written.is_empty()) {
                (None, _) => new += 1,
                (Some(_), false) => updated += 1,
                (Some(_), true) => unchanged += 1,
            }
            let missing = one.guide.completeness();
            for element in &missing {
                problems.push(json!({
                    "line": one.line, "id": id, "code": "GUIDE_ELEMENT_MISSING", "severity": "warning",
                    "element": element.word(),
                    "en": format!("“{}”: the element {} is missing; the guide stays a draft", one.guide.name(), element.words().en),
                    "zh": format!("“{}”缺少要素“{}”，保留为草稿", one.guide.name(), element.words().zh),
                }));
            }
            for note in told(&one.report) {
                problems.push(json!({
                    "line": one.line, "id": id, "code": note.code(), "severity": "info", "element": Value::Null,
                    "key": note.key, "en": note.text(Lang::En), "zh": note.text(Lang::Zh),
                }));
            }
            guides.push(
                json!({ "id": id, "name": one.guide.name(), "line": one.line, "missing": missing.len() }),
            );
        }
        Ok(
            json!({ "imported": new, "updated": updated, "unchanged": unchanged, "guides": guides, "problems": problems }),
        )
    }

    pub(super) fn guide_check(&mut self, text: &str) -> Done {
        let found = self.find_guide(text)?;
        let guide = self.read_draft(&found)?;
        let problems = guide.completeness().into_iter().map(|element| {
            json!({
                "id": found.id, "code": "GUIDE_ELEMENT_MISSING", "severity": "error", "element": element.word(),
                "message": format!("{} / the element {} is missing", element.words().zh, element.words().en),
                "en": format!("the element {} is missing", element.words().en),
                "zh": format!("缺少要素“{}”", element.words().zh),
            })
        });
        Ok(problems.collect())
    }

    pub(super) fn guide_list(&mut self, now: Time) -> Done {
        let today = local::date(now);
        let mut rows: Vec<(String, Option<u32>, Value)> = Vec::new();
        for found in self.all_guides().into_values() {
            let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
            if let Some(draft) = &found.draft {
                rows.push(self.row_json(&draft.row, today, &metas, None));
            }
            for (doc, meta) in &found.versions {
                if let Some(stored) = self.store.overview().guides.get(doc) {
                    rows.push(self.row_json(&stored.row, today, &metas, Some(meta)));
                }
            }
        }
        rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        Ok(rows.into_iter().map(|(_, _, row)| row).collect())
    }

    fn row_json(
        &self,
        row: &GuideRow,
        today: Date,
        metas: &[&PublishedMeta],
        meta: Option<&PublishedMeta>,
    ) -> (String, Option<u32>, Value) {
        let mut row = row.clone();
        if let Some(meta) = meta {
            row.state = meta.state(metas, today);
        }
        let name = row.name.clone();
        (name, row.version, serde_json::to_value(row).unwrap_or_default())
    }

    pub(super) fn guide_show(&mut self, now: Time, text: &str, version: Option<u32>) -> Done {
        let found = self.find_guide(text)?;
        let today = local::date(now);
        let doc = match version {
            Some(wanted) => {
                let found_version = found.versions.iter().find(|(_, meta)| meta.version == wanted);
                Some(found_version.ok_or_else(|| Rule::GuideNotFound(format!("{text} v{wanted}")))?.0)
            }
            // What holds today; before that the latest version; the draft where nothing was published.
            None => found.in_force(today, text).ok().or_else(|| found.versions.last().map(|(doc, _)| *doc)),
        };
        let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
        let (guide, meta) = match doc {
            Some(doc) => {
                let published = self.read_published(&doc)?;
                (published.guide, Some(published.meta))
            }
            None => (self.read_draft(&found)?, None),
        };
        let state = meta.as_ref().map(|m| m.state(&metas, today));
        let readable = sanji_model::guide::Element::ALL.iter().filter_map(|e| match guide.readable(*e) {
            Content::Missing => None,
            Content::Nothing => Some((e.word().to_owned(), json!(sanji_model::guide::NONE))),
            Content::Given(text) => Some((e.word().to_owned(), json!(text))),
        });
        Ok(json!({
            "id": found.id, "document": doc, "version": meta.as_ref().map(|m| m.version),
            "state": state.unwrap_or(sanji_model::guide::GuideState::Draft),
            "published": meta, "missing": guide.completeness(),
            "versions": metas.iter().map(|m| m.version).collect::<Vec<_>>(),
            "readable": readable.collect::<serde_json::Map<_, _>>(),
            "guide": guide,
        }))
    }

    pub(super) fn guide_publish(
        &mut self,
        now: Time,
        text: &str,
        effective: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let found = self.find_guide(text)?;
        let today = local::date(now);
        let effective_on = effective.map(date).transpose()?.unwrap_or(today);
        if effective_on < today {
            return Err(Refusal::BadArgument {
                what: "effective",
                text: effective_on.to_string(),
                wanted_en: "a version takes force today or later",
                wanted_zh: "实施日期不能早于今天",
            }
            .into());
        }
        let mut guide = self.read_draft(&found)?;
        guide.published_on = Content::Given(today);
        guide.effective_on = Content::Given(effective_on);
        let missing = guide.completeness();
        if !missing.is_empty() {
            let missing = missing.into_iter().map(|element| element.words()).collect();
            return Err(Rule::GuideIncomplete { guide: found.name, missing }.into());
        }
        let version = found.versions.last().map_or(1, |(_, meta)| meta.version + 1);
        let meta = PublishedMeta {
            guide: found.id,
            version,
            published_at: now,
            published_by: self.hub.unit(),
            effective_on,
            cancels_on: guide.cancels_on,
        };
        let doc = self.draw_id(now);
        let published = Published { meta, guide };
        let scope = Scope::Guides(self.hub.unit());
        self.write(now, scope, doc, steps, |d| Ok(published.write(d)?))?;
        Ok(json!({
            "id": found.id, "document": doc, "name": found.name, "version": version, "effective_on": effective_on,
        }))
    }

    /// A guide by its id or the start of one, its code, or its name.
    pub(super) fn find_guide(&self, text: &str) -> Result<Found, Stop> {
        let text = text.trim();
        let all = self.all_guides();
        let lower = text.to_ascii_lowercase();
        let is = |found: &Found| {
            let rows = found.draft.iter().map(|d| &d.row);
            found.name == text
                || rows.into_iter().any(|row| row.code.as_deref() == Some(text))
                || (lower.len() >= 6 && found.id.to_string().starts_with(&lower))
                || found
                    .versions
                    .iter()
                    .any(|(doc, _)| lower.len() >= 6 && doc.to_string().starts_with(&lower))
        };
        let mut by_code: Vec<DocId> = Vec::new();
        for (doc, stored) in &self.store.overview().guides {
            if stored.row.code.as_deref() == Some(text) {
                by_code.push(stored.meta.as_ref().map_or(*doc, |meta| meta.guide));
            }
        }
        let mut matches: Vec<Found> =
            all.into_values().filter(|found| is(found) || by_code.contains(&found.id)).collect();
        match (matches.pop(), matches.len()) {
            (Some(found), 0) => Ok(found),
            (Some(_), more) => Err(Rule::Ambiguous { text: text.to_owned(), matches: more + 1 }.into()),
            (None, _) => Err(Rule::GuideNotFound(text.to_owned()).into()),
        }
    }

    /// Every guide with a draft or a version here, by id.
    pub(super) fn all_guides(&self) -> BTreeMap<DocId, Found> {
        let mut all: BTreeMap<DocId, Found> = BTreeMap::new();
        for (doc, stored) in &self.store.overview().guides {
            let id = stored.meta.as_ref().map_or(*doc, |meta| meta.guide);
            let found = all.entry(id).or_insert_with(|| Found {
                id,
                name: stored.row.name.clone(),
                draft: None,
                versions: Vec::new(),
            });
            match stored.meta.clone() {
                Some(meta) => found.versions.push((*doc, meta)),
                None => {
                    found.name = stored.row.name.clone();
                    found.draft = Some(stored.clone());
                }
            }
        }
        for found in all.values_mut() {
            found.versions.sort_by_key(|(_, meta)| meta.version);
        }
        all
    }

    pub(super) fn read_draft(&mut self, found: &Found) -> Result<Guide, Stop> {
        if found.draft.is_none() {
            return Err(Rule::GuideNotFound(found.name.clone()).into());
        }
        let Some(doc) = self.store.document(&found.id)? else {
            return Err(Rule::GuideNotFound(found.name.clone()).into());
        };
        Guide::read(doc).map_err(|e| Refusal::Unreadable(e.to_string()).into())
    }

    /// One published version.
    pub(super) fn read_published(&mut self, doc: &DocId) -> Result<Published, Stop> {
        let Some(document) = self.store.document(doc)? else {
            return Err(Rule::GuideNotFound(doc.to_string()).into());
        };
        Published::read(document).map_err(|e| Refusal::Unreadable(e.to_string()).into())
    }
}

/// Whether a draft is the one that a guide of a file was imported to before: by the source's id, else by code and name.
fn is_same(stored: &StoredGuide, guide: &Guide) -> bool {
    match (&stored.source_id, &guide.source.id) {
        (Some(a), Some(b)) => a == b,
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            stored.row.name == guide.name() && stored.row.code.as_deref() == guide.code()
        }
    }
}
