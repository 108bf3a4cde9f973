//! Lists and counters against going through all cases.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use sanji_model::calendar::{Almanac, Calendar};
use sanji_model::case::{Action, By, CaseType, Cycle, GuidePin, Known, NewCase, Period, Role, Terms};
use sanji_model::identity::IdKind;
use sanji_model::number::CaseNumber;
use sanji_sync::Time;

use super::super::rolls::{page, sheets};
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
        unit,
        holder: unit,
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
    const EVERY_PAPER: &str = "收件凭证;材料交接单;补正告知书;补正凭证;退件通知书;不予受理通知书;受理通知书;\
                               容缺受理通知书;告知承诺书;特别程序告知书;决定书;送达回证;档案封面;终止通知书;即办凭证";
    let said =
        ["reason", "basis", "competent", "items", "answers", "remedies", "taker", "signature", "decision"];
    let mut fields: BTreeMap<String, String> = said.map(|key| (key.into(), "x".into())).into();
    fields.extend(
        [("outcome", "grant"), ("result", "0"), ("level", "5"), ("papers", EVERY_PAPER)]
            .map(|(k, v)| (k.into(), v.into())),
    );
    let at = Time(BEGIN + (n as u64 + 10) * DAY);
    case.turn_to(sanji_model::local::date(at));
    if let Ok(event) = case.decide(Action::Known(action), by, fields, format!("a{n}").parse().unwrap(), at) {
        case.push(event);
    }
}

/// What the counters ought to be, from the cases alone.
fn expected(cases: &[Case]) -> BTreeMap<(UnitCode, Period), BTreeMap<String, i64>> {
    let mut all: BTreeMap<(UnitCode, Period), BTreeMap<String, i64>> = BTreeMap::new();
    for case in cases {
        for ((day, figure), n) in case.figures().0 {
            for cycle in [Cycle::Week, Cycle::Month] {
                let numbers = all.entry((case.unit, Period::of(cycle, day))).or_default();
                *numbers.entry(figure.word().to_owned()).or_default() += n;
            }
        }
    }
    all.values_mut().for_each(|numbers| numbers.retain(|_, n| *n != 0));
    all.retain(|_, numbers| !numbers.is_empty());
    all
}

fn counted(kv: &dyn Kv) -> BTreeMap<(UnitCode, Period), BTreeMap<String, i64>> {
    let counters = super::super::figures::all(kv).unwrap().into_iter();
    counters.map(|counter| ((counter.unit, counter.period), counter.numbers)).collect()
}

/// What every list ought to have, from the cases alone.
fn listed(cases: &[Case]) -> BTreeMap<Sheet, BTreeSet<(u32, DocId)>> {
    let mut all: BTreeMap<Sheet, BTreeSet<(u32, DocId)>> = BTreeMap::new();
    let mut put = |roll, unit, filter, order, id| {
        all.entry(Sheet { roll, unit, filter }).or_default().insert((order, id));
    };
    for case in cases {
        let row = case.row();
        let registered = row.registered_at.map(local::date).map(keys::day_number).unwrap();
        let order = row.due.map_or(u32::MAX - registered, keys::day_number);
        put(Roll::Queue, case.custody(), case.state().number(), order, case.id);
        put(Roll::Cases, case.unit, case.state().number(), order, case.id);
        if let Some(unit) = case.handed_to() {
            put(Roll::Arriving, unit, 0, order, case.id);
        }
        if !case.folded.disputes.is_empty() {
            put(Roll::Disputes, case.unit, 0, order, case.id);
        }
        for card in case.cards() {
            let order = u32::MAX - keys::day_number(card.on);
            put(Roll::Cards, card.unit, card.level as u8, order, case.id);
        }
        if let Some(rating) = &case.folded.course.rating {
            let order = u32::MAX - keys::day_number(local::date(rating.at));
            put(Roll::Ratings, case.unit, rating.stage as u8, order, case.id);
        }
    }
    all
}

/// What the lists have: by sheet, and of all sheets of a roll together in pages of three.
fn check_lists(kv: &dyn Kv, cases: &[Case]) -> Result<(), TestCaseError> {
    let expected = listed(cases);
    for roll in [Roll::Queue, Roll::Arriving, Roll::Cases, Roll::Disputes, Roll::Cards, Roll::Ratings] {
        let counted = sheets(kv, roll).unwrap();
        let of_roll: BTreeMap<_, _> = expected.iter().filter(|(sheet, _)| sheet.roll == roll).collect();
        prop_assert_eq!(
            counted.iter().map(|(sheet, _)| sheet).collect::<Vec<_>>(),
            of_roll.keys().copied().collect::<Vec<_>>()
        );
        let mut merged = Vec::new();
        let mut after = None;
        loop {
            let all = counted.iter().map(|(sheet, _)| *sheet);
            let next = page(kv, all, after, None, 3).unwrap();
            merged.extend(next.iter().copied());
            let Some(last) = next.last() else { break };
            after = Some(*last);
        }
        prop_assert!(merged.is_sorted_by(|a, b| a < b), "in order, each once");
        prop_assert_eq!(merged.len() as u64, counted.iter().map(|(_, n)| n).sum::<u64>());
        for (sheet, n) in counted {
            let entries = page(kv, [sheet], None, None, usize::MAX).unwrap();
            prop_assert_eq!(entries.len() as u64, n);
            let places: BTreeSet<_> = entries.iter().map(|entry| (entry.order, entry.doc)).collect();
            prop_assert_eq!(&places, of_roll[&sheet]);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Lists and counters that are kept by delta are what going through all cases gives, whatever happened, in however many batches;
    /// and they go back to nothing with the last case. A unit's figures are those of its own cases, so that villages
    /// add up to their town and towns to the county.
    #[test]
    fn lists_and_counters_by_delta_are_what_counting_gives(
        units in prop::collection::vec(0usize..UNITS.len(), 1..8),
        acts in prop::collection::vec((0usize..8, 0usize..Known::ALL.len(), any::<bool>()), 0..60),
        later in 0i64..90,
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
        check_lists(&kv, &cases)?;
        // Time alone moves cases on, too.
        for case in &mut cases {
            case.turn_to(Date::constant(2026, 6, 1).saturating_add(later.days()));
            put(&kv, &case.id, case, &mut batch).unwrap();
        }
        kv.apply(std::mem::take(&mut batch)).unwrap();
        prop_assert_eq!(counted(&kv), expected(&cases));
        check_lists(&kv, &cases)?;
        for case in &cases {
            prop_assert!(by_applicant(&kv, &case.applicant, 9).unwrap().contains(&case.id));
            prop_assert!(by_number(&kv, case.number.as_str(), 9).unwrap().contains(&case.id));
            delete(&kv, &case.id, &mut batch).unwrap();
        }
        kv.apply(batch).unwrap();
        prop_assert_eq!(kv.pairs(&Span::all(), Order::Forwards, 9).unwrap(), Vec::new(), "nothing is left behind");
    }
}
