//! The accident this prevents: a simulator that always says yes. Each test breaks one rule of the design on purpose and
//! demands that the simulator finds it, and finds that.

use sanji_tests::sim::{Broken, Shape, run};

/// Within so many seeds each broken rule is found.
const SEEDS: u64 = 60;

fn is_found(broken: Broken, words: &[&str]) {
    let shape = Shape { broken: Some(broken), ..Shape::small() };
    let found = (0..SEEDS).find_map(|seed| Some((seed, run(seed, &shape).err()?)));
    let (seed, why) = found.unwrap_or_else(|| panic!("{broken:?} was not found in {SEEDS} seeds"));
    let line = why.lines().next().unwrap_or_default();
    eprintln!("{broken:?}: {line}");
    assert!(words.iter().any(|words| line.contains(words)), "seed {seed} fails for another reason: {why}");
    let kept = run(seed, &Shape::small());
    assert!(kept.is_ok(), "seed {seed} fails although no rule is broken: {kept:?}");
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
        is_found(Broken::NoEpochAfterRestore, &["still writes in that epoch"]);
    }

    #[test]
    fn no_check_of_authority() {
        is_found(Broken::NoAuthorityCheck, &["which has no authority", "which the tree does not give it"]);
    }

    #[test]
    fn vectors_taken_for_the_truth() {
        is_found(Broken::VectorsAreTruth, &["although nothing happened to its disk"]);
    }
}
