//! 一件事: several items as one matter, each shared material asked for once; starting one.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use sanji_model::guide::GuideState;
use sanji_model::lang::Say as _;
use serde_json::Value;

use super::new::{Applicant, contact, read, registered, status};
use crate::command::Command;
use crate::http::answer::{list_of as rows, plain};
use crate::http::form::{Faults, Fields, Posted};
use crate::http::gate::Visitor;
use crate::http::shell::Shell;
use crate::http::{Face, once, page};

#[derive(Template)]
#[template(path = "bundles.html")]
struct BundlesPage {
    shell: Shell,
    bundles: Vec<Bundle>,
}

struct Bundle {
    id: String,
    name: String,
    document: String,
    items: u64,
}

pub(super) async fn list(State(face): State<Face>, visitor: Visitor) -> Response {
    match page::ask(&face, &visitor, Command::ListList { bundles: true }).await {
        Err(response) => response,
        Ok(found) => {
            let holding = rows(&found).iter().filter(|row| row["state"] == GuideState::InForce.word());
            let bundle = |row: &Value| Bundle {
                id: plain(&row["id"]),
                name: plain(&row["name"]),
                document: plain(&row["document"]),
                items: row["items"].as_u64().unwrap_or(0),
            };
            page::show(&BundlesPage { shell: visitor.shell(), bundles: holding.map(bundle).collect() })
        }
    }
}

#[derive(Template)]
#[template(path = "bundle.html")]
struct BundlePage {
    shell: Shell,
    id: String,
    name: String,
    items: Vec<String>,
    /// Each material with the items that need it.
    materials: Vec<(String, String)>,
    applicant: Applicant,
}

pub(super) async fn show(State(face): State<Face>, visitor: Visitor, Path(id): Path<String>) -> Response {
    let applicant = Applicant::of(&visitor.shell(), &Fields::default(), Faults::default());
    shown(&face, &visitor, id, applicant).await
}

async fn shown(face: &Face, visitor: &Visitor, id: String, applicant: Applicant) -> Response {
    match page::ask(face, visitor, Command::ListShow { id: id.clone(), version: None }).await {
        Err(response) => response,
        Ok(bundle) => {
            let material = |row: &Value| {
                let items: Vec<String> = rows(&row["items"]).iter().map(plain).collect();
                (plain(&row["name"]), items.join("、"))
            };
            let page = BundlePage {
                shell: visitor.shell(),
                name: plain(&bundle["name"]),
                items: rows(&bundle["items"]).iter().map(|item| plain(&item["name"])).collect(),
                materials: rows(&bundle["materials"]).iter().map(material).collect(),
                id,
                applicant,
            };
            page::show_as(status(&page.applicant), &page)
        }
    }
}

pub(super) async fn start(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Response {
    match read(&face, &visitor, &fields).await {
        Err(response) => return response,
        Ok(Err(applicant)) => return shown(&face, &visitor, id, applicant).await,
        Ok(Ok(())) => {}
    }
    let begin = Command::CaseBundle {
        bundle: id.clone(),
        applicant: fields.get("applicant").to_owned(),
        id_number: fields.get("id_number").to_owned(),
        fields: contact(&fields),
        user: visitor.user(),
    };
    let shell = visitor.shell();
    match once::attempt(&face, &visitor, &fields, begin).await {
        Err(response) => response,
        Ok(Ok(said)) => registered(&face, &visitor, &said),
        Ok(Err(refusal)) => {
            let faults = Faults::one("", refusal.text(shell.tongue.lang()));
            shown(&face, &visitor, id, Applicant::of(&shell, &fields, faults)).await
        }
    }
}
