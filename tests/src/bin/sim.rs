//! Runs one seed of the simulator and prints its trace: `sim SEED [STEPS]`.

#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use sanji_tests::sim::{Shape, World};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(seed) = args.next().and_then(|text| text.parse().ok()) else {
        eprintln!("usage: sim SEED [STEPS]\nruns one seed of the simulator and prints its trace");
        return ExitCode::from(2);
    };
    let mut shape = Shape::default();
    if let Some(steps) = args.next().and_then(|text| text.parse().ok()) {
        shape.steps = steps;
    }
    let mut world = World::new(seed, &shape);
    world.faults();
    let held = world.heal().and_then(|()| world.check());
    let out: Vec<&str> = world.trace().iter().map(String::as_str).collect();
    println!("{}", out.join("\n"));
    match held {
        Ok(()) => {
            let o = world.outcome();
            println!(
                "held: {} cases, {} events, {} crashes ({} power cuts), {} cuts, {} frames, healed in {} virtual ms",
                o.cases, o.acts, o.crashes, o.power_cuts, o.cuts, o.frames, o.heal_ms
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("DID NOT HOLD: {why}\n{}", world.explain());
            ExitCode::FAILURE
        }
    }
}
