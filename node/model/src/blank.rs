//! Texts that show nothing: empty, or made of blanks and of characters that nobody sees.
//!
//! Knows no language; takes nothing out of a text that shows something.

/// Whether a reader sees nothing of it.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(shows_nothing)
}

/// Blanks, control and format characters, fillers. Those that shape the letters beside them, as in Mongolian, show
/// nothing by themselves.
pub fn shows_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_blank() {
        for text in [
            "",
            " \n\t",
            "\u{3000}",
            "\u{200b}",
            "\u{feff}\u{2060}\u{ad}",
            "\u{180e}",
            "\u{3164}",
            "\u{2800}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["无", "\u{200b}甲", ".", "ᠨᠡᠷ\u{180b}", "○"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
