//! Time limits in the words of guides: `20个工作日`, `30（自然日）`, `即时办结`, `一个月`.
//!
//! Finds one number with a unit or gives up; never chooses between two.

use crate::guide::limit::{Limit, Quantity, Unit};
use crate::lang::{Lang, Say, say_in_english};

/// A limit that was found in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    pub limit: Limit,
    /// The text says nothing besides.
    pub whole: bool,
}

/// Why no limit was read from a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadLimit {
    /// No number with a unit stands in it.
    NoLimit,
    /// Several stand in it, or a range.
    Several,
    /// A minus stands before the number.
    Negative,
}

/// Reads a text as one limit.
pub fn parse(text: &str) -> Result<Found, BadLimit> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).map(plain).collect();
    let mut found: Vec<(Limit, bool)> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let Some((number, after)) = number(&chars, at) else {
            at += 1;
            continue;
        };
        match unit(&chars, after) {
            Some((unit, factor, end)) => {
                if let Some(why) = before(&chars[..at]) {
                    return Err(why);
                }
                let tenths = number.checked_mul(factor).and_then(Quantity::from_tenths);
                let limit = Limit { number: tenths.ok_or(BadLimit::NoLimit)?, unit };
                found.push((limit, at == 0 && end == chars.len()));
                at = end;
            }
            None => at = after,
        }
    }
    let text: String = chars.iter().collect();
    let at_once = AT_ONCE.iter().any(|word| text.contains(word));
    match (found.as_slice(), at_once) {
        ([], true) => Ok(Found { limit: Limit::AT_ONCE, whole: WHOLE_AT_ONCE.contains(&text.as_str()) }),
        ([], false) => Err(BadLimit::NoLimit),
        ([(limit, whole)], false) => Ok(Found { limit: *limit, whole: *whole }),
        (_, _) => Err(BadLimit::Several),
    }
}

/// What the text before a limit makes of it: the end of a range, or less than nothing.
fn before(chars: &[char]) -> Option<BadLimit> {
    let (last, rest) = chars.split_last()?;
    let from = rest
        .last()
        .is_some_and(|c| c.is_ascii_digit() || CHINESE.contains(*c) || "日天月年周时期)".contains(*c));
    match last {
        '-' | '—' | '–' if !from => Some(BadLimit::Negative),
        '-' | '~' | '—' | '–' | '至' | '到' => Some(BadLimit::Several),
        _ => None,
    }
}

/// Words for “while the applicant waits”. The day of acceptance is day 0 (DOMAIN §3.5), so “the same day” is 0 too.
const AT_ONCE: &[&str] = &["即时", "即办", "当场", "立即", "当日", "当天"];

const WHOLE_AT_ONCE: &[&str] =
    &["即时办结", "即时办理", "即时", "即办", "即办件", "当场办结", "当场办理", "立即办理"];

/// The longer word first where one begins with the other; the factor counts a unit in the ones that are kept.
const UNITS: &[(&str, Unit, u32)] = &[
    ("工作日", Unit::WorkingDay, 1),
    ("自然日", Unit::Day, 1),
    ("日历日", Unit::Day, 1),
    ("小时", Unit::Hour, 1),
    ("星期", Unit::Day, 7),
    ("月", Unit::Month, 1),
    ("年", Unit::Month, 12),
    ("周", Unit::Day, 7),
    ("天", Unit::Day, 1),
    ("日", Unit::Day, 1),
];

/// The unit after a number, perhaps behind 个 and in brackets; with its factor and the place behind it.
fn unit(chars: &[char], mut at: usize) -> Option<(Unit, u32, usize)> {
    let is = |at: usize, c: char| chars.get(at) == Some(&c);
    at += usize::from(is(at, '个'));
    let bracket = is(at, '(');
    at += usize::from(bracket);
    let (word, unit, factor) =
        UNITS.iter().find(|(word, _, _)| word.chars().enumerate().all(|(n, c)| is(at + n, c)))?;
    at += word.chars().count();
    if bracket && !is(at, ')') {
        return None;
    }
    Some((*unit, *factor, at + usize::from(bracket)))
}

/// A number in tenths and the place behind it.
fn number(chars: &[char], at: usize) -> Option<(u32, usize)> {
    let run = |is: fn(&char) -> bool| chars[at..].iter().take_while(|c| is(c)).collect::<String>();
    let digits = run(|c| c.is_ascii_digit() || *c == '.');
    if digits.starts_with(|c: char| c.is_ascii_digit()) {
        let quantity = digits.trim_end_matches('.').parse::<Quantity>().map_or(u32::MAX, Quantity::tenths);
        return Some((quantity, at + digits.len()));
    }
    let numerals = run(|c| CHINESE.contains(*c));
    let len = numerals.chars().count();
    if numerals == "半" {
        return Some((5, at + 1));
    }
    (len > 0).then(|| (chinese(&numerals).and_then(|n| n.checked_mul(10)).unwrap_or(u32::MAX), at + len))
}

const CHINESE: &str = "零〇一二两三四五六七八九十百千半";

/// A Chinese numeral below ten thousand, such as 一百八十 or 十五.
fn chinese(numeral: &str) -> Option<u32> {
    let (mut sum, mut digit) = (0, None);
    for c in numeral.chars() {
        let power = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '零' | '〇' => continue,
            '两' => {
                digit = Some(2);
                continue;
            }
            _ => {
                let value = "一二三四五六七八九".chars().position(|d| d == c)?;
                if digit.replace(value as u32 + 1).is_some() {
                    return None;
                }
                continue;
            }
        };
        sum += digit.take().unwrap_or(1) * power;
    }
    Some(sum + digit.unwrap_or(0))
}

/// Full-width digits, points and brackets as ASCII.
fn plain(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        '（' | '【' | '[' => '(',
        '）' | '】' | ']' => ')',
        '．' => '.',
        '－' | '−' => '-',
        '～' => '~',
        c => c,
    }
}

impl Say for BadLimit {
    fn code(&self) -> &'static str {
        match self {
            BadLimit::NoLimit => "LIMIT_NONE",
            BadLimit::Several => "LIMIT_SEVERAL",
            BadLimit::Negative => "LIMIT_NEGATIVE",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadLimit::NoLimit, Lang::Zh) => "没有带单位的数字，请写成“20个工作日”的样子",
            (BadLimit::NoLimit, Lang::En) => "there is no number with a unit in it; write it as 20个工作日",
            (BadLimit::Several, Lang::Zh) => "有不止一个时限，请只写一个，如“20个工作日”",
            (BadLimit::Several, Lang::En) => {
                "there is more than one limit in it; write one, such as 20个工作日"
            }
            (BadLimit::Negative, Lang::Zh) => "时限不能小于零，请写成“20个工作日”的样子",
            (BadLimit::Negative, Lang::En) => "a limit is not below zero; write it as 20个工作日",
        }
        .to_owned()
    }
}

say_in_english!(BadLimit);

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(tenths: u32, unit: Unit) -> Limit {
        Limit { number: Quantity::from_tenths(tenths).unwrap(), unit }
    }

    #[test]
    fn limits_are_read_as_guides_write_them() {
        for (text, wanted) in [
            ("20个工作日", limit(200, Unit::WorkingDay)),
            ("20（工作日）", limit(200, Unit::WorkingDay)),
            ("20(工作日)", limit(200, Unit::WorkingDay)),
            ("20工作日", limit(200, Unit::WorkingDay)),
            (" ２０ 个 工作日 ", limit(200, Unit::WorkingDay)),
            ("30（自然日）", limit(300, Unit::Day)),
            ("91(自然日)", limit(910, Unit::Day)),
            ("15日", limit(150, Unit::Day)),
            ("15天", limit(150, Unit::Day)),
            ("两周", limit(140, Unit::Day)),
            ("一个月", limit(10, Unit::Month)),
            ("1年", limit(120, Unit::Month)),
            ("24小时", limit(240, Unit::Hour)),
            ("0.5个工作日", limit(5, Unit::WorkingDay)),
            ("半个工作日", limit(5, Unit::WorkingDay)),
            ("十五个工作日", limit(150, Unit::WorkingDay)),
            ("二十五日", limit(250, Unit::Day)),
            ("一百八十个工作日", limit(1800, Unit::WorkingDay)),
            ("一百零五个工作日", limit(1050, Unit::WorkingDay)),
            ("即时办结", Limit::AT_ONCE),
            ("0个工作日", Limit::AT_ONCE),
        ] {
            assert_eq!(parse(text), Ok(Found { limit: wanted, whole: true }), "{text}");
        }
    }

    #[test]
    fn words_around_a_limit_are_noticed() {
        for (text, wanted) in [
            ("自受理之日起25个工作日办结", limit(250, Unit::WorkingDay)),
            ("材料齐全的，即时办结", Limit::AT_ONCE),
            ("3个工作日内（不含公示期）", limit(30, Unit::WorkingDay)),
        ] {
            assert_eq!(parse(text), Ok(Found { limit: wanted, whole: false }), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_limit_is_not_guessed() {
        for text in
            ["", "按有关规定办理", "5", "无", "第三次", "999999999999个工作日", "二三个工作日", "5（工作日"]
        {
            assert_eq!(parse(text), Err(BadLimit::NoLimit), "{text}");
        }
        for text in [
            "3-5个工作日",
            "3至5个工作日",
            "5个工作日，特殊情况10个工作日",
            "即时办结或1个工作日",
            "2024年3月26日",
            "3日—5日",
        ] {
            assert_eq!(parse(text), Err(BadLimit::Several), "{text}");
        }
        for text in ["-5个工作日", "－５个工作日", "−5个工作日", "承诺-5个工作日"] {
            assert_eq!(parse(text), Err(BadLimit::Negative), "{text}");
        }
    }
}
