//! Batches: entries of several logs in the sender's order of arrival, and the checks that cost CPU.
//!
//! Entries of one log inside a batch form a run: contiguous, started by the link before it and vouched for by one
//! signature, of its last entry. The same body is what the journal stores, so a relay passes on what it got.
//! A batch names its codec, so that a tighter encoding can come without a new protocol.

use std::collections::BTreeMap;
use std::io::Read;

use minicbor::{Decode, Encode};

use crate::change::{BadChange, ChangeHeader};
use crate::codec;
use crate::ids::{DocId, Link, LogId};
use crate::limits::{BATCH_ENTRIES_MAX, BATCH_RAW_BYTES_MAX};
use crate::log::{self, ChangeBytes, Entry, Signature};

/// How a body is packed. A node reads every codec up to the one that its Hello names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Codec {
    /// The CBOR of a [`Body`], zstd.
    Cbor = 1,
    /// Without what the reader can recompute: [`crate::codec`].
    Columns = 2,
}

impl Codec {
    /// The highest codec that this version reads and writes.
    pub const HIGHEST: Codec = Codec::Columns;

    /// As frames carry it.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The codec that a frame names, if this version knows it.
    fn named(number: u8) -> Option<Codec> {
        [Codec::Cbor, Codec::Columns].into_iter().find(|codec| codec.number() == number)
    }

    /// The best codec for a peer that reads all up to `highest`.
    pub fn up_to(highest: u8) -> Codec {
        if highest < Codec::Columns.number() { Codec::Cbor } else { Codec::Columns }
    }
}

/// zstd's own default: 3.2× on cases at a speed far above any link (ARCHITECTURE §9).
const ZSTD_LEVEL: i32 = 3;

/// Entries of one log inside a body.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Run {
    #[n(0)]
    pub log: LogId,
    /// Height of the run's first entry.
    #[n(1)]
    pub first: u64,
    /// The chain's head before the first entry: lets a reader verify without holding the log, and tells a fork
    /// (valid signature, another past) from a forgery.
    #[n(2)]
    pub prev: Link,
    /// Of the run's last entry.
    #[n(3)]
    pub signature: Signature,
}

/// One entry inside a body.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(array)]
pub struct Item {
    /// Which of the body's runs.
    #[n(0)]
    pub run: u32,
    #[n(1)]
    pub doc: DocId,
    #[n(2)]
    pub change: ChangeBytes,
}

/// What a batch carries and what the journal stores.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub struct Body {
    #[n(0)]
    pub runs: Vec<Run>,
    #[n(1)]
    pub items: Vec<Item>,
}

/// Why a batch is refused. Whoever sent it broke the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadBatch {
    #[error("codec {0} is not known")]
    Codec(u8),
    #[error("it does not decompress within {BATCH_RAW_BYTES_MAX} bytes")]
    Compression,
    #[error("its body cannot be read")]
    Encoding,
    #[error("more than {BATCH_ENTRIES_MAX} entries")]
    TooMany,
    #[error("an item names a run that is not there, or a run has no item, or a log has two runs")]
    Runs,
    #[error("a run starts at height 0 or beyond the largest number")]
    Height,
    #[error("a change was refused: {0}")]
    Change(#[from] BadChange),
    #[error("a change was written under another writer's actor")]
    Actor,
    #[error("a signature does not match")]
    Signature,
}

/// A body whose changes, actors, chains and signatures were verified. What is left to check needs the state of the
/// receiver: whether each run continues its log, and whether its writer had the authority.
#[derive(Clone, Debug)]
pub struct Verified {
    pub runs: Vec<Run>,
    /// In the sender's order of arrival.
    pub entries: Vec<Entry>,
}

impl Body {
    /// Groups entries into runs, keeping their order. Every log's entries must be contiguous and its last signed;
    /// `prev` gives the link before each log's first entry.
    ///
    /// Returns `None` when a log's last entry carries no signature.
    pub fn group(entries: &[Entry], mut prev: impl FnMut(&Entry) -> Link) -> Option<Body> {
        let mut index: BTreeMap<LogId, u32> = BTreeMap::new();
        let mut last: Vec<Option<Signature>> = Vec::new();
        let mut body = Body::default();
        for entry in entries {
            let run = *index.entry(entry.log).or_insert_with(|| {
                let unsigned = Signature([0; 64]);
                body.runs.push(Run {
                    log: entry.log,
                    first: entry.height,
                    prev: prev(entry),
                    signature: unsigned,
                });
                last.push(None);
                (body.runs.len() - 1) as u32
            });
            last[run as usize] = entry.signature;
            body.items.push(Item { run, doc: entry.doc, change: entry.change.clone() });
        }
        for (run, signature) in body.runs.iter_mut().zip(last) {
            run.signature = signature?;
        }
        Some(body)
    }

    /// Computes heights and links; verifies nothing but the body's own structure.
    pub fn entries(&self) -> Result<Vec<Entry>, BadBatch> {
        let mut logs = std::collections::BTreeSet::new();
        let mut counts = vec![0u64; self.runs.len()];
        for item in &self.items {
            *counts.get_mut(item.run as usize).ok_or(BadBatch::Runs)? += 1;
        }
        let mut heads = Vec::with_capacity(self.runs.len());
        for (run, count) in self.runs.iter().zip(&counts) {
            if *count == 0 || !logs.insert(run.log) {
                return Err(BadBatch::Runs);
            }
            if run.first == 0 || run.first.checked_add(*count).is_none() {
                return Err(BadBatch::Height);
            }
            if run.first == 1 && run.prev != log::genesis(&run.log) {
                return Err(BadBatch::Signature);
            }
            heads.push((run.first, run.prev, *count));
        }
        let mut entries = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let run = &self.runs[item.run as usize];
            let (height, link, left) = &mut heads[item.run as usize];
            *link = log::next_link(link, &item.doc, &item.change);
            *left -= 1;
            entries.push(Entry {
                log: run.log,
                height: *height,
                doc: item.doc,
                change: item.change.clone(),
                link: *link,
                signature: (*left == 0).then_some(run.signature),
            });
            *height += 1;
        }
        Ok(entries)
    }

    /// Packs for the wire or the disk; the same body and codec give the same bytes.
    pub fn pack(&self, codec: Codec) -> Vec<u8> {
        match codec {
            Codec::Cbor => {
                let raw = minicbor::to_vec(self).expect("writing to memory cannot fail");
                zstd::bulk::compress(&raw, ZSTD_LEVEL).expect("compressing into memory cannot fail")
            }
            Codec::Columns => codec::pack(self),
        }
    }

    /// Unpacks within limits.
    pub fn unpack(codec: u8, packed: &[u8]) -> Result<Body, BadBatch> {
        let body = match Codec::named(codec).ok_or(BadBatch::Codec(codec))? {
            Codec::Cbor => unpack_cbor(packed)?,
            Codec::Columns => codec::unpack(packed)?,
        };
        if body.items.len() > BATCH_ENTRIES_MAX || body.runs.len() > BATCH_ENTRIES_MAX {
            return Err(BadBatch::TooMany);
        }
        Ok(body)
    }

    /// Verifies everything that can be verified without the receiver's state: run it off the loop.
    pub fn verify(self) -> Result<Verified, BadBatch> {
        let entries = self.entries()?;
        for entry in &entries {
            let header = ChangeHeader::read(&entry.change)?;
            if !log::actor_matches(&entry.log, &header) {
                return Err(BadBatch::Actor);
            }
            if let Some(signature) = &entry.signature
                && !log::verify(&entry.log, entry.height, &entry.link, signature)
            {
                return Err(BadBatch::Signature);
            }
        }
        Ok(Verified { runs: self.runs, entries })
    }
}

fn unpack_cbor(packed: &[u8]) -> Result<Body, BadBatch> {
    let mut raw = Vec::new();
    zstd::stream::read::Decoder::with_buffer(packed)
        .and_then(|decoder| decoder.take(BATCH_RAW_BYTES_MAX as u64 + 1).read_to_end(&mut raw))
        .map_err(|_| BadBatch::Compression)?;
    if raw.len() > BATCH_RAW_BYTES_MAX {
        return Err(BadBatch::Compression);
    }
    minicbor::decode(&raw).map_err(|_| BadBatch::Encoding)
}
