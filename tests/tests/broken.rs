//! The accident this prevents: a simulator that always says yes. Each test breaks one rule of the design on purpose and
//! demands that the simulator finds it, and finds that.

use sanji_tests::sim::{Broken, Fault, Shape, run};

/// Within so many seeds each broken rule is found.
const SEEDS: u64 = 60;

/// What is said of a node that keeps its epoch after its disk went back.
const STILL_WRITES: &str = "still writes in that epoch";

/// Some seed fails by a demand with one of these words, and holds when the rule is kept.
fn is_found(broken: Broken, words: &[&str]) {
    let mut kept = Shape::small();
    // Disks that are put back and cloned are for the rule that is about them.
    let about_restores = words.contains(&STILL_WRITES);
    kept.faults.retain(|fault| match fault {
        Fault::Restores | Fault::Clones => about_restores,
        Fault::Revocations => false,
        Fault::Cuts | Fault::Lines | Fault::Crashes | Fault::Clocks | Fault::Villain | Fault::Rot => true,
    });
    is_found_in(&kept, broken, words);
}

/// The same in counties of this shape.
fn is_found_in(kept: &Shape, broken: Broken, words: &[&str]) {
    let shape = Shape { broken: Some(broken), ..kept.clone() };
    let finds = |seed: &u64| {
        let why = run(*seed, &shape).err().unwrap_or_default();
        let line = why.lines().next().unwrap_or_default().to_owned();
        let found = words.iter().any(|words| line.contains(words)) && run(*seed, kept).is_ok();
        if found {
            eprintln!("{broken:?}: {line}");
        }
        found
    };
    let found = (0..SEEDS).find(finds);
    assert!(found.is_some(), "{broken:?} was not found in {SEEDS} seeds");
}

#[test]
fn an_answer_before_the_store() {
    is_found(Broken::AnswerBeforeStore, &["which was answered as saved"]);
}

#[test]
fn an_acknowledgement_before_the_store() {
    is_found(Broken::AckBeforeStore, &["told others that it holds"]);
}

#[test]
fn passing_on_before_the_store() {
    is_found(Broken::RelayBeforeStore, &["told others that it holds"]);
}

#[cfg(feature = "broken-rules")]
mod inside {
    use super::*;

    #[test]
    fn no_epoch_after_a_restore() {
        is_found(Broken::NoEpochAfterRestore, &[STILL_WRITES]);
    }

    #[test]
    fn no_check_of_authority() {
        is_found(Broken::NoAuthorityCheck, &["which has no authority", "which the tree does not give it"]);
    }

    #[test]
    fn damage_that_is_forgotten() {
        let shape = Shape { faults: [Fault::Rot, Fault::Cuts, Fault::Lines].into(), ..Shape::small() };
        is_found_in(&shape, Broken::DamageForgotten, &["which was answered as saved"]);
    }

    #[test]
    fn vectors_taken_for_the_truth() {
        is_found(Broken::VectorsAreTruth, &["although nothing happened to its disk"]);
    }
}
