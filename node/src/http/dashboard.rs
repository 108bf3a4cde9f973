//! Figures of a unit and those below it: shares, charts by month, and a table by unit that adds up, each number with a way
//! to the cases behind it.
//!
//! From counters only, so that it costs the same however many cases there are.

mod figures;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan as _;
use sanji_model::case::{Figure, Level, Month, RatingStage};
use sanji_model::complaint;
use sanji_model::local;
use serde_json::Value;

use self::figures::{Group, Numbers, groups, numbers};
use super::answer::{list_of, number, plain};
use super::form::Faults;
use super::gate::{Access, Route, Visitor};
use super::shell::{self, Shell};
use super::{Face, filter, form, page, roles};
use crate::chart::{self, Series};
use crate::command::Command;
use crate::run::now;

/// Months that are shown unless others are asked for.
const MONTHS: i32 = 12;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/dashboard", Access::Roles(roles::FIGURES), dashboard)]
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    shell: Shell,
    unit: String,
    name: String,
    /// Units from the top to this one's parent, as far as this node goes.
    path: Vec<(String, String)>,
    from: String,
    to: String,
    faults: Faults,
    tiles: Vec<Tile>,
    charts: Vec<Chart>,
    heads: Vec<&'static str>,
    rows: Vec<Row>,
    total: Vec<Cell>,
    cards: Vec<Count>,
    ratings: Vec<Count>,
    complaints: Vec<Count>,
}

struct Tile {
    words: String,
    value: String,
    help: String,
}

struct Chart {
    /// The class of its colours, if not the usual ones.
    class: &'static str,
    title: String,
    drawing: String,
    names: Vec<String>,
    /// A month and its values.
    rows: Vec<(String, Vec<String>)>,
}

struct Row {
    code: String,
    name: String,
    /// Whether others stand below it.
    opens: bool,
    cells: Vec<Cell>,
}

struct Cell {
    value: String,
    /// Where the cases behind it are listed; blank for none.
    href: String,
}

struct Count {
    words: &'static str,
    n: u64,
    href: String,
}

async fn dashboard(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let (query, today) = (visitor.query(), local::date(now()));
    let first = today.saturating_sub((MONTHS - 1).months());
    let mut faults = Faults::default();
    let mut asked = |name: &str, usual| {
        let typed = query.some(name).map(|text| text.parse::<Month>());
        if typed == Some(Err(())) {
            faults.add(name, visitor.shell().t("filter-month"));
        }
        typed.and_then(Result::ok).unwrap_or(Month::of(usual))
    };
    let (from, to) = (asked("from", first), asked("to", today));
    if faults.is_empty() && from > to {
        faults.add("to", visitor.shell().t("filter-months-turned"));
    }
    let unit = query.some("unit");
    let stats = Command::Stats {
        unit: unit.clone(),
        by: None,
        from: Some(from.to_string()),
        to: Some(to.to_string()),
    };
    let stats = filter::ask(&face, &visitor, stats, &[], &mut faults).await?;
    let counts =
        filter::ask(&face, &visitor, Command::Counts { unit: unit.clone() }, &[], &mut faults).await?;
    let units = page::ask(&face, &visitor, Command::OrgList).await?;
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let typed = |name: &str, month: Month| query.some(name).unwrap_or_else(|| month.to_string());
    let (from_typed, to_typed) = (typed("from", from), typed("to", to));
    let unit = stats["unit"].as_str().map_or_else(|| unit.unwrap_or_default(), str::to_owned);
    let groups = groups(&stats, list_of(&units), &unit);
    let known = |code: &str| list_of(&units).iter().find(|one| one["code"] == code);
    let name_of = |code: &str| known(code).map(|one| plain(&one["name"])).unwrap_or_default();
    let mut path = Vec::new();
    let mut at = unit.clone();
    while at != shell.unit
        && let Some(parent) = known(&at).and_then(|one| one["parent_code"].as_str())
    {
        path.insert(0, (parent.to_owned(), name_of(parent)));
        at = parent.to_owned();
    }
    let row = |group: &Group| Row {
        name: if group.own {
            shell.put("stat-own", "name", name_of(&group.unit))
        } else {
            name_of(&group.unit)
        },
        opens: !group.own && group.opens,
        cells: cells(&group.numbers, &group.unit, (from, to), &visitor),
        code: group.unit.clone(),
    };
    let count = |words, n, href| Count { words, n, href };
    let cards = Level::ALL.iter().map(|level| {
        let href = link(&visitor, "/cards", &[("unit", &unit), ("level", level.word())]);
        count(level.words().text(lang), number(&counts["cards"][level.word()]), href)
    });
    let ratings = RatingStage::ALL.iter().map(|stage| {
        let href = link(&visitor, "/ratings", &[("unit", &unit), ("stage", stage.word())]);
        count(stage.words().text(lang), number(&counts["ratings"][stage.word()]), href)
    });
    let complaints = complaint::State::ALL.iter().map(|state| {
        let href = link(&visitor, "/complaints", &[("unit", &unit), ("state", state.word())]);
        count(state.words().text(lang), number(&counts["complaints"][state.word()]), href)
    });
    let page = DashboardPage {
        name: name_of(&unit),
        path,
        from: from_typed,
        to: to_typed,
        tiles: tiles(&stats, &shell),
        charts: charts(&stats, (from, to), &shell),
        heads: COLUMNS.iter().map(|(figure, _)| figure.words().text(lang)).collect(),
        rows: groups.iter().map(row).collect(),
        total: cells(&numbers(&stats["total"]), &unit, (from, to), &visitor),
        cards: cards.collect(),
        ratings: ratings.filter(|one| one.n > 0).collect(),
        complaints: complaints.filter(|one| one.n > 0).collect(),
        unit,
        faults,
        shell,
    };
    Ok(page::show_as(filter::status(&page.faults), &page))
}

/// The columns of the table by unit, each with the list behind it: its address and what it is filtered by besides the unit.
/// A figure, with the page of its cases and that page's filter.
type Column = (Figure, (&'static str, &'static [(&'static str, &'static str)]));

const COLUMNS: &[Column] = &[
    (Figure::Registered, ("/cases", &[])),
    (Figure::Accepted, ("/cases", &[])),
    (Figure::Concluded, ("/cases", &[("state", "concluded")])),
    (Figure::Refused, ("/cases", &[("state", "refused")])),
    (Figure::Warnings, ("/cards", &[("level", "warning")])),
    (Figure::Yellows, ("/cards", &[("level", "yellow")])),
    (Figure::Reds, ("/cards", &[("level", "red")])),
    (Figure::Rated, ("/ratings", &[])),
];

fn cells(numbers: &Numbers, unit: &str, (from, to): (Month, Month), visitor: &Visitor) -> Vec<Cell> {
    let cell = |(figure, (to_list, filter)): &Column| {
        let n = figures::of(numbers, *figure);
        let months = (from.to_string(), to.to_string());
        let mut pairs = vec![("unit", unit)];
        pairs.extend(filter.iter().copied());
        // Of one month a village's own cases are its ledger.
        let href = match figure {
            Figure::Registered if from == to && unit.len() == 12 => {
                link(visitor, "/ledger", &[("unit", unit), ("month", &months.0)])
            }
            _ => link(visitor, to_list, &pairs),
        };
        Cell { value: n.to_string(), href: if n == 0 { String::new() } else { href } }
    };
    COLUMNS.iter().map(cell).collect()
}

/// Blank for whoever may not open it.
fn link(visitor: &Visitor, to: &str, pairs: &[(&str, &str)]) -> String {
    match shell::opens(visitor, to) {
        true => format!("{to}?{}", form::encode(pairs)),
        false => String::new(),
    }
}

/// A share as an answer has it.
fn share(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn tiles(stats: &Value, shell: &Shell) -> Vec<Tile> {
    let registered = plain(&stats["total"][Figure::Registered.word()]);
    let all = Tile {
        words: Figure::Registered.words().text(shell.tongue.lang()).to_owned(),
        value: if registered.is_empty() { "0".to_owned() } else { registered },
        help: shell.t("stat-in-range"),
    };
    let shares = [
        ("on_time", "stat-on-time", "stat-on-time-help"),
        ("on_the_spot", "stat-on-the-spot", "stat-on-the-spot-help"),
        ("speed_up", "stat-speed-up", "stat-speed-up-help"),
        ("good_rating", "stat-good", "stat-good-help"),
        ("rectified", "stat-rectified", "stat-rectified-help"),
        ("called_back", "stat-called-back", "stat-called-back-help"),
    ];
    let tile = |(key, words, help): (&str, &str, &str)| Tile {
        words: shell.t(words),
        value: share(&stats["indicators"][key]).map_or_else(|| "–".to_owned(), |n| format!("{n}%")),
        help: shell.t(help),
    };
    std::iter::once(all).chain(shares.into_iter().map(tile)).collect()
}

fn charts(stats: &Value, range: (Month, Month), shell: &Shell) -> Vec<Chart> {
    let months = figures::months(range);
    let labels: Vec<String> = months.iter().map(Month::to_string).collect();
    let known: BTreeMap<&str, &Value> =
        list_of(&stats["periods"]).iter().filter_map(|one| Some((one["period"].as_str()?, one))).collect();
    let lang = shell.tongue.lang();
    let of = |value: &dyn Fn(&Value) -> Option<f64>, missing: Option<f64>| -> Vec<Option<f64>> {
        labels.iter().map(|month| known.get(month.as_str()).map_or(missing, |one| value(one))).collect()
    };
    let counted = |figures: &[Figure]| -> Vec<Series> {
        let series = figures.iter().map(|figure| Series {
            name: figure.words().text(lang).to_owned(),
            values: of(&|one| Some(one["figures"][figure.word()].as_i64().unwrap_or(0) as f64), Some(0.0)),
        });
        series.collect()
    };
    let shares = |keys: &[(&str, &str)]| -> Vec<Series> {
        let series = keys.iter().map(|(key, words)| Series {
            name: shell.t(words),
            values: of(&|one| share(&one["indicators"][*key]), None),
        });
        series.collect()
    };
    let drawn = |form, key: &str, series: Vec<Series>, full| {
        let title = shell.t(key);
        let value = |value: &Option<f64>| match (value, full) {
            (Some(value), Some(_)) => format!("{value}%"),
            (Some(value), None) => value.to_string(),
            (None, _) => "–".to_owned(),
        };
        let row = |(at, month): (usize, &String)| {
            (month.clone(), series.iter().map(|one| value(&one.values[at])).collect())
        };
        Chart {
            class: if key == "stat-cards" { "levels" } else { "" },
            drawing: chart::svg(form, &title, &labels, &series, full).unwrap_or_default(),
            names: series.iter().map(|one| one.name.clone()).collect(),
            rows: labels.iter().enumerate().map(row).collect(),
            title,
        }
    };
    vec![
        drawn(
            chart::Form::Bars,
            "stat-volumes",
            counted(&[Figure::Registered, Figure::Accepted, Figure::Concluded]),
            None,
        ),
        drawn(
            chart::Form::Lines,
            "stat-pace",
            shares(&[
                ("on_time", "stat-on-time"),
                ("on_the_spot", "stat-on-the-spot"),
                ("speed_up", "stat-speed-up"),
            ]),
            Some(100.0),
        ),
        drawn(
            chart::Form::Lines,
            "stat-ratings",
            shares(&[
                ("good_rating", "stat-good"),
                ("rectified", "stat-rectified"),
                ("called_back", "stat-called-back"),
            ]),
            Some(100.0),
        ),
        drawn(
            chart::Form::Bars,
            "stat-cards",
            counted(&[Figure::Warnings, Figure::Yellows, Figure::Reds]),
            None,
        ),
    ]
}
