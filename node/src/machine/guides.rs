//! Guide commands that read: check, list, show; and each guide over its draft and all its versions.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_model::guide::{
    Content, Element, FirstWritten, Guide, GuideRow, NONE, NotDone, Published, PublishedMeta, Stop as Halt,
    in_force, standing,
};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Time};
use serde_json::{Value, json};

use super::drafts::{conflicts_json, words};
use super::life::life_json;
use super::{Done, Machine, Stop};
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
    /// What suspended, resumed or abolished it.
    pub stops: Vec<Halt>,
}

impl Found {
    /// The document of the version that a case can be registered on now.
    pub fn in_force(&self, now: Time, asked: &str) -> Result<DocId, Rule> {
        let stop = standing(&self.stops, now);
        match stop.and_then(|stop| Some((stop.what.state()?, stop.reason.clone()))) {
            Some((state, why)) => Err(Rule::Guide(NotDone::Stopped { guide: asked.to_owned(), state, why })),
            None => self.on(local::date(now), asked),
        }
    }

    /// The document of the version whose days those are, stopped or not.
    pub fn on(&self, today: Date, asked: &str) -> Result<DocId, Rule> {
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
    pub(super) fn guide_check(&mut self, now: Time, text: &str) -> Done {
        let found = self.find_guide(text)?;
        let draft = self.draft(&found)?;
        let conflicts = draft.conflicts.iter().map(|conflict| {
            let (words, n) = (words(&conflict.key), conflict.sides.len());
            problem(
                &found.id,
                ("GUIDE_CONFLICT", "error", &conflict.key),
                format!("“{}”在 {n} 处被改成不同内容，请用 guide choose 选定", words.zh),
                format!("{}: edited in {n} places; settle it with `guide choose`", words.en),
            )
        });
        let conflicts: Vec<Value> = conflicts.collect();
        let findings = self.findings(now, &found, &draft, &draft.guide)?;
        let found = findings.into_iter().map(|finding| {
            let of = (finding.code, finding.severity.word(), finding.element.word());
            problem(&found.id, of, finding.zh, finding.en)
        });
        Ok(conflicts.into_iter().chain(found).collect())
    }

    pub(super) fn guide_list(&mut self, now: Time) -> Done {
        let mut rows: Vec<(String, Option<u32>, Value)> = Vec::new();
        for found in self.all_guides().into_values() {
            if let Some(draft) = &found.draft {
                rows.push(row_json(draft.row.clone(), draft.conflicts));
            }
            for (doc, meta) in &found.versions {
                if let Some(stored) = self.store.overview().guides.get(doc) {
                    let state = self.state_of(&found, meta, now);
                    rows.push(row_json(GuideRow { state, ..stored.row.clone() }, 0));
                }
            }
        }
        rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        Ok(rows.into_iter().map(|(_, _, row)| row).collect())
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
            None => found.on(today, text).ok().or_else(|| found.versions.last().map(|(doc, _)| *doc)),
        };
        let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
        let (guide, meta) = match doc {
            Some(doc) => {
                let published = self.read_published(&doc)?;
                (published.guide, Some(published.meta))
            }
            None => (self.draft(&found)?.guide, None),
        };
        let state = meta.as_ref().map(|m| self.state_of(&found, m, now));
        let draft = match found.draft {
            Some(_) => Some(self.draft(&found)?),
            None => None,
        };
        let state = state.or(draft.as_ref().map(|draft| draft.life.state));
        Ok(json!({
            "id": found.id, "document": doc, "version": meta.as_ref().map(|m| m.version),
            "state": state.unwrap_or(sanji_model::guide::GuideState::Draft),
            "published": meta, "missing": guide.completeness(),
            "life": draft.as_ref().map(|draft| life_json(&draft.life)),
            "conflicts": draft.as_ref().map_or(json!([]), |draft| conflicts_json(&draft.conflicts)),
            "stops": found.stops,
            "versions": metas.iter().map(|m| m.version).collect::<Vec<_>>(),
            "readable": readable(&guide),
            "guide": guide,
        }))
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
                stops: Vec::new(),
            });
            match stored.meta.clone() {
                Some(meta) => found.versions.push((*doc, meta)),
                None => {
                    found.name = stored.row.name.clone();
                    found.draft = Some(stored.clone());
                }
            }
        }
        for stop in self.store.overview().stops.values() {
            if let Some(found) = all.get_mut(&stop.guide) {
                found.stops.push(stop.clone());
            }
        }
        for found in all.values_mut() {
            found.versions.sort_by_key(|(_, meta)| meta.version);
        }
        all
    }

    /// One published version.
    pub(super) fn read_published(&mut self, doc: &DocId) -> Result<Published, Stop> {
        let Some(document) = self.store.document(doc)? else {
            return Err(Rule::GuideNotFound(doc.to_string()).into());
        };
        let read = FirstWritten::read(document).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        Ok(read.published)
    }
}

fn row_json(row: GuideRow, conflicts: u64) -> (String, Option<u32>, Value) {
    let (name, version) = (row.name.clone(), row.version);
    let mut json = serde_json::to_value(row).unwrap_or_default();
    json["conflicts"] = json!(conflicts);
    (name, version, json)
}

/// Every element that is not missing, as text.
pub(super) fn readable(guide: &Guide) -> Value {
    let said = Element::ALL.iter().filter_map(|element| match guide.readable(*element) {
        Content::Missing => None,
        Content::Nothing => Some((element.word().to_owned(), json!(NONE))),
        Content::Given(text) => Some((element.word().to_owned(), json!(text))),
    });
    Value::Object(said.collect())
}

/// One thing wrong with a guide, in the shape of `guide check`.
fn problem(id: &DocId, (code, severity, element): (&str, &str, &str), zh: String, en: String) -> Value {
    json!({
        "id": id, "code": code, "severity": severity, "element": element,
        "message": format!("{zh} / {en}"), "zh": zh, "en": en,
    })
}
