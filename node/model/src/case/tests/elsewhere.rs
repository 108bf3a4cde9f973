//! What a unit may do that does not hold the case, and a case that is another unit's from its registration on (T24).

use super::*;
use crate::lang::Say;

const TOWN: &str = "640202001";

fn code(case: &Case, action: &str, by: By, pairs: &[(&str, &str)]) -> &'static str {
    match decide(case, Action::parse(action), by, pairs, "no", 60) {
        Ok(_) => "ok",
        Err(refusal) => refusal.code(),
    }
}

/// The event as it arrives from elsewhere, whatever the rules say.
fn arrives(case: &Case, action: &str, by: By, pairs: &[(&str, &str)]) -> Case {
    let mut after = case.clone();
    after.push(Event {
        id: "x".parse().unwrap(),
        at: at(60),
        action: Action::parse(action),
        by,
        seen: case.folded.heads.clone(),
        fields: fields(pairs),
    });
    after
}

fn why(case: &Case) -> Option<Why> {
    match case.folded.verdict(&"x".parse().unwrap()).unwrap() {
        Verdict::Counted => None,
        Verdict::Not(why) => Some(why.clone()),
    }
}

fn received() -> Case {
    let mut case = opened(&new_case());
    act(&mut case, Action::RECEIVE, agent(), &[("materials", "身份证")], "e1", 5);
    case
}

fn accepted() -> Case {
    let mut case = received();
    act(&mut case, Action::Known(Known::Accept), by(TOWN, Role::Clerk), &[], "e2", 10);
    case
}

#[test]
fn a_further_material_is_for_the_holder_or_an_agent_and_only_while_work_goes_on() {
    let case = accepted();
    let photo = [("materials", "照片")];
    for (who, expected) in [
        (by(TOWN, Role::Clerk), "ok"),
        (by(TOWN, Role::Public), "ok"),
        (agent(), "ok"),
        (by(COUNTY, Role::Agent), "ok"),
        (by(VILLAGE, Role::Clerk), "CASE_CUSTODY"),
        (by(VILLAGE, Role::Public), "CASE_CUSTODY"),
        (by(COUNTY, Role::Handler), "CASE_CUSTODY"),
    ] {
        assert_eq!(code(&case, "supplement", who.clone(), &photo), expected, "{who:?}");
        let after = arrives(&case, "supplement", who, &photo);
        let over = (expected != "ok").then_some(Why::OverAuthority { t: 26 });
        assert_eq!(
            (why(&after), after.folded.course.given().contains("照片")),
            (over.clone(), over.is_none())
        );
    }

    let mut over = case;
    act(&mut over, Action::WITHDRAW, agent(), &[], "e3", 15);
    act(&mut over, Action::parse("confirm_withdrawal"), by(TOWN, Role::Clerk), &[], "e4", 16);
    let papers = [("papers", EVERY_PAPER)];
    let mut archived = over.clone();
    act(&mut archived, Action::parse("archive"), by(TOWN, Role::Archivist), &papers, "e5", 17);
    for case in [over, archived] {
        let town = || by(TOWN, Role::Clerk);
        assert_eq!(code(&case, "supplement", town(), &photo), "CASE_TRANSITION", "{}", case.state());
        let after = arrives(&case, "supplement", town(), &photo);
        assert_eq!(why(&after), Some(Why::ReverseProcedure { t: 26 }));
        assert_eq!(after.folded.course.materials, case.folded.course.materials);
        // Nor does a note bring one.
        let noted = [("text", "已寄来"), photo[0]];
        assert_eq!(code(&case, "note", town(), &noted), "CASE_OVER");
        assert_eq!(code(&case, "note", town(), &noted[..1]), "ok");
        let after = arrives(&case, "note", town(), &noted);
        assert_eq!(why(&after), Some(Why::Unmet { t: 26, what: Unmet::Over }));
        assert_eq!(after.folded.course.materials, case.folded.course.materials);
    }
}

#[test]
fn a_withdrawal_is_asked_for_once_until_it_is_answered() {
    let mut case = accepted();
    act(&mut case, Action::WITHDRAW, agent(), &[], "e3", 15);
    let offered =
        |case: &Case| case.offers(unit(VILLAGE), at(20)).iter().any(|o| o.action == Known::Withdraw);
    for (place, role) in [(VILLAGE, Role::Agent), (TOWN, Role::Clerk), (COUNTY, Role::Public)] {
        assert_eq!(code(&case, "withdraw", by(place, role), &[]), "CASE_REQUESTED_ALREADY", "{place}");
        let after = arrives(&case, "withdraw", by(place, role), &[]);
        assert_eq!(why(&after), Some(Why::Unmet { t: 22, what: Unmet::RequestedAlready }));
        assert_eq!(after.folded.course.withdrawal_requested, Some("e3".parse().unwrap()));
        assert!(after.folded.flags.contains(&Flag::ReverseProcedure));
    }
    assert!(!offered(&case));
    let reason = [("reason", "申请人改了主意")];
    act(&mut case, Action::parse("decline_withdrawal"), by(TOWN, Role::Clerk), &reason, "e4", 16);
    assert!(offered(&case), "once it was answered it can be asked for anew");
    act(&mut case, Action::WITHDRAW, agent(), &[], "e5", 17);
    assert_eq!(case.folded.course.withdrawal_requested, Some("e5".parse().unwrap()));
}

#[test]
fn two_who_ask_apart_for_a_withdrawal_agree() {
    let case = accepted();
    let one = decide(&case, Action::WITHDRAW, agent(), &[], "w1", 15).unwrap();
    let other = decide(&case, Action::WITHDRAW, by(COUNTY, Role::Clerk), &[], "w2", 20).unwrap();
    let mut both = case;
    [one, other].into_iter().for_each(|event| both.push(event));
    assert_eq!(both.folded.flags, BTreeSet::from([Flag::WithdrawalRequested]));
    let verdict = both.folded.verdict(&"w1".parse().unwrap());
    assert_eq!(verdict, Some(&Verdict::Not(Why::SameAs("w2".parse().unwrap()))));
}

/// A case that a clerk of `from` registers for `to`, in the scope of `scope`.
fn registered(from: &str, role: Role, to: &str, scope: &str) -> NewCase {
    let mut new = new_case();
    new.by = by(from, role);
    new.number = CaseNumber::new(unit(from), Date::constant(2026, 2, 10), 1, 1).unwrap();
    (new.unit, new.holder) = (unit(scope), unit(to));
    new
}

#[test]
fn a_forwarded_case_is_held_from_its_registration_on_by_whom_it_goes_to() {
    // From the town up, in the scope of the village that the applicant went to; from the county down, in the town's.
    for (from, to, scope) in [(TOWN, COUNTY, VILLAGE), (TOWN, COUNTY, TOWN), (COUNTY, TOWN, TOWN)] {
        let new = registered(from, Role::Clerk, to, scope);
        let mut doc = automerge::AutoCommit::new();
        Case::create(&mut doc, &new).unwrap();
        let case = read(&doc).unwrap();
        assert_eq!(case, opened(&new));
        assert_eq!((case.custody(), case.unit, case.state()), (unit(to), unit(scope), State::Registered));
        assert!(case.is_of(unit(scope)) && !case.is_of(unit("640202002")));
        assert_eq!(code(&case, "note", by(from, Role::Clerk), &[("text", "x")]), "CASE_CUSTODY");
        let mut case = case;
        act(&mut case, Action::RECEIVE, by(to, Role::Clerk), &[("materials", "身份证")], "e1", 5);
        act(&mut case, Action::Known(Known::Accept), by(to, Role::Clerk), &[], "e2", 6);
        assert_eq!((case.custody(), case.folded.flags.len()), (unit(to), 0));
    }
    // The number is of who registered it, and nobody passes off another's.
    let mut forged = registered(VILLAGE, Role::Agent, VILLAGE, VILLAGE);
    forged.number = CaseNumber::new(unit(COUNTY), Date::constant(2026, 2, 10), 1, 1).unwrap();
    assert!(!opened(&forged).is_of(unit(VILLAGE)));
}

#[test]
fn only_who_forwards_registers_for_another() {
    for (from, role) in
        [(VILLAGE, Role::Agent), (VILLAGE, Role::Clerk), (TOWN, Role::Agent), (TOWN, Role::Public)]
    {
        let case = opened(&registered(from, role, COUNTY, VILLAGE));
        assert_eq!(case.folded.state, None, "{from} {role}");
        assert_eq!(case.folded.flags, BTreeSet::from([Flag::OverAuthority]));
        assert_eq!(case.custody(), unit(VILLAGE));
    }
}
