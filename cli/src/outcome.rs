//! What came of a command, and how it is printed: JSON or text on standard output, failures on standard error.
//!
//! Knows no command. The only place that writes to standard output, besides the first line of `run`.

use std::io::{self, Write};
use std::process::ExitCode;

use sanji_model::lang::Lang;
use serde_json::Value;

use crate::failure::Failure;

/// What a command that was carried out has to say.
pub enum Outcome {
    /// It has spoken already.
    Silent,
    Done {
        json: Value,
        text: String,
    },
    /// Carried out, with a bad result: exit code 1. In text, `fault` goes to standard error.
    Bad {
        json: Value,
        text: String,
        code: String,
        fault: String,
    },
}

/// Prints and gives the exit code: 0 done, 1 refused or failed.
pub fn print(done: Result<Outcome, Failure>, json: bool, lang: Lang) -> ExitCode {
    match done {
        Ok(Outcome::Silent) => ExitCode::SUCCESS,
        Ok(Outcome::Done { json: value, text }) => {
            say(&if json { value.to_string() } else { plain(&text) });
            ExitCode::SUCCESS
        }
        Ok(Outcome::Bad { json: value, text, code, fault }) => {
            if json {
                say(&value.to_string());
            } else {
                say(&plain(&text));
                complain(&format!("error[{code}]: {fault}"));
            }
            ExitCode::FAILURE
        }
        Err(failure) => {
            if json {
                say(&failure.to_json(lang).to_string());
            } else {
                complain(&format!("error[{}]: {}", failure.code(), failure.text(lang)));
            }
            ExitCode::FAILURE
        }
    }
}

/// Wrong usage, for a script that asked for JSON.
pub fn wrong_usage(text: &str) {
    let message = plain(text).replace('\n', " ");
    let message = message.trim().trim_start_matches("error: ");
    say(&serde_json::json!({ "error": { "code": "USAGE", "message": message } }).to_string());
}

/// A line on standard output. A reader that has gone away, such as `head`, is no failure.
pub fn say(text: &str) {
    if !text.is_empty() {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    }
}

/// A line on standard error.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", plain(text).trim_end());
}

/// Text from documents reaches a terminal: control characters, which could steer it, are replaced.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(plain("王\u{1b}[2J\u{9b}31m\n下一行"), "王\u{fffd}[2J\u{fffd}31m\n下一行");
    }
}
