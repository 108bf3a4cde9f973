//! What a person here may do, and what they are told when they may not.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use proptest::prelude::*;

use super::*;
use crate::document::Kept;
use crate::identity::BadIdentity;
use crate::lang::Say;
use crate::refusal::{FieldFault, Refusal};

#[test]
fn registered_received_withdrawn() {
    let mut case = opened(&new_case());
    assert_eq!((case.state(), case.custody(), case.due()), (State::Registered, unit(VILLAGE), None));

    let receive = act(&mut case, Action::RECEIVE, agent(), &[("materials", "身份证；照片")], "e1", 5);
    assert_eq!(receive.seen, ["e0".parse().unwrap()]);
    assert_eq!(receive.materials().collect::<Vec<_>>(), ["身份证", "照片"]);
    assert_eq!((case.state(), case.folded.received_at), (State::Received, Some(at(5))));
    let due = case.due().unwrap();
    assert_eq!((due.date, due.provisional), (Date::constant(2026, 2, 13), false), "the hand-over");
    assert_eq!(case.clocks()[1].due.date, Date::constant(2026, 2, 24), "the acceptance");

    act(&mut case, Action::WITHDRAW, by(COUNTY, Role::Clerk), &[("reason", "不办了")], "e2", 9);
    assert_eq!((case.state(), case.due()), (State::Withdrawn, None));
    assert!(case.folded.flags.is_empty());
    assert!(case.timeline().all(|(_, verdict)| *verdict == Verdict::Counted));
}

#[test]
fn an_illegal_action_is_refused_with_its_rule() {
    let mut case = opened(&new_case());
    let code = |case: &Case, action: &str, by: By| match decide(
        case,
        Action::parse(action),
        by,
        &[("materials", "x")],
        "e9",
        1,
    ) {
        Ok(_) => "ok".to_owned(),
        Err(Refusal::Transition { rule, .. }) => format!("T{}", rule.t),
        Err(refusal) => refusal.code().to_owned(),
    };
    assert_eq!(code(&case, "register", agent()), "T1");
    assert_eq!(code(&case, "accept", by(COUNTY, Role::Clerk)), "T8");
    assert_eq!(code(&case, "fly", agent()), "CASE_ACTION");
    assert_eq!(code(&case, "receive", by(VILLAGE, Role::Public)), "CASE_ROLE");
    assert_eq!(code(&case, "void", by(VILLAGE, Role::Supervisor)), "CASE_FIELD_MISSING");
    act(&mut case, Action::RECEIVE, agent(), &[("materials", "x")], "e1", 1);
    assert_eq!(code(&case, "receive", agent()), "T2");
    act(&mut case, Action::WITHDRAW, by(VILLAGE, Role::Public), &[], "e2", 2);
    for action in ["receive", "withdraw", "accept"] {
        assert!(code(&case, action, agent()).starts_with('T'), "{action}");
    }
    assert_eq!(code(&case, "note", agent()), "CASE_OVER", "with a material, and the case is over");
}

#[test]
fn a_receipt_needs_a_material_unless_the_guide_asks_for_none() {
    let receive = |new: &NewCase, pairs: &[(&str, &str)]| {
        decide(&opened(new), Action::RECEIVE, agent(), pairs, "e1", 1)
            .map(|event| event.fields[MATERIALS].clone())
    };
    let mut new = new_case();
    for nothing in [&[][..], &[("materials", " ; ")], &[("materials", "none")], &[("materials", "无")]] {
        assert_eq!(receive(&new, nothing).unwrap_err().code(), "CASE_MATERIAL");
    }
    new.fields.insert("materials".to_owned(), "户口簿".to_owned());
    assert_eq!(receive(&new, &[]).as_deref(), Ok("户口簿"), "came with the registration");
    assert_eq!(receive(&new, &[("materials", "照片")]).as_deref(), Ok("照片"));
    new.fields.clear();
    new.guide.materials_needed = false;
    assert_eq!(receive(&new, &[]).as_deref(), Ok(NO_MATERIALS));
}

#[test]
fn notes_are_for_the_holder_and_contacts_for_any_agent() {
    let mut case = opened(&new_case());
    let (county_agent, clerk) = (by(COUNTY, Role::Agent), by(COUNTY, Role::Clerk));
    let text = [("text", "来电询问")];
    for outsider in [&county_agent, &clerk] {
        let refusal = decide(&case, Action::NOTE, outsider.clone(), &text, "e1", 1).unwrap_err();
        assert!(matches!(refusal, Refusal::Custody { holder, .. } if holder == unit(VILLAGE)));
    }
    let phone = [("applicant.phone", "13900000000")];
    assert!(decide(&case, Action::NOTE, clerk, &phone, "e1", 1).is_err());
    act(&mut case, Action::NOTE, county_agent, &phone, "e1", 1);
    act(&mut case, Action::NOTE, agent(), &[("text", "已核对"), ("住址", "星海村")], "e2", 2);
    assert_eq!(case.contact["phone"], Kept::one("13900000000"));
    assert_eq!(case.fields["住址"], Kept::one("星海村"));
    assert!(!case.fields.contains_key("text"));
    assert_eq!(case.state(), State::Registered);
    let name = decide(&case, Action::NOTE, agent(), &[("applicant.name", "张三")], "e3", 3).unwrap_err();
    assert_eq!(name, Refusal::Field { key: "applicant.name".to_owned(), why: FieldFault::Fixed });
}

#[test]
fn a_registration_is_checked() {
    let with = |change: fn(&mut NewCase)| {
        let mut new = new_case();
        change(&mut new);
        new.check()
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|new| new.applicant = " ".to_owned()), Err(Refusal::ApplicantMissing));
    let bad = with(|new| new.id_number = "110105194912310021".to_owned());
    assert_eq!(bad, Err(Refusal::Identity(BadIdentity::Check(IdKind::Ric))));
    let role = with(|new| new.by.role = Role::Decider).unwrap_err();
    assert_eq!((role.code(), role.to_string().contains("T1:")), ("CASE_ROLE", true));
    assert_eq!(with(|new| new.by.role = Role::Public), Ok(()));
    let long = with(|new| drop(new.fields.insert("k".to_owned(), "字".repeat(4001))));
    assert_eq!(long, Err(Refusal::Field { key: "k".to_owned(), why: FieldFault::TooLong { max: 4000 } }));
    let many = with(|new| new.fields.extend((0..65).map(|n| (format!("{n:03}"), String::new()))));
    assert!(matches!(many, Err(Refusal::Field { why: FieldFault::TooMany { max: 64 }, .. })));
}

#[test]
fn fields_have_an_end_and_hold_only_text() {
    let case = opened(&new_case());
    let note = |pairs: &[(&str, &str)]| decide(&case, Action::NOTE, agent(), pairs, "e1", 1).map(drop);
    let field = |key: &str, why| Err(Refusal::Field { key: key.to_owned(), why });
    let page = "字".repeat(4000);
    let most = [("a", &*page), ("b", &page), ("c", &page), ("d", &page), ("e", &page)];
    assert_eq!(note(&most), Ok(()), "60 000 bytes");
    let more = [&most[..], &[("f", &page[..6000])]].concat();
    let max = 64 << 10;
    assert!(
        matches!(note(&more), Err(Refusal::Field { why: FieldFault::TooMuch { max: m }, .. }) if m == max)
    );
    let mut large = new_case();
    large.fields = fields(&more);
    assert!(matches!(large.check(), Err(Refusal::Field { why: FieldFault::TooMuch { .. }, .. })));

    assert_eq!(note(&[("text", "一\n\t二")]), Ok(()));
    assert_eq!(note(&[("text", "\u{1b}[2J")]), field("text", FieldFault::ValueControl));
    assert_eq!(note(&[("a\nb", "x")]), field("a\u{fffd}b", FieldFault::KeyControl));
    for (name, why) in [
        ("王\n小明".to_owned(), FieldFault::Control),
        ("王\t小明".to_owned(), FieldFault::Control),
        ("王\u{1b}[2J".to_owned(), FieldFault::Control),
        ("王".repeat(201), FieldFault::TooLong { max: 200 }),
    ] {
        let refused = NewCase { applicant: name, ..new_case() }.check();
        assert_eq!(refused, field("applicant", why));
        assert!(!refused.unwrap_err().text(crate::lang::Lang::Zh).contains("王"), "a name is repeated");
    }
}

#[test]
fn a_note_says_something() {
    let case = opened(&new_case());
    let note = |pairs: &[(&str, &str)]| decide(&case, Action::NOTE, agent(), pairs, "e1", 1).map(drop);
    for nothing in [&[][..], &[("text", " \n")]] {
        assert_eq!(note(nothing).unwrap_err().code(), "CASE_NOTE_EMPTY");
    }
    assert_eq!(note(&[("住址", "")]), Ok(()), "a field is emptied");
}

#[test]
fn a_document_gives_the_case_back() {
    let mut doc = AutoCommit::new();
    Case::create(&mut doc, &new_case()).unwrap();
    let mut case = opened(&new_case());
    assert_eq!(read(&doc).unwrap(), case);
    assert_eq!(case.id_number, "11010519491231002X");
    for (action, pairs) in [
        (Action::RECEIVE, &[("materials", "身份证")][..]),
        (Action::NOTE, &[("text", "x"), ("applicant.phone", "1"), ("住址", "y")]),
    ] {
        let id = format!("e{}", case.events.len());
        let event = act(&mut case, action, agent(), pairs, &id, 3);
        Case::append(&mut doc, &event).unwrap();
    }
    let loaded = automerge::Automerge::load(&doc.save()).unwrap();
    assert_eq!(read(&loaded).unwrap(), case);
}

#[test]
fn what_is_no_case_says_why() {
    let mut doc = AutoCommit::new();
    assert_eq!(read(&doc), Err(BadDocument::NotACase));
    assert!(Case::append(&mut doc, &new_case().registration()).is_err());
    Case::create(&mut doc, &new_case()).unwrap();
    doc.put(ROOT, "number", "27").unwrap();
    assert_eq!(read(&doc), Err(BadDocument::Fact("number")));
}

#[test]
fn rows_mask_people_and_name_organisations() {
    let mut new = new_case();
    let row = opened(&new).row();
    assert_eq!(row.clone().masked().applicant, "王**");
    let json = serde_json::to_string(&row).unwrap();
    assert!(json.contains(r#""state":"registered""#) && json.contains(r#""due":null"#), "{json}");
    assert_eq!(serde_json::from_str::<CaseRow>(&json).unwrap(), row);
    new.id_kind = IdKind::Uscc;
    new.applicant = "兴隆商店".to_owned();
    assert_eq!(opened(&new).row().masked().applicant, "兴隆商店");
}

proptest! {
    /// Whatever is allowed here counts in the fold, raises nothing, and the rest says why not.
    #[test]
    fn what_is_allowed_here_counts_everywhere(
        tries in prop::collection::vec((0usize..Known::ALL.len(), 0usize..Role::ALL.len(), any::<bool>()), 1..12)
    ) {
        let mut case = opened(&new_case());
        for (n, (action, role, at_home)) in tries.into_iter().enumerate() {
            let action = Action::Known(Known::ALL[action]);
            let by = by(if at_home { VILLAGE } else { COUNTY }, Role::ALL[role]);
            let id = format!("t{n}");
            match decide(&case, action, by, &[("materials", "x")], &id, n as u64) {
                Ok(event) => {
                    case.push(event);
                    prop_assert_eq!(case.folded.verdict(&id.parse().unwrap()), Some(&Verdict::Counted));
                }
                Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
            }
            case.folded.flags.remove(&Flag::WithdrawalRequested);
            prop_assert!(case.folded.flags.is_empty(), "{:?}", case.folded.flags);
            prop_assert_eq!(case.folded.heads.len(), 1);
        }
    }
}
