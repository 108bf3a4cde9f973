//! Cards (督办): what supervision raised, by level and unit, and what can be said of each.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::line::{Evidence, Outage};
use sanji_model::case::{Card, CardStanding, Known, Level, Role, Subject};
use sanji_model::lang::Say as _;
use serde::Deserialize;

use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::organisation::{Choice, Units};
use super::shell::{Shell, moment};
use super::{Face, filter, once, page, paging, roles, steps};
use crate::command::Command;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/cards", Access::Roles(roles::CARDS), cards),
        Route::post("/cards", Access::Roles(roles::CARDS), act),
    ]
}

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsPage {
    shell: Shell,
    faults: Faults,
    levels: Vec<Tab>,
    level: String,
    /// Blank for those who see their own unit only.
    units: Vec<Choice>,
    rows: Vec<Line>,
    next: Option<String>,
    /// The list again, after a deed.
    back: String,
    /// What was just done, in words.
    done: Option<String>,
}

/// A way to a part of the list, with how much is there.
pub(super) struct Tab {
    pub href: String,
    pub words: String,
    pub count: u64,
    pub is_current: bool,
}

struct Line {
    id: String,
    class: &'static str,
    level: &'static str,
    rule: &'static str,
    case: String,
    /// Where it is shown, for whoever may see it.
    href: Option<String>,
    /// What it is of: a case, a complaint, an enquiry.
    of: &'static str,
    unit: String,
    on: String,
    standing: &'static str,
    evidence: String,
    actions: Vec<(&'static str, &'static str)>,
    is_open: bool,
    reason: String,
    fault: String,
}

/// A card with what is known of the line on its day.
#[derive(Deserialize)]
struct Seen {
    #[serde(flatten)]
    card: Card,
    evidence: Evidence,
    outage: Option<Outage>,
}

/// What was tried on a card.
struct Tried {
    fields: Fields,
    fault: String,
}

async fn cards(State(face): State<Face>, visitor: Visitor) -> Response {
    let query = visitor.query();
    shown(&face, &visitor, &query, None).await
}

async fn act(State(face): State<Face>, visitor: Visitor, Posted(fields): Posted) -> Response {
    let (shell, back) = (visitor.shell(), Fields::read(fields.raw("back").as_bytes()));
    let action = fields.get("action").to_owned();
    let again = async |fault: String| {
        shown(&face, &visitor, &back, Some(Tried { fields: fields.clone(), fault })).await
    };
    if action != Known::ConfirmCard.word() && fields.get("reason").is_empty() {
        return again(shell.t("card-reason-missing")).await;
    }
    let said = ["card", "reason"].into_iter().filter_map(|key| Some((key.to_owned(), fields.some(key)?)));
    let said = said.collect::<BTreeMap<_, _>>();
    let (number, user) = (fields.get("case").to_owned(), visitor.user());
    let command = match fields.get("of") {
        "complaint" => Command::ComplaintAct { number, action: action.clone(), fields: said, user },
        "enquiry" => Command::EnquiryAct { number, action: action.clone(), fields: said, user },
        _ => Command::CaseAct { number, action: action.clone(), fields: said, user },
    };
    match once::attempt(&face, &visitor, &fields, command).await {
        Err(response) => response,
        Ok(Err(refusal)) => again(refusal.text(shell.tongue.lang())).await,
        Ok(Ok(said)) => {
            let filter = Some(back.encoded()).filter(|filter| !filter.is_empty());
            let to = filter.map_or("/cards".to_owned(), |filter| format!("/cards?{filter}"));
            page::done(&face, &visitor, &to, said.deed(&action))
        }
    }
}

async fn shown(face: &Face, visitor: &Visitor, query: &Fields, tried: Option<Tried>) -> Response {
    let is_wrong = tried.is_some();
    match read(face, visitor, query, tried).await {
        Ok(shown) if is_wrong => page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown),
        Ok(shown) => page::show_as(filter::status(&shown.faults), &shown),
        Err(response) => response,
    }
}

async fn read(
    face: &Face,
    visitor: &Visitor,
    query: &Fields,
    tried: Option<Tried>,
) -> Result<CardsPage, Response> {
    let unit = query.some("unit");
    if !may_see(visitor, unit.as_deref()) {
        return Err(page::refused_page(visitor, StatusCode::FORBIDDEN, "role-missing"));
    }
    let command = Command::Cards {
        unit: unit.clone(),
        level: query.some("level"),
        after: query.some("after"),
        limit: paging::ROWS,
    };
    let (mut faults, fields) = (Faults::default(), &[("word", "")]);
    let answer = filter::ask(face, visitor, command, fields, &mut faults).await?;
    let counts = filter::ask(face, visitor, Command::Counts { unit }, fields, &mut faults).await?;
    let units = Units::ask(face, visitor).await?;
    let shell = visitor.shell();
    let held: &[Role] = visitor.person.as_ref().map_or(&[], |person| &person.roles);
    let rows: Vec<Seen> = paging::rows(&answer);
    Ok(CardsPage {
        faults,
        levels: levels(query, &counts["cards"], &shell),
        level: query.get("level").to_owned(),
        units: if sees_all(visitor) {
            units.below(&visitor.place.unit, query.get("unit"))
        } else {
            Vec::new()
        },
        rows: rows.into_iter().map(|seen| line(seen, held, tried.as_ref(), &units, visitor)).collect(),
        next: paging::next_of("/cards", query, &answer),
        back: query.encoded(),
        done: steps::done(visitor, steps::of_case),
        shell,
    })
}

/// Who works on cases sees the cards of their own unit; those who answer for it choose among the units below.
fn sees_all(visitor: &Visitor) -> bool {
    visitor.may(Access::Roles(roles::HALL))
}

/// Whether somebody may ask for the cards of a unit, or of none in particular.
pub(super) fn may_see(visitor: &Visitor, unit: Option<&str>) -> bool {
    sees_all(visitor) || unit.is_none_or(|unit| unit == visitor.place.unit)
}

fn levels(query: &Fields, counts: &serde_json::Value, shell: &Shell) -> Vec<Tab> {
    let start = Fields::read(paging::with(query, "after", "").as_bytes());
    let of = |word: &str| counts[word].as_u64().unwrap_or(0);
    let tab = |word: &str, words: String, count: u64| Tab {
        href: format!("/cards?{}", paging::with(&start, "level", word)),
        words,
        count,
        is_current: query.get("level") == word,
    };
    let all = Level::ALL.iter().map(|level| of(level.word())).sum();
    let graves = Level::ALL.iter().rev();
    let levels = graves
        .map(|level| tab(level.word(), level.words().text(shell.tongue.lang()).to_owned(), of(level.word())));
    std::iter::once(tab("", shell.t("all"), all)).chain(levels).collect()
}

/// Where what a card is of is shown, and to whom.
fn place_of(subject: Subject) -> (&'static str, &'static str, Access) {
    match subject {
        Subject::Case => ("case", "/cases/", Access::Roles(roles::CASES)),
        Subject::Complaint => ("complaint", "/complaints/", Access::Roles(roles::COMPLAINTS)),
        Subject::Enquiry => ("enquiry", "/enquiries/", Access::Staff),
    }
}

fn line(seen: Seen, held: &[Role], tried: Option<&Tried>, units: &Units, visitor: &Visitor) -> Line {
    let (card, lang) = (seen.card, visitor.tongue.lang());
    let (of, path, access) = place_of(card.rule.subject());
    let tried = tried.filter(|tried| tried.fields.get("card") == card.id);
    let evidence = seen.evidence.words().text(lang);
    let evidence = match seen.outage {
        Some(outage) => format!("{evidence} {} – {}", moment(outage.from), moment(outage.to)),
        None => evidence.to_owned(),
    };
    let actions = possible(card.standing).iter().filter(|known| held.iter().any(|role| role.may(**known)));
    Line {
        class: match card.level {
            Level::Warning => "",
            Level::Yellow => "off",
            Level::Red => "bad",
        },
        level: card.level.words().text(lang),
        rule: card.rule.words().text(lang),
        case: card.case.to_string(),
        href: visitor.may(access).then(|| format!("{path}{}", card.case)),
        of,
        unit: units.name(&card.unit),
        on: card.on.to_string(),
        standing: card.standing.words().text(lang),
        evidence,
        actions: actions.map(|known| (known.word(), known.words().text(lang))).collect(),
        is_open: tried.is_some(),
        reason: tried.map(|tried| tried.fields.get("reason").to_owned()).unwrap_or_default(),
        fault: tried.map(|tried| tried.fault.clone()).unwrap_or_default(),
        id: card.id,
    }
}

/// What can still be said of a card.
fn possible(standing: CardStanding) -> &'static [Known] {
    use Known::{AppealCard, ConfirmCard, ExemptCard, WithdrawCard};
    match standing {
        CardStanding::Raised => &[ConfirmCard, AppealCard, ExemptCard, WithdrawCard],
        CardStanding::Confirmed => &[AppealCard, ExemptCard, WithdrawCard],
        CardStanding::Appealed => &[ConfirmCard, ExemptCard, WithdrawCard],
        CardStanding::Withdrawn | CardStanding::Exempted => &[],
    }
}
