//! Whole nodes as separate processes, over real QUIC and real disks: what no test inside one process can show.
//!
//! The accidents they prevent: a node dies in the middle of a transfer and something that was answered is gone; a
//! village holds another village's papers; a wrong input half changes something; a node cannot be stopped or started.

#[path = "processes/apart.rs"]
mod apart;
#[path = "processes/damaged.rs"]
mod damaged;
#[path = "processes/demonstration.rs"]
mod demonstration;
#[path = "processes/derived.rs"]
mod derived;
#[path = "processes/found.rs"]
mod found;
#[path = "processes/parents.rs"]
mod parents;
#[path = "processes/refused.rs"]
mod refused;
#[path = "processes/restored.rs"]
mod restored;
#[path = "processes/stick.rs"]
mod stick;
#[path = "processes/stopped.rs"]
mod stopped;
#[path = "processes/ticks.rs"]
mod ticks;
#[path = "processes/transfer.rs"]
mod transfer;
