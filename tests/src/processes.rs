//! Real processes of the real binary: run to their end, or as nodes that are asked through their local API.
//!
//! What a node's state becomes is seen by asking it: [`Node::wait`] polls, bounded, and is the only thing here that lets
//! time pass. Everything is killed when it is dropped.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use sanji_node::command::Command;
use sanji_node::data::DataDir;
use sanji_node::http::ApiFile;
use sanji_node::page::every_row;
use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for a state that must come. A node whose peer was killed notices after 30 s of silence.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks at another process's state.
const LOOK: Duration = Duration::from_millis(10);

pub const COUNTY: &str = "640202";
pub const TOWN: &str = "640202001";
pub const VILLAGE: &str = "640202001001";
pub const OTHER_VILLAGE: &str = "640202001002";
/// A county, a town, two villages.
pub const UNITS: &str = "code,name,tier,parent_code\n\
    640202,测试县,county,\n\
    640202001,测试镇,town,640202\n\
    640202001001,东村,village,640202001\n\
    640202001002,西村,village,640202001\n";
/// A complete guide whose one material is 申请表.
pub const GUIDE_LINE: &str = include_str!("sim/guide.jsonl");
pub const GUIDE: &str = "模拟事项";
/// The example of GB 11643, which belongs to nobody.
pub const ID_NUMBER: &str = "11010519491231002X";
/// Loopback, any free port.
pub const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];

/// The binary beside the test that runs.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let binary = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST").join("sanji");
    assert!(binary.is_file(), "{} is missing: run cargo build -p sanji first", binary.display());
    binary
}

/// What a process said that ran to its end.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    /// The one JSON document on standard output; null if it is none.
    pub json: Value,
    pub stderr: String,
}

impl Done {
    /// The code of its refusal. Fails the test unless it is one with exit code 1 and a sentence.
    pub fn refusal(&self) -> &str {
        let error = &self.json["error"];
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(error["message"].as_str().is_some_and(|words| words.contains(' ')), "no sentence: {self:?}");
        error["code"].as_str().expect("a code")
    }
}

/// Runs `sanji WORDS --data DATA --json --lang en` to its end.
pub fn sanji(data: &Path, words: &[&str]) -> Done {
    let out = command(data, words).output().expect("the binary starts");
    let json = serde_json::from_slice(&out.stdout).unwrap_or_default();
    Done { code: out.status.code(), json, stderr: String::from_utf8_lossy(&out.stderr).into_owned() }
}

/// The same, which must succeed.
pub fn done(data: &Path, words: &[&str]) -> Value {
    let done = sanji(data, words);
    assert_eq!(done.code, Some(0), "sanji {words:?}: {done:?}");
    done.json
}

fn command(data: &Path, words: &[&str]) -> Process {
    let mut process = Process::new(binary());
    process.args(words).arg("--data").arg(data).args(["--json", "--lang", "en"]);
    process.env_remove("SANJI_DATA").env_remove("SANJI_LOG").stdin(Stdio::null());
    process
}

/// A temporary folder with a data directory a node.
pub struct Ground {
    folder: TempDir,
}

impl Ground {
    pub fn new() -> Ground {
        Ground { folder: TempDir::with_prefix("sanji-processes-").expect("a temporary folder") }
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the folder is writable");
        path.display().to_string()
    }

    /// A county with [`UNITS`] and the guide published, running in the directory `name`.
    pub fn county(&self, name: &str) -> Node {
        let data = self.data(name);
        done(&data, &[&["init", "--unit", COUNTY, "--name", "测试县"][..], &ANYWHERE].concat());
        done(&data, &["org", "import", &self.file("units.csv", UNITS)]);
        done(&data, &["guide", "import", &self.file("guides.jsonl", GUIDE_LINE)]);
        done(&data, &["guide", "publish", GUIDE]);
        Node::start(&data)
    }

    /// A token from the county, whose address is the node above.
    pub fn token(&self, county: &Node, unit: &str, above: &Node) -> String {
        invite(county, unit, &above.link)
    }

    /// Enrols the unit's node through the node above, and starts it in a directory that is called as the unit.
    pub fn join(&self, county: &Node, unit: &str, above: &Node) -> Node {
        self.join_at(county, unit, &above.link)
    }

    /// The same through whatever listens at `address` in front of the node above.
    pub fn join_at(&self, county: &Node, unit: &str, address: &str) -> Node {
        let data = self.data(unit);
        let token = invite(county, unit, address);
        done(&data, &[&["join", &token][..], &ANYWHERE].concat());
        Node::start(&data)
    }
}

fn invite(county: &Node, unit: &str, address: &str) -> String {
    let invited = done(&county.data, &["invite", unit, "--parent", address]);
    invited["token"].as_str().expect("a token").to_owned()
}

impl Default for Ground {
    fn default() -> Ground {
        Ground::new()
    }
}

/// A node in a process of its own, with its log beside its data.
pub struct Node {
    pub data: PathBuf,
    pub http: String,
    pub link: String,
    child: Child,
    agent: ureq::Agent,
    api: ApiFile,
}

impl Node {
    /// Starts the node and waits for its first line.
    pub fn start(data: &Path) -> Node {
        Node::start_with(data, None)
    }

    /// The same with everything in its log that any part of it has to say.
    pub fn start_telling_all(data: &Path) -> Node {
        Node::start_with(data, Some("trace"))
    }

    fn start_with(data: &Path, level: Option<&str>) -> Node {
        let log = std::fs::File::options().create(true).append(true).open(log_of(data)).expect("a log");
        let mut process = command(data, &["run"]);
        process.envs(level.map(|level| ("SANJI_LOG", level)));
        let mut child = process.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        out.read_line(&mut line).expect("a line can be read");
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |key: &str| ready[key].as_str().unwrap_or_default().to_owned();
        let (http, link) = (text("http"), text("link"));
        if ready["event"] != "ready" {
            let mut rest = String::new();
            let _ = out.read_to_string(&mut rest);
            let log = std::fs::read_to_string(log_of(data)).unwrap_or_default();
            panic!("{} does not start: {line}{rest}{log}", data.display());
        }
        let api = std::fs::read(DataDir::api_file(data)).expect("a running node has api.json");
        let api = serde_json::from_slice(&api).expect("api.json is JSON");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Node { data: data.to_owned(), http, link, child, agent: agent.build().into(), api }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks; a refusal comes as `{"code", "en", "zh"}`.
    pub fn try_ask(&self, command: &Command) -> Result<Value, Value> {
        let request = self.agent.post(format!("http://{}/api/v1/command", self.api.http));
        let request = request.header("authorization", format!("Bearer {}", self.api.token));
        let mut response = request.send_json(command).expect("the node answers");
        let good = response.status().is_success();
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("the whole answer");
        let mut json: Value = serde_json::from_slice(&body).expect("an answer is JSON");
        if good { Ok(json) } else { Err(json["error"].take()) }
    }

    /// Asks; a refusal is a failure of the test.
    pub fn ask(&self, command: Command) -> Value {
        self.try_ask(&command).unwrap_or_else(|refusal| panic!("{}: {refusal}", self.data.display()))
    }

    /// The rows of all cases here.
    pub fn every_case(&self) -> Value {
        let Ok(rows) = every_row(|after| Ok::<_, Infallible>(self.ask(Command::cases(after))));
        rows
    }

    pub fn status(&self) -> Value {
        self.ask(Command::Status)
    }

    /// Waits until `holds` is true of the status, and fails the test if it does not come to that.
    pub fn wait(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        self.wait_within(PATIENCE, what, holds)
    }

    /// The same with a patience of its own, for what takes as long as its size.
    pub fn wait_within(&self, patience: Duration, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status();
            if holds(&status) {
                return status;
            }
            assert!(begun.elapsed() < patience, "{}: not {what}: {status}", self.data.display());
            std::thread::sleep(LOOK);
        }
    }

    pub fn wait_linked(&self) {
        self.wait("linked", |status| status["parent"]["state"] == "up");
    }

    pub fn wait_guides(&self, guides: u64) {
        self.wait("all guides there", |status| status["guides"] == guides);
    }

    /// Registers a case and receives it; its number.
    pub fn file_case(&self, applicant: &str) -> String {
        let said = self.ask(Command::CaseRegister {
            guide: GUIDE.to_owned(),
            applicant: applicant.to_owned(),
            id_number: ID_NUMBER.to_owned(),
            fields: Default::default(),
            user: None,
        });
        let number = said["number"].as_str().expect("a number").to_owned();
        self.act(&number, "receive", &[("materials", "申请表")]);
        number
    }

    pub fn act(&self, number: &str, action: &str, fields: &[(&str, &str)]) {
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.ask(Command::CaseAct {
            number: number.to_owned(),
            action: action.to_owned(),
            fields,
            user: None,
        });
    }

    /// The numbers of all cases here.
    pub fn cases(&self) -> Vec<String> {
        let listed = self.every_case();
        let rows = listed.as_array().expect("a list is an array");
        rows.iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect()
    }

    /// Recomputes everything and fails the test if anything is wrong.
    pub fn verify(&self) {
        let verified = self.ask(Command::Verify);
        assert_eq!(verified["bad"], serde_json::json!([]), "{}", self.data.display());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(log_of(&self.data)).expect("the log is there")
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it can be waited for");
    }

    /// SIGTERM, and how it ended.
    pub fn stop(self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM)
    }

    pub fn signal(mut self, signal: rustix::process::Signal) -> ExitStatus {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .expect("it runs");
        self.child.wait().expect("it can be waited for")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a node of this directory logs.
pub fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// Entries and digest of a scope in a status; nothing was written into one that is not there.
pub fn scope<'a>(status: &'a Value, name: &str) -> (u64, Option<&'a str>) {
    let rows = status["scopes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let row = rows.iter().find(|row| row["scope"] == name);
    row.map_or((0, None), |row| (row["entries"].as_u64().unwrap_or(0), row["digest"].as_str()))
}

/// Waits until the two agree on these scopes and owe nothing to each other.
pub fn wait_equal(below: &Node, above: &Node, scopes: &[&str]) {
    let unit = below.status()["unit"].clone();
    let nothing_owed = |status: &Value| {
        let children = status["children"].as_array().map(Vec::as_slice).unwrap_or_default();
        children.iter().filter(|child| child["unit"] == unit).all(|child| child["owed"] == 0)
    };
    above.wait("equal to the node below", |status| {
        let other = below.status();
        scopes.iter().all(|name| scope(status, name) == scope(&other, name))
            && other["parent"]["owed"] == 0
            && nothing_owed(status)
            && status["behind"] == 0
            && other["behind"] == 0
    });
}
