//! A short life of a journal, and what must be true of it afterwards. Knows no accident.

use std::collections::BTreeMap;

use sanji_node::store::journal::{Check, Damage, Journal, JournalError, Opened, Options, Position, Record};
use sanji_tests::disk::SimDisk;

/// Small, so that the script fills several.
pub const SEGMENT_BYTES: u64 = 300;

pub fn options(check: Check) -> Options {
    Options { segment_bytes: SEGMENT_BYTES, check }
}

pub fn open(disk: &SimDisk) -> (Journal, Opened) {
    try_open(disk).expect("a journal opens after any accident")
}

pub fn try_open(disk: &SimDisk) -> Result<(Journal, Opened), JournalError> {
    Journal::open(disk.files(), options(Check::All))
}

/// The payload of record `number`: short, long, compressible, and with bytes that look like a record.
pub fn payload(number: u64) -> Vec<u8> {
    let n = number as u8;
    match number % 5 {
        0 => vec![n; 200],
        1 => vec![n],
        2 => (0..90u8).map(|i| i.wrapping_mul(37) ^ n).collect(),
        3 => Vec::new(),
        _ => [b"\xA5SJR", &[n; 8][..], b"\xA5SJR\x01"].concat(),
    }
}

pub fn kind(number: u64) -> u8 {
    (number % 3) as u8
}

/// Appends `groups` groups of records with a sync behind each; a group has one to three records. Says how many records
/// were promised by then, also when it ends with an error.
pub fn live(journal: &mut Journal, groups: u64, promised: &mut u64) -> Result<(), JournalError> {
    for group in 0..groups {
        for _ in 0..group % 3 + 1 {
            let number = journal.next_number();
            journal.append(kind(number), &payload(number))?;
        }
        journal.sync()?;
        *promised = journal.next_number() - 1;
    }
    Ok(())
}

/// A disk with the journal of a whole script on it, everything synced.
pub fn filled(groups: u64) -> SimDisk {
    let disk = SimDisk::new();
    let (mut journal, _) = open(&disk);
    live(&mut journal, groups, &mut 0).unwrap();
    disk
}

/// Every record of the journal by number, with where it begins, and every damage. Nothing may be invented: each record
/// must be the one that the script wrote under that number.
pub fn read_all(journal: &Journal) -> (BTreeMap<u64, (Position, Record)>, Vec<Damage>) {
    let (mut records, mut damaged) = (BTreeMap::new(), Vec::new());
    let mut last = 0;
    for item in journal.scan(journal.start()) {
        match item {
            Ok((at, record)) => {
                assert!(record.number > last, "record {} comes after {last}", record.number);
                last = record.number;
                assert_eq!((record.kind, &record.payload), (kind(last), &payload(last)), "record {last}");
                assert_eq!(journal.read(at).unwrap(), record);
                records.insert(last, (at, record));
            }
            Err(damage) => damaged.push(damage),
        }
    }
    (records, damaged)
}

/// The journal on `disk` takes new records, and these and all old ones are there after the next power cut.
pub fn lives_on(disk: &SimDisk, mut journal: Journal) {
    let (before, damaged) = read_all(&journal);
    let mut promised = 0;
    live(&mut journal, 3, &mut promised).unwrap();
    drop(journal);
    disk.power_cut(&mut |_| 0);
    let (journal, opened) = open(disk);
    let (after, still_damaged) = read_all(&journal);
    for (number, record) in &before {
        assert_eq!(after.get(number), Some(record));
    }
    assert_eq!(after.len(), before.len() + 6, "{before:?}");
    assert_eq!(after.last_key_value().map(|(number, _)| *number), Some(promised));
    assert_eq!((opened.torn, &opened.damaged), (None, &still_damaged));
    assert_eq!(still_damaged, damaged);
}
