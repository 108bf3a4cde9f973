//! The flow chart of a guide's steps, drawn as SVG: a box a step, in rows from left to right, each way by itself.
//!
//! Text that does not fit a box is cut with `…`; the table beside the chart has all of it. Knows no page.

use askama::Template;
use sanji_model::guide::Step;
use sanji_model::lang::Lang;

use super::measure::fit;

/// Units of the drawing; its width is that of the page.
const WIDTH: usize = 680;
const BOX_WIDTH: usize = 148;
const BOX_HEIGHT: usize = 86;
const GAP: usize = (WIDTH - 2 - COLUMNS * BOX_WIDTH) / (COLUMNS - 1);
const ROW_GAP: usize = 26;
const HEAD: usize = 24;
/// Boxes in a row.
pub const COLUMNS: usize = 4;
const NAME_FONT: usize = 13;
const NOTE_FONT: usize = 11;
const NAME_LINES: usize = 3;
const NOTE_LINES: usize = 2;
/// Between the box and its text, both sides together.
const PADDING: usize = 14;

#[derive(Template)]
#[template(path = "chart.svg")]
struct Drawing {
    width: usize,
    height: usize,
    box_width: usize,
    box_height: usize,
    label: &'static str,
    heads: Vec<Text>,
    boxes: Vec<Box>,
    arrows: Vec<Arrow>,
}

struct Box {
    x: usize,
    y: usize,
    /// A special procedure may begin here.
    special: bool,
    texts: Vec<Text>,
}

struct Text {
    x: usize,
    y: usize,
    size: usize,
    bold: bool,
    words: String,
}

/// From a box to the next one: to the right, or down and to the left.
struct Arrow {
    line: String,
    head: String,
}

/// The drawing of these steps, at most `rows_max` rows of boxes; none without steps. The second value says how many steps
/// are left out.
pub fn draw(steps: &[Step], rows_max: usize, lang: Lang) -> Option<(String, usize)> {
    let mut drawing = Drawing {
        width: WIDTH,
        height: 2,
        box_width: BOX_WIDTH,
        box_height: BOX_HEIGHT,
        label: match lang {
            Lang::Zh => "办理流程图",
            Lang::En => "Flow chart of the steps",
        },
        heads: Vec::new(),
        boxes: Vec::new(),
        arrows: Vec::new(),
    };
    let mut rows = 0;
    for way in ways(steps) {
        if rows == rows_max {
            break;
        }
        if let Some(name) = &way[0].way {
            let words = fit(name, (WIDTH / NAME_FONT) as u32, 1).lines.concat();
            drawing.heads.push(Text { x: 2, y: drawing.height + 16, size: NAME_FONT, bold: true, words });
            drawing.height += HEAD;
        }
        let shown = way.len().min((rows_max - rows) * COLUMNS);
        for (n, step) in way[..shown].iter().enumerate() {
            drawing.put(n, step, lang);
        }
        let drawn = shown.div_ceil(COLUMNS);
        rows += drawn;
        drawing.height += drawn * (BOX_HEIGHT + ROW_GAP);
    }
    let left_out = steps.len() - drawing.boxes.len();
    drawing.height = drawing.height.saturating_sub(ROW_GAP) + 2;
    (!drawing.boxes.is_empty()).then(|| drawing.render().ok()).flatten().map(|svg| (svg, left_out))
}

/// How many rows of boxes all steps would take.
pub fn rows(steps: &[Step]) -> usize {
    ways(steps).iter().map(|way| way.len().div_ceil(COLUMNS)).sum()
}

/// Steps by the way they belong to, in order of their first step.
fn ways(steps: &[Step]) -> Vec<Vec<&Step>> {
    let mut ways: Vec<Vec<&Step>> = Vec::new();
    for step in steps {
        match ways.iter_mut().find(|way| way[0].way == step.way) {
            Some(way) => way.push(step),
            None => ways.push(vec![step]),
        }
    }
    ways
}

impl Drawing {
    /// Step number `n` of a way that begins at the present height.
    fn put(&mut self, n: usize, step: &Step, lang: Lang) {
        let (x, y) = self.place(n);
        let middle = x + BOX_WIDTH / 2;
        let em = |font: usize| ((BOX_WIDTH - PADDING) / font) as u32;
        let name = fit(&format!("{}. {}", n + 1, step.name), em(NAME_FONT), NAME_LINES).lines;
        let note = fit(&note(step, lang), em(NOTE_FONT), NOTE_LINES).lines;
        let tall = name.len() * (NAME_FONT + 4) + note.len() * (NOTE_FONT + 4);
        let mut top = y + BOX_HEIGHT.saturating_sub(tall) / 2;
        let mut texts = Vec::new();
        for (lines, size, bold) in [(name, NAME_FONT, true), (note, NOTE_FONT, false)] {
            for words in lines {
                texts.push(Text { x: middle, y: top + size, size, bold, words });
                top += size + 4;
            }
        }
        self.boxes.push(Box { x, y, special: step.special == Some(true), texts });
        if n > 0 {
            let before = self.place(n - 1);
            self.arrows.push(arrow(before, (x, y)));
        }
    }

    fn place(&self, n: usize) -> (usize, usize) {
        let (row, column) = (n / COLUMNS, n % COLUMNS);
        (1 + column * (BOX_WIDTH + GAP), self.height + row * (BOX_HEIGHT + ROW_GAP))
    }
}

fn arrow(from: (usize, usize), to: (usize, usize)) -> Arrow {
    if from.1 == to.1 {
        let (x, y) = (from.0 + BOX_WIDTH, from.1 + BOX_HEIGHT / 2);
        let end = to.0;
        return Arrow { line: format!("M{x} {y}H{}", end - 6), head: format!("M{end} {y}l-8 -4v8z") };
    }
    let (x, y) = (from.0 + BOX_WIDTH / 2, from.1 + BOX_HEIGHT);
    let (end_x, end_y) = (to.0 + BOX_WIDTH / 2, to.1);
    Arrow {
        line: format!("M{x} {y}v{}H{end_x}V{}", ROW_GAP / 2, end_y - 6),
        head: format!("M{end_x} {end_y}l-4 -8h8z"),
    }
}

/// Who does it where, and below that in how long.
fn note(step: &Step, lang: Lang) -> String {
    let days = step.working_days.map(|days| match lang {
        Lang::Zh => format!("{days}个工作日"),
        Lang::En => format!("{days} working days"),
    });
    let special = (step.special == Some(true)).then(|| match lang {
        Lang::Zh => "可启特别程序".to_owned(),
        Lang::En => "may be suspended".to_owned(),
    });
    let role = step.role.map(|role| role.words().text(lang).to_owned());
    let tier = step.tier.map(|tier| match lang {
        Lang::Zh => format!("{}级", tier.words().zh),
        Lang::En => tier.words().en.to_owned(),
    });
    let line = |parts: [Option<String>; 2]| parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    format!("{}\n{}", line([role, tier]), line([days, special]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, way: Option<&str>) -> Step {
        Step { name: name.to_owned(), way: way.map(str::to_owned), ..Step::default() }
    }

    #[test]
    fn every_step_is_a_box_and_all_but_the_first_of_a_way_have_an_arrow() {
        let mut steps: Vec<Step> = (0..6).map(|n| step(&format!("环节{n}"), Some("窗口"))).collect();
        steps.extend([step("网上申请", Some("网上")), step("网上办结", Some("网上"))]);
        let (svg, left_out) = draw(&steps, 9, Lang::Zh).unwrap();
        assert_eq!((svg.matches("class=\"step").count(), left_out, rows(&steps)), (8, 0, 3));
        assert_eq!(svg.matches("class=\"arrow").count(), 6);
        assert!(svg.contains("窗口") && svg.contains("网上"));
        let (short, left_out) = draw(&steps, 1, Lang::Zh).unwrap();
        assert_eq!((short.matches("class=\"step").count(), left_out), (4, 4));
        assert!(draw(&[], 9, Lang::Zh).is_none());
    }

    #[test]
    fn a_name_is_escaped_and_cut_to_its_box() {
        let (svg, _) = draw(&[step("</text><script>&", None)], 1, Lang::En).unwrap();
        assert!(!svg.contains("<script>"), "{svg}");
        let (svg, _) = draw(&[step(&"很长的环节名称".repeat(20), None)], 1, Lang::Zh).unwrap();
        assert_eq!(svg.matches("<text").count(), NAME_LINES);
        assert!(svg.contains('…'));
    }
}
