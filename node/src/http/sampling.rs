//! The month's draw (抽查): which items are inspected, from a published seed, and how anyone draws them again.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::local;

use super::form::Faults;
use super::gate::{Access, Route, Visitor};
use super::shell::Shell;
use super::{Face, filter, page, roles};
use crate::command::Command;
use crate::run::now;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/sampling", Access::Roles(roles::SUPERVISION), sampling)]
}

#[derive(Template)]
#[template(path = "sampling.html")]
struct SamplingPage {
    shell: Shell,
    month: String,
    year: String,
    seed: String,
    faults: Faults,
    drawn: Option<Drawn>,
}

struct Drawn {
    of: u64,
    /// Code and name.
    items: Vec<(String, String)>,
}

async fn sampling(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let (query, shell) = (visitor.query(), visitor.shell());
    let month = query.some("month").unwrap_or_else(|| local::date(now()).strftime("%Y-%m").to_string());
    let seed = query.get("seed").to_owned();
    let (mut faults, mut drawn) = (Faults::default(), None);
    if !seed.is_empty() {
        let command = Command::Sample { seed: seed.clone(), month: month.clone() };
        let answer = filter::ask(&face, &visitor, command, &[], &mut faults).await?;
        drawn = faults.is_empty().then(|| read(&answer));
    } else if query.has("seed") {
        faults.add("seed", shell.t("sampling-seed-missing"));
    }
    let year = month.split('-').next().unwrap_or_default().to_owned();
    let page = SamplingPage { shell, month, year, seed, faults, drawn };
    Ok(page::show_as(filter::status(&page.faults), &page))
}

fn read(answer: &serde_json::Value) -> Drawn {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let items = answer["items"].as_array().into_iter().flatten();
    Drawn {
        of: answer["of"].as_u64().unwrap_or(0),
        items: items.map(|item| (text(&item["code"]), text(&item["name"]))).collect(),
    }
}
