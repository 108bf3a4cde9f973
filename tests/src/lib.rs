//! What the tests share: a simulated disk, the simulator, and helpers to run the real binary.

pub mod disk;
pub mod sim;
