//! The streams that a body is laid out in, so that zstd sees like with like, and how they stand one behind another.
//!
//! Their order is part of codec 2. Knows no field.

use super::chunk::{length, part, put, unsigned};
use crate::batch::BadBatch;

/// One stream a kind of value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stream {
    /// Counts, and the runs' numbers and scopes.
    Head,
    /// Column layouts at first use.
    Shapes,
    /// Per entry.
    Run,
    Doc,
    Flags,
    Shape,
    Deps,
    Seq,
    StartOp,
    Time,
    /// What few entries have: lengths of messages and extra bytes, other actors.
    Rare,
    /// Ids: their time, the four and two bits beside version and variant, references to known ones.
    IdTime,
    IdHigh,
    IdLow,
    IdRef,
    /// Times in texts, against the last id's.
    TextTime,
    /// Columns by specification; what has no stream of its own is in the last.
    ObjectActor,
    ObjectCounter,
    KeyActor,
    KeyCounter,
    Insert,
    Action,
    ValueMeta,
    PredNumber,
    PredActor,
    PredCounter,
    Expand,
    OtherColumn,
    /// Keys, values, messages.
    Text,
}

pub(super) const STREAMS: usize = Stream::Text as usize + 1;

impl Stream {
    /// Where a column of this specification goes: id in the upper bits, type in the lower four.
    pub fn of_column(spec: u64) -> Stream {
        match spec {
            0x01 => Stream::ObjectActor,
            0x02 => Stream::ObjectCounter,
            0x11 => Stream::KeyActor,
            0x13 => Stream::KeyCounter,
            0x34 => Stream::Insert,
            0x42 => Stream::Action,
            0x56 => Stream::ValueMeta,
            0x70 => Stream::PredNumber,
            0x71 => Stream::PredActor,
            0x73 => Stream::PredCounter,
            0x94 => Stream::Expand,
            spec if matches!(spec & 7, 5 | 7) => Stream::Text,
            _ => Stream::OtherColumn,
        }
    }
}

/// Streams being written.
#[derive(Default)]
pub(super) struct Streams {
    streams: [Vec<u8>; STREAMS],
    /// What no compressor can make smaller: hashes, signatures, keys, the random bits of ids.
    pub raw: Vec<u8>,
}

impl Streams {
    pub fn to(&mut self, stream: Stream) -> &mut Vec<u8> {
        &mut self.streams[stream as usize]
    }

    pub fn put(&mut self, stream: Stream, value: u64) {
        put(self.to(stream), value);
    }

    /// A difference between two numbers of 64 bits, small if they are close.
    pub fn put_difference(&mut self, stream: Stream, value: u64, predicted: u64) {
        let difference = value.wrapping_sub(predicted) as i64;
        put(self.to(stream), (difference << 1 ^ difference >> 63) as u64);
    }

    /// All compressible streams: the length of each, then their bytes.
    pub fn join(&self) -> Vec<u8> {
        let bytes: usize = self.streams.iter().map(Vec::len).sum();
        let mut out = Vec::with_capacity(bytes + 3 * STREAMS);
        for stream in &self.streams {
            put(&mut out, stream.len() as u64);
        }
        for stream in &self.streams {
            out.extend_from_slice(stream);
        }
        out
    }
}

/// Streams being read.
pub(super) struct Source<'a> {
    streams: [&'a [u8]; STREAMS],
    raw: &'a [u8],
}

impl<'a> Source<'a> {
    /// Cuts what [`Streams::join`] joined.
    pub fn cut(joined: &'a [u8], raw: &'a [u8]) -> Result<Source<'a>, BadBatch> {
        let mut rest = joined;
        let mut lengths = [0; STREAMS];
        for len in &mut lengths {
            *len = length(&mut rest).ok_or(BadBatch::Encoding)?;
        }
        let mut streams: [&[u8]; STREAMS] = [&[]; STREAMS];
        for (stream, len) in streams.iter_mut().zip(lengths) {
            *stream = part(&mut rest, len).ok_or(BadBatch::Encoding)?;
        }
        if rest.is_empty() { Ok(Source { streams, raw }) } else { Err(BadBatch::Encoding) }
    }

    /// Whether every stream was read to its end.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty() && self.streams.iter().all(|stream| stream.is_empty())
    }

    /// What is left of a stream.
    pub fn rest(&mut self, stream: Stream) -> &mut &'a [u8] {
        &mut self.streams[stream as usize]
    }

    pub fn number(&mut self, stream: Stream) -> Result<u64, BadBatch> {
        unsigned(self.rest(stream)).ok_or(BadBatch::Encoding)
    }

    pub fn length(&mut self, stream: Stream) -> Result<usize, BadBatch> {
        length(self.rest(stream)).ok_or(BadBatch::Encoding)
    }

    pub fn difference(&mut self, stream: Stream, predicted: u64) -> Result<u64, BadBatch> {
        let folded = self.number(stream)?;
        Ok(predicted.wrapping_add(folded >> 1 ^ (folded & 1).wrapping_neg()))
    }

    pub fn bytes(&mut self, stream: Stream, n: usize) -> Result<&'a [u8], BadBatch> {
        part(self.rest(stream), n).ok_or(BadBatch::Encoding)
    }

    pub fn raw<const N: usize>(&mut self) -> Result<[u8; N], BadBatch> {
        let bytes = part(&mut self.raw, N).ok_or(BadBatch::Encoding)?;
        bytes.try_into().map_err(|_| BadBatch::Encoding)
    }
}
