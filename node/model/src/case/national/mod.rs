//! The tables in which cases go to the national exchange (DOMAIN §7): `up_pro_accept` and four more, as rows of one case.
//!
//! A row depends on the case alone, and its id on what it tells of, so that the same row has the same id in every delivery.
//! Written and not read. Knows no delivery: what the receiver has already is `feed`'s matter.

mod ending;
mod step;

use sanji_sync::{Time, UnitCode};
use serde::{Deserialize, Serialize};

use super::action::Known;
use super::course::Footing;
use super::event::By;
use super::material::{Material, Source};
use super::{Case, clock};
use crate::guide::exchange::national::project_type;
use crate::identity::IdKind;
use crate::lang::worded;
use crate::local;
use step::Step;

worded! {
    /// One of the five tables; the word is its name there.
    pub enum Table ("国家平台办件表", "table of cases in the national exchange") {
        Accept = "up_pro_accept", "办件受理", "acceptances";
        Process = "up_pro_process", "办件过程", "steps";
        Special = "up_pro_special_procedure", "特别程序", "special procedures";
        Outcome = "up_pro_result", "办件结果", "results";
        Material = "up_pro_material", "办件材料", "materials";
    }
}

impl Table {
    /// The columns behind `row_guid` and `project_no`, with which each table begins, and before those of the delivery.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Accept => &[
                "task_code",
                "task_version",
                "project_name",
                "applyer_name",
                "applyer_page_type",
                "applyer_page_code",
                "apply_date",
                "accept_date",
                "promise_date",
                "org_code",
                "org_name",
                "handle_user_name",
                "project_type",
            ],
            Table::Process => &[
                "process_name",
                "event_name",
                "event_start_time",
                "event_end_time",
                "handle_user_name",
                "handle_explain",
            ],
            Table::Special => &[
                "special_type",
                "special_name",
                "special_reason",
                "special_time",
                "end_time",
                "result",
                "handle_user_name",
            ],
            Table::Outcome => &["result_type", "result_date", "result_explain", "result_cetr_no"],
            Table::Material => &["material_name", "get_type", "get_num"],
        }
    }

    /// All columns of the table as it is delivered.
    pub fn heading(self) -> Vec<&'static str> {
        let delivery = ["cd_operation", "cd_time", "cd_batch"];
        [&["row_guid", "project_no"][..], self.columns(), &delivery].concat()
    }
}

/// The name of a row at the receiver: 32 hexadecimal digits, the same in every delivery.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// Of the row of a table that tells of `what` of a case.
    fn of(case: &Case, table: Table, what: &str) -> RowId {
        let named = format!("{} {table} {what}", case.id);
        let hash = blake3::derive_key("sanji 2026 row of the national exchange", named.as_bytes());
        RowId(std::array::from_fn(|at| hash[at]))
    }
}

/// One row, without what a delivery adds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Row {
    pub table: Table,
    pub id: RowId,
    /// What stands in [`Table::columns`].
    pub cells: Vec<String>,
}

/// What units and people are called, as a node knows it.
pub struct Names<'a> {
    pub unit: &'a dyn Fn(&UnitCode) -> Option<String>,
    /// By login name.
    pub person: &'a dyn Fn(&str) -> Option<String>,
}

impl Names<'_> {
    /// The person's name; the login of one who is not known any more, as of a case of another system.
    fn of(&self, by: &By) -> String {
        let user = by.user.as_deref();
        user.map(|user| (self.person)(user).unwrap_or_else(|| user.to_owned())).unwrap_or_default()
    }
}

/// All rows of a case as of its almanac's day; none before its registration counts.
pub fn rows(case: &Case, names: &Names) -> Vec<Row> {
    let Some(registered) = case.folded.registered_at else { return Vec::new() };
    let steps = step::counted(case);
    let row = |table, what: &str, cells| Row { table, id: RowId::of(case, table, what), cells };
    let mut rows = vec![row(Table::Accept, "", accept(case, registered, &steps, names))];
    rows.extend(
        step::process(case, &steps, names).into_iter().map(|(id, cells)| row(Table::Process, &id, cells)),
    );
    rows.extend(step::special(&steps, names).into_iter().map(|(id, cells)| row(Table::Special, &id, cells)));
    rows.extend(ending::cells(case, &steps).map(|cells| row(Table::Outcome, "", cells)));
    let here = case.folded.course.materials.values().filter(|material| material.is_here());
    rows.extend(here.map(|material| row(Table::Material, &material.name, material_cells(material))));
    rows
}

fn accept(case: &Case, registered: Time, steps: &[Step], names: &Names) -> Vec<String> {
    let acceptance = case.folded.course.acceptance.as_ref();
    let accepts = |step: &&Step| {
        use Known::*;
        matches!(step.action, Accept | AcceptOmissions | AcceptCommitment | OnTheSpot)
    };
    let by_somebody = acceptance.filter(|acceptance| acceptance.footing != Footing::Deemed);
    let accepted = by_somebody.and_then(|_| steps.iter().rev().find(accepts));
    let by = accepted.or(steps.first()).map(|step| &step.event.by);
    let unit = accepted.map_or(case.unit, |step| step.event.by.unit);
    // A hearing that still lasts would move the day with every day.
    let mut course = case.folded.course.clone();
    course.special.retain(|special| !special.pauses());
    let promised = clock::promise_due(&course, &case.setting());
    vec![
        case.guide.code.clone(),
        case.guide.version.to_string(),
        case.guide.name.clone(),
        case.applicant.clone(),
        page_type(case.id_kind).to_owned(),
        case.id_number.clone(),
        moment(registered),
        acceptance.map_or_else(String::new, |acceptance| moment(acceptance.from)),
        promised.map_or_else(String::new, |due| due.date.to_string()),
        unit.to_string(),
        (names.unit)(&unit).unwrap_or_default(),
        by.map(|by| names.of(by)).unwrap_or_default(),
        project_type(case.guide.case_type).to_owned(),
    ]
}

/// How it was taken: 1 on paper, 2 uploaded or scanned, 3 from a register of certificates, 4 vouched for.
fn material_cells(material: &Material) -> Vec<String> {
    let how = match material.source {
        Source::Paper => "1",
        Source::Upload | Source::Scan => "2",
        Source::Certificate => "3",
        Source::Commitment | Source::Later => "4",
    };
    let pieces = u64::from(material.originals) + u64::from(material.copies);
    vec![material.name.clone(), how.to_owned(), pieces.to_string()]
}

/// 证件类型: 111 resident identity card, 001 unified social credit code.
fn page_type(kind: IdKind) -> &'static str {
    match kind {
        IdKind::Ric => "111",
        IdKind::Uscc => "001",
    }
}

fn moment(time: Time) -> String {
    local::date_time(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

mod text {
    //! Row ids as hexadecimal digits.

    use std::fmt;
    use std::str::FromStr;

    use data_encoding::HEXLOWER;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::RowId;

    impl fmt::Display for RowId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.pad(&HEXLOWER.encode(&self.0))
        }
    }

    impl FromStr for RowId {
        type Err = &'static str;

        fn from_str(text: &str) -> Result<RowId, &'static str> {
            let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(RowId).ok_or("a row id has 32 hexadecimal digits")
        }
    }

    impl Serialize for RowId {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            s.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for RowId {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<RowId, D::Error> {
            String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
        }
    }
}
