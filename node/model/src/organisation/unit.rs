//! One unit: its tier, kind, name and parent.
//!
//! Knows no other unit; whether the parent exists is the organisation's question.

use sanji_sync::UnitCode;
use serde::{Deserialize, Serialize};

use crate::lang::worded;

worded! {
    /// 行使层级 of the national code list. Orders from the county down.
    pub enum Tier ("层级", "tier") {
        County = "county" | "4", "县", "county";
        Town = "town" | "5", "镇", "town";
        Village = "village" | "6", "村", "village";
    }
}

impl Tier {
    /// The number of the national code list: 4, 5 or 6.
    pub fn number(self) -> u8 {
        match self {
            Tier::County => 4,
            Tier::Town => 5,
            Tier::Village => 6,
        }
    }

    /// The tier that a code's length says: 6, 9 or 12 digits.
    pub fn of(code: &UnitCode) -> Tier {
        match code.as_str().len() {
            6 => Tier::County,
            9 => Tier::Town,
            _ => Tier::Village,
        }
    }

    /// Digits of a code of this tier.
    pub fn code_len(self) -> usize {
        match self {
            Tier::County => 6,
            Tier::Town => 9,
            Tier::Village => 12,
        }
    }
}

worded! {
    /// What a unit is to the people who come to it.
    pub enum UnitKind ("机构类型", "kind of unit") {
        Centre = "centre", "政务服务中心", "county service centre";
        Department = "department", "部门政务大厅", "county department hall";
        Hall = "hall", "便民服务中心", "town service hall";
        Station = "station", "便民服务站", "village or community station";
    }
}

impl UnitKind {
    /// The kind of a unit about which only tier and parent were said.
    pub fn assumed(tier: Tier, has_parent: bool) -> UnitKind {
        match tier {
            Tier::County if has_parent => UnitKind::Department,
            Tier::County => UnitKind::Centre,
            Tier::Town => UnitKind::Hall,
            Tier::Village => UnitKind::Station,
        }
    }

    pub fn tier(self) -> Tier {
        match self {
            UnitKind::Centre | UnitKind::Department => Tier::County,
            UnitKind::Hall => Tier::Town,
            UnitKind::Station => Tier::Village,
        }
    }

    /// The kind that the unit above must have; none for the centre, which is the top.
    pub fn below(self) -> Option<UnitKind> {
        match self {
            UnitKind::Centre => None,
            UnitKind::Department | UnitKind::Hall => Some(UnitKind::Centre),
            UnitKind::Station => Some(UnitKind::Hall),
        }
    }
}

/// A unit as the directory and `org import` name it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unit {
    pub code: UnitCode,
    pub name: String,
    pub tier: Tier,
    #[serde(rename = "parent_code")]
    pub parent: Option<UnitCode>,
    pub kind: UnitKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_known_by_word_number_and_code_length() {
        for (tier, number, code) in [
            (Tier::County, "4", "640202"),
            (Tier::Town, "5", "640202001"),
            (Tier::Village, "6", "640202001001"),
        ] {
            assert_eq!(number.parse(), Ok(tier));
            assert_eq!(tier.number().to_string(), number);
            assert_eq!(Tier::of(&UnitCode::parse(code).unwrap()), tier);
            assert_eq!(tier.code_len(), code.len());
        }
        assert!("7".parse::<Tier>().is_err());
    }

    #[test]
    fn every_kind_assumed_fits_its_tier() {
        for tier in Tier::ALL {
            for has_parent in [false, true] {
                assert_eq!(UnitKind::assumed(*tier, has_parent).tier(), *tier);
            }
        }
    }
}
