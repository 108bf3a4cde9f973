//! The state of a case as a pure function of the set of its events (DOMAIN §3.2, §3.3).
//!
//! Whatever the order of arrival, every node gets the same. Nothing is thrown away: an event that the rules did
//! not allow is kept with the reason why it does not count. Knows no document and no clock.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::{Time, UnitCode};

use super::action::{Action, Known};
use super::event::{Event, EventId, MATERIALS, material_names, says_none};
use super::flag::Flag;
use super::order::Order;
use super::role::Role;
use super::rule::{self, To};
use super::state::State;
use crate::lang::Lang;

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
    /// A withdrawal that the holder has to confirm (T22 from state 40 on).
    pub withdrawal_requested: Option<EventId>,
    pub flags: BTreeSet<Flag>,
    /// All events in the order in which they were applied, each with what became of it.
    pub timeline: Vec<(EventId, Verdict)>,
    /// Pairs that exclude each other, not yet settled by somebody who had seen both.
    pub disputes: Vec<Dispute>,
}

/// Whether an event counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Counted,
    Not(Why),
}

/// Why an event does not count. `t` is the rule of DOMAIN §3.2 that it broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// 超权限: the role or unit was not competent.
    OverAuthority { t: u8 },
    /// 逆程序: not possible in the state the case was in, or a stage before it is missing.
    ReverseProcedure { t: u8 },
    /// What the rule demands to be given was not.
    Unmet { t: u8 },
    /// Done in two places at once to the same effect; the other one counts.
    SameAs(EventId),
    /// Two places acted apart and the other one goes first.
    Against(EventId),
    /// An action that this version does not know the effect of.
    NewerVersion,
    /// It claims to have seen what came after it.
    Circular,
}

impl Verdict {
    /// What is said of it beside the event.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Verdict::Counted, Lang::Zh) => "有效".to_owned(),
            (Verdict::Counted, Lang::En) => "counted".to_owned(),
            (Verdict::Not(why), lang) => why.text(lang),
        }
    }
}

impl Why {
    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Why::OverAuthority { t }, Lang::Zh) => format!("未计入：超权限（T{t}）"),
            (Why::OverAuthority { t }, Lang::En) => format!("not counted: over authority (T{t})"),
            (Why::ReverseProcedure { t }, Lang::Zh) => format!("未计入：逆程序（T{t}）"),
            (Why::ReverseProcedure { t }, Lang::En) => format!("not counted: reverse procedure (T{t})"),
            (Why::Unmet { t }, Lang::Zh) => format!("未计入：不符合 T{t} 的条件"),
            (Why::Unmet { t }, Lang::En) => format!("not counted: what T{t} asks for is missing"),
            (Why::SameAs(other), Lang::Zh) => format!("未计入：两处同时办理，以 {other} 为准"),
            (Why::SameAs(other), Lang::En) => {
                format!("not counted: done in two places at once, {other} counts")
            }
            (Why::Against(other), Lang::Zh) => format!("未计入：与 {other} 冲突，后者优先"),
            (Why::Against(other), Lang::En) => format!("not counted: against {other}, which goes first"),
            (Why::NewerVersion, Lang::Zh) => "未计入：由更新的版本写入".to_owned(),
            (Why::NewerVersion, Lang::En) => "not counted: written by a newer version".to_owned(),
            (Why::Circular, Lang::Zh) => "未计入：先后顺序自相矛盾".to_owned(),
            (Why::Circular, Lang::En) => "not counted: it claims to have seen what came after it".to_owned(),
        }
    }
}

/// Two events of which neither had seen the other and that exclude each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dispute {
    pub stands: EventId,
    pub other: EventId,
}

/// Folds the events, given in any order. Of two with one id, the smaller counts.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Folded {
    let mut set: BTreeMap<&EventId, &Event> = BTreeMap::new();
    for event in events {
        set.entry(&event.id).and_modify(|held| *held = (*held).min(event)).or_insert(event);
    }
    let order = Order::of(&set);
    let mut folded = Folded { heads: order.heads(), ..Folded::default() };
    if order.is_incomplete() {
        folded.flags.insert(Flag::Incomplete);
    }
    let mut moves: Vec<Move> = Vec::new();
    let mut disputes: Vec<(usize, usize)> = Vec::new();
    for (place, event) in order.events().iter().enumerate() {
        let apart: Vec<_> = moves.iter().filter(|earlier| !order.had_seen(place, earlier.place)).collect();
        let verdict = match folded.judge(event, &apart) {
            Ok((action, to)) => {
                folded.apply(event, to);
                if to != To::Same {
                    disputes.retain(|(a, b)| !(order.had_seen(place, *a) && order.had_seen(place, *b)));
                    moves.push(Move { place, action });
                }
                Verdict::Counted
            }
            Err(Doubt::Against(stands)) => {
                disputes.push((stands, place));
                Verdict::Not(Why::Against(order.events()[stands].id.clone()))
            }
            Err(Doubt::SameAs(counted)) => Verdict::Not(Why::SameAs(order.events()[counted].id.clone())),
            Err(Doubt::Breach(why)) => {
                folded.flags.extend(why.flag());
                Verdict::Not(why)
            }
        };
        folded.timeline.push((event.id.clone(), verdict));
    }
    for event in order.circular() {
        folded.flags.extend(Why::Circular.flag());
        folded.timeline.push((event.id.clone(), Verdict::Not(Why::Circular)));
    }
    if !disputes.is_empty() {
        folded.flags.insert(Flag::Disputed);
    }
    let id = |place: usize| order.events()[place].id.clone();
    folded.disputes = disputes
        .into_iter()
        .map(|(stands, other)| Dispute { stands: id(stands), other: id(other) })
        .collect();
    folded
}

impl Folded {
    /// What became of an event.
    pub fn verdict(&self, id: &EventId) -> Option<&Verdict> {
        self.timeline.iter().find(|(of, _)| of == id).map(|(_, verdict)| verdict)
    }

    /// Whether an event counts now, with what it makes of the state. `apart` are the counted moves that it had
    /// not seen.
    fn judge(&self, event: &Event, apart: &[&Move]) -> Result<(Known, To), Doubt> {
        let Action::Known(action) = event.action else { return Err(Doubt::Breach(Why::NewerVersion)) };
        if !rule::of(action).any(|rule| rule.is_built()) {
            return Err(Doubt::Breach(Why::NewerVersion));
        }
        is_competent(action, event, self.custody).map_err(Doubt::Breach)?;
        if let Some(stands) = apart.iter().find(|earlier| rule::excludes(action, earlier.action)) {
            return Err(Doubt::Against(stands.place));
        }
        if action != Known::Register
            && let Some(counted) = apart.iter().find(|earlier| earlier.action == action)
        {
            return Err(Doubt::SameAs(counted.place));
        }
        let rule = rule::apply(action, self.state)
            .map_err(|rule| Doubt::Breach(Why::ReverseProcedure { t: rule.t }))?;
        if action == Known::Receive && !tells_materials(event) {
            return Err(Doubt::Breach(Why::Unmet { t: rule.t }));
        }
        Ok((action, rule.to))
    }

    fn apply(&mut self, event: &Event, to: To) {
        match to {
            To::State(state) => {
                match state {
                    State::Registered => {
                        self.custody = Some(event.by.unit);
                        self.registered_at = Some(event.at);
                    }
                    State::Received => self.received_at = Some(event.at),
                    _ => {}
                }
                self.state = Some(state);
            }
            To::Request => {
                self.withdrawal_requested = Some(event.id.clone());
                self.flags.insert(Flag::WithdrawalRequested);
            }
            To::Same | To::NotBuilt => {}
        }
    }
}

/// A counted event that changed the state or asked to.
struct Move {
    /// In the order.
    place: usize,
    action: Known,
}

/// Why an event may not count, with places in the order instead of ids.
enum Doubt {
    Against(usize),
    SameAs(usize),
    Breach(Why),
}

impl Why {
    /// What it raises. Two that exclude each other raise a dispute until it is settled, not this.
    fn flag(&self) -> Option<Flag> {
        match self {
            Why::OverAuthority { .. } => Some(Flag::OverAuthority),
            Why::ReverseProcedure { .. } | Why::Unmet { .. } | Why::Circular => Some(Flag::ReverseProcedure),
            Why::NewerVersion => Some(Flag::NewerVersion),
            Why::Against(_) | Why::SameAs(_) => None,
        }
    }
}

/// The key of a contact field of the applicant, which an agent may note wherever the case is held (T26).
pub const APPLICANT_PREFIX: &str = "applicant.";

/// Whether role and unit may do this at all, whatever the state.
///
/// Units: that the writer stands above the case's unit is the log's matter. A note is for the unit that holds
/// the case; an agent elsewhere may note what concerns the applicant only.
pub(super) fn is_competent(action: Known, event: &Event, custody: Option<UnitCode>) -> Result<(), Why> {
    let rule = rule::of(action).next().expect("every action has a rule");
    let over = Err(Why::OverAuthority { t: rule.t });
    if !event.by.role.may(action) {
        return over;
    }
    let elsewhere = custody.is_some_and(|holder| holder != event.by.unit);
    if action == Known::Note && elsewhere {
        let contact_only =
            !event.fields.is_empty() && event.fields.keys().all(|key| key.starts_with(APPLICANT_PREFIX));
        if event.by.role != Role::Agent || !contact_only {
            return over;
        }
    }
    Ok(())
}

/// The guard of T2: at least one material named, or said that none is needed.
fn tells_materials(event: &Event) -> bool {
    let told = event.fields.get(MATERIALS);
    told.is_some_and(|text| material_names(text).next().is_some() || says_none(text))
}
