//! Whole courses of cases: omissions, deemed acceptance, special procedures, disputes, ratings.

use super::*;
use crate::lang::Say;
use crate::list::ListKind;

const TOWN: &str = "640202001";
const DAY: u64 = 60 * 24;

fn named(code: &str, role: Role, user: &str) -> By {
    By { user: Some(user.to_owned()), ..by(code, role) }
}

fn asked(name: &str, later: bool) -> Asked {
    Asked { name: name.to_owned(), secondary: later, later, conditional: false, days: None }
}

fn case_with(terms: Terms) -> Case {
    let mut new = new_case();
    new.guide.terms = terms;
    opened(&new)
}

/// Does it in its day.
fn go(case: &mut Case, action: &str, by: By, pairs: &[(&str, &str)], minutes: u64) {
    let id = format!("v{}", case.events.len());
    on(case, minutes);
    act(case, Action::parse(action), by, pairs, &id, minutes);
}

/// Turns to the day of `minutes`.
fn on(case: &mut Case, minutes: u64) {
    case.almanac = almanac_on(crate::local::date(at(minutes)));
    case.refold();
}

fn refused(case: &Case, action: &str, by: By, pairs: &[(&str, &str)], minutes: u64) -> &'static str {
    decide(case, Action::parse(action), by, pairs, "no", minutes).unwrap_err().code()
}

fn clerk() -> By {
    named(COUNTY, Role::Clerk, "qian")
}

/// Received on 2026-02-10 with one of two materials.
fn received() -> Case {
    let lists = [ListKind::Tolerance].into();
    let materials = vec![asked("身份证", false), asked("照片", true)];
    let promised = Some(crate::guide::Limit::working_days(7));
    let mut case = case_with(Terms { lists, materials, promised, ..Terms::default() });
    go(&mut case, "receive", agent(), &[("materials", "身份证")], 1);
    case
}

fn clocks(case: &Case) -> Vec<(ClockKind, String)> {
    case.clocks().iter().map(|clock| (clock.clock, clock.due.date.to_string())).collect()
}

#[test]
fn what_was_left_out_has_to_come_before_a_grant_or_the_case_is_returned() {
    let mut case = received();
    assert_eq!(refused(&case, "accept_commitment", clerk(), &[("letter", "x")], 2), "CASE_NOT_LISTED");
    go(&mut case, "accept_omissions", clerk(), &[("promise", "王小明")], 2);
    assert_eq!(case.custody(), unit(COUNTY), "who works on it holds it");
    go(&mut case, "handle", named(COUNTY, Role::Handler, "sun"), &[], 3);
    go(&mut case, "review", named(COUNTY, Role::Reviewer, "li"), &[], 4);
    let decider = || named(COUNTY, Role::Decider, "zhou");
    let grant = [("outcome", "grant")];
    assert_eq!(refused(&case, "decide", decider(), &grant, 5), "CASE_OMITTED");
    assert!(clocks(&case).contains(&(ClockKind::Omission, "2026-03-02".to_owned())), "{:?}", clocks(&case));

    let mut late = case.clone();
    on(&mut late, 40 * DAY);
    assert_eq!(
        (late.state(), &late.folded.computed[..]),
        (State::Returned, &[Computed { t: 17, on: Date::constant(2026, 3, 3) }][..],)
    );
    go(&mut case, "supplement", agent(), &[("materials", "照片")], 6);
    go(&mut case, "decide", decider(), &grant, 7);
    on(&mut case, 40 * DAY);
    assert_eq!(case.state(), State::Decided);
}

#[test]
fn a_list_says_how_long_what_is_left_out_may_take() {
    let entry = |material: Option<&str>, days| crate::list::Item {
        code: None,
        name: "甲".to_owned(),
        material: material.map(str::to_owned),
        note: None,
        days,
    };
    let ends = |entries: &[crate::list::Item], given: &str| {
        let lists = [ListKind::Tolerance].into();
        let materials = vec![asked("身份证", false), asked("照片", true), asked("户口簿", true)];
        let mut terms = Terms { lists, materials, ..Terms::default() };
        terms.listed_for_omissions(entries);
        let terms = serde_json::from_str(&serde_json::to_string(&terms).unwrap()).unwrap();
        let mut case = case_with(terms);
        go(&mut case, "receive", agent(), &[("materials", given)], 1);
        go(&mut case, "accept_omissions", clerk(), &[("promise", "王小明")], 2);
        let due = clocks(&case).into_iter().find(|(clock, _)| *clock == ClockKind::Omission).unwrap().1;
        let turns: Date = due.parse::<Date>().unwrap().tomorrow().unwrap();
        assert_eq!(case.wakes_on(), Some(turns));
        case.turn_to(turns);
        assert_eq!((case.state(), case.folded.computed[0].on), (State::Returned, turns));
        due
    };
    // The Spring Festival lies between; the county's own limit is ten working days.
    assert_eq!(ends(&[entry(None, None)], "身份证"), "2026-03-02");
    assert_eq!(ends(&[entry(None, Some(5))], "身份证"), "2026-02-24");
    assert_eq!(ends(&[entry(Some("照片"), Some(3)), entry(None, Some(5))], "身份证"), "2026-02-13");
    assert_eq!(ends(&[entry(Some("照片"), Some(3)), entry(None, Some(5))], "身份证;照片"), "2026-02-24");
    assert_eq!(
        ends(&[entry(Some("照片"), Some(3))], "身份证;照片"),
        "2026-03-02",
        "nothing is said of the other"
    );
    assert_eq!(ends(&[entry(None, Some(5)), entry(None, Some(4))], "身份证"), "2026-02-14", "the shorter");
}

#[test]
fn without_a_notice_in_time_it_is_deemed_accepted_from_its_receipt() {
    let mut case = received();
    let due = Date::constant(2026, 2, 24);
    assert_eq!(
        case.due().unwrap().date,
        Date::constant(2026, 2, 13),
        "the village has to hand it over first"
    );
    case.almanac = almanac_on(due);
    case.refold();
    assert_eq!(case.state(), State::Received);
    case.almanac = almanac_on(due.tomorrow().unwrap());
    case.refold();
    let acceptance = case.folded.course.acceptance.clone().unwrap();
    assert_eq!(
        (case.state(), acceptance.footing, acceptance.from),
        (State::Accepted, Footing::Deemed, at(1))
    );
    assert_eq!(clocks(&case)[0], (ClockKind::Promise, "2026-02-26".to_owned()));
    let refusal = [("reason", "x"), ("basis", "y"), ("competent", "z")];
    assert_eq!(refused(&case, "refuse", clerk(), &refusal, 20 * DAY), "CASE_TRANSITION");
    go(&mut case, "withdraw", agent(), &[], 20 * DAY);
    assert_eq!(case.state(), State::Accepted, "from now on it is a request");
    assert!(case.folded.flags.contains(&Flag::WithdrawalRequested));
    go(&mut case, "confirm_withdrawal", named(VILLAGE, Role::Clerk, "wang"), &[], 20 * DAY + 1);
    assert_eq!(case.state(), State::Withdrawn);
}

#[test]
fn a_correction_stops_the_acceptance_clock_and_is_asked_for_once() {
    let mut case = received();
    go(&mut case, "ask_correction", clerk(), &[("items", "照片;申请表")], DAY);
    assert_eq!(clocks(&case), [(ClockKind::Correction, "2026-03-03".to_owned())]);
    assert_eq!(refused(&case, "correct", agent(), &[("materials", "照片")], 2 * DAY), "CASE_UNANSWERED");
    assert_eq!(refused(&case, "return", clerk(), &[], 3 * DAY), "CASE_NOT_OVERDUE");
    go(&mut case, "correct", agent(), &[("materials", "照片"), ("answers", "申请表")], 3 * DAY);
    // Two working days passed between notice and answer.
    assert!(clocks(&case).contains(&(ClockKind::Acceptance, "2026-02-26".to_owned())), "{:?}", clocks(&case));
    assert_eq!(refused(&case, "ask_correction", clerk(), &[("items", "x")], 3 * DAY), "CASE_SECOND_NOTICE");

    let mut second = case.clone();
    second.push(Event {
        id: "x".parse().unwrap(),
        at: at(3 * DAY),
        action: Action::parse("ask_correction"),
        by: clerk(),
        seen: second.folded.heads.clone(),
        fields: fields(&[("items", "y")]),
    });
    assert_eq!(second.folded.flags, BTreeSet::from([Flag::SecondNotice]));
    go(&mut case, "accept", clerk(), &[], 3 * DAY + 1);
    assert_eq!(case.folded.course.acceptance.as_ref().unwrap().printed, Some(Date::constant(2026, 3, 2)));
}

/// DOMAIN §3.5: accepted Mon 2018-10-15, promise 7, statute 10; with 3 days of special procedure kind 2.
#[test]
fn the_examples_of_the_domain_come_out() {
    let terms = Terms {
        promised: Some(crate::guide::Limit::working_days(7)),
        statutory: Some(crate::guide::Limit::working_days(10)),
        ..Terms::default()
    };
    let mut case = case_with(terms);
    // Minutes from the tests' day back to 2018-10-15 do not fit: take a case that begins there.
    let monday = crate::local::day_begins(Date::constant(2018, 10, 15)).plus_ms(36_000_000);
    let day = |n: u64| monday.plus_ms(n * DAY * 60_000);
    let mut events = vec![];
    let mut push = |action: &str, by: By, pairs: &[(&str, &str)], at| {
        let seen = events.last().map(|event: &Event| event.id.clone()).into_iter().collect();
        let id = format!("s{}", events.len()).parse().unwrap();
        events.push(Event { id, at, action: Action::parse(action), by, seen, fields: fields(pairs) });
    };
    push("register", agent(), &[], monday);
    push("receive", agent(), &[("materials", "none")], monday);
    push("accept", clerk(), &[], monday);
    let handler = || named(COUNTY, Role::Handler, "sun");
    push("handle", handler(), &[], day(1));
    let start = [("kind", "inquiry"), ("days", "5"), ("reason", "听证"), ("approver", "zhao")];
    push("start_special", handler(), &start, day(1));
    push("end_special", handler(), &[("result", "通过")], day(4));
    let with = |case: &mut Case, n: usize| {
        case.almanac = almanac_on(Date::constant(2018, 10, 19));
        case.events = events[..n].iter().map(|event| (event.id.clone(), event.clone())).collect();
        case.refold();
        clocks(case).into_iter().map(|(_, day)| day).collect::<Vec<_>>()
    };
    assert_eq!(with(&mut case, 4), ["2018-10-24", "2018-10-29"]);
    assert_eq!(with(&mut case, 6), ["2018-10-29", "2018-11-01"]);
    assert_eq!(case.state(), State::InReview);
}

/// A case in review at the town, reviewed, with everything there.
fn in_review_at_town() -> Case {
    let mut case = received();
    go(&mut case, "accept", named(TOWN, Role::Clerk, "qian"), &[("materials", "照片")], 2);
    go(&mut case, "handle", named(TOWN, Role::Handler, "sun"), &[], 3);
    go(&mut case, "review", named(TOWN, Role::Reviewer, "li"), &[], 4);
    case
}

#[test]
fn an_issued_decision_beats_a_withdrawal_wherever_each_comes_from() {
    let case = in_review_at_town();
    let grant = [("outcome", "grant")];
    let decided =
        decide(&case, Action::parse("decide"), named(TOWN, Role::Decider, "zhou"), &grant, "d", 9).unwrap();
    // The county goes first in order, and the decision all the same before it.
    for office in [COUNTY, VILLAGE] {
        let withdrawn =
            decide(&case, Action::WITHDRAW, named(office, Role::Clerk, "wu"), &[], "w", 5).unwrap();
        for events in [[&decided, &withdrawn], [&withdrawn, &decided]] {
            let mut both = case.clone();
            events.into_iter().for_each(|event| both.push(event.clone()));
            assert_eq!(both.state(), State::Decided, "{office}");
            let dispute = Dispute { stands: decided.id.clone(), other: withdrawn.id.clone() };
            assert_eq!(both.folded.disputes, [dispute]);
            assert_eq!(both.folded.flags, BTreeSet::from([Flag::Disputed]));
        }
    }
}

#[test]
fn the_holder_settles_a_dispute_for_either_side() {
    let mut case = received();
    go(&mut case, "supplement", agent(), &[("materials", "照片")], 2);
    let refusal = [("reason", "x"), ("basis", "y"), ("competent", "z")];
    let accept =
        decide(&case, Action::parse("accept"), named(TOWN, Role::Clerk, "qian"), &[], "a", 9).unwrap();
    let refuse = decide(&case, Action::parse("refuse"), clerk(), &refusal, "r", 5).unwrap();
    case.push(accept);
    case.push(refuse);
    assert_eq!(
        (case.state(), case.custody()),
        (State::Accepted, unit(TOWN)),
        "an acceptance beats a refusal"
    );
    assert_eq!(case.folded.disputes.len(), 1);
    let holder = || named(TOWN, Role::Clerk, "qian");
    assert_eq!(refused(&case, "settle", clerk(), &[("stands", "a")], 10), "CASE_CUSTODY");
    assert_eq!(refused(&case, "settle", holder(), &[("stands", "v1")], 10), "CASE_NOT_DISPUTED");

    let mut kept = case.clone();
    go(&mut kept, "settle", holder(), &[("stands", "a")], 10);
    assert_eq!((kept.state(), kept.folded.flags.len()), (State::Accepted, 0));
    go(&mut case, "settle", holder(), &[("stands", "r")], 10);
    assert_eq!((case.state(), case.folded.disputes.len()), (State::Refused, 0));
    assert!(case.folded.flags.is_empty(), "{:?}", case.folded.flags);
    assert!(matches!(case.folded.verdict(&"a".parse().unwrap()), Some(Verdict::Not(Why::Settled(_)))));
}

#[test]
fn custody_moves_when_both_have_signed_in_either_order() {
    let case = received();
    let give = decide(&case, Action::parse("hand-over"), agent(), &[("to", TOWN)], "g", 5).unwrap();
    let take =
        decide(&case, Action::parse("take-over"), named(TOWN, Role::Clerk, "qian"), &[], "t", 6).unwrap();
    let mut one = case.clone();
    one.push(give.clone());
    assert_eq!(one.custody(), unit(VILLAGE));
    for events in [[&give, &take], [&take, &give]] {
        let mut both = case.clone();
        events.into_iter().for_each(|event| both.push(event.clone()));
        assert_eq!((both.custody(), both.folded.course.handed_over_at), (unit(TOWN), Some(at(6))));
        assert!(both.clocks().iter().all(|clock| clock.clock != ClockKind::HandOver));
    }
}

#[test]
fn a_case_is_handed_up_or_back_and_taken_by_whom_it_was_handed_to() {
    let case = received();
    for (to, code) in [
        ("", "CASE_FIELD_MISSING"),
        ("长胜街道", "CASE_UNIT"),
        (VILLAGE, "CASE_NOT_ABOVE"),
        ("640202001002", "CASE_NOT_ABOVE"),
        ("640202002", "CASE_NOT_ABOVE"),
        ("640203", "CASE_NOT_ABOVE"),
    ] {
        assert_eq!(refused(&case, "hand_over", agent(), &[("to", to)], 5), code, "{to}");
    }
    let neighbour = || named("640202001002", Role::Agent, "wang");
    assert_eq!(refused(&case, "take_over", neighbour(), &[], 5), "CASE_NOT_HANDED_OVER");
    let mut case = case;
    go(&mut case, "hand_over", agent(), &[("to", TOWN)], 5);
    assert_eq!(refused(&case, "take_over", clerk(), &[], 6), "CASE_HANDED_TO");
    go(&mut case, "take_over", named(TOWN, Role::Clerk, "qian"), &[], 6);
    assert_eq!(case.custody(), unit(TOWN));

    // Back to where it was registered, and to no other village.
    let town = || named(TOWN, Role::Clerk, "qian");
    assert_eq!(refused(&case, "hand_over", town(), &[("to", "640202001002")], 7), "CASE_NOT_ABOVE");
    assert_eq!(
        refused(&case, "take_over", agent(), &[], 7),
        "CASE_NOT_HANDED_OVER",
        "not before it is given"
    );
    go(&mut case, "hand_over", town(), &[("to", VILLAGE)], 7);
    assert_eq!(refused(&case, "take_over", neighbour(), &[], 8), "CASE_HANDED_TO");
    go(&mut case, "take_over", agent(), &[], 8);
    assert_eq!((case.custody(), case.folded.flags.len()), (unit(VILLAGE), 0));
}

#[test]
fn who_had_not_heard_of_the_slip_broke_no_rule_by_taking_over() {
    let case = received();
    let give = decide(&case, Action::parse("hand-over"), agent(), &[("to", TOWN)], "g", 5).unwrap();
    // A note of the county's lets its signature come after the slip in the order.
    let mut county = case.clone();
    let noted = [("applicant.phone", "1")];
    let later = act(&mut county, Action::NOTE, named(VILLAGE, Role::Agent, "zz"), &noted, "n", 6);
    let take = decide(&county, Action::parse("take-over"), clerk(), &[], "t", 7).unwrap();
    let mut all = case;
    [give, later, take].into_iter().for_each(|event| all.push(event));
    assert_eq!(all.folded.timeline.last().unwrap(), &("t".parse().unwrap(), Verdict::Counted));
    assert_eq!((all.custody(), all.folded.flags.len()), (unit(VILLAGE), 0), "the slip was for the town");
}

#[test]
fn the_registrars_signature_comes_from_where_the_case_was_registered() {
    let mut case = received();
    let reason = [("reason", "重复登记")];
    assert_eq!(refused(&case, "void", named(TOWN, Role::Clerk, "qian"), &reason, 5), "CASE_NOT_REGISTRAR");
    go(&mut case, "void", named(TOWN, Role::Supervisor, "wu"), &reason, 5);
    assert_eq!(refused(&case, "void", clerk(), &reason, 6), "CASE_NOT_REGISTRAR");
    go(&mut case, "void", agent(), &reason, 6);
    assert_eq!(case.state(), State::Voided);
}

#[test]
fn a_result_code_fits_the_decision() {
    let decided = |pairs: &[(&str, &str)]| {
        let mut case = in_review_at_town();
        go(&mut case, "decide", named(TOWN, Role::Decider, "zhou"), pairs, 5);
        case
    };
    let issuer = || named(TOWN, Role::Issuer, "wu");
    let fitting = |case: &Case| {
        let passes = |code: &&str| {
            let told = decide(case, Action::parse("conclude"), issuer(), &[("result", *code)], "c", 6);
            told.map_err(|refusal| assert_eq!(refusal.code(), "CASE_FIELD_VALUE")).is_ok()
        };
        ["0", "1", "2", "3", "4", "5", "6", "7", "x"].into_iter().filter(passes).collect::<Vec<_>>()
    };
    assert_eq!(fitting(&decided(&[("outcome", "grant")])), ["0", "6"]);
    let denied = decided(&[("outcome", "deny"), ("reason", "x"), ("remedies", "y")]);
    assert_eq!(fitting(&denied), ["1", "6"]);
    assert_eq!(refused(&denied, "conclude", issuer(), &[], 6), "CASE_FIELD_MISSING");
}

#[test]
fn another_user_approves_a_special_procedure() {
    let case = in_review_at_town();
    let start = |approver: &str| {
        let pairs = [("kind", "inquiry"), ("days", "5"), ("reason", "听证"), ("approver", approver)];
        let handler = named(TOWN, Role::Handler, "sun");
        decide(&case, Action::parse("start_special"), handler, &pairs, "s", 6).map_err(|why| why.code())
    };
    for (approver, code) in [
        ("", "CASE_FIELD_MISSING"),
        ("孙主任", "CASE_USER"),
        ("Sun", "CASE_USER"),
        ("x", "CASE_USER"),
        (" sun ", "CASE_SAME_PERSON"),
    ] {
        assert_eq!(start(approver).unwrap_err(), code, "{approver}");
    }
    assert!(start("zhao").is_ok());
}

#[test]
fn a_case_is_forwarded_to_another_unit() {
    let mut case = received();
    go(&mut case, "supplement", agent(), &[("materials", "照片")], 2);
    go(&mut case, "accept", named(TOWN, Role::Clerk, "qian"), &[], 3);
    let to = |unit: &str| {
        let pairs = [("to", unit), ("linked", "640202000000202602100100011")];
        let clerk = named(TOWN, Role::Clerk, "qian");
        decide(&case, Action::parse("forward"), clerk, &pairs, "f", 4).map_err(|why| why.code())
    };
    for (unit, code) in
        [("", "CASE_FIELD_MISSING"), ("县里", "CASE_UNIT"), ("64020", "CASE_UNIT"), (TOWN, "CASE_HELD_THERE")]
    {
        assert_eq!(to(unit).unwrap_err(), code, "{unit}");
    }
    assert!(to(COUNTY).is_ok() && to("640203").is_ok());
}

#[test]
fn a_bad_rating_is_closed_only_by_its_whole_loop() {
    let mut case = received();
    let refusal = [("reason", "x"), ("basis", "y"), ("competent", "z")];
    go(&mut case, "refuse", clerk(), &refusal, 2);
    let public = || by(VILLAGE, Role::Public);
    assert_eq!(refused(&case, "rate", public(), &[("level", "6")], 3), "CASE_FIELD_VALUE");
    go(&mut case, "rate", public(), &[("level", "5")], 3);
    assert_eq!(refused(&case, "rate", public(), &[("level", "1")], 4), "CASE_RATED_TWICE");
    let officer = || named(COUNTY, Role::ComplaintsOfficer, "zheng");
    let caller = || named(COUNTY, Role::Caller, "wang");
    assert_eq!(refused(&case, "call_back", caller(), &[("satisfied", "yes")], 5), "CASE_RATING_STAGE");
    go(&mut case, "verify_rating", officer(), &[("found", "属实")], 5);
    go(&mut case, "rectify_rating", clerk(), &[("text", "已道歉")], 6);
    go(&mut case, "answer_rating", clerk(), &[("text", "已电话答复")], 7);
    go(&mut case, "call_back", caller(), &[("satisfied", "no")], 8);
    assert_eq!(case.folded.course.rating.as_ref().unwrap().stage, RatingStage::Verified, "once more");
    go(&mut case, "appeal_rating", clerk(), &[("reason", "恶意差评")], 9);
    go(&mut case, "review_rating", officer(), &[("counts", "no"), ("reason", "查实")], 10);
    let rating = case.folded.course.rating.clone().unwrap();
    assert_eq!((rating.stage, rating.counts), (RatingStage::Closed, false));
}

#[test]
fn a_redo_begins_again_after_the_receipt() {
    let mut case = in_review_at_town();
    let deny = [("outcome", "deny"), ("reason", "x"), ("remedies", "y")];
    go(&mut case, "decide", named(TOWN, Role::Decider, "zhou"), &deny, 5);
    let supervisor = |code| named(code, Role::Supervisor, "wu");
    assert_eq!(refused(&case, "redo", supervisor(TOWN), &[("decision", "x")], 6), "CASE_PLACE");
    go(&mut case, "redo", supervisor(COUNTY), &[("decision", "复议决定书")], 6);
    let course = &case.folded.course;
    assert_eq!((case.state(), course.handler.is_none(), course.materials.len()), (State::Received, true, 2));
    go(&mut case, "accept", clerk(), &[], 7);
    assert_eq!(case.state(), State::Accepted);
}

#[test]
fn a_redo_takes_nothing_back_of_what_was_raised_rated_and_counted() {
    let mut case = received();
    go(&mut case, "ask_correction", clerk(), &[("items", "照片")], DAY);
    go(&mut case, "correct", agent(), &[("materials", "照片")], 4 * DAY);
    go(&mut case, "accept", named(TOWN, Role::Clerk, "qian"), &[], 5 * DAY);
    go(&mut case, "handle", named(TOWN, Role::Handler, "sun"), &[], 6 * DAY);
    go(&mut case, "review", named(TOWN, Role::Reviewer, "li"), &[], 6 * DAY);
    go(&mut case, "decide", named(TOWN, Role::Decider, "zhou"), &[("outcome", "grant")], 40 * DAY);
    go(&mut case, "conclude", named(TOWN, Role::Issuer, "wu"), &[("result", "0")], 41 * DAY);
    go(&mut case, "rate", by(VILLAGE, Role::Public), &[("level", "5")], 42 * DAY);
    let before = case.clone();
    assert!(before.cards().iter().any(|card| (card.rule, card.level) == (CardRule::Overdue, Level::Yellow)));
    go(&mut case, "redo", named(COUNTY, Role::Supervisor, "wu"), &[("decision", "复议决定书")], 42 * DAY + 1);

    assert_eq!((case.state(), case.cards()), (State::Received, before.cards()));
    assert_eq!(case.figures().since(&before.figures()), Figures::default(), "{:?}", case.figures());
    assert_eq!(case.folded.course.rating, before.folded.course.rating);
    assert_eq!(
        refused(&case, "ask_correction", clerk(), &[("items", "x")], 42 * DAY + 2),
        "CASE_SECOND_NOTICE"
    );
    assert!(
        clocks(&case).contains(&(ClockKind::Acceptance, "2026-03-31".to_owned())),
        "the first round's correction does not lengthen the second: {:?}",
        clocks(&case)
    );
    let officer = named(COUNTY, Role::ComplaintsOfficer, "zheng");
    go(&mut case, "verify_rating", officer, &[("found", "属实")], 42 * DAY + 2);
    assert_eq!(case.folded.course.rating.as_ref().unwrap().stage, RatingStage::Verified);

    on(&mut case, 300 * DAY);
    let ids = |case: &Case| case.cards().into_iter().map(|card| card.id).collect::<BTreeSet<_>>();
    assert!(ids(&before).is_subset(&ids(&case)), "a later day takes none of them away");
    let delivery = case.cards().into_iter().find(|card| card.rule == CardRule::DeliveryOverdue);
    assert_eq!(delivery, None, "what the redo stopped runs no more");
}

#[test]
fn one_person_is_not_in_two_stages() {
    let mut case = received();
    let qian = |role| named(TOWN, role, "qian");
    go(&mut case, "accept", qian(Role::Clerk), &[("materials", "照片")], 2);
    go(&mut case, "handle", qian(Role::Handler), &[], 3);
    assert_eq!(refused(&case, "review", qian(Role::Reviewer), &[], 4), "CASE_SAME_PERSON");
    go(&mut case, "review", named(TOWN, Role::Reviewer, "li"), &[], 4);
    assert_eq!(
        refused(&case, "decide", named(TOWN, Role::Decider, "li"), &[("outcome", "grant")], 5),
        "CASE_SAME_PERSON"
    );
    case.push(Event {
        id: "x".parse().unwrap(),
        at: at(5),
        action: Action::parse("decide"),
        by: named(TOWN, Role::Decider, "li"),
        seen: case.folded.heads.clone(),
        fields: fields(&[("outcome", "grant")]),
    });
    assert_eq!((case.state(), &case.folded.flags), (State::InReview, &BTreeSet::from([Flag::SamePerson])));
}

#[test]
fn who_received_accepted_or_reviewed_it_neither_reviews_nor_decides() {
    let town = |role, user| named(TOWN, role, user);
    let mut case = opened(&new_case());
    go(&mut case, "receive", town(Role::Clerk, "wang"), &[("materials", "身份证")], 1);
    go(&mut case, "accept", town(Role::Clerk, "qian"), &[], 2);
    go(&mut case, "handle", town(Role::Handler, "sun"), &[], 3);
    for user in ["wang", "qian", "sun"] {
        assert_eq!(
            refused(&case, "review", town(Role::Reviewer, user), &[], 4),
            "CASE_SAME_PERSON",
            "{user}"
        );
        let why = [("reason", "x")];
        assert_eq!(refused(&case, "send_back", town(Role::Reviewer, user), &why, 4), "CASE_SAME_PERSON");
    }
    go(&mut case, "send_back", town(Role::Reviewer, "zhou"), &[("reason", "材料不清")], 4);
    go(&mut case, "review", town(Role::Reviewer, "li"), &[], 5);
    let grant = [("outcome", "grant")];
    for user in ["wang", "qian", "zhou", "li"] {
        let decider = town(Role::Decider, user);
        assert_eq!(refused(&case, "decide", decider.clone(), &grant, 6), "CASE_SAME_PERSON", "{user}");
        let mut arrived = case.clone();
        arrived.push(Event {
            id: "x".parse().unwrap(),
            at: at(6),
            action: Action::parse("decide"),
            by: decider,
            seen: arrived.folded.heads.clone(),
            fields: fields(&grant),
        });
        let cards: Vec<CardRule> = arrived.cards().iter().map(|card| card.rule).collect();
        assert_eq!(cards, [CardRule::SamePerson], "{user}");
        assert_eq!((arrived.state(), arrived.folded.flags), (State::InReview, [Flag::SamePerson].into()));
    }
    go(&mut case, "decide", town(Role::Decider, "feng"), &grant, 6);
    assert_eq!(case.state(), State::Decided);
}
