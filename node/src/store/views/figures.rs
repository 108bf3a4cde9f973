//! The counters of statistics and ledgers: numbers by unit, period and figure, kept by delta (DOMAIN §6).
//!
//! Knows no row: what counted before and what counts now is the caller's.

use std::collections::BTreeMap;

use sanji_model::case::{Cycle, Figures, Period};
use sanji_sync::UnitCode;

use super::{KvError, value};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, Order, Span, Visit};

/// Takes off what something of this unit counted for before, and adds what it counts for now.
pub(super) fn count(
    kv: &dyn Kv,
    unit: &UnitCode,
    before: &Figures,
    now: &Figures,
    batch: &mut Batch,
) -> Result<(), KvError> {
    let mut by_period: BTreeMap<Period, Vec<(String, i64)>> = BTreeMap::new();
    for ((day, figure), n) in now.since(before).0 {
        // Months add up to quarters; weeks to nothing else.
        for cycle in [Cycle::Week, Cycle::Month] {
            by_period.entry(Period::of(cycle, day)).or_default().push((figure.word().to_owned(), n));
        }
    }
    for (period, deltas) in by_period {
        add(kv, batch, keys::figures(unit, &period.to_string()), &deltas)?;
    }
    Ok(())
}

fn add(kv: &dyn Kv, batch: &mut Batch, key: Vec<u8>, deltas: &[(String, i64)]) -> Result<(), KvError> {
    let bytes = value(kv, batch, &key)?.unwrap_or_default();
    let mut numbers: BTreeMap<String, i64> = serde_json::from_slice(&bytes).unwrap_or_default();
    for (word, n) in deltas {
        *numbers.entry(word.clone()).or_default() += n;
    }
    numbers.retain(|_, n| *n != 0);
    match numbers.is_empty() {
        true => batch.delete(key),
        false => batch.put(key, serde_json::to_vec(&numbers).expect("words and numbers are JSON")),
    }
    Ok(())
}

/// What a unit counts in a week or a month.
pub struct Counter {
    pub unit: UnitCode,
    pub period: Period,
    pub numbers: BTreeMap<String, i64>,
}

/// Every counter.
pub fn all(kv: &dyn Kv) -> Result<Vec<Counter>, KvError> {
    let mut all = Vec::new();
    kv.scan(&Span::prefix([keys::FIGURES]), Order::Forwards, &mut |key, value| {
        let text = std::str::from_utf8(&key[1..]).ok().and_then(|text| text.split_once(' '));
        if let (Some((unit, period)), Ok(numbers)) = (text, serde_json::from_slice(value))
            && let (Ok(unit), Ok(period)) = (UnitCode::parse(unit), period.parse())
        {
            all.push(Counter { unit, period, numbers });
        }
        Visit::Continue
    })?;
    Ok(all)
}
