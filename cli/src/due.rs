//! `sanji due`: when a limit in working days ends. Needs no node.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use sanji_model::calendar::{Calendar, Due as Day};
use sanji_model::lang::{Lang, Say};
use sanji_model::problem::Problem;
use serde_json::json;

use crate::ask::Call;
use crate::failure::Failure;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::words::either;

/// The longest limit that is computed, ten years and more: beyond, no calendar says anything.
const DAYS_MAX: u32 = 3650;

#[derive(Args, Debug)]
pub struct Due {
    /// The day of the event, which is day 0: YYYY-MM-DD / 起算日期
    #[arg(long, value_name = "DATE", required_unless_present = "batch", requires = "days")]
    from: Option<Date>,
    /// The limit in working days, 3650 at most / 工作日数，不超过 3650
    #[arg(long, value_name = "N", requires = "from", value_parser = clap::value_parser!(u32).range(..=i64::from(DAYS_MAX)))]
    days: Option<u32>,
    /// Lines DATE,N instead of one date / 每行“日期,天数”的文件
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "days"])]
    batch: Option<PathBuf>,
    /// Further days off and worked weekends: CSV date,kind / 补充的放假安排
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
}

/// What can be wrong with a line of a batch.
enum BadLine {
    Form(String),
    Date(String),
    Days(String),
    TooLong(u32),
}

impl Due {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        let mut calendar = Calendar::built_in();
        if let Some(path) = self.calendar {
            let Input { text, file } = Input::read(&path)?;
            calendar.add(&Calendar::read_csv(&text, &file).map_err(Failure::Lines)?);
        }
        if let (Some(from), Some(days)) = (self.from, self.days) {
            let due = calendar.add_working_days(from, days);
            return Ok(Outcome::Done { json: json!(due), text: said(&due, call.lang) });
        }
        let Input { text, file } = Input::read(&self.batch.unwrap_or_default())?;
        let lines = read_batch(&text, &file).map_err(Failure::Lines)?;
        let dues: Vec<Day> =
            lines.into_iter().map(|(from, days)| calendar.add_working_days(from, days)).collect();
        let text = dues.iter().map(|due| said(due, call.lang) + "\n").collect();
        Ok(Outcome::Done { json: json!(dues), text })
    }
}

fn said(due: &Day, lang: Lang) -> String {
    let why =
        either(lang, "暂定：当年放假安排尚未公布", "provisional: that year's holidays are not known yet");
    if due.provisional { format!("{}  {why}", due.date) } else { due.date.to_string() }
}

/// Every line that is not blank; all bad ones are named.
fn read_batch(text: &str, file: &str) -> Result<Vec<(Date, u32)>, Vec<Problem>> {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        match read_line(text.trim()) {
            _ if text.trim().is_empty() => {}
            Ok(pair) => read.push(pair),
            Err(bad) => problems.push(Problem::at(file, line, &bad)),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

fn read_line(text: &str) -> Result<(Date, u32), BadLine> {
    let (date, days) = text.split_once(',').ok_or_else(|| BadLine::Form(text.to_owned()))?;
    let (date, days) = (date.trim(), days.trim());
    let date = date.parse().map_err(|_| BadLine::Date(date.to_owned()))?;
    match days.parse() {
        Ok(days) if days > DAYS_MAX => Err(BadLine::TooLong(days)),
        Ok(days) => Ok((date, days)),
        Err(_) => Err(BadLine::Days(days.to_owned())),
    }
}

impl Say for BadLine {
    fn code(&self) -> &'static str {
        match self {
            BadLine::Form(_) => "DUE_LINE",
            BadLine::Date(_) => "DUE_DATE",
            BadLine::Days(_) => "DUE_DAYS",
            BadLine::TooLong(_) => "DUE_TOO_LONG",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match self {
            BadLine::Form(text) => either(
                lang,
                format!("“{text}”应写作 日期,天数，例如 2026-02-10,5"),
                format!("“{text}” must be DATE,N such as 2026-02-10,5"),
            ),
            BadLine::Date(text) => either(
                lang,
                format!("“{text}”不是日期，请写成 2026-02-10"),
                format!("“{text}” is not a date; write it as 2026-02-10"),
            ),
            BadLine::Days(text) => either(
                lang,
                format!("“{text}”不是工作日数，请写 0 或正整数"),
                format!("“{text}” is not a number of working days; write a whole number"),
            ),
            BadLine::TooLong(days) => either(
                lang,
                format!("{days} 个工作日太长，最多 {DAYS_MAX} 个，请改正"),
                format!("{days} working days are too many; write {DAYS_MAX} at most"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_whole_or_names_every_bad_line() {
        let read = read_batch("\u{feff}2018-10-15,7\r\n\n 2024-09-27 , 3 \n", "b.csv").unwrap();
        assert_eq!(read, [(Date::constant(2018, 10, 15), 7), (Date::constant(2024, 9, 27), 3)]);
        let bad = read_batch(
            "2018-10-15,3650\n2018-10-15\n2018-02-30,1\n\n2018-10-15,-1\n2018-10-15,3651",
            "b.csv",
        )
        .unwrap_err();
        let found: Vec<(u64, &str)> = bad.iter().map(|p| (p.line, p.code)).collect();
        assert_eq!(found, [(2, "DUE_LINE"), (3, "DUE_DATE"), (5, "DUE_DAYS"), (6, "DUE_TOO_LONG")]);
    }

    #[test]
    fn a_provisional_day_says_so() {
        let due = Day { date: Date::constant(2031, 1, 2), provisional: true };
        assert!(said(&due, Lang::Zh).starts_with("2031-01-02  暂定"));
        assert_eq!(said(&Day { provisional: false, ..due }, Lang::Zh), "2031-01-02");
    }
}
