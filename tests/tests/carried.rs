//! The accident this prevents: a USB stick is pulled too early, or a bad sector changes a byte, and the node that reads it
//! takes half a batch, loses count, or believes what nobody wrote.

use sanji_model::lang::Say as _;
use sanji_node::bundle::{BundleError, Fault, SealedWriter};
use sanji_node::command::Command;
use sanji_sync::{Epoch, Frame, Hangup};
use sanji_tests::lone::{COUNTY, Founder, GUIDE, Lone, NOW, TOWN, VILLAGE, seat, unit};

const DAY_MS: u64 = 86_400_000;

/// A county with a published guide, and a village that took it from a file and registered three cases.
fn pair(founder: &Founder) -> (Lone, Lone) {
    let (mut county, mut village) = (founder.county(), founder.village());
    county.publish(GUIDE);
    let down = county.export(VILLAGE, false).unwrap();
    village.import(&down).unwrap();
    for n in 0..3 {
        village.file_case(&format!("测试人{n}"));
    }
    (county, village)
}

fn cases(node: &mut Lone) -> usize {
    let listed = node.every_case();
    listed.as_array().unwrap().len()
}

#[test]
fn a_file_that_ends_anywhere_gives_what_is_whole_and_says_that_it_was_cut() {
    let (mut county, mut village) = pair(&Founder::new());
    let file = village.export(COUNTY, true).unwrap();
    assert!(!file.windows(6).any(|w| w == "测试".as_bytes()), "nobody's name is readable");
    let mut before = 0;
    for cut in (0..file.len()).step_by(7).chain([file.len() - 1]) {
        match county.import(&file[..cut]).expect_err("it is not whole") {
            BundleError::Fault(Fault::Cut, taken) => {
                assert!(taken.entries >= before && taken.left_out == 0, "cut at {cut}: {taken:?}");
                before = taken.entries;
            }
            other => panic!("cut at {cut}: {other}"),
        }
    }
    assert_eq!(cases(&mut county), 3, "only the end mark was missing in the last one");
    let arrived = county.import(&file).unwrap();
    assert_eq!((arrived.taken.entries, arrived.taken.new), (before, 0));
    let mut long = file;
    long.push(0);
    assert!(matches!(county.import(&long), Err(BundleError::Fault(Fault::Altered, _))));
    county.verify();
}

#[test]
fn a_byte_changed_anywhere_is_found_and_nothing_behind_it_is_believed() {
    let (mut county, mut village) = pair(&Founder::new());
    let file = village.export(COUNTY, false).unwrap();
    for at in (0..file.len()).step_by(5) {
        for change in [1, 0x80] {
            let mut altered = file.clone();
            altered[at] ^= change;
            match county.import(&altered) {
                Err(BundleError::Fault(
                    Fault::Altered | Fault::Foreign(_) | Fault::NotOne | Fault::Cut | Fault::Version(_),
                    taken,
                )) => assert!(taken.left_out == 0),
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }
    county.verify();
    let arrived = county.import(&file).unwrap();
    assert_eq!(arrived.taken.left_out, 0);
    assert_eq!((cases(&mut county), arrived.origin.unit), (3, unit(VILLAGE)));
}

#[test]
fn a_file_is_read_by_its_receiver_only_and_taken_from_members_only() {
    let founder = Founder::new();
    let (mut county, mut village) = pair(&founder);
    let file = village.export(COUNTY, false).unwrap();
    let own = village.import(&file).unwrap_err();
    assert_eq!(own.code(), "BUNDLE_FOR_ANOTHER");
    // The same keys under another authority: certificates are what is believed.
    let mut stranger = Founder::new().county();
    assert_eq!(stranger.import(&file).unwrap_err().code(), "BUNDLE_FOREIGN");
    // A member puts its own head before another's records.
    let mut stolen = Vec::new();
    let to = (county.identity.node(), unit(COUNTY));
    SealedWriter::begin(&mut stolen, &founder.county().identity, to, NOW).unwrap();
    let head = stolen.len();
    stolen.extend_from_slice(&file[head.min(file.len())..]);
    assert!(county.import(&stolen).is_err());

    // Once revoked, nothing that it writes is taken any more, whenever it was written.
    let mut revoked = seat(VILLAGE);
    revoked.revoked = Some(Default::default());
    let node = village.identity.node();
    county.machine.found(NOW, &[], &[(node, revoked)]).unwrap().unwrap();
    assert_eq!(county.import(&file).unwrap_err().code(), "BUNDLE_REVOKED");
    assert_eq!(county.export(VILLAGE, true).unwrap_err().code(), "UNIT_WITHOUT_NODE");
    assert_eq!(cases(&mut county), 0);
}

#[test]
fn what_hangs_in_the_air_is_left_out_and_said_and_everything_mends_it() {
    let founder = Founder::new();
    let (mut county, mut village) = pair(&founder);
    county.import(&village.export(COUNTY, false).unwrap()).unwrap();
    // The village's disk is replaced by an empty one. The county does not know, and sends what comes after.
    village.file_case("丁");
    county.import(&village.export(COUNTY, false).unwrap()).unwrap();
    county.publish("另一事项");
    let mut fresh = founder.village();
    let arrived = fresh.import(&county.export(VILLAGE, false).unwrap()).unwrap();
    assert!(arrived.taken.left_out > 0 && arrived.taken.new == 0, "{:?}", arrived.taken);

    let arrived = fresh.import(&county.export(VILLAGE, true).unwrap()).unwrap();
    assert_eq!((arrived.taken.left_out, arrived.taken.new), (0, arrived.taken.entries));
    assert_eq!(cases(&mut fresh), 4, "its own cases came back");
    assert_eq!(fresh.machine.hub().epoch(), Epoch(2), "it never writes a height twice");
    fresh.file_case("戊");
    let up = county.import(&fresh.export(COUNTY, false).unwrap()).unwrap();
    assert_eq!((up.taken.new, up.taken.left_out), (1, 0));
    county.verify();
    fresh.verify();
}

#[test]
fn only_what_a_file_may_hold_is_taken_from_one() {
    let founder = Founder::new();
    let (mut county, village) = pair(&founder);
    let sealed = |frame: &Frame| {
        let mut file = Vec::new();
        let to = (county.identity.node(), unit(COUNTY));
        let mut writer = SealedWriter::begin(&mut file, &village.identity, to, NOW).unwrap();
        writer.frame(&frame.encode()).unwrap();
        writer.end().unwrap();
        file
    };
    let files =
        [Frame::Bye(Hangup::Stopping), Frame::Ack { number: 1, heights: Vec::new() }].map(|f| sealed(&f));
    for file in files {
        assert!(matches!(county.import(&file), Err(BundleError::Sender(Hangup::OutOfTurn, _))));
    }
    assert!(county.export(TOWN, false).is_ok(), "and nothing is stuck afterwards");
}

#[test]
fn a_county_whose_disk_went_back_says_anew_what_it_had_said_upon_a_registration_that_gave_way() {
    let founder = Founder::new();
    let backup = || {
        let mut county = founder.county();
        county.publish(GUIDE);
        county
    };
    // One image on two machines of the village, each with a case that the other lacks.
    let (mut county, mut village, mut twin) = (backup(), founder.village(), founder.village());
    county.carry(&mut village);
    county.carry(&mut twin);
    village.file_case_at(NOW.plus_ms(DAY_MS), "甲");
    let number = twin.file_case("乙");
    twin.carry(&mut county);
    let fields = [("reason".to_owned(), "县里撤回".to_owned())].into();
    county.ask(Command::CaseAct { number: number.clone(), action: "withdraw".into(), fields, user: None });
    county.carry(&mut twin);

    // The county is put back, and hears of the other machine first: what it had said comes back, and not what that stands on.
    let mut county = backup();
    village.carry(&mut county);
    twin.carry(&mut county);
    assert_eq!(county.ask(Command::Status)["quarantined"], 1);
    county.carry(&mut twin);
    twin.carry(&mut county);
    county.carry(&mut twin);
    for node in [&mut county, &mut twin] {
        let shown = node.ask(Command::CaseShow { number: number.clone() });
        let events = shown["events"].as_array().unwrap();
        assert!(events.iter().any(|event| event["fields"]["reason"] == "县里撤回"), "{shown}");
        assert_eq!(node.ask(Command::Status)["quarantined"], 0);
        node.verify();
    }
}
