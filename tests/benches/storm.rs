//! Every village of a county comes back within one second with fifty cases each: how long until each case is at the town
//! and at the county, whether somebody starves, what it costs in memory; then a guide is updated: when everybody has it.
//!
//! `cargo bench -p sanji-tests --bench storm` prints a table. The county is one process, the towns another, the villages
//! share two more, so that memory can be told per kind of node. `SANJI_STORM` sets another size, as
//! `towns,villages,cases` (12,199,50).

#![allow(clippy::print_stdout)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};

use sanji_tests::figures::row;
use sanji_tests::storm::{Crew, Hands, Order, Outcome, Shape, run};
use serde_json::Value;

const VILLAGE_PROCESSES: usize = 2;
/// Makes this program one of the processes.
const CREW: &str = "SANJI_STORM_CREW";

fn main() {
    if std::env::var_os(CREW).is_some() {
        return serve();
    }
    let shape = shape();
    let [mut county, mut towns] = [Worker::start(), Worker::start()];
    let mut villages: Vec<Worker> = (0..VILLAGE_PROCESSES).map(|_| Worker::start()).collect();
    let outcome = run(&shape, &mut county, &mut towns, &mut villages);
    print(&shape, &outcome);
}

fn shape() -> Shape {
    let text = std::env::var("SANJI_STORM").unwrap_or_else(|_| "12,199,50".to_owned());
    let sizes: Vec<usize> = text.split(',').filter_map(|n| n.parse().ok()).collect();
    let [towns, villages, cases] = sizes[..] else { panic!("SANJI_STORM is towns,villages,cases: {text}") };
    Shape { towns, villages, cases, spread_ms: 1_000 }
}

/// Carries out orders from standard input, a line each.
fn serve() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut crew = Crew::default();
    for line in std::io::stdin().lines() {
        let order: Order = serde_json::from_str(&line.expect("a line")).expect("an order");
        let answer = runtime.block_on(crew.obey(order));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).expect("somebody listens");
    }
}

struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start() -> Worker {
        let program = std::env::current_exe().expect("a program is a file");
        let mut process = Process::new(program);
        process.env(CREW, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = process.spawn().expect("the program starts");
        let orders = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Worker { child, orders, answers }
    }
}

impl Hands for Worker {
    fn give(&mut self, order: Order) {
        let line = serde_json::to_string(&order).expect("an order is JSON");
        writeln!(self.orders, "{line}").expect("the process runs");
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the process runs");
        serde_json::from_str(&line).expect("an answer")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn print(shape: &Shape, outcome: &Outcome) {
    println!(
        "1 + {} + {} nodes, {} cases off line at each village, all back within {} ms",
        shape.towns, shape.villages, shape.cases, shape.spread_ms
    );
    println!(
        "enrolled and started in {:.1} s, filed in {:.1} s, settled {:.1} s after the first return",
        outcome.setup.as_secs_f64(),
        outcome.filing.as_secs_f64(),
        outcome.settled.as_secs_f64()
    );
    let all = outcome.villages.values();
    let at_town: Vec<u64> = all.clone().flat_map(|village| village.town.clone()).collect();
    let at_county: Vec<u64> = all.clone().flat_map(|village| village.county.clone()).collect();
    let last = |times: &[u64]| times.iter().max().copied().unwrap_or(0);
    let town_done: Vec<u64> = all.clone().map(|village| last(&village.town)).collect();
    let county_done: Vec<u64> = all.map(|village| last(&village.county)).collect();
    println!(
        "\n{:<34}{:>8}{:>8}{:>8}{:>8}{:>8}{:>12}",
        "ms since the village came back", "p10", "p50", "p90", "p99", "max", "max/median"
    );
    for (what, times) in [
        ("a case is at the town", at_town),
        ("a case is at the county", at_county),
        ("all of a village's at the town", town_done),
        ("all of a village's at the county", county_done),
    ] {
        let [ten, half, ninety, ninety_nine, most] = [10, 50, 90, 99, 100].map(|p| percentile(&times, p));
        let spread = most as f64 / half.max(1) as f64;
        println!("{what:<34}{ten:>8}{half:>8}{ninety:>8}{ninety_nine:>8}{most:>8}{spread:>12.2}");
    }
    println!(
        "\n{:<12}{:>7}{:>12}{:>12}{:>14}{:>9}{:>8}{:>14}",
        "process", "nodes", "peak MiB", "idle MiB", "peak MiB/node", "threads", "files", "storm CPU s"
    );
    for (n, (before, after)) in outcome.before.iter().zip(&outcome.after).enumerate() {
        let name = ["county", "towns"].get(n).copied().unwrap_or("villages");
        let number = |of: &Value, key: &str| of[key].as_u64().unwrap_or(0);
        let (nodes, peak) = (number(after, "nodes"), number(after, "peak_kib") as f64 / 1_024.0);
        println!(
            "{name:<12}{nodes:>7}{peak:>12.0}{:>12.0}{:>14.1}{:>9}{:>8}{:>14.1}",
            number(before, "rss_kib") as f64 / 1_024.0,
            peak / nodes.max(1) as f64,
            number(after, "threads"),
            number(after, "files"),
            (number(after, "cpu_ms") - number(before, "cpu_ms")) as f64 / 1_000.0
        );
    }
    let [(town_ms, town_rows), (county_ms, county_rows)] = outcome.lists;
    println!(
        "\na list with ticks: town {town_rows} rows in {town_ms:.1} ms, county {county_rows} rows in {county_ms:.1} ms"
    );
    print_update(outcome);
}

/// Who had an update when.
fn print_update(outcome: &Outcome) {
    let times: Vec<u64> = outcome.update.values().copied().collect();
    let [half, ninety_nine, most] = [50, 99, 100].map(|p| percentile(&times, p));
    println!();
    row(
        "s",
        &format!("one update of a guide, asked for at the county, shown at all {} others", times.len()),
        &format!("p50 {half} ms, p99 {ninety_nine} ms, max {most} ms (looked at every 50 ms)"),
        "≤ 10 s",
    );
}

/// The time within which `p` per cent have come.
fn percentile(times: &[u64], p: usize) -> u64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * p).div_ceil(100).max(1) - 1;
    sorted.get(at).copied().unwrap_or(0)
}
