//! Case commands: register, act, list, show. The model decides; here ids, numbers and documents meet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanji_model::case::{
    Action, By, Case, CaseRow, CaseType, Course, Event, EventId, GuidePin, Known, Material, NewCase, Role,
    State, TO, Terms, Verdict,
};
use sanji_model::identity::{IdKind, identify};
use sanji_model::lang::Lang;
use sanji_model::list::{ItemRef, ListKind};
use sanji_model::local;
use sanji_model::number::CaseNumber;
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::{DocId, Scope, Time, UnitCode};
use serde_json::{Value, json};

use super::outdated::Published;
use super::pages::Page;
use super::{Done, FOLLOW_STEP, Machine, Step, Stop};
use crate::refusal::Refusal;
use crate::store::keys::{self, day_number};
use crate::store::record::Fact;
use crate::store::views;
use crate::store::views::rolls::{Roll, Sheet};

/// The last case number given on a day. One a day, so that a clock which jumped ahead and back repeats none.
pub(super) fn number_fact(date: Date) -> String {
    format!("case-number/{date}")
}

/// The number of the case that goes on after a forwarding (T24).
pub(super) const LINKED: &str = "linked";

/// Documents that are counted when the beginning of an id fits several.
const AMBIGUOUS_MAX: usize = 100;

/// What a registration is asked with.
pub(super) struct Applying {
    pub applicant: String,
    pub id_number: String,
    pub fields: BTreeMap<String, String>,
    /// The person that registers it, if named.
    pub user: Option<String>,
}

impl Machine {
    pub(super) fn case_register(
        &mut self,
        now: Time,
        guide: &str,
        applying: Applying,
        steps: &mut Vec<Step>,
    ) -> Done {
        let pin = self.pin(now, guide)?;
        let new = self.new_case(now, pin, applying)?;
        self.create_case(now, &new, steps)?;
        Ok(json!({ "number": new.number, "id": new.id, "state": State::Registered }))
    }

    /// A case of this unit about to be registered, with the next number, checked (T1).
    pub(super) fn new_case(
        &mut self,
        now: Time,
        guide: GuidePin,
        applying: Applying,
    ) -> Result<NewCase, Stop> {
        let Applying { applicant, id_number, fields, user } = applying;
        let id_kind = match identify(&id_number) {
            Ok(identified) => identified.kind(),
            // Refused by the check below, with the reason for the kind that is the usual one.
            Err(_) => IdKind::Ric,
        };
        let by = self.by(&Action::REGISTER, user)?;
        let mut guide = guide;
        guide.terms.stands_below(self.chain(by.unit));
        let new = NewCase {
            id: self.draw_id(now),
            number: self.next_number(now)?,
            unit: by.unit,
            holder: by.unit,
            parent: None,
            origin: None,
            guide,
            applicant,
            id_kind,
            id_number,
            fields,
            by,
            event: self.draw_event(now),
            at: now,
        };
        new.check()?;
        Ok(new)
    }

    /// A unit and those above it, the nearest first.
    pub(super) fn chain(&self, unit: UnitCode) -> Vec<UnitCode> {
        std::iter::once(unit).chain(self.hub.tree().ancestors(unit)).collect()
    }

    /// Writes a new case, whose number is used up by it.
    pub(super) fn create_case(
        &mut self,
        now: Time,
        new: &NewCase,
        steps: &mut Vec<Step>,
    ) -> Result<(), Stop> {
        self.write(now, Scope::Cases(new.unit), new.id, steps, |doc| Ok(Case::create(doc, new)?))?;
        self.use_number(new);
        Ok(())
    }

    /// No case has this number again.
    pub(super) fn use_number(&mut self, new: &NewCase) {
        let value = Some(new.number.as_str().as_bytes().to_vec());
        self.facts.push(Fact { name: number_fact(new.number.date()), value });
    }

    pub(super) fn case_act(
        &mut self,
        now: Time,
        number: &str,
        action: &str,
        fields: BTreeMap<String, String>,
        user: Option<String>,
        steps: &mut Vec<Step>,
    ) -> Done {
        let id = self.find_case(number)?;
        let action = Action::parse(action);
        let by = self.by(&action, user.clone())?;
        let event_id = self.draw_event(now);
        let case = self.read_case(now, &id)?;
        let mut fields = fields;
        match action {
            Action::Known(Known::Check) => self.must_be_outdated(&case)?,
            Action::Known(Known::Conclude | Known::ConfirmWithdrawal) => {
                self.parts_must_be_over(now, &case)?
            }
            Action::Known(Known::Forward) if !fields.contains_key(LINKED) => {
                return self.forward(now, id, case, by, fields, steps);
            }
            Action::Known(_) | Action::Other(_) => {}
        }
        if action == Action::RECEIVE && case.guide.materials_needed {
            self.parents_materials(now, &case, &mut fields)?;
        }
        // All are decided before the first is written, so that none is there without the others.
        let event = case.decide(action.clone(), by.clone(), fields.clone(), event_id, now)?;
        let parts = self.with_the_parts(now, &case, &action, (&by, &fields))?;
        let (case, done) = self.append(now, (id, case), event, steps)?;
        for (part, of, event) in parts {
            self.append(now, (part, of), event, steps)?;
        }
        self.with_the_last_part(now, (&id, &case), user, steps)?;
        Ok(done)
    }

    /// Writes an event that the case's rules allow; the case with it, and what is answered.
    pub(super) fn append(
        &mut self,
        now: Time,
        (id, mut case): (DocId, Case),
        event: Event,
        steps: &mut Vec<Step>,
    ) -> Result<(Case, Value), Stop> {
        let scope = Scope::Cases(case.unit);
        self.write(now, scope, id, steps, |doc| Ok(Case::append(doc, &event)?))?;
        case.push(event.clone());
        let told = json!({ "number": case.number, "id": id, "state": case.state(), "event": event.id });
        Ok((case, told))
    }

    pub(super) fn case_list(
        &self,
        state: Option<&str>,
        unit: Option<&str>,
        due_before: Option<&str>,
        page: Page<'_>,
    ) -> Done {
        let state = state.map(str::parse::<State>).transpose().map_err(Rule::Word)?;
        let unit = unit.map(|unit| self.asked_unit(Some(unit))).transpose()?;
        let until = due_before.map(date).transpose()?.map(day_number);
        let wanted = |sheet: &Sheet| {
            state.is_none_or(|state| sheet.filter == state.number())
                && unit.is_none_or(|unit| self.is_within(sheet.unit, unit))
        };
        let lines = self.case_lines();
        self.page(Roll::Cases, wanted, page, until, |entry| lines.line(&entry.doc))
    }

    pub(super) fn case_show(&mut self, now: Time, number: &str) -> Done {
        let id = self.find_case(number)?;
        let case = self.read_case(now, &id)?;
        let mut row = case.row();
        Published::of(self.store.overview()).mark(&mut row);
        let above = self.places_above();
        let mut shown = case_json(&row, &self.delivered_to(&id, &above)?);
        shown["delivery"] = self.delivery(&id, &above)?;
        let events: Vec<Value> = case
            .timeline()
            .map(|(event, verdict)| {
                let mut line = serde_json::to_value(event).unwrap_or_default();
                line["verdict"] = verdict_json(verdict);
                line
            })
            .collect();
        shown["case_type"] = json!(case.guide.case_type);
        shown["check"] = self.check_json(&case, &row);
        shown["id_number"] = json!(case.id_number);
        shown["contact"] = kept_json(&case.contact);
        shown["fields"] = kept_json(&case.fields);
        shown["materials"] = case.folded.course.materials.values().map(material_json).collect();
        shown["asked"] = json!(case.guide.terms.materials);
        shown["lists"] = json!(case.guide.terms.lists);
        shown["clocks"] = json!(case.clocks());
        shown["computed"] = json!(case.folded.computed);
        shown["disputes"] = json!(case.folded.disputes);
        shown["cards"] = json!(case.cards());
        shown["duplicates"] = self
            .duplicates(&id, &row)?
            .iter()
            .map(|twin| json!({ "number": twin.number, "unit": twin.unit }))
            .collect();
        shown["origin"] = json!(case.origin);
        shown["parts"] = self
            .parts(&case)?
            .iter()
            .map(|(_, part)| json!({ "number": part.number, "state": part.state }))
            .collect();
        shown["papers"] = self.papers_json(&case);
        shown["course"] = course_json(&case.folded.course);
        shown["unreadable"] = json!(case.unreadable.len());
        let mut offers = case.offers(self.hub.unit(), now);
        // A check is for a case that waits for one.
        offers.retain(|offer| offer.action != Known::Check || shown["check"]["state"] == "open");
        shown["offers"] = json!(offers);
        shown["names"] = self.names_in(&case);
        shown["events"] = Value::Array(events);
        Ok(shown)
    }

    /// How the units and people that a case names are called, by code and id.
    fn names_in(&self, case: &Case) -> Value {
        let events = || case.events.values();
        let named = events().filter_map(|event| event.fields.get(TO)?.trim().parse().ok());
        let units = events().map(|event| event.by.unit).chain(named).chain([case.unit, case.custody()]);
        let units = units.map(|unit| (unit.to_string(), self.unit_name(&unit)));
        let people = events().flat_map(|event| event.by.user.iter().chain(&event.by.instead_of));
        let known =
            |id: &String| Some((id.clone(), self.directory.users.get(&id.parse().ok()?)?.name.clone()));
        let people = people.filter_map(known);
        json!({
            "units": units.collect::<BTreeMap<_, _>>(), "people": people.collect::<BTreeMap<_, _>>(),
        })
    }

    /// The guide version in force here and now that `text` names.
    pub(super) fn pin(&mut self, now: Time, text: &str) -> Result<GuidePin, Stop> {
        let found = self.find_in_force(now, text)?;
        let today = local::date(now);
        let document = found.in_force(now, text)?;
        let published = self.read_published(&document)?;
        let guide = &published.guide;
        // What a list makes an on-the-spot item is one, whatever its guide says.
        let item = ItemRef::of(guide);
        let switches = self.switches(&item, today);
        let lists: BTreeSet<ListKind> = switches.all().map(|(kind, _)| kind).collect();
        let listed = lists.contains(&ListKind::OnTheSpot);
        let tolerated = switches.of(ListKind::Tolerance).iter().flat_map(|one| &one.list.items);
        let days = self.store.almanac().parameters.on(today).days;
        let mut terms = Terms { days, ..Terms::of(guide, lists) };
        terms.listed_for_omissions(tolerated.filter(|entry| entry.is(&item)));
        let case_type = listed.then_some(CaseType::OnTheSpot).or(guide.case_type);
        Ok(GuidePin {
            document,
            code: guide.code().unwrap_or_default().to_owned(),
            name: guide.name().to_owned(),
            version: published.meta.version,
            case_type: case_type.unwrap_or(CaseType::Promised),
            materials_needed: guide.materials_needed(),
            terms,
        })
    }

    /// In what capacity somebody acts on a case: a named user in the first of their roles that the action is for, and
    /// else whoever has this machine, an agent in a village and a clerk above it.
    pub(super) fn by(&self, action: &Action, user: Option<String>) -> Result<By, Stop> {
        let unit = self.hub.unit();
        let may = |role: &&Role| match action {
            Action::Known(known) => role.may(*known),
            Action::Other(_) => true,
        };
        let Some(user) = user else {
            let tier = self.directory.organisation.unit(&unit).map_or(Tier::of(&unit), |u| u.tier);
            let role = match tier {
                Tier::Village => Role::Agent,
                Tier::Town | Tier::County => Role::Clerk,
            };
            return Ok(By { unit, node: self.hub.node().short(), user: None, instead_of: None, role });
        };
        let named = self.directory.acting(&user, unit).map_err(Rule::User)?;
        let own = named.roles.iter().find(may).copied();
        let post = if own.is_some() { None } else { self.stands_in_for(&named, may) };
        let role = own.or(post.as_ref().map(|(_, role)| *role)).or(named.roles.first().copied());
        Ok(By {
            unit,
            node: self.hub.node().short(),
            user: Some(named.id.to_string()),
            instead_of: post.map(|(holder, _)| holder.to_string()),
            role: role.unwrap_or(Role::Public),
        })
    }

    /// The next number of today (DOMAIN §3). Of the 100 windows of a unit each of its first five nodes has twenty,
    /// five an epoch, so that neither a second counter nor a restored disk gives a number twice; a window that has
    /// given its 9,999 numbers is followed by the next of the five.
    pub(super) fn next_number(&self, now: Time) -> Result<CaseNumber, Stop> {
        let unit = self.hub.unit();
        let mut nodes: Vec<_> = self.directory.nodes.iter().filter(|(_, n)| n.unit == unit).collect();
        nodes.sort_by_key(|(id, node)| (node.since, **id));
        let place = nodes.iter().position(|(id, _)| **id == self.hub.node()).unwrap_or(0);
        let first = (place.min(4) as u32 * 20 + self.hub.epoch().0 % 4 * 5) as u8;
        let today = local::date(now);
        let name = number_fact(today);
        let in_turn = self.facts.iter().rev().find(|fact| fact.name == name);
        let last = in_turn.and_then(|fact| fact.value.as_deref()).or_else(|| self.store.fact(&name));
        let last: Option<CaseNumber> =
            last.and_then(|b| std::str::from_utf8(b).ok()).and_then(|n| n.parse().ok());
        let last = last.filter(|n| (first..first + 5).contains(&n.window()));
        let (window, sequence) = match last {
            None => (first, 1),
            Some(last) if last.sequence() < 9_999 => (last.window(), last.sequence() + 1),
            Some(last) if last.window() + 1 < first + 5 => (last.window() + 1, 1),
            Some(_) => return Err(Refusal::NumbersUsedUp.into()),
        };
        CaseNumber::new(unit, today, window, sequence).map_err(|_| Refusal::NumbersUsedUp.into())
    }

    pub(super) fn draw_event(&mut self, now: Time) -> EventId {
        let id = self.draw_id(now);
        uuid::Uuid::from_bytes(id.0).to_string().parse().expect("a UUID is letters, digits and hyphens")
    }

    /// A case by its number, or by its id or the start of one.
    pub(super) fn find_case(&mut self, text: &str) -> Result<DocId, Stop> {
        loop {
            match self.find_case_in_rows(text) {
                // It may be among what the rows do not show yet. The directory never is.
                Err(Stop::Refused(Refusal::Rule(Rule::CaseNotFound(_)))) if self.store.is_behind() => {
                    self.store.drain(FOLLOW_STEP)?;
                }
                found => return found,
            }
        }
    }

    fn find_case_in_rows(&self, text: &str) -> Result<DocId, Stop> {
        match views::cases_by_number(self.store.kv(), text)?.as_slice() {
            [] => {}
            [id] => return Ok(*id),
            twice => return Err(Refusal::NumberTwice { number: text.to_owned(), ids: twice.to_vec() }.into()),
        }
        if text.len() == 27 && text.bytes().all(|b| b.is_ascii_digit()) {
            text.parse::<CaseNumber>().map_err(Rule::Number)?;
        }
        let text = text.to_ascii_lowercase();
        let matches = self.ids_beginning(keys::CASE_ROW, &text)?;
        match matches.as_slice() {
            [id] => Ok(*id),
            [] => Err(Rule::CaseNotFound(text).into()),
            more => Err(Rule::Ambiguous { text, matches: more.len() }.into()),
        }
    }

    /// The documents with a row under `prefix` whose ids begin so, if enough of them is named.
    pub(super) fn ids_beginning(&self, prefix: u8, text: &str) -> Result<Vec<DocId>, Stop> {
        match text.len() >= 6 {
            true => Ok(views::ids_beginning(self.store.kv(), prefix, text, AMBIGUOUS_MAX)?),
            false => Ok(Vec::new()),
        }
    }

    /// The case as it is now.
    pub(super) fn read_case(&mut self, now: Time, id: &DocId) -> Result<Case, Stop> {
        let missing = || Stop::from(Rule::CaseNotFound(id.to_string()));
        self.store.refresh(id)?;
        let meta = views::meta(self.store.kv(), id)?.ok_or_else(missing)?;
        let mut context = self.store.context(&meta);
        context.almanac.today = local::date(now);
        let doc = self.store.document(id)?.ok_or_else(missing)?;
        let case = meta.scope.unit().and_then(|owner| context.case(doc, owner));
        case.ok_or_else(|| Refusal::Unreadable(id.to_string()).into())
    }
}

pub(super) fn case_json(row: &CaseRow, delivered_to: &[UnitCode]) -> Value {
    let mut json = serde_json::to_value(row).unwrap_or_default();
    json["delivered_to"] = json!(delivered_to);
    json
}

fn kept_json(map: &BTreeMap<String, sanji_model::document::Kept>) -> Value {
    let value = |kept: &sanji_model::document::Kept| {
        if kept.others.is_empty() {
            json!(kept.shown)
        } else {
            json!({ "shown": kept.shown, "others": kept.others })
        }
    };
    map.iter().map(|(key, kept)| (key.clone(), value(kept))).collect::<serde_json::Map<_, _>>().into()
}

fn material_json(row: &Material) -> Value {
    let mut line = json!(row);
    line["trust"] = json!(row.trust());
    line
}

/// What the course says besides the materials, which have a list of their own.
fn course_json(course: &Course) -> Value {
    let mut json = json!(course);
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|key, value| key != "materials" && !value.is_null());
    }
    json
}

fn verdict_json(verdict: &Verdict) -> Value {
    json!({
        "counted": *verdict == Verdict::Counted, "zh": verdict.text(Lang::Zh), "en": verdict.text(Lang::En),
    })
}

/// Parses a unit code given by a person.
pub(super) fn unit_code(text: &str) -> Result<UnitCode, Refusal> {
    UnitCode::parse(text).map_err(|_| Refusal::BadArgument {
        what: "unit",
        text: text.to_owned(),
        wanted_en: "a code has 6, 9 or 12 digits",
        wanted_zh: "机构代码应为 6、9 或 12 位数字",
    })
}

/// Parses a date given by a person.
pub(super) fn date(text: &str) -> Result<Date, Refusal> {
    text.parse().map_err(|_| Refusal::BadArgument {
        what: "date",
        text: text.to_owned(),
        wanted_en: "a date is written as 2026-01-31",
        wanted_zh: "日期应写作 2026-01-31",
    })
}
