//! Cases for programs: to register and act, to list, find and show them, masked; a person unmasked is asked for by itself.

use std::collections::BTreeMap;

use axum::http::Method;
use sanji_model::case::Role;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::mask;
use super::operation::{Answer, Fields, Kind, Limit, Nothing, get, short, write};
use super::shapes::{Case, CaseLine};
use crate::command::Command;

const CASES: Access = Access::Roles(roles::CASES);
const COUNTER: Access = Access::Roles(roles::COUNTER);

const DONE: Fields = &[("number", Kind::Text), ("id", Kind::Text), ("state", Kind::Text)];

/// Whoever has a step of DOMAIN §3.2 or §5; which, the machine says.
const ACTS: Access = Access::Roles(&[
    Role::Agent,
    Role::Clerk,
    Role::Handler,
    Role::Reviewer,
    Role::Decider,
    Role::Issuer,
    Role::Archivist,
    Role::Supervisor,
    Role::ComplaintsOfficer,
    Role::Caller,
    Role::Administrator,
]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    state: Option<String>,
    /// Of this unit and those below it.
    #[serde(default)]
    unit: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    due_before: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Queue {
    state: String,
    /// This one when left out.
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// A number or its beginning, or the beginning of a name.
    text: String,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfUnit {
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewCase {
    /// A guide in force: its id, code or name.
    guide: String,
    applicant: String,
    id_number: String,
    /// Further answers; those that begin with `applicant.` are ways to reach the applicant, such as `applicant.phone`.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewBundle {
    applicant: String,
    id_number: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// A step of a case, a complaint or an enquiry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    /// Its word, such as `receive`.
    pub action: String,
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Person {
    id_number: String,
}

pub(super) fn routes() -> Vec<Route> {
    [lists(), one(), new()].into_iter().flatten().collect()
}

fn lists() -> Vec<Route> {
    let rows = Answer::page_of::<CaseLine>().hiding(mask::line);
    vec![
        get::<Wanted>(
            "/api/v1/cases",
            CASES,
            "case_list",
            ("办件列表", "Cases, those due first first"),
            rows,
            |asked| {
                let Wanted { state, unit, due_before, after, limit } = asked.query;
                Command::CaseList { state, unit, due_before, after, limit: limit.0 }
            },
        ),
        get::<Queue>(
            "/api/v1/cases/queue",
            CASES,
            "case_queue",
            ("待办队列", "What a unit holds in a state"),
            rows,
            |asked| {
                let Queue { state, unit, after, limit } = asked.query;
                Command::CaseQueue { unit, state, after, limit: limit.0 }
            },
        ),
        short::<Search>(
            "/api/v1/cases/search",
            CASES,
            "case_search",
            ("查找办件", "Find cases by number or name"),
            rows,
            |asked| Command::CaseSearch { text: asked.query.text, limit: asked.query.limit.0 },
        ),
        get::<OfUnit>(
            "/api/v1/cases/disputes",
            Access::Roles(roles::CONFLICTS),
            "case_disputes",
            ("争议处理台", "Cases about which two places acted apart"),
            Answer::page(&[("number", Kind::Text), ("disputes", Kind::List), ("fields", Kind::List)])
                .hiding(mask::dispute),
            |asked| {
                let OfUnit { unit, after, limit } = asked.query;
                Command::CaseDisputes { unit, after, limit: limit.0 }
            },
        ),
        get::<Nothing>(
            "/api/v1/cases/ticks",
            CASES,
            "case_ticks",
            ("办件保存情况", "Where the latest cases are saved"),
            Answer::object(&[("path", Kind::List), ("latest", Kind::List), ("only_here", Kind::Whole)]),
            |_| Command::CaseTicks,
        ),
    ]
}

fn one() -> Vec<Route> {
    vec![
        get::<Nothing>(
            "/api/v1/cases/{number}",
            CASES,
            "case_show",
            ("办件详情（已遮蔽）", "A case with its course, masked"),
            Answer::object_of::<Case>().hiding(mask::case),
            |asked| Command::CaseShow { number: asked.named("number") },
        ),
        write::<Act>(
            (Method::POST, "/api/v1/cases/{number}/actions"),
            ACTS,
            "case_act",
            ("办理一个环节", "Act on a case"),
            Answer::object(DONE),
            |asked| {
                let (number, user, Act { action, fields }) = (asked.named("number"), asked.user, asked.body);
                Command::CaseAct { number, action, fields, user }
            },
        ),
        write::<Nothing>(
            (Method::POST, "/api/v1/cases/{number}/reveal"),
            CASES,
            "case_reveal",
            ("查看未遮蔽信息（留痕）", "The person of a case unmasked; it is recorded"),
            Answer::object(&[
                ("applicant", Kind::Text),
                ("id_number", Kind::Text),
                ("contact", Kind::Object),
            ]),
            |asked| Command::CaseReveal { number: asked.named("number"), user: asked.user },
        ),
    ]
}

fn new() -> Vec<Route> {
    vec![
        write::<NewCase>(
            (Method::POST, "/api/v1/cases"),
            COUNTER,
            "case_new",
            ("登记办件", "Register a case"),
            Answer::object(DONE),
            |asked| {
                let NewCase { guide, applicant, id_number, fields } = asked.body;
                Command::CaseRegister { guide, applicant, id_number, fields, user: asked.user }
            },
        ),
        write::<NewBundle>(
            (Method::POST, "/api/v1/bundles/{id}/cases"),
            COUNTER,
            "bundle_case_new",
            ("登记一件事", "Register a bundle: a case with its parts"),
            Answer::object(&[("number", Kind::Text)]),
            |asked| {
                let (bundle, user) = (asked.named("id"), asked.user);
                let NewBundle { applicant, id_number, fields } = asked.body;
                Command::CaseBundle { bundle, applicant, id_number, fields, user }
            },
        ),
        // The number of a person is in no address, since addresses are logged.
        write::<Person>(
            (Method::POST, "/api/v1/applicants"),
            COUNTER,
            "applicant_find",
            ("调取申请人以往信息", "What earlier cases of this unit say of a person"),
            Answer::maybe(&[("applicant", Kind::Text), ("contact", Kind::Object), ("from", Kind::Text)]),
            |asked| Command::CaseApplicant { id_number: asked.body.id_number, user: asked.user },
        ),
    ]
}
