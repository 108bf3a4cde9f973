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
    apart_with_a_wrong_clock
    bad_rating
    both_receive
    bundle
    bundle_withdrawn
    calendar_arrives
    card_appealed_and_withdrawn
    clock_ahead
    commitment
    complaint_returned_twice
    correction_asked_twice
    correction_of_a_guide
    county_as_second_parent
    deemed_accepted_offline
    delivered_late
    deputy_stands_in
    extension_only_once
    fortnight_in_the_dark
    forwarded
    forwarded_down
    guide_superseded_while_offline
    guide_suspended_while_offline
    hand_over_both_offline
    hand_over_too_late
    late_for_its_month
    limits_over_holidays
    line_that_comes_and_goes
    new_version_at_midnight
    noted_by_its_holder
    offline_for_days
    on_a_list_on_the_spot
    on_the_spot
    phone_edited_twice
    power_cut_after_saved
    power_cut_at_the_town
    receiver_does_not_decide
    redo_by_the_supervisor
    refused_without_reason
    registered_at_two_villages
    restored_in_between
    revoked_in_between
    special_over_new_year
    stranger_at_a_village
    three_places_apart
    tolerance_fulfilled
    tolerance_overdue
    tolerance_within_its_own_days
    town_restored
    two_windows_withdraw_and_receive
    user_disabled_in_between
    village_withdraws_while_the_county_grants
    voided_with_two_signatures
    whose_case_a_village_sees
    withdrawal_confirmed
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

/// The first two lines of the small ones below.
const BEGIN: &str = "county with 1 town and 1 village from 2026-03-02 09:00\nsettle\n";

fn fails(lines: &str) -> String {
    play("a.txt", &format!("{BEGIN}{lines}")).expect_err("it must fail")
}

#[test]
fn a_claim_that_does_not_hold_says_what_is_there_at_every_node() {
    let why = fails(
        "at village-1: register 模拟事项 for 王小明 -> C1\n\
         cut village-1\n\
         at village-1: receive C1 materials=申请表\n\
         everywhere: C1 is 已收件, flags none\n",
    );
    assert!(why.starts_with("a.txt:6: C1 is otherwise"), "{why}");
    for part in ["village-1: holds", "town-1: the case is not here", "county: the case is not here"] {
        assert!(why.contains(part), "“{part}” is not in:\n{why}");
    }
    let why = fails(
        "at village-1: register 模拟事项 for 王小明 -> C1\n\
         settle\n\
         everywhere: C1 is 已受理, held by county, flags none\n",
    );
    for part in ["is registered, not accepted", "held by village-1, not county", "register"] {
        assert!(why.contains(part), "“{part}” is not in:\n{why}");
    }
}

#[test]
fn a_refusal_must_come_and_be_the_one_that_is_named() {
    let begin = "at village-1: register 模拟事项 for 王小明 -> C1\nat village-1: withdraw C1\n";
    let other = fails(&format!("{begin}refused NO_AUTHORITY: at village-1: receive C1 materials=申请表"));
    assert!(other.contains("NO_AUTHORITY") && other.contains("CASE_TRANSITION"), "{other}");
    let done = fails(&format!("{begin}refused CASE_TRANSITION: at village-1: show C1"));
    assert!(done.contains("was done"), "{done}");
    let refused = fails(&format!("{begin}at village-1: receive C1 materials=申请表"));
    assert!(refused.contains("CASE_TRANSITION"), "{refused}");
}

#[test]
fn a_line_that_cannot_be_read_is_found_before_anything_is_played() {
    let why = fails("at village-1: register 模拟事项 for 王小明 -> C1\nand then a miracle happens\n");
    assert!(why.starts_with("a.txt:4: "), "{why}");
    assert!(play("a.txt", "settle").unwrap_err().starts_with("a.txt:1: the first line"));
}

#[test]
fn every_command_can_be_said_by_its_name_and_quotes_hold_blanks_together() {
    let lines = "at village-1: register 模拟事项 for 王小明 -> C1  # and nobody reads on\n\
                 at village-1: case-show number=C1 shows state = registered, number = C1\n\
                 at village-1: case-act number=C1 action=备注 fields.text=\"a b: c\" -> E1\n\
                 at village-1: C1 counts E1, events.1.fields.text = \"a b: c\", custody = village-1\n\
                 at village-1: guide-search text=模拟 limit:=1 shows 1 row\n";
    play("a.txt", &format!("{BEGIN}{lines}")).unwrap();
    for (line, why) in [
        ("at village-1: case-show numer=1", "no command"),
        ("at village-1: list state", "key=text"),
        ("at village-1: note C1 text=\"open", "quotation mark"),
        ("at village-9: list", "there is no village-9"),
        ("at county, town-1: list", "one place at a time"),
        ("everywhere: C1 is 登记", "no case was named C1"),
    ] {
        assert!(fails(line).contains(why), "{}", fails(line));
    }
}
