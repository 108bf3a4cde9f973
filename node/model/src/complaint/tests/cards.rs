//! Cards of complaints: each of a limit once, with the same id everywhere, for whoever held it, by the county's parameters.

use super::*;
use crate::calendar::Calendar;
use crate::case::{Card, CardStanding, Level};
use crate::parameters::{Parameters, Versions};

const DAY: u64 = 24 * 60;

fn cards(complaint: &Complaint, day: &str) -> Vec<Card> {
    complaint.cards(&Calendar::built_in(), day.parse().unwrap())
}

fn told(cards: &[Card]) -> Vec<(Level, String, &str)> {
    cards.iter().map(|card| (card.level, card.on.to_string(), card.unit.as_str())).collect()
}

#[test]
fn a_reply_that_nobody_gives_earns_three_cards_at_the_unit_that_holds_it() {
    let complaint = after(&[Known::Accept, Known::Dispatch]);
    let calendar = Calendar::built_in();
    let limit = complaint.limits()[1];
    let due = limit.due(&calendar).date;
    let all = cards(&complaint, "2026-12-31");
    let on = [
        crate::case::warned(&calendar, Some(limit.due(&calendar)), 2).unwrap(),
        due,
        calendar.add_working_days(due, 1).date,
    ]
    .map(|last| last.tomorrow().unwrap().to_string());
    let levels = [Level::Warning, Level::Yellow, Level::Red];
    let expected: Vec<_> = levels.into_iter().zip(on).map(|(level, on)| (level, on, TOWN)).collect();
    assert_eq!(told(&all), expected);
    assert!(all.iter().all(|card| card.id.contains(complaint.number.as_str())));
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|card| card.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    // What passes day by day raises them one by one, and the row says when.
    assert_eq!(told(&cards(&complaint, "2026-02-10")), []);
    let wakes = complaint.wakes_on(&calendar, Date::constant(2026, 2, 10));
    assert_eq!(wakes, Some(all[0].on));
    assert_eq!(complaint.row(&calendar, Date::constant(2026, 2, 10)).wakes, wakes);
    // Whatever comes later, they are the same cards.
    let mut later = complaint.clone();
    act(&mut later, Known::Return, 60 * DAY).unwrap();
    assert_eq!(cards(&later, "2026-12-31")[..3], all[..]);
}

#[test]
fn what_was_done_in_time_earns_none_and_what_was_done_late_keeps_those_that_stood() {
    let mut complaint = after(&[Known::Accept, Known::Dispatch, Known::Sign, Known::Handle]);
    let mut late = complaint.clone();
    act(&mut complaint, Known::Reply, 5 * DAY).unwrap();
    assert_eq!(cards(&complaint, "2026-12-31"), []);
    act(&mut late, Known::Reply, 60 * DAY).unwrap();
    assert_eq!(cards(&late, "2026-12-31").len(), 3);
}

#[test]
fn what_is_said_of_a_card_stays_with_it_and_is_said_of_one_that_there_is() {
    let mut complaint = opened();
    let id = cards(&complaint, "2026-12-31")[1].id.clone();
    let (calendar, today) = (Calendar::built_in(), Date::constant(2026, 12, 31));
    let fields = |card: &str| {
        [(CARD, card), (REASON, "线路中断")].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    };
    let supervisor = || by(COUNTY, Role::Supervisor);
    let exempt = |card: &str| {
        let (action, name) = (Word::Known(Known::ExemptCard), "x1".parse().unwrap());
        complaint.decide(action, supervisor(), fields(card), name, at(9)).unwrap()
    };
    let wrong = complaint.must_have_card(&exempt("another"), &calendar, today);
    assert_eq!(wrong.map_err(|why| crate::lang::Say::code(&why)), Err("DESK_NO_CARD"));
    let deed = exempt(&id);
    complaint.must_have_card(&deed, &calendar, today).unwrap();
    complaint.push(deed);
    let standings: Vec<_> = cards(&complaint, "2026-12-31").iter().map(|card| card.standing).collect();
    assert_eq!(standings, [CardStanding::Raised, CardStanding::Exempted, CardStanding::Raised]);
}

#[test]
fn the_countys_parameters_of_the_day_of_registration_bind_it_for_life() {
    let text = "parameter,value\ncomplaint_accept,2\nwarn_desk,0\nred_desk,3\ncomplaint_returns,1\n";
    let strict = Parameters::read_csv(text, "f").unwrap();
    let read = |from: &str| {
        let mut doc = automerge::AutoCommit::new();
        Complaint::create(&mut doc, &new()).unwrap();
        let versions = Versions([(from.parse().unwrap(), strict.clone())].into());
        Complaint::read(&doc, &versions, |_| None).unwrap()
    };
    let (bound, before) = (read("2026-02-10"), read("2026-02-11"));
    assert_eq!((bound.terms.accept_days, bound.terms.returns_max), (2, 1));
    assert_eq!(before.terms, Terms::default(), "a version of later changes nothing");
    let calendar = Calendar::built_in();
    let due = calendar.add_working_days(Date::constant(2026, 2, 10), 2).date;
    let red = calendar.add_working_days(due, 3).date;
    let on: Vec<Date> = cards(&bound, "2026-12-31").iter().map(|card| card.on).collect();
    assert_eq!(on[1..], [due.tomorrow().unwrap(), red.tomorrow().unwrap()]);
}
