//! Benchmark (e): which share of a weak line arrives as frames, with hub, journal and documents taking part.

use std::time::Duration;

use sanji_node::command::Command;
use sanji_tests::emulator::Line;
use sanji_tests::nodes::{County, ask};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::load::{BELOW, COUNTY, GUIDE, NOTE_PACKED_BYTES, UNITS, backlog, count};

/// From the moment the node below is up.
const TIME: Duration = Duration::from_secs(120);

pub async fn table() {
    let mut runs = JoinSet::new();
    for (line, target) in [(Line::RURAL, "85"), (Line::BAD, "75"), (Line::VILLAGE_4G, "-")] {
        runs.spawn(async move { (line, target, measure(line).await) });
    }
    let mut rows = runs.join_all().await;
    rows.sort_by_key(|row| row.0.up_bps);
    println!(
        "\n{:<12} {:>9} {:>9} {:>10} {:>18} {:>18}",
        "line, up", "target", "goodput", "wire/load", "connect to up, ms", "then first Ack, ms"
    );
    for (line, target, run) in rows {
        println!(
            "{:<12} {target:>8}% {:>8.1}% {:>10.2} {:>18} {:>18}",
            line.name, run.goodput, run.price, run.connect_ms, run.first_ms
        );
    }
}

struct Run {
    goodput: f64,
    price: f64,
    connect_ms: u128,
    first_ms: u128,
}

async fn measure(line: Line) -> Run {
    let county = County::start_over(&UNITS, &[(BELOW, line)]).await;
    county.publish(GUIDE).await;
    let bytes = line.up_bps * TIME.as_secs() / 8;
    backlog(&county, (bytes / NOTE_PACKED_BYTES) as usize + 1).await;
    let (emulator, below) = (&county.lines[&BELOW], &county.nodes[BELOW]);
    let begun = Instant::now();
    ask(below, Command::SyncResume).await;
    county.wait(BELOW, "up", |status| status["parent"]["state"] == "up").await;
    let connect_ms = begun.elapsed().as_millis();
    let owed = county.status(BELOW).await["parent"]["owed"].as_u64();
    let (wire, frames) = (emulator.carried_up().bytes, county.status(COUNTY).await);
    let begun = Instant::now();
    let first = |status: &serde_json::Value| status["parent"]["owed"].as_u64() < owed;
    county.wait(BELOW, "the first batch is acknowledged", first).await;
    let first_ms = begun.elapsed().as_millis();
    sleep(TIME.saturating_sub(begun.elapsed())).await;
    let arrived =
        count(&county.status(COUNTY).await, "frame_bytes_down") - count(&frames, "frame_bytes_down");
    let seconds = begun.elapsed().as_secs_f64();
    let sent = emulator.carried_up().bytes - wire;
    let run = Run {
        goodput: arrived as f64 * 800.0 / (line.up_bps as f64 * seconds),
        price: sent as f64 / arrived as f64,
        connect_ms,
        first_ms,
    };
    county.stop().await;
    run
}
