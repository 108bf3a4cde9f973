//! What a link-up costs when there is nothing new, with few and with many cases held: it must not grow with them.
//!
//! `cargo bench -p sanji-tests --bench nothing_new` prints rows of the table. Real nodes, real QUIC on loopback, real sled.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use sanji_node::command::Command;
use sanji_tests::figures::row;
use sanji_tests::nodes::{County, ask, digest, register};

const UNITS: [(&str, &str, &str, &str); 3] = [
    ("990101", "测试县", "county", ""),
    ("990101001", "测试镇", "town", "990101"),
    ("990101001001", "测试村", "village", "990101001"),
];
const VILLAGE: usize = 2;
const TOWN: usize = 1;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for cases in [10, 1_000, 100_000] {
        runtime.block_on(measure(cases));
    }
}

async fn measure(cases: usize) {
    let county = County::start(&UNITS).await;
    county.publish("测试事项").await;
    county.wait(VILLAGE, "the guide is here", |s| s["guides"] == 1).await;
    let begun = Instant::now();
    register(&county.nodes[VILLAGE], "测试事项", cases).await;
    let rate = cases as f64 / begun.elapsed().as_secs_f64();
    county.wait(VILLAGE, "everything is at the town", |s| s["parent"]["owed"] == 0).await;
    county.wait(TOWN, "everything is at the county", |s| s["parent"]["owed"] == 0 && s["behind"] == 0).await;
    let mut best: Option<[u64; 4]> = None;
    let mut link_up_ms = Vec::new();
    for _ in 0..5 {
        ask(&county.nodes[VILLAGE], Command::SyncPause).await;
        let paused =
            |s: &serde_json::Value| s["parent"]["state"] == "paused" && s["parent"]["acked"].is_null();
        let before = county.wait(VILLAGE, "paused", paused).await;
        let child_down = |s: &serde_json::Value| s["children"][0]["state"] == "down";
        county.wait(TOWN, "the town saw it go", child_down).await;
        let begun = Instant::now();
        ask(&county.nodes[VILLAGE], Command::SyncResume).await;
        let up = |s: &serde_json::Value| {
            s["parent"]["state"] == "up" && s["parent"]["acked"].as_u64().is_some_and(|n| n as usize >= cases)
        };
        let after = county.wait(VILLAGE, "linked and agreed", up).await;
        link_up_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let town = county.wait(TOWN, "the town says so", |s| s["children"][0]["state"] == "up").await;
        let scope = format!("cases/{}", UNITS[VILLAGE].0);
        assert_eq!(digest(&after, &scope), digest(&town, &scope), "the same bytes on both sides");
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
    let what = |what: &str| format!("nothing new, {cases} cases held: {what}");
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
    row("a", &what("registered before, one change each"), &format!("{rate:.0}/s"), "");
    county.stop().await;
}
