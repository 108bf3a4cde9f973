//! Guides of a file become drafts, or edits of the drafts that they were before, each by a person and on record.
//!
//! Knows no form of file: all come as JSON lines.

use sanji_model::guide::import::{Imported, import_jsonl, told};
use sanji_model::guide::life::{DraftStep, Life, put_act};
use sanji_model::guide::{Field, Guide, NotDone, Written, standing};
use sanji_model::lang::{Lang, Say};
use sanji_sync::{DocId, Scope, Time};
use serde_json::{Value, json};

use super::life::Draft;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// What became of a guide of a file.
enum Became {
    New,
    Updated,
    Unchanged,
    /// It is abolished and stays as it is.
    Left,
}

impl Machine {
    pub(super) fn guide_import(
        &mut self,
        now: Time,
        (text, file): (&str, &str),
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let imported = import_jsonl(text, file).map_err(Refusal::File)?;
        let by = self.acting(user, DraftStep::Edit.roles())?;
        if !DraftStep::Edit.roles().contains(&by.role) {
            let (what, roles) = (DraftStep::Edit.words(), DraftStep::Edit.roles());
            return Err(NotDone::Role { what, roles }.into());
        }
        let (mut new, mut updated, mut unchanged) = (0u64, 0u64, 0u64);
        let (mut problems, mut guides) = (Vec::new(), Vec::new());
        for mut one in imported {
            let (id, became) = self.import_one(now, &mut one.guide, user, steps)?;
            match became {
                Became::New => new += 1,
                Became::Updated => updated += 1,
                Became::Unchanged => unchanged += 1,
                Became::Left => {
                    unchanged += 1;
                    problems.push(left(id, &one));
                }
            }
            problems.extend(notes(id, &one));
            let missing = one.guide.completeness().len();
            guides.push(json!({ "id": id, "name": one.guide.name(), "line": one.line, "missing": missing }));
        }
        Ok(json!({
            "imported": new, "updated": updated, "unchanged": unchanged, "guides": guides, "problems": problems,
        }))
    }

    fn import_one(
        &mut self,
        now: Time,
        guide: &mut Guide,
        user: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Result<(DocId, Became), Stop> {
        let same = self.draft_of(guide)?;
        let (id, draft) = match same {
            Some(id) => (id, self.draft_in(id, guide.name())?),
            None => (self.draw_id(now), self.no_draft()),
        };
        self.without_own_id(id, guide);
        let stops: Vec<_> = self.store.overview().stops.values().filter(|s| s.guide == id).cloned().collect();
        if standing(&stops, now).is_some_and(|stop| stop.what.is_final()) {
            let is_as_before = draft.guide == *guide;
            return Ok((id, if is_as_before { Became::Unchanged } else { Became::Left }));
        }
        let mut act = self.decide(now, DraftStep::Edit, &draft, user, None)?;
        act.content = guide.content_hash();
        let written = self.write(now, draft.scope, id, steps, |doc| {
            let written = guide.write(doc)?;
            if !written.is_empty() {
                act.note = same.map(|_| keys(&written));
                put_act(doc, &act)?;
            }
            Ok(written)
        })?;
        Ok((
            id,
            match (same, written.is_empty()) {
                (None, _) => Became::New,
                (Some(_), false) => Became::Updated,
                (Some(_), true) => Became::Unchanged,
            },
        ))
    }

    fn no_draft(&self) -> Draft {
        let guide = Guide::default();
        let life = Life::fold([], guide.content_hash(), self.county());
        let scope = Scope::Drafts(self.hub.unit());
        Draft { guide, life, scope, conflicts: Vec::new(), faq_written: None }
    }
}

/// The edited elements, as an edit of one names it.
fn keys(written: &Written) -> String {
    let elements = written.elements.iter().map(|element| Field::Element(*element).key());
    elements.chain(written.others.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// What an editor should know of one guide: what it lacks, and which keys found no plain place.
fn notes(id: DocId, one: &Imported) -> Vec<Value> {
    let name = one.guide.name();
    let missing = one.guide.completeness().into_iter().map(|element| {
        json!({
            "line": one.line, "id": id, "code": "GUIDE_ELEMENT_MISSING", "severity": "warning",
            "element": element.word(),
            "en": format!("“{name}”: the element {} is missing; the guide stays a draft", element.words().en),
            "zh": format!("“{name}”缺少要素“{}”，保留为草稿", element.words().zh),
        })
    });
    let told = told(&one.report).into_iter().map(|note| {
        json!({
            "line": one.line, "id": id, "code": note.code(), "severity": "info", "element": Value::Null,
            "key": note.key, "en": note.text(Lang::En), "zh": note.text(Lang::Zh),
        })
    });
    missing.chain(told).collect()
}

fn left(id: DocId, one: &Imported) -> Value {
    let name = one.guide.name();
    json!({
        "line": one.line, "id": id, "code": "GUIDE_ABOLISHED", "severity": "info", "element": Value::Null,
        "en": format!("“{name}” is abolished and was left as it is; import it under another name or code"),
        "zh": format!("“{name}”已废止，未作改动；如为新事项，请改用别的名称或编码导入"),
    })
}
