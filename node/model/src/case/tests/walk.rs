//! Random courses of cases: at one place as everybody ought to act, and at several nodes that hear of each other late.

use automerge::AutoCommit;

use super::*;
use crate::guide::Limit;
use crate::list::ListKind;
use crate::organisation::Tier;

pub(super) const TOWN: &str = "640202001";
pub(super) const DAY: u64 = 60 * 24;

/// Chance out of a number, the same for the same number.
pub(super) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        (1..all.len()).rev().for_each(|n| all.swap(n, self.below(n + 1)));
    }
}

/// A case about to be registered in a village, of an item that is on lists, or done on the spot, or left to villages.
pub(super) fn drawn(dice: &mut Dice) -> NewCase {
    let asked = |name: &str, later| Asked {
        name: name.to_owned(),
        secondary: later,
        later,
        conditional: false,
        days: None,
    };
    let mut new = new_case();
    let terms = &mut new.guide.terms;
    terms.materials = vec![asked("身份证", false), asked("照片", true)];
    terms.lists = [ListKind::Tolerance, ListKind::Commitment].into();
    terms.promised = Some(Limit::working_days(10));
    if dice.chance(20) {
        terms.accepts.insert(Tier::Village);
    }
    if dice.chance(15) {
        new.guide.case_type = CaseType::OnTheSpot;
    }
    new
}

/// What a person could bring for it.
fn brought(case: &Case, action: Known, dice: &mut Dice) -> BTreeMap<String, String> {
    let mut brought = fields(FIELDS);
    let mut set = |key: &str, value: &str| drop(brought.insert(key.to_owned(), value.to_owned()));
    let sides = case.folded.disputes.iter().flat_map(|dispute| [&dispute.stands, &dispute.other]);
    let sides: Vec<&EventId> = sides.collect();
    match action {
        Known::Settle if !sides.is_empty() => set("stands", dice.pick(&sides).as_str()),
        Known::ConfirmCard | Known::AppealCard | Known::WithdrawCard | Known::ExemptCard => {
            if let Some(card) = case.cards().first() {
                set("card", &card.id);
            }
        }
        _ => {}
    }
    for (key, values) in [
        ("materials", &["身份证", "身份证;照片"][..]),
        ("to", &[TOWN, COUNTY, VILLAGE]),
        ("outcome", &["grant", "deny"]),
        ("kind", &["inquiry", "extension"]),
        ("result", &["0", "1", "6"]),
        ("level", &["1", "3", "4", "5"]),
        ("satisfied", &["yes", "no"]),
        ("counts", &["yes", "no"]),
        ("applicant.phone", &["138", "139"]),
    ] {
        set(key, values[dice.below(values.len())]);
    }
    if action == Known::AcceptOmissions {
        set("materials", "身份证");
    }
    brought
}

/// How often it is tried: ends of a case and what leaves it as it is less than what brings it on.
fn weight(action: Known) -> usize {
    use Known::*;
    match action {
        Withdraw | Void | Refuse | Forward | Redo => 3,
        ConfirmWithdrawal | DeclineWithdrawal | Settle | HandOver | TakeOver | AskCorrection => 12,
        Note | Check | Print | Supplement | ConfirmCard | AppealCard | WithdrawCard | ExemptCard => 1,
        _ => 20,
    }
}

/// Something that people of these units may do now, if it is found within some tries.
pub(super) fn attempt(case: &Case, units: &[&str], dice: &mut Dice, id: &str, minutes: u64) -> Option<Event> {
    let possible = |known: &&Known| rules(**known).any(|rule| rule.is_possible(case.folded.state));
    let weighed =
        Known::ALL.iter().filter(possible).flat_map(|known| std::iter::repeat_n(*known, weight(*known)));
    let weighed: Vec<Known> = weighed.collect();
    (0..30).find_map(|_| {
        let action = *dice.pick(&weighed);
        let rule = rules(action).find(|rule| rule.is_possible(case.folded.state))?;
        let role = *dice.pick(rule.roles);
        // One person a role and place, so that nobody is in two stages.
        let place = *dice.pick(units);
        let who = By { user: Some(role.word().to_owned()), ..by(place, role) };
        let brought = brought(case, action, dice);
        case.decide(Action::Known(action), who, brought, id.parse().unwrap(), at(minutes)).ok()
    })
}

/// A case in one place, hour by hour as the rules have it, from its registration to an end or for so many steps.
pub(super) fn clean(dice: &mut Dice, steps: usize) -> Case {
    let mut case = opened(&drawn(dice));
    let mut minutes = 0;
    for n in 0..steps {
        minutes += 20 + dice.below(40) as u64;
        case.turn_to(crate::local::date(at(minutes)));
        let Some(event) = attempt(&case, &[COUNTY, TOWN, VILLAGE], dice, &format!("s{n}"), minutes) else {
            break;
        };
        case.push(event);
    }
    case
}

/// Nodes that hold one case, each with what it has heard of.
pub(super) struct World {
    pub nodes: Vec<(&'static str, AutoCommit)>,
    pub minutes: u64,
    made: usize,
}

impl World {
    /// Three nodes, the town's with a clock that is wrong, and what they did, heard and forged in so many steps.
    pub fn played(dice: &mut Dice, steps: usize) -> World {
        let mut first = AutoCommit::new().with_actor(automerge::ActorId::from([1; 16]));
        Case::create(&mut first, &drawn(dice)).unwrap();
        first.commit();
        let mut node = |code, n: u8| (code, first.fork().with_actor(automerge::ActorId::from([n; 16])));
        let nodes = vec![node(COUNTY, 2), node(TOWN, 3), node(VILLAGE, 4), node(VILLAGE, 5)];
        let mut world = World { nodes, minutes: 1, made: 0 };
        let slow = dice.below(3) as u64 * DAY;
        for _ in 0..steps {
            let n = dice.below(world.nodes.len());
            world.minutes += 10;
            if dice.chance(15) {
                world.minutes += dice.below(25) as u64 * DAY;
            }
            match dice.below(20) {
                0 => world.forge(n, dice),
                1..=6 => world.hear(n, dice),
                _ => world.act(n, if n == 1 { slow } else { 0 }, dice),
            }
        }
        world
    }

    pub fn read(doc: &AutoCommit, minutes: u64) -> Case {
        Case::read(doc, &almanac_on(crate::local::date(at(minutes)))).unwrap()
    }

    fn act(&mut self, n: usize, slow: u64, dice: &mut Dice) {
        let minutes = self.minutes.saturating_sub(slow);
        self.made += 1;
        let (code, doc) = &mut self.nodes[n];
        let case = World::read(doc, minutes);
        if let Some(event) = attempt(&case, &[*code], dice, &format!("e{}", self.made), minutes) {
            Case::append(doc, &event).unwrap();
            doc.commit();
        }
    }

    /// Whatever it is, by a program that keeps no rule.
    fn forge(&mut self, n: usize, dice: &mut Dice) {
        self.made += 1;
        let (code, doc) = &mut self.nodes[n];
        let case = World::read(doc, self.minutes);
        let role = *dice.pick(Role::ALL);
        let action = *dice.pick(Known::ALL);
        let event = Event {
            id: format!("f{}", self.made).parse().unwrap(),
            at: at(self.minutes),
            action: Action::Known(action),
            by: By { user: Some("clerk".to_owned()), ..by(code, role) },
            seen: case.folded.heads.clone(),
            fields: brought(&case, action, dice),
        };
        Case::append(doc, &event).unwrap();
        doc.commit();
    }

    /// Some of what another node has and this one has not, and all of it as a rule.
    fn hear(&mut self, n: usize, dice: &mut Dice) {
        let from = dice.below(self.nodes.len());
        let mut other = self.nodes[from].1.clone();
        let doc = &mut self.nodes[n].1;
        let mut new = doc.get_changes_added(&mut other);
        if dice.chance(40) && !new.is_empty() {
            new.truncate(1 + dice.below(new.len()));
        }
        doc.apply_changes(new).unwrap();
    }
}

/// What everybody must agree on.
fn seen_of(case: &Case) -> (State, UnitCode, Vec<Clock>, Vec<Card>, Vec<Dispute>, CaseRow) {
    (case.state(), case.custody(), case.clocks(), case.cards(), case.folded.disputes.clone(), case.row())
}

/// What a run of random worlds has to come by, so that agreeing means something.
#[derive(Default)]
struct Met {
    actions: BTreeSet<&'static str>,
    states: BTreeSet<State>,
    flags: BTreeSet<Flag>,
    cards: BTreeSet<CardRule>,
    computed: BTreeSet<u8>,
    verdicts: BTreeSet<&'static str>,
    rounds: usize,
}

impl Met {
    fn meet(&mut self, case: &Case) {
        for (event, verdict) in case.timeline() {
            let Action::Known(known) = event.action else { continue };
            match verdict {
                Verdict::Counted => drop(self.actions.insert(known.word())),
                Verdict::Not(Why::Against(_)) => drop(self.verdicts.insert("against")),
                Verdict::Not(Why::SameAs(_)) => drop(self.verdicts.insert("same")),
                Verdict::Not(Why::Settled(_)) => drop(self.verdicts.insert("settled")),
                Verdict::Not(_) => drop(self.verdicts.insert("broken")),
            }
        }
        self.states.insert(case.state());
        self.flags.extend(&case.folded.flags);
        self.cards.extend(case.cards().iter().map(|card| card.rule));
        self.computed.extend(case.folded.computed.iter().map(|computed| computed.t));
        self.rounds = self.rounds.max(case.folded.course.earlier.len());
    }
}

#[test]
fn whatever_came_from_where_in_which_order_all_see_the_same() {
    let mut met = Met::default();
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let steps = 20 + dice.below(30);
        let world = World::played(&mut dice, steps);
        let minutes = world.minutes + dice.below(60) as u64 * DAY;
        let mut docs: Vec<AutoCommit> = world.nodes.into_iter().map(|(_, doc)| doc).collect();
        let begun = docs[0].get_changes(&[]).remove(0);
        // All changes, out of turn and in pieces, to somebody who has the registration only.
        let mut whole = docs[0].clone();
        docs.iter_mut().for_each(|doc| drop(whole.merge(doc).unwrap()));
        let case = World::read(&whole, minutes);
        met.meet(&case);
        let wanted = seen_of(&case);
        for _ in 0..2 {
            let mut changes = whole.get_changes(&[]);
            dice.shuffle(&mut changes);
            let mut late = AutoCommit::new();
            late.apply_changes([begun.clone()]).unwrap();
            while !changes.is_empty() {
                let rest = changes.split_off(1 + dice.below(changes.len()));
                late.apply_changes(std::mem::replace(&mut changes, rest)).unwrap();
            }
            let case = World::read(&late, minutes);
            assert_eq!(seen_of(&case), wanted, "seed {seed}");
        }
        // The nodes tell one another, each time all, until nobody hears anything new.
        dice.shuffle(&mut docs);
        for n in 0..2 * docs.len() {
            let mut from = docs[n % docs.len()].clone();
            let to = (n + 1) % docs.len();
            docs[to].merge(&mut from).unwrap();
        }
        for doc in &docs {
            assert_eq!(seen_of(&World::read(doc, minutes)), wanted, "seed {seed}");
            assert_eq!(World::read(doc, minutes), case, "seed {seed}");
        }
        // Events one by one to a case in memory, in any order and some twice.
        let mut events: Vec<Event> = case.events.values().cloned().collect();
        events.extend(case.events.values().take(3).cloned());
        dice.shuffle(&mut events);
        let mut pushed = case.clone();
        pushed.events.clear();
        events.into_iter().for_each(|event| pushed.push(event));
        assert_eq!(pushed.folded.state, case.folded.state, "seed {seed}");
        assert_eq!((pushed.clocks(), pushed.cards()), (case.clocks(), case.cards()), "seed {seed}");
        assert_eq!(pushed.folded.timeline, case.folded.timeline, "seed {seed}");
        assert_eq!(pushed.folded.course, case.folded.course, "seed {seed}");
    }
    let all: BTreeSet<&str> = Known::ALL.iter().map(|known| known.word()).collect();
    let missing: Vec<&str> = all.difference(&met.actions).copied().collect();
    assert!(missing.len() <= 2, "hardly anything was not done: {missing:?}");
    assert!(met.verdicts.contains("against") && met.verdicts.contains("broken"), "{:?}", met.verdicts);
    assert!(!met.computed.is_empty() && met.cards.len() >= 3, "{:?} {:?}", met.computed, met.cards);
    assert!(met.states.len() >= 6, "{:?} {:?} {}", met.states, met.flags, met.rounds);
}
