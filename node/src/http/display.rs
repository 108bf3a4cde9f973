//! The display (大厅屏) of this unit: which cases are ready, which wait for a correction, which are under way.
//!
//! Ends of numbers and windows only: no name and no matter.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::{CaseRow, State as CaseState};

use super::gate::{Access, Route, Visitor};
use super::progress::back_to_start;
use super::shell::{Shell, moment};
use super::{Face, page, paging};
use crate::command::Command;
use crate::run::now;

/// Lines of a column.
const LINES: usize = 10;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/display", Access::Public, display)]
}

#[derive(Template)]
#[template(path = "display.html")]
struct DisplayPage {
    shell: Shell,
    at: String,
    columns: Vec<Column>,
}

struct Column {
    head: String,
    class: &'static str,
    lines: Vec<Line>,
}

struct Line {
    ending: String,
    /// As the number has it.
    window: String,
    state: &'static str,
}

async fn display(State(face): State<Face>, visitor: Visitor) -> Response {
    use CaseState::{Accepted, AwaitingCorrection, InReview, Ready, Received};
    let shell = visitor.shell();
    let parts: [(&str, &'static str, &[CaseState]); 3] = [
        ("display-ready", "good", &[Ready]),
        ("display-correct", "off", &[AwaitingCorrection]),
        ("display-under-way", "", &[InReview, Accepted, Received]),
    ];
    let mut columns = Vec::new();
    for (key, class, states) in parts {
        let mut lines = Vec::new();
        for state in states {
            let command =
                Command::CaseQueue { unit: None, state: state.word().to_owned(), after: None, limit: LINES };
            match page::ask(&face, &visitor, command).await {
                Ok(answer) => lines.extend(paging::rows(&answer).into_iter().map(|row| line(row, &shell))),
                Err(response) => return response,
            }
        }
        lines.truncate(LINES);
        columns.push(Column { head: shell.t(key), class, lines });
    }
    // Where no script runs, it is asked for again.
    back_to_start("60", page::show(&DisplayPage { at: moment(now()), columns, shell }))
}

fn line(row: CaseRow, shell: &Shell) -> Line {
    Line {
        ending: paging::ending(row.number.as_str()),
        window: format!("{:02}", row.number.window()),
        state: row.state.words().text(shell.tongue.lang()),
    }
}
