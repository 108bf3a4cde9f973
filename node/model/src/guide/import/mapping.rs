//! The mapping table: which key of a source means which element, field or column of a row.
//!
//! The table is `data/guide-keys.csv`, embedded. The elements' own keys and Chinese names need no line in it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::guide::code::CodeKind;
use crate::guide::element::Element;
use crate::lang::{Words, worded};
use crate::table::Table;

/// Where a value of a source goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    Element(Element),
    Limit(LimitPart),
    Code(CodeKind),
    Field(Field),
    Source(SourcePart),
}

worded! {
    /// A part of element 15.
    pub enum LimitPart ("时限部分", "part of the time limit") {
        Statutory = "statutory", "法定办结时限", "statutory limit";
        Promised = "promised", "承诺办结时限", "promised limit";
        Note = "note", "时限说明", "note on the time limit";
    }
}

worded! {
    /// What a guide has besides its elements.
    pub enum Field ("字段", "field") {
        /// The object that holds the elements.
        Elements = "elements", "要素", "elements";
        CaseType = "case_type", "办件类型", "case type";
        Tiers = "tiers", "受理层级", "tiers";
        Visits = "visits", "到办事现场次数", "visits";
        CancelsOn = "cancels_on", "废止日期", "cancel date";
        Version = "version", "版本", "version";
        Source = "source", "来源信息", "source";
        Translations = "translations", "译文", "translations";
        Remarks = "remarks", "备注", "remarks";
    }
}

worded! {
    pub enum SourcePart ("来源部分", "part of the source") {
        Id = "id", "来源编号", "id at the source";
        Name = "name", "来源", "source";
        Url = "url", "来源地址", "address of the source";
        Region = "region", "地区", "region";
        Level = "level", "来源层级", "level of the source";
    }
}

/// The kinds of rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::guide) enum RowKind {
    Material,
    Step,
    Fee,
    Paper,
}

impl RowKind {
    fn parse(word: &str) -> Option<RowKind> {
        match word {
            "material" => Some(RowKind::Material),
            "step" => Some(RowKind::Step),
            "fee" => Some(RowKind::Fee),
            "paper" => Some(RowKind::Paper),
            _ => None,
        }
    }
}

/// How a value becomes what its target holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::guide) enum How {
    /// As it is; with its key in front only when several values share the target.
    Plain,
    /// Always with its key in front, which is part of the meaning.
    Labelled,
    /// With its key, and only beside another value: alone it says too little to fill an element.
    Beside,
    Text,
    Count,
    Flag,
    /// As the basis of a fee whose standard stands elsewhere.
    Basis,
    /// Working days.
    Days,
    Necessity,
    Role,
    Tier,
}

impl How {
    fn parse(word: &str) -> Option<How> {
        match word {
            "plain" => Some(How::Plain),
            "labelled" => Some(How::Labelled),
            "beside" => Some(How::Beside),
            "text" => Some(How::Text),
            "count" => Some(How::Count),
            "flag" => Some(How::Flag),
            "basis" => Some(How::Basis),
            "days" => Some(How::Days),
            "necessity" => Some(How::Necessity),
            "role" => Some(How::Role),
            "tier" => Some(How::Tier),
            _ => None,
        }
    }
}

/// A line of the table about a guide's key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::guide) struct Rule {
    /// Values that share a target are joined in this order.
    pub order: usize,
    pub target: Target,
    pub how: How,
}

/// A line of the table about a row's key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::guide) struct Column {
    /// The field's name in the row's own JSON.
    pub field: String,
    pub how: How,
}

impl Target {
    pub fn words(self) -> Words {
        match self {
            Target::Element(element) => element.words(),
            Target::Limit(part) => part.words(),
            Target::Code(kind) => kind.words(),
            Target::Field(field) => field.words(),
            Target::Source(part) => part.words(),
        }
    }

    fn parse(text: &str) -> Option<Target> {
        match text.split_once('.') {
            None => text.parse().map(Target::Element).or_else(|_| text.parse().map(Target::Field)).ok(),
            Some(("time_limit", part)) => part.parse().map(Target::Limit).ok(),
            Some(("code", kind)) => kind.parse().map(Target::Code).ok(),
            Some(("source", part)) => part.parse().map(Target::Source).ok(),
            Some(_) => None,
        }
    }
}

/// What a key of a guide means; none when nobody said.
pub(in crate::guide) fn rule(key: &str) -> Option<Rule> {
    let key = tidy(key);
    let named = || {
        let element: Element = key.parse().ok()?;
        Some(Rule { order: 0, target: Target::Element(element), how: How::Plain })
    };
    named().or_else(|| TABLE.guide.get(key.as_str()).copied())
}

/// What a key of a row means.
pub(in crate::guide) fn column(kind: RowKind, key: &str) -> Option<&'static Column> {
    TABLE.rows.get(&(kind, tidy(key)))
}

/// A key without white space and the colon that some sources leave on it.
pub(in crate::guide) fn tidy(key: &str) -> String {
    let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    key.trim_end_matches(['：', ':']).to_owned()
}

struct Mapping {
    guide: BTreeMap<String, Rule>,
    rows: BTreeMap<(RowKind, String), Column>,
}

static TABLE: LazyLock<Mapping> = LazyLock::new(|| {
    read(include_str!("../../../data/guide-keys.csv")).expect("the embedded table is checked by a test")
});

/// Reads the table, or says which line is no rule or repeats one.
fn read(text: &str) -> Result<Mapping, u64> {
    let table = Table::read(text);
    let (source, target, how) = (
        table.column("source").ok_or(1u64)?,
        table.column("target").ok_or(1u64)?,
        table.column("how").ok_or(1u64)?,
    );
    let mut mapping = Mapping { guide: BTreeMap::new(), rows: BTreeMap::new() };
    for (at, row) in table.rows.iter().enumerate() {
        let how = How::parse(row.field(how)).ok_or(row.line)?;
        let (key, target) = (row.field(source).to_owned(), row.field(target));
        let column = target.split_once('.').and_then(|(kind, field)| Some((RowKind::parse(kind)?, field)));
        let again = match column {
            Some((kind, field)) => {
                mapping.rows.insert((kind, key), Column { field: field.to_owned(), how }).is_some()
            }
            None => {
                let target = Target::parse(target).ok_or(row.line)?;
                mapping.guide.insert(key, Rule { order: at + 1, target, how }).is_some()
            }
        };
        if again {
            return Err(row.line);
        }
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::rows::{Fee, Material, Paper, Step};

    #[test]
    fn the_embedded_table_is_sound() {
        let mapping =
            read(include_str!("../../../data/guide-keys.csv")).map_err(|line| format!("line {line}"));
        let mapping = mapping.unwrap();
        for (key, rule) in &mapping.guide {
            assert!(
                matches!(rule.how, How::Plain | How::Labelled | How::Beside | How::Flag | How::Basis),
                "{key}"
            );
            assert!(key.parse::<Element>().is_err(), "{key} is an element already");
        }
        // Each column is a field of its row and takes what its `how` makes.
        for ((kind, key), column) in &mapping.rows {
            let value = match column.how {
                How::Plain | How::Labelled | How::Beside | How::Basis => panic!("{key} is a column"),
                How::Text => serde_json::json!("x"),
                How::Count => serde_json::json!(1),
                How::Days => serde_json::json!(0.5),
                How::Flag => serde_json::json!(true),
                How::Necessity => serde_json::json!("secondary"),
                How::Role => serde_json::json!("clerk"),
                How::Tier => serde_json::json!("town"),
            };
            let row = serde_json::json!({ "name": "x", column.field.as_str(): value });
            let again = match kind {
                RowKind::Material => {
                    serde_json::from_value::<Material>(row.clone()).map(serde_json::to_value)
                }
                RowKind::Step => serde_json::from_value::<Step>(row.clone()).map(serde_json::to_value),
                RowKind::Fee => serde_json::from_value::<Fee>(row.clone()).map(serde_json::to_value),
                RowKind::Paper => serde_json::from_value::<Paper>(row.clone()).map(serde_json::to_value),
            };
            assert_eq!(again.unwrap().unwrap(), row, "{key}");
        }
    }

    #[test]
    fn a_broken_table_names_its_line() {
        assert_eq!(read("source,target,how\n甲,name,plain\n乙,nome,plain").err(), Some(3));
        assert_eq!(read("source,target,how\n甲,name,plain\n甲,faq,plain").err(), Some(3));
        assert_eq!(read("source,target\n").err(), Some(1));
    }

    #[test]
    fn keys_are_found_by_element_name_and_by_table() {
        let target = |key| rule(key).map(|rule| rule.target);
        assert_eq!(target("procedure"), Some(Target::Element(Element::Procedure)));
        assert_eq!(target(" 办理流程："), Some(Target::Element(Element::Procedure)));
        assert_eq!(target("承诺时限"), Some(Target::Limit(LimitPart::Promised)));
        assert_eq!(target("行政诉讼"), Some(Target::Element(Element::Remedies)));
        assert_eq!(target("认证等级需求"), None);
    }
}
