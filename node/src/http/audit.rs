//! Who looked at whose data and who changed rights at this unit, month by month.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::audit::Record;
use serde::Deserialize as _;

use super::gate::{Access, Route, Visitor};
use super::shell::{Shell, moment};
use super::{Face, page, roles};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/audit", Access::Roles(roles::ADMINISTRATORS), audit)]
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    shell: Shell,
    month: String,
    rows: Vec<Row>,
}

struct Row {
    at: String,
    user: String,
    deed: &'static str,
    about: String,
}

async fn audit(State(face): State<Face>, visitor: Visitor) -> Response {
    let month = visitor.query().some("month");
    let found = match page::ask(&face, &visitor, Command::AuditList { month: month.clone() }).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let records = Vec::<Record>::deserialize(&found).unwrap_or_default();
    let lang = visitor.tongue.lang();
    let row = |record: Record| Row {
        at: moment(record.at),
        user: record.user.unwrap_or_default(),
        deed: record.deed.words().text(lang),
        about: record.about,
    };
    let rows = records.into_iter().map(row).collect();
    page::show(&AuditPage { shell: visitor.shell(), month: month.unwrap_or_default(), rows })
}
