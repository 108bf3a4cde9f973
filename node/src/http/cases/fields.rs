//! What a form asks for, action by action: the conditions of DOMAIN §3.2 (`sanji_model`'s guards) as fields.
//!
//! A table, pure. An action that is not in it has its form elsewhere: ratings with their loops and cards have pages of their
//! own, papers are printed and not typed.

use sanji_model::case::Known;

/// How something is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Line,
    Number,
    /// Several lines.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Several of what the case has.
    Ticks(Ticked),
    /// A unit to which a case is passed on.
    Unit(Whither),
    /// The rows of the materials.
    Materials,
    /// One of two events in dispute.
    Side,
    /// That it is really meant. Not sent to the machine.
    Sure,
}

/// To whom a case goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whither {
    /// Handed over within its own line, to units that hold it anyway.
    Receiver,
    /// Forwarded to whoever is competent.
    Hall,
}

/// What can be ticked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ticked {
    /// Materials that the guide asks for.
    Asked,
    /// What the open notice wants corrected.
    Wanted,
    /// The papers that the case made.
    Papers,
}

/// One field of a form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field {
    pub key: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// The field that says what is to be corrected and is no material; put together with those that were ticked.
pub(super) const MORE: &str = "items_more";

const fn must(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: true }
}

const fn may(key: &'static str, kind: Kind) -> Field {
    Field { key, kind, required: false }
}

const SURE: Field = must("sure", Kind::Sure);
const MATERIALS: Field = may("materials", Kind::Materials);
const REASON: Field = must("reason", Kind::Text);

/// A form as a constant.
macro_rules! form {
    ($($field:expr),+ $(,)?) => { const { &[$($field),+] } };
}

/// The fields of an action's form; none where it has no form here.
pub(super) fn of(action: Known) -> Option<&'static [Field]> {
    use Kind::{Choice, Line, Number, Side, Text, Ticks, Unit};
    Some(match action {
        Known::Receive => form![MATERIALS],
        Known::HandOver => form![must("to", Unit(Whither::Receiver))],
        Known::AskCorrection => {
            form![may("items", Ticks(Ticked::Asked)), may(MORE, Text), may("reason", Text)]
        }
        Known::Correct => form![may("answers", Ticks(Ticked::Wanted)), MATERIALS],
        Known::Return => form![may("reason", Text), SURE],
        Known::Refuse => form![REASON, must("basis", Text), must("competent", Line), SURE],
        Known::AcceptOmissions => form![must("promise", Line)],
        Known::AcceptCommitment => form![must("letter", Line)],
        Known::SendBack => form![REASON],
        Known::StartSpecial => form![
            must("kind", Choice(&["extension", "inquiry"])),
            must("days", Number),
            REASON,
            must("approver", Line),
        ],
        Known::EndSpecial => form![must("result", Text)],
        Known::Decide => form![
            must("outcome", Choice(&["grant", "deny"])),
            may("text", Text),
            may("reason", Text),
            may("remedies", Text),
            SURE,
        ],
        Known::Conclude => form![must("result", Choice(&["0", "6", "1"]))],
        Known::Deliver => {
            form![must("taker", Line), must("signature", Line), may("way", Line), may("note", Line)]
        }
        Known::Archive => {
            form![may("papers", Ticks(Ticked::Papers)), may("retention", Line), may("archive_number", Line)]
        }
        Known::Withdraw => form![may("reason", Text), SURE],
        Known::DeclineWithdrawal => form![REASON],
        Known::Void => form![REASON, SURE],
        Known::Forward => form![must("to", Unit(Whither::Hall)), SURE],
        Known::OnTheSpot => form![must("taker", Line), may("result_text", Line), MATERIALS],
        Known::Note => form![
            may("text", Text),
            may("applicant.phone", Line),
            may("applicant.address", Line),
            may("applicant.contact", Line),
        ],
        Known::Supplement => form![MATERIALS],
        Known::Rate => form![must("level", Choice(&["1", "2", "3", "4", "5"])), may("text", Text)],
        Known::Check => form![must("found", Text)],
        Known::Redo => form![must("decision", Text), SURE],
        Known::Settle => form![must("stands", Side)],
        Known::TakeOver
        | Known::Accept
        | Known::Handle
        | Known::Review
        | Known::Issue
        | Known::ConfirmWithdrawal => &[],
        Known::Register
        | Known::Print
        | Known::VerifyRating
        | Known::RectifyRating
        | Known::AnswerRating
        | Known::CallBack
        | Known::AppealRating
        | Known::ReviewRating
        | Known::ConfirmCard
        | Known::AppealCard
        | Known::WithdrawCard
        | Known::ExemptCard => return None,
    })
}

/// The key of a field's name in the words of the pages.
pub(super) fn label(key: &str) -> String {
    format!("{}{}", "case-field-", key.replace(['.', '_'], "-"))
}

/// The key of a choice's name.
pub(super) fn choice(key: &str, word: &str) -> String {
    format!("{}{}-{word}", "case-choice-", key.replace('_', "-"))
}

/// The field of an action with this key, as far as a form asks for it.
pub(super) fn find(action: Known, key: &str) -> Option<Field> {
    of(action)?.iter().find(|field| field.key == key).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sanji_model::case::{Guard, rules};

    use super::*;
    use crate::http::words::{Tongue, say};

    #[test]
    fn whatever_text_a_rule_asks_for_its_form_asks_for_too() {
        for action in Known::ALL {
            let Some(fields) = of(*action) else { continue };
            // The new case's number is the machine's to give.
            let wanted = rules(*action).flat_map(|rule| rule.guards).filter_map(|guard| match guard {
                Guard::Text("linked") => None,
                Guard::Text("items") => None,
                Guard::Text(key) => Some(*key),
                _ => None,
            });
            for key in wanted {
                assert!(fields.iter().any(|f| f.key == key && f.required), "{action} asks for {key}");
            }
        }
    }

    #[test]
    fn every_field_and_choice_has_its_words() {
        let mut keys = BTreeSet::new();
        for (action, fields) in Known::ALL.iter().filter_map(|action| Some((action, of(*action)?))) {
            for field in fields {
                assert_eq!(find(*action, field.key), Some(*field));
                keys.insert(label(field.key));
                if let Kind::Choice(words) = field.kind {
                    keys.extend(words.iter().map(|word| choice(field.key, word)));
                }
            }
        }
        for key in keys {
            for tongue in [Tongue::Zh, Tongue::En] {
                assert_ne!(say(tongue, &key, &[]), key, "{tongue}");
            }
        }
    }
}
