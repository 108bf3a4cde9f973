//! The simulated county: its units, and a guide made for it.

use sanji_model::organisation::{Tier, Unit, UnitKind};
use sanji_sync::UnitCode;

/// How large a simulated county is and how long its trouble lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub towns: usize,
    pub villages_a_town: usize,
    /// Things that happen before everything heals.
    pub steps: usize,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape { towns: 2, villages_a_town: 2, steps: 120 }
    }
}

/// Units from the county down: a parent stands before its children.
pub fn units(shape: &Shape) -> Vec<Unit> {
    let unit = |code: String, tier: Tier, parent: Option<UnitCode>| Unit {
        code: UnitCode::parse(&code).expect("made of digits"),
        name: format!("单位{code}"),
        tier,
        parent,
        kind: UnitKind::assumed(tier, parent.is_some()),
    };
    let county = unit("990101".into(), Tier::County, None);
    let mut units = vec![county.clone()];
    for t in 1..=shape.towns {
        let town = unit(format!("990101{t:03}"), Tier::Town, Some(county.code));
        units.push(town.clone());
        for v in 1..=shape.villages_a_town {
            units.push(unit(format!("{}{v:03}", town.code), Tier::Village, Some(town.code)));
        }
    }
    units
}
