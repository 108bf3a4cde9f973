//! What is offered to people of a unit, by state, role and place.

use super::*;

const TOWN: &str = "640202001";

fn offered(case: &Case, code: &str, role: Role) -> Vec<Known> {
    let offers = case.offers(unit(code), at(60)).into_iter();
    offers.filter(|offer| offer.roles.contains(&role)).map(|offer| offer.action).collect()
}

fn received() -> Case {
    let mut case = opened(&new_case());
    act(&mut case, Action::RECEIVE, agent(), &[("materials", "身份证")], "e1", 5);
    case
}

#[test]
fn a_village_passes_on_what_its_town_accepts() {
    let case = received();
    let village = offered(&case, VILLAGE, Role::Agent);
    assert!(village.contains(&Known::HandOver) && village.contains(&Known::Withdraw), "{village:?}");
    assert!(!village.contains(&Known::Accept) && !village.contains(&Known::Receive), "{village:?}");
    let town = offered(&case, TOWN, Role::Clerk);
    for action in [Known::Accept, Known::Refuse, Known::TakeOver, Known::AskCorrection] {
        assert!(town.contains(&action), "{action} {town:?}");
    }
    // The village holds it; it is on no list; nobody asked for a withdrawal or rated anything.
    for action in [Known::HandOver, Known::OnTheSpot, Known::AcceptOmissions, Known::Settle, Known::Rate] {
        assert!(!town.contains(&action), "{action} {town:?}");
    }
}

#[test]
fn what_no_form_could_bring_is_not_offered() {
    let mut case = received();
    act(&mut case, Action::Known(Known::Accept), by(TOWN, Role::Clerk), &[], "e2", 10);
    let handler = offered(&case, TOWN, Role::Handler);
    assert!(handler.contains(&Known::Handle) && handler.contains(&Known::StartSpecial), "{handler:?}");
    assert!(!handler.contains(&Known::Return), "nothing was left out: {handler:?}");
    assert!(!offered(&case, TOWN, Role::Clerk).contains(&Known::ConfirmWithdrawal));
    act(&mut case, Action::WITHDRAW, agent(), &[], "e3", 15);
    assert!(offered(&case, TOWN, Role::Clerk).contains(&Known::ConfirmWithdrawal));
    assert!(offered(&case, TOWN, Role::GuideEditor).is_empty());
}
