//! What the compiler does not enforce and the next reader relies on: who may depend on whom, what pure crates may not
//! touch, how files open and how long they are, that what is documented is there.
//!
//! The accident it prevents: a rule that everybody agreed on is broken once in a hurry, and a year later it is no rule.
//! Each test names the places at fault and says what to do. It reads the repository as text and knows no Rust.

#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/setup.rs"]
mod setup;
#[path = "tidy/sources.rs"]
mod sources;
