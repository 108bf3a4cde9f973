//! Text as it is compared: full width as half width, capitals as small letters, only letters and digits left.
//!
//! Knows no guide and no query.

/// Folds one character; none if it is left out.
pub(super) fn folded(c: char) -> Option<char> {
    let narrow = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    // One letter stays one: those few whose small form is several are taken as they are.
    let mut small = narrow.to_lowercase();
    let letter = match (small.next(), small.next()) {
        (Some(letter), None) => letter,
        (Some(_), Some(_)) | (None, _) => narrow,
    };
    letter.is_alphanumeric().then_some(letter)
}

/// A text folded, line by line. Mongolian variation selectors and the narrow spaces within its words are left out too.
pub(super) fn fold(text: &str) -> String {
    let lines = text.lines().map(|line| line.chars().filter_map(folded).collect::<String>());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_capitals_and_punctuation_do_not_matter() {
        assert_eq!(fold("《出生医学证明》（ＡＢc）\n \n 1-2 份"), "出生医学证明abc\n12份");
        assert_eq!(fold("ᠰᠠᠷ\u{180e}ᠠ ᠤ\u{202f}ᠨ"), "ᠰᠠᠷᠠᠤᠨ");
        assert_eq!(fold("——"), "");
    }
}
