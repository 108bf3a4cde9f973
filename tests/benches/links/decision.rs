//! How long a decision of the county takes to the unit below, while 50 MB of guides wait on the same line.

use std::time::Duration;

use sanji_node::command::Command;
use sanji_tests::emulator::Line;
use sanji_tests::nodes::{County, ask};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::load::{BELOW, COUNTY, GUIDE, UNITS, act, count, file_case, text};

/// Guides of 60 KB, about 38 KB packed: 50 MB together.
const GUIDES: usize = 1_300;
const GUIDE_CHARS: usize = 20_000;
const DECISIONS: usize = 20;

pub async fn table() {
    let county = County::start_over(&UNITS, &[(BELOW, Line::VILLAGE_4G)]).await;
    county.publish(GUIDE).await;
    county.wait(BELOW, "the guide is here", |status| status["guides"] == 1).await;
    let (above, below) = (&county.nodes[COUNTY], &county.nodes[BELOW]);
    let mut numbers = Vec::new();
    for _ in 0..DECISIONS {
        numbers.push(file_case(below).await);
    }
    county.wait(BELOW, "all cases are above", |status| status["parent"]["owed"] == 0).await;
    ask(below, Command::SyncPause).await;
    publish_many(&county).await;
    ask(below, Command::SyncResume).await;
    county.wait(BELOW, "guides are coming", |status| status["guides"].as_u64() > Some(10)).await;
    let before = county.status(BELOW).await;
    let begun = Instant::now();
    let mut took_ms = Vec::new();
    for number in &numbers {
        let made = Instant::now();
        act(above, number, "withdraw", "reason", "决定".to_owned()).await;
        while ask(below, Command::CaseShow { number: number.clone() }).await["events"]
            .as_array()
            .is_none_or(|events| events.len() < 3)
        {
            sleep(Duration::from_millis(2)).await;
        }
        took_ms.push(made.elapsed().as_millis());
        sleep(Duration::from_millis(500)).await;
    }
    let after = county.status(BELOW).await;
    let bytes = count(&after, "frame_bytes_down") - count(&before, "frame_bytes_down");
    let share = bytes as f64 * 8.0 / (Line::VILLAGE_4G.down_bps as f64 * begun.elapsed().as_secs_f64());
    let owed = county.status(COUNTY).await["children"][0]["owed"].as_u64().unwrap_or(0);
    assert!(owed > 0, "the backlog ended before the decisions");
    took_ms.sort_unstable();
    println!(
        "\n{:<12} {:>10} {:>10} {:>10} {:>22} {:>14}",
        "line, down", "p50 ms", "p90 ms", "max ms", "line used by guides", "guides left"
    );
    println!(
        "{:<12} {:>10} {:>10} {:>10} {:>21.1}% {:>14}",
        Line::VILLAGE_4G.name,
        took_ms[DECISIONS / 2],
        took_ms[DECISIONS * 9 / 10],
        took_ms[DECISIONS - 1],
        share * 100.0,
        owed
    );
    county.stop().await;
}

async fn publish_many(county: &County) {
    let mut seed = 1;
    let line: serde_json::Value =
        serde_json::from_str(include_str!("../../src/sim/guide.jsonl")).expect("the sample is JSON");
    for n in 0..GUIDES {
        let mut guide = line.clone();
        let name = format!("大事项{n}");
        guide["要素"]["name"] = json!(name);
        guide["要素"]["conditions"] = json!(text(GUIDE_CHARS, &mut seed));
        let import = Command::GuideImport { text: guide.to_string(), file: "guide.jsonl".into(), user: None };
        ask(&county.nodes[COUNTY], import).await;
        ask(&county.nodes[COUNTY], Command::GuidePublish { id: name, effective: None }).await;
    }
}
