//! What must hold when everything has healed.

use std::collections::BTreeSet;

use sanji_node::command::Command;
use sanji_sync::Scope;
use serde_json::Value;

use super::world::World;

impl World {
    /// Every demand at once; the error is the first that does not hold.
    pub fn check(&mut self) -> Result<(), String> {
        self.same_bytes()?;
        self.exactly_its_scopes()?;
        self.nothing_answered_is_lost()?;
        self.same_states()?;
        self.everybody_knows_who_holds_what()?;
        self.everything_verifies()
    }

    /// Parent and child hold the same bytes of every scope that they share.
    fn same_bytes(&mut self) -> Result<(), String> {
        for child in 0..self.nodes.len() {
            let Some(parent) = self.nodes[child].parent else { continue };
            let tree = self.nodes[0].machine.as_ref().ok_or("the county is down")?.hub().tree().clone();
            let mut shared = tree.shared(self.nodes[child].unit, self.nodes[parent].unit);
            shared.push(Scope::Directory);
            for scope in shared {
                let vector = |n: usize| self.nodes[n].machine.as_ref().map(|m| m.hub().heads().vector(scope));
                if vector(child) != vector(parent) {
                    return Err(format!("nodes {child} and {parent} differ in {scope}"));
                }
            }
        }
        Ok(())
    }

    /// No byte of a scope that the tree does not give it, in the log and in the decoded entries of the journal.
    fn exactly_its_scopes(&mut self) -> Result<(), String> {
        for (n, node) in self.nodes.iter().enumerate() {
            let machine = node.machine.as_ref().ok_or("a node is down")?;
            let tree = machine.hub().tree();
            let journal = machine.store().journal();
            let mut held: BTreeSet<Scope> = machine.hub().heads().logs().map(|(log, _)| log.scope).collect();
            for item in journal.scan(journal.start()) {
                let (_, record) = item.map_err(|damage| damage.to_string())?;
                let turn = sanji_node::store::record::TurnRecord::decode(&record.payload)
                    .map_err(|e| e.to_string())?;
                held.extend(turn.bodies.iter().flat_map(|body| body.runs.iter().map(|run| run.log.scope)));
            }
            if let Some(scope) = held.iter().find(|scope| !tree.holds(node.unit, scope)) {
                return Err(format!("node {n} holds {scope}"));
            }
        }
        Ok(())
    }

    /// Every case and event that was answered as saved is at its unit and at every unit above.
    fn nothing_answered_is_lost(&mut self) -> Result<(), String> {
        for number in self.saved.clone() {
            let unit = number.parse::<sanji_model::number::CaseNumber>().map_err(|e| e.to_string())?.unit();
            for n in self.path(unit) {
                if self.ask(n, Command::CaseShow { number: number.clone() }).is_none() {
                    return Err(format!("node {n} lost case {number}, which was answered as saved"));
                }
            }
        }
        for (number, event) in self.events.clone() {
            let unit = number.parse::<sanji_model::number::CaseNumber>().map_err(|e| e.to_string())?.unit();
            for n in self.path(unit) {
                let case = self.ask(n, Command::CaseShow { number: number.clone() }).unwrap_or_default();
                let events = case["events"].as_array().cloned().unwrap_or_default();
                if !events.iter().any(|e| e["id"].as_str() == Some(&event)) {
                    return Err(format!("node {n} lost event {event} of case {number}"));
                }
            }
        }
        Ok(())
    }

    /// Whatever two nodes both show of a case or a guide they show the same.
    fn same_states(&mut self) -> Result<(), String> {
        let mut shown: std::collections::BTreeMap<String, (usize, Value)> = std::collections::BTreeMap::new();
        for n in 0..self.nodes.len() {
            for command in
                [Command::CaseList { state: None, unit: None, due_before: None }, Command::GuideList]
            {
                let list = self.ask(n, command).ok_or("a list is refused")?;
                for mut row in list.as_array().cloned().unwrap_or_default() {
                    // Who is known to hold it differs from place to place.
                    if let Some(row) = row.as_object_mut() {
                        row.remove("delivered_to");
                    }
                    let key = format!("{}{}{}", row["number"], row["id"], row["version"]);
                    match shown.get(&key) {
                        Some((other, known)) if *known != row => {
                            return Err(format!("nodes {other} and {n} differ: {known} and {row}"));
                        }
                        Some(_) => {}
                        None => {
                            shown.insert(key, (n, row));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Each case is shown as saved at every unit from where it is looked at up to the county, and the county sees the
    /// latest version of the guide at every unit below.
    fn everybody_knows_who_holds_what(&mut self) -> Result<(), String> {
        for n in 0..self.nodes.len() {
            let path: Vec<String> =
                self.path(self.nodes[n].unit).iter().map(|at| self.nodes[*at].unit.to_string()).collect();
            let list = Command::CaseList { state: None, unit: None, due_before: None };
            let list = self.ask(n, list).ok_or("a list is refused")?;
            for row in list.as_array().into_iter().flatten() {
                if row["delivered_to"] != serde_json::json!(path) {
                    return Err(format!("node {n} knows {} at {} only", row["number"], row["delivered_to"]));
                }
            }
            let ticks = self.ask(n, Command::CaseTicks).ok_or("the ticks are refused")?;
            let missing = ticks["missing"].as_array().into_iter().flatten();
            if ticks["only_here"] != 0 || missing.into_iter().any(|unit| unit["cases"] != 0) {
                return Err(format!("node {n} believes cases on their way: {ticks}"));
            }
        }
        let rollout = self.ask(0, Command::GuideRollout { id: "模拟事项".into() }).ok_or("no rollout")?;
        let units = rollout["units"].as_array().cloned().unwrap_or_default();
        let is_current = |unit: &Value| unit["state"] == "current" && unit["since"].is_u64();
        match units.iter().find(|unit| !is_current(unit)) {
            Some(unit) => Err(format!("the county believes {unit}")),
            None if units.len() + 1 == self.nodes.len() => Ok(()),
            None => Err(format!("the rollout names {} units of {}", units.len(), self.nodes.len())),
        }
    }

    fn everything_verifies(&mut self) -> Result<(), String> {
        for n in 0..self.nodes.len() {
            let verified = self.ask(n, Command::Verify).ok_or("verify is refused")?;
            if verified["bad"].as_array().is_none_or(|bad| !bad.is_empty()) {
                return Err(format!("node {n}: {}", verified["bad"]));
            }
        }
        Ok(())
    }

    /// Every session as its node sees it, for whoever looks for a fault.
    pub fn explain(&self) -> String {
        let mut lines = Vec::new();
        for (n, node) in self.nodes.iter().enumerate() {
            let Some(machine) = node.machine.as_ref() else { continue };
            lines.push(format!("node {n} {} epoch {}", node.unit, machine.hub().epoch().0));
            for (log, head) in machine.hub().heads().logs() {
                lines.push(format!("  holds {log} up to {} {:?}", head.height, head.link));
            }
            for session in machine.hub().sessions() {
                lines.push(format!("  session with {} open {:?}", session.unit, session.open));
                lines.push(format!("    dirty {:?} stalled {:?}", session.dirty, session.stalled));
                lines.push(format!("    deferred {:?} in flight {:?}", session.deferred, session.in_flight));
                lines.push(format!("    logs {:?}", session.logs));
            }
        }
        lines.join("\n")
    }

    /// The node of a unit and those above it.
    fn path(&self, unit: sanji_sync::UnitCode) -> Vec<usize> {
        let mut path = Vec::new();
        let mut next = self.nodes.iter().position(|node| node.unit == unit);
        while let Some(n) = next {
            path.push(n);
            next = self.nodes[n].parent;
        }
        path
    }
}
