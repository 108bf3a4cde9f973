//! What arrives from elsewhere: in any order, at the same time, from newer versions, against the rules.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use proptest::prelude::*;

use super::*;
use crate::document::{Kept, map};
use crate::lang::Say as _;

fn id(text: &str) -> EventId {
    text.parse().unwrap()
}

fn event(name: &str, action: &str, by: By, minutes: u64, seen: &[&str]) -> Event {
    Event {
        id: id(name),
        at: at(minutes),
        action: Action::parse(action),
        by,
        seen: seen.iter().map(|seen| id(seen)).collect(),
        fields: fields(&[("materials", "x")]),
    }
}

fn folded(events: &[Event]) -> Folded {
    let register = new_case().registration();
    refold(std::iter::once(&register).chain(events))
}

/// The fold with the usual terms on the day on which the tests play.
fn refold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Folded {
    let (terms, almanac) = (Terms::default(), almanac());
    let setting = Setting {
        terms: &terms,
        case_type: CaseType::Promised,
        calendar: &almanac.calendar,
        today: almanac.today,
    };
    fold(events, &setting)
}

fn why(folded: &Folded, name: &str) -> Option<Why> {
    match folded.verdict(&id(name)) {
        Some(Verdict::Not(why)) => Some(why.clone()),
        Some(Verdict::Counted) => None,
        None => panic!("{name} is not in the timeline"),
    }
}

#[test]
fn of_two_that_exclude_each_other_the_higher_tier_stands_and_the_case_is_disputed() {
    let receive = event("r", "receive", agent(), 1, &["e0"]);
    let withdraw = event("w", "withdraw", by(COUNTY, Role::Clerk), 9, &["e0"]);
    let apart = folded(&[receive.clone(), withdraw.clone()]);
    assert_eq!((apart.state, apart.received_at), (Some(State::Withdrawn), None));
    assert_eq!(why(&apart, "r"), Some(Why::Against(id("w"))));
    assert_eq!(apart.disputes, [Dispute { stands: id("w"), other: id("r") }]);
    assert_eq!(apart.flags, BTreeSet::from([Flag::Disputed]));
    assert_eq!(apart.heads, [id("r"), id("w")]);

    // The same tier: the earlier stands; the same time: the smaller id.
    let town = |minutes| event("w", "withdraw", by("640202001002", Role::Clerk), minutes, &["e0"]);
    assert_eq!(folded(&[receive.clone(), town(2)]).state, Some(State::Received));
    assert_eq!(folded(&[receive.clone(), town(0)]).state, Some(State::Withdrawn));
    assert_eq!(folded(&[receive, town(1)]).state, Some(State::Received));
}

#[test]
fn a_dispute_stays_until_the_holder_settles_it() {
    let receive = event("r", "receive", by(COUNTY, Role::Clerk), 1, &["e0"]);
    let withdraw = event("w", "withdraw", agent(), 2, &["e0"]);
    let apart = [receive, withdraw];
    let and = |more: &[Event]| folded(&[&apart[..], more].concat());
    let disputed = (vec![Dispute { stands: id("r"), other: id("w") }], BTreeSet::from([Flag::Disputed]));
    let note = event("n", "note", agent(), 3, &["r", "w"]);
    let noted = and(&[note]);
    assert_eq!((noted.disputes, noted.flags), disputed);
    // The case goes on all the same, and the dispute with it.
    let later = event("x", "withdraw", agent(), 3, &["r", "w"]);
    let gone_on = and(std::slice::from_ref(&later));
    assert_eq!(gone_on.state, Some(State::Withdrawn));
    assert_eq!((gone_on.disputes, gone_on.flags), disputed);

    let settle = |stands: &str, seen: &[&str]| {
        let fields = fields(&[("stands", stands)]);
        Event { fields, ..event("s", "settle", agent(), 4, seen) }
    };
    let settled = and(&[later.clone(), settle("r", &["x"])]);
    assert_eq!((settled.state, settled.disputes.len()), (Some(State::Withdrawn), 0));
    assert!(settled.flags.is_empty());
    let undone = and(&[later.clone(), settle("w", &["x"])]);
    assert_eq!(why(&undone, "s"), Some(Why::Unmet { t: 26, what: Unmet::GoneOn }), "x came of r");
    assert_eq!((undone.state, undone.disputes.len()), (Some(State::Withdrawn), 1));
    let chosen = and(&[settle("w", &["r", "w"])]);
    assert_eq!((chosen.state, chosen.flags.len()), (Some(State::Withdrawn), 0), "as long as nobody went on");
    let unseen = and(&[later, settle("r", &["r"])]);
    assert!(unseen.flags.contains(&Flag::Disputed), "by somebody who had seen one side: {:?}", unseen.flags);
}

#[test]
fn two_of_the_same_agree() {
    let a = event("a", "withdraw", agent(), 1, &["e0"]);
    let b = event("b", "withdraw", by(COUNTY, Role::Clerk), 9, &["e0"]);
    let both = folded(&[a, b]);
    assert_eq!((both.state, why(&both, "a")), (Some(State::Withdrawn), Some(Why::SameAs(id("b")))));
    assert!(both.flags.is_empty());
}

#[test]
fn what_the_rules_did_not_allow_is_kept_and_raises_its_violation() {
    let cases = [
        (event("x", "receive", by(VILLAGE, Role::Public), 1, &["e0"]), Why::OverAuthority { t: 2 }),
        (event("x", "note", by(COUNTY, Role::Clerk), 1, &["e0"]), Why::OverAuthority { t: 26 }),
        (event("x", "register", agent(), 1, &["e0"]), Why::ReverseProcedure { t: 1 }),
        (event("x", "teleport", agent(), 1, &["e0"]), Why::NewerVersion),
        (event("x", "accept", by(COUNTY, Role::Clerk), 1, &["e0"]), Why::ReverseProcedure { t: 8 }),
        (
            Event { fields: BTreeMap::new(), ..event("x", "receive", agent(), 1, &["e0"]) },
            Why::Unmet { t: 2, what: Unmet::Material },
        ),
        (event("x", "withdraw", agent(), 1, &["x", "e0"]), Why::Circular),
    ];
    for (event, expected) in cases {
        let flag = match expected {
            Why::OverAuthority { .. } => Flag::OverAuthority,
            Why::NewerVersion => Flag::NewerVersion,
            _ => Flag::ReverseProcedure,
        };
        let folded = folded(&[event]);
        assert_eq!(why(&folded, "x"), Some(expected));
        assert_eq!((folded.state, folded.flags), (Some(State::Registered), BTreeSet::from([flag])));
    }
    let withdrawn = event("w", "withdraw", agent(), 1, &["e0"]);
    let late = folded(&[withdrawn, event("x", "receive", agent(), 2, &["w"])]);
    assert_eq!(why(&late, "x"), Some(Why::ReverseProcedure { t: 2 }));
}

/// A case received, refused by the town, and what was done apart from that.
fn refused_and(more: &[Event]) -> Folded {
    let receive = event("r", "receive", agent(), 1, &["e0"]);
    let refuse = Event {
        fields: fields(&[("reason", "不符合条件"), ("basis", "第三条"), ("competent", "民政局")]),
        ..event("f", "refuse", by("640202001", Role::Clerk), 5, &["r"])
    };
    folded(&[&[receive, refuse][..], more].concat())
}

#[test]
fn what_the_rules_do_not_allow_takes_nothing_out() {
    let accepted = event("a", "accept", by(COUNTY, Role::Clerk), 9, &["r"]);
    let beaten = refused_and(std::slice::from_ref(&accepted));
    assert_eq!((beaten.state, why(&beaten, "f")), (Some(State::Accepted), Some(Why::Against(id("a")))));
    let nothing_omitted = event("a", "accept_omissions", by("640202001", Role::Clerk), 9, &["r"]);
    let not_on_the_spot = event("a", "on_the_spot", by(COUNTY, Role::Clerk), 9, &["r"]);
    let not_entrusted = event("a", "accept", by(VILLAGE, Role::Clerk), 9, &["r"]);
    let by_a_reviewer = event("a", "accept", by(COUNTY, Role::Reviewer), 9, &["r"]);
    for (forged, flag) in [
        (nothing_omitted, Flag::ReverseProcedure),
        (not_on_the_spot, Flag::ReverseProcedure),
        (not_entrusted, Flag::OverAuthority),
        (by_a_reviewer, Flag::OverAuthority),
    ] {
        let folded = refused_and(std::slice::from_ref(&forged));
        assert_eq!((folded.state, why(&folded, "f")), (Some(State::Refused), None), "{forged:?}");
        assert_eq!((folded.disputes.len(), folded.flags), (0, BTreeSet::from([flag])), "{forged:?}");
        // Nor does it keep out what is allowed.
        let late = Event { id: id("b"), ..accepted.clone() };
        let both = refused_and(&[forged.clone(), late]);
        assert_eq!((both.state, why(&both, "f")), (Some(State::Accepted), Some(Why::Against(id("b")))));
        assert!(why(&both, "a").is_some(), "{forged:?}");
    }
}

#[test]
fn however_many_are_forged_what_they_were_to_take_out_stays() {
    let forged = |n: u64| event(&format!("x{n}"), "accept_omissions", by(COUNTY, Role::Clerk), 9 + n, &["r"]);
    let forged: Vec<Event> = (0..200).map(forged).collect();
    let folded = refused_and(&forged);
    assert_eq!((folded.state, why(&folded, "f")), (Some(State::Refused), None));
    assert!((0..200).all(|n| why(&folded, &format!("x{n}")).is_some()));
}

fn settle(name: &str, stands: &str, by: By, minutes: u64, seen: &[&str]) -> Event {
    Event { fields: fields(&[("stands", stands)]), ..event(name, "settle", by, minutes, seen) }
}

#[test]
fn nothing_is_settled_for_what_cannot_count() {
    // A correction that answers nothing would not count without the withdrawal either.
    let receive = event("r", "receive", agent(), 1, &["e0"]);
    let ask = Event {
        fields: fields(&[("items", "照片")]),
        ..event("q", "ask_correction", by(COUNTY, Role::Clerk), 2, &["r"])
    };
    let withdraw = event("w", "withdraw", by(COUNTY, Role::Clerk), 3, &["q"]);
    let correct = Event { fields: BTreeMap::new(), ..event("c", "correct", agent(), 9, &["q"]) };
    let before = [receive, ask, withdraw, correct];
    let apart = folded(&before);
    assert_eq!((apart.disputes.len(), why(&apart, "c")), (1, Some(Why::Against(id("w")))));
    let settle = settle("s", "c", by(COUNTY, Role::Clerk), 10, &["w", "c"]);
    let all = folded(&[&before[..], std::slice::from_ref(&settle)].concat());
    assert_eq!((all.state, why(&all, "w")), (Some(State::Withdrawn), None));
    assert_eq!(why(&all, "s"), Some(Why::Futile(id("c"))));
    assert_eq!((all.disputes.len(), all.flags), (1, BTreeSet::from([Flag::Disputed])));
    // Whoever tries is told so.
    let mut case = Case::opened(&new_case(), &almanac());
    before.into_iter().for_each(|event| case.push(event));
    let refusal = case.decide(settle.action, settle.by, settle.fields, settle.id, settle.at).unwrap_err();
    assert_eq!(refusal.code(), "CASE_FUTILE");
}

#[test]
fn what_lacks_its_fields_disputes_nothing_and_earns_its_card() {
    let withdraw = event("w", "withdraw", by(COUNTY, Role::Clerk), 1, &["e0"]);
    let receive = Event { fields: BTreeMap::new(), ..event("r", "receive", agent(), 9, &["e0"]) };
    let both = folded(&[withdraw, receive]);
    assert_eq!(why(&both, "r"), Some(Why::Unmet { t: 2, what: Unmet::Material }));
    assert_eq!((both.disputes.len(), both.flags), (0, BTreeSet::from([Flag::ReverseProcedure])));
}

/// A refusal of the town, which an acceptance beats.
fn refusal(name: &str, minutes: u64) -> Event {
    Event {
        fields: fields(&[("reason", "不符合条件"), ("basis", "第三条"), ("competent", "民政局")]),
        ..event(name, "refuse", by("640202001", Role::Clerk), minutes, &["r"])
    }
}

#[test]
fn a_settlement_is_against_everything_that_it_had_seen() {
    let holder = || by(VILLAGE, Role::Clerk);
    let receive = event("r", "receive", agent(), 1, &["e0"]);
    let accept = |name, minutes| event(name, "accept", by("640202001", Role::Clerk), minutes, &["r"]);
    let fold = |more: Vec<Event>| {
        let all: Vec<Event> = std::iter::once(receive.clone()).chain(more).collect();
        folded(&all)
    };
    // The acceptance beats both refusals. Whoever settles for one has the acceptance out for good.
    let two = vec![refusal("f1", 5), refusal("f2", 6), accept("a", 9)];
    assert_eq!(fold(two.clone()).state, Some(State::Accepted));
    let settled =
        fold([two, vec![settle("s", "f1", by("640202001", Role::Clerk), 10, &["f1", "f2", "a"])]].concat());
    assert_eq!((settled.state, settled.disputes.len(), settled.flags.len()), (Some(State::Refused), 0, 0));
    assert_eq!(why(&settled, "f2"), Some(Why::SameAs(id("f1"))));
    assert_eq!((why(&settled, "s"), why(&settled, "a")), (None, Some(Why::Settled(id("s")))));
    // Two acceptances, of which one had only been the same as the other.
    let two = vec![refusal("f", 5), accept("a", 9), accept("b", 9)];
    let settled =
        fold([two, vec![settle("s", "f", by("640202001", Role::Clerk), 10, &["f", "a", "b"])]].concat());
    assert_eq!((settled.state, settled.disputes.len()), (Some(State::Refused), 0), "{:?}", settled.timeline);
    // Three sides.
    let county = event("a", "accept", by(COUNTY, Role::Clerk), 3, &["r"]);
    let ask = Event {
        fields: fields(&[("items", "照片")]),
        ..event("q", "ask_correction", by("640202001", Role::Clerk), 4, &["r"])
    };
    let withdraw = event("w", "withdraw", holder(), 5, &["r"]);
    let three = vec![county, ask, withdraw];
    let all = ["a", "q", "w"];
    let settled = fold([three, vec![settle("s", "w", by(COUNTY, Role::Clerk), 10, &all)]].concat());
    assert_eq!(
        (settled.state, settled.disputes.len()),
        (Some(State::Withdrawn), 0),
        "{:?}",
        settled.timeline
    );
}

#[test]
fn two_settlements_agree_only_if_they_are_for_the_same_side() {
    let receive = event("r", "receive", by(COUNTY, Role::Clerk), 1, &["e0"]);
    let withdraw = event("w", "withdraw", agent(), 2, &["e0"]);
    let apart = |second: &str| {
        let one = settle("s1", "r", agent(), 4, &["r", "w"]);
        let two = settle("s2", second, agent(), 5, &["r", "w"]);
        folded(&[receive.clone(), withdraw.clone(), one, two])
    };
    assert_eq!(why(&apart("r"), "s2"), Some(Why::SameAs(id("s1"))));
    let against = apart("w");
    assert_eq!((why(&against, "s2"), against.flags), (Some(Why::Against(id("s1"))), [Flag::Disputed].into()));
}

#[test]
fn what_was_built_on_what_gave_way_is_no_violation() {
    let accept = event("a", "accept", by(COUNTY, Role::Clerk), 9, &["r"]);
    let handle = event("h", "handle", by(COUNTY, Role::Handler), 10, &["a"]);
    let holder = by(COUNTY, Role::Clerk);
    let all = refused_and(&[accept, handle, settle("s", "f", holder, 11, &["h", "f"])]);
    assert!(matches!(why(&all, "h"), None | Some(Why::Overtaken(_))), "{:?}", all.timeline);
    assert!(!all.flags.contains(&Flag::ReverseProcedure) && !all.flags.contains(&Flag::OverAuthority));
}

#[test]
fn a_forged_time_neither_lets_days_pass_nor_goes_on_to_others() {
    let year = 60 * 24 * 400;
    let receive = event("r", "receive", agent(), 1, &["e0"]);
    let forged = event("x", "correct", agent(), year, &["r"]);
    let accept = event("a", "accept", by(COUNTY, Role::Clerk), 3, &["x"]);
    let all = folded(&[receive, forged, accept]);
    assert_eq!((all.state, why(&all, "a"), all.computed.len()), (Some(State::Accepted), None, 0));
    assert!(why(&all, "x").is_some());
    assert_eq!(all.course.acceptance.map(|acceptance| acceptance.from), Some(at(3)));
}

#[test]
fn a_villages_forgeries_use_up_its_own_share_only() {
    let forged = |n: u64| event(&format!("x{n}"), "take_over", agent(), 1 + n, &["r"]);
    let forged: Vec<Event> = (0..300).map(forged).collect();
    let seen: Vec<String> = (0..300).map(|n| format!("x{n}")).chain(["r".to_owned()]).collect();
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    let accept = event("a", "accept", by(COUNTY, Role::Clerk), 400, &seen);
    let all = refused_and(&[&forged[..], &[accept]].concat());
    assert_eq!((all.state, why(&all, "f")), (Some(State::Accepted), Some(Why::Against(id("a")))));
}

#[test]
fn an_event_whose_past_is_missing_counts_and_says_so() {
    let folded = folded(&[event("r", "receive", agent(), 1, &["e0", "not-here"])]);
    assert_eq!(folded.state, Some(State::Received));
    assert_eq!(folded.flags, BTreeSet::from([Flag::Incomplete]));
    let none = refold(&[event("r", "receive", agent(), 1, &["e0"])]);
    assert_eq!((none.state, why(&none, "r")), (None, Some(Why::ReverseProcedure { t: 2 })));
}

#[test]
fn two_copies_that_were_edited_apart_merge_to_one_case() {
    let mut village = AutoCommit::new();
    Case::create(&mut village, &new_case()).unwrap();
    let mut county = village.fork();
    let start = read(&village).unwrap();
    let receive = decide(&start, Action::RECEIVE, agent(), &[("materials", "x")], "r", 1).unwrap();
    let edit = |value| [("applicant.phone", value)];
    let note = decide(&start, Action::NOTE, agent(), &edit("1"), "n1", 2).unwrap();
    let withdraw = decide(&start, Action::WITHDRAW, by(COUNTY, Role::Clerk), &[], "w", 3).unwrap();
    let other = decide(&start, Action::NOTE, by(COUNTY, Role::Agent), &edit("2"), "n2", 4).unwrap();
    [receive, note].iter().for_each(|event| Case::append(&mut village, event).unwrap());
    [withdraw, other].iter().for_each(|event| Case::append(&mut county, event).unwrap());

    let mut merged = village.fork();
    merged.merge(&mut county).unwrap();
    county.merge(&mut village).unwrap();
    let case = read(&merged).unwrap();
    assert_eq!(case, read(&county).unwrap());
    assert_eq!((case.state(), case.events.len()), (State::Withdrawn, 5));
    assert_eq!(case.folded.flags, BTreeSet::from([Flag::Disputed, Flag::Conflict]));
    let Kept { shown, others } = &case.contact["phone"];
    let mut both = vec![shown.as_str(), others[0].as_str()];
    both.sort();
    assert_eq!(both, ["1", "2"], "both values are kept");
}

#[test]
fn the_writer_of_an_event_is_known_by_its_change() {
    let (village, county) = ([1; 16], [2; 16]);
    let mut doc = AutoCommit::new().with_actor(automerge::ActorId::from(village));
    Case::create(&mut doc, &new_case()).unwrap();
    let mut other = doc.fork().with_actor(automerge::ActorId::from(county));
    let claimed = event("w", "withdraw", agent(), 1, &["e0"]);
    Case::append(&mut other, &claimed).unwrap();
    assert_eq!(writers(&other), BTreeMap::from([(id("e0"), village), (id("w"), county)]));
}

#[test]
fn thousands_of_events_fold_at_once() {
    let mut events: Vec<Event> = Vec::new();
    for n in 0..4000 {
        let seen = events.last().map_or("e0".to_owned(), |event: &Event| event.id.to_string());
        events.push(event(&format!("n{n}"), "withdraw", agent(), n, &[&seen]));
    }
    let folded = folded(&events);
    assert_eq!((folded.state, folded.heads.len()), (Some(State::Withdrawn), 1));
    assert_eq!(why(&folded, "n3999"), Some(Why::ReverseProcedure { t: 22 }));
}

#[test]
fn who_claims_to_have_seen_what_came_later_takes_nobody_along() {
    let mut doc = AutoCommit::new().with_actor([1; 16].into());
    Case::create(&mut doc, &new_case()).unwrap();
    let put = |doc: &mut AutoCommit, event: &Event| {
        Case::append(doc, event).unwrap();
        doc.commit();
    };
    put(&mut doc, &event("r", "receive", agent(), 1, &["e0"]));
    put(&mut doc, &event("x", "note", agent(), 2, &["r", "y", "x"]));
    let case = read(&doc).unwrap();
    assert_eq!(case.folded.heads, [id("x")]);
    put(&mut doc, &event("a", "accept", by(COUNTY, Role::Clerk), 3, &["x"]));
    put(&mut doc, &event("y", "note", agent(), 4, &["a"]));
    let case = read(&doc).unwrap();
    assert_eq!((case.state(), case.folded.heads.clone()), (State::Accepted, vec![id("y")]));
    assert!(
        case.timeline()
            .all(|(event, verdict)| { event.action == Action::NOTE || *verdict == Verdict::Counted })
    );
}

#[test]
fn nobody_below_takes_the_place_of_an_event() {
    let unit_of = |actor: &sanji_sync::ActorBytes| Some(unit(if actor[0] == 1 { VILLAGE } else { COUNTY }));
    let mut village = AutoCommit::new().with_actor([1; 16].into());
    Case::create(&mut village, &new_case()).unwrap();
    Case::append(&mut village, &event("r", "receive", agent(), 1, &["e0"])).unwrap();
    village.commit();
    let mut county = village.fork().with_actor([2; 16].into());
    Case::append(&mut county, &event("a", "accept", by(COUNTY, Role::Clerk), 3, &["r"])).unwrap();
    county.commit();
    // The same id, from apart, with a text that sorts before every other.
    let forged = event("a", "withdraw", by(COUNTY, Role::Clerk), 3, &["r"]).to_json();
    let events = map(&village, &ROOT, "events").unwrap();
    village.put(&events, "a", forged.replacen("{", "{ ", 1)).unwrap();
    village.commit();
    village.merge(&mut county).unwrap();
    let case = Case::read_from(&village, unit_of, &almanac()).unwrap();
    assert_eq!((case.state(), case.unreadable.len()), (State::Accepted, 1));
    assert_eq!(case.folded.flags, BTreeSet::from([Flag::Unreadable]));
}

#[test]
fn malformed_events_are_kept_aside() {
    let mut doc = AutoCommit::new();
    Case::create(&mut doc, &new_case()).unwrap();
    let events = map(&doc, &ROOT, "events").unwrap();
    let stranger = event("other", "withdraw", agent(), 1, &["e0"]).to_json();
    doc.put(&events, "bad", "{").unwrap();
    doc.put(&events, "number", 7).unwrap();
    doc.put(&events, "wrong-key", stranger).unwrap();
    let case = read(&doc).unwrap();
    assert_eq!(
        case.unreadable.iter().map(|u| u.key.as_str()).collect::<Vec<_>>(),
        ["bad", "number", "wrong-key"]
    );
    assert_eq!((case.state(), case.folded.flags), (State::Registered, BTreeSet::from([Flag::Unreadable])));
}

/// A set of events in which each may have seen any of the earlier ones.
fn histories() -> impl Strategy<Value = Vec<Event>> {
    let mut words: Vec<&str> = Known::ALL.iter().map(|known| known.word()).collect();
    words.push("teleport");
    // The first stages come often, so that the later ones are reached.
    words.extend(["receive", "receive", "accept", "refuse", "withdraw", "handle", "settle"].repeat(3));
    let units = [COUNTY, "640202001", VILLAGE];
    let roles = Role::ALL;
    let one =
        (0..words.len(), 0..units.len(), 0..roles.len(), prop_oneof![0u64..4, 0u64..40_000], any::<u16>());
    prop::collection::vec(one, 0..16).prop_map(move |rows| {
        let mut events: Vec<Event> = vec![new_case().registration()];
        for (n, (word, unit, role, minutes, mask)) in rows.into_iter().enumerate() {
            let mut next = event(&format!("x{n}"), words[word], by(units[unit], roles[role]), minutes, &[]);
            next.seen = (0..events.len())
                .filter(|at| mask & (1 << at) != 0 || (*at == 0 && mask % 3 > 0))
                .map(|at| events[at].id.clone())
                .collect();
            events.push(next);
        }
        events
    })
}

proptest! {
    #[test]
    fn any_order_of_arrival_gives_the_same((events, shuffled) in histories().prop_flat_map(|events| {
        (Just(events.clone()), Just(events).prop_shuffle())
    })) {
        let folded = refold(&events);
        prop_assert_eq!(&folded, &refold(&shuffled));
        prop_assert_eq!(&folded, &refold(shuffled.iter().chain(&events)), "twice is once");

        let places: BTreeMap<_, _> = folded.timeline.iter().enumerate().map(|(n, (id, _))| (id, n)).collect();
        prop_assert_eq!(places.len(), events.len());
        for event in &events {
            prop_assert!(event.seen.iter().all(|seen| places[seen] < places[&event.id]));
        }
        for (id, verdict) in &folded.timeline {
            if let Verdict::Not(Why::Against(other) | Why::SameAs(other) | Why::Settled(other)) = verdict {
                prop_assert_eq!(folded.verdict(other), Some(&Verdict::Counted), "{} gave way to {}", id, other);
            }
        }
        let lost = folded.timeline.iter().any(|(_, v)| matches!(v, Verdict::Not(Why::Against(_))));
        prop_assert!(lost || !folded.flags.contains(&Flag::Disputed));
    }
}
