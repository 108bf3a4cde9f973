//! The ledger (台账) of a unit and a month, as it is printed: what it registered, in order of the numbers, with its figures.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::case::{Flag, State as Stage};
use sanji_model::lang::Lang;
use sanji_sync::Time;
use serde_json::Value;

use super::report::{Row, row, this_month};
use super::villages::children;
use crate::command::Command;
use crate::http::answer::{list_of, named, plain};
use crate::http::form::{Faults, encode};
use crate::http::gate::Visitor;
use crate::http::shell::{self, Shell, moment};
use crate::http::{Face, filter, page};
use crate::page::PAGE_MAX;

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    shell: Shell,
    month: String,
    faults: Faults,
    unit: String,
    name: String,
    /// This unit and those below it: code and name.
    units: Vec<(String, String)>,
    figures: Row,
    lines: Vec<Line>,
    /// Whoever looks may open cases.
    opens: bool,
    next: Option<String>,
}

struct Line {
    number: String,
    guide: String,
    applicant: String,
    registered: String,
    state: String,
    due: String,
    /// The day on which it came here, if that was after the cut-off; blank otherwise.
    late_on: String,
    flags: Vec<String>,
}

pub(super) async fn ledger(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(page) => page::show_as(filter::status(&page.faults), &page),
        Err(response) => response,
    }
}

async fn read(face: &Face, visitor: &Visitor) -> Result<LedgerPage, Response> {
    let (shell, query) = (visitor.shell(), visitor.query());
    let lang = shell.tongue.lang();
    let month = query.some("month").unwrap_or_else(this_month);
    let unit = query.some("unit").unwrap_or_else(|| visitor.place.unit.clone());
    let asked = Command::Ledger {
        unit: Some(unit.clone()),
        month: month.clone(),
        after: query.some("after"),
        limit: PAGE_MAX,
    };
    let (mut faults, fields) = (Faults::default(), &[("period", "month")]);
    let ledger = filter::ask(face, visitor, asked, fields, &mut faults).await?;
    let stats = Command::Stats {
        unit: Some(unit.clone()),
        by: None,
        from: Some(month.clone()),
        to: Some(month.clone()),
    };
    let stats = filter::ask(face, visitor, stats, fields, &mut faults).await?;
    let own =
        list_of(&stats["units"]).iter().find(|one| one["unit"] == unit.as_str()).unwrap_or(&Value::Null);
    let all = page::ask(face, visitor, Command::OrgList).await?;
    let named = |unit: &Value| (plain(&unit["code"]), plain(&unit["name"]));
    let here = (visitor.place.unit.clone(), visitor.place.name.clone());
    let mut units = vec![here];
    units.extend(children(&all, &visitor.place.unit).into_iter().map(named));
    let name = list_of(&all).iter().find(|one| one["code"] == unit.as_str()).map(|one| plain(&one["name"]));
    let name = name.unwrap_or_else(|| unit.clone());
    if !units.iter().any(|(code, _)| *code == unit) {
        units.push((unit.clone(), name.clone()));
    }
    let address =
        |next: &str| format!("/ledger?{}", encode(&[("month", &month), ("unit", &unit), ("after", next)]));
    let next = ledger["next"].as_str().map(address);
    let lines = list_of(&ledger["rows"]).iter().map(|case| line(case, lang)).collect();
    let figures = row(String::new(), name.clone(), &own["figures"], &own["indicators"]);
    let opens = shell::opens(visitor, "/cases");
    Ok(LedgerPage { shell, month, faults, unit, name, units, figures, lines, next, opens })
}

fn line(case: &Value, lang: Lang) -> Line {
    Line {
        number: plain(&case["number"]),
        guide: plain(&case["guide_name"]),
        applicant: plain(&case["applicant"]),
        registered: case["registered_at"].as_u64().map(|ms| moment(Time(ms))).unwrap_or_default(),
        state: named(&case["state"], Stage::words, lang),
        due: plain(&case["due"]),
        flags: list_of(&case["flags"]).iter().map(|flag| named(flag, Flag::words, lang)).collect(),
        late_on: plain(&case["late_on"]),
    }
}
