//! Who looked at whose data and who changed rights at this unit, month by month.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sanji_model::audit::Record;
use serde::Deserialize as _;

use super::form::Faults;
use super::gate::{Access, Route, Visitor};
use super::organisation::{Choice, Units};
use super::shell::{Shell, moment};
use super::{Face, filter, page, roles};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/audit", Access::Roles(roles::ADMINISTRATORS), audit)]
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    shell: Shell,
    month: String,
    faults: Faults,
    /// This unit and those below it.
    units: Vec<Choice>,
    rows: Vec<Row>,
}

struct Row {
    at: String,
    user: String,
    deed: &'static str,
    about: String,
}

async fn audit(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let (month, unit) = (visitor.query().some("month"), visitor.query().some("unit"));
    let asked = Command::AuditList { month: month.clone(), unit: unit.clone() };
    let mut faults = Faults::default();
    let found = filter::ask(&face, &visitor, asked, &[], &mut faults).await?;
    let units = Units::ask(&face, &visitor).await?;
    let unit = unit.unwrap_or_else(|| visitor.place.unit.clone());
    let records = Vec::<Record>::deserialize(&found).unwrap_or_default();
    let lang = visitor.tongue.lang();
    let row = |record: Record| Row {
        at: moment(record.at),
        user: record.user.unwrap_or_default(),
        deed: record.deed.words().text(lang),
        about: record.about,
    };
    let status = filter::status(&faults);
    let page = AuditPage {
        faults,
        shell: visitor.shell(),
        month: month.unwrap_or_default(),
        units: units.below(&visitor.place.unit, &unit),
        rows: records.into_iter().map(row).collect(),
    };
    Ok(page::show_as(status, &page))
}
