//! One line of a table of steps: from where, by whom, with what, to where.
//!
//! Knows no event and no order; `flow` holds a step against its line.

use std::collections::BTreeMap;

use sanji_sync::UnitCode;

use super::not_done::NotDone;
use super::terms::Terms;
use super::word::Vocabulary;
use crate::case::Role;
use crate::lang::Words;

/// The event that a settlement is for.
pub const STANDS: &str = "stands";
/// The id of the card that a step is about.
pub const CARD: &str = "card";
/// Why something is done about a card.
pub const CARD_REASON: &str = "reason";

/// A step that can be done. Its `code` is what a refusal names.
#[derive(PartialEq, Eq, Debug)]
pub struct Rule<K: 'static, S: 'static> {
    pub code: &'static str,
    pub action: K,
    pub from: Start<S>,
    pub to: To<S>,
    pub roles: &'static [Role],
    pub whose: Whose,
    pub needs: &'static [Need],
}

/// The states that a step is possible from.
#[derive(PartialEq, Eq, Debug)]
pub enum Start<S: 'static> {
    /// There is nothing yet.
    Nothing,
    States(&'static [S]),
    Any,
}

/// What a step makes of the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To<S> {
    State(S),
    /// The state stays, and it is done once.
    Once,
    /// The state stays, and it may be done any number of times, in any places at once.
    Beside,
}

/// The unit that a step is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Any unit that holds the document.
    Anybody,
    /// The unit that holds the matter.
    Holder,
    County,
}

/// A field that a step must bring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Words that say something.
    Text(&'static str),
    /// A unit's code.
    Unit(&'static str),
    /// Working days, 1 to [`Terms::extension_days_max`].
    Days(&'static str),
    YesNo(&'static str),
    /// 1 very satisfied to 5 very dissatisfied (DOMAIN §5).
    Level(&'static str),
}

/// A rule as a refusal names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    pub code: &'static str,
    pub action: Words,
}

impl<K: Vocabulary, S: Vocabulary> Rule<K, S> {
    pub fn named(&self) -> Named {
        Named { code: self.code, action: self.action.words() }
    }

    /// Whether it can be applied in `state`; none is what is not registered.
    pub fn is_possible(&self, state: Option<S>) -> bool {
        match (&self.from, state) {
            (Start::Nothing, None) | (Start::Any, Some(_)) => true,
            (Start::States(states), Some(state)) => states.contains(&state),
            (Start::Nothing, Some(_)) | (Start::Any | Start::States(_), None) => false,
        }
    }

    /// The unit that the step hands the matter to.
    pub fn target(&self, fields: &BTreeMap<String, String>) -> Option<UnitCode> {
        self.needs.iter().find_map(|need| match need {
            Need::Unit(key) => unit(fields, key),
            Need::Text(_) | Need::Days(_) | Need::YesNo(_) | Need::Level(_) => None,
        })
    }

    /// The names of the states that it is possible from; none for all.
    pub fn states(&self) -> Vec<Words> {
        match &self.from {
            Start::Nothing => vec![Words::new("尚未登记", "not registered yet")],
            Start::States(states) => states.iter().map(|state| state.words()).collect(),
            Start::Any => Vec::new(),
        }
    }
}

impl Need {
    pub fn key(self) -> &'static str {
        match self {
            Need::Text(key) | Need::Unit(key) | Need::Days(key) | Need::YesNo(key) | Need::Level(key) => key,
        }
    }

    /// What to write, for people.
    fn wanted(self, terms: &Terms) -> (String, String) {
        let max = terms.extension_days_max;
        let (zh, en) = match self {
            Need::Text(_) => ("文字说明", "words"),
            Need::Unit(_) => ("机构代码，6、9 或 12 位数字", "a unit's code: 6, 9 or 12 digits"),
            Need::YesNo(_) => ("yes（是）或 no（否）", "yes or no"),
            Need::Level(_) => {
                ("1 至 5，1 为非常满意，5 为非常不满意", "1 (very satisfied) to 5 (very dissatisfied)")
            }
            Need::Days(_) => return (format!("1 至 {max} 个工作日"), format!("1 to {max} working days")),
        };
        (zh.to_owned(), en.to_owned())
    }

    pub fn check(self, fields: &BTreeMap<String, String>, rule: Named, terms: &Terms) -> Result<(), NotDone> {
        let key = self.key();
        let fits = match self {
            Need::Text(_) => text(fields, key).is_some(),
            Need::Unit(_) => unit(fields, key).is_some(),
            Need::Days(_) => days(fields, key).is_some_and(|n| (1..=terms.extension_days_max).contains(&n)),
            Need::YesNo(_) => yes(fields, key).is_some(),
            Need::Level(_) => level(fields, key).is_some(),
        };
        if fits {
            return Ok(());
        }
        let (zh, en) = self.wanted(terms);
        Err(NotDone::Field { rule, key, zh, en })
    }
}

/// A field's words; none if it is blank.
pub fn text<'a>(fields: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    fields.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
}

pub fn unit(fields: &BTreeMap<String, String>, key: &str) -> Option<UnitCode> {
    UnitCode::parse(text(fields, key)?).ok()
}

pub fn days(fields: &BTreeMap<String, String>, key: &str) -> Option<u32> {
    text(fields, key)?.parse().ok()
}

pub fn yes(fields: &BTreeMap<String, String>, key: &str) -> Option<bool> {
    match text(fields, key)? {
        "yes" | "是" | "满意" => Some(true),
        "no" | "否" | "不满意" => Some(false),
        _ => None,
    }
}

/// A rating, 1 to 5.
pub fn level(fields: &BTreeMap<String, String>, key: &str) -> Option<u8> {
    text(fields, key)?.parse().ok().filter(|level| (1..=5).contains(level))
}
