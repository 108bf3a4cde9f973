//! A draft's way: signed, submitted, returned, approved, published; and what is published suspended, resumed, abolished.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::guide::StopKind;
use sanji_model::lang::Say as _;
use sanji_model::refusal::Refusal as Rule;

use super::show;
use crate::command::Command;
use crate::edition::encoded;
use crate::http::answer::plain;
use crate::http::form::{Faults, Fields, Posted};
use crate::http::gate::Visitor;
use crate::http::shell::{Link, Shell};
use crate::http::{Face, page, tabs};
use crate::refusal::Refusal;

pub(super) async fn step(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    if fields.get("step") == "publish" && fields.get("sure") != "yes" {
        let why = visitor.shell().t("gd-publish-unsure");
        return show::shown(&face, &visitor, id, why).await;
    }
    let command = Command::GuideStep {
        id: id.clone(),
        step: fields.get("step").to_owned(),
        effective: fields.some("effective"),
        reason: fields.some("reason"),
        user: visitor.user(),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(page::done(&face, &visitor, &format!("/drafts/{}", encoded(&id)), "stepped")),
        Err(refusal) => show::shown(&face, &visitor, id, refusal.text(visitor.tongue.lang())).await,
    }
}

#[derive(Template)]
#[template(path = "draft-stop.html")]
struct StopPage {
    shell: Shell,
    tabs: Vec<Link>,
    id: String,
    name: String,
    what: &'static str,
    words: &'static str,
    /// What it means.
    help: String,
    /// Resuming needs no reason.
    reasons: bool,
    reason: String,
    effective: String,
    faults: Faults,
}

pub(super) async fn stop(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let fields = visitor.query();
    stop_shown(&face, &visitor, id, &fields, Faults::default()).await
}

pub(super) async fn stop_done(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    if fields.get("sure") != "yes" {
        let faults = Faults::one("sure", shell.t("gd-stop-unsure"));
        return stop_shown(&face, &visitor, id, &fields, faults).await;
    }
    let command = Command::GuideStop {
        id: id.clone(),
        what: fields.get("what").to_owned(),
        effective: fields.some("effective"),
        reason: fields.some("reason"),
        user: visitor.user(),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(page::done(&face, &visitor, &format!("/drafts/{}", encoded(&id)), "stepped")),
        Err(refusal) => {
            let field = match &refusal {
                Refusal::BadArgument { what: "effective" | "date", .. } => "effective",
                _ => "reason",
            };
            let faults = Faults::one(field, refusal.text(shell.tongue.lang()));
            stop_shown(&face, &visitor, id, &fields, faults).await
        }
    }
}

async fn stop_shown(
    face: &Face,
    visitor: &Visitor,
    id: String,
    fields: &Fields,
    faults: Faults,
) -> Result<Response, Response> {
    let draft = show::read(face, visitor, id).await?;
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let what: StopKind = fields
        .get("what")
        .parse()
        .map_err(|why| page::refusal_page(visitor, &Refusal::Rule(Rule::Word(why))))?;
    let help = match what {
        StopKind::Suspend => "gd-suspend-help",
        StopKind::Resume => "gd-resume-help",
        StopKind::Abolish => "gd-abolish-help",
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = StopPage {
        tabs: tabs::shown(tabs::GUIDES, visitor),
        id: plain(&draft["id"]),
        name: plain(&draft["name"]),
        what: what.word(),
        words: what.words().text(lang),
        help: shell.t(help),
        reasons: what != StopKind::Resume,
        reason: fields.get("reason").to_owned(),
        effective: fields.get("effective").to_owned(),
        faults,
        shell,
    };
    Ok(page::show_as(status, &page))
}
