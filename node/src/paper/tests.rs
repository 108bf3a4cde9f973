//! What stands on each paper, that both drawings show it, and that a code is worth what its signature is.

mod story;

use std::path::Path;

use jiff::civil::Date;
use sanji_model::case::{Case, PaperKind};
use sanji_model::lang::{Lang, Say as _};
use story::{Story, directory, guide};

use super::*;
use crate::trust::NodeKey;

/// As plain text, a line a field, paragraph or row.
fn plain(paper: &Paper) -> String {
    let mut lines = vec![
        format!("== {} {} {}", paper.unit, paper.title.zh, paper.number),
        format!("致 {}", paper.addressee.as_deref().unwrap_or("（无）")),
    ];
    for block in &paper.blocks {
        match block {
            Block::Facts(fields) => {
                lines.extend(fields.iter().map(|field| format!("[{}] {}", field.label.zh, field.value)))
            }
            Block::Heading(text) => lines.push(format!("# {text}")),
            Block::Text(text) => lines.push(text.clone()),
            Block::Table(table) => {
                let heads: Vec<&str> = table.heads.iter().map(|head| head.zh.as_str()).collect();
                lines.push(format!("| {}", heads.join(" | ")));
                lines.extend(table.rows.iter().map(|row| format!("| {}", row.join(" | "))));
            }
        }
    }
    lines.extend(paper.signatures.iter().map(|label| format!("____ {}", label.zh)));
    lines.push(format!("盖章 {} {}", paper.unit, paper.made_on));
    lines.extend(paper.remarks.iter().map(|field| format!("* {}：{}", field.label.zh, field.value)));
    lines.join("\n") + "\n"
}

/// The papers of a case.
fn papers(case: &Case) -> Vec<Paper> {
    let written = |made: sanji_model::case::Made| write(case, &made.event, Some(&guide()), &directory());
    case.papers().into_iter().map(|made| written(made).unwrap()).collect()
}

fn all() -> Vec<Paper> {
    Story::all().iter().flat_map(|story| papers(&story.case)).collect()
}

fn sheet(paper: Paper, copy: u32) -> Sheet {
    let code = PaperCode::sign(&paper, copy, Date::constant(2026, 3, 2), &NodeKey::from_seed([7; 32]));
    let printing = Printing {
        copy,
        at: "2026年3月2日 10:00".into(),
        unit: "前进村为民办事代办点".into(),
        person: "赵代办".into(),
        code: code.text(),
    };
    Sheet { paper, printing: Some(printing), archived: false }
}

#[test]
fn every_paper_says_what_it_should() {
    let said: String = all().iter().map(plain).collect();
    let golden = include_str!("tests/golden.txt");
    if said != golden {
        let path = std::env::temp_dir().join("sanji-papers.txt");
        std::fs::write(&path, &said).unwrap();
        panic!("papers are not as in node/src/paper/tests/golden.txt; as they are now: {}", path.display());
    }
    let kinds: std::collections::BTreeSet<PaperKind> = all().iter().map(|paper| paper.kind).collect();
    assert_eq!(kinds.len(), PaperKind::ALL.len(), "each kind is among them");
    assert!(!said.contains("11010519491231002"), "numbers of people are masked");
}

#[test]
fn what_comes_later_changes_no_paper() {
    for story in Story::all() {
        for (n, paper) in papers(&story.case).into_iter().enumerate() {
            let Some(earlier) = story.at_each.iter().find(|case| case.papers().len() == n + 1) else {
                continue;
            };
            let then = papers(earlier).pop().unwrap();
            assert_eq!((then.digest(), &then), (paper.digest(), &paper));
        }
    }
}

#[test]
fn a_guide_that_is_not_here_leaves_its_parts_out() {
    let story = Story::denied();
    let made = story.case.papers().pop().unwrap();
    let told = plain(&write(&story.case, &made.event, None, &directory()).unwrap());
    assert!(
        told.contains("六十日内申请行政复议") && !told.contains("12号窗口"),
        "what the decider said; {told}"
    );
}

#[test]
fn pages_stand_by_themselves_and_say_what_they_are() {
    for paper in all() {
        let first = html(&sheet(paper.clone(), 1), Lang::Zh).unwrap();
        assert!(first.contains("class=\"qr\"") && !first.contains("补打"));
        assert!(!first.contains("class=\"preview\""));
        assert!(!first.contains("src=") && !first.contains("url("));
        let again = html(&sheet(paper.clone(), 3), Lang::En).unwrap();
        assert!(again.contains("补打　第3次打印"), "{again}");
        assert!(again.contains(&paper.title.en));
        let look = html(&Sheet { paper, printing: None, archived: false }, Lang::Zh).unwrap();
        assert!(look.contains("未签发") && !look.contains("class=\"qr\""));
    }
    let mut story = Story::new("<b>王</b>");
    story.act("receive", story::agent(), &[("materials", "身份证")]);
    let page = html(&sheet(papers(&story.case).remove(0), 1), Lang::Zh).unwrap();
    assert!(!page.contains("<b>王") && page.contains("&#60;b&#62;王"));
}

/// `tests/run` installs one.
fn fonts() -> Fonts {
    Fonts::find(None).unwrap_or_else(|why| panic!("{}", why.text(Lang::En)))
}

/// Pages by the objects of the file that are one.
fn pages_of(pdf: &[u8]) -> usize {
    String::from_utf8_lossy(pdf).matches("/Type/Page/").count()
}

#[test]
fn every_paper_becomes_a_pdf_with_its_fonts_in_it() {
    let fonts = fonts();
    let out = std::env::var_os("SANJI_PAPERS_OUT");
    for (n, paper) in all().into_iter().enumerate() {
        let name = format!("{n:02}-{}.pdf", paper.kind.word());
        let sheet = sheet(paper, if n % 2 == 0 { 1 } else { 2 });
        let bytes = pdf(&sheet, &fonts, Lang::Zh).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert!(bytes.len() < 200_000, "{name}: {} bytes", bytes.len());
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(has(b"/FontFile"), "{name} has no font in it");
        assert_eq!(pdf(&sheet, &fonts, Lang::Zh).as_deref(), Ok(&bytes[..]), "the same each time");
        let english = pdf(&sheet, &fonts, Lang::En).unwrap();
        // No seal on a page of its own. With English beside its labels a paper may be longer.
        assert_eq!(pages_of(&bytes), 1, "{name}");
        if let Some(out) = &out {
            std::fs::write(Path::new(out).join(&name), &bytes).unwrap();
            std::fs::write(Path::new(out).join(format!("en-{name}")), &english).unwrap();
        }
    }
}

#[test]
fn a_long_table_goes_on_on_the_next_page_and_a_character_that_no_font_has_is_named() {
    let fonts = fonts();
    let mut story = Story::new("王小明");
    let long: Vec<String> = (1..=60).map(|n| format!("第{n}项材料（含附件、说明及其他证明文件）")).collect();
    story.act("receive", story::agent(), &[("materials", &long.join(";"))]);
    let sheet = sheet(papers(&story.case).remove(0), 1);
    let bytes = pdf(&sheet, &fonts, Lang::Zh).unwrap();
    if let Some(out) = std::env::var_os("SANJI_PAPERS_OUT") {
        std::fs::write(Path::new(&out).join("long.pdf"), &bytes).unwrap();
    }
    let mut rare = sheet.clone();
    rare.paper.unit = "\u{10fffd}".into();
    assert_eq!(pdf(&rare, &fonts, Lang::Zh), Err(NoPdf::Characters(vec!['\u{10fffd}'])));
}

#[test]
fn a_code_reads_back_and_no_changed_character_passes() {
    let key = NodeKey::from_seed([7; 32]);
    let paper = all().remove(0);
    let code = PaperCode::sign(&paper, 2, Date::constant(2026, 3, 2), &key);
    let text = code.text();
    assert_eq!(text.len(), 181);
    assert_eq!(PaperCode::read(&text), Some(code.clone()));
    assert_eq!(PaperCode::read(&format!(" {} ", text.to_lowercase())), Some(code.clone()));
    assert!(code.is_of(&key.node()) && code.is_signed_by(&key.node()));
    assert!(!code.is_signed_by(&NodeKey::from_seed([8; 32]).node()));
    for at in 0..text.len() {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut changed = text.clone();
        changed.replace_range(at..=at, other);
        let passes = PaperCode::read(&changed)
            .is_some_and(|code| code.is_of(&key.node()) && code.is_signed_by(&key.node()));
        assert!(!passes, "at {at}");
    }
    for bad in ["", "A", "http://x", &text[1..], &format!("{text}A")] {
        assert_eq!(PaperCode::read(bad), None);
    }
}

#[test]
fn a_changed_word_is_another_digest() {
    let paper = all().remove(0);
    let mut other = paper.clone();
    other.unit.push('。');
    assert_ne!(paper.digest(), other.digest());
}

#[test]
fn findings_say_what_to_do_in_both_languages() {
    for finding in Finding::ALL {
        assert!(!finding.text(Lang::Zh).is_empty() && finding.text(Lang::En).is_ascii());
    }
    assert_eq!(Finding::ALL.iter().filter(|finding| finding.is_good()).count(), 2);
}
