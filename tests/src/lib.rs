//! What the tests share: a simulated disk, an emulated line, the simulator, links and nodes inside this process, the real
//! binary, and what is fuzzed.

pub mod disk;
pub mod emulator;
pub mod figures;
pub mod fuzz;
pub mod handbook;
pub mod links;
pub mod load;
pub mod lone;
pub mod made;
pub mod nodes;
pub mod people;
pub mod processes;
pub mod scenario;
pub mod sim;
pub mod storm;
