//! The state of a case as a pure function of the set of its events, the calendar and the day (DOMAIN §3.2, §3.3).
//!
//! Whatever the order of arrival, every node gets the same. Nothing is thrown away: an event that the rules did
//! not allow is kept with the reason why it does not count. Knows no document and no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanji_sync::{Time, UnitCode};
use serde::Serialize;

use super::action::{Action, Known};
use super::clock;
use super::course::Course;
use super::event::{Event, EventId};
use super::flag::Flag;
use super::order::Order;
use super::role::Role;
use super::rule::{self, Place, Rule, To};
use super::ruling::{Ruling, Rulings};
use super::state::State;
use super::terms::Terms;
use super::verdict::{Verdict, Why};
use super::{CaseType, TO};
use crate::calendar::Calendar;
use crate::local;
use crate::organisation::Tier;

/// What a case's events amount to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Folded {
    /// None until a registration counts.
    pub state: Option<State>,
    /// The unit that holds the case: exactly one once it is registered.
    pub custody: Option<UnitCode>,
    /// The events that nobody has seen yet; the next event names them.
    pub heads: Vec<EventId>,
    pub registered_at: Option<Time>,
    /// When it was received, where the acceptance clock starts.
    pub received_at: Option<Time>,
    pub course: Course,
    pub flags: BTreeSet<Flag>,
    /// All events in the order in which they were applied, each with what became of it.
    pub timeline: Vec<(EventId, Verdict)>,
    /// What time itself brought about, in order.
    pub computed: Vec<Computed>,
    /// Pairs that exclude each other, not yet settled by the holder, whatever was done since (DOMAIN §3.3).
    pub disputes: Vec<Dispute>,
    /// The other sides of those from which the case went on by somebody who had seen both: nobody can settle for them any
    /// more, for that would undo what was done since.
    pub gone_on: BTreeSet<EventId>,
}

/// A transition that no event makes: T11 and T17.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Computed {
    pub t: u8,
    /// The first day on which it holds.
    pub on: Date,
}

/// Two events of which neither had seen the other and that exclude each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dispute {
    pub stands: EventId,
    pub other: EventId,
}

/// What the fold reckons with besides the events.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub terms: &'a Terms,
    pub case_type: CaseType,
    pub calendar: &'a Calendar,
    /// The day on which it is asked. What time brings about later is not there yet.
    pub today: Date,
}

/// Folds the events, given in any order. Of two with one id, the smaller counts.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>, setting: &Setting) -> Folded {
    let mut set: BTreeMap<&EventId, &Event> = BTreeMap::new();
    for event in events {
        set.entry(&event.id).and_modify(|held| *held = (*held).min(event)).or_insert(event);
    }
    let order = Order::of(&set);
    let mut rulings = Rulings::none(order.events().len());
    loop {
        // Whenever something that counted turns out to give way, or to have given way to what does not count, the walk
        // begins again.
        match Walk::new(&order, setting, &rulings).walk() {
            Ok(folded) => return folded,
            Err(Again::Ruled(unit, more)) => rulings.make(unit, more),
            Err(Again::TakenBack(ruling, why)) => rulings.take_back(ruling, why),
        }
    }
}

impl Folded {
    /// What became of an event.
    pub fn verdict(&self, id: &EventId) -> Option<&Verdict> {
        self.timeline.iter().find(|(of, _)| of == id).map(|(_, verdict)| verdict)
    }
}

/// A counted event that changed the state or asked to.
struct Move {
    /// In the order.
    place: usize,
    action: Known,
}

/// Why an event may not count, with places in the order instead of ids.
#[derive(Clone)]
enum Doubt {
    Against(usize),
    SameAs(usize),
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

/// One pass over the events in order.
struct Walk<'w, 'a> {
    order: &'w Order<'a>,
    setting: &'w Setting<'w>,
    rulings: &'w Rulings<Doubt>,
    folded: Folded,
    moves: Vec<Move>,
    disputes: Vec<(usize, usize)>,
    /// What gave way, with what it gave way to.
    gave_way: Vec<(usize, usize)>,
    /// When each event happened at the earliest: never before what its writer had seen, whatever their clock said.
    times: Vec<Time>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(order: &'w Order<'a>, setting: &'w Setting, rulings: &'w Rulings<Doubt>) -> Walk<'w, 'a> {
        Walk {
            order,
            setting,
            rulings,
            folded: Folded { heads: order.heads(), ..Folded::default() },
            moves: Vec::new(),
            disputes: Vec::new(),
            gave_way: Vec::new(),
            times: Vec::new(),
        }
    }

    fn walk(mut self) -> Result<Folded, Again> {
        if self.order.is_incomplete() {
            self.folded.flags.insert(Flag::Incomplete);
        }
        for place in 0..self.order.events().len() {
            let event = self.timed(place);
            let verdict = match self.judge(place, &event)? {
                Ok(rule) => {
                    self.count(place, &event, rule);
                    Verdict::Counted
                }
                Err(doubt) => {
                    self.fell(place, &doubt)?;
                    Verdict::Not(self.doubted(place, doubt))
                }
            };
            self.folded.timeline.push((event.id, verdict));
        }
        Ok(self.finish())
    }

    /// What rests on an event that does not count is taken back. The same done by somebody else will do for a side that
    /// was settled for. When it says that it happened matters to nobody.
    fn fell(&mut self, place: usize, doubt: &Doubt) -> Result<(), Again> {
        let seen = self.order.seen(place).map(|earlier| self.times[earlier]).max();
        self.times[place] = seen.unwrap_or(Time(0));
        let winner = self.rulings.against(place).map(|ruling| ruling.by);
        let winner = match doubt {
            Doubt::Against(by) | Doubt::Overtaken(by) => Some(*by),
            Doubt::SameAs(_) | Doubt::Futile(_) | Doubt::Breach(_) => winner,
        };
        self.gave_way.extend(winner.map(|by| (place, by)));
        match self.rulings.resting_on(place) {
            Some(ruling) if ruling.by == place => Err(Again::TakenBack(ruling, doubt.clone())),
            Some(_) if matches!(doubt, Doubt::SameAs(_)) => Ok(()),
            Some(ruling) => Err(Again::TakenBack(ruling, Doubt::Futile(place))),
            None => Ok(()),
        }
    }

    /// Notes what does not count; why, with ids.
    fn doubted(&mut self, place: usize, doubt: Doubt) -> Why {
        match doubt {
            Doubt::Against(stands) => {
                self.disputes.push((stands, place));
                Why::Against(self.id(stands))
            }
            Doubt::SameAs(counted) => Why::SameAs(self.id(counted)),
            Doubt::Futile(side) => Why::Futile(self.id(side)),
            Doubt::Overtaken(by) => Why::Overtaken(self.id(by)),
            Doubt::Breach(why) => {
                self.folded.flags.extend(why.flag());
                why
            }
        }
    }

    fn finish(mut self) -> Folded {
        for event in self.order.circular() {
            self.folded.flags.extend(Why::Circular.flag());
            self.folded.timeline.push((event.id.clone(), Verdict::Not(Why::Circular)));
        }
        self.folded.elapse(self.setting, self.setting.today);
        if !self.disputes.is_empty() {
            self.folded.flags.insert(Flag::Disputed);
        }
        self.folded.disputes = self.open_disputes();
        self.folded
    }

    fn open_disputes(&self) -> Vec<Dispute> {
        let dispute =
            |(stands, other): &(usize, usize)| Dispute { stands: self.id(*stands), other: self.id(*other) };
        self.disputes.iter().map(dispute).collect()
    }

    /// Those that an event is a side of.
    fn disputes_of(&self, named: &str) -> Vec<Dispute> {
        let is_named = |at: usize| self.order.events()[at].id.as_str() == named;
        let of = self.disputes.iter().filter(|(stands, other)| is_named(*stands) || is_named(*other));
        of.map(|(stands, other)| Dispute { stands: self.id(*stands), other: self.id(*other) }).collect()
    }

    fn id(&self, place: usize) -> EventId {
        self.order.events()[place].id.clone()
    }

    /// The event with the time at which it can have happened.
    fn timed(&mut self, place: usize) -> Event {
        let event = self.order.events()[place];
        let seen = self.order.seen(place).map(|earlier| self.times[earlier]).max();
        let at = seen.map_or(event.at, |seen| seen.max(event.at));
        self.times.push(at);
        Event { at, ..event.clone() }
    }

    /// Whether an event counts now, and by which rule.
    fn judge(&mut self, place: usize, event: &Event) -> Result<Result<&'static Rule, Doubt>, Again> {
        let Action::Known(action) = event.action else {
            return Ok(Err(Doubt::Breach(Why::NewerVersion)));
        };
        match self.rulings.against(place) {
            // What gave way to an event that comes later in the order is in dispute with it all the same.
            Some(Ruling { by, side: None, .. }) => return Ok(Err(Doubt::Against(by))),
            Some(Ruling { by, .. }) => return Ok(Err(Doubt::Breach(Why::Settled(self.id(by))))),
            None => {}
        }
        if let Some(why @ (Doubt::Breach(_) | Doubt::Futile(_))) = self.rulings.failed(place) {
            return Ok(Err(why.clone()));
        }
        if !event.by.role.may(action) {
            return Ok(Err(over_authority(action)));
        }
        if let Some(clash) = self.clash(place, event, action) {
            // What this unit may never do, or not with these fields, stands against nothing.
            return match self.could_ever(action, event) {
                Ok(()) => clash.map(Err),
                Err(why) => Ok(Err(Doubt::Breach(why))),
            };
        }
        match self.is_allowed(place, event, action) {
            Ok(rule) if action == Known::Settle && !self.rulings.has_ruled(place) => {
                Ok(self.settle(place, event)?.map(|()| rule))
            }
            Ok(rule) => Ok(Ok(rule)),
            Err(why) => Ok(Err(self.overtaken(place, event, action, &why).unwrap_or(Doubt::Breach(why)))),
        }
    }

    /// What done apart it cannot stand beside: which goes before it, or gives way to it.
    fn clash(&self, place: usize, event: &Event, action: Known) -> Option<Result<Doubt, Again>> {
        let chosen_by = |place| self.rulings.chosen(place);
        let may_rule = |at: usize| self.rulings.may_rule(at, &self.order.events()[at].by.unit);
        let (mut same, mut beaten) = (None, Vec::new());
        for earlier in self.unseen(place) {
            let excluded = rule::excludes(action, earlier.action) || self.settle_apart(event, earlier);
            let beats = rule::beats(action, earlier.action);
            let settled_for =
                chosen_by(place).filter(|by| self.order.had_seen(*by, earlier.place) && may_rule(*by));
            let settled_against = chosen_by(earlier.place).is_some_and(|by| self.order.had_seen(by, place));
            match settled_for.filter(|_| excluded || beats) {
                // Who settled for it had seen this one as well.
                Some(by) => beaten.push(Ruling { loser: earlier.place, by, side: Some(place) }),
                None if beats && !settled_against && may_rule(place) => {
                    beaten.push(Ruling { loser: earlier.place, by: place, side: None })
                }
                None if excluded || beats => return Some(Ok(Doubt::Against(earlier.place))),
                None if self.is_same(event, earlier) => same = same.or(Some(earlier.place)),
                None => {}
            }
        }
        match (same, beaten.first()) {
            (Some(counted), _) => Some(Ok(Doubt::SameAs(counted))),
            (None, Some(Ruling { by, .. })) => {
                Some(Err(Again::Ruled(self.order.events()[*by].by.unit, beaten)))
            }
            (None, None) => None,
        }
    }

    /// What counted and moved the case, and was not known to the writer of the event at this place.
    fn unseen(&self, place: usize) -> impl DoubleEndedIterator<Item = &Move> {
        self.moves.iter().filter(move |earlier| !self.order.had_seen(place, earlier.place))
    }

    /// Whether two places did the same. Two who settle do if they settle for the same side.
    fn is_same(&self, event: &Event, earlier: &Move) -> bool {
        let of = self.order.events()[earlier.place];
        match earlier.action {
            Known::Register | Known::Void => false,
            Known::Settle => event.action == of.action && named(event) == named(of),
            action => event.action == Action::Known(action),
        }
    }

    /// Whether both settle, for sides of which only one can stand.
    fn settle_apart(&self, event: &Event, earlier: &Move) -> bool {
        let side = |event: &Event| {
            let named = named(event);
            let side = self.order.events().iter().find(|event| event.id.as_str() == named)?;
            if let Action::Known(known) = side.action { Some(known) } else { None }
        };
        let both = event.action == Action::Known(Known::Settle) && earlier.action == Known::Settle;
        both && match (side(event), side(self.order.events()[earlier.place])) {
            (Some(a), Some(b)) => rule::excludes(a, b) || rule::beats(a, b) || rule::beats(b, a),
            _ => false,
        }
    }

    /// Whether somebody may do this at all, however far the case is and whoever holds it.
    fn could_ever(&self, action: Known, event: &Event) -> Result<(), Why> {
        let mut why = None;
        for rule in rule::of(action) {
            let unmet = |what| Why::Unmet { t: rule.t, what };
            let mut alone = rule.guards.iter().filter(|guard| guard.asks_the_event_alone());
            let checked = match is_competent(rule, event, self.setting, None) {
                true => alone.try_for_each(|g| g.check(&self.folded, self.setting, event)).map_err(unmet),
                false => Err(Why::OverAuthority { t: rule.t }),
            };
            match checked {
                Ok(()) => return Ok(()),
                Err(one) => why = why.or(Some(one)),
            }
        }
        why.map_or(Ok(()), Err)
    }

    /// Whether the event came too late only for what its writer could not know, or stands on what gave way since: nothing
    /// that they did against the rules.
    fn overtaken(&self, place: usize, event: &Event, action: Known, why: &Why) -> Option<Doubt> {
        let by_state = matches!(why, Why::ReverseProcedure { .. });
        let by_holder = matches!(why, Why::OverAuthority { .. });
        let unseen = self.unseen(place).next_back().map(|by| by.place);
        let saw = |of: usize| self.order.had_seen(place, of);
        let fallen = || self.gave_way.iter().rev().find(|(of, by)| saw(*of) && !saw(*by));
        let by = unseen.or_else(|| fallen().map(|(_, by)| *by)).filter(|_| by_state || by_holder)?;
        self.could_ever(action, event).is_ok().then_some(Doubt::Overtaken(by))
    }

    /// Whether the rules allow it as the case stands. What time brings about before it is brought about if they do.
    fn is_allowed(&mut self, place: usize, event: &Event, action: Known) -> Result<&'static Rule, Why> {
        let before = moves(action).then(|| self.folded.lasting());
        if before.is_some() {
            self.folded.elapse(self.setting, local::date(event.at).min(self.setting.today));
        }
        let allowed = self.is_allowed_now(place, event, action);
        if let (Some(before), true) = (before, allowed.is_err()) {
            self.folded.go_back(before);
        }
        allowed
    }

    fn is_allowed_now(&mut self, place: usize, event: &Event, action: Known) -> Result<&'static Rule, Why> {
        let rule =
            rule::apply(action, self.folded.state).map_err(|rule| Why::ReverseProcedure { t: rule.t })?;
        // Who settles is competent for the case with the dispute, not for what it became by the settlement.
        if action == Known::Settle && self.rulings.has_ruled(place) {
            return Ok(rule);
        }
        self.folded.competent(rule, event, self.setting)?;
        if action == Known::Settle {
            self.folded.disputes = self.disputes_of(named(event));
        }
        self.meets(rule, place, event)?;
        Ok(rule)
    }

    /// Whether the conditions are met as far as the writer could know. A slip to another unit that they had not seen is
    /// nothing that they acted against (T3).
    fn meets(&mut self, rule: &Rule, place: usize, event: &Event) -> Result<(), Why> {
        let slip = self.folded.course.hand_over.given;
        let mut given = self.moves.iter().rev().filter(|earlier| earlier.action == Known::HandOver);
        let unseen = given.next().is_some_and(|earlier| !self.order.had_seen(place, earlier.place));
        if rule.action == Known::TakeOver && unseen && slip.is_some_and(|(to, _)| to != event.by.unit) {
            self.folded.course.hand_over.given = None;
        }
        let met = self.folded.meets(rule, event, self.setting);
        self.folded.course.hand_over.given = slip;
        met
    }

    /// A settlement for the side that stands needs nothing but to be counted; one for the other side sets the one that
    /// stood aside.
    fn settle(&self, place: usize, event: &Event) -> Result<Result<(), Doubt>, Again> {
        let named = named(event);
        let is_named = |at: usize| self.order.events()[at].id.as_str() == named;
        let saw = |a: usize, b: usize| self.order.had_seen(place, a) && self.order.had_seen(place, b);
        match self.disputes.iter().find(|(stands, other)| is_named(*other) && saw(*stands, *other)) {
            Some((stands, other)) if self.rulings.may_rule(place, &event.by.unit) => {
                let ruling = Ruling { loser: *stands, by: place, side: Some(*other) };
                Err(Again::Ruled(event.by.unit, vec![ruling]))
            }
            Some((_, other)) => Ok(Err(Doubt::Futile(*other))),
            None => Ok(Ok(())),
        }
    }

    fn count(&mut self, place: usize, event: &Event, rule: &'static Rule) {
        self.folded.apply(event, rule, self.setting);
        if rule.action == Known::Settle {
            self.disputes_settled(place, event);
        } else if matches!(rule.to, To::State(_)) {
            let seen = |at: &usize| self.order.had_seen(place, *at);
            let left = self.disputes.iter().filter(|(stands, other)| seen(stands) && seen(other));
            let left: Vec<EventId> = left.map(|(_, other)| self.id(*other)).collect();
            self.folded.gone_on.extend(left);
        }
        if rule.to != To::Same || rule.action == Known::Settle {
            self.moves.push(Move { place, action: rule.action });
        }
    }

    /// A settlement ends the disputes in which it names a side and of which it had seen both. Going on with the case ends
    /// none: nobody would know that there was one.
    fn disputes_settled(&mut self, place: usize, event: &Event) {
        let order = self.order;
        let named = named(event);
        let is_named = |at: usize| order.events()[at].id.as_str() == named;
        let seen = |a: usize, b: usize| order.had_seen(place, a) && order.had_seen(place, b);
        self.disputes.retain(|(a, b)| !((is_named(*a) || is_named(*b)) && seen(*a, *b)));
    }
}

/// The side for which a settlement is.
fn named(event: &Event) -> &str {
    event.fields.get("stands").map_or("", |id| id.trim())
}

/// Whether time that passed before the action matters to it.
fn moves(action: Known) -> bool {
    rule::of(action).any(|rule| rule.to != To::Same)
}

fn over_authority(action: Known) -> Doubt {
    let rule = rule::of(action).next().expect("every action has a rule");
    Doubt::Breach(Why::OverAuthority { t: rule.t })
}

/// The key of a contact field of the applicant, which an agent may note wherever the case is held (T26).
pub const APPLICANT_PREFIX: &str = "applicant.";

impl Folded {
    /// What time has brought about by the end of the day before `day`: the deemed acceptance (T11) and the return of a
    /// case whose omissions are overdue (T17).
    fn elapse(&mut self, setting: &Setting, day: Date) {
        if self.state == Some(State::Received)
            && let Some(due) = clock::acceptance_due(&self.course, setting)
            && day > due.date
        {
            self.deem(due.date.tomorrow().unwrap_or(Date::MAX));
        }
        if matches!(self.state, Some(State::Accepted | State::InReview))
            && let Some(due) = clock::omission_due(&self.course, setting)
            && day > due.date
        {
            let on = due.date.tomorrow().unwrap_or(Date::MAX);
            self.computed.push(Computed { t: 17, on });
            self.state = Some(State::Returned);
            self.course.ended_at = Some(local::day_begins(on));
        }
    }

    /// What time changes, as it is.
    fn lasting(&self) -> (Option<State>, Course, BTreeSet<Flag>, usize) {
        (self.state, self.course.clone(), self.flags.clone(), self.computed.len())
    }

    fn go_back(&mut self, before: (Option<State>, Course, BTreeSet<Flag>, usize)) {
        let computed;
        (self.state, self.course, self.flags, computed) = before;
        self.computed.truncate(computed);
    }

    /// Whether role and unit are competent for what the rule is about, as the case is held.
    pub(super) fn competent(&self, rule: &Rule, event: &Event, setting: &Setting) -> Result<(), Why> {
        let holds = self.custody.is_none_or(|holder| holder == event.by.unit);
        match is_competent(rule, event, setting, Some(holds)) {
            true => Ok(()),
            false => Err(Why::OverAuthority { t: rule.t }),
        }
    }

    /// Whether the conditions of the rule are met.
    pub(super) fn meets(&self, rule: &Rule, event: &Event, setting: &Setting) -> Result<(), Why> {
        let unmet = |what| Why::Unmet { t: rule.t, what };
        rule.guards.iter().try_for_each(|guard| guard.check(self, setting, event)).map_err(unmet)
    }
}

/// Whether role and unit are competent for what the rule is about. `holds` says whether the unit holds the case, if that is
/// asked. That the unit stands above the case's own is the log's matter.
fn is_competent(rule: &Rule, event: &Event, setting: &Setting, holds: Option<bool>) -> bool {
    let tier = Tier::of(&event.by.unit);
    let competent = match rule.place {
        Place::Anywhere => true,
        Place::Registering => {
            !event.fields.contains_key(TO) || (event.by.role == Role::Clerk && tier != Tier::Village)
        }
        Place::Holder => holds != Some(false),
        Place::HolderOrAgent => holds != Some(false) || concerns_applicant(rule, event),
        Place::NotHolder => holds != Some(true),
        Place::Accepting => setting.terms.accepts.contains(&tier),
        Place::Authority => setting.terms.accepts.contains(&tier) && tier != Tier::Village,
        Place::Deciding => setting.terms.decides.contains(&tier),
        Place::NotVillage => tier != Tier::Village,
        Place::County => tier == Tier::County,
    };
    competent && rule.roles.contains(&event.by.role)
}

/// An agent elsewhere takes in what the applicant brings, and notes what concerns the applicant only (T26).
fn concerns_applicant(rule: &Rule, event: &Event) -> bool {
    let of_applicant = || event.fields.keys().all(|key| key.starts_with(APPLICANT_PREFIX));
    let brought = rule.action == Known::Supplement || (!event.fields.is_empty() && of_applicant());
    event.by.role == Role::Agent && brought
}
