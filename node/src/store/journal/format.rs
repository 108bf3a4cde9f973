//! The bytes of a segment, to and from memory. The same in words: `docs/JOURNAL.md`.
//!
//! Knows no file and no order of records. Changing anything here needs a new [`SEGMENT_VERSION`] or
//! [`RECORD_VERSION`], a line in `docs/JOURNAL.md`, and a test that the old bytes are still read.

use super::Position;

/// The first bytes of every segment.
const SEGMENT_MAGIC: [u8; 8] = *b"SANJIJNL";
/// Counts the layouts of segment header and record header.
pub(super) const SEGMENT_VERSION: u16 = 1;
/// Length of the segment header in bytes; the first record follows.
pub(super) const SEGMENT_HEADER: u64 = 32;

/// The first bytes of every record: what the search for the next record behind damage looks for.
pub(super) const RECORD_MAGIC: [u8; 4] = *b"\xA5SJR";
/// Counts the meanings of a record behind an unchanged header.
pub(super) const RECORD_VERSION: u8 = 1;
/// Length of the record header in bytes; the stored payload follows.
pub(super) const RECORD_HEADER: u64 = 32;

/// Longest payload in bytes: one turn's log entries with room to spare, and what a reader must be able to hold.
pub const PAYLOAD_BYTES_MAX: usize = 32 << 20;
/// Shorter payloads are stored as they are: the zstd frame would eat what it saves.
const COMPRESS_FROM: usize = 64;
/// zstd's fastest: the acknowledgement waits for it. At level 3 it was three fifths of what an acknowledged batch costs.
const LEVEL: i32 = 1;

/// Flag: the payload is compressed.
const ZSTD: u8 = 1;

/// More segments than any disk holds; a file that claims a higher number is foreign.
const SEGMENTS_MAX: u64 = u32::MAX as u64;

const SEGMENT_NAME: (&str, &str) = ("journal-", ".sjl");

/// The file name of a segment; names sort like numbers.
pub(super) fn segment_name(segment: u64) -> String {
    format!("{}{segment:08}{}", SEGMENT_NAME.0, SEGMENT_NAME.1)
}

/// The segment that a file name stands for; none for a foreign file.
pub(super) fn parse_segment_name(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(SEGMENT_NAME.0)?.strip_suffix(SEGMENT_NAME.1)?;
    let segment = digits.parse::<u64>().ok().filter(|segment| (1..=SEGMENTS_MAX).contains(segment))?;
    (segment_name(segment) == name).then_some(segment)
}

/// What stands at the start of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SegmentHeader {
    pub segment: u64,
    /// The running number of the segment's first record.
    pub first: u64,
}

/// Why a header is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadHeader {
    /// Too short, wrong magic, or the checksum disagrees.
    Damaged,
    /// Whole, and written by a program newer than this one.
    Newer(u16),
}

impl SegmentHeader {
    pub fn encode(&self) -> [u8; SEGMENT_HEADER as usize] {
        let mut out = [0; SEGMENT_HEADER as usize];
        out[..8].copy_from_slice(&SEGMENT_MAGIC);
        out[8..10].copy_from_slice(&SEGMENT_VERSION.to_be_bytes());
        out[12..20].copy_from_slice(&self.segment.to_be_bytes());
        out[20..28].copy_from_slice(&self.first.to_be_bytes());
        let sum = crc32fast::hash(&out[..28]);
        out[28..].copy_from_slice(&sum.to_be_bytes());
        out
    }

    /// Reads the header of `segment`. Magic, version and checksum stay where they are in every later version, so that
    /// an old program can tell "newer" from "damaged".
    pub fn decode(bytes: &[u8], segment: u64) -> Result<SegmentHeader, BadHeader> {
        let bytes: &[u8; SEGMENT_HEADER as usize] = bytes
            .get(..SEGMENT_HEADER as usize)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(BadHeader::Damaged)?;
        if bytes[..8] != SEGMENT_MAGIC || crc32fast::hash(&bytes[..28]) != be32(bytes, 28) {
            return Err(BadHeader::Damaged);
        }
        let version = u16::from_be_bytes([bytes[8], bytes[9]]);
        if version > SEGMENT_VERSION {
            return Err(BadHeader::Newer(version));
        }
        let header = SegmentHeader { segment: be64(bytes, 12), first: be64(bytes, 20) };
        if header.segment == segment { Ok(header) } else { Err(BadHeader::Damaged) }
    }
}

/// What stands in front of a stored payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RecordHeader {
    pub version: u8,
    pub kind: u8,
    flags: u8,
    pub number: u64,
    raw_len: u32,
    stored_len: u32,
    payload_sum: u32,
}

impl RecordHeader {
    /// Reads the header that stands at `at`. None if none is whole there: the checksum covers the place too, so a
    /// record that lies where it was not written, or inside another's payload, is not taken for one.
    pub fn decode(bytes: &[u8], at: Position) -> Option<RecordHeader> {
        let bytes: &[u8; RECORD_HEADER as usize] = bytes.get(..RECORD_HEADER as usize)?.try_into().ok()?;
        if bytes[..4] != RECORD_MAGIC || header_sum(bytes, at) != be32(bytes, 28) {
            return None;
        }
        let header = RecordHeader {
            version: bytes[4],
            kind: bytes[5],
            flags: bytes[6],
            number: be64(bytes, 8),
            raw_len: be32(bytes, 16),
            stored_len: be32(bytes, 20),
            payload_sum: be32(bytes, 24),
        };
        (header.stored_len <= header.raw_len && header.raw_len as usize <= PAYLOAD_BYTES_MAX)
            .then_some(header)
    }

    /// Length of the whole record in bytes.
    pub fn len(&self) -> u64 {
        RECORD_HEADER + u64::from(self.stored_len)
    }

    /// The payload as it was given to [`pack`]; none if the stored bytes are not those that were written.
    pub fn payload(&self, stored: &[u8]) -> Option<Vec<u8>> {
        if stored.len() != self.stored_len as usize || crc32fast::hash(stored) != self.payload_sum {
            return None;
        }
        let raw_len = self.raw_len as usize;
        let raw = if self.flags & ZSTD == 0 {
            stored.to_vec()
        } else {
            zstd::bulk::decompress(stored, raw_len).ok()?
        };
        (raw.len() == raw_len).then_some(raw)
    }
}

/// The bytes of a record, but for what depends on its place: [`stamp`] follows. The payload must not be longer than
/// [`PAYLOAD_BYTES_MAX`].
pub(super) fn pack(number: u64, kind: u8, payload: &[u8]) -> Vec<u8> {
    debug_assert!(payload.len() <= PAYLOAD_BYTES_MAX);
    let smaller = (payload.len() >= COMPRESS_FROM)
        .then(|| zstd::bulk::compress(payload, LEVEL).ok())
        .flatten()
        .filter(|packed| packed.len() < payload.len());
    let (flags, stored) = match &smaller {
        Some(packed) => (ZSTD, packed.as_slice()),
        None => (0, payload),
    };
    let mut out = Vec::with_capacity(RECORD_HEADER as usize + stored.len());
    out.extend_from_slice(&RECORD_MAGIC);
    out.extend_from_slice(&[RECORD_VERSION, kind, flags, 0]);
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(&(stored.len() as u32).to_be_bytes());
    out.extend_from_slice(&crc32fast::hash(stored).to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(stored);
    out
}

/// Binds a packed record to the place `at`.
pub(super) fn stamp(record: &mut [u8], at: Position) {
    let sum = header_sum(record, at);
    record[28..32].copy_from_slice(&sum.to_be_bytes());
}

/// Over the header in front of the sum, and over the place where it stands.
fn header_sum(header: &[u8], at: Position) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&at.to_bytes());
    hasher.update(&header[..28]);
    hasher.finalize()
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn be64(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(std::array::from_fn(|i| bytes[at + i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Position = Position { segment: 3, offset: 500 };

    fn encode(at: Position, number: u64, kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut record = pack(number, kind, payload);
        stamp(&mut record, at);
        record
    }

    /// The accident: a "small clean-up" of this file makes every journal in the county unreadable.
    #[test]
    fn version_1_bytes_stay_as_they_are() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        assert_eq!(
            hex(&SegmentHeader { segment: 3, first: 77 }.encode()),
            "53414e4a494a4e4c000100000000000000000003000000000000004d28c95b2f"
        );
        assert_eq!(
            hex(&encode(AT, 77, 9, b"abc")),
            "a5534a5201090000000000000000004d0000000300000003352441c2d0efd800616263"
        );
    }

    #[test]
    fn records_read_back_raw_and_compressed() {
        let text = b"the same again and ".repeat(50);
        for payload in [&b""[..], b"short", &text] {
            let bytes = encode(AT, 7, 2, payload);
            let header = RecordHeader::decode(&bytes, AT).unwrap();
            assert_eq!((header.number, header.kind), (7, 2));
            assert_eq!(header.len(), bytes.len() as u64);
            assert_eq!(header.payload(&bytes[RECORD_HEADER as usize..]).unwrap(), payload);
        }
        assert!(encode(AT, 7, 2, &text).len() < text.len() / 5);
    }

    #[test]
    fn a_record_counts_only_where_it_was_written() {
        let bytes = encode(AT, 7, 2, b"payload");
        assert!(RecordHeader::decode(&bytes, Position { offset: 501, ..AT }).is_none());
        assert!(RecordHeader::decode(&bytes, Position { segment: 4, ..AT }).is_none());
    }

    /// The accident: a payload that claims to be small and unpacks to gigabytes.
    #[test]
    fn a_payload_never_unpacks_to_more_than_its_header_says() {
        let mut bytes = encode(AT, 7, 2, &[0; 100_000]);
        bytes[16..20].copy_from_slice(&50_000u32.to_be_bytes());
        stamp(&mut bytes, AT);
        let header = RecordHeader::decode(&bytes, AT).unwrap();
        assert_eq!(header.payload(&bytes[RECORD_HEADER as usize..]), None);
    }

    #[test]
    fn only_segment_names_are_segment_names() {
        assert_eq!(segment_name(1), "journal-00000001.sjl");
        assert_eq!(parse_segment_name("journal-00000012.sjl"), Some(12));
        assert_eq!(parse_segment_name(&segment_name(123_456_789)), Some(123_456_789));
        for foreign in
            ["journal-00000000.sjl", "journal-1.sjl", "journal-00000001.sjl~", "journal-+0000001.sjl", "lock"]
        {
            assert_eq!(parse_segment_name(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_newer_segment_is_told_from_a_damaged_one() {
        let mut bytes = SegmentHeader { segment: 3, first: 77 }.encode();
        assert_eq!(SegmentHeader::decode(&bytes, 3), Ok(SegmentHeader { segment: 3, first: 77 }));
        assert_eq!(SegmentHeader::decode(&bytes, 4), Err(BadHeader::Damaged));
        assert_eq!(SegmentHeader::decode(&bytes[..31], 3), Err(BadHeader::Damaged));
        bytes[9] = 2;
        assert_eq!(SegmentHeader::decode(&bytes, 3), Err(BadHeader::Damaged));
        let sum = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(SegmentHeader::decode(&bytes, 3), Err(BadHeader::Newer(2)));
    }
}
