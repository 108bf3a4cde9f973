//! Mongolian in its vertical script: text cut into blocks of lines that run from top to bottom, left to right.
//!
//! A block has one of a few heights, since a page without script cannot ask how much room its text takes. Knows no guide.

/// Traditional Mongolian letters.
const SCRIPT: std::ops::RangeInclusive<char> = '\u{1820}'..='\u{18aa}';

/// Lines side by side in one block, at the width of a page.
const LINES_MAX: usize = 18;
/// Class of a block, and letters in one of its lines at the most: a letter takes half an em.
const HEIGHTS: [(&str, usize); 3] = [("low", 13), ("middle", 26), ("high", 52)];

/// A block that stands in the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// The class that gives its height.
    pub height: &'static str,
    pub paragraphs: Vec<String>,
}

/// Whether a text is written in the vertical script. Mongolian in Cyrillic letters runs like any other text.
pub fn is_vertical(text: &str) -> bool {
    text.chars().any(|c| SCRIPT.contains(&c))
}

/// The text in blocks, each as low as it may be; long texts take several.
pub fn blocks(text: &str) -> Vec<Block> {
    let (_, longest) = HEIGHTS[HEIGHTS.len() - 1];
    let mut blocks = Vec::new();
    let mut paragraphs: Vec<String> = Vec::new();
    let mut lines = 0;
    for part in paragraphs_of(text).flat_map(|paragraph| parts(paragraph, longest, LINES_MAX)) {
        let more = lines_of(&part, longest);
        if lines + more > LINES_MAX {
            blocks.push(block(std::mem::take(&mut paragraphs)));
            lines = 0;
        }
        paragraphs.push(part);
        lines += more;
    }
    if !paragraphs.is_empty() {
        blocks.push(block(paragraphs));
    }
    blocks
}

/// As much of a text as one low block holds; whether something is left out.
pub fn beginning(text: &str) -> (Block, bool) {
    let (height, letters) = HEIGHTS[0];
    let mut paragraphs = Vec::new();
    let mut left = LINES_MAX - 1;
    let mut cut = false;
    for paragraph in paragraphs_of(text) {
        let mut fitting = parts(paragraph, letters, left.max(1)).into_iter();
        match fitting.next().filter(|_| left > 0) {
            Some(part) => {
                left = left.saturating_sub(lines_of(&part, letters));
                paragraphs.push(part);
                cut |= fitting.next().is_some();
            }
            None => cut = true,
        }
        if cut {
            // In the one line that was kept free.
            paragraphs.push("…".to_owned());
            break;
        }
    }
    (Block { height, paragraphs }, cut)
}

fn block(paragraphs: Vec<String>) -> Block {
    let fits = |(_, letters): &&(&str, usize)| {
        paragraphs.iter().map(|paragraph| lines_of(paragraph, *letters)).sum::<usize>() <= LINES_MAX
    };
    let (height, _) = HEIGHTS.iter().find(fits).unwrap_or(&HEIGHTS[HEIGHTS.len() - 1]);
    Block { height, paragraphs }
}

fn paragraphs_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

/// How many lines of so many letters a paragraph takes.
fn lines_of(paragraph: &str, letters: usize) -> usize {
    parts(paragraph, letters, 1).len().max(1)
}

/// A paragraph in parts of at most `lines` lines of so many letters, broken between words.
fn parts(paragraph: &str, letters: usize, lines: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let (mut line, mut used) = (lines, letters);
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        // One longer than a line goes on in the next ones.
        let len = word.chars().count();
        if used + 1 + len > letters {
            line += 1;
            used = 0;
        }
        match parts.last_mut() {
            Some(part) if line < lines => {
                part.push(' ');
                part.push_str(word);
            }
            Some(_) | None => {
                parts.push(word.to_owned());
                line = 0;
            }
        }
        used += len + 1;
        line += (used - 1) / letters;
        used = (used - 1) % letters + 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_vertical_by_its_letters_and_keeps_every_word() {
        assert!(is_vertical("ᠰᠠᠷ\u{180e}ᠠ") && !is_vertical("сар") && !is_vertical("月"));
        let long = vec!["ᠭᠠᠷᠴᠠᠭ"; 900].join(" ");
        let blocks = blocks(&format!("ᠨᠢᠮ\u{180e}ᠠ\n\n{long}"));
        assert!(blocks.len() > 5 && blocks[0].paragraphs[0] == "ᠨᠢᠮ\u{180e}ᠠ", "{}", blocks.len());
        let words: usize = blocks.iter().flat_map(|b| &b.paragraphs).map(|p| p.split(' ').count()).sum();
        assert_eq!(words, 901);
        for block in &blocks {
            assert!(block.paragraphs.iter().map(|p| lines_of(p, 52)).sum::<usize>() <= LINES_MAX);
        }
    }

    #[test]
    fn a_short_text_is_low_and_a_beginning_says_what_it_leaves_out() {
        assert_eq!(blocks("ᠰᠠᠷ")[0].height, "low");
        assert_eq!(beginning("ᠰᠠᠷ"), (Block { height: "low", paragraphs: vec!["ᠰᠠᠷ".into()] }, false));
        let (block, cut) = beginning(&vec!["ᠭᠠᠷᠴᠠᠭ"; 900].join(" "));
        assert!(cut && block.paragraphs[1] == "…");
        assert_eq!(lines_of(&block.paragraphs[0], 13), LINES_MAX - 1);
    }
}
