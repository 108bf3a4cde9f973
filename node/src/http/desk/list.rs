//! The list of complaints or enquiries: by state, unit and the day on which they are due.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::desk::{Level, RowOf, Vocabulary as _};
use sanji_model::lang::Words;
use serde::{Deserialize, Serialize};

use super::super::form::{Faults, Fields};
use super::super::gate::{Access, Visitor};
use super::super::organisation::{Choice, Units};
use super::super::shell::Shell;
use super::super::{Face, filter, page, paging, roles};
use super::{Desk, level_class};
use crate::command::{Command, MatterFilter};

#[derive(Template)]
#[template(path = "desk-list.html")]
struct ListPage {
    shell: Shell,
    /// `complaints` or `enquiries`.
    name: &'static str,
    faults: Faults,
    states: Vec<Choice>,
    units: Vec<Choice>,
    due_before: String,
    rows: Vec<Line>,
    next: Option<String>,
    may_take: bool,
    may_rate: bool,
}

struct Line {
    number: String,
    kind: &'static str,
    state: &'static str,
    holder: String,
    name: String,
    due: String,
    level: Option<(&'static str, &'static str)>,
    flags: String,
}

/// A row with how far its clock has run.
#[derive(Deserialize, Serialize)]
#[serde(bound = "R: Serialize + serde::de::DeserializeOwned")]
struct Timed<R> {
    #[serde(flatten)]
    row: R,
    level: Option<Level>,
}

pub(super) async fn list<D: Desk>(State(face): State<Face>, visitor: Visitor) -> Response {
    match listed::<D>(&face, &visitor).await {
        Ok(response) | Err(response) => response,
    }
}

async fn listed<D: Desk>(face: &Face, visitor: &Visitor) -> Result<Response, Response> {
    let (query, shell) = (visitor.query(), visitor.shell());
    let asked = MatterFilter {
        state: query.some("state"),
        unit: query.some("unit"),
        due_before: query.some("due_before"),
    };
    let (mut faults, fields) = (Faults::default(), &[("date", "due_before"), ("word", "state")]);
    let asked = D::list(asked, query.some("after"), paging::ROWS);
    let answer = filter::ask(face, visitor, asked, fields, &mut faults).await?;
    let units = Units::ask(face, visitor).await?;
    let counts = Command::Counts { unit: query.some("unit") };
    let counts = filter::ask(face, visitor, counts, fields, &mut faults).await?;
    let rows: Vec<Timed<RowOf<D>>> = paging::rows(&answer);
    let rows = rows.into_iter().map(|row| line::<D>(row, &units, &shell)).collect();
    let counted = |word: &str| counts[D::NAME][word].as_u64().unwrap_or(0);
    let page = ListPage {
        name: D::NAME,
        states: states::<D>(&query, &shell, counted),
        units: units.below(&visitor.place.unit, query.get("unit")),
        due_before: query.get("due_before").to_owned(),
        rows,
        next: paging::next(visitor, &answer),
        may_take: visitor.may(D::TAKERS),
        may_rate: D::HAS_RATES && visitor.may(Access::Roles(roles::COMPLAINT_RATES)),
        faults,
        shell,
    };
    Ok(page::show_as(filter::status(&page.faults), &page))
}

/// The states to choose from, with how many stand there.
fn states<D: Desk>(query: &Fields, shell: &Shell, counted: impl Fn(&str) -> u64) -> Vec<Choice> {
    let one = |state: &D::State| {
        let (word, words): (&str, Words) = (state.word(), state.words());
        let (words, n) = (words.text(shell.tongue.lang()), counted(word));
        Choice {
            value: word.to_owned(),
            words: if n == 0 { words.to_owned() } else { format!("{words} {n}") },
            is_chosen: query.get("state") == word,
        }
    };
    let mut states: Vec<Choice> = D::State::ALL.iter().map(one).collect();
    if let Some(other) = query.some("state").filter(|_| !states.iter().any(|one| one.is_chosen)) {
        states.push(Choice { value: other.clone(), words: other, is_chosen: true });
    }
    states
}

fn line<D: Desk>(timed: Timed<RowOf<D>>, units: &Units, shell: &Shell) -> Line {
    let (row, lang) = (timed.row, shell.tongue.lang());
    let flags: Vec<&str> = row.flags.iter().map(|flag| flag.words().text(lang)).collect();
    let due = row.due.map(|due| due.to_string()).unwrap_or_default();
    Line {
        number: row.number.to_string(),
        kind: row.kind.words().text(lang),
        state: row.state.words().text(lang),
        holder: units.name(&row.holder),
        name: if row.name.is_empty() { shell.t("desk-anonymous") } else { row.name },
        due: if row.due_provisional { shell.put("due-provisional", "day", due) } else { due },
        level: timed.level.map(|level| (level_class(level), level.words().text(lang))),
        flags: flags.join(" "),
    }
}
