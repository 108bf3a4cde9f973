//! The short edition: one A4 page with what people ask at the counter, and the square code of the full edition.
//!
//! How much fits is reckoned in lines, to the safe side; what does not fit is left out with a word that says so. The sheet
//! has a fixed size besides, so that no font makes it two pages.

use askama::Template;
use sanji_model::guide::{Content, Element, Guide, Material};
use sanji_model::lang::Lang;

use super::measure::fit;
use super::mongolian::{self, Block};
use super::{NoPage, STYLE, Said, Shown, TextLang, Wanted, chart, either, full};
use crate::square::Square;

/// Width of a section's text, in em of its font. The style gives it 158 mm at 10 pt, which is 44.
const EM: u32 = 43;
/// Of the name, in em of its own font.
const NAME_EM: u32 = 21;
const NAME_LINES: usize = 3;
/// Rows of boxes in the chart.
const CHART_ROWS: usize = 2;
/// Lines that the materials may take, with a chart of two rows; a row less leaves so many more.
const MATERIAL_LINES: usize = 10;
const LINES_A_ROW: usize = 5;
/// Lines of one material.
const LINES_A_MATERIAL: usize = 2;

/// The elements that are told as text, with the lines that each may take.
const TEXTS: [(Element, usize); 5] = [
    (Element::Conditions, 6),
    (Element::Fees, 2),
    (Element::PlaceAndHours, 4),
    (Element::Consultation, 2),
    (Element::Complaints, 2),
];
/// With vertical text, of which a block takes far more room.
const VERTICAL: [Element; 4] =
    [Element::Name, Element::Conditions, Element::Materials, Element::PlaceAndHours];

#[derive(Template)]
#[template(path = "guide-short.html")]
struct Page {
    zh: bool,
    style: &'static str,
    title: String,
    name: Vec<String>,
    state: String,
    in_force: bool,
    font_hint: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    code: Option<String>,
    address: String,
}

struct Section {
    name: &'static str,
    body: Body,
    /// Something is left out.
    cut: Option<String>,
}

enum Body {
    Lines(Vec<String>),
    Chart(String),
    Vertical(Block),
    Missing(&'static str),
}

pub(super) fn render(shown: &Shown, wanted: &Wanted) -> Result<String, NoPage> {
    let lang = wanted.lang;
    let address = shown.address(&wanted.base);
    let sections = match &wanted.text {
        TextLang::Chinese => sections(shown, lang),
        TextLang::Other(_) => VERTICAL.iter().map(|element| translated(shown, *element, wanted)).collect(),
    };
    let page = Page {
        zh: lang == Lang::Zh,
        style: STYLE,
        title: shown.guide.name().to_owned(),
        name: fit(shown.guide.name(), NAME_EM, NAME_LINES).lines,
        state: shown.state(lang),
        in_force: shown.is_in_force(),
        font_hint: shown.font_hint(wanted),
        facts: full::facts(shown, lang),
        sections,
        code: Square::svg(&address),
        address: fit(&address, 60, 2).lines.concat(),
    };
    Ok(page.render()?)
}

fn sections(shown: &Shown, lang: Lang) -> Vec<Section> {
    let steps = shown.guide.procedure.given().map(Vec::as_slice).unwrap_or_default();
    let rows = chart::rows(steps).min(CHART_ROWS);
    let told = |element: Element, lines| text(element, shown.said(element, &TextLang::Chinese), lines, lang);
    let mut sections: Vec<Section> = TEXTS.iter().map(|(element, lines)| told(*element, *lines)).collect();
    let room = MATERIAL_LINES + (CHART_ROWS - rows) * LINES_A_ROW;
    sections.insert(1, materials(&shown.guide, room, lang).unwrap_or_else(|| told(Element::Materials, room)));
    let procedure = match chart::draw(steps, CHART_ROWS, lang) {
        Some((svg, left_out)) => Section {
            name: Element::Procedure.words().text(lang),
            body: Body::Chart(svg),
            cut: (left_out > 0).then(|| more(left_out, lang)),
        },
        None => told(Element::Procedure, 2),
    };
    sections.insert(2, procedure);
    sections
}

fn text(element: Element, said: Said, lines_max: usize, lang: Lang) -> Section {
    let name = element.words().text(lang);
    match said {
        Said::Text(text) => {
            let fitted = fit(&text, EM, lines_max);
            let cut = fitted.cut.then(|| either(lang, "见完整版", "shortened here").to_owned());
            Section { name, body: Body::Lines(fitted.lines), cut }
        }
        missing => Section { name, body: Body::Missing(missing.missing(lang)), cut: None },
    }
}

/// A line or two a material; none if they are not given as rows.
fn materials(guide: &Guide, room: usize, lang: Lang) -> Option<Section> {
    let Content::Given(rows) = &guide.materials else { return None };
    let (mut lines, mut left_out) = (Vec::new(), 0);
    for (n, row) in rows.iter().enumerate() {
        let mut fitted = fit(&format!("{}. {}", n + 1, material(row, lang)), EM, LINES_A_MATERIAL).lines;
        if left_out > 0 || lines.len() + fitted.len() > room {
            left_out += 1;
        } else {
            lines.append(&mut fitted);
        }
    }
    let name = Element::Materials.words().text(lang);
    Some(Section { name, body: Body::Lines(lines), cut: (left_out > 0).then(|| more(left_out, lang)) })
}

/// What a person must bring: the rest is in the full edition.
fn material(row: &Material, lang: Lang) -> String {
    let count = |n: Option<u32>, zh: &str, en: &str| {
        n.filter(|n| *n > 0).map(|n| match lang {
            Lang::Zh => format!("{zh}{n}份"),
            Lang::En => format!("{en}: {n}"),
        })
    };
    let word = |flag: Option<bool>, zh, en| (flag == Some(true)).then(|| either(lang, zh, en).to_owned());
    let known = [
        count(row.originals, "原件", "originals"),
        count(row.copies, "复印件", "copies"),
        word(row.later, "可容缺", "may come later"),
        word(row.certificate, "电子证照可免提交", "an electronic certificate will do"),
        row.when.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    match known.is_empty() {
        true => row.name.clone(),
        false => format!("{}（{}）", row.name, known.join("，")),
    }
}

fn translated(shown: &Shown, element: Element, wanted: &Wanted) -> Section {
    let lang = wanted.lang;
    match shown.said(element, &wanted.text) {
        Said::Text(words) if mongolian::is_vertical(&words) => {
            let (block, cut) = mongolian::beginning(&words);
            let cut = cut.then(|| either(lang, "见完整版", "shortened here").to_owned());
            Section { name: element.words().text(lang), body: Body::Vertical(block), cut }
        }
        said => text(element, said, 5, lang),
    }
}

fn more(left_out: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("另有 {left_out} 项，见完整版"),
        Lang::En => format!("{left_out} more in full"),
    }
}
