//! The organisation: a county, its towns, their villages (DOMAIN §1).
//!
//! Knows no node and no rights; `sanji_sync::Tree` derives those from parents and seats.

mod import;
mod name;
mod unit;

use std::collections::BTreeMap;

use sanji_sync::UnitCode;

pub use import::Fault;
pub use name::{BadPattern, NameTemplates};
pub use unit::{Tier, Unit, UnitKind};

use crate::refusal::Refusal;

/// All units by code. Holds whatever it is given; [`Organisation::check`] says whether that makes a tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Organisation {
    units: BTreeMap<UnitCode, Unit>,
}

impl Organisation {
    pub fn new(units: impl IntoIterator<Item = Unit>) -> Organisation {
        Organisation { units: units.into_iter().map(|unit| (unit.code, unit)).collect() }
    }

    /// Adds a unit, or replaces the one with its code.
    pub fn insert(&mut self, unit: Unit) {
        self.units.insert(unit.code, unit);
    }

    pub fn unit(&self, code: &UnitCode) -> Option<&Unit> {
        self.units.get(code)
    }

    /// The unit, or the refusal that a person gets who named it.
    pub fn require(&self, code: &UnitCode) -> Result<&Unit, Refusal> {
        self.unit(code).ok_or(Refusal::UnknownUnit(*code))
    }

    /// The county: the unit without a parent.
    pub fn root(&self) -> Option<&Unit> {
        self.units.values().find(|unit| unit.parent.is_none())
    }

    /// The units directly below `code`, by code.
    pub fn children(&self, code: UnitCode) -> impl Iterator<Item = &Unit> {
        self.units.values().filter(move |unit| unit.parent == Some(code))
    }

    /// The units above `code`, nearest first. Ends at a cycle rather than running round it.
    pub fn ancestors(&self, code: UnitCode) -> impl Iterator<Item = &Unit> {
        let mut next = self.unit(&code).and_then(|unit| unit.parent);
        (0..self.units.len()).map_while(move |_| {
            let unit = self.unit(&next?)?;
            next = unit.parent;
            Some(unit)
        })
    }

    /// By code: a county before its towns and a town before its villages where codes follow the national list.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

#[cfg(test)]
mod tests;
