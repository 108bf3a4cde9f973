//! The power goes at every moment of a journal's life, and the disk is left in every state that allows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sanji_node::store::journal::{Check, Journal, Position};
use sanji_tests::disk::{Failure, Op, SimDisk};

use crate::script::{self, SEGMENT_BYTES, kind, lives_on, open, options, payload, read_all};

/// The accident: "saved" was answered, the power went, and the record was not there.
#[test]
fn every_power_cut_leaves_what_was_promised_and_nothing_invented() {
    let mut states = 0;
    for at in 0.. {
        let disk = SimDisk::new();
        disk.fail_at(at, Failure::Crash);
        let mut promised = 0;
        let run =
            script::try_open(&disk).and_then(|(mut journal, _)| script::live(&mut journal, 7, &mut promised));
        if run.is_ok() {
            break;
        }
        for cut in disk.power_cuts() {
            states += 1;
            holds(&cut, promised);
        }
    }
    assert!(states > 2_000, "only {states} states");
}

/// The accident: the power goes again while the start cuts a torn tail or makes the segment that was being made.
#[test]
fn a_power_cut_during_the_start_after_a_power_cut_loses_nothing() {
    let mut second_cuts = 0;
    for at in 0.. {
        let disk = SimDisk::new();
        disk.fail_at(at, Failure::Crash);
        let mut promised = 0;
        let run =
            script::try_open(&disk).and_then(|(mut journal, _)| script::live(&mut journal, 5, &mut promised));
        if run.is_ok() {
            break;
        }
        for cut in disk.power_cuts().into_iter().step_by(7) {
            for at in cut.trace().len().. {
                let starting = cut.snapshot();
                starting.fail_at(at, Failure::Crash);
                if script::try_open(&starting).is_ok() {
                    break;
                }
                for cut in starting.power_cuts() {
                    second_cuts += 1;
                    holds(&cut, promised);
                }
            }
        }
    }
    assert!(second_cuts > 500, "only {second_cuts} second cuts");
}

fn holds(disk: &SimDisk, promised: u64) {
    let (journal, opened) = open(disk);
    let (records, damaged) = read_all(&journal);
    for number in 1..=promised {
        assert!(
            records.contains_key(&number),
            "record {number} of {promised} promised ones is gone: {opened:?}"
        );
    }
    assert_eq!(opened.records, records.len() as u64);
    assert_eq!(opened.damaged, damaged);
    // Only among records that were not promised yet may one be missing in front of another.
    let whole = records.keys().copied().eq(1..=records.len() as u64);
    assert_eq!(damaged.is_empty(), whole, "{damaged:?}");
    if let Some(torn) = opened.torn {
        assert!(torn.bytes > 0 && torn.position <= journal.end());
    }
    lives_on(disk, journal);
}

/// The accident: the program is killed after a write and before its sync. The next start reads the record from memory,
/// acknowledges it to the village, and then the power goes.
#[test]
fn what_a_start_found_is_durable() {
    let disk = SimDisk::new();
    let (mut journal, _) = open(&disk);
    for number in 1..=2 {
        journal.append(kind(number), &payload(number)).unwrap();
    }
    drop(journal);
    disk.restart();
    let (journal, opened) = open(&disk);
    assert_eq!(opened.records, 2);
    drop(journal);
    for cut in disk.power_cuts() {
        assert_eq!(open(&cut).1.records, 2);
    }
}

/// The accident: the next segment is durable and the end of the one in front of it is not; the tear is then in the
/// middle of the journal, where it is taken for damage.
#[test]
fn a_segment_is_durable_before_the_next_one_is_there() {
    let disk = script::filled(7);
    let trace = disk.trace();
    let creates: Vec<_> = (0..trace.len()).filter(|n| matches!(trace[*n], Op::Create(_))).collect();
    assert!(creates.len() > 3, "{creates:?}");
    for at in creates {
        let Op::Create(name) = &trace[at] else { unreachable!() };
        let unsynced = trace[..at].iter().fold(false, |dirty, op| match op {
            Op::Append(..) | Op::Truncate(..) => true,
            Op::Sync(_) => false,
            Op::Create(_) | Op::SyncDir => dirty,
        });
        assert!(!unsynced, "{name} was made before its predecessor was synced");
        let header = [Op::Append(name.clone(), 32), Op::Sync(name.clone()), Op::SyncDir];
        assert_eq!(trace[at + 1..at + 4], header);
    }
}

/// The accident: the derived store goes on at a place that is in the middle of a record, and skips what was before it.
#[test]
fn positions_are_known_where_records_meet_and_nowhere_else() {
    let disk = script::filled(7);
    let (journal, _) = open(&disk);
    let (records, _) = read_all(&journal);
    let mut known: BTreeMap<Position, u64> = BTreeMap::new();
    for (number, (at, record)) in &records {
        known.insert(*at, *number);
        known.entry(record.next).or_insert(number + 1);
    }
    for segment in 0..=journal.end().segment + 1 {
        for offset in 1..SEGMENT_BYTES + 50 {
            let at = Position { segment, offset };
            assert_eq!(journal.contains(at), known.contains_key(&at), "{at}");
            let read = journal.read(at).ok().map(|record| record.number);
            assert_eq!(read, known.get(&at).copied().filter(|number| records.contains_key(number)), "{at}");
        }
    }
    for (number, (_, record)) in &records {
        let rest: Vec<_> = journal.scan(record.next).map(|item| item.unwrap().1.number).collect();
        assert!(rest.into_iter().eq(number + 1..journal.next_number()));
    }
    assert!(journal.contains(journal.start()) && journal.contains(journal.end()));
    let bytes: u64 = disk.contents().values().map(|bytes| bytes.len() as u64).sum();
    assert_eq!(journal.size_bytes(), bytes);
    let sealed = journal.sealed();
    assert_eq!(sealed.len() as u64, journal.end().segment - 1);
    assert!(sealed.iter().all(|segment| disk.contents()[&segment.name].len() as u64 == segment.bytes));
}

#[derive(Clone, Debug)]
enum Step {
    Append(u8, Vec<u8>),
    Sync,
    Restart(bool),
    PowerCut(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u8>(), prop::collection::vec(0u8..4, 0..400)).prop_map(|(kind, payload)| Step::Append(kind, payload)),
        2 => (any::<u8>(), prop::collection::vec(any::<u8>(), 0..400)).prop_map(|(k, p)| Step::Append(k, p)),
        3 => Just(Step::Sync),
        1 => any::<bool>().prop_map(Step::Restart),
        1 => any::<usize>().prop_map(Step::PowerCut),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written comes back byte for byte, through restarts and power cuts.
    #[test]
    fn any_history_reads_back(steps in steps(), segment_bytes in 1u64..3_000) {
        let disk = SimDisk::new();
        let reopen = |tail| {
            let check = if tail { Check::Tail } else { Check::All };
            let options = sanji_node::store::journal::Options { segment_bytes, ..options(check) };
            Journal::open(disk.files(), options).unwrap().0
        };
        let mut journal = reopen(false);
        let (mut written, mut synced): (Vec<(u8, Vec<u8>)>, usize) = (Vec::new(), 0);
        for step in steps {
            match step {
                Step::Append(kind, payload) => {
                    journal.append(kind, &payload).unwrap();
                    written.push((kind, payload));
                }
                Step::Sync => {
                    journal.sync().unwrap();
                    synced = written.len();
                }
                Step::Restart(tail) => {
                    journal = reopen(tail);
                    synced = written.len();
                }
                Step::PowerCut(which) => {
                    drop(journal);
                    // Several appends are unsynced here, and a hole in an earlier one is damage; the exhaustive test has them.
                    disk.power_cut_in_order(&mut |n| which % n);
                    journal = reopen(false);
                    let kept = journal.next_number() as usize - 1;
                    prop_assert!((synced..=written.len()).contains(&kept));
                    written.truncate(kept);
                    synced = kept;
                }
            }
            prop_assert_eq!(journal.next_number() as usize, written.len() + 1);
        }
        let read: Vec<_> =
            journal.scan(journal.start()).map(|item| item.map(|(_, r)| (r.kind, r.payload)).unwrap()).collect();
        prop_assert_eq!(read, written);
    }
}
