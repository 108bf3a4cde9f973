//! Texts in which ids and times are replaced by marks: an id is 16 bytes once and a reference after that, however
//! often and in whichever form it is written; a time is near that of an id.
//!
//! Marks are bytes that no UTF-8 holds. Knows ids and numbers by their form only, not what a text says.

use super::memory::{Document, Id, Ids, is_timed, ms_of};
use super::stream::{Source, Stream, Streams};
use crate::batch::BadBatch;

/// The next id is written in plain hexadecimal, without hyphens.
const PLAIN: u8 = 0xc0;
/// An id that was used last.
const LAST: u8 = 0xf5;
/// The document's own id.
const OWN: u8 = 0xf6;
/// The id that the document's change before this one brought.
const BEFORE: u8 = 0xf7;
/// A new id with a time in it.
const TIMED: u8 = 0xf8;
/// Any other new id.
const OTHER: u8 = 0xf9;
/// An id of the table, by number.
const KNOWN: u8 = 0xfa;
/// Thirteen digits: milliseconds.
const MILLISECONDS: u8 = 0xfb;
/// The next byte stands for itself.
const LITERAL: u8 = 0xff;

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const UUID_CHARS: usize = 36;
const PLAIN_CHARS: usize = 32;
const MS_DIGITS: usize = 13;

/// Whether a byte in a text is a mark.
pub(super) fn is_mark(byte: u8) -> bool {
    byte == PLAIN || byte >= LAST
}

/// What a new id costs: its parts, each in the stream of its like.
pub(super) fn put_id(streams: &mut Streams, ids: &mut Ids, id: Id) {
    if is_timed(&id) {
        streams.put_difference(Stream::IdTime, ms_of(&id), ids.ms);
        streams.to(Stream::IdHigh).push(id[6] & 0x0f);
        streams.to(Stream::IdLow).push(id[8] & 0x3f);
        streams.raw.push(id[7]);
        streams.raw.extend_from_slice(&id[9..]);
    } else {
        streams.raw.extend_from_slice(&id);
    }
    ids.learn(id);
}

/// A new id with a time in it.
pub(super) fn timed_id(source: &mut Source, ids: &mut Ids) -> Result<Id, BadBatch> {
    let ms = source.difference(Stream::IdTime, ids.ms)?;
    let (high, low) = (source.bytes(Stream::IdHigh, 1)?[0], source.bytes(Stream::IdLow, 1)?[0]);
    let random: [u8; 8] = source.raw()?;
    if ms >> 48 != 0 || high > 0x0f || low > 0x3f {
        return Err(BadBatch::Encoding);
    }
    let mut id = [0; 16];
    id[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    id[6] = 0x70 | high;
    id[7] = random[0];
    id[8] = 0x80 | low;
    id[9..].copy_from_slice(&random[1..]);
    ids.learn(id);
    Ok(id)
}

/// An id without a time.
pub(super) fn other_id(source: &mut Source, ids: &mut Ids) -> Result<Id, BadBatch> {
    let id = source.raw()?;
    ids.learn(id);
    Ok(id)
}

/// Writes texts of one document's change.
pub(super) struct TextWriter<'a> {
    pub streams: &'a mut Streams,
    pub ids: &'a mut Ids,
    pub index: &'a mut std::collections::BTreeMap<Id, u64>,
    pub document: &'a Document,
    /// The id that this change brought.
    pub newest: Option<Id>,
}

impl TextWriter<'_> {
    /// A text whose beginning and end stand where a value's do, so that an id without hyphens is seen.
    pub fn put(&mut self, text: &[u8]) {
        if let Some(id) = plain_id(text) {
            self.streams.to(Stream::Text).push(PLAIN);
            return self.put_id(id);
        }
        let (mut from, mut at) = (0, 0);
        while at < text.len() {
            let byte = text[at];
            if byte == b'-'
                && at >= from + 8
                && let Some(id) = uuid(&text[at - 8..])
            {
                self.copy(&text[from..at - 8]);
                self.put_id(id);
                at += UUID_CHARS - 8;
                from = at;
            } else if byte.is_ascii_digit() {
                let digits = text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                if digits == MS_DIGITS && byte != b'0' {
                    self.copy(&text[from..at]);
                    let ms = text[at..at + digits].iter().fold(0, |n, d| n * 10 + u64::from(d - b'0'));
                    self.streams.to(Stream::Text).push(MILLISECONDS);
                    self.streams.put_difference(Stream::TextTime, ms, self.ids.ms);
                    from = at + digits;
                }
                at += digits;
            } else if is_mark(byte) {
                self.copy(&text[from..at]);
                self.streams.to(Stream::Text).extend([LITERAL, byte]);
                at += 1;
                from = at;
            } else {
                at += 1;
            }
        }
        self.copy(&text[from..]);
    }

    fn copy(&mut self, plain: &[u8]) {
        self.streams.to(Stream::Text).extend_from_slice(plain);
    }

    fn put_id(&mut self, id: Id) {
        let mark = if id == self.ids.last {
            LAST
        } else if id == self.document.id {
            OWN
        } else if id == self.document.newest {
            BEFORE
        } else if let Some(number) = self.index.get(&id) {
            self.streams.put(Stream::IdRef, *number);
            KNOWN
        } else {
            self.index.insert(id, self.ids.known.len() as u64);
            self.newest = Some(id);
            put_id(self.streams, self.ids, id);
            if is_timed(&id) { TIMED } else { OTHER }
        };
        self.streams.to(Stream::Text).push(mark);
        self.ids.last = id;
    }
}

/// Reads texts of one document's change.
pub(super) struct TextReader<'a, 'b> {
    pub source: &'a mut Source<'b>,
    pub ids: &'a mut Ids,
    pub document: &'a Document,
    pub newest: Option<Id>,
}

impl TextReader<'_, '_> {
    /// Appends exactly `len` bytes of text.
    pub fn read(&mut self, len: usize, out: &mut Vec<u8>) -> Result<(), BadBatch> {
        let mut left = len;
        let mut is_plain = false;
        while left > 0 {
            let rest = self.source.rest(Stream::Text);
            let window = &rest[..rest.len().min(left)];
            let plain = window.iter().position(|byte| is_mark(*byte)).unwrap_or(window.len());
            out.extend_from_slice(&window[..plain]);
            *rest = &rest[plain..];
            left -= plain;
            if left == 0 {
                break;
            }
            let before = out.len();
            match self.source.bytes(Stream::Text, 1)?[0] {
                PLAIN if !is_plain => {
                    is_plain = true;
                    continue;
                }
                LITERAL => out.extend_from_slice(self.source.bytes(Stream::Text, 1)?),
                MILLISECONDS => {
                    let ms = self.source.difference(Stream::TextTime, self.ids.ms)?;
                    out.extend_from_slice(ms.to_string().as_bytes());
                }
                mark => write_id(&self.id(mark)?, is_plain, out),
            }
            is_plain = false;
            left = left.checked_sub(out.len() - before).ok_or(BadBatch::Encoding)?;
        }
        Ok(())
    }

    fn id(&mut self, mark: u8) -> Result<Id, BadBatch> {
        let id = match mark {
            LAST => self.ids.last,
            OWN => self.document.id,
            BEFORE => self.document.newest,
            TIMED => *self.newest.insert(timed_id(self.source, self.ids)?),
            OTHER => *self.newest.insert(other_id(self.source, self.ids)?),
            KNOWN => {
                let number = self.source.length(Stream::IdRef)?;
                *self.ids.known.get(number).ok_or(BadBatch::Encoding)?
            }
            _ => return Err(BadBatch::Encoding),
        };
        self.ids.last = id;
        Ok(id)
    }
}

/// `0195b8f2-7c1e-7d33-a111-2f0d4c5b6a79…`
fn uuid(text: &[u8]) -> Option<Id> {
    let text = text.get(..UUID_CHARS)?;
    if [8, 13, 18, 23].iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut id = [0; 16];
    let mut from = 0;
    for (n, byte) in id.iter_mut().enumerate() {
        from += usize::from(matches!(n, 4 | 6 | 8 | 10));
        *byte = hex(text[from])? << 4 | hex(text[from + 1])?;
        from += 2;
    }
    Some(id)
}

/// `0195b8f27c1e7d33a1112f0d4c5b6a79` and nothing else.
fn plain_id(text: &[u8]) -> Option<Id> {
    if text.len() != PLAIN_CHARS {
        return None;
    }
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        *byte = hex(pair[0])? << 4 | hex(pair[1])?;
    }
    Some(id)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn write_id(id: &Id, is_plain: bool, out: &mut Vec<u8>) {
    for (n, byte) in id.iter().enumerate() {
        if !is_plain && matches!(n, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 0x0f)]);
    }
}
