//! Congestion controllers compared on a bare link: which share of the line arrives as frames, and at what price.
//!
//! The child sends frames of 4 KiB without end; no hub and no store take part.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::{BbrConfig, CubicConfig, NewRenoConfig};
use sanji_node::link::{self, LinkEvent, LinkHandle, LinkOptions, Opener};
use sanji_node::trust::{Authority, Identity, Membership, NodeKey, SeatGrant, Validity};
use sanji_sync::{Time, UnitCode};
use sanji_tests::emulator::{Emulator, Line};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

type Adjust = fn(&mut quinn::TransportConfig);

/// What is compared. Ours is the node's own setting.
const CONTROLLERS: [(&str, Adjust); 5] = [
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

const FRAME_BYTES: usize = 4 * 1024;
const TIME: Duration = Duration::from_secs(90);
const SEEDS: u64 = 2;
const NOW: Time = Time(1_790_000_000_000);

pub async fn table() {
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
    for (l, (name, line)) in lines.into_iter().enumerate() {
        for (c, (controller, adjust)) in CONTROLLERS.into_iter().enumerate() {
            for seed in 1..=SEEDS {
                runs.spawn(async move { (l, c, seed, name, controller, measure(line, adjust, seed).await) });
            }
        }
    }
    let mut rows = runs.join_all().await;
    rows.sort_by_key(|row| (row.0, row.1, row.2));
    println!(
        "\n{:<32} {:<14} {:>4} {:>9} {:>9} {:>14} {:>10} {:>12}",
        "line, towards the parent",
        "controller",
        "seed",
        "goodput",
        "wire/load",
        "connect ms",
        "overflows",
        "connect B"
    );
    for (_, _, seed, line, controller, run) in rows {
        println!(
            "{line:<32} {controller:<14} {seed:>4} {:>8.1}% {:>9.2} {:>14} {:>10} {:>12}",
            run.goodput * 100.0,
            run.price,
            run.connect.as_millis(),
            run.overflows,
            run.connect_bytes
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
}

async fn measure(line: Line, adjust: Adjust, seed: u64) -> Run {
    let county = County::new();
    let (above, mut inbox) = open(&county.seat("640202", 1), None, adjust);
    let emulator = Emulator::open(above.local_addr().expect("it is bound"), line, seed).await;
    let begun = Instant::now();
    let (below, mut below_inbox) = open(&county.seat("640202001", 2), Some(emulator.address()), adjust);
    let conn = loop {
        if let LinkEvent::Up { conn, .. } = below_inbox.recv().await.expect("the link is open") {
            break conn;
        }
    };
    let connect = begun.elapsed();
    let before = emulator.carried_up();
    let begun = Instant::now();
    let end = begun + TIME.min(Duration::from_secs_f64(40e6 * 8.0 / line.up_bps as f64));
    let feed = async {
        // As much as waits without hanging the peer up, then a look every now and then.
        let mut sent = 0u64;
        loop {
            let frame = vec![seed as u8; FRAME_BYTES];
            sent += FRAME_BYTES as u64;
            if below.send(conn, 1, frame).is_err() {
                return;
            }
            while sent > emulator.carried_up().bytes + 4 * 1024 * 1024 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    let count = async {
        let mut bytes = 0;
        while let Ok(Some(event)) = timeout_at(end, inbox.recv()).await {
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
    let seconds = begun.elapsed().as_secs_f64();
    drop(inbox);
    drop(below_inbox);
    Run {
        goodput: bytes as f64 * 8.0 / (line.up_bps as f64 * seconds),
        price: (carried.bytes - before.bytes) as f64 / bytes.max(1) as f64,
        connect,
        connect_bytes: before.bytes,
        overflows: carried.overflowed,
    }
}

/// Takes every frame as it is.
struct Plain;

impl Opener for Plain {
    type Frame = Vec<u8>;
    fn open(&self, _lane: u8, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        Ok(bytes)
    }
}

fn open(
    identity: &Identity,
    parent: Option<SocketAddr>,
    adjust: Adjust,
) -> (LinkHandle, mpsc::Receiver<LinkEvent<Vec<u8>>>) {
    let (sender, inbox) = mpsc::channel(64);
    let options = LinkOptions {
        parents: parent.iter().map(SocketAddr::to_string).collect(),
        adjust,
        ..LinkOptions::new((Ipv4Addr::LOCALHOST, 0).into(), [1; 32])
    };
    (link::open(identity, options, Plain, sender, Arc::new(|_| Ok(()))).expect("it opens"), inbox)
}

struct County(Authority);

impl County {
    fn new() -> County {
        County(Authority::make(UnitCode::parse("640202").expect("a code"), NOW).expect("an authority"))
    }

    fn seat(&self, code: &str, seed: u8) -> Identity {
        let sign = |seed, code: &str, root| {
            let node = NodeKey::from_seed([seed; 32]).node();
            let unit = UnitCode::parse(code).expect("a code");
            let validity = Validity::of_node(NOW);
            self.0.sign(&SeatGrant { node, unit, root, serial: 1, validity }).expect("it signs")
        };
        let key = NodeKey::from_seed([seed; 32]);
        let certificate = sign(seed, code, seed == 1);
        let authority = self.0.certificate().clone();
        let membership = Membership::verify(key.node(), certificate, authority, sign(1, "640202", true))
            .expect("a member");
        Identity::new(key, membership).expect("an identity")
    }
}
