//! What the answers that programs read most have for certain, as types: the document's schemas are written from them, and a
//! test holds real answers against those (`tests/tests/api/shapes.rs`).
//!
//! The machine's answers are open: more fields than these may be there. Times are milliseconds since 1970 UTC, days
//! `YYYY-MM-DD` by local time. Knows no machine.

#![allow(dead_code, reason = "only their schemas are used")]

use std::collections::BTreeMap;

use sanji_model::case::{PaperKind, Role, State};
use sanji_model::guide::GuideState;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

/// A word of a closed list.
macro_rules! words {
    ($($name:ident of $model:ty),+ $(,)?) => {
        $(fn $name(_: &mut SchemaGenerator) -> Schema {
            let words: Vec<&str> = <$model>::ALL.iter().map(|one| one.word()).collect();
            json_schema!({ "type": "string", "enum": words })
        })+
    };
}

words!(state of State, guide_state of GuideState, paper_kind of PaperKind, role of Role);

/// A line of a list of cases. Names are masked.
#[derive(JsonSchema)]
pub struct CaseLine {
    /// 27 digits.
    number: String,
    id: String,
    #[schemars(schema_with = "state")]
    state: String,
    /// The unit that registered it.
    unit: String,
    /// The unit that holds it now.
    custody: String,
    /// The guide's code; blank where it has none.
    guide: String,
    guide_name: String,
    guide_version: u32,
    /// A person's name masked; an organisation's as it is.
    applicant: String,
    /// `ric` or `uscc`.
    id_kind: String,
    /// The day of the clock that ends next.
    due: Option<String>,
    /// The calendar of that year is not known yet.
    due_provisional: bool,
    flags: Vec<String>,
    registered_at: Option<u64>,
}

/// A case with its course, masked.
#[derive(JsonSchema)]
pub struct Case {
    #[schemars(flatten)]
    line: CaseLine,
    /// Masked.
    id_number: String,
    /// Ways to reach the applicant, by name; masked.
    contact: BTreeMap<String, Value>,
    /// Further answers, by name. What was written in two places apart is `{shown, others}`.
    fields: BTreeMap<String, Value>,
    case_type: String,
    clocks: Vec<Clock>,
    materials: Vec<Material>,
    papers: Vec<PaperLine>,
    /// Where it is saved, this node first.
    delivery: Vec<Place>,
    events: Vec<Event>,
    /// Cards that stand on it.
    cards: Vec<Value>,
    /// What two places did apart and is not settled.
    disputes: Vec<Value>,
    /// Parts of a bundle.
    parts: Vec<Part>,
    /// What can be done with it here and now, and by which roles.
    offers: Vec<Offer>,
    /// Records of a newer version that this one cannot read.
    unreadable: u64,
}

#[derive(JsonSchema)]
struct Clock {
    /// `acceptance`, `promise`, `statute` and others.
    clock: String,
    due: String,
    paused: bool,
    provisional: bool,
}

#[derive(JsonSchema)]
struct Material {
    name: String,
    /// How it came.
    source: String,
    originals: u32,
    copies: u32,
    /// Against the original.
    checked: bool,
    /// `a` to `d`.
    trust: String,
}

/// A paper that the case has made.
#[derive(JsonSchema)]
pub struct PaperLine {
    /// The event that made it.
    event: String,
    #[schemars(schema_with = "paper_kind")]
    kind: String,
    made_on: String,
    prints: u64,
}

#[derive(JsonSchema)]
struct Place {
    unit: String,
    name: String,
    tier: Option<String>,
    delivered: bool,
    since: Option<u64>,
    /// Entries that are not there yet.
    on_the_way: u64,
}

/// What somebody did. Fields that hold a person are masked.
#[derive(JsonSchema)]
struct Event {
    id: String,
    action: String,
    at: u64,
    by: By,
    /// Left out where there are none.
    fields: Option<BTreeMap<String, String>>,
    verdict: Verdict,
}

#[derive(JsonSchema)]
struct By {
    unit: String,
    node: String,
    #[schemars(schema_with = "role")]
    role: String,
    /// Left out where nobody signed in.
    user: Option<String>,
}

/// Whether it counts, and why not.
#[derive(JsonSchema)]
struct Verdict {
    counted: bool,
    zh: String,
    en: String,
}

#[derive(JsonSchema)]
struct Part {
    number: String,
    #[schemars(schema_with = "state")]
    state: String,
}

#[derive(JsonSchema)]
struct Offer {
    action: String,
    roles: Vec<String>,
}

/// A line of a list of guides: a draft, or a version.
#[derive(JsonSchema)]
pub struct GuideLine {
    id: String,
    name: String,
    code: Option<String>,
    #[schemars(schema_with = "guide_state")]
    state: String,
    /// None of a draft.
    version: Option<u32>,
    case_type: Option<String>,
    effective_on: Option<String>,
    /// Elements missing of 26.
    missing: u32,
}

/// A guide as published.
#[derive(JsonSchema)]
pub struct Guide {
    id: String,
    #[schemars(schema_with = "guide_state")]
    state: String,
    version: Option<u32>,
    /// All that were published.
    versions: Vec<u32>,
    /// What each element says, as people read it.
    readable: BTreeMap<String, String>,
    /// The same as docs/guide.schema.json has it.
    guide: BTreeMap<String, Value>,
    stops: Vec<Value>,
}

/// How this node and its lines stand.
#[derive(JsonSchema)]
pub struct Status {
    unit: String,
    name: String,
    tier: Option<String>,
    /// The node's id: its public key.
    node: String,
    version: String,
    clock: u64,
    clock_skew_ms: i64,
    uptime_ms: u64,
    /// The line to the unit above; null at the county.
    parent: Option<Uplink>,
    children: Vec<Child>,
    guides: u64,
    drafts: u64,
    cases: u64,
    complaints: u64,
    enquiries: u64,
    /// Entries that lists do not show yet.
    behind: u64,
    quarantined: u64,
    incidents: Vec<Value>,
    /// What somebody must act on.
    attention: Vec<Value>,
}

#[derive(JsonSchema)]
struct Uplink {
    unit: Option<String>,
    /// `up`, `dialling`, `waiting`, `paused` or `stopped`.
    state: String,
    since: Option<u64>,
    /// Entries that the unit above lacks.
    owed: u64,
}

#[derive(JsonSchema)]
struct Child {
    unit: String,
    name: String,
    /// `up` or `down`.
    state: String,
    last_seen: Option<u64>,
    owed: u64,
}

/// Why there is no answer (RFC 9457).
#[derive(JsonSchema)]
pub struct Problem {
    #[schemars(rename = "type", extend("format" = "uri"))]
    kind: String,
    title: String,
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// A sentence in Chinese or English, by Accept-Language.
    detail: String,
    /// What programs tell problems apart by.
    code: String,
    /// What is wrong in a query or a body; left out elsewhere.
    errors: Option<Vec<Wrong>>,
    /// Line by line what is wrong with a file; left out elsewhere.
    problems: Option<Vec<Value>>,
}

#[derive(JsonSchema)]
struct Wrong {
    /// Where in the body, as a JSON pointer (RFC 6901).
    pointer: Option<String>,
    /// Which of the query.
    parameter: Option<String>,
    detail: String,
    /// What a parser said, in English.
    technical: Option<String>,
}
