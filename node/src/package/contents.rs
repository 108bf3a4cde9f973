//! The files of a package from what a node answers: the case, its events, the signed changes, and its papers as pages and PDF.
//!
//! The same answer and the same fonts give the same files. Knows no node.

use sanji_model::case::PaperKind;
use sanji_model::case::package::{self, File};
use sanji_model::lang::Lang;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::paper::{Fonts, NoPdf, Sheet, html, pdf};

/// The list of the papers.
pub const PAPERS: &str = "papers.json";

/// Why there are no files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoContents {
    /// The answer is of another version of the node.
    Answer(String),
    /// A paper becomes no page.
    Page(PaperKind),
    /// A paper becomes no PDF although there is a font.
    Pdf(NoPdf),
}

/// A text among the files.
#[derive(Serialize, Deserialize)]
pub struct Text {
    pub name: String,
    pub text: String,
}

/// A paper with who printed it when.
#[derive(Serialize, Deserialize)]
pub struct Made {
    pub sheet: Sheet,
    /// Whether what was printed is what stands here; none of one that was never printed.
    pub as_printed: Option<bool>,
    pub prints: Value,
}

/// A line of the list.
#[derive(Serialize)]
struct Entry {
    event: String,
    kind: PaperKind,
    name: String,
    made_on: jiff::civil::Date,
    digest: String,
    as_printed: Option<bool>,
    prints: Value,
    page: String,
    /// None where there was no font.
    pdf: Option<String>,
}

/// The files in their order, the index last, from the answer to `CasePackage`. Papers become PDF as well if there is a font.
pub fn contents(answer: &Value, fonts: Option<&Fonts>) -> Result<Vec<File>, NoContents> {
    let bad = |error: serde_json::Error| NoContents::Answer(error.to_string());
    let texts: Vec<Text> = Vec::deserialize(&answer["files"]).map_err(bad)?;
    let papers: Vec<Made> = Vec::deserialize(&answer["papers"]).map_err(bad)?;
    let mut files: Vec<File> = texts.into_iter().map(|Text { name, text }| File::text(&name, text)).collect();
    let (mut list, mut sheets) = (Vec::new(), Vec::new());
    for (number, Made { sheet, as_printed, prints }) in (1..).zip(papers) {
        let kind = sheet.paper.kind;
        let stem = format!("papers/{number:02}-{}", kind.word().replace('_', "-"));
        let page = html(&sheet, Lang::Zh).map_err(|_| NoContents::Page(kind))?;
        let page = File::text(&format!("{stem}.html"), page);
        let drawn = fonts.map(|fonts| pdf(&sheet, fonts, Lang::Zh)).transpose().map_err(NoContents::Pdf)?;
        let drawn = drawn.map(|bytes| File { name: format!("{stem}.pdf"), bytes });
        list.push(Entry {
            event: sheet.paper.event.to_string(),
            kind,
            name: kind.words().zh.to_owned(),
            made_on: sheet.paper.made_on,
            digest: sheet.paper.digest().to_hex(),
            as_printed,
            prints,
            page: page.name.clone(),
            pdf: drawn.as_ref().map(|file| file.name.clone()),
        });
        sheets.push(page);
        sheets.extend(drawn);
    }
    files.push(File::json(PAPERS, &list));
    files.extend(sheets);
    files.push(package::index(&files));
    Ok(files)
}
