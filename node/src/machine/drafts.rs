//! Working on drafts: editing an element, seeing and settling what was edited in two places, comparing texts.

use sanji_model::guide::life::{DraftStep, put_act};
use sanji_model::guide::{
    BadDocument, Conflict, Field, Guide, NotDone, PublishedMeta, choose, diff, standing,
};
use sanji_model::lang::Words;
use sanji_model::local;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::Time;
use serde_json::{Value, json};

use super::guides::{Found, readable};
use super::life::{Draft, goes_on, life_json};
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

impl Machine {
    /// A draft as it is worked on, whatever is published of it.
    pub(super) fn guide_draft(&mut self, now: Time, text: &str) -> Done {
        let found = self.find_guide(text)?;
        let draft = self.draft(&found)?;
        let check = self.guide_check(now, text)?;
        let version = |(_, meta): &(_, PublishedMeta)| {
            json!({
                "version": meta.version, "effective_on": meta.effective_on, "published_at": meta.published_at,
                "state": self.state_of(&found, meta, now),
            })
        };
        Ok(json!({
            "id": found.id, "name": found.name, "scope": draft.scope, "missing": draft.guide.completeness(),
            "life": life_json(&draft.life), "conflicts": conflicts_json(&draft.conflicts), "check": check,
            "standing": standing(&found.stops, now).map(|stop| stop.what), "stops": found.stops,
            "versions": found.versions.iter().map(version).collect::<Vec<_>>(),
            "readable": readable(&draft.guide), "guide": draft.guide,
        }))
    }

    pub(super) fn guide_edit(
        &mut self,
        now: Time,
        text: &str,
        field: &str,
        value: &str,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let found = self.find_guide(text)?;
        let field = Field::parse(field).map_err(Rule::GuideField)?;
        goes_on(&found, now)?;
        let draft = self.draft(&found)?;
        let mut act = self.decide(now, DraftStep::Edit, &draft, user, Some(field.key()))?;
        let mut guide = draft.guide.clone();
        guide.edit(&field, value).map_err(Rule::GuideField)?;
        if guide == draft.guide {
            return Ok(edited(&found, &draft, &field, false));
        }
        act.content = guide.content_hash();
        self.write(now, draft.scope, found.id, steps, |doc| {
            guide.write(doc)?;
            Ok(put_act(doc, &act)?)
        })?;
        let draft = self.draft(&found)?;
        Ok(edited(&found, &draft, &field, true))
    }

    pub(super) fn guide_choose(
        &mut self,
        now: Time,
        text: &str,
        field: &str,
        choice: usize,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let found = self.find_guide(text)?;
        let field = Field::parse(field).map_err(Rule::GuideField)?;
        goes_on(&found, now)?;
        let draft = self.draft(&found)?;
        let conflict = draft.conflicts.iter().find(|conflict| conflict.key == field.key());
        let conflict = conflict.ok_or_else(|| NotDone::NoConflict(field.words()))?;
        let side = choice.checked_sub(1).and_then(|n| conflict.sides.get(n));
        let side = side.ok_or(NotDone::Choice { of: conflict.sides.len() })?;
        let mut act = self.decide(now, DraftStep::Edit, &draft, user, Some(field.key()))?;
        let mut chosen = draft.guide.clone();
        self.write(now, draft.scope, found.id, steps, |doc| {
            choose(doc, &conflict.key, &side.text).map_err(|e| Refusal::Unreadable(e.to_string()))?;
            chosen = Guide::read(doc).map_err(unreadable)?;
            act.content = chosen.content_hash();
            Ok(put_act(doc, &act)?)
        })?;
        let draft = self.draft(&found)?;
        Ok(edited(&found, &draft, &field, true))
    }

    /// Two texts of a guide: versions by number, or the draft. Of a draft a first day counts only if it is to come: any
    /// other is set when it is published.
    pub(super) fn guide_diff(&mut self, now: Time, text: &str, a: &str, b: &str) -> Done {
        let found = self.find_guide(text)?;
        let (mut before, mut after) = (self.text_of(&found, a)?, self.text_of(&found, b)?);
        let today = local::date(now);
        let is_set_later = |which: &str, guide: &Guide| {
            is_draft(which) && guide.effective_on.given().is_none_or(|day| *day <= today)
        };
        if is_set_later(a, &before) {
            before.effective_on = after.effective_on.clone();
        } else if is_set_later(b, &after) {
            after.effective_on = before.effective_on.clone();
        }
        Ok(diff::diff(&before, &after)
            .iter()
            .map(|difference| serde_json::to_value(difference).unwrap_or_default())
            .collect())
    }

    fn text_of(&mut self, found: &Found, which: &str) -> Result<Guide, Stop> {
        if is_draft(which) {
            return Ok(self.draft(found)?.guide);
        }
        let which = which.trim().trim_start_matches('v');
        let version = found.versions.iter().find(|(_, meta)| meta.version.to_string() == which);
        match version {
            Some((doc, _)) => Ok(self.read_published(doc)?.guide),
            None => {
                let (guide, version) = (found.name.clone(), which.to_owned());
                Err(NotDone::NoVersion { guide, version }.into())
            }
        }
    }
}

fn is_draft(which: &str) -> bool {
    matches!(which.trim(), "draft" | "草稿")
}

fn unreadable(why: BadDocument) -> Stop {
    Refusal::Unreadable(why.to_string()).into()
}

fn edited(found: &Found, draft: &Draft, field: &Field, changed: bool) -> Value {
    json!({
        "id": found.id, "name": found.name, "field": field.key(), "changed": changed,
        "state": draft.life.state, "withdrawn": draft.life.withdrawn,
        "conflicts": conflicts_json(&draft.conflicts),
    })
}

/// What a key of a draft is called.
pub(super) fn words(key: &str) -> Words {
    Field::parse(key).map_or(Words::new("其他", "another field"), |field| field.words())
}

/// Every value with who wrote it and when, numbered as `guide choose` takes them.
pub(super) fn conflicts_json(conflicts: &[Conflict]) -> Value {
    let one = |conflict: &Conflict| {
        let side = |(n, side): (usize, &sanji_model::guide::Side)| {
            json!({
                "choice": n + 1, "text": side.text, "unit": side.unit, "at": side.at,
                "node": side.by.as_ref().map(|by| &by.node), "user": side.by.as_ref().and_then(|by| by.user.as_ref()),
            })
        };
        let (words, sides) = (words(&conflict.key), conflict.sides.iter().enumerate().map(side));
        json!({ "element": conflict.key, "zh": words.zh, "en": words.en, "sides": sides.collect::<Vec<_>>() })
    };
    conflicts.iter().map(one).collect()
}
