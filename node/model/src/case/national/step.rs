//! What was done to a case, a row a step: `up_pro_process` and `up_pro_special_procedure`.
//!
//! Only what counts. Notes, ratings and cards are no steps. Knows no delivery.

use std::collections::BTreeMap;

use sanji_sync::Time;

use super::{Names, moment};
use crate::case::action::{Action, Known};
use crate::case::course::SpecialKind;
use crate::case::event::{Event, EventId};
use crate::case::verdict::Verdict;
use crate::case::{Case, guard};
use crate::local;

/// A counted event of a known action, with the time at which it can have happened.
pub struct Step<'a> {
    pub event: &'a Event,
    pub action: Known,
    /// Never before what its writer had seen, whatever their clock said; as the fold reckons.
    pub at: Time,
}

/// The counted events in their order.
pub fn counted(case: &Case) -> Vec<Step<'_>> {
    let mut times: BTreeMap<&EventId, Time> = BTreeMap::new();
    let mut steps = Vec::new();
    for (event, verdict) in case.timeline() {
        let seen = event.seen.iter().filter_map(|id| times.get(id)).max();
        let at = seen.map_or(event.at, |seen| event.at.max(*seen));
        times.insert(&event.id, at);
        if let (Verdict::Counted, Action::Known(action)) = (verdict, &event.action) {
            steps.push(Step { event, action: *action, at });
        }
    }
    steps
}

/// A row a step with what its id is of, in the order of time. Each begins where the one before it ended.
pub fn process(case: &Case, steps: &[Step], names: &Names) -> Vec<(String, Vec<String>)> {
    let done = steps.iter().filter_map(|step| {
        let user = names.of(&step.event.by);
        let words = [stage(step.action)?, step.action.words().zh];
        Some((step.at, step.event.id.to_string(), words, user, explanation(step)))
    });
    let computed = case.folded.computed.iter().map(|by_time| {
        let names = match by_time.t {
            11 => ["受理", "视为受理"],
            _ => ["办结", "容缺逾期退件"],
        };
        let id = format!("t{} {}", by_time.t, by_time.on);
        (local::day_begins(by_time.on), id, names, String::new(), String::new())
    });
    let mut all: Vec<_> = done.chain(computed).collect();
    all.sort_by_key(|(at, ..)| *at);
    let mut from = all.first().map(|(at, ..)| *at);
    let row = |(at, id, [stage, action], user, explanation): (Time, String, [&str; 2], String, String)| {
        let began = from.replace(at).unwrap_or(at);
        (id, vec![stage.to_owned(), action.to_owned(), moment(began), moment(at), user, explanation])
    };
    all.into_iter().map(row).collect()
}

/// A row a special procedure, those before a redo among them.
pub fn special(steps: &[Step], names: &Names) -> Vec<(String, Vec<String>)> {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for step in steps {
        let user = || names.of(&step.event.by);
        if let (Known::StartSpecial, Ok((kind, _))) = (step.action, guard::special_of(step.event)) {
            let (code, name) = match kind {
                SpecialKind::Extension => ("1", kind.words().zh),
                SpecialKind::Inquiry => ("2", kind.words().zh),
            };
            let [code, name, none] = [code, name, ""].map(str::to_owned);
            let reason = said(step.event, "reason").to_owned();
            let cells = vec![code, name, reason, moment(step.at), none.clone(), none, user()];
            rows.push((step.event.id.to_string(), cells));
        } else if step.action == Known::EndSpecial
            && let Some((_, cells)) = rows.last_mut()
        {
            cells[4] = moment(step.at);
            cells[5] = said(step.event, "result").to_owned();
        }
    }
    rows
}

/// A field's text; nothing where there is none.
pub fn said<'a>(event: &'a Event, key: &str) -> &'a str {
    event.fields.get(key).map_or("", |text| text.trim())
}

/// What was said about a step: the reason, what is missing, where it goes.
pub fn explanation(step: &Step) -> String {
    let outcome = match (step.action, guard::granted(step.event)) {
        (Known::Decide, Some(true)) => "准予",
        (Known::Decide, Some(false)) => "不予",
        (_, Some(_) | None) => "",
    };
    let result = if step.action == Known::EndSpecial { said(step.event, "result") } else { "" };
    let texts = ["reason", "items", "to"].map(|key| said(step.event, key));
    let texts = [outcome, result].into_iter().chain(texts).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join("：")
}

/// The stage of the procedure that an action belongs to; none for what is no step of it.
fn stage(action: Known) -> Option<&'static str> {
    match action {
        Known::Register => Some("申请"),
        Known::Receive | Known::HandOver | Known::TakeOver | Known::Supplement => Some("收件"),
        Known::AskCorrection | Known::Correct => Some("补正"),
        Known::Accept | Known::AcceptOmissions | Known::AcceptCommitment | Known::Refuse | Known::Forward => {
            Some("受理")
        }
        Known::Handle | Known::Review | Known::SendBack => Some("审查"),
        Known::StartSpecial | Known::EndSpecial => Some("特别程序"),
        Known::Decide | Known::Redo | Known::Settle => Some("决定"),
        Known::Conclude
        | Known::OnTheSpot
        | Known::Return
        | Known::Withdraw
        | Known::ConfirmWithdrawal
        | Known::DeclineWithdrawal
        | Known::Void => Some("办结"),
        Known::Issue | Known::Deliver => Some("送达"),
        Known::Archive => Some("归档"),
        Known::Note
        | Known::Rate
        | Known::Check
        | Known::VerifyRating
        | Known::RectifyRating
        | Known::AnswerRating
        | Known::CallBack
        | Known::AppealRating
        | Known::ReviewRating
        | Known::ConfirmCard
        | Known::AppealCard
        | Known::WithdrawCard
        | Known::ExemptCard
        | Known::Print => None,
    }
}
