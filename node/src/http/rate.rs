//! Rating (评价) at the counter's tablet: the case, five faces, a word if one likes, thanks. No sign-in.
//!
//! The proof goes from step to step in the form and is asked for again at each.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{Faults, Posted};
use super::gate::{Access, Route, Visitor};
use super::progress::{Progress, Proof, Untold, back_to_start};
use super::shell::Shell;
use super::{Face, page};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/rate", Access::Public, rate),
        Route::post("/rate", Access::Public, rate_done),
        Route::get("/rate/thanks", Access::Public, thanks),
    ]
}

#[derive(Template)]
#[template(path = "rate.html")]
struct RatePage {
    shell: Shell,
    proof: Proof,
    faults: Faults,
    step: Step,
    faces: Vec<Smiley>,
}

/// How far the rating has come.
enum Step {
    Proof,
    /// Choosing a level for this case.
    Level(Progress),
    /// A level is chosen; its words may follow.
    Confirm {
        found: Progress,
        chosen: Smiley,
        text: String,
    },
    Thanks,
}

/// A level of satisfaction with its face.
struct Smiley {
    level: &'static str,
    words: String,
    /// The mouth, as a path.
    mouth: &'static str,
}

const LEVELS: [(&str, &str); 5] = [
    ("1", "M14 28 Q24 41 34 28"),
    ("2", "M15 30 Q24 37 33 30"),
    ("3", "M15 32 L33 32"),
    ("4", "M15 35 Q24 28 33 35"),
    ("5", "M14 37 Q24 24 34 37"),
];

impl RatePage {
    fn new(shell: Shell, proof: Proof, step: Step) -> RatePage {
        let faces = LEVELS.map(|(level, _)| smiley(level, &shell)).into_iter().flatten().collect();
        RatePage { shell, proof, faults: Faults::default(), step, faces }
    }
}

fn smiley(level: &str, shell: &Shell) -> Option<Smiley> {
    let (level, mouth) = LEVELS.into_iter().find(|(of, _)| *of == level)?;
    Some(Smiley { level, words: shell.t(&["level-", level].concat()), mouth })
}

async fn rate(visitor: Visitor) -> Response {
    page::show(&RatePage::new(visitor.shell(), Proof::default(), Step::Proof))
}

async fn rate_done(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let (shell, proof) = (visitor.shell(), Proof::read(&fields));
    let (chosen, text) = (smiley(fields.get("level"), &shell), fields.get("text").to_owned());
    if let Some(chosen) = chosen.as_ref().filter(|_| fields.get("step") == "done") {
        let level = chosen.level.to_owned();
        let command = |number, last_four| Command::CaseRate { number, last_four, level, text };
        return match proof.ask(&face, &shell, command).await {
            Ok(_) => Redirect::to("/rate/thanks").into_response(),
            Err(untold) => refused(shell, proof, untold),
        };
    }
    let found = match proof.progress(&face, &shell).await {
        Ok(found) => found,
        Err(untold) => return refused(shell, proof, untold),
    };
    if !found.can_rate {
        let why = if found.rated { "rate-already" } else { "rate-too-early" };
        let faults = Faults::one("", shell.t(why));
        return refused(shell, proof, Untold { faults, status: StatusCode::UNPROCESSABLE_ENTITY });
    }
    let step = match chosen.filter(|_| fields.get("step") != "level") {
        Some(chosen) => Step::Confirm { found, chosen, text },
        None => Step::Level(found),
    };
    back_to_start("180; url=/rate", page::show(&RatePage::new(shell, proof, step)))
}

fn refused(shell: Shell, proof: Proof, Untold { faults, status }: Untold) -> Response {
    let page = RatePage { faults, ..RatePage::new(shell, proof, Step::Proof) };
    page::show_as(status, &page)
}

async fn thanks(visitor: Visitor) -> Response {
    let page = RatePage::new(visitor.shell(), Proof::default(), Step::Thanks);
    back_to_start("8; url=/rate", page::show(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far a mouth's middle hangs below its corners.
    fn depth(mouth: &str) -> i32 {
        let numbers: Vec<i32> = mouth.split(['Q', ' ', 'L']).filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [corner, _, middle, _, _] => middle - corner,
            _ => 0,
        }
    }

    #[test]
    fn faces_smile_less_and_less() {
        assert_eq!(LEVELS.map(|(level, _)| level), ["1", "2", "3", "4", "5"]);
        assert_eq!(LEVELS.map(|(_, mouth)| depth(mouth)), [13, 7, 0, -7, -13]);
    }
}
