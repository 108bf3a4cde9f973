//! A disk that reports errors: full, or failing.

use std::io::ErrorKind;

use sanji_node::store::files::RealFiles;
use sanji_node::store::journal::{Journal, JournalError, Options, PAYLOAD_BYTES_MAX};
use sanji_tests::disk::{Failure, SimDisk};

use crate::script::{self, kind, lives_on, open, payload, read_all};

/// The accident: a sync fails, is tried again, the system has thrown the pages away and reports success, and "saved" is
/// answered for bytes that are nowhere.
#[test]
fn after_the_first_error_nothing_is_written_any_more() {
    for failure in [Failure::Error, Failure::Full] {
        let whole = script::filled(7).trace().len();
        for at in 4..whole {
            let disk = SimDisk::new();
            let (mut journal, _) = open(&disk);
            disk.fail_at(at, failure);
            let mut promised = 0;
            let first = script::live(&mut journal, 7, &mut promised).unwrap_err();
            let expected = if failure == Failure::Full { "JOURNAL_DISK_FULL" } else { "JOURNAL_DISK_FAILED" };
            assert_eq!(first.code(), expected, "operation {at}");

            let tried = disk.trace().len();
            for _ in 0..2 {
                assert!(matches!(journal.append(0, b"x"), Err(JournalError::Poisoned(_))));
                assert!(matches!(journal.sync(), Err(JournalError::Poisoned(_))));
            }
            assert_eq!(disk.trace().len(), tried, "the disk was asked again");
            // What was promised can still be read, and is there after the restart.
            assert!(read_all(&journal).0.len() as u64 >= promised);
            drop(journal);
            for cut in disk.power_cuts() {
                let (journal, _) = open(&cut);
                assert!((1..=promised).all(|number| read_all(&journal).0.contains_key(&number)));
                lives_on(&cut, journal);
            }
        }
    }
}

/// The accident: the disk is full when the start wants to cut a torn tail; the start goes on all the same.
#[test]
fn a_start_that_cannot_write_says_so_and_loses_nothing() {
    let disk = script::filled(7);
    let before = open(&disk).0.next_number();
    let last = disk.contents().into_keys().next_back().unwrap();
    disk.tamper(&last, |bytes| bytes.extend_from_slice(b"torn"));
    for at in disk.trace().len().. {
        let starting = disk.snapshot();
        starting.fail_at(at, Failure::Full);
        match script::try_open(&starting) {
            Ok(_) => {
                assert!(at >= disk.trace().len() + 3, "cut, sync and directory sync");
                break;
            }
            Err(refused) => assert!(matches!(refused, JournalError::Full(_)), "{refused}"),
        }
        assert_eq!(open(&starting).0.next_number(), before);
    }
}

/// The accident: one huge record is written that no start can read again.
#[test]
fn a_record_beyond_the_limit_is_refused_and_the_journal_goes_on() {
    let disk = SimDisk::new();
    let (mut journal, _) = open(&disk);
    let refused = journal.append(1, &vec![0; PAYLOAD_BYTES_MAX + 1]).unwrap_err();
    assert!(matches!(refused, JournalError::TooLarge(_)));
    let whole = vec![7; PAYLOAD_BYTES_MAX];
    let at = journal.append(1, &whole).unwrap();
    journal.sync().unwrap();
    assert!(journal.read(at).unwrap().payload == whole);
}

/// The same over real files: what the simulated disk is a stand-in for.
#[test]
fn a_journal_in_a_real_directory_lives_through_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("node/journal");
    let start = || {
        let files = RealFiles::open(&path).unwrap();
        let options = Options { segment_bytes: script::SEGMENT_BYTES, ..Options::default() };
        Journal::open(Box::new(files), options).unwrap()
    };
    for round in 0..4u64 {
        let (mut journal, opened) = start();
        assert_eq!((opened.records, &opened.damaged, &opened.torn), (round * 10, &vec![], &None));
        for number in round * 10 + 1..=round * 10 + 10 {
            let at = journal.append(kind(number), &payload(number)).unwrap();
            assert_eq!(journal.read(at).unwrap().payload, payload(number));
        }
        journal.sync().unwrap();
        assert_eq!(read_all(&journal).0.len() as u64, (round + 1) * 10);
    }
    let last = path.join(format!("journal-{:08}.sjl", start().0.end().segment));
    let len = std::fs::metadata(&last).unwrap().len();
    std::fs::File::options().append(true).open(&last).unwrap().set_len(len - 1).unwrap();
    let (journal, opened) = start();
    assert!(opened.torn.is_some());
    assert_eq!(read_all(&journal).0.len(), 39);
    assert!(std::fs::metadata(&last).unwrap().len() < len - 1);

    let missing = RealFiles::open(last).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::AlreadyExists, "{missing}");
}
