//! A line as words: split at blanks, with quotes, double or single, around what has blanks or the other quote in it, and
//! `#` before what nobody plays.
//!
//! Knows no meaning of any word.

/// A line's words. `:` and `,` at the end of one are words of their own.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match c {
            c if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            '#' if quote.is_none() && word.is_empty() => break,
            c if c.is_whitespace() && quote.is_none() => finish(&mut words, &mut word),
            c => word.push(c),
        }
    }
    finish(&mut words, &mut word);
    if quote.is_some() { Err("a quotation mark is not closed".to_owned()) } else { Ok(words) }
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
