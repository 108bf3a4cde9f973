//! The tables in which guides go to the national exchange (DOMAIN §7): `up_task_general_basic`, a row a version, and
//! `up_task_general_material`, a row a material of it.
//!
//! They carry what their columns hold and no more, so they are written and not read. Knows no clock: the moment and
//! the batch are arguments.

use jiff::civil::{Date, DateTime};

use crate::book::{Book, Sheet};
use crate::case::CaseType;
use crate::guide::{Content, Element, Fee, Guide, Limit, Material, Necessity, PublishedMeta, Unit};
use crate::lang::worded;
use crate::organisation::Tier;

worded! {
    /// What the receiver is to do with a row (cd_operation).
    pub enum Operation ("操作", "operation") {
        Insert = "I", "新增", "insert";
        Update = "U", "修改", "update";
        Delete = "D", "删除", "delete";
    }
}

impl Operation {
    /// The first version is new to the receiver, a later one replaces it, and what no longer holds on `today` goes.
    pub fn of(version: &PublishedMeta, today: Date) -> Operation {
        match version.cancels_on {
            Some(day) if day <= today => Operation::Delete,
            _ if version.version == 1 => Operation::Insert,
            _ => Operation::Update,
        }
    }
}

/// One delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// As the receiver counts deliveries (cd_batch).
    pub id: String,
    /// Local time (cd_time).
    pub at: DateTime,
}

impl Batch {
    /// What a row of it ends with: cd_operation, cd_time, cd_batch.
    pub fn stamp(&self, operation: Operation) -> Vec<String> {
        let at = self.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        vec![operation.word().to_owned(), at, self.id.clone()]
    }
}

/// A version to deliver, with the name and code of the unit that published it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    pub meta: PublishedMeta,
    pub guide: Guide,
    pub org_name: String,
}

pub const BASIC: &str = "up_task_general_basic";
pub const MATERIAL: &str = "up_task_general_material";

/// A column that both tables have and no other table: by it they are recognised.
pub(super) const OPERATION: &str = "cd_operation";

/// The columns of [`BASIC`].
const BASIC_COLUMNS: &[&str] = &[
    "rowguid",
    "catalog_code",
    "task_code",
    "task_handle_item",
    "task_name",
    "task_version",
    "task_type",
    "use_level",
    "by_law",
    "org_code",
    "org_name",
    "project_type",
    "anticipate_day",
    "anticipate_type",
    "promise_day",
    "promise_type",
    "accept_condition",
    "handle_form",
    "handle_flow",
    "is_fee",
    "charge_standard",
    "link_way",
    "supervise_way",
    "handle_addr",
    "plan_effective_date",
    "plan_cancel_date",
    "cd_operation",
    "cd_time",
    "cd_batch",
];

/// The columns of [`MATERIAL`].
const MATERIAL_COLUMNS: &[&str] = &[
    "rowguid",
    "task_guid",
    "task_code",
    "task_version",
    "material_no",
    "material_name",
    "is_need",
    "original_num",
    "copy_num",
    "is_tolerance",
    "source_explain",
    "remark",
    "cd_operation",
    "cd_time",
    "cd_batch",
];

/// Both tables over all versions of a batch.
pub fn tables(tasks: &[Task], batch: &Batch, today: Date) -> Book {
    let mut basic = Sheet::new(BASIC, BASIC_COLUMNS.iter().copied());
    let mut materials = Sheet::new(MATERIAL, MATERIAL_COLUMNS.iter().copied());
    for task in tasks {
        let operation = Operation::of(&task.meta, today);
        basic.push([basic_row(task), batch.stamp(operation)].concat());
        for (material, number) in task.guide.materials.given().into_iter().flatten().zip(1..) {
            materials.push([material_row(task, material, number), batch.stamp(operation)].concat());
        }
    }
    Book { sheets: vec![basic, materials] }
}

fn basic_row(task: &Task) -> Vec<String> {
    let (guide, meta) = (&task.guide, &task.meta);
    let codes = guide.codes.given().cloned().unwrap_or_default();
    let limits = guide.time_limit.given().cloned().unwrap_or_default();
    let say = |element| match guide.readable(element) {
        Content::Given(text) => text,
        Content::Missing | Content::Nothing => String::new(),
    };
    let day = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
    let [statutory, promised] = [limits.statutory, limits.promised].map(limit);
    vec![
        row_id(task),
        codes.basic.clone().unwrap_or_default(),
        codes.implementation.clone().or(codes.other.clone()).unwrap_or_default(),
        codes.handling.clone().unwrap_or_default(),
        guide.name().to_owned(),
        meta.version.to_string(),
        category(&say(Element::Category)),
        levels(guide),
        say(Element::LegalBasis),
        codes.authority.clone().unwrap_or_default(),
        guide.text(Element::AcceptingBody).map_or_else(|| task.org_name.clone(), str::to_owned),
        guide.case_type.map_or("", project_type).to_owned(),
        statutory.0,
        statutory.1,
        promised.0,
        promised.1,
        say(Element::Conditions),
        say(Element::Channels),
        say(Element::Procedure),
        match &guide.fees {
            Content::Missing => String::new(),
            Content::Nothing => "0".to_owned(),
            Content::Given(_) => "1".to_owned(),
        },
        charges(guide.fees.given().map_or(&[], Vec::as_slice)),
        say(Element::Consultation),
        say(Element::Complaints),
        say(Element::PlaceAndHours),
        meta.effective_on.to_string(),
        day(meta.cancels_on),
    ]
}

fn material_row(task: &Task, material: &Material, number: u32) -> Vec<String> {
    let count = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
    let need = |necessity| match necessity {
        Necessity::Required => "1",
        Necessity::Secondary => "0",
    };
    vec![
        format!("{}-{number}", row_id(task)),
        row_id(task),
        task.guide.code().unwrap_or_default().to_owned(),
        task.meta.version.to_string(),
        number.to_string(),
        material.name.clone(),
        material.necessity.map_or("", need).to_owned(),
        count(material.originals),
        count(material.copies),
        material.later.map_or("", |later| if later { "1" } else { "0" }).to_owned(),
        material.source.clone().unwrap_or_default(),
        [&material.when, &material.note].into_iter().flatten().cloned().collect::<Vec<_>>().join("；"),
    ]
}

/// One a version, the same in every delivery.
fn row_id(task: &Task) -> String {
    format!("{}-{}", task.meta.guide, task.meta.version)
}

/// Number and unit: 1 working days, 2 days, 3 months, 4 hours.
fn limit(limit: Option<Limit>) -> (String, String) {
    let unit = |unit| match unit {
        Unit::WorkingDay => "1",
        Unit::Day => "2",
        Unit::Month => "3",
        Unit::Hour => "4",
    };
    limit.map_or_else(Default::default, |limit| (limit.number.to_string(), unit(limit.unit).to_owned()))
}

/// 办件类型 by its national code.
pub fn project_type(case_type: CaseType) -> &'static str {
    match case_type {
        CaseType::OnTheSpot => "1",
        CaseType::Promised => "2",
    }
}

/// 行使层级 by its national code (DOMAIN §1), several with `^` between them.
fn levels(guide: &Guide) -> String {
    let code = |tier: &Tier| match tier {
        Tier::County => "4",
        Tier::Town => "5",
        Tier::Village => "6",
    };
    guide.tiers.iter().map(code).collect::<Vec<_>>().join("^")
}

/// The code of a category (DOMAIN §2.5); the words where they are none of the list.
fn category(text: &str) -> String {
    const CODES: &[(&str, &str)] = &[
        ("行政许可", "01"),
        ("行政处罚", "02"),
        ("行政强制", "03"),
        ("行政征收", "04"),
        ("行政给付", "05"),
        ("行政检查", "06"),
        ("行政确认", "07"),
        ("行政奖励", "08"),
        ("行政裁决", "09"),
        ("其他行政权力", "10"),
        ("公共服务", "20"),
    ];
    let code = CODES.iter().find(|(name, code)| text.contains(name) || text.trim() == *code);
    code.map_or(text, |(_, code)| code).to_owned()
}

fn charges(fees: &[Fee]) -> String {
    fees.iter().map(Fee::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::read::lines;
    use super::*;
    use crate::book::csv;
    use crate::guide::import::import_jsonl;
    use sanji_sync::{DocId, Time, UnitCode};

    #[test]
    fn versions_become_rows_with_batch_and_operation() {
        let text = include_str!("../../../../../cli/demo/guides.jsonl");
        let guide = import_jsonl(text, "x").unwrap().remove(0).guide;
        let task = |version, cancels_on| Task {
            meta: PublishedMeta {
                guide: DocId([7; 16]),
                version,
                published_at: Time(0),
                published_by: UnitCode::parse("659901").unwrap(),
                effective_on: Date::constant(2026, 2, 10),
                cancels_on,
            },
            guide: guide.clone(),
            org_name: "县政务服务中心".to_owned(),
        };
        let tasks = [task(1, None), task(2, None), task(3, Some(Date::constant(2026, 3, 1)))];
        let batch = Batch { id: "B1".to_owned(), at: Date::constant(2026, 3, 1).at(9, 0, 0, 0) };
        let book = tables(&tasks, &batch, Date::constant(2026, 3, 1));
        let [basic, materials] = book.sheets.as_slice() else { panic!("two tables") };
        let column = |sheet: &Sheet, name: &str| sheet.heading.iter().position(|head| head == name).unwrap();
        let all = |sheet: &Sheet, name: &str| -> Vec<String> {
            sheet.rows.iter().map(|row| row.cell(column(sheet, name)).to_owned()).collect()
        };
        assert_eq!(all(basic, "cd_operation"), ["I", "U", "D"]);
        assert_eq!(all(basic, "cd_batch"), ["B1"; 3]);
        assert_eq!(all(basic, "cd_time")[0], "2026-03-01 09:00:00");
        assert_eq!(all(basic, "task_name")[0], guide.name());
        assert_eq!(all(basic, "task_code")[0], guide.code().unwrap());
        let promised = guide.time_limit.given().unwrap().promised.unwrap();
        assert_eq!(
            (all(basic, "promise_day")[0].as_str(), all(basic, "promise_type")[0].as_str()),
            (promised.number.to_string().as_str(), "1")
        );
        assert_eq!(materials.rows.len(), 3 * guide.materials.given().unwrap().len());
        assert_eq!(all(materials, "task_guid")[0], all(basic, "rowguid")[0]);
        for sheet in &book.sheets {
            assert!(sheet.rows.iter().all(|row| row.cells.len() == sheet.heading.len()));
            let text = csv::write_exactly(sheet);
            assert!(
                text.starts_with("\"rowguid\",") && !text.contains("\"'"),
                "a machine reads it to the letter"
            );
            let read = csv::read(&text, &sheet.name).unwrap();
            let cells = |sheet: &Sheet| sheet.rows.iter().map(|row| row.cells.clone()).collect::<Vec<_>>();
            assert_eq!((&read.heading, cells(&read)), (&sheet.heading, cells(sheet)));
            let refused = lines(&Book { sheets: vec![read] }, "x.csv").unwrap_err();
            assert_eq!((refused.len(), refused[0].code), (1, "SHEET_NATIONAL"));
        }
        assert_eq!([category("20 公共服务"), category("别的")], ["20", "别的"]);
    }
}
