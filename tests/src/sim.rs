//! The simulator: a county of machines in one thread, from one seed.
//!
//! First faults: lines that are slow, lossy or cut; machines that stop between any two effects or in the middle of a
//! disk operation; power cuts that leave any state a disk may leave; clocks that are wrong; disks put back, images
//! copied, nodes revoked; and a village whose program keeps no rule. Then everything heals, and the county must agree.
//! What must hold at every moment is in `sim/watch.rs`, what must hold in the end in `sim/check.rs`. Same seed, same
//! trace.
//!
//! Hub, store, journal, model and documents are the real ones; the disk, the network and the clocks are not.

mod breach;
mod check;
mod county;
pub mod dice;
mod hand;
mod holders;
mod ledger;
mod network;
mod node;
mod people;
mod shape;
mod trace;
mod trouble;
mod villain;
mod watch;
mod world;

pub use breach::Breach;
pub use county::GUIDE;
pub use dice::Dice;
pub use shape::{Broken, CrashPoint, Fault, Shape};
pub use world::{Outcome, World};

/// Lines of the trace that a failure shows.
const LINES_SHOWN: usize = 30;

/// Runs a seed to its end. The error says what did not hold, with the last lines of the trace.
pub fn run(seed: u64, shape: &Shape) -> Result<Outcome, String> {
    let mut world = World::new(seed, shape);
    match world.run() {
        Ok(()) => Ok(world.outcome()),
        Err(why) => {
            let trace = world.trace();
            Err(format!(
                "seed {seed}: {why}\n{}",
                trace[trace.len().saturating_sub(LINES_SHOWN)..].join("\n")
            ))
        }
    }
}
