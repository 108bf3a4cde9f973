//! Every state × action × role, against what DOMAIN §5 says, written down a second time.

use super::*;
use crate::case::Flag;
use crate::desk::{NotDone, Verdict};
use crate::lang::Say as _;

/// What can be done about cards, whatever the state.
const ALWAYS: &str = "confirm_card appeal_card withdraw_card exempt_card";

/// What is possible in a state, whoever asks. `dispatch` and `assign` share a state: the number of returns decides.
fn possible(state: State) -> &'static str {
    match state {
        State::Registered => "accept refuse urge note",
        State::Accepted => "dispatch urge note",
        State::Refused => "archive note",
        State::Dispatched => "sign return urge note",
        State::Returned => "dispatch urge note",
        State::Signed => "handle extend urge note",
        State::Handling => "reply extend urge note",
        State::Replied => "close urge note",
        State::Closed => "call_back rate note",
        State::CalledBack => "reopen archive rate note",
        State::Archived => "rate note",
    }
}

fn roles(action: Known) -> &'static str {
    match action {
        Known::Register => "agent clerk complaints_officer public",
        Known::Accept | Known::Refuse | Known::Dispatch | Known::Assign | Known::Close => {
            "complaints_officer"
        }
        Known::Sign | Known::Return | Known::Handle | Known::Reply => {
            "agent clerk handler complaints_officer"
        }
        Known::Extend | Known::Urge | Known::Reopen => "complaints_officer supervisor",
        Known::CallBack => "caller",
        Known::Rate => "public agent caller",
        Known::Archive => "archivist",
        Known::Settle => "clerk agent handler complaints_officer supervisor",
        Known::ConfirmCard | Known::WithdrawCard | Known::ExemptCard => "supervisor",
        Known::Note | Known::AppealCard => {
            "agent clerk handler reviewer decider issuer archivist supervisor complaints_officer caller"
        }
    }
}

fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}

#[test]
fn every_state_action_and_role_passes_or_is_refused_with_its_rule_and_is_kept_when_it_comes_from_elsewhere() {
    let mut passed = 0;
    for state in State::ALL {
        let complaint = after(way_to(*state));
        assert_eq!(complaint.state(), *state);
        assert!(complaint.folded.flags.is_empty(), "{state}");
        for (action, role) in Known::ALL.iter().flat_map(|a| Role::ALL.iter().map(move |r| (*a, *r))) {
            let possible = has(possible(*state), action.word()) || has(ALWAYS, action.word());
            let legal = possible && has(roles(action), role.word());
            // Whoever holds it settles, so that it is only the missing dispute that forbids it.
            let unit = if action == Known::Settle { complaint.holder() } else { usual(action).unit };
            let who = By { role, unit, ..usual(action) };
            let (name, at) = ("next".parse().unwrap(), at(99));
            let told = complaint.decide(Word::Known(action), who.clone(), all_fields(), name, at);
            assert_eq!(told.is_ok(), legal, "{state} {action} {role}: {told:?}");
            passed += u32::from(legal);
            if let Err(refusal) = &told {
                let rule = Course::rules().iter().find(|rule| rule.action == action).unwrap();
                assert!(refusal.to_string().contains(&format!("rule {}:", rule.code)), "{refusal}");
            }
            // The same by sync.
            let mut arrived = complaint.clone();
            let seen: Vec<String> = complaint.folded.heads.iter().map(|id| id.to_string()).collect();
            let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
            arrived.push(deed("next", action.word(), who, 99, &seen));
            let verdict = arrived.folded.verdict(&"next".parse().unwrap()).unwrap().clone();
            assert_eq!(verdict == Verdict::Counted, legal, "{state} {action} {role}");
            assert_eq!(arrived.events.len(), complaint.events.len() + 1, "it is kept");
            assert_eq!(arrived.folded.flags.is_empty(), legal, "{state} {action} {role}");
            if !legal {
                assert_eq!(arrived.folded.course, complaint.folded.course, "it changes nothing");
                let flag = match has(roles(action), role.word()) {
                    true => Flag::ReverseProcedure,
                    false => Flag::OverAuthority,
                };
                assert_eq!(arrived.folded.flags, [flag].into());
            }
        }
    }
    assert!(passed > 100, "{passed}");
}

#[test]
fn a_field_that_a_rule_asks_for_is_asked_for_by_its_name() {
    for rule in Course::rules().iter().filter(|rule| rule.action != Known::Settle) {
        for need in rule.needs {
            for bad in [None, Some(" "), Some("x y z")] {
                let state = State::ALL.iter().find(|state| rule.is_possible(Some(**state))).unwrap();
                let complaint = after(way_to(*state));
                let mut fields = all_fields();
                fields.remove(need.key());
                fields.extend(bad.map(|bad| (need.key().to_owned(), bad.to_owned())));
                let who = usual(rule.action);
                let told =
                    complaint.decide(Word::Known(rule.action), who, fields, "next".parse().unwrap(), at(99));
                let takes_words = matches!(need, crate::desk::Need::Text(_)) && bad == Some("x y z");
                match told {
                    Ok(_) => assert!(takes_words, "{} {bad:?}", rule.code),
                    Err(refusal) => {
                        assert!(!takes_words, "{} {refusal}", rule.code);
                        assert_eq!(refusal.code(), "DESK_FIELD");
                        assert!(refusal.to_string().contains(need.key()), "{refusal}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_for_one_unit_is_refused_to_another() {
    let mut complaint = after(&[Known::Accept, Known::Dispatch]);
    let other = by(VILLAGE, Role::Agent);
    let told = complaint.decide(Word::Known(Known::Sign), other, all_fields(), "x".parse().unwrap(), at(9));
    let Err(Refusal::Desk(NotDone::Holder { holder, .. })) = told else { panic!("{told:?}") };
    assert_eq!(holder, unit(TOWN));
    for action in [Known::Sign, Known::Handle, Known::Reply] {
        act(&mut complaint, action, 9).unwrap();
    }
    assert_eq!(complaint.holder(), unit(COUNTY), "it goes back to whoever dispatched it");
    let town = by(TOWN, Role::ComplaintsOfficer);
    let told = complaint.decide(Word::Known(Known::Close), town, all_fields(), "x".parse().unwrap(), at(9));
    assert_eq!(told.unwrap_err().code(), "DESK_HOLDER", "nobody closes what they replied to");
}
