//! Complaints and enquiries for programs, masked as cases are.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::gate::{Access, Route};
use super::super::roles;
use super::cases::Act;
use super::mask;
use super::operation::{Answer, Fields, Kind, Limit, Nothing, get, short, write};
use crate::command::{Command, MatterFilter, NewMatter};

const COMPLAINTS: Access = Access::Roles(roles::COMPLAINTS);

const ROW: Fields =
    &[("number", Kind::Text), ("id", Kind::Text), ("state", Kind::Text), ("unit", Kind::Text)];
const MATTER: Fields =
    &[("number", Kind::Text), ("state", Kind::Text), ("text", Kind::Text), ("events", Kind::List)];
const NEW: Fields = &[("number", Kind::Text), ("id", Kind::Text), ("unit", Kind::Text)];
const DONE: Fields = &[("number", Kind::Text)];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    state: Option<String>,
    /// Those that this unit, or one below it, holds now.
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
struct Complaint {
    /// `complaint` or `hotline`.
    kind: String,
    /// Blank for somebody who does not say.
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
    /// In their words.
    text: String,
    /// The unit below that it belongs to; this one when left out.
    #[serde(default)]
    unit: Option<String>,
    /// The number of the case that it is about.
    #[serde(default)]
    case: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enquiry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
    /// In their words.
    text: String,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    case: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    [complaints(), enquiries()].into_iter().flatten().collect()
}

fn complaints() -> Vec<Route> {
    vec![
        get::<Wanted>(
            "/api/v1/complaints",
            COMPLAINTS,
            "complaint_list",
            ("投诉列表", "Complaints"),
            Answer::page(ROW),
            |asked| {
                let (filter, after, limit) = wanted(asked.query);
                Command::ComplaintList { filter, after, limit }
            },
        ),
        write::<Complaint>(
            (Method::POST, "/api/v1/complaints"),
            COMPLAINTS,
            "complaint_new",
            ("登记投诉", "Register a complaint"),
            Answer::object(NEW),
            |asked| {
                let Complaint { kind, name, phone, text, unit, case } = asked.body;
                Command::ComplaintRegister {
                    kind,
                    new: NewMatter { name, phone, text, unit, case, user: asked.user },
                }
            },
        ),
        short::<Nothing>(
            "/api/v1/complaints/rates",
            COMPLAINTS,
            "complaint_rates",
            ("投诉办理指标", "How units deal with complaints"),
            Answer::page(&[("unit", Kind::Text), ("rates", Kind::Object)]),
            |_| Command::ComplaintRates,
        ),
        get::<Nothing>(
            "/api/v1/complaints/{number}",
            COMPLAINTS,
            "complaint_show",
            ("投诉详情（已遮蔽）", "A complaint with its course, masked"),
            Answer::object(MATTER).hiding(mask::matter),
            |asked| Command::ComplaintShow { number: asked.named("number") },
        ),
        write::<Act>(
            (Method::POST, "/api/v1/complaints/{number}/actions"),
            COMPLAINTS,
            "complaint_act",
            ("办理投诉环节", "One step of a complaint"),
            Answer::object(DONE),
            |asked| {
                let (number, user, Act { action, fields }) = (asked.named("number"), asked.user, asked.body);
                Command::ComplaintAct { number, action, fields, user }
            },
        ),
    ]
}

fn enquiries() -> Vec<Route> {
    vec![
        get::<Wanted>(
            "/api/v1/enquiries",
            Access::Staff,
            "enquiry_list",
            ("咨询列表", "Enquiries"),
            Answer::page(ROW),
            |asked| {
                let (filter, after, limit) = wanted(asked.query);
                Command::EnquiryList { filter, after, limit }
            },
        ),
        write::<Enquiry>(
            (Method::POST, "/api/v1/enquiries"),
            Access::Staff,
            "enquiry_new",
            ("登记咨询", "Register an enquiry"),
            Answer::object(NEW),
            |asked| {
                let Enquiry { name, phone, text, unit, case } = asked.body;
                Command::EnquiryRegister {
                    new: NewMatter { name, phone, text, unit, case, user: asked.user },
                }
            },
        ),
        get::<Nothing>(
            "/api/v1/enquiries/{number}",
            Access::Staff,
            "enquiry_show",
            ("咨询详情（已遮蔽）", "An enquiry with its course, masked"),
            Answer::object(MATTER).hiding(mask::matter),
            |asked| Command::EnquiryShow { number: asked.named("number") },
        ),
        write::<Act>(
            (Method::POST, "/api/v1/enquiries/{number}/actions"),
            Access::Staff,
            "enquiry_act",
            ("办理咨询环节", "One step of an enquiry"),
            Answer::object(DONE),
            |asked| {
                let (number, user, Act { action, fields }) = (asked.named("number"), asked.user, asked.body);
                Command::EnquiryAct { number, action, fields, user }
            },
        ),
    ]
}

fn wanted(query: Wanted) -> (MatterFilter, Option<String>, usize) {
    let Wanted { state, unit, due_before, after, limit } = query;
    (MatterFilter { state, unit, due_before }, after, limit.0)
}
