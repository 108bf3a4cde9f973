//! What the tests share: a simulated disk, an emulated line, the simulator, links and nodes inside this process, and the real binary.

pub mod disk;
pub mod emulator;
pub mod figures;
pub mod links;
pub mod load;
pub mod nodes;
pub mod processes;
pub mod sim;
