//! The rollout of a guide as a map: every town with its villages as cells, coloured by what each holds.
//!
//! Knows no template but that cells have a class and words; colour is never all that tells them apart.

use serde_json::Value;

use super::answer::plain;
use super::shell::Shell;

/// What a unit can stand at, in the order of the legend: the answer's word, and the key of its name.
const STANDS: [(&str, &str); 4] = [
    ("current", "map-current"),
    ("behind", "map-behind"),
    ("nothing", "map-nothing"),
    ("no_node", "map-no-node"),
];

/// A unit on the map.
pub(super) struct Cell {
    pub code: String,
    pub name: String,
    pub class: &'static str,
    /// A sign beside the colour.
    pub sign: &'static str,
    pub words: String,
}

/// A unit with those right below it.
pub(super) struct Town {
    pub head: Option<Cell>,
    pub cells: Vec<Cell>,
}

/// What one colour means, and how many have it.
pub(super) struct Legend {
    pub class: &'static str,
    pub sign: &'static str,
    pub words: String,
    pub n: usize,
}

pub(super) fn map(units: &[Value], shell: &Shell) -> (Vec<Town>, Vec<Legend>) {
    let cell = |unit: &Value| {
        let (class, sign, key) = stand(&unit["state"]);
        let version = &unit["version"];
        let words = match version {
            Value::Null => shell.t(key),
            version => format!("{} · {}", shell.t(key), shell.put("gd-version-n", "n", plain(version))),
        };
        Cell { code: plain(&unit["unit"]), name: plain(&unit["name"]), class, sign, words }
    };
    let (villages, heads): (Vec<&Value>, Vec<&Value>) =
        units.iter().partition(|unit| unit["tier"] == "village");
    let is_below = |village: &Value, head: &Value| {
        plain(&village["unit"]).starts_with(&plain(&head["unit"])) && plain(&head["unit"]).len() == 9
    };
    let mut towns: Vec<Town> = Vec::new();
    for head in &heads {
        let below = villages.iter().filter(|village| is_below(village, head)).map(|village| cell(village));
        towns.push(Town { head: Some(cell(head)), cells: below.collect() });
    }
    let alone = villages.iter().filter(|village| !heads.iter().any(|head| is_below(village, head)));
    let alone: Vec<Cell> = alone.map(|village| cell(village)).collect();
    if !alone.is_empty() {
        towns.push(Town { head: None, cells: alone });
    }
    let legend = STANDS.iter().map(|(word, key)| {
        let (class, sign, _) = stand(&Value::from(*word));
        let n = units.iter().filter(|unit| stand(&unit["state"]).0 == class).count();
        Legend { class, sign, words: shell.t(key), n }
    });
    (towns, legend.collect())
}

fn stand(state: &Value) -> (&'static str, &'static str, &'static str) {
    match state.as_str() {
        Some("current") => ("m-current", "✓", "map-current"),
        Some("behind") => ("m-behind", "△", "map-behind"),
        Some("no_node") => ("m-no-node", "·", "map-no-node"),
        _ => ("m-nothing", "✕", "map-nothing"),
    }
}
