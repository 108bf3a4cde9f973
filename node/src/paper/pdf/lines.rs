//! Breaks text into lines as Chinese is set: no closing mark begins a line and no opening one ends it (禁则), two marks side by
//! side share their room, words and numbers stay whole, and full lines are as wide as the column.
//!
//! Knows no page; how wide a character is, the caller says.

/// Widths of characters in ems.
pub trait Measure {
    fn advance(&self, c: char) -> f32;
}

/// One line: characters with the room of each in ems.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Line {
    pub chars: Vec<(char, f32)>,
    /// Ends its paragraph, so it is not stretched.
    pub is_last: bool,
}

impl Line {
    /// Without what stands over at its end: a closing mark is half empty.
    pub fn width(&self) -> f32 {
        let all: f32 = self.chars.iter().map(|(_, room)| room).sum();
        all - self.chars.last().map_or(0.0, |(c, room)| overhang(*c, *room))
    }

    /// With its gaps widened to `em`, if they need little; text that is stretched much reads worse than a ragged edge.
    pub fn stretched(mut self, em: f32) -> Line {
        const GAP_MAX: f32 = 0.09;
        let gaps = self.chars.len().saturating_sub(1);
        let gap = (em - self.width()) / gaps.max(1) as f32;
        if !self.is_last && (0.0..=GAP_MAX).contains(&gap) {
            self.chars.iter_mut().take(gaps).for_each(|(_, room)| *room += gap);
        }
        self
    }
}

const OPENING: &str = "（《「『【〔〈“‘(［｛";
const CLOSING: &str = "，。、；：？！）》」』】〕〉”’),.;:?!］｝…—％%";

fn is_opening(c: char) -> bool {
    OPENING.contains(c)
}

fn is_closing(c: char) -> bool {
    CLOSING.contains(c)
}

/// A mark that is as wide as a character and half empty.
fn is_half_empty(c: char, room: f32) -> bool {
    room > 0.9 && !matches!(c, '…' | '—' | '％')
}

/// What of a character may stand over the end of a line.
fn overhang(c: char, room: f32) -> f32 {
    match c {
        ' ' => room,
        c if is_closing(c) && is_half_empty(c, room) => 0.5,
        _ => 0.0,
    }
}

/// What a mark gives up before the next one.
fn shared(a: char, room: f32, b: char) -> f32 {
    let close = is_closing(a) && (is_closing(b) || is_opening(b)) && !matches!(b, '…' | '—');
    let open = is_opening(a) && is_opening(b);
    if (close || open) && is_half_empty(a, room) { 0.5 } else { 0.0 }
}

/// Whether a word or number goes on from `a` to `b`.
fn is_word(a: char, b: char) -> bool {
    let part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_' | '@' | '.' | ':' | '*' | '+');
    part(a) && part(b)
}

fn may_break(a: char, b: char) -> bool {
    !(is_closing(b) || is_opening(a) || b == ' ' || is_word(a, b))
}

/// The lines of a text, each of `em` at most, the first of a paragraph shorter by `indent`.
pub fn lines(text: &str, em: f32, indent: f32, measure: &impl Measure) -> Vec<Line> {
    let paragraphs = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    paragraphs.flat_map(|paragraph| broken(paragraph.trim(), em, indent, measure)).collect()
}

fn broken(text: &str, em: f32, indent: f32, measure: &impl Measure) -> Vec<Line> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_control()).collect();
    let room = |n: usize| {
        let own = measure.advance(chars[n]);
        own - chars.get(n + 1).map_or(0.0, |next| shared(chars[n], own, *next))
    };
    let mut lines: Vec<Line> = Vec::new();
    let mut start = 0;
    while start < chars.len() {
        let width = if lines.is_empty() { em - indent } else { em };
        let (mut used, mut end, mut good) = (0.0, start, None);
        while end < chars.len() {
            let own = measure.advance(chars[end]);
            if used + own - overhang(chars[end], own) > width + 0.001 && end > start {
                break;
            }
            used += room(end);
            end += 1;
            if end < chars.len() && may_break(chars[end - 1], chars[end]) {
                good = Some(end);
            }
        }
        let end = if end < chars.len() { good.unwrap_or(end) } else { end };
        let mut line: Vec<(char, f32)> = (start..end).map(|n| (chars[n], room(n))).collect();
        while line.last().is_some_and(|(c, _)| *c == ' ') {
            line.pop();
        }
        if let Some((c, room)) = line.last_mut() {
            *room = measure.advance(*c);
        }
        start = end;
        while chars.get(start) == Some(&' ') {
            start += 1;
        }
        lines.push(Line { chars: line, is_last: start >= chars.len() });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Even;

    impl Measure for Even {
        fn advance(&self, c: char) -> f32 {
            if c.is_ascii() { 0.5 } else { 1.0 }
        }
    }

    fn broken(text: &str, em: f32) -> Vec<String> {
        lines(text, em, 0.0, &Even).iter().map(|line| line.chars.iter().map(|(c, _)| *c).collect()).collect()
    }

    #[test]
    fn no_closing_mark_begins_a_line_and_no_opening_one_ends_it() {
        assert_eq!(broken("一二三四，五六", 4.0), ["一二三", "四，五六"]);
        assert_eq!(broken("一二三，四五", 3.5), ["一二三，", "四五"], "half a mark hangs over");
        assert_eq!(broken("一二三（四五）", 4.0), ["一二三", "（四五）"]);
        assert_eq!(broken("一二三。”四", 4.0), ["一二三。”", "四"], "two marks share their room");
        assert_eq!(broken("一二三——四", 4.0), ["一二", "三——四"]);
    }

    #[test]
    fn words_and_numbers_stay_whole_unless_a_line_is_too_short_for_them() {
        assert_eq!(broken("编号12345号", 4.0), ["编号", "12345号"]);
        assert_eq!(broken("1234567890", 3.0), ["123456", "7890"]);
        assert_eq!(broken("一二 三四\n\n五", 2.0), ["一二", "三四", "五"]);
        assert!(broken("", 4.0).is_empty());
    }

    #[test]
    fn full_lines_are_stretched_and_last_ones_are_not() {
        let set: Vec<Line> = lines("一二三四五六七八九十一二，三", 12.3, 0.0, &Even);
        assert_eq!(set.len(), 2);
        assert!((set[0].clone().stretched(11.4).width() - 11.4).abs() < 0.01);
        assert_eq!(set[1].clone().stretched(12.3), set[1]);
        assert_eq!(lines("一二三四", 4.0, 2.0, &Even)[0].chars.len(), 2, "set in");
    }
}
