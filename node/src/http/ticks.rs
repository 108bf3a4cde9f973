//! The part of the status page that says where the latest cases are saved, made from the answer to `CaseTicks`.
//!
//! Knows no template. No person and no whole case number reaches it.

use sanji_model::case::State;
use sanji_model::lang::Lang;
use sanji_model::organisation::Tier;
use serde_json::Value;

pub(super) struct Ticks {
    /// This node and the units above it: what the column is called, and the unit's name.
    pub places: Vec<(String, String)>,
    /// What is on its way, in sentences; empty if everything is everywhere.
    pub on_the_way: Vec<String>,
    pub cases: Vec<Tick>,
}

pub(super) struct Tick {
    /// The end of the case number.
    pub number: String,
    pub guide: String,
    pub state: String,
    /// Whether everything of it is there, place by place.
    pub saved: Vec<bool>,
}

impl Ticks {
    /// None where no unit is above.
    pub fn read(json: &Value, lang: Lang) -> Option<Ticks> {
        let path = list(&json["path"]);
        if path.len() < 2 {
            return None;
        }
        let column = |(n, unit): (usize, &Value)| match (n, unit["tier"].as_str().map(str::parse::<Tier>)) {
            (0, _) => either(lang, "本机", "here").to_owned(),
            (_, Some(Ok(tier))) => tier.words().text(lang).to_owned(),
            (_, Some(Err(_)) | None) => text(&unit["unit"]),
        };
        let names = path.iter().map(|unit| text(&unit["name"]));
        let places = path.iter().enumerate().map(column).zip(names).collect();
        let units: Vec<&Value> = path.iter().map(|unit| &unit["unit"]).collect();
        let cases = list(&json["latest"]).iter().map(|case| tick(case, &units, lang)).collect();
        let on_the_way = on_the_way(json, path, lang);
        Some(Ticks { places, on_the_way, cases })
    }
}

fn on_the_way(json: &Value, path: &[Value], lang: Lang) -> Vec<String> {
    let mut said = Vec::new();
    let only_here = json["only_here"].as_u64().unwrap_or(0);
    if only_here > 0 {
        said.push(match lang {
            Lang::Zh => format!("{only_here} 件办件的最新内容仅保存在本机"),
            Lang::En => format!("{only_here} case(s) with something that is saved here only"),
        });
    }
    for (missing, unit) in list(&json["missing"]).iter().zip(&path[1..]) {
        let (cases, name) = (missing["cases"].as_u64().unwrap_or(0), text(&unit["name"]));
        if cases > 0 {
            said.push(match lang {
                Lang::Zh => format!("{cases} 件尚未全部送达{name}"),
                Lang::En => format!("{cases} not yet wholly at {name}"),
            });
        }
    }
    said
}

fn tick(case: &Value, units: &[&Value], lang: Lang) -> Tick {
    let state = match case["state"].as_str().map(str::parse::<State>) {
        Some(Ok(state)) => state.words().text(lang).to_owned(),
        Some(Err(_)) | None => text(&case["state"]),
    };
    let delivered = list(&case["delivered_to"]);
    Tick {
        number: text(&case["number"]),
        guide: text(&case["guide_name"]),
        state,
        saved: units.iter().map(|unit| delivered.contains(unit)).collect(),
    }
}

fn either(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "path": [
                { "unit": "640202001001", "name": "东村", "tier": "village" },
                { "unit": "640202001", "name": "测试镇", "tier": "town" },
                { "unit": "640202", "name": "测试县", "tier": "county" },
            ],
            "only_here": 1, "missing": [{ "unit": "640202001", "cases": 1 }, { "unit": "640202", "cases": 3 }],
            "latest": [
                { "number": "0000017", "guide_name": "优待证", "state": "registered",
                  "delivered_to": ["640202001001", "640202001"] },
            ],
        })
    }

    #[test]
    fn a_case_has_a_tick_for_each_place_that_has_it() {
        let ticks = Ticks::read(&answer(), Lang::Zh).unwrap();
        let columns: Vec<&str> = ticks.places.iter().map(|(column, _)| column.as_str()).collect();
        assert_eq!(columns, ["本机", "镇", "县"]);
        assert_eq!(
            (ticks.cases[0].saved.as_slice(), ticks.cases[0].state.as_str()),
            (&[true, true, false][..], "登记")
        );
        assert_eq!(
            ticks.on_the_way,
            ["1 件办件的最新内容仅保存在本机", "1 件尚未全部送达测试镇", "3 件尚未全部送达测试县"]
        );
        assert_eq!(Ticks::read(&answer(), Lang::En).unwrap().places[0].0, "here");
    }

    #[test]
    fn the_county_has_nowhere_to_send_to() {
        assert!(Ticks::read(&json!({ "path": [{ "unit": "640202" }], "latest": [] }), Lang::Zh).is_none());
    }
}
