//! What holds for one case for life: limits, materials and competence, as the guide and the lists had them when it was
//! registered (DOMAIN §2.1, §2.4, §3.5).
//!
//! Pinned in the case so that every node reckons alike, whatever it knows of guides and lists. Knows no event.

use std::collections::BTreeSet;

use sanji_sync::UnitCode;
use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::guide::{Guide, Limit, Necessity};
use crate::list::{Item, ListKind};
use crate::organisation::Tier;

/// What a case is bound to besides the version of its guide. What a newer version adds is passed over here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// 承诺时限; without one the statutory limit is what is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised: Option<Limit>,
    /// 法定时限; without one the law's own holds ([`Days::statute`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Limit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Asked>,
    /// The lists that held the item.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub lists: BTreeSet<ListKind>,
    /// Tiers whose units may accept. A village is among them only if it is entrusted (受委托).
    #[serde(skip_serializing_if = "is_usual")]
    pub accepts: BTreeSet<Tier>,
    /// Tiers whose units handle, review and decide.
    #[serde(skip_serializing_if = "is_usual")]
    pub decides: BTreeSet<Tier>,
    /// No step allows a special procedure.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_special: bool,
    /// 并联 or 一件事: the longer limits of joint handling hold. An item on the list of parallel handling has them, and a part
    /// of a bundle with its parent, which whoever registers a bundle says; that some bundle names the item is not enough
    /// (DOMAIN §2.4, §3.5).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub joint: bool,
    #[serde(skip_serializing_if = "Days::is_usual")]
    pub days: Days,
    /// The unit of the case and those above it, the nearest first, where the codes do not say so: the fold knows no tree, and a
    /// unit's parent never changes ([decision 3](../../../../docs/decisions/0003-a-units-parent-never-changes.md)).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<UnitCode>,
}

/// A material that the guide asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub name: String,
    /// 必要; a material of which nothing is said is required.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secondary: bool,
    /// 容缺: may be handed in after the acceptance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub later: bool,
    /// Asked for only in some circumstances, which the window judges.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conditional: bool,
    /// Working days in which it comes when it was left out, where the list 容缺受理 says so of it; else [`Days::omission`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// Limits that differ from place to place, in working days (the `P` of DOMAIN §3.2, §3.5 and §4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// From receipt to a notice of acceptance or refusal (《行政许可法》 article 32; T11).
    pub acceptance: u32,
    /// For a village to hand over what it received (T3).
    pub hand_over: u32,
    /// For the applicant to answer a correction notice (T6).
    pub correction: u32,
    /// For the applicant to hand in what was left out at acceptance (T17), where the list 容缺受理 says nothing of its own.
    pub omission: u32,
    /// From a grant to the delivery (《行政许可法》 article 44).
    pub delivery: u32,
    /// From acceptance to a decision where the guide says nothing (article 42).
    pub statute: u32,
    /// The longest extension (article 42).
    pub extension: u32,
    /// The same two for joint handling.
    pub joint_statute: u32,
    pub joint_extension: u32,
}

impl Days {
    fn is_usual(&self) -> bool {
        *self == Days::default()
    }
}

impl Default for Days {
    fn default() -> Days {
        Days {
            acceptance: 5,
            hand_over: 3,
            correction: 10,
            omission: 10,
            delivery: 10,
            statute: 20,
            extension: 10,
            joint_statute: 45,
            joint_extension: 15,
        }
    }
}

/// Whether these are a unit, the town of its code and the county of its code, as far as there is one above. A unit of which
/// nothing above is known says nothing else than its code.
fn said_by_codes(chain: &[UnitCode]) -> bool {
    let [unit, _, ..] = chain else { return true };
    let above = [9, 6].into_iter().filter_map(|digits| unit.as_str().get(..digits));
    let above = above.filter(|code| code.len() < unit.as_str().len());
    chain[1..].iter().map(UnitCode::as_str).eq(above)
}

/// Where a guide says nothing, towns and the county are competent.
fn usual() -> BTreeSet<Tier> {
    [Tier::County, Tier::Town].into()
}

fn is_usual(tiers: &BTreeSet<Tier>) -> bool {
    *tiers == usual()
}

impl Default for Terms {
    fn default() -> Terms {
        Terms {
            promised: None,
            statutory: None,
            materials: Vec::new(),
            lists: BTreeSet::new(),
            accepts: usual(),
            decides: usual(),
            no_special: false,
            joint: false,
            days: Days::default(),
            chain: Vec::new(),
        }
    }
}

impl Terms {
    /// The terms of a guide on the lists that hold it that day.
    pub fn of(guide: &Guide, lists: BTreeSet<ListKind>) -> Terms {
        let steps = guide.procedure.given().map_or(&[][..], Vec::as_slice);
        let tiers = |roles: &[Role]| -> BTreeSet<Tier> {
            let by = steps.iter().filter(|step| step.role.is_some_and(|role| roles.contains(&role)));
            by.filter_map(|step| step.tier).collect()
        };
        let or_usual = |said: BTreeSet<Tier>| if said.is_empty() { usual() } else { said };
        let waived = lists.contains(&ListKind::Waiver);
        let rows = guide.materials.given().into_iter().flatten();
        let materials = rows.filter(|row| !(waived && row.certificate == Some(true))).map(|row| Asked {
            name: row.name.trim().to_owned(),
            secondary: row.necessity == Some(Necessity::Secondary),
            later: row.later == Some(true),
            conditional: row.when.is_some(),
            days: None,
        });
        let limits = guide.time_limit.given();
        Terms {
            promised: limits.and_then(|limits| limits.promised),
            statutory: limits.and_then(|limits| limits.statutory),
            materials: materials.collect(),
            accepts: or_usual(tiers(&[Role::Clerk])),
            decides: or_usual(tiers(&[Role::Handler, Role::Reviewer, Role::Decider])),
            no_special: steps.iter().any(|step| step.special.is_some())
                && steps.iter().all(|step| step.special != Some(true)),
            joint: lists.contains(&ListKind::Parallel),
            lists,
            days: Days::default(),
            chain: Vec::new(),
        }
    }

    /// Takes from the entries of the lists 容缺受理 that hold the item how long what is left out may take: of two that speak of
    /// one material the shorter. An entry without a material speaks of all.
    pub fn listed_for_omissions<'a>(&mut self, entries: impl IntoIterator<Item = &'a Item>) {
        let shorter = |days: Option<u32>, other: u32| Some(days.map_or(other, |days| days.min(other)));
        let mut of_all = None;
        for entry in entries {
            let Some(days) = entry.days else { continue };
            match entry.material.as_deref().map(str::trim) {
                Some(name) => {
                    let meant = self.materials.iter_mut().filter(|asked| asked.name == name);
                    meant.for_each(|asked| asked.days = shorter(asked.days, days));
                }
                None => of_all = shorter(of_all, days),
            }
        }
        self.days.omission = of_all.unwrap_or(self.days.omission);
    }

    /// Working days in which the first of these materials has to come when they were left out.
    pub fn omission(&self, missing: &BTreeSet<String>) -> u32 {
        let days = |name: &String| {
            let asked = self.materials.iter().find(|asked| asked.name == *name);
            asked.and_then(|asked| asked.days).unwrap_or(self.days.omission)
        };
        missing.iter().map(days).min().unwrap_or(self.days.omission)
    }

    /// Pins a unit and those above it, the nearest first, unless their codes say the same.
    pub fn stands_below(&mut self, chain: Vec<UnitCode>) {
        self.chain = if said_by_codes(&chain) { Vec::new() } else { chain };
    }

    /// Whether one unit is above the other, of those that hold the case.
    pub fn is_above(&self, one: UnitCode, other: UnitCode) -> bool {
        if self.chain.is_empty() {
            return one != other && other.as_str().starts_with(one.as_str());
        }
        let place = |unit: UnitCode| self.chain.iter().position(|link| *link == unit);
        matches!((place(one), place(other)), (Some(one), Some(other)) if one > other)
    }

    /// The limit for a decision by law.
    pub fn statute(&self) -> Limit {
        let days = if self.joint { self.days.joint_statute } else { self.days.statute };
        self.statutory.unwrap_or(Limit::working_days(days as u16))
    }

    /// What was promised to the applicant.
    pub fn promise(&self) -> Limit {
        self.promised.unwrap_or(self.statute())
    }

    /// The longest extension, in working days.
    pub fn extension(&self) -> u32 {
        if self.joint { self.days.joint_extension } else { self.days.extension }
    }

    /// What of it is missing when `given` are here, in the order in which it is asked for.
    pub fn missing<'a>(&'a self, given: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Asked> {
        self.materials.iter().filter(|asked| !asked.conditional && !given.contains(&asked.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_above_is_said_by_the_codes_or_pinned() {
        let unit = |code: &str| UnitCode::parse(code).unwrap();
        let (village, town, county) = (unit("640202001001"), unit("640202001"), unit("640202"));
        let below = |chain: &[UnitCode]| {
            let mut terms = Terms::default();
            terms.stands_below(chain.to_vec());
            terms
        };
        for usual in [&[village, town, county][..], &[town, county], &[county]] {
            assert_eq!(below(usual), Terms::default());
        }
        assert!(Terms::default().is_above(town, village) && !Terms::default().is_above(village, village));
        // Its town has another prefix, and the one of its own prefix has nothing to do with it.
        let (other, hall) = (unit("640202009"), unit("640202"));
        for chain in
            [&[village, other, county][..], &[village, county], &[county, unit("640200")], &[village, town]]
        {
            let terms = below(chain);
            assert_eq!(terms.chain, chain);
            for (n, one) in chain.iter().enumerate() {
                chain.iter().enumerate().for_each(|(m, two)| assert_eq!(terms.is_above(*one, *two), n > m));
            }
        }
        let terms = below(&[village, other, hall]);
        assert!(terms.is_above(other, village) && !terms.is_above(town, village));
    }

    #[test]
    fn an_item_that_a_bundle_names_is_handled_jointly_only_as_a_part_of_it() {
        let statute = |lists: &[ListKind]| {
            let terms = Terms::of(&Guide::default(), lists.iter().copied().collect());
            (terms.joint, terms.statute(), terms.extension())
        };
        let alone = (false, Limit::working_days(20), 10);
        assert_eq!(statute(&[]), alone);
        assert_eq!(statute(&[ListKind::Bundle]), alone, "registered by itself");
        assert_eq!(statute(&[ListKind::Bundle, ListKind::Parallel]), (true, Limit::working_days(45), 15));
    }
}
