//! A place in the journal. Knows nothing of what is written there.

use std::fmt;

/// A place between two records: a segment and a byte offset in it. Orders as the records were written.
///
/// The place behind the last record of a segment and the place in front of the first record of the next one are
/// both valid and lead to the same next record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// Segments count from 1.
    pub segment: u64,
    /// In bytes from the start of the segment's file.
    pub offset: u64,
}

impl Position {
    /// Sixteen bytes that order like the position: segment, then offset, both big-endian.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut out = [0; 16];
        out[..8].copy_from_slice(&self.segment.to_be_bytes());
        out[8..].copy_from_slice(&self.offset.to_be_bytes());
        out
    }

    /// The position that [`to_bytes`](Position::to_bytes) wrote. Whether the journal has it is for
    /// [`Journal::contains`](super::Journal::contains) to say.
    pub fn from_bytes(bytes: [u8; 16]) -> Position {
        let number = u128::from_be_bytes(bytes);
        Position { segment: (number >> 64) as u64, offset: number as u64 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_back_and_order_like_positions() {
        let at = |segment, offset| Position { segment, offset };
        let sorted = [at(0, 0), at(1, 32), at(1, 300), at(2, 0), at(256, 1), at(u64::MAX, u64::MAX)];
        for pair in sorted.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(pair[0].to_bytes() < pair[1].to_bytes());
        }
        for position in sorted {
            assert_eq!(Position::from_bytes(position.to_bytes()), position);
        }
    }
}
