//! A draft as it is: its elements in groups, what it lacks, what rules find, what stands against each other, and what can be
//! done to it next.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::guide::life::DraftStep;
use sanji_model::guide::{Element, Field, GuideState, NONE, StopKind};
use sanji_model::lang::Lang;
use sanji_model::refusal::Refusal as Rule;
use serde_json::Value;

use super::{APPROVERS, EDITORS};
use crate::command::Command;
use crate::http::answer::{list_of, named, plain, sentence};
use crate::http::gate::{Access, Visitor};
use crate::http::shell::{Link, Shell};
use crate::http::status::time;
use crate::http::{Face, page, tabs};
use crate::refusal::Refusal;

/// The elements as an editor goes through them.
const GROUPS: &[(&str, &[Element])] = &[
    (
        "gd-group-item",
        &[
            Element::Name,
            Element::Code,
            Element::Category,
            Element::ScopeOfApplication,
            Element::LegalBasis,
            Element::Publisher,
            Element::PublishedOn,
            Element::EffectiveOn,
            Element::AcceptingBody,
            Element::DecidingBody,
        ],
    ),
    (
        "gd-group-bring",
        &[Element::Conditions, Element::Materials, Element::Forms, Element::Samples, Element::CommonErrors],
    ),
    (
        "gd-group-course",
        &[
            Element::Channels,
            Element::PlaceAndHours,
            Element::Procedure,
            Element::TimeLimit,
            Element::Fees,
            Element::Delivery,
            Element::ProgressQuery,
        ],
    ),
    ("gd-group-help", &[Element::Consultation, Element::Faq, Element::Complaints, Element::Remedies]),
];

/// What belongs to a guide besides.
pub(super) const BESIDES: [Field; 4] = [Field::CaseType, Field::Tiers, Field::Visits, Field::CancelsOn];

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    shell: Shell,
    tabs: Vec<Link>,
    id: String,
    name: String,
    unit: String,
    state: String,
    /// What it was before its content changed; blank if nothing fell away.
    withdrawn: String,
    /// Blank, or that it is suspended or abolished.
    standing: String,
    groups: Vec<(String, Vec<Line>)>,
    besides: Vec<Line>,
    /// Key, what an import called it, and its text.
    remarks: Vec<[String; 3]>,
    aside: Aside,
    conflicts: Vec<Conflict>,
    acts: Vec<Act>,
    versions: Vec<Version>,
    edits: bool,
    steps: Vec<(&'static str, &'static str)>,
    /// Publishing asks for a day, returning for a reason.
    publishes: bool,
    returns: bool,
    stops: Vec<(&'static str, &'static str)>,
    done: String,
    fault: String,
}

/// One element, or what belongs to a guide besides.
struct Line {
    key: String,
    name: &'static str,
    text: String,
    missing: bool,
}

/// What stands beside every form of a draft: what it lacks, and what rules find.
pub(super) struct Aside {
    /// Elements that are filled in, of 26.
    pub whole: usize,
    pub missing: Vec<(&'static str, &'static str)>,
    pub findings: Vec<Finding>,
}

/// What a rule says, and of which element.
pub(super) struct Finding {
    pub key: String,
    pub class: &'static str,
    pub words: String,
}

struct Conflict {
    key: String,
    name: String,
    sides: Vec<Side>,
}

struct Side {
    choice: String,
    text: String,
    by: String,
    at: String,
}

struct Act {
    at: String,
    step: String,
    by: String,
    note: String,
    counted: bool,
    verdict: String,
}

struct Version {
    number: String,
    state: String,
    effective_on: String,
    published_at: String,
}

impl Aside {
    pub fn read(draft: &Value, lang: Lang) -> Aside {
        let missing =
            list_of(&draft["missing"]).iter().filter_map(|word| word.as_str()?.parse::<Element>().ok());
        let missing: Vec<_> = missing.map(|one| (one.word(), one.words().text(lang))).collect();
        let finding = |one: &Value| Finding {
            key: plain(&one["element"]),
            class: if one["severity"] == "error" { "bad" } else { "off" },
            words: sentence(one, lang),
        };
        Aside {
            whole: Element::ALL.len() - missing.len(),
            missing,
            findings: list_of(&draft["check"]).iter().map(finding).collect(),
        }
    }
}

pub(super) async fn show(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    shown(&face, &visitor, id, String::new()).await
}

/// The page, with why something that was asked for is not done.
pub(super) async fn shown(
    face: &Face,
    visitor: &Visitor,
    id: String,
    fault: String,
) -> Result<Response, Response> {
    let draft = read(face, visitor, id).await?;
    let (shell, lang) = (visitor.shell(), visitor.tongue.lang());
    let element = |element: &Element| {
        let text = plain(&draft["readable"][element.word()]);
        Line {
            key: element.word().to_owned(),
            name: element.words().text(lang),
            missing: list_of(&draft["missing"]).iter().any(|word| word == element.word()),
            text: if text == NONE { shell.t("gd-none") } else { text },
        }
    };
    let besides = BESIDES.iter().map(|field| Line {
        key: field.key(),
        name: field.words().text(lang),
        text: besides(field, &draft["guide"], lang),
        missing: false,
    });
    let remarks = draft["guide"]["remarks"].as_object().into_iter().flatten();
    let state: Option<GuideState> = draft["life"]["state"].as_str().and_then(|word| word.parse().ok());
    let state = state.unwrap_or(GuideState::Draft);
    let standing: Option<StopKind> = draft["standing"].as_str().and_then(|word| word.parse().ok());
    let is_over = standing == Some(StopKind::Abolish);
    let offered = |step: &DraftStep| !is_over && offers(*step, state, visitor);
    let plain_steps = [DraftStep::Sign, DraftStep::Submit, DraftStep::Approve];
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_published = !list_of(&draft["versions"]).is_empty();
    let stops = StopKind::ALL
        .iter()
        .filter(|kind| is_published && visitor.may(APPROVERS) && kind.is_possible(standing));
    let withdrawn = &draft["life"]["withdrawn"];
    let page = DraftPage {
        tabs: tabs::shown(tabs::GUIDES, visitor),
        id: plain(&draft["id"]),
        name: plain(&draft["name"]),
        unit: plain(&draft["scope"]).rsplit('/').next().unwrap_or_default().to_owned(),
        state: state.words().text(lang).to_owned(),
        withdrawn: if withdrawn.is_null() {
            String::new()
        } else {
            named(withdrawn, GuideState::words, lang)
        },
        standing: standing
            .and_then(StopKind::state)
            .map(|state| state.words().text(lang).to_owned())
            .unwrap_or_default(),
        groups: GROUPS
            .iter()
            .map(|(key, group)| (shell.t(key), group.iter().map(element).collect()))
            .collect(),
        besides: besides.collect(),
        remarks: remarks.map(|(key, text)| [format!("remark/{key}"), key.clone(), plain(text)]).collect(),
        aside: Aside::read(&draft, lang),
        conflicts: list_of(&draft["conflicts"]).iter().map(|one| conflict(one, &shell)).collect(),
        acts: list_of(&draft["life"]["acts"]).iter().rev().map(|one| act(one, lang)).collect(),
        versions: list_of(&draft["versions"]).iter().rev().map(|one| version(one, lang)).collect(),
        edits: visitor.may(EDITORS) && !is_over,
        steps: plain_steps
            .iter()
            .filter(|step| offered(step))
            .map(|step| (step.word(), step.words().text(lang)))
            .collect(),
        publishes: offered(&DraftStep::Publish),
        returns: offered(&DraftStep::Return),
        stops: stops.map(|kind| (kind.word(), kind.words().text(lang))).collect(),
        done: tabs::done(visitor),
        fault,
        shell,
    };
    Ok(page::show_as(status, &page))
}

/// The draft; a guide of which only versions are here has none to work on.
pub(super) async fn read(face: &Face, visitor: &Visitor, id: String) -> Result<Value, Response> {
    match page::attempt(face, visitor, Command::GuideDraft { id: id.clone() }).await? {
        Ok(draft) => Ok(draft),
        Err(Refusal::Rule(Rule::GuideNotFound(_))) => {
            Err(page::refused_page(visitor, StatusCode::NOT_FOUND, "gd-not-here"))
        }
        Err(refusal) => Err(page::refusal_page(visitor, &refusal)),
    }
}

/// Whether somebody may do a step to a draft in this state. Who has the roles for all that is missing may publish at once.
fn offers(step: DraftStep, state: GuideState, visitor: &Visitor) -> bool {
    let may = |step: DraftStep| visitor.may(Access::Roles(step.roles()));
    let way = [DraftStep::Sign, DraftStep::Submit, DraftStep::Approve];
    may(step) && (step.from().contains(&state) || (step == DraftStep::Publish && way.into_iter().all(may)))
}

fn besides(field: &Field, guide: &Value, lang: Lang) -> String {
    let value = &guide[field.key()];
    match field {
        Field::CaseType => match value {
            Value::Null => String::new(),
            value => named(value, sanji_model::case::CaseType::words, lang),
        },
        Field::Tiers => {
            let tiers =
                list_of(value).iter().map(|one| named(one, sanji_model::organisation::Tier::words, lang));
            tiers.collect::<Vec<_>>().join("、")
        }
        _ => plain(value),
    }
}

fn conflict(one: &Value, shell: &Shell) -> Conflict {
    let side = |side: &Value| {
        let text = plain(&side["text"]);
        Side {
            choice: plain(&side["choice"]),
            text: if text.is_empty() { shell.t("gd-removed") } else { text },
            by: [plain(&side["unit"]), plain(&side["user"])].join(" ").trim().to_owned(),
            at: time(&side["at"]),
        }
    };
    Conflict {
        key: plain(&one["element"]),
        name: sentence(one, shell.tongue.lang()),
        sides: list_of(&one["sides"]).iter().map(side).collect(),
    }
}

fn act(one: &Value, lang: Lang) -> Act {
    let by = &one["by"];
    let note = plain(&one["note"]);
    // Of an edit the note is the keys of what was edited.
    let keys = note.split(", ").map(|key| match Field::parse(key) {
        Ok(field) if one["step"] == DraftStep::Edit.word() => field.words().text(lang).to_owned(),
        _ => key.to_owned(),
    });
    Act {
        at: time(&one["at"]),
        step: named(&one["step"], DraftStep::words, lang),
        by: [plain(&by["unit"]), plain(&by["user"])].join(" ").trim().to_owned(),
        note: keys.collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " }),
        counted: one["verdict"]["counted"] == true,
        verdict: sentence(&one["verdict"], lang),
    }
}

fn version(one: &Value, lang: Lang) -> Version {
    Version {
        number: plain(&one["version"]),
        state: named(&one["state"], GuideState::words, lang),
        effective_on: plain(&one["effective_on"]),
        published_at: time(&one["published_at"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_stands_in_one_group() {
        let mut all: Vec<Element> = GROUPS.iter().flat_map(|(_, group)| group.iter().copied()).collect();
        all.sort();
        assert_eq!(all, Element::ALL);
    }
}
