//! Values longer than one key may hold, split over several keys and joined again.
//!
//! The value's own key holds its length and its beginning, so a short one costs nothing extra; the rest follows under
//! the key with a piece number behind it. Knows no document. No other key of the store may begin with such a key.

use super::{Batch, Kv, KvBroken, KvError, VALUE_BYTES_MAX};

/// The length in front of the first piece.
const HEAD: usize = 4;
/// Longest joined value in bytes: more than any document may have.
pub const JOINED_BYTES_MAX: usize = 64 << 20;

/// Puts `value` under `key` into the batch, and deletes what an earlier, longer value leaves over.
pub fn put(kv: &dyn Kv, batch: &mut Batch, key: &[u8], value: &[u8]) -> Result<(), KvError> {
    if value.len() > JOINED_BYTES_MAX {
        return Err(KvError::ValueTooLarge(value.len()));
    }
    let before = pieces_held(kv, batch, key)?;
    let (first, rest) = value.split_at(value.len().min(VALUE_BYTES_MAX - HEAD));
    batch.put(key, [&(value.len() as u32).to_be_bytes(), first].concat());
    for (piece, number) in rest.chunks(VALUE_BYTES_MAX).zip(1..) {
        batch.put(piece_key(key, number), piece);
    }
    for number in pieces(value.len())..before {
        batch.delete(piece_key(key, number));
    }
    Ok(())
}

/// Deletes the value under `key`, however long.
pub fn delete(kv: &dyn Kv, batch: &mut Batch, key: &[u8]) -> Result<(), KvError> {
    for number in 1..pieces_held(kv, batch, key)? {
        batch.delete(piece_key(key, number));
    }
    batch.delete(key);
    Ok(())
}

/// The value under `key`, joined.
pub fn get(kv: &dyn Kv, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
    let Some(head) = kv.get(key)? else { return Ok(None) };
    let len = joined_len(&head)?;
    let mut value = Vec::with_capacity(len);
    value.extend_from_slice(&head[HEAD..]);
    for number in 1..pieces(len) {
        value.extend(kv.get(&piece_key(key, number))?.ok_or_else(|| broken("a piece is missing"))?);
    }
    if value.len() == len { Ok(Some(value)) } else { Err(broken("the pieces are not as long as the value")) }
}

/// How many keys hold the value now, counting what the batch already does; 0 if there is none.
fn pieces_held(kv: &dyn Kv, batch: &Batch, key: &[u8]) -> Result<u32, KvError> {
    let head = match batch.change(key) {
        Some(change) => change.map(<[u8]>::to_vec),
        None => kv.get(key)?,
    };
    head.map_or(Ok(0), |head| Ok(pieces(joined_len(&head)?)))
}

fn joined_len(head: &[u8]) -> Result<usize, KvError> {
    let len: [u8; HEAD] =
        head.get(..HEAD).and_then(|len| len.try_into().ok()).ok_or_else(|| broken("a length is missing"))?;
    let len = u32::from_be_bytes(len) as usize;
    if len <= JOINED_BYTES_MAX { Ok(len) } else { Err(broken("a length is beyond the limit")) }
}

/// How many keys hold a value of `len` bytes.
fn pieces(len: usize) -> u32 {
    (len + HEAD).div_ceil(VALUE_BYTES_MAX) as u32
}

fn piece_key(key: &[u8], number: u32) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

fn broken(detail: &str) -> KvError {
    KvBroken::Damaged { path: Default::default(), detail: format!("a long value: {detail}") }.into()
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryKv, Order, Span};
    use super::*;

    fn keys(kv: &MemoryKv) -> usize {
        kv.pairs(&Span::all(), Order::Forwards, usize::MAX).unwrap().len()
    }

    #[test]
    fn values_of_every_length_come_back_and_leave_nothing_over() {
        let kv = MemoryKv::new();
        let edge = VALUE_BYTES_MAX - HEAD;
        let lengths =
            [0, 1, edge, edge + 1, 100_000, edge + VALUE_BYTES_MAX, edge + VALUE_BYTES_MAX + 1, 3, 50_000, 0];
        for len in lengths {
            let value: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            let mut batch = Batch::new();
            put(&kv, &mut batch, b"doc", &value).unwrap();
            kv.apply(batch).unwrap();
            assert_eq!(get(&kv, b"doc").unwrap(), Some(value), "{len} bytes");
            assert_eq!(keys(&kv), pieces(len) as usize, "{len} bytes");
        }
        let mut batch = Batch::new();
        delete(&kv, &mut batch, b"doc").unwrap();
        kv.apply(batch).unwrap();
        assert_eq!((get(&kv, b"doc").unwrap(), keys(&kv)), (None, 0));
    }

    #[test]
    fn two_puts_in_one_batch_leave_only_the_second() {
        let kv = MemoryKv::new();
        let mut batch = Batch::new();
        put(&kv, &mut batch, b"doc", &[1; 30_000]).unwrap();
        put(&kv, &mut batch, b"doc", &[2; 10]).unwrap();
        kv.apply(batch).unwrap();
        assert_eq!((get(&kv, b"doc").unwrap(), keys(&kv)), (Some(vec![2; 10]), 1));
    }

    #[test]
    fn a_missing_piece_is_an_error_and_never_a_shorter_value() {
        let kv = MemoryKv::new();
        let mut batch = Batch::new();
        put(&kv, &mut batch, b"doc", &[1; 30_000]).unwrap();
        kv.apply(batch).unwrap();
        let mut batch = Batch::new();
        batch.delete(piece_key(b"doc", 2));
        kv.apply(batch).unwrap();
        assert!(matches!(get(&kv, b"doc"), Err(KvError::Broken(broken)) if broken.rebuild_helps()));
    }
}
