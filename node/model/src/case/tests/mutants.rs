//! Clean cases with one thing wrong: the rule that is about it raises its card, and no other does.

use super::walk::{Dice, clean};
use super::*;

/// Clean courses that are changed.
const COURSES: u64 = 600;

/// The events in their order.
fn chain(case: &Case) -> Vec<Event> {
    case.timeline().map(|(event, _)| event.clone()).collect()
}

/// These events, each having seen the one before, as of the day of the last.
fn relinked(case: &Case, mut events: Vec<Event>) -> Case {
    let mut before: Vec<EventId> = Vec::new();
    for event in &mut events {
        event.seen = std::mem::replace(&mut before, vec![event.id.clone()]);
    }
    let mut case = case.clone();
    let day = crate::local::date(events.last().unwrap().at);
    case.events = events.into_iter().map(|event| (event.id.clone(), event)).collect();
    case.almanac = almanac_on(day);
    case.refold();
    case
}

/// The cards, by rule and the event that they are about.
fn raised(case: &Case) -> Vec<(CardRule, String)> {
    let of = |card: &Card| card.id.rsplit('.').next().unwrap().to_owned();
    case.cards().iter().map(|card| (card.rule, of(card))).collect()
}

/// The rule by which the event at `place` counted, and the state before it.
fn step(case: &Case, events: &[Event], place: usize) -> (&'static Rule, Case) {
    let before = relinked(case, events[..place].to_vec());
    let Action::Known(known) = events[place].action else { unreachable!("only known ones are made") };
    (rules(known).find(|rule| rule.is_possible(before.folded.state)).unwrap(), before)
}

/// For each place of many clean courses what `change` makes of the events up to it, and how often it made something.
fn each(
    change: impl Fn(&Case, &[Event], usize, &mut Dice) -> Option<(Vec<Event>, CardRule, EventId)>,
) -> usize {
    let mut made = 0;
    for seed in 0..COURSES {
        let mut dice = Dice::new(seed);
        let case = clean(&mut dice, 16);
        let events = chain(&case);
        if events.len() < 2 {
            continue;
        }
        let place = 1 + dice.below(events.len() - 1);
        if let Some((changed, rule, id)) = change(&case, &events, place, &mut dice) {
            made += 1;
            let words: Vec<String> = changed.iter().map(|e| format!("{}/{}", e.action, e.by.role)).collect();
            let changed = relinked(&case, changed);
            assert_eq!(raised(&changed), [(rule, id.to_string())], "seed {seed}: {words:?}");
        }
    }
    made
}

/// Not possible from that state, whatever else holds.
fn impossible(event: &Event, state: Option<State>) -> bool {
    let Action::Known(known) = event.action else { return false };
    rules(known).all(|rule| !rule.is_possible(state))
}

#[test]
fn ten_thousand_clean_courses_earn_no_card() {
    let mut ends = BTreeMap::<State, usize>::new();
    for seed in 0..10_000 {
        let case = clean(&mut Dice::new(seed), 14);
        assert_eq!(raised(&case), [], "seed {seed}");
        assert!(case.timeline().all(|(_, verdict)| *verdict == Verdict::Counted), "seed {seed}");
        *ends.entry(case.state()).or_default() += 1;
    }
    assert!(ends.len() >= 14, "{ends:?}");
}

#[test]
fn a_forged_role_is_over_authority() {
    let made = each(|_, events, place, dice| {
        let Action::Known(known) = events[place].action else { return None };
        let not: Vec<Role> = Role::ALL.iter().copied().filter(|role| !role.may(known)).collect();
        let mut changed = events[..=place].to_vec();
        changed[place].by.role = *dice.pick(&not);
        Some((changed, CardRule::OverAuthority, events[place].id.clone()))
    });
    assert!(made as u64 > COURSES * 9 / 10, "{made}");
}

#[test]
fn a_forged_unit_is_over_authority() {
    let made = each(|case, events, place, _| {
        let (rule, before) = step(case, events, place);
        let elsewhere = match rule.place {
            Place::Accepting => !case.guide.terms.accepts.contains(&crate::organisation::Tier::Village),
            Place::Authority | Place::Deciding | Place::NotVillage | Place::County => true,
            Place::Holder => before.custody() != unit(NEIGHBOUR),
            Place::Anywhere | Place::Registering | Place::HolderOrAgent | Place::NotHolder => false,
        };
        let mut changed = events[..=place].to_vec();
        changed[place].by.unit = unit(NEIGHBOUR);
        elsewhere.then(|| (changed, CardRule::OverAuthority, events[place].id.clone()))
    });
    assert!(made > 250, "{made}");
}

#[test]
fn a_dropped_stage_makes_what_comes_after_it_a_reverse_procedure() {
    let reviews = std::cell::Cell::new(0);
    let made = each(|case, events, place, _| {
        let next = events.get(place + 1)?;
        let (_, before) = step(case, events, place);
        let words = (events[place].action.word(), next.action.word());
        let unreviewed = words == ("review", "decide") && before.folded.course.reviewer.is_none();
        let determined = impossible(next, before.folded.state) || unreviewed;
        reviews.set(reviews.get() + usize::from(unreviewed));
        let mut changed = events[..place + 2].to_vec();
        changed.remove(place);
        determined.then(|| (changed, CardRule::ReverseProcedure, next.id.clone()))
    });
    assert!(made > 150 && reviews.get() > 0, "{made} {reviews:?}");
}

#[test]
fn of_two_swapped_the_one_that_comes_too_early_is_a_reverse_procedure() {
    let made = each(|case, events, place, _| {
        let next = events.get(place + 1)?;
        let (_, before) = step(case, events, place);
        let mut changed = events[..place + 2].to_vec();
        changed.swap(place, place + 1);
        let (early, late) = (events[place].at, next.at);
        (changed[place].at, changed[place + 1].at) = (early, late);
        let determined = impossible(next, before.folded.state);
        determined.then(|| (changed, CardRule::ReverseProcedure, next.id.clone()))
    });
    assert!(made > 150, "{made}");
}

#[test]
fn who_received_accepted_handled_or_reviewed_it_and_then_judges_it_is_found() {
    let made = each(|case, events, place, dice| {
        let (rule, before) = step(case, events, place);
        let course = &before.folded.course;
        let earlier: Vec<&Person> = match rule.action {
            Known::Decide => {
                course.receiver.iter().chain(&course.accepter).chain(&course.reviewers).collect()
            }
            Known::Review | Known::SendBack => {
                course.receiver.iter().chain(&course.accepter).chain(&course.handler).collect()
            }
            Known::Handle => course.receiver.iter().collect(),
            _ => return None,
        };
        let office = |person: &&Person| person.unit != unit(VILLAGE);
        let earlier: Vec<&Person> = earlier.into_iter().filter(office).collect();
        let person = (!earlier.is_empty()).then(|| *dice.pick(&earlier))?;
        let mut changed = events[..=place].to_vec();
        (changed[place].by.unit, changed[place].by.user) = (person.unit, person.user.clone());
        Some((changed, CardRule::SamePerson, events[place].id.clone()))
    });
    assert!(made > 30, "{made}");
}

/// Everybody in a stage of its own, and one event more at the end of what came before `place`.
fn one_more(events: &[Event], place: usize, action: Known, without: Option<&str>) -> Vec<Event> {
    let mut changed = events[..place].to_vec();
    let last = changed.last().unwrap();
    let mut brought = fields(FIELDS);
    without.map(|key| brought.remove(key));
    changed.push(Event {
        id: "x".parse().unwrap(),
        at: last.at.plus_ms(60_000),
        action: Action::Known(action),
        by: By { user: Some("forger".to_owned()), ..by(COUNTY, Role::Clerk) },
        seen: Vec::new(),
        fields: brought,
    });
    changed
}

#[test]
fn a_second_notice_and_a_refusal_without_its_reason_are_found_wherever_a_case_lies_received() {
    let received = |case: &Case, events: &[Event]| -> Option<usize> {
        (2..=events.len()).find(|place| {
            let before = relinked(case, events[..*place].to_vec());
            before.state() == State::Received && !before.folded.course.corrections.is_empty()
        })
    };
    let x = || "x".parse::<EventId>().unwrap();
    let made = each(|case, events, _, _| {
        let place = received(case, events)?;
        Some((one_more(events, place, Known::AskCorrection, None), CardRule::SecondNotice, x()))
    });
    assert!(made > 10, "{made}");
    let made = each(|case, events, place, dice| {
        let before = relinked(case, events[..place].to_vec());
        let without = *dice.pick(&["reason", "basis", "competent"]);
        let changed = one_more(events, place, Known::Refuse, Some(without));
        (before.state() == State::Received).then(|| (changed, CardRule::RefusalWithoutReason, x()))
    });
    assert!(made > 30, "{made}");
}

/// What a limit that passes raises.
fn late(clock: ClockKind) -> Option<(CardRule, Level)> {
    match clock {
        ClockKind::Acceptance => Some((CardRule::AcceptanceOverdue, Level::Yellow)),
        ClockKind::HandOver => Some((CardRule::HandOverOverdue, Level::Yellow)),
        ClockKind::Promise => Some((CardRule::Overdue, Level::Yellow)),
        ClockKind::Statute => Some((CardRule::Overdue, Level::Red)),
        ClockKind::Special => Some((CardRule::SpecialOverdue, Level::Yellow)),
        ClockKind::Delivery => Some((CardRule::DeliveryOverdue, Level::Yellow)),
        // The applicant's time: nobody in an office is late.
        ClockKind::Correction | ClockKind::Omission => None,
    }
}

#[test]
fn a_case_that_lies_still_raises_the_clock_that_ends_first_and_no_other() {
    let mut met = BTreeMap::<ClockKind, usize>::new();
    for seed in 0..COURSES {
        let mut dice = Dice::new(seed);
        let whole = clean(&mut dice, 16);
        let events = chain(&whole);
        let place = 1 + dice.below(events.len());
        let mut case = relinked(&whole, events[..place].to_vec());
        let running: Vec<Clock> = case.clocks().into_iter().filter(|clock| !clock.paused).collect();
        let Some(first) = running.first() else { continue };
        let graver = |case: &Case| {
            let cards = case.cards().into_iter().filter(|card| card.level != Level::Warning);
            cards.map(|card| (card.rule, card.level)).collect::<BTreeSet<_>>()
        };
        case.turn_to(first.due.date);
        assert_eq!(graver(&case), BTreeSet::new(), "seed {seed}: on its last day {first:?}");
        case.turn_to(first.due.date.tomorrow().unwrap());
        let ended = running.iter().filter(|clock| clock.due.date == first.due.date);
        let wanted: BTreeSet<_> = ended.filter_map(|clock| late(clock.clock)).collect();
        assert_eq!(graver(&case), wanted, "seed {seed}: the day after {first:?}");
        *met.entry(first.clock).or_default() += 1;
    }
    let all = ClockKind::ALL.iter().filter(|clock| **clock != ClockKind::Statute);
    assert_eq!(met.keys().collect::<Vec<_>>(), all.collect::<Vec<_>>(), "{met:?}");
}
