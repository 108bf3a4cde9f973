//! Lays a body out in streams. The mirror of `reader`: what one puts, the other takes, in the same order.

use std::collections::BTreeMap;

use super::chunk::{ACTOR_BYTES, Chunk, HASH_BYTES, Runs, put};
use super::memory::{Document, Id, Ids, is_timed};
use super::stream::{Stream, Streams};
use super::text::{TextWriter, is_mark, put_id};
use super::{ACTION, ACTORS_SEARCHED, DEPS_SEARCHED, Doc, Flag, VALUE_META, is_value};
use crate::batch::{Body, Item};
use crate::ids::{ActorBytes, NodeId, actor};
use crate::limits::CHANGE_BYTES_MAX;
use crate::log;

pub(super) fn write(body: &Body) -> Streams {
    let mut writer = Writer::default();
    writer.runs(body);
    for item in &body.items {
        writer.item(item);
    }
    writer.streams
}

#[derive(Default)]
struct Writer {
    streams: Streams,
    ids: Ids,
    id_index: BTreeMap<Id, u64>,
    documents: Vec<Document>,
    document_index: BTreeMap<Id, usize>,
    shapes: BTreeMap<Vec<u8>, u64>,
    actors: Vec<ActorBytes>,
    /// How many of the actors are the runs'.
    runs: usize,
    last_run: u32,
    last_document: usize,
    last_time: i64,
    shape: Vec<u8>,
}

impl Writer {
    fn runs(&mut self, body: &Body) {
        self.streams.put(Stream::Head, body.runs.len() as u64);
        self.streams.put(Stream::Head, body.items.len() as u64);
        let mut nodes: Vec<NodeId> = Vec::new();
        for run in &body.runs {
            let node = nodes.iter().rev().position(|node| *node == run.log.node);
            self.streams.put(Stream::Head, node.map_or(0, |back| back as u64 + 1));
            if node.is_none() {
                nodes.push(run.log.node);
                self.streams.raw.extend_from_slice(&run.log.node.0);
            }
            let scope = minicbor::to_vec(run.log.scope).expect("writing to memory cannot fail");
            self.streams.to(Stream::Head).extend_from_slice(&scope);
            self.streams.put(Stream::Head, u64::from(run.log.epoch.0));
            self.streams.put(Stream::Head, run.first);
            let is_genesis = run.first == 1 && run.prev == log::genesis(&run.log);
            self.streams.put(Stream::Head, u64::from(is_genesis));
            if !is_genesis {
                self.streams.raw.extend_from_slice(&run.prev.0);
            }
            self.streams.raw.extend_from_slice(&run.signature.0);
            self.actors.push(actor(&run.log.node, run.log.epoch));
        }
        self.runs = body.runs.len();
    }

    fn item(&mut self, item: &Item) {
        self.ids.told_time = false;
        let run = if item.run == self.last_run { 0 } else { u64::from(item.run) + 1 };
        self.streams.put(Stream::Run, run);
        self.last_run = item.run;
        let document = self.document(item.doc.0);
        match self.chunk(item) {
            Some(chunk) => self.change(item.run, document, &chunk),
            None => {
                self.streams.put(Stream::Flags, Flag::RAW);
                self.streams.put(Stream::Rare, item.change.len() as u64);
                self.streams.to(Stream::Text).extend_from_slice(&item.change);
            }
        }
    }

    /// The change taken apart, if its actor is its run's.
    fn chunk<'a>(&self, item: &'a Item) -> Option<Chunk<'a>> {
        if item.change.len() > CHANGE_BYTES_MAX {
            return None;
        }
        let chunk = Chunk::read(&item.change)?;
        let actor = self.actors[..self.runs].get(item.run as usize)?;
        // Binary data would grow by its marks.
        let marks = chunk.data.iter().filter(|byte| is_mark(**byte)).count();
        (chunk.actor == actor.as_slice() && marks * 16 <= chunk.data.len()).then_some(chunk)
    }

    fn document(&mut self, id: Id) -> usize {
        let place = match self.document_index.get(&id) {
            Some(place) => {
                let back = (self.documents.len() - 1 - place) as u64;
                let code = if *place == self.last_document { Doc::SAME } else { Doc::KNOWN + back };
                self.streams.put(Stream::Doc, code);
                *place
            }
            None => {
                self.streams.put(Stream::Doc, if is_timed(&id) { Doc::TIMED } else { Doc::OTHER });
                self.id_index.insert(id, self.ids.known.len() as u64);
                put_id(&mut self.streams, &mut self.ids, id);
                self.documents.push(Document::new(id));
                self.document_index.insert(id, self.documents.len() - 1);
                self.documents.len() - 1
            }
        };
        self.last_document = place;
        place
    }

    fn change(&mut self, run: u32, place: usize, chunk: &Chunk) {
        let mut flags = 0;
        for (part, flag) in
            [(chunk.message, Flag::MESSAGE), (chunk.others, Flag::OTHERS), (chunk.extra, Flag::EXTRA)]
        {
            flags |= if part.is_empty() { 0 } else { flag };
        }
        self.streams.put(Stream::Flags, flags);
        let operations = self.columns(place, chunk);
        self.deps(place, chunk.deps);
        let document = &mut self.documents[place];
        self.streams.put_difference(Stream::Seq, chunk.seq, document.next_sequence(run));
        self.streams.put_difference(Stream::StartOp, chunk.start_op, document.next_op);
        let time = if self.ids.told_time { (self.ids.ms / 1_000) as i64 } else { self.last_time };
        self.streams.put_difference(Stream::Time, chunk.time as u64, time as u64);
        self.last_time = chunk.time;
        document.advance(run, chunk.seq, chunk.start_op.wrapping_add(operations), chunk.hash);
        for (part, flag) in [(chunk.message, Flag::MESSAGE), (chunk.extra, Flag::EXTRA)] {
            if flags & flag != 0 {
                self.streams.put(Stream::Rare, part.len() as u64);
                self.streams.to(Stream::Text).extend_from_slice(part);
            }
        }
        if flags & Flag::OTHERS != 0 {
            self.others(chunk.others);
        }
    }

    /// Layout and bytes of the columns. Returns the number of operations.
    fn columns(&mut self, place: usize, chunk: &Chunk) -> u64 {
        self.shape.clear();
        put(&mut self.shape, chunk.columns.len() as u64);
        let mut operations = 0u64;
        let mut data = chunk.data;
        let mut values: Option<Vec<usize>> = None;
        let mut texts = TextWriter {
            streams: &mut self.streams,
            ids: &mut self.ids,
            index: &mut self.id_index,
            document: &self.documents[place],
            newest: None,
        };
        for (spec, len) in &chunk.columns {
            let (column, rest) = data.split_at(*len);
            data = rest;
            put(&mut self.shape, *spec);
            let lengths =
                values.take().filter(|values| is_value(*spec) && values.iter().sum::<usize>() == *len);
            put(&mut self.shape, if lengths.is_some() { 0 } else { *len as u64 + 1 });
            match (Stream::of_column(*spec), lengths) {
                (Stream::Text, Some(lengths)) => {
                    let mut rest = column;
                    for len in lengths {
                        let (value, behind) = rest.split_at(len);
                        texts.put(value);
                        rest = behind;
                    }
                }
                (Stream::Text, None) => texts.put(column),
                (stream, _) => texts.streams.to(stream).extend_from_slice(column),
            }
            if *spec == VALUE_META {
                values = value_lengths(column, chunk.data.len());
            }
            if *spec == ACTION {
                operations = super::operations(column);
            }
        }
        if let Some(newest) = texts.newest {
            self.documents[place].newest = newest;
        }
        let next = self.shapes.len() as u64;
        let number = match self.shapes.get(&self.shape) {
            Some(number) => *number,
            None => {
                self.streams.to(Stream::Shapes).extend_from_slice(&self.shape);
                self.shapes.insert(self.shape.clone(), next);
                next
            }
        };
        self.streams.put(Stream::Shape, number);
        operations
    }

    /// Usually the one change of the document before this one, which is 0.
    fn deps(&mut self, place: usize, deps: &[u8]) {
        let hashes = &self.documents[place].hashes;
        if hashes.last().is_some_and(|last| deps == last) {
            return self.streams.put(Stream::Deps, 0);
        }
        self.streams.put(Stream::Deps, (deps.len() / HASH_BYTES) as u64 + 1);
        for dep in deps.chunks_exact(HASH_BYTES) {
            match hashes.iter().rev().take(DEPS_SEARCHED).position(|hash| hash == dep) {
                Some(back) => self.streams.put(Stream::Deps, back as u64 + 1),
                None => {
                    self.streams.put(Stream::Deps, 0);
                    self.streams.raw.extend_from_slice(dep);
                }
            }
        }
    }

    fn others(&mut self, others: &[u8]) {
        self.streams.put(Stream::Rare, (others.len() / (1 + ACTOR_BYTES)) as u64);
        for other in others.chunks_exact(1 + ACTOR_BYTES) {
            let other = &other[1..];
            match self.actors.iter().take(ACTORS_SEARCHED).position(|actor| actor == other) {
                Some(number) => self.streams.put(Stream::Rare, number as u64 + 1),
                None => {
                    self.streams.put(Stream::Rare, 0);
                    self.streams.raw.extend_from_slice(other);
                    self.actors.extend(ActorBytes::try_from(other));
                }
            }
        }
    }
}

/// The length of each value, if the column is one and they fit into `max` bytes together.
fn value_lengths(column: &[u8], max: usize) -> Option<Vec<usize>> {
    let mut lengths = Vec::new();
    let mut left = max;
    for run in Runs::of(column) {
        let (count, meta) = run?;
        let len = usize::try_from(meta.unwrap_or(0) >> 4).ok()?;
        if len > 0 {
            let count = usize::try_from(count).ok()?;
            left = left.checked_sub(count.checked_mul(len)?)?;
            lengths.extend(std::iter::repeat_n(len, count));
        }
    }
    Some(lengths)
}
