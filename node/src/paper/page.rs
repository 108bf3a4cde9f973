//! A paper as a page that stands by itself and prints on A4. Knows no transport.

use askama::Template;
use sanji_model::lang::Lang;

use super::chinese;
use super::content::{Block, Label, Paper, Printing, Sheet};
use crate::square::Square;

/// The style, as it stands in each page.
pub const STYLE: &str = include_str!("../../templates/paper.css");

#[derive(Template)]
#[template(path = "paper.html")]
struct Page<'a> {
    lang: Lang,
    english: bool,
    style: &'static str,
    paper: &'a Paper,
    printing: &'a Option<Printing>,
    mark: Option<String>,
    code: Option<String>,
    check_word: String,
    made_on: String,
    foot: String,
}

impl Page<'_> {
    fn said(&self, label: &Label) -> String {
        label.text(self.lang)
    }
}

pub fn html(sheet: &Sheet, lang: Lang) -> Result<String, askama::Error> {
    let page = Page {
        lang,
        english: lang == Lang::En,
        style: STYLE,
        paper: &sheet.paper,
        printing: &sheet.printing,
        mark: sheet.mark(),
        code: sheet.printing.as_ref().and_then(|printing| Square::svg(&printing.code)),
        check_word: sheet.paper.digest().check_word(),
        made_on: chinese::date(sheet.paper.made_on),
        foot: sheet.foot(),
    };
    page.render()
}
