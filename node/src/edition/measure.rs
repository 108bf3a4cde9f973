//! How much room text takes, estimated without a font: for boxes and for the one page of the short edition.
//!
//! Errs to the wide side: a Chinese character is one em, Latin letters by their kind. Knows no page.

use unicode_width::UnicodeWidthChar as _;

/// Hundredths of an em that a character takes at most in the usual fonts.
fn hundredths(c: char) -> u32 {
    match (c, c.width().unwrap_or(0)) {
        (_, 0) => 0,
        ('i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ', _) => 40,
        ('m' | 'w' | 'A'..='Z' | '@' | '%' | '&', _) => 90,
        (c, 1) if c.is_ascii() => 62,
        // Quotation marks and dots are as wide as a character in Chinese fonts.
        (_, _) => 100,
    }
}

/// Text broken into lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lines {
    pub lines: Vec<String>,
    /// Something did not fit, and the last line ends in `…`.
    pub cut: bool,
}

/// Breaks `text` into at most `lines_max` lines of `em` at most. Its own line breaks stay; blank lines go.
pub fn fit(text: &str, em: u32, lines_max: usize) -> Lines {
    let mut fitted = Lines::default();
    for paragraph in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut line = String::new();
        let mut used = 0;
        for c in paragraph.chars().filter(|c| !c.is_control()) {
            let room = hundredths(c);
            if used + room > em * 100 {
                fitted.lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += room;
        }
        fitted.lines.push(line);
    }
    if fitted.lines.len() > lines_max {
        fitted.lines.truncate(lines_max);
        fitted.cut = true;
        if let Some(last) = fitted.lines.last_mut() {
            while last.chars().map(hundredths).sum::<u32>() + hundredths('…') > em * 100
                && last.pop().is_some()
            {}
            last.push('…');
        }
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_wanted_and_say_when_something_is_left_out() {
        let whole = fit("受理\n\n审查与决定", 3, 4);
        assert_eq!(whole, Lines { lines: vec!["受理".into(), "审查与".into(), "决定".into()], cut: false });
        let cut = fit("一二三四五六七八九十", 3, 2);
        assert_eq!(cut, Lines { lines: vec!["一二三".into(), "四五…".into()], cut: true });
        assert_eq!(fit("WWWWW", 3, 1).lines, ["WW…"]);
        assert_eq!(fit(" \n", 3, 1), Lines::default());
        assert!(fit("一", 3, 0).cut && fit("一", 3, 0).lines.is_empty());
    }
}
