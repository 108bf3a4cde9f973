//! Builds a body out of streams, within the limits. The mirror of `writer`.
//!
//! Trusts nothing: a body that comes out is one that anybody might have sent; `Body::verify` judges it.

use super::chunk::{ACTOR_BYTES, Chunk, HASH_BYTES, Runs, length, seal, unsigned};
use super::memory::{Document, Ids};
use super::stream::{Source, Stream};
use super::text::{TextReader, other_id, timed_id};
use super::{ACTION, DEPS_SEARCHED, Doc, Flag, VALUE_META, is_value};
use crate::batch::{BadBatch, Body, Item, Run};
use crate::change::ChangeHash;
use crate::ids::{ActorBytes, DocId, Epoch, Link, LogId, NodeId, actor};
use crate::limits::{BATCH_ENTRIES_MAX, BATCH_RAW_BYTES_MAX, CHANGE_BYTES_MAX, CHANGE_DEPS_MAX};
use crate::log::{self, ChangeBytes, Signature};

pub(super) fn read(source: Source) -> Result<Body, BadBatch> {
    let mut reader = Reader {
        source,
        ids: Ids::default(),
        documents: Vec::new(),
        shapes: Vec::new(),
        actors: Vec::new(),
        runs: 0,
        last_run: 0,
        last_document: 0,
        last_time: 0,
        left: BATCH_RAW_BYTES_MAX,
        data: Vec::new(),
        content: Vec::new(),
        change: Vec::new(),
    };
    let (runs, items) = (reader.source.length(Stream::Head)?, reader.source.length(Stream::Head)?);
    if runs > BATCH_ENTRIES_MAX || items > BATCH_ENTRIES_MAX {
        return Err(BadBatch::TooMany);
    }
    let mut body = Body { runs: reader.runs(runs)?, items: Vec::new() };
    for _ in 0..items {
        body.items.push(reader.item()?);
    }
    if reader.source.is_empty() { Ok(body) } else { Err(BadBatch::Encoding) }
}

struct Reader<'a> {
    source: Source<'a>,
    ids: Ids,
    documents: Vec<Document>,
    /// Specification and length of each column; no length where the values before it tell.
    shapes: Vec<Vec<(u64, Option<usize>)>>,
    actors: Vec<ActorBytes>,
    runs: usize,
    last_run: u32,
    last_document: usize,
    last_time: i64,
    /// Bytes that all changes together may still take.
    left: usize,
    data: Vec<u8>,
    content: Vec<u8>,
    change: Vec<u8>,
}

impl Reader<'_> {
    fn runs(&mut self, count: usize) -> Result<Vec<Run>, BadBatch> {
        let mut nodes: Vec<NodeId> = Vec::new();
        let mut runs = Vec::new();
        for _ in 0..count {
            let node = match self.source.length(Stream::Head)? {
                0 => {
                    nodes.push(NodeId(self.source.raw()?));
                    nodes[nodes.len() - 1]
                }
                back => *nodes.iter().rev().nth(back - 1).ok_or(BadBatch::Encoding)?,
            };
            let head = self.source.rest(Stream::Head);
            let mut decoder = minicbor::Decoder::new(head);
            let scope = decoder.decode().map_err(|_| BadBatch::Encoding)?;
            *head = &head[decoder.position()..];
            let epoch = u32::try_from(self.source.number(Stream::Head)?).map_err(|_| BadBatch::Encoding)?;
            let log = LogId { scope, node, epoch: Epoch(epoch) };
            let first = self.source.number(Stream::Head)?;
            let prev = match self.source.number(Stream::Head)? {
                0 => Link(self.source.raw()?),
                1 => log::genesis(&log),
                _ => return Err(BadBatch::Encoding),
            };
            runs.push(Run { log, first, prev, signature: Signature(self.source.raw()?) });
            self.actors.push(actor(&node, log.epoch));
        }
        self.runs = count;
        Ok(runs)
    }

    fn item(&mut self) -> Result<Item, BadBatch> {
        self.ids.told_time = false;
        if let Some(run) = self.source.number(Stream::Run)?.checked_sub(1) {
            self.last_run = u32::try_from(run).map_err(|_| BadBatch::Encoding)?;
        }
        let document = self.document()?;
        let flags = self.source.number(Stream::Flags)?;
        if flags == Flag::RAW {
            let len = self.source.length(Stream::Rare)?;
            self.spend(len)?;
            self.change.clear();
            self.change.extend_from_slice(self.source.bytes(Stream::Text, len)?);
        } else if flags & !(Flag::MESSAGE | Flag::OTHERS | Flag::EXTRA) == 0 {
            self.change(document, flags)?;
        } else {
            return Err(BadBatch::Encoding);
        }
        let doc = DocId(self.documents[document].id);
        Ok(Item { run: self.last_run, doc, change: ChangeBytes::from(self.change.as_slice()) })
    }

    /// Takes `len` bytes of what all changes may take together.
    fn spend(&mut self, len: usize) -> Result<(), BadBatch> {
        self.left = self.left.checked_sub(len).ok_or(BadBatch::Compression)?;
        Ok(())
    }

    fn document(&mut self) -> Result<usize, BadBatch> {
        self.last_document = match self.source.number(Stream::Doc)? {
            code @ (Doc::TIMED | Doc::OTHER) => {
                let new = if code == Doc::TIMED { timed_id } else { other_id };
                self.documents.push(Document::new(new(&mut self.source, &mut self.ids)?));
                self.documents.len() - 1
            }
            Doc::SAME if self.last_document < self.documents.len() => self.last_document,
            Doc::SAME => return Err(BadBatch::Encoding),
            code => {
                let back = usize::try_from(code - Doc::KNOWN).map_err(|_| BadBatch::Encoding)?;
                self.documents
                    .len()
                    .checked_sub(1)
                    .and_then(|last| last.checked_sub(back))
                    .ok_or(BadBatch::Encoding)?
            }
        };
        Ok(self.last_document)
    }

    /// Builds a change's bytes.
    fn change(&mut self, place: usize, flags: u64) -> Result<(), BadBatch> {
        let run = self.last_run;
        let actor = *self.actors[..self.runs].get(run as usize).ok_or(BadBatch::Runs)?;
        let (columns, operations) = self.columns(place)?;
        let deps = self.deps(place)?;
        let document = &self.documents[place];
        let seq = self.source.difference(Stream::Seq, document.next_sequence(run))?;
        let start_op = self.source.difference(Stream::StartOp, document.next_op)?;
        let time = if self.ids.told_time { (self.ids.ms / 1_000) as i64 } else { self.last_time };
        let time = self.source.difference(Stream::Time, time as u64)? as i64;
        self.last_time = time;
        let (mut message, mut extra): (&[u8], &[u8]) = (&[], &[]);
        for (part, flag) in [(&mut message, Flag::MESSAGE), (&mut extra, Flag::EXTRA)] {
            if flags & flag != 0 {
                let len = self.source.length(Stream::Rare)?;
                *part = self.source.bytes(Stream::Text, len)?;
            }
        }
        let others = if flags & Flag::OTHERS != 0 { self.others()? } else { Vec::new() };
        let chunk = Chunk {
            hash: [0; HASH_BYTES],
            deps: &deps,
            actor: &actor,
            seq,
            start_op,
            time,
            message,
            others: &others,
            columns,
            data: &self.data,
            extra,
        };
        self.content.clear();
        chunk.write(&mut self.content);
        let hash = seal(&self.content, &mut self.change);
        let len = self.change.len();
        if len > CHANGE_BYTES_MAX {
            return Err(BadBatch::Change(crate::change::BadChange::TooLong));
        }
        self.spend(len)?;
        self.documents[place].advance(run, seq, start_op.wrapping_add(operations), hash);
        Ok(())
    }

    /// Fills `data` with the columns' bytes. Returns their layout and the number of operations.
    fn columns(&mut self, place: usize) -> Result<(Vec<(u64, usize)>, u64), BadBatch> {
        let number = self.source.length(Stream::Shape)?;
        if number == self.shapes.len() {
            let shape = self.shape()?;
            self.shapes.push(shape);
        }
        let shape = self.shapes.get(number).ok_or(BadBatch::Encoding)?;
        let mut columns = Vec::with_capacity(shape.len());
        let mut operations = 0;
        let mut values = None;
        self.data.clear();
        let mut texts = TextReader {
            source: &mut self.source,
            ids: &mut self.ids,
            document: &self.documents[place],
            newest: None,
        };
        for (spec, len) in shape {
            let told = values.take().filter(|_| is_value(*spec));
            let len = len.or(told).ok_or(BadBatch::Encoding)?;
            let from = self.data.len();
            if len > CHANGE_BYTES_MAX - from.min(CHANGE_BYTES_MAX) {
                return Err(BadBatch::Compression);
            }
            match Stream::of_column(*spec) {
                Stream::Text => texts.read(len, &mut self.data)?,
                stream => self.data.extend_from_slice(texts.source.bytes(stream, len)?),
            }
            if *spec == VALUE_META {
                values = values_length(&self.data[from..]);
            }
            if *spec == ACTION {
                operations = super::operations(&self.data[from..]);
            }
            columns.push((*spec, len));
        }
        if let Some(newest) = texts.newest {
            self.documents[place].newest = newest;
        }
        Ok((columns, operations))
    }

    fn shape(&mut self) -> Result<Vec<(u64, Option<usize>)>, BadBatch> {
        let rest = self.source.rest(Stream::Shapes);
        let count = length(rest).ok_or(BadBatch::Encoding)?;
        let mut shape = Vec::new();
        for _ in 0..count {
            let spec = unsigned(rest).ok_or(BadBatch::Encoding)?;
            let len = length(rest).ok_or(BadBatch::Encoding)?;
            shape.push((spec, len.checked_sub(1)));
        }
        Ok(shape)
    }

    fn deps(&mut self, place: usize) -> Result<Vec<u8>, BadBatch> {
        let hashes: &[ChangeHash] = &self.documents[place].hashes;
        let nth = |back: usize| {
            let hash = hashes.iter().rev().take(DEPS_SEARCHED).nth(back);
            hash.copied().ok_or(BadBatch::Encoding)
        };
        let count = match self.source.length(Stream::Deps)? {
            0 => return Ok(nth(0)?.to_vec()),
            count => count - 1,
        };
        if count > CHANGE_DEPS_MAX {
            return Err(BadBatch::Change(crate::change::BadChange::Dependencies));
        }
        let mut deps = Vec::with_capacity(count * HASH_BYTES);
        for _ in 0..count {
            let hash = match self.source.length(Stream::Deps)? {
                0 => self.source.raw()?,
                back => nth(back - 1)?,
            };
            deps.extend_from_slice(&hash);
        }
        Ok(deps)
    }

    fn others(&mut self) -> Result<Vec<u8>, BadBatch> {
        let mut others = Vec::new();
        for _ in 0..self.source.length(Stream::Rare)? {
            let other = match self.source.length(Stream::Rare)? {
                0 => {
                    self.actors.push(self.source.raw()?);
                    self.actors[self.actors.len() - 1]
                }
                number => *self.actors.get(number - 1).ok_or(BadBatch::Encoding)?,
            };
            others.push(ACTOR_BYTES as u8);
            others.extend_from_slice(&other);
            if others.len() > CHANGE_BYTES_MAX {
                return Err(BadBatch::Change(crate::change::BadChange::TooLong));
            }
        }
        Ok(others)
    }
}

/// How long all values together are, if the column is one.
fn values_length(column: &[u8]) -> Option<usize> {
    let mut total = 0usize;
    for run in Runs::of(column) {
        let (count, meta) = run?;
        let len = usize::try_from(meta.unwrap_or(0) >> 4).ok()?;
        if len > 0 {
            total = total.checked_add(len.checked_mul(usize::try_from(count).ok()?)?)?;
        }
    }
    Some(total)
}
