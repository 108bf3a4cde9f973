//! Papers of a case on the screen and on paper: looking at one, issuing one as a page or a PDF, and checking a square code.
//!
//! Issuing is recorded in the case; looking is not. What a paper says is `crate::paper`'s.

use std::sync::LazyLock;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use sanji_model::case::PaperKind;
use sanji_model::lang::{Lang, Say as _};
use serde_json::Value;

use crate::command::Command;
use crate::http::answer::{list_of, named, number, plain};
use crate::http::form::Posted;
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::{Face, page, stopping};
use crate::paper::{self, Fonts, NoPdf, Sheet};

/// The papers' style stands in each, and no other may.
static POLICY: LazyLock<String> = LazyLock::new(|| page::policy_of(paper::STYLE));

/// A paper to look at: it says that it is none. It names a person, so that somebody looked is recorded.
pub(super) async fn look(
    State(face): State<Face>,
    visitor: Visitor,
    Path((number, paper)): Path<(String, String)>,
) -> Response {
    let show = Command::PaperShow { number: number.clone(), paper: Some(paper) };
    let answer = match page::ask(&face, &visitor, show).await {
        Ok(answer) => answer,
        Err(response) => return response,
    };
    let reveal = Command::CaseReveal { number, user: visitor.user() };
    match page::ask(&face, &visitor, reveal).await {
        Ok(_) => as_page(&answer, visitor.tongue.lang()),
        Err(response) => response,
    }
}

/// Prints a paper: recorded, and marked when it was printed before. A PDF is tried on a look first, so that no print is
/// recorded that nobody has.
pub(super) async fn issue(
    State(face): State<Face>,
    visitor: Visitor,
    Path((number, paper)): Path<(String, String)>,
    Posted(fields): Posted,
) -> Response {
    let (lang, is_pdf) = (visitor.tongue.lang(), fields.get("as") == "pdf");
    if is_pdf {
        let look = Command::PaperShow { number: number.clone(), paper: Some(paper.clone()) };
        match page::ask(&face, &visitor, look).await {
            Err(response) => return response,
            Ok(answer) => {
                if let Err(why) = drawn(answer, lang).await {
                    return no_pdf(&visitor, &why);
                }
            }
        }
    }
    let issue = Command::PaperIssue { number, paper: Some(paper), user: visitor.user() };
    match page::ask(&face, &visitor, issue).await {
        Err(response) => response,
        Ok(answer) if is_pdf => {
            let name = format!("inline; filename=\"{}.pdf\"", plain(&answer["paper"]["number"]));
            match drawn(answer, lang).await {
                Err(why) => no_pdf(&visitor, &why),
                Ok(bytes) => {
                    let kind = (header::CONTENT_TYPE, "application/pdf".to_owned());
                    ([kind, (header::CONTENT_DISPOSITION, name)], bytes).into_response()
                }
            }
        }
        Ok(answer) => as_page(&answer, lang),
    }
}

fn as_page(answer: &Value, lang: Lang) -> Response {
    let html = Sheet::read(answer).ok().and_then(|sheet| paper::html(&sheet, lang).ok());
    match html {
        Some(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY.as_str())], Html(html)).into_response(),
        None => {
            tracing::error!("a paper does not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The bytes of the PDF. Fonts of some 20 MB are read and laid out, so it runs on a thread for that.
async fn drawn(answer: Value, lang: Lang) -> Result<Vec<u8>, NoPdf> {
    let draw = move || {
        let sheet = Sheet::read(&answer).map_err(|error| NoPdf::Writer(error.to_string()))?;
        paper::pdf(&sheet, &Fonts::find(None)?, lang)
    };
    let drawn = tokio::task::spawn_blocking(draw).await;
    drawn.unwrap_or_else(|error| Err(NoPdf::Writer(error.to_string())))
}

fn no_pdf(visitor: &Visitor, why: &NoPdf) -> Response {
    page::said_no(visitor, StatusCode::UNPROCESSABLE_ENTITY, why.text(visitor.tongue.lang()), why.code())
}

#[derive(Template)]
#[template(path = "paper-check.html")]
struct CheckPage {
    shell: Shell,
    code: String,
    fault: String,
    found: Option<Found>,
}

struct Found {
    good: bool,
    words: String,
    kind: String,
    number: String,
    printed_on: String,
    copy: u64,
    check_word: String,
    unit: String,
    /// Label and value.
    facts: Vec<(String, String)>,
}

/// What a square code is worth. The code can stand in the address, as telephones open it.
pub(super) async fn check(State(face): State<Face>, visitor: Visitor) -> Response {
    let (shell, code) = (visitor.shell(), visitor.query().get("code").to_owned());
    let lang = shell.tongue.lang();
    let mut page = CheckPage { shell, code: code.clone(), fault: String::new(), found: None };
    if code.is_empty() {
        return page::show(&page);
    }
    match face.asker.ask(Command::PaperVerify { code }).await {
        None => stopping(),
        Some(Err(refusal)) => {
            page.fault = refusal.text(lang);
            page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Some(Ok(answer)) => {
            page.found = Some(found(&answer, lang));
            page::show(&page)
        }
    }
}

fn found(answer: &Value, lang: Lang) -> Found {
    let key = if lang == Lang::Zh { "zh" } else { "en" };
    let facts = list_of(&answer["paper"]["facts"]).iter().map(|one| (plain(&one[key]), plain(&one["value"])));
    Found {
        good: answer["good"] == true,
        words: plain(&answer[key]),
        kind: named(&answer["kind"], PaperKind::words, lang),
        number: plain(&answer["number"]),
        printed_on: plain(&answer["printed_on"]),
        copy: number(&answer["copy"]),
        check_word: plain(&answer["check_word"]),
        unit: plain(&answer["unit_name"]),
        facts: facts.collect(),
    }
}
