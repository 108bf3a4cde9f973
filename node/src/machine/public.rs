//! What whoever stands at the counter may ask about one case and say of it, with its number and the last four characters
//! of the applicant's identity number as proof.
//!
//! Answers name nobody. A number that is not here and a pair that does not fit are refused in the same words.

use std::collections::BTreeMap;

use sanji_model::case::{Action, By, Case, ClockKind, Known, Role, State, To, Verdict, rules};
use sanji_model::identity::{IdKind, mask_name, mask_number};
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Time};
use serde_json::{Value, json};

use super::{Done, Machine, Step, Stop};
use crate::refusal::Refusal;

/// What is asked with: both together are the proof.
pub(super) struct Proof<'a> {
    pub number: &'a str,
    pub last_four: &'a str,
}

impl Machine {
    /// How far a case has come, without a name.
    pub(super) fn case_progress(&mut self, now: Time, proof: &Proof<'_>) -> Done {
        let (_, case) = self.proven(now, proof)?;
        let custody = case.custody();
        let place = self.directory.organisation.unit(&custody).map(|unit| unit.name.clone());
        let course = &case.folded.course;
        let promise = case.clocks().into_iter().find(|clock| clock.clock == ClockKind::Promise);
        let printed = course.acceptance.as_ref().and_then(|acceptance| acceptance.printed);
        let applicant = match case.id_kind {
            IdKind::Ric => mask_name(&case.applicant),
            IdKind::Uscc => case.applicant.clone(),
        };
        Ok(json!({
            "number": case.number, "guide_name": case.guide.name, "state": case.state(),
            "custody": custody, "custody_name": place,
            "applicant": applicant, "id_number": mask_number(&case.id_number),
            "registered_at": case.folded.registered_at,
            "promised_on": printed.or(promise.map(|clock| clock.due.date)),
            "due": case.due().map(|due| due.date),
            "to_correct": course.open_correction().map(|notice| &notice.items),
            "rated": course.rating.is_some(),
            "can_rate": course.rating.is_none() && can_be_rated(&case),
            "steps": steps(&case),
        }))
    }

    /// What the applicant thought of it (T27), said without a window.
    pub(super) fn case_rate(
        &mut self,
        now: Time,
        proof: &Proof<'_>,
        level: &str,
        text: &str,
        steps: &mut Vec<Step>,
    ) -> Done {
        let (id, case) = self.proven(now, proof)?;
        let by = By {
            unit: self.hub.unit(),
            node: self.hub.node().short(),
            user: None,
            instead_of: None,
            role: Role::Public,
        };
        let said = [("level", level), ("text", text.trim())].into_iter();
        let fields: BTreeMap<String, String> =
            said.filter(|(_, said)| !said.is_empty()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let event = self.draw_event(now);
        let event = case.decide(Action::Known(Known::Rate), by, fields, event, now)?;
        Ok(self.append(now, (id, case), event, steps)?.1)
    }

    /// The case of a number, if the last four characters are those of its identity number.
    fn proven(&mut self, now: Time, proof: &Proof<'_>) -> Result<(DocId, Case), Stop> {
        let unproven = || Stop::from(Refusal::CaseUnproven);
        let id = match self.find_case(proof.number.trim()) {
            Ok(id) => id,
            Err(Stop::Refused(
                Refusal::Rule(Rule::CaseNotFound(_) | Rule::Ambiguous { .. } | Rule::Number(_))
                | Refusal::NumberTwice { .. },
            )) => return Err(unproven()),
            Err(stop) => return Err(stop),
        };
        let case = self.read_case(now, &id)?;
        // By its number only: the beginning of an id proves nothing.
        let is_named = case.number.as_str() == proof.number.trim();
        match is_named && ends_so(&case.id_number, proof.last_four) {
            true => Ok((id, case)),
            false => Err(unproven()),
        }
    }
}

/// Whether these are the last four characters of an identity number.
fn ends_so(id_number: &str, last_four: &str) -> bool {
    let wanted = last_four.trim().to_ascii_uppercase();
    wanted.len() == 4 && id_number.trim().to_ascii_uppercase().ends_with(&wanted)
}

fn can_be_rated(case: &Case) -> bool {
    rules(Known::Rate).any(|rule| rule.is_possible(Some(case.state())))
}

/// The stages that it went through, with times; what is the office's own, as notes and cards, is left out.
fn steps(case: &Case) -> Value {
    let counted = case.timeline().filter(|(_, verdict)| **verdict == Verdict::Counted);
    let stages =
        counted.filter(|(event, _)| matches!(&event.action, Action::Known(known) if is_stage(*known)));
    stages.map(|(event, _)| json!({ "at": event.at, "action": event.action })).collect()
}

fn is_stage(known: Known) -> bool {
    rules(known).any(|rule| match rule.to {
        To::State(State::InReview) => matches!(known, Known::Handle | Known::EndSpecial),
        To::State(_) | To::Request => true,
        To::Same | To::Signature => known == Known::TakeOver,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_characters_prove_and_no_fewer() {
        assert!(ends_so("64020219900101123x", "123X") && ends_so("640202199001011234", " 1234 "));
        for wrong in ["", "234", "1235", "01234", "640202199001011234"] {
            assert!(!ends_so("640202199001011234", wrong), "{wrong}");
        }
    }

    #[test]
    fn stages_are_what_the_applicant_would_ask_about() {
        for stage in
            [Known::Register, Known::Receive, Known::Accept, Known::Handle, Known::Decide, Known::Deliver]
        {
            assert!(is_stage(stage), "{stage}");
        }
        for own in
            [Known::Note, Known::Review, Known::SendBack, Known::Print, Known::ConfirmCard, Known::CallBack]
        {
            assert!(!is_stage(own), "{own}");
        }
    }
}
