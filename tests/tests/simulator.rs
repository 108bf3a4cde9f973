//! The accident this prevents: two things go wrong at once in an order that nobody thought of, and a county loses a
//! case or never agrees again.

use sanji_tests::sim::{Shape, run};

/// Seeds of the ordinary run; `SANJI_SIM_SEEDS` sets another number for nights.
fn seeds() -> u64 {
    std::env::var("SANJI_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

/// Runs seeds over both cores and collects what failed.
fn run_all(seeds: std::ops::Range<u64>, shape: Shape) {
    let halves: Vec<_> = (0..2)
        .map(|half| {
            let seeds = seeds.clone();
            std::thread::spawn(move || {
                let mut failed = Vec::new();
                let mut sum = (0, 0, 0, 0);
                for seed in seeds.filter(|seed| seed % 2 == half) {
                    match run(seed, &shape) {
                        Ok(o) => {
                            sum = (sum.0 + o.cases, sum.1 + o.crashes, sum.2 + o.power_cuts, sum.3 + o.frames)
                        }
                        Err(why) => failed.push(why),
                    }
                }
                (failed, sum)
            })
        })
        .collect();
    let mut failed = Vec::new();
    let mut sum = (0, 0, 0, 0);
    for half in halves {
        let (bad, s) = half.join().expect("a seed panicked");
        failed.extend(bad);
        sum = (sum.0 + s.0, sum.1 + s.1, sum.2 + s.2, sum.3 + s.3);
    }
    eprintln!("{} cases, {} crashes of which {} power cuts, {} frames", sum.0, sum.1, sum.2, sum.3);
    assert!(sum.0 > 0 && sum.1 > 0 && sum.2 > 0, "a run without cases or crashes shows nothing");
    assert!(failed.is_empty(), "{} seeds failed; the first:\n{}", failed.len(), failed[0]);
}

#[test]
fn a_county_agrees_after_any_trouble() {
    run_all(0..seeds(), Shape::default());
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1_000..1_010 {
        let (a, b) = (run(seed, &Shape::default()), run(seed, &Shape::default()));
        let (a, b) = (a.expect("the first run holds"), b.expect("the second run holds"));
        let differ = a.trace.iter().zip(&b.trace).position(|(x, y)| x != y);
        assert_eq!(a, b, "seed {seed}: the traces part at line {differ:?}");
    }
}
