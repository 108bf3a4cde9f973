//! What people at the counters do, and what they are told: the promises that must hold whatever happens.

use std::collections::BTreeMap;

use automerge::{Change, ChangeHash};
use sanji_model::number::CaseNumber;
use sanji_node::command::Command;
use sanji_node::machine::{Input, Output};
use sanji_sync::{Scope, Shelf, UnitCode};
use serde_json::Value;

use super::county::{GUIDE, GUIDE_NAME};
use super::ledger::Promise;
use super::world::World;

/// What a ticket stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked {
    Register,
    /// Something done to the case with this id, which this unit received.
    Act(UnitCode, String),
    Other,
}

impl World {
    /// The county gets its guide.
    pub(super) fn open_for_business(&mut self) {
        let import = Command::GuideImport { text: GUIDE.into(), file: "guide.jsonl".into(), user: None };
        self.command(0, import, Asked::Other);
        self.publish();
    }

    pub(super) fn publish(&mut self) {
        // What is not changed is not published again.
        let text = format!("窗口工作人员。第 {} 稿", self.dice.index(1 << 20));
        let (id, field) = (GUIDE_NAME.to_owned(), "consultation".to_owned());
        self.command(0, Command::GuideEdit { id, field, text, user: None }, Asked::Other);
        self.command(0, Command::GuidePublish { id: GUIDE_NAME.into(), effective: None }, Asked::Other);
    }

    /// Somebody registers a case, or does something to one where it is visible.
    pub(super) fn work(&mut self) {
        let cases = self.ledger.cases();
        if cases.is_empty() || self.dice.chance(550) {
            let n = self.dice.index(self.nodes.len());
            let command = Command::CaseRegister {
                guide: GUIDE_NAME.into(),
                applicant: format!("申请人{}", self.next_ticket),
                id_number: "11010519491231002X".into(),
                fields: [("materials".to_owned(), "申请表".to_owned())].into(),
                user: None,
            };
            return self.command(n, command, Asked::Register);
        }
        let (unit, case) = cases[self.dice.index(cases.len())].clone();
        let path = self.path(unit);
        let Some(n) = self.dice.pick(&path) else { return };
        let action = ["receive", "note", "note", "withdraw"][self.dice.index(4)];
        let fields: BTreeMap<_, _> = [("text".to_owned(), format!("第{}条", self.next_ticket))].into();
        let command = Command::CaseAct { number: case.clone(), action: action.into(), fields, user: None };
        self.command(n, command, Asked::Act(unit, case));
    }

    /// Asks a running node and returns what it says, as a person at it would be told.
    pub(super) fn ask(&mut self, n: usize, command: Command) -> Option<Value> {
        let outputs = self.nodes[n].turn(self.now, vec![Input::Command { ticket: 0, command }])?;
        let mut told = None;
        for output in outputs {
            match output {
                Output::Answer { answer, .. } => told = answer.ok(),
                other => self.perform(n, other),
            }
        }
        told
    }

    fn command(&mut self, n: usize, command: Command, asked: Asked) {
        if self.nodes[n].machine.is_none() {
            return;
        }
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.asked.insert(ticket, asked);
        self.turn(n, vec![Input::Command { ticket, command }]);
    }

    pub(super) fn told(&mut self, n: usize, ticket: u64, answer: Option<Value>) {
        let (Some(asked), Some(answer)) = (self.asked.remove(&ticket), answer) else { return };
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let (unit, case, event) = match asked {
            Asked::Register => (unit_of(&text("number")), text("id"), None),
            Asked::Act(unit, case) => (unit, case, Some(text("event"))),
            Asked::Other => return,
        };
        self.log(&format!("saved at {n}: case {case} {}", event.as_deref().unwrap_or("registered")));
        // What a revoked node writes may count or not; nobody is promised anything there.
        if let Some(change) = self.last_change(n, Scope::Cases(unit)).filter(|_| !self.nodes[n].is_revoked) {
            let writer = self.nodes[n].id();
            self.ledger.promises.push(Promise { unit, case, event, change, writer });
        }
    }

    /// Whether a node shows what was promised.
    pub(super) fn shows(&mut self, n: usize, promise: &Promise) -> bool {
        let case = self.ask(n, Command::CaseShow { number: promise.case.clone() });
        let Some(case) = case else { return false };
        let Some(event) = promise.event.as_deref() else { return true };
        case["events"].as_array().is_some_and(|events| events.iter().any(|e| e["id"].as_str() == Some(event)))
    }

    /// The last change in the node's own log of a scope.
    fn last_change(&self, n: usize, scope: Scope) -> Option<ChangeHash> {
        let machine = self.nodes[n].machine.as_ref()?;
        let log = machine.hub().own_log(scope);
        let (_, entry) = machine.store().entry(&log, machine.hub().heads().height(&log))?;
        Some(Change::from_bytes(entry.change.to_vec()).ok()?.hash())
    }

    /// The honest nodes of a unit and of those above it.
    pub(super) fn path(&self, unit: UnitCode) -> Vec<usize> {
        let above = |n: &usize| unit.as_str().starts_with(self.nodes[*n].unit.as_str());
        self.members().into_iter().filter(above).collect()
    }
}

/// The unit that received the case with this number.
fn unit_of(number: &str) -> UnitCode {
    number.parse::<CaseNumber>().expect("the program gave this number").unit()
}
