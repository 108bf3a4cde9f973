//! Mongolian in its vertical script: text cut into blocks of lines that run from top to bottom, left to right.
//!
//! A block has one of a few heights, since a page without script cannot ask how much room its text takes. Knows no guide.

/// Traditional Mongolian letters.
const SCRIPT: std::ops::RangeInclusive<char> = '\u{1820}'..='\u{18aa}';

/// Lines side by side in one block, at the width of a page.
const LINES_MAX: usize = 20;
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
    for paragraph in text.lines().map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        for part in parts(paragraph, longest * LINES_MAX) {
            let more = lines_of(&part, longest);
            if lines + more > LINES_MAX && !paragraphs.is_empty() {
                blocks.push(block(std::mem::take(&mut paragraphs)));
                lines = 0;
            }
            paragraphs.push(part);
            lines += more;
        }
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
    let mut left = LINES_MAX;
    for paragraph in text.lines().map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let mut whole = parts(paragraph, letters * left.max(1));
        if left == 0 || whole.len() > 1 {
            if left > 0 {
                paragraphs.push(whole.swap_remove(0) + " …");
            }
            return (Block { height, paragraphs }, true);
        }
        left = left.saturating_sub(lines_of(paragraph, letters));
        paragraphs.append(&mut whole);
    }
    (Block { height, paragraphs }, false)
}

fn block(paragraphs: Vec<String>) -> Block {
    let fits = |(_, letters): &&(&str, usize)| {
        paragraphs.iter().map(|paragraph| lines_of(paragraph, *letters)).sum::<usize>() <= LINES_MAX
    };
    let (height, _) = HEIGHTS.iter().find(fits).unwrap_or(&HEIGHTS[HEIGHTS.len() - 1]);
    Block { height, paragraphs }
}

/// Lines of at most so many letters, with a sixth of them lost to words that begin a new line.
fn lines_of(text: &str, letters: usize) -> usize {
    (text.chars().count() * 7 / 6).div_ceil(letters).max(1)
}

/// A text in parts of so many letters at most, cut between words.
fn parts(text: &str, letters: usize) -> Vec<String> {
    let room = letters * 6 / 7;
    let mut parts: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let more = word.chars().count() + 1;
        match parts.last_mut() {
            Some(part) if used + more <= room => {
                part.push(' ');
                part.push_str(word);
                used += more;
            }
            Some(_) | None => {
                parts.push(word.to_owned());
                used = more;
            }
        }
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
        assert!(cut && block.paragraphs[0].ends_with('…'));
        assert!(block.paragraphs[0].chars().count() <= 13 * LINES_MAX);
    }
}
