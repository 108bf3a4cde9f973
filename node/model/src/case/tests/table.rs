//! Every state × action × role: what the table of DOMAIN §3.2 allows passes, what it does not is refused by name,
//! and the same event from elsewhere is kept, not counted, and raises its violation.

use super::*;
use crate::lang::Say;
use crate::list::ListKind;
use crate::refusal::Refusal;

/// The table once more, as DOMAIN §3.2 has it: action, states it begins in, roles. Written by hand, so that a slip in
/// the rules is seen.
const TABLE: &[(&str, &[u8], &str)] = &[
    ("register", &[], "agent clerk public"),
    ("receive", &[10], "agent clerk"),
    ("hand_over", &[20], "agent clerk"),
    ("take_over", &[20], "agent clerk"),
    ("ask_correction", &[20], "clerk agent"),
    ("correct", &[30], "agent clerk public"),
    ("refuse", &[20], "clerk"),
    ("accept", &[20], "clerk agent"),
    ("accept_omissions", &[20], "clerk agent"),
    ("accept_commitment", &[20], "clerk agent"),
    ("handle", &[40], "handler"),
    ("review", &[50], "reviewer"),
    ("send_back", &[50], "reviewer"),
    ("start_special", &[40, 50], "handler"),
    ("end_special", &[60], "handler"),
    ("decide", &[50], "decider"),
    ("conclude", &[70], "decider issuer"),
    ("issue", &[80], "issuer"),
    ("deliver", &[85], "issuer agent"),
    ("archive", &[90, 45, 46, 47, 49], "archivist"),
    ("withdraw", &[10, 20, 30, 40, 50, 60], "agent clerk public"),
    ("void", &[10, 20, 30], "supervisor agent clerk"),
    ("forward", &[20, 40], "clerk"),
    ("on_the_spot", &[20], "clerk agent"),
    ("rate", &[80, 85, 90, 95, 45, 46, 47], "public agent clerk"),
    ("redo", &[45, 70, 80], "supervisor"),
];

/// Fields that meet every condition that a field can meet.
fn all_fields() -> Vec<(&'static str, &'static str)> {
    vec![
        ("materials", "身份证;照片"),
        ("to", "640202001"),
        ("items", "照片"),
        ("answers", "照片"),
        ("reason", "不符合条件"),
        ("basis", "《条例》第三条"),
        ("competent", "区民政局"),
        ("promise", "王小明"),
        ("letter", "王小明"),
        ("kind", "inquiry"),
        ("days", "3"),
        ("approver", "zhao"),
        ("result", "0"),
        ("remedies", "六十日内申请复议"),
        ("outcome", "grant"),
        ("taker", "王小明"),
        ("signature", "王小明"),
        ("papers", "all"),
        ("linked", "640202000000202602100100011"),
        ("level", "1"),
        ("decision", "复议决定"),
    ]
}

fn terms() -> Terms {
    let asked =
        |name: &str, later| Asked { name: name.to_owned(), secondary: false, later, conditional: false };
    Terms {
        materials: vec![asked("身份证", false), asked("照片", true)],
        lists: [ListKind::Tolerance, ListKind::Commitment].into(),
        ..Terms::default()
    }
}

/// Whoever does `action` as `role`, each role by a person of its own at the county.
fn person(role: Role) -> By {
    By { user: Some(role.word().to_owned()), ..by(COUNTY, role) }
}

/// The same, the registrar's signature at the unit that registered the case (T23).
fn at_place(action: &str, role: Role) -> By {
    let who = person(role);
    let home = action == "void" && role != Role::Supervisor;
    By { unit: if home { unit(VILLAGE) } else { who.unit }, ..who }
}

/// The way to each state, a step an action and role.
fn way_to(state: State) -> Vec<(&'static str, Role)> {
    use Role::*;
    let received = [("receive", Agent)];
    let accepted = [("receive", Agent), ("accept", Clerk)];
    let review = [("receive", Agent), ("accept", Clerk), ("handle", Handler)];
    let decided = [&review[..], &[("review", Reviewer), ("decide", Decider)]].concat();
    let concluded = [&decided[..], &[("conclude", Issuer)]].concat();
    let ready = [&concluded[..], &[("issue", Issuer)]].concat();
    let delivered = [&ready[..], &[("deliver", Agent)]].concat();
    match state {
        State::Registered => vec![],
        State::Received => received.to_vec(),
        State::AwaitingCorrection => [&received[..], &[("ask_correction", Clerk)]].concat(),
        State::Accepted => accepted.to_vec(),
        State::Refused => [&received[..], &[("refuse", Clerk)]].concat(),
        State::Returned => [&received[..], &[("ask_correction", Clerk), ("return", Clerk)]].concat(),
        State::Withdrawn => vec![("withdraw", Public)],
        State::Voided => vec![("void", Agent), ("void", Supervisor)],
        State::Forwarded => [&accepted[..], &[("forward", Clerk)]].concat(),
        State::InReview => review.to_vec(),
        State::SpecialProcedure => [&review[..], &[("start_special", Handler)]].concat(),
        State::Decided => decided,
        State::Concluded => concluded,
        State::Ready => ready,
        State::Delivered => delivered,
        State::Archived => [&delivered[..], &[("archive", Archivist)]].concat(),
    }
}

/// A case in `state`, reached by legal acts; the return only after the notice's time.
fn case_in(state: State) -> (Case, u64) {
    let mut new = new_case();
    new.guide.terms = terms();
    let mut case = Case::opened(&new, &almanac_on(Date::constant(2026, 2, 10)));
    let mut minutes = 1;
    for (n, (action, role)) in way_to(state).into_iter().enumerate() {
        minutes += if action == "return" { 60 * 24 * 40 } else { 1 };
        let case_day = crate::local::date(at(minutes));
        case.almanac = almanac_on(case_day);
        act(
            &mut case,
            Action::parse(action),
            at_place(action, role),
            &all_fields(),
            &format!("w{n}"),
            minutes,
        );
    }
    assert_eq!(case.state(), state);
    (case, minutes + 1)
}

#[test]
fn every_state_action_and_role_is_as_the_domain_says() {
    let mut passed = 0;
    for state in State::ALL {
        let (case, minutes) = case_in(*state);
        for (word, from, roles) in TABLE {
            let action = Action::parse(word);
            for role in Role::ALL {
                // In state 50 a decision wants a review first; the state alone does not say so.
                let mut case = case.clone();
                if (*word, *state) == ("decide", State::InReview) {
                    act(&mut case, Action::parse("review"), person(Role::Reviewer), &[], "rev", minutes);
                }
                let at_home = matches!(*word, "hand_over") || (*word == "on_the_spot");
                let mut who = at_place(word, *role);
                who.user = Some(format!("{}-2", role.word()));
                if at_home && *word == "hand_over" {
                    who.unit = case.custody();
                }
                if *word == "on_the_spot" {
                    case.guide.case_type = CaseType::OnTheSpot;
                }
                let legal_state = from.contains(&state.number());
                let legal_role = roles.split(' ').any(|word| word == role.word());
                let pairs = all_fields();
                let pairs: Vec<_> = match *word {
                    "accept_omissions" => pairs.into_iter().filter(|(key, _)| *key != "materials").collect(),
                    _ => pairs,
                };
                if *word == "accept_omissions" && *state == State::Received {
                    case.folded.course.materials.remove("照片");
                }
                let decided = decide(&case, action.clone(), who.clone(), &pairs, "x", minutes + 1);
                match (legal_state, legal_role, decided) {
                    (true, true, Ok(event)) => {
                        passed += 1;
                        case.push(event);
                        if *word != "accept_omissions" {
                            let verdict = case.folded.verdict(&"x".parse().unwrap());
                            assert_eq!(verdict, Some(&Verdict::Counted), "{word} in {state} by {role}");
                        }
                    }
                    (true, true, Err(refusal)) => panic!("{word} in {state} by {role}: {refusal}"),
                    (_, _, Ok(_)) => panic!("{word} in {state} by {role} went through"),
                    (false, _, Err(refusal)) => {
                        assert!(
                            matches!(refusal, Refusal::Transition { .. }),
                            "{word} {state} {role}: {refusal}"
                        );
                    }
                    (true, false, Err(refusal)) => {
                        assert_eq!(refusal.code(), "CASE_ROLE", "{word} {state} {role}");
                    }
                }
                if !(legal_state && legal_role) {
                    arrives_and_does_not_count(&case, action.clone(), who, &pairs, minutes + 1);
                }
            }
        }
    }
    let expected: usize = TABLE.iter().map(|(_, from, roles)| from.len() * roles.split(' ').count()).sum();
    assert_eq!(passed, expected, "each legal one was tried");
}

/// The same event by sync: kept, shown, without effect, with its violation.
fn arrives_and_does_not_count(case: &Case, action: Action, by: By, pairs: &[(&str, &str)], minutes: u64) {
    let mut after = case.clone();
    let event = Event {
        id: "x".parse().unwrap(),
        at: at(minutes),
        action: action.clone(),
        by,
        seen: case.folded.heads.clone(),
        fields: fields(pairs),
    };
    after.push(event);
    assert!(matches!(after.folded.verdict(&"x".parse().unwrap()), Some(Verdict::Not(_))), "{action}");
    assert_eq!((after.state(), after.events.len()), (case.state(), case.events.len() + 1));
    let raised = [Flag::OverAuthority, Flag::ReverseProcedure];
    assert!(
        raised.iter().any(|flag| after.folded.flags.contains(flag)),
        "{action}: {:?}",
        after.folded.flags
    );
}
