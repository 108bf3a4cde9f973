//! Papers of cases for programs: what there is, one to look at, one issued, each as JSON and as PDF.
//!
//! A paper names its person in full, so that somebody looked is recorded first, as with a reveal.

use std::path::Path;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use sanji_model::lang::Lang;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::Face;
use super::super::gate::{Access, Route, Visitor};
use super::super::roles;
use super::asked::Came;
use super::operation::{Answer, Asked, Fields, Kind, Nothing, Operation, ask, get, route, whole};
use super::problem::Problem;
use super::shapes::PaperLine;
use crate::command::Command;
use crate::paper::{Fonts, NoPdf, Sheet, pdf};

const CASES: Access = Access::Roles(roles::CASES);

const SHEET: Fields = &[("paper", Kind::Object), ("reprint", Kind::Flag), ("prints", Kind::List)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// What the square code of the paper says.
    code: String,
}

pub(super) fn routes() -> Vec<Route> {
    let plain = Operation::plain;
    vec![
        route(
            Method::GET,
            "/api/v1/cases/{number}/papers",
            CASES,
            plain("paper_list", ("办件的文书", "The papers of a case"), Answer::page_of::<PaperLine>()),
            |face, asked: Asked| async move {
                let mut shown = ask(&face, Command::CaseShow { number: asked.named("number") }).await?;
                Ok(whole(shown["papers"].take()))
            },
        ),
        route(
            Method::GET,
            "/api/v1/cases/{number}/papers/{paper}",
            CASES,
            plain(
                "paper_show",
                ("查看文书（留痕）", "A paper to look at; it is recorded"),
                Answer::object(SHEET),
            ),
            |face, asked: Asked| async move {
                look(&face, asked.user.clone(), asked.named("number"), asked.named("paper")).await
            },
        ),
        route(
            Method::POST,
            "/api/v1/cases/{number}/papers/{paper}/prints",
            CASES,
            Operation::new::<Nothing, Print>(
                "paper_issue",
                ("打印文书", "Issue a paper: recorded, signed, marked when it is a reprint"),
                Answer::object(SHEET),
                StatusCode::OK,
            ),
            issue,
        ),
        Route::described(
            Method::GET,
            "/api/v1/cases/{number}/papers/{paper}/pdf",
            CASES,
            plain(
                "paper_pdf",
                ("查看文书 PDF（留痕）", "A paper to look at, as PDF; it is recorded"),
                Answer::pdf(),
            ),
            show_pdf,
        ),
        get::<Code>(
            "/api/v1/papers/verify",
            Access::Staff,
            "paper_verify",
            ("核验文书", "What the square code of a paper is worth"),
            Answer::object(&[("finding", Kind::Text), ("good", Kind::Flag), ("number", Kind::Text)]),
            |asked| Command::PaperVerify { code: asked.query.code },
        ),
    ]
}

/// How a paper is issued.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Print {
    /// The answer has the PDF too, in Base64 under `pdf`.
    #[serde(default)]
    pdf: bool,
}

/// Whether it can be drawn is tried on a look, so that no print is recorded that nobody has.
async fn issue(face: Face, asked: Asked<Nothing, Print>) -> Result<Value, Problem> {
    let (number, paper, lang) =
        (asked.named("number"), Some(asked.named("paper")), asked.visitor.tongue.lang());
    if asked.body.pdf {
        drawn(ask(&face, Command::PaperShow { number: number.clone(), paper: paper.clone() }).await?, lang)
            .await?;
    }
    let mut issued = ask(&face, Command::PaperIssue { number, paper, user: asked.user }).await?;
    if asked.body.pdf {
        issued["pdf"] = BASE64.encode(&drawn(issued.clone(), lang).await?).into();
    }
    Ok(issued)
}

/// Nobody gets it before it is recorded that they look.
async fn look(face: &Face, user: Option<String>, number: String, paper: String) -> Result<Value, Problem> {
    let shown = ask(face, Command::PaperShow { number: number.clone(), paper: Some(paper) }).await?;
    ask(face, Command::CaseReveal { number, user }).await?;
    Ok(shown)
}

async fn show_pdf(State(face): State<Face>, visitor: Visitor, request: Request) -> Response {
    let tongue = visitor.tongue;
    match looked_at(&face, visitor, request).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response(),
        Err(problem) => problem.response(tongue),
    }
}

async fn looked_at(face: &Face, visitor: Visitor, request: Request) -> Result<Vec<u8>, Problem> {
    let lang = visitor.tongue.lang();
    let asked: Asked = Came::read(face, visitor, request).await?.asked()?;
    let (number, paper) = (asked.named("number"), asked.named("paper"));
    drawn(look(face, asked.user, number, paper).await?, lang).await
}

/// Drawing takes tens of milliseconds, which tasks must not.
async fn drawn(shown: Value, lang: Lang) -> Result<Vec<u8>, Problem> {
    let sheet = Sheet::read(&shown).map_err(|why| Problem::Failed(why.to_string()))?;
    let work = tokio::task::spawn_blocking(move || {
        let named = std::env::var_os("SANJI_FONT");
        let fonts = Fonts::find(named.as_deref().map(Path::new)).map_err(NoPdf::from)?;
        pdf(&sheet, &fonts, lang)
    });
    work.await.map_err(|why| Problem::Failed(why.to_string()))?.map_err(Problem::Pdf)
}
