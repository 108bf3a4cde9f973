//! Every state × action × role × unit: what the table of DOMAIN §3.2 allows passes and leads where it says, what it does not
//! is refused by the rule and the reason, and the same event from elsewhere is kept, not counted, and raises its violation.

use super::*;
use crate::lang::Say;
use crate::list::ListKind;
use crate::refusal::Refusal;

const TOWN: &str = "640202001";
/// The units that take part: the county, which handles the cases here, a town, the village where they began, another one.
const UNITS: [&str; 4] = [COUNTY, TOWN, VILLAGE, NEIGHBOUR];

/// Where an action is possible.
#[derive(Clone, Copy, PartialEq, Debug)]
enum At {
    Any,
    Holder,
    /// Anybody but the holder, who stands above it.
    Above,
    /// The holder; an agent anywhere.
    HolderOrAgent,
    /// Not in a village.
    Office,
    County,
    /// A supervisor anywhere; who registered it where that was.
    Registrar,
}
use At::*;

/// A step of the table: the states it begins in, and the state it leads to; 0 where the state stays.
type Way = (&'static [u8], u8);

const ANY: &[u8] = &[10, 20, 30, 40, 45, 46, 47, 48, 49, 50, 60, 70, 80, 85, 90, 95];
const OPEN: &[u8] = &[10, 20, 30, 40, 50, 60, 70, 80, 85];
const RATED: &[u8] = &[80, 85, 90, 95, 45, 46, 47];
const STAFF: &str = "agent clerk handler reviewer decider issuer archivist supervisor";

/// The table once more, as DOMAIN §3.2 and decision 25 have it, written by hand so that a slip in the rules is seen.
#[rustfmt::skip]
const TABLE: &[(&str, u8, &[Way], &str, At)] = &[
    ("register", 1, &[], "agent clerk public", Any),
    ("receive", 2, &[(&[10], 20)], "agent clerk", Any),
    ("hand_over", 3, &[(&[20], 0)], "agent clerk", Holder),
    ("take_over", 3, &[(&[20], 0)], "agent clerk", Above),
    ("ask_correction", 4, &[(&[20], 30)], "clerk agent", Office),
    ("correct", 5, &[(&[30], 20)], "agent clerk public", Any),
    ("return", 6, &[(&[30], 46)], "clerk", Office),
    // T17 comes about by itself as soon as somebody might do it: nobody ever does.
    ("return", 17, &[(&[40, 50], 46)], "handler", Office),
    ("refuse", 7, &[(&[20], 45)], "clerk", Office),
    ("accept", 8, &[(&[20], 40)], "clerk agent", Office),
    ("accept_omissions", 9, &[(&[20], 40)], "clerk agent", Office),
    ("accept_commitment", 10, &[(&[20], 40)], "clerk agent", Office),
    ("handle", 12, &[(&[40], 50)], "handler", Office),
    ("review", 13, &[(&[50], 50)], "reviewer", Office),
    ("send_back", 13, &[(&[50], 50)], "reviewer", Office),
    ("start_special", 14, &[(&[40, 50], 60)], "handler", Office),
    ("end_special", 15, &[(&[60], 50)], "handler", Office),
    ("decide", 16, &[(&[50], 70)], "decider", Office),
    ("conclude", 18, &[(&[70], 80)], "decider issuer", Office),
    ("issue", 19, &[(&[80], 85)], "issuer", Office),
    ("deliver", 20, &[(&[85], 90)], "issuer agent", Any),
    ("archive", 21, &[(&[90, 45, 46, 47, 49], 95)], "archivist", Office),
    ("withdraw", 22, &[(&[10, 20, 30], 47), (&[40, 50, 60], 0)], "agent clerk public", Any),
    ("confirm_withdrawal", 22, &[(&[40, 50, 60], 47)], "clerk handler decider", Holder),
    ("decline_withdrawal", 22, &[(&[40, 50, 60], 0)], "clerk handler decider", Holder),
    ("void", 23, &[(&[10, 20, 30], 0)], "supervisor agent clerk", Registrar),
    ("forward", 24, &[(&[20, 40], 49)], "clerk", Office),
    ("on_the_spot", 25, &[(&[20], 90)], "clerk agent", Office),
    ("note", 26, &[(ANY, 0)], STAFF, Holder),
    ("supplement", 26, &[(OPEN, 0)], "agent clerk handler public", HolderOrAgent),
    ("check", 26, &[(ANY, 0)], STAFF, Any),
    ("print", 26, &[(ANY, 0)], STAFF, Any),
    ("settle", 26, &[(ANY, 0)], "agent clerk handler decider supervisor", Holder),
    ("rate", 27, &[(RATED, 0)], "public agent clerk", Any),
    ("verify_rating", 27, &[(ANY, 0)], "supervisor complaints_officer", Office),
    ("rectify_rating", 27, &[(ANY, 0)], STAFF, Any),
    ("answer_rating", 27, &[(ANY, 0)], "clerk agent supervisor complaints_officer", Any),
    ("call_back", 27, &[(ANY, 0)], "caller", Office),
    ("appeal_rating", 27, &[(ANY, 0)], STAFF, Any),
    ("review_rating", 27, &[(ANY, 0)], "supervisor complaints_officer", County),
    ("redo", 28, &[(&[45, 70, 80], 20)], "supervisor", County),
    ("confirm_card", 29, &[(ANY, 0)], "supervisor", Office),
    ("appeal_card", 29, &[(ANY, 0)], STAFF, Any),
    ("withdraw_card", 29, &[(ANY, 0)], "supervisor", Office),
    ("exempt_card", 29, &[(ANY, 0)], "supervisor", Office),
];

/// What is brought for an action.
fn brought(word: &str, case: &Case) -> BTreeMap<String, String> {
    let mut brought = fields(FIELDS);
    let mut set = |key: &str, value: &str| drop(brought.insert(key.to_owned(), value.to_owned()));
    match word {
        "hand_over" => set("to", TOWN),
        // Nothing of the applicant's: that an agent may note anywhere.
        "note" => set("materials", ""),
        "accept_omissions" => set("materials", "身份证"),
        "confirm_card" | "appeal_card" | "withdraw_card" | "exempt_card" => {
            if let Some(card) = case.cards().first() {
                set("card", &card.id);
            }
        }
        _ => {}
    }
    brought
}

fn terms() -> Terms {
    let asked = |name: &str, later| Asked {
        name: name.to_owned(),
        secondary: false,
        later,
        conditional: false,
        days: None,
    };
    Terms {
        materials: vec![asked("身份证", false), asked("照片", true)],
        lists: [ListKind::Tolerance, ListKind::Commitment].into(),
        ..Terms::default()
    }
}

/// Whoever does something as `role` at `code`, each role by a person of its own.
fn person(code: &str, role: Role) -> By {
    By { user: Some(role.word().to_owned()), ..by(code, role) }
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
        State::Voided => [&received[..], &[("void", Agent), ("void", Supervisor)]].concat(),
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

const MONTH: u64 = 60 * 24 * 40;

/// A case and the minutes at which it is.
struct Stand {
    case: Case,
    minutes: u64,
}

impl Stand {
    /// Somebody at the county does it, a registrar where the case was registered.
    fn go(&mut self, action: &str, role: Role, but: &[(&str, &str)]) {
        self.minutes += 1;
        if (action, self.case.state()) == ("return", State::AwaitingCorrection) {
            self.later(MONTH);
        }
        let home = action == "void" && role != Role::Supervisor;
        let who = person(if home { VILLAGE } else { COUNTY }, role);
        let mut brought = brought(action, &self.case);
        brought.extend(fields(but));
        let id = format!("w{}", self.case.events.len() - 1).parse().unwrap();
        let event = self.case.decide(Action::parse(action), who, brought, id, at(self.minutes));
        self.case.push(event.unwrap_or_else(|refusal| panic!("{action}: {refusal}")));
    }

    fn later(&mut self, minutes: u64) {
        self.minutes += minutes;
        self.case.turn_to(crate::local::date(at(self.minutes)));
    }

    /// What a program that keeps no rules writes.
    fn forge(&mut self, id: &str, action: &str, who: By, seen: Vec<EventId>) {
        self.minutes += 1;
        let (at, action, fields) = (at(self.minutes), Action::parse(action), fields(FIELDS));
        self.case.push(Event { id: id.parse().unwrap(), at, action, by: who, seen, fields });
    }
}

/// A case in `state` in which everything is there that `word` asks of what came before, and whether that can be.
fn prepared(state: State, word: &str) -> (Stand, bool) {
    let mut new = new_case();
    new.guide.terms = terms();
    if word == "on_the_spot" {
        new.guide.case_type = CaseType::OnTheSpot;
    }
    let mut stand = Stand { case: opened(&new), minutes: 0 };
    let some_card = word.ends_with("_card");
    if some_card {
        stand.forge("v", "decide", person(VILLAGE, Role::Decider), stand.case.folded.heads.clone());
    }
    let start = stand.case.folded.heads.clone();
    let way = way_to(state);
    let without_photo: &[(&str, &str)] = &[("materials", "身份证")];
    let only = if word == "accept_omissions" { without_photo } else { &[] };
    for (n, (action, role)) in way.iter().enumerate() {
        // The acceptance after it brings what is missing.
        stand.go(action, *role, if *action == "receive" { only } else { &[] });
        if n == 0 && word == "settle" {
            let other = if *action == "receive" { "withdraw" } else { "receive" };
            stand.forge("s", other, person(VILLAGE, Role::Agent), start.clone());
        }
    }
    let mut can_be = true;
    match word {
        "settle" => can_be = !way.is_empty(),
        "decide" if state == State::InReview => stand.go("review", Role::Reviewer, &[]),
        "confirm_withdrawal" | "decline_withdrawal" if [40, 50, 60].contains(&state.number()) => {
            stand.go("withdraw", Role::Public, &[]);
        }
        "return" if state == State::AwaitingCorrection => stand.later(MONTH),
        "return" if [40, 50].contains(&state.number()) => can_be = false,
        "verify_rating" | "rectify_rating" | "answer_rating" | "call_back" | "appeal_rating"
        | "review_rating" => {
            can_be = RATED.contains(&state.number());
            let before: &[(&str, Role)] = match word {
                "verify_rating" | "appeal_rating" => &[],
                "rectify_rating" => &[("verify_rating", Role::Supervisor)],
                "answer_rating" => &[("verify_rating", Role::Supervisor), ("rectify_rating", Role::Clerk)],
                "call_back" => &[
                    ("verify_rating", Role::Supervisor),
                    ("rectify_rating", Role::Clerk),
                    ("answer_rating", Role::Clerk),
                ],
                _ => &[("appeal_rating", Role::Clerk)],
            };
            if can_be {
                stand.go("rate", Role::Public, &[]);
                before.iter().for_each(|(action, role)| stand.go(action, *role, &[]));
            }
        }
        _ => {}
    }
    assert_eq!(stand.case.state(), state, "{word}");
    stand.minutes += 1;
    (stand, can_be)
}

/// What has to come of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Comes {
    /// It passes and leads to that state.
    To(u8),
    Transition,
    Role,
    Custody,
    Place,
    /// The place is right and the condition not met.
    Unmet,
}

fn expected(word: &str, stand: &Stand, can_be: bool, role: Role, code: &str) -> (u8, Comes) {
    let state = stand.case.state().number();
    let rows = || TABLE.iter().filter(move |row| row.0 == word);
    let step = rows().find_map(|row| Some((row, row.2.iter().find(|(from, _)| from.contains(&state))?)));
    let Some(((_, t, _, roles, place), (_, to))) = step else {
        return (rows().next().unwrap().1, Comes::Transition);
    };
    if !roles.split(' ').any(|word| word == role.word()) {
        return (*t, Comes::Role);
    }
    let holds = stand.case.custody() == unit(code);
    let comes = match place {
        Holder if !holds => Comes::Custody,
        HolderOrAgent if !holds && role != Role::Agent => Comes::Custody,
        Above if holds => Comes::Place,
        Above if code == NEIGHBOUR => Comes::Unmet,
        Office if matches!(code, VILLAGE | NEIGHBOUR) => Comes::Place,
        County if code != COUNTY => Comes::Place,
        Registrar if code != VILLAGE && role != Role::Supervisor => Comes::Unmet,
        _ if !can_be => Comes::Unmet,
        _ => Comes::To(if *to == 0 { state } else { *to }),
    };
    (*t, comes)
}

fn told(refusal: &Refusal) -> Option<(u8, Comes)> {
    match refusal {
        Refusal::Transition { rule, .. } => Some((rule.t, Comes::Transition)),
        Refusal::Role { rule, .. } => Some((rule.t, Comes::Role)),
        Refusal::Custody { rule, .. } => Some((rule.t, Comes::Custody)),
        Refusal::Place { rule, .. } => Some((rule.t, Comes::Place)),
        Refusal::Unmet { rule, .. } => Some((rule.t, Comes::Unmet)),
        _ => None,
    }
}

/// The violation that the same raises when it arrives from elsewhere.
fn raises(comes: Comes, may: bool) -> (CardRule, Flag) {
    match comes {
        // Who may never act so is not competent, wherever the case stands.
        Comes::Role | Comes::Custody | Comes::Place => (CardRule::OverAuthority, Flag::OverAuthority),
        Comes::Transition if !may => (CardRule::OverAuthority, Flag::OverAuthority),
        Comes::Transition | Comes::Unmet => (CardRule::ReverseProcedure, Flag::ReverseProcedure),
        Comes::To(_) => unreachable!("what passes raises nothing"),
    }
}

#[test]
fn every_action_is_in_the_table_with_the_number_of_its_rule() {
    let here: BTreeSet<(&str, u8)> = TABLE.iter().map(|row| (row.0, row.1)).collect();
    let rules = Known::ALL.iter().flat_map(|known| rules(*known));
    assert_eq!(rules.map(|rule| (rule.action.word(), rule.t)).collect::<BTreeSet<_>>(), here);
}

#[test]
fn every_state_action_role_and_unit_is_as_the_domain_says() {
    let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused: BTreeMap<Comes, usize> = BTreeMap::new();
    for state in State::ALL {
        for known in Known::ALL {
            let word = known.word();
            let (stand, can_be) = prepared(*state, word);
            let pairs = brought(word, &stand.case);
            let mut seen = BTreeSet::new();
            for role in Role::ALL {
                for code in UNITS {
                    let who = By { user: Some(format!("{role}-2")), ..by(code, *role) };
                    let what = format!("{word} in {state} by {role} at {code}");
                    let (t, comes) = expected(word, &stand, can_be, *role, code);
                    let id: EventId = "x".parse().unwrap();
                    let when = at(stand.minutes);
                    let decided = stand.case.decide(
                        Action::Known(*known),
                        who.clone(),
                        pairs.clone(),
                        id.clone(),
                        when,
                    );
                    let event = match (comes, decided) {
                        (Comes::To(_), Ok(event)) => event,
                        (Comes::To(_), Err(refusal)) => panic!("{what}: {refusal}"),
                        (_, Ok(_)) => panic!("{what} went through"),
                        (_, Err(refusal)) => {
                            assert_eq!(told(&refusal), Some((t, comes)), "{what}: {refusal}");
                            assert!(refusal.text(crate::lang::Lang::En).contains(&format!("T{t}")), "{what}");
                            *refused.entry(comes).or_default() += 1;
                            let (at, seen) = (when, stand.case.folded.heads.clone());
                            Event {
                                id,
                                at,
                                action: Action::Known(*known),
                                by: who,
                                seen,
                                fields: pairs.clone(),
                            }
                        }
                    };
                    let id = event.id.clone();
                    let folded = fold(stand.case.events.values().chain([&event]), &stand.case.setting());
                    let verdict = folded.verdict(&id).unwrap();
                    if let Comes::To(to) = comes {
                        assert_eq!(*verdict, Verdict::Counted, "{what}");
                        assert_eq!(folded.state.unwrap().number(), to, "{what}");
                        *passed.entry(word).or_default() += 1;
                        continue;
                    }
                    let (rule, flag) = raises(comes, role.may(*known));
                    let why = match verdict {
                        Verdict::Not(why) => why,
                        Verdict::Counted => panic!("{what} counted"),
                    };
                    assert_eq!(why.flag(), Some(flag), "{what}: {why:?}");
                    assert!(folded.flags.contains(&flag), "{what}");
                    assert_eq!(
                        (folded.state, folded.custody),
                        (Some(*state), stand.case.folded.custody),
                        "{what}"
                    );
                    assert_eq!(folded.course, stand.case.folded.course, "{what}: it changes nothing");
                    if seen.insert(comes) {
                        let mut after = stand.case.clone();
                        after.push(event);
                        assert_eq!(after.events.len(), stand.case.events.len() + 1, "{what}: it is kept");
                        let before = stand.case.cards();
                        let mut new: Vec<Card> = after.cards();
                        new.retain(|card| !before.contains(card));
                        let new: Vec<(CardRule, bool)> =
                            new.iter().map(|card| (card.rule, card.id.ends_with(".x"))).collect();
                        assert_eq!(new, [(rule, true)], "{what}");
                    }
                }
            }
        }
    }
    // Each legal one was tried: but T1, which makes a case, and T17, which comes about by itself.
    let all: BTreeSet<&str> =
        Known::ALL.iter().map(|known| known.word()).filter(|word| *word != "register").collect();
    assert_eq!(passed.keys().copied().collect::<BTreeSet<_>>(), all);
    let tried = State::ALL.len() * Known::ALL.len() * Role::ALL.len() * UNITS.len();
    assert_eq!(passed.values().sum::<usize>() + refused.values().sum::<usize>(), tried);
    assert_eq!(refused.len(), 5, "{refused:?}");
}
