//! A line as words: split at blanks, with quotes around what has blanks in it, and `#` before what nobody plays.
//!
//! Knows no meaning of any word.

/// A line's words. `:` and `,` at the end of one are words of their own.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && word.is_empty() => break,
            c if c.is_whitespace() && !quoted => finish(&mut words, &mut word),
            c => word.push(c),
        }
    }
    finish(&mut words, &mut word);
    if quoted { Err("a quotation mark is not closed".to_owned()) } else { Ok(words) }
}

fn finish(words: &mut Vec<String>, word: &mut String) {
    let mark = word.pop();
    match mark {
        Some(mark @ (':' | ',')) => {
            if !word.is_empty() {
                words.push(std::mem::take(word));
            }
            words.push(mark.to_string());
        }
        Some(other) => {
            word.push(other);
            words.push(std::mem::take(word));
        }
        None => {}
    }
}
