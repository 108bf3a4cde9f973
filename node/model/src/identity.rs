//! Identity numbers of applicants: resident identity numbers (GB 11643) and unified social credit codes
//! (GB 32100), and how names and numbers are masked for lists.
//!
//! Checks the form only; knows no register of people. No error carries the number, so none can reach a log.

use jiff::civil::Date;

use crate::lang::{Lang, Say, say_in_english, worded};

worded! {
    /// What kind of number an applicant is known by.
    pub enum IdKind ("证件类型", "kind of number") {
        Ric = "ric", "居民身份证", "resident identity number";
        Uscc = "uscc", "统一社会信用代码", "unified social credit code";
    }
}

worded! {
    pub enum Sex ("性别", "sex") {
        Male = "male", "男", "male";
        Female = "female", "女", "female";
    }
}

/// A number of valid form, letters in upper case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Identified {
    /// GB 11643. `old` is the 15-digit form without check digit, no longer issued but found in files.
    Resident { number: String, birth: Date, sex: Sex, old: bool },
    /// GB 32100.
    Organisation { number: String },
}

impl Identified {
    pub fn number(&self) -> &str {
        match self {
            Identified::Resident { number, .. } | Identified::Organisation { number } => number,
        }
    }

    pub fn kind(&self) -> IdKind {
        match self {
            Identified::Resident { .. } => IdKind::Ric,
            Identified::Organisation { .. } => IdKind::Uscc,
        }
    }
}

/// Why a number is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadIdentity {
    /// Characters found.
    Length(IdKind, usize),
    /// Place of the first character that may not stand there, from 1.
    Character(IdKind, usize),
    /// The first two digits are no province.
    Region,
    BirthDate,
    Check(IdKind),
}

/// Checks a number of a given kind. White space around it is ignored, letters may be lower case.
pub fn check(kind: IdKind, text: &str) -> Result<Identified, BadIdentity> {
    let number = text.trim().to_ascii_uppercase();
    match kind {
        IdKind::Ric => resident(number),
        IdKind::Uscc => organisation(number),
    }
}

/// Checks a number whose kind was not said. Both kinds have 18 characters; a number that is neither is
/// explained as a resident's when it consists of digits.
pub fn identify(text: &str) -> Result<Identified, BadIdentity> {
    let as_resident = match check(IdKind::Ric, text) {
        Ok(found) => return Ok(found),
        Err(why) => why,
    };
    check(IdKind::Uscc, text).map_err(|as_organisation| {
        let digits = text.trim().chars().take(17).all(|c| c.is_ascii_digit());
        if digits { as_resident } else { as_organisation }
    })
}

/// The number with all but the first six and last four characters hidden: `640202********1234`.
pub fn mask_number(number: &str) -> String {
    let len = number.chars().count();
    let hidden = if len > 10 { 6..len - 4 } else { 0..len };
    number.chars().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { c }).collect()
}

/// A person's name with all but its first character hidden: `王**`, `张*`; a single character is hidden too. No longer than
/// four, so that a list of names with a long one among them stays one, and a length tells nobody.
pub fn mask_name(name: &str) -> String {
    let len = name.chars().count();
    let hidden = |(at, c)| if at == 0 && len > 1 { c } else { '*' };
    name.chars().take(4).enumerate().map(hidden).collect()
}

/// GB 11643: 6 digits region, 8 birth date, 3 sequence (odd for men), check by ISO 7064 MOD 11-2.
fn resident(number: String) -> Result<Identified, BadIdentity> {
    let len = number.chars().count();
    if !matches!(len, 15 | 18) {
        return Err(BadIdentity::Length(IdKind::Ric, len));
    }
    let old = len == 15;
    let wrong = number.chars().position(|c| !c.is_ascii_digit());
    if let Some(at) = wrong
        && !(at == 17 && number.ends_with('X'))
    {
        return Err(BadIdentity::Character(IdKind::Ric, at + 1));
    }
    if !PROVINCES.contains(&&number[..2]) {
        return Err(BadIdentity::Region);
    }
    let born = if old { format!("19{}", &number[6..12]) } else { number[6..14].to_owned() };
    let birth = birth_date(&born).ok_or(BadIdentity::BirthDate)?;
    if !old && number.as_bytes()[17] != resident_check(&number.as_bytes()[..17]) {
        return Err(BadIdentity::Check(IdKind::Ric));
    }
    let last_of_sequence = number.as_bytes()[if old { 14 } else { 16 }];
    let sex = if last_of_sequence % 2 == 1 { Sex::Male } else { Sex::Female };
    Ok(Identified::Resident { number, birth, sex, old })
}

/// First two digits of GB/T 2260; 81, 82, 83 are on residence permits of Hong Kong, Macao and Taiwan people.
const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
    "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
    "83",
];

/// A real date of the 19th to 21st century; this crate knows no today to compare with.
fn birth_date(yyyymmdd: &str) -> Option<Date> {
    let year: i16 = yyyymmdd[..4].parse().ok()?;
    let date = Date::new(year, yyyymmdd[4..6].parse().ok()?, yyyymmdd[6..].parse().ok()?).ok()?;
    (1800..2100).contains(&year).then_some(date)
}

/// ISO 7064 MOD 11-2 over 17 digits.
fn resident_check(digits: &[u8]) -> u8 {
    let sum = digits.iter().fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    b"10X98765432"[(sum % 11) as usize]
}

/// GB 32100: 17 characters of an alphabet without I, O, S, V, Z and a check character by ISO 7064 MOD 31-3.
fn organisation(number: String) -> Result<Identified, BadIdentity> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let len = number.chars().count();
    if len != 18 {
        return Err(BadIdentity::Length(IdKind::Uscc, len));
    }
    let mut sum = 0;
    let mut weight = 1;
    let mut values = Vec::with_capacity(18);
    for (at, c) in number.chars().enumerate() {
        let value = ALPHABET.iter().position(|a| char::from(*a) == c);
        values.push(value.ok_or(BadIdentity::Character(IdKind::Uscc, at + 1))?);
    }
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    if values[17] != (31 - sum % 31) % 31 {
        return Err(BadIdentity::Check(IdKind::Uscc));
    }
    Ok(Identified::Organisation { number })
}

impl Say for BadIdentity {
    fn code(&self) -> &'static str {
        match self {
            BadIdentity::Length(..) => "ID_LENGTH",
            BadIdentity::Character(..) => "ID_CHARACTER",
            BadIdentity::Region => "ID_REGION",
            BadIdentity::BirthDate => "ID_BIRTH_DATE",
            BadIdentity::Check(_) => "ID_CHECK",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (BadIdentity::Length(kind, found), Lang::Zh) => {
                let wanted = if *kind == IdKind::Ric { "18 位（旧证 15 位）" } else { "18 位" };
                format!("{}应为 {wanted}，现为 {found} 位，请核对证件", kind.words().zh)
            }
            (BadIdentity::Length(kind, found), Lang::En) => {
                let wanted =
                    if *kind == IdKind::Ric { "18 characters (15 in the old form)" } else { "18 characters" };
                format!("a {} has {wanted}, this has {found}; compare it with the document", kind.words().en)
            }
            (BadIdentity::Character(kind, at), Lang::Zh) => {
                format!("{}第 {at} 位不能是这个字符，请核对证件", kind.words().zh)
            }
            (BadIdentity::Character(kind, at), Lang::En) => {
                format!("character {at} cannot stand in a {}; compare it with the document", kind.words().en)
            }
            (BadIdentity::Region, Lang::Zh) => "身份证号前两位不是省级代码，请核对证件".to_owned(),
            (BadIdentity::Region, Lang::En) => {
                "the first two digits are no province; compare them with the document".to_owned()
            }
            (BadIdentity::BirthDate, Lang::Zh) => "身份证号中的出生日期不存在，请核对证件".to_owned(),
            (BadIdentity::BirthDate, Lang::En) => {
                "the birth date in the number does not exist; compare it with the document".to_owned()
            }
            (BadIdentity::Check(kind), Lang::Zh) => {
                format!("{}校验位不符，有一位或几位录错，请核对证件", kind.words().zh)
            }
            (BadIdentity::Check(kind), Lang::En) => {
                format!(
                    "the check character of this {} does not fit: some character is wrong",
                    kind.words().en
                )
            }
        }
    }
}

say_in_english!(BadIdentity);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_resident_number_tells_birth_and_sex() {
        // The example of GB 11643 itself.
        let found = check(IdKind::Ric, " 11010519491231002x ").unwrap();
        let expected = Identified::Resident {
            number: "11010519491231002X".to_owned(),
            birth: Date::constant(1949, 12, 31),
            sex: Sex::Female,
            old: false,
        };
        assert_eq!(found, expected);
        let old = check(IdKind::Ric, "110105491231003").unwrap();
        assert!(matches!(old, Identified::Resident { old: true, sex: Sex::Male, .. }));
    }

    #[test]
    fn each_fault_of_a_resident_number_has_its_reason() {
        for (text, why) in [
            ("", BadIdentity::Length(IdKind::Ric, 0)),
            ("1101051949123100", BadIdentity::Length(IdKind::Ric, 16)),
            ("1101051949123100２X", BadIdentity::Character(IdKind::Ric, 17)),
            ("X1010519491231002X", BadIdentity::Character(IdKind::Ric, 1)),
            ("11010549123100X", BadIdentity::Character(IdKind::Ric, 15)),
            ("99010519491231002X", BadIdentity::Region),
            ("11010519490231002X", BadIdentity::BirthDate),
            ("110105194912310021", BadIdentity::Check(IdKind::Ric)),
        ] {
            assert_eq!(check(IdKind::Ric, text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_credit_code_is_checked_by_its_last_character() {
        // The example of GB 32100 and a code of digits only.
        for good in ["91350100M000100Y43", "91350100m000100y43", "911100007109250324"] {
            assert_eq!(check(IdKind::Uscc, good).unwrap().kind(), IdKind::Uscc, "{good}");
        }
        for (text, why) in [
            ("91350100M000100Y4", BadIdentity::Length(IdKind::Uscc, 17)),
            ("91350100O000100Y43", BadIdentity::Character(IdKind::Uscc, 9)),
            ("91350100M000100Y44", BadIdentity::Check(IdKind::Uscc)),
        ] {
            assert_eq!(check(IdKind::Uscc, text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_kind_is_found_by_the_number() {
        assert_eq!(identify("11010519491231002X").unwrap().kind(), IdKind::Ric);
        assert_eq!(identify("911100007109250324").unwrap().kind(), IdKind::Uscc);
        assert_eq!(identify("110105194912310021"), Err(BadIdentity::Check(IdKind::Ric)));
        assert_eq!(identify("91350100M000100Y44"), Err(BadIdentity::Check(IdKind::Uscc)));
        assert_eq!(identify("王小明"), Err(BadIdentity::Length(IdKind::Uscc, 3)));
    }

    #[test]
    fn masks_hide_all_but_the_ends() {
        assert_eq!(mask_number("640202199001011234"), "640202********1234");
        assert_eq!(mask_number("640202900101123"), "640202*****1123");
        assert_eq!(mask_number("12345"), "*****");
        assert_eq!((mask_name("王小明"), mask_name("张三")), ("王**".to_owned(), "张*".to_owned()));
        assert_eq!((mask_name("李"), mask_name("")), ("*".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn no_single_wrong_digit_passes(at in 0usize..18, by in 1u8..10) {
            let mut bytes = b"110105194912310039".to_vec();
            bytes[17] = resident_check(&bytes[..17]);
            prop_assert!(check(IdKind::Ric, std::str::from_utf8(&bytes).unwrap()).is_ok());
            let digit = if bytes[at] == b'X' { 0 } else { bytes[at] - b'0' };
            bytes[at] = b'0' + (digit + by) % 10;
            prop_assert!(check(IdKind::Ric, std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,24}") {
            if let Ok(found) = identify(&text) {
                prop_assert_eq!(found.number().len() % 3, 0);
            }
        }
    }
}
