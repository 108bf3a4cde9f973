//! What arrives from elsewhere: in any order, at the same time, from newer versions, against the rules.

use proptest::prelude::*;

use super::*;
use crate::case::Flag;
use crate::desk::{Dispute, Folded, Verdict, Why};

fn officer(code: &str) -> By {
    by(code, Role::ComplaintsOfficer)
}

fn folded(deeds: &[Deed<Course>]) -> Folded<Course> {
    let registration = new().deed::<Course>();
    fold(std::iter::once(&registration).chain(deeds), &Terms::default())
}

fn why(folded: &Folded<Course>, name: &str) -> Option<Why> {
    match folded.verdict(&name.parse().unwrap()) {
        Some(Verdict::Not(why)) => Some(why.clone()),
        Some(Verdict::Counted) => None,
        None => panic!("{name} is not in the timeline"),
    }
}

fn against(name: &str) -> Option<Why> {
    Some(Why::Against(name.parse().unwrap()))
}

#[test]
fn an_acceptance_beats_a_refusal_even_of_a_higher_tier() {
    let refuse = deed("r", "refuse", officer(COUNTY), 1, &["e0"]);
    let accept = deed("a", "accept", officer(TOWN), 9, &["e0"]);
    let both = folded(&[refuse.clone(), accept.clone()]);
    assert_eq!((both.course.state(), why(&both, "r")), (Some(State::Accepted), against("a")));
    assert_eq!((both.flags.clone(), why(&both, "a")), ([Flag::Disputed].into(), None));
    assert_eq!(both.disputes, [Dispute { stands: "a".parse().unwrap(), other: "r".parse().unwrap() }]);
    assert_eq!(both, folded(&[accept.clone(), refuse.clone()]));

    let settled = deed("d", "dispatch", officer(COUNTY), 10, &["a", "r"]);
    assert!(folded(&[refuse.clone(), accept, settled]).flags.is_empty(), "who saw both settles it");
    let after = deed("a", "accept", officer(TOWN), 9, &["r"]);
    assert_eq!(why(&folded(&[refuse, after]), "a"), Some(Why::ReverseProcedure { rule: "C2" }));
}

#[test]
fn two_dispatches_apart_agree_or_are_disputed_by_what_they_say() {
    let accept = deed("a", "accept", officer(COUNTY), 1, &["e0"]);
    let town = deed("t", "dispatch", officer(TOWN), 2, &["a"]);
    let county = deed("c", "dispatch", officer(COUNTY), 9, &["a"]);
    let same = folded(&[accept.clone(), town.clone(), county.clone()]);
    assert_eq!(why(&same, "t"), Some(Why::SameAs("c".parse().unwrap())));
    assert!(same.flags.is_empty());
    let elsewhere = with(town, UNIT, VILLAGE);
    let two = folded(&[accept, elsewhere, county]);
    assert_eq!((why(&two, "t"), two.flags), (against("c"), [Flag::Disputed].into()));
    assert_eq!(two.course.holder(), Some(unit(TOWN)));
}

#[test]
fn a_signature_and_a_return_apart_are_disputed_and_urging_disturbs_nobody() {
    let accept = deed("a", "accept", officer(COUNTY), 1, &["e0"]);
    let dispatch = deed("d", "dispatch", officer(COUNTY), 2, &["a"]);
    let sign = deed("s", "sign", by(TOWN, Role::Clerk), 3, &["d"]);
    let send_back = deed("b", "return", by(TOWN, Role::Agent), 4, &["d"]);
    let urge = |name: &str| deed(name, "urge", by(COUNTY, Role::Supervisor), 5, &["d"]);
    let both = folded(&[accept, dispatch, sign, send_back, urge("u1"), urge("u2")]);
    assert_eq!((both.course.state(), why(&both, "b")), (Some(State::Signed), against("s")));
    assert_eq!((both.course.urged, both.flags), (2, [Flag::Disputed].into()));
}

#[test]
fn the_holder_settles_for_either_side() {
    let accept = deed("a", "accept", officer(COUNTY), 1, &["e0"]);
    let dispatch = deed("d", "dispatch", officer(COUNTY), 2, &["a"]);
    let sign = deed("s", "sign", by(TOWN, Role::Clerk), 3, &["d"]);
    let send_back = deed("b", "return", by(TOWN, Role::Agent), 4, &["d"]);
    let settle = |by: By, side: &str| with(deed("z", "settle", by, 9, &["s", "b"]), STANDS, side);
    let all = |last: Deed<Course>| {
        folded(&[accept.clone(), dispatch.clone(), sign.clone(), send_back.clone(), last])
    };
    let town = || by(TOWN, Role::Clerk);
    let stays = all(settle(town(), "s"));
    assert_eq!((stays.course.state(), stays.disputes.len()), (Some(State::Signed), 0));
    assert_eq!((why(&stays, "b"), why(&stays, "z"), stays.flags.is_empty()), (against("s"), None, true));
    let turned = all(settle(town(), "b"));
    assert_eq!((turned.course.state(), turned.disputes.len()), (Some(State::Returned), 0));
    assert_eq!(why(&turned, "s"), Some(Why::Settled("z".parse().unwrap())));
    assert_eq!((why(&turned, "b"), why(&turned, "z"), turned.flags.is_empty()), (None, None, true));
    // Nobody else does, nor for what is in no dispute.
    let another = all(settle(by(VILLAGE, Role::Clerk), "b"));
    assert_eq!(why(&another, "z"), Some(Why::OverAuthority { rule: "C18" }));
    let nothing = all(settle(town(), "d"));
    assert_eq!(why(&nothing, "z"), Some(Why::ReverseProcedure { rule: "C18" }));
    assert_eq!(nothing.disputes.len(), 1);
}

#[test]
fn what_was_beaten_counts_again_once_it_is_settled_for() {
    let refuse = deed("r", "refuse", officer(COUNTY), 1, &["e0"]);
    let accept = deed("a", "accept", officer(COUNTY), 2, &["e0"]);
    let apart = folded(&[refuse.clone(), accept.clone()]);
    assert_eq!((apart.course.state(), why(&apart, "r")), (Some(State::Accepted), against("a")));
    let settle = with(deed("z", "settle", officer(COUNTY), 9, &["a", "r"]), STANDS, "r");
    let settled = folded(&[refuse, accept, settle]);
    assert_eq!((settled.course.state(), settled.disputes.len()), (Some(State::Refused), 0));
    assert_eq!((why(&settled, "r"), why(&settled, "z")), (None, None));
    assert_eq!(why(&settled, "a"), Some(Why::Settled("z".parse().unwrap())));
}

#[test]
fn strange_events_are_kept_and_flagged() {
    let cases = [
        (deed("x", "teleport", officer(COUNTY), 1, &["e0"]), Why::NewerVersion, Flag::NewerVersion),
        (deed("x", "accept", officer(COUNTY), 1, &["x", "e0"]), Why::Circular, Flag::ReverseProcedure),
        (
            deed("x", "register", officer(COUNTY), 1, &["e0"]),
            Why::ReverseProcedure { rule: "C1" },
            Flag::ReverseProcedure,
        ),
        (
            with(deed("x", "refuse", officer(COUNTY), 1, &["e0"]), WHERE, " "),
            Why::Unmet { rule: "C3" },
            Flag::ReverseProcedure,
        ),
    ];
    for (event, expected, flag) in cases {
        let folded = folded(&[event]);
        assert_eq!((why(&folded, "x"), folded.flags), (Some(expected), [flag].into()));
        assert_eq!(folded.course.state(), Some(State::Registered));
    }
    let incomplete = folded(&[deed("a", "accept", officer(COUNTY), 1, &["e0", "not-here"])]);
    assert_eq!(incomplete.flags, [Flag::Incomplete].into());
}

/// A set of events in which each may have seen any of the earlier ones.
fn histories() -> impl Strategy<Value = Vec<Deed<Course>>> {
    let who = [
        officer(COUNTY),
        officer(TOWN),
        by(TOWN, Role::Clerk),
        by(VILLAGE, Role::Agent),
        by(COUNTY, Role::Caller),
        by(COUNTY, Role::Supervisor),
    ];
    let one = (0..Known::ALL.len(), 0..who.len(), 0u64..4, any::<u16>(), any::<bool>());
    prop::collection::vec(one, 0..14).prop_map(move |rows| {
        let mut deeds: Vec<Deed<Course>> = vec![new().deed::<Course>()];
        for (n, (word, by, minutes, mask, usually)) in rows.into_iter().enumerate() {
            // Half of them go on as complaints usually do, or nothing would come far.
            let action = if usually { Known::ALL[1 + n % 12] } else { Known::ALL[word] };
            let by = if usually { usual(action) } else { who[by].clone() };
            let mut next = deed(&format!("x{n}"), action.word(), by, minutes, &[]);
            let side = deeds[usize::from(mask) % deeds.len()].id.to_string();
            next.fields.insert(STANDS.to_owned(), side);
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
    fn any_order_and_any_split_give_the_same((deeds, shuffled, cut) in histories().prop_flat_map(|deeds| {
        let len = deeds.len();
        (Just(deeds.clone()), Just(deeds).prop_shuffle(), 0..=len)
    })) {
        let terms = Terms::default();
        let folded: Folded<Course> = fold(&deeds, &terms);
        prop_assert_eq!(&folded, &fold(&shuffled, &terms));
        prop_assert_eq!(&folded, &fold(shuffled[cut..].iter().chain(&shuffled[..cut]).chain(&deeds), &terms));

        let places: BTreeMap<_, _> = folded.timeline.iter().enumerate().map(|(n, (id, _))| (id, n)).collect();
        prop_assert_eq!(places.len(), deeds.len());
        for deed in &deeds {
            prop_assert!(deed.seen.iter().all(|seen| places[seen] < places[&deed.id]));
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
