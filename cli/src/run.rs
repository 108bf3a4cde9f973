//! `sanji run`: the node in the foreground, until it is told to end.
//!
//! Knows no node from inside: it starts one, says that it is ready, and waits for a signal or a failure.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::data::{DataDir, DataError};
use sanji_node::run::Node;
use sanji_node::store::Progress;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::ask::Call;
use crate::failure::Failure;
use crate::opening;
use crate::outcome::{Outcome, say};

/// Journal entries between two lines in the log while a store is read.
const ENTRIES_A_LINE: u64 = 100_000;

#[derive(Args, Debug)]
pub struct Run {}

impl Run {
    pub fn run(self, call: &Call) -> Result<Outcome, Failure> {
        log_to_standard_error();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failure::Setup)?;
        match runtime.block_on(serve(call)) {
            Ok(()) => Ok(Outcome::Silent),
            Err(failure) => Err(for_run(failure, call)),
        }
    }
}

/// A failure in the words of somebody who starts a node.
fn for_run(failure: Failure, call: &Call) -> Failure {
    match failure {
        Failure::Busy(path) => match call.ask_node(&Command::Status) {
            Ok(Some(_)) => Failure::Running(path),
            Ok(None) | Err(_) => Failure::Busy(path),
        },
        Failure::Data(DataError::Port { address, source }) => match call.data() {
            Ok(data) => Failure::Port { address, config: data.join("config.toml"), source },
            Err(_) => Failure::Data(DataError::Port { address, source }),
        },
        other => other,
    }
}

async fn serve(call: &Call) -> Result<(), Failure> {
    // Before the start, so that a signal during it is not lost.
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Setup)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Setup)?;
    let data = call.open()?;
    let settings = data.settings()?;
    let setup_code = DataDir::setup_code_file(data.path());
    let mut told = 0;
    let mut progress = |at: Progress| {
        if at.entries / ENTRIES_A_LINE > told {
            told = at.entries / ENTRIES_A_LINE;
            tracing::info!(
                entries = at.entries,
                bytes = at.bytes,
                of_bytes = at.of_bytes,
                "reading the journal"
            );
        }
    };
    let mut node = Node::start(data, settings, &mut progress).await?;
    for note in opening::notes(&node.report, Lang::En) {
        tracing::warn!("{note}");
    }
    tracing::info!(unit = %node.unit, http = %node.http, link = %node.link, "the node serves");
    if let Ok(code) = std::fs::read_to_string(&setup_code)
        && node.needs_setup().await
    {
        let (page, code_in) = (format!("http://{}/setup", node.http), setup_code.display());
        tracing::info!(page, %code_in, "nobody can sign in yet: set the first password with the code in this file");
        // A log is kept and read by others; a terminal is looked at by who started the node.
        let mut terminal = std::io::stderr();
        if terminal.is_terminal() {
            let _ = writeln!(terminal, "set-up code 启用码: {}", code.trim());
        }
    }
    say(&json!({ "event": "ready", "unit": node.unit, "http": node.http, "link": node.link }).to_string());
    tokio::select! {
        () = told_to_end(&mut terminate, &mut interrupt) => {}
        error = node.failed() => return Err(DataError::from(error).into()),
    }
    tracing::info!("the node stops");
    node.stop().await?;
    Ok(())
}

async fn told_to_end(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// What `SANJI_LOG` asks for, `info` otherwise, but of automerge warnings only: it makes a span of each column of each change,
/// a quarter of the time that applying changes took.
fn log_to_standard_error() {
    let filter =
        EnvFilter::try_from_env("SANJI_LOG").unwrap_or_else(|_| EnvFilter::new("info,automerge=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
