//! Enquiries: owned by whoever was asked first until somebody takes them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use proptest::prelude::*;
use sanji_sync::{DocId, Time, UnitCode};

use super::*;
use crate::calendar::Calendar;
use crate::case::{By, Flag, Role};
use crate::desk::{Deed, Flow as _, Folded, Kind, New, Terms, Verdict, Why, Word, fold};
use crate::lang::Say as _;
use crate::number::CaseNumber;
use crate::parameters::Versions;

const TOWN: &str = "640202001";
const VILLAGE: &str = "640202001001";

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn by(code: &str, role: Role, user: Option<&str>) -> By {
    By {
        unit: unit(code),
        node: "ab12cd34".to_owned(),
        user: user.map(str::to_owned),
        instead_of: None,
        role,
    }
}

fn at(minutes: u64) -> Time {
    crate::local::day_begins(Date::constant(2026, 3, 10)).plus_ms((600 + minutes) * 60_000)
}

fn new() -> New {
    New {
        id: DocId([3; 16]),
        number: CaseNumber::new(unit(VILLAGE), Date::constant(2026, 3, 10), 1, 1).unwrap(),
        unit: unit(VILLAGE),
        kind: Kind::Enquiry,
        name: String::new(),
        phone: String::new(),
        text: "如何换领身份证".to_owned(),
        case: None,
        by: by(VILLAGE, Role::Agent, None),
        event: "e0".parse().unwrap(),
        at: at(0),
    }
}

fn opened() -> Enquiry {
    let mut doc = automerge::AutoCommit::new();
    Enquiry::create(&mut doc, &new()).unwrap();
    Enquiry::read(&doc, &Versions::default(), |_| None).unwrap()
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What became of it: the code of the refusal, or `ok`.
fn act(enquiry: &mut Enquiry, action: Known, by: By, pairs: &[(&str, &str)], minutes: u64) -> &'static str {
    let id = format!("e{}", enquiry.events.len()).parse().unwrap();
    match enquiry.decide(Word::Known(action), by, fields(pairs), id, at(minutes)) {
        Ok(deed) => {
            enquiry.push(deed);
            "ok"
        }
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn the_first_person_asked_owns_it_until_somebody_takes_it_or_it_is_answered() {
    let (agent, clerk) = (by(VILLAGE, Role::Agent, None), by(TOWN, Role::Clerk, Some("li")));
    let mut enquiry = opened();
    assert_eq!((enquiry.state(), enquiry.holder()), (State::Open, unit(VILLAGE)));
    assert_eq!(act(&mut enquiry, Known::Answer, clerk.clone(), &[(TEXT, "带户口簿")], 1), "DESK_HOLDER");
    assert_eq!(act(&mut enquiry, Known::Take, clerk.clone(), &[], 1), "DESK_STATE");
    assert_eq!(act(&mut enquiry, Known::HandOn, agent.clone(), &[], 2), "DESK_FIELD");
    let to = [(UNIT, TOWN), (TO, "li")];
    assert_eq!(act(&mut enquiry, Known::HandOn, agent.clone(), &to, 2), "ok");
    assert_eq!((enquiry.state(), enquiry.holder()), (State::HandedOn, unit(VILLAGE)), "not taken yet");
    assert_eq!(act(&mut enquiry, Known::Take, agent.clone(), &[], 3), "DESK_HOLDER");
    assert_eq!(act(&mut enquiry, Known::Take, by(TOWN, Role::Clerk, Some("wu")), &[], 3), "DESK_PERSON");
    assert_eq!(act(&mut enquiry, Known::Take, clerk.clone(), &[], 3), "ok");
    assert_eq!((enquiry.state(), enquiry.holder()), (State::Open, unit(TOWN)));
    let owner = enquiry.folded.course.owner.clone().unwrap();
    assert_eq!((owner.unit, owner.user.as_deref()), (unit(TOWN), Some("li")));
    assert_eq!(act(&mut enquiry, Known::Answer, agent.clone(), &[(TEXT, "x")], 4), "DESK_HOLDER");
    assert_eq!(act(&mut enquiry, Known::Rate, agent.clone(), &[(LEVEL, "1")], 4), "DESK_STATE");
    assert_eq!(act(&mut enquiry, Known::Answer, clerk, &[(TEXT, "带户口簿")], 5), "ok");
    assert_eq!(act(&mut enquiry, Known::Rate, agent.clone(), &[(LEVEL, "6")], 6), "DESK_FIELD");
    assert_eq!(act(&mut enquiry, Known::Rate, agent.clone(), &[(LEVEL, "1")], 6), "ok");
    assert_eq!(act(&mut enquiry, Known::Rate, agent, &[(LEVEL, "1")], 7), "DESK_AGAIN");
    assert!(enquiry.folded.flags.is_empty());
}

#[test]
fn three_working_days_are_promised_whoever_owns_it() {
    let calendar = Calendar::built_in();
    let mut enquiry = opened();
    let due =
        |enquiry: &Enquiry| enquiry.clock(&calendar, Date::constant(2026, 3, 10)).map(|clock| clock.due);
    assert_eq!(due(&enquiry), Some(Date::constant(2026, 3, 13)));
    let agent = by(VILLAGE, Role::Agent, None);
    act(&mut enquiry, Known::HandOn, agent, &[(UNIT, TOWN)], 60 * 24);
    act(&mut enquiry, Known::Take, by(TOWN, Role::Clerk, None), &[], 2 * 60 * 24);
    assert_eq!(due(&enquiry), Some(Date::constant(2026, 3, 13)));
    act(&mut enquiry, Known::Answer, by(TOWN, Role::Clerk, None), &[(TEXT, "x")], 6 * 60 * 24);
    assert_eq!(
        (due(&enquiry), enquiry.row(&calendar, Date::constant(2026, 2, 10)).figures.in_time),
        (None, Some(false))
    );
}

fn deed(name: &str, action: Known, by: By, seen: &[&str]) -> Deed<Course> {
    Deed::<Course> {
        id: name.parse().unwrap(),
        at: at(1),
        action: Word::Known(action),
        by,
        seen: seen.iter().map(|seen| seen.parse().unwrap()).collect(),
        fields: fields(&[(UNIT, TOWN), (TEXT, "x"), (LEVEL, "2")]),
    }
}

fn folded(deeds: &[Deed<Course>]) -> Folded<Course> {
    let first = new().deed::<Course>();
    fold(std::iter::once(&first).chain(deeds), &Terms::default())
}

#[test]
fn an_answer_stands_against_somebody_who_took_it_apart() {
    let hand_on = deed("h", Known::HandOn, by(VILLAGE, Role::Agent, None), &["e0"]);
    let take = deed("t", Known::Take, by(TOWN, Role::Clerk, None), &["h"]);
    let answer = deed("a", Known::Answer, by(VILLAGE, Role::Agent, None), &["h"]);
    let both = folded(&[hand_on, take, answer]);
    assert_eq!(both.course.state(), Some(State::Answered));
    let lost = Verdict::Not(Why::Against("a".parse().unwrap()));
    assert_eq!(both.verdict(&"t".parse().unwrap()), Some(&lost));
    assert_eq!(both.flags, [Flag::Disputed].into());
}

#[test]
fn an_answer_of_who_does_not_hold_it_takes_nothing_out() {
    let handed = deed("h", Known::HandOn, by(VILLAGE, Role::Agent, None), &["e0"]);
    let answer = deed("z", Known::Answer, by("640202001002", Role::Agent, None), &["e0"]);
    let folded = folded(&[handed, answer]);
    assert_eq!(folded.course.state(), Some(State::HandedOn));
    assert_eq!(folded.verdict(&"h".parse().unwrap()), Some(&Verdict::Counted));
    assert_eq!(folded.flags, [Flag::OverAuthority].into());
}

#[test]
fn thousands_that_one_answer_beats_fold_at_once() {
    let mut deeds: Vec<Deed<Course>> = Vec::new();
    for n in 0..3000 {
        let seen = deeds.last().map_or("e0".to_owned(), |deed| deed.id.to_string());
        deeds.push(deed(&format!("n{n}"), Known::HandOn, by(VILLAGE, Role::Agent, None), &[&seen]));
    }
    let answer = deed("z", Known::Answer, by(VILLAGE, Role::Agent, None), &["e0"]);
    deeds.push(Deed::<Course> { at: at(9), ..answer });
    let folded = folded(&deeds);
    assert_eq!((folded.course.state(), folded.disputes.len()), (Some(State::Answered), 3000));
}

fn histories() -> impl Strategy<Value = Vec<Deed<Course>>> {
    let one = (0..Known::ALL.len(), any::<bool>(), any::<u16>());
    prop::collection::vec(one, 0..12).prop_map(|rows| {
        let mut deeds = vec![new().deed::<Course>()];
        for (n, (action, town, mask)) in rows.into_iter().enumerate() {
            let who = by(if town { TOWN } else { VILLAGE }, Role::Agent, None);
            let mut next = deed(&format!("x{n}"), Known::ALL[action], who, &[]);
            next.seen = (0..deeds.len())
                .filter(|at| mask & (1 << at) != 0 || (*at + 1 == deeds.len() && mask % 3 > 0))
                .map(|at| deeds[at].id.clone())
                .collect();
            deeds.push(next);
        }
        deeds
    })
}

proptest! {
    #[test]
    fn any_order_gives_the_same((deeds, shuffled) in histories().prop_flat_map(|deeds| {
        (Just(deeds.clone()), Just(deeds).prop_shuffle())
    })) {
        let folded: Folded<Course> = fold(&deeds, &Terms::default());
        prop_assert_eq!(&folded, &fold(&shuffled, &Terms::default()));
        prop_assert_eq!(folded.timeline.len(), deeds.len());
        prop_assert!(folded.course.holder().is_some());
        for (id, verdict) in &folded.timeline {
            if let Verdict::Not(Why::Against(other) | Why::SameAs(other) | Why::Settled(other)) = verdict {
                prop_assert_eq!(folded.verdict(other), Some(&Verdict::Counted), "{} gave way to {}", id, other);
            }
        }
    }
}
