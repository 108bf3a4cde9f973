//! The pages of guides: the list with its search, the full and the short edition, and the rollout of a guide.
//!
//! Drafts are on no page: these are for everybody who comes to the counter. No page needs script.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use sanji_model::guide::GuideState;
use sanji_model::guide::search::Place;
use sanji_model::lang::{Lang, Say as _};
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use serde_json::Value;

use super::answer::{list_of, text};
use super::gate::{Access, Route, Visitor};
use super::map::{Legend, Town, map};
use super::shell::Shell;
use super::status::time;
use super::{Face, filter, page, roles, stopping};
use crate::command::Command;
use crate::edition::{self, Links, STYLE, TextLang, Wanted, encoded};
use crate::refusal::Refusal;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/guides", Access::Public, list),
        Route::get("/guides/{id}", Access::Public, full),
        Route::get("/guides/{id}/short", Access::Public, short),
        Route::get("/guides/{id}/rollout", Access::Roles(roles::ROLLOUT), rollout),
    ]
}

/// Guides on one page of the list.
const LISTED: usize = 100;

#[derive(Template)]
#[template(path = "guides.html")]
struct ListPage {
    shell: Shell,
    query: String,
    guides: Vec<Line>,
    /// Why there is no answer.
    refused: Option<String>,
    /// More are there than are listed.
    more: bool,
    /// The person takes cases at a counter.
    can_start: bool,
}

struct Line {
    id: String,
    name: String,
    code: String,
    version: String,
    effective_on: String,
    found_in: Option<String>,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Response {
    let (lang, query) = (visitor.tongue.lang(), visitor.query().get("q").to_owned());
    let command = match query.as_str() {
        "" => Command::GuideList,
        text => Command::GuideSearch { text: text.to_owned(), all: false, limit: LISTED + 1 },
    };
    let (found, refused) = match face.asker.ask(command).await {
        None => return stopping(),
        Some(Ok(found)) => (found, None),
        Some(Err(refusal)) => (Value::Null, Some(refusal.text(lang))),
    };
    let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
    let in_force = rows.iter().filter(|row| row["state"] == GuideState::InForce.word());
    let mut guides: Vec<Line> = in_force.take(LISTED + 1).map(|row| line(row, lang)).collect();
    let more = guides.len() > LISTED;
    guides.truncate(LISTED);
    let can_start = visitor.may(Access::Roles(roles::COUNTER));
    page::show(&ListPage { shell: visitor.shell(), query, guides, refused, more, can_start })
}

fn line(row: &Value, lang: Lang) -> Line {
    let found_in = row["found_in"].as_str().map(|word| {
        word.parse::<Place>().map_or_else(|_| word.to_owned(), |place| place.words().text(lang).to_owned())
    });
    Line {
        id: text(&row["id"]),
        name: text(&row["name"]),
        code: text(&row["code"]),
        version: text(&row["version"]),
        effective_on: text(&row["effective_on"]),
        found_in,
    }
}

async fn full(state: State<Face>, visitor: Visitor, id: Path<String>, headers: HeaderMap) -> Response {
    edition(false, state, visitor, id, headers).await
}

async fn short(state: State<Face>, visitor: Visitor, id: Path<String>, headers: HeaderMap) -> Response {
    edition(true, state, visitor, id, headers).await
}

async fn edition(
    short: bool,
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let lang = visitor.tongue.lang();
    let Ok(version) = filter::version(&visitor) else { return filter::no_version(&visitor) };
    let command = Command::GuideShow { id: id.clone(), version };
    match page::ask(&face, &visitor, command).await {
        Err(response) => response,
        Ok(answer) if answer["published"].is_null() => {
            page::refusal_page(&visitor, &Refusal::Rule(Rule::GuideNotPublished { guide: id }))
        }
        Ok(answer) => {
            let text = TextLang::parse(visitor.query().get("text")).unwrap_or_default();
            let links = Links {
                start: visitor.may(Access::Roles(roles::COUNTER)),
                rollout: visitor.may(Access::Roles(roles::ROLLOUT)),
                correct: visitor.may(Access::Staff),
            };
            let wanted = Wanted { short, lang, text, base: base(&headers), links: Some(links) };
            match edition::render(&answer, &wanted) {
                Ok(html) => (headers_of_page(), Html(html)).into_response(),
                Err(error) => {
                    tracing::error!(%error, "a guide's page does not render");
                    StatusCode::INTERNAL_SERVER_ERROR.into_response()
                }
            }
        }
    }
}

#[derive(Template)]
#[template(path = "rollout.html")]
struct RolloutPage {
    shell: Shell,
    zh: bool,
    id: String,
    name: String,
    towns: Vec<Town>,
    legend: Vec<Legend>,
    versions: Vec<Version>,
}

struct Version {
    number: String,
    effective_on: String,
    published_at: String,
    hold: u64,
    units: u64,
    /// Tier, name, code, and in words why not.
    missing: Vec<[String; 4]>,
    /// Tier, name, code, and since when.
    holding: Vec<[String; 4]>,
}

async fn rollout(State(face): State<Face>, visitor: Visitor, Path(id): Path<String>) -> Response {
    let lang = visitor.tongue.lang();
    match page::ask(&face, &visitor, Command::GuideRollout { id }).await {
        Err(response) => response,
        Ok(answer) => {
            let versions =
                list_of(&answer["versions"]).iter().rev().map(|version| read_version(version, lang));
            let shell = visitor.shell();
            let (towns, legend) = map(list_of(&answer["units"]), &shell);
            page::show(&RolloutPage {
                shell,
                towns,
                legend,
                zh: lang == Lang::Zh,
                id: encoded(&text(&answer["id"])),
                name: text(&answer["name"]),
                versions: versions.collect(),
            })
        }
    }
}

fn read_version(version: &Value, lang: Lang) -> Version {
    let unit = |unit: &Value, last: String| {
        let tier = match unit["tier"].as_str().map(str::parse::<Tier>) {
            Some(Ok(tier)) => tier.words().text(lang).to_owned(),
            Some(Err(_)) | None => text(&unit["tier"]),
        };
        [tier, text(&unit["name"]), text(&unit["unit"]), last]
    };
    let (holding, missing) = (list_of(&version["holding"]), list_of(&version["missing"]));
    Version {
        number: text(&version["version"]),
        effective_on: text(&version["effective_on"]),
        published_at: time(&version["published_at"]),
        hold: holding.len() as u64,
        units: (holding.len() + missing.len()) as u64,
        missing: missing.iter().map(|u| unit(u, lacks(&u["state"], lang).to_owned())).collect(),
        holding: holding.iter().map(|u| unit(u, time(&u["since"]))).collect(),
    }
}

/// Why a unit does not hold a version.
fn lacks(state: &Value, lang: Lang) -> &'static str {
    match (state.as_str(), lang) {
        (Some("no_node"), Lang::Zh) => "尚未入网",
        (Some("no_node"), Lang::En) => "no node",
        (Some("behind"), Lang::Zh) => "只有旧版",
        (Some("behind"), Lang::En) => "an older version",
        (_, Lang::Zh) => "未收到",
        (_, Lang::En) => "nothing yet",
    }
}

/// As the reader's browser calls this node: where a telephone finds it, too. Nothing but a name and a port gets through.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let plain = host.len() <= 255 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b));
    format!("http://{}", if plain && !host.is_empty() { host } else { "localhost" })
}

/// The editions' style stands in the page, and no other may.
static POLICY: LazyLock<String> = LazyLock::new(|| page::policy_of(STYLE));

fn headers_of_page() -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ]
}
