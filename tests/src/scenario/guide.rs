//! A guide made for a scenario: the simulator's, with a name, limits and materials of its own. Knows no node.

use serde_json::{Value, json};

use crate::sim::GUIDE;

#[derive(Default)]
pub struct NewGuide {
    pub name: String,
    pub promise: Option<u32>,
    pub statute: Option<u32>,
    pub on_the_spot: bool,
    pub code: Option<String>,
    pub materials: Vec<Value>,
    /// From which day it holds; at once when left out.
    pub from: Option<String>,
}

impl NewGuide {
    /// Reads what stands behind the name, in any order: `promise N`, `statute N`, `code CODE`, `from DATE`, `on-the-spot`,
    /// `needs MATERIAL`, and `later MATERIAL` for a secondary one that may be handed in later.
    pub fn read(name: &str, words: &[&str]) -> Result<NewGuide, String> {
        let mut guide = NewGuide { name: name.to_owned(), ..NewGuide::default() };
        let mut rest = words;
        while let Some((word, behind)) = rest.split_first() {
            rest = behind;
            match *word {
                ":" | "," => {}
                "on-the-spot" => guide.on_the_spot = true,
                word => {
                    let (value, behind) =
                        rest.split_first().ok_or_else(|| format!("what follows “{word}”?"))?;
                    rest = behind;
                    guide.set(word, value)?;
                }
            }
        }
        Ok(guide)
    }

    fn set(&mut self, word: &str, value: &str) -> Result<(), String> {
        let days = || value.parse::<u32>().map_err(|_| format!("“{value}” is no number of days"));
        match word {
            "promise" => self.promise = Some(days()?),
            "statute" => self.statute = Some(days()?),
            "code" => self.code = Some(value.to_owned()),
            "from" => self.from = Some(value.to_owned()),
            "needs" => self.materials.push(json!({ "name": value, "originals": 1, "necessity": "required" })),
            "later" => self
                .materials
                .push(json!({ "name": value, "originals": 1, "necessity": "secondary", "later": true })),
            other => return Err(format!("a guide has no “{other}” here")),
        }
        Ok(())
    }

    /// The guide as `guide import` takes it.
    pub fn json_line(&self) -> String {
        let mut guide: Value = serde_json::from_str(GUIDE).expect("the simulator's guide is JSON");
        let elements = &mut guide["要素"];
        elements["name"] = json!(self.name);
        // Before any story begins: when it takes force is the story's to say.
        elements["effective_on"] = json!("2018-01-01");
        elements["published_on"] = json!("2018-01-01");
        if let Some(code) = &self.code {
            elements["code"] = json!({ "basic": code });
        }
        if !self.materials.is_empty() {
            elements["materials"] = json!(self.materials);
        }
        let limit = |days: u32| json!({ "number": days, "unit": "working_day" });
        let limits = [("promised", self.promise), ("statutory", self.statute)];
        let limits = limits.into_iter().filter_map(|(key, days)| Some((key.to_owned(), limit(days?))));
        let limits: serde_json::Map<String, Value> = limits.collect();
        if !limits.is_empty() {
            elements["time_limit"] = Value::Object(limits);
        }
        guide["case_type"] = json!(if self.on_the_spot { "on_the_spot" } else { "promised" });
        guide.to_string()
    }
}
