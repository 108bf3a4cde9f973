//! Units as people read and choose them: names, those below one, those above one. Knows no page and no right.

use axum::response::Response;
use sanji_model::organisation::{Organisation, Tier, Unit};
use sanji_sync::UnitCode;
use serde::Deserialize as _;

use super::gate::Visitor;
use super::{Face, page};
use crate::command::Command;

/// What can be chosen in a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub value: String,
    pub words: String,
    pub is_chosen: bool,
}

/// The units that this node knows.
pub(super) struct Units(Organisation);

impl Units {
    pub(super) async fn ask(face: &Face, visitor: &Visitor) -> Result<Units, Response> {
        let answer = page::ask(face, visitor, Command::OrgList).await?;
        let units = answer.as_array().into_iter().flatten().filter_map(|unit| Unit::deserialize(unit).ok());
        Ok(Units(Organisation::new(units)))
    }

    /// Its name, or its code while it is not known here.
    pub(super) fn name(&self, code: &UnitCode) -> String {
        self.0.unit(code).map_or_else(|| code.to_string(), |unit| unit.name.clone())
    }

    /// A unit and all below it, by code; what was chosen besides comes back as it came.
    pub(super) fn below(&self, unit: &str, chosen: &str) -> Vec<Choice> {
        let is_below = |one: &&Unit| {
            one.code.as_str() == unit || self.0.ancestors(one.code).any(|above| above.code.as_str() == unit)
        };
        let mut below: Vec<Choice> =
            self.0.iter().filter(is_below).map(|unit| choice(unit, chosen)).collect();
        if !chosen.is_empty() && !below.iter().any(|one| one.is_chosen) {
            let (value, words) = (chosen.to_owned(), chosen.to_owned());
            below.push(Choice { value, words, is_chosen: true });
        }
        below
    }

    /// Halls and centres besides this unit, and no village, that would hear of a case of unit `of` when it is forwarded: those
    /// above that, and those below this one.
    pub(super) fn halls(&self, own: UnitCode, of: UnitCode) -> Vec<Choice> {
        let is_within = |unit: UnitCode, top: UnitCode| {
            unit == top || self.0.ancestors(unit).any(|above| above.code == top)
        };
        let fits = |unit: &&Unit| {
            unit.tier != Tier::Village
                && unit.code != own
                && (is_within(of, unit.code) || is_within(unit.code, own))
        };
        self.0.iter().filter(fits).map(|unit| choice(unit, "")).collect()
    }

    /// A unit and those above it: who can be given what belongs to it.
    pub(super) fn above(&self, unit: UnitCode) -> Vec<Choice> {
        self.0.unit(&unit).into_iter().chain(self.0.ancestors(unit)).map(|unit| choice(unit, "")).collect()
    }
}

fn choice(unit: &Unit, chosen: &str) -> Choice {
    let value = unit.code.to_string();
    Choice { is_chosen: value == chosen, words: unit.name.clone(), value }
}
