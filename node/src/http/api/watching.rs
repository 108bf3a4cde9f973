//! Supervision for programs: cards, ratings, figures, ledgers, the month's sample.

use axum::http::{Method, StatusCode};
use sanji_model::case::Action;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::cards::may_see;
use super::super::gate::{Access, Route};
use super::super::{Face, ratings, roles};
use super::mask;
use super::operation::{Answer, Asked, Kind, Limit, Nothing, Operation, ask, get, route, write};
use super::problem::Problem;
use crate::command::Command;

const HALL: Access = Access::Roles(roles::HALL);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cards {
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ratings {
    #[serde(default)]
    unit: Option<String>,
    /// Where the loop of the rating stands.
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unit {
    /// This one when left out.
    #[serde(default)]
    unit: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Periods {
    #[serde(default)]
    unit: Option<String>,
    /// `week`, `month` or `quarter`; by month when left out.
    #[serde(default)]
    by: Option<String>,
    /// `2026-W06`, `2026-02` or `2026-Q1`, included.
    #[serde(default)]
    from: Option<String>,
    /// The same, included.
    #[serde(default)]
    to: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ledger {
    #[serde(default)]
    unit: Option<String>,
    /// `YYYY-MM`.
    month: String,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Draw {
    /// `YYYY-MM`, begun.
    month: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Seed {
    /// This one or a later one.
    year: i16,
    /// One line from a source named beforehand, such as the numbers of a lottery draw.
    seed: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Method::GET,
            "/api/v1/cards",
            Access::Roles(roles::CARDS),
            Operation::new::<Cards, Nothing>(
                "card_list",
                ("督办牌", "Cards, the latest first"),
                Answer::page(&[
                    ("id", Kind::Text),
                    ("case", Kind::Text),
                    ("level", Kind::Text),
                    ("unit", Kind::Text),
                ]),
                StatusCode::OK,
            ),
            cards,
        ),
        get::<Ratings>(
            "/api/v1/ratings",
            Access::Roles(roles::RATINGS),
            "rating_list",
            ("好差评", "Ratings, the latest first"),
            Answer::page(&[("number", Kind::Text), ("state", Kind::Text)]).hiding(mask::line),
            |asked| {
                let Ratings { unit, stage, after, limit } = asked.query;
                Command::Ratings { unit, stage, after, limit: limit.0 }
            },
        ),
        route(
            Method::GET,
            "/api/v1/ratings/{number}",
            Access::Roles(roles::RATINGS),
            Operation::plain(
                "rating_show",
                ("一件办件的评价与整改", "The rating of a case with its loop"),
                Answer::object(&[
                    ("number", Kind::Text),
                    ("guide_name", Kind::Text),
                    ("unit", Kind::Text),
                    ("rating", Kind::Object),
                    ("events", Kind::List),
                ]),
            ),
            rating,
        ),
        get::<Unit>(
            "/api/v1/counts",
            Access::Staff,
            "count_list",
            ("各列表数量", "How much each list has"),
            Answer::object(&[("unit", Kind::Text), ("cases", Kind::Object), ("disputes", Kind::Whole)]),
            |asked| Command::Counts { unit: asked.query.unit },
        ),
        get::<Periods>(
            "/api/v1/stats",
            Access::Roles(roles::FIGURES),
            "stats",
            ("统计指标", "Figures by period and unit"),
            Answer::object(&[("unit", Kind::Text), ("total", Kind::Object), ("indicators", Kind::Object)]),
            |asked| {
                let Periods { unit, by, from, to } = asked.query;
                Command::Stats { unit, by, from, to }
            },
        ),
        get::<Ledger>(
            "/api/v1/ledger",
            HALL,
            "ledger",
            ("台账", "The ledger of a unit and month"),
            Answer::page(&[("number", Kind::Text), ("state", Kind::Text)]).hiding(mask::line),
            |asked| {
                let Ledger { unit, month, after, limit } = asked.query;
                Command::Ledger { unit, month, after, limit: limit.0 }
            },
        ),
        get::<Draw>(
            "/api/v1/sample",
            Access::Roles(roles::SUPERVISION),
            "sample",
            ("抽查事项", "The items that are inspected in a month, from the seed of its year"),
            Answer::object(&[("seed", Kind::Text), ("month", Kind::Text), ("items", Kind::List)]),
            |asked| Command::Sample { month: asked.query.month },
        ),
        write::<Seed>(
            (Method::POST, "/api/v1/sample"),
            Access::Roles(roles::ADMINISTRATORS),
            "seed_publish",
            ("公布抽查种子", "Publish the seed of a year, once and for good"),
            Answer::object(&[("seed", Kind::Text), ("published_on", Kind::Text)]),
            |asked| {
                let Seed { year, seed } = asked.body;
                Command::SeedPublish { year, seed, user: asked.user }
            },
        ),
    ]
}

async fn cards(face: Face, asked: Asked<Cards>) -> Result<Value, Problem> {
    let Cards { unit, level, after, limit } = asked.query;
    if !may_see(&asked.visitor, unit.as_deref()) {
        return Err(Problem::OwnUnit);
    }
    ask(&face, Command::Cards { unit, level, after, limit: limit.0 }).await
}

/// Of the case nothing but what its rating is about: whoever calls back need not work on cases.
async fn rating(face: Face, asked: Asked) -> Result<Value, Problem> {
    let mut shown = ask(&face, Command::CaseShow { number: asked.named("number") }).await?;
    if shown["course"]["rating"].is_null() {
        return Err(Problem::NoRating);
    }
    mask::case(&mut shown);
    let is_of_rating = |event: &Value| {
        let action = event["action"].as_str().map(Action::parse);
        matches!(action, Some(Action::Known(known)) if ratings::is_of_rating(known))
    };
    let events = shown["events"].as_array_mut().map(std::mem::take).unwrap_or_default();
    Ok(json!({
        "number": shown["number"], "guide_name": shown["guide_name"], "unit": shown["unit"],
        "rating": shown["course"]["rating"], "events": events.into_iter().filter(is_of_rating).collect::<Vec<_>>(),
    }))
}
