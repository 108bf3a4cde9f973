//! A case as its page shows it, made from the answer to `CaseShow`: the person is masked, unless somebody asked to see them.
//!
//! Knows no template and no handler.

use std::collections::{BTreeMap, BTreeSet};

use sanji_model::case::{
    APPLICANT_PREFIX, Asked, CardRule, CardStanding, CaseType, ClockKind, Flag, Footing, Known, Level,
    MATERIALS, PaperKind, Role, Source, State, Trust,
};
use sanji_model::identity::{IdKind, mask_name, mask_number};
use sanji_model::lang::Lang;
use sanji_model::list::ListKind;
use sanji_sync::Time;
use serde::Deserialize;
use serde_json::Value;

use super::course::{Happened, Names, disputes, events, field_name, happened, side};
use super::fields;
use super::line::{Due, today};
use super::materials;
use super::sent::Stock;
use crate::http::answer::{list_of, named, number, plain};
use crate::http::shell::{Shell, moment};
use crate::paper;

pub(super) struct View {
    pub number: String,
    pub state: String,
    pub guide: String,
    pub guide_document: String,
    pub version: u64,
    pub case_type: String,
    pub custody: String,
    /// The unit that is to take it over; blank for none.
    pub handed_to: String,
    pub unit: String,
    pub lists: Vec<String>,
    pub flags: Vec<String>,
    pub footing: String,
    /// What was printed for the applicant.
    pub printed: String,
    pub clocks: Vec<Clock>,
    pub check: Option<Check>,
    pub person: Person,
    pub materials: Vec<Material>,
    pub missing: Vec<String>,
    pub told: Vec<(String, String)>,
    pub events: Vec<Happened>,
    pub disputes: Vec<(String, String)>,
    pub twins: Vec<String>,
    pub parts: Vec<(String, String)>,
    pub parent: String,
    pub origin: String,
    pub went_on_as: String,
    pub cards: Vec<Card>,
    pub saved: Vec<Saved>,
    pub papers: Vec<Paper>,
    pub unreadable: u64,
}

pub(super) struct Clock {
    pub name: String,
    pub due: Due,
    pub provisional: bool,
    pub paused: bool,
}

/// The task of a case whose guide held no more.
pub(super) struct Check {
    pub why: String,
    pub open: bool,
    pub found: String,
}

pub(super) struct Person {
    pub name: String,
    pub number: String,
    pub kind: String,
    /// Key and value.
    pub contact: Vec<(String, String)>,
    pub masked: bool,
}

pub(super) struct Material {
    pub name: String,
    /// Key of what the guide says of it.
    pub need: &'static str,
    /// Blank for what is not here.
    pub source: String,
    pub sheets: String,
    pub checked: bool,
    pub trust: String,
    pub is_missing: bool,
}

pub(super) struct Card {
    pub rule: String,
    pub level: String,
    pub class: &'static str,
    pub on: String,
    pub standing: String,
}

/// Where it is saved.
pub(super) struct Saved {
    pub name: String,
    pub is_there: bool,
    pub since: String,
    pub on_the_way: u64,
}

pub(super) struct Paper {
    pub event: String,
    pub name: &'static str,
    pub made_on: String,
    pub prints: u32,
}

impl View {
    /// `revealed` is the answer to `CaseReveal`.
    pub fn read(case: &Value, revealed: Option<&Value>, shell: &Shell) -> View {
        let lang = shell.tongue.lang();
        let names = Names(&case["names"]);
        let course = &case["course"];
        let asked = Vec::<Asked>::deserialize(&case["asked"]).unwrap_or_default();
        let (materials, missing) = materials_of(case, &asked, lang);
        let events = events(case);
        View {
            number: plain(&case["number"]),
            state: named(&case["state"], State::words, lang),
            guide: plain(&case["guide_name"]),
            guide_document: plain(&case["guide_document"]),
            version: number(&case["guide_version"]),
            case_type: named(&case["case_type"], CaseType::words, lang),
            custody: names.unit(&plain(&case["custody"])),
            handed_to: names.unit(&plain(&case["handed_to"])),
            unit: names.unit(&plain(&case["unit"])),
            lists: list_of(&case["lists"]).iter().map(|kind| named(kind, ListKind::words, lang)).collect(),
            flags: list_of(&case["flags"]).iter().map(|flag| named(flag, Flag::words, lang)).collect(),
            footing: named(&course["acceptance"]["footing"], Footing::words, lang),
            printed: plain(&course["acceptance"]["printed"]),
            clocks: clocks(case, lang),
            check: check(case, lang),
            person: person(case, revealed, lang),
            materials,
            missing,
            told: told_of_case(case, revealed.is_none(), shell),
            disputes: disputes(case, &events, &names, lang),
            events: events.iter().map(|(event, json)| happened(event, json, &names, shell)).collect(),
            twins: list_of(&case["duplicates"]).iter().map(|twin| plain(&twin["number"])).collect(),
            parts: list_of(&case["parts"])
                .iter()
                .map(|part| (plain(&part["number"]), named(&part["state"], State::words, lang)))
                .collect(),
            parent: plain(&case["parent"]),
            origin: plain(&case["origin"]),
            went_on_as: plain(&course["forwarded_as"]),
            cards: list_of(&case["cards"]).iter().map(|card| card_of(card, lang)).collect(),
            saved: list_of(&case["delivery"]).iter().map(saved).collect(),
            papers: papers(case, lang),
            unreadable: number(&case["unreadable"]),
        }
    }
}

/// What the forms of a case choose from, but the units.
pub(super) fn stock(case: &Value, lang: Lang) -> Stock {
    let asked = Vec::<Asked>::deserialize(&case["asked"]).unwrap_or_default();
    let notice = list_of(&case["course"]["corrections"]).last();
    let wanted = notice.filter(|notice| notice["answered_at"].is_null());
    let papers: BTreeSet<PaperKind> = paper::list(case).into_iter().map(|entry| entry.kind).collect();
    let events = events(case);
    let names = Names(&case["names"]);
    let sides =
        list_of(&case["disputes"]).iter().flat_map(|one| [plain(&one["stands"]), plain(&one["other"])]);
    Stock {
        asked: asked.iter().map(|one| one.name.clone()).collect(),
        wanted: wanted
            .map(|notice| list_of(&notice["items"]).iter().map(plain).collect())
            .unwrap_or_default(),
        papers: papers.into_iter().map(|kind| kind.words().zh.to_owned()).collect(),
        halls: Vec::new(),
        receivers: Vec::new(),
        sides: sides.map(|id| (id.clone(), side(&id, &events, &names, lang))).collect(),
        rows: materials::blank(&asked, &given(case)),
    }
}

/// What this node's people may do, each action with its roles.
pub(super) fn offers(case: &Value) -> Vec<(Known, Vec<Role>)> {
    let offer = |offer: &Value| {
        let action = offer["action"].as_str()?.parse().ok()?;
        Some((action, Vec::<Role>::deserialize(&offer["roles"]).ok()?))
    };
    list_of(&case["offers"]).iter().filter_map(offer).collect()
}

fn given(case: &Value) -> BTreeSet<String> {
    let here = list_of(&case["materials"]).iter().filter(|row| row["source"] != Source::Later.word());
    here.map(|row| plain(&row["name"])).collect()
}

fn materials_of(case: &Value, asked: &[Asked], lang: Lang) -> (Vec<Material>, Vec<String>) {
    let mut rows: BTreeMap<String, &Value> =
        list_of(&case["materials"]).iter().map(|row| (plain(&row["name"]), row)).collect();
    let mut shown = Vec::new();
    for one in asked {
        let need = match (one.conditional, one.secondary, one.later) {
            (true, ..) => "case-need-conditional",
            (_, _, true) => "case-need-later",
            (_, true, _) => "case-need-secondary",
            (false, false, false) => "case-need-required",
        };
        shown.push(material(&one.name, need, rows.remove(&one.name), lang));
    }
    shown.extend(rows.into_iter().map(|(name, row)| material(&name, "case-need-other", Some(row), lang)));
    let is_lacking = |row: &&Material| row.is_missing && row.need != "case-need-conditional";
    let missing = shown.iter().filter(is_lacking).map(|row| row.name.clone()).collect();
    (shown, missing)
}

fn material(name: &str, need: &'static str, row: Option<&Value>, lang: Lang) -> Material {
    let is_here = row.is_some_and(|row| row["source"] != Source::Later.word());
    Material {
        name: name.to_owned(),
        need,
        source: row.map(|row| named(&row["source"], Source::words, lang)).unwrap_or_default(),
        sheets: row.map(|row| format!("{} + {}", row["originals"], row["copies"])).unwrap_or_default(),
        checked: row.is_some_and(|row| row["checked"] == true),
        trust: row.map(|row| named(&row["trust"], Trust::words, lang)).unwrap_or_default(),
        is_missing: !is_here,
    }
}

fn clocks(case: &Value, lang: Lang) -> Vec<Clock> {
    let today = today();
    let clock = |clock: &Value| {
        Some(Clock {
            name: named(&clock["clock"], ClockKind::words, lang),
            due: Due::read(&clock["date"], today)?,
            provisional: clock["provisional"] == true,
            paused: clock["paused"] == true,
        })
    };
    list_of(&case["clocks"]).iter().filter_map(clock).collect()
}

fn check(case: &Value, lang: Lang) -> Option<Check> {
    let check = &case["check"];
    let why = match lang {
        Lang::Zh => check["zh"].as_str()?,
        Lang::En => check["en"].as_str()?,
    };
    Some(Check { why: why.to_owned(), open: check["state"] == "open", found: plain(&check["found"]) })
}

fn person(case: &Value, revealed: Option<&Value>, lang: Lang) -> Person {
    let kind = case["id_kind"].as_str().and_then(|word| word.parse::<IdKind>().ok());
    let is_person = kind != Some(IdKind::Uscc);
    let (name, number) = (plain(&case["applicant"]), plain(&case["id_number"]));
    let masked = revealed.is_none();
    let contact = case["contact"].as_object().into_iter().flatten();
    let shown = |(key, kept): (&String, &Value)| {
        let values = kept_values(kept).join(" / ");
        (fields::label(&format!("{APPLICANT_PREFIX}{key}")), if masked { hidden(&values) } else { values })
    };
    Person {
        name: if masked && is_person { mask_name(&name) } else { name },
        number: if masked && is_person { mask_number(&number) } else { number },
        kind: named(&case["id_kind"], IdKind::words, lang),
        contact: contact.map(shown).collect(),
        masked,
    }
}

/// A field with all its values where it was edited in two places.
fn kept_values(kept: &Value) -> Vec<String> {
    match kept {
        Value::String(text) => vec![text.clone()],
        _ => {
            std::iter::once(plain(&kept["shown"])).chain(list_of(&kept["others"]).iter().map(plain)).collect()
        }
    }
}

/// The end of a telephone number, and of anything else nothing.
fn hidden(value: &str) -> String {
    let is_phone = value.len() > 7 && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let stars = |n: usize| "*".repeat(n);
    if is_phone { format!("{}{}", stars(value.len() - 4), &value[value.len() - 4..]) } else { stars(4) }
}

/// Further answers of the registration. What they say may name people.
fn told_of_case(case: &Value, masked: bool, shell: &Shell) -> Vec<(String, String)> {
    let fields = case["fields"].as_object().into_iter().flatten().filter(|(key, _)| *key != MATERIALS);
    let shown = |(key, kept): (&String, &Value)| {
        let values = kept_values(kept).join(" / ");
        (field_name(key, shell), if masked { hidden(&values) } else { values })
    };
    fields.map(shown).collect()
}

fn card_of(card: &Value, lang: Lang) -> Card {
    let level = card["level"].as_str().and_then(|word| word.parse::<Level>().ok());
    Card {
        rule: named(&card["rule"], CardRule::words, lang),
        level: named(&card["level"], Level::words, lang),
        class: if level == Some(Level::Red) { "bad" } else { "off" },
        on: plain(&card["on"]),
        standing: named(&card["standing"], CardStanding::words, lang),
    }
}

fn saved(place: &Value) -> Saved {
    Saved {
        name: place["name"].as_str().or(place["unit"].as_str()).unwrap_or_default().to_owned(),
        is_there: place["delivered"] == true,
        since: place["since"].as_u64().map(|ms| moment(Time(ms))).unwrap_or_default(),
        on_the_way: number(&place["on_the_way"]),
    }
}

fn papers(case: &Value, lang: Lang) -> Vec<Paper> {
    let entry = |entry: paper::Entry| Paper {
        event: entry.event.to_string(),
        name: entry.kind.words().text(lang),
        made_on: entry.made_on.to_string(),
        prints: entry.prints,
    };
    paper::list(case).into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_keep_their_end_and_addresses_nothing() {
        assert_eq!(hidden("13800001234"), "*******1234");
        assert_eq!(hidden("枣香村 1 组"), "****");
        assert_eq!(hidden("1234"), "****");
    }
}
