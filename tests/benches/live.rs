//! How long a case takes from a village to the county while nothing else happens, and twenty villages that come back at once.
//!
//! `cargo bench -p sanji-tests --bench live`. Real nodes in this process, real QUIC on loopback, every hop synced to disk.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use sanji_node::command::Command;
use sanji_node::run::Node;
use sanji_tests::figures::row;
use sanji_tests::nodes::{County, UnitRow, ask, register};

const GUIDE: &str = "测试事项";
const SAMPLES: usize = 500;
const VILLAGES: usize = 20;
const CASES: usize = 500;
/// Between two looks at the county. The figures are that much too long on average, halved.
const LOOK: Duration = Duration::from_micros(200);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(live());
    runtime.block_on(at_once());
}

async fn live() {
    let units: [UnitRow<'_>; 3] = [
        ("990101", "测试县", "county", ""),
        ("990101001", "测试镇", "town", "990101"),
        ("990101001001", "测试村", "village", "990101001"),
    ];
    let county = County::start(&units).await;
    county.publish(GUIDE).await;
    county.wait(2, "the guide is here", |s| s["guides"] == 1).await;
    let scope = "cases/990101001001";
    let mut took = Vec::with_capacity(SAMPLES);
    for n in 1..=SAMPLES as u64 {
        let begun = Instant::now();
        register(&county.nodes[2], GUIDE, 1).await;
        while entries(&county.nodes[0], scope).await < n {
            tokio::time::sleep(LOOK).await;
        }
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let figure = format!("p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", at(0.5), at(0.99), at(1.0));
    row("d", "asked at the village until durable at the county, over the town", &figure, "p99 < 50 ms");
    county.stop().await;
}

async fn entries(node: &Node, scope: &str) -> u64 {
    let status = ask(node, Command::Status).await;
    let scopes = status["scopes"].as_array().cloned().unwrap_or_default();
    scopes.iter().find(|s| s["scope"] == scope).and_then(|s| s["entries"].as_u64()).unwrap_or(0)
}

async fn at_once() {
    let codes: Vec<String> = (1..=VILLAGES).map(|n| format!("9901010010{n:02}")).collect();
    let mut units: Vec<UnitRow<'_>> =
        vec![("990101", "测试县", "county", ""), ("990101001", "测试镇", "town", "990101")];
    units.extend(codes.iter().map(|code| (code.as_str(), "测试村", "village", "990101001")));
    let county = County::start(&units).await;
    county.publish(GUIDE).await;
    let villages = 2..units.len();
    for n in villages.clone() {
        county.wait(n, "the guide is here", |s| s["guides"] == 1).await;
        ask(&county.nodes[n], Command::SyncPause).await;
    }
    for n in villages.clone() {
        register(&county.nodes[n], GUIDE, CASES).await;
    }
    let begun = Instant::now();
    for n in villages.clone() {
        ask(&county.nodes[n], Command::SyncResume).await;
    }
    let total = (VILLAGES * CASES) as u64;
    for n in villages {
        county.wait(n, "at the town", |s| s["parent"]["state"] == "up" && s["parent"]["owed"] == 0).await;
    }
    let town = begun.elapsed().as_secs_f64();
    while in_logs(&county.nodes[0]).await < total {
        tokio::time::sleep(LOOK).await;
    }
    let durable = begun.elapsed().as_secs_f64();
    county.wait(0, "listed at the county", |s| s["cases"] == total && s["behind"] == 0).await;
    let listed = begun.elapsed().as_secs_f64();
    let figure = format!("town {town:.2} s, county {durable:.2} s, listed there {listed:.2} s");
    row("f", &format!("{VILLAGES} villages × {CASES} cases at once, all nodes on these cores"), &figure, "");
    county.stop().await;
}

/// Entries of every village's cases.
async fn in_logs(node: &Node) -> u64 {
    let status = ask(node, Command::Status).await;
    let scopes = status["scopes"].as_array().cloned().unwrap_or_default();
    let cases = scopes.iter().filter(|s| s["scope"].as_str().is_some_and(|name| name.starts_with("cases/")));
    cases.filter_map(|s| s["entries"].as_u64()).sum()
}
