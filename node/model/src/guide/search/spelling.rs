//! Whether Latin letters spell a part of a Chinese name: by initials (`csdj` for 出生登记), in full, or mixed.
//!
//! A character that is read in several ways may be spelt in each. Knows no query and no rank.

use pinyin::ToPinyinMulti as _;

/// Letters of the longest reading, such as zhuang, and room.
const READING_MAX: usize = 8;

/// Whether `word` spells characters of `name` that stand side by side. Of each character its first letter is enough, or
/// zh, ch, sh; of the last one any beginning. Latin letters and digits of the name spell themselves.
pub(super) fn is_spelt_in(word: &str, name: &str) -> bool {
    let word = word.as_bytes();
    if word.len() >= u64::BITS as usize || !word.iter().all(u8::is_ascii_alphanumeric) || !has_letter(word) {
        return false;
    }
    // Bit n: the first n letters are spelt by characters that end before this one.
    let mut spelt = 0_u64;
    for character in name.chars() {
        let (from, mut after) = (spelt | 1, 0);
        for at in (0..word.len()).filter(|at| from >> at & 1 == 1) {
            after |= steps(character, &word[at..]) << at;
        }
        if after >> word.len() & 1 == 1 {
            return true;
        }
        spelt = after;
    }
    false
}

fn has_letter(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_alphabetic)
}

/// Bit n: the character may be spelt by the first n letters of `rest`.
fn steps(character: char, rest: &[u8]) -> u64 {
    if character.is_ascii() {
        return u64::from(rest[0] == character as u8) << 1;
    }
    let readings = character.to_pinyin_multi().into_iter().flatten();
    readings.fold(0, |steps, reading| steps | steps_of(reading.plain(), rest))
}

fn steps_of(reading: &str, rest: &[u8]) -> u64 {
    let mut letters = [0_u8; READING_MAX];
    let mut len = 0;
    for (slot, letter) in letters.iter_mut().zip(reading.chars()) {
        // As it is typed.
        *slot = if letter == 'ü' { b'v' } else { u8::try_from(letter).unwrap_or(b'?') };
        len += 1;
    }
    let letters = &letters[..len];
    let same = letters.iter().zip(rest).take_while(|(a, b)| a == b).count();
    let mut steps = 0;
    if same >= 1 {
        steps |= 1 << 1;
    }
    if same >= 2 && matches!(letters, [b'z' | b'c' | b's', b'h', ..]) {
        steps |= 1 << 2;
    }
    // The whole reading, or all there is left of the word.
    if same == len || same == rest.len() {
        steps |= 1 << same;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_full_and_mixed_spellings_are_found() {
        for (word, name, spelt) in [
            ("csdj", "出生登记", true),
            ("chushengdengji", "出生登记", true),
            ("chushdengj", "出生登记", true),
            ("shengdj", "出生登记", true),
            ("csd", "出生登记", true),
            ("dengj", "出生登记", true),
            ("cj", "出生登记", false),
            ("csdjx", "出生登记", false),
            ("chenshengdj", "出生登记", false),
            ("hsp", "行驶证", false),
            ("xsz", "行驶证", true),
            ("yhzh", "银行账户", true),
            ("cz", "重症救助", true),
            ("zhongzheng", "重症救助", true),
            ("lvhua", "绿化许可", true),
            ("abck", "abc卡申领", true),
            ("bc卡", "abc卡申领", false),
            ("2k", "2卡申领", true),
            ("12", "12345", false),
        ] {
            assert_eq!(is_spelt_in(word, name), spelt, "{word} in {name}");
        }
    }
}
