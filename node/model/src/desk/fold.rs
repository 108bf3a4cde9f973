//! The course of a complaint or an enquiry as a pure function of the set of its events (DOMAIN §3.3).
//!
//! Whatever the order of arrival, every node gets the same. An event that the rules did not allow is kept with the
//! reason why it does not count. Knows no document and no clock.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::{Time, UnitCode};

use super::flow::{Apart, Deed, Flow, Line, apart, fits, possible, rule_of};
use super::not_done::NotDone;
use super::rule::{CARD, STANDS, To, text};
use super::terms::Terms;
use super::verdict::{Dispute, Verdict, Why};
use super::word::{Vocabulary as _, Word};
use crate::case::{CardStanding, Event, EventId, Flag, Order, Ruling, Rulings};

/// What the events amount to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folded<F> {
    pub course: F,
    /// The events that nobody has seen yet; the next event names them.
    pub heads: Vec<EventId>,
    pub flags: BTreeSet<Flag>,
    /// All events in the order in which they were applied, each with what became of it.
    pub timeline: Vec<(EventId, Verdict)>,
    /// Pairs that exclude each other, not yet settled, nor gone on from by somebody who had seen both.
    pub disputes: Vec<Dispute>,
    /// What was said of cards, by their ids.
    pub cards: BTreeMap<String, CardStanding>,
    /// Who held it from when on.
    pub held: Vec<(Time, UnitCode)>,
}

/// Folds the events, given in any order. Of two with one id, the smaller counts.
pub fn fold<'a, F: Flow>(deeds: impl IntoIterator<Item = &'a Deed<F>>, terms: &Terms) -> Folded<F> {
    let mut set: BTreeMap<&EventId, &Deed<F>> = BTreeMap::new();
    for deed in deeds {
        set.entry(&deed.id).and_modify(|held| *held = (*held).min(deed)).or_insert(deed);
    }
    let order = Order::of(&set);
    let mut rulings = Rulings::none(order.events().len());
    loop {
        match Pass::over(&order, &rulings, terms) {
            Ok(pass) => return pass.told(&order),
            Err(Again::Ruled(unit, more)) => rulings.make(unit, more),
            Err(Again::TakenBack(ruling, why)) => rulings.take_back(ruling, why),
        }
    }
}

impl<F: Flow> Folded<F> {
    /// What became of an event.
    pub fn verdict(&self, id: &EventId) -> Option<&Verdict> {
        self.timeline.iter().find(|(of, _)| of == id).map(|(_, verdict)| verdict)
    }
}

/// The events once through, in their order; places in it instead of ids.
struct Pass<F: Flow> {
    course: F,
    verdicts: Vec<Result<(), Doubt>>,
    /// Counted events that others may be held against.
    moves: Vec<(usize, &'static Line<F>)>,
    disputes: Vec<(usize, usize)>,
    cards: BTreeMap<String, CardStanding>,
    held: Vec<(Time, UnitCode)>,
}

/// Why an event may not count.
#[derive(Clone)]
enum Doubt {
    Against(usize),
    SameAs(usize),
    Settled(usize),
    Futile(usize),
    Overtaken(usize),
    Breach(Why),
}

/// Why the walk has to begin again.
enum Again {
    /// Something that counted has to give way to what this unit did.
    Ruled(UnitCode, Vec<Ruling>),
    /// What it gave way to does not count.
    TakenBack(Ruling, Doubt),
}

type Judged<F> = Result<&'static Line<F>, Doubt>;

impl<F: Flow> Pass<F> {
    fn over(
        order: &Order<'_, Word<F::Known>>,
        rulings: &Rulings<Doubt>,
        terms: &Terms,
    ) -> Result<Pass<F>, Again> {
        let mut pass = Pass::begun();
        for (place, deed) in order.events().iter().enumerate() {
            let verdict = match pass.judge(order, place, deed, rulings, terms)? {
                Ok(rule) => {
                    pass.take(order, place, deed, rule);
                    Ok(())
                }
                Err(doubt) => {
                    match rulings.resting_on(place) {
                        Some(ruling) if ruling.by == place => return Err(Again::TakenBack(ruling, doubt)),
                        // The same done by somebody else will do for a side that was settled for.
                        Some(_) if matches!(doubt, Doubt::SameAs(_)) => {}
                        Some(ruling) => return Err(Again::TakenBack(ruling, Doubt::Futile(place))),
                        None => {}
                    }
                    if let Doubt::Against(stands) = doubt {
                        pass.disputes.push((stands, place));
                    }
                    Err(doubt)
                }
            };
            pass.verdicts.push(verdict);
        }
        Ok(pass)
    }

    /// Whether an event counts now.
    fn judge(
        &self,
        order: &Order<'_, Word<F::Known>>,
        place: usize,
        deed: &Deed<F>,
        rulings: &Rulings<Doubt>,
        terms: &Terms,
    ) -> Result<Judged<F>, Again> {
        match rulings.against(place) {
            Some(Ruling { by, side: None, .. }) => return Ok(Err(Doubt::Against(by))),
            Some(Ruling { by, .. }) => return Ok(Err(Doubt::Settled(by))),
            None => {}
        }
        if let Some(why @ (Doubt::Breach(_) | Doubt::Futile(_))) = rulings.failed(place) {
            return Ok(Err(why.clone()));
        }
        let Word::Known(action) = deed.action else { return Ok(Err(Doubt::Breach(Why::NewerVersion))) };
        let rule = rule_of::<F>(action);
        let breach = |why| Ok(Err(Doubt::Breach(Why::of(&why, rule.code))));
        if let Err(why) = fits::<F>(rule, deed, terms) {
            return breach(why);
        }
        let may_rule = |at: usize| rulings.may_rule(at, &order.events()[at].by.unit);
        let mut beaten = Vec::new();
        for (earlier, other) in self.unseen(order, place) {
            let settled_for =
                rulings.chosen(place).filter(|by| order.had_seen(*by, earlier) && may_rule(*by));
            let settled_against = rulings.chosen(earlier).is_some_and(|by| order.had_seen(by, place));
            match apart::<F>((rule, deed), (other, order.events()[earlier])) {
                Apart::Beside => {}
                Apart::Against
                    if action == F::SETTLE && !rivals::<F>(order, deed, order.events()[earlier]) => {}
                Apart::Same => return Ok(Err(Doubt::SameAs(earlier))),
                Apart::Against => match settled_for {
                    // Who settled for it had seen this one as well.
                    Some(by) => beaten.push(Ruling { loser: earlier, by, side: Some(place) }),
                    None if F::beats(action, other.action) && !settled_against && may_rule(place) => {
                        beaten.push(Ruling { loser: earlier, by: place, side: None });
                    }
                    None => return Ok(Err(Doubt::Against(earlier))),
                },
            }
        }
        if let Some(Ruling { by, .. }) = beaten.first() {
            return Err(Again::Ruled(order.events()[*by].by.unit, beaten));
        }
        // Who settles is competent for what has the dispute, not for what it became by the settlement.
        if action == F::SETTLE && rulings.has_ruled(place) {
            return Ok(Ok(rule));
        }
        if let Err(why) = possible(&self.course, rule, deed, terms) {
            // What its writer could not know left no room for it: nothing that they did against the rules.
            let unseen = self.unseen(order, place).next_back().filter(|_| why.depends_on_others());
            return match unseen {
                Some((by, _)) => Ok(Err(Doubt::Overtaken(by))),
                None => breach(why),
            };
        }
        if action != F::SETTLE {
            return Ok(Ok(rule));
        }
        match self.disputed(order, place, deed) {
            Some((stands, other)) if named(order, deed) == Some(other) => match may_rule(place) {
                true => Err(Again::Ruled(
                    deed.by.unit,
                    vec![Ruling { loser: stands, by: place, side: Some(other) }],
                )),
                false => Ok(Err(Doubt::Futile(other))),
            },
            Some(_) => Ok(Ok(rule)),
            None => breach(NotDone::NoDispute { rule: rule.named() }),
        }
    }

    /// What counted and was not known to the writer of the event at this place.
    fn unseen<'p>(
        &'p self,
        order: &'p Order<'_, Word<F::Known>>,
        place: usize,
    ) -> impl DoubleEndedIterator<Item = (usize, &'static Line<F>)> + 'p {
        let moves = self.moves.iter().copied();
        moves.filter(move |(earlier, _)| !order.had_seen(place, *earlier))
    }

    fn begun() -> Pass<F> {
        Pass {
            course: F::default(),
            verdicts: Vec::new(),
            moves: Vec::new(),
            disputes: Vec::new(),
            cards: BTreeMap::new(),
            held: Vec::new(),
        }
    }

    /// The open dispute that a settlement is about, of which it had seen both sides.
    fn disputed(
        &self,
        order: &Order<'_, Word<F::Known>>,
        place: usize,
        deed: &Deed<F>,
    ) -> Option<(usize, usize)> {
        let side = named(order, deed)?;
        let mut open = self.disputes.iter().copied();
        open.find(|(a, b)| [a, b].contains(&&side) && order.had_seen(place, *a) && order.had_seen(place, *b))
    }

    /// What counts: a settlement ends the disputes that it names a side of, going on ends all of which both sides were seen.
    fn take(
        &mut self,
        order: &Order<'_, Word<F::Known>>,
        place: usize,
        deed: &Deed<F>,
        rule: &'static Line<F>,
    ) {
        self.course.apply(rule, deed);
        if let Some(holder) = self.course.holder()
            && self.held.last().map(|(_, unit)| *unit) != Some(holder)
        {
            self.held.push((deed.at, holder));
        }
        if let (Some(standing), Some(card)) =
            (CardStanding::after(rule.action.word()), text(&deed.fields, CARD))
        {
            self.cards.insert(card.to_owned(), standing);
        }
        if rule.to == To::Beside {
            return;
        }
        if rule.action == F::SETTLE {
            let side = named(order, deed);
            let is_about = |(a, b): &(usize, usize)| {
                [Some(*a), Some(*b)].contains(&side) && order.had_seen(place, *a) && order.had_seen(place, *b)
            };
            self.disputes.retain(|pair| !is_about(pair));
        } else {
            let had_seen = |other: usize| order.had_seen(place, other);
            self.disputes.retain(|(a, b)| !(had_seen(*a) && had_seen(*b)));
        }
        self.moves.push((place, rule));
    }

    fn told(self, order: &Order<'_, Word<F::Known>>) -> Folded<F> {
        let id = |place: usize| order.events()[place].id.clone();
        let mut flags = BTreeSet::new();
        let mut timeline = Vec::with_capacity(self.verdicts.len());
        for (place, verdict) in self.verdicts.into_iter().enumerate() {
            let verdict = match verdict {
                Ok(()) => Verdict::Counted,
                Err(Doubt::Against(stands)) => Verdict::Not(Why::Against(id(stands))),
                Err(Doubt::Settled(by)) => Verdict::Not(Why::Settled(id(by))),
                Err(Doubt::Overtaken(by)) => Verdict::Not(Why::Overtaken(id(by))),
                Err(Doubt::Futile(side)) => Verdict::Not(Why::Futile(id(side))),
                Err(Doubt::SameAs(counted)) => Verdict::Not(Why::SameAs(id(counted))),
                Err(Doubt::Breach(why)) => {
                    flags.extend(why.flag());
                    Verdict::Not(why)
                }
            };
            timeline.push((id(place), verdict));
        }
        for deed in order.circular() {
            flags.extend(Why::Circular.flag());
            timeline.push((deed.id.clone(), Verdict::Not(Why::Circular)));
        }
        flags.extend(order.is_incomplete().then_some(Flag::Incomplete));
        flags.extend((!self.disputes.is_empty()).then_some(Flag::Disputed));
        let disputes = self.disputes.into_iter();
        let disputes = disputes.map(|(stands, other)| Dispute { stands: id(stands), other: id(other) });
        Folded {
            disputes: disputes.collect(),
            course: self.course,
            heads: order.heads(),
            flags,
            timeline,
            cards: self.cards,
            held: self.held,
        }
    }
}

/// The place of the event that a settlement is for.
fn named<A>(order: &Order<'_, A>, deed: &Event<A>) -> Option<usize> {
    let id = text(&deed.fields, STANDS)?;
    order.events().iter().position(|event| event.id.as_str() == id)
}

/// Whether two settlements are for sides of which only one can stand.
fn rivals<F: Flow>(order: &Order<'_, Word<F::Known>>, one: &Deed<F>, other: &Deed<F>) -> bool {
    let side = |deed| {
        let side = order.events()[named(order, deed)?];
        if let Word::Known(action) = side.action { Some((rule_of::<F>(action), side)) } else { None }
    };
    match (side(one), side(other)) {
        (Some(one), Some(other)) => apart::<F>(one, other) == Apart::Against,
        _ => false,
    }
}
