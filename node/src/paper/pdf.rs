//! A paper as a PDF made here, offline, with the parts of its fonts that it needs: for archives (PDF/A-2b), and for printers
//! without a browser.
//!
//! `layout` says where everything stands, `lines` how text breaks, `font` what characters measure; here it is written down.
//! Chinese set in lines needs no shaping, so there is none: a character is a glyph.

mod font;
mod layout;
mod lines;

use std::collections::BTreeSet;

use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use sanji_model::lang::{Lang, Say};

use self::font::Glyphs;
pub use self::font::{Face, Fonts, NoFont};
use self::layout::{HEIGHT, Mark, Page, WIDTH, lay_out};
use self::lines::Line;
use super::content::Sheet;

/// Why there is no PDF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoPdf {
    Font(NoFont),
    /// The font lacks these characters, rare ones of names as a rule.
    Characters(Vec<char>),
    /// The writer of PDF would not.
    Writer(String),
}

impl From<NoFont> for NoPdf {
    fn from(why: NoFont) -> NoPdf {
        NoPdf::Font(why)
    }
}

impl Say for NoPdf {
    fn code(&self) -> &'static str {
        match self {
            NoPdf::Font(why) => why.code(),
            NoPdf::Characters(_) => "FONT_LACKS_CHARACTERS",
            NoPdf::Writer(_) => "PDF",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let listed = |chars: &[char]| chars.iter().map(char::to_string).collect::<Vec<_>>();
        match (self, lang) {
            (NoPdf::Font(why), lang) => why.text(lang),
            (NoPdf::Characters(chars), Lang::Zh) => format!(
                "字体中没有下列字：{}。请安装 fonts-noto-cjk，或用 --font、SANJI_FONT 指定字数更多的字体；也可生成网页后用浏览器打印",
                listed(chars).join("、")
            ),
            (NoPdf::Characters(chars), Lang::En) => format!(
                "the font lacks {}: install fonts-noto-cjk, name a larger font with --font or SANJI_FONT, or print the page with a browser",
                listed(chars).join(", ")
            ),
            (NoPdf::Writer(why), Lang::Zh) => {
                format!("PDF 无法生成（{why}）：请换用其他字体，或生成网页后用浏览器打印")
            }
            (NoPdf::Writer(why), Lang::En) => {
                format!(
                    "the PDF cannot be written ({why}): try another font, or print the page with a browser"
                )
            }
        }
    }
}

/// The bytes of a sheet's PDF: the same for the same sheet and fonts.
pub fn pdf(sheet: &Sheet, fonts: &Fonts, lang: Lang) -> Result<Vec<u8>, NoPdf> {
    let (text, head) = (fonts.text.glyphs(), fonts.head.glyphs());
    let pages = lay_out(sheet, &text, &head, lang);
    let lacking = lacking(&pages, &text, &head);
    if !lacking.is_empty() {
        return Err(NoPdf::Characters(lacking.into_iter().collect()));
    }
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_B).finish();
    let configuration = configuration.map_err(|error| NoPdf::Writer(format!("{error:?}")))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    for page in &pages {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has two sides");
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        draw(&mut surface, page, &text, &head);
        surface.finish();
        sheet.finish();
    }
    document.set_metadata(metadata(sheet));
    document.finish().map_err(|error| NoPdf::Writer(format!("{error:?}")))
}

fn lacking(pages: &[Page], text: &Glyphs, head: &Glyphs) -> BTreeSet<char> {
    let mut lacking = BTreeSet::new();
    for mark in pages.iter().flatten() {
        if let Mark::Text { head: is_head, line, .. } = mark {
            let glyphs = if *is_head { head } else { text };
            lacking.extend(line.chars.iter().map(|(c, _)| *c).filter(|c| glyphs.glyph(*c).is_none()));
        }
    }
    lacking
}

fn metadata(sheet: &Sheet) -> Metadata {
    let paper = &sheet.paper;
    let day = paper.made_on;
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    let date = DateTime::new(u16::try_from(day.year()).unwrap_or(1970))
        .month(part(day.month()))
        .day(part(day.day()));
    Metadata::new()
        .title(format!("{} {}", paper.title.zh, paper.number))
        .authors(vec![paper.unit.clone()])
        .language("zh-CN".to_owned())
        .creation_date(date)
        .document_id(paper.digest().to_hex())
}

fn draw(surface: &mut Surface, page: &Page, text: &Glyphs, head: &Glyphs) {
    surface.set_fill(Some(Fill::default()));
    let mut path = PathBuilder::new();
    for mark in page {
        match mark {
            Mark::Rule { x, y, width, height } => {
                if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rect);
                }
            }
            Mark::Text { x, y, size, head: is_head, line } => {
                let glyphs = if *is_head { head } else { text };
                let (text, set) = glyphs_of(line, glyphs);
                surface.draw_glyphs(Point::from_xy(*x, *y), &set, glyphs.font.clone(), &text, *size, false);
            }
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn glyphs_of(line: &Line, glyphs: &Glyphs) -> (String, Vec<KrillaGlyph>) {
    let mut text = String::new();
    let mut set = Vec::with_capacity(line.chars.len());
    for (c, room) in &line.chars {
        let from = text.len();
        text.push(*c);
        let glyph = glyphs.glyph(*c).map_or(0, |glyph| glyph.to_u32());
        set.push(KrillaGlyph::new(GlyphId::new(glyph), *room, 0.0, 0.0, 0.0, from..text.len(), None));
    }
    (text, set)
}
