//! What the weak lines of DOMAIN §8 carry: real links and real nodes through the emulated line.
//!
//! `cargo bench -p sanji-tests --bench links -- [controllers|settings|goodput|cuts|decision|guides]...` prints a table for each; without
//! a word, all. Lines are slow, so that a table takes minutes of time and next to no processor.

#![allow(clippy::print_stdout)]

#[path = "links/controllers.rs"]
mod controllers;
#[path = "links/cuts.rs"]
mod cuts;
#[path = "links/decision.rs"]
mod decision;
#[path = "links/goodput.rs"]
mod goodput;
#[path = "links/guides.rs"]
mod guides;
#[path = "links/load.rs"]
mod load;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if wanted("controllers") {
        runtime.block_on(controllers::table(controllers::CONTROLLERS));
    }
    if wanted("settings") {
        runtime.block_on(controllers::table(controllers::SETTINGS));
    }
    if wanted("goodput") {
        runtime.block_on(goodput::table());
    }
    if wanted("cuts") {
        runtime.block_on(cuts::table());
    }
    if wanted("decision") {
        runtime.block_on(decision::table());
    }
    if wanted("guides") {
        runtime.block_on(guides::table());
    }
}
