//! Supervision: no card on what went well, the right one on each thing that did not.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::guide::Limit;

const TOWN: &str = "640202001";

fn named(code: &str, role: Role, user: &str) -> By {
    By { user: Some(user.to_owned()), ..by(code, role) }
}

/// An action, who does it, what with.
type Step<'a> = (&'a str, By, &'a [(&'a str, &'a str)]);

/// A case that goes well, each step some hours after the one before.
fn clean(hours: &[u64]) -> Vec<Event> {
    let steps: [Step; 9] = [
        ("receive", agent(), &[("materials", "身份证")]),
        ("hand_over", agent(), &[("to", TOWN)]),
        ("take_over", named(TOWN, Role::Clerk, "qian"), &[]),
        ("accept", named(TOWN, Role::Clerk, "qian"), &[]),
        ("handle", named(TOWN, Role::Handler, "sun"), &[]),
        ("review", named(TOWN, Role::Reviewer, "li"), &[]),
        ("decide", named(TOWN, Role::Decider, "zhou"), &[("outcome", "grant")]),
        ("conclude", named(TOWN, Role::Issuer, "wu"), &[("result", "0")]),
        ("issue", named(TOWN, Role::Issuer, "wu"), &[]),
    ];
    let mut events = vec![new_case().registration()];
    let mut minutes = 0;
    for (n, (action, by, pairs)) in steps.into_iter().enumerate() {
        minutes += hours[n] * 60;
        let seen = vec![events[n].id.clone()];
        let id = format!("c{n}").parse().unwrap();
        events.push(Event {
            id,
            at: at(minutes),
            action: Action::parse(action),
            by,
            seen,
            fields: fields(pairs),
        });
    }
    let seen = vec![events.last().unwrap().id.clone()];
    let pairs = fields(&[("taker", "王小明"), ("signature", "王小明")]);
    let at = at(minutes + hours[9] * 60);
    events.push(Event {
        id: "c9".parse().unwrap(),
        at,
        action: Action::parse("deliver"),
        by: agent(),
        seen,
        fields: pairs,
    });
    events
}

/// The case of these events, each of which has seen the one before, long after the last.
fn case_of(events: Vec<Event>) -> Case {
    let mut new = new_case();
    new.guide.terms.promised = Some(Limit::working_days(10));
    let mut case = Case::opened(&new, &almanac_on(Date::constant(2026, 12, 1)));
    case.events = events.into_iter().map(|event| (event.id.clone(), event)).collect();
    case.refold();
    case
}

fn rules(case: &Case) -> Vec<(CardRule, Level)> {
    case.cards().iter().map(|card| (card.rule, card.level)).collect()
}

/// Drops an event and lets the next have seen the one before it.
fn without(events: &[Event], action: &str) -> Vec<Event> {
    let at = events.iter().position(|event| event.action.word() == action).unwrap();
    let mut events = events.to_vec();
    let gone = events.remove(at);
    events[at].seen = gone.seen;
    events
}

#[test]
fn ten_thousand_clean_cases_earn_no_card() {
    let mut runner = TestRunner::new(Config { cases: 10_000, ..Config::default() });
    let hours = prop::collection::vec(1u64..9, 10);
    let checked = runner.run(&hours, |hours| {
        let case = case_of(clean(&hours));
        prop_assert_eq!(case.state(), State::Delivered);
        prop_assert_eq!(rules(&case), Vec::new());
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn what_is_dropped_swapped_or_forged_raises_its_rule() {
    let clean = clean(&[2; 10]);
    let is = |events: Vec<Event>, rule: CardRule| {
        let found = rules(&case_of(events));
        assert!(found.iter().any(|(raised, _)| *raised == rule), "{rule}: {found:?}");
    };
    is(without(&clean, "review"), CardRule::ReverseProcedure);
    is(without(&clean, "handle"), CardRule::ReverseProcedure);
    is(without(&clean, "receive"), CardRule::ReverseProcedure);
    let mut swapped = clean.clone();
    let (handle, review) = (swapped[5].action.clone(), swapped[6].action.clone());
    let (by_handler, by_reviewer) = (swapped[5].by.clone(), swapped[6].by.clone());
    (swapped[5].action, swapped[5].by) = (review, by_reviewer);
    (swapped[6].action, swapped[6].by) = (handle, by_handler);
    is(swapped, CardRule::ReverseProcedure);
    let forged = |at: usize, by: By| {
        let mut events = clean.clone();
        events[at].by = by;
        events
    };
    is(forged(4, named(VILLAGE, Role::Clerk, "wang")), CardRule::OverAuthority);
    is(forged(7, named(TOWN, Role::Agent, "zhou")), CardRule::OverAuthority);
    is(forged(6, named(TOWN, Role::Reviewer, "sun")), CardRule::SamePerson);
    let mut twice = clean[..4].to_vec();
    let ask = |n: &str, seen: &Event, minutes| Event {
        id: n.parse().unwrap(),
        at: at(minutes),
        action: Action::parse("ask_correction"),
        by: named(TOWN, Role::Clerk, "qian"),
        seen: vec![seen.id.clone()],
        fields: fields(&[("items", "照片"), ("answers", "照片")]),
    };
    twice.push(ask("a1", &twice[3], 400));
    twice.push(Event { action: Action::parse("correct"), by: agent(), ..ask("a2", &twice[4], 410) });
    twice.push(ask("a3", &twice[5], 420));
    is(twice, CardRule::SecondNotice);
    let mut refused = clean[..4].to_vec();
    refused.push(Event { action: Action::parse("refuse"), ..ask("r", &refused[3], 400) });
    is(refused, CardRule::RefusalWithoutReason);
}

#[test]
fn what_comes_too_late_raises_its_clock_by_steps() {
    let days = |at: usize, days: u64| {
        let mut hours = [2; 10];
        hours[at] = days * 24;
        rules(&case_of(clean(&hours)))
    };
    use CardRule::*;
    assert!(days(2, 6).contains(&(HandOverOverdue, Level::Yellow)));
    assert!(days(3, 21).contains(&(AcceptanceOverdue, Level::Yellow)));
    let late = days(6, 25);
    assert!(
        late.contains(&(Overdue, Level::Warning)) && late.contains(&(Overdue, Level::Yellow)),
        "{late:?}"
    );
    assert!(!late.contains(&(Overdue, Level::Red)));
    assert!(days(6, 60).contains(&(Overdue, Level::Red)));
    assert!(days(9, 30).contains(&(DeliveryOverdue, Level::Yellow)));
}

#[test]
fn a_card_is_the_same_on_every_node_and_can_be_withdrawn() {
    let mut hours = [2; 10];
    hours[6] = 25 * 24;
    let case = case_of(clean(&hours));
    let cards = case.cards();
    let mut other = case.clone();
    other.almanac = almanac_on(Date::constant(2027, 3, 1));
    other.refold();
    assert_eq!(other.cards(), cards, "whenever it is asked");
    let yellow = cards.iter().find(|card| card.level == Level::Yellow).unwrap();
    let mut withdrawn = case;
    act(
        &mut withdrawn,
        Action::parse("withdraw_card"),
        named(TOWN, Role::Supervisor, "zheng"),
        &[("card", &yellow.id), ("reason", "节假日安排调整")],
        "w",
        100_000,
    );
    let after = withdrawn.cards();
    let standing = after.iter().find(|card| card.id == yellow.id).unwrap().standing;
    assert_eq!((standing, after.len()), (CardStanding::Withdrawn, cards.len()));
    let day = yellow.on;
    let figures = withdrawn.figures().0;
    assert_eq!(figures.get(&(day, Figure::CardsWithdrawn)), Some(&1), "counted apart");
    assert_eq!(figures.get(&(day, Figure::Yellows)), None);
}

/// A hearing in a clean case, `days` after the event at `place`, lasting so many days; what comes later comes after it.
fn with_inquiry(hours: &[u64], place: usize, days: u64, lasts: u64) -> Vec<Event> {
    let clean = clean(hours);
    let mut events = clean[..=place].to_vec();
    let start = events[place].at.plus_ms(days * 86_400_000);
    let pairs =
        [("kind", "inquiry"), ("days", "200"), ("reason", "听证"), ("approver", "zhao"), ("result", "通过")];
    for (id, action, at) in
        [("s1", "start_special", start), ("s2", "end_special", start.plus_ms(lasts * 86_400_000))]
    {
        events.push(Event {
            id: id.parse().unwrap(),
            at,
            action: Action::parse(action),
            by: named(TOWN, Role::Handler, "sun"),
            seen: vec![events.last().unwrap().id.clone()],
            fields: fields(&pairs),
        });
    }
    events
}

#[test]
fn what_stood_before_an_inquiry_stays_and_only_what_is_ahead_is_moved() {
    // Accepted on 10 February with 10 working days promised and 20 by law; nobody decides.
    let on = |mut case: Case, today: Date| {
        case.turn_to(today);
        case.cards().iter().map(|card| (card.level, card.on.to_string())).collect::<Vec<_>>()
    };
    let card = |level, day: &str| (level, day.to_owned());
    let promise = case_of(clean(&[1; 10])[..6].to_vec());
    let alone = on(promise, Date::constant(2026, 12, 1));
    let [warning, yellow, red] = &alone[..] else { panic!("{alone:?}") };
    let late = |started: u64| with_inquiry(&[1; 10], 5, started, 60);
    let lasting = |started: u64| case_of(late(started)[..7].to_vec());
    let (march, july) = (Date::constant(2026, 3, 20), Date::constant(2026, 7, 1));

    // It begins on 12 March, after the promise and before the statute.
    for today in [march, july] {
        assert_eq!(on(lasting(30), today), [warning.clone(), yellow.clone()], "{today}");
    }
    let after = on(case_of(late(30)), Date::constant(2026, 12, 1));
    assert_eq!(after[..2], [warning.clone(), yellow.clone()]);
    assert!(after[2].0 == Level::Red && after[2].1 > red.1, "{after:?}");

    // It begins before the warning: while it lasts there is none.
    assert_eq!(on(lasting(2), july), []);
    let moved = on(case_of(late(2)), Date::constant(2026, 12, 1));
    assert!(moved.len() == 3 && moved.iter().zip(&alone).all(|(moved, was)| moved.1 > was.1), "{moved:?}");

    // It begins between the warning and the promise: the warning stays on its day.
    let warned: Date = warning.1.parse().unwrap();
    let days = Date::constant(2026, 2, 10).until(warned).unwrap().get_days() as u64;
    assert_eq!(on(lasting(days), july), [card(Level::Warning, &warning.1)]);
}

#[test]
fn a_card_is_for_the_unit_that_held_the_case_on_its_day() {
    let units = |at: usize, days: u64| {
        let mut hours = [2; 10];
        hours[at] = days * 24;
        let cards = case_of(clean(&hours)).cards();
        cards.into_iter().map(|card| (card.rule, card.unit.to_string())).collect::<BTreeSet<_>>()
    };
    use CardRule::*;
    // The village kept it for six days; the town, which took it over, has nothing to answer for.
    assert_eq!(units(2, 6), [(HandOverOverdue, VILLAGE.to_owned())].into());
    let late = units(6, 25);
    assert!(late.iter().all(|(_, unit)| unit == TOWN) && !late.is_empty(), "{late:?}");

    let mut events = clean(&[2; 10])[..5].to_vec();
    let forged = |id: &str, by: By, minutes, seen: &Event| Event {
        id: id.parse().unwrap(),
        at: at(minutes),
        action: Action::parse("decide"),
        by,
        seen: vec![seen.id.clone()],
        fields: BTreeMap::new(),
    };
    // An hour after the receipt at the village, and an hour after the acceptance at the town, on one day.
    let early = forged("f1", agent(), 180, &events[1]);
    let after = forged("f2", named(TOWN, Role::Decider, "zhou"), 540, &events[4]);
    events.extend([early, after]);
    let cards = case_of(events).cards();
    let of = |id: &str| cards.iter().find(|card| card.id.ends_with(id)).map(|card| card.unit.to_string());
    assert_eq!((of("f1").as_deref(), of("f2").as_deref()), (Some(VILLAGE), Some(TOWN)));
}

#[test]
fn only_a_card_that_stands_is_confirmed_appealed_withdrawn_or_exempted() {
    use crate::lang::Say;
    let mut hours = [2; 10];
    hours[6] = 25 * 24;
    let case = case_of(clean(&hours));
    let yellow = case.cards().into_iter().find(|card| card.level == Level::Yellow).unwrap();
    let other = yellow.id.replace("yellow", "red");
    let eve = crate::local::day_begins(yellow.on).0 - 60_000;
    for action in ["confirm_card", "appeal_card", "withdraw_card", "exempt_card"] {
        let told = |card: &str, at: Time| {
            let pairs = fields(&[("card", card), ("reason", "x")]);
            let by = named(TOWN, Role::Supervisor, "zheng");
            case.decide(Action::parse(action), by, pairs, "w".parse().unwrap(), at).map_err(|why| why.code())
        };
        let day = crate::local::day_begins(yellow.on);
        assert!(told(&yellow.id, day).is_ok(), "{action}");
        assert_eq!(told(&other, day).unwrap_err(), "CASE_NO_CARD", "{action}");
        assert_eq!(told("K1", day).unwrap_err(), "CASE_NO_CARD", "{action}");
        assert_eq!(told(&yellow.id, Time(eve)).unwrap_err(), "CASE_NO_CARD", "{action} the day before");
        assert_eq!(told(" ", day).unwrap_err(), "CASE_FIELD_MISSING", "{action}");
    }
}
