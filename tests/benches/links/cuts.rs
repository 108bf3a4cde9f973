//! A large backlog over a line that is cut every 20 seconds: how much of it is sent twice.

use std::time::Duration;

use sanji_node::command::Command;
use sanji_tests::emulator::Line;
use sanji_tests::nodes::{County, ask};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::load::{BELOW, COUNTY, GUIDE, NOTE_PACKED_BYTES, UNITS, backlog, count};

/// How long the line lives each time.
const ALIVE: Duration = Duration::from_secs(20);
/// Longer than the idle time: the connection does not survive.
const LONG: Duration = Duration::from_secs(35);
/// Shorter: it does.
const SHORT: Duration = Duration::from_secs(5);

pub async fn table() {
    let mut runs = JoinSet::new();
    for (line, bytes, dead) in [
        (Line::VILLAGE_4G, 10_000_000, LONG),
        (Line::VILLAGE_4G, 10_000_000, SHORT),
        (Line::RURAL, 2_500_000, LONG),
        (Line::RURAL, 2_500_000, SHORT),
    ] {
        runs.spawn(async move { (line, bytes, dead, measure(line, bytes, dead).await) });
    }
    let mut rows = runs.join_all().await;
    rows.sort_by_key(|row| (row.0.name, row.2));
    println!(
        "\n{:<12} {:>12} {:>14} {:>6} {:>16} {:>16} {:>10} {:>12}",
        "line, up",
        "backlog, B",
        "dead for, s",
        "cuts",
        "frames sent",
        "sent twice",
        "more wire",
        "line used"
    );
    for (line, _, dead, run) in rows {
        println!(
            "{:<12} {:>12} {:>14} {:>6} {:>16} {:>15.1}% {:>9.1}% {:>11.1}%",
            line.name,
            run.bytes,
            dead.as_secs(),
            run.cuts,
            run.sent,
            run.twice * 100.0,
            run.wire_more * 100.0,
            run.used * 100.0
        );
    }
}

struct Run {
    /// Of frames, sent once.
    bytes: u64,
    sent: u64,
    cuts: u64,
    twice: f64,
    /// Bytes on the wire beyond those without cuts, handshakes and probing included.
    wire_more: f64,
    /// Bytes of frames against what the line carries in the time that it lived.
    used: f64,
}

async fn measure(line: Line, bytes: u64, dead: Duration) -> Run {
    // The same over the same line without cuts: batches are cut as the line is, and compress accordingly.
    let uncut = tokio::spawn(alone(line, bytes));
    let county = County::start_over(&UNITS, &[(BELOW, line)]).await;
    county.publish(GUIDE).await;
    backlog(&county, (bytes / NOTE_PACKED_BYTES) as usize).await;
    let (emulator, below) = (&county.lines[&BELOW], &county.nodes[BELOW]);
    let (wire, before) = (emulator.carried_up().bytes, county.status(BELOW).await);
    let arrived = county.status(COUNTY).await;
    let entries = |status: &serde_json::Value| {
        let scopes = status["scopes"].as_array().cloned().unwrap_or_default();
        scopes.iter().map(|scope| scope["entries"].as_u64().unwrap_or(0)).sum::<u64>()
    };
    let all = entries(&before);
    ask(below, Command::SyncResume).await;
    let (mut cuts, mut lived) = (0, Duration::ZERO);
    loop {
        let begun = Instant::now();
        let whole = loop {
            let status = county.status(COUNTY).await;
            if entries(&status) >= all || begun.elapsed() >= ALIVE {
                break entries(&status) >= all;
            }
            sleep(Duration::from_millis(20)).await;
        };
        lived += begun.elapsed();
        if whole {
            break;
        }
        emulator.cut();
        cuts += 1;
        sleep(dead).await;
        emulator.mend();
    }
    let sent = count(&county.status(BELOW).await, "frame_bytes_up") - count(&before, "frame_bytes_up");
    let arrived =
        count(&county.status(COUNTY).await, "frame_bytes_down") - count(&arrived, "frame_bytes_down");
    // What arrived twice did so because an acknowledgement was cut off; it counts as sent twice, too.
    let wire = emulator.carried_up().bytes - wire;
    let (once, wire_once) = uncut.await.expect("no panic");
    let lived = lived.as_secs_f64();
    county.stop().await;
    Run {
        bytes: once,
        sent,
        cuts,
        twice: sent.max(arrived) as f64 / once as f64 - 1.0,
        wire_more: wire as f64 / wire_once as f64 - 1.0,
        used: once as f64 * 8.0 / (line.up_bps as f64 * lived),
    }
}

/// Bytes of frames, and on the wire, that the same backlog takes where nothing is cut.
async fn alone(line: Line, bytes: u64) -> (u64, u64) {
    let county = County::start_over(&UNITS, &[(BELOW, line)]).await;
    county.publish(GUIDE).await;
    backlog(&county, (bytes / NOTE_PACKED_BYTES) as usize).await;
    let (before, wire) =
        (count(&county.status(BELOW).await, "frame_bytes_up"), county.lines[&BELOW].carried_up().bytes);
    ask(&county.nodes[BELOW], Command::SyncResume).await;
    let up = |status: &serde_json::Value| status["parent"]["state"] == "up" && status["parent"]["owed"] == 0;
    let after = loop {
        let status = county.status(BELOW).await;
        if up(&status) {
            break status;
        }
        sleep(Duration::from_millis(20)).await;
    };
    let wire = county.lines[&BELOW].carried_up().bytes - wire;
    county.stop().await;
    (count(&after, "frame_bytes_up") - before, wire)
}
