//! The changes of a case as they stand in the logs of those who wrote them, each with what proves that its writer signed it; and
//! whether a package's events are those.
//!
//! A line an entry, in JSON, with bytes as hexadecimal digits and the change in Base64. What is of other documents is a hash only.

use std::collections::BTreeMap;

use automerge::{AutoCommit, Change};
use data_encoding::{BASE64, HEXLOWER};
use sanji_model::calendar::{Almanac, Calendar};
use sanji_model::case::package::{CASE, EVENTS, File};
use sanji_model::case::{Case, Event};
use sanji_sync::proof::{Step, Trail};
use sanji_sync::{DocId, Epoch, Link, LogId, NodeId, Scope, Signature, Witness};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The file of the signed changes.
pub const SIGNED: &str = "signed.jsonl";
/// The file of who wrote them, as the county's directory says it.
pub const NODES: &str = "nodes.json";

/// One entry. The order of the fields is part of the format.
#[derive(Serialize, Deserialize)]
struct Line {
    scope: String,
    node: NodeId,
    epoch: u32,
    height: u64,
    /// The link before it.
    prev: String,
    /// From it to the next that is signed: document and hash of each change.
    steps: Vec<(DocId, String)>,
    /// Over log, last height and last link.
    signature: String,
    change: String,
}

pub fn line(witness: &Witness) -> String {
    let steps = witness.trail.steps.iter().map(|step| (step.doc, HEXLOWER.encode(&step.change)));
    let line = Line {
        scope: witness.log.scope.to_string(),
        node: witness.log.node,
        epoch: witness.log.epoch.0,
        height: witness.height,
        prev: HEXLOWER.encode(&witness.prev.0),
        steps: steps.collect(),
        signature: HEXLOWER.encode(&witness.trail.signature.0),
        change: BASE64.encode(&witness.change),
    };
    serde_json::to_string(&line).expect("texts and numbers always serialise") + "\n"
}

fn read(text: &str) -> Option<Witness> {
    let line: Line = serde_json::from_str(text).ok()?;
    let hash = |hex: &str| HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok();
    let step = |(doc, change): &(DocId, String)| Some(Step { doc: *doc, change: hash(change)? });
    let signature = HEXLOWER.decode(line.signature.as_bytes()).ok()?.try_into().ok()?;
    Some(Witness {
        log: LogId { scope: line.scope.parse::<Scope>().ok()?, node: line.node, epoch: Epoch(line.epoch) },
        height: line.height,
        prev: Link(hash(&line.prev)?),
        change: BASE64.decode(line.change.as_bytes()).ok()?.into(),
        trail: Trail {
            steps: line.steps.iter().map(step).collect::<Option<_>>()?,
            signature: Signature(signature),
        },
    })
}

/// What a package's signatures do not bear out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unproven {
    /// The entry on this line is not as its writer signed it, or is of another document. From 1.
    Entry(usize),
    /// The signed changes make no case.
    NoCase,
    /// Case or events are not those of the signed changes.
    Differs(&'static str),
}

/// Whether what a package says of a case and its events is what was signed.
pub fn check(files: &[File]) -> Result<(), Unproven> {
    let file = |name: &str| files.iter().find(|file| file.name == name);
    let text = |name| file(name).and_then(|file| std::str::from_utf8(&file.bytes).ok()).unwrap_or_default();
    let told: Value = serde_json::from_str(text(CASE)).unwrap_or_default();
    let mut changes = Vec::new();
    for (number, line) in (1..).zip(text(SIGNED).lines()) {
        let witness =
            read(line).filter(|witness| witness.holds().is_some_and(|doc| told["id"] == doc.to_string()));
        let change = witness.and_then(|witness| Change::from_bytes(witness.change.to_vec()).ok());
        changes.push(change.ok_or(Unproven::Entry(number))?);
    }
    let mut doc = AutoCommit::new();
    doc.apply_changes(changes).map_err(|_| Unproven::NoCase)?;
    let almanac = Almanac::new(Calendar::built_in(), jiff::civil::Date::MIN);
    let case = Case::read(&doc, &almanac).map_err(|_| Unproven::NoCase)?;
    let said = [
        (&told["number"], case.number.to_string()),
        (&told["applicant"]["name"], case.applicant.clone()),
        (&told["applicant"]["id_number"], case.id_number.clone()),
    ];
    if said.iter().any(|(told, signed)| *told != signed) {
        return Err(Unproven::Differs(CASE));
    }
    match events(text(EVENTS)) == Some(signed_events(&case)) {
        true => Ok(()),
        false => Err(Unproven::Differs(EVENTS)),
    }
}

/// Events by id. The unit is left out: what an event says of it counts less than who signed it.
type Told = BTreeMap<String, Value>;

fn events(text: &str) -> Option<Told> {
    let read = |line: &str| serde_json::from_str::<Event>(line).ok();
    text.lines().map(|line| read(line).map(told)).collect()
}

fn signed_events(case: &Case) -> Told {
    case.events.values().cloned().map(told).collect()
}

fn told(event: Event) -> (String, Value) {
    let mut json = serde_json::to_value(&event).expect("texts and numbers always serialise");
    json["by"]["unit"] = Value::Null;
    (event.id.to_string(), json)
}
