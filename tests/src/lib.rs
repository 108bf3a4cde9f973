//! What the tests share: a simulated disk, the simulator, nodes inside this process, and the real binary.

pub mod disk;
pub mod figures;
pub mod load;
pub mod nodes;
pub mod processes;
pub mod sim;
