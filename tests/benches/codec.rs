//! What a change costs on the wire, and to pack and unpack, with either codec and against `zstd -19` of the raw changes.
//!
//! `cargo bench -p sanji-tests --bench codec` prints a table. Made-up work by the real model, batches as sessions cut them.

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use sanji_sync::batch::{Body, Codec};
use sanji_sync::frame::{Frame, Hello, Lane};
use sanji_sync::session::Session;
use sanji_sync::stream::next_batch;
use sanji_sync::vector::{Digest, ScopeVector};
use sanji_sync::{ConnId, Epoch, Scope, Time};
use sanji_tests::made::{Made, Plan};

/// Of each batch.
const RUNS: usize = 9;

fn main() {
    let usual = Plan {
        seed: 77,
        county: "640202",
        villages: 1,
        cases: 10_000,
        events: (6, 6),
        days: 0,
        news: 0,
        texts: 1,
    };
    println!(
        "{:<44} {:>8} {:>9} {:>9} {:>9} {:>7} {:>7} {:>9} {:>9} {:>9}",
        "work",
        "changes",
        "raw",
        "zstd -19",
        "codec 1",
        "codec 2",
        "share",
        "B/change",
        "pack µs",
        "unpack µs"
    );
    let several = Plan { villages: 12, ..usual };
    let missed = Plan { cases: 100, events: (7, 7), news: 50, ..usual };
    let live = Plan { cases: 6, days: 1, ..usual };
    measure("(b) one village, case after case", &usual, 0);
    measure("(b) 12 villages, case after case", &several, 0);
    measure("(b) one village, in a year as lived", &Plan { days: 250, ..usual }, 0);
    measure("(c) one village, 100 changed + 50 new", &missed, 600);
    measure("(c) 12 villages, 100 changed + 50 new", &Plan { villages: 12, ..missed }, 600);
    measure("a village's week", &Plan { cases: 58, events: (12, 13), days: 5, ..usual }, 0);
    measure("one live change alone (registration)", &Plan { cases: 1, events: (1, 1), ..live }, 0);
    measure("one live change alone (later event)", &live, 35);
}

/// Prints one row: everything of a plan but its first `had` entries. Left out if the command line names other rows.
fn measure(name: &str, plan: &Plan, had: usize) {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
        return;
    }
    let made = &Made::of(plan);
    let raw: Vec<u8> = made.entries[had..].iter().flat_map(|entry| entry.change.iter().copied()).collect();
    let changes = made.entries.len() - had;
    let floor = zstd::bulk::compress(&raw, 19).expect("memory").len();
    let bytes =
        |codec: Codec| batches(made, had, codec).iter().map(|frame| frame.encode().len()).sum::<usize>();
    let (cbor, columns) = (bytes(Codec::Cbor), bytes(Codec::Columns));
    let packed: Vec<Vec<u8>> = batches(made, had, Codec::Columns).into_iter().map(body).collect();
    let bodies: Vec<Body> = packed.iter().map(|p| Body::unpack(2, p).expect("our own")).collect();
    assert_eq!(bodies.iter().map(|b| b.items.len()).sum::<usize>(), changes);
    let pack = time(changes, &bodies, |body| body.pack(Codec::Columns).len());
    let unpack = time(changes, &packed, |p| Body::unpack(2, p).map_or(0, |body| body.items.len()));
    for body in bodies {
        body.verify().expect("our own");
    }
    println!(
        "{name:<44} {changes:>8} {:>9} {floor:>9} {cbor:>9} {columns:>7} {:>7.2} {:>9.1} {pack:>9.2} {unpack:>9.2}",
        raw.len(),
        columns as f64 / floor as f64,
        columns as f64 / changes as f64,
    );
}

/// The batches that a session sends to a peer that holds the first `had` entries.
fn batches(made: &Made, had: usize, codec: Codec) -> Vec<Frame> {
    let (heads, theirs) = (made.heads(made.entries.len()), made.heads(had));
    let (log, _) = heads.logs().next().expect("something was made");
    let unit = log.scope.unit().expect("a case's scope");
    let mut session = Session::new(ConnId(1), log.node, unit, Time(0));
    session.hello = Some(Hello {
        version: 1,
        node: log.node,
        epoch: Epoch(1),
        clock: Time(0),
        digest: Digest([0; 32]),
        changed: Vec::<ScopeVector>::new(),
        told: Digest([0; 32]),
        codec: Some(codec.number()),
        run: None,
    });
    let scopes: std::collections::BTreeSet<Scope> = heads.logs().map(|(log, _)| log.scope).collect();
    for scope in scopes {
        session.learn(&theirs.vector(scope), &heads);
    }
    let mut frames = Vec::new();
    session.wait_for_nothing();
    while let Some(frame) = next_batch(&mut session, Time(0), Lane::Events, &heads, made) {
        session.wait_for_nothing();
        frames.push(frame);
    }
    frames
}

fn body(frame: Frame) -> Vec<u8> {
    match frame {
        Frame::Batch(batch) => batch.body,
        other => panic!("no batch: {other:?}"),
    }
}

/// Microseconds a change: of each batch the best of some runs, so that what else the machine does counts little.
fn time<T>(changes: usize, batches: &[T], mut work: impl FnMut(&T) -> usize) -> f64 {
    let mut best = |batch| {
        let run = |_| {
            let start = Instant::now();
            std::hint::black_box(work(batch));
            start.elapsed()
        };
        (0..RUNS).map(run).min().unwrap_or_default()
    };
    let total: Duration = batches.iter().map(&mut best).sum();
    total.as_secs_f64() * 1e6 / changes as f64
}
