//! Time limits: a number and a unit (elements 14 and 15).
//!
//! Knows no calendar and reads no prose; `import::limits` does.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::content::Body;
use crate::lang::worded;

worded! {
    /// What a limit counts in.
    pub enum Unit ("时限单位", "unit of a time limit") {
        /// 工作日: holidays and weekends left out.
        WorkingDay = "working_day", "工作日", "working day";
        /// 自然日.
        Day = "day" | "日" | "天", "自然日", "day";
        Month = "month" | "个月", "月", "month";
        Hour = "hour", "小时", "hour";
    }
}

/// A number of days and the like, exact to a tenth: guides know half days. In JSON a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Quantity {
    tenths: u32,
}

impl Quantity {
    pub const ZERO: Quantity = Quantity { tenths: 0 };

    /// None above 100,000, which is no limit but a mistake.
    pub fn from_tenths(tenths: u32) -> Option<Quantity> {
        (tenths <= 1_000_000).then_some(Quantity { tenths })
    }

    pub fn whole(number: u16) -> Quantity {
        Quantity { tenths: u32::from(number) * 10 }
    }

    pub fn tenths(self) -> u32 {
        self.tenths
    }

    /// The number, a begun one counted as a full one.
    pub fn ceil(self) -> u32 {
        self.tenths.div_ceil(10)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tenths % 10 {
            0 => write!(f, "{}", self.tenths / 10),
            tenth => write!(f, "{}.{tenth}", self.tenths / 10),
        }
    }
}

impl std::str::FromStr for Quantity {
    type Err = ();

    /// Reads `20` or `0.5`.
    fn from_str(text: &str) -> Result<Quantity, ()> {
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(tenth) || whole.len() > 6 || tenth.trim_end_matches('0').len() > 1 {
            return Err(());
        }
        let whole: u32 = whole.parse().map_err(|_| ())?;
        Quantity::from_tenths(whole * 10 + u32::from(tenth.as_bytes()[0] - b'0')).ok_or(())
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.tenths % 10 {
            0 => s.serialize_u32(self.tenths / 10),
            _ => s.serialize_f64(f64::from(self.tenths) / 10.0),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Quantity, D::Error> {
        let number = serde_json::Number::deserialize(d)?;
        number.to_string().parse().map_err(|()| {
            serde::de::Error::custom(format_args!("{number} is not a number of days from 0 to 100000"))
        })
    }
}

/// Such as 20 working days. Zero working days is 即时办结, done on the spot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    pub number: Quantity,
    pub unit: Unit,
}

impl Limit {
    pub const AT_ONCE: Limit = Limit { number: Quantity::ZERO, unit: Unit::WorkingDay };

    pub fn working_days(number: u16) -> Limit {
        Limit { number: Quantity::whole(number), unit: Unit::WorkingDay }
    }

    /// Whole working days for a calendar, a half one counted as one; none when it counts in something else.
    pub fn in_working_days(&self) -> Option<u32> {
        (self.unit == Unit::WorkingDay).then(|| self.number.ceil())
    }
}

/// As guides write it: `20个工作日`, `即时办结`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self == Limit::AT_ONCE, self.unit.words().zh) {
            (true, _) => f.write_str("即时办结"),
            (false, unit) => write!(f, "{}个{unit}", self.number),
        }
    }
}

/// Element 15: what the statute gives and what is promised.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TimeLimits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised: Option<Limit>,
    /// Words that stand beside the numbers, or that no number could be read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Body for TimeLimits {
    fn is_blank(&self) -> bool {
        *self == TimeLimits::default()
    }

    /// Words alone are no limit: clocks need a number.
    fn is_enough(&self) -> bool {
        self.statutory.is_some() || self.promised.is_some()
    }
}

impl fmt::Display for TimeLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statutory = self.statutory.map(|limit| format!("法定办结时限：{limit}"));
        let promised = self.promised.map(|limit| format!("承诺办结时限：{limit}"));
        let lines: Vec<String> = [statutory, promised, self.note.clone()].into_iter().flatten().collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_wholes_go_through_json() {
        for (text, tenths) in [("20", 200), ("0.5", 5), ("0", 0), ("1.50", 15)] {
            let quantity: Quantity = serde_json::from_str(text).unwrap();
            assert_eq!(quantity.tenths(), tenths);
            assert_eq!(
                serde_json::from_str::<Quantity>(&serde_json::to_string(&quantity).unwrap()).unwrap(),
                quantity
            );
        }
        assert_eq!(serde_json::to_string(&Quantity::whole(20)).unwrap(), "20");
        for bad in ["-1", "0.25", "1e9", "1000000", "\"5\""] {
            assert!(serde_json::from_str::<Quantity>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_says_itself() {
        assert_eq!(Limit::working_days(20).to_string(), "20个工作日");
        assert_eq!(Limit::AT_ONCE.to_string(), "即时办结");
        let half = Limit { number: "0.5".parse().unwrap(), unit: Unit::WorkingDay };
        assert_eq!((half.to_string().as_str(), half.in_working_days()), ("0.5个工作日", Some(1)));
        assert_eq!(Limit { number: Quantity::whole(1), unit: Unit::Month }.in_working_days(), None);
    }

    #[test]
    fn words_alone_are_no_limit() {
        let note = TimeLimits { note: Some("按有关规定办理".to_owned()), ..TimeLimits::default() };
        assert!(!note.is_blank() && !note.is_enough());
        assert!(TimeLimits { promised: Some(Limit::AT_ONCE), ..note }.is_enough());
    }
}
