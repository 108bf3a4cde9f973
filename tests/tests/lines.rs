//! Links over lines that are cut, change their address, swallow UDP or are slow: what a county's lines do every day.

#[path = "lines/changes.rs"]
mod changes;
#[path = "lines/lanes.rs"]
mod lanes;
#[path = "lines/tcp.rs"]
mod tcp;

use std::time::Duration;

use sanji_node::link::Timing;
use sanji_tests::emulator::Line;

/// Fast and faultless: what is tested is the fault that the test makes.
const GOOD: Line = Line { rtt: Duration::from_millis(4), loss: 0.0, ..Line::HALL };

/// Everything that waits for silence waits a hundredth of the usual.
fn hasty() -> Timing {
    Timing {
        keep_alive: Duration::from_millis(100),
        idle: Duration::from_millis(500),
        quic_alone: Duration::from_millis(100),
        better_first: Duration::from_millis(100),
        better_max: Duration::from_millis(500),
        handshake: Duration::from_millis(500),
        backoff_first: Duration::from_millis(10),
        backoff_max: Duration::from_millis(100),
        ..Timing::default()
    }
}
