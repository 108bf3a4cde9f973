//! Seeded changes to valid bytes, as libFuzzer makes them: small, local, sometimes a splice of two inputs.

use crate::sim::dice::Dice;

/// Numbers at which things break.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0x18, 0x1b, 0x9f];

/// Changes `bytes` in one to four places.
pub fn mutate(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let length = bytes.len() as u64;
        let at = dice.below(length + 1) as usize;
        let span = (dice.below(16) as usize + 1).min(bytes.len() - at.min(bytes.len()));
        match dice.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = EDGES[dice.below(EDGES.len() as u64) as usize],
            2 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            3 => bytes.insert(at, EDGES[dice.below(EDGES.len() as u64) as usize]),
            4 => drop(bytes.drain(at..at + span)),
            5 => {
                let copy = bytes[at..at + span].to_vec();
                bytes.splice(at..at, copy);
            }
            6 if dice.chance(10) => bytes.truncate(at),
            7 if dice.chance(10) && !other.is_empty() => {
                let from = dice.below(other.len() as u64) as usize;
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {}
        }
    }
}
