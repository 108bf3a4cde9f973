//! Ways through: returned too often, put off, not satisfied; and their clocks.

use super::*;
use crate::calendar::Calendar;
use crate::desk::{ClockKind, Level, Limit};
use crate::lang::{Lang, Say as _};

const DAY: u64 = 24 * 60;

fn code(told: Result<(), Refusal>) -> &'static str {
    told.unwrap_err().code()
}

fn clock(complaint: &Complaint) -> Option<(ClockKind, Date)> {
    let today = Date::constant(2026, 2, 10);
    complaint.clock(&Calendar::built_in(), today).map(|clock| (clock.clock, clock.due))
}

#[test]
fn after_two_returns_the_county_assigns_and_what_it_assigned_is_not_returned() {
    let mut complaint = after(&[Known::Accept, Known::Dispatch, Known::Return]);
    assert_eq!(complaint.holder(), unit(COUNTY));
    assert_eq!(code(act(&mut complaint, Known::Assign, 5)), "DESK_ASSIGN_TOO_EARLY");
    act(&mut complaint, Known::Dispatch, 6).unwrap();
    act(&mut complaint, Known::Return, 7).unwrap();
    assert_eq!(code(act(&mut complaint, Known::Dispatch, 8)), "DESK_RETURNS_USED_UP");
    let town = by(TOWN, Role::ComplaintsOfficer);
    let told = complaint.decide(Word::Known(Known::Assign), town, all_fields(), "x".parse().unwrap(), at(9));
    assert_eq!(told.unwrap_err().code(), "DESK_COUNTY_ONLY");
    act(&mut complaint, Known::Assign, 9).unwrap();
    let refused = act(&mut complaint, Known::Return, 10).unwrap_err();
    assert_eq!(refused.code(), "DESK_ASSIGNED_FOR_GOOD");
    assert_eq!(refused.text(Lang::Zh), "违反规则 C6：“退单”不能办理：县级已指定办理，不能退单，请签收");
    act(&mut complaint, Known::Sign, 11).unwrap();
    assert_eq!((complaint.holder(), complaint.folded.course.rounds[0].returns), (unit(TOWN), 2));
}

#[test]
fn the_clock_starts_at_the_first_dispatch_and_neither_signing_nor_a_return_moves_it() {
    let calendar = Calendar::built_in();
    let mut complaint = opened();
    assert_eq!(clock(&complaint).map(|(kind, _)| kind), Some(ClockKind::Acceptance));
    act(&mut complaint, Known::Accept, DAY).unwrap();
    assert_eq!(clock(&complaint), None, "nothing runs until somebody has it");
    act(&mut complaint, Known::Dispatch, 2 * DAY).unwrap();
    let due = calendar.add_working_days(Date::constant(2026, 2, 12), 15).date;
    assert_eq!(clock(&complaint), Some((ClockKind::Reply, due)));
    act(&mut complaint, Known::Return, 9 * DAY).unwrap();
    act(&mut complaint, Known::Dispatch, 10 * DAY).unwrap();
    act(&mut complaint, Known::Sign, 11 * DAY).unwrap();
    assert_eq!(clock(&complaint), Some((ClockKind::Reply, due)));

    assert_eq!(code(act_with(&mut complaint, Known::Extend, 12 * DAY, &[(DAYS, "16")])), "DESK_FIELD");
    act_with(&mut complaint, Known::Extend, 12 * DAY, &[(DAYS, "10")]).unwrap();
    assert_eq!(code(act_with(&mut complaint, Known::Extend, 13 * DAY, &[(DAYS, "1")])), "DESK_AGAIN");
    let later = calendar.add_working_days(Date::constant(2026, 2, 12), 25).date;
    assert_eq!(clock(&complaint), Some((ClockKind::Reply, later)));
    act(&mut complaint, Known::Handle, 14 * DAY).unwrap();
    act(&mut complaint, Known::Reply, 60 * DAY).unwrap();
    assert_eq!((clock(&complaint), complaint.row(&calendar, Date::constant(2026, 2, 10)).due), (None, None));
    let row = complaint.row(&calendar, Date::constant(2026, 2, 10));
    assert_eq!((row.figures.in_time, row.figures.extended_days), (Some(false), 10));
    let level = |limit: &Limit| limit.level(&calendar, &Terms::default(), Date::constant(2030, 1, 1));
    assert_eq!(complaint.limits().iter().map(level).collect::<Vec<_>>(), [Level::Running, Level::Red]);
}

#[test]
fn who_was_not_satisfied_gets_one_more_round_with_a_clock_of_its_own() {
    let first = way_to(State::CalledBack);
    let mut complaint = after(first);
    act(&mut complaint, Known::Reopen, 20).unwrap();
    let calendar = Calendar::built_in();
    let due = calendar.add_working_days(Date::constant(2026, 2, 10), 15).date;
    assert_eq!((complaint.state(), clock(&complaint)), (State::Accepted, Some((ClockKind::Reply, due))));
    assert_eq!(complaint.row(&calendar, Date::constant(2026, 2, 10)).due, Some(due));
    act(&mut complaint, first[1], 30 * DAY).unwrap();
    assert_eq!(clock(&complaint), Some((ClockKind::Reply, due)), "a late dispatch gains no time");
    for (action, days) in first[2..].iter().zip(31..) {
        act(&mut complaint, *action, days * DAY).unwrap();
    }
    assert_eq!(code(act(&mut complaint, Known::Reopen, 99 * DAY)), "DESK_AGAIN");
    let replies: Vec<u32> = complaint.limits().iter().map(|limit| limit.round).collect();
    assert_eq!(replies, [1, 1, 2]);

    let mut content = after(way_to(State::Closed));
    act_with(&mut content, Known::CallBack, 20, &[(SATISFIED, "满意")]).unwrap();
    assert_eq!(code(act(&mut content, Known::Reopen, 21)), "DESK_SATISFIED");
    act_with(&mut content, Known::Rate, 22, &[(LEVEL, "1")]).unwrap();
    assert_eq!(code(act(&mut content, Known::Rate, 23)), "DESK_AGAIN");
    act(&mut content, Known::Archive, 24).unwrap();
    assert_eq!(code(act(&mut content, Known::Rate, 25)), "DESK_AGAIN");
}

#[test]
fn a_reopened_complaint_counts_for_each_of_its_rounds() {
    let calendar = Calendar::built_in();
    let first = way_to(State::CalledBack);
    let of =
        |complaint: &Complaint, today| rates([&complaint.row(&calendar, Date::constant(2026, 2, 10))], today);
    let town = |complaint: &Complaint, today| {
        let rates = of(complaint, today)[&unit(TOWN)];
        (rates.dispatched, rates.replied, rates.in_time, rates.overdue, rates.closed, rates.called_back)
    };
    let (early, late) = (Date::constant(2026, 2, 11), Date::constant(2026, 12, 1));
    let mut complaint = after(first);
    let once = of(&complaint, early);
    act(&mut complaint, Known::Reopen, 20).unwrap();
    assert_eq!(of(&complaint, early), once, "nobody has the second round yet");
    assert_eq!(once[&unit(TOWN)].call_back_rate, Some(100.0));
    act_with(&mut complaint, Known::Dispatch, 21, &[(UNIT, VILLAGE)]).unwrap();
    assert_eq!(town(&complaint, late), (1, 1, 1, 0, 1, 1), "the town has done with it");
    assert_eq!(of(&complaint, late)[&unit(VILLAGE)].overdue, 1);

    let mut both = after(first);
    for (action, days) in std::iter::once(&Known::Reopen).chain(&first[1..]).zip(40..) {
        act(&mut both, *action, days * DAY).unwrap();
    }
    assert_eq!(town(&both, late), (2, 2, 2, 0, 2, 2));
    let row = both.row(&calendar, Date::constant(2026, 2, 10));
    assert_eq!(serde_json::from_str::<ComplaintRow>(&serde_json::to_string(&row).unwrap()).unwrap(), row);
}

#[test]
fn rates_count_what_was_dispatched_and_no_percentage_comes_of_nothing() {
    let calendar = Calendar::built_in();
    let mut late = after(way_to(State::Handling));
    act(&mut late, Known::Reply, 90 * DAY).unwrap();
    let complaints = [
        opened(),
        after(way_to(State::Dispatched)),
        after(way_to(State::Closed)),
        after(way_to(State::Archived)),
        late,
    ];
    let rows: Vec<ComplaintRow> =
        complaints.iter().map(|complaint| complaint.row(&calendar, Date::constant(2026, 2, 10))).collect();
    let early = rates(&rows, Date::constant(2026, 2, 11));
    assert_eq!(early.keys().collect::<Vec<_>>(), [&unit(TOWN)], "what nobody was given counts for nobody");
    let rates = rates(&rows, Date::constant(2026, 12, 1))[&unit(TOWN)];
    assert_eq!((rates.dispatched, rates.replied, rates.in_time, rates.overdue), (4, 3, 2, 1));
    assert_eq!((rates.in_time_rate, rates.call_back_rate), (Some(50.0), Some(50.0)));
    assert_eq!((rates.satisfied_rate, early[&unit(TOWN)].overdue), (Some(0.0), 0));
    assert_eq!(Rates::default().in_time_rate, None);
}
