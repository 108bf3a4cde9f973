//! Cards, ratings and figures over all cases that this node holds (DOMAIN §4 to §6).
//!
//! The model says what a case earns and counts for; here it is put together by unit. Counters add up by themselves: a
//! unit's figures are those of its own cases and of all units below it.

use std::collections::BTreeMap;

use sanji_model::case::{CaseRow, Cycle, Indicators, Level, Period, RatingStage, State};
use sanji_model::number::CaseNumber;
use sanji_model::refusal::Refusal as Rule;
use sanji_model::{complaint, enquiry};
use sanji_sync::{Time, UnitCode};
use serde_json::{Value, json};

use super::cases::case_json;
use super::late::late_fact;
use super::pages::{Page, bad_cursor};
use super::sampling::month;
use super::{Done, Machine, Stop};
use crate::page::ARRIVING;
use crate::refusal::Refusal;
use crate::store::views;
use crate::store::views::figures::Counter;
use crate::store::views::rolls::{self, Entry, Roll, Sheet};

type Numbers = BTreeMap<String, i64>;

impl Machine {
    /// A page of the cards of a unit and those below it, the latest first, each with what is known of the line at that time.
    pub(super) fn cards(&self, now: Time, unit: Option<&str>, level: Option<&str>, page: Page<'_>) -> Done {
        let unit = self.asked_unit(unit)?;
        let level = level.map(str::parse::<Level>).transpose().map_err(Rule::Word)?;
        let wanted = |sheet: &Sheet| {
            level.is_none_or(|level| sheet.filter == level as u8) && self.is_within(sheet.unit, unit)
        };
        self.page(Roll::Cards, wanted, page, None, |Entry { doc, place, .. }| {
            let mut cards = views::cases::cards(self.store.kv(), &doc)?.into_iter();
            let Some(card) = cards.nth(usize::from(place)) else { return Ok(None) };
            let mut line = json!(card);
            line["rule_name"] = words(card.rule.words());
            line["of"] = json!(card.rule.subject());
            line["level_name"] = words(card.level.words());
            let judged = self.judged(&card, now);
            line["evidence"] = json!(judged.evidence);
            line["outage"] = json!(judged.outage);
            Ok(Some(line))
        })
    }

    /// A page of the ratings of a unit and those below it whose loop stands at `stage`, the latest first.
    pub(super) fn ratings(&self, unit: Option<&str>, stage: Option<&str>, page: Page<'_>) -> Done {
        let unit = self.asked_unit(unit)?;
        let stage = stage.map(str::parse::<RatingStage>).transpose().map_err(Rule::Word)?;
        let wanted = |sheet: &Sheet| {
            stage.is_none_or(|stage| sheet.filter == stage as u8) && self.is_within(sheet.unit, unit)
        };
        self.page(Roll::Ratings, wanted, page, None, |Entry { doc, .. }| {
            let row = views::cases::row(self.store.kv(), &doc)?;
            Ok(row.map(|row| case_json(&row.masked(), &[])))
        })
    }

    /// How much each list has of a unit and those below it, by what it is filtered by: what badges on pages say.
    pub(super) fn counts(&self, unit: Option<&str>) -> Done {
        let unit = self.asked_unit(unit)?;
        let by = |roll, word: &dyn Fn(u8) -> Option<&'static str>| -> Result<Numbers, Stop> {
            let mut numbers = Numbers::new();
            for (filter, n) in self.counted(roll, unit)? {
                if let Some(word) = word(filter) {
                    *numbers.entry(word.to_owned()).or_default() += n as i64;
                }
            }
            Ok(numbers)
        };
        let state =
            |number| State::ALL.iter().find(|state| state.number() == number).map(|state| state.word());
        let disputes: u64 = self.counted(Roll::Disputes, unit)?.iter().map(|(_, n)| n).sum();
        Ok(json!({
            "unit": unit,
            "cases": by(Roll::Cases, &state)?,
            "held": by(Roll::Queue, &state)?,
            "queue": self.queued(unit)?,
            "disputes": disputes,
            "cards": by(Roll::Cards, &|level| Some(Level::ALL.get(usize::from(level))?.word()))?,
            "ratings": by(Roll::Ratings, &|stage| Some(RatingStage::ALL.get(usize::from(stage))?.word()))?,
            "complaints": by(Roll::Complaints, &|n| Some(complaint::State::ALL.get(usize::from(n))?.word()))?,
            "enquiries": by(Roll::Enquiries, &|n| Some(enquiry::State::ALL.get(usize::from(n))?.word()))?,
        }))
    }

    /// How many cases a unit holds itself, by state, and how many it is to take over.
    fn queued(&self, unit: UnitCode) -> Result<BTreeMap<&'static str, u64>, Stop> {
        let own = |roll| -> Result<_, Stop> {
            let sheets = rolls::sheets(self.store.kv(), roll)?.into_iter();
            Ok(sheets.filter(move |(sheet, _)| sheet.unit == unit))
        };
        let named = own(Roll::Queue)?.filter_map(|(sheet, n)| {
            let state = State::ALL.iter().find(|state| state.number() == sheet.filter)?;
            Some((state.word(), n))
        });
        let arriving = own(Roll::Arriving)?.map(|(_, n)| (ARRIVING, n));
        Ok(named.chain(arriving).collect())
    }

    /// The figures of a unit with those below it, period by period and together, and how many cases stand where.
    pub(super) fn stats(
        &self,
        unit: Option<&str>,
        by: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Done {
        let unit = self.asked_unit(unit)?;
        let cycle = by.map(str::parse::<Cycle>).transpose().map_err(Rule::Word)?.unwrap_or(Cycle::Month);
        let (from, to) = (period(cycle, from)?, period(cycle, to)?);
        let mut periods: BTreeMap<Period, Numbers> = BTreeMap::new();
        let mut units: BTreeMap<UnitCode, Numbers> = BTreeMap::new();
        for Counter { unit: of, period, numbers } in views::figures::all(self.store.kv())? {
            let period = period.within(cycle);
            let wanted = period.cycle() == cycle
                && from.is_none_or(|from| period >= from)
                && to.is_none_or(|to| period <= to);
            if wanted && self.is_within(of, unit) {
                add(periods.entry(period).or_default(), &numbers);
                add(units.entry(of).or_default(), &numbers);
            }
        }
        let mut total = Numbers::new();
        periods.values().for_each(|numbers| add(&mut total, numbers));
        let periods: Vec<Value> = periods
            .iter()
            .map(|(period, numbers)| json!({ "period": period.to_string(), "figures": numbers, "indicators": indicators(numbers) }))
            .collect();
        let units: Vec<Value> =
            units.iter().map(|(unit, numbers)| json!({ "unit": unit, "figures": numbers, "indicators": indicators(numbers) })).collect();
        let mut standing: BTreeMap<u8, u64> = BTreeMap::new();
        for (state, n) in self.counted(Roll::Cases, unit)? {
            *standing.entry(state).or_default() += n;
        }
        let standing: Vec<Value> = State::ALL
            .iter()
            .filter_map(|state| Some(json!({ "state": state, "cases": standing.get(&state.number())? })))
            .collect();
        Ok(json!({
            "unit": unit, "total": total, "indicators": indicators(&total), "by": cycle, "periods": periods, "units": units,
            "standing": standing,
        }))
    }

    /// A page of the ledger (台账) of a unit and a month: the cases that it registered then, in order of their numbers, with
    /// the day on which those came here that came after the month's cut-off.
    pub(super) fn ledger(&self, unit: Option<&str>, of: &str, page: Page<'_>) -> Done {
        let unit = self.asked_unit(unit)?;
        let month = month(of)?;
        let beginning = format!("{}{:04}{:02}", unit.padded(), month.year, month.month);
        let after = page.after.map(|after| after.parse::<CaseNumber>().map_err(|_| bad_cursor(after)));
        let after = after.transpose()?;
        let after = after.as_ref().map(CaseNumber::as_str);
        let (rows, next) = views::cases::numbered_so(self.store.kv(), &beginning, after, page.limit())?;
        let line = |row: CaseRow| {
            let late = self.store.fact(&late_fact(&row.id)).map(String::from_utf8_lossy);
            let mut line = case_json(&row.masked(), &[]);
            line["late_on"] = json!(late);
            line
        };
        let rows: Vec<Value> = rows.into_iter().map(line).collect();
        Ok(json!({ "unit": unit, "month": month.to_string(), "rows": rows, "next": next }))
    }
}

fn words(words: sanji_model::lang::Words) -> Value {
    json!({ "zh": words.zh, "en": words.en })
}

fn add(to: &mut Numbers, more: &Numbers) {
    more.iter().for_each(|(word, n)| *to.entry(word.clone()).or_default() += n);
}

fn indicators(numbers: &Numbers) -> Indicators {
    Indicators::of(|figure| numbers.get(figure.word()).copied().unwrap_or_default())
}

/// Parses a period of this length given by a person.
fn period(cycle: Cycle, text: Option<&str>) -> Result<Option<Period>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let read = text.parse::<Period>().ok().filter(|period| period.cycle() == cycle);
    let (wanted_en, wanted_zh) = match cycle {
        Cycle::Week => ("a week is written as 2026-W06", "周应写作 2026-W06"),
        Cycle::Month => ("a month is written as 2026-01", "月份应写作 2026-01"),
        Cycle::Quarter => ("a quarter is written as 2026-Q1", "季度应写作 2026-Q1"),
    };
    let bad = || Refusal::BadArgument { what: "period", text: text.to_owned(), wanted_en, wanted_zh };
    read.map(Some).ok_or_else(bad)
}
