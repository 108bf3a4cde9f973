//! A county in somebody's hand: nothing goes wrong by chance, only what is asked for happens, one thing after another.
//!
//! What must hold at every moment holds here, too; the demands on the end are those of [`World::finish`]. Knows no script.

use sanji_model::number::CaseNumber;
use sanji_node::command::Command;
use sanji_node::machine::{Input, Output};
use sanji_node::refusal::Refusal;
use sanji_sync::{Scope, Time, UnitCode};
use serde_json::Value;

use super::people::Asked;
use super::world::{HEAL_MS_MAX, World};

/// While nothing is expected to be under way, nodes are looked after once in so many virtual milliseconds.
const QUIET_MS: u64 = 10 * 60_000;

/// What a person at a node is told; none when it is down or stopped before it could answer.
pub type Told = Option<Result<Value, Refusal>>;

impl World {
    pub fn now(&self) -> Time {
        self.now
    }

    pub fn unit(&self, n: usize) -> UnitCode {
        self.nodes[n].unit
    }

    pub fn is_up(&self, n: usize) -> bool {
        self.nodes[n].machine.is_some()
    }

    /// The nodes that belong to the county and hold the cases of a unit.
    pub fn holders(&self, unit: UnitCode) -> Vec<usize> {
        let holds = |n: &usize| {
            self.hub(*n).is_some_and(|hub| hub.tree().holds(self.nodes[*n].unit, &Scope::Cases(unit)))
        };
        self.members().into_iter().filter(holds).collect()
    }

    /// A person asks a node. What is answered as saved is a promise that the end is held against.
    pub fn tell(&mut self, n: usize, command: Command) -> Told {
        let acts = matches!(command, Command::CaseAct { .. });
        let registers = matches!(command, Command::CaseRegister { .. });
        let outputs = self.nodes[n].turn(self.now, vec![Input::Command { ticket: 0, command }])?;
        self.note_own_logs(n);
        let mut told = None;
        for output in outputs {
            match output {
                Output::Answer { answer, .. } => told = Some(answer),
                other => self.perform(n, other),
            }
        }
        if let Some(Ok(answer)) = &told {
            let asked = match (registers, acts) {
                (true, _) => Asked::Register,
                (_, true) => acted_on(answer).unwrap_or(Asked::Other),
                _ => Asked::Other,
            };
            self.asked.insert(0, asked);
            self.told(n, 0, Some(answer.clone()));
        }
        told
    }

    /// Lets time pass. The error says what did not hold meanwhile.
    pub fn wait(&mut self, ms: u64) -> Result<(), String> {
        let until = self.now.0 + ms;
        while self.now.0 < until {
            let step = if self.is_at_rest() { QUIET_MS } else { 100 };
            self.pass(step.min(until - self.now.0));
            self.so_far()?;
        }
        Ok(())
    }

    /// Lets time pass until all nodes that can reach one another hold the same.
    pub fn settle(&mut self) -> Result<(), String> {
        let begun = self.now.0;
        while self.now.0 < begun + HEAL_MS_MAX {
            self.pass(100);
            self.so_far()?;
            if self.is_at_rest() {
                return Ok(());
            }
        }
        Err(format!("no agreement within {HEAL_MS_MAX} virtual ms"))
    }

    pub fn cut(&mut self, a: usize, b: usize) {
        self.network.cut(self.now.0, a, b, &mut self.dice);
    }

    pub fn mend(&mut self, a: usize, b: usize) {
        self.network.mend(a, b);
    }

    /// Those that a node dials, the first that answers.
    pub fn parents(&mut self, n: usize) -> &mut Vec<usize> {
        &mut self.nodes[n].parents
    }

    /// What a node's clock is off by, milliseconds.
    pub fn set_clock(&mut self, n: usize, off_ms: i64) {
        self.nodes[n].clock_ms = off_ms;
    }

    /// A machine stops where it is, or with its power what was not synced is lost, too.
    pub fn stop(&mut self, n: usize, power: bool) {
        self.lose_machine(n, power);
        self.network.fall(self.now.0, n, &mut self.dice);
    }

    pub fn start_again(&mut self, n: usize) -> Result<(), String> {
        self.start(n);
        self.so_far()
    }

    pub fn back_up(&mut self, n: usize) {
        self.nodes[n].back_up();
    }

    /// The last copy of a node's disk is put back as `sanji restore` does it. False if there is none.
    pub fn restore(&mut self, n: usize) -> bool {
        let Some(backup) = self.nodes[n].backups.last().cloned() else { return false };
        self.put_back(n, &backup, true);
        true
    }

    /// The county ends a node's right to write and to connect.
    pub fn revoke_node(&mut self, n: usize) -> Told {
        self.count_out(n);
        let whom = self.nodes[n].unit.to_string();
        self.tell(0, Command::Revoke { whom, confirmed: true })
    }

    /// Everything heals, and every demand on a county's end is made.
    pub fn finish(&mut self) -> Result<(), String> {
        self.heal()?;
        self.check()?;
        self.so_far()
    }

    fn so_far(&self) -> Result<(), String> {
        self.wrong.clone().map_or(Ok(()), Err)
    }

    /// Whether nothing is under way, everybody is linked who can be, and linked nodes hold the same.
    fn is_at_rest(&self) -> bool {
        let up: Vec<usize> = self.members().into_iter().filter(|n| self.is_up(*n)).collect();
        let settled = |n: usize| {
            let machine = self.nodes[n].machine.as_ref();
            machine.is_some_and(|machine| {
                !machine.store().is_behind() && machine.hub().sessions().all(|s| s.hello.is_some())
            })
        };
        self.network.is_idle()
            && up.iter().all(|n| settled(*n))
            && up.iter().all(|n| self.reachable(*n).is_none_or(|parent| self.agrees(*n, parent)))
    }

    /// The first parent that a node could be linked to.
    fn reachable(&self, n: usize) -> Option<usize> {
        let mut parents = self.nodes[n].parents.iter().copied();
        parents.find(|parent| self.is_up(*parent) && !self.network.is_cut(n, *parent))
    }

    fn agrees(&self, child: usize, parent: usize) -> bool {
        let (Some(below), Some(above)) = (self.hub(child), self.hub(parent)) else { return false };
        let mut shared = above.tree().shared(above.unit(), below.unit());
        shared.push(Scope::Directory);
        let same = |scope: &Scope| above.heads().vector(*scope) == below.heads().vector(*scope);
        self.network.is_linked(child, parent) && shared.iter().all(same)
    }
}

/// The case that an answer is about: the unit that received it, and its id.
fn acted_on(answer: &Value) -> Option<Asked> {
    let number: CaseNumber = answer["number"].as_str()?.parse().ok()?;
    Some(Asked::Act(number.unit(), answer["id"].as_str()?.to_owned()))
}
