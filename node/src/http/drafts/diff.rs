//! Two texts of a guide beside each other, element by element.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use sanji_model::guide::{Field, diff::How};
use sanji_model::lang::Lang;
use serde_json::Value;

use super::show;
use crate::command::Command;
use crate::http::answer::{list_of, plain};
use crate::http::gate::Visitor;
use crate::http::shell::{Link, Shell};
use crate::http::{Face, page, tabs};

const DRAFT: &str = "draft";

#[derive(Template)]
#[template(path = "draft-diff.html")]
struct DiffPage {
    shell: Shell,
    tabs: Vec<Link>,
    id: String,
    name: String,
    /// Number of a version or `draft`, and its name.
    texts: Vec<(String, String)>,
    a: String,
    b: String,
    rows: Vec<Row>,
}

struct Row {
    element: String,
    how: &'static str,
    class: &'static str,
    before: String,
    after: String,
    /// Of an element with rows each that is different.
    rows: Vec<Line>,
}

struct Line {
    how: &'static str,
    class: &'static str,
    name: String,
    before: String,
    after: String,
}

pub(super) async fn diff(
    State(face): State<Face>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let draft = show::read(&face, &visitor, id.clone()).await?;
    let (shell, lang, query) = (visitor.shell(), visitor.tongue.lang(), visitor.query());
    let versions: Vec<String> =
        list_of(&draft["versions"]).iter().map(|one| plain(&one["version"])).collect();
    let latest = versions.last().cloned().unwrap_or_else(|| DRAFT.to_owned());
    let (a, b) = (query.some("a").unwrap_or(latest), query.some("b").unwrap_or_else(|| DRAFT.to_owned()));
    let found = page::ask(&face, &visitor, Command::GuideDiff { id, a: a.clone(), b: b.clone() }).await?;
    let named = versions.iter().map(|n| (n.clone(), shell.put("gd-version-n", "n", n)));
    let texts = named.chain([(DRAFT.to_owned(), shell.t("gd-draft"))]).collect();
    Ok(page::show(&DiffPage {
        tabs: tabs::shown(tabs::GUIDES, &visitor),
        id: plain(&draft["id"]),
        name: plain(&draft["name"]),
        texts,
        a,
        b,
        rows: list_of(&found).iter().map(|one| row(one, lang)).collect(),
        shell,
    }))
}

fn row(one: &Value, lang: Lang) -> Row {
    let subject = plain(&one["subject"]);
    let (how, class) = how(&one["how"], lang);
    let line = |one: &Value| {
        let (how, class) = self::how(&one["how"], lang);
        let (before, after) = (plain(&one["before"]), plain(&one["after"]));
        Line { how, class, name: plain(&one["name"]), before, after }
    };
    Row {
        element: Field::parse(&subject).map_or(subject, |field| field.words().text(lang).to_owned()),
        how,
        class,
        before: plain(&one["before"]),
        after: plain(&one["after"]),
        rows: list_of(&one["rows"]).iter().map(line).collect(),
    }
}

fn how(word: &Value, lang: Lang) -> (&'static str, &'static str) {
    match word.as_str() {
        Some("added") => (How::Added.words().text(lang), "good"),
        Some("removed") => (How::Removed.words().text(lang), "bad"),
        _ => (How::Changed.words().text(lang), "off"),
    }
}
