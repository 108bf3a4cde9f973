//! The course of a complaint or an enquiry as a pure function of the set of its events (DOMAIN §3.3).
//!
//! Whatever the order of arrival, every node gets the same. An event that the rules did not allow is kept with the
//! reason why it does not count. Knows no document and no clock.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Apart, Deed, Flow, Line, apart, fits, possible, rule_of};
use super::terms::Terms;
use super::verdict::{Dispute, Verdict, Why};
use super::word::Word;
use crate::case::{EventId, Flag, Order};

/// What the events amount to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folded<F> {
    pub course: F,
    /// The events that nobody has seen yet; the next event names them.
    pub heads: Vec<EventId>,
    pub flags: BTreeSet<Flag>,
    /// All events in the order in which they were applied, each with what became of it.
    pub timeline: Vec<(EventId, Verdict)>,
    /// Pairs that exclude each other, not yet settled by somebody who had seen both.
    pub disputes: Vec<Dispute>,
}

/// Folds the events, given in any order. Of two with one id, the smaller counts.
pub fn fold<'a, F: Flow>(deeds: impl IntoIterator<Item = &'a Deed<F>>, terms: &Terms) -> Folded<F> {
    let mut set: BTreeMap<&EventId, &Deed<F>> = BTreeMap::new();
    for deed in deeds {
        set.entry(&deed.id).and_modify(|held| *held = (*held).min(deed)).or_insert(deed);
    }
    let order = Order::of(&set);
    let mut beaten = Beaten::new();
    let pass = loop {
        match Pass::over(&order, &beaten, terms) {
            Ok(pass) => break pass,
            // Each time more are beaten, so this ends.
            Err(more) => beaten.extend(more),
        }
    };
    pass.told(&order)
}

impl<F: Flow> Folded<F> {
    /// What became of an event.
    pub fn verdict(&self, id: &EventId) -> Option<&Verdict> {
        self.timeline.iter().find(|(of, _)| of == id).map(|(_, verdict)| verdict)
    }
}

/// Events that give way to a later one, with it, by place.
type Beaten = BTreeMap<usize, usize>;

/// The events once through, in their order; places in it instead of ids.
struct Pass<F: Flow> {
    course: F,
    verdicts: Vec<Result<(), Doubt>>,
    /// Counted events that others may be held against.
    moves: Vec<(usize, &'static Line<F>)>,
    disputes: Vec<(usize, usize)>,
}

/// Why an event may not count.
enum Doubt {
    Against(usize),
    SameAs(usize),
    Breach(Why),
}

impl<F: Flow> Pass<F> {
    /// An event that beats some that counted ends the pass.
    fn over(order: &Order<'_, Word<F::Known>>, beaten: &Beaten, terms: &Terms) -> Result<Pass<F>, Beaten> {
        let mut pass =
            Pass { course: F::default(), verdicts: Vec::new(), moves: Vec::new(), disputes: Vec::new() };
        for (place, deed) in order.events().iter().enumerate() {
            let judged = match beaten.get(&place) {
                Some(by) => Err(Doubt::Against(*by)),
                None => pass.judge(order, place, deed, terms)?,
            };
            let verdict = match judged {
                Ok(rule) => {
                    pass.course.apply(rule, deed);
                    if rule.to != super::To::Beside {
                        let had_seen = |other: usize| order.had_seen(place, other);
                        pass.disputes.retain(|(a, b)| !(had_seen(*a) && had_seen(*b)));
                        pass.moves.push((place, rule));
                    }
                    Ok(())
                }
                Err(doubt) => {
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

    /// Whether an event counts now. An error beyond is those that it beats.
    fn judge(
        &self,
        order: &Order<'_, Word<F::Known>>,
        place: usize,
        deed: &Deed<F>,
        terms: &Terms,
    ) -> Result<Result<&'static Line<F>, Doubt>, Beaten> {
        let Word::Known(action) = deed.action else { return Ok(Err(Doubt::Breach(Why::NewerVersion))) };
        let rule = rule_of::<F>(action);
        let breach = |why| Ok(Err(Doubt::Breach(Why::of(&why, rule.code))));
        if let Err(why) = fits::<F>(rule, deed, terms) {
            return breach(why);
        }
        let mut beaten = Beaten::new();
        for (earlier, other) in self.moves.iter().filter(|(earlier, _)| !order.had_seen(place, *earlier)) {
            match apart::<F>((rule, deed), (other, order.events()[*earlier])) {
                Apart::Beside => {}
                Apart::Same => return Ok(Err(Doubt::SameAs(*earlier))),
                Apart::Against if F::beats(action, other.action) => drop(beaten.insert(*earlier, place)),
                Apart::Against => return Ok(Err(Doubt::Against(*earlier))),
            }
        }
        if !beaten.is_empty() {
            return Err(beaten);
        }
        match possible(&self.course, rule, deed, terms) {
            Ok(()) => Ok(Ok(rule)),
            Err(why) => breach(why),
        }
    }

    fn told(self, order: &Order<'_, Word<F::Known>>) -> Folded<F> {
        let id = |place: usize| order.events()[place].id.clone();
        let mut flags = BTreeSet::new();
        let mut timeline = Vec::with_capacity(self.verdicts.len());
        for (place, verdict) in self.verdicts.into_iter().enumerate() {
            let verdict = match verdict {
                Ok(()) => Verdict::Counted,
                Err(Doubt::Against(stands)) => Verdict::Not(Why::Against(id(stands))),
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
        Folded { disputes: disputes.collect(), course: self.course, heads: order.heads(), flags, timeline }
    }
}
