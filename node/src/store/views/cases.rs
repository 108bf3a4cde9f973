//! Rows of cases, and what is found and counted by them: queues, people, cards, figures.
//!
//! Everything that a row stands under is derived from the row before and the row now, in the same batch, so that indexes
//! and counters are never out of step with the documents (docs/STORE.md).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanji_model::case::{Card, Case, CaseRow, Figures, Month, Offsets, State};
use sanji_sync::{DocId, UnitCode};

use super::{KvError, numbered, put_number, put_row, rows};
use crate::store::keys;
use crate::store::kv::{Batch, Kv, Order, Span, Visit};

/// Puts a case's row and all that follows from it; false if it does not fit, as only a hostile document's does not. The
/// second says whether it is new.
pub(super) fn put(kv: &dyn Kv, id: &DocId, case: &Case, batch: &mut Batch) -> Result<(bool, bool), KvError> {
    let offsets = Offsets::default();
    let row = case.row(&offsets);
    let before = row_of(kv, batch, id)?;
    if !put_row(batch, keys::case_row(id), &row) {
        return Ok((false, before.is_none()));
    }
    // A number that was given twice finds both cases (decision 14).
    let mut ids = numbered(kv, batch, row.number.as_str())?;
    if !ids.contains(id) {
        ids.push(*id);
        put_number(batch, row.number.as_str(), ids);
    }
    let cards = case.cards(&offsets);
    match cards.is_empty() {
        true => batch.delete(keys::cards(id)),
        false => drop(put_row(batch, keys::cards(id), &cards)),
    }
    move_keys(id, before.as_ref(), Some(&row), batch);
    count(kv, before.as_ref(), Some(&row), batch)?;
    Ok((true, before.is_none()))
}

/// Takes a case's row away with all that follows from it.
pub(super) fn delete(kv: &dyn Kv, id: &DocId, batch: &mut Batch) -> Result<(), KvError> {
    let Some(row) = row_of(kv, batch, id)? else { return Ok(()) };
    let mut ids = numbered(kv, batch, row.number.as_str())?;
    ids.retain(|other| other != id);
    put_number(batch, row.number.as_str(), ids);
    move_keys(id, Some(&row), None, batch);
    count(kv, Some(&row), None, batch)?;
    batch.delete(keys::cards(id));
    batch.delete(keys::case_row(id));
    Ok(())
}

/// A case's row as the batch leaves it.
fn row_of(kv: &dyn Kv, batch: &Batch, id: &DocId) -> Result<Option<CaseRow>, KvError> {
    let bytes = value(kv, batch, &keys::case_row(id))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn value(kv: &dyn Kv, batch: &Batch, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
    match batch.change(key) {
        Some(change) => Ok(change.map(<[u8]>::to_vec)),
        None => kv.get(key),
    }
}

/// The keys under which a row is found, whose values are empty.
fn found_by(id: &DocId, row: &CaseRow) -> BTreeSet<Vec<u8>> {
    let mut keys = BTreeSet::from([
        keys::queue(&row.custody, row.state.number(), row.due, id),
        keys::applicant(&row.applicant, id),
        keys::person(&row.person, &row.guide, id),
    ]);
    keys.extend(row.wakes.map(|day| keys::wake(day, id)));
    keys
}

fn move_keys(id: &DocId, before: Option<&CaseRow>, now: Option<&CaseRow>, batch: &mut Batch) {
    let old = before.map(|row| found_by(id, row)).unwrap_or_default();
    let new = now.map(|row| found_by(id, row)).unwrap_or_default();
    old.difference(&new).for_each(|key| batch.delete(key.clone()));
    new.difference(&old).for_each(|key| batch.put(key.clone(), []));
}

/// Adds what the row counts for now and takes off what it counted for before.
fn count(
    kv: &dyn Kv,
    before: Option<&CaseRow>,
    now: Option<&CaseRow>,
    batch: &mut Batch,
) -> Result<(), KvError> {
    let nothing = Figures::default();
    let figures = |row: Option<&CaseRow>| row.map_or(nothing.clone(), |row| row.figures.clone());
    let Some(unit) = now.or(before).map(|row| row.unit) else { return Ok(()) };
    let mut by_month: BTreeMap<Month, Vec<(String, i64)>> = BTreeMap::new();
    for ((month, figure), n) in figures(now).since(&figures(before)).0 {
        by_month.entry(month).or_default().push((figure.word().to_owned(), n));
    }
    for (month, deltas) in by_month {
        add(kv, batch, keys::figures(&unit, &month.to_string()), &deltas)?;
    }
    let state = |row: &CaseRow| row.state.word().to_owned();
    let mut deltas: Vec<(String, i64)> = before.map(|row| (state(row), -1)).into_iter().collect();
    deltas.extend(now.map(|row| (state(row), 1)));
    if before.map(state) != now.map(state) {
        add(kv, batch, keys::figures(&unit, keys::STANDING), &deltas)?;
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

/// A page of a queue: the rows that `unit` holds in `state`, those due first first, after the one named last.
pub fn queue(
    kv: &dyn Kv,
    unit: &UnitCode,
    state: State,
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<(Vec<u8>, DocId)>, KvError> {
    let prefix = keys::queue_of(unit, state.number());
    let mut page = Vec::new();
    let span = match after {
        Some(after) => Span::prefix(prefix).after(after),
        None => Span::prefix(prefix),
    };
    if limit > 0 {
        kv.scan(&span, Order::Forwards, &mut |key, _| {
            page.extend(last_id(key).map(|id| (key.to_vec(), id)));
            if page.len() < limit { Visit::Continue } else { Visit::Stop }
        })?;
    }
    Ok(page)
}

/// The cases whose applicant's name begins so, the latest last.
pub fn by_applicant(kv: &dyn Kv, name: &str, limit: usize) -> Result<Vec<DocId>, KvError> {
    ids(kv, keys::applicant_named(name), limit)
}

/// The cases of a person, of one guide if one is named.
pub fn by_person(
    kv: &dyn Kv,
    person: &str,
    guide: Option<&str>,
    limit: usize,
) -> Result<Vec<DocId>, KvError> {
    ids(kv, keys::person_with(person, guide), limit)
}

/// The cases whose numbers begin so.
pub fn by_number(kv: &dyn Kv, digits: &str, limit: usize) -> Result<Vec<DocId>, KvError> {
    let pairs = kv.pairs(&Span::prefix(keys::case_number(digits)), Order::Forwards, limit)?;
    Ok(pairs.iter().flat_map(|(_, value)| value.as_chunks().0.iter().map(|id| DocId(*id))).collect())
}

/// A page of all cases in the order of their ids, behind `after`.
pub fn ids_after(kv: &dyn Kv, after: Option<&DocId>, limit: usize) -> Result<Vec<DocId>, KvError> {
    let all = Span::prefix([keys::CASE_ROW]);
    let span = match after {
        Some(id) => all.after(&keys::case_row(id)),
        None => all,
    };
    let pairs = kv.pairs(&span, Order::Forwards, limit)?;
    Ok(pairs.iter().filter_map(|(key, _)| last_id(key)).collect())
}

/// The cases about which time alone changes something on `day` or before.
pub fn woken(kv: &dyn Kv, day: Date) -> Result<Vec<DocId>, KvError> {
    let mut woken = Vec::new();
    kv.scan(&Span::prefix([keys::WAKE]), Order::Forwards, &mut |key, _| {
        if key[1..] > keys::wake(day, &DocId([0xff; 16]))[1..] {
            return Visit::Stop;
        }
        woken.extend(last_id(key));
        Visit::Continue
    })?;
    Ok(woken)
}

/// One row.
pub fn row(kv: &dyn Kv, id: &DocId) -> Result<Option<CaseRow>, KvError> {
    row_of(kv, &Batch::new(), id)
}

/// The cards of every case that has some.
pub fn cards(kv: &dyn Kv) -> Result<Vec<(DocId, Vec<Card>)>, KvError> {
    rows(kv, keys::CARDS)
}

/// What a unit counts in a month, or under [`keys::STANDING`] now.
pub struct Counter {
    pub unit: UnitCode,
    pub month: String,
    pub numbers: BTreeMap<String, i64>,
}

/// Every counter.
pub fn figures(kv: &dyn Kv) -> Result<Vec<Counter>, KvError> {
    let mut all = Vec::new();
    kv.scan(&Span::prefix([keys::FIGURES]), Order::Forwards, &mut |key, value| {
        let text = std::str::from_utf8(&key[1..]).ok().and_then(|text| text.split_once(' '));
        if let (Some((unit, month)), Ok(numbers)) = (text, serde_json::from_slice(value))
            && let Ok(unit) = UnitCode::parse(unit)
        {
            all.push(Counter { unit, month: month.to_owned(), numbers });
        }
        Visit::Continue
    })?;
    Ok(all)
}

fn ids(kv: &dyn Kv, prefix: Vec<u8>, limit: usize) -> Result<Vec<DocId>, KvError> {
    let pairs = kv.pairs(&Span::prefix(prefix), Order::Forwards, limit)?;
    Ok(pairs.iter().filter_map(|(key, _)| last_id(key)).collect())
}

/// The document that a key ends with.
fn last_id(key: &[u8]) -> Option<DocId> {
    key.last_chunk().map(|id| DocId(*id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sanji_model::calendar::{Almanac, Calendar};
    use sanji_model::case::{Action, By, CaseType, GuidePin, Known, NewCase, Role, Terms};
    use sanji_model::identity::IdKind;
    use sanji_model::number::CaseNumber;
    use sanji_sync::Time;

    use super::*;
    use crate::store::kv::MemoryKv;

    const UNITS: [&str; 4] = ["990101", "990101001", "990101001001", "990101001002"];
    const DAY: u64 = 86_400_000;
    const BEGIN: u64 = 1_770_000_000_000;

    fn new_case(n: usize, unit: UnitCode) -> NewCase {
        let at = Time(BEGIN + n as u64 * DAY);
        let day = sanji_model::local::date(at);
        NewCase {
            id: DocId([n as u8 + 1; 16]),
            number: CaseNumber::new(unit, day, 1, n as u16 + 1).unwrap(),
            parent: None,
            origin: None,
            guide: GuidePin {
                document: DocId([9; 16]),
                code: "G".into(),
                name: "事项".into(),
                version: 1,
                case_type: CaseType::Promised,
                materials_needed: false,
                terms: Terms::default(),
            },
            applicant: format!("王{n}"),
            id_kind: IdKind::Ric,
            id_number: "11010519491231002X".into(),
            fields: BTreeMap::new(),
            by: By { unit, node: String::new(), user: None, instead_of: None, role: Role::Agent },
            event: format!("e{n}").parse().unwrap(),
            at,
        }
    }

    /// Whoever may do it tries it, wherever the case stands.
    fn act(case: &mut Case, action: Known, n: usize) {
        let role = *Role::ALL.iter().find(|role| role.may(action)).unwrap();
        let user = Some(format!("{role}-{n}"));
        let county = UnitCode::parse(UNITS[0]).unwrap();
        let by = By { unit: county, node: String::new(), user, instead_of: None, role };
        let said = [
            "reason",
            "basis",
            "competent",
            "items",
            "answers",
            "remedies",
            "taker",
            "signature",
            "decision",
        ];
        let mut fields: BTreeMap<String, String> = said.map(|key| (key.into(), "x".into())).into();
        fields.extend(
            [("outcome", "grant"), ("result", "0"), ("level", "5"), ("papers", "all")]
                .map(|(k, v)| (k.into(), v.into())),
        );
        let at = Time(BEGIN + (n as u64 + 10) * DAY);
        case.turn_to(sanji_model::local::date(at));
        if let Ok(event) =
            case.decide(Action::Known(action), by, fields, format!("a{n}").parse().unwrap(), at)
        {
            case.push(event);
        }
    }

    /// What the counters ought to be, from the cases alone.
    fn expected(cases: &[Case]) -> BTreeMap<(UnitCode, String), BTreeMap<String, i64>> {
        let mut all: BTreeMap<(UnitCode, String), BTreeMap<String, i64>> = BTreeMap::new();
        for case in cases {
            let standing = all.entry((case.unit, keys::STANDING.to_owned())).or_default();
            *standing.entry(case.state().word().to_owned()).or_default() += 1;
            for ((month, figure), n) in case.figures(&Offsets::default()).0 {
                let numbers = all.entry((case.unit, month.to_string())).or_default();
                *numbers.entry(figure.word().to_owned()).or_default() += n;
            }
        }
        all.values_mut().for_each(|numbers| numbers.retain(|_, n| *n != 0));
        all.retain(|_, numbers| !numbers.is_empty());
        all
    }

    fn counted(kv: &dyn Kv) -> BTreeMap<(UnitCode, String), BTreeMap<String, i64>> {
        let counters = figures(kv).unwrap().into_iter();
        counters.map(|counter| ((counter.unit, counter.month), counter.numbers)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Counters that are kept by delta are what a count of all cases gives, whatever happened, in however many batches;
        /// and they go back to nothing with the last case. A unit's figures are those of its own cases, so that villages
        /// add up to their town and towns to the county.
        #[test]
        fn counters_by_delta_are_what_counting_gives(
            units in prop::collection::vec(0usize..UNITS.len(), 1..8),
            acts in prop::collection::vec((0usize..8, 0usize..Known::ALL.len(), any::<bool>()), 0..60),
        ) {
            let almanac = Almanac::new(Calendar::built_in(), Date::constant(2026, 6, 1));
            let kv = MemoryKv::default();
            let mut batch = Batch::new();
            let unit = |n: &usize| UnitCode::parse(UNITS[*n]).unwrap();
            let mut cases: Vec<Case> =
                units.iter().enumerate().map(|(n, u)| Case::opened(&new_case(n, unit(u)), &almanac)).collect();
            for case in &cases {
                put(&kv, &case.id, case, &mut batch).unwrap();
            }
            for (n, (at, action, apply)) in acts.into_iter().enumerate() {
                let at = at % cases.len();
                act(&mut cases[at], Known::ALL[action], n);
                put(&kv, &cases[at].id, &cases[at], &mut batch).unwrap();
                if apply {
                    kv.apply(std::mem::take(&mut batch)).unwrap();
                }
            }
            kv.apply(std::mem::take(&mut batch)).unwrap();
            prop_assert_eq!(counted(&kv), expected(&cases));
            for case in &cases {
                let found = queue(&kv, &case.custody(), case.state(), None, 100).unwrap();
                prop_assert!(found.iter().any(|(_, id)| *id == case.id));
                prop_assert!(by_applicant(&kv, &case.applicant, 9).unwrap().contains(&case.id));
                prop_assert!(by_number(&kv, case.number.as_str(), 9).unwrap().contains(&case.id));
                delete(&kv, &case.id, &mut batch).unwrap();
            }
            kv.apply(batch).unwrap();
            prop_assert_eq!(kv.pairs(&Span::all(), Order::Forwards, 9).unwrap(), Vec::new(), "nothing is left behind");
        }
    }
}
