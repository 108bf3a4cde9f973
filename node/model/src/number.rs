//! Case numbers: 27 digits, unique without a network (DOMAIN §3).
//!
//! 12 unit code (padded) + 8 date + 2 window + 4 sequence of that window's node + 1 check digit by
//! ISO 7064 MOD 11,10, which stays within digits and finds every single wrong digit and nearly every swap of
//! neighbours. Knows no case; whoever gives numbers keeps the sequence.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use sanji_sync::UnitCode;
use serde::{Deserialize, Serialize};

use crate::lang::{Lang, Say, say_in_english};

/// A case's number, checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber {
    /// ASCII digits.
    digits: [u8; 27],
}

/// Why a text is no case number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadNumber {
    /// Characters found instead of 27.
    Length(usize),
    /// Place of the first character that is no digit, from 1.
    Character(usize),
    Date,
    Check,
    /// A window above 99 or a sequence outside 1 to 9999: this window has given all its numbers of the day.
    Exhausted,
}

impl CaseNumber {
    /// Makes a number. `window` is 0 to 99, `sequence` 1 to 9999 within a day; the date's year has four digits.
    pub fn new(unit: UnitCode, date: Date, window: u8, sequence: u16) -> Result<CaseNumber, BadNumber> {
        if window > 99 || !(1..=9999).contains(&sequence) {
            return Err(BadNumber::Exhausted);
        }
        if date.year() < 1 {
            return Err(BadNumber::Date);
        }
        let (year, month, day) = (date.year(), date.month(), date.day());
        let body = format!("{}{year:04}{month:02}{day:02}{window:02}{sequence:04}", unit.padded());
        let mut digits = [b'0'; 27];
        digits[..26].copy_from_slice(body.as_bytes());
        digits[26] = check_digit(&digits[..26]);
        Ok(CaseNumber { digits })
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).expect("only ASCII digits are stored")
    }

    /// The unit that gave it, padding taken off: no town or village code ends in three zeros.
    pub fn unit(&self) -> UnitCode {
        let code = &self.as_str()[..12];
        let code =
            if code.ends_with("000000") { &code[..6] } else { code.strip_suffix("000").unwrap_or(code) };
        UnitCode::parse(code).expect("6, 9 or 12 digits")
    }

    pub fn date(&self) -> Date {
        date_of(self.as_str()).expect("checked when made")
    }

    pub fn window(&self) -> u8 {
        self.as_str()[20..22].parse().expect("two digits")
    }

    pub fn sequence(&self) -> u16 {
        self.as_str()[22..26].parse().expect("four digits")
    }
}

impl FromStr for CaseNumber {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<CaseNumber, BadNumber> {
        let text = text.trim();
        if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(BadNumber::Character(at + 1));
        }
        let digits: [u8; 27] = text.as_bytes().try_into().map_err(|_| BadNumber::Length(text.len()))?;
        if digits[26] != check_digit(&digits[..26]) {
            return Err(BadNumber::Check);
        }
        date_of(text).ok_or(BadNumber::Date)?;
        Ok(CaseNumber { digits })
    }
}

fn date_of(text: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| text[range].parse::<i16>().ok();
    Date::new(part(12..16)?, part(16..18)? as i8, part(18..20)? as i8).ok()
}

/// ISO 7064 MOD 11,10 (hybrid system) over ASCII digits.
fn check_digit(digits: &[u8]) -> u8 {
    let mut product = 10;
    for digit in digits {
        let sum = (product + u32::from(digit - b'0')) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
    }
    b'0' + ((11 - product) % 10) as u8
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CaseNumber {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CaseNumber {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<CaseNumber, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Say for BadNumber {
    fn code(&self) -> &'static str {
        match self {
            BadNumber::Length(_) => "NUMBER_LENGTH",
            BadNumber::Character(_) => "NUMBER_CHARACTER",
            BadNumber::Date => "NUMBER_DATE",
            BadNumber::Check => "NUMBER_CHECK",
            BadNumber::Exhausted => "NUMBER_EXHAUSTED",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadNumber::Length(n), Lang::Zh) => format!("办件编号应为 27 位，现为 {n} 位，请核对凭证"),
            (BadNumber::Length(n), Lang::En) => {
                format!("a case number has 27 digits, this has {n}; compare it with the paper")
            }
            (BadNumber::Character(at), Lang::Zh) => format!("办件编号第 {at} 位不是数字，请核对凭证"),
            (BadNumber::Character(at), Lang::En) => {
                format!("character {at} of the case number is no digit; compare it with the paper")
            }
            (BadNumber::Date, Lang::Zh) => "办件编号中的日期不存在，请核对凭证".to_owned(),
            (BadNumber::Date, Lang::En) => {
                "the date in the case number does not exist; compare it with the paper".to_owned()
            }
            (BadNumber::Check, Lang::Zh) => "办件编号校验位不符，有一位或几位录错，请核对凭证".to_owned(),
            (BadNumber::Check, Lang::En) => {
                "the check digit of the case number does not fit: some digit is wrong".to_owned()
            }
            (BadNumber::Exhausted, Lang::Zh) => "该窗口当日编号已用完，请换一个窗口登记".to_owned(),
            (BadNumber::Exhausted, Lang::En) => {
                "this window has used up its numbers of the day; register at another window".to_owned()
            }
        }
    }
}

say_in_english!(BadNumber);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(unit: &str) -> CaseNumber {
        CaseNumber::new(UnitCode::parse(unit).unwrap(), Date::constant(2026, 2, 10), 3, 27).unwrap()
    }

    #[test]
    fn a_number_gives_its_parts_back() {
        for unit in ["640202", "640202001", "640202001001"] {
            let number = number(unit);
            assert_eq!(number.as_str().len(), 27);
            assert_eq!(number.unit().as_str(), unit);
            assert_eq!(
                (number.date(), number.window(), number.sequence()),
                (Date::constant(2026, 2, 10), 3, 27)
            );
            assert_eq!(number.to_string().parse(), Ok(number));
        }
        assert!(number("640202001001").as_str().starts_with("64020200100120260210030027"));
    }

    #[test]
    fn the_check_digit_is_the_standards() {
        // The published example of MOD 11,10: 0794 carries 5.
        assert_eq!(check_digit(b"0794"), b'5');
    }

    #[test]
    fn what_is_no_number_says_why() {
        let good = number("640202");
        assert_eq!("123".parse::<CaseNumber>(), Err(BadNumber::Length(3)));
        assert_eq!("１23".parse::<CaseNumber>(), Err(BadNumber::Character(1)));
        let mut month_13 = good.digits;
        month_13[16..18].copy_from_slice(b"13");
        month_13[26] = check_digit(&month_13[..26]);
        assert_eq!(std::str::from_utf8(&month_13).unwrap().parse::<CaseNumber>(), Err(BadNumber::Date));
        let unit = good.unit();
        for (window, sequence) in [(100, 1), (0, 0), (0, 10_000)] {
            assert_eq!(CaseNumber::new(unit, good.date(), window, sequence), Err(BadNumber::Exhausted));
        }
    }

    proptest! {
        #[test]
        fn no_single_wrong_digit_passes(sequence in 1u16..10_000, at in 0usize..27, by in 1u8..10) {
            let unit = UnitCode::parse("640202001001").unwrap();
            let mut digits = CaseNumber::new(unit, Date::constant(2026, 2, 10), 1, sequence).unwrap().digits;
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            prop_assert_eq!(std::str::from_utf8(&digits).unwrap().parse::<CaseNumber>(), Err(BadNumber::Check));
        }
    }
}
