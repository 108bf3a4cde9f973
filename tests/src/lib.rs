//! What the tests share: a simulated disk, the simulator, nodes inside this process, the real binary, and what is fuzzed.

pub mod disk;
pub mod figures;
pub mod fuzz;
pub mod load;
pub mod lone;
pub mod made;
pub mod nodes;
pub mod processes;
pub mod sim;
pub mod storm;
