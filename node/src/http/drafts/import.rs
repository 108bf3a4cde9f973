//! A file of guides handed in, with the report: what became drafts, and what of each needs an editor.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::command::Command;
use crate::guide_file::{GuideFile, NoGuideFile};
use crate::http::answer::{list_of, number, plain, sentence};
use crate::http::gate::Visitor;
use crate::http::shell::{Link, Shell};
use crate::http::upload::{Form, Uploaded};
use crate::http::words::say;
use crate::http::{Face, page, tabs};
use crate::refusal::Refusal;

/// Lines of a report that are shown; a file of a whole county has some for each guide.
const REPORTED: usize = 500;

#[derive(Template)]
#[template(path = "draft-import.html")]
struct ImportPage {
    shell: Shell,
    tabs: Vec<Link>,
    form: Form,
    guides: Vec<Guide>,
    report: Vec<Line>,
    /// Lines that are not shown.
    further: usize,
}

struct Guide {
    id: String,
    name: String,
    line: String,
    missing: u64,
}

struct Line {
    id: String,
    line: String,
    class: &'static str,
    words: String,
}

pub(super) async fn ask(visitor: Visitor) -> Response {
    shown(&visitor, Form::default(), Vec::new(), &[])
}

pub(super) async fn import(
    State(face): State<Face>,
    visitor: Visitor,
    uploaded: Uploaded,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    let typed = uploaded.fields.raw("text").to_owned();
    let Some(file) = uploaded.given("guides.jsonl") else {
        return Ok(shown(&visitor, Form::blank(&shell), Vec::new(), &[]));
    };
    // A workbook of a county is read for a second.
    let read = tokio::task::spawn_blocking(move || GuideFile::of_bytes(file.bytes, &file.name)).await;
    let file = match read {
        Ok(Ok(file)) => file,
        Ok(Err(NoGuideFile::Problems(problems))) => {
            let form = Form::refused(typed, &Refusal::File(problems), &shell);
            return Ok(shown(&visitor, form, Vec::new(), &[]));
        }
        Ok(Err(NoGuideFile::NotUtf8)) => {
            return Ok(shown(&visitor, Form::encoding(typed, &shell), Vec::new(), &[]));
        }
        Ok(Err(NoGuideFile::Kind)) | Err(_) => {
            let form = Form { text: typed, fault: shell.t("gd-import-kind"), ..Form::default() };
            return Ok(shown(&visitor, form, Vec::new(), &[]));
        }
    };
    let (mut sums, mut guides, mut problems) = ([0; 3], Vec::new(), Vec::new());
    for text in file.parts() {
        let command = Command::GuideImport { text, file: file.file.clone(), user: visitor.user() };
        match page::attempt(&face, &visitor, command).await? {
            Err(refusal) => {
                return Ok(shown(&visitor, Form::refused(typed, &refusal, &shell), guides, &problems));
            }
            Ok(done) => {
                for (sum, key) in sums.iter_mut().zip(["imported", "updated", "unchanged"]) {
                    *sum += number(&done[key]);
                }
                guides.extend(list_of(&done["guides"]).iter().map(|one| Guide {
                    id: plain(&one["id"]),
                    name: plain(&one["name"]),
                    line: plain(&one["line"]),
                    missing: number(&one["missing"]),
                }));
                problems.extend(list_of(&done["problems"]).iter().cloned());
            }
        }
    }
    let [added, updated, unchanged] = sums.map(|sum: u64| sum.to_string());
    let put = [("added", added.as_str()), ("updated", &updated), ("unchanged", &unchanged)];
    let form = Form { taken: say(visitor.tongue, "gd-import-taken", &put), ..Form::default() };
    Ok(shown(&visitor, form, guides, &problems))
}

fn shown(visitor: &Visitor, form: Form, guides: Vec<Guide>, problems: &[Value]) -> Response {
    let lang = visitor.tongue.lang();
    let line = |one: &Value| Line {
        id: plain(&one["id"]),
        line: plain(&one["line"]),
        class: if one["severity"] == "warning" { "off" } else { "quiet" },
        words: sentence(one, lang),
    };
    let status = if form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ImportPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::GUIDES, visitor),
        form,
        guides,
        report: problems.iter().take(REPORTED).map(line).collect(),
        further: problems.len().saturating_sub(REPORTED),
    };
    page::show_as(status, &page)
}
