//! What a registration of a complaint or an enquiry brings.
//!
//! Knows no document and no step after the first.

use std::collections::BTreeMap;

use sanji_sync::{DocId, Time, UnitCode};

use super::flow::{Deed, Flow, fits};
use super::not_done::NotDone;
use super::rule::Rule;
use super::terms::Terms;
use super::word::Word;
use crate::case::{By, EventId, check_fields};
use crate::lang::worded;
use crate::number::CaseNumber;
use crate::refusal::{FieldFault, Refusal};

/// Characters of a name; as for the applicant of a case.
const NAME_CHARS_MAX: usize = 200;
/// Characters of a telephone number with its country, area and extension.
const PHONE_CHARS_MAX: usize = 30;

worded! {
    /// How it came and what it is.
    pub enum Kind ("类别", "kind") {
        Complaint = "complaint", "投诉", "complaint";
        Hotline = "hotline", "热线", "hotline";
        Enquiry = "enquiry", "咨询", "enquiry";
    }
}

/// A new complaint or enquiry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct New {
    pub id: DocId,
    pub number: CaseNumber,
    /// The unit that it belongs to for life: in whose scope it is, and which with those above it can be given it.
    pub unit: UnitCode,
    pub kind: Kind,
    /// Who complains or asks; blank for somebody who does not say (匿名).
    pub name: String,
    /// Blank for none.
    pub phone: String,
    /// What it is about, in their words.
    pub text: String,
    /// The case that it is about, if one.
    pub case: Option<CaseNumber>,
    pub by: By,
    pub event: EventId,
    pub at: Time,
}

impl New {
    /// Whether it may be registered so: role, words, and the form of each text.
    pub fn check<F: Flow>(&self, terms: &Terms) -> Result<(), Refusal> {
        let rule = registration::<F>();
        let field = |key: &'static str, zh: &str, en: &str| NotDone::Field {
            rule: rule.named(),
            key,
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        fits::<F>(rule, &self.deed::<F>(), terms)?;
        if !F::KINDS.contains(&self.kind) {
            let words =
                |of: fn(&Kind) -> &'static str| F::KINDS.iter().map(of).collect::<Vec<_>>().join(", ");
            let (zh, en) = (words(|kind| kind.words().zh), words(|kind| kind.words().en));
            return Err(field("kind", &zh, &en).into());
        }
        if self.text.trim().is_empty() {
            return Err(field("text", "所反映或询问的内容", "what it is about, in words").into());
        }
        short("name", &self.name, NAME_CHARS_MAX)?;
        short("phone", &self.phone, PHONE_CHARS_MAX)?;
        let dialled = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')');
        if !self.phone.chars().all(dialled) {
            return Err(field("phone", "电话号码，如 13800000000", "a telephone number").into());
        }
        check_fields(&BTreeMap::from([("text".to_owned(), self.text.clone())]))
    }

    /// The first event. It carries no fields: those stand in the document.
    pub fn deed<F: Flow>(&self) -> Deed<F> {
        Deed::<F> {
            id: self.event.clone(),
            at: self.at,
            action: Word::Known(registration::<F>().action),
            by: self.by.clone(),
            seen: Vec::new(),
            fields: BTreeMap::new(),
        }
    }
}

/// The line that makes it of nothing.
pub(super) fn registration<F: Flow>() -> &'static Rule<F::Known, F::State> {
    F::rules().first().expect("a table begins with the registration")
}

fn short(key: &str, text: &str, max: usize) -> Result<(), Refusal> {
    let fault = |why| Err(Refusal::Field { key: key.to_owned(), why });
    if text.chars().count() > max {
        return fault(FieldFault::TooLong { max });
    }
    if text.trim().chars().any(char::is_control) {
        return fault(FieldFault::Control);
    }
    Ok(())
}
