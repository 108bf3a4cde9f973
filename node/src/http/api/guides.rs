//! Guides for programs: what is in force for everybody with a token, drafts and their life for whoever works on guides.

use axum::http::{Method, StatusCode};
use data_encoding::BASE64;
use sanji_model::guide::GuideState;
use sanji_model::refusal::Refusal as Rule;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::gate::{Access, Route};
use super::super::{Face, roles};
use super::fault::Fault;
use super::operation::{
    Answer, Asked, Fields, Kind, Limit, Nothing, Operation, Walk, ask, get, list, route, short, walks, write,
};
use super::problem::Problem;
use super::shapes::{Guide, GuideLine};
use crate::command::Command;
use crate::guide_file::GuideFile;
use crate::refusal::Refusal;

const DRAFTS: Access = Access::Roles(roles::DRAFTS);
const EDITORS: Access = Access::Roles(roles::EDITORS);

const WORK: Fields = &[
    ("id", Kind::Text),
    ("name", Kind::Text),
    ("life", Kind::Object),
    ("conflicts", Kind::List),
    ("check", Kind::List),
    ("versions", Kind::List),
    ("readable", Kind::Object),
    ("guide", Kind::Object),
];
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

/// A file of guides, read as its name ends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GuideFileBody {
    /// What is in it; blank where it is no text.
    #[serde(default)]
    text: String,
    /// What is in it as Base64, such as of a workbook.
    #[serde(default)]
    base64: Option<String>,
    /// What problems call it: `*.jsonl`, `*.csv` or `*.xlsx`.
    #[serde(default = "lines")]
    file: String,
}

fn lines() -> String {
    "api.jsonl".to_owned()
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
            Answer::page_of::<GuideLine>(),
            name,
            is_in_force,
            |_| Command::GuideList,
        ),
        short::<Search>(
            "/api/v1/guides/search",
            Access::Staff,
            "guide_search",
            ("检索有效指南", "Find guides in force"),
            Answer::page_of::<GuideLine>(),
            |asked| Command::GuideSearch { text: asked.query.text, all: false, limit: asked.query.limit.0 },
        ),
        route(
            Method::GET,
            "/api/v1/guides/{id}",
            Access::Staff,
            Operation::new::<Version, Nothing>(
                "guide_show",
                ("指南内容", "A guide as published"),
                Answer::object_of::<Guide>(),
                StatusCode::OK,
            ),
            show,
        ),
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
            Access::Roles(roles::APPROVERS),
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
            DRAFTS,
            "draft_list",
            ("全部草稿与版本", "All drafts and versions"),
            Answer::page_of::<GuideLine>(),
            name,
            |_| true,
            |_| Command::GuideList,
        ),
        route(
            Method::POST,
            "/api/v1/drafts",
            EDITORS,
            Operation::new::<Nothing, GuideFileBody>(
                "draft_import",
                ("导入指南", "Take in guides: JSON lines, a table or a workbook"),
                Answer::object(REPORT),
                StatusCode::OK,
            ),
            import,
        )
        .for_files(),
        short::<Search>(
            "/api/v1/drafts/search",
            DRAFTS,
            "draft_search",
            ("检索全部指南", "Find drafts and all versions"),
            Answer::page_of::<GuideLine>(),
            |asked| Command::GuideSearch { text: asked.query.text, all: true, limit: asked.query.limit.0 },
        ),
        get::<Nothing>(
            "/api/v1/drafts/{id}",
            DRAFTS,
            "draft_show",
            ("草稿与办理过程", "A draft as it is worked on, with its life"),
            Answer::object(WORK),
            |asked| Command::GuideDraft { id: asked.named("id") },
        ),
        short::<Nothing>(
            "/api/v1/drafts/{id}/check",
            DRAFTS,
            "draft_check",
            ("完整性与规范检查", "What is missing or wrong"),
            Answer::page(FINDING),
            |asked| Command::GuideCheck { id: asked.named("id") },
        ),
        short::<Both>(
            "/api/v1/drafts/{id}/diff",
            DRAFTS,
            "draft_diff",
            ("两个版本的差异", "Two texts of a guide compared"),
            Answer::page(&[]),
            |asked| Command::GuideDiff { id: asked.named("id"), a: asked.query.a, b: asked.query.b },
        ),
        write::<Edit>(
            (Method::POST, "/api/v1/drafts/{id}/edits"),
            EDITORS,
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
            EDITORS,
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
            DRAFTS,
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
            DRAFTS,
            "correction_list",
            ("纠错请求", "Requests for correction"),
            Answer::page(CORRECTION),
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
            Access::Roles(roles::GUIDES),
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

/// Part by part, as pages and the command line do: what is wrong in the whole file is known before anything is taken.
async fn import(face: Face, asked: Asked<Nothing, GuideFileBody>) -> Result<Value, Problem> {
    let GuideFileBody { text, base64, file } = asked.body;
    let bytes = match base64 {
        None => text.into_bytes(),
        Some(text) => BASE64.decode(text.as_bytes()).map_err(|why| Problem::Body {
            pointer: "/base64".to_owned(),
            fault: Fault::Other(why.to_string()),
        })?,
    };
    // A workbook of a county is read for a second.
    let read = tokio::task::spawn_blocking(move || GuideFile::of_bytes(bytes, &file)).await;
    let file = read.map_err(|why| Problem::Failed(why.to_string()))?.map_err(Problem::File)?;
    let mut parts = file.parts();
    if parts.is_empty() {
        parts.push(String::new());
    }
    let mut whole = Value::Null;
    for text in parts {
        let command = Command::GuideImport { text, file: file.file.clone(), user: asked.user.clone() };
        let part = ask(&face, command).await?;
        whole = if whole.is_null() { part } else { sum(whole, &part) };
    }
    Ok(whole)
}

/// Reports of two parts: numbers add up, lists follow one another.
fn sum(mut whole: Value, part: &Value) -> Value {
    for (key, value) in whole.as_object_mut().into_iter().flatten() {
        match (value, &part[key]) {
            (Value::Array(rows), Value::Array(more)) => rows.extend(more.iter().cloned()),
            (value @ Value::Number(_), more) => {
                *value = (value.as_u64().unwrap_or(0) + more.as_u64().unwrap_or(0)).into();
            }
            _ => {}
        }
    }
    whole
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
async fn show(face: Face, asked: Asked<Version>) -> Result<Value, Problem> {
    let guide = asked.named("id");
    let mut shown =
        ask(&face, Command::GuideShow { id: guide.clone(), version: asked.query.version }).await?;
    if shown["published"].is_null() {
        return Err(Problem::from(Refusal::Rule(Rule::GuideNotPublished { guide })));
    }
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("life");
        shown.remove("conflicts");
    }
    Ok(shown)
}
