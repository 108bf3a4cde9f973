//! The accident this prevents: bytes that nobody thought of, from a broken or hostile peer or stick, end a node or spoil what it
//! holds.
//!
//! A bounded, seeded run of what `tests/fuzz` runs without bounds. `SANJI_FUZZ` multiplies the inputs, for nights.

use std::collections::BTreeMap;

use sanji_node::command::Command;
use sanji_tests::fuzz::{self, Fate, corpus, lab, mutation};
use sanji_tests::sim::dice::Dice;

fn run(inputs: u64, corpus: &[Vec<u8>], target: fn(&[u8]) -> Fate) -> BTreeMap<Fate, u64> {
    let times = std::env::var("SANJI_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut dice = Dice::new(1);
    let mut fates = BTreeMap::new();
    for valid in corpus {
        target(valid);
    }
    let pick = |dice: &mut Dice| &corpus[dice.below(corpus.len() as u64) as usize];
    for n in 0..inputs * times {
        let mut bytes = pick(&mut dice).clone();
        let other = pick(&mut dice);
        mutation::mutate(&mut bytes, other, &mut dice);
        let done = std::panic::catch_unwind(|| target(&bytes));
        let fate = done.unwrap_or_else(|_| panic!("input {n} of seed 1: {}", hex(&bytes)));
        *fates.entry(fate).or_default() += 1;
    }
    fates
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn all_happened(fates: &BTreeMap<Fate, u64>) {
    for fate in [Fate::Refused, Fate::SetAside, Fate::Taken] {
        assert!(fates.get(&fate).is_some_and(|n| *n > 0), "nothing of it was {fate:?}: {fates:?}");
    }
}

#[test]
fn frames() {
    all_happened(&run(20_000, &corpus::frames(), fuzz::frame));
}

#[test]
fn batches() {
    all_happened(&run(10_000, &corpus::batches(), fuzz::batch));
}

#[test]
fn changes() {
    all_happened(&run(5_000, &corpus::changes(), fuzz::change));
}

#[test]
fn bundles() {
    let fates = run(500, &corpus::bundles(), fuzz::bundle);
    assert!(fates.get(&Fate::SetAside).is_some_and(|n| *n > 0), "{fates:?}");
    lab::with(|lab| {
        assert!(lab.held() > 0, "no hostile change got as far as the county's store");
        // What was set aside is named; what was taken is as it came.
        let bad = lab.county().ask(Command::Verify)["bad"].clone();
        let named = |line: &serde_json::Value| {
            line.as_str().is_some_and(|line| line.contains("set aside") || line.contains("lacks"))
        };
        assert!(bad.as_array().is_some_and(|lines| lines.iter().all(named)), "{bad}");
    });
}

#[test]
fn a_repaired_change_is_a_change_again() {
    for valid in corpus::changes() {
        assert_eq!(fuzz::repaired(&valid), valid);
    }
}
