//! The limits and warnings that the county sets. What they are is the model's; here they are taken in and shown.

use jiff::civil::Date;
use sanji_model::directory;
use sanji_model::local;
use sanji_model::parameters::Parameters;
use sanji_sync::{Scope, Time};
use serde_json::{Value, json};

use super::cases::date;
use super::{Done, Machine, Step};
use crate::refusal::Refusal;

impl Machine {
    /// Takes a version over that holds for cases registered from a day on, today at the earliest.
    pub(super) fn parameters_import(
        &mut self,
        now: Time,
        (text, file): (&str, &str),
        effective: Option<&str>,
        by: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Done {
        self.require_administrator(by)?;
        let today = local::date(now);
        let from = effective.map(date).transpose()?.unwrap_or(today);
        if from < today {
            return Err(Refusal::BadArgument {
                what: "effective",
                text: from.to_string(),
                wanted_en: "what cases were registered under stays: name today or a later day",
                wanted_zh: "已登记办件所依据的参数不再改变，请填写今天或以后的日期",
            }
            .into());
        }
        let given = Parameters::read_csv(text, file).map_err(Refusal::File)?;
        let changed = self.write(now, Scope::Directory, directory::DOCUMENT, steps, |doc| {
            Ok(directory::put_parameters(doc, from, &given)?)
        })?;
        let mut shown = version(from, &given);
        shown["changed"] = json!(changed > 0);
        Ok(shown)
    }

    /// What holds today, and every version.
    pub(super) fn parameters_show(&self, now: Time) -> Done {
        let (versions, today) = (self.directory.parameters(), local::date(now));
        let all: Vec<Value> = versions.0.iter().map(|(from, one)| version(*from, one)).collect();
        Ok(json!({ "today": values(&versions.on(today)), "versions": all }))
    }
}

fn version(from: Date, parameters: &Parameters) -> Value {
    json!({ "effective": from, "values": values(parameters) })
}

fn values(parameters: &Parameters) -> Value {
    let pairs = parameters.values().map(|(parameter, value)| (parameter.word().to_owned(), json!(value)));
    Value::Object(pairs.collect())
}
