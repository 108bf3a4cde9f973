//! The processes of a demonstration: all are children of this one and end with it, whatever ends it short of a kill.
//!
//! Knows how to run this program and to read what it prints, not what it is for.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sanji_model::lang::Lang;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::trouble::{Trouble, tail};
use crate::failure::Failure;

/// Between two looks at whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// A node that is told to end closes its links and its store; after this it is killed.
const END_MAX: Duration = Duration::from_secs(5);

/// Starts and ends processes of this program.
pub struct Children {
    program: PathBuf,
    folder: PathBuf,
    lang: Lang,
    nursery: Arc<Nursery>,
}

/// What a node says when it is up.
#[derive(Debug)]
pub struct Ready {
    pub http: String,
    pub link: String,
    pub log: PathBuf,
}

#[derive(Default)]
struct Nursery {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    running: Vec<Child>,
    told_to_end: bool,
}

impl Children {
    /// From now on SIGINT, SIGTERM and SIGHUP end the children first.
    pub fn new(folder: &Path, lang: Lang) -> Result<Children, Failure> {
        let program = std::env::current_exe().map_err(Trouble::Start)?;
        let nursery = Arc::new(Nursery::default());
        listen(nursery.clone())?;
        Ok(Children { program, folder: folder.to_owned(), lang, nursery })
    }

    /// Runs one command of this program to its end and reads the JSON that it prints.
    pub fn tell(&self, unit: &str, words: &[&str]) -> Result<Value, Failure> {
        let out = self.folder.join(format!("{unit}.out"));
        let log = self.folder.join(format!("{unit}.log"));
        let mut command = self.command(unit, words, &log)?;
        command.stdout(File::create(&out).map_err(|error| Trouble::Folder(out.clone(), error))?);
        let pid = self.nursery.start(&mut command)?;
        let status = self.nursery.wait(pid)?;
        let said: Value =
            std::fs::read(&out).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        if status.success() {
            return Ok(said);
        }
        let why = said["error"]["message"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        // A token is a key, so only the words of the command are repeated.
        let what = format!("sanji {} ({unit})", words.iter().take(2).copied().collect::<Vec<_>>().join(" "));
        Err(Trouble::Step { what, why, log: tail(&log) }.into())
    }

    /// Starts a node and waits until it is ready.
    pub fn start(&self, unit: &str) -> Result<Ready, Failure> {
        let log = self.folder.join(format!("{unit}.log"));
        let mut command = self.command(unit, &["run"], &log)?;
        let pid = self.nursery.start(command.stdout(Stdio::piped()))?;
        let mut line = String::new();
        if let Some(out) = self.nursery.output_of(pid) {
            BufReader::new(out).read_line(&mut line).map_err(Trouble::Start)?;
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        match (said["http"].as_str(), said["link"].as_str()) {
            (Some(http), Some(link)) => Ok(Ready { http: http.to_owned(), link: link.to_owned(), log }),
            _ => {
                let why = said["error"]["message"].as_str().map(|why| format!("\n    {why}"));
                Err(Trouble::Ended { unit: unit.to_owned(), log: tail(&log) + &why.unwrap_or_default() }
                    .into())
            }
        }
    }

    pub fn data(&self, unit: &str) -> PathBuf {
        self.folder.join(unit)
    }

    pub fn are_told_to_end(&self) -> bool {
        self.nursery.lock().told_to_end
    }

    /// Whether all were told to end, for somebody who outlives a look at it.
    pub fn ending(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let nursery = self.nursery.clone();
        move || nursery.lock().told_to_end
    }

    /// Waits for a signal, without a limit if none is given.
    pub fn wait_for_the_end(&self, max: Option<Duration>) {
        let not_told = |state: &mut State| !state.told_to_end;
        let state = self.nursery.lock();
        // Whoever poisons the lock has panicked, and everything ends anyway.
        match max {
            Some(max) => drop(self.nursery.changed.wait_timeout_while(state, max, not_told)),
            None => drop(self.nursery.changed.wait_while(state, not_told)),
        }
    }

    /// Ends all and waits for them.
    pub fn end(&self) {
        self.nursery.tell_to_end(Signal::TERM);
        self.nursery.wait_for_all();
    }

    fn command(&self, unit: &str, words: &[&str], log: &Path) -> Result<Command, Failure> {
        let file = File::options().create(true).append(true).open(log);
        let file = file.map_err(|error| Trouble::Folder(log.to_owned(), error))?;
        let mut command = Command::new(&self.program);
        command.args(words).arg("--json").arg("--data").arg(self.data(unit));
        command.args(["--lang", &self.lang.to_string()]).stdin(Stdio::null()).stderr(file);
        Ok(command)
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.end();
    }
}

impl Nursery {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing starts once all were told to end, so none is forgotten.
    fn start(&self, command: &mut Command) -> Result<u32, Failure> {
        let mut state = self.lock();
        if state.told_to_end {
            return Err(Trouble::Interrupted.into());
        }
        let child = command.spawn().map_err(Trouble::Start)?;
        let pid = child.id();
        state.running.push(child);
        Ok(pid)
    }

    fn output_of(&self, pid: u32) -> Option<std::process::ChildStdout> {
        self.lock().running.iter_mut().find(|child| child.id() == pid)?.stdout.take()
    }

    fn wait(&self, pid: u32) -> Result<ExitStatus, Failure> {
        loop {
            let mut state = self.lock();
            let Some(at) = state.running.iter().position(|child| child.id() == pid) else {
                return Err(Trouble::Interrupted.into());
            };
            if let Some(status) = state.running[at].try_wait().map_err(Trouble::Start)? {
                state.running.retain(|child| child.id() != pid);
                return Ok(status);
            }
            drop(state);
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn tell_to_end(&self, signal: Signal) {
        let mut state = self.lock();
        state.told_to_end = true;
        for child in &mut state.running {
            // Its number is its own until it was waited for.
            if let Ok(None) = child.try_wait() {
                let _ = kill_process(Pid::from_child(child), signal);
            }
        }
        self.changed.notify_all();
    }

    fn wait_for_all(&self) {
        let until = Instant::now() + END_MAX;
        loop {
            let mut state = self.lock();
            state.running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
            if state.running.is_empty() {
                return;
            }
            if Instant::now() > until {
                for child in &mut state.running {
                    let _ = child.kill();
                    let _ = child.wait();
                }
                state.running.clear();
                return;
            }
            drop(state);
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// The first signal ends the children, the next one kills them.
fn listen(nursery: Arc<Nursery>) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Setup)?;
    let of = |kind| {
        let _within = runtime.enter();
        signal(kind).map_err(Failure::Setup)
    };
    let mut interrupt = of(SignalKind::interrupt())?;
    let mut terminate = of(SignalKind::terminate())?;
    let mut hangup = of(SignalKind::hangup())?;
    let end = async move {
        for how in [Signal::TERM, Signal::KILL] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            nursery.tell_to_end(how);
        }
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || runtime.block_on(end)).map_err(Failure::Setup)?;
    Ok(())
}
