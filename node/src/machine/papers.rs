//! Papers of cases: looking at one, issuing it, and what a square code is worth.
//!
//! A print is an event of the case, so it is known wherever the case is. What stands on a paper is `paper`'s.

use std::collections::BTreeMap;

use sanji_model::case::paper::{DIGEST, PAPER};
use sanji_model::case::{Action, Case, Known, Made, PaperKind};
use sanji_model::identity::mask_name;
use sanji_model::lang::Lang;
use sanji_model::local;
use sanji_model::user::UserId;
use sanji_sync::{DocId, NodeId, Relation, Scope, Time, UnitCode};
use serde_json::{Value, json};

use super::{Done, Machine, Step, Stop};
use crate::paper::{Block, Entry, Finding, Paper, PaperCode, Printing, Sheet, event_mark, moment, write};
use crate::refusal::Refusal;

impl Machine {
    /// A paper as it would be printed, without a code. Nothing is recorded.
    pub(super) fn paper_show(&mut self, now: Time, number: &str, paper: Option<&str>) -> Done {
        let (_, case, paper) = self.paper_of(now, number, paper)?;
        let prints = prints_json(&case, &paper);
        Ok(sheet_json(&Sheet { paper, printing: None, archived: false }, prints))
    }

    /// Prints a paper: the first time it is issued, each further one is a reprint, and each is recorded in the case.
    pub(super) fn paper_issue(
        &mut self,
        now: Time,
        number: &str,
        paper: Option<&str>,
        user: Option<String>,
        steps: &mut Vec<Step>,
    ) -> Done {
        if self.is_revoked() {
            return Err(Refusal::Revoked.into());
        }
        let (id, mut case, paper) = self.paper_of(now, number, paper)?;
        let action = Action::Known(Known::Print);
        let by = self.by(&action, user)?;
        let copy = u32::try_from(case.prints(&paper.event).count()).unwrap_or(u32::MAX).saturating_add(1);
        let fields = BTreeMap::from([
            (PAPER.to_owned(), paper.event.to_string()),
            (DIGEST.to_owned(), paper.digest().to_hex()),
        ]);
        let event = case.decide(action, by, fields, self.draw_event(now), now)?;
        self.write(now, Scope::Cases(case.unit), id, steps, |doc| Ok(Case::append(doc, &event)?))?;
        let user = event.by.user.as_ref().and_then(|user| user.parse::<UserId>().ok());
        let user = user.and_then(|user| self.directory.users.get(&user));
        let printing = Printing {
            copy,
            at: moment(local::date_time(now)),
            unit: self.unit_name(&event.by.unit),
            person: user.map_or_else(|| event.by.role.words().zh.to_owned(), |user| user.name.clone()),
            code: PaperCode::sign(&paper, copy, local::date(now), &self.member.key).text(),
        };
        case.push(event);
        let prints = prints_json(&case, &paper);
        Ok(sheet_json(&Sheet { paper, printing: Some(printing), archived: false }, prints))
    }

    /// What a square code is worth here.
    pub(super) fn paper_verify(&mut self, now: Time, text: &str) -> Done {
        let code = PaperCode::read(text).ok_or(Refusal::PaperCode)?;
        let printed_by = self.printer(&code);
        let case = self.case_of(now, &code)?;
        let (mut finding, unit) = match printed_by {
            None => (self.unknown(&code), None),
            Some((node, unit)) => (self.signature(&code, &node, unit, case.as_ref()), Some(unit)),
        };
        let mut shown = json!({ "paper": null, "prints": [] });
        if finding == Finding::Signed
            && let Some(case) = case
        {
            finding = self.held_against(&code, &case, &mut shown)?;
        }
        shown["finding"] = json!(finding.word());
        shown["good"] = json!(finding.is_good());
        shown["zh"] = json!(finding.text(Lang::Zh));
        shown["en"] = json!(finding.text(Lang::En));
        shown["number"] = json!(code.number);
        shown["kind"] = json!(code.kind);
        shown["printed_on"] = json!(code.on);
        shown["copy"] = json!(code.copy);
        shown["check_word"] = json!(code.digest.check_word());
        shown["unit"] = json!(unit);
        shown["unit_name"] = json!(unit.map(|unit| self.unit_name(&unit)));
        Ok(shown)
    }

    /// For `CaseShow`: what can be printed.
    pub(super) fn papers_json(&self, case: &Case) -> Value {
        let entry = |made: Made| {
            let made_on = case.made_on(&made.event)?;
            let prints = u32::try_from(case.prints(&made.event).count()).unwrap_or(u32::MAX);
            Some(Entry { event: made.event, kind: made.kind, made_on, prints })
        };
        json!(case.papers().into_iter().filter_map(entry).collect::<Vec<Entry>>())
    }

    fn paper_of(
        &mut self,
        now: Time,
        number: &str,
        asked: Option<&str>,
    ) -> Result<(DocId, Case, Paper), Stop> {
        let id = self.find_case(number)?;
        let case = self.read_case(now, &id)?;
        let papers = case.papers();
        let Some(made) = meant(&papers, asked) else {
            let known = papers.iter().map(|made| made.kind).collect();
            let asked = asked.map(str::to_owned);
            return Err(Refusal::NoPaper { number: case.number.to_string(), asked, known }.into());
        };
        let paper = self.written(&case, made)?;
        Ok((id, case, paper))
    }

    pub(super) fn written(&mut self, case: &Case, made: &Made) -> Result<Paper, Stop> {
        // A guide that has not come here yet leaves its parts out; the case says the rest.
        let guide = match self.read_published(&case.guide.document) {
            Ok(published) => Some(published.guide),
            Err(Stop::Refused(_)) => None,
            Err(failed) => return Err(failed),
        };
        let paper = write(case, &made.event, guide.as_ref(), &self.directory);
        paper.ok_or_else(|| Refusal::Unreadable(made.event.to_string()).into())
    }

    /// The node that a code names, with its unit. The county's own need not be in its directory.
    fn printer(&self, code: &PaperCode) -> Option<(NodeId, UnitCode)> {
        let own = (self.hub.node(), self.hub.unit());
        let listed = self.directory.nodes.iter().map(|(node, entry)| (*node, entry.unit));
        listed.chain([own]).find(|(node, _)| code.is_of(node))
    }

    /// A node that this directory does not know may be new here, or another county's: that is told by the case's division code.
    fn unknown(&self, code: &PaperCode) -> Finding {
        let unit = code.number.unit();
        let division = &unit.as_str()[..6];
        match self.directory.organisation.iter().any(|known| known.code.as_str().starts_with(division)) {
            true => Finding::UnknownNode,
            false => Finding::OtherCounty,
        }
    }

    /// What the signature is worth: who prints stands at or above the unit of the case. Of a case that is not here only the
    /// number is known, whose unit may have forwarded it to one below (T24).
    fn signature(&self, code: &PaperCode, node: &NodeId, unit: UnitCode, case: Option<&Case>) -> Finding {
        if !code.is_signed_by(node) {
            return Finding::Tampered;
        }
        if self.directory.nodes.get(node).is_some_and(|entry| entry.revoked.is_some()) {
            return Finding::RevokedNode;
        }
        let owner = case.map_or(code.number.unit(), |case| case.unit);
        match self.hub.tree().relation(unit, owner) {
            Relation::Same | Relation::Ancestor => Finding::Signed,
            Relation::Descendant if case.is_none() => Finding::Signed,
            Relation::Descendant | Relation::Apart => Finding::NotCompetent,
        }
    }

    fn case_of(&mut self, now: Time, code: &PaperCode) -> Result<Option<Case>, Stop> {
        let found = self.find_case(code.number.as_str()).and_then(|id| self.read_case(now, &id));
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Stop::Refused(_)) => Ok(None),
            Err(failed) => Err(failed),
        }
    }

    /// A signed code against the case that is here.
    fn held_against(&mut self, code: &PaperCode, case: &Case, shown: &mut Value) -> Result<Finding, Stop> {
        let is_meant = |made: &&Made| made.kind == code.kind && event_mark(&made.event) == code.event;
        let papers = case.papers();
        let Some(made) = papers.iter().find(is_meant) else {
            let is_here = case.events.keys().any(|event| event_mark(event) == code.event);
            return Ok(if is_here { Finding::NotCounted } else { Finding::Signed });
        };
        let paper = self.written(case, made)?;
        let digest = code.digest.to_hex();
        let is_recorded = case.prints(&made.event).any(|print| print.digest == digest);
        shown["paper"] = facts_json(&paper, &case.applicant);
        shown["prints"] = prints_json(case, &paper);
        Ok(if is_recorded || paper.digest() == code.digest { Finding::Authentic } else { Finding::Differs })
    }

    /// What a unit is called; its code where the directory does not know it.
    pub(super) fn unit_name(&self, unit: &UnitCode) -> String {
        self.directory.organisation.unit(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone())
    }
}

/// The paper that is asked for by the id of its event or the beginning of one, or by its kind; the last of these, and the
/// last of all where nothing is said.
fn meant<'a>(papers: &'a [Made], asked: Option<&str>) -> Option<&'a Made> {
    let Some(asked) = asked.map(str::trim) else { return papers.last() };
    let of_kind = |kind: PaperKind| papers.iter().rev().find(|made| made.kind == kind);
    let of_action = |word: &str| match Action::parse(word) {
        Action::Known(known) => sanji_model::case::paper::of(known),
        Action::Other(_) => None,
    };
    let starts = |made: &&Made| asked.len() >= 6 && made.event.as_str().starts_with(asked);
    let by_id = papers.iter().find(|made| made.event.as_str() == asked);
    by_id
        .or_else(|| asked.parse().ok().or_else(|| of_action(asked)).and_then(of_kind))
        .or_else(|| papers.iter().rev().find(starts))
}

fn sheet_json(sheet: &Sheet, prints: Value) -> Value {
    let mut json = json!(sheet);
    json["prints"] = prints;
    json["reprint"] = json!(sheet.printing.as_ref().is_some_and(Printing::is_reprint));
    json
}

fn prints_json(case: &Case, paper: &Paper) -> Value {
    case.prints(&paper.event)
        .map(|print| json!({ "at": print.at, "unit": print.by.unit, "user": print.by.user }))
        .collect()
}

/// What a counter holds the paper against; the person's name is masked, the paper has it in full.
fn facts_json(paper: &Paper, applicant: &str) -> Value {
    let facts = paper.blocks.iter().filter_map(|block| match block {
        Block::Facts(fields) => Some(fields),
        Block::Heading(_) | Block::Text(_) | Block::Table(_) => None,
    });
    let masked = |value: &str| value.replace(applicant, &mask_name(applicant));
    let facts: Vec<Value> = facts
        .flatten()
        .map(|field| json!({ "zh": field.label.zh, "en": field.label.en, "value": masked(&field.value) }))
        .collect();
    json!({
        "title": paper.title.zh, "title_en": paper.title.en, "number": paper.number, "unit": paper.unit,
        "made_on": paper.made_on, "check_word": paper.digest().check_word(), "facts": facts,
    })
}
