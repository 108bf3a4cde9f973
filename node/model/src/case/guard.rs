//! What the conditions of the table ask of an event.
//!
//! Asked of what somebody wants to do and of what arrives alike. Knows no role, no unit and no order.

use jiff::civil::Date;
use sanji_sync::UnitCode;

use super::course::{Person, RatingStage, SpecialKind};
use super::event::{Event, MATERIALS, material_names, says_none};
use super::fold::{Folded, Setting};
use super::material::Material;
use super::paper::Made;
use super::rule::{Loop, Stage};
use super::state::State;
use super::unmet::Unmet;
use super::{CaseType, FOUND, TEXT, TO, clock};
use crate::calendar::Due;
use crate::lang::Words;
use crate::list::ListKind;
use crate::local;
use crate::user::UserId;

/// A condition of the table of transitions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// A field has to say something.
    Text(&'static str),
    /// One material at least, or said that none is needed (T2).
    AnyMaterial,
    /// `to` is a unit above the one that hands over, or the one that registered the case (T3).
    HandTo,
    /// Handed over to the unit that takes it, or not yet and that unit is above the holder (T3).
    Handed,
    /// Once a case (T4).
    FirstNotice,
    /// Every item of the notice is answered (T5).
    Answered,
    /// The time to answer the notice is over (T6).
    CorrectionOverdue,
    /// All required materials are here (T8).
    Complete,
    /// A list held the item when the case was registered.
    Listed(ListKind),
    /// Only materials that may come later are missing, and one is (T9).
    OnlyOmissible,
    /// Somebody else than in that stage (受审分离).
    Not(Stage),
    /// The kind is known, an extension comes once and within the law's bound (T14).
    Special,
    /// `approver` is a user, and not the one who starts it (T14).
    Approver,
    /// `outcome`, and for a denial `reason` and `remedies` (T16).
    Outcome,
    /// Handled and reviewed (T16).
    Signed,
    /// For a grant: nothing that was left out is still missing (T16).
    Fulfilled,
    /// The time to hand in what was left out is over (T17).
    OmissionOverdue,
    /// `result`: a code of DOMAIN §7 that fits the decision (T18).
    ResultCode,
    /// `papers` names every paper that the case made (T21).
    Papers,
    /// A withdrawal was asked for (T22).
    Requested,
    /// None waits for its confirmation (T22).
    NotRequested,
    /// The registrar's signature comes from the unit that registered the case (T23).
    Registrar,
    NotBothSignatures,
    /// 即办件 (T25).
    OnTheSpotItem,
    /// `to` is a unit, and not the one that holds the case (T24).
    ToAnother,
    /// A note says something, were it that a field is emptied.
    Says,
    /// No material comes with a note when work on the case is over (T26).
    MaterialsInTime,
    /// A check says what was found.
    Found,
    /// `stands` names one of two events in dispute.
    Disputed,
    /// `level` is 1 to 5 (T27).
    Level,
    Unrated,
    Loop(Loop),
    /// `satisfied` is yes or no.
    Satisfied,
    /// `counts` is yes or no.
    Counts,
}

type Checked = Result<(), Unmet>;

impl Guard {
    /// Whether what it asks for does not depend on what counted before.
    pub(super) fn asks_the_event_alone(self) -> bool {
        use Guard::*;
        match self {
            Text(_) | AnyMaterial | Listed(_) | Approver | Outcome | OnTheSpotItem | Says | Found | Level
            | Satisfied | Counts => true,
            HandTo | Handed | FirstNotice | Answered | CorrectionOverdue | Complete | OnlyOmissible
            | Not(_) | Special | Signed | Fulfilled | OmissionOverdue | ResultCode | Papers | Requested
            | NotRequested | Registrar | NotBothSignatures | ToAnother | MaterialsInTime | Disputed
            | Unrated | Loop(_) => false,
        }
    }

    /// Whether the event meets it, given what counted before.
    pub fn check(self, folded: &Folded, setting: &Setting, event: &Event) -> Checked {
        let course = &folded.course;
        let today = local::date(event.at);
        match self {
            Guard::Text(key) => field(event, key).map(drop),
            Guard::AnyMaterial => any_material(event),
            Guard::HandTo => hand_to(folded, setting, event),
            Guard::Handed => handed(folded, setting, event),
            Guard::FirstNotice if !course.corrections.is_empty() => Err(Unmet::SecondNotice),
            Guard::FirstNotice => Ok(()),
            Guard::Answered => answered(folded, event),
            Guard::CorrectionOverdue => over(clock::correction_due(course, setting), today),
            Guard::Complete => match missing(folded, setting, event) {
                missing if missing.is_empty() => Ok(()),
                missing => Err(Unmet::Missing(missing)),
            },
            Guard::Listed(kind) if !setting.terms.lists.contains(&kind) => Err(Unmet::NotListed(kind)),
            Guard::Listed(_) => Ok(()),
            Guard::OnlyOmissible => only_omissible(folded, setting, event),
            Guard::Not(stage) => not_same(folded, stage, event),
            Guard::Special => special(folded, setting, event),
            Guard::Approver => approver(event),
            Guard::Outcome => outcome(event),
            Guard::Signed if course.handler.is_none() => Err(Unmet::NotHandled),
            Guard::Signed if course.reviewer.is_none() => Err(Unmet::NotReviewed),
            Guard::Signed => Ok(()),
            Guard::Fulfilled => match (granted(event), course.still_omitted()) {
                (Some(true), omitted) if !omitted.is_empty() => {
                    Err(Unmet::Omitted(omitted.into_iter().collect()))
                }
                (Some(_) | None, _) => Ok(()),
            },
            Guard::OmissionOverdue if course.still_omitted().is_empty() => Err(Unmet::NothingOmitted),
            Guard::OmissionOverdue => over(clock::omission_due(course, setting), today),
            Guard::ResultCode => fitting_result(folded, event),
            Guard::Papers => papers(folded, event),
            Guard::Requested if course.withdrawal_requested.is_none() => Err(Unmet::NotRequested),
            Guard::Requested => Ok(()),
            Guard::NotRequested if course.withdrawal_requested.is_some() => Err(Unmet::RequestedAlready),
            Guard::NotRequested => Ok(()),
            Guard::Registrar => registrar(folded, event),
            Guard::NotBothSignatures if void_signed(folded, event) => Err(Unmet::SignedAlready),
            Guard::NotBothSignatures => Ok(()),
            Guard::OnTheSpotItem if setting.case_type != CaseType::OnTheSpot => Err(Unmet::NotOnTheSpot),
            Guard::OnTheSpotItem => Ok(()),
            Guard::ToAnother => match unit(event, TO)? {
                to if folded.custody == Some(to) => Err(Unmet::HeldThere(to)),
                _ => Ok(()),
            },
            Guard::Says if event.fields.iter().all(|(key, text)| key == TEXT && text.trim().is_empty()) => {
                Err(Unmet::NoteEmpty)
            }
            Guard::Says => Ok(()),
            Guard::MaterialsInTime => materials_in_time(folded, event),
            Guard::Found => field(event, FOUND).map(drop).map_err(|_| Unmet::CheckEmpty),
            Guard::Disputed => disputed(folded, event),
            Guard::Level => level(event).map(drop),
            Guard::Unrated if course.rating.is_some() => Err(Unmet::RatedTwice),
            Guard::Unrated => Ok(()),
            Guard::Loop(wanted) => in_loop(folded, wanted),
            Guard::Satisfied => yes(event, "satisfied").map(drop),
            Guard::Counts => yes(event, "counts").map(drop),
        }
    }
}

/// A field's text; blank is nothing.
fn field<'a>(event: &'a Event, key: &'static str) -> Result<&'a str, Unmet> {
    match event.fields.get(key).map(|text| text.trim()) {
        Some(text) if !text.is_empty() => Ok(text),
        Some(_) | None => Err(Unmet::Field(key)),
    }
}

fn any_material(event: &Event) -> Checked {
    let told = event.fields.get(MATERIALS);
    let some = told.is_some_and(|text| material_names(text).next().is_some() || says_none(text));
    if some { Ok(()) } else { Err(Unmet::Material) }
}

fn materials_in_time(folded: &Folded, event: &Event) -> Checked {
    let over = folded.state.is_some_and(State::is_end);
    if over && super::material::of(event).next().is_some() { Err(Unmet::Over) } else { Ok(()) }
}

/// A field's unit.
pub(super) fn unit(event: &Event, key: &'static str) -> Result<UnitCode, Unmet> {
    field(event, key)?.parse().map_err(|_| Unmet::Unit(key))
}

fn hand_to(folded: &Folded, setting: &Setting, event: &Event) -> Checked {
    let (to, giver) = (unit(event, TO)?, event.by.unit);
    let registered = folded.course.registrar.as_ref().is_some_and(|registrar| registrar.unit == to);
    if setting.terms.is_above(to, giver) || (registered && to != giver) {
        Ok(())
    } else {
        Err(Unmet::NotAbove(to))
    }
}

/// Both may be off line: who is above the holder can sign before the slip is known here.
fn handed(folded: &Folded, setting: &Setting, event: &Event) -> Checked {
    let taker = event.by.unit;
    match folded.course.hand_over.given {
        Some((to, _)) if to == taker => Ok(()),
        Some((to, _)) => Err(Unmet::HandedTo(to)),
        None if folded.custody.is_none_or(|holder| setting.terms.is_above(taker, holder)) => Ok(()),
        None => Err(Unmet::NotHandedOver),
    }
}

/// The names in a field, with `;` between.
pub(super) fn names(event: &Event, key: &str) -> Vec<String> {
    let text = event.fields.get(key).map_or("", String::as_str);
    material_names(text).map(str::to_owned).collect()
}

fn answered(folded: &Folded, event: &Event) -> Checked {
    let mut answers = names(event, "answers");
    answers.extend(names(event, MATERIALS));
    let asked = folded.course.open_correction().map(|notice| notice.items.as_slice()).unwrap_or_default();
    let open: Vec<String> = asked.iter().filter(|item| !answers.contains(item)).cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(Unmet::Unanswered(open)) }
}

/// Whether a limit ended before `today`. What has no limit is never over.
fn over(due: Option<Due>, today: Date) -> Checked {
    match due {
        Some(due) if today > due.date => Ok(()),
        Some(due) => Err(Unmet::NotOverdue(due.date)),
        None => Err(Unmet::NothingOmitted),
    }
}

/// Required materials that are neither here nor come with the event.
fn missing(folded: &Folded, setting: &Setting, event: &Event) -> Vec<String> {
    missing_rows(folded, setting, event)
        .filter(|asked| !asked.secondary)
        .map(|asked| asked.name.clone())
        .collect()
}

fn missing_rows<'a>(
    folded: &Folded,
    setting: &'a Setting,
    event: &Event,
) -> impl Iterator<Item = &'a super::terms::Asked> {
    let mut given = folded.course.given();
    given.extend(super::material::of(event).filter(Material::is_here).map(|row| row.name));
    setting.terms.materials.iter().filter(move |asked| !asked.conditional && !given.contains(&asked.name))
}

/// What is left out by an acceptance: the materials that may come later and are not here.
pub(super) fn omitted(folded: &Folded, setting: &Setting, event: &Event) -> Vec<String> {
    missing_rows(folded, setting, event).filter(|asked| asked.later).map(|asked| asked.name.clone()).collect()
}

fn only_omissible(folded: &Folded, setting: &Setting, event: &Event) -> Checked {
    let needed: Vec<String> = missing_rows(folded, setting, event)
        .filter(|asked| !asked.later && !asked.secondary)
        .map(|asked| asked.name.clone())
        .collect();
    match (needed.is_empty(), omitted(folded, setting, event).is_empty()) {
        (false, _) => Err(Unmet::NotOmissible(needed)),
        (true, true) => Err(Unmet::NothingOmitted),
        (true, false) => Ok(()),
    }
}

/// Receiver, reviewer and decider are different people, and who accepts judges what was received (DOMAIN §1). Items done
/// on the spot are in one hand.
fn not_same(folded: &Folded, stage: Stage, event: &Event) -> Checked {
    let course = &folded.course;
    let earlier = match stage {
        Stage::Receipt => course.receiver.as_slice(),
        Stage::Acceptance => course.accepter.as_slice(),
        Stage::Handling => course.handler.as_slice(),
        Stage::Review => &course.reviewers,
    };
    if earlier.contains(&Person::of(&event.by)) { Err(Unmet::SamePerson(stage)) } else { Ok(()) }
}

/// What a start of a special procedure says: its kind, and for an extension the approved days.
pub(super) fn special_of(event: &Event) -> Result<(SpecialKind, u32), Unmet> {
    let wanted = || Unmet::Value { key: "kind", wanted: "extension, inquiry" };
    let kind: SpecialKind = field(event, "kind")?.parse().map_err(|_| wanted())?;
    let days = field(event, "days")?.parse().ok().filter(|days| (1..=365).contains(days));
    Ok((kind, days.ok_or(Unmet::Value { key: "days", wanted: "1 … 365" })?))
}

fn special(folded: &Folded, setting: &Setting, event: &Event) -> Checked {
    let (kind, days) = special_of(event)?;
    if setting.terms.no_special && kind == SpecialKind::Inquiry {
        return Err(Unmet::NoSpecial);
    }
    let max = setting.terms.extension();
    let extended = folded.course.special.iter().any(|special| special.kind == SpecialKind::Extension);
    match kind {
        SpecialKind::Extension if extended => Err(Unmet::SecondExtension),
        SpecialKind::Extension if days > max => Err(Unmet::TooLong { max }),
        SpecialKind::Extension | SpecialKind::Inquiry => Ok(()),
    }
}

fn approver(event: &Event) -> Checked {
    let approver: UserId = field(event, "approver")?.parse().map_err(|_| Unmet::User("approver"))?;
    let is_starter = event.by.user.as_deref() == Some(approver.as_str());
    if is_starter { Err(Unmet::SamePerson(Stage::Handling)) } else { Ok(()) }
}

/// Whether a decision grants.
pub(super) fn granted(event: &Event) -> Option<bool> {
    match event.fields.get("outcome").map(|text| text.trim()) {
        Some("grant" | "准予") => Some(true),
        Some("deny" | "不予") => Some(false),
        Some(_) | None => None,
    }
}

fn outcome(event: &Event) -> Checked {
    match granted(event) {
        None => Err(Unmet::Value { key: "outcome", wanted: "grant, deny" }),
        Some(true) => Ok(()),
        Some(false) => field(event, "reason").and(field(event, "remedies")).map(drop),
    }
}

/// 0 certificate issued, 1 returned, 2 voided, 3 deleted, 4 forwarded, 5 not corrected, 6 concluded (DOMAIN §7).
pub(super) fn result_code(event: &Event) -> Result<u8, Unmet> {
    let code = field(event, "result")?.parse().ok().filter(|code| *code <= 6);
    code.ok_or(Unmet::Value { key: "result", wanted: "0, 1, 2, 3, 4, 5, 6" })
}

/// A conclusion follows a decision (DOMAIN §7): a grant ends in a certificate or without one, a denial gives the matter
/// back or just ends it. The other codes are of ends without a decision.
fn fitting_result(folded: &Folded, event: &Event) -> Checked {
    let granted = folded.course.decision.as_ref().is_some_and(|decision| decision.granted);
    let (fitting, wanted): (&[u8], _) = if granted { (&[0, 6], "0, 6") } else { (&[1, 6], "1, 6") };
    let fits = result_code(event).is_ok_and(|code| fitting.contains(&code));
    field(event, "result")?;
    if fits { Ok(()) } else { Err(Unmet::Value { key: "result", wanted }) }
}

/// An archive lists the papers of the case by name. `all` stands for those that were printed: what was never printed is in no
/// file, unless somebody says by its name that it is there.
fn papers(folded: &Folded, event: &Event) -> Checked {
    let listed = names(event, "papers");
    let all = listed.iter().any(|name| matches!(name.as_str(), "all" | "齐全"));
    let is_listed = |words: &Words| listed.iter().any(|name| name == words.zh || name == words.en);
    let is_printed = |made: &Made| folded.course.prints.iter().any(|print| print.paper == made.event);
    let is_there = |made: &&Made| is_listed(&made.kind.words()) || (all && is_printed(made));
    let missing = folded.course.papers.iter().filter(|made| !is_there(made));
    let missing: Vec<Words> = missing.map(|made| made.kind.words()).collect();
    if missing.is_empty() && !listed.is_empty() { Ok(()) } else { Err(Unmet::Papers(missing)) }
}

fn registrar(folded: &Folded, event: &Event) -> Checked {
    match &folded.course.registrar {
        Some(registrar) if event.by.role != super::Role::Supervisor && registrar.unit != event.by.unit => {
            Err(Unmet::NotRegistrar(registrar.unit))
        }
        Some(_) | None => Ok(()),
    }
}

fn void_signed(folded: &Folded, event: &Event) -> bool {
    match event.by.role == super::Role::Supervisor {
        true => folded.course.void_by_supervisor,
        false => folded.course.void_by_registrar,
    }
}

fn disputed(folded: &Folded, event: &Event) -> Checked {
    if folded.disputes.is_empty() {
        return Err(Unmet::NotDisputed);
    }
    let stands = field(event, "stands")?;
    let named = |id: &super::EventId| id.as_str() == stands;
    let mut sides = folded.disputes.iter().flat_map(|dispute| [&dispute.stands, &dispute.other]);
    match sides.find(|id| named(id)) {
        Some(side) if folded.gone_on.contains(side) => Err(Unmet::GoneOn),
        Some(_) => Ok(()),
        None => Err(Unmet::NotDisputed),
    }
}

pub(super) fn level(event: &Event) -> Result<u8, Unmet> {
    let level = field(event, "level")?.parse().ok().filter(|level| (1..=5).contains(level));
    level.ok_or(Unmet::Value { key: "level", wanted: "1, 2, 3, 4, 5" })
}

pub(super) fn yes(event: &Event, key: &'static str) -> Result<bool, Unmet> {
    match field(event, key)? {
        "yes" | "true" | "是" => Ok(true),
        "no" | "false" | "否" => Ok(false),
        _ => Err(Unmet::Value { key, wanted: "yes, no" }),
    }
}

fn in_loop(folded: &Folded, wanted: Loop) -> Checked {
    let rating = folded.course.rating.as_ref().ok_or(Unmet::NotRated)?;
    let stage = rating.stage;
    let fits = match wanted {
        Loop::Rated => stage == RatingStage::Rated,
        Loop::Verified => stage == RatingStage::Verified,
        Loop::Rectified => stage == RatingStage::Rectified,
        Loop::Answered => stage == RatingStage::Answered,
        Loop::Open => rating.is_bad() && rating.counts && !rating.appealed && stage != RatingStage::Closed,
        Loop::Appealed => rating.appealed && rating.counts,
    };
    if fits { Ok(()) } else { Err(Unmet::NotInLoop(stage)) }
}
