//! List commands: import, list, show, publish, end; and what the lists that hold today mean for an item.
//!
//! Lists are the county's: those in another unit's scope count for nothing here.

use jiff::civil::Date;
use sanji_model::guide::{GuideState, NotDone};
use sanji_model::list::import::import_jsonl;
use sanji_model::list::{self, Item, ItemRef, List, ListKind, ListVersion, PublishedList, Switches};
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Scope, Time};
use serde_json::{Value, json};

use super::cases::date;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::views::ListRow;

/// One list over its draft and all its versions here.
struct Found {
    id: DocId,
    draft: Option<List>,
    /// In order of their numbers, each with its document.
    versions: Vec<(DocId, PublishedList)>,
}

impl Found {
    /// The draft, else the latest version.
    fn shown(&self) -> Option<&List> {
        self.draft.as_ref().or(self.versions.last().map(|(_, one)| &one.list))
    }

    fn published(&self) -> Vec<&PublishedList> {
        self.versions.iter().map(|(_, one)| one).collect()
    }
}

impl Machine {
    pub(super) fn list_import(
        &mut self,
        now: Time,
        text: &str,
        file: &str,
        bundles: bool,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.only_the_county()?;
        let usual = bundles.then_some(ListKind::Bundle);
        let imported = import_jsonl(text, file, usual).map_err(Refusal::File)?;
        let known = self.all_lists();
        let scope = Scope::Drafts(self.hub.unit());
        let (mut new, mut updated, mut unchanged) = (0u64, 0u64, 0u64);
        let (mut lists, mut problems) = (Vec::new(), Vec::new());
        for (line, list) in imported {
            let same = |found: &&Found| {
                found.shown().is_some_and(|known| known.kind == list.kind && known.name == list.name)
            };
            let same = known.iter().find(same).map(|found| found.id);
            let id = same.unwrap_or_else(|| self.draw_id(now));
            let written = self.write(now, scope, id, steps, |doc| Ok(list.write(doc)?))?;
            match (same, written) {
                (None, _) => new += 1,
                (Some(_), true) => updated += 1,
                (Some(_), false) => unchanged += 1,
            }
            let unknown = list.items.iter().filter(|item| !self.is_known(item));
            problems.extend(unknown.map(|item| unknown_item(id, Some(line), item)));
            let (kind, name, items) = (list.kind, &list.name, list.items.len());
            lists.push(json!({ "id": id, "kind": kind, "name": name, "line": line, "items": items }));
        }
        Ok(json!({
            "imported": new, "updated": updated, "unchanged": unchanged, "lists": lists, "problems": problems,
        }))
    }

    /// All lists, or all bundles: a row for each draft and each version.
    pub(super) fn list_list(&mut self, now: Time, bundles: bool) -> Done {
        let today = local::date(now);
        let mut rows = Vec::new();
        for found in self.all_lists() {
            if found.shown().is_none_or(|list| (list.kind == ListKind::Bundle) != bundles) {
                continue;
            }
            let row = |list: &List, version: Option<&PublishedList>| {
                let state = version.map_or(GuideState::Draft, |one| one.state(&found.published(), today));
                json!({
                    "id": found.id, "kind": list.kind, "name": list.name, "document": list.document,
                    "version": version.map(|one| one.version.version), "state": state,
                    "effective_on": version.map_or(list.effective_on, |one| Some(one.version.effective_on)),
                    "cancels_on": version.map_or(list.cancels_on, PublishedList::last_day_after),
                    "items": list.items.len(),
                })
            };
            rows.extend(found.draft.iter().map(|draft| row(draft, None)));
            rows.extend(found.versions.iter().map(|(_, one)| row(&one.list, Some(one))));
        }
        rows.sort_by(|a, b| {
            let key =
                |row: &Value| (row["kind"].to_string(), row["name"].to_string(), row["version"].as_u64());
            key(a).cmp(&key(b))
        });
        Ok(rows.into())
    }

    /// A list as it holds today; before that its latest version, and its draft where nothing was published.
    pub(super) fn list_show(&mut self, now: Time, text: &str, version: Option<u32>) -> Done {
        let found = self.find_list(text)?;
        let today = local::date(now);
        let published = found.published();
        let chosen = match version {
            Some(wanted) => {
                let one = published.iter().find(|one| one.version.version == wanted);
                Some(*one.ok_or_else(|| Refusal::NoSuchList(format!("{text} v{wanted}")))?)
            }
            None => list::in_force(published.iter().copied(), today).first().or(published.last()).copied(),
        };
        let no_list = || Stop::from(Refusal::NoSuchList(text.to_owned()));
        let list = chosen.map(|one| &one.list).or(found.draft.as_ref()).ok_or_else(no_list)?;
        let with_guide = |item: &Item| -> Result<Value, Stop> {
            let mut line = serde_json::to_value(item).unwrap_or_default();
            line["guide"] = json!(self.guide_of(item)?);
            Ok(line)
        };
        let items: Vec<Value> = list.items.iter().map(with_guide).collect::<Result<_, _>>()?;
        let mut shown = json!({
            "id": found.id, "kind": list.kind, "name": list.name, "document": list.document,
            "version": chosen.map(|one| one.version.version),
            "state": chosen.map_or(GuideState::Draft, |one| one.state(&published, today)),
            "effective_on": chosen.map_or(list.effective_on, |one| Some(one.version.effective_on)),
            "cancels_on": chosen.map_or(list.cancels_on, PublishedList::last_day_after),
            "versions": published.iter().map(|one| one.version.version).collect::<Vec<_>>(),
            "items": items,
        });
        if list.kind == ListKind::Bundle {
            shown["materials"] = self.asked(now, &list.items.clone())?;
        }
        Ok(shown)
    }

    pub(super) fn list_publish(
        &mut self,
        now: Time,
        text: &str,
        effective: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.only_the_county()?;
        let found = self.find_list(text)?;
        let Some(list) = found.draft else { return Err(Refusal::NoSuchList(text.to_owned()).into()) };
        let today = local::date(now);
        // A day that is over is no wish to publish into the past.
        let wished = list.effective_on.map_or(today, |day| day.max(today));
        let effective_on = effective.map(date).transpose()?.unwrap_or(wished);
        if effective_on < today || list.cancels_on.is_some_and(|day| day <= effective_on) {
            return Err(Refusal::BadArgument {
                what: "effective",
                text: effective_on.to_string(),
                wanted_en: "a list takes force today or later, and before the day on which it ends",
                wanted_zh: "生效日期不能早于今天，且须早于废止日期",
            }
            .into());
        }
        let version = ListVersion {
            list: found.id,
            version: found.versions.last().map_or(1, |(_, one)| one.version.version + 1),
            published_at: now,
            published_by: self.hub.unit(),
            effective_on,
        };
        let doc = self.draw_id(now);
        let said = json!({
            "id": found.id, "document": doc, "name": list.name, "version": version.version,
            "effective_on": effective_on,
        });
        let problems: Vec<Value> = list
            .items
            .iter()
            .filter(|item| !self.is_known(item))
            .map(|item| unknown_item(found.id, None, item))
            .collect();
        let published = PublishedList { version, list, ends: None };
        let scope = Scope::Guides(self.hub.unit());
        self.write(now, scope, doc, steps, |d| Ok(published.write(d)?))?;
        let mut said = said;
        said["problems"] = problems.into();
        Ok(said)
    }

    /// Ends every version of a list that holds from that day on or will.
    pub(super) fn list_end(
        &mut self,
        now: Time,
        text: &str,
        on: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.only_the_county()?;
        let found = self.find_list(text)?;
        let today = local::date(now);
        let day = on.map(date).transpose()?.unwrap_or(today);
        let name = found.shown().map(|list| list.name.clone()).unwrap_or_default();
        if found.versions.is_empty() {
            return Err(Refusal::ListNotPublished(name).into());
        }
        if day < today {
            return Err(Refusal::BadArgument {
                what: "date",
                text: day.to_string(),
                wanted_en: "a list ends today or later; what was done under it stands",
                wanted_zh: "终止日期不能早于今天，已按清单办理的不受影响",
            }
            .into());
        }
        let scope = Scope::Guides(self.hub.unit());
        let mut ended = Vec::new();
        for (doc, one) in &found.versions {
            if one.last_day_after().is_none_or(|before| day < before) {
                self.write(now, scope, *doc, steps, |d| Ok(PublishedList::end(d, day)?))?;
                ended.push(one.version.version);
            }
        }
        Ok(json!({ "id": found.id, "name": name, "ends": day, "versions": ended }))
    }

    /// What the lists in force mean for an item: a guide here, or any code or name.
    pub(super) fn list_switches(&mut self, now: Time, item: &str, on: Option<&str>) -> Done {
        let day = on.map(date).transpose()?.unwrap_or_else(|| local::date(now));
        let asked = match self.find_guide(item) {
            Ok(found) => self.item_ref(found.id),
            Err(Stop::Refused(Refusal::Rule(Rule::GuideNotFound(_)))) => None,
            Err(stop) => return Err(stop),
        };
        let asked = asked
            .unwrap_or_else(|| ItemRef { codes: vec![item.trim().to_owned()], name: item.trim().to_owned() });
        let lists: Vec<Value> = self
            .switches(&asked, day)
            .all()
            .map(|(kind, one)| {
                json!({
                    "kind": kind, "id": one.version.list, "name": one.list.name, "version": one.version.version,
                    "document": one.list.document, "effective_on": one.version.effective_on,
                    "cancels_on": one.last_day_after(),
                })
            })
            .collect();
        Ok(json!({ "item": asked.name, "codes": asked.codes, "date": day, "lists": lists }))
    }

    /// The county's lists that hold an item on a day.
    pub(super) fn switches(&self, item: &ItemRef, day: Date) -> Switches<'_> {
        let county = self.county();
        let published = self.store.overview().lists.values().filter_map(move |stored| match &stored.list {
            ListRow::Published(one) if Some(stored.owner) == county => Some(one),
            ListRow::Published(_) | ListRow::Draft(_) => None,
        });
        list::switches(published, item, day)
    }

    /// What a bundle asks for: by the guides in force, and the drafts of those that have none.
    fn asked(&mut self, now: Time, items: &[Item]) -> Done {
        let (mut guides, mut names) = (Vec::new(), Vec::new());
        let mut all = self.all_guides();
        for item in items {
            let Some(id) = self.guide_of(item)? else { continue };
            let Some(found) = all.remove(&id) else { continue };
            let guide = match found.in_force(now, &found.name) {
                Ok(doc) => self.read_published(&doc)?.guide,
                // What is suspended or abolished asks for nothing.
                Err(Rule::Guide(NotDone::Stopped { .. })) => continue,
                Err(_) if found.draft.is_some() => self.draft(&found)?.guide,
                Err(_) => continue,
            };
            names.push(item.name.clone());
            guides.push(guide);
        }
        let guides: Vec<_> = guides.iter().collect();
        let line = |one: list::Asked| {
            let mut line = serde_json::to_value(&one.material).unwrap_or_default();
            line["items"] = one.guides.iter().map(|place| names[*place].clone()).collect();
            line
        };
        Ok(list::asked(&guides).into_iter().map(line).collect())
    }

    /// Whether a guide is here that an item of a list is.
    fn is_known(&self, item: &Item) -> bool {
        let mut guides = self.store.overview().guides.values();
        guides.any(|stored| item.is_known_by(&stored.codes, &stored.row.name))
    }

    /// That guide: of several the nearest, so none of a village's for the county's.
    fn guide_of(&self, item: &Item) -> Result<Option<DocId>, Stop> {
        let mut near = Vec::new();
        for (doc, stored) in &self.store.overview().guides {
            if item.is_known_by(&stored.codes, &stored.row.name) {
                let guide = stored.meta.as_ref().map_or(*doc, |meta| meta.guide);
                near.push((self.nearness(&guide, stored.meta.is_some())?, guide));
            }
        }
        Ok(near.into_iter().min().map(|(_, guide)| guide))
    }

    fn item_ref(&self, guide: DocId) -> Option<ItemRef> {
        let stored = self.store.overview().guides.iter().find(|(doc, stored)| {
            **doc == guide || stored.meta.as_ref().is_some_and(|meta| meta.guide == guide)
        });
        stored.map(|(_, stored)| ItemRef { codes: stored.codes.clone(), name: stored.row.name.clone() })
    }

    /// The version of a bundle that is in force.
    pub(super) fn bundle_in_force(&self, now: Time, text: &str) -> Result<PublishedList, Stop> {
        let found = self.find_list(text)?;
        let versions = found.versions.iter().map(|(_, one)| one);
        let current = list::in_force(versions, local::date(now)).into_iter().next();
        match current.filter(|one| one.list.kind == ListKind::Bundle) {
            Some(one) => Ok(one.clone()),
            None => Err(Refusal::ListNotPublished(text.to_owned()).into()),
        }
    }

    /// A list by its id or the beginning of it, or by its name.
    fn find_list(&self, text: &str) -> Result<Found, Stop> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let is = |found: &Found| {
            found.shown().is_some_and(|list| list.name == text)
                || (lower.len() >= 6 && found.id.to_string().starts_with(&lower))
        };
        let mut matches: Vec<Found> = self.all_lists().into_iter().filter(is).collect();
        match (matches.pop(), matches.len()) {
            (Some(found), 0) => Ok(found),
            (Some(_), more) => Err(Rule::Ambiguous { text: text.to_owned(), matches: more + 1 }.into()),
            (None, _) => Err(Refusal::NoSuchList(text.to_owned()).into()),
        }
    }

    /// Every list of the county with a draft or a version here, in order of their ids.
    fn all_lists(&self) -> Vec<Found> {
        let county = self.county();
        let mut all = std::collections::BTreeMap::new();
        let ours = self.store.overview().lists.iter().filter(|(_, stored)| Some(stored.owner) == county);
        for (doc, stored) in ours {
            let id = match &stored.list {
                ListRow::Draft(_) => *doc,
                ListRow::Published(one) => one.version.list,
            };
            let found = all.entry(id).or_insert_with(|| Found { id, draft: None, versions: Vec::new() });
            match stored.list.clone() {
                ListRow::Draft(list) => found.draft = Some(list),
                ListRow::Published(one) => found.versions.push((*doc, one)),
            }
        }
        let mut all: Vec<Found> = all.into_values().collect();
        all.iter_mut().for_each(|found| found.versions.sort_by_key(|(_, one)| one.version.version));
        all
    }

    fn only_the_county(&self) -> Result<(), Stop> {
        if self.is_root() { Ok(()) } else { Err(Refusal::NotRoot.into()) }
    }
}

fn unknown_item(list: DocId, line: Option<u64>, item: &Item) -> Value {
    let name = &item.name;
    json!({
        "line": line, "id": list, "code": "LIST_ITEM_UNKNOWN", "severity": "warning", "item": name,
        "en": format!("no guide here is the item “{name}”; import its guide, or correct its code or name"),
        "zh": format!("本节点没有事项“{name}”的指南，请导入该指南，或改正事项编码、名称"),
    })
}
