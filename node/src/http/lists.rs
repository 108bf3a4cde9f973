//! Lists and bundles: what there is, one with its items, a file of more, publication and end.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::guide::GuideState;
use sanji_model::lang::Say as _;
use sanji_model::list::ListKind;
use serde_json::Value;

use super::answer::{list_of, named, number, plain, sentence, text};
use super::form::Posted;
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::upload::{Form, Problem, Uploaded};
use super::{Face, filter, page, roles, tabs};
use crate::command::Command;
use crate::edition::encoded;

const KEEPERS: Access = Access::Roles(roles::LIST_KEEPERS);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/lists", Access::Roles(roles::LISTS), list),
        Route::post("/lists", KEEPERS, import),
        Route::get("/lists/{id}", Access::Roles(roles::LISTS), one),
        Route::post("/lists/{id}/publish", KEEPERS, publish),
        Route::post("/lists/{id}/end", KEEPERS, end),
    ]
}

#[derive(Template)]
#[template(path = "lists.html")]
struct ListsPage {
    shell: Shell,
    tabs: Vec<Link>,
    /// Lists, then bundles.
    tables: Vec<(String, Vec<Row>)>,
    keeps: bool,
    form: Form,
}

struct Row {
    id: String,
    name: String,
    kind: String,
    version: String,
    state: String,
    effective_on: String,
    cancels_on: String,
    items: u64,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, Form::default()).await
}

async fn shown(face: &Face, visitor: &Visitor, form: Form) -> Result<Response, Response> {
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let row = |list: &Value| Row {
        id: plain(&list["id"]),
        name: plain(&list["name"]),
        kind: named(&list["kind"], ListKind::words, lang),
        version: text(&list["version"]),
        state: named(&list["state"], GuideState::words, lang),
        effective_on: text(&list["effective_on"]),
        cancels_on: text(&list["cancels_on"]),
        items: number(&list["items"]),
    };
    let mut tables = Vec::new();
    for (bundles, key) in [(false, "adm-lists-plain"), (true, "adm-lists-bundles")] {
        let found = page::ask(face, visitor, Command::ListList { bundles }).await?;
        tables.push((shell.t(key), list_of(&found).iter().map(row).collect()));
    }
    let status = if form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (tabs, keeps) = (tabs::shown(tabs::ADMINISTRATION, visitor), visitor.may(KEEPERS));
    Ok(page::show_as(status, &ListsPage { shell, tabs, tables, keeps, form }))
}

async fn import(
    State(face): State<Face>,
    visitor: Visitor,
    uploaded: Uploaded,
) -> Result<Response, Response> {
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let typed = uploaded.fields.raw("text").to_owned();
    let Some(file) = uploaded.given("lists.jsonl") else {
        return shown(&face, &visitor, Form::blank(&shell)).await;
    };
    let Ok(read) = String::from_utf8(file.bytes) else {
        return shown(&face, &visitor, Form::encoding(typed, &shell)).await;
    };
    let command =
        Command::ListImport { text: read, file: file.name.clone(), bundles: false }.in_name(visitor.user());
    let form = match page::attempt(&face, &visitor, command).await? {
        Err(refusal) => Form::refused(typed, &refusal, &shell),
        Ok(done) => {
            let sum: u64 = ["imported", "updated", "unchanged"].iter().map(|key| number(&done[*key])).sum();
            let problem = |one: &Value| Problem {
                file: file.name.clone(),
                line: plain(&one["line"]),
                words: sentence(one, lang),
            };
            let problems = list_of(&done["problems"]).iter().map(problem).collect();
            Form { taken: shell.put("adm-lists-taken", "n", sum), problems, ..Form::default() }
        }
    };
    shown(&face, &visitor, form).await
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Link>,
    id: String,
    name: String,
    kind: String,
    document: String,
    version: String,
    state: String,
    effective_on: String,
    cancels_on: String,
    versions: Vec<String>,
    items: Vec<Item>,
    /// Of a bundle what it asks for, each with the items that ask.
    materials: Vec<(String, String)>,
    keeps: bool,
    /// Something was published that could end.
    is_published: bool,
    done: String,
    fault: String,
}

struct Item {
    code: String,
    name: String,
    /// Of the guide here, if there is one.
    guide: Option<String>,
    material: String,
    note: String,
}

async fn one(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    shown_one(&face, &visitor, &id, String::new()).await
}

async fn shown_one(face: &Face, visitor: &Visitor, id: &str, fault: String) -> Result<Response, Response> {
    let version = filter::version(visitor).map_err(|_| filter::no_version(visitor))?;
    let list = page::ask(face, visitor, Command::ListShow { id: id.to_owned(), version }).await?;
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let item = |item: &Value| Item {
        code: text(&item["code"]),
        name: plain(&item["name"]),
        guide: item["guide"].as_str().map(str::to_owned),
        material: plain(&item["material"]),
        note: plain(&item["note"]),
    };
    let between = if shell.zh() { "、" } else { ", " };
    let material = |one: &Value| {
        let items: Vec<String> = list_of(&one["items"]).iter().map(plain).collect();
        (plain(&one["name"]), items.join(between))
    };
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let versions: Vec<String> = list_of(&list["versions"]).iter().map(plain).collect();
    let page = ListPage {
        tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
        id: plain(&list["id"]),
        name: plain(&list["name"]),
        kind: named(&list["kind"], ListKind::words, lang),
        document: text(&list["document"]),
        version: text(&list["version"]),
        state: named(&list["state"], GuideState::words, lang),
        effective_on: text(&list["effective_on"]),
        cancels_on: text(&list["cancels_on"]),
        is_published: !versions.is_empty(),
        versions,
        items: list_of(&list["items"]).iter().map(item).collect(),
        materials: list_of(&list["materials"]).iter().map(material).collect(),
        keeps: visitor.may(KEEPERS),
        done: tabs::done(visitor),
        fault,
        shell,
    };
    Ok(page::show_as(status, &page))
}

async fn publish(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::ListPublish { id: id.clone(), effective: fields.some("effective") };
    let command = command.in_name(visitor.user());
    act(&face, &visitor, &id, command, "published").await
}

async fn end(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let command = Command::ListEnd { id: id.clone(), on: fields.some("on") }.in_name(visitor.user());
    act(&face, &visitor, &id, command, "ended").await
}

async fn act(
    face: &Face,
    visitor: &Visitor,
    id: &str,
    command: Command,
    done: &str,
) -> Result<Response, Response> {
    match page::attempt(face, visitor, command).await? {
        Ok(_) => Ok(page::done(face, visitor, &format!("/lists/{}", encoded(id)), done)),
        Err(refusal) => shown_one(face, visitor, id, refusal.text(visitor.tongue.lang())).await,
    }
}
