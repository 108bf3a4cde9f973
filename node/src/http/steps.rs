//! Steps that somebody can do now, as forms: what the table of a step's rule says that it must bring becomes its fields.
//!
//! Pure. Whether a step is really possible the machine decides.

use std::collections::BTreeMap;

use sanji_model::case::{CardStanding, Known, Role};
use sanji_model::desk::{Flow, Named, Need, Terms, Vocabulary as _, Whose};
use sanji_model::lang::{Lang, Words};
use sanji_model::organisation::Tier;
use sanji_sync::UnitCode;

use super::form::{Faults, Fields};
use super::gate::Visitor;
use super::once::AGAIN;
use super::organisation::{Choice, Units};
use super::shell::Shell;

/// A step that can be done: its word, its name and what it must bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub action: &'static str,
    pub words: Words,
    pub needs: &'static [Need],
}

/// What steps may bring besides.
const BESIDES: &[(&str, &[Need])] = &[
    ("hand_on", &[Need::Text("to")]),
    ("call_back", &[Need::Text("text")]),
    ("rate", &[Need::Text("text")]),
];

/// A step as a form.
pub(super) struct Step {
    pub action: &'static str,
    pub label: String,
    pub fields: Vec<Field>,
    /// It was tried and has to be mended.
    pub is_open: bool,
    /// Why the machine refused it.
    pub fault: String,
}

/// A field of a step.
pub(super) struct Field {
    pub key: &'static str,
    pub label: String,
    pub kind: Kind,
    pub value: String,
    pub choices: Vec<Choice>,
    pub is_required: bool,
    pub fault: String,
}

/// How a field is filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Words,
    Line,
    Days,
    /// One of a few, all seen.
    Radio,
    Select,
}

/// What somebody tried and was not given.
pub(super) struct Tried {
    pub offer: Offer,
    pub fields: Fields,
    pub faults: Faults,
}

/// The steps of a flow that are possible in a state, for the roles of whoever asks and at their unit.
pub(super) fn offered<F: Flow>(
    state: F::State,
    is_disputed: bool,
    holder: &str,
    visitor: &Visitor,
) -> Vec<Offer> {
    let roles: &[Role] = visitor.person.as_ref().map_or(&[], |person| &person.roles);
    let here = |whose: Whose| match whose {
        Whose::Anybody => true,
        Whose::Holder => holder == visitor.place.unit,
        Whose::County => visitor.place.tier == Tier::County.word(),
    };
    let rules = F::rules().iter().filter(|rule| {
        // Cards have a page of their own.
        CardStanding::after(rule.action.word()).is_none()
            && (rule.action != F::SETTLE || is_disputed)
            && rule.is_possible(Some(state))
            && here(rule.whose)
            && rule.roles.iter().any(|role| roles.contains(role))
    });
    rules
        .map(|rule| Offer { action: rule.action.word(), words: rule.action.words(), needs: rule.needs })
        .collect()
}

/// The step of a flow that a form names.
pub(super) fn named<F: Flow>(action: &str) -> Option<Offer> {
    let rule = F::rules().iter().find(|rule| rule.action.word() == action)?;
    Some(Offer { action: rule.action.word(), words: rule.action.words(), needs: rule.needs })
}

impl Offer {
    fn besides(&self) -> &'static [Need] {
        BESIDES.iter().find(|(action, _)| *action == self.action).map_or(&[], |(_, needs)| needs)
    }

    /// What a form brings of what the step asks for.
    pub(super) fn given(&self, fields: &Fields) -> BTreeMap<String, String> {
        let keys = self.needs.iter().chain(self.besides()).map(|need| need.key());
        keys.filter_map(|key| Some((key.to_owned(), fields.some(key)?))).collect()
    }

    /// What is missing or is none of what can be chosen, by field.
    pub(super) fn faults(&self, given: &BTreeMap<String, String>, shell: &Shell) -> Faults {
        let named = Named { code: "", action: self.words };
        let mut faults = Faults::default();
        for need in self.needs {
            if need.check(given, named, &Terms::default()).is_err() {
                let wanted = match need {
                    Need::Text(_) => shell.t("step-want-words"),
                    Need::Unit(_) | Need::YesNo(_) | Need::Level(_) => shell.t("step-want-choice"),
                    Need::Days(_) => shell.put("step-want-days", "max", Terms::default().extension_days_max),
                };
                faults.add(need.key(), wanted);
            }
        }
        faults
    }
}

/// The forms of what is offered; what was tried comes back as it was filled in, also when somebody else acted first and it
/// is not offered any more.
pub(super) fn forms(offers: &[Offer], tried: Option<&Tried>, units: &[Choice], shell: &Shell) -> Vec<Step> {
    let is_offered = |action| offers.iter().any(|offer| offer.action == action);
    let came_back = tried.map(|tried| &tried.offer).filter(|offer| !is_offered(offer.action));
    let form = |offer: &Offer| {
        let tried = tried.filter(|tried| tried.offer.action == offer.action);
        let required = offer.needs.iter().map(|need| (need, true));
        let fields = required.chain(offer.besides().iter().map(|need| (need, false)));
        Step {
            action: offer.action,
            label: offer.words.text(shell.tongue.lang()).to_owned(),
            fields: fields.map(|(need, must)| field(*need, must, tried, units, shell)).collect(),
            is_open: tried.is_some() || offers.len() == 1,
            fault: tried.map(|tried| tried.faults.at("").to_owned()).unwrap_or_default(),
        }
    };
    offers.iter().chain(came_back).map(form).collect()
}

fn field(need: Need, is_required: bool, tried: Option<&Tried>, units: &[Choice], shell: &Shell) -> Field {
    let key = need.key();
    let value = tried.map(|tried| tried.fields.get(key).to_owned()).unwrap_or_default();
    let one =
        |option: &str, words: String| Choice { value: option.to_owned(), words, is_chosen: value == option };
    let (kind, choices) = match need {
        Need::Text("to") => (Kind::Line, Vec::new()),
        Need::Text(_) => (Kind::Words, Vec::new()),
        Need::Days(_) => (Kind::Days, Vec::new()),
        Need::Unit(_) => {
            let chosen = |unit: &Choice| Choice { is_chosen: unit.value == value, ..unit.clone() };
            (Kind::Select, units.iter().map(chosen).collect())
        }
        Need::YesNo(_) => (Kind::Radio, vec![one("yes", shell.t("yes")), one("no", shell.t("no"))]),
        Need::Level(_) => {
            let levels = ["1", "2", "3", "4", "5"];
            (Kind::Radio, levels.map(|level| one(level, shell.t(&["level-", level].concat()))).into())
        }
    };
    Field {
        key,
        label: label(key, shell),
        kind,
        value,
        choices,
        is_required,
        fault: tried.map(|tried| tried.faults.at(key).to_owned()).unwrap_or_default(),
    }
}

/// What was just done, in words, or that the form came before; `name` says what a step is called.
pub(super) fn done(visitor: &Visitor, name: impl Fn(&str, Lang) -> Option<String>) -> Option<String> {
    let shell = visitor.shell();
    match visitor.done.as_deref()? {
        AGAIN => Some(shell.t("form-again")),
        deed => Some(shell.put("step-done", "step", name(deed, shell.tongue.lang())?)),
    }
}

/// What a step of a case is called.
pub(super) fn of_case(deed: &str, lang: Lang) -> Option<String> {
    Some(deed.parse::<Known>().ok()?.words().text(lang).to_owned())
}

/// Lets whoever settles choose among the sides of the disputes.
pub(super) fn among_sides(steps: &mut [Step], sides: &[Choice]) {
    for step in steps.iter_mut().filter(|step| step.action == "settle") {
        for field in &mut step.fields {
            let chosen = |side: &Choice| Choice { is_chosen: side.value == field.value, ..side.clone() };
            field.choices = sides.iter().map(chosen).collect();
            field.kind = Kind::Radio;
        }
    }
}

/// What a field of a step is called; one of a newer version by its key.
pub(super) fn label(key: &str, shell: &Shell) -> String {
    const KNOWN: &[&str] = &[
        "reason",
        "where",
        "unit",
        "days",
        "text",
        "satisfied",
        "level",
        "to",
        "found",
        "counts",
        "stands",
        "card",
    ];
    match KNOWN.contains(&key) {
        true => shell.t(&["step-field-", key].concat()),
        false => key.to_owned(),
    }
}

/// A field of an event in words.
pub(super) fn said(key: &str, value: &str, units: &Units, shell: &Shell) -> String {
    match (key, value) {
        ("unit", code) => unit_words(code, units),
        ("satisfied" | "counts", "yes") => shell.t("yes"),
        ("satisfied" | "counts", "no") => shell.t("no"),
        ("level", "1" | "2" | "3" | "4" | "5") => shell.t(&["level-", value].concat()),
        _ => value.to_owned(),
    }
}

/// What a unit is called.
pub(super) fn unit_words(code: &str, units: &Units) -> String {
    UnitCode::parse(code).map_or_else(|_| code.to_owned(), |code| units.name(&code))
}

#[cfg(test)]
mod tests {
    use sanji_model::complaint::{Course, State};

    use super::super::gate::Visitor;
    use super::super::words::Tongue;
    use super::*;

    fn visitor(roles: &[Role], unit: &str, tier: &str) -> Visitor {
        let person = serde_json::json!({ "id": "li", "name": "李", "roles": roles });
        let place = super::super::gate::Place { unit: unit.into(), tier: tier.into(), ..Default::default() };
        let uri = "/complaints".parse().unwrap();
        Visitor::new(serde_json::from_value(person).ok(), Tongue::Zh, place, uri)
    }

    fn words(state: State, holder: &str, visitor: &Visitor) -> Vec<&'static str> {
        offered::<Course>(state, false, holder, visitor).iter().map(|offer| offer.action).collect()
    }

    #[test]
    fn steps_are_offered_by_state_role_and_unit() {
        let county = visitor(&[Role::ComplaintsOfficer], "640202", "county");
        assert_eq!(words(State::Registered, "640202", &county), ["accept", "refuse", "urge", "note"]);
        assert_eq!(words(State::Returned, "640202", &county), ["dispatch", "assign", "urge", "note"]);
        let town = visitor(&[Role::Clerk], "640202001", "town");
        assert_eq!(words(State::Dispatched, "640202001", &town), ["sign", "return", "note"]);
        assert_eq!(words(State::Dispatched, "640202002", &town), ["note"]);
        let caller = visitor(&[Role::Caller], "640202", "county");
        assert_eq!(words(State::Closed, "640202", &caller), ["call_back", "rate", "note"]);
    }

    #[test]
    fn what_is_missing_is_said_at_its_field_and_what_was_typed_comes_back() {
        let county = visitor(&[Role::ComplaintsOfficer], "640202", "county");
        let shell = county.shell();
        let refuse = named::<Course>("refuse").unwrap();
        let fields = Fields::read("reason=无关&other=1".as_bytes());
        let given = refuse.given(&fields);
        assert_eq!(given.len(), 1, "what it does not ask for stays away");
        let faults = refuse.faults(&given, &shell);
        assert!(faults.at("reason").is_empty() && !faults.at("where").is_empty());
        let tried = Tried { offer: refuse, fields, faults };
        // Also when somebody else was quicker and there is nothing to refuse any more.
        for state in [State::Registered, State::Accepted] {
            let offers = offered::<Course>(state, false, "640202", &county);
            let forms = forms(&offers, Some(&tried), &[], &shell);
            let open: Vec<&Step> = forms.iter().filter(|step| step.is_open).collect();
            assert_eq!((open.len(), open[0].action), (1, "refuse"));
            assert_eq!(open[0].fields[0].value, "无关");
            assert!(!open[0].fields[1].fault.is_empty());
        }
    }
}
