//! The month's draw (抽查): which items are inspected, from the seed of the year, and how anyone draws them again.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::lang::Say as _;
use sanji_model::local;
use serde_json::Value;

use super::answer::{list_of, text};
use super::form::{Faults, Posted, encode};
use super::gate::{Access, Route, Visitor};
use super::once::AGAIN;
use super::shell::Shell;
use super::{Face, filter, once, page, roles};
use crate::command::Command;
use crate::run::now;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sampling", Access::Roles(roles::SUPERVISION), sampling),
        Route::post("/sampling", Access::Roles(roles::ADMINISTRATORS), publish),
    ]
}

#[derive(Template)]
#[template(path = "sampling.html")]
struct SamplingPage {
    shell: Shell,
    month: String,
    year: String,
    /// As it was typed.
    seed: String,
    faults: Faults,
    /// Why nothing is drawn.
    waits: String,
    /// Whether whoever looks may publish a seed, and none stands.
    publishes: bool,
    drawn: Option<Drawn>,
    /// What was just done, in words.
    done: String,
}

struct Drawn {
    seed: String,
    published_on: String,
    of: String,
    /// Code and name.
    items: Vec<(String, String)>,
    /// Month, items in force, how many were drawn.
    months: Vec<(String, String, usize)>,
}

async fn sampling(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let query = visitor.query();
    let month = query.some("month").unwrap_or_else(|| local::date(now()).strftime("%Y-%m").to_string());
    shown(&face, &visitor, month, String::new(), Faults::default()).await
}

async fn publish(State(face): State<Face>, visitor: Visitor, posted: Posted) -> Result<Response, Response> {
    let posted = posted.0;
    let month = posted.get("month").to_owned();
    let seed = posted.raw("seed").to_owned();
    let year = month.split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default();
    // It cannot be undone.
    if posted.get("sure") != "yes" {
        let faults = Faults::one("sure", visitor.shell().t("sampling-unsure"));
        return shown(&face, &visitor, month, seed, faults).await;
    }
    let command = Command::SeedPublish { year, seed: seed.clone(), user: visitor.user() };
    match once::attempt(&face, &visitor, &posted, command).await? {
        Ok(said) => {
            let to = format!("/sampling?{}", encode(&[("month", &month)]));
            Ok(page::done(&face, &visitor, &to, said.deed("published")))
        }
        Err(refusal) => {
            let faults = Faults::one("seed", refusal.text(visitor.tongue.lang()));
            shown(&face, &visitor, month, seed, faults).await
        }
    }
}

/// The draw of a month, or why there is none; `faults` are those of a seed.
async fn shown(
    face: &Face,
    visitor: &Visitor,
    month: String,
    seed: String,
    mut faults: Faults,
) -> Result<Response, Response> {
    let (mut waits, mut publishes, mut drawn) = (String::new(), false, None);
    match page::attempt(face, visitor, Command::Sample { month: month.clone() }).await? {
        Ok(answer) => drawn = Some(read(&answer)),
        Err(refusal) if matches!(refusal.code(), "SAMPLE_NO_SEED" | "SAMPLE_NOT_COUNTY") => {
            let administers = visitor.person.as_ref().is_some_and(|p| p.is_one_of(roles::ADMINISTRATORS));
            publishes = refusal.code() == "SAMPLE_NO_SEED" && administers;
            waits = refusal.text(visitor.tongue.lang());
        }
        Err(refusal) => faults.add("month", refusal.text(visitor.tongue.lang())),
    }
    let year = month.split('-').next().unwrap_or_default().to_owned();
    let shell = visitor.shell();
    let done = match visitor.done.as_deref() {
        Some(AGAIN) => shell.t("form-again"),
        Some(_) => shell.t("sampling-done"),
        None => String::new(),
    };
    let page = SamplingPage { shell, month, year, seed, faults, waits, publishes, drawn, done };
    Ok(page::show_as(filter::status(&page.faults), &page))
}

fn read(answer: &Value) -> Drawn {
    let items = list_of(&answer["items"]).iter();
    let months = list_of(&answer["months"]).iter();
    Drawn {
        seed: text(&answer["seed"]),
        published_on: text(&answer["published_on"]),
        of: text(&answer["of"]),
        items: items.map(|item| (text(&item["code"]), text(&item["name"]))).collect(),
        months: months
            .map(|line| (text(&line["month"]), text(&line["of"]), list_of(&line["codes"]).len()))
            .collect(),
    }
}
