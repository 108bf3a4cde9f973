//! Codec 2: a body without what its reader can recompute, like beside like, and zstd with a dictionary.
//!
//! Left out of each change: magic, checksum, length, hash, the actor, dependencies within the body, and numbers that
//! are as predicted. The reader builds the chunk again and hashes it once; a writer's or reader's mistake therefore
//! shows as a wrong signature and never as a wrong entry. A change that would not come back as exactly its bytes is
//! carried as it is. Knows the layout of automerge's chunks and no document.

mod chunk;
mod memory;
mod reader;
mod stream;
mod text;
mod writer;

use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

use crate::batch::{BadBatch, Body};
use crate::limits::BATCH_RAW_BYTES_MAX;

/// Trained by `cargo run -p sanji-tests --bin dictionary` on made-up documents. Part of codec 2: another dictionary
/// is another codec number.
static DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// The level for what is sent entry by entry, and the level for much at once; measured in decision 9.
const LEVEL_SMALL: i32 = 12;
const LEVEL_LARGE: i32 = 5;
const LEVEL_BULK: i32 = 3;
/// Bytes of streams up to which the high level is taken.
const SMALL_BYTES: usize = 8 * 1024;
/// Streams up to here get the middle level. Larger ones go to a line so fast that its window lets them through, and there
/// the sender's processor is what is short.
const LARGE_BYTES: usize = 192 * 1024;

static SMALL: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL_SMALL));
static LARGE: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL_LARGE));
static BULK: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL_BULK));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// What every zstd frame begins with; not sent.
const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How far back a change's dependency is looked for among the changes of its document.
const DEPS_SEARCHED: usize = 64;

/// Among how many actors another one of a change is looked for: no hostile change makes that slow.
const ACTORS_SEARCHED: usize = 1024;

/// Columns that say something of others: the values' types and lengths, the operations' kinds.
const VALUE_META: u64 = 0x56;
const ACTION: u64 = 0x42;

/// The values' column stands behind that of their lengths.
fn is_value(spec: u64) -> bool {
    spec == 0x57
}

/// The number of operations that a column of their kinds tells of.
fn operations(column: &[u8]) -> u64 {
    chunk::Runs::of(column).map_while(|run| run).fold(0, |sum, (count, _)| sum.wrapping_add(count))
}

/// Which document an entry is of.
struct Doc;
impl Doc {
    const SAME: u64 = 0;
    const TIMED: u64 = 1;
    const OTHER: u64 = 2;
    /// From here on: so many before the newest.
    const KNOWN: u64 = 3;
}

/// What an entry has besides the usual.
struct Flag;
impl Flag {
    const MESSAGE: u64 = 1;
    const OTHERS: u64 = 2;
    const EXTRA: u64 = 4;
    /// Alone: the change is carried as it is.
    const RAW: u64 = 8;
}

/// BLAKE3 of the dictionary, by which PROTOCOL names it.
pub fn dictionary_hash() -> String {
    blake3::hash(DICTIONARY).to_string()
}

/// The streams of a body, before compression: what the dictionary is trained on.
pub fn layout(body: &Body) -> Vec<u8> {
    writer::write(body).join()
}

/// Length of the incompressible bytes, those bytes, a zstd frame without its magic.
pub(crate) fn pack(body: &Body) -> Vec<u8> {
    let streams = writer::write(body);
    let joined = streams.join();
    let dictionary = match joined.len() {
        0..=SMALL_BYTES => &SMALL,
        len if len <= LARGE_BYTES => &LARGE,
        _ => &BULK,
    };
    let frame = Compressor::with_prepared_dictionary(dictionary)
        .and_then(|mut compressor| {
            compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
            compressor.set_parameter(CParameter::DictIdFlag(false))?;
            compressor.compress(&joined)
        })
        .expect("compressing into memory cannot fail");
    let mut out = Vec::with_capacity(frame.len() + streams.raw.len() + 4);
    chunk::put(&mut out, streams.raw.len() as u64);
    out.extend_from_slice(&streams.raw);
    out.extend_from_slice(&frame[FRAME_MAGIC.len()..]);
    out
}

/// Within the limits, whatever the bytes are.
pub(crate) fn unpack(packed: &[u8]) -> Result<Body, BadBatch> {
    let mut rest = packed;
    let len = chunk::length(&mut rest).ok_or(BadBatch::Encoding)?;
    let raw = chunk::part(&mut rest, len).ok_or(BadBatch::Encoding)?;
    let frame = [&FRAME_MAGIC, rest].concat();
    let mut decompressor =
        Decompressor::with_prepared_dictionary(&DECODER).map_err(|_| BadBatch::Compression)?;
    // Most bodies fit into the first; the second is the limit.
    let usual = (frame.len() * 12 + 4096).min(BATCH_RAW_BYTES_MAX);
    let mut joined = Vec::with_capacity(usual);
    if decompressor.decompress_to_buffer(&frame, &mut joined).is_err() {
        joined = Vec::with_capacity(BATCH_RAW_BYTES_MAX);
        decompressor.decompress_to_buffer(&frame, &mut joined).map_err(|_| BadBatch::Compression)?;
    }
    reader::read(stream::Source::cut(&joined, raw)?)
}
