//! Builds one guide from the keys and values of a source.
//!
//! Each value becomes a fragment with the rule of its key; fragments that share an element are joined in the table's
//! order. Knows no file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mapping::{Field, How, LimitPart, RowKind, Rule, SourcePart, Target, rule};
use super::report::{Note, Outcome};
use super::{limits, plain, table};
use crate::guide::code::{CODE_LEN_MAX, Codes, kind_of};
use crate::guide::content::{Content, NONE};
use crate::guide::element::{Element, Shape};
use crate::guide::limit::{Limit, TimeLimits};
use crate::guide::rows::{Fee, Material, Paper, Step};
use crate::guide::{Body, Guide};

/// A guide under construction.
#[derive(Default)]
pub(super) struct Draft {
    guide: Guide,
    report: Vec<Note>,
    elements: BTreeMap<Element, Vec<Fragment>>,
}

/// A value that belongs to an element.
struct Fragment {
    key: String,
    value: Value,
    rule: Rule,
}

impl Fragment {
    fn is_none(&self) -> bool {
        self.value.as_str().is_some_and(|text| text.trim() == NONE)
    }
}

impl Draft {
    /// Takes every key of the object and says what became of it.
    pub fn read(object: Map<String, Value>) -> (Guide, Vec<Note>) {
        let mut draft = Draft::default();
        draft.take(object);
        for (element, mut fragments) in std::mem::take(&mut draft.elements) {
            fragments.sort_by_key(|fragment| fragment.rule.order);
            if fragments.iter().all(|fragment| fragment.rule.how == How::Beside) {
                draft.too_little(fragments);
            } else {
                draft.build(element, fragments);
            }
        }
        (draft.guide, draft.report)
    }

    fn take(&mut self, object: Map<String, Value>) {
        for (key, value) in object {
            if plain::is_empty(&value) {
                self.note(key, Outcome::Empty);
                continue;
            }
            let Some(rule) = rule(&key) else {
                self.keep(&key, &value);
                self.note(key, Outcome::Unknown);
                continue;
            };
            match rule.target {
                Target::Field(field) => self.field(field, key, value),
                Target::Source(part) => self.source(part, key, value),
                Target::Element(element) => self.fragment(element, Fragment { key, value, rule }),
                Target::Limit(_) => self.fragment(Element::TimeLimit, Fragment { key, value, rule }),
                Target::Code(_) => self.fragment(Element::Code, Fragment { key, value, rule }),
            }
        }
    }

    fn fragment(&mut self, element: Element, fragment: Fragment) {
        self.elements.entry(element).or_default().push(fragment);
    }

    fn field(&mut self, field: Field, key: String, value: Value) {
        let target = Target::Field(field);
        let understood = match (field, value) {
            (Field::Elements, Value::Object(elements)) => {
                self.note(key, Outcome::Mapped(target));
                return self.take(elements);
            }
            (Field::Source, Value::Object(parts)) => {
                self.note(key.clone(), Outcome::Mapped(target));
                for (part, value) in parts {
                    let key = format!("{key}.{part}");
                    match part.parse() {
                        _ if plain::is_empty(&value) => self.note(key, Outcome::Empty),
                        Ok(part) => self.source(part, key, value),
                        Err(_) => {
                            self.keep(&key, &value);
                            self.note(key, Outcome::Unknown);
                        }
                    }
                }
                return;
            }
            (Field::Source, value) => return self.source(SourcePart::Name, key, value),
            (Field::Remarks, Value::Object(remarks)) => {
                remarks.iter().for_each(|(key, value)| self.keep(key, value));
                Ok(())
            }
            (Field::CaseType, value) => {
                fill(&mut self.guide.case_type, plain::case_type(&value)).ok_or(value)
            }
            (Field::Visits, value) => fill(&mut self.guide.visits, plain::count(&value)).ok_or(value),
            (Field::CancelsOn, value) => fill(&mut self.guide.cancels_on, plain::date(&value)).ok_or(value),
            (Field::Version, value) => fill(&mut self.guide.version, plain::count(&value)).ok_or(value),
            (Field::Tiers, value) => {
                plain::tiers(&value).map(|tiers| self.guide.tiers.extend(tiers)).ok_or(value)
            }
            (Field::Translations, value) => match serde_json::from_value(value.clone()) {
                Ok(read) if self.guide.translations.is_empty() => {
                    self.guide.translations = read;
                    Ok(())
                }
                Ok(_) | Err(_) => Err(value),
            },
            (Field::Elements | Field::Remarks, value) => Err(value),
        };
        self.ended(target, key, understood.err());
    }

    fn source(&mut self, part: SourcePart, key: String, value: Value) {
        let source = &mut self.guide.source;
        let slot = match part {
            SourcePart::Id => &mut source.id,
            SourcePart::Name => &mut source.name,
            SourcePart::Url => &mut source.url,
            SourcePart::Region => &mut source.region,
            SourcePart::Level => &mut source.level,
        };
        let filled = fill(slot, Some(plain::text(&value)));
        self.ended(Target::Source(part), key, filled.is_none().then_some(value));
    }

    fn too_little(&mut self, fragments: Vec<Fragment>) {
        for Fragment { key, value, rule } in fragments {
            self.keep(&key, &value);
            self.note(key, Outcome::TooLittle(rule.target));
        }
    }

    fn build(&mut self, element: Element, fragments: Vec<Fragment>) {
        let all_none = fragments.iter().all(Fragment::is_none);
        if all_none {
            self.guide.set_value(element, NONE.into()).expect("“none” can stand under any element");
            fragments.into_iter().for_each(|fragment| self.ended(fragment.rule.target, fragment.key, None));
            return;
        }
        match element.shape() {
            Shape::Text if element == Element::Name => self.name(fragments),
            Shape::Text => self.text(element, fragments),
            Shape::PublishedOn | Shape::EffectiveOn => self.date(element, fragments),
            Shape::Code => self.codes(fragments),
            Shape::Materials => {
                let name = |row: &mut Material, key: &str| label(&mut row.when, key);
                self.guide.materials = Content::of(self.rows(RowKind::Material, fragments, name));
            }
            Shape::Procedure => {
                let name = |row: &mut Step, key: &str| label(&mut row.way, key);
                self.guide.procedure = Content::of(self.rows(RowKind::Step, fragments, name));
            }
            Shape::TimeLimit => self.time_limit(fragments),
            Shape::Fees => self.fees(fragments),
            Shape::Forms => self.guide.forms = Content::of(self.rows(RowKind::Paper, fragments, name_paper)),
            Shape::Samples => {
                self.guide.samples = Content::of(self.rows(RowKind::Paper, fragments, name_paper))
            }
        }
    }

    /// A guide has one name: the first counts, another is a remark.
    fn name(&mut self, fragments: Vec<Fragment>) {
        let mut name = None;
        for Fragment { key, value, rule } in fragments {
            let read = fill(&mut name, Some(plain::text(&value)));
            self.ended(rule.target, key, read.is_none().then_some(value));
        }
        let name = name.unwrap_or_default();
        self.guide.set_text(Element::Name, &name).expect("the name is a text");
    }

    /// The texts of all fragments, each with its key when there are several; what is said twice stands once.
    fn text(&mut self, element: Element, fragments: Vec<Fragment>) {
        let mut texts: Vec<(String, String, How)> = Vec::new();
        for Fragment { key, value, rule } in fragments {
            let text = plain::text(&value);
            if !texts.iter().any(|(_, said, how)| *said == text && *how == rule.how && rule.how == How::Plain)
            {
                texts.push((key.clone(), text, rule.how));
            }
            self.ended(rule.target, key, None);
        }
        let alone = texts.len() == 1;
        let part =
            |(key, text, how)| if alone && how == How::Plain { text } else { format!("{key}：{text}") };
        let parts: Vec<String> = texts.into_iter().map(part).collect();
        self.guide.set_text(element, &parts.join("\n")).expect("the element is a text");
    }

    /// The first date counts; anything else is a remark.
    fn date(&mut self, element: Element, fragments: Vec<Fragment>) {
        let mut dates: Option<jiff::civil::Date> = None;
        for Fragment { key, value, rule } in fragments {
            let read = fill(&mut dates, plain::date(&value));
            self.ended(rule.target, key, read.is_none().then_some(value));
        }
        if let Some(date) = dates {
            let text = date.to_string();
            self.guide.set_value(element, text.into()).expect("a date stands under a date");
        }
    }

    fn codes(&mut self, fragments: Vec<Fragment>) {
        let mut codes = Codes::default();
        for fragment in fragments {
            let Fragment { key, value, rule } = fragment;
            let mut left = Vec::new();
            for (part, code) in parts(&value) {
                let named = part.and_then(|part| part.parse().ok());
                let kind = match rule.target {
                    Target::Code(kind) => kind,
                    Target::Element(_) | Target::Limit(_) | Target::Field(_) | Target::Source(_) => {
                        named.unwrap_or_else(|| kind_of(&code))
                    }
                };
                let fits = code.chars().count() <= CODE_LEN_MAX && (part.is_none() || named.is_some());
                if code != NONE && fill(codes.slot(kind), fits.then(|| code.clone())).is_none() {
                    left.push(part.map_or(code.clone(), |part| format!("{part}：{code}")));
                }
            }
            let left = (!left.is_empty()).then(|| left.join("\n").into());
            self.ended(rule.target, key, left);
        }
        self.guide.codes = Content::of(codes);
    }

    /// Rows of all fragments, each marked with its key when there are several.
    fn rows<T: serde::de::DeserializeOwned>(
        &mut self,
        kind: RowKind,
        fragments: Vec<Fragment>,
        mark: impl Fn(&mut T, &str),
    ) -> Vec<T> {
        let several = fragments.len() > 1;
        let mut all = Vec::new();
        for Fragment { key, value, rule } in fragments {
            let mut rows = table::rows(kind, &key, &value, &mut self.report);
            if several {
                rows.iter_mut().for_each(|row| mark(row, &key));
            }
            all.append(&mut rows);
            self.ended(rule.target, key, None);
        }
        all
    }

    /// Lists and objects are rows; texts together make one row. “Free of charge” is nothing to pay.
    fn fees(&mut self, fragments: Vec<Fragment>) {
        let mut rows: Vec<Fee> = Vec::new();
        let mut text = Fee { name: "收费".to_owned(), ..Fee::default() };
        let mut free = false;
        for Fragment { key, value, rule } in fragments {
            let value = single(value);
            let words = plain::text(&value);
            let mut left = None;
            match (rule.how, &value) {
                (How::Flag, _) if plain::flag(&value) == Some(false) => free = true,
                (How::Flag, _) => left = Some(value),
                (_, Value::Array(_) | Value::Object(_)) => {
                    rows.extend(table::rows::<Fee>(RowKind::Fee, &key, &value, &mut self.report))
                }
                _ if FREE.contains(&words.trim_end_matches('。')) => free = true,
                (How::Basis, _) => label(&mut text.basis, &words),
                (_, _) => label(&mut text.standard, &words),
            }
            self.ended(rule.target, key, left);
        }
        if text.basis.is_some() || text.standard.is_some() {
            rows.push(text);
        }
        self.guide.fees = if rows.is_empty() && free { Content::Nothing } else { Content::of(rows) };
    }

    fn time_limit(&mut self, mut fragments: Vec<Fragment>) {
        let mut limits = TimeLimits::default();
        // “Time limit” alone means the promise, unless another key says what is promised.
        fragments.sort_by_key(|fragment| matches!(fragment.rule.target, Target::Element(_)));
        for Fragment { key, value, rule } in fragments {
            match (rule.target, value) {
                (Target::Element(_), Value::Object(parts)) if !is_limit(&parts) => {
                    self.note(key.clone(), Outcome::Mapped(rule.target));
                    for (part, value) in parts {
                        let target = part_of(&part);
                        let own = part == LimitPart::Note.word();
                        self.limit(&mut limits, target, format!("{key}.{part}"), value, own);
                    }
                }
                (target, value) => self.limit(&mut limits, target, key, value, false),
            }
        }
        self.guide.time_limit = if limits.is_blank() { Content::Missing } else { Content::Given(limits) };
    }

    /// One value of the time limit. `own`: it is a note of our own shape and carries no label.
    fn limit(&mut self, limits: &mut TimeLimits, target: Target, key: String, value: Value, own: bool) {
        if plain::is_empty(&value) {
            return self.note(key, Outcome::Empty);
        }
        let words = plain::text(&value);
        let slot = match target {
            Target::Limit(LimitPart::Note) => {
                let text = if own { words } else { format!("{key}：{words}") };
                add_line(&mut limits.note, text);
                return self.note(key, Outcome::Mapped(target));
            }
            Target::Limit(LimitPart::Statutory) => &mut limits.statutory,
            Target::Limit(LimitPart::Promised)
            | Target::Element(_)
            | Target::Code(_)
            | Target::Field(_)
            | Target::Source(_) => &mut limits.promised,
        };
        let read = match serde_json::from_value::<Limit>(value) {
            Ok(limit) => Ok(limits::Found { limit, whole: true }),
            Err(_) => limits::parse(&words),
        };
        let outcome = match read {
            Err(_) if words == NONE => Outcome::Mapped(target),
            Err(why) => {
                add_line(&mut limits.note, format!("{key}：{words}"));
                Outcome::Limit(target, why)
            }
            Ok(found) => {
                let taken = slot.is_some_and(|limit| limit != found.limit);
                slot.get_or_insert(found.limit);
                if taken || !found.whole {
                    add_line(&mut limits.note, format!("{key}：{words}"));
                }
                Outcome::Mapped(target)
            }
        };
        self.note(key, outcome);
    }

    /// Notes a key as mapped, or keeps what was not understood of it in the remarks.
    fn ended(&mut self, target: Target, key: String, left: Option<Value>) {
        let outcome = match left {
            None => Outcome::Mapped(target),
            Some(value) => {
                self.keep(&key, &value);
                Outcome::NotUnderstood(target)
            }
        };
        self.note(key, outcome);
    }

    fn keep(&mut self, key: &str, value: &Value) {
        let text = plain::text(value);
        let remark = self.guide.remarks.entry(key.to_owned()).or_default();
        *remark = if remark.is_empty() { text } else { format!("{remark}\n{text}") };
    }

    fn note(&mut self, key: String, outcome: Outcome) {
        self.report.push(Note { key, outcome });
    }
}

/// Words that mean there is nothing to pay.
const FREE: &[&str] = &["不收费", "免费", "无", "不收取费用", "无收费", "不收取任何费用"];

/// Where a key inside the time limit goes; an unknown one is words.
fn part_of(key: &str) -> Target {
    match rule(key).map(|rule| rule.target) {
        Some(target @ Target::Limit(_)) => target,
        _ => Target::Limit(key.parse().unwrap_or(LimitPart::Note)),
    }
}

fn is_limit(object: &Map<String, Value>) -> bool {
    serde_json::from_value::<Limit>(Value::Object(object.clone())).is_ok()
}

/// The texts of a value that are not empty: of an object with their keys.
fn parts(value: &Value) -> Vec<(Option<&str>, String)> {
    let all = match value {
        Value::Array(items) => items.iter().map(|item| (None, plain::text(item))).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (Some(key.as_str()), plain::text(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            vec![(None, plain::text(value))]
        }
    };
    all.into_iter().filter(|(_, text): &(Option<&str>, String)| !text.is_empty()).collect()
}

/// The one item of a list that has no other.
fn single(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 && !items[0].is_object() => items.remove(0),
        value => value,
    }
}

/// Fills an empty slot; none when there was no value or the slot holds another.
fn fill<T: PartialEq>(slot: &mut Option<T>, value: Option<T>) -> Option<()> {
    let value = value?;
    match slot {
        Some(taken) => (*taken == value).then_some(()),
        None => {
            *slot = Some(value);
            Some(())
        }
    }
}

fn label(slot: &mut Option<String>, text: &str) {
    *slot = Some(slot.take().map_or(text.to_owned(), |before| format!("{before}；{text}")));
}

fn add_line(slot: &mut Option<String>, text: String) {
    *slot = Some(slot.take().map_or(text.clone(), |before| format!("{before}\n{text}")));
}

fn name_paper(row: &mut Paper, key: &str) {
    row.name = format!("{key}：{}", row.name);
}
