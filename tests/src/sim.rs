//! The simulator: a county of machines in one thread, from one seed.
//!
//! First faults: cuts, delayed frames, crashes between any two effects and in the middle of a disk write, power cuts
//! that leave any state a disk may leave. Then everything heals, and the county must agree: nothing that was answered
//! is lost, equal bytes, equal states, and every node holds exactly its scopes. Same seed, same trace.
//!
//! Hub, store, journal, model and documents are the real ones; the disk, the network and the clock are not.

mod check;
mod county;
pub mod dice;
mod node;
mod world;

pub use county::Shape;
pub use dice::Dice;
pub use world::{Outcome, World};

/// Runs a seed to its end. The error says what did not hold, with the last lines of the trace.
pub fn run(seed: u64, shape: &Shape) -> Result<Outcome, String> {
    let mut world = World::new(seed, shape);
    world.faults();
    let held = world.heal().and_then(|()| world.check());
    held.map_err(|why| {
        let trace = world.trace();
        format!("seed {seed}: {why}\n{}", trace[trace.len().saturating_sub(30)..].join("\n"))
    })?;
    Ok(world.outcome())
}
