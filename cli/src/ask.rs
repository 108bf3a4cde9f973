//! Who answers a command: the running node of the data directory through its local API, or the directory itself,
//! opened for this one command.
//!
//! The directory's lock is the truth about whether a node runs; `api.json` may be left over from one that was killed, or
//! have been copied with the directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sanji_model::lang::{Lang, many};
use sanji_node::command::Command;
use sanji_node::data::{DataDir, DataError};
use sanji_node::http::ApiFile;
use sanji_node::machine::{Input, Machine, Output};
use sanji_node::page::every_row;
use sanji_node::run::now;
use sanji_node::trust::Identity;
use serde_json::Value;
use ureq::http::Response;
use ureq::typestate::WithBody;
use ureq::{Body, RequestBuilder};

use crate::failure::Failure;
use crate::opening;
use crate::outcome;
use crate::words::either;

/// The API is on this machine; who does not answer the connection within this does not run.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Bytes of an answer: the list of a county's cases (DOMAIN §8) at half a kilobyte a row.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// What every command needs to know.
pub struct Call {
    pub data: Option<PathBuf>,
    pub lang: Lang,
    /// Whether one JSON document is printed.
    pub json: bool,
}

/// An answer and who gave it.
pub struct Answer {
    pub value: Value,
    pub by: Answerer,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answerer {
    RunningNode,
    /// No node runs; the directory was opened here.
    Directory,
}

impl Call {
    /// The data directory: as given, or the user's own.
    pub fn data(&self) -> Result<PathBuf, Failure> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let shared = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
        Ok(shared.ok_or(Failure::NoDataDir)?.join("sanji"))
    }

    /// Locks the directory. While nothing is made there, a path that does not exist stays so.
    pub fn open(&self) -> Result<DataDir, Failure> {
        let path = self.data()?;
        if !path.is_dir() {
            return Err(DataError::Empty(path).into());
        }
        match DataDir::open(&path) {
            Err(DataError::InUse(path)) => Err(Failure::Busy(path)),
            opened => Ok(opened?),
        }
    }

    /// Asks whoever can answer.
    pub fn ask(&self, command: Command) -> Result<Answer, Failure> {
        match self.ask_node(&command)? {
            Some(value) => Ok(Answer { value, by: Answerer::RunningNode }),
            None => Ok(Answer { value: self.ask_directory(command)?, by: Answerer::Directory }),
        }
    }

    /// The answer's value, whoever gives it.
    pub fn value(&self, command: Command) -> Result<Value, Failure> {
        Ok(self.ask(command)?.value)
    }

    /// All rows of a list, asked for page by page. `page` makes the command for what lies behind a page.
    pub fn rows(&self, page: impl Fn(Option<String>) -> Command) -> Result<Value, Failure> {
        let rows = self.talk(|ask| every_row(|after| ask(page(after))))?;
        self.note_what_is_behind()?;
        Ok(rows)
    }

    /// The value of a list that comes whole.
    pub fn list(&self, command: Command) -> Result<Value, Failure> {
        let value = self.value(command)?;
        self.note_what_is_behind()?;
        Ok(value)
    }

    /// Says on standard error when a running node's rows are not up to date: in a storm they follow what is stored.
    fn note_what_is_behind(&self) -> Result<(), Failure> {
        if let Some(status) = self.ask_node(&Command::Status)?
            && let Some(behind @ 1..) = status["behind"].as_u64()
        {
            let zh = format!("注意：另有 {behind} 条记录已保存，尚未列入清单；请稍后再查。");
            let entries = many(behind, "entry", "entries");
            let en = format!("note: {entries} saved and not yet in lists; look again in a while.");
            outcome::complain(&either(self.lang, zh, en));
        }
        Ok(())
    }

    /// Asks the running node; none when none answers for this directory.
    pub fn ask_node(&self, command: &Command) -> Result<Option<Value>, Failure> {
        match api_of(&self.data()?) {
            Some(api) => {
                match Request::new(&api, "command").answered(|request| request.send_json(command))? {
                    Some(mut response) => answer_of(&mut response),
                    None => Ok(None),
                }
            }
            None => Ok(None),
        }
    }

    /// A request of the running node; none when no API is known for this directory.
    pub fn request(&self, path: &str) -> Result<Option<Request>, Failure> {
        Ok(api_of(&self.data()?).map(|api| Request::new(&api, path)))
    }

    /// Opens the directory for one piece of work, after which everything is brought up to date and closed.
    pub fn with_directory<T>(
        &self,
        work: impl FnOnce(&mut Machine, &Identity) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let data = self.open()?;
        let (identity, settings) = (data.identity()?, data.settings()?);
        let (mut machine, report) =
            opening::shown(self.lang, |progress| data.machine(&identity, &settings, progress))?;
        opening::note(&report, self.lang);
        while machine.follow(now())?.0 {}
        let done = work(&mut machine, &identity);
        while machine.follow(now())?.0 {}
        machine.close()?;
        done
    }

    /// Several commands of one piece of work, all answered by the same: the running node, or the directory, which is
    /// opened once.
    pub fn talk<T>(
        &self,
        work: impl FnOnce(&mut dyn FnMut(Command) -> Result<Value, Failure>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.ask_node(&Command::CalendarList)?.is_some() {
            let gone = || Failure::Gone(String::new());
            return work(&mut |command| self.ask_node(&command)?.ok_or_else(gone));
        }
        self.with_directory(|machine, _| work(&mut |command| turn(machine, command)))
    }

    fn ask_directory(&self, command: Command) -> Result<Value, Failure> {
        self.with_directory(|machine, _| turn(machine, command))
    }
}

/// One command of the only asker there is.
fn turn(machine: &mut Machine, command: Command) -> Result<Value, Failure> {
    let outputs = machine.turn(now(), vec![Input::Command { ticket: 1, command }])?;
    let answer = outputs.into_iter().find_map(|output| match output {
        Output::Answer { answer, .. } => Some(answer),
        // No link is up, and the directory keeps what was changed about it.
        Output::Send { .. }
        | Output::Hangup { .. }
        | Output::Joined { .. }
        | Output::Carried { .. }
        | Output::Pause
        | Output::Resume
        | Output::DialNow => None,
    });
    match answer {
        Some(Ok(value)) => Ok(value),
        Some(Err(refusal)) => Err(Failure::refused(&refusal.to_json()).unwrap_or(Failure::Internal)),
        None => Err(Failure::Internal),
    }
}

/// The API of the node that has this directory: a killed node's file stays behind, and a copied directory has the file
/// of the one that it was copied from.
fn api_of(data: &Path) -> Option<ApiFile> {
    if !DataDir::is_in_use(data) {
        return None;
    }
    serde_json::from_slice(&fs::read(DataDir::api_file(data)).ok()?).ok()
}

/// A request of a node's local API.
pub struct Request(RequestBuilder<WithBody>);

impl Request {
    fn new(api: &ApiFile, path: &str) -> Request {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_MAX))
            .build();
        let request = ureq::Agent::from(config).post(format!("http://{}/api/v1/{path}", api.http));
        Request(request.header("authorization", format!("Bearer {}", api.token)))
    }

    /// Sends it; none when nobody is there.
    pub fn answered(
        self,
        send: impl FnOnce(RequestBuilder<WithBody>) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Option<Response<Body>>, Failure> {
        match send(self.0) {
            Ok(response) => Ok(Some(response)),
            Err(error) if is_nobody(&error) => Ok(None),
            Err(error) => Err(Failure::Gone(error.to_string())),
        }
    }
}

/// Reads the answer. None when it is that of somebody who is not the node of this directory: then nothing was done.
pub fn answer_of(response: &mut Response<Body>) -> Result<Option<Value>, Failure> {
    let done = response.status().is_success();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    let body = body.map_err(|error| Failure::Gone(error.to_string()))?;
    match (done, serde_json::from_slice::<Value>(&body)) {
        (true, Ok(value)) => Ok(Some(value)),
        (true, Err(error)) => Err(Failure::Gone(error.to_string())),
        // Another program, or another node, has the port of one that was killed.
        (false, Ok(value)) if value["error"]["code"] == "API_TOKEN" => Ok(None),
        (false, Ok(value)) => Failure::refused(&value["error"]).map_or(Ok(None), Err),
        (false, Err(_)) => Ok(None),
    }
}

fn is_nobody(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        ureq::Error::ConnectionFailed | ureq::Error::Timeout(ureq::Timeout::Connect) => true,
        _ => false,
    }
}
