//! One complaint or enquiry: what it is about, where it stands, its clocks and course, and the steps that can be done now.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::Role;
use sanji_model::desk::{ClockKind, Level, RowOf, Vocabulary as _, Word, mask_phone, unknown_action};
use sanji_model::identity::mask_name;
use sanji_model::lang::{Lang, Say as _};
use sanji_sync::Time;
use serde::Deserialize as _;
use serde_json::Value;

use super::super::answer::plain;
use super::super::form::{Faults, Posted};
use super::super::gate::{Access, Visitor};
use super::super::organisation::{Choice, Units};
use super::super::shell::{Shell, moment};
use super::super::steps::{self, Kind, Step, Tried};
use super::super::{Face, once, page, roles};
use super::{Desk, level_class};
use crate::command::Command;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "desk-show.html")]
struct ShowPage {
    shell: Shell,
    name: &'static str,
    number: String,
    post_to: String,
    kind: &'static str,
    state: &'static str,
    unit: String,
    holder: String,
    from: From,
    text: String,
    case: Option<String>,
    may_see_case: bool,
    registered: String,
    figures: Vec<(String, String)>,
    disputes: usize,
    clocks: Vec<Clock>,
    events: Vec<Line>,
    steps: Vec<Step>,
    /// The step that was just done, in words.
    done: Option<String>,
}

/// Who it is from.
struct From {
    name: String,
    phone: String,
    is_revealed: bool,
}

struct Clock {
    what: &'static str,
    since: String,
    due: String,
    how: String,
    class: &'static str,
}

struct Line {
    at: String,
    action: String,
    unit: String,
    by: String,
    with: Vec<(String, String)>,
    verdict: String,
    counted: bool,
}

pub(super) async fn show<D: Desk>(
    State(face): State<Face>,
    visitor: Visitor,
    Path(number): Path<String>,
) -> Response {
    shown::<D>(&face, &visitor, number, None, None).await
}

pub(super) async fn act<D: Desk>(
    State(face): State<Face>,
    visitor: Visitor,
    Path(number): Path<String>,
    Posted(fields): Posted,
) -> Response {
    let (shell, action) = (visitor.shell(), fields.get("action").to_owned());
    let Some(offer) = steps::named::<D>(&action) else {
        return page::refusal_page(&visitor, &Refusal::Rule(unknown_action::<D>(&action).into()));
    };
    let given = offer.given(&fields);
    let faults = offer.faults(&given, &shell);
    if !faults.is_empty() {
        return shown::<D>(&face, &visitor, number, None, Some(Tried { offer, fields, faults })).await;
    }
    let act = D::act(number.clone(), action.clone(), given, visitor.user());
    match once::attempt(&face, &visitor, &fields, act).await {
        Err(response) => response,
        Ok(Err(refusal)) => {
            let faults = Faults::one("", refusal.text(shell.tongue.lang()));
            shown::<D>(&face, &visitor, number, None, Some(Tried { offer, fields, faults })).await
        }
        Ok(Ok(said)) => {
            let to = D::path(&format!("/{}", plain(&said.answer["number"])));
            page::done(&face, &visitor, &to, said.deed(&action))
        }
    }
}

/// Names the person on this one answer; the machine has written down who asked.
pub(super) async fn reveal<D: Desk>(
    State(face): State<Face>,
    visitor: Visitor,
    Path(number): Path<String>,
    _: Posted,
) -> Response {
    let command = Command::MatterReveal { number: number.clone(), user: visitor.user() };
    match page::ask(&face, &visitor, command).await {
        Ok(from) => shown::<D>(&face, &visitor, number, Some(from), None).await,
        Err(response) => response,
    }
}

async fn shown<D: Desk>(
    face: &Face,
    visitor: &Visitor,
    number: String,
    revealed: Option<Value>,
    tried: Option<Tried>,
) -> Response {
    let status = if tried.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match read::<D>(face, visitor, number, revealed, tried).await {
        Ok(shown) => page::show_as(status, &shown),
        Err(response) => response,
    }
}

async fn read<D: Desk>(
    face: &Face,
    visitor: &Visitor,
    number: String,
    revealed: Option<Value>,
    tried: Option<Tried>,
) -> Result<ShowPage, Response> {
    let answer = page::ask(face, visitor, D::show(number)).await?;
    let units = Units::ask(face, visitor).await?;
    let row = RowOf::<D>::deserialize(&answer);
    let row = row.map_err(|_| page::refused_page(visitor, StatusCode::UNPROCESSABLE_ENTITY, "unreadable"))?;
    let shell = visitor.shell();
    let lang = shell.tongue.lang();
    let is_disputed = !list(&answer["disputes"]).is_empty();
    let offers = steps::offered::<D>(row.state, is_disputed, row.holder.as_str(), visitor);
    let mut forms = steps::forms(&offers, tried.as_ref(), &units.above(row.unit), &shell);
    steps::among_sides(&mut forms, &sides::<D>(&answer, lang));
    Ok(ShowPage {
        name: D::NAME,
        post_to: D::path(&format!("/{}", row.number)),
        kind: row.kind.words().text(lang),
        state: row.state.words().text(lang),
        unit: units.name(&row.unit),
        holder: units.name(&row.holder),
        from: from(&row, revealed, &shell),
        text: answer["text"].as_str().unwrap_or_default().to_owned(),
        case: row.case.map(|case| case.to_string()),
        may_see_case: visitor.may(Access::Roles(roles::CASES)),
        registered: row.registered_at.map(moment).unwrap_or_default(),
        figures: D::told(&row.figures, &shell),
        disputes: answer["disputes"].as_array().map_or(0, Vec::len),
        clocks: list(&answer["clocks"]).iter().map(|one| clock(one, &shell)).collect(),
        events: list(&answer["events"]).iter().map(|one| event::<D>(one, &units, &shell)).collect(),
        steps: forms,
        done: steps::done(visitor, |deed, lang| Some(Word::<D::Known>::parse(deed).text(lang).to_owned())),
        number: row.number.to_string(),
        shell,
    })
}

/// The events that stand against each other, to choose from.
fn sides<D: Desk>(answer: &Value, lang: Lang) -> Vec<Choice> {
    let disputes = list(&answer["disputes"]).iter();
    let ids = disputes.flat_map(|dispute| [&dispute["stands"], &dispute["other"]]);
    let event = |id: &Value| list(&answer["events"]).iter().find(|event| event["id"] == *id);
    let side = |id: &Value| {
        let event = event(id)?;
        let action = Word::<D::Known>::parse(event["action"].as_str()?);
        let (unit, at) = (event["by"]["unit"].as_str()?, at(&event["at"]));
        let words = format!("{} {unit} {at}", action.text(lang));
        Some(Choice { value: id.as_str()?.to_owned(), words, is_chosen: false })
    };
    ids.filter_map(side).collect()
}

fn from<S, T>(row: &sanji_model::desk::Row<S, T>, revealed: Option<Value>, shell: &Shell) -> From {
    let is_revealed = revealed.is_some();
    let (name, phone) = match revealed {
        Some(from) => {
            let text = |key: &str| from[key].as_str().unwrap_or_default().to_owned();
            (text("name"), text("phone"))
        }
        None => (mask_name(&row.name), mask_phone(&row.phone)),
    };
    From {
        name: if name.is_empty() { shell.t("desk-anonymous") } else { name },
        phone: if phone.is_empty() { "–".to_owned() } else { phone },
        is_revealed: is_revealed || (row.name.is_empty() && row.phone.is_empty()),
    }
}

fn clock(json: &Value, shell: &Shell) -> Clock {
    let lang = shell.tongue.lang();
    let word = |key: &str| json[key].as_str().unwrap_or_default();
    let level: Option<Level> = word("level").parse().ok();
    let how = match json["kept"].as_bool() {
        Some(true) => (shell.t("clock-kept"), "good"),
        Some(false) => (shell.t("clock-late"), "bad"),
        None => {
            let words = level.map_or("", |level| level.words().text(lang));
            (words.to_owned(), level.map_or("", level_class))
        }
    };
    let due = word("due").to_owned();
    Clock {
        what: word("clock").parse::<ClockKind>().map_or("", |kind| kind.words().text(lang)),
        since: at(&json["since"]),
        due: if json["provisional"] == true { shell.put("due-provisional", "day", due) } else { due },
        how: how.0,
        class: how.1,
    }
}

fn event<D: Desk>(json: &Value, units: &Units, shell: &Shell) -> Line {
    let lang = shell.tongue.lang();
    let by = &json["by"];
    let role = by["role"].as_str().and_then(|word| word.parse::<Role>().ok());
    let role = role.map_or("", |role| role.words().text(lang));
    let user = by["user"].as_str().unwrap_or_default();
    let verdict = match lang {
        Lang::Zh => &json["verdict"]["zh"],
        Lang::En => &json["verdict"]["en"],
    };
    let fields = json["fields"].as_object().into_iter().flatten();
    let with = fields.map(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        (steps::label(key, shell), steps::said(key, value, units, shell))
    });
    Line {
        at: at(&json["at"]),
        action: Word::<D::Known>::parse(json["action"].as_str().unwrap_or_default()).text(lang).to_owned(),
        unit: steps::unit_words(by["unit"].as_str().unwrap_or_default(), units),
        by: [role, user].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        with: with.collect(),
        verdict: verdict.as_str().unwrap_or_default().to_owned(),
        counted: json["verdict"]["counted"] == true,
    }
}

fn at(value: &Value) -> String {
    value.as_u64().map(|at| moment(Time(at))).unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
