//! 今日待办: what this unit holds, what is due first, and how far the latest cases have come.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::State as Stage;

use super::line::{Line, today as this_day};
use crate::command::Command;
use crate::http::answer::number;
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::ticks::Ticks;
use crate::http::{Face, page};
use crate::page::ARRIVING;

/// States in which a unit has something to do, what comes first first.
const OPEN: &[Stage] = &[
    Stage::AwaitingCorrection,
    Stage::Received,
    Stage::Registered,
    Stage::Accepted,
    Stage::InReview,
    Stage::SpecialProcedure,
    Stage::Decided,
    Stage::Concluded,
    Stage::Ready,
];

/// Cases of a state that are looked at, and those of them that are listed.
const LOOKED_AT: usize = 50;
const LISTED: usize = 5;

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    shell: Shell,
    day: String,
    due: Vec<Line>,
    queues: Vec<Queue>,
    ticks: Option<Ticks>,
}

struct Queue {
    word: &'static str,
    state: String,
    /// What is to be done about them.
    task: String,
    count: u64,
    lines: Vec<Line>,
}

pub(super) async fn today(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(page) => page::show(&page),
        Err(response) => response,
    }
}

async fn read(face: &Face, visitor: &Visitor) -> Result<TodayPage, Response> {
    let shell = visitor.shell();
    let lang = shell.tongue.lang();
    let counts = page::ask(face, visitor, Command::Counts { unit: None }).await?;
    let ticks = page::ask(face, visitor, Command::CaseTicks).await?;
    let (mut queues, mut due) = (Vec::new(), Vec::new());
    let arriving = std::iter::once((ARRIVING, shell.t("today-arriving"), None));
    let open = OPEN.iter().map(|state| (state.word(), state.words().text(lang).to_owned(), Some(*state)));
    for (word, words, state) in arriving.chain(open) {
        let count = number(&counts["queue"][word]);
        if count == 0 {
            continue;
        }
        let queue = Command::CaseQueue { unit: None, state: word.to_owned(), after: None, limit: LOOKED_AT };
        let mut lines = Line::read_all(&page::ask(face, visitor, queue).await?["rows"], lang);
        due.extend(lines.iter().filter(|line| line.due.as_ref().is_some_and(|due| due.is_soon())).cloned());
        lines.truncate(LISTED);
        let task = match (state, visitor.place.tier.as_str()) {
            (None, _) => shell.t("today-take-over"),
            (Some(Stage::Received), "village") => shell.t("today-received-village"),
            (Some(Stage::Registered), _) => shell.t("today-registered"),
            (Some(Stage::Received), _) => shell.t("today-received"),
            (Some(Stage::AwaitingCorrection), _) => shell.t("today-correction"),
            (Some(Stage::Accepted), _) => shell.t("today-accepted"),
            (Some(Stage::InReview), _) => shell.t("today-review"),
            (Some(Stage::SpecialProcedure), _) => shell.t("today-special"),
            (Some(Stage::Decided), _) => shell.t("today-decided"),
            (Some(Stage::Concluded), _) => shell.t("today-concluded"),
            (Some(Stage::Ready), _) => shell.t("today-ready"),
            (Some(_), _) => String::new(),
        };
        queues.push(Queue { word, state: words, task, count, lines });
    }
    due.sort_by_key(|line| line.due.as_ref().map(|due| due.days));
    Ok(TodayPage { day: this_day().to_string(), due, queues, ticks: Ticks::read(&ticks, lang), shell })
}
