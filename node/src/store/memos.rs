//! Hints that make the next link-up cheap and pictures fuller: what was agreed with whom, and who holds what.
//!
//! Not derived from the journal: losing them costs traffic only.

use minicbor::{Decode, Encode};
use sanji_sync::vector::ScopeVector;
use sanji_sync::{LogId, Memo, NodeId, Scope};

use super::keys;
use super::kv::{Batch, Kv, KvError, Order, Pair, Span, Visit, chunks};

#[derive(Encode, Decode)]
#[cbor(array)]
struct AgreedRow {
    #[n(0)]
    vector: ScopeVector,
}

/// Puts a hint into the batch.
pub fn put(kv: &dyn Kv, memo: &Memo, batch: &mut Batch) -> Result<(), KvError> {
    match memo {
        Memo::Agreed { peer, vector } => {
            let row = AgreedRow { vector: vector.clone() };
            let bytes = minicbor::to_vec(row).expect("writing to memory cannot fail");
            chunks::put(kv, batch, &keys::agreed(peer, &vector.scope), &bytes)?;
        }
        Memo::Held { holder, log, height } => put_height(batch, keys::held(holder, log), *height),
        Memo::Told { by, holder, log, height } => put_height(batch, keys::told(by, holder, log), *height),
    }
    Ok(())
}

/// The rows that say what others hold and since when, for a store that is made anew. What was agreed on is another thing
/// by then.
pub fn rows(kv: &dyn Kv) -> Result<Vec<Pair>, KvError> {
    let mut rows = Vec::new();
    for prefix in [keys::HELD, keys::TOLD, keys::SINCE] {
        rows.extend(kv.pairs(&Span::prefix([prefix]), Order::Forwards, usize::MAX)?);
    }
    Ok(rows)
}

fn put_height(batch: &mut Batch, key: Vec<u8>, height: u64) {
    match height {
        0 => batch.delete(key),
        height => batch.put(key, height.to_be_bytes()),
    }
}

/// Reads every hint. One that does not read is left out.
pub fn load(kv: &dyn Kv) -> Result<Vec<Memo>, KvError> {
    let mut memos = Vec::new();
    let mut agreed = Vec::new();
    kv.scan(&Span::prefix([keys::AGREED]), Order::Forwards, &mut |key, _| {
        agreed.push(key.to_vec());
        Visit::Continue
    })?;
    for key in agreed {
        let Some((peer, scope)) = key[1..].split_first_chunk::<32>() else { continue };
        // Further pieces of a long vector are no keys of their own.
        if std::str::from_utf8(scope).ok().and_then(|s| s.parse::<Scope>().ok()).is_none() {
            continue;
        }
        if let Some(bytes) = chunks::get(kv, &key)?
            && let Ok(row) = minicbor::decode::<AgreedRow>(&bytes)
        {
            memos.push(Memo::Agreed { peer: NodeId(*peer), vector: row.vector });
        }
    }
    kv.scan(&Span::prefix([keys::HELD]), Order::Forwards, &mut |key, value| {
        if let Some((holder, log, height)) = read_height(&key[1..], value) {
            memos.push(Memo::Held { holder, log, height });
        }
        Visit::Continue
    })?;
    kv.scan(&Span::prefix([keys::TOLD]), Order::Forwards, &mut |key, value| {
        if let Some((by, rest)) = key[1..].split_first_chunk::<32>()
            && let Some((holder, log, height)) = read_height(rest, value)
        {
            memos.push(Memo::Told { by: NodeId(*by), holder, log, height });
        }
        Visit::Continue
    })?;
    Ok(memos)
}

fn read_height(key: &[u8], value: &[u8]) -> Option<(NodeId, LogId, u64)> {
    let (holder, log) = key.split_first_chunk::<32>()?;
    let log = minicbor::decode(log).ok()?;
    Some((NodeId(*holder), log, u64::from_be_bytes(value.try_into().ok()?)))
}
