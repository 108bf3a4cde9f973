//! The county's calendar: which years are known, and a file of days off and worked weekends.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::answer::{list_of, text};
use super::gate::{Access, Route, Visitor};
use super::shell::{Link, Shell};
use super::upload::{Form, Uploaded};
use super::{Face, page, roles, tabs};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/calendar", Access::Roles(roles::ADMINISTRATORS), list),
        Route::post("/calendar", Access::Roles(roles::ADMINISTRATORS), import),
    ]
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    shell: Shell,
    tabs: Vec<Link>,
    years: Vec<String>,
    form: Form,
}

async fn list(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    shown(&face, &visitor, Form::default()).await
}

async fn shown(face: &Face, visitor: &Visitor, form: Form) -> Result<Response, Response> {
    let known = page::ask(face, visitor, Command::CalendarList).await?;
    let status = if form.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = CalendarPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
        years: list_of(&known["years"]).iter().map(text).collect(),
        form,
    };
    Ok(page::show_as(status, &page))
}

async fn import(
    State(face): State<Face>,
    visitor: Visitor,
    uploaded: Uploaded,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    let typed = uploaded.fields.raw("text").to_owned();
    let Some(file) = uploaded.given("calendar.csv") else {
        return shown(&face, &visitor, Form::blank(&shell)).await;
    };
    let Ok(read) = String::from_utf8(file.bytes) else {
        return shown(&face, &visitor, Form::encoding(typed, &shell)).await;
    };
    let command = Command::CalendarImport { text: read, file: file.name, user: visitor.user() };
    let form = match page::attempt(&face, &visitor, command).await? {
        Err(refusal) => Form::refused(typed, &refusal, &shell),
        Ok(done) => {
            Form { taken: shell.put("adm-calendar-taken", "n", text(&done["changed"])), ..Form::default() }
        }
    };
    shown(&face, &visitor, form).await
}
