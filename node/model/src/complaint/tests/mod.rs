//! Complaints from registration to the archive, as people drive them here and as they arrive from elsewhere.

mod apart;
mod cards;
mod document;
mod path;
mod table;

use std::collections::BTreeMap;

use jiff::civil::Date;
use sanji_sync::{DocId, Time, UnitCode};

use super::*;
use crate::case::{By, Role};
use crate::desk::{CARD, Deed, Flow, Kind, New, STANDS, Terms, Word, fold};
use crate::number::CaseNumber;
use crate::parameters::Versions;
use crate::refusal::Refusal;

const COUNTY: &str = "640202";
const TOWN: &str = "640202001";
const VILLAGE: &str = "640202001001";

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn by(code: &str, role: Role) -> By {
    By { unit: unit(code), node: "ab12cd34".to_owned(), user: None, instead_of: None, role }
}

/// 2026-02-10 10:00 in China and `minutes` later.
fn at(minutes: u64) -> Time {
    crate::local::day_begins(Date::constant(2026, 2, 10)).plus_ms((600 + minutes) * 60_000)
}

fn new() -> New {
    New {
        id: DocId([3; 16]),
        number: CaseNumber::new(unit(VILLAGE), Date::constant(2026, 2, 10), 1, 1).unwrap(),
        unit: unit(VILLAGE),
        kind: Kind::Complaint,
        name: "王小明".to_owned(),
        phone: "13800001234".to_owned(),
        text: "窗口无人".to_owned(),
        case: None,
        by: by(VILLAGE, Role::Agent),
        event: "e0".parse().unwrap(),
        at: at(0),
    }
}

/// Fields that satisfy every line of the table.
fn all_fields() -> BTreeMap<String, String> {
    let pairs = [
        (REASON, "不属本单位"),
        (WHERE, "县信访局"),
        (UNIT, TOWN),
        (DAYS, "5"),
        (TEXT, "已核实"),
        (SATISFIED, "no"),
        (LEVEL, "4"),
        (STANDS, "x"),
        (CARD, "x"),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn deed(name: &str, action: &str, by: By, minutes: u64, seen: &[&str]) -> Deed<Course> {
    Deed::<Course> {
        id: name.parse().unwrap(),
        at: at(minutes),
        action: Word::parse(action),
        by,
        seen: seen.iter().map(|seen| seen.parse().unwrap()).collect(),
        fields: all_fields(),
    }
}

fn with(mut deed: Deed<Course>, key: &str, value: &str) -> Deed<Course> {
    deed.fields.insert(key.to_owned(), value.to_owned());
    deed
}

/// The complaint as it is in its document right after the registration.
fn opened() -> Complaint {
    let mut doc = automerge::AutoCommit::new();
    Complaint::create(&mut doc, &new()).unwrap();
    Complaint::read(&doc, &Versions::default(), |_| None).unwrap()
}

/// Who does a step in an ordinary course: the village registers, the county decides, the town handles.
fn usual(action: Known) -> By {
    match action {
        Known::Register => by(VILLAGE, Role::Agent),
        Known::Accept
        | Known::Refuse
        | Known::Dispatch
        | Known::Assign
        | Known::Extend
        | Known::Urge
        | Known::Close
        | Known::Reopen
        | Known::Settle
        | Known::Note => by(COUNTY, Role::ComplaintsOfficer),
        Known::Sign | Known::Return | Known::Handle | Known::Reply => by(TOWN, Role::Clerk),
        Known::CallBack => by(COUNTY, Role::Caller),
        Known::Rate => by(VILLAGE, Role::Public),
        Known::Archive => by(COUNTY, Role::Archivist),
        Known::ConfirmCard | Known::AppealCard | Known::WithdrawCard | Known::ExemptCard => {
            by(COUNTY, Role::Supervisor)
        }
    }
}

/// Does the action as whoever usually does it, `minutes` after the registration.
fn act(complaint: &mut Complaint, action: Known, minutes: u64) -> Result<(), Refusal> {
    act_with(complaint, action, minutes, &[])
}

fn act_with(
    complaint: &mut Complaint,
    action: Known,
    minutes: u64,
    changed: &[(&str, &str)],
) -> Result<(), Refusal> {
    let mut fields = all_fields();
    fields.extend(changed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let id = format!("e{}", complaint.events.len()).parse().unwrap();
    let done = complaint.decide(Word::Known(action), usual(action), fields, id, at(minutes))?;
    complaint.push(done);
    Ok(())
}

/// A complaint that has come so far in the ordinary course.
fn after(actions: &[Known]) -> Complaint {
    let mut complaint = opened();
    for (action, minutes) in actions.iter().zip(1..) {
        act(&mut complaint, *action, minutes).unwrap_or_else(|why| panic!("{action}: {why}"));
    }
    complaint
}

/// The ordinary course up to a state.
fn way_to(state: State) -> &'static [Known] {
    const WAY: &[Known] = &[
        Known::Accept,
        Known::Dispatch,
        Known::Sign,
        Known::Handle,
        Known::Reply,
        Known::Close,
        Known::CallBack,
        Known::Archive,
    ];
    match state {
        State::Registered => &[],
        State::Accepted => &WAY[..1],
        State::Dispatched => &WAY[..2],
        State::Signed => &WAY[..3],
        State::Handling => &WAY[..4],
        State::Replied => &WAY[..5],
        State::Closed => &WAY[..6],
        State::CalledBack => &WAY[..7],
        State::Archived => WAY,
        State::Refused => &[Known::Refuse],
        State::Returned => &[Known::Accept, Known::Dispatch, Known::Return],
    }
}
