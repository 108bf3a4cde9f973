//! Invitations: a one-time token for a unit's new node, shown once, as text and as a square code.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::lang::Say as _;

use super::answer::{list_of, plain};
use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::once::Said;
use super::shell::{Link, Shell};
use super::status::time;
use super::users::units;
use super::{Face, once, page, roles, tabs};
use crate::command::Command;
use crate::refusal::Refusal;
use crate::square::Square;

/// A token is good for a week unless said otherwise, and for three months at most: a unit's box may wait for a journey.
const HOURS: u32 = 168;
const HOURS_MAX: u32 = 24 * 92;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/invitations", Access::Roles(roles::ADMINISTRATORS), ask),
        Route::post("/invitations", Access::Roles(roles::ADMINISTRATORS), invite),
    ]
}

#[derive(Template)]
#[template(path = "invitations.html")]
struct InvitationsPage {
    shell: Shell,
    tabs: Vec<Link>,
    units: Vec<(String, String)>,
    unit: String,
    hours: String,
    parents: String,
    faults: Faults,
    made: Option<Made>,
}

struct Made {
    token: String,
    square: String,
    unit: String,
    addresses: String,
    expires: String,
}

async fn ask(State(face): State<Face>, visitor: Visitor) -> Result<Response, Response> {
    let query = visitor.query();
    shown(&face, &visitor, &query, Faults::default(), None).await
}

async fn invite(
    State(face): State<Face>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    let hours = fields.get("hours").parse::<u32>().ok().filter(|hours| (1..=HOURS_MAX).contains(hours));
    let Some(valid_hours) = hours else {
        let faults = Faults::one("hours", shell.put("adm-invite-hours-wrong", "max", HOURS_MAX));
        return shown(&face, &visitor, &fields, faults, None).await;
    };
    let parents = fields.get("parents").split([' ', ',', '，', '、', '\n']);
    let parents = parents.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let command = Command::Invite { unit: fields.get("unit").to_owned(), parents, valid_hours };
    let command = command.in_name(visitor.user());
    match once::attempt(&face, &visitor, &fields, command).await? {
        Err(refusal) => {
            let field = match &refusal {
                Refusal::NoAddress(_) | Refusal::BadArgument { what: "address", .. } => "parents",
                Refusal::NotRoot => "",
                _ => "unit",
            };
            let faults = Faults::one(field, refusal.text(shell.tongue.lang()));
            shown(&face, &visitor, &fields, faults, None).await
        }
        // A form that came before gets the invitation that it got then.
        Ok(Said { answer: made, .. }) => {
            let token = plain(&made["token"]);
            let made = Made {
                square: Square::svg(&token).unwrap_or_default(),
                token,
                unit: plain(&made["unit"]),
                addresses: list_of(&made["addresses"]).iter().map(plain).collect::<Vec<_>>().join("  "),
                expires: time(&made["expires"]),
            };
            shown(&face, &visitor, &fields, Faults::default(), Some(made)).await
        }
    }
}

async fn shown(
    face: &Face,
    visitor: &Visitor,
    fields: &Fields,
    faults: Faults,
    made: Option<Made>,
) -> Result<Response, Response> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = InvitationsPage {
        shell: visitor.shell(),
        tabs: tabs::shown(tabs::ADMINISTRATION, visitor),
        units: units(face, visitor).await?,
        unit: fields.get("unit").to_owned(),
        hours: fields.some("hours").unwrap_or_else(|| HOURS.to_string()),
        parents: fields.get("parents").to_owned(),
        faults,
        made,
    };
    Ok(page::show_as(status, &page))
}
