//! Made-up applicants: names of nobody in particular, identity numbers of valid form (GB 11643).

/// Common family names and characters of given names.
const FAMILY: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "马", "赵", "吴", "周", "徐", "孙"];
const GIVEN: [&str; 14] =
    ["建国", "秀英", "伟", "芳", "志强", "桂兰", "磊", "静", "玉梅", "海涛", "丽", "春生", "晓燕", "明"];

pub struct Applicant {
    pub name: String,
    pub id_number: String,
}

/// The `n`-th applicant of a county; the same for the same number.
pub fn applicant(county: &str, n: u64) -> Applicant {
    let pick = |list: &[&'static str], n: u64| list[usize::try_from(n).unwrap_or(0) % list.len()];
    let name = format!("{}{}", pick(&FAMILY, n), pick(&GIVEN, n / 12 + n * 5));
    let (year, month, day) = (1950 + n * 7 % 55, 1 + n * 5 % 12, 1 + n * 11 % 28);
    let digits = format!("{county}{year:04}{month:02}{day:02}{:03}", n % 1000);
    let id_number = format!("{digits}{}", check_digit(&digits));
    Applicant { name, id_number }
}

/// ISO 7064 MOD 11-2.
fn check_digit(digits: &str) -> char {
    let sum = digits.bytes().fold(0u32, |sum, digit| (sum + u32::from(digit.wrapping_sub(b'0'))) * 2 % 11);
    "10X98765432".chars().nth(sum as usize).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use sanji_model::identity::{IdKind, check};

    use super::*;

    #[test]
    fn every_number_is_of_valid_form() {
        for n in 0..3_000 {
            let applicant = applicant("640202", n);
            assert!(check(IdKind::Ric, &applicant.id_number).is_ok(), "{n}");
            assert!(applicant.name.chars().count() >= 2);
        }
    }
}
