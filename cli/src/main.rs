//! `sanji`: the command line of a node. Parses, asks, prints.
//!
//! Holds no rule: what a command does is decided by the node that answers it. One file per noun; [`ask`] finds who
//! answers, [`outcome`] prints what came of it.

mod api;
mod args;
mod ask;
mod backup;
mod bundle;
mod calendar;
mod case;
mod complaint;
mod demo;
mod desk;
mod doctor;
mod due;
mod enquiry;
mod failure;
mod guide;
mod id;
mod init;
mod input;
mod invite;
mod join;
mod list;
mod moment;
mod opening;
mod org;
mod outcome;
mod output;
mod parameters;
mod restore;
mod revoke;
mod run;
mod status;
mod supervision;
mod sync;
mod table;
mod user;
mod verify;
mod words;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::Failure;

/// What is shipped keeps the rules: the features of one build are those of all its crates together.
const _: () = assert!(!sanji_sync::BREAKS_RULES, "built with the feature broken-rules, which is for tests");

fn main() -> ExitCode {
    tell_only_where_it_panicked();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // A script that asked for JSON gets it for wrong usage, too.
        Err(wrong) if wrong.use_stderr() && std::env::args_os().any(|arg| arg == "--json") => {
            outcome::wrong_usage(&wrong.to_string());
            return ExitCode::from(2);
        }
        Err(help) => help.exit(),
    };
    let (json, call) = (cli.json, cli.call());
    let done = catch_unwind(AssertUnwindSafe(|| cli.noun.run(&call))).unwrap_or(Err(Failure::Internal));
    outcome::print(done, json, call.lang)
}

/// A panic's message can hold what was on a page of the store, and with it names of people. The place is enough to
/// find the fault.
fn tell_only_where_it_panicked() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        // Nowhere is left to say that standard error is gone.
        let _ = writeln!(std::io::stderr(), "sanji {}: panicked at {place}", env!("CARGO_PKG_VERSION"));
    }));
}
