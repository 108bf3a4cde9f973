//! What a link-up costs when there is nothing new, with few and with many cases held: it must not grow with them.
//!
//! `cargo bench -p sanji-tests --bench nothing_new` prints rows of the table. Real nodes, real QUIC on loopback, real sled.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use sanji_model::case::Role;
use sanji_node::command::Command;
use sanji_sync::Scope;
use sanji_tests::figures::row;
use sanji_tests::load::{Pen, cases, desk, preload};
use sanji_tests::processes::{Ground, Node, TOWN, VILLAGE, scope};
use serde_json::Value;

fn main() {
    for cases in [10, 1_000, 100_000] {
        measure(cases);
    }
}

fn measure(held: u64) {
    let ground = Ground::new();
    let county = ground.county("county");
    let town = ground.join(&county, TOWN, &county);
    let village = ground.join(&county, VILLAGE, &town);
    village.wait_guides(1);
    let data = village.data.clone();
    assert!(village.stop().success());
    // More cases than a village has numbers for in a day.
    let desks = [desk(&data, Role::Agent)];
    let cases_scope = Scope::Cases(desks[0].unit);
    let mut pen = Pen::new(&desks);
    let made = cases(1, 0..held, 1, &desks);
    preload(&data, [made.into_iter().map(|m| pen.sign(cases_scope, m)).collect()]);
    let village = Node::start(&data);
    let settled = |s: &Value| s["parent"]["state"] == "up" && s["parent"]["owed"] == 0 && s["behind"] == 0;
    // Rows of 100,000 cases take minutes where other builds share the cores.
    let patience = Duration::from_secs(90 + held / 100);
    village.wait_within(patience, "everything is at the town", settled);
    town.wait_within(patience, "everything is at the county", |s| settled(s) && s["cases"] == held);
    let name = cases_scope.to_string();
    let mut best: Option<[u64; 4]> = None;
    let mut link_up_ms = Vec::new();
    for _ in 0..5 {
        village.ask(Command::SyncPause);
        let paused = |s: &Value| s["parent"]["state"] == "paused" && s["parent"]["acked"].is_null();
        let before = village.wait("paused", paused);
        town.wait("the town saw it go", |s| s["children"][0]["state"] == "down");
        let begun = Instant::now();
        village.ask(Command::SyncResume);
        let up = |s: &Value| {
            s["parent"]["state"] == "up" && s["parent"]["acked"].as_u64().is_some_and(|n| n >= held)
        };
        let after = village.wait("linked and agreed", up);
        link_up_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let above = town.wait("the town says so", |s| s["children"][0]["state"] == "up");
        assert_eq!(scope(&after, &name), scope(&above, &name), "the same bytes on both sides");
        let delta =
            |key: &str| after["link"][key].as_u64().unwrap_or(0) - before["link"][key].as_u64().unwrap_or(0);
        let frames = delta("frames_up") + delta("frames_down");
        let bytes = delta("frame_bytes_up") + delta("frame_bytes_down");
        let udp = delta("bytes_up") + delta("bytes_down");
        let trips = after["link"]["round_trips"].as_u64().unwrap_or(0);
        if best.is_none_or(|b| bytes < b[2]) {
            best = Some([trips, frames, bytes, udp]);
        }
    }
    link_up_ms.sort_by(f64::total_cmp);
    let [trips, frames, bytes, udp] = best.expect("five runs");
    let what = |what: &str| format!("nothing new, {held} cases held: {what}");
    let median = link_up_ms[link_up_ms.len() / 2];
    row(
        "a",
        &what("round trips, frames and their bytes"),
        &format!("{trips}, {frames}, {bytes} B"),
        "1, ≤ 300 B",
    );
    row(
        "a",
        &what("UDP with handshake; link-up"),
        &format!("{:.1} KB; {median:.1} ms", udp as f64 / 1e3),
        "",
    );
}
