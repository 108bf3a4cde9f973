//! Real nodes inside this process: real QUIC on loopback, real sled and journal in temporary folders.
//!
//! For benchmarks and tests that need many nodes without many processes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use sanji_config::Settings;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::data::DataDir;
use sanji_node::run::{Node, now};
use sanji_node::trust::Token;
use sanji_node::{link, setup};
use sanji_sync::UnitCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator::{Emulator, Line};

/// Longest wait for a state that must come.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at another node's state.
const LOOK: Duration = Duration::from_millis(2);

/// A county of nodes; they and their folders go when it is dropped.
pub struct County {
    pub nodes: Vec<Node>,
    /// The emulated lines by the node below.
    pub lines: BTreeMap<usize, Emulator>,
    folders: Vec<TempDir>,
}

/// One unit for the organisation file: code, name, tier, parent.
pub type UnitRow<'a> = (&'a str, &'a str, &'a str, &'a str);

impl County {
    /// A county with one node in each unit, each linked to the node of its parent. The first row is the county.
    pub async fn start(rows: &[UnitRow<'_>]) -> County {
        County::start_over(rows, &[]).await
    }

    /// The same, with an emulated line between some nodes (by their row) and those above. They enrol without it.
    pub async fn start_over(rows: &[UnitRow<'_>], over: &[(usize, Line)]) -> County {
        let mut lines = BTreeMap::new();
        let mut folders = Vec::new();
        let mut nodes: Vec<Node> = Vec::new();
        for (code, name, _, parent) in rows {
            let folder = TempDir::new().expect("a temporary folder");
            let data = DataDir::open(folder.path()).expect("an empty folder opens");
            let unit = UnitCode::parse(code).expect("a unit code");
            if nodes.is_empty() {
                let settings = settings(Vec::new());
                setup::found_county(&data, unit, name, &settings, now()).expect("a county can be founded");
                let root = Node::start(data, settings, &mut |_| {}).await.expect("the county starts");
                ask(&root, Command::OrgImport { text: csv(rows), file: "units.csv".into() }).await;
                nodes.push(root);
            } else {
                let above = rows.iter().position(|row| row.0 == *parent).expect("the parent stands before");
                let above = nodes[above].link;
                let n = nodes.len();
                let mut dialled = above;
                if let Some((_, line)) = over.iter().find(|(row, _)| *row == n) {
                    let emulator = Emulator::open(above, *line, n as u64).await;
                    dialled = emulator.address();
                    lines.insert(n, emulator);
                }
                nodes.push(join(&nodes[0], data, code, above, dialled).await);
            }
            folders.push(folder);
        }
        County { nodes, lines, folders }
    }

    /// Imports and publishes one complete guide with this name at the county.
    pub async fn publish(&self, name: &str) {
        let text = include_str!("sim/guide.jsonl").replace("模拟事项", name);
        ask(&self.nodes[0], Command::GuideImport { text, file: "guide.jsonl".into(), user: None }).await;
        ask(&self.nodes[0], Command::GuidePublish { id: name.into(), effective: None }).await;
    }

    /// Imports these guides at the county, a JSON line each, and publishes every one.
    pub async fn publish_all(&self, lines: String) {
        let import = Command::GuideImport { text: lines, file: "guides.jsonl".into(), user: None };
        let imported = ask(&self.nodes[0], import).await;
        for guide in imported["guides"].as_array().expect("a list") {
            let id = guide["id"].as_str().expect("an id").to_owned();
            ask(&self.nodes[0], Command::GuidePublish { id, effective: None }).await;
        }
    }

    /// Waits until `holds` is true of a node's status.
    pub async fn wait(&self, n: usize, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let status = self.status(n).await;
            if holds(&status) {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "node {n} does not come to this: {what}; {status}");
            tokio::time::sleep(LOOK).await;
        }
    }

    pub async fn status(&self, n: usize) -> Value {
        ask(&self.nodes[n], Command::Status).await
    }

    /// Stops every node cleanly.
    pub async fn stop(self) {
        self.stopped().await;
    }

    /// Stops every node cleanly; their data directories.
    pub async fn stopped(self) -> Vec<TempDir> {
        for node in self.nodes {
            node.stop().await.expect("a clean stop");
        }
        self.folders
    }
}

/// Registers `cases` cases at a node, many at once, so that turns gather them.
pub async fn register(node: &Node, guide: &str, cases: usize) {
    const AT_ONCE: usize = 200;
    let mut left = cases;
    while left > 0 {
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..left.min(AT_ONCE) {
            let asker = node.asker();
            let command = Command::CaseRegister {
                guide: guide.to_owned(),
                applicant: "测试".to_owned(),
                id_number: "11010519491231002X".to_owned(),
                fields: Default::default(),
                user: None,
            };
            asked.spawn(async move { asker.ask(command).await });
        }
        left -= asked.len();
        while let Some(answer) = asked.join_next().await {
            let answer = answer.expect("no panic").expect("the node runs");
            answer.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"));
        }
    }
}

/// Asks a node; a refusal is a failure of the test.
pub async fn ask(node: &Node, command: Command) -> Value {
    let answer = node.asker().ask(command).await.expect("the node runs");
    answer.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
}

/// Enrols through the node at `above`, and starts a node that finds it at `dialled`.
async fn join(root: &Node, data: DataDir, code: &str, above: SocketAddr, dialled: SocketAddr) -> Node {
    let invite = Command::Invite { unit: code.to_owned(), parents: vec![above.to_string()], valid_hours: 1 };
    let answer = ask(root, invite).await;
    let token = Token::parse(answer["token"].as_str().expect("a token")).expect("a good token");
    let request = setup::join_request(&data, &token, None).expect("a request");
    let reply = link::join(&token, &request, Duration::from_secs(20)).await.expect("the county answers");
    let settings = settings(vec![dialled.to_string()]);
    setup::accept_reply(&data, &token, &reply, &settings).expect("the answer is good");
    Node::start(data, settings, &mut |_| {}).await.expect("the node starts")
}

fn settings(parents: Vec<String>) -> Settings {
    Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        http: ([127, 0, 0, 1], 0).into(),
        parents,
        lang: Lang::En,
        ..Settings::default()
    }
}

fn csv(rows: &[UnitRow<'_>]) -> String {
    let lines = rows.iter().map(|(code, name, tier, parent)| format!("{code},{name},{tier},{parent}\n"));
    format!("code,name,tier,parent_code\n{}", lines.collect::<String>())
}

/// The digest of a scope in a status.
pub fn digest(status: &Value, scope: &str) -> Value {
    let scopes = status["scopes"].as_array().cloned().unwrap_or_default();
    scopes.into_iter().find(|s| s["scope"] == scope).map_or(json!(null), |s| s["digest"].clone())
}
