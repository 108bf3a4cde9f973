//! The accident this prevents: several people act apart from one another, each rightly, and what comes of it is not what
//! the rules of the field say, or not the same everywhere. One test a file of `tests/scenarios`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sanji_tests::scenario::play;

/// A test for each file of this name, and their list.
macro_rules! scenarios {
    ($($name:ident)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        $(#[test]
        fn $name() {
            run(stringify!($name));
        })+
    };
}

scenarios! {
    a_year_behind
    both_receive
    clock_ahead
    correction_of_a_guide
    county_as_second_parent
    fortnight_in_the_dark
    guide_superseded_while_offline
    guide_suspended_while_offline
    limits_over_holidays
    new_version_at_midnight
    noted_by_its_holder
    offline_for_days
    on_a_list_on_the_spot
    power_cut_after_saved
    power_cut_at_the_town
    restored_in_between
    revoked_in_between
    stranger_at_a_village
    town_restored
    two_windows_withdraw_and_receive
    whose_case_a_village_sees
    withdrawn_in_two_places
    wrong_identity_number
}

fn run(name: &str) {
    let file = format!("tests/scenarios/{name}.txt");
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).expect("the file can be read");
    if let Err(why) = play(&file, &text) {
        panic!("{why}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[test]
fn every_scenario_is_played() {
    let files = std::fs::read_dir(folder()).expect("the folder can be read");
    let files = files.map(|entry| entry.expect("the folder can be read").path());
    let texts = files.filter(|path| path.extension().is_some_and(|end| end == "txt"));
    let found: BTreeSet<String> =
        texts.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    let listed: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        found, listed,
        "the files of tests/scenarios and the list in tests/tests/scenarios.rs are the same"
    );
}
