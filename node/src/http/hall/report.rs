//! The report of a month: a row for this unit itself and for each unit right below, which add up to the whole; to print, and
//! as CSV for spreadsheets.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sanji_model::case::{Figure, Month};
use sanji_model::local;
use serde_json::Value;

use super::villages::children;
use crate::command::Command;
use crate::http::answer::{list_of, plain};
use crate::http::form::Faults;
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::{Face, filter, page};
use crate::run::now;

/// What is counted, a column each.
pub(super) const FIGURES: &[Figure] = &[
    Figure::Registered,
    Figure::Received,
    Figure::Accepted,
    Figure::Tolerated,
    Figure::Committed,
    Figure::OnTheSpot,
    Figure::Refused,
    Figure::Returned,
    Figure::Withdrawn,
    Figure::Concluded,
    Figure::OnTime,
];

/// The shares as the machine names them, a column each.
const SHARES: &[&str] = &["on_time", "on_the_spot", "one_trip", "speed_up", "good_rating"];

/// A unit with its figures and shares.
pub(super) struct Row {
    pub code: String,
    pub name: String,
    pub figures: Vec<i64>,
    /// In percent; a dash where there is nothing to take a share of.
    pub shares: Vec<String>,
}

pub(super) fn row(code: String, name: String, figures: &Value, shares: &Value) -> Row {
    Row {
        code,
        name,
        figures: FIGURES.iter().map(|figure| figures[figure.word()].as_i64().unwrap_or(0)).collect(),
        shares: SHARES
            .iter()
            .map(|share| shares[*share].as_f64().map_or_else(|| "–".to_owned(), |n| format!("{n:.1}")))
            .collect(),
    }
}

pub(super) fn this_month() -> String {
    Month::of(local::date(now())).to_string()
}

/// The names of the columns.
pub(super) fn heads(shell: &Shell) -> (Vec<&'static str>, Vec<String>) {
    let figures = FIGURES.iter().map(|figure| figure.words().text(shell.tongue.lang()));
    let shares =
        SHARES.iter().map(|share| shell.t(&format!("{}{}", "report-share-", share.replace('_', "-"))));
    (figures.collect(), shares.collect())
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    shell: Shell,
    month: String,
    faults: Faults,
    figures: Vec<&'static str>,
    shares: Vec<String>,
    rows: Vec<Row>,
    total: Row,
}

pub(super) async fn report(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Ok(page) => page::show_as(filter::status(&page.faults), &page),
        Err(response) => response,
    }
}

pub(super) async fn csv(State(face): State<Face>, visitor: Visitor) -> Response {
    match read(&face, &visitor).await {
        Err(response) => response,
        Ok(page) if !page.faults.is_empty() => page::show_as(filter::status(&page.faults), &page),
        Ok(page) => {
            let name = format!("attachment; filename=\"report-{}-{}.csv\"", visitor.place.unit, page.month);
            let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
            ([kind, (header::CONTENT_DISPOSITION, name)], written(&page)).into_response()
        }
    }
}

async fn read(face: &Face, visitor: &Visitor) -> Result<ReportPage, Response> {
    let shell = visitor.shell();
    let month = visitor.query().some("month").unwrap_or_else(this_month);
    let stats = |unit: &str| Command::Stats {
        unit: Some(unit.to_owned()),
        by: None,
        from: Some(month.clone()),
        to: Some(month.clone()),
    };
    let here = visitor.place.unit.as_str();
    let mut faults = Faults::default();
    let whole = filter::ask(face, visitor, stats(here), &[("period", "month")], &mut faults).await?;
    let own = list_of(&whole["units"]).iter().find(|one| one["unit"] == here).unwrap_or(&Value::Null);
    let own = row(here.to_owned(), visitor.place.name.clone(), &own["figures"], &own["indicators"]);
    let units = page::ask(face, visitor, Command::OrgList).await?;
    let mut rows = vec![own];
    for unit in children(&units, here).into_iter().filter(|_| faults.is_empty()) {
        let (code, name) = (plain(&unit["code"]), plain(&unit["name"]));
        let below = page::ask(face, visitor, stats(&code)).await?;
        rows.push(row(code, name, &below["total"], &below["indicators"]));
    }
    let total = row(here.to_owned(), shell.t("report-total"), &whole["total"], &whole["indicators"]);
    let (figures, shares) = heads(&shell);
    Ok(ReportPage { shell, month, faults, figures, shares, rows, total })
}

/// The rows as CSV, with the mark by which spreadsheets know UTF-8.
fn written(page: &ReportPage) -> String {
    let line = |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
    let unit = [page.shell.t("report-code"), page.shell.t("unit")];
    let heads = unit.into_iter().chain(page.figures.iter().map(|&head| head.to_owned()));
    let heads = line(heads.chain(page.shares.iter().cloned()).collect());
    let of = |row: &Row| {
        let unit = [row.code.clone(), row.name.clone()].into_iter();
        let cells = unit.chain(row.figures.iter().map(i64::to_string)).chain(row.shares.iter().cloned());
        line(cells.collect())
    };
    let rows = page.rows.iter().chain([&page.total]).map(of);
    let lines: Vec<String> = std::iter::once(heads).chain(rows).collect();
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}

/// A cell; one that a spreadsheet would reckon as a formula is made a text.
fn quoted(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_a_cell_for_every_column() {
        let row =
            row("640202001".into(), "镇".into(), &json!({ "accepted": 3 }), &json!({ "on_time": 66.7 }));
        assert_eq!((row.figures.len(), row.shares.len()), (FIGURES.len(), SHARES.len()));
        assert_eq!((row.figures[2], row.shares[0].as_str(), row.shares[1].as_str()), (3, "66.7", "–"));
    }

    #[test]
    fn cells_are_quoted_where_a_spreadsheet_would_misread_them() {
        let cells = ["东村", "a,b", "say \"x\"", "=1+1"].map(quoted);
        assert_eq!(cells, ["东村", "\"a,b\"", "\"say \"\"x\"\"\"", "'=1+1"]);
    }
}
