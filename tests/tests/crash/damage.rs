//! Bytes flipped, files cut, lost, swapped and strange, behind the program's back.

use std::collections::BTreeSet;

use sanji_node::store::journal::{Check, Journal, JournalError, Options, Position, Why};
use sanji_tests::disk::SimDisk;

use crate::script::{self, lives_on, open, options, read_all};

const GROUPS: u64 = 7;
/// How many records the script writes in that many groups.
const RECORDS: u64 = 13;

fn segment(number: u64) -> String {
    format!("journal-{number:08}.sjl")
}

fn numbers(journal: &Journal) -> BTreeSet<u64> {
    read_all(journal).0.into_keys().collect()
}

/// The number of the record that holds `offset` of `segment`.
fn record_at(journal: &Journal, segment: u64, offset: u64) -> Option<u64> {
    let place = Position { segment, offset };
    let (records, _) = read_all(journal);
    records.iter().find(|(_, (at, record))| *at <= place && place < record.next).map(|(number, _)| *number)
}

/// The accident: one bad byte, and the program does not start, or a whole segment is lost, or a case shows what nobody
/// wrote.
#[test]
fn one_bad_byte_costs_one_record_and_is_named() {
    let disk = script::filled(GROUPS);
    let (whole, _) = open(&disk);
    for (name, bytes) in disk.contents() {
        for (offset, flip) in (0..bytes.len()).flat_map(|offset| [1u8, 0x80, 0xFF].map(|flip| (offset, flip)))
        {
            let disk = disk.snapshot();
            disk.tamper(&name, |bytes| bytes[offset] ^= flip);
            let number: u64 = name[8..16].parse().unwrap();
            let hit = record_at(&whole, number, offset as u64);
            let (journal, opened) = open(&disk);
            let expected: BTreeSet<_> = (1..=RECORDS).filter(|number| Some(*number) != hit).collect();
            assert_eq!(numbers(&journal), expected, "{name} {offset} {flip}");
            // The last record is not told from one that was never finished.
            let unfinished = hit == Some(RECORDS);
            assert_eq!((opened.torn.is_some(), opened.damaged.is_empty()), (unfinished, unfinished));
            if !unfinished {
                assert_eq!(opened.damaged[0].position.segment, number, "{:?}", opened.damaged);
            }
            lives_on(&disk, journal);

            let (journal, _) = Journal::open(disk.files(), options(Check::Tail)).unwrap();
            lives_on(&disk, journal);
        }
    }
}

/// The accident: damage takes a record's length, the reader trusts it, and everything behind is gone.
#[test]
fn a_stretch_of_rubbish_costs_what_it_covers() {
    let disk = script::filled(GROUPS);
    let (whole, _) = open(&disk);
    let last = whole.end().segment;
    for (name, bytes) in disk.contents() {
        let number: u64 = name[8..16].parse().unwrap();
        for from in (0..bytes.len()).step_by(5) {
            for rubbish in [&b"\xA5SJR\x01\0\0\0"[..], &[0; 40], &[0xFF; 64]] {
                let disk = disk.snapshot();
                let to = bytes.len().min(from + rubbish.len());
                disk.tamper(&name, |bytes| bytes[from..to].copy_from_slice(&rubbish[..to - from]));
                if disk.contents()[&name] == bytes {
                    continue;
                }
                let hit: BTreeSet<_> =
                    (from..to).filter_map(|offset| record_at(&whole, number, offset as u64)).collect();
                let (journal, opened) = open(&disk);
                let readable = numbers(&journal);
                // Rubbish may agree with what was there, so a record that it touches may be whole.
                assert!((1..=RECORDS).all(|n| readable.contains(&n) || hit.contains(&n)), "{name} {from}");
                assert!(opened.torn.is_some() || !opened.damaged.is_empty());
                assert!(opened.torn.is_none() || number == last);
                lives_on(&disk, journal);
            }
        }
    }
}

/// The accident: a file system check shortens a file.
#[test]
fn a_shortened_segment_costs_its_end_only() {
    let disk = script::filled(GROUPS);
    let (whole, _) = open(&disk);
    let last = whole.end().segment;
    for (name, bytes) in disk.contents() {
        let number: u64 = name[8..16].parse().unwrap();
        for len in 0..bytes.len() {
            let disk = disk.snapshot();
            disk.tamper(&name, |bytes| bytes.truncate(len));
            let (journal, opened) = open(&disk);
            let cut = |n: &u64| {
                let (at, record) = &read_all(&whole).0[n];
                at.segment == number && record.next.offset > len as u64
            };
            let expected: BTreeSet<_> = (1..=RECORDS).filter(|n| !cut(n)).collect();
            assert_eq!(numbers(&journal), expected, "{name} {len}");
            assert!(number == last || !opened.damaged.is_empty(), "{name} {len}");
            lives_on(&disk, journal);
        }
    }
}

/// The accident: somebody tidies up, or a backup is put back without one file.
#[test]
fn a_lost_segment_is_named_with_the_records_that_it_held() {
    let disk = script::filled(GROUPS);
    let (whole, _) = open(&disk);
    let last = whole.end().segment;
    for number in 1..last {
        for check in [Check::All, Check::Tail] {
            let disk = disk.snapshot();
            disk.lose(&segment(number));
            let (journal, opened) = Journal::open(disk.files(), options(check)).unwrap();
            let named = opened.damaged.iter().any(|damage| {
                damage.position == Position { segment: number, offset: 0 }
                    && damage.why == Why::SegmentsMissing { count: 1 }
            });
            assert!(named, "{:?}", opened.damaged);
            let (records, damaged) = read_all(&journal);
            let lost = RECORDS - records.len() as u64;
            assert!(lost > 0);
            // Nothing in front of the first segment says that its records are gone; that it is missing does.
            let counted = damaged
                .iter()
                .any(|damage| matches!(damage.why, Why::RecordsMissing { count, .. } if count == lost));
            assert_eq!(counted, number > 1);
            assert!(!journal.contains(Position { segment: number, offset: 40 }));
            lives_on(&disk, journal);
        }
    }
    // That the last one is gone only somebody can say who knew its end.
    let shorter = disk.snapshot();
    shorter.lose(&segment(last));
    let (journal, opened) = open(&shorter);
    assert!(opened.damaged.is_empty());
    assert!(!journal.contains(whole.end()));
}

/// The accident: an old copy of one segment is put in the place of another, and old records are read as new ones.
#[test]
fn a_segment_in_anothers_place_is_not_read() {
    let disk = script::filled(GROUPS);
    let (whole, _) = open(&disk);
    let copy = disk.contents()[&segment(1)].clone();
    for number in 2..=whole.end().segment {
        let disk = disk.snapshot();
        disk.tamper(&segment(number), |bytes| bytes.clone_from(&copy));
        let (journal, opened) = open(&disk);
        let held = |n: &u64| read_all(&whole).0[n].0.segment == number;
        assert_eq!(numbers(&journal), (1..=RECORDS).filter(|n| !held(n)).collect());
        assert!(opened.torn.is_none() && !opened.damaged.is_empty());
        lives_on(&disk, journal);
    }
}

/// The accident: a scan of a journal file is attached to a case, the record around it is damaged, and what was
/// attached is read as if it had been written.
#[test]
fn a_record_inside_a_payload_is_never_read_as_one() {
    // Short enough to be stored as it is.
    let bait = SimDisk::new();
    open(&bait).0.append(1, b"never written here").unwrap();
    let bait = bait.contents()[&segment(1)][32..].to_vec();

    let disk = SimDisk::new();
    let mut journal = Journal::open(disk.files(), Options::default()).unwrap().0;
    let outer: Vec<_> = (0..3).map(|_| journal.append(1, &bait).unwrap()).collect();
    journal.sync().unwrap();
    assert_eq!(
        outer[1].offset - outer[0].offset,
        32 + bait.len() as u64,
        "the bait must lie there uncompressed"
    );
    for at in &outer {
        let disk = disk.snapshot();
        disk.tamper(&segment(1), |bytes| bytes[at.offset as usize + 9] ^= 1);
        let (journal, _) = Journal::open(disk.files(), Options::default()).unwrap();
        let read: Vec<_> = journal.scan(journal.start()).filter_map(Result::ok).collect();
        assert!(read.len() == 2 && read.iter().all(|(found, record)| found != at && record.payload == bait));
    }
}

/// The accident: the search for the next record reads in pieces, and misses one that lies across two of them.
#[test]
fn a_record_behind_a_long_damaged_one_is_found_wherever_it_lies() {
    const PIECE: usize = 256 << 10;
    let mut seed = 88_172_645_463_325_252u64;
    let noise = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_be_bytes()
    });
    let noise: Vec<u8> = noise.take(PIECE / 8).flatten().collect();
    for shorter in 0..70 {
        let disk = SimDisk::new();
        let mut journal = Journal::open(disk.files(), Options::default()).unwrap().0;
        journal.append(1, &noise[shorter..]).unwrap();
        let behind = journal.append(1, b"behind").unwrap();
        journal.sync().unwrap();
        disk.tamper(&segment(1), |bytes| bytes[40] ^= 1);
        let (journal, opened) = Journal::open(disk.files(), Options::default()).unwrap();
        assert_eq!((opened.records, opened.damaged[0].bytes), (1, behind.offset - 32), "{shorter}");
        assert_eq!(journal.read(behind).unwrap().payload, b"behind");
    }
}

/// The accident: a file manager leaves its own files behind, and the journal takes them for its own or deletes them.
#[test]
fn foreign_files_are_left_alone() {
    let disk = script::filled(GROUPS);
    let foreign = ["Thumbs.db", "journal-00000002.sjl~", "journal-1.sjl", "journal-99999999999999999999.sjl"];
    for name in foreign {
        disk.tamper(name, |bytes| bytes.extend_from_slice(b"not mine"));
    }
    let before = disk.contents();
    let (journal, opened) = open(&disk);
    assert_eq!(opened.foreign, foreign);
    assert!(opened.damaged.is_empty() && opened.torn.is_none());
    assert_eq!(numbers(&journal).len() as u64, RECORDS);
    lives_on(&disk, journal);
    assert!(foreign.iter().all(|name| disk.contents()[*name] == before[*name]));
}

/// The accident: after a failed update the old version is started again, takes the new format for a torn tail, and
/// cuts it.
#[test]
fn what_a_newer_version_wrote_is_refused_and_not_touched() {
    for check in [Check::All, Check::Tail] {
        let disk = script::filled(GROUPS);
        let last = open(&disk).0.end().segment;
        disk.tamper(&segment(last), |bytes| {
            bytes[9] = 2;
            let sum = crc32(&bytes[..28]);
            bytes[28..32].copy_from_slice(&sum);
        });
        let before = disk.contents();
        let refused = Journal::open(disk.files(), options(check)).unwrap_err();
        assert!(matches!(refused, JournalError::Newer { version: 2, .. }), "{refused}");
        assert_eq!(refused.code(), "JOURNAL_NEWER_VERSION");
        assert_eq!(disk.contents(), before);
    }

    let disk = script::filled(GROUPS);
    let (journal, _) = open(&disk);
    let (at, _) = read_all(&journal).0[&RECORDS].clone();
    disk.tamper(&segment(at.segment), |bytes| {
        let header = &mut bytes[at.offset as usize..];
        header[4] = 2;
        let sum = crc32(&[&at.to_bytes(), &header[..28]].concat());
        header[28..32].copy_from_slice(&sum);
    });
    let before = disk.contents();
    assert!(
        matches!(script::try_open(&disk), Err(JournalError::Newer { at: found, version: 2 }) if found == at)
    );
    assert_eq!(disk.contents(), before);
}

/// CRC-32 (ISO-HDLC) by its definition, as `docs/JOURNAL.md` gives it.
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1)))
    });
    (!sum).to_be_bytes()
}
