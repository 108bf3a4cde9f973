//! `sanji doctor`: what needs somebody, a line each, with what to do.

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::disk;
use serde_json::Value;

use crate::ask::Call;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::words::{either, sentence};

#[derive(Args, Debug)]
pub struct Doctor {
    /// The incidents were seen: show them no more / 已知悉，不再显示这些异常
    #[arg(long)]
    seen: bool,
}

impl Doctor {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let lang = call.lang;
        if self.seen {
            call.value(Command::IncidentsSeen)?;
        }
        let said = call.value(Command::Doctor)?;
        let mut lines = disk::examine(&call.data()?);
        lines.extend(said.as_array().cloned().unwrap_or_default());
        let text = lines.iter().map(|line| said_line(line, lang)).collect::<Vec<_>>().join("\n");
        let acts = lines.iter().filter(|line| line["state"] == "act").count();
        let json = Value::Array(lines);
        if acts == 0 {
            return Ok(Outcome::Done { json, text });
        }
        let fault = either(
            lang,
            format!("有 {acts} 项需要处理，见上"),
            format!("{acts} thing(s) need somebody, see above"),
        );
        Ok(Outcome::Bad { json, text, code: "DOCTOR".to_owned(), fault })
    }
}

fn said_line(line: &Value, lang: Lang) -> String {
    let mark = match line["state"].as_str() {
        Some("good") => either(lang, "正常", "good"),
        Some("act") => either(lang, "处理", "ACT "),
        Some(_) | None => either(lang, "留意", "look"),
    };
    format!("{mark}  {}", sentence(line, lang))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_begins_with_what_it_asks_for() {
        let line = json!({ "check": "disk", "state": "act", "en": "make room", "zh": "请清理" });
        assert_eq!(said_line(&line, Lang::En), "ACT   make room");
        assert_eq!(said_line(&line, Lang::Zh), "处理  请清理");
    }
}
