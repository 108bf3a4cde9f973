//! One element of a draft as a form, and the choice between texts that were written in two places.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sanji_model::case::CaseType;
use sanji_model::guide::{BadField, Element, Field, NONE};
use sanji_model::lang::{Lang, Say as _, Words};
use sanji_model::organisation::Tier;
use sanji_model::refusal::Refusal as Rule;
use serde_json::Value;

use super::rows::{self, Filled, Kind, Layout};
use super::show::{self, Aside};
use crate::command::Command;
use crate::edition::encoded;
use crate::http::answer::{list_of, plain};
use crate::http::form::{Faults, Fields, Posted};
use crate::http::gate::Visitor;
use crate::http::shell::{Link, Shell};
use crate::http::{Face, form, page, tabs};
use crate::refusal::Refusal;

/// The language that guides are translated into here.
const TRANSLATED: &str = "mn";

#[derive(Template)]
#[template(path = "draft-edit.html")]
struct EditPage {
    shell: Shell,
    tabs: Vec<Link>,
    id: String,
    name: String,
    key: String,
    words: &'static str,
    input: Input,
    /// An explicit “none” can stand here, and stands.
    can_be_none: bool,
    is_none: bool,
    /// Key and text of the translation, where the element is a text.
    translation: Option<(String, String)>,
    aside: Aside,
    faults: Faults,
    done: String,
}

/// What the form of a field looks like.
enum Input {
    Text(String),
    Date(String),
    Number(String),
    /// Word, name, and whether it is chosen; one of them, or as many as apply.
    One(Vec<Choice>),
    Many(Vec<Choice>),
    Rows(Vec<Row>),
    Parts(Row),
}

struct Choice {
    word: &'static str,
    name: &'static str,
    chosen: bool,
}

struct Row {
    n: usize,
    cells: Vec<Cell>,
}

struct Cell {
    name: String,
    label: String,
    text: String,
    /// `text`, `long`, `number`, `yes-no` or `choice`.
    kind: &'static str,
    options: Vec<Choice>,
    fault: String,
}

pub(super) async fn edit(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let draft = show::read(&face, &visitor, id).await?;
    let field = Field::parse(visitor.query().get("field")).map_err(|why| unknown(&visitor, why))?;
    Ok(shown(&visitor, &draft, &field, None, Faults::default()))
}

pub(super) async fn save(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let shell = visitor.shell();
    let field = Field::parse(fields.get("field")).map_err(|why| unknown(&visitor, why))?;
    let text = match (fields.get("none"), value(&field, &fields, &shell.t("gd-number-wrong"))) {
        ("yes", _) => NONE.to_owned(),
        (_, Ok(text)) => text,
        (_, Err(faults)) => {
            let draft = show::read(&face, &visitor, id).await?;
            return Ok(shown(&visitor, &draft, &field, Some(&fields), faults));
        }
    };
    let command = Command::GuideEdit { id: id.clone(), field: field.key(), text, user: visitor.user() };
    match page::attempt(&face, &visitor, command).await? {
        Err(refusal) => {
            let draft = show::read(&face, &visitor, id).await?;
            let faults = Faults::one("text", refusal.text(visitor.tongue.lang()));
            Ok(shown(&visitor, &draft, &field, Some(&fields), faults))
        }
        Ok(_) if fields.get("go") == "next" => {
            let draft = show::read(&face, &visitor, id.clone()).await?;
            let next = list_of(&draft["missing"]).first().map(plain);
            let to = match next {
                Some(next) => {
                    format!("/drafts/{}/edit?{}", encoded(&id), form::encode(&[("field", &next)]))
                }
                None => format!("/drafts/{}", encoded(&id)),
            };
            Ok(page::done(&face, &visitor, &to, "saved"))
        }
        Ok(_) => {
            Ok(page::done(&face, &visitor, &format!("/drafts/{}#{}", encoded(&id), field.key()), "saved"))
        }
    }
}

pub(super) async fn choose(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let Ok(choice) = fields.get("choice").parse() else {
        return show::shown(&face, &visitor, id, visitor.shell().t("step-want-choice")).await;
    };
    let command = Command::GuideChoose {
        id: id.clone(),
        field: fields.get("field").to_owned(),
        choice,
        user: visitor.user(),
    };
    match page::attempt(&face, &visitor, command).await? {
        Ok(_) => Ok(page::done(&face, &visitor, &format!("/drafts/{}", encoded(&id)), "settled")),
        Err(refusal) => show::shown(&face, &visitor, id, refusal.text(visitor.tongue.lang())).await,
    }
}

fn unknown(visitor: &Visitor, why: BadField) -> Response {
    page::refusal_page(visitor, &Refusal::Rule(Rule::GuideField(why)))
}

fn layout(field: &Field) -> Layout {
    match field {
        Field::Element(element) => rows::layout(*element),
        Field::CancelsOn => Layout::Date,
        Field::Translation(..)
        | Field::CaseType
        | Field::Tiers
        | Field::Visits
        | Field::Remark(_)
        | Field::Source
        | Field::Version => Layout::Text,
    }
}

/// What the form says for a field, as an edit takes it.
fn value(field: &Field, fields: &Fields, bad: &str) -> Result<String, Faults> {
    match field {
        Field::Tiers => {
            let tiers = fields.pairs().filter(|(key, _)| *key == "text").map(|(_, tier)| tier);
            Ok(tiers.collect::<Vec<_>>().join(","))
        }
        field => rows::json(layout(field), fields, bad),
    }
}

fn shown(
    visitor: &Visitor,
    draft: &Value,
    field: &Field,
    typed: Option<&Fields>,
    faults: Faults,
) -> Response {
    let (shell, lang, guide) = (visitor.shell(), visitor.tongue.lang(), &draft["guide"]);
    let (element, can_be_none) = match field {
        Field::Element(element) => (Some(*element), *element != Element::Name),
        _ => (None, false),
    };
    let value = match field {
        Field::Element(element) => &guide["要素"][element.word()],
        Field::Translation(language, element) => &guide["translations"][language][element.word()],
        Field::Remark(key) => &guide["remarks"][key],
        other => &guide[other.key()],
    };
    let is_none = value == NONE;
    let value = if is_none { &Value::Null } else { value };
    let text = || typed.map_or_else(|| plain(value), |fields| fields.raw("text").to_owned());
    let chosen = |word: &str| match typed {
        Some(fields) => fields.pairs().any(|(key, value)| key == "text" && value == word),
        None => value == word || list_of(value).iter().any(|one| one == word),
    };
    let input = match (field, layout(field)) {
        (Field::CaseType, _) => {
            Input::One(options(CaseType::ALL, CaseType::word, CaseType::words, chosen, lang))
        }
        (Field::Tiers, _) => Input::Many(options(Tier::ALL, Tier::word, Tier::words, chosen, lang)),
        (Field::Visits, _) => Input::Number(text()),
        (_, Layout::Date) => Input::Date(text()),
        (_, Layout::Text) => Input::Text(text()),
        (_, layout @ (Layout::Rows(columns) | Layout::Parts(columns))) => {
            let filled =
                typed.map_or_else(|| rows::filled(layout, value), |fields| rows::typed(layout, fields));
            let mut rows: Vec<Row> =
                filled.into_iter().map(|one| row(one, columns, &faults, &shell)).collect();
            match layout {
                Layout::Parts(_) => Input::Parts(rows.remove(0)),
                Layout::Rows(_) | Layout::Text | Layout::Date => Input::Rows(rows),
            }
        }
    };
    let translation = element.filter(|_| matches!(input, Input::Text(_))).map(|element| {
        let key = Field::Translation(TRANSLATED.to_owned(), element).key();
        (key, plain(&guide["translations"][TRANSLATED][element.word()]))
    });
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = EditPage {
        tabs: tabs::shown(tabs::GUIDES, visitor),
        id: plain(&draft["id"]),
        name: plain(&draft["name"]),
        key: field.key(),
        words: field.words().text(lang),
        input,
        can_be_none,
        is_none,
        translation,
        aside: Aside::read(draft, lang),
        faults,
        done: tabs::done(visitor),
        shell,
    };
    page::show_as(status, &page)
}

fn options<T: Copy>(
    all: &[T],
    word: fn(T) -> &'static str,
    words: fn(T) -> Words,
    chosen: impl Fn(&str) -> bool,
    lang: Lang,
) -> Vec<Choice> {
    let option =
        |one: &T| Choice { word: word(*one), name: words(*one).text(lang), chosen: chosen(word(*one)) };
    all.iter().map(option).collect()
}

fn row(filled: Filled, columns: &[rows::Column], faults: &Faults, shell: &Shell) -> Row {
    let n = filled.n;
    let cell = |(column, text): (&rows::Column, String)| {
        let name = rows::name(n, column.key);
        let option = |(word, words): (&'static str, Words)| Choice {
            word,
            name: words.text(shell.tongue.lang()),
            chosen: word == text,
        };
        let (kind, options) = match column.kind {
            Kind::Text => ("text", Vec::new()),
            Kind::Long => ("long", Vec::new()),
            Kind::Number => ("number", Vec::new()),
            Kind::YesNo => ("yes-no", Vec::new()),
            Kind::Choice(all) => ("choice", all().into_iter().map(option).collect()),
        };
        let fault = faults.at(&name).to_owned();
        Cell { label: shell.t(column.label), kind, options, fault, name, text }
    };
    Row { n, cells: columns.iter().zip(filled.texts).map(cell).collect() }
}
