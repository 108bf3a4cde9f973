//! What a receiver of the national exchange has of this node's cases, and what a delivery has to tell it.
//!
//! A batch is described by its manifest: the cases that differ from the batch before, each with the hash of every row of
//! it. A batch's id is the hash of its manifest, which names the batch before, so a chain of manifests is all that a feed
//! has to remember. Knows no folder and no node.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sanji_sync::{DocId, UnitCode};
use serde::{Deserialize, Serialize};

use super::national::{Row, RowId, Table};
use crate::guide::exchange::national::Operation;
use crate::number::CaseNumber;

/// A batch's name (cd_batch): its number in the feed and the beginning of its manifest's hash, 31 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BatchId {
    /// From 1.
    number: u32,
    hash: String,
}

/// Hexadecimal digits of the hash in a name. The receiver's column has room for 32 characters.
const HASH_DIGITS: usize = 24;

/// A text that names no batch.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a batch is named by six digits, a hyphen and 24 hexadecimal digits")]
pub struct BadBatch;

impl BatchId {
    /// From 1; a later batch of a feed has a higher one.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The same manifest under another number.
    pub fn is_same(&self, other: &BatchId) -> bool {
        self.hash == other.hash
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}-{}", self.number, self.hash)
    }
}

impl FromStr for BatchId {
    type Err = BadBatch;

    fn from_str(text: &str) -> Result<BatchId, BadBatch> {
        let (number, hash) = text.trim().split_once('-').ok_or(BadBatch)?;
        let digits = number.len() == 6 && number.bytes().all(|b| b.is_ascii_digit());
        let hex = hash.len() == HASH_DIGITS && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !digits || !hex {
            return Err(BadBatch);
        }
        Ok(BatchId { number: number.parse().map_err(|_| BadBatch)?, hash: hash.to_owned() })
    }
}

impl Serialize for BatchId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BatchId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<BatchId, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A row that the receiver has: what is in it by its hash alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sent {
    #[serde(rename = "t")]
    pub table: Table,
    #[serde(rename = "r")]
    pub id: RowId,
    #[serde(rename = "h", with = "hex")]
    pub hash: u64,
}

impl Sent {
    fn of(row: &Row) -> Sent {
        let mut hasher =
            blake3::Hasher::new_derive_key("sanji 2026 content of a row of the national exchange");
        for cell in &row.cells {
            hasher.update(&(cell.len() as u64).to_be_bytes()).update(cell.as_bytes());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Sent { table: row.table, id: row.id, hash: u64::from_be_bytes(first) }
    }
}

/// A case of a batch with all rows that the receiver has of it from then on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentCase {
    pub case: DocId,
    pub number: CaseNumber,
    pub rows: Vec<Sent>,
}

/// One thing to tell the receiver. Of a row that goes, only its names are left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    pub operation: Operation,
    pub number: CaseNumber,
    pub row: Row,
}

/// Everything that the receiver has after a batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Feed {
    cases: BTreeMap<DocId, Vec<Sent>>,
}

impl Feed {
    /// Goes on to the next batch of the chain.
    pub fn follow(&mut self, manifest: &Manifest) {
        for sent in &manifest.cases {
            self.cases.insert(sent.case, sent.rows.clone());
        }
    }

    /// Whether the receiver has something of the case.
    pub fn has(&self, case: &DocId) -> bool {
        self.cases.contains_key(case)
    }

    /// Cases that the receiver has.
    pub fn cases(&self) -> impl Iterator<Item = &DocId> {
        self.cases.keys()
    }

    /// What is to be told of a case as it is now; none when the receiver has it so.
    pub fn compare(
        &self,
        case: DocId,
        number: CaseNumber,
        rows: Vec<Row>,
    ) -> Option<(SentCase, Vec<Change>)> {
        let before = self.cases.get(&case).map_or(&[][..], Vec::as_slice);
        let now: Vec<Sent> = rows.iter().map(Sent::of).collect();
        if before == now.as_slice() {
            return None;
        }
        let had = |id: &RowId| before.iter().find(|sent| sent.id == *id);
        let mut changes = Vec::new();
        for gone in before.iter().filter(|sent| now.iter().all(|row| row.id != sent.id)) {
            let row = Row {
                table: gone.table,
                id: gone.id,
                cells: vec![String::new(); gone.table.columns().len()],
            };
            changes.push(Change { operation: Operation::Delete, number, row });
        }
        for (row, sent) in rows.into_iter().zip(&now) {
            let operation = match had(&sent.id) {
                Some(same) if same == sent => continue,
                Some(_) => Operation::Update,
                None => Operation::Insert,
            };
            changes.push(Change { operation, number, row });
        }
        Some((SentCase { case, number, rows: now }, changes))
    }
}

/// What a batch is: which one it follows, and what it changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Whose cases these are.
    pub unit: UnitCode,
    pub before: Option<BatchId>,
    /// In the order of their ids.
    pub cases: Vec<SentCase>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    unit: UnitCode,
    before: Option<BatchId>,
    cases: usize,
}

const FORMAT: &str = "sanji up_pro 1";

impl Manifest {
    /// A line of what it is, then a line a case.
    pub fn to_text(&self) -> String {
        let (format, before) = (FORMAT.to_owned(), self.before.clone());
        let head = Head { format, unit: self.unit, before, cases: self.cases.len() };
        let line =
            |json: serde_json::Result<String>| json.expect("texts and numbers always serialise") + "\n";
        let cases = self.cases.iter().map(|case| line(serde_json::to_string(case)));
        line(serde_json::to_string(&head)) + &cases.collect::<String>()
    }

    /// Reads it back; none when this version did not write it so.
    pub fn from_text(text: &str) -> Option<Manifest> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next()?).ok()?;
        let cases = lines.map(|line| serde_json::from_str(line).ok()).collect::<Option<Vec<SentCase>>>()?;
        let whole = head.format == FORMAT && head.cases == cases.len();
        whole.then_some(Manifest { unit: head.unit, before: head.before, cases })
    }

    /// Its id as batch `number`.
    pub fn id(&self, number: u32) -> BatchId {
        let hash = blake3::hash(self.to_text().as_bytes());
        BatchId { number, hash: HEXLOWER.encode(&hash.as_bytes()[..HASH_DIGITS / 2]) }
    }
}

mod hex {
    //! A hash of 64 bits as hexadecimal digits, which every reader of JSON keeps whole.

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hash: &u64, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{hash:016x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
        let text = String::deserialize(d)?;
        u64::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}
