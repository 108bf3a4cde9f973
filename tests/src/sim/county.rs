//! The simulated county: its units, and a guide made for it. Knows no machine.

use sanji_model::organisation::{Tier, Unit, UnitKind};
use sanji_sync::UnitCode;

use super::shape::Shape;

/// One guide in the project's own form, complete, made for the simulator.
pub const GUIDE: &str = include_str!("guide.jsonl");
/// Its name, by which cases are registered.
pub const GUIDE_NAME: &str = "模拟事项";

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
    let towns: Vec<Unit> =
        (1..=shape.towns).map(|t| unit(format!("990101{t:03}"), Tier::Town, Some(county.code))).collect();
    let villages = (0..shape.villages).map(|v| {
        let town = &towns[v % towns.len()];
        unit(format!("{}{:03}", town.code, v / towns.len() + 1), Tier::Village, Some(town.code))
    });
    let villages: Vec<Unit> = villages.collect();
    std::iter::once(county).chain(towns).chain(villages).collect()
}
