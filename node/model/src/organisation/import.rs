//! Units read from a CSV file, and the rules that make units one tree.
//!
//! Knows no store: what is there already is an argument. All that is wrong is reported at once, and while
//! anything is, nothing comes back.

use std::collections::{BTreeMap, BTreeSet};

use sanji_sync::UnitCode;

use super::{NameTemplates, Organisation, Tier, Unit, UnitKind};
use crate::lang::{Lang, Say, say_in_english};
use crate::problem::Problem;
use crate::table::{Row, Table};

/// Characters of a unit's name; the longest of the real lists have some thirty.
const NAME_CHARS_MAX: usize = 100;

impl Organisation {
    /// Reads `code,name,tier,parent_code` with an optional `kind`, columns in any order.
    ///
    /// Parents may stand in the file, before or after, or in `existing`. A unit of `existing` may be renamed but
    /// keeps its parent, for authority over what it wrote hangs on it.
    pub fn read_csv(
        text: &str,
        file: &str,
        existing: &Organisation,
        templates: &NameTemplates,
    ) -> Result<Vec<Unit>, Vec<Problem>> {
        let table = Table::read(text);
        // What follows an open quote is all one field, so nothing else said of the file would be true.
        if let Some(line) = table.open_quote {
            return Err(vec![Problem::at(file, line, &Fault::QuoteOpen)]);
        }
        let columns = Columns::of(&table)
            .map_err(|missing| missing.iter().map(|fault| Problem::at(file, 1, fault)).collect::<Vec<_>>())?;
        let mut faults: Vec<(u64, Fault)> = Vec::new();
        let mut lines: BTreeMap<UnitCode, u64> = BTreeMap::new();
        let mut units: Vec<(u64, Unit)> = Vec::new();
        for row in &table.rows {
            let read = columns.unit(row);
            if let Ok(code) = read.code
                && let Some(first) = lines.insert(code, row.line)
            {
                lines.insert(code, first);
                faults.push((row.line, Fault::Duplicate { code, first }));
            }
            match read.unit {
                Ok(unit) => units.push((row.line, unit)),
                Err(found) => faults.extend(found.into_iter().map(|fault| (row.line, fault))),
            }
        }

        let mut merged = existing.clone();
        units.iter().for_each(|(_, unit)| merged.insert(unit.clone()));
        // A parent whose own line is at fault is not unknown.
        let named: BTreeSet<UnitCode> = lines.keys().copied().collect();
        for (line, unit) in &units {
            faults.extend(merged.faults_of(unit, &named, templates).into_iter().map(|fault| (*line, fault)));
            if let Some(before) = existing.unit(&unit.code)
                && before.parent != unit.parent
            {
                faults.push((*line, Fault::ParentChanged { code: unit.code, from: before.parent }));
            }
        }
        let mut county = existing.root().map(|unit| unit.code);
        for (line, unit) in units.iter().filter(|(_, unit)| unit.kind == UnitKind::Centre) {
            match county {
                Some(first) if first != unit.code => faults.push((*line, Fault::SecondCounty { first })),
                _ => county = Some(unit.code),
            }
        }
        if county.is_none() && faults.is_empty() {
            faults.push((1, Fault::NoCounty));
        }
        if faults.is_empty() {
            return Ok(units.into_iter().map(|(_, unit)| unit).collect());
        }
        faults.sort_by_key(|(line, _)| *line);
        Err(faults.iter().map(|(line, fault)| Problem::at(file, *line, fault)).collect())
    }

    /// Everything that keeps the units from being one well-named tree; a fault without a unit concerns the whole.
    pub fn check(&self, templates: &NameTemplates) -> Vec<(Option<UnitCode>, Fault)> {
        let mut faults = Vec::new();
        for unit in self.iter() {
            let found = self.faults_of(unit, &BTreeSet::new(), templates);
            faults.extend(found.into_iter().map(|fault| (Some(unit.code), fault)));
        }
        let mut roots = self.iter().filter(|unit| unit.kind == UnitKind::Centre);
        match roots.next() {
            None => faults.push((None, Fault::NoCounty)),
            Some(first) => {
                let fault = Fault::SecondCounty { first: first.code };
                faults.extend(roots.map(|unit| (Some(unit.code), fault.clone())));
            }
        }
        faults
    }

    /// What is wrong with one unit among these. Parents in `named` count as known whatever they are.
    fn faults_of(&self, unit: &Unit, named: &BTreeSet<UnitCode>, templates: &NameTemplates) -> Vec<Fault> {
        let mut faults = Vec::new();
        if Tier::of(&unit.code) != unit.tier {
            faults.push(Fault::CodeLength { code: unit.code, tier: unit.tier });
        }
        if unit.kind.tier() != unit.tier {
            faults.push(Fault::KindTier { kind: unit.kind, tier: unit.tier });
        }
        if unit.name.is_empty() {
            faults.push(Fault::Missing("name"));
        } else if unit.name.chars().any(char::is_control) {
            faults.push(Fault::NameBroken);
        } else if unit.name.chars().count() > NAME_CHARS_MAX {
            faults.push(Fault::NameLong);
        } else if let Some(pattern) = templates.broken(unit.kind, &unit.name) {
            let (name, pattern) = (unit.name.clone(), pattern.to_owned());
            faults.push(Fault::NamePattern { name, pattern, kind: unit.kind });
        }
        match (unit.kind.below(), unit.parent) {
            (None, None) => {}
            (None, Some(_)) => faults.push(Fault::ParentOfCounty),
            (Some(wanted), None) => faults.push(Fault::ParentMissing { wanted }),
            (Some(wanted), Some(parent)) => match self.unit(&parent).map(|up| up.kind) {
                Some(kind) if kind == wanted => {}
                Some(found) => faults.push(Fault::ParentKind { parent, wanted, found }),
                None if named.contains(&parent) => {}
                None => faults.push(Fault::ParentUnknown(parent)),
            },
        }
        if self.ancestors(unit.code).any(|up| up.code == unit.code) {
            faults.push(Fault::Cycle(unit.code));
        }
        faults
    }
}

/// Where the columns stand.
struct Columns {
    code: usize,
    name: usize,
    tier: usize,
    parent: usize,
    kind: Option<usize>,
}

/// A row's code by itself, for what only needs that, and the unit or all that is wrong with its fields.
struct ReadRow {
    code: Result<UnitCode, Fault>,
    unit: Result<Unit, Vec<Fault>>,
}

impl Columns {
    fn of(table: &Table) -> Result<Columns, Vec<Fault>> {
        let find = |name| table.column(name).ok_or(Fault::Header(name));
        match (find("code"), find("name"), find("tier"), find("parent_code")) {
            (Ok(code), Ok(name), Ok(tier), Ok(parent)) => {
                Ok(Columns { code, name, tier, parent, kind: table.column("kind") })
            }
            (code, name, tier, parent) => {
                Err([code, name, tier, parent].into_iter().filter_map(Result::err).collect())
            }
        }
    }

    fn unit(&self, row: &Row) -> ReadRow {
        let code = match row.field(self.code) {
            "" => Err(Fault::Missing("code")),
            text => UnitCode::parse(text).map_err(|_| Fault::Code(text.to_owned())),
        };
        let tier = match row.field(self.tier) {
            "" => Err(Fault::Missing("tier")),
            text => text.parse::<Tier>().map_err(|_| Fault::Tier(text.to_owned())),
        };
        let parent = match row.field(self.parent) {
            "" => Ok(None),
            text => UnitCode::parse(text).map(Some).map_err(|_| Fault::Code(text.to_owned())),
        };
        let kind = match self.kind.map_or("", |at| row.field(at)) {
            "" => Ok(None),
            text => text.parse::<UnitKind>().map(Some).map_err(|_| Fault::Kind(text.to_owned())),
        };
        let name = row.field(self.name).to_owned();
        let unit = match (code.clone(), tier, parent, kind) {
            (Ok(code), Ok(tier), Ok(parent), Ok(kind)) => {
                let kind = kind.unwrap_or(UnitKind::assumed(tier, parent.is_some()));
                Ok(Unit { code, name, tier, parent, kind })
            }
            (code, tier, parent, kind) => {
                let mut found: Vec<Fault> =
                    [code.err(), tier.err(), parent.err(), kind.err()].into_iter().flatten().collect();
                found.extend(name.is_empty().then_some(Fault::Missing("name")));
                Err(found)
            }
        };
        ReadRow { code, unit }
    }
}

/// What can be wrong with units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A column that the first line does not name.
    Header(&'static str),
    Missing(&'static str),
    Code(String),
    CodeLength {
        code: UnitCode,
        tier: Tier,
    },
    Tier(String),
    Kind(String),
    KindTier {
        kind: UnitKind,
        tier: Tier,
    },
    Duplicate {
        code: UnitCode,
        first: u64,
    },
    ParentMissing {
        wanted: UnitKind,
    },
    ParentUnknown(UnitCode),
    ParentKind {
        parent: UnitCode,
        wanted: UnitKind,
        found: UnitKind,
    },
    ParentOfCounty,
    ParentChanged {
        code: UnitCode,
        from: Option<UnitCode>,
    },
    NoCounty,
    SecondCounty {
        first: UnitCode,
    },
    Cycle(UnitCode),
    /// A name with a line break or another control character: most often a quote left open.
    NameBroken,
    NameLong,
    /// A quote that no other one ends.
    QuoteOpen,
    NamePattern {
        name: String,
        pattern: String,
        kind: UnitKind,
    },
}

impl Say for Fault {
    fn code(&self) -> &'static str {
        match self {
            Fault::Header(_) => "ORG_HEADER",
            Fault::Missing(_) => "ORG_MISSING",
            Fault::Code(_) => "ORG_CODE",
            Fault::CodeLength { .. } => "ORG_CODE_LENGTH",
            Fault::Tier(_) => "ORG_TIER",
            Fault::Kind(_) => "ORG_KIND",
            Fault::KindTier { .. } => "ORG_KIND_TIER",
            Fault::Duplicate { .. } => "ORG_DUPLICATE",
            Fault::ParentMissing { .. } => "ORG_PARENT_MISSING",
            Fault::ParentUnknown(_) => "ORG_PARENT_UNKNOWN",
            Fault::ParentKind { .. } => "ORG_PARENT_TIER",
            Fault::ParentOfCounty => "ORG_PARENT_OF_COUNTY",
            Fault::ParentChanged { .. } => "ORG_PARENT_CHANGED",
            Fault::NoCounty => "ORG_NO_COUNTY",
            Fault::SecondCounty { .. } => "ORG_SECOND_COUNTY",
            Fault::Cycle(_) => "ORG_CYCLE",
            Fault::NameBroken => "ORG_NAME_BROKEN",
            Fault::NameLong => "ORG_NAME_LONG",
            Fault::QuoteOpen => "ORG_QUOTE",
            Fault::NamePattern { .. } => "ORG_NAME",
        }
    }

    fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh(),
            Lang::En => self.en(),
        }
    }
}

impl Fault {
    fn zh(&self) -> String {
        match self {
            Fault::Header(column) => format!("首行缺少列 {column}，须有 code,name,tier,parent_code"),
            Fault::Missing(column) => format!("{column} 为空，请填写"),
            Fault::Code(text) => format!("“{text}”不是区划代码，须为 6、9 或 12 位数字"),
            Fault::CodeLength { code, tier } => {
                format!("{}级代码须为 {} 位，{code} 不是，请改代码或层级", tier.words().zh, tier.code_len())
            }
            Fault::Tier(text) => format!("“{text}”不是层级，请写 county、town 或 village"),
            Fault::Kind(text) => {
                format!("“{text}”不是机构类型，请写 centre、department、hall 或 station，或留空")
            }
            Fault::KindTier { kind, tier } => {
                format!("{}不能是{}级，请改 kind 或 tier", kind.words().zh, tier.words().zh)
            }
            Fault::Duplicate { code, first } => format!("代码 {code} 已在第 {first} 行出现，请删去一行"),
            Fault::ParentMissing { wanted } => format!("请填写 parent_code，上级须为{}", wanted.words().zh),
            Fault::ParentUnknown(parent) => format!("上级 {parent} 不在文件中，也未登记，请先加入它"),
            Fault::ParentKind { parent, wanted, found } => {
                format!("上级须为{}，而 {parent} 是{}，请改 parent_code", wanted.words().zh, found.words().zh)
            }
            Fault::ParentOfCounty => "县级政务服务中心没有上级，请清空 parent_code".to_owned(),
            Fault::ParentChanged { code, from } => format!(
                "{code} 的上级不能更改，应保持{}；如机构调整，请用新代码",
                from.map_or("为空".to_owned(), |from| format!(" {from}"))
            ),
            Fault::NoCounty => "没有县级单位，请加入一行 tier 为 county、parent_code 为空的单位".to_owned(),
            Fault::SecondCounty { first } => {
                format!("只能有一个县，{first} 已是；县级部门大厅请填 parent_code")
            }
            Fault::Cycle(code) => format!("沿 {code} 的上级会回到它自己，请改 parent_code"),
            Fault::NameBroken => "名称中有换行或控制字符，请检查引号".to_owned(),
            Fault::NameLong => format!("名称超过 {NAME_CHARS_MAX} 字，请缩短"),
            Fault::QuoteOpen => {
                "此行的引号（\"）没有闭合，其后的内容都被当作一个字段，请补上或删去引号".to_owned()
            }
            Fault::NamePattern { name, pattern, kind } => {
                format!("“{name}”不合{}的命名规则，应为 {pattern}", kind.words().zh)
            }
        }
    }

    fn en(&self) -> String {
        match self {
            Fault::Header(column) => {
                format!("the first line lacks the column {column}; it needs code,name,tier,parent_code")
            }
            Fault::Missing(column) => format!("{column} is empty; fill it in"),
            Fault::Code(text) => format!("“{text}” is not a division code: 6, 9 or 12 digits are needed"),
            Fault::CodeLength { code, tier } => format!(
                "a {} code has {} digits, {code} has not; correct the code or the tier",
                tier.words().en,
                tier.code_len()
            ),
            Fault::Tier(text) => format!("“{text}” is not a tier; write county, town or village"),
            Fault::Kind(text) => {
                format!(
                    "“{text}” is not a kind; write centre, department, hall or station, or leave it empty"
                )
            }
            Fault::KindTier { kind, tier } => {
                format!("a {} is not of tier {}; correct kind or tier", kind.words().en, tier.words().en)
            }
            Fault::Duplicate { code, first } => {
                format!("code {code} stands in line {first} already; remove one of the two")
            }
            Fault::ParentMissing { wanted } => {
                format!("parent_code is empty; name the {} above this unit", wanted.words().en)
            }
            Fault::ParentUnknown(parent) => {
                format!("the parent {parent} is neither in the file nor known; add it first")
            }
            Fault::ParentKind { parent, wanted, found } => format!(
                "the parent must be a {}, but {parent} is a {}; correct parent_code",
                wanted.words().en,
                found.words().en
            ),
            Fault::ParentOfCounty => "a county service centre has no parent; empty parent_code".to_owned(),
            Fault::ParentChanged { code, from } => format!(
                "the parent of {code} never changes and must stay {}; a unit that moves gets a new code",
                from.map_or("empty".to_owned(), |from| from.to_string())
            ),
            Fault::NoCounty => {
                "there is no county; add a line with tier county and an empty parent_code".to_owned()
            }
            Fault::SecondCounty { first } => format!(
                "there is one county only and it is {first}; a department hall of it needs a parent_code"
            ),
            Fault::Cycle(code) => {
                format!("going up from {code} leads back to it; correct parent_code")
            }
            Fault::NameBroken => {
                "the name has a line break or control character in it; check the quotes".to_owned()
            }
            Fault::NameLong => format!("the name is longer than {NAME_CHARS_MAX} characters; shorten it"),
            Fault::QuoteOpen => {
                "the quote (\") that opens here is never closed, and all behind it reads as one field; close it or take it out"
                    .to_owned()
            }
            Fault::NamePattern { name, pattern, kind } => {
                format!("“{name}” does not follow the naming of a {}: {pattern}", kind.words().en)
            }
        }
    }
}

say_in_english!(Fault);
