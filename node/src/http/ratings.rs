//! Ratings (好差评) by the stage of their loop, and one with its loop: verify, rectify, answer, call back, appeal, review.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::{Action, CaseRow, Known, RatingStage, Role};
use sanji_model::desk::Need;
use sanji_model::lang::{Lang, Say as _};
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use sanji_sync::Time;
use serde_json::Value;

use super::answer::plain;
use super::cards::Tab;
use super::form::{Faults, Fields, Posted};
use super::gate::{Access, Route, Visitor};
use super::organisation::{Choice, Units};
use super::shell::{Shell, moment};
use super::steps::{self, Kind, Offer, Step, Tried};
use super::{Face, filter, once, page, paging, roles};
use crate::command::Command;
use crate::refusal::Refusal;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/ratings", Access::Roles(roles::RATINGS), ratings),
        Route::get("/ratings/{number}", Access::Roles(roles::RATINGS), show),
        Route::post("/ratings/{number}", Access::Roles(roles::RATINGS), act),
    ]
}

#[derive(Template)]
#[template(path = "ratings.html")]
struct RatingsPage {
    shell: Shell,
    faults: Faults,
    stages: Vec<Tab>,
    stage: String,
    units: Vec<Choice>,
    rows: Vec<Line>,
    next: Option<String>,
    /// Label and share.
    shares: Vec<(String, String)>,
}

struct Line {
    number: String,
    guide: String,
    unit: String,
    applicant: String,
    at: String,
    stage: &'static str,
    is_open: bool,
}

async fn ratings(State(face): State<Face>, visitor: Visitor) -> Response {
    match listed(&face, &visitor).await {
        Ok(response) | Err(response) => response,
    }
}

async fn listed(face: &Face, visitor: &Visitor) -> Result<Response, Response> {
    let (query, shell) = (visitor.query(), visitor.shell());
    let (unit, lang) = (query.some("unit"), shell.tongue.lang());
    let command = Command::Ratings {
        unit: unit.clone(),
        stage: query.some("stage"),
        after: query.some("after"),
        limit: paging::ROWS,
    };
    let (mut faults, fields) = (Faults::default(), &[("word", "")]);
    let answer = filter::ask(face, visitor, command, fields, &mut faults).await?;
    let counts = Command::Counts { unit: unit.clone() };
    let counts = filter::ask(face, visitor, counts, fields, &mut faults).await?;
    let stats = Command::Stats { unit, by: None, from: None, to: None };
    let stats = filter::ask(face, visitor, stats, fields, &mut faults).await?;
    let units = Units::ask(face, visitor).await?;
    let line = |row: CaseRow| Line {
        number: row.number.to_string(),
        guide: row.guide_name,
        unit: units.name(&row.unit),
        applicant: row.applicant,
        at: row.rated_at.map(moment).unwrap_or_default(),
        stage: row.rating.map_or("", |stage| stage.words().text(lang)),
        is_open: row.rating.is_some_and(is_open),
    };
    let share =
        |key: &str| stats["indicators"][key].as_f64().map_or_else(|| "–".to_owned(), |n| format!("{n:.1}%"));
    let shares =
        [("good_rating", "rate-good"), ("rectified", "rate-rectified"), ("called_back", "rate-called")];
    let page = RatingsPage {
        stages: stages(&query, &counts["ratings"], &shell),
        stage: query.get("stage").to_owned(),
        units: units.below(&visitor.place.unit, query.get("unit")),
        rows: paging::rows::<CaseRow>(&answer).into_iter().map(line).collect(),
        next: paging::next(visitor, &answer),
        shares: shares.map(|(key, words)| (shell.t(words), share(key))).into(),
        faults,
        shell,
    };
    Ok(page::show_as(filter::status(&page.faults), &page))
}

fn stages(query: &Fields, counts: &Value, shell: &Shell) -> Vec<Tab> {
    let start = Fields::read(paging::with(query, "after", "").as_bytes());
    let of = |word: &str| counts[word].as_u64().unwrap_or(0);
    let tab = |word: &str, words: String, count: u64| Tab {
        href: format!("/ratings?{}", paging::with(&start, "stage", word)),
        words,
        count,
        is_current: query.get("stage") == word,
    };
    let all = RatingStage::ALL.iter().map(|stage| of(stage.word())).sum();
    let each = RatingStage::ALL
        .iter()
        .map(|stage| tab(stage.word(), stage.words().text(shell.tongue.lang()).to_owned(), of(stage.word())));
    std::iter::once(tab("", shell.t("all"), all)).chain(each).collect()
}

fn is_open(stage: RatingStage) -> bool {
    match stage {
        RatingStage::Rated | RatingStage::Verified | RatingStage::Rectified | RatingStage::Answered => true,
        RatingStage::Good | RatingStage::Closed => false,
    }
}

#[derive(Template)]
#[template(path = "rating.html")]
struct RatingPage {
    shell: Shell,
    number: String,
    post_to: String,
    guide: String,
    unit: String,
    level: String,
    is_bad: bool,
    stage: &'static str,
    at: String,
    counts: bool,
    appealed: bool,
    events: Vec<Event>,
    steps: Vec<Step>,
    done: Option<String>,
}

struct Event {
    at: String,
    action: String,
    by: String,
    with: Vec<(String, String)>,
    verdict: String,
    counted: bool,
}

/// A rating as the machine shows it.
struct Rating {
    level: u8,
    stage: RatingStage,
    appealed: bool,
    counts: bool,
}

impl Rating {
    fn read(json: &Value) -> Option<Rating> {
        Some(Rating {
            level: u8::try_from(json["level"].as_u64()?).ok()?,
            stage: json["stage"].as_str()?.parse().ok()?,
            appealed: json["appealed"] == true,
            counts: json["counts"] == true,
        })
    }

    fn is_bad(&self) -> bool {
        self.level >= 4
    }

    /// Whether a step of the loop is due.
    fn awaits(&self, step: Known) -> bool {
        match step {
            Known::VerifyRating => self.stage == RatingStage::Rated,
            Known::RectifyRating => self.stage == RatingStage::Verified,
            Known::AnswerRating => self.stage == RatingStage::Rectified,
            Known::CallBack => self.stage == RatingStage::Answered,
            Known::AppealRating => {
                self.is_bad() && self.counts && !self.appealed && self.stage != RatingStage::Closed
            }
            Known::ReviewRating => self.appealed && self.counts,
            _ => false,
        }
    }
}

/// What each step of the loop must bring (T27).
const LOOP: &[(Known, &[Need])] = &[
    (Known::VerifyRating, &[Need::Text("found")]),
    (Known::RectifyRating, &[Need::Text("text")]),
    (Known::AnswerRating, &[Need::Text("text")]),
    (Known::CallBack, &[Need::YesNo("satisfied")]),
    (Known::AppealRating, &[Need::Text("reason")]),
    (Known::ReviewRating, &[Need::YesNo("counts"), Need::Text("reason")]),
];

fn offer((known, needs): &(Known, &'static [Need])) -> Offer {
    Offer { action: known.word(), words: known.words(), needs }
}

/// The steps that are due and for the roles of whoever asks; a review is the county's, and villages verify nothing.
fn offered(rating: &Rating, roles: &[Role], tier: &str) -> Vec<Offer> {
    let here = |known: Known| match known {
        Known::ReviewRating => tier == Tier::County.word(),
        Known::VerifyRating | Known::CallBack => tier != Tier::Village.word(),
        _ => true,
    };
    let due = LOOP.iter().filter(|(known, _)| {
        rating.awaits(*known) && here(*known) && roles.iter().any(|role| role.may(*known))
    });
    due.map(offer).collect()
}

async fn show(State(face): State<Face>, visitor: Visitor, Path(number): Path<String>) -> Response {
    shown(&face, &visitor, number, None).await
}

async fn act(
    State(face): State<Face>,
    visitor: Visitor,
    Path(number): Path<String>,
    Posted(fields): Posted,
) -> Response {
    let (shell, action) = (visitor.shell(), fields.get("action").to_owned());
    let offer = LOOP.iter().find(|(known, _)| known.word() == action).map(offer);
    let Some(offer) = offer else {
        return page::refusal_page(&visitor, &Refusal::Rule(Rule::UnknownAction(action)));
    };
    let given = offer.given(&fields);
    let faults = offer.faults(&given, &shell);
    if !faults.is_empty() {
        return shown(&face, &visitor, number, Some(Tried { offer, fields, faults })).await;
    }
    let (user, known) = (visitor.user(), action.clone());
    let command = Command::CaseAct { number: number.clone(), action: known, fields: given, user };
    match once::attempt(&face, &visitor, &fields, command).await {
        Err(response) => response,
        Ok(Err(refusal)) => {
            let faults = Faults::one("", refusal.text(shell.tongue.lang()));
            shown(&face, &visitor, number, Some(Tried { offer, fields, faults })).await
        }
        Ok(Ok(said)) => {
            let to = format!("/ratings/{}", plain(&said.answer["number"]));
            page::done(&face, &visitor, &to, said.deed(&action))
        }
    }
}

async fn shown(face: &Face, visitor: &Visitor, number: String, tried: Option<Tried>) -> Response {
    let status = if tried.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match read(face, visitor, number, tried).await {
        Ok(shown) => page::show_as(status, &shown),
        Err(response) => response,
    }
}

async fn read(
    face: &Face,
    visitor: &Visitor,
    number: String,
    tried: Option<Tried>,
) -> Result<RatingPage, Response> {
    let answer = page::ask(face, visitor, Command::CaseShow { number }).await?;
    let units = Units::ask(face, visitor).await?;
    let shell = visitor.shell();
    let unrated = || page::refused_page(visitor, StatusCode::NOT_FOUND, "rating-none");
    let rating = Rating::read(&answer["course"]["rating"]).ok_or_else(unrated)?;
    let held: &[Role] = visitor.person.as_ref().map_or(&[], |person| &person.roles);
    let offers = offered(&rating, held, &visitor.place.tier);
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let events = answer["events"].as_array().into_iter().flatten();
    Ok(RatingPage {
        post_to: format!("/ratings/{}", text("number")),
        number: text("number"),
        guide: text("guide_name"),
        unit: steps::unit_words(&text("unit"), &units),
        level: shell.t(&["level-", &rating.level.to_string()].concat()),
        is_bad: rating.is_bad(),
        stage: rating.stage.words().text(shell.tongue.lang()),
        at: answer["course"]["rating"]["at"].as_u64().map(|at| moment(Time(at))).unwrap_or_default(),
        counts: rating.counts,
        appealed: rating.appealed,
        events: events.filter_map(|event| read_event(event, &units, &shell)).collect(),
        steps: steps::forms(&offers, tried.as_ref(), &[], &shell),
        done: steps::done(visitor, steps::of_case),
        shell,
    })
}

/// Whether an event is the rating itself or a step of its loop.
pub(super) fn is_of_rating(known: Known) -> bool {
    known == Known::Rate || LOOP.iter().any(|(of, _)| *of == known)
}

/// An event of the loop; none for what is not about the rating.
fn read_event(json: &Value, units: &Units, shell: &Shell) -> Option<Event> {
    let lang = shell.tongue.lang();
    let action = Action::parse(json["action"].as_str()?);
    let Action::Known(known) = action else { return None };
    if !is_of_rating(known) {
        return None;
    }
    let by = &json["by"];
    let role = by["role"].as_str().and_then(|word| word.parse::<Role>().ok());
    let role = role.map_or("", |role| role.words().text(lang));
    let unit = steps::unit_words(by["unit"].as_str().unwrap_or_default(), units);
    let by = [unit.as_str(), role, by["user"].as_str().unwrap_or_default()];
    let verdict = match lang {
        Lang::Zh => &json["verdict"]["zh"],
        Lang::En => &json["verdict"]["en"],
    };
    let fields = json["fields"].as_object().into_iter().flatten();
    let with = fields.map(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        (steps::label(key, shell), steps::said(key, value, units, shell))
    });
    Some(Event {
        at: json["at"].as_u64().map(|at| moment(Time(at))).unwrap_or_default(),
        action: known.words().text(lang).to_owned(),
        by: by.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        with: with.collect(),
        verdict: verdict.as_str().unwrap_or_default().to_owned(),
        counted: json["verdict"]["counted"] == true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(level: u8, stage: RatingStage, appealed: bool, roles: &[Role], tier: &str) -> Vec<&'static str> {
        let rating = Rating { level, stage, appealed, counts: true };
        offered(&rating, roles, tier).iter().map(|offer| offer.action).collect()
    }

    #[test]
    fn a_bad_rating_goes_round_step_by_step_and_a_good_one_nowhere() {
        use RatingStage::*;
        let supervisor = &[Role::Supervisor];
        assert_eq!(words(1, Good, false, supervisor, "county"), Vec::<&str>::new());
        assert_eq!(words(5, Rated, false, supervisor, "county"), ["verify_rating", "appeal_rating"]);
        assert_eq!(words(5, Rated, true, supervisor, "county"), ["verify_rating", "review_rating"]);
        assert_eq!(words(5, Rated, true, supervisor, "town"), ["verify_rating"]);
        assert_eq!(words(5, Verified, true, &[Role::Agent], "village"), ["rectify_rating"]);
        assert_eq!(words(5, Answered, true, &[Role::Caller], "county"), ["call_back"]);
        assert_eq!(words(5, Closed, false, supervisor, "county"), Vec::<&str>::new());
    }
}
