//! A county whose villages all come back within a second, each with cases filed off line: real nodes, real QUIC, real sled.
//!
//! A [`Crew`] is some of the nodes, all in one process; [`run`] gives crews their orders and does not know whether they are
//! in this process or in others. Each village says by its own ticks when its cases were at the town and at the county.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sanji_config::Settings;
use sanji_model::lang::Lang;
use sanji_node::command::Command;
use sanji_node::data::DataDir;
use sanji_node::run::{Node, now};
use sanji_node::trust::Token;
use sanji_node::{link, setup};
use sanji_sync::UnitCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::nodes::{ask, digest};
use crate::processes::{GUIDE, GUIDE_LINE, ID_NUMBER};

/// Longest wait for a state that must come.
const PATIENCE: Duration = Duration::from_secs(600);
/// Between two looks of a village at its ticks: how exact the latencies are. Looking costs the storm a few per cent.
const LOOK: Duration = Duration::from_millis(50);
/// Boxes that enrol at once; a node takes 32.
const JOINS_AT_ONCE: usize = 16;

/// How large the county is and what waits in it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub towns: usize,
    pub villages: usize,
    /// Filed at each village while it was cut off.
    pub cases: usize,
    /// Milliseconds within which all villages come back.
    pub spread_ms: u64,
}

impl Shape {
    /// Code, tier, parent and name of every unit, the county first; villages are dealt to the towns in turn.
    fn units(&self) -> Vec<(String, &'static str, String)> {
        let town = |n: usize| format!("990101{:03}", n + 1);
        let mut units = vec![("990101".to_owned(), "county", String::new())];
        units.extend((0..self.towns).map(|n| (town(n), "town", "990101".to_owned())));
        for n in 0..self.villages {
            let (at, place) = (town(n % self.towns), n / self.towns + 1);
            units.push((format!("{at}{place:03}"), "village", at));
        }
        units
    }

    fn of_tier(&self, tier: &str) -> Vec<String> {
        self.units().into_iter().filter(|unit| unit.1 == tier).map(|unit| unit.0).collect()
    }
}

/// What a crew is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Be the county of these units; says its address and a token for each other unit.
    Found {
        csv: String,
        units: Vec<String>,
    },
    /// Enrol these units' boxes with their tokens, none of them started yet.
    Enrol {
        tokens: BTreeMap<String, String>,
    },
    /// Start the enrolled nodes, each with its parent's address; says their own.
    Start {
        parents: BTreeMap<String, String>,
    },
    /// Every node: wait for the guide, go off line and file cases.
    File {
        cases: usize,
    },
    /// Every node: come back at this time and a share of the spread, and look until everything is at the county.
    Return {
        at_ms: u64,
        spread_ms: u64,
    },
    /// Wait until nothing is behind; says the digests of these scopes, by node.
    Digests,
    /// Says how long one list of all cases takes at the first node, and how many there are.
    List,
    /// Publish the guide once more; says when.
    Publish,
    /// Every node: wait for the version; says when each had it.
    Watch {
        version: u32,
    },
    /// Says what this process has used: memory at most, processor time.
    Use,
    Stop,
}

/// Who carries out orders: a crew in this process or in another.
pub trait Hands {
    /// Gives an order; it is carried out while others get theirs.
    fn give(&mut self, order: Order);
    /// The answer to the order given last.
    fn answer(&mut self) -> Value;

    fn obey(&mut self, order: Order) -> Value {
        self.give(order);
        self.answer()
    }
}

/// When the cases of one village were somewhere, in milliseconds since it came back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Arrivals {
    pub town: Vec<u64>,
    pub county: Vec<u64>,
}

/// What a storm came to.
pub struct Outcome {
    pub setup: Duration,
    pub filing: Duration,
    pub villages: BTreeMap<String, Arrivals>,
    /// From the first return until documents and rows of every node had followed, too.
    pub settled: Duration,
    /// How long a list of all cases takes at a town and at the county (milliseconds, rows).
    pub lists: [(f64, u64); 2],
    /// Milliseconds from the publication of an update at the county, asked for, until each other node could show it.
    pub update: BTreeMap<String, u64>,
    /// What each process had used before the villages came back, and after everything: county, towns, then villages.
    pub before: Vec<Value>,
    pub after: Vec<Value>,
}

/// One storm from an empty disk to a county that agrees; panics if it does not. `villages` share the villages.
pub fn run<H: Hands>(shape: &Shape, county: &mut H, towns: &mut H, villages: &mut [H]) -> Outcome {
    let begun = Instant::now();
    let units = shape.units();
    let lines = units.iter().map(|(code, tier, parent)| format!("{code},单位{code},{tier},{parent}\n"));
    let csv = format!("code,name,tier,parent_code\n{}", lines.collect::<String>());
    let below = units.iter().skip(1).map(|unit| unit.0.clone()).collect();
    let founded = county.obey(Order::Found { csv, units: below });
    let mut addresses = BTreeMap::from([("990101".to_owned(), text(&founded["link"]))]);
    let tokens = |codes: &[String]| -> BTreeMap<String, String> {
        codes.iter().map(|code| (code.clone(), text(&founded["tokens"][code]))).collect()
    };
    let parent_of: BTreeMap<&str, &str> = units.iter().map(|u| (u.0.as_str(), u.2.as_str())).collect();

    let codes = shape.of_tier("village");
    let shares: Vec<Vec<String>> = (0..villages.len())
        .map(|n| codes.iter().skip(n).step_by(villages.len()).cloned().collect())
        .collect();
    let town_codes = shape.of_tier("town");
    towns.obey(Order::Enrol { tokens: tokens(&town_codes) });
    for (crew, share) in villages.iter_mut().zip(&shares) {
        crew.obey(Order::Enrol { tokens: tokens(share) });
    }
    let parents = |codes: &[String], addresses: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let address = |code: &String| (code.clone(), addresses[parent_of[code.as_str()]].clone());
        codes.iter().map(address).collect()
    };
    let started = towns.obey(Order::Start { parents: parents(&town_codes, &addresses) });
    addresses.extend(town_codes.iter().map(|code| (code.clone(), text(&started[code]))));
    for (crew, share) in villages.iter_mut().zip(&shares) {
        crew.give(Order::Start { parents: parents(share, &addresses) });
    }
    villages.iter_mut().for_each(|crew| drop(crew.answer()));
    let setup = begun.elapsed();

    let begun = Instant::now();
    villages.iter_mut().for_each(|crew| crew.give(Order::File { cases: shape.cases }));
    villages.iter_mut().for_each(|crew| drop(crew.answer()));
    let filing = begun.elapsed();

    let before = usage(county, towns, villages);
    let (at_ms, begun) = (now().0 + 500, Instant::now() + Duration::from_millis(500));
    let order = Order::Return { at_ms, spread_ms: shape.spread_ms };
    villages.iter_mut().for_each(|crew| crew.give(order.clone()));
    let mut arrivals: BTreeMap<String, Arrivals> = BTreeMap::new();
    for crew in villages.iter_mut() {
        let told: BTreeMap<String, Arrivals> = serde_json::from_value(crew.answer()).expect("arrivals");
        arrivals.extend(told);
    }
    let above = county.obey(Order::Digests);
    let mut others = vec![towns.obey(Order::Digests)];
    others.extend(villages.iter_mut().map(|crew| crew.obey(Order::Digests)));
    let settled = begun.elapsed();
    let after = usage(county, towns, villages);
    assert_agreed(shape, &above["990101"], &others);
    let lists = [towns.obey(Order::List), county.obey(Order::List)]
        .map(|told| (told["ms"].as_f64().expect("a number"), told["rows"].as_u64().expect("a number")));
    let update = update(county, towns, villages);
    for crew in villages.iter_mut() {
        crew.obey(Order::Stop);
    }
    towns.obey(Order::Stop);
    county.obey(Order::Stop);
    Outcome { setup, filing, villages: arrivals, settled, lists, update, before, after }
}

/// Publishes a second version while everybody looks out for it.
fn update<H: Hands>(county: &mut H, towns: &mut H, villages: &mut [H]) -> BTreeMap<String, u64> {
    towns.give(Order::Watch { version: 2 });
    villages.iter_mut().for_each(|crew| crew.give(Order::Watch { version: 2 }));
    let begun = county.obey(Order::Publish).as_u64().expect("a time");
    let mut arrived: BTreeMap<String, u64> = BTreeMap::new();
    for told in std::iter::once(towns.answer()).chain(villages.iter_mut().map(|crew| crew.answer())) {
        let times: BTreeMap<String, u64> = serde_json::from_value(told).expect("times");
        arrived.extend(times.into_iter().map(|(unit, at)| (unit, at.saturating_sub(begun))));
    }
    arrived
}

fn usage<H: Hands>(county: &mut H, towns: &mut H, villages: &mut [H]) -> Vec<Value> {
    let mut used = vec![county.obey(Order::Use), towns.obey(Order::Use)];
    used.extend(villages.iter_mut().map(|crew| crew.obey(Order::Use)));
    used
}

/// Every node has the county's bytes of everything it holds, and the county has every village's cases.
fn assert_agreed(shape: &Shape, county: &Value, others: &[Value]) {
    let (mut nodes, mut cases) = (0, 0);
    for (unit, status) in others.iter().flat_map(|crew| crew.as_object().expect("by unit")) {
        nodes += 1;
        for scope in status["scopes"].as_array().expect("a list") {
            let name = scope["scope"].as_str().expect("a name");
            assert_eq!(scope["digest"], digest(county, name), "{unit} and the county differ in {name}");
        }
    }
    for village in shape.of_tier("village") {
        let name = format!("cases/{village}");
        let scopes = county["scopes"].as_array().expect("a list");
        cases +=
            scopes.iter().filter(|s| s["scope"] == name).filter_map(|s| s["documents"].as_u64()).sum::<u64>();
    }
    assert_eq!(nodes, shape.towns + shape.villages, "every node was asked");
    assert_eq!(cases, (shape.villages * shape.cases) as u64, "the county has every case that was answered");
}

/// A node that is not started yet.
struct Enrolled {
    data: DataDir,
    folder: TempDir,
}

/// Nodes of one process.
#[derive(Default)]
pub struct Crew {
    enrolled: BTreeMap<String, Enrolled>,
    nodes: BTreeMap<String, Node>,
    folders: Vec<TempDir>,
}

impl Crew {
    pub async fn obey(&mut self, order: Order) -> Value {
        match order {
            Order::Found { csv, units } => self.found(csv, &units).await,
            Order::Enrol { tokens } => self.enrol(tokens).await,
            Order::Start { parents } => self.start(&parents).await,
            Order::File { cases } => self.all(|node| file(node, cases)).await,
            Order::Return { at_ms, spread_ms } => self.come_back(at_ms, spread_ms).await,
            Order::Digests => self.all(settled).await,
            Order::List => self.list().await,
            Order::Publish => {
                let node = self.nodes.values().next().expect("a crew has a node");
                // What is not changed is not published again.
                let (id, field) = (GUIDE.to_owned(), "consultation".to_owned());
                ask(node, Command::GuideEdit { id, field, text: "窗口".to_owned(), user: None }).await;
                let begun = now().0;
                ask(node, Command::GuidePublish { id: GUIDE.into(), effective: None }).await;
                json!(begun)
            }
            Order::Watch { version } => self.all(|node| watch(node, version)).await,
            Order::Use => used(self.nodes.len()),
            Order::Stop => {
                let nodes = std::mem::take(&mut self.nodes).into_values();
                let mut stopping: JoinSet<_> = nodes.map(Node::stop).collect();
                while let Some(stopped) = stopping.join_next().await {
                    stopped.expect("no panic").expect("a clean stop");
                }
                json!(null)
            }
        }
    }

    async fn found(&mut self, csv: String, units: &[String]) -> Value {
        let folder = TempDir::with_prefix("sanji-storm-").expect("a temporary folder");
        let data = DataDir::open(folder.path()).expect("an empty folder opens");
        let unit = UnitCode::parse("990101").expect("a unit code");
        let settings = settings(Vec::new());
        setup::found_county(&data, unit, "单位990101", &settings, now()).expect("a county can be founded");
        let node = Node::start(data, settings, &mut |_| {}).await.expect("the county starts");
        ask(&node, Command::OrgImport { text: csv, file: "units.csv".into() }).await;
        ask(&node, Command::GuideImport { text: GUIDE_LINE.into(), file: "guide.jsonl".into(), user: None })
            .await;
        ask(&node, Command::GuidePublish { id: GUIDE.into(), effective: None }).await;
        let link = node.link.to_string();
        let mut tokens = BTreeMap::new();
        for code in units {
            let invite = Command::Invite { unit: code.clone(), parents: vec![link.clone()], valid_hours: 1 };
            tokens.insert(code.clone(), ask(&node, invite).await["token"].clone());
        }
        self.nodes.insert("990101".to_owned(), node);
        self.folders.push(folder);
        json!({ "link": link, "tokens": tokens })
    }

    /// All before any of them runs, so that nobody has to follow a directory that grows node by node.
    async fn enrol(&mut self, tokens: BTreeMap<String, String>) -> Value {
        let mut left = tokens.into_iter();
        let mut joining = JoinSet::new();
        loop {
            while joining.len() < JOINS_AT_ONCE
                && let Some((code, token)) = left.next()
            {
                joining.spawn(async move { (code, enrol(&token).await) });
            }
            let Some(joined) = joining.join_next().await else { return json!(null) };
            let (code, enrolled) = joined.expect("no panic");
            self.enrolled.insert(code, enrolled);
        }
    }

    async fn start(&mut self, parents: &BTreeMap<String, String>) -> Value {
        let mut links = serde_json::Map::new();
        for (code, Enrolled { data, folder }) in std::mem::take(&mut self.enrolled) {
            let settings = settings(vec![parents[&code].clone()]);
            let node = Node::start(data, settings, &mut |_| {}).await.expect("the node starts");
            links.insert(code.clone(), json!(node.link.to_string()));
            self.nodes.insert(code, node);
            self.folders.push(folder);
        }
        links.into()
    }

    /// Does the same at every node at once; the answers by unit.
    async fn all<F>(&self, work: impl Fn(Asked) -> F) -> Value
    where
        F: Future<Output = Value> + Send + 'static,
    {
        let mut working = JoinSet::new();
        for (code, node) in &self.nodes {
            let (code, doing) = (code.clone(), work(Asked(node.asker())));
            working.spawn(async move { (code, doing.await) });
        }
        let mut told = serde_json::Map::new();
        while let Some(done) = working.join_next().await {
            let (code, answer) = done.expect("no panic");
            told.insert(code, answer);
        }
        told.into()
    }

    async fn come_back(&self, at_ms: u64, spread_ms: u64) -> Value {
        // Which share of the spread: even, and in no order of towns.
        let place = std::cell::Cell::new(0_u64);
        self.all(|node| {
            let share = place.get() * 618 % 1_000 * spread_ms / 1_000;
            place.set(place.get() + 1);
            come_back(node, at_ms + share)
        })
        .await
    }

    async fn list(&self) -> Value {
        let node = self.nodes.values().next().expect("a crew has a node");
        let begun = Instant::now();
        let page = ask(node, Command::cases(None)).await;
        let ms = begun.elapsed().as_secs_f64() * 1_000.0;
        json!({ "ms": ms, "rows": page["rows"].as_array().expect("a list").len() })
    }
}

/// A node that can be asked from another task.
struct Asked(sanji_node::run::Asker);

impl Asked {
    async fn ask(&self, command: Command) -> Value {
        let answer = self.0.ask(command).await.expect("the node runs");
        answer.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"))
    }

    async fn wait(&self, what: &str, command: Command, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.ask(command.clone()).await;
            if holds(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "not {what}: {answer}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn enrol(token: &str) -> Enrolled {
    let folder = TempDir::with_prefix("sanji-storm-").expect("a temporary folder");
    let data = DataDir::open(folder.path()).expect("an empty folder opens");
    let token = Token::parse(token).expect("a good token");
    let request = setup::join_request(&data, &token, None).expect("a request");
    let reply = link::join(&token, &request, Duration::from_secs(60)).await.expect("the county answers");
    setup::accept_reply(&data, &token, &reply, &settings(Vec::new())).expect("the answer is good");
    Enrolled { data, folder }
}

async fn file(node: Asked, cases: usize) -> Value {
    node.wait("with the guide", Command::Status, |status| status["guides"] == 1).await;
    node.ask(Command::SyncPause).await;
    node.wait("off line", Command::Status, |status| status["parent"]["acked"].is_null()).await;
    for _ in 0..cases {
        let register = Command::CaseRegister {
            guide: GUIDE.to_owned(),
            applicant: "测试".to_owned(),
            id_number: ID_NUMBER.to_owned(),
            fields: BTreeMap::new(),
            user: None,
        };
        let number = text(&node.ask(register).await["number"]);
        let fields = BTreeMap::from([("materials".to_owned(), "申请表".to_owned())]);
        node.ask(Command::CaseAct { number, action: "receive".to_owned(), fields, user: None }).await;
    }
    let ticks = node.ask(Command::CaseTicks).await;
    assert_eq!(ticks["only_here"], cases as u64, "nothing has left");
    json!(null)
}

async fn come_back(node: Asked, at_ms: u64) -> Value {
    tokio::time::sleep(Duration::from_millis(at_ms.saturating_sub(now().0))).await;
    let left = |ticks: &Value, place: usize| ticks["missing"][place]["cases"].as_u64().expect("a number");
    let before = node.ask(Command::CaseTicks).await;
    let mut missing = [left(&before, 0), left(&before, 1)];
    let mut arrived = [Vec::new(), Vec::new()];
    let begun = Instant::now();
    node.ask(Command::SyncResume).await;
    while missing != [0, 0] {
        assert!(begun.elapsed() < PATIENCE, "cases do not arrive: {missing:?}");
        tokio::time::sleep(LOOK).await;
        let ticks = node.ask(Command::CaseTicks).await;
        let ms = begun.elapsed().as_millis() as u64;
        for (place, arrived) in arrived.iter_mut().enumerate() {
            let now = left(&ticks, place);
            let new = missing[place].saturating_sub(now);
            arrived.extend(std::iter::repeat_n(ms, new as usize));
            missing[place] = now;
        }
    }
    let [town, county] = arrived;
    json!(Arrivals { town, county })
}

async fn watch(node: Asked, version: u32) -> Value {
    let begun = Instant::now();
    let show = Command::GuideShow { id: GUIDE.to_owned(), version: Some(version) };
    while node.0.ask(show.clone()).await.expect("the node runs").is_err() {
        assert!(begun.elapsed() < PATIENCE, "version {version} does not come");
        tokio::time::sleep(LOOK).await;
    }
    json!(now().0)
}

async fn settled(node: Asked) -> Value {
    node.wait("at rest", Command::Status, |status| status["behind"] == 0).await
}

/// Memory and processor time of this process, as Linux says it; zeros elsewhere.
fn used(nodes: usize) -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0)
    };
    // Fields 14 and 15 in hundredths of a second; the command's name before them may hold anything but `)`.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let times: Vec<u64> = stat
        .rsplit(')')
        .next()
        .map(|rest| rest.split_whitespace().skip(11).take(2).filter_map(|n| n.parse().ok()).collect())
        .unwrap_or_default();
    json!({
        "nodes": nodes, "peak_kib": field("VmHWM:"), "rss_kib": field("VmRSS:"), "threads": field("Threads:"),
        "files": std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count()),
        "cpu_ms": times.iter().sum::<u64>() * 10,
    })
}

fn settings(parents: Vec<String>) -> Settings {
    let anywhere = ([127, 0, 0, 1], 0).into();
    Settings { listen: anywhere, http: anywhere, parents, lang: Lang::En, ..Settings::default() }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
