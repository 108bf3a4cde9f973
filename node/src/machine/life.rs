//! The life of guides: sign, submit, return, approve, publish; suspend, resume, abolish. The model decides; here
//! documents, users and the clock meet.

use jiff::civil::Date;
use sanji_model::case::{By, EventId, Role};
use sanji_model::guide::life::{Act, DraftStep, Life, acts, put_act};
use sanji_model::guide::lint::{Facts, Finding, Parameters, Severity, lint};
use sanji_model::guide::{
    Content, Guide, GuideState, NotDone, Published, PublishedMeta, Stop as Halt, StopKind, conflicting,
    reason, standing, written,
};
use sanji_model::lang::Words;
use sanji_model::local;
use sanji_model::organisation::UnitKind;
use sanji_model::refusal::Refusal as Rule;
use sanji_model::user::User;
use sanji_sync::{ActorBytes, DocId, Scope, Time, UnitCode};
use serde_json::{Value, json};

use super::cases::date;
use super::guides::Found;
use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::views::{self, Context};

/// A draft with all that its document says.
pub(super) struct Draft {
    pub guide: Guide,
    pub life: Life,
    pub scope: Scope,
    pub conflicts: Vec<sanji_model::guide::Conflict>,
    /// When element 26 was last written.
    pub faq_written: Option<Time>,
}

/// What is asked of a guide besides the step itself.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub effective: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub user: Option<&'a str>,
}

/// What leads to a publication.
const WAY: [DraftStep; 4] = [DraftStep::Sign, DraftStep::Submit, DraftStep::Approve, DraftStep::Publish];

impl Machine {
    pub(super) fn guide_step(
        &mut self,
        now: Time,
        text: &str,
        step: &str,
        asked: Asked<'_>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let step: DraftStep = step.parse().map_err(Rule::Word)?;
        let found = self.find_guide(text)?;
        if step == DraftStep::Publish {
            return self.publish(now, &found, asked, steps);
        }
        goes_on(&found, now)?;
        let mut draft = self.draft(&found)?;
        let note = match step {
            DraftStep::Return => Some(reason(asked.reason)?),
            _ => asked.reason.map(|text| reason(Some(text))).transpose()?,
        };
        let act = self.decide(now, step, &draft, asked.user, note)?;
        if step != DraftStep::Return {
            settled(&found, &draft)?;
        }
        if step == DraftStep::Submit {
            self.must_be_whole(now, &found, &draft, &draft.guide)?;
        }
        self.write(now, draft.scope, found.id, steps, |doc| Ok(put_act(doc, &act)?))?;
        draft.life.push(act);
        Ok(json!({ "id": found.id, "name": found.name, "state": draft.life.state }))
    }

    /// Publishes what was approved. Somebody who has the roles for what is missing on the way does it with this.
    fn publish(&mut self, now: Time, found: &Found, asked: Asked<'_>, steps: &mut Vec<Step>) -> Done {
        let mut draft = self.draft(found)?;
        let today = local::date(now);
        let state = draft.life.state;
        self.may_publish(found, state, now, asked.user)?;
        settled(found, &draft)?;
        // A draft with a date to come keeps it.
        let planned = draft.guide.effective_on.given().copied().filter(|day| *day > today);
        let effective_on = asked.effective.map(date).transpose()?.or(planned).unwrap_or(today);
        if effective_on < today {
            return Err(too_early(effective_on).into());
        }
        // Only another day of taking force makes the same content another version.
        let same_day = found.versions.last().is_some_and(|(_, meta)| meta.effective_on == effective_on);
        if let Some(version) = draft.life.unchanged().filter(|_| same_day || asked.effective.is_none()) {
            return Err(NotDone::Unchanged { guide: found.name.clone(), version }.into());
        }
        let mut guide = draft.guide.clone();
        guide.published_on = Content::Given(today);
        guide.effective_on = Content::Given(effective_on);
        self.must_be_whole(now, found, &draft, &guide)?;
        let version = found.versions.last().map_or(1, |(_, meta)| meta.version + 1);
        let mut acts = Vec::new();
        for step in left(state) {
            let mut act = self.decide(now, *step, &draft, asked.user, None)?;
            act.version = (*step == DraftStep::Publish).then_some(version);
            draft.life.push(act.clone());
            acts.push(act);
        }
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
        self.write(now, draft.scope, found.id, steps, |doc| {
            acts.iter().try_for_each(|act| Ok(put_act(doc, act)?))
        })?;
        let scope = self.public_scope(&draft.scope);
        self.write(now, scope, doc, steps, |d| Ok(published.write(d)?))?;
        Ok(json!({
            "id": found.id, "document": doc, "name": found.name, "version": version, "effective_on": effective_on,
        }))
    }

    pub(super) fn guide_stop(
        &mut self,
        now: Time,
        text: &str,
        what: &str,
        asked: Asked<'_>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let what: StopKind = what.parse().map_err(Rule::Word)?;
        let found = self.find_guide(text)?;
        let by = self.acting(asked.user, DraftStep::Publish.roles())?;
        self.is_approver(&by, what.words())?;
        let last = found.versions.last().map(|(doc, _)| *doc);
        let standing = standing(&found.stops, now).map(|stop| stop.what);
        if last.is_none() || !what.is_possible(standing) {
            let state = match standing.and_then(StopKind::state) {
                Some(state) => Some(state),
                None => found.versions.last().map(|(_, meta)| self.state_of(&found, meta, now)),
            };
            return Err(NotDone::Stop { guide: found.name, what, state }.into());
        }
        let why = match (what, asked.reason) {
            (StopKind::Resume, None) => String::new(),
            (_, text) => reason(text)?,
        };
        let from = match asked.effective.map(date).transpose()? {
            Some(day) if day < local::date(now) => return Err(too_early(day).into()),
            Some(day) => local::day_begins(day).max(now),
            None => now,
        };
        let stop = Halt { guide: found.id, what, at: now, from, by, reason: why };
        let scope = match last {
            Some(doc) => self.scope_of(&doc)?,
            None => Scope::Guides(self.hub.unit()),
        };
        let doc = self.draw_id(now);
        self.write(now, scope, doc, steps, |d| Ok(stop.write(d)?))?;
        Ok(json!({ "id": found.id, "document": doc, "name": found.name, "what": what, "from": from }))
    }

    /// A draft as its document has it now.
    pub(super) fn draft(&mut self, found: &Found) -> Result<Draft, Stop> {
        self.draft_in(found.id, &found.name)
    }

    /// The same by its document; `name` is what is said not to be there.
    pub(super) fn draft_in(&mut self, id: DocId, name: &str) -> Result<Draft, Stop> {
        let missing = || Stop::from(Rule::GuideNotFound(name.to_owned()));
        let scope = self.scope_of(&id)?;
        let context = self.context_of(&id)?;
        let unit_of = |actor: &ActorBytes| context.unit_of(actor);
        let doc = self.store.document(&id)?.ok_or_else(missing)?;
        let guide = Guide::read(doc).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let acts = acts(doc, unit_of).into_iter().map(|(act, _)| act);
        let life = Life::fold(acts, guide.content_hash(), context.county);
        let conflicts = conflicting(doc, unit_of);
        let faq_written = written(doc, "faq", unit_of).and_then(|side| side.at);
        Ok(Draft { guide, life, scope, conflicts, faq_written })
    }

    /// What of the rules for guides differs from place to place.
    pub fn set_lint(&mut self, parameters: Parameters) {
        self.lint = parameters;
    }

    /// What the rules find in a guide whose draft this is.
    pub(super) fn findings(
        &self,
        now: Time,
        found: &Found,
        draft: &Draft,
        guide: &Guide,
    ) -> Result<Vec<Finding>, Stop> {
        let since = draft.faq_written.unwrap_or(now);
        let of_guide = self.store.overview().corrections.values().filter(|c| c.asked.guide == found.id);
        let facts = Facts {
            parameters: self.lint,
            today: local::date(now),
            faq_edited: draft.faq_written.map(local::date),
            corrections: of_guide.filter(|c| c.asked.at >= since).count() as u32,
            shares_code: self.shares_code(found.id, guide)?,
        };
        Ok(lint(guide, &facts))
    }

    /// The act of a step by somebody, or the refusal.
    pub(super) fn decide(
        &mut self,
        now: Time,
        step: DraftStep,
        draft: &Draft,
        user: Option<&str>,
        note: Option<String>,
    ) -> Result<Act, Stop> {
        let by = self.acting(user, step.roles())?;
        let id: EventId = self.draw_event(now);
        let act = draft.life.decide(step, by, id, now, note)?;
        match step {
            DraftStep::Approve => self.four_eyes(draft, &act)?,
            DraftStep::Edit
            | DraftStep::Sign
            | DraftStep::Submit
            | DraftStep::Return
            | DraftStep::Publish => {}
        }
        Ok(act)
    }

    /// The life lets `admin` sign and approve, who may be alone. Where the county has other approvers, it is not.
    fn four_eyes(&self, draft: &Draft, act: &Act) -> Result<(), Stop> {
        let user = act.by.user.as_deref();
        let is_other = |other: &&User| {
            !other.disabled
                && other.unit == act.by.unit
                && Some(other.id.as_str()) != user
                && other.roles.contains(&Role::GuideApprover)
        };
        let signed = draft.life.done(DraftStep::Sign).last();
        let signed_it =
            signed.is_some_and(|signed| signed.by.unit == act.by.unit && signed.by.user.as_deref() == user);
        match user.filter(|_| signed_it && self.directory.users.values().any(|user| is_other(&user))) {
            Some(user) => Err(NotDone::SameUser(user.to_owned()).into()),
            None => Ok(()),
        }
    }

    /// Its state now, with what was suspended or abolished.
    pub(super) fn state_of(&self, found: &Found, meta: &PublishedMeta, now: Time) -> GuideState {
        let metas: Vec<&PublishedMeta> = found.versions.iter().map(|(_, meta)| meta).collect();
        state_among(meta, &metas, &found.stops, now)
    }

    /// The scope that a document is in.
    pub(super) fn scope_of(&self, doc: &DocId) -> Result<Scope, Stop> {
        let meta = views::meta(self.store.kv(), doc)?;
        meta.map(|meta| meta.scope).ok_or_else(|| Rule::GuideNotFound(doc.to_string()).into())
    }

    pub(super) fn context_of(&self, doc: &DocId) -> Result<Context, Stop> {
        let meta = views::meta(self.store.kv(), doc)?;
        let meta = meta.ok_or_else(|| Stop::from(Rule::GuideNotFound(doc.to_string())))?;
        Ok(self.store.context(&meta))
    }

    /// A department's guides are the county's: everybody below the county holds them. A town's are for its villages.
    fn public_scope(&self, drafts: &Scope) -> Scope {
        let owner = drafts.unit().unwrap_or(self.hub.unit());
        let kind = self.directory.organisation.unit(&owner).map(|unit| unit.kind);
        match (kind, self.county()) {
            (Some(UnitKind::Department), Some(county)) => Scope::Guides(county),
            (_, _) => Scope::Guides(owner),
        }
    }

    pub(super) fn county(&self) -> Option<UnitCode> {
        self.directory.organisation.root().map(|unit| unit.code)
    }

    /// Only an approver of the county publishes, and only what was approved, unless they may do all that is missing.
    fn may_publish(
        &self,
        found: &Found,
        state: GuideState,
        now: Time,
        user: Option<&str>,
    ) -> Result<(), Stop> {
        let by = self.acting(user, DraftStep::Publish.roles())?;
        self.is_approver(&by, DraftStep::Publish.words())?;
        goes_on(found, now)?;
        for step in left(state) {
            let role = self.acting(user, step.roles())?.role;
            if !step.roles().contains(&role) {
                return Err(NotDone::State { step: DraftStep::Publish, state }.into());
            }
        }
        Ok(())
    }

    fn is_approver(&self, by: &By, what: Words) -> Result<(), Stop> {
        let roles = DraftStep::Publish.roles();
        if Some(by.unit) != self.county() {
            return Err(NotDone::NotCounty(what).into());
        }
        if !roles.contains(&by.role) {
            return Err(NotDone::Role { what, roles }.into());
        }
        Ok(())
    }

    /// Nothing is missing and no rule finds an error.
    fn must_be_whole(&self, now: Time, found: &Found, draft: &Draft, guide: &Guide) -> Result<(), Stop> {
        let missing = guide.completeness();
        if !missing.is_empty() {
            let missing = missing.into_iter().map(|element| element.words()).collect();
            return Err(Rule::GuideIncomplete { guide: found.name.clone(), missing }.into());
        }
        let findings = self.findings(now, found, draft, guide)?;
        let errors: Vec<Finding> = findings.into_iter().filter(|f| f.severity == Severity::Error).collect();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(NotDone::Lint { guide: found.name.clone(), findings: errors }.into()),
        }
    }
}

/// The state of a version among all of its guide, with what suspended or abolished the guide.
pub(super) fn state_among(
    meta: &PublishedMeta,
    versions: &[&PublishedMeta],
    stops: &[Halt],
    now: Time,
) -> GuideState {
    let state = meta.state(versions, local::date(now));
    let stopped = standing(stops, now).and_then(|stop| stop.what.state());
    match state {
        GuideState::InForce | GuideState::Published => stopped.unwrap_or(state),
        _ => state,
    }
}

fn left(state: GuideState) -> &'static [DraftStep] {
    match state {
        GuideState::Signed => &WAY[1..],
        GuideState::InReview => &WAY[2..],
        GuideState::Approved => &WAY[3..],
        GuideState::Draft
        | GuideState::Returned
        | GuideState::Published
        | GuideState::InForce
        | GuideState::Superseded
        | GuideState::Suspended
        | GuideState::Abolished => &WAY,
    }
}

/// What is abolished stays as it is: nobody works on it any more.
pub(super) fn goes_on(found: &Found, now: Time) -> Result<(), NotDone> {
    match standing(&found.stops, now).filter(|stop| stop.what == StopKind::Abolish) {
        Some(stop) => {
            let (guide, why) = (found.name.clone(), stop.reason.clone());
            Err(NotDone::Stopped { guide, state: GuideState::Abolished, why })
        }
        None => Ok(()),
    }
}

/// Nobody stands for a guide in which two texts stand against each other.
fn settled(found: &Found, draft: &Draft) -> Result<(), Stop> {
    if draft.conflicts.is_empty() {
        return Ok(());
    }
    let elements = draft.conflicts.iter().map(|conflict| super::drafts::words(&conflict.key)).collect();
    Err(NotDone::Conflict { guide: found.name.clone(), elements }.into())
}

fn too_early(day: Date) -> Refusal {
    Refusal::BadArgument {
        what: "effective",
        text: day.to_string(),
        wanted_en: "a version takes force today or later",
        wanted_zh: "实施日期不能早于今天",
    }
}

/// An act as people are shown it.
pub(super) fn life_json(life: &Life) -> Value {
    let acts = life.acts.iter().map(|(act, verdict)| {
        let mut json = serde_json::to_value(act).unwrap_or_default();
        json["verdict"] = json!({
            "counted": *verdict == sanji_model::guide::life::Verdict::Counted,
            "zh": verdict.words().zh, "en": verdict.words().en,
        });
        json["step_zh"] = json!(act.step.words().zh);
        json["step_en"] = json!(act.step.words().en);
        json
    });
    json!({
        "state": life.state, "content": life.content, "withdrawn": life.withdrawn,
        "published": life.published(), "acts": acts.collect::<Vec<_>>(),
    })
}
