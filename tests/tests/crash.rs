//! The accidents of a village computer: switched off at the wall, a full or failing disk, damaged and missing files.
//!
//! The accident they prevent together: somebody was told "saved", and after the next start it is gone, or another
//! payload is in its place, or the program does not start.

#[path = "crash/damage.rs"]
mod damage;
#[path = "crash/lost.rs"]
mod lost;
#[path = "crash/power_cut.rs"]
mod power_cut;
#[path = "crash/rot.rs"]
mod rot;
#[path = "crash/script.rs"]
mod script;
#[path = "crash/sled.rs"]
mod sled;
#[path = "crash/write_error.rs"]
mod write_error;
