//! The notice board (公告栏): suspended and new guides, lists in force, and what was concluded, without names of people.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use sanji_model::case::{CaseRow, State as CaseState};
use sanji_model::guide::{GuideRow, GuideState};
use sanji_model::list::ListKind;
use sanji_model::local;
use serde::Deserialize as _;
use serde_json::Value;

use super::gate::{Access, Route, Visitor};
use super::organisation::Units;
use super::shell::{Shell, moment};
use super::{Face, page, paging};
use crate::command::Command;
use crate::run::now;

/// Days for which a guide is new, and cases of each outcome that are shown.
const NEW_DAYS: i32 = 30;
const CONCLUDED: usize = 10;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/notices", Access::Public, notices)]
}

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesPage {
    shell: Shell,
    stopped: Vec<Guide>,
    fresh: Vec<Guide>,
    lists: Vec<List>,
    concluded: Vec<Concluded>,
}

struct Guide {
    id: String,
    name: String,
    state: &'static str,
    version: u32,
    from: String,
}

struct List {
    kind: String,
    name: String,
    document: String,
    from: String,
    items: u64,
}

struct Concluded {
    ending: String,
    guide: String,
    applicant: String,
    unit: String,
    state: &'static str,
    registered: String,
}

async fn notices(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(board) => page::show(&board),
        Err(response) => response,
    }
}

async fn read(face: &Face, visitor: &Visitor) -> Result<NoticesPage, Response> {
    let shell = visitor.shell();
    let today = local::date(now());
    let guides = page::ask(face, visitor, Command::GuideList).await?;
    let guides: Vec<GuideRow> = Vec::deserialize(&guides).unwrap_or_default();
    let (mut stopped, mut fresh) = (Vec::new(), Vec::new());
    for row in guides {
        let Some(version) = row.version else { continue };
        let part = match row.state {
            GuideState::Suspended | GuideState::Abolished => &mut stopped,
            GuideState::Published | GuideState::InForce if is_new(row.effective_on, today) => &mut fresh,
            _ => continue,
        };
        part.push(Guide {
            id: row.id.to_string(),
            name: row.name,
            state: row.state.words().text(shell.tongue.lang()),
            version,
            from: row.effective_on.map(|day| day.to_string()).unwrap_or_default(),
        });
    }
    fresh.sort_by(|a, b| b.from.cmp(&a.from));
    let mut lists = Vec::new();
    for bundles in [false, true] {
        let rows = page::ask(face, visitor, Command::ListList { bundles }).await?;
        let in_force = rows.as_array().into_iter().flatten();
        let in_force = in_force.filter(|row| row["state"] == GuideState::InForce.word());
        lists.extend(in_force.map(|row| list(row, &shell)));
    }
    let units = Units::ask(face, visitor).await?;
    let mut cases = Vec::new();
    for state in [CaseState::Concluded, CaseState::Ready, CaseState::Delivered] {
        let command = Command::CaseList {
            state: Some(state.word().to_owned()),
            unit: None,
            due_before: None,
            after: None,
            limit: CONCLUDED,
        };
        cases.extend(paging::rows::<CaseRow>(&page::ask(face, visitor, command).await?));
    }
    cases.sort_by_key(|row| std::cmp::Reverse(row.registered_at));
    let concluded = cases.into_iter().map(|row| concluded(row, &units, &shell)).collect();
    Ok(NoticesPage { shell, stopped, fresh, lists, concluded })
}

/// Since at most a month ago, or still to come.
fn is_new(effective_on: Option<Date>, today: Date) -> bool {
    let begin = today.checked_sub(NEW_DAYS.days()).unwrap_or(today);
    effective_on.is_some_and(|day| day >= begin)
}

fn list(row: &Value, shell: &Shell) -> List {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let kind = text("kind").parse::<ListKind>();
    List {
        kind: kind.map_or_else(|_| text("kind"), |kind| kind.words().text(shell.tongue.lang()).to_owned()),
        name: text("name"),
        document: text("document"),
        from: text("effective_on"),
        items: row["items"].as_u64().unwrap_or(0),
    }
}

fn concluded(row: CaseRow, units: &Units, shell: &Shell) -> Concluded {
    Concluded {
        ending: paging::ending(row.number.as_str()),
        guide: row.guide_name,
        applicant: row.applicant,
        unit: units.name(&row.unit),
        state: row.state.words().text(shell.tongue.lang()),
        registered: row.registered_at.map(moment).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_is_new_for_a_month_and_before_it_holds() {
        let today = Date::constant(2026, 11, 29);
        assert!(is_new(Some(Date::constant(2026, 10, 30)), today));
        assert!(is_new(Some(Date::constant(2027, 1, 1)), today));
        assert!(!is_new(Some(Date::constant(2026, 10, 29)), today) && !is_new(None, today));
    }
}
