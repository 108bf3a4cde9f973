//! Documents: what is written reads back, from whoever wrote it.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ROOT};

use super::*;
use crate::case::Flag;
use crate::desk::BadDocument;
use crate::document::map;
use crate::lang::Say as _;

fn read(doc: &AutoCommit) -> Complaint {
    Complaint::read(doc, &Versions::default(), |_| None).unwrap()
}

#[test]
fn what_was_done_reads_back_from_the_document() {
    let mut doc = AutoCommit::new();
    let with_case = New { case: Some(new().number), ..new() };
    Complaint::create(&mut doc, &with_case).unwrap();
    let mut complaint = read(&doc);
    for (action, minutes) in way_to(State::Archived).iter().zip(1..) {
        act(&mut complaint, *action, minutes).unwrap();
        Complaint::append(&mut doc, complaint.events.values().max_by_key(|deed| deed.at).unwrap()).unwrap();
    }
    let doc = AutoCommit::load(&doc.save()).unwrap();
    let again = read(&doc);
    assert_eq!(again, complaint);
    assert_eq!((again.state(), again.events.len()), (State::Archived, 9));
    assert_eq!((again.name.as_str(), again.text.as_str()), ("王小明", "窗口无人"));
    assert_eq!(again.case, Some(new().number));
    assert!(again.is_of(unit(VILLAGE)) && !again.is_of(unit(TOWN)));
    let masked = again.row(&crate::calendar::Calendar::built_in(), Date::constant(2026, 2, 10)).masked();
    assert_eq!((masked.name.as_str(), masked.phone.as_str()), ("王**", "138****1234"));
    let json = serde_json::to_string(&masked).unwrap();
    assert_eq!(serde_json::from_str::<ComplaintRow>(&json).unwrap(), masked);
    assert!(!json.contains("窗口无人"), "lists do not tell what it is about");
}

#[test]
fn a_unit_that_an_event_only_claims_is_its_writers_and_flagged() {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([1; 16]));
    Complaint::create(&mut doc, &new()).unwrap();
    let claimed = deed("x", "accept", by(COUNTY, Role::ComplaintsOfficer), 1, &["e0"]);
    Complaint::append(&mut doc, &claimed).unwrap();
    let village = |_: &sanji_sync::ActorBytes| Some(unit(VILLAGE));
    let complaint = Complaint::read(&doc, &Versions::default(), village).unwrap();
    assert_eq!(complaint.folded.flags, [Flag::OverAuthority].into());
    assert_eq!(complaint.events[&claimed.id].by.unit, unit(VILLAGE));
}

#[test]
fn what_is_no_complaint_says_so_and_malformed_events_are_kept_aside() {
    let mut doc = AutoCommit::new();
    assert_eq!(Complaint::read(&doc, &Versions::default(), |_| None), Err(BadDocument::OtherKind));
    doc.put(ROOT, "kind", KIND).unwrap();
    assert_eq!(Complaint::read(&doc, &Versions::default(), |_| None), Err(BadDocument::Fact("person")));
    let mut doc = AutoCommit::new();
    Complaint::create(&mut doc, &new()).unwrap();
    let events = map(&doc, &ROOT, "events").unwrap();
    doc.put(&events, "bad", "{").unwrap();
    let complaint = read(&doc);
    assert_eq!(complaint.folded.flags, [Flag::Unreadable].into());
    assert_eq!((complaint.state(), complaint.unreadable[0].key.as_str()), (State::Registered, "bad"));
}

#[test]
fn a_registration_is_checked() {
    let told = |change: fn(&mut New)| {
        let mut changed = new();
        change(&mut changed);
        changed.check::<Course>(&Terms::default()).map_err(|why| why.code())
    };
    assert_eq!(told(|new| new.name.clear()), Ok(()), "somebody may not say who they are");
    assert_eq!(told(|new| new.text = " ".to_owned()), Err("DESK_FIELD"));
    assert_eq!(told(|new| new.text = "长".repeat(5000)), Err("CASE_FIELD"));
    assert_eq!(told(|new| new.name = "王\n".repeat(3)), Err("CASE_FIELD"));
    assert_eq!(told(|new| new.phone = "call me".to_owned()), Err("DESK_FIELD"));
    assert_eq!(told(|new| new.kind = Kind::Enquiry), Err("DESK_FIELD"));
    assert_eq!(told(|new| new.by.role = Role::Decider), Err("DESK_ROLE"));
}
