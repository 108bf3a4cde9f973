//! What a node costs that holds many cases: memory, start after a clean stop and after a kill, and how long its pages take.
//!
//! `cargo build --release -p sanji && cargo bench -p sanji-tests --bench held` holds 5,000 at a village and at a county
//! what `SANJI_BENCH_HELD` says (300,000 unless set; some minutes to fill).

#![allow(clippy::print_stdout)]

#[path = "held/pages.rs"]
mod pages;

use std::path::Path;
use std::time::Instant;

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_sync::Scope;
use sanji_tests::figures::{row, used};
use sanji_tests::load::{Pen, cases, desk, preload};
use sanji_tests::processes::{Ground, Node, TOWN, VILLAGE};

const CHANGES: usize = 6;
/// Cases made in one go.
const PART: u64 = 10_000;

fn main() {
    let held: u64 = std::env::var("SANJI_BENCH_HELD").ok().and_then(|n| n.parse().ok()).unwrap_or(300_000);
    measure("village", 5_000, "< 64 MB", "");
    measure("county", held, "< 700 MB", "< 3 s");
}

fn measure(tier: &str, held: u64, memory: &str, start: &str) {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let data = [county.data.clone(), town.data.clone(), village.data.clone()];
    for node in [village, town, county] {
        assert!(node.stop().success());
    }
    let [county, town, village] = &data;
    let holder = if tier == "village" { village } else { county };
    let desks = [desk(village, Role::Agent), desk(town, Role::Clerk), desk(county, Role::Clerk)];
    let scope = Scope::Cases(desks[0].unit);
    let mut pen = Pen::new(&desks);
    let begun = Instant::now();
    let parts = (0..held).step_by(PART as usize).map(|from| {
        eprintln!("{from} of {held} cases after {:.0} s", begun.elapsed().as_secs_f64());
        let made = cases(1, from..(from + PART).min(held), CHANGES, &desks);
        made.into_iter().map(|m| pen.sign(scope, m)).collect()
    });
    preload(holder, parts);
    let (seconds, node) = started(holder);
    let what = |what: &str| format!("{tier}, {held} cases: {what}");
    row("m", &what("start after a clean stop"), &format!("{seconds:.2} s"), start);
    node.wait("everything shown", |s| s["cases"] == held && s["behind"] == 0);
    row("m", &what("memory after the start"), &format!("{:.0} MB", used(node.pid()).1), memory);
    // The directory is the county's to write: at a village nobody could be made to sign in here.
    if tier == "county" {
        pages::measure(&node, what);
        row("m", &what("memory after its pages"), &format!("{:.0} MB", used(node.pid()).1), memory);
    }
    for n in 0..200 {
        node.file_case(&format!("申请人{n}"));
    }
    node.ask(Command::Status);
    row("m", &what("after 200 cases filed and received"), &format!("{:.0} MB", used(node.pid()).1), memory);
    node.kill();
    let (seconds, node) = started(holder);
    row("m", &what("start after a kill, everything checked"), &format!("{seconds:.2} s"), "");
    row("m", &what("memory after that start"), &format!("{:.0} MB", used(node.pid()).1), memory);
    let disk = node.status()["disk_bytes"].as_u64().unwrap_or(0) as f64 / 1e6;
    row("m", &what("disk"), &format!("{disk:.0} MB"), "");
}

fn started(data: &Path) -> (f64, Node) {
    // The port that it had may be another's after minutes of filling.
    for file in ["link.addr", "http.addr"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    let begun = Instant::now();
    let node = Node::start(data);
    (begun.elapsed().as_secs_f64(), node)
}
