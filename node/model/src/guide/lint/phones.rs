//! Telephone numbers in the elements that give some (19 and 20), and whether they can be dialled.
//!
//! Knows the numbering of China's public network: area codes of 3 or 4 digits with 0 in front, local numbers of 7 or 8,
//! mobile numbers of 11, service numbers of 3, 5 or 6 beginning with 1 or 9, and 400 and 800 numbers of 10.

use super::{Facts, Fault};
use crate::guide::{Element, Guide};

pub(super) fn phones(guide: &Guide, _: &Facts) -> Vec<Fault> {
    let elements = [Element::Consultation, Element::Complaints];
    elements
        .into_iter()
        .flat_map(|element| {
            let text = guide.text(element).unwrap_or_default();
            let wrong = numbers(text).into_iter().filter(|number| !can_be_dialled(number));
            wrong.map(move |number| Fault::under(element, number)).collect::<Vec<_>>()
        })
        .collect()
}

/// What is meant as a number: five digits or more with hyphens and brackets between. Dates and post codes are none.
fn numbers(text: &str) -> Vec<String> {
    let plain = |c: char| match c {
        '－' | '—' | '–' => '-',
        '（' => '(',
        '）' => ')',
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        c => c,
    };
    let text: String = text.chars().map(plain).collect();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '(' | ')');
    let mut found = Vec::new();
    let mut before = String::new();
    for part in text.split_inclusive(|c: char| !is_part(c)) {
        let number: String = part.chars().filter(|c| is_part(*c)).collect();
        let number = number.trim_matches(|c| matches!(c, '-' | '(' | ')'));
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let is_post_code =
            digits == 6 && ["邮编", "邮政编码"].iter().any(|word| tail(&before).contains(word));
        if digits >= 5 && !is_post_code && number.parse::<jiff::civil::Date>().is_err() {
            found.push(number.to_owned());
        }
        before.push_str(part);
    }
    found
}

/// The last words before a number.
fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    &text[start..]
}

/// An extension behind a further hyphen is not looked at.
fn can_be_dialled(number: &str) -> bool {
    let parts: Vec<&str> =
        number.split(['-', '(', ')']).map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [area, local, ..] if is_area(area) => is_local(local) || is_service(local),
        [first @ ("400" | "800"), rest @ ..] => first.len() + rest.concat().len() == 10,
        [whole, ..] => {
            is_local(whole) || is_service(whole) || is_mobile(whole) || {
                let joined = |at: usize| whole.is_char_boundary(at) && whole.len() > at;
                (whole.starts_with("400") && whole.len() == 10)
                    || [3, 4]
                        .into_iter()
                        .any(|at| joined(at) && is_area(&whole[..at]) && is_local(&whole[at..]))
            }
        }
        [] => false,
    }
}

fn is_area(part: &str) -> bool {
    part.starts_with('0') && (3..=4).contains(&part.len()) && part.as_bytes()[1] != b'0'
}

fn is_local(part: &str) -> bool {
    (7..=8).contains(&part.len()) && !part.starts_with(['0', '1'])
}

fn is_service(part: &str) -> bool {
    match part.as_bytes() {
        [b'1', ..] => matches!(part.len(), 3 | 5),
        [b'9', b'5' | b'6', ..] => matches!(part.len(), 5 | 6),
        _ => false,
    }
}

fn is_mobile(part: &str) -> bool {
    part.len() == 11 && part.starts_with('1') && !part.starts_with("10") && !part.starts_with("11")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_real_sample_are_told_from_those_that_are_none() {
        for good in [
            "0737-7226787",
            "020-12333-9-3",
            "020-12345",
            "12345",
            "0518-12345",
            "13800138000",
            "(020)83163930",
            "4008123123",
            "400-812-3123",
            "02083163930",
            "95598",
            "83163930",
        ] {
            assert_eq!(numbers(good), [good.trim_matches(['(', ')'])], "{good}");
            assert!(can_be_dialled(good), "{good}");
        }
        for bad in ["020-123456", "0000-1234567", "123456", "020-1234567890", "1380013800"] {
            assert_eq!(numbers(bad), [bad]);
            assert!(!can_be_dialled(bad), "{bad}");
        }
    }

    #[test]
    fn hours_addresses_dates_and_post_codes_are_no_numbers() {
        let text = "中山七路341号，邮编：510145，自2026-01-31起，周一至周五 8:30-12:00、14:00-17:30；电话０２０－８３５０７３２３/020-12348。";
        assert_eq!(numbers(text), ["020-83507323", "020-12348"]);
    }
}
