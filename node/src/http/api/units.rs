//! The organisation for programs: units, invitations, revocations, calendars, the county's parameters, and who did what.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::guides::FileText;
use super::operation::{Answer, Fields, Kind, Limit, Nothing, Walk, get, list, short, walks, write};
use crate::command::Command;

const ADMINISTRATORS: Access = Access::Roles(roles::ADMINISTRATORS);

const UNIT: Fields =
    &[("code", Kind::Text), ("name", Kind::Text), ("tier", Kind::Text), ("nodes", Kind::List)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    unit: String,
    /// Addresses of the node above, `host:port`, where they are not known.
    #[serde(default)]
    parents: Vec<String>,
    /// How long the token is good for.
    #[serde(default = "week")]
    valid_hours: u32,
}

fn week() -> u32 {
    168
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Revocation {
    /// A unit's code, or at least 8 digits of a node's id.
    whom: String,
    /// It cannot be taken back: without this, what it would revoke is said as a problem.
    #[serde(default)]
    confirmed: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Month {
    /// `YYYY-MM`; this month when left out.
    #[serde(default)]
    month: Option<String>,
    /// This unit or one below it; this one when left out.
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

walks!(Month);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// CSV of `parameter,value`.
    text: String,
    /// `YYYY-MM-DD`; today when left out.
    #[serde(default)]
    effective: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    [organisation(), nodes(), county()].into_iter().flatten().collect()
}

fn organisation() -> Vec<Route> {
    vec![
        list::<Walk>(
            "/api/v1/units",
            Access::Staff,
            "unit_list",
            ("机构", "Units with their nodes"),
            Answer::page(UNIT),
            |row| super::text(&row["code"]),
            |_| true,
            |_| Command::OrgList,
        ),
        write::<FileText>(
            (Method::POST, "/api/v1/units"),
            ADMINISTRATORS,
            "unit_import",
            ("导入机构", "Take in units, CSV"),
            Answer::object(&[("read", Kind::Whole), ("added", Kind::Whole), ("units", Kind::Whole)]),
            |asked| Command::OrgImport { text: asked.body.text, file: asked.body.file }.in_name(asked.user),
        )
        .for_files(),
        short::<Nothing>(
            "/api/v1/units/check",
            ADMINISTRATORS,
            "unit_check",
            ("检查机构树", "What is wrong with the tree of units"),
            Answer::page(&[("code", Kind::Text), ("en", Kind::Text), ("zh", Kind::Text)]),
            |_| Command::OrgCheck,
        ),
    ]
}

fn nodes() -> Vec<Route> {
    vec![
        write::<Invitation>(
            (Method::POST, "/api/v1/invitations"),
            ADMINISTRATORS,
            "invitation_new",
            ("邀请机构入网", "A one-time token for a unit's node"),
            Answer::object(&[("token", Kind::Text), ("unit", Kind::Text)]),
            |asked| {
                let Invitation { unit, parents, valid_hours } = asked.body;
                Command::Invite { unit, parents, valid_hours }.in_name(asked.user)
            },
        ),
        write::<Revocation>(
            (Method::POST, "/api/v1/revocations"),
            ADMINISTRATORS,
            "revocation_new",
            ("吊销节点", "End a node's right to write and to connect"),
            Answer::object(&[("revoked", Kind::List)]),
            |asked| {
                Command::Revoke { whom: asked.body.whom, confirmed: asked.body.confirmed }.in_name(asked.user)
            },
        ),
        list::<Month>(
            "/api/v1/audit",
            ADMINISTRATORS,
            "audit_list",
            ("操作留痕", "What this unit's people did with data and rights"),
            Answer::page(&[("at", Kind::Whole), ("deed", Kind::Text), ("about", Kind::Text)]),
            |row| format!("{}/{}/{}", row["at"], super::text(&row["deed"]), super::text(&row["about"])),
            |_| true,
            |asked| Command::AuditList { month: asked.query.month.clone(), unit: asked.query.unit.clone() },
        ),
    ]
}

fn county() -> Vec<Route> {
    let years = Answer::object(&[("years", Kind::List)]);
    vec![
        get::<Nothing>(
            "/api/v1/calendar",
            Access::Staff,
            "calendar_list",
            ("已知的放假安排", "Years whose days off are known"),
            years,
            |_| Command::CalendarList,
        ),
        write::<FileText>(
            (Method::POST, "/api/v1/calendar"),
            ADMINISTRATORS,
            "calendar_import",
            ("导入放假安排", "Take in years of days off, CSV of date,kind"),
            years,
            |asked| Command::CalendarImport {
                text: asked.body.text,
                file: asked.body.file,
                user: asked.user,
            },
        ),
        get::<Nothing>(
            "/api/v1/parameters",
            Access::Staff,
            "parameter_list",
            ("县级参数", "Limits and warnings of the county"),
            Answer::object(&[]),
            |_| Command::ParametersShow,
        ),
        write::<Parameters>(
            (Method::POST, "/api/v1/parameters"),
            ADMINISTRATORS,
            "parameter_import",
            ("导入县级参数", "Take in limits and warnings, CSV of parameter,value"),
            Answer::object(&[]),
            |asked| {
                let Parameters { text, effective } = asked.body;
                Command::ParametersImport { text, file: "api".to_owned(), effective, user: asked.user }
            },
        ),
    ]
}
