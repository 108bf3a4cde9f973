//! How far a case has come, for whoever knows its number and the last four characters of the identity number.
//!
//! A wrong pair is answered as an unknown one, and ten of them shut the number for a while. Names nobody.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sanji_model::case::{Action, State as CaseState};
use sanji_model::lang::Say as _;
use sanji_model::number::CaseNumber;
use sanji_sync::Time;
use serde_json::Value;

use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::shell::{Shell, moment};
use super::{Face, page, stopping};
use crate::command::Command;
use crate::run::now;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/progress", Access::Public, progress),
        Route::post("/progress", Access::Public, progress_done),
    ]
}

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    shell: Shell,
    proof: Proof,
    faults: Faults,
    found: Option<Progress>,
}

/// A case's number and the last four characters of the applicant's identity number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Proof {
    pub number: String,
    pub last_four: String,
}

/// What is told of a case.
pub(super) struct Progress {
    pub number: String,
    pub guide: String,
    pub applicant: String,
    pub id_number: String,
    pub state: String,
    pub place: String,
    pub registered: String,
    pub promised_on: String,
    pub to_correct: Vec<String>,
    /// Time and what was done, in order.
    pub steps: Vec<(String, String)>,
    pub can_rate: bool,
    pub rated: bool,
}

/// Why nothing is told: what stands at the form, and with which status.
pub(super) struct Untold {
    pub faults: Faults,
    pub status: StatusCode,
}

impl Untold {
    fn new(field: &str, sentence: String, status: StatusCode) -> Untold {
        Untold { faults: Faults::one(field, sentence), status }
    }
}

impl Proof {
    /// As typed: blanks between the digits do not count.
    pub(super) fn read(fields: &Fields) -> Proof {
        let plain = |key: &str| fields.get(key).chars().filter(|c| !c.is_whitespace()).collect::<String>();
        Proof { number: plain("number"), last_four: plain("last_four").to_ascii_uppercase() }
    }

    /// What cannot be a number, or no four characters.
    fn faults(&self, shell: &Shell) -> Faults {
        let mut faults = Faults::default();
        if self.number.parse::<CaseNumber>().is_err() {
            faults.add("number", shell.t("proof-number-wrong"));
        }
        if self.last_four.len() != 4 || !self.last_four.bytes().all(|b| b.is_ascii_alphanumeric()) {
            faults.add("last_four", shell.t("proof-four-wrong"));
        }
        faults
    }

    /// What the machine answers to a command that brings this proof; tries are counted by the number.
    pub(super) async fn ask(
        &self,
        face: &Face,
        shell: &Shell,
        command: impl FnOnce(String, String) -> Command,
    ) -> Result<Value, Untold> {
        let (at, proofs) = (now(), &face.sessions.proofs);
        let faults = self.faults(shell);
        if !faults.is_empty() {
            return Err(Untold { faults, status: StatusCode::UNPROCESSABLE_ENTITY });
        }
        if let Some(minutes) = proofs.shut_for(&self.number, at) {
            let sentence = shell.put("proof-shut", "minutes", minutes);
            return Err(Untold::new("", sentence, StatusCode::TOO_MANY_REQUESTS));
        }
        proofs.count(&self.number, at);
        match face.asker.ask(command(self.number.clone(), self.last_four.clone())).await {
            None => Err(Untold::new("", shell.t("node-stopping"), StatusCode::SERVICE_UNAVAILABLE)),
            Some(Err(refusal)) => {
                let sentence = refusal.text(shell.tongue.lang());
                Err(Untold::new("", sentence, StatusCode::UNPROCESSABLE_ENTITY))
            }
            Some(Ok(answer)) => {
                proofs.forget(&self.number);
                Ok(answer)
            }
        }
    }

    pub(super) async fn progress(&self, face: &Face, shell: &Shell) -> Result<Progress, Untold> {
        let command = |number, last_four| Command::CaseProgress { number, last_four };
        Ok(Progress::read(&self.ask(face, shell, command).await?, shell))
    }
}

impl Progress {
    fn read(answer: &Value, shell: &Shell) -> Progress {
        let lang = shell.tongue.lang();
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let state = text("state").parse::<CaseState>();
        let items = |key: &str| answer[key].as_array().into_iter().flatten();
        let step = |step: &Value| {
            let at = step["at"].as_u64().map(|at| moment(Time(at))).unwrap_or_default();
            (at, Action::parse(step["action"].as_str().unwrap_or_default()).text(lang).to_owned())
        };
        Progress {
            number: text("number"),
            guide: text("guide_name"),
            applicant: text("applicant"),
            id_number: text("id_number"),
            state: state.map_or_else(|_| text("state"), |state| state.words().text(lang).to_owned()),
            place: text("custody_name"),
            registered: answer["registered_at"].as_u64().map(|at| moment(Time(at))).unwrap_or_default(),
            promised_on: text("promised_on"),
            to_correct: items("to_correct").filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            steps: items("steps").map(step).collect(),
            can_rate: answer["can_rate"] == true,
            rated: answer["rated"] == true,
        }
    }
}

async fn progress(visitor: Visitor) -> Response {
    let number = visitor.query().get("number").to_owned();
    let proof = Proof { number, last_four: String::new() };
    page::show(&ProgressPage { shell: visitor.shell(), proof, faults: Faults::default(), found: None })
}

async fn progress_done(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let (shell, proof) = (visitor.shell(), Proof::read(&fields));
    match proof.progress(&face, &shell).await {
        Err(untold) if untold.status == StatusCode::SERVICE_UNAVAILABLE => stopping(),
        Err(Untold { faults, status }) => {
            page::show_as(status, &ProgressPage { shell, proof, faults, found: None })
        }
        Ok(found) => {
            let shown =
                page::show(&ProgressPage { shell, proof, faults: Faults::default(), found: Some(found) });
            back_to_start("180; url=/progress", shown)
        }
    }
}

/// What somebody leaves open at a kiosk is not for the next one.
pub(super) fn back_to_start(when: &'static str, mut response: Response) -> Response {
    let refresh = header::HeaderName::from_static("refresh");
    response.headers_mut().insert(refresh, header::HeaderValue::from_static(when));
    response.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_as_people_type_it() {
        let proof = Proof::read(&Fields::read(b"number=640202001001+20261129+01+0001+8&last_four=+12x4+"));
        assert_eq!(proof.number, "640202001001202611290100018");
        assert_eq!(proof.last_four, "12X4");
    }
}
