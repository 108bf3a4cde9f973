//! A county's guides to a village that has none, over a weak line: how long, and which share of the line that is.

use std::time::Duration;

use sanji_node::command::Command;
use sanji_tests::emulator::Line;
use sanji_tests::figures::row;
use sanji_tests::handbook::{Handbook, Length};
use sanji_tests::nodes::{County, UnitRow, ask};
use tokio::time::{Instant, sleep};

const UNITS: [UnitRow<'_>; 3] = [
    ("990101", "测试县", "county", ""),
    ("990101001", "测试镇", "town", "990101"),
    ("990101001001", "测试村", "village", "990101001"),
];
const TOWN: usize = 1;
const VILLAGE: usize = 2;
/// Of the reference length (DOMAIN §8).
const GUIDES: usize = 600;
/// A county's day of edits.
const EDITED: usize = 10;
const LOOK: Duration = Duration::from_millis(50);

pub async fn table() {
    println!();
    for line in [Line::RURAL, Line::VILLAGE_4G] {
        measure(line).await;
    }
}

async fn measure(line: Line) {
    let county = County::start_over(&UNITS, &[(VILLAGE, line)]).await;
    ask(&county.nodes[VILLAGE], Command::SyncPause).await;
    county.wait(TOWN, "the village is gone", |status| status["children"][0]["state"] == "down").await;
    let mut handbook = Handbook::new(1, Length::REFERENCE);
    let lines = handbook.lines(GUIDES);
    let text = lines.len() as f64;
    county.publish_all(lines).await;
    arrived(&county, TOWN, GUIDES).await;
    let what = format!("{GUIDES} guides ({:.1} MB of text) to a fresh village, {}", text / 1e6, line.name);
    carried(&county, line, &what, GUIDES).await;
    ask(&county.nodes[VILLAGE], Command::SyncPause).await;
    county.wait(TOWN, "the village is gone", |status| status["children"][0]["state"] == "down").await;
    let lines = handbook.lines(EDITED);
    let text = lines.len() as f64;
    county.publish_all(lines).await;
    arrived(&county, TOWN, GUIDES + EDITED).await;
    let what = format!("a day's {EDITED} guides ({:.0} KB of text), {}", text / 1e3, line.name);
    carried(&county, line, &what, GUIDES + EDITED).await;
    county.stop().await;
}

/// Lets the village come back and says what it took until it shows `guides` guides.
async fn carried(county: &County, line: Line, what: &str, guides: usize) {
    let emulator = &county.lines[&VILLAGE];
    let wire = emulator.carried_down().bytes;
    let frames = county.status(VILLAGE).await["link"]["frame_bytes_down"].as_u64().expect("a count");
    let begun = Instant::now();
    ask(&county.nodes[VILLAGE], Command::SyncResume).await;
    arrived(county, VILLAGE, guides).await;
    let seconds = begun.elapsed().as_secs_f64();
    let wire = (emulator.carried_down().bytes - wire) as f64;
    let frames =
        (county.status(VILLAGE).await["link"]["frame_bytes_down"].as_u64().expect("a count") - frames) as f64;
    let share = |bytes: f64| bytes * 800.0 / (line.down_bps as f64 * seconds);
    let day = wire * 800.0 / (line.down_bps as f64 * 86_400.0);
    row(
        "s",
        what,
        &format!(
            "{seconds:.1} s; {:.2} MB of frames, {:.0} % of the line ({:.0} % with all on the wire); {day:.3} % of its day",
            frames / 1e6,
            share(frames),
            share(wire)
        ),
        "",
    );
}

async fn arrived(county: &County, n: usize, guides: usize) {
    loop {
        let status = county.status(n).await;
        if status["guides"] == guides && status["behind"] == 0 {
            return;
        }
        sleep(LOOK).await;
    }
}
