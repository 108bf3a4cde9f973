//! Guides for programs: what is in force for everybody with a token, drafts and their life for whoever works on guides.

use axum::http::{Method, StatusCode};
use sanji_model::guide::GuideState;
use sanji_model::refusal::Refusal as Rule;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::operation::{
    Answer, Asked, Fields, Kind, Limit, Nothing, Operation, Summary, Walk, ask, get, list, route, short,
    walks, write,
};
use super::problem::Problem;
use crate::command::Command;
use crate::refusal::Refusal;

const GUIDES: Access = Access::Roles(roles::GUIDES);

const ROW: Fields =
    &[("id", Kind::Text), ("name", Kind::Text), ("state", Kind::Text), ("version", Kind::MaybeWhole)];
const GUIDE: Fields =
    &[("id", Kind::Text), ("state", Kind::Text), ("version", Kind::MaybeWhole), ("readable", Kind::Object)];
const DRAFT: Fields = &[("id", Kind::Text), ("name", Kind::Text)];
const FINDING: Fields = &[("code", Kind::Text), ("severity", Kind::Text), ("element", Kind::Text)];
const REPORT: Fields = &[("guides", Kind::List), ("problems", Kind::List)];
const CORRECTION: Fields = &[("id", Kind::Text), ("state", Kind::Text)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Words that all occur.
    text: String,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Version {
    /// That which is in force when left out.
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Both {
    /// The number of a version, or `draft`.
    a: String,
    b: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfGuide {
    #[serde(default)]
    guide: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

walks!(OfGuide);

/// A file of guides or lists.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileText {
    /// What is in it.
    pub text: String,
    /// What problems call it.
    #[serde(default = "unnamed")]
    pub file: String,
}

fn unnamed() -> String {
    "api".to_owned()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// An element of the guide, such as `accept_condition`.
    field: String,
    /// Blank to remove it.
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    field: String,
    /// The number that the draft gives the text.
    choice: usize,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `sign`, `submit`, `return`, `approve` or `publish`.
    step: String,
    /// Of a publication, `YYYY-MM-DD`; today when left out.
    #[serde(default)]
    effective: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    /// `suspend`, `resume` or `abolish`.
    what: String,
    /// `YYYY-MM-DD`; at once when left out.
    #[serde(default)]
    effective: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Correction {
    #[serde(default)]
    element: Option<String>,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CorrectionAnswer {
    outcome: String,
    text: String,
}

pub(super) fn routes() -> Vec<Route> {
    [published(), drafts(), corrections()].into_iter().flatten().collect()
}

fn published() -> Vec<Route> {
    vec![
        list::<Walk>(
            "/api/v1/guides",
            Access::Staff,
            "guide_list",
            ("有效指南", "Guides in force"),
            ROW,
            name,
            is_in_force,
            |_| Command::GuideList,
        ),
        short::<Search>(
            "/api/v1/guides/search",
            Access::Staff,
            "guide_search",
            ("检索有效指南", "Find guides in force"),
            Answer::page(ROW),
            |asked| Command::GuideSearch { text: asked.query.text, all: false, limit: asked.query.limit.0 },
        ),
        show("/api/v1/guides/{id}", Access::Staff, "guide_show", ("指南内容", "A guide as published"), true),
        get::<Nothing>(
            "/api/v1/guides/{id}/rollout",
            Access::Roles(roles::ROLLOUT),
            "guide_rollout",
            ("各级持有情况", "Which unit holds which version"),
            Answer::object(&[("id", Kind::Text), ("versions", Kind::List)]),
            |asked| Command::GuideRollout { id: asked.named("id") },
        ),
        write::<Stop>(
            (Method::POST, "/api/v1/guides/{id}/stops"),
            GUIDES,
            "guide_stop",
            ("暂停、恢复或废止", "Suspend, resume or abolish"),
            Answer::object(DRAFT),
            |asked| {
                let (id, user, Stop { what, effective, reason }) =
                    (asked.named("id"), asked.user, asked.body);
                Command::GuideStop { id, what, effective, reason, user }
            },
        ),
    ]
}

fn drafts() -> Vec<Route> {
    vec![
        list::<Walk>(
            "/api/v1/drafts",
            GUIDES,
            "draft_list",
            ("全部草稿与版本", "All drafts and versions"),
            ROW,
            name,
            |_| true,
            |_| Command::GuideList,
        ),
        write::<FileText>(
            (Method::POST, "/api/v1/drafts"),
            GUIDES,
            "draft_import",
            ("导入指南", "Take in guides, JSON lines"),
            Answer::object(REPORT),
            |asked| Command::GuideImport { text: asked.body.text, file: asked.body.file, user: asked.user },
        )
        .for_files(),
        short::<Search>(
            "/api/v1/drafts/search",
            GUIDES,
            "draft_search",
            ("检索全部指南", "Find drafts and all versions"),
            Answer::page(ROW),
            |asked| Command::GuideSearch { text: asked.query.text, all: true, limit: asked.query.limit.0 },
        ),
        show(
            "/api/v1/drafts/{id}",
            GUIDES,
            "draft_show",
            ("草稿与办理过程", "A guide with its draft and life"),
            false,
        ),
        short::<Nothing>(
            "/api/v1/drafts/{id}/check",
            GUIDES,
            "draft_check",
            ("完整性与规范检查", "What is missing or wrong"),
            Answer::page(FINDING),
            |asked| Command::GuideCheck { id: asked.named("id") },
        ),
        short::<Both>(
            "/api/v1/drafts/{id}/diff",
            GUIDES,
            "draft_diff",
            ("两个版本的差异", "Two texts of a guide compared"),
            Answer::page(&[]),
            |asked| Command::GuideDiff { id: asked.named("id"), a: asked.query.a, b: asked.query.b },
        ),
        write::<Edit>(
            (Method::POST, "/api/v1/drafts/{id}/edits"),
            GUIDES,
            "draft_edit",
            ("填写一个要素", "Set one field"),
            Answer::object(DRAFT),
            |asked| {
                let (id, user, Edit { field, text }) = (asked.named("id"), asked.user, asked.body);
                Command::GuideEdit { id, field, text, user }
            },
        ),
        write::<Choice>(
            (Method::POST, "/api/v1/drafts/{id}/choices"),
            GUIDES,
            "draft_choose",
            ("选定两处不同的内容", "Settle a field that was edited in two places"),
            Answer::object(DRAFT),
            |asked| {
                let (id, user, Choice { field, choice }) = (asked.named("id"), asked.user, asked.body);
                Command::GuideChoose { id, field, choice, user }
            },
        ),
        write::<Step>(
            (Method::POST, "/api/v1/drafts/{id}/steps"),
            GUIDES,
            "draft_step",
            ("签署、送审、退回、审定、发布", "Sign, submit, return, approve, publish"),
            Answer::object(DRAFT),
            |asked| {
                let (id, user, Step { step, effective, reason }) =
                    (asked.named("id"), asked.user, asked.body);
                Command::GuideStep { id, step, effective, reason, user }
            },
        ),
    ]
}

fn corrections() -> Vec<Route> {
    vec![
        list::<OfGuide>(
            "/api/v1/corrections",
            Access::Staff,
            "correction_list",
            ("纠错请求", "Requests for correction"),
            CORRECTION,
            |row| super::text(&row["id"]),
            |_| true,
            |asked| Command::GuideCorrections { id: asked.query.guide.clone() },
        ),
        write::<Correction>(
            (Method::POST, "/api/v1/guides/{id}/corrections"),
            Access::Staff,
            "correction_new",
            ("提出纠错", "Ask for a correction"),
            Answer::object(&[("id", Kind::Text)]),
            |asked| {
                let (id, user, Correction { element, text }) = (asked.named("id"), asked.user, asked.body);
                Command::GuideCorrect { id, element, text, user }
            },
        ),
        write::<CorrectionAnswer>(
            (Method::POST, "/api/v1/corrections/{id}/answer"),
            GUIDES,
            "correction_answer",
            ("答复纠错", "Answer a request for correction"),
            Answer::object(&[("id", Kind::Text)]),
            |asked| {
                let (id, user, CorrectionAnswer { outcome, text }) =
                    (asked.named("id"), asked.user, asked.body);
                Command::GuideAnswer { id, outcome, text, user }
            },
        ),
    ]
}

/// A draft and each version have a row with one id.
fn name(row: &Value) -> String {
    match row["version"].as_u64() {
        Some(version) => format!("{}:{version}", super::text(&row["id"])),
        None => super::text(&row["id"]),
    }
}

fn is_in_force(row: &Value) -> bool {
    row["state"] == GuideState::InForce.word()
}

/// What was never published is on no page for everybody.
fn show(path: &'static str, access: Access, id: &'static str, words: Summary, published: bool) -> Route {
    let operation = Operation::new::<Version, Nothing>(id, words, Answer::object(GUIDE), StatusCode::OK);
    route(Method::GET, path, access, operation, move |face, asked: Asked<Version>| async move {
        let guide = asked.named("id");
        let mut shown =
            ask(&face, Command::GuideShow { id: guide.clone(), version: asked.query.version }).await?;
        if published && shown["published"].is_null() {
            return Err(Problem::from(Refusal::Rule(Rule::GuideNotPublished { guide })));
        }
        if let Some(shown) = shown.as_object_mut().filter(|_| published) {
            shown.remove("life");
            shown.remove("conflicts");
        }
        Ok(shown)
    })
}
