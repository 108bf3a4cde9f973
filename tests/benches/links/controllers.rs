//! QUIC's settings compared on a bare link: which share of the line arrives as frames, and at what price.
//!
//! The child sends frames of 4 KiB without end; no hub and no store take part.

use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::{BbrConfig, CubicConfig, NewRenoConfig};
use quinn::{AckFrequencyConfig, VarInt};
use sanji_node::link::{LinkEvent, LinkOptions};
use sanji_tests::emulator::{Emulator, Line};
use sanji_tests::links::{self, Linked, Members};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

type Adjust = fn(&mut quinn::TransportConfig);

/// Congestion controllers. Ours is the node's own setting.
pub const CONTROLLERS: &[(&str, Adjust)] = &[
    ("ours", |_| {}),
    ("ours, 600 ms", |transport| {
        transport.initial_rtt(Duration::from_millis(600));
    }),
    ("cubic", |transport| {
        transport.congestion_controller_factory(Arc::new(CubicConfig::default()));
    }),
    ("new reno", |transport| {
        transport.congestion_controller_factory(Arc::new(NewRenoConfig::default()));
    }),
    ("bbr", |transport| {
        transport.congestion_controller_factory(Arc::new(BbrConfig::default()));
    }),
];

/// What else can be set, each beside ours.
pub const SETTINGS: &[(&str, Adjust)] = &[
    ("ours", |_| {}),
    ("1,200 B, no discovery", |transport| {
        transport.mtu_discovery_config(None);
    }),
    ("1,452 B at once", |transport| {
        transport.initial_mtu(1_452);
    }),
    ("an ack for 10, 100 ms", |transport| {
        let mut frequency = AckFrequencyConfig::default();
        frequency
            .ack_eliciting_threshold(VarInt::from_u32(9))
            .max_ack_delay(Some(Duration::from_millis(100)));
        transport.ack_frequency_config(Some(frequency));
    }),
    ("no offload", |transport| {
        transport.enable_segmentation_offload(false);
    }),
];

const FRAME_BYTES: usize = 4 * 1024;
const TIME: Duration = Duration::from_secs(90);
const SEEDS: u64 = 2;

pub async fn table(compared: &'static [(&'static str, Adjust)]) {
    let short = |line: Line| Line { queue: Duration::ZERO, ..line };
    let lines = [
        ("rural", Line::RURAL),
        ("rural, 8 packets of queue", short(Line::RURAL)),
        ("bad", Line::BAD),
        ("bad, 10 % loss", Line { loss: 0.1, ..Line::BAD }),
        ("village_4g", Line::VILLAGE_4G),
        ("village_4g, 8 packets of queue", short(Line::VILLAGE_4G)),
        ("hall", Line::HALL),
    ];
    let mut runs = JoinSet::new();
    let mut fast = Vec::new();
    for (l, (name, line)) in lines.into_iter().enumerate() {
        for (c, (setting, adjust)) in compared.iter().enumerate() {
            for seed in 1..=SEEDS {
                let run = async move { (l, c, seed, name, setting, measure(line, *adjust, seed).await) };
                // The processor bounds it, so that each has it for itself.
                if line.up_bps == Line::HALL.up_bps {
                    fast.push(run);
                } else {
                    runs.spawn(run);
                }
            }
        }
    }
    let mut rows = runs.join_all().await;
    rows.sort_by_key(|row| (row.0, row.1, row.2));
    for run in fast {
        rows.push(run.await);
    }
    println!(
        "\n{:<32} {:<22} {:>4} {:>9} {:>9} {:>14} {:>10} {:>12} {:>10} {:>12}",
        "line, towards the parent",
        "setting",
        "seed",
        "goodput",
        "wire/load",
        "connect ms",
        "overflows",
        "connect B",
        "load/packet",
        "back/load"
    );
    for (_, _, seed, line, setting, run) in rows {
        println!(
            "{line:<32} {setting:<22} {seed:>4} {:>8.1}% {:>9.2} {:>14} {:>10} {:>12} {:>10.0} {:>12.3}",
            run.goodput * 100.0,
            run.price,
            run.connect.as_millis(),
            run.overflows,
            run.connect_bytes,
            run.packet_bytes,
            run.back
        );
    }
}

struct Run {
    /// Bytes of frames that arrived, of what the line could carry in the time.
    goodput: f64,
    /// Bytes on the wire for one of those.
    price: f64,
    /// From the start until the parent is up.
    connect: Duration,
    /// Towards the parent until then.
    connect_bytes: u64,
    /// Packets that found the bottleneck's queue full.
    overflows: u64,
    /// Of those in a packet on the wire, on average.
    packet_bytes: f64,
    /// Bytes the other way for one of frames.
    back: f64,
}

async fn measure(line: Line, adjust: Adjust, seed: u64) -> Run {
    let members = Members::new();
    let mut above = Linked::open(&members.root(), LinkOptions { adjust, ..links::options(&[]) });
    let emulator = Emulator::open(above.address(), line, seed).await;
    let begun = Instant::now();
    let dialling = LinkOptions { adjust, ..links::options(&[emulator.address()]) };
    let mut below = Linked::open(&members.seat("640202001", 2), dialling);
    let (conn, _) = below.up().await;
    let connect = begun.elapsed();
    let (before, back) = (emulator.carried_up(), emulator.carried_down().bytes);
    let begun = Instant::now();
    let end = begun + TIME.min(Duration::from_secs_f64(40e6 * 8.0 / line.up_bps as f64));
    let feed = async {
        // As much as waits without hanging the peer up, then a look every now and then.
        let mut sent = 0u64;
        loop {
            let frame = vec![seed as u8; FRAME_BYTES];
            sent += FRAME_BYTES as u64;
            if below.link.send(conn, 1, frame).is_err() {
                return;
            }
            while sent > emulator.carried_up().bytes + 4 * 1024 * 1024 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    let count = async {
        let mut bytes = 0;
        while let Ok(Some(event)) = timeout_at(end, above.inbox.recv()).await {
            match event {
                LinkEvent::Frame { bytes: frame, .. } => bytes += frame as u64,
                LinkEvent::Down { why, .. } => panic!("{}: {why}", line.name),
                LinkEvent::Up { .. } | LinkEvent::Join(_) => {}
            }
        }
        bytes
    };
    let bytes = tokio::select! {
        bytes = count => bytes,
        () = async { feed.await; std::future::pending().await } => unreachable!("it never ends"),
    };
    let carried = emulator.carried_up();
    let back = emulator.carried_down().bytes - back;
    let seconds = begun.elapsed().as_secs_f64();
    Run {
        goodput: bytes as f64 * 8.0 / (line.up_bps as f64 * seconds),
        price: (carried.bytes - before.bytes) as f64 / bytes.max(1) as f64,
        packet_bytes: bytes as f64 / (carried.packets - before.packets).max(1) as f64,
        back: back as f64 / bytes.max(1) as f64,
        connect,
        connect_bytes: before.bytes,
        overflows: carried.overflowed,
    }
}
