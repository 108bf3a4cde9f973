//! Where everything of a paper stands on its A4 pages, in points from the upper left corner.
//!
//! Knows no PDF; `pdf` draws what stands here.

use sanji_model::lang::Lang;

use super::font::Glyphs;
use super::lines::{Line, Measure as _, lines};
use crate::paper::chinese;
use crate::paper::content::{Block, Field, Label, Sheet, Table};
use crate::square::Square;

pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
const LEFT: f32 = 70.0;
const RIGHT: f32 = WIDTH - LEFT;
const ROOM: f32 = RIGHT - LEFT;
const BOTTOM: f32 = HEIGHT - 66.0;

const TEXT: f32 = 12.0;
const CELL: f32 = 10.5;
const CELL_LEADING: f32 = 15.0;
const SMALL: f32 = 9.0;
const SMALL_LEADING: f32 = 13.5;
/// Between a cell's rule and its text, at its sides.
const PADDING_X: f32 = 5.0;
const RULE: f32 = 0.5;
/// Of the column of labels in the grid; with English beside them they are longer.
const LABEL: f32 = 74.0;
const LABEL_EN: f32 = 112.0;
/// Side of the square code: half a millimetre a module.
const SQUARE: f32 = 82.0;

/// Something that stands on a page.
pub enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        head: bool,
        line: Line,
    },
    /// A filled rectangle: rules are narrow ones.
    Rule {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
    },
}

pub type Page = Vec<Mark>;

#[derive(Clone, Copy)]
enum Align {
    Left,
    Middle,
    /// As wide as the column, but for last lines.
    Both,
}

/// How far apart everything stands from top to bottom.
#[derive(Clone, Copy)]
struct Spacing {
    /// Above the first line of a page.
    top: f32,
    /// From line to line of the text.
    text: f32,
    /// Between a cell's rule and its text.
    padding: f32,
}

const WIDE: Spacing = Spacing { top: 68.0, text: 21.0, padding: 4.0 };
const TIGHT: Spacing = Spacing { top: 56.0, text: 17.5, padding: 1.5 };

struct Layout<'a> {
    text: &'a Glyphs<'a>,
    head: &'a Glyphs<'a>,
    lang: Lang,
    spacing: Spacing,
    pages: Vec<Page>,
    y: f32,
    /// Nothing but signatures and the seal came onto the last page.
    ends_alone: bool,
}

/// All pages of a sheet. A page that has nothing but a seal is no page of a paper: everything stands closer together where
/// that spares it, and else what was said last goes over with the seal.
pub fn lay_out(sheet: &Sheet, text: &Glyphs, head: &Glyphs, lang: Lang) -> Vec<Page> {
    let laid = |spacing, over| laid_out(sheet, text, head, (lang, spacing), over);
    let wide = laid(WIDE, None);
    if wide.pages.len() == 1 {
        return wide.pages;
    }
    let tight = laid(TIGHT, None);
    let (best, spacing) = if tight.pages.len() < wide.pages.len() { (tight, TIGHT) } else { (wide, WIDE) };
    match last_said(&sheet.paper.blocks).filter(|over| best.ends_alone && *over > 0) {
        Some(over) => laid(spacing, Some(over)).pages,
        None => best.pages,
    }
}

/// Where what is said last begins: the last block, with what leads up to it.
fn last_said(blocks: &[Block]) -> Option<usize> {
    let last = blocks.len().checked_sub(1)?;
    let leads = |at: usize| match (&blocks[at], &blocks[at + 1]) {
        (Block::Heading(_), _) | (Block::Text(_), Block::Table(_)) => true,
        (Block::Text(_) | Block::Table(_) | Block::Facts(_), _) => false,
    };
    Some((0..last).rev().take_while(|at| leads(*at)).last().unwrap_or(last))
}

/// `over` is the block that begins a page.
fn laid_out<'a>(
    sheet: &Sheet,
    text: &'a Glyphs<'a>,
    head: &'a Glyphs<'a>,
    (lang, spacing): (Lang, Spacing),
    over: Option<usize>,
) -> Layout<'a> {
    let pages = vec![Vec::new()];
    let mut layout = Layout { text, head, lang, spacing, pages, y: spacing.top, ends_alone: false };
    layout.begin(sheet);
    for (n, block) in sheet.paper.blocks.iter().enumerate() {
        if over == Some(n) {
            layout.turn();
        }
        let next = sheet.paper.blocks.get(n + 1);
        layout.block(block, next);
    }
    layout.end(sheet);
    layout.edges(sheet);
    layout
}

impl Layout<'_> {
    fn begin(&mut self, sheet: &Sheet) {
        let paper = &sheet.paper;
        self.paragraph(&paper.unit, 15.0, 22.0, true, Align::Middle);
        self.y += 6.0;
        let title: String = paper.title.zh.clone();
        self.spaced(&title, 22.0, if title.chars().count() > 8 { 0.06 } else { 0.2 });
        if self.lang == Lang::En {
            let english = paper.title.en.clone();
            self.paragraph(&english, 11.0, 16.0, false, Align::Middle);
        }
        self.y += 4.0;
        self.paragraph(&format!("编号：{}", paper.number), CELL, 16.0, false, Align::Middle);
        self.y += 10.0;
        if let Some(addressee) = &paper.addressee {
            self.paragraph(&format!("{addressee}："), TEXT, self.spacing.text, true, Align::Left);
        }
    }

    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Facts(fields) => {
                self.y += 4.0;
                self.facts(fields);
                self.y += 8.0;
            }
            Block::Heading(text) => {
                self.need(self.spacing.text * 2.0);
                self.y += 4.0;
                self.paragraph(text, TEXT, self.spacing.text, true, Align::Left);
            }
            Block::Text(text) => {
                // What leads up to a table stays with its head and first row.
                if matches!(next, Some(Block::Table(_))) {
                    self.need(self.spacing.text * 2.0 + 2.0 * (CELL_LEADING + 2.0 * self.spacing.padding));
                }
                self.paragraph(text, TEXT, self.spacing.text, false, Align::Both);
            }
            Block::Table(table) => {
                self.y += 4.0;
                self.table(table);
                self.y += 8.0;
            }
        }
    }

    /// Signatures, seal and code, which stay together, and the small print.
    fn end(&mut self, sheet: &Sheet) {
        let paper = &sheet.paper;
        let rows = paper.signatures.len().div_ceil(2) as f32;
        let height = rows * 34.0 + 14.0 + SQUARE + 34.0;
        let pages = self.pages.len();
        self.need(height);
        self.ends_alone = self.pages.len() > pages;
        self.y += 10.0;
        for pair in paper.signatures.chunks(2) {
            for (n, label) in pair.iter().enumerate() {
                self.signature(label, n);
            }
            self.y += 34.0;
        }
        self.y += 10.0;
        let top = self.y;
        if let Some(printing) = &sheet.printing {
            self.square(&printing.code, top);
            let word = paper.digest().check_word();
            self.put("扫码核验真伪", LEFT + SQUARE + 4.0, top + 50.0, SMALL, false);
            self.put(&format!("校验码 {word}"), LEFT + SQUARE + 4.0, top + 64.0, SMALL, false);
        }
        let middle = RIGHT - 105.0;
        self.centred(&paper.unit, middle, top + 26.0, TEXT, 210.0);
        self.centred("（盖章）", middle, top + 47.0, CELL, 210.0);
        self.centred(&chinese::date(paper.made_on), middle, top + 68.0, TEXT, 210.0);
        self.y = top + SQUARE + 10.0;
        self.remarks(&paper.remarks);
    }

    fn signature(&mut self, label: &Label, n: usize) {
        let half = ROOM / 2.0;
        let x = LEFT + n as f32 * half;
        let text = format!("{}：", label.text(self.lang));
        let width = self.put(&text, x, self.y + 20.0, CELL, false);
        let line = (half - width - 16.0).max(40.0);
        self.mark(Mark::Rule { x: x + width, y: self.y + 23.0, width: line, height: RULE });
    }

    fn remarks(&mut self, remarks: &[Field]) {
        if remarks.is_empty() {
            return;
        }
        self.need(SMALL_LEADING * 2.0);
        self.mark(Mark::Rule { x: LEFT, y: self.y, width: ROOM, height: RULE });
        self.y += 4.0;
        for Field { label, value } in remarks {
            let text = format!("{}：{value}", label.text(self.lang));
            self.column(&text, LEFT, ROOM, (SMALL, SMALL_LEADING), 0.0);
        }
    }

    /// What stands at the upper and lower edge of every page.
    fn edges(&mut self, sheet: &Sheet) {
        let pages = self.pages.len();
        let foot = sheet.foot();
        for n in 0..pages {
            let mut marks = Page::new();
            if let Some(text) = sheet.mark() {
                let line = self.line(&text, false);
                let width = line.width() * CELL;
                let (x, y) = (RIGHT - width - 6.0, 36.0);
                marks.extend(frame(x - 6.0, y - 12.5, width + 12.0, 18.0));
                marks.push(Mark::Text { x, y, size: CELL, head: false, line });
            }
            let number = self.line(&format!("第 {} 页　共 {pages} 页", n + 1), false);
            let x = RIGHT - number.width() * SMALL;
            marks.push(Mark::Text { x, y: HEIGHT - 40.0, size: SMALL, head: false, line: number });
            let line = self.line(&foot, false);
            marks.push(Mark::Text { x: LEFT, y: HEIGHT - 40.0, size: SMALL, head: false, line });
            self.pages[n].extend(marks);
        }
    }

    /// The grid: two fields a row where both are short, else one.
    fn facts(&mut self, fields: &[Field]) {
        let label = if self.lang == Lang::En { LABEL_EN } else { LABEL };
        let half = ROOM / 2.0 - label;
        let is_short = |field: &&Field| {
            let room = (half - 2.0 * PADDING_X) / CELL;
            lines(&field.value, f32::MAX, 0.0, self.text).iter().all(|line| line.width() <= room)
        };
        let mut rows: Vec<Vec<&Field>> = Vec::new();
        for field in fields {
            match rows.last_mut() {
                Some(row) if row.len() == 1 && is_short(&row[0]) && is_short(&field) => row.push(field),
                Some(_) | None => rows.push(vec![field]),
            }
        }
        for row in rows {
            let widths: Vec<f32> = match row.len() {
                1 => vec![label, ROOM - label],
                _ => vec![label, half, label, half],
            };
            let cells: Vec<String> =
                row.iter().flat_map(|field| [field.label.text(self.lang), field.value.clone()]).collect();
            let is_label: Vec<bool> = (0..cells.len()).map(|n| n % 2 == 0).collect();
            self.row(&cells, &widths, &is_label, None);
        }
    }

    fn table(&mut self, table: &Table) {
        let all: u32 = table.widths.iter().sum();
        let widths: Vec<f32> =
            table.widths.iter().map(|part| ROOM * *part as f32 / all.max(1) as f32).collect();
        let heads: Vec<String> = table.heads.iter().map(|head| head.text(self.lang)).collect();
        let (all_heads, no_heads) = (vec![true; heads.len()], vec![false; heads.len()]);
        self.need(3.0 * (CELL_LEADING + 2.0 * self.spacing.padding));
        self.row(&heads, &widths, &all_heads, None);
        for row in &table.rows {
            self.row(row, &widths, &no_heads, Some(&heads));
        }
    }

    /// A row of cells with rules around. What does not fit goes on on the next page, below the heads.
    fn row(&mut self, cells: &[String], widths: &[f32], is_head: &[bool], heads: Option<&[String]>) {
        let em = |n: usize| (widths[n] - 2.0 * PADDING_X) / CELL;
        let glyphs = |n: usize| if is_head[n] { self.head } else { self.text };
        let set: Vec<Vec<Line>> =
            cells.iter().enumerate().map(|(n, cell)| lines(cell, em(n), 0.0, glyphs(n))).collect();
        let padding = self.spacing.padding;
        let height = |count: usize| count.max(1) as f32 * CELL_LEADING + 2.0 * padding;
        let tallest = set.iter().map(Vec::len).max().unwrap_or(0);
        if self.y + height(tallest) > BOTTOM && height(tallest) < BOTTOM - self.spacing.top - 60.0 {
            self.next_page(widths, heads);
        }
        let mut from = 0;
        loop {
            let fitting =
                ((BOTTOM - self.y - 2.0 * self.spacing.padding) / CELL_LEADING).floor().max(1.0) as usize;
            let upto = (from + fitting).min(tallest.max(1));
            self.cells(&set, widths, is_head, (from, upto), height(upto - from));
            from = upto;
            if from >= tallest {
                break;
            }
            self.next_page(widths, heads);
        }
    }

    fn next_page(&mut self, widths: &[f32], heads: Option<&[String]>) {
        self.pages.push(Page::new());
        self.y = self.spacing.top;
        if let Some(heads) = heads {
            self.row(heads, widths, &vec![true; heads.len()], None);
        }
    }

    fn cells(
        &mut self,
        set: &[Vec<Line>],
        widths: &[f32],
        is_head: &[bool],
        part: (usize, usize),
        height: f32,
    ) {
        let mut x = LEFT;
        for ((lines, width), head) in set.iter().zip(widths).zip(is_head) {
            self.marks(frame(x, self.y, *width, height));
            let shown = lines.get(part.0..part.1.min(lines.len())).unwrap_or_default();
            // Short columns stand in the middle, as do labels.
            let is_narrow = *width < 60.0 || *head;
            let above = (height - shown.len() as f32 * CELL_LEADING) / 2.0;
            for (n, line) in shown.iter().enumerate() {
                let inner = width - 2.0 * PADDING_X;
                let shift = if is_narrow { (inner - line.width() * CELL) / 2.0 } else { 0.0 };
                let y = self.y + above + n as f32 * CELL_LEADING + 11.5;
                let x = x + PADDING_X + shift.max(0.0);
                self.mark(Mark::Text { x, y, size: CELL, head: *head, line: line.clone() });
            }
            x += width;
        }
        self.y += height;
    }

    /// Text over the whole width.
    fn paragraph(&mut self, text: &str, size: f32, leading: f32, head: bool, align: Align) {
        let glyphs = if head { self.head } else { self.text };
        let em = ROOM / size;
        let indent = if matches!(align, Align::Both) { 2.0 } else { 0.0 };
        let mut is_first = true;
        for line in lines(text, em, indent, glyphs) {
            self.need(leading);
            let set_in = if is_first { indent } else { 0.0 };
            is_first = line.is_last;
            let (x, line) = match align {
                Align::Left => (LEFT, line),
                Align::Middle => (LEFT + (ROOM - line.width() * size) / 2.0, line),
                Align::Both => (LEFT + set_in * size, line.stretched(em - set_in)),
            };
            self.mark(Mark::Text { x, y: self.y + leading * 0.72, size, head, line });
            self.y += leading;
        }
    }

    /// A head with its characters apart.
    fn spaced(&mut self, text: &str, size: f32, apart: f32) {
        let leading = size * 1.5;
        for mut line in lines(text, ROOM / size / (1.0 + apart), 0.0, self.head) {
            let gaps = line.chars.len().saturating_sub(1);
            line.chars.iter_mut().take(gaps).for_each(|(_, room)| *room += apart);
            let x = LEFT + (ROOM - line.width() * size) / 2.0;
            self.mark(Mark::Text { x, y: self.y + leading * 0.72, size, head: true, line });
            self.y += leading;
        }
    }

    /// Text in a part of the width.
    fn column(&mut self, text: &str, x: f32, width: f32, (size, leading): (f32, f32), indent: f32) {
        for line in lines(text, width / size, indent, self.text) {
            self.need(leading);
            let line = line.stretched(width / size);
            self.mark(Mark::Text { x, y: self.y + leading * 0.72, size, head: false, line });
            self.y += leading;
        }
    }

    /// Text around a middle, in as many lines as it needs, the last on `y`.
    fn centred(&mut self, text: &str, middle: f32, y: f32, size: f32, width: f32) {
        let set = lines(text, width / size, 0.0, self.text);
        let last = set.len().saturating_sub(1);
        for (n, line) in set.into_iter().enumerate() {
            let y = y - (last - n) as f32 * size * 1.3;
            let x = middle - line.width() * size / 2.0;
            self.mark(Mark::Text { x, y, size, head: false, line });
        }
    }

    /// One line as it is; its width.
    fn put(&mut self, text: &str, x: f32, y: f32, size: f32, head: bool) -> f32 {
        let line = self.line(text, head);
        let width = line.chars.iter().map(|(_, room)| room).sum::<f32>() * size;
        self.mark(Mark::Text { x, y, size, head, line });
        width
    }

    fn line(&self, text: &str, head: bool) -> Line {
        let glyphs = if head { self.head } else { self.text };
        Line { chars: text.chars().map(|c| (c, glyphs.advance(c))).collect(), is_last: true }
    }

    fn square(&mut self, code: &str, top: f32) {
        let Some(square) = Square::of(code) else { return };
        let module = SQUARE / square.side as f32;
        for (x, y, run) in square.runs {
            self.mark(Mark::Rule {
                x: LEFT + x as f32 * module,
                y: top + y as f32 * module,
                width: run as f32 * module,
                // A hair more, so that no viewer shows white between rows.
                height: module * 1.02,
            });
        }
    }

    fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > self.spacing.top {
            self.turn();
        }
    }

    /// Goes on at the top of a new page.
    fn turn(&mut self) {
        self.pages.push(Page::new());
        self.y = self.spacing.top;
    }

    fn mark(&mut self, mark: Mark) {
        self.pages.last_mut().expect("there is always a page").push(mark);
    }

    fn marks(&mut self, marks: [Mark; 4]) {
        marks.into_iter().for_each(|mark| self.mark(mark));
    }
}

/// Rules around a rectangle.
fn frame(x: f32, y: f32, width: f32, height: f32) -> [Mark; 4] {
    [
        Mark::Rule { x, y, width: width + RULE, height: RULE },
        Mark::Rule { x, y: y + height, width: width + RULE, height: RULE },
        Mark::Rule { x, y, width: RULE, height },
        Mark::Rule { x: x + width, y, width: RULE, height },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::content::Table;

    #[test]
    fn what_is_said_last_goes_with_what_leads_up_to_it() {
        let text = || Block::Text("文".into());
        let heading = || Block::Heading("题".into());
        let table = || Block::Table(Table { heads: Vec::new(), widths: Vec::new(), rows: Vec::new() });
        assert_eq!(last_said(&[]), None);
        assert_eq!(last_said(&[text()]), Some(0));
        assert_eq!(last_said(&[text(), heading(), text()]), Some(1));
        assert_eq!(last_said(&[text(), heading(), text(), table()]), Some(1));
        assert_eq!(last_said(&[heading(), text(), text()]), Some(2));
    }
}
