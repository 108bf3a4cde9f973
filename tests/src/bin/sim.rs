//! Runs the simulator: one seed with its trace, or many on all cores with their sums.

#![allow(clippy::print_stdout)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sanji_tests::sim::{Fault, Outcome, Shape, World, run};

const USAGE: &str = "\
usage: sim SEED [options]          runs one seed and prints its trace
       sim --seeds N [options]     runs the seeds from SEED (0) on, N of them, on all cores, and prints sums

  --nodes TOWNS+VILLAGES   besides the county (3+12)
  --steps N                things that happen before everything heals (120)
  --without FAULT,…        faults left out: cuts, lines, crashes, clocks, villain, restores, clones, revocations
                           (rot, sectors that go bad, only happens if --only names it)
  --only FAULT,…           no other faults than these
  --frames                 every frame in the trace
  --summary                without the trace
Exit 0: everything held; 1: something did not; 2: wrong usage.";

struct Asked {
    seed: u64,
    seeds: Option<u64>,
    summary: bool,
    shape: Shape,
}

fn main() -> ExitCode {
    let Some(asked) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match asked.seeds {
        None => one(&asked),
        Some(seeds) => many(&asked, seeds),
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Option<Asked> {
    let mut asked = Asked { seed: 0, seeds: None, summary: false, shape: Shape::default() };
    let mut seed = None;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seeds" => asked.seeds = Some(args.next()?.parse().ok()?),
            "--steps" => asked.shape.steps = args.next()?.parse().ok()?,
            "--summary" => asked.summary = true,
            "--frames" => asked.shape.frames = true,
            "--nodes" => {
                let nodes = args.next()?;
                let (towns, villages) = nodes.split_once('+')?;
                (asked.shape.towns, asked.shape.villages) = (towns.parse().ok()?, villages.parse().ok()?);
            }
            "--without" => {
                for fault in faults(&args.next()?)? {
                    asked.shape.faults.remove(&fault);
                }
            }
            "--only" => asked.shape.faults = faults(&args.next()?)?.into_iter().collect(),
            number => seed = Some(number.parse().ok()?),
        }
    }
    let has_towns = asked.shape.towns > 0;
    asked.seed = seed.or(asked.seeds.map(|_| 0)).filter(|_| has_towns)?;
    Some(asked)
}

fn faults(names: &str) -> Option<Vec<Fault>> {
    names.split(',').map(Fault::parse).collect()
}

fn one(asked: &Asked) -> ExitCode {
    let mut world = World::new(asked.seed, &asked.shape);
    let held = world.run();
    if !asked.summary {
        println!("{}", world.trace().join("\n"));
    }
    println!("seed {}: {}", asked.seed, sums(&world.outcome(), 1));
    match held {
        Ok(()) => {
            println!("everything held");
            ExitCode::SUCCESS
        }
        Err(why) => {
            if !asked.summary {
                println!("{}", world.explain());
            }
            println!("DID NOT HOLD: {why}");
            ExitCode::FAILURE
        }
    }
}

fn many(asked: &Asked, seeds: u64) -> ExitCode {
    let next = AtomicU64::new(asked.seed);
    let end = asked.seed + seeds;
    let sum = Mutex::new((Outcome::default(), Vec::<String>::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = run(seed, &asked.shape);
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    match outcome {
                        Ok(outcome) => sum.0 = add(&sum.0, &outcome),
                        Err(why) => {
                            eprintln!("{}", why.lines().next().unwrap_or_default());
                            sum.1.push(why);
                        }
                    }
                    let done = seed + 1 - asked.seed;
                    if done.is_multiple_of(1_000) {
                        eprintln!("{done} of {seeds} seeds: {}", sums(&sum.0, done));
                    }
                }
            });
        }
    });
    let (sum, failed) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{seeds} seeds: {}", sums(&sum, seeds));
    match failed.first() {
        None => {
            println!("everything held");
            ExitCode::SUCCESS
        }
        Some(first) => {
            println!("DID NOT HOLD in {} seeds; the first:\n{first}", failed.len());
            ExitCode::FAILURE
        }
    }
}

/// Sums of counts; of the times to heal the longest.
fn add(a: &Outcome, b: &Outcome) -> Outcome {
    Outcome {
        digest: String::new(),
        cases: a.cases + b.cases,
        events: a.events + b.events,
        crashes: a.crashes + b.crashes,
        power_cuts: a.power_cuts + b.power_cuts,
        cuts: a.cuts + b.cuts,
        frames: a.frames + b.frames,
        lies: a.lies + b.lies,
        restores: a.restores + b.restores,
        rotten: a.rotten + b.rotten,
        clones: a.clones + b.clones,
        revocations: a.revocations + b.revocations,
        forks: a.forks + b.forks,
        heal_ms: a.heal_ms.max(b.heal_ms),
        outputs: a.outputs + b.outputs,
        operations: Vec::new(),
    }
}

fn sums(o: &Outcome, seeds: u64) -> String {
    let healed = if seeds == 1 { "healed in" } else { "each healed within" };
    format!(
        "{} cases, {} events, {} frames, {} cuts, {} crashes ({} power cuts), {} lies, {} restores, {} bad sectors, {} clones, \
         {} revocations, {} forks found, {healed} {} virtual ms {}",
        o.cases,
        o.events,
        o.frames,
        o.cuts,
        o.crashes,
        o.power_cuts,
        o.lies,
        o.restores,
        o.rotten,
        o.clones,
        o.revocations,
        o.forks,
        o.heal_ms,
        o.digest
    )
}
