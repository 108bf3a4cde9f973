//! Guides out of a node, a page at a time; what form they are handed on in is decided elsewhere.

use sanji_model::guide::{PublishedMeta, in_force};
use sanji_model::local;
use sanji_sync::{DocId, Time};
use serde_json::{Value, json};

use super::{Done, Machine};

/// Guides of one page: some milliseconds of the loop's time.
const PAGE: usize = 50;

impl Machine {
    /// The guides behind `after`, in the order of their ids, each once: its draft, where there is one and published ones
    /// are not asked for, else the version in force, else the latest. Drafts of units below are theirs to export: an import
    /// here would not write into them.
    pub(super) fn guide_export(&mut self, now: Time, after: Option<DocId>, published: bool) -> Done {
        let today = local::date(now);
        let all = self.all_guides();
        let rest: Vec<_> = all.into_values().filter(|found| after.is_none_or(|id| found.id > id)).collect();
        let more = rest.len() > PAGE;
        let mut guides = Vec::new();
        let mut last = after;
        for found in rest.into_iter().take(PAGE) {
            last = Some(found.id);
            let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
            let chosen = in_force(&metas, today).or(metas.last()).map(|meta| meta.version);
            let version = found.versions.iter().find(|(_, meta)| Some(meta.version) == chosen);
            let is_ours = found.draft.is_some() && self.works_on(&found.id)?;
            let (guide, meta) = match (&found.draft, version) {
                (Some(_), None) if !is_ours => continue,
                (Some(_), _) if !published => (self.draft(&found)?.guide, None),
                (_, Some((doc, _))) => {
                    let version = self.read_published(doc)?;
                    (version.guide, Some(version.meta))
                }
                (_, None) => continue,
            };
            let guide = self.with_own_id(found.id, guide);
            let unit = meta.as_ref().map(|meta| meta.published_by);
            let name = unit.and_then(|unit| Some(self.directory.organisation.unit(&unit)?.name.clone()));
            guides.push(json!({ "id": found.id, "published": meta, "unit_name": name, "guide": guide }));
        }
        let next = if more { json!(last) } else { Value::Null };
        Ok(json!({ "guides": guides, "next": next }))
    }
}
