//! The full edition: head, the facts at a glance, all 26 elements in their order, the steps as a chart and a table.
//!
//! Knows no transport.

use askama::Template;
use sanji_model::guide::{Element, Limit, Shape};
use sanji_model::lang::Lang;

use super::mongolian::{self, Block};
use super::rows::{Table, table};
use super::{NoPage, STYLE, Said, Shown, TextLang, Wanted, chart, either};
use crate::square::Square;

#[derive(Template)]
#[template(path = "guide.html")]
struct Page<'a> {
    zh: bool,
    style: &'static str,
    name: String,
    state: String,
    in_force: bool,
    font_hint: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    code: Option<String>,
    address: String,
    links: Option<super::Links>,
    id: &'a str,
    lang: Lang,
    text: &'a str,
    version: String,
    /// Languages that the guide's text is there in.
    texts: Vec<(String, String)>,
}

struct Section {
    number: u8,
    name: &'static str,
    body: Body,
    chart: Option<String>,
}

enum Body {
    Paragraphs(Vec<String>),
    Table(Table),
    Vertical(Vec<Block>),
    Missing(&'static str),
}

pub(super) fn render(shown: &Shown, wanted: &Wanted) -> Result<String, NoPage> {
    let lang = wanted.lang;
    let address = shown.address(&wanted.base);
    let page = Page {
        zh: lang == Lang::Zh,
        style: STYLE,
        name: shown.guide.name().to_owned(),
        state: shown.state(lang),
        in_force: shown.is_in_force(),
        font_hint: shown.font_hint(wanted),
        facts: facts(shown, lang),
        sections: Element::ALL.iter().map(|element| section(shown, *element, wanted)).collect(),
        code: Square::svg(&address),
        links: wanted.links,
        id: &shown.id,
        lang,
        text: wanted.text.tag(),
        version: shown.version().map_or_else(|| "–".to_owned(), |version| version.to_string()),
        texts: texts(shown),
        address,
    };
    Ok(page.render()?)
}

/// What is known of a guide besides its elements, and of the elements what is asked first.
pub(super) fn facts(shown: &Shown, lang: Lang) -> Vec<(&'static str, String)> {
    let guide = &shown.guide;
    let tiers: Vec<&str> = guide.tiers.iter().map(|tier| tier.words().text(lang)).collect();
    let said = [
        (either(lang, "事项编码", "code"), guide.code().map(str::to_owned)),
        (either(lang, "版本", "version"), shown.version().map(|version| version.to_string())),
        (either(lang, "实施日期", "in force from"), shown.effective_on().map(|day| day.to_string())),
        (either(lang, "废止日期", "ends on"), guide.cancels_on.map(|day| day.to_string())),
        (either(lang, "办件类型", "kind"), guide.case_type.map(|kind| kind.words().text(lang).to_owned())),
        (either(lang, "办理时限", "time limit"), guide.limit().map(|limit| limit_words(&limit, lang))),
        (either(lang, "到场次数", "visits"), guide.visits.map(|visits| visits.to_string())),
        (
            either(lang, "受理层级", "received at"),
            (!tiers.is_empty()).then(|| tiers.join(either(lang, "、", ", "))),
        ),
    ];
    said.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn limit_words(limit: &Limit, lang: Lang) -> String {
    match (lang, *limit == Limit::AT_ONCE) {
        (Lang::Zh, _) => limit.to_string(),
        (Lang::En, true) => "at once".to_owned(),
        (Lang::En, false) => format!("{} {}(s)", limit.number, limit.unit.words().en),
    }
}

fn section(shown: &Shown, element: Element, wanted: &Wanted) -> Section {
    let lang = wanted.lang;
    let own = wanted.text == TextLang::Chinese;
    let rows = if own { table(&shown.guide, element, lang) } else { None };
    let body = match (rows, shown.said(element, &wanted.text)) {
        (Some(table), _) => Body::Table(table),
        (None, Said::Text(text)) if mongolian::is_vertical(&text) => Body::Vertical(mongolian::blocks(&text)),
        (None, Said::Text(text)) => Body::Paragraphs(paragraphs(&text)),
        (None, missing) => Body::Missing(missing.missing(lang)),
    };
    let steps = shown.guide.procedure.given().filter(|_| own && element.shape() == Shape::Procedure);
    let chart =
        steps.and_then(|steps| chart::draw(steps, usize::MAX / chart::COLUMNS, lang)).map(|(svg, _)| svg);
    Section { number: element.number(), name: element.words().text(lang), body, chart }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The tags of the languages, each with its own name.
fn texts(shown: &Shown) -> Vec<(String, String)> {
    let name = |tag: &str| match tag {
        "mn" => "ᠮᠣᠩᠭᠣᠯ".to_owned(),
        tag => tag.to_owned(),
    };
    let others = shown.guide.translations.keys().map(|tag| (tag.clone(), name(tag)));
    std::iter::once(("zh".to_owned(), "中文".to_owned())).chain(others).collect()
}
